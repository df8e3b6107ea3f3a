//! The loop: one thread, one owner.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select};

use super::albums::Planning;
use super::asking::{Answered, Ask};
use super::drawing::Drawing;
use super::grouping::{Grouped, Grouping};
use super::handle::{Outbox, PictureKey};
use super::mapping::{Mapping, Outlined};
use super::opening::{self, Word};
use super::pictures::{self, Source};
use super::progress;
use super::scan_job::ScanEvent;
use super::scanning::{Request, Scan};
use super::state::{Leads, State};
use super::studying::{Studied, Studying, Wish};
use super::threads::{Task, spawn};
use super::watching::{Looked, Watching};
use super::words;
use super::{Command, Options};
use crate::domain::{Activity, ExportSummary, FaceKey, FaceMap, NoticeLevel, Problem};
use crate::export::Report;
use crate::pipeline::Control;
use crate::store::{NewFace, Store};
use crate::vision::{FaceFinder, VisionError};

/// Reports of the threads beside this one.
pub(super) enum Event {
    /// The networks are loaded, or cannot be.
    Finder(Result<Arc<dyn FaceFinder>, VisionError>),
    /// Of the scan of this generation.
    Scan(u64, ScanEvent),
    /// A look at watched folders.
    Looked(Box<Looked>),
    /// Groups.
    Grouped(Box<Grouped>),
    /// What was asked about the groups.
    Answered(Box<Answered>),
    /// What the map is drawn from.
    Outlined(Box<Outlined>),
    /// So much of the map of this generation is drawn, 0 to 1.
    Mapping(u64, f32),
    /// The map, or nothing when it was stopped, and how long it took.
    Mapped(u64, Option<FaceMap>, Duration),
    /// What was asked about one card.
    Studied(Box<Studied>),
    /// A face drawn by hand was looked at.
    Drawn(FaceKey, Box<Result<NewFace, Problem>>),
    /// What an export would write, asked for so many times.
    ExportPlanned(u64, Result<ExportSummary, String>),
    /// Files written, of all.
    Exporting(usize, usize),
    /// The albums are there, or why not.
    Exported(Result<Report, super::ExportError>, PathBuf),
    /// A thread has ended without a result.
    GaveUp(Task),
}

pub(super) struct Engine<'a> {
    pub(super) store: Store,
    pub(super) state: State,
    pub(super) events: Sender<Event>,
    pub(super) finder: Option<Arc<dyn FaceFinder>>,
    /// Scans that wait for the networks or for the scan before them.
    pub(super) queued: VecDeque<Request>,
    pub(super) scan: Option<Scan>,
    pub(super) scans: u64,
    /// The faces or the user's words changed since groups were last made.
    pub(super) dirty: bool,
    pub(super) grouping: Grouping,
    pub(super) studying: Studying,
    pub(super) drawing: Drawing,
    pub(super) watching: Watching,
    pub(super) mapping: Mapping,
    pub(super) exporting: Option<(usize, usize, Arc<Control>)>,
    /// The thread that writes albums, or has written some.
    pub(super) writing: Option<JoinHandle<()>>,
    pub(super) planning: Planning,
    pub(super) changed: bool,
    pub(super) workers: usize,
    usual_workers: usize,
    pub(super) min_face: f32,
    outbox: &'a Arc<Outbox>,
    wake: Arc<dyn Fn() + Send + Sync>,
    pictures: pictures::Loader,
    finder_source: Arc<super::FinderSource>,
    finder_loading: bool,
    commands: u64,
    /// The day of the last look at the backups; none yet for a library just opened.
    pub(super) backed_up: String,
}

/// Says that the thread has ended, however it ends: nobody may wait for it for ever.
struct Ending<'a>(&'a Outbox);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::SeqCst);
        self.0.published.notify_all();
    }
}

