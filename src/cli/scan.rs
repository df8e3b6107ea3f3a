//! `albumen scan`: folders in, people out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::library::{Heard, Opened};
use super::output::{self, Progress};
use super::{DeviceArguments, LibraryArguments, MinFaceArguments, Outcome};
use crate::cluster::Method;
use crate::domain::{Activity, Edit, ScanReport, Snapshot};
use crate::engine;

/// Look through folders, find the faces and group them
#[derive(Args, Debug)]
pub struct Scan {
    /// The folders
    #[arg(required = true, value_name = "FOLDER")]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    library: LibraryArguments,
    #[command(flatten)]
    device: DeviceArguments,
    #[command(flatten)]
    min_face: MinFaceArguments,
    /// How faces are grouped: adaptive, rank-order, approximate or linkage; the library keeps to it until another is given
    #[arg(long, value_parser = super::method)]
    method: Option<Method>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// Go on: scan again whenever files come or go, until stopped (Ctrl+C); a report each time
    #[arg(long)]
    watch: bool,
}

#[derive(Serialize)]
struct FailedRow<'a> {
    #[serde(serialize_with = "output::path")]
    path: &'a Path,
    kind: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct Report<'a> {
    photos: usize,
    with_faces: usize,
    without_faces: usize,
    skipped: usize,
    failed: Vec<FailedRow<'a>>,
    faces: usize,
    groups: usize,
    singles: usize,
    seconds: f64,
    /// Why files were skipped, and how many.
    reasons: &'a BTreeMap<String, usize>,
    decoded: usize,
    unchanged: usize,
    copies: usize,
    moved: usize,
    returned: usize,
    gone: usize,
    #[serde(serialize_with = "output::paths")]
    unreachable: &'a [PathBuf],
}

pub(super) fn run(arguments: &Scan) -> anyhow::Result<Outcome> {
    // One of several may be on a disk that is not there today: that is said, and the others are scanned.
    if let (Some(folder), false) = (arguments.folders.first(), arguments.folders.iter().any(|folder| folder.exists())) {
        anyhow::bail!("there is no such folder; check the name: {}", folder.display());
    }
    let min_face = arguments.min_face.min_face;
    let library = Opened::with_device(&arguments.library.path(), &arguments.device, min_face)?;
    if let Some(method) = arguments.method {
        library.run(engine::Command::Edit(Edit::SetMethod { method }))?;
    }
    let mut progress = Progress::new();
    let (snapshot, errors) = library.attempt(engine::Command::Scan(arguments.folders.clone()), |snapshot| {
        progress.show(&snapshot.activity, snapshot.counts.faces);
    })?;
    progress.finish();
    // The library was opened for this scan, so a report is of it.
    let scanned = snapshot.last_scan.as_deref().filter(|scan| !scan.cancelled);
    anyhow::ensure!(scanned.is_some(), "{}", if errors.is_empty() { STOPPED.to_owned() } else { errors.join("\n") });
    for error in &errors {
        output::say(error);
    }
    let outcome = show(&snapshot, arguments.json)?;
    if arguments.watch {
        watch(&library, &snapshot, arguments.json)?;
    }
    library.close();
    let unreachable = scanned.map_or(&[][..], |scan| scan.unreachable.as_slice());
    let is_lost = |folder: &PathBuf| {
        unreachable.contains(folder) || folder.canonicalize().is_ok_and(|folder| unreachable.contains(&folder))
    };
    Ok(match outcome {
        // A sentence was said for each folder that could not be looked into; anything beyond them is trouble.
        _ if errors.len() > unreachable.len() || arguments.folders.iter().all(is_lost) => Outcome::Failed,
        Outcome::Done if !unreachable.is_empty() => Outcome::SomeUnreadable,
        other => other,
    })
}

const STOPPED: &str = "the scan was stopped; what was found is kept";

