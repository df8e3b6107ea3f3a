//! Grouping, on a thread of its own: reads the embeddings it does not have yet, and reports clusters of faces.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::board;
use super::run::{Engine, Event, Pace, spawn};
use crate::cluster::{self, Constraints, Embeddings, Method, Settings};
use crate::domain::{Face, FaceId, Library, NoticeLevel};
use crate::store::{Reader, StoreError};

/// Embeddings of the faces that were grouped last, so that the next time reads only what is new.
#[derive(Default)]
struct Cache {
    /// Ascending.
    ids: Vec<FaceId>,
    /// One row a face, in the same order.
    values: Vec<f32>,
}

/// More faces than this are not kept in memory between two groupings: they are a gigabyte soon.
const KEPT: usize = 40_000;

/// Grouping, as the engine's thread sees it.
#[derive(Default)]
pub(super) struct Grouping {
    /// Results of another generation are dropped.
    generation: u64,
    running: bool,
    cache: Cache,
    /// The model whose embeddings are compared.
    model: String,
    last: Pace,
}

impl Grouping {
    pub(super) fn is_running(&self) -> bool {
        self.running
    }

    /// Another library or another model: nothing of before counts.
    pub(super) fn forget(&mut self, model: String) {
        *self = Self { generation: self.generation + 1, model, ..Self::default() };
    }

    /// The next one need not wait for its turn.
    pub(super) fn hurry(&mut self) {
        self.last = None;
    }
}

/// What a grouping found.
pub(super) struct Grouped {
    generation: u64,
    result: Result<Vec<Vec<FaceId>>, StoreError>,
    cache: Cache,
    took: Duration,
    /// What the library counted when it began.
    revision: i64,
    way: String,
}

/// What a grouping needs.
struct Job {
    library: PathBuf,
    model: String,
    wanted: BTreeSet<FaceId>,
    cache: Cache,
    settings: Settings,
}

impl Job {
    /// Brings the cache to the wanted faces, as far as the model knows them.
    fn read(&mut self) -> Result<(), StoreError> {
        let have: BTreeSet<FaceId> = self.cache.ids.iter().copied().collect();
        let missing: BTreeSet<FaceId> = self.wanted.difference(&have).copied().collect();
        if !missing.is_empty() {
            let (ids, values) = Reader::open(&self.library)?.embeddings(&missing, &self.model)?;
            self.cache.add(ids, values);
        }
        self.cache.keep(&self.wanted);
        Ok(())
    }

    fn group(&self, constraints: &Constraints) -> Vec<Vec<FaceId>> {
        let Some(embeddings) = Embeddings::new(self.cache.width(), &self.cache.values) else { return Vec::new() };
        let name = |face: u32| self.cache.ids.get(face as usize).copied();
        let groups = cluster::cluster(&embeddings, constraints, &self.settings);
        groups.into_iter().map(|group| group.into_iter().filter_map(name).collect()).collect()
    }
}

impl Cache {
    fn width(&self) -> usize {
        (self.values.len() / self.ids.len().max(1)).max(1)
    }

    /// Rows of new faces, ascending. They mostly come after all others, being newer.
    fn add(&mut self, ids: Vec<FaceId>, values: Vec<f32>) {
        let after = self.ids.last() < ids.first();
        self.ids.extend(ids);
        self.values.extend(values);
        if !after {
            let width = self.width();
            let mut order: Vec<usize> = (0..self.ids.len()).collect();
            order.sort_by_key(|place| self.ids.get(*place).copied());
            let rows = order.iter().filter_map(|place| self.values.get(place * width..(place + 1) * width));
            self.values = rows.flatten().copied().collect();
            self.ids.sort_unstable();
        }
    }

    fn keep(&mut self, wanted: &BTreeSet<FaceId>) {
        if self.ids.iter().all(|face| wanted.contains(face)) {
            return;
        }
        let width = self.width();
        let rows = self.ids.iter().zip(self.values.chunks(width)).filter(|(face, _)| wanted.contains(face));
        self.values = rows.flat_map(|(_, row)| row).copied().collect();
        self.ids.retain(|face| wanted.contains(face));
    }
}

