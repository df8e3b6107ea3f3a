//! The loop: one thread, one owner.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select};

use super::handle::{Outbox, PictureKey};
use super::pictures::{self, Source};
use super::scan_job::{self, Job, ScanEvent};
use super::state::State;
use super::{Command, ExportRequest, Options, commands, export_plan, export_run, groups};
use crate::cluster::{self, Embeddings, Settings};
use crate::domain::{Activity, Face, FaceId, NoticeLevel, Problem, ScanReport};
use crate::export::Report;
use crate::pipeline::Control;
use crate::store::{FileOutcome, KnownFile, KnownState, Outcome, Store};
use crate::vision::{FaceFinder, VisionError};

/// Reports of the threads beside this one.
pub(super) enum Event {
    /// The networks are loaded, or cannot be.
    Finder(Result<Arc<dyn FaceFinder>, VisionError>),
    /// Of the scan of this generation.
    Scan(u64, ScanEvent),
    /// Groups, and how long they took.
    Grouped(Vec<Vec<FaceId>>, Duration),
    /// Files written, of all.
    Exporting(usize, usize),
    /// The albums are there, or why not.
    Exported(Result<Report, super::ExportError>, PathBuf),
}

/// Files in one transaction, and how long they may wait for it.
const BATCH: usize = 32;
const BATCH_WAIT: Duration = Duration::from_millis(400);

/// A scan under way.
struct Scan {
    generation: u64,
    control: Arc<Control>,
    listed: usize,
    planned: bool,
    done: usize,
    total: usize,
    decoded: usize,
    pending: Vec<FileOutcome>,
    last_write: Option<Instant>,
    /// When photos were done lately, for the time left.
    recent: VecDeque<Instant>,
}

struct Engine<'a> {
    store: Store,
    state: State,
    outbox: &'a Arc<Outbox>,
    wake: Arc<dyn Fn() + Send + Sync>,
    events: Sender<Event>,
    pictures: Sender<(PictureKey, Source)>,
    finder_source: Option<super::FinderSource>,
    finder: Option<Arc<dyn FaceFinder>>,
    /// Folders that wait for the networks or for the scan before them.
    queued: VecDeque<Vec<PathBuf>>,
    scan: Option<Scan>,
    scans: u64,
    /// The faces or the user's words changed since groups were last made.
    dirty: bool,
    grouping: bool,
    grouped_at: Option<(Instant, Duration)>,
    exporting: Option<(usize, usize, Arc<Control>)>,
    commands: u64,
    changed: bool,
    options: (usize, f32, cluster::Method),
}

pub(super) fn run(
    store: Store,
    options: Options,
    inbox: &Receiver<Command>,
    poked: &Receiver<()>,
    outbox: &Arc<Outbox>,
) {
    // Some files ahead at most: a fast scan waits for the disk, not the memory.
    let (events, reports) = bounded(64);
    let mut state = State::default();
    match store.load() {
        Ok(loaded) => state = State::new(store.path().to_owned(), loaded),
        Err(error) => state.say(NoticeLevel::Error, error.to_string(), false),
    }
    let mut engine = Engine {
        pictures: pictures::start(outbox, &options.wake),
        store,
        dirty: !state.faces.is_empty(),
        state,
        outbox,
        wake: options.wake,
        events,
        finder_source: Some(options.finder),
        finder: None,
        queued: VecDeque::new(),
        scan: None,
        scans: 0,
        grouping: false,
        grouped_at: None,
        exporting: None,
        commands: 0,
        changed: true,
        options: (options.workers, options.min_face, options.method),
    };
    engine.state.ready = !engine.dirty;
    loop {
        engine.group_if_due();
        engine.publish();
        let busy = engine.scan.is_some() || engine.dirty;
        let patience = if busy { Duration::from_millis(100) } else { Duration::from_hours(1) };
        select! {
            recv(inbox) -> command => match command {
                Ok(Command::Quit) | Err(_) => break,
                Ok(command) => engine.command(command),
            },
            recv(reports) -> event => if let Ok(event) = event { engine.event(event) },
            recv(poked) -> _ => {}
            default(patience) => engine.changed |= engine.scan.is_some(),
        }
        engine.serve_pictures();
    }
    engine.stop();
    // The scan's thread may be waiting to report; it ends when nobody listens.
    drop(reports);
    outbox.ended.store(true, Ordering::SeqCst);
    outbox.published.notify_all();
}