pub(super) fn run(
    (store, word): (Store, Option<Word>),
    options: Options,
    inbox: &Receiver<Command>,
    poked: &Receiver<()>,
    outbox: &Arc<Outbox>,
) {
    let _ending = Ending(outbox);
    // Some files ahead at most: a fast scan waits for the disk, not the memory.
    let (events, reports) = bounded(64);
    let mut engine = Engine {
        pictures: pictures::start(outbox, &options.wake),
        store,
        state: State::default(),
        outbox,
        wake: options.wake,
        events,
        finder_source: Arc::new(options.finder),
        finder_loading: false,
        finder: None,
        queued: VecDeque::new(),
        scan: None,
        scans: 0,
        dirty: false,
        grouping: Grouping::default(),
        studying: Studying::default(),
        drawing: Drawing::default(),
        watching: Watching::new(options.watch_every),
        mapping: Mapping::default(),
        exporting: None,
        writing: None,
        planning: Planning::default(),
        commands: 0,
        backed_up: String::new(),
        changed: true,
        workers: options.workers,
        usual_workers: options.workers,
        min_face: options.min_face,
    };
    let nothing = Store::nothing(engine.store.path());
    let store = std::mem::replace(&mut engine.store, nothing);
    engine.begin(store, word.into_iter().collect());
    loop {
        engine.group_if_due();
        engine.map_if_due();
        engine.ask_if_due();
        engine.draw_if_due();
        engine.watch_if_due();
        engine.publish();
        select! {
            recv(inbox) -> command => match command {
                Ok(Command::Quit) | Err(_) => break,
                Ok(command) => engine.command(command),
            },
            recv(reports) -> event => if let Ok(event) = event { engine.event(event) },
            recv(poked) -> _ => {}
            default(engine.patience()) => {
                engine.changed |= engine.scan.is_some() || engine.grouping.has_moved();
                engine.keep_lists();
                engine.back_up();
            }
        }
        engine.write_if_due();
        engine.serve_pictures();
    }
    engine.stop();
    // The threads of scan and export may be waiting to report; they end when nobody listens.
    drop(reports);
    if let Some(writing) = engine.writing.take() {
        // It ends after the file in hand, which would be left half written.
        drop(writing.join());
    }
}

