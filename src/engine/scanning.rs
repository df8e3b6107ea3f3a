//! Scans: what the scan's thread reports becomes rows, counts and a report.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::run::Engine;
use super::scan_job::{self, Job, ScanEvent};
use super::state::Leads;
use super::threads::{Task, spawn};
use super::words::scanning as words;
use crate::domain::{Activity, NoticeLevel, PhotoHash, PhotoId, Problem, ProblemKind, ScanReport};
use crate::pipeline::Control;
use crate::scan::{Entry, Folders, Plan, Walk};
use crate::store::{FileOutcome, KnownFile, KnownState, Outcome, StoreError};

/// Files in one transaction at most, and how long one may wait for it: what a killed process has to do again.
const BATCH: usize = 64;
const BATCH_WAIT: Duration = Duration::from_millis(100);

/// The size and time of a file that is read whatever its own are.
const UNLIKE_ANY: (u64, i64) = (u64::MAX, i64::MIN);

/// A scan that is wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Request {
    /// Empty: all folders of the library.
    pub(super) folders: Vec<PathBuf>,
    /// Single files that could not be used; they are no folders of the library.
    pub(super) retry: bool,
    /// Nobody asked for it just now: it speaks only of what is new.
    pub(super) quiet: bool,
}

/// A scan under way.
pub(super) struct Scan {
    pub(super) generation: u64,
    pub(super) control: Arc<Control>,
    pub(super) pending: Vec<FileOutcome>,
    request: Request,
    /// Scans that were asked for since and are wanted sooner; this one makes room and goes on after them.
    behind: usize,
    /// The library could not be written; it was said.
    broken: bool,
    listed: usize,
    /// Files that are new or changed.
    to_read: usize,
    planned: bool,
    done: usize,
    total: usize,
    last_write: Option<Instant>,
    /// When photos were done lately, for the time left.
    recent: VecDeque<Instant>,
    /// Photos whose files were gone when the scan began.
    gone: BTreeSet<PhotoId>,
    /// Photos of which another file was found.
    copied: BTreeSet<PhotoId>,
    report: ScanReport,
}

impl Scan {
    fn new(generation: u64, request: Request) -> Self {
        Self {
            generation,
            control: Arc::default(),
            pending: Vec::new(),
            request,
            behind: 0,
            broken: false,
            listed: 0,
            to_read: 0,
            planned: false,
            done: 0,
            total: 0,
            last_write: None,
            recent: VecDeque::new(),
            gone: BTreeSet::new(),
            copied: BTreeSet::new(),
            report: ScanReport::default(),
        }
    }

    /// Ends it for good: it does not go on after others either.
    pub(super) fn cancel(&mut self) {
        self.behind = 0;
        self.control.cancel();
    }

    pub(super) fn pause(&mut self, paused: bool) {
        self.control.pause(paused);
        self.recent.clear();
    }

    pub(super) fn activity(&self) -> Activity {
        if !self.planned {
            return Activity::Listing { found: self.listed };
        }
        Activity::Scanning {
            done: self.done,
            total: self.total,
            seconds_left: self.seconds_left(),
            paused: self.control.is_paused(),
        }
    }

    /// From the pace of the latest photos; nothing until eight are done.
    fn seconds_left(&self) -> Option<f32> {
        if self.recent.len() < 8 || self.control.is_paused() {
            return None;
        }
        let took = self.recent.front()?.elapsed().as_secs_f32();
        Some(took / self.recent.len() as f32 * self.total.saturating_sub(self.done) as f32)
    }
}

/// Sizes and times of known files, and known contents.
type Known = (BTreeMap<PathBuf, (u64, i64)>, BTreeMap<PhotoHash, PhotoId>);

