//! Watching folders for new photos: now and then a look at the times of the folders, and a scan when one has changed. On a
//! thread of its own, since a look at a network disk may take its time; disks that are not there are left alone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::run::{Engine, Event};
use super::scanning::Request;
use super::threads::{Task, spawn};
use crate::scan::{self, Times};
use crate::store::KnownFile;

/// A look may take this part of the time at most: a large tree on a slow disk is looked at less often.
const SHARE: u32 = 200;

/// Sizes and times of known files.
type Files = BTreeMap<PathBuf, (u64, i64)>;

/// What is watched, and since when.
pub(super) struct Watching {
    on: bool,
    every: Duration,
    /// The folders as they were listed last; nothing before the first time.
    times: Option<Arc<Times>>,
    /// The last scan found something: more may be on its way, or may have been half written.
    again: bool,
    running: bool,
    /// Looks at another library are dropped.
    generation: u64,
    next: Option<Instant>,
}

/// What a look found.
pub(super) struct Looked {
    generation: u64,
    /// Times of a first look.
    times: Option<Times>,
    changed: bool,
    took: Duration,
}

impl Watching {
    pub(super) fn new(every: Duration) -> Self {
        Self { on: false, every, times: None, again: false, running: false, generation: 0, next: None }
    }

    pub(super) fn set(&mut self, on: bool) {
        self.on = on;
        // The first look is now.
        self.next = None;
    }

    /// Another library.
    pub(super) fn forget(&mut self) {
        let (on, every, generation) = (self.on, self.every, self.generation + 1);
        *self = Self { on, generation, ..Self::new(every) };
    }

    /// Folders as a scan listed them.
    pub(super) fn listed(&mut self, roots: &[PathBuf], folders: Times) {
        let mut times = self.times.take().map(Arc::unwrap_or_clone).unwrap_or_default();
        times.retain(|folder, _| !roots.iter().any(|root| folder.starts_with(root)));
        times.extend(folders);
        self.times = Some(Arc::new(times));
    }

    /// A scan came to its end.
    pub(super) fn scanned(&mut self, found_something: bool) {
        self.again = found_something;
        self.next = Some(Instant::now() + self.every);
    }

    /// How long until the next look; nothing when there is none.
    pub(super) fn patience(&self) -> Option<Duration> {
        let rest = self.next.map_or(Duration::ZERO, |next| next.saturating_duration_since(Instant::now()));
        (self.on && !self.running).then_some(rest)
    }
}

impl Engine<'_> {
    /// Whether folders may be looked at: nothing else is being done with them.
    pub(super) fn may_watch(&self) -> bool {
        self.scan.is_none()
            && self.queued.is_empty()
            && self.state.read_only.is_none()
            && !self.state.folders.is_empty()
    }

    /// Has the folders looked at, when it is time.
    pub(super) fn watch_if_due(&mut self) {
        if self.watching.patience() != Some(Duration::ZERO) || !self.may_watch() {
            return;
        }
        if std::mem::take(&mut self.watching.again) {
            return self.scan_quietly();
        }
        self.watching.running = true;
        let (generation, events) = (self.watching.generation, self.events.clone());
        let (roots, closed) = (self.reachable(), Arc::clone(&self.state.unreachable));
        let times = self.watching.times.clone();
        // Before the first listing, what is known of the files tells what has changed since the last time.
        let known = |file: &KnownFile| (file.path.clone(), (file.size, file.modified_ns));
        let files: Files =
            if times.is_none() { self.state.files().values().map(known).collect() } else { Files::new() };
        spawn("watch", &self.events, Task::Watching(generation), move || {
            let start = Instant::now();
            let (times, changed) = if let Some(times) = times {
                (None, scan::changed(&times, &closed))
            } else {
                let mut walk = scan::walk(&roots, &mut |_| true);
                let plan = scan::compare(&walk, &files);
                (Some(std::mem::take(&mut walk.folders)), !plan.to_read.is_empty() || !plan.gone.is_empty())
            };
            let looked = Looked { generation, times, changed, took: start.elapsed() };
            drop(events.send(Event::Looked(Box::new(looked))));
        });
    }

    pub(super) fn looked(&mut self, looked: Looked) {
        if looked.generation != self.watching.generation {
            return;
        }
        self.watching.running = false;
        self.watching.next = Some(Instant::now() + self.watching.every.max(looked.took * SHARE));
        if let Some(times) = looked.times {
            self.watching.times.get_or_insert_with(|| Arc::new(times));
        }
        if looked.changed && self.watching.on && self.may_watch() {
            self.scan_quietly();
        }
    }

    /// A look has ended without a result.
    pub(super) fn not_looked(&mut self, generation: u64) {
        let nothing = Looked { generation, times: None, changed: false, took: Duration::ZERO };
        self.looked(nothing);
    }

    /// Folders whose disks are there, as far as is known.
    fn reachable(&self) -> Vec<PathBuf> {
        self.state.folders.iter().filter(|folder| !self.state.unreachable.contains(folder)).cloned().collect()
    }

    fn scan_quietly(&mut self) {
        let folders = self.reachable();
        if !folders.is_empty() {
            self.want_scan(Request { folders, retry: false, quiet: true });
        }
    }
}
