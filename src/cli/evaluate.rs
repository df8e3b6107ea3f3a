//! `albumen evaluate`: how well the grouping does on photos whose people are known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::output::{self, Progress};
use super::{DeviceArguments, MinFaceArguments, Outcome, PresetArgument};
use crate::cluster::{self, Constraints, Embeddings, Method, Settings, metrics};
use crate::domain::{Problem, ProblemKind};
use crate::pipeline::{self, Look, Reading};
use crate::scan;

/// Measure the grouping on DIR/<person>/<photo>
#[derive(Args, Debug)]
pub struct Evaluate {
    /// A folder with one folder of photos per person
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// How readily groups merge
    #[arg(long, value_enum, default_value_t = PresetArgument::Normal)]
    preset: PresetArgument,
    /// How faces are grouped
    #[arg(long, value_parser = super::method, default_value_t = Method::default())]
    method: Method,
    /// A threshold of the method's own in place of the preset
    #[arg(long)]
    threshold: Option<f32>,
    #[command(flatten)]
    device: DeviceArguments,
    #[command(flatten)]
    min_face: MinFaceArguments,
}

#[derive(Serialize)]
struct Scores {
    precision: f64,
    recall: f64,
    f1: f64,
}

impl From<metrics::Score> for Scores {
    fn from(score: metrics::Score) -> Self {
        let round = |value: f64| (value * 1e6).round() / 1e6;
        Self { precision: round(score.precision), recall: round(score.recall), f1: round(score.f1) }
    }
}

/// Seconds. Detection and embedding run side by side on all cores: theirs are seconds of work divided by the cores
/// that shared it, decoding is in `total` only.
#[derive(Serialize)]
struct Seconds {
    detect: f64,
    embed: f64,
    cluster: f64,
    total: f64,
}

#[derive(Serialize)]
struct Report {
    photos: usize,
    identities: usize,
    photos_without_face: usize,
    faces: usize,
    groups: usize,
    pairwise: Scores,
    bcubed: Scores,
    seconds: Seconds,
}

/// What was found in the labelled photos.
#[derive(Default)]
struct Labelled {
    photos: usize,
    embeddings: Vec<f32>,
    dim: usize,
    truth: Vec<u32>,
    photos_without_face: usize,
    problems: Vec<Problem>,
    detect: f64,
    embed: f64,
}

