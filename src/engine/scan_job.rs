//! A scan on its own thread: list, compare, read what is new.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::Sender;

use super::run::Event;
use super::words::trouble;
use crate::domain::{PhotoHash, PhotoId, Problem, ProblemKind};
use crate::pipeline::{self, Control, Done, Look};
use crate::scan::{self, Entry, Plan, Walk};
use crate::store::{FileOutcome, NewFace, NewPhoto, Outcome};
use crate::vision::FaceFinder;

/// What a scan starts from.
pub(super) struct Job {
    pub(super) generation: u64,
    pub(super) folders: Vec<PathBuf>,
    /// The folders are single files that could not be used.
    pub(super) retry: bool,
    pub(super) known: BTreeMap<PathBuf, (u64, i64)>,
    pub(super) contents: BTreeMap<PhotoHash, PhotoId>,
    pub(super) finder: Arc<dyn FaceFinder>,
    pub(super) workers: usize,
    pub(super) min_face: f32,
    pub(super) control: Arc<Control>,
}

/// What a scan reports.
pub(super) enum ScanEvent {
    /// Files seen so far.
    Listed(usize),
    /// The folders were looked through.
    Planned(Box<Walk>, Plan),
    /// A file is done.
    File(Box<FileOutcome>),
    /// The end, how long it took, and a sentence when it ended by a mistake of this program.
    Finished { cancelled: bool, seconds: f64, trouble: Option<String> },
}

/// Runs a scan to its end. Whatever happens, the end is reported.
pub(super) fn run(job: &Job, events: &Sender<Event>) {
    let start = Instant::now();
    let (generation, control) = (job.generation, Arc::clone(&job.control));
    let panicked = catch_unwind(AssertUnwindSafe(|| look_and_read(job, events))).is_err();
    let finished = ScanEvent::Finished {
        cancelled: control.is_cancelled() || panicked,
        seconds: start.elapsed().as_secs_f64(),
        trouble: panicked.then(|| trouble::SCAN_MISTAKE.to_owned()),
    };
    drop(events.send(Event::Scan(generation, finished)));
}

fn look_and_read(job: &Job, events: &Sender<Event>) {
    let send = |event: ScanEvent| events.send(Event::Scan(job.generation, event)).is_ok();
    let mut last = Instant::now();
    let list = if job.retry { scan::again } else { scan::walk };
    let walk = list(&job.folders, &mut |found| {
        if last.elapsed().as_millis() >= 100 {
            last = Instant::now();
            return send(ScanEvent::Listed(found)) && !job.control.is_cancelled();
        }
        !job.control.is_cancelled()
    });
    // Stopped, it is not complete.
    if job.control.is_cancelled() {
        return;
    }
    let plan = scan::compare(&walk, &job.known);
    let to_read = plan.to_read.clone();
    if job.control.is_cancelled() || !send(ScanEvent::Planned(Box::new(walk), plan)) {
        return;
    }
    let batches = pipeline::batches(to_read.len());
    let look = Look { finder: job.finder.as_ref(), min_face: job.min_face, embed: true, choose: &|_, _, _| {} };
    let work = |index: usize| {
        let entries: &[Entry] = to_read.get(batches.get(index)?.clone())?;
        let outcomes = read(entries, job, &look);
        // Cancelled before its first file: nothing to hand on.
        (!outcomes.is_empty()).then_some(outcomes)
    };
    pipeline::ordered(batches.len(), job.workers, &work, &mut |files: Vec<FileOutcome>| {
        files.into_iter().all(|file| send(ScanEvent::File(Box::new(file)))) && !job.control.is_cancelled()
    });
}

/// Reads some files. A panic anywhere on the way costs the file it was in, not the scan and not the files beside it.
fn read(entries: &[Entry], job: &Job, look: &Look<'_>) -> Vec<FileOutcome> {
    let known = |hash: &PhotoHash| job.contents.get(hash).copied();
    let together = |entries: &[Entry]| {
        let paths: Vec<&Path> = entries.iter().map(|entry| entry.path.as_path()).collect();
        catch_unwind(AssertUnwindSafe(|| pipeline::process(&paths, look, &known, &|| job.control.go_on())))
    };
    let done = together(entries).unwrap_or_else(|_panic| {
        let alone = |entry: &Entry| match together(std::slice::from_ref(entry)) {
            Ok(done) => done.into_iter().next(),
            Err(_panic) => Some(Done::Failed(mistake(entry))),
        };
        entries.iter().map_while(alone).collect()
    });
    entries.iter().zip(done).map(|(entry, done)| outcome(entry, done)).collect()
}

fn mistake(entry: &Entry) -> Problem {
    let message = trouble::PHOTO_MISTAKE.to_owned();
    Problem { path: entry.path.clone(), kind: ProblemKind::Recognition, message }
}

fn outcome(entry: &Entry, done: Done) -> FileOutcome {
    let outcome = match done {
        Done::Photo(photo) => Outcome::Photo(NewPhoto {
            hash: photo.hash,
            width: photo.width,
            height: photo.height,
            orientation: photo.orientation,
            taken: photo.taken,
            faces: photo
                .faces
                .into_iter()
                .map(|face| NewFace { detected: face.detected, embedding: face.embedding, thumbnail: face.thumbnail })
                .collect(),
        }),
        Done::Known(photo) => Outcome::Known(photo),
        Done::Skipped(what) => Outcome::Skipped(what.to_owned()),
        Done::Failed(problem) => Outcome::Failed(problem),
    };
    FileOutcome { path: entry.path.clone(), size: entry.size, modified_ns: entry.modified_ns, outcome }
}
