//! `albumen evaluate`: how well the grouping does on photos whose people are known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::output::{self, Progress};
use super::{DeviceArguments, MinFaceArguments, Outcome, PresetArgument};
use crate::cluster::{self, Constraints, Embeddings, Faces, Hierarchy, Lists, Method, Settings, metrics};
use crate::domain::{Preset, Problem};
use crate::pipeline::{self, Look, Reading};
use crate::scan;
use crate::vision::{self, Purpose};

/// Measure the grouping on DIR/PERSON/PHOTO
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
    /// How faces are grouped; `all` measures every method with every preset
    #[arg(long, value_parser = methods, default_value_t = Methods::One(Method::default()))]
    method: Methods,
    /// A threshold of the method's own in place of the preset
    #[arg(long, value_parser = threshold, allow_hyphen_values = true)]
    threshold: Option<f32>,
    #[command(flatten)]
    device: DeviceArguments,
    #[command(flatten)]
    min_face: MinFaceArguments,
}

/// What `--method` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Methods {
    One(Method),
    All,
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(method) => method.fmt(f),
            Self::All => f.write_str("all"),
        }
    }
}

fn methods(text: &str) -> Result<Methods, String> {
    match text {
        "all" => Ok(Methods::All),
        name => super::method(name).map(Methods::One).map_err(|names| format!("{names}, all")),
    }
}

/// Beyond these, no method has anything left to join or to part; near the infinite there would be steps without end.
fn threshold(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(number) if (-10.0..=1000.0).contains(&number) => Ok(number),
        _ => Err("a number from -10 to 1000 is needed; what it means is the method's own".to_owned()),
    }
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
    /// Every method with every preset, with `--method all`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    methods: Vec<Measured>,
}

/// One method with one preset.
#[derive(Serialize)]
struct Measured {
    method: String,
    preset: Preset,
    threshold: f32,
    groups: usize,
    pairwise: Scores,
    bcubed: Scores,
    /// Seconds to group from neighbour lists that are there.
    seconds: f64,
}

/// What was found in the labelled photos.
#[derive(Default)]
struct Labelled {
    photos: usize,
    embeddings: Vec<f32>,
    quality: Vec<f32>,
    nearness: Vec<f32>,
    dim: usize,
    truth: Vec<u32>,
    photos_without_face: usize,
    /// Those of whom there is a photo.
    people: BTreeSet<u32>,
    problems: Vec<Problem>,
    detect: f64,
    embed: f64,
}

pub(super) fn run(arguments: &Evaluate) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let (work, problems) = labelled_photos(&arguments.folder)?;
    let mut found = read_all(arguments, &work)?;
    found.problems.splice(0..0, problems);
    let clustering = Instant::now();
    let method = if let Methods::One(method) = arguments.method { method } else { Method::default() };
    let lists = found.lists(method);
    let settings = Settings { method, preset: arguments.preset.into(), threshold: arguments.threshold };
    let measured = found.measured(&lists, &settings);
    let cluster_seconds = clustering.elapsed().as_secs_f64();
    let methods = if arguments.method == Methods::All { found.all_measured() } else { Vec::new() };
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let milli = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
    let report = Report {
        photos: found.photos,
        identities: found.people.len(),
        photos_without_face: found.photos_without_face,
        faces: found.truth.len(),
        groups: measured.groups,
        pairwise: measured.pairwise,
        bcubed: measured.bcubed,
        seconds: Seconds {
            detect: milli(found.detect / cores),
            embed: milli(found.embed / cores),
            cluster: milli(cluster_seconds),
            total: milli(start.elapsed().as_secs_f64()),
        },
        methods,
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

impl Labelled {
    fn embeddings(&self) -> Option<Embeddings<'_>> {
        Embeddings::new(self.dim, &self.embeddings)
    }

    fn lists(&self, method: Method) -> Lists {
        let of = |embeddings: Embeddings<'_>| Lists::with_length(&embeddings, method.list_length(embeddings.len()));
        self.embeddings().map(of).unwrap_or_default()
    }

    fn measured(&self, lists: &Lists, settings: &Settings) -> Measured {
        let start = Instant::now();
        let groups = self.embeddings().map_or_else(Vec::new, |embeddings| {
            let faces = Faces { embeddings, lists, quality: &self.quality, nearness: &self.nearness };
            Hierarchy::only(&faces, &Constraints::default(), settings).groups()
        });
        let seconds = start.elapsed().as_secs_f64();
        let mut predicted = vec![0; self.truth.len()];
        for (number, group) in groups.iter().enumerate() {
            for face in group {
                if let Some(label) = predicted.get_mut(*face as usize) {
                    *label = number as u32;
                }
            }
        }
        Measured {
            method: settings.method.to_string(),
            preset: settings.preset,
            threshold: settings.threshold(),
            groups: groups.len(),
            pairwise: metrics::pairwise(&predicted, &self.truth).into(),
            bcubed: metrics::bcubed(&predicted, &self.truth).into(),
            seconds,
        }
    }

    fn all_measured(&self) -> Vec<Measured> {
        let mut all = Vec::new();
        for method in Method::all() {
            let lists = self.lists(method);
            for preset in [Preset::Strict, Preset::Normal, Preset::Loose] {
                all.push(self.measured(&lists, &Settings { method, preset, threshold: None }));
            }
        }
        all
    }
}