impl Engine<'_> {
    fn stop(&mut self) {
        if let Some(scan) = &self.scan {
            scan.control.cancel();
        }
        if let Some((_, _, control)) = &self.exporting {
            control.cancel();
        }
        self.write_pending();
    }

    fn say(&mut self, level: NoticeLevel, text: impl Into<String>) {
        self.state.say(level, text.into(), false);
        self.changed = true;
    }

    fn publish(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let activity = self.activity();
        let snapshot = Arc::new(self.state.snapshot(activity, self.commands));
        *self.outbox.snapshot.lock().unwrap_or_else(PoisonError::into_inner) = snapshot;
        self.outbox.published.notify_all();
        (self.wake)();
    }

    fn activity(&self) -> Activity {
        if let Some(scan) = &self.scan {
            return if scan.planned {
                Activity::Scanning {
                    done: scan.done,
                    total: scan.total,
                    seconds_left: scan.seconds_left(),
                    paused: scan.control.is_paused(),
                }
            } else {
                Activity::Listing { found: scan.listed }
            };
        }
        match &self.exporting {
            _ if !self.queued.is_empty() => Activity::Listing { found: 0 },
            Some((done, total, _)) => Activity::Exporting { done: *done, total: *total },
            None if self.grouping || self.dirty => Activity::Grouping,
            None => Activity::Idle,
        }
    }

    fn command(&mut self, command: Command) {
        self.commands += 1;
        self.changed = true;
        match command {
            Command::Scan(folders) => {
                self.queued.push_back(folders);
                self.next_scan();
            }
            Command::Pause | Command::Resume => {
                if let Some(scan) = &mut self.scan {
                    scan.control.pause(command == Command::Pause);
                    scan.recent.clear();
                }
            }
            Command::Cancel => {
                self.queued.clear();
                if let Some(scan) = &self.scan {
                    scan.control.cancel();
                }
                if let Some((_, _, control)) = &self.exporting {
                    control.cancel();
                }
            }
            Command::Undo => self.step_cursor(false),
            Command::Redo => self.step_cursor(true),
            Command::Export(request) => self.export(request),
            Command::OpenLibrary(path) => self.open(&path),
            Command::Quit => {}
            edit => self.edit(&edit),
        }
    }

    fn edit(&mut self, command: &Command) {
        let edits = match commands::edits(command, &self.state.view()) {
            Ok(edits) if edits.is_empty() => return,
            Ok(edits) => edits,
            Err(text) => return self.say(NoticeLevel::Error, text),
        };
        match self.store.push_step(&edits) {
            Ok(cursor) => {
                let made = edits.iter().filter_map(|edit| match edit {
                    crate::domain::Edit::MakePerson { person, .. } => Some(person.0 + 1),
                    _ => None,
                });
                self.state.next_person = made.max().unwrap_or(0).max(self.state.next_person);
                self.state.steps.truncate(cursor - 1);
                self.state.steps.push(edits);
                self.state.cursor = cursor;
                self.words_changed();
                let text = self.state.snapshot(Activity::Idle, 0).undo.unwrap_or_default();
                self.state.say(NoticeLevel::Info, text, true);
            }
            Err(error) => self.say(NoticeLevel::Error, error.to_string()),
        }
    }

    fn step_cursor(&mut self, forward: bool) {
        let before = self.state.snapshot(Activity::Idle, 0);
        let (cursor, text) = match (forward, before.undo, before.redo) {
            (false, Some(text), _) => (self.state.cursor - 1, format!("Undone: {text}")),
            (true, _, Some(text)) => (self.state.cursor + 1, format!("Done again: {text}")),
            _ => return,
        };
        match self.store.set_cursor(cursor) {
            Ok(()) => {
                self.state.cursor = cursor;
                self.words_changed();
                self.say(NoticeLevel::Info, text);
            }
            Err(error) => self.say(NoticeLevel::Error, error.to_string()),
        }
    }

    fn words_changed(&mut self) {
        self.state.refold();
        self.dirty = true;
    }

    fn open(&mut self, path: &std::path::Path) {
        if self.scan.is_some() {
            return self.say(NoticeLevel::Error, "A scan is running. Cancel it before another library is opened");
        }
        let opened = Store::open(path).and_then(|store| store.load().map(|loaded| (store, loaded)));
        match opened {
            Ok((store, loaded)) => {
                let device = std::mem::take(&mut self.state.device);
                self.state = State::new(store.path().to_owned(), loaded);
                self.state.device = device;
                self.state.ready = true;
                self.store = store;
                self.dirty = true;
            }
            Err(error) => self.say(NoticeLevel::Error, error.to_string()),
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Finder(Ok(finder)) => {
                self.state.device = finder.device();
                self.finder = Some(finder);
                self.next_scan();
            }
            Event::Finder(Err(error)) => {
                self.queued.clear();
                self.say(NoticeLevel::Error, error.to_string());
            }
            Event::Scan(generation, event) => {
                if self.scan.as_ref().is_some_and(|scan| scan.generation == generation) {
                    self.scan_event(event);
                }
            }
            Event::Grouped(clusters, took) => {
                self.grouping = false;
                self.grouped_at = Some((Instant::now(), took));
                self.state.clusters = clusters;
                self.state.rebuild();
                self.state.ready = true;
            }
            Event::Exporting(done, total) => {
                if let Some(exporting) = &mut self.exporting {
                    (exporting.0, exporting.1) = (done, total);
                }
            }
            Event::Exported(result, to) => {
                self.exporting = None;
                self.exported(result, &to);
            }
        }
        self.changed = true;
    }

    // Scanning.

    fn next_scan(&mut self) {
        if self.scan.is_some() || self.queued.is_empty() {
            return;
        }
        let Some(finder) = self.finder.clone() else {
            if let Some(source) = self.finder_source.take() {
                let events = self.events.clone();
                spawn("networks", move || drop(events.send(Event::Finder(source()))));
            } else if self.state.device.is_empty() && self.finder_source.is_none() {
                // Still loading: the report starts the scan.
            }
            return;
        };
        let Some(folders) = self.queued.pop_front() else { return };
        let known = match self.known(finder.model_id()) {
            Ok(known) => known,
            Err(error) => return self.say(NoticeLevel::Error, error.to_string()),
        };
        self.scans += 1;
        let control = Arc::new(Control::default());
        self.scan = Some(Scan {
            generation: self.scans,
            control: Arc::clone(&control),
            listed: 0,
            planned: false,
            done: 0,
            total: 0,
            decoded: 0,
            pending: Vec::new(),
            last_write: None,
            recent: VecDeque::new(),
        });
        let (workers, min_face, _) = self.options;
        let (known, contents) = known;
        let job = Job { generation: self.scans, folders, known, contents, finder, workers, min_face, control };
        let events = self.events.clone();
        spawn("scan", move || scan_job::run(&job, &events));
        self.changed = true;
    }

    /// Sizes and times of known files, and known contents. What another model found is read again, and its embeddings
    /// are set aside: two models are never compared.
    #[expect(clippy::type_complexity, reason = "two maps for one caller")]
    fn known(
        &mut self,
        model: &str,
    ) -> Result<
        (BTreeMap<PathBuf, (u64, i64)>, BTreeMap<crate::domain::PhotoHash, crate::domain::PhotoId>),
        crate::store::StoreError,
    > {
        let contents = self.store.contents(model)?;
        let ours: std::collections::BTreeSet<_> = contents.values().copied().collect();
        if self.store.has_other_models(model)? {
            let faces = Arc::clone(&self.state.faces);
            self.state.embeddings.retain(|face, _| faces.get(face).is_some_and(|face| ours.contains(&face.photo)));
            self.dirty = true;
        }
        let known = self
            .state
            .files
            .values()
            .filter(|file| !matches!(file.state, KnownState::Photo(photo) if !ours.contains(&photo)))
            .map(|file| (file.path.clone(), (file.size, file.modified_ns)))
            .collect();
        Ok((known, contents))
    }

    fn scan_event(&mut self, event: ScanEvent) {
        match event {
            ScanEvent::Listed(found) => {
                if let Some(scan) = &mut self.scan {
                    scan.listed = found;
                }
            }
            ScanEvent::Planned(walk, plan) => self.planned(walk, &plan),
            ScanEvent::File(file) => {
                let Some(scan) = &mut self.scan else { return };
                scan.done += 1;
                scan.decoded += usize::from(matches!(file.outcome, Outcome::Photo(_)));
                scan.recent.push_back(Instant::now());
                if scan.recent.len() > 64 {
                    scan.recent.pop_front();
                }
                scan.pending.push(file);
                // The first photo at once: a face on the screen says more than a bar.
                if scan.pending.len() >= BATCH || scan.last_write.is_none_or(|last| last.elapsed() > BATCH_WAIT) {
                    self.write_pending();
                }
            }
            ScanEvent::Finished { cancelled, seconds } => self.finished(cancelled, seconds),
        }
    }

    fn planned(&mut self, walk: crate::scan::Walk, plan: &crate::scan::Plan) {
        for folder in &walk.unreachable {
            let text = format!(
                "This folder is not there or cannot be opened. Check its name or its disk: {}",
                folder.display()
            );
            self.say(NoticeLevel::Error, text);
        }
        if walk.files.is_empty() && walk.problems.is_empty() && walk.unreachable.is_empty() {
            let folders: Vec<String> = walk.roots.iter().map(|root| root.display().to_string()).collect();
            let text = format!("There are no photos in this folder. Choose another one: {}", folders.join(", "));
            self.say(NoticeLevel::Error, text);
        } else {
            for root in &walk.roots {
                if let Err(error) = self.store.add_folder(root) {
                    self.say(NoticeLevel::Error, error.to_string());
                } else if !self.state.folders.contains(root) {
                    self.state.folders.push(root.clone());
                }
            }
        }
        match self.store.forget_files(&plan.gone) {
            Ok(written) => {
                for path in &plan.gone {
                    self.state.files.remove(path);
                }
                self.dirty |= !written.gone_faces.is_empty();
                self.state.absorb(written);
            }
            Err(error) => self.say(NoticeLevel::Error, error.to_string()),
        }
        // Folders that cannot be opened and links that lead nowhere are rows like files.
        let outcomes: Vec<FileOutcome> = walk.problems.into_iter().map(failed).collect();
        let Some(scan) = &mut self.scan else { return };
        scan.planned = true;
        scan.done = plan.unchanged.len() + outcomes.len();
        scan.total = plan.to_read.len() + scan.done;
        scan.pending.extend(outcomes);
        self.write_pending();
        if let Some(scan) = &mut self.scan {
            scan.last_write = None;
        }
        self.state.rebuild();
    }

    fn write_pending(&mut self) {
        let (Some(scan), Some(finder)) = (&mut self.scan, &self.finder) else { return };
        let files = std::mem::take(&mut scan.pending);
        scan.last_write = Some(Instant::now());
        if files.is_empty() {
            return;
        }
        match self.store.write(&files, finder.model_id()) {
            Ok(written) => {
                let by_path: BTreeMap<&PathBuf, crate::domain::PhotoId> =
                    written.photos.iter().flat_map(|photo| photo.paths.iter().map(|path| (path, photo.id))).collect();
                for file in files {
                    let state = match (&file.outcome, by_path.get(&file.path)) {
                        (Outcome::Failed(problem), _) => KnownState::Failed(problem.clone()),
                        (Outcome::Skipped(reason), _) => KnownState::Skipped(reason.clone()),
                        (_, Some(photo)) => KnownState::Photo(*photo),
                        (_, None) => continue,
                    };
                    let known =
                        KnownFile { path: file.path.clone(), size: file.size, modified_ns: file.modified_ns, state };
                    self.state.files.insert(file.path, known);
                }
                self.dirty |= !written.faces.is_empty() || !written.gone_faces.is_empty();
                let rebuild = !written.gone_faces.is_empty() || !written.faces.is_empty();
                self.state.absorb(written);
                self.state.recount();
                if rebuild {
                    self.state.rebuild();
                }
            }
            Err(error) => {
                // Nothing more can be kept: stop rather than work for nothing.
                scan.control.cancel();
                self.say(NoticeLevel::Error, error.to_string());
            }
        }
        self.changed = true;
    }

    fn finished(&mut self, cancelled: bool, seconds: f64) {
        self.write_pending();
        let Some(scan) = self.scan.take() else { return };
        self.state.recount();
        let counts = self.state.counts();
        self.state.last_scan = Some(Arc::new(ScanReport { counts, decoded: scan.decoded, cancelled, seconds }));
        if cancelled {
            self.say(NoticeLevel::Info, "Stopped. What was found is kept; scan again to go on");
        } else if counts.failed > 0 {
            let files = if counts.failed == 1 { "1 file".to_owned() } else { format!("{} files", counts.failed) };
            self.say(NoticeLevel::Info, format!("Done. {files} could not be read; see Problems"));
        }
        self.grouped_at = None;
        self.next_scan();
    }

    // Grouping.

    fn group_if_due(&mut self) {
        let now_and_then = |(at, took): (Instant, Duration)| at.elapsed() > Duration::from_secs(1) + took * 5;
        let due = self.scan.is_none() || self.grouped_at.is_none_or(now_and_then);
        if !self.dirty || self.grouping || !due {
            return;
        }
        self.dirty = false;
        self.grouping = true;
        self.changed = true;
        let library = Arc::clone(&self.state.library);
        let faces: Vec<&Face> = self
            .state
            .faces
            .values()
            .filter(|face| library.flag(&face.key).is_none() && self.state.embeddings.contains_key(&face.id))
            .collect();
        let constraints = groups::constraints(&faces, &library);
        let ids: Vec<FaceId> = faces.iter().map(|face| face.id).collect();
        let rows: Vec<&Vec<f32>> = ids.iter().filter_map(|face| self.state.embeddings.get(face)).collect();
        let width = rows.first().map_or(1, |row| row.len());
        let values: Vec<f32> = rows.into_iter().flatten().copied().collect();
        let settings = Settings { method: self.options.2, preset: library.preset(), threshold: None };
        let events = self.events.clone();
        spawn("grouping", move || {
            let start = Instant::now();
            let groups = Embeddings::new(width, &values)
                .map(|embeddings| cluster::cluster(&embeddings, &constraints, &settings))
                .unwrap_or_default();
            let named =
                |group: Vec<u32>| group.into_iter().filter_map(|face| ids.get(face as usize).copied()).collect();
            drop(events.send(Event::Grouped(groups.into_iter().map(named).collect(), start.elapsed())));
        });
    }

    // Albums.

    fn export(&mut self, request: ExportRequest) {
        if self.exporting.is_some() {
            return self.say(NoticeLevel::Error, "Albums are being written already. Wait for them or cancel");
        }
        let snapshot = self.state.snapshot(Activity::Idle, 0);
        let control = Arc::new(Control::default());
        self.exporting = Some((0, 0, Arc::clone(&control)));
        let events = self.events.clone();
        spawn("export", move || {
            let result = export_plan(&snapshot, &request).and_then(|plan| {
                let mut last = Instant::now();
                export_run(&plan, request.mode, &mut |done, total| {
                    if last.elapsed() > Duration::from_millis(100) {
                        last = Instant::now();
                        drop(events.send(Event::Exporting(done, total)));
                    }
                    !control.is_cancelled()
                })
            });
            drop(events.send(Event::Exported(result, request.to)));
        });
    }

    fn exported(&mut self, result: Result<Report, super::ExportError>, to: &std::path::Path) {
        match result {
            Ok(report) => {
                let there = if report.unchanged > 0 {
                    format!(", {} were there already", report.unchanged)
                } else {
                    String::new()
                };
                let stopped = if report.cancelled { "Stopped: " } else { "" };
                let photos =
                    if report.written == 1 { "1 photo".to_owned() } else { format!("{} photos", report.written) };
                self.say(NoticeLevel::Info, format!("{stopped}{photos} written{there}: {}", to.display()));
                if let Some(problem) = report.failed.first() {
                    let text =
                        format!("{} photos could not be written. The first: {}", report.failed.len(), problem.message);
                    self.say(NoticeLevel::Error, text);
                }
            }
            Err(error) => self.say(NoticeLevel::Error, error.to_string()),
        }
    }

    // Pictures.

    fn serve_pictures(&mut self) {
        let mut wanted = self.outbox.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let room = 64usize.saturating_sub(self.pictures.len());
        let count = wanted.len().min(room);
        let now: Vec<PictureKey> = wanted.drain(..count).collect();
        drop(wanted);
        for key in now {
            let source = match key {
                PictureKey::Face(face) => self.store.thumbnail(face).ok().flatten().map(Source::Bytes),
                PictureKey::Photo(photo) => self.state.photo(photo).map(|photo| Source::Paths(photo.paths.clone())),
            };
            // What cannot be had is answered too, so that nobody waits for it.
            let source = source.unwrap_or(Source::Paths(Vec::new()));
            drop(self.pictures.try_send((key, source)));
        }
    }
}

impl Scan {
    /// From the pace of the latest photos; nothing until eight are done.
    fn seconds_left(&self) -> Option<f32> {
        if self.recent.len() < 8 || self.control.is_paused() {
            return None;
        }
        let took = self.recent.front()?.elapsed().as_secs_f32();
        Some(took / self.recent.len() as f32 * self.total.saturating_sub(self.done) as f32)
    }
}

fn failed(problem: Problem) -> FileOutcome {
    FileOutcome { path: problem.path.clone(), size: 0, modified_ns: 0, outcome: Outcome::Failed(problem) }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
        tracing::error!("no thread for {name}: {error}");
    }
}