impl Engine<'_> {
    pub(super) fn want_scan(&mut self, request: Request) {
        if request.folders.is_empty() && self.state.folders.is_empty() {
            return self.say(NoticeLevel::Error, words::NO_FOLDERS);
        }
        match &mut self.scan {
            // A folder just chosen is what the user looks at now; the rest goes on after it.
            Some(scan) if !request.folders.is_empty() && request != scan.request => {
                self.queued.insert(scan.behind.min(self.queued.len()), request);
                scan.behind += 1;
                scan.control.cancel();
            }
            _ => self.queued.push_back(request),
        }
        self.next_scan();
    }

    /// Files that failed are read again; those that are no longer there are forgotten.
    pub(super) fn retry(&mut self, files: Vec<PathBuf>) {
        let all = self.state.failed();
        let files = if files.is_empty() { all.keys().cloned().collect() } else { files };
        let (there, gone): (Vec<PathBuf>, Vec<PathBuf>) =
            files.into_iter().filter(|path| all.contains_key(path)).partition(|path| path.symlink_metadata().is_ok());
        self.forget_gone(&gone);
        if there.is_empty() {
            return self.say(NoticeLevel::Info, words::NOTHING_LEFT);
        }
        self.want_scan(Request { folders: there, retry: true, quiet: false });
    }

    pub(super) fn next_scan(&mut self) {
        if self.scan.is_some() || self.queued.is_empty() {
            return;
        }
        let Some(finder) = self.finder.clone() else { return self.load_finder() };
        let Some(request) = self.queued.pop_front() else { return };
        let all = request.folders.is_empty();
        let folders = if all { self.state.folders.to_vec() } else { request.folders.clone() };
        // Faces of two models are never compared: with another model, all folders are read again, one after another.
        if self.model_changes(finder.model_id()) && !all {
            self.queued.push_back(Request::default());
        }
        let (mut known, contents) = match self.known(finder.model_id()) {
            Ok(known) => known,
            Err(error) => {
                // Those that wait would fail in the same way, and nothing would begin them.
                self.queued.clear();
                return self.say(NoticeLevel::Error, error.to_string());
            }
        };
        if request.retry {
            // Read whatever their size and time are; and gone when they are nothing any more, as a folder that opens now.
            known.extend(folders.iter().map(|path| (path.clone(), UNLIKE_ANY)));
        }
        // Photos come first; groups are made again once faces have come, or the scan has ended.
        self.grouping.give_up();
        self.scans += 1;
        let scan = Scan::new(self.scans, request);
        let job = Job {
            generation: self.scans,
            folders,
            retry: scan.request.retry,
            known,
            contents,
            finder,
            workers: self.workers,
            min_face: self.min_face,
            control: Arc::clone(&scan.control),
        };
        self.scan = Some(scan);
        let events = self.events.clone();
        spawn("scan", &self.events, Task::Scan(self.scans), move || scan_job::run(&job, &events));
        self.changed = true;
    }

    /// Whether a scan with this model leaves faces of another one behind.
    fn model_changes(&self, model: &str) -> bool {
        !self.state.faces.is_empty() && self.grouping.model != model
    }

    /// What needs no second look. What another model found is read again: two models are never compared.
    fn known(&mut self, model: &str) -> Result<Known, StoreError> {
        if self.store.set_model(model)? {
            self.grouping.forget(model.to_owned());
            self.dirty = true;
        }
        let contents = self.store.contents(model)?;
        let ours: BTreeSet<PhotoId> = contents.values().copied().collect();
        let known = (self.state.files().values())
            .filter(|file| !matches!(file.state, KnownState::Photo(photo) if !ours.contains(&photo)))
            .map(|file| {
                let size_and_time = if is_unread(file) { UNLIKE_ANY } else { (file.size, file.modified_ns) };
                (file.path.clone(), size_and_time)
            })
            .collect();
        Ok((known, contents))
    }

    pub(super) fn scan_event(&mut self, event: ScanEvent) {
        match event {
            ScanEvent::Listed(found) => {
                if let Some(scan) = &mut self.scan {
                    scan.listed = found;
                }
            }
            ScanEvent::Planned(walk, plan) => self.planned(*walk, &plan),
            ScanEvent::File(file) => {
                let Some(scan) = &mut self.scan else { return };
                scan.done += 1;
                scan.report.decoded += usize::from(matches!(file.outcome, Outcome::Photo(_)));
                scan.recent.push_back(Instant::now());
                if scan.recent.len() > 64 {
                    scan.recent.pop_front();
                }
                scan.pending.push(*file);
            }
            ScanEvent::Finished { cancelled, seconds, trouble } => {
                if let Some(trouble) = trouble {
                    self.say(NoticeLevel::Error, trouble);
                }
                self.finished(cancelled, seconds);
            }
        }
    }

    /// Writes what waits, when enough does or when it has waited long enough. The first photo goes at once: a face on
    /// the screen says more than a bar.
    pub(super) fn write_if_due(&mut self) {
        let due = self.scan.as_ref().is_some_and(|scan| {
            scan.pending.len() >= BATCH
                || (!scan.pending.is_empty() && scan.last_write.is_none_or(|last| last.elapsed() > BATCH_WAIT))
        });
        if due {
            self.write_pending();
        }
    }

    fn planned(&mut self, mut walk: Walk, plan: &Plan) {
        let Request { retry, quiet, .. } = self.scan.as_ref().map(|scan| scan.request.clone()).unwrap_or_default();
        if !retry {
            self.watching.listed(&walk.roots, std::mem::take(&mut walk.folders));
        }
        let said = Arc::clone(&self.state.unreachable);
        let news = |folder: &&PathBuf| !quiet || !said.contains(folder);
        for folder in walk.unreachable.iter().filter(news) {
            self.say(NoticeLevel::Error, words::unreachable(folder));
        }
        for folder in plan.vanished.iter().filter(news) {
            self.say(NoticeLevel::Error, words::vanished(folder));
        }
        let nothing = walk.files.is_empty() && walk.problems.is_empty() && walk.unreachable.is_empty();
        if nothing && plan.vanished.is_empty() {
            if !quiet && !retry {
                self.say(NoticeLevel::Error, words::no_photos(&walk.roots));
            }
        } else if !retry {
            for root in &walk.roots {
                match self.store.add_folder(root) {
                    Ok(folders) => self.state.folders = Arc::new(folders),
                    Err(error) => self.say(NoticeLevel::Error, error.to_string()),
                }
            }
        }
        self.note_unreachable(&walk, plan);
        let gone = self.forget_gone(&plan.gone);
        // Folders that cannot be opened and links that lead nowhere are rows like files.
        let outcomes: Vec<FileOutcome> = walk.problems.into_iter().map(failed).collect();
        let once_more = |entry: &&Entry| {
            let known = self.state.files().get(&entry.path).filter(|file| is_unread(file));
            known.is_some_and(|file| (file.size, file.modified_ns) == (entry.size, entry.modified_ns))
        };
        let once_more = plan.to_read.iter().filter(once_more).count();
        let Some(scan) = &mut self.scan else { return };
        scan.gone = gone;
        scan.planned = true;
        scan.to_read = plan.to_read.len() - once_more;
        scan.report.unchanged = plan.unchanged.len();
        scan.report.gone = plan.gone.len();
        scan.report.unreachable.extend(walk.unreachable.iter().chain(&plan.vanished).cloned());
        scan.done = plan.unchanged.len() + outcomes.len();
        scan.total = plan.to_read.len() + scan.done;
        scan.pending.extend(outcomes);
        self.write_pending();
        if let Some(scan) = &mut self.scan {
            scan.last_write = None;
        }
    }

    /// Folders that could not be looked into, in place of what was said of the scanned ones before.
    fn note_unreachable(&mut self, walk: &Walk, plan: &Plan) {
        let seen = |folder: &PathBuf| walk.roots.iter().any(|root| folder.starts_with(root));
        let before = self.state.unreachable.iter().filter(|folder| !seen(folder)).cloned();
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_no_current_folder| path.clone());
        let ours = |path: &PathBuf| self.state.folders.iter().any(|folder| path.starts_with(folder));
        let now = walk.unreachable.iter().map(absolute).filter(ours).chain(plan.vanished.iter().cloned());
        let all: BTreeSet<PathBuf> = before.chain(now).collect();
        self.state.unreachable = Arc::new(all.into_iter().collect());
    }

    /// Forgets files that are no longer there; gives their photos.
    fn forget_gone(&mut self, gone: &[PathBuf]) -> BTreeSet<PhotoId> {
        match self.store.forget_files(gone) {
            Ok(written) => {
                self.dirty |= !written.gone_faces.is_empty();
                self.changed = true;
                self.state.absorb(written);
                gone.iter()
                    .filter_map(|path| match self.state.forget_file(path)?.state {
                        KnownState::Photo(photo) => Some(photo),
                        _ => None,
                    })
                    .collect()
            }
            Err(error) => {
                self.say(NoticeLevel::Error, error.to_string());
                BTreeSet::new()
            }
        }
    }

    pub(super) fn write_pending(&mut self) {
        let (Some(scan), Some(finder)) = (&mut self.scan, &self.finder) else { return };
        let files = std::mem::take(&mut scan.pending);
        scan.last_write = Some(Instant::now());
        if files.is_empty() {
            return;
        }
        let library = self.state.history.library();
        let pins = |photo: PhotoHash| library.faces_of_photo(photo).into_iter().collect();
        match self.store.write(&files, finder.model_id(), &pins) {
            Ok(written) => {
                for file in &files {
                    if let Outcome::Known(photo) = file.outcome {
                        let report = &mut scan.report;
                        let there = self.state.files().get(&file.path).map(|known| &known.state);
                        if there == Some(&KnownState::Photo(photo)) {
                            // Written anew with what was in it: only its time is another.
                            report.unchanged += 1;
                        } else if scan.gone.remove(&photo) {
                            report.moved += 1;
                        } else if self.state.photo(photo).is_none() {
                            report.returned += 1;
                        } else {
                            report.copies += 1;
                            scan.copied.insert(photo);
                        }
                    }
                }
                let by_path: BTreeMap<&Path, PhotoId> = (written.photos.iter())
                    .flat_map(|photo| photo.paths.iter().map(|path| (path.as_path(), photo.id)))
                    .collect();
                for file in files {
                    let state = match (file.outcome, by_path.get(file.path.as_path())) {
                        (Outcome::Failed(problem), _) => KnownState::Failed(problem),
                        (Outcome::Skipped(reason), _) => KnownState::Skipped(reason),
                        (_, Some(photo)) => KnownState::Photo(*photo),
                        (_, None) => continue,
                    };
                    let (size, modified_ns) = (file.size, file.modified_ns);
                    self.state.set_file(KnownFile { path: file.path, size, modified_ns, state });
                }
                self.dirty |= !written.faces.is_empty() || !written.gone_faces.is_empty();
                self.state.absorb(written);
            }
            Err(error) => {
                // Nothing more can be kept: stop rather than work for nothing. What comes yet is read again one day.
                scan.control.cancel();
                if !std::mem::replace(&mut scan.broken, true) {
                    self.say(NoticeLevel::Error, error.to_string());
                }
            }
        }
        self.changed = true;
    }

    fn finished(&mut self, cancelled: bool, seconds: f64) {
        self.write_pending();
        let Some(scan) = self.scan.take() else { return };
        if scan.behind > 0 && cancelled && !scan.broken {
            self.queued.insert(scan.behind.min(self.queued.len()), scan.request);
            return self.next_scan();
        }
        let cancelled = cancelled || scan.broken;
        let moved = if cancelled { 0 } else { self.drop_moved(&scan.report.unreachable, &scan.copied) };
        let counts = self.state.counts();
        let mut report = ScanReport { counts, cancelled, seconds, ..scan.report };
        report.gone = report.gone.saturating_sub(report.moved);
        // They looked like copies as long as the folder they came from was thought to be away.
        let moved = moved.min(report.copies);
        (report.moved, report.copies) = (report.moved + moved, report.copies - moved);
        for file in self.state.files().values() {
            match &file.state {
                KnownState::Photo(_) => {}
                KnownState::Skipped(reason) => *report.skipped.entry(reason.clone()).or_default() += 1,
                KnownState::Failed(problem) => *report.failed.entry(problem.kind).or_default() += 1,
            }
        }
        let found_something = scan.to_read > 0 || report.gone > 0;
        self.state.last_scan = Some(Arc::new(report));
        self.watching.scanned(found_something && !cancelled);
        if scan.broken {
            self.say(NoticeLevel::Info, words::STOPPED_BY_THE_DISK);
        } else if cancelled {
            self.say(NoticeLevel::Info, words::STOPPED);
        } else if counts.failed > 0 && (found_something || !scan.request.quiet) {
            self.state.say(NoticeLevel::Info, words::done_but_for(counts.failed), Leads::Problems);
        }
        self.grouping.hurry();
        self.group_again();
        self.next_scan();
    }

    /// Photos of an empty folder that were found elsewhere were moved, not unplugged; gives how many of these were `copied`
    /// just now.
    fn drop_moved(&mut self, vanished: &[PathBuf], copied: &BTreeSet<PhotoId>) -> usize {
        let away = Folders::new(vanished);
        let elsewhere = |photo: &PhotoId| {
            self.state.photo(*photo).is_some_and(|photo| photo.paths.iter().any(|path| !away.hold(path)))
        };
        let moved: Vec<PathBuf> = (self.state.files().values())
            .filter(|file| away.hold(&file.path))
            .filter(|file| matches!(&file.state, KnownState::Photo(photo) if elsewhere(photo)))
            .map(|file| file.path.clone())
            .collect();
        let photos = self.forget_gone(&moved);
        // Paths are in order, and those below a folder come right after it.
        let left = |folder: &PathBuf| {
            self.state.files().range(folder.clone()..).next().is_some_and(|(path, _)| path.starts_with(folder))
        };
        // One that is not there stays, also with nothing in it: it would be told of anew at every look at the folders.
        let emptied = |folder: &PathBuf| {
            let at = moved.partition_point(|path| path < folder);
            moved.get(at).is_some_and(|path| path.starts_with(folder))
        };
        let still: Vec<PathBuf> =
            self.state.unreachable.iter().filter(|folder| left(folder) || !emptied(folder)).cloned().collect();
        if still.len() < self.state.unreachable.len() {
            self.state.unreachable = Arc::new(still);
        }
        photos.intersection(copied).count()
    }
}

/// The system did not let it be read: a disk that was pulled out, a lock. That says nothing of what is in it, so every scan
/// tries it again.
fn is_unread(file: &KnownFile) -> bool {
    matches!(&file.state, KnownState::Failed(problem) if problem.kind == ProblemKind::Unreadable)
}

fn failed(problem: Problem) -> FileOutcome {
    FileOutcome { path: problem.path.clone(), size: 0, modified_ns: 0, outcome: Outcome::Failed(problem) }
}
