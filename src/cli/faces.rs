//! `albumen faces`: detect only, nothing stored.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::output;
use super::{DeviceArguments, MinFaceArguments, Outcome};
use crate::domain::{EmbeddedFace, Problem};
use crate::media::MediaError;
use crate::pipeline::{self, Look, Reading};
use crate::scan;
use crate::vision::Purpose;

/// Find the faces of photos; nothing is stored
#[derive(Args, Debug)]
pub struct Faces {
    /// Photos, or folders of them; `-` is a photo from standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// JSON Lines in path order
    #[arg(long)]
    json: bool,
    /// With each face's embedding
    #[arg(long)]
    embeddings: bool,
    #[command(flatten)]
    device: DeviceArguments,
    #[command(flatten)]
    min_face: MinFaceArguments,
}

#[derive(Serialize)]
struct FaceRow<'a> {
    #[serde(rename = "box")]
    bounds: [f64; 4],
    score: f32,
    landmarks: [[f64; 2]; 5],
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding: Option<&'a [f32]>,
}

#[derive(Serialize)]
struct PhotoRow<'a> {
    #[serde(serialize_with = "output::path")]
    path: &'a Path,
    width: u32,
    height: u32,
    faces: Vec<FaceRow<'a>>,
}

#[derive(Serialize)]
struct ErrorRow<'a> {
    #[serde(serialize_with = "output::path")]
    path: &'a Path,
    error: ErrorValue<'a>,
}

#[derive(Serialize)]
struct ErrorValue<'a> {
    kind: &'static str,
    message: &'a str,
}

pub(super) fn run(arguments: &Faces) -> anyhow::Result<Outcome> {
    let finder = arguments.device.finder(Purpose::Plain)?()?;
    let (piped, named): (Vec<PathBuf>, Vec<PathBuf>) =
        arguments.paths.iter().cloned().partition(|path| path.as_os_str() == STDIN);
    let walk = scan::walk(&named, &mut |_found| true);
    let mut work: Vec<Result<PathBuf, Problem>> = walk.files.into_iter().map(|entry| Ok(entry.path)).collect();
    work.extend(walk.problems.into_iter().map(Err));
    work.extend(walk.unreachable.into_iter().map(|path| Err(not_there(path))));
    work.sort_by(|a, b| path_of(a).cmp(path_of(b)));
    let mut failed = false;
    let mut written = Ok(());
    let look = Look {
        finder: finder.as_ref(),
        min_face: arguments.min_face.min_face,
        embed: arguments.embeddings,
        choose: &|_width, _height, _faces| {},
    };
    // Sorted by path, it comes before all absolute ones.
    if let Some(path) = piped.into_iter().next() {
        let reading = standard_input(&path).and_then(|bytes| pipeline::read_bytes(&path, &bytes, &look));
        failed |= reading.is_err();
        write(arguments, &reading.map(|reading| (path, reading)))?;
    }
    let batches = pipeline::batches(work.len());
    let read = |index: usize| Some(read_some(work.get(batches.get(index)?.clone())?, &look));
    // What was asked for by name must be a photo; a text beside the photos of a folder need not.
    let asked: BTreeSet<PathBuf> = named.iter().filter_map(|path| path.canonicalize().ok()).collect();
    pipeline::ordered(batches.len(), pipeline::default_workers(), &read, &mut |results: Vec<FaceResult>| {
        results.iter().all(|result| {
            failed |= result.as_ref().is_err_and(|problem| {
                let by_name = || problem.path.canonicalize().is_ok_and(|path| asked.contains(&path));
                !super::is_skipped(problem) || by_name()
            });
            written = write(arguments, result);
            written.is_ok()
        })
    });
    written?;
    Ok(if failed { Outcome::SomeUnreadable } else { Outcome::Done })
}

/// Stands for what is piped in; a file of this name is `./-`.
const STDIN: &str = "-";
/// As for files: more is no photo.
const MOST_BYTES: u64 = 512 << 20;

fn standard_input(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes);
    let error = match read {
        Ok(count) if count as u64 > MOST_BYTES => MediaError::TooLarge(format!("more than {} MiB", MOST_BYTES >> 20)),
        Ok(_) => return Ok(bytes),
        Err(error) => MediaError::Unreadable(error.to_string()),
    };
    Err(error.into_problem(path.to_owned()))
}

fn not_there(path: PathBuf) -> Problem {
    let kind = crate::domain::ProblemKind::Unreadable;
    Problem { path, kind, message: "there is no such file or folder, or it cannot be opened".to_owned() }
}

fn path_of(item: &Result<PathBuf, Problem>) -> &Path {
    match item {
        Ok(path) => path,
        Err(problem) => &problem.path,
    }
}

type FaceResult = Result<(PathBuf, Reading), Problem>;

/// Reads those that are files; the others keep their problem. In the order given.
fn read_some(items: &[Result<PathBuf, Problem>], look: &Look<'_>) -> Vec<FaceResult> {
    let paths: Vec<&Path> = items.iter().filter_map(|item| item.as_deref().ok()).collect();
    let mut readings = pipeline::read_photos(&paths, look).into_iter();
    items
        .iter()
        .map(|item| {
            let path = item.clone()?;
            let reading = readings.next().unwrap_or_else(|| Err(not_there(path.clone())))?;
            Ok((path, reading))
        })
        .collect()
}

fn write(arguments: &Faces, result: &FaceResult) -> anyhow::Result<()> {
    if arguments.json { write_json(arguments, result) } else { write_text(result) }
}

fn write_json(arguments: &Faces, result: &FaceResult) -> anyhow::Result<()> {
    match result {
        Ok((path, reading)) => {
            let faces = reading.faces.iter().map(|face| row(face, arguments.embeddings)).collect();
            output::json(&PhotoRow { path, width: reading.width, height: reading.height, faces })
        }
        Err(problem) => {
            let error = ErrorValue { kind: problem.kind.name(), message: &problem.message };
            output::json(&ErrorRow { path: &problem.path, error })
        }
    }
}

fn row(face: &EmbeddedFace, embeddings: bool) -> FaceRow<'_> {
    FaceRow {
        bounds: output::box_numbers(&face.detected.bounds),
        score: face.detected.score,
        landmarks: output::landmark_numbers(&face.detected.landmarks),
        embedding: embeddings.then_some(face.embedding.as_slice()),
    }
}

fn write_text(result: &FaceResult) -> anyhow::Result<()> {
    match result {
        Ok((path, reading)) => {
            output::line(&format!("{}: {}", path.display(), output::count(reading.faces.len(), "face", "faces")))?;
            for face in &reading.faces {
                let bounds = &face.detected.bounds;
                output::line(&format!(
                    "    {:.0} × {:.0} at {:.0}, {:.0}, score {:.3}",
                    bounds.width, bounds.height, bounds.x, bounds.y, face.detected.score
                ))?;
            }
        }
        Err(problem) => output::say(&format!("{}: {}", problem.path.display(), problem.message)),
    }
    Ok(())
}