impl Engine<'_> {
    /// Takes a library over.
    fn begin(&mut self, store: Store, mut words: Vec<Word>) {
        let (store, loaded, said) = opening::load(store);
        words.extend(said);
        let (way, fresh, model) = (loaded.clusters_way.clone(), loaded.clusters_fresh, loaded.model.clone());
        let path = store.path().to_owned();
        if path != self.state.path && !self.state.path.as_os_str().is_empty() {
            self.pictures.forget(self.outbox);
        }
        self.state = State::new(path, loaded).follow(&mut self.state);
        self.state.read_only = store.is_read_only().then(|| read_only(&words, Store::is_in_use(store.path())));
        self.store = store;
        self.grouping.forget(model);
        self.mapping.forget();
        self.planning.forget();
        self.drawing = Drawing::default();
        self.watching.forget();
        self.backed_up.clear();
        // Groups of the last time are shown at once, and made again only when something has changed since.
        self.dirty = self.groups_are_old(&way, fresh);
        self.state.ready = !self.dirty || !self.state.board.groups.is_empty();
        self.changed = true;
        for (level, text) in words {
            self.say(level, text);
        }
    }

    /// Reads the library anew: after something was forgotten, nothing in memory may stay.
    pub(super) fn reload(&mut self) {
        let nothing = Store::nothing(self.store.path());
        let store = std::mem::replace(&mut self.store, nothing);
        let unreachable = Arc::clone(&self.state.unreachable);
        self.begin(store, Vec::new());
        let ours = |path: &&PathBuf| self.state.folders.iter().any(|folder| path.starts_with(folder));
        self.state.unreachable = Arc::new(unreachable.iter().filter(ours).cloned().collect());
    }

    fn stop(&mut self) {
        if let Some(scan) = &self.scan {
            scan.control.cancel();
        }
        if let Some((_, _, control)) = &self.exporting {
            control.cancel();
        }
        self.mapping.forget();
        self.planning.forget();
        self.grouping.give_up();
        self.write_pending();
        // Of a new library there was nothing to keep when the day's backup was due.
        self.backed_up.clear();
        self.back_up();
        self.keep_lists_at_the_end();
    }

    pub(super) fn say(&mut self, level: NoticeLevel, text: impl Into<String>) {
        self.state.say(level, text.into(), Leads::Nowhere);
        self.changed = true;
    }

    fn patience(&self) -> Duration {
        let pictures_wait = !self.outbox.wanted.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        let backup_due = self.backed_up.is_empty() && !self.store.is_read_only();
        if self.grouping.keeping.is_some() {
            Duration::ZERO
        } else if backup_due || pictures_wait || self.scan.as_ref().is_some_and(|scan| !scan.pending.is_empty()) {
            Duration::from_millis(20)
        } else if self.scan.is_some() || self.dirty {
            Duration::from_millis(100)
        } else if self.grouping.is_making() {
            progress::REST
        } else {
            let watch = self.watching.patience().filter(|_| self.may_watch());
            watch.unwrap_or(Duration::from_hours(1))
        }
    }

    fn publish(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let activity = self.activity();
        let snapshot = Arc::new(self.state.snapshot(activity, self.commands));
        let before = {
            let mut slot = self.outbox.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *slot, snapshot)
        };
        self.outbox.published.notify_all();
        (self.wake)();
        // Outside the lock: freeing a snapshot nobody holds any more takes a moment.
        drop(before);
    }

    fn activity(&self) -> Activity {
        if let Some(scan) = &self.scan {
            return scan.activity();
        }
        match &self.exporting {
            _ if !self.queued.is_empty() => Activity::Listing { found: 0 },
            Some((done, total, _)) => Activity::Exporting { done: *done, total: *total },
            None if self.grouping.is_making() || self.dirty || self.drawing.is_running() => {
                Activity::Grouping(self.grouping.progress())
            }
            None if self.grouping.is_running() => Activity::Asking,
            None => Activity::Idle,
        }
    }

    fn command(&mut self, command: Command) {
        self.commands += 1;
        self.changed = true;
        let looks_only = matches!(
            command,
            Command::PlanExport(_)
                | Command::Export(_)
                | Command::OpenLibrary(_)
                | Command::Watch(_)
                | Command::Reading { .. }
                | Command::Map
                | Command::StopMap
                | Command::Review
                | Command::Explain { .. }
                | Command::Preview(_)
                | Command::Study(_)
                | Command::PlanSplit(_)
                | Command::Cancel
                | Command::Quit
        );
        if let (Some(why), false) = (&self.state.read_only, looks_only) {
            let why = why.clone();
            return self.say(NoticeLevel::Error, why);
        }
        match command {
            Command::Scan(folders) => self.want_scan(Request { folders, retry: false, quiet: false }),
            Command::Retry(files) => self.retry(files),
            Command::Pause | Command::Resume => {
                if let Some(scan) = &mut self.scan {
                    scan.pause(command == Command::Pause);
                }
            }
            Command::Cancel => self.cancel(),
            Command::Answer { question, yes } => self.answer(question, yes),
            Command::Review => self.ask(Ask::Review),
            Command::Explain { one, two } => self.ask(Ask::Explain(one, two)),
            Command::Preview(looseness) => self.want_preview(looseness),
            Command::Map => self.want_map(),
            Command::StopMap => self.stop_map(),
            Command::Study(group) => self.study(Wish::Study(group)),
            Command::PlanSplit(group) => self.study(Wish::Split(group)),
            Command::Undo => self.step(-1),
            Command::Redo => self.step(1),
            Command::GoTo(cursor) => self.go_to(cursor),
            Command::Forget(what) => self.forget(&what),
            Command::PlanExport(request) => self.plan_export(request),
            Command::Export(request) => self.export(request),
            Command::OpenLibrary(path) => self.open(&path),
            Command::Watch(on) => self.watching.set(on),
            Command::Reading { workers, min_face } => {
                self.workers = workers.unwrap_or(self.usual_workers).max(1);
                self.min_face = min_face;
            }
            Command::Quit => {}
            edit => self.edit(&edit),
        }
    }

    /// Ends what the bar of the window speaks of.
    fn cancel(&mut self) {
        if matches!(self.activity(), Activity::Grouping(_)) {
            self.cancel_grouping();
        }
        self.queued.clear();
        if let Some(scan) = &mut self.scan {
            scan.cancel();
        }
        if let Some((_, _, control)) = &self.exporting {
            control.cancel();
        }
    }

    fn open(&mut self, path: &Path) {
        if self.scan.is_some() || !self.queued.is_empty() {
            return self.say(NoticeLevel::Error, words::opening::SCAN_FIRST);
        }
        let same = |a: &Path, b: &Path| {
            a == b || a.canonicalize().ok().is_some_and(|a| b.canonicalize().is_ok_and(|b| a == b))
        };
        if same(path, self.store.path()) && self.state.read_only.is_none() {
            return self.say(NoticeLevel::Info, words::opening::OPEN_ALREADY);
        }
        match opening::open(path, false) {
            Ok((store, word)) => self.begin(store, word.into_iter().collect()),
            Err(error) => self.say(NoticeLevel::Error, error.to_string()),
        }
    }

    fn event(&mut self, event: Event) {
        // A look at folders shows nothing by itself.
        self.changed |= !matches!(event, Event::Looked(_));
        match event {
            Event::Finder(Ok(finder)) => {
                self.finder_loading = false;
                self.state.device = finder.device();
                finder.model_id().clone_into(&mut self.state.model);
                self.finder = Some(finder);
                self.drawing.go_on();
                self.next_scan();
            }
            Event::Finder(Err(error)) => {
                self.no_networks();
                self.say(NoticeLevel::Error, error.to_string());
            }
            Event::Scan(generation, event) => {
                if self.scan.as_ref().is_some_and(|scan| scan.generation == generation) {
                    self.scan_event(event);
                }
            }
            Event::Looked(looked) => self.looked(*looked),
            Event::Grouped(grouped) => self.grouped(*grouped),
            Event::Answered(answered) => self.answered(*answered),
            Event::Outlined(outlined) => self.outlined(*outlined),
            Event::Mapping(generation, share) => self.mapping(generation, share),
            Event::Mapped(generation, map, took) => self.mapped(generation, map, took),
            Event::Studied(studied) => self.studied(*studied),
            Event::Drawn(key, result) => self.drawn(key, *result),
            Event::ExportPlanned(generation, plan) => self.export_planned(generation, plan),
            Event::Exporting(done, total) => {
                if let Some(exporting) = &mut self.exporting {
                    (exporting.0, exporting.1) = (done, total);
                }
            }
            Event::Exported(result, to) => {
                self.exporting = None;
                self.exported(result, &to);
            }
            Event::GaveUp(task) => self.gave_up(task),
        }
    }

    /// Nothing that needs networks can be done.
    pub(super) fn no_networks(&mut self) {
        self.finder_loading = false;
        self.queued.clear();
        self.drawing.give_up();
    }

    /// Has the networks loaded, once.
    pub(super) fn load_finder(&mut self) {
        if self.finder.is_none() && !self.finder_loading {
            self.finder_loading = true;
            let (source, events) = (Arc::clone(&self.finder_source), self.events.clone());
            spawn("networks", &self.events, Task::Networks, move || drop(events.send(Event::Finder(source()))));
        }
    }

    fn serve_pictures(&mut self) {
        let mut wanted = self.outbox.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.pictures.next(&mut wanted);
        drop(wanted);
        for key in now {
            let source = match key {
                PictureKey::Face(face) => self.store.thumbnail(face).ok().flatten().map(Source::Bytes),
                PictureKey::Photo(photo) | PictureKey::PhotoThumb(photo) | PictureKey::Whole(photo) => {
                    self.state.photo(photo).map(|photo| Source::Paths(photo.paths.clone()))
                }
            };
            // What cannot be had is answered too, so that nobody waits for it.
            let source = source.unwrap_or(Source::Paths(Vec::new()));
            self.pictures.load(key, source);
        }
    }
}

/// Why nothing can be changed.
fn read_only(words: &[Word], in_use: bool) -> String {
    let trouble = words.iter().find(|(level, _)| *level == NoticeLevel::Error).map(|(_, text)| text.clone());
    trouble.unwrap_or_else(|| words::opening::read_only(in_use))
}

/// When something was last done, and how long it took.
pub(super) type Pace = Option<(Instant, Duration)>;