/// How to group, as the user said.
fn settings(method: Method, library: &Library) -> Settings {
    Settings { method, preset: library.preset(), threshold: None }
}

impl Engine<'_> {
    /// How groups are made now, as it is stored beside them.
    pub(super) fn way(&self) -> String {
        // The model counts through the revision: setting another one changes it.
        format!("{}/{}", self.method, env!("CARGO_PKG_VERSION"))
    }

    pub(super) fn group_if_due(&mut self) {
        let now_and_then = |(at, took): (Instant, Duration)| at.elapsed() > Duration::from_secs(1) + took * 5;
        let due = self.scan.is_none() || self.grouping.last.is_none_or(now_and_then);
        if !self.dirty || self.grouping.running || !due {
            return;
        }
        self.dirty = false;
        self.changed = true;
        if self.state.read_only.is_some() {
            // Another program is at work on it: its groups are shown as they are.
            self.state.ready = true;
            return;
        }
        let revision = match self.store.revision() {
            Ok(revision) => revision,
            Err(error) => return self.say(NoticeLevel::Error, error.to_string()),
        };
        self.grouping.running = true;
        let library = self.state.history.library();
        let shown = |face: &&Face| library.flag(&face.key).is_none();
        let wanted: BTreeSet<FaceId> = self.state.faces.values().filter(shown).map(|face| face.id).collect();
        let library = library.clone();
        let faces = self.state.faces.clone();
        let settings = settings(self.method, &library);
        let mut job = Job {
            library: self.store.path().to_owned(),
            model: self.grouping.model.clone(),
            wanted,
            cache: std::mem::take(&mut self.grouping.cache),
            settings,
        };
        let (generation, way) = (self.grouping.generation, self.way());
        let events = self.events.clone();
        spawn("grouping", move || {
            let start = Instant::now();
            let result = job.read().map(|()| {
                let rows: Vec<&Face> = job.cache.ids.iter().filter_map(|face| faces.get(face)).collect();
                let constraints = board::constraints(&rows, &library);
                job.group(&constraints)
            });
            let took = start.elapsed();
            let grouped = Grouped { generation, result, cache: job.cache, took, revision, way };
            drop(events.send(Event::Grouped(Box::new(grouped))));
        });
    }

    pub(super) fn grouped(&mut self, grouped: Grouped) {
        if grouped.generation != self.grouping.generation {
            return;
        }
        self.grouping.running = false;
        self.grouping.last = Some((Instant::now(), grouped.took));
        if grouped.cache.ids.len() <= KEPT || self.scan.is_some() {
            self.grouping.cache = grouped.cache;
        }
        self.state.ready = true;
        match grouped.result {
            Ok(clusters) => {
                if let Err(error) = self.store.save_clusters(&clusters, grouped.revision, &grouped.way) {
                    self.say(NoticeLevel::Error, error.to_string());
                }
                self.state.lay(clusters);
            }
            Err(error) => self.say(NoticeLevel::Error, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_follows_what_is_wanted() {
        let faces = |numbers: &[u32]| numbers.iter().map(|number| FaceId(*number)).collect::<Vec<_>>();
        let rows = |numbers: &[u32]| numbers.iter().flat_map(|number| [*number as f32, 0.5]).collect::<Vec<_>>();
        let check = |cache: &Cache, numbers: &[u32]| {
            assert_eq!((&cache.ids, &cache.values), (&faces(numbers), &rows(numbers)));
        };
        let mut cache = Cache::default();
        cache.add(faces(&[2, 5]), rows(&[2, 5]));
        check(&cache, &[2, 5]);
        cache.add(faces(&[7]), rows(&[7]));
        cache.add(faces(&[1, 6]), rows(&[1, 6]));
        check(&cache, &[1, 2, 5, 6, 7]);
        cache.keep(&faces(&[2, 6, 9]).into_iter().collect());
        check(&cache, &[2, 6]);
        cache.keep(&BTreeSet::new());
        check(&cache, &[]);
    }
}
