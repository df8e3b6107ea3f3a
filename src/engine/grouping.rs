//! Grouping, on a thread of its own: reads the embeddings it does not have yet, and reports clusters of faces.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::asking::{self, Ask};
use super::keeping::{self, Keeping};
use super::mapping;
use super::run::{Engine, Event, Pace, spawn};
use crate::cluster::{self, Method, NewFace, Review, Session, Settings, Words};
use crate::domain::{Face, FaceId, Library, NoticeLevel, Table};
use crate::store::{Reader, StoreError};

/// Faces from which on finding all neighbours again takes longer than a person likes to wait after a click.
const LARGE: usize = 20_000;
/// The faces of a session beyond which it is not kept in memory between two groupings: it would be a gigabyte soon.
const KEPT: usize = 60_000;
/// Faces whose embeddings are read at once.
const READ: usize = 8_192;

/// Grouping, as the engine's thread sees it.
#[derive(Default)]
pub(super) struct Grouping {
    /// Results of another generation are dropped.
    pub(super) generation: u64,
    /// A thread has the session.
    pub(super) running: bool,
    pub(super) session: Session,
    /// The model whose embeddings are compared.
    pub(super) model: String,
    last: Pace,
    /// What waits to be asked about the groups.
    pub(super) asks: Vec<Ask>,
    /// The session's lists are other than those in the library.
    unsaved: bool,
    /// Lists that are being written.
    pub(super) keeping: Option<Keeping>,
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
    session: Session,
    review: Vec<(Review, Vec<FaceId>, [Vec<FaceId>; 2])>,
    took: Duration,
    /// What the library counted when it began.
    revision: i64,
    way: String,
    /// Lists are other than those in the library.
    unsaved: bool,
    lists: Option<Keeping>,
}

/// What a grouping needs.
pub(super) struct Job {
    library: PathBuf,
    pub(super) model: String,
    faces: Table<FaceId, Face>,
    pub(super) wanted: BTreeSet<FaceId>,
    pub(super) session: Session,
    words: Words,
    settings: Settings,
    unsaved: bool,
}

impl Job {
    /// Brings the session to the wanted faces, as far as the model knows them.
    pub(super) fn read(&mut self) -> Result<(), StoreError> {
        let mut reader = None;
        if self.session.is_empty() && !self.wanted.is_empty() {
            let reader = reader.insert(Reader::open(&self.library)?);
            self.session = keeping::kept(self, reader).unwrap_or_default();
            self.unsaved &= self.session.is_empty();
        }
        let have: BTreeSet<FaceId> =
            (0..self.session.len() as u32).filter_map(|place| self.session.id(place)).collect();
        let gone: Vec<FaceId> = have.difference(&self.wanted).copied().collect();
        let missing: Vec<FaceId> = self.wanted.difference(&have).copied().collect();
        let added = match (missing.is_empty(), reader) {
            (true, _) => Vec::new(),
            (false, Some(reader)) => self.faces(&reader, &missing)?,
            (false, None) => self.faces(&Reader::open(&self.library)?, &missing)?,
        };
        if !gone.is_empty() || !added.is_empty() {
            self.session.update(&gone, &added);
            self.unsaved = true;
        }
        Ok(())
    }

    /// These faces with their embeddings, as far as they are there and the model knows them.
    pub(super) fn faces(&self, reader: &Reader, wanted: &[FaceId]) -> Result<Vec<NewFace>, StoreError> {
        let mut found: Vec<NewFace> = Vec::with_capacity(wanted.len());
        for some in wanted.chunks(READ) {
            let (ids, values) = reader.embeddings(&some.iter().copied().collect(), &self.model)?;
            let width = values.len().checked_div(ids.len()).unwrap_or(0).max(1);
            let rows = ids.into_iter().zip(values.chunks(width));
            found.extend(rows.filter_map(|(face, row)| {
                let known = self.faces.get(&face)?;
                let quality = cluster::quality(&known.detected);
                Some(NewFace { face, photo: known.photo.0, quality, embedding: row.to_vec() })
            }));
        }
        Ok(found)
    }
}

