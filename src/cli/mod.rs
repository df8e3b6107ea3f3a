//! The command line: one file per subcommand, on top of the engine. A contract: scripts depend on the JSON and on the
//! exit codes. Results go to stdout, everything else to stderr. No window in here.

mod evaluate;
mod export;
mod faces;
mod forget;
mod library;
mod model;
mod name;
mod output;
mod people;
mod scan;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cluster::Method;
use crate::domain::{Preset, Problem, ProblemKind};
use crate::engine::FinderSource;
use crate::media::{self, FileKind};
use crate::vision::{self, DeviceChoice, Purpose};

pub use library::default_library;

/// What the program was started with.
#[derive(Debug, Parser)]
#[command(name = "albumen", version, about, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Without a subcommand the window opens. Your photos stay on this computer and are never changed.\n\n\
    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some photos could not be read."
)]
pub struct Arguments {
    /// What to do; without it the window opens
    #[command(subcommand)]
    pub command: Option<Command>,
    /// A folder to open the window with
    pub folder: Option<PathBuf>,
    /// The library and the device of the window
    #[command(flatten)]
    pub library: LibraryArguments,
    /// The device of the window
    #[command(flatten)]
    pub device: DeviceArguments,
}

/// Which library file.
#[derive(Args, Clone, Debug, Default)]
pub struct LibraryArguments {
    /// The library file; by default the user's own
    #[arg(long, value_name = "FILE")]
    pub library: Option<PathBuf>,
}

impl LibraryArguments {
    /// The file to open.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.library.clone().unwrap_or_else(default_library)
    }
}

/// Which networks, and where.
#[derive(Args, Clone, Debug, Default)]
pub struct DeviceArguments {
    /// Where the networks run
    #[arg(long, value_enum, default_value_t = Device::Auto)]
    pub device: Device,
    /// Another checkpoint of Inception-ResNet-v1 (see `albumen model`)
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
}

impl DeviceArguments {
    /// What makes the finder. The checkpoint is read here and now, so that trouble with it is said first.
    ///
    /// # Errors
    /// When `--model` names a file that cannot be read or is no such checkpoint.
    pub fn finder(&self, purpose: Purpose) -> anyhow::Result<FinderSource> {
        let model = self.model.as_deref().map(model::read).transpose()?;
        let device = self.device.into();
        Ok(Box::new(move || vision::finder(device, model.as_ref(), purpose)))
    }
}

/// `--device`, as clap shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Device {
    /// The best that works
    #[default]
    Auto,
    /// The processor
    Cpu,
    /// An NVIDIA graphics card
    Cuda,
    /// Apple's graphics
    Metal,
}

impl From<Device> for DeviceChoice {
    fn from(device: Device) -> Self {
        match device {
            Device::Auto => Self::Auto,
            Device::Cpu => Self::Cpu,
            Device::Cuda => Self::Cuda,
            Device::Metal => Self::Metal,
        }
    }
}

/// `--preset`, as clap shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PresetArgument {
    /// Fewer wrong faces, more groups per person
    Strict,
    /// The default
    Normal,
    /// Fewer groups, more wrong faces
    Loose,
}

impl From<PresetArgument> for Preset {
    fn from(preset: PresetArgument) -> Self {
        match preset {
            PresetArgument::Strict => Self::Strict,
            PresetArgument::Normal => Self::Normal,
            PresetArgument::Loose => Self::Loose,
        }
    }
}

/// `--min-face`, the same wherever faces are looked for.
#[derive(Args, Clone, Copy, Debug)]
struct MinFaceArguments {
    /// Faces narrower or lower than this many pixels may be missed
    #[arg(long, value_name = "PIXELS", default_value_t = 20.0, value_parser = min_face)]
    min_face: f32,
}

fn min_face(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(pixels) if (12.0..=10_000.0).contains(&pixels) => Ok(pixels),
        _ => Err("a number of pixels from 12 to 10000 is needed".to_owned()),
    }
}

fn method(text: &str) -> Result<Method, String> {
    text.parse().map_err(|_unknown| {
        let names: Vec<String> = Method::all().iter().map(ToString::to_string).collect();
        format!("the methods are {}", names.join(", "))
    })
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look through folders, find the faces and group them
    Scan(scan::Scan),
    /// List the people and groups of the library
    People(people::People),
    /// Give a group a name
    Name(name::Name),
    /// Write albums of named people
    Export(export::Export),
    /// Remove for good what the library holds of a folder or a person
    Forget(forget::Forget),
    /// Find the faces of photos; nothing is stored
    Faces(faces::Faces),
    /// Measure the grouping on DIR/PERSON/PHOTO
    Evaluate(evaluate::Evaluate),
    /// Other checkpoints of the network that tells people apart
    Model(model::Model),
}

/// How a subcommand ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    SomeUnreadable,
    /// There is a result, but what was asked for could not be done; it was said why.
    Failed,
}

/// Runs a subcommand to its end. Errors are said on stderr.
#[must_use]
pub fn run(command: &Command) -> ExitCode {
    let outcome = match command {
        Command::Scan(arguments) => scan::run(arguments),
        Command::People(arguments) => people::run(arguments),
        Command::Name(arguments) => name::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Forget(arguments) => forget::run(arguments),
        Command::Faces(arguments) => faces::run(arguments),
        Command::Evaluate(arguments) => evaluate::run(arguments),
        Command::Model(arguments) => model::run(arguments),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::SomeUnreadable) => ExitCode::from(3),
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// Says on stderr why the program ends, whatever the log is set to; the exit code for it.
#[must_use]
pub fn failed(error: &anyhow::Error) -> ExitCode {
    output::say(&format!("albumen: {error:#}"));
    ExitCode::FAILURE
}

/// Whether a file is one of those that a scan skips, by its name and its first bytes: beside photos it is no trouble.
fn is_skipped(problem: &Problem) -> bool {
    let skipped = |head: Vec<u8>| matches!(media::file_kind(&problem.path, &head), FileKind::Skip(_));
    // Of such a file no more is read than its head.
    problem.kind == ProblemKind::NotAPhoto && media::read(&problem.path).is_ok_and(skipped)
}
