//! `albumen model`: other checkpoints of FaceNet.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Outcome, output};
use crate::vision;

/// Other checkpoints of the network that tells people apart
#[derive(Args, Debug)]
pub struct Model {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Bring a checkpoint of Inception-ResNet-v1 into the form that --model reads quickest
    ///
    /// Reads facenet-pytorch's state dicts (.pt), frozen TensorFlow graphs (.pb) and safetensors.
    Convert(Convert),
}

#[derive(Args, Debug)]
struct Convert {
    /// The checkpoint
    #[arg(value_name = "FROM")]
    from: PathBuf,
    /// The safetensors file to write; it must not be there yet
    #[arg(value_name = "TO")]
    to: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    model: &'a str,
    width: usize,
    bytes: usize,
}

pub(super) fn run(arguments: &Model) -> anyhow::Result<Outcome> {
    let Task::Convert(arguments) = &arguments.task;
    let model = read(&arguments.from)?;
    let bytes = model.to_safetensors()?;
    let path = &arguments.to;
    let mut file = File::create_new(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow::anyhow!("there is a file already, choose another name: {}", path.display()),
        _ => anyhow::Error::from(error).context(format!("the file cannot be written: {}", path.display())),
    })?;
    if let Err(error) = file.write_all(&bytes).and_then(|()| file.sync_all()) {
        drop(file);
        // Half a file is worse than none; that writing failed is what the user has to know.
        drop(fs::remove_file(path));
        return Err(error).with_context(|| format!("the file cannot be written: {}", path.display()));
    }
    let report = Report { model: model.name(), width: model.width(), bytes: bytes.len() };
    if arguments.json {
        output::json(&report)?;
    } else {
        output::line(&format!("{}, {} numbers a face: {}", report.model, report.width, path.display()))?;
    }
    Ok(Outcome::Done)
}

/// Reads a checkpoint.
///
/// # Errors
/// A sentence with the tensor and the path.
pub(super) fn read(path: &Path) -> anyhow::Result<vision::Model> {
    let bytes = fs::read(path).with_context(|| format!("the model cannot be read: {}", path.display()))?;
    vision::Model::read(&bytes).with_context(|| format!("this model cannot be used: {}", path.display()))
}
