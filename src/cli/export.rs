//! `albumen export`: albums of named people.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::library::Opened;
use super::output::{self, Progress};
use super::{LibraryArguments, Outcome};
use crate::domain::{Group, GroupId, Snapshot};
use crate::engine::{self, ExportMode, ExportRequest};

/// Write albums of named people
#[derive(Args, Debug)]
pub struct Export {
    /// The folder that will hold one folder per person
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    library: LibraryArguments,
    /// Only this person; may be given several times
    #[arg(long, value_name = "NAME")]
    person: Vec<String>,
    /// How the files come to be
    #[arg(long, value_enum, default_value_t = Mode::Copy)]
    mode: Mode,
    /// Names and face regions in an XMP file beside each photo
    #[arg(long)]
    sidecars: bool,
    /// Say what would be written, write nothing
    #[arg(long)]
    dry_run: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// `--mode`, as clap shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Byte for byte
    Copy,
    /// Hard links, on the same disk only
    Hardlink,
    /// Symbolic links
    Symlink,
}

impl From<Mode> for ExportMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Copy => Self::Copy,
            Mode::Hardlink => Self::Hardlink,
            Mode::Symlink => Self::Symlink,
        }
    }
}

#[derive(Serialize)]
struct FileRow {
    #[serde(serialize_with = "output::path")]
    from: PathBuf,
    #[serde(serialize_with = "output::path")]
    to: PathBuf,
    /// It is there already, byte for byte.
    unchanged: bool,
}

#[derive(Serialize)]
struct FailedRow {
    #[serde(serialize_with = "output::path")]
    path: PathBuf,
    kind: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Report {
    #[serde(serialize_with = "output::path")]
    to: PathBuf,
    albums: usize,
    files: Vec<FileRow>,
    written: usize,
    unchanged: usize,
    failed: Vec<FailedRow>,
    dry_run: bool,
}

pub(super) fn run(arguments: &Export) -> anyhow::Result<Outcome> {
    let library = Opened::to_read(&arguments.library.path())?;
    let snapshot = library.snapshot();
    let request = ExportRequest {
        to: std::path::absolute(&arguments.to)?,
        groups: chosen(&snapshot, &arguments.person)?,
        mode: arguments.mode.into(),
        sidecars: arguments.sidecars,
    };
    let plan = engine::export_plan(&snapshot, &request)?;
    let mut report = Report {
        to: request.to.clone(),
        albums: request.groups.len(),
        files: plan
            .steps
            .iter()
            .map(|step| FileRow { from: step.from.clone(), to: step.to.clone(), unchanged: step.done })
            .collect(),
        written: 0,
        unchanged: plan.unchanged,
        failed: Vec::new(),
        dry_run: arguments.dry_run,
    };
    if !arguments.dry_run {
        let mut progress = Progress::new();
        let written = engine::export_run(&plan, request.mode, &mut |done, total| {
            progress.step(done, total, &format!("{} of {} files", output::thousands(done), output::thousands(total)));
            true
        })?;
        progress.finish();
        report.written = written.written;
        report.unchanged = written.unchanged;
        report.failed = written
            .failed
            .into_iter()
            .map(|problem| FailedRow { path: problem.path, kind: problem.kind.name(), message: problem.message })
            .collect();
    }
    if arguments.json {
        output::json(&report)?;
    } else {
        print(&report)?;
    }
    for failed in &report.failed {
        output::say(&format!("{}: {}", failed.path.display(), failed.message));
    }
    library.close();
    Ok(if report.failed.is_empty() { Outcome::Done } else { Outcome::SomeUnreadable })
}

/// The named people asked for, or all of them.
fn chosen(snapshot: &Snapshot, names: &[String]) -> anyhow::Result<Vec<GroupId>> {
    let named: Vec<&Group> = snapshot.groups.iter().filter(|group| group.name.is_some()).collect();
    anyhow::ensure!(!named.is_empty(), "nobody has a name yet; give one with `albumen name GROUP NAME`");
    for name in names {
        let mut called = named.iter().filter(|group| group.name.as_deref() == Some(name.trim())).peekable();
        anyhow::ensure!(called.peek().is_some(), "nobody is called {name}; `albumen people` lists the names");
        anyhow::ensure!(
            called.any(|group| !group.ignored),
            "{name} is set aside as a stranger, and strangers have no albums; take them back in the window first"
        );
    }
    let wanted = |group: &&Group| {
        !group.ignored && (names.is_empty() || names.iter().any(|name| group.name.as_deref() == Some(name.trim())))
    };
    Ok(named.into_iter().filter(wanted).map(|group| group.id).collect())
}

fn print(report: &Report) -> anyhow::Result<()> {
    let albums = output::count(report.albums, "album", "albums");
    let there = output::thousands(report.unchanged);
    if report.dry_run {
        let new: Vec<&FileRow> = report.files.iter().filter(|file| !file.unchanged).collect();
        for file in &new {
            output::line(&format!("{} <- {}", file.to.display(), file.from.display()))?;
        }
        let files = output::count(new.len(), "file", "files");
        let to = report.to.display();
        return output::line(&format!("{albums}: {files} would be written, {there} already there: {to}"));
    }
    let files = output::count(report.written, "file", "files");
    output::line(&format!("{albums}: {files} written, {there} already there: {}", report.to.display()))
}