pub(super) fn run(arguments: &Evaluate) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let work = labelled_photos(&arguments.folder)?;
    let found = read_all(arguments, &work)?;
    let identities = work.iter().map(|(_, person)| *person).collect::<std::collections::BTreeSet<u32>>().len();
    let clustering = Instant::now();
    let groups = group(arguments, &found)?;
    let cluster_seconds = clustering.elapsed().as_secs_f64();
    let mut predicted = vec![0; found.truth.len()];
    for (number, group) in groups.iter().enumerate() {
        for face in group {
            if let Some(label) = predicted.get_mut(*face as usize) {
                *label = number as u32;
            }
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let milli = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
    let report = Report {
        photos: found.photos,
        identities,
        photos_without_face: found.photos_without_face,
        faces: found.truth.len(),
        groups: groups.len(),
        pairwise: metrics::pairwise(&predicted, &found.truth).into(),
        bcubed: metrics::bcubed(&predicted, &found.truth).into(),
        seconds: Seconds {
            detect: milli(found.detect / cores),
            embed: milli(found.embed / cores),
            cluster: milli(cluster_seconds),
            total: milli(start.elapsed().as_secs_f64()),
        },
    };
    if arguments.json {
        output::json(&report)?;
    } else {
        print(&report)?;
    }
    for problem in &found.problems {
        output::say(&format!("{}: {}", problem.path.display(), problem.message));
    }
    Ok(if found.problems.is_empty() { Outcome::Done } else { Outcome::SomeUnreadable })
}

/// Every file of every person's folder, with the person's number, in path order.
fn labelled_photos(folder: &Path) -> anyhow::Result<Vec<(PathBuf, u32)>> {
    anyhow::ensure!(folder.is_dir(), "there is no such folder; check the name: {}", folder.display());
    let walk = scan::walk(&[folder.to_owned()], &mut |_found| true);
    let root = walk.files.first().and_then(|_| folder.canonicalize().ok());
    let mut people: BTreeMap<PathBuf, u32> = BTreeMap::new();
    let mut work = Vec::new();
    for entry in walk.files {
        let inside = entry
            .path
            .strip_prefix(folder)
            .ok()
            .or_else(|| root.as_ref().and_then(|root| entry.path.strip_prefix(root).ok()))
            .map(Path::to_owned);
        let mut parts = inside.iter().flat_map(|path| path.iter());
        if let (Some(person), Some(_photo)) = (parts.next(), parts.next()) {
            let number = people.len() as u32;
            let number = *people.entry(person.into()).or_insert(number);
            work.push((entry.path, number));
        }
    }
    anyhow::ensure!(
        !work.is_empty(),
        "no photos in folders of people; what is needed is DIR/<person>/<photo>: {}",
        folder.display()
    );
    Ok(work)
}

fn read_all(arguments: &Evaluate, work: &[(PathBuf, u32)]) -> anyhow::Result<Labelled> {
    let finder = arguments.device.finder()?()?;
    let mut found = Labelled::default();
    let mut progress = Progress::new();
    let min_face = arguments.min_face.min_face;
    // Only the labelled face is embedded: the others play no part.
    let look = Look { finder: finder.as_ref(), min_face, embed: true, choose: &labelled_face };
    let batches = pipeline::batches(work.len());
    let read = |index: usize| {
        let photos = work.get(batches.get(index)?.clone())?;
        let paths: Vec<&Path> = photos.iter().map(|(path, _)| path.as_path()).collect();
        let people = photos.iter().map(|(_, person)| *person);
        Some(people.zip(pipeline::read_photos(&paths, &look)).collect::<Vec<_>>())
    };
    let mut done = 0;
    pipeline::ordered(batches.len(), pipeline::default_workers(), &read, &mut |readings: Vec<_>| {
        for (person, reading) in readings {
            done += 1;
            progress.step(
                done,
                work.len(),
                &format!("{} of {} photos", output::thousands(done), output::thousands(work.len())),
            );
            found.add(person, reading);
        }
        true
    });
    progress.finish();
    Ok(found)
}

impl Labelled {
    fn add(&mut self, person: u32, reading: Result<Reading, Problem>) {
        match reading {
            Ok(reading) => {
                self.photos += 1;
                self.detect += reading.seconds.detect;
                self.embed += reading.seconds.embed;
                if let Some(face) = reading.faces.first() {
                    self.dim = face.embedding.len();
                    self.embeddings.extend_from_slice(&face.embedding);
                    self.truth.push(person);
                } else {
                    self.photos_without_face += 1;
                }
            }
            // A text beside the photos is no failure of the evaluation.
            Err(problem) if problem.kind == ProblemKind::NotAPhoto => {}
            Err(problem) => {
                self.photos += 1;
                self.problems.push(problem);
            }
        }
    }
}

/// The face a labelled photo is about: the largest (area − 2 · squared distance of its centre from the photo's
/// centre), the rule of the LFW protocol scripts. Leaves that face alone in the list.
fn labelled_face(width: u32, height: u32, faces: &mut Vec<crate::domain::DetectedFace>) {
    let value = |face: &crate::domain::DetectedFace| {
        let [x, y] = face.bounds.centre();
        let (dx, dy) = (x - width as f32 / 2.0, y - height as f32 / 2.0);
        face.bounds.area() - 2.0 * (dx * dx + dy * dy)
    };
    let best = faces.iter().max_by(|a, b| value(a).total_cmp(&value(b))).copied();
    faces.clear();
    faces.extend(best);
}

fn group(arguments: &Evaluate, found: &Labelled) -> anyhow::Result<Vec<Vec<u32>>> {
    if found.truth.is_empty() {
        return Ok(Vec::new());
    }
    let embeddings = Embeddings::new(found.dim, &found.embeddings).context("the embeddings have no width")?;
    let settings =
        Settings { method: arguments.method, preset: arguments.preset.into(), threshold: arguments.threshold };
    Ok(cluster::cluster(&embeddings, &Constraints::default(), &settings))
}

fn print(report: &Report) -> anyhow::Result<()> {
    output::line(&format!(
        "{} of {}, {} without a face",
        output::count(report.photos, "photo", "photos"),
        output::count(report.identities, "person", "people"),
        output::thousands(report.photos_without_face),
    ))?;
    let faces = output::count(report.faces, "face", "faces");
    output::line(&format!("{faces} in {}", output::count(report.groups, "group", "groups")))?;
    for (name, scores) in [("pairwise", &report.pairwise), ("B-cubed", &report.bcubed)] {
        output::line(&format!(
            "{name:>9}  precision {:.4}  recall {:.4}  F1 {:.4}",
            scores.precision, scores.recall, scores.f1
        ))?;
    }
    let seconds = &report.seconds;
    output::line(&format!(
        "  seconds  detect {:.2}  embed {:.2}  cluster {:.2}  total {:.2}",
        seconds.detect, seconds.embed, seconds.cluster, seconds.total
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DetectedFace, FaceBox};

    #[test]
    fn the_labelled_face_is_large_and_central() {
        let face = |x: f32, y: f32, side: f32| DetectedFace {
            bounds: FaceBox::new(x, y, side, side),
            score: 1.0,
            landmarks: [[0.0; 2]; 5],
        };
        let central = face(90.0, 90.0, 60.0);
        let mut faces = vec![face(0.0, 0.0, 80.0), central, face(120.0, 120.0, 10.0)];
        labelled_face(250, 250, &mut faces);
        assert_eq!(faces, [central]);
        let mut none: Vec<DetectedFace> = Vec::new();
        labelled_face(250, 250, &mut none);
        assert!(none.is_empty());
    }
}