fn show(snapshot: &Snapshot, json: bool) -> anyhow::Result<Outcome> {
    let scanned = snapshot.last_scan.as_deref().cloned().unwrap_or_default();
    let report = report(snapshot, &scanned);
    if json {
        output::json(&report)?;
    } else {
        print(&report, snapshot)?;
    }
    Ok(if report.failed.is_empty() { Outcome::Done } else { Outcome::SomeUnreadable })
}

/// Shows the report of every later scan, for as long as the program runs: when it is stopped, what was shown is on disk.
fn watch(library: &Opened, first: &Snapshot, json: bool) -> anyhow::Result<()> {
    let handle = library.handle();
    let mut heard = Heard::after(first);
    handle.send(engine::Command::Watch(true));
    let mut last = (first.last_scan.clone(), first.counts);
    loop {
        let later = handle.wait(|snapshot| {
            heard.listen(snapshot);
            let again = match (&snapshot.last_scan, &last.0) {
                (Some(now), Some(before)) => !Arc::ptr_eq(now, before),
                (now, _) => now.is_some(),
            };
            again && snapshot.activity == Activity::Idle
        })?;
        for error in heard.take() {
            output::say(&error);
        }
        // The scan that makes sure that nothing more is coming says nothing.
        let news = later.last_scan.as_ref().is_some_and(|scan| {
            scan.decoded + scan.copies + scan.moved + scan.returned + scan.gone > 0 || later.counts != last.1
        });
        if news {
            show(&later, json)?;
        }
        last = (later.last_scan.clone(), later.counts);
    }
}

fn report<'a>(snapshot: &'a Snapshot, scanned: &'a ScanReport) -> Report<'a> {
    let counts = scanned.counts;
    let singles = snapshot.groups.iter().filter(|group| group.faces.len() == 1).count();
    Report {
        photos: counts.found - counts.skipped,
        with_faces: counts.with_faces,
        without_faces: counts.without_faces,
        skipped: counts.skipped,
        failed: snapshot
            .problems
            .iter()
            .map(|problem| FailedRow { path: &problem.path, kind: problem.kind.name(), message: &problem.message })
            .collect(),
        faces: snapshot.faces.len(),
        groups: snapshot.groups.len() - singles,
        singles,
        seconds: (scanned.seconds * 1000.0).round() / 1000.0,
        reasons: &scanned.skipped,
        decoded: scanned.decoded,
        unchanged: scanned.unchanged,
        copies: scanned.copies,
        moved: scanned.moved,
        returned: scanned.returned,
        gone: scanned.gone,
        unreachable: &scanned.unreachable,
    }
}

fn print(report: &Report<'_>, snapshot: &Snapshot) -> anyhow::Result<()> {
    output::line(&format!(
        "{}: {} with faces, {} without, {} not readable; {} skipped",
        output::count(report.photos, "photo", "photos"),
        output::thousands(report.with_faces),
        output::thousands(report.without_faces),
        output::thousands(report.failed.len()),
        output::count(report.skipped, "other file", "other files"),
    ))?;
    if !report.reasons.is_empty() {
        let reasons: Vec<String> =
            report.reasons.iter().map(|(reason, count)| format!("{} {reason}", output::thousands(*count))).collect();
        output::line(&format!("skipped: {}", reasons.join(", ")))?;
    }
    output::line(&format!(
        "{}: {} and {} seen once, in {:.1} s on {}",
        output::count(report.faces, "face", "faces"),
        output::count(report.groups, "person", "people"),
        output::thousands(report.singles),
        report.seconds,
        snapshot.device,
    ))?;
    for group in snapshot.groups.iter().filter(|group| group.faces.len() > 1) {
        let name = group.name.as_deref().unwrap_or("-");
        let faces = output::count(group.faces.len(), "face", "faces");
        output::line(&format!("{:>6}  {name:<28} {faces}", group.id.to_string()))?;
    }
    for failed in &report.failed {
        output::say(&format!("{}: {}", failed.path.display(), failed.message));
    }
    if snapshot.groups.iter().any(|group| group.name.is_none()) {
        output::say("Give a group a name: albumen name GROUP NAME");
    }
    Ok(())
}