/// Files, and whose folder each is in.
type Work = Vec<(PathBuf, u32)>;

/// Every file of every person's folder, with the person's number, in path order; and what could not be looked into.
fn labelled_photos(folder: &Path) -> anyhow::Result<(Work, Vec<Problem>)> {
    anyhow::ensure!(folder.is_dir(), "there is no such folder; check the name: {}", folder.display());
    let walk = scan::walk(&[folder.to_owned()], &mut |_found| true);
    anyhow::ensure!(walk.unreachable.is_empty(), "the folder cannot be opened; check who may: {}", folder.display());
    // Paths of a walk begin with its root, which is another name of the folder where that is a link.
    let root = walk.roots.first().map_or(folder, PathBuf::as_path);
    let mut people: BTreeMap<PathBuf, u32> = BTreeMap::new();
    let mut work = Vec::new();
    for entry in walk.files {
        let mut parts = entry.path.strip_prefix(root).unwrap_or(Path::new("")).iter();
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
    Ok((work, walk.problems))
}

fn read_all(arguments: &Evaluate, work: &[(PathBuf, u32)]) -> anyhow::Result<Labelled> {
    let finder = arguments.device.finder(Purpose::Grouping)?()?;
    let strangers = vision::strangers(finder.model_id());
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
            found.add(person, reading, strangers);
        }
        true
    });
    progress.finish();
    Ok(found)
}

impl Labelled {
    fn add(&mut self, person: u32, reading: Result<Reading, Problem>, strangers: &[f32]) {
        match reading {
            Ok(reading) => {
                self.photos += 1;
                self.people.insert(person);
                self.detect += reading.seconds.detect;
                self.embed += reading.seconds.embed;
                if let Some(face) = reading.faces.first() {
                    self.dim = face.embedding.len();
                    self.embeddings.extend_from_slice(&face.embedding);
                    self.quality.push(cluster::quality(&face.detected));
                    self.nearness.push(cluster::nearness(&face.embedding, strangers));
                    self.truth.push(person);
                } else {
                    self.photos_without_face += 1;
                }
            }
            // A text beside the photos is no failure of the evaluation.
            Err(problem) if super::is_skipped(&problem) => {}
            Err(problem) => {
                self.photos += 1;
                self.people.insert(person);
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
    ))?;
    if report.methods.is_empty() {
        return Ok(());
    }
    output::line("method       preset   groups  pairwise P / R / F1        B-cubed P / R / F1         seconds")?;
    report.methods.iter().try_for_each(|one| {
        let scores = |scores: &Scores| format!("{:.4} / {:.4} / {:.4}", scores.precision, scores.recall, scores.f1);
        let preset = format!("{:?}", one.preset).to_lowercase();
        output::line(&format!(
            "{:<12} {preset:<8} {:>6}  {}  {}  {:.3}",
            one.method,
            one.groups,
            scores(&one.pairwise),
            scores(&one.bcubed),
            one.seconds
        ))
    })
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
            sharpness: 1.0,
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