impl Engine<'_> {
    /// Notes that the user's words matter to groups. They hold on the board at once; a large library is grouped anew only
    /// when something is asked of the machine or faces come, not for every word.
    pub(super) fn words_matter(&mut self, settings: bool) {
        let large = self.state.faces.len() > LARGE;
        self.dirty |= settings || !large || !self.grouping.session.is_empty() || self.grouping.running;
    }

    /// Whether the groups of the last time, made in this way, will not do.
    pub(super) fn groups_are_old(&self, way: &str, fresh: bool) -> bool {
        let faces = &self.state.faces;
        if faces.is_empty() {
            return false;
        }
        let board = &self.state.board;
        let homeless = |face: &FaceId| !board.group_of.contains_key(face) && !board.flagged.contains_key(face);
        way != way_of(self.method) || !fresh && (faces.len() <= LARGE || faces.keys().any(homeless))
    }

    pub(super) fn settings(&self) -> Settings {
        settings(self.method, self.state.history.library())
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
        let mut job = self.job();
        // While a scan goes on, lists change all the time.
        let (keep, model) = (self.scan.is_none(), job.model.clone());
        let (generation, way) = (self.grouping.generation, way_of(self.method));
        let events = self.events.clone();
        spawn("grouping", move || {
            let start = Instant::now();
            let result = job.read().map(|()| job.session.group(&job.words, &job.settings));
            let took = start.elapsed();
            let review = asking::review(&job.session, &job.settings);
            let lists = (keep && job.unsaved).then(|| Keeping::of(&job.session, &model)).flatten();
            let (session, unsaved) = (job.session, job.unsaved);
            let grouped = Grouped { generation, result, session, review, took, revision, way, unsaved, lists };
            drop(events.send(Event::Grouped(Box::new(grouped))));
        });
    }

    /// What a grouping needs; takes the session.
    pub(super) fn job(&mut self) -> Job {
        let library = self.state.history.library();
        let shown = |face: &&Face| library.flag(&face.key).is_none();
        Job {
            library: self.store.path().to_owned(),
            model: self.grouping.model.clone(),
            faces: self.state.faces.clone(),
            wanted: self.state.faces.values().filter(shown).map(|face| face.id).collect(),
            words: words(&self.state.faces, library),
            settings: self.settings(),
            unsaved: self.grouping.unsaved,
            session: std::mem::take(&mut self.grouping.session),
        }
    }

    pub(super) fn grouped(&mut self, grouped: Grouped) {
        if grouped.generation != self.grouping.generation {
            return;
        }
        self.grouping.running = false;
        self.grouping.last = Some((Instant::now(), grouped.took));
        self.grouping.unsaved = grouped.unsaved && grouped.lists.is_none();
        self.grouping.keeping = grouped.lists.or(self.grouping.keeping.take());
        mapping::note_faces(&mut self.state.map, grouped.session.ids());
        self.keep(grouped.session);
        self.state.ready = true;
        match grouped.result {
            Ok(clusters) => {
                if let Err(error) = self.store.save_clusters(&clusters, grouped.revision, &grouped.way) {
                    self.say(NoticeLevel::Error, error.to_string());
                }
                self.state.lay(clusters);
                self.put_review(&grouped.review);
            }
            Err(error) => self.say(NoticeLevel::Error, error.to_string()),
        }
    }

    /// Keeps a session for the next time, unless it is very large and nothing more is coming.
    pub(super) fn keep(&mut self, session: Session) {
        let asked = !self.grouping.asks.is_empty() || self.mapping.wanted;
        if session.len() <= KEPT || self.scan.is_some() || asked {
            self.grouping.session = session;
        }
    }
}

/// How groups are made, as it is stored beside them. The model counts through the library's revision: setting another
/// one changes it.
#[must_use]
pub fn way_of(method: Method) -> String {
    format!("{method}/{}", env!("CARGO_PKG_VERSION"))
}

/// The user's words about these faces.
fn words(faces: &Table<FaceId, Face>, library: &Library) -> Words {
    let mut words = Words { label: BTreeMap::new(), ..Words::default() };
    if library.assigned().is_empty() && library.rejected().is_empty() {
        return words;
    }
    for (id, face) in faces.iter() {
        words.label.extend(library.person_of(&face.key).map(|person| (*id, person.0)));
        let refused = library.rejected().get(&face.key).into_iter().flatten();
        words.apart.extend(refused.map(|person| (*id, person.0)));
    }
    words
}

/// How to group, as the user said.
pub(super) fn settings(method: Method, library: &Library) -> Settings {
    let settings = Settings { method, preset: library.preset(), threshold: None };
    match library.looseness() {
        Some(hundredths) => Settings { threshold: Some(threshold(method, hundredths)), ..settings },
        None => settings,
    }
}

/// The method's own number for so many hundredths looser than normal: for methods whose scale is not in hundredths, as
/// far along it.
pub(super) fn threshold(method: Method, hundredths: i16) -> f32 {
    let scale = method.scale();
    let usual = Method::Adaptive.scale();
    let share = f32::from(hundredths) / 100.0 / (usual.normal - usual.loosest);
    let end = if hundredths > 0 { scale.loosest - scale.normal } else { scale.normal - scale.strictest };
    let number = scale.normal + share * end;
    number.clamp(scale.strictest.min(scale.loosest), scale.strictest.max(scale.loosest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looseness_is_in_hundredths_of_the_margin() {
        let scale = Method::Adaptive.scale();
        for (hundredths, expected) in [(0, scale.normal), (4, scale.normal - 0.04), (900, scale.loosest)] {
            assert!((threshold(Method::Adaptive, hundredths) - expected).abs() < 1e-6, "{hundredths}");
        }
        assert!(threshold(Method::Adaptive, -4) > scale.normal, "stricter");
        assert!(threshold(Method::RankOrder, 4) > 14.0 && threshold(Method::RankOrder, -4) < 14.0);
        assert!(threshold(Method::Linkage, 4) < 0.48);
    }
}
