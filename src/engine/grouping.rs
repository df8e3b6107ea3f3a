//! Grouping, on a thread of its own: reads the embeddings it does not have yet, and reports clusters of faces.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::asking::{self, Ask};
use super::keeping::{self, Keeping};
use super::progress::Shown;
use super::run::{Engine, Event, Pace};
use super::threads::{Task, spawn};
use super::words::trouble;
use super::{mapping, overruled, way, words};
use crate::cluster::{self, NewFace, Progress, Review, Session, Settings, Stop, Words};
use crate::domain::{Face, FaceId, Method, NoticeLevel, Table};
use crate::store::{Reader, StoreError};
use crate::vision;

/// Faces from which on finding all neighbours again takes longer than a person likes to wait after a click.
const LARGE: usize = 20_000;
/// The faces of a session beyond which it is not kept in memory between two groupings: it would be a gigabyte soon. One
/// whose grouping was given up is kept: the next begins at once.
const KEPT: usize = 60_000;
/// Faces whose embeddings are read at once.
const READ: usize = 8_192;

/// Grouping, as the engine's thread sees it.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own that is so or not")]
pub(super) struct Grouping {
    /// Results of another generation are dropped.
    pub(super) generation: u64,
    /// A thread has the session.
    pub(super) running: bool,
    /// That thread only answers from groups that are made.
    pub(super) answering: bool,
    /// Although for one answer it makes groups anew, which nobody keeps.
    pub(super) anew: bool,
    /// That thread reads what a map is drawn from.
    pub(super) outlining: bool,
    pub(super) session: Session,
    /// The model whose embeddings are compared.
    pub(super) model: String,
    last: Pace,
    /// Ends the grouping that is under way.
    stop: Arc<AtomicBool>,
    /// The user did not want to wait for it.
    cancelled: bool,
    /// How far the grouping is that is under way, and how far it was when that was last shown.
    pub(super) told: Arc<Progress>,
    pub(super) shown: Shown,
    /// The looseness somebody looks at without having set it: looked at again when groups are made anew, and the session is
    /// kept, however large.
    pub(super) previewed: Option<i16>,
    /// What waits to be asked about the groups.
    pub(super) asks: Vec<Ask>,
    /// The session's lists are other than those in the library.
    pub(super) unsaved: bool,
    /// Lists that are being written.
    pub(super) keeping: Option<Keeping>,
    /// Faces of which words contradict each other, as far as that was said.
    contradicted: BTreeSet<FaceId>,
}

impl Grouping {
    pub(super) fn is_running(&self) -> bool {
        self.running
    }

    /// Another library or another model: nothing of before counts.
    pub(super) fn forget(&mut self, model: String) {
        self.give_up();
        *self = Self { generation: self.generation + 1, model, ..Self::default() };
    }

    /// Nobody waits any more for the grouping that is under way: it ends at once, and reports that it did not finish.
    pub(super) fn give_up(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// What ends the grouping that begins now, and where it says how far it is.
    pub(super) fn begin(&mut self) -> (Arc<AtomicBool>, Arc<Progress>) {
        self.running = true;
        self.cancelled = false;
        // Of their own: the flag of one that was given up stays set until that one has returned.
        (self.stop, self.told) = Default::default();
        (Arc::clone(&self.stop), Arc::clone(&self.told))
    }

    /// The user did not want to wait for the last one, and nothing has begun since.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// A thread has ended and taken the session with it. What was asked of that session is not asked of another.
    pub(super) fn lost(&mut self) {
        self.end();
        self.session = Session::default();
        self.asks.clear();
        self.last = Some((Instant::now(), Duration::ZERO));
    }

    /// The next one need not wait for its turn.
    pub(super) fn hurry(&mut self) {
        self.last = None;
    }
}

/// What a grouping found.
pub(super) struct Grouped {
    generation: u64,
    /// Nothing when it was given up.
    result: Result<Option<Vec<Vec<FaceId>>>, StoreError>,
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
    pub(super) unsaved: bool,
}

impl Job {
    /// Groups the wanted faces; nothing when stopped, and then the session is as good as before.
    pub(super) fn group(&mut self, stop: Stop<'_>) -> Result<Option<Vec<Vec<FaceId>>>, StoreError> {
        let there = self.read(stop)?;
        Ok(if there { self.session.group_until(&self.words, &self.settings, stop) } else { None })
    }

    /// Brings the session to the wanted faces, as far as the model knows them; false when stopped.
    pub(super) fn read(&mut self, stop: Stop<'_>) -> Result<bool, StoreError> {
        let mut reader = None;
        if self.session.is_empty() && !self.wanted.is_empty() {
            let reader = reader.insert(Reader::open(&self.library)?);
            self.session = keeping::kept(self, reader, stop).unwrap_or_default();
            self.unsaved &= self.session.is_empty();
        }
        let have: BTreeSet<FaceId> =
            (0..self.session.len() as u32).filter_map(|place| self.session.id(place)).collect();
        let gone: Vec<FaceId> = have.difference(&self.wanted).copied().collect();
        let missing: Vec<FaceId> = self.wanted.difference(&have).copied().collect();
        let added = match (missing.is_empty(), reader) {
            (true, _) => Some(Vec::new()),
            (false, Some(reader)) => self.faces(&reader, &missing, stop)?,
            (false, None) => self.faces(&Reader::open(&self.library)?, &missing, stop)?,
        };
        let Some(added) = added else { return Ok(false) };
        if !gone.is_empty() || !added.is_empty() {
            if !self.session.update_until(&gone, &added, stop) {
                return Ok(false);
            }
            self.unsaved = true;
        }
        Ok(true)
    }

    /// These faces with their embeddings, as far as they are there and the model knows them; nothing when stopped.
    pub(super) fn faces(
        &self,
        reader: &Reader,
        wanted: &[FaceId],
        stop: Stop<'_>,
    ) -> Result<Option<Vec<NewFace>>, StoreError> {
        let mut found: Vec<NewFace> = Vec::with_capacity(wanted.len());
        let strangers = vision::strangers(&self.model);
        for some in wanted.chunks(READ) {
            if stop.is_set() {
                return Ok(None);
            }
            let (ids, values) = reader.embeddings(&some.iter().copied().collect(), &self.model)?;
            let width = values.len().checked_div(ids.len()).unwrap_or(0).max(1);
            let nearness = cluster::nearness_of_each(&values, width, strangers);
            let rows = ids.into_iter().zip(values.chunks(width)).zip(nearness);
            found.extend(rows.filter_map(|((face, row), nearness)| {
                let known = self.faces.get(&face)?;
                let quality = cluster::quality(&known.detected);
                Some(NewFace { face, photo: known.photo.0, quality, nearness, embedding: row.to_vec() })
            }));
        }
        Ok(Some(found))
    }
}

impl Engine<'_> {
    /// Notes that the user's words matter to groups. They hold on the board at once; a large library is grouped anew only
    /// when something is asked of the machine or faces come, not for every word.
    pub(super) fn words_matter(&mut self, settings: bool) {
        if settings {
            // It was about what held until now.
            self.state.preview = None;
        }
        let large = self.state.faces.len() > LARGE;
        self.dirty |= settings || !large || !self.grouping.session.is_empty() || self.grouping.running;
        // What it would find is not what was said.
        self.grouping.give_up();
    }

    /// The user does not want to wait for groups: those on the screen stay until something changes, or the folders are
    /// looked through again.
    pub(super) fn cancel_grouping(&mut self) {
        if !self.dirty && !self.grouping.running {
            return;
        }
        if self.grouping.outlining {
            self.stop_map();
            if !self.dirty {
                return;
            }
        }
        if self.grouping.answering && !self.dirty {
            // Groups are not at stake. Whoever moves the slider asks for the preview again.
            return self.want_preview(None);
        }
        self.grouping.give_up();
        self.grouping.asks.clear();
        self.grouping.cancelled = true;
        self.dirty = false;
        self.state.ready = true;
        self.say(NoticeLevel::Info, trouble::GROUPING_STOPPED);
    }

    /// What was cancelled is taken up again.
    pub(super) fn group_again(&mut self) {
        self.dirty |= self.grouping.cancelled;
    }

    /// Whether the groups of the last time, made in this way, will not do.
    pub(super) fn groups_are_old(&self, way: &str, fresh: bool) -> bool {
        let faces = &self.state.faces;
        if faces.is_empty() {
            return false;
        }
        let board = &self.state.board;
        let homeless = |face: &FaceId| !board.group_of.contains_key(face) && !board.flagged.contains_key(face);
        way != self.way() || !fresh && (faces.len() <= LARGE || faces.keys().any(homeless))
    }

    pub(super) fn settings(&self) -> Settings {
        way::settings(self.state.history.library())
    }

    /// How faces are grouped.
    pub(super) fn method(&self) -> Method {
        self.state.history.library().method()
    }

    fn way(&self) -> String {
        way::way(self.state.history.library())
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
            Err(error) => {
                // There will be no groups; what was there before is shown.
                self.state.ready = true;
                return self.say(NoticeLevel::Error, error.to_string());
            }
        };
        let (stop, progress) = self.grouping.begin();
        let mut job = self.job();
        // While a scan goes on, lists change all the time.
        let (keep, model) = (self.scan.is_none(), job.model.clone());
        let (generation, way) = (self.grouping.generation, self.way());
        let events = self.events.clone();
        spawn("grouping", &self.events, Task::Grouping(generation), move || {
            let start = Instant::now();
            let result = job.group(Stop::when(&stop).telling(&progress));
            let took = start.elapsed();
            let done = matches!(result, Ok(Some(_)));
            let review = if done { asking::review(&job.session, &job.settings) } else { Vec::new() };
            let lists = (done && keep && job.unsaved).then(|| Keeping::of(&job.session, &model)).flatten();
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
            words: way::words(&self.state.faces, library),
            settings: self.settings(),
            unsaved: self.grouping.unsaved,
            session: std::mem::take(&mut self.grouping.session),
        }
    }

    pub(super) fn grouped(&mut self, grouped: Grouped) {
        if grouped.generation != self.grouping.generation {
            return;
        }
        self.grouping.end();
        self.grouping.last = Some((Instant::now(), grouped.took));
        self.grouping.unsaved = grouped.unsaved && grouped.lists.is_none();
        self.grouping.keeping = grouped.lists.or(self.grouping.keeping.take());
        mapping::note_faces(&mut self.state.map, grouped.session.ids());
        self.dirty |= matches!(grouped.result, Ok(None)) && !self.grouping.cancelled;
        if matches!(grouped.result, Ok(Some(_))) {
            // One that was given up knows of none, and what was told would be told again.
            self.tell_contradictions(overruled::contradicted(&grouped.session));
        }
        self.keep(grouped.session);
        match grouped.result {
            Ok(None) => {}
            Ok(Some(clusters)) => {
                self.state.ready = true;
                if let Err(error) = self.store.save_clusters(&clusters, grouped.revision, &grouped.way) {
                    self.say(NoticeLevel::Error, error.to_string());
                }
                self.state.lay(clusters);
                self.put_review(&grouped.review);
                self.preview_again();
            }
            Err(error) => {
                self.state.ready = true;
                self.say(NoticeLevel::Error, error.to_string());
            }
        }
    }

    /// Says that words cannot all be kept, once.
    fn tell_contradictions(&mut self, faces: BTreeSet<FaceId>) {
        if !faces.is_subset(&self.grouping.contradicted) {
            self.say(NoticeLevel::Info, words::overruled::contradiction(faces.len()));
        }
        self.grouping.contradicted = faces;
    }

    /// Keeps a session for the next time, unless it is very large and nothing more is coming.
    pub(super) fn keep(&mut self, session: Session) {
        let asked = !self.grouping.asks.is_empty() || self.grouping.previewed.is_some() || self.mapping.wanted;
        if session.len() <= KEPT || self.scan.is_some() || self.dirty || asked {
            self.grouping.session = session;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::ORDINARY_NEARNESS;
    use crate::domain::{DetectedFace, FaceBox, PhotoHash};
    use crate::store::{self, FileOutcome, NewPhoto, Outcome, Store};

    /// A grouping of so many faces that their session has already, all of them a little like each other.
    fn job(faces: u32) -> Job {
        let mut state = 7u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 24) as f32 - 0.3
        };
        let mut new = |face: u32| {
            let row: Vec<f32> = (0..24).map(|_| next()).collect();
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            let embedding = row.into_iter().map(|value| value / length).collect();
            NewFace { face: FaceId(face), photo: face, quality: 1.0, nearness: ORDINARY_NEARNESS, embedding }
        };
        let mut session = Session::default();
        session.update(&[], &(0..faces).map(&mut new).collect::<Vec<_>>());
        Job {
            library: PathBuf::new(),
            model: String::new(),
            faces: Table::default(),
            wanted: (0..faces).map(FaceId).collect(),
            session,
            words: Words::default(),
            settings: Settings::default(),
            unsaved: false,
        }
    }

    #[test]
    fn faces_come_with_how_near_strangers_come_to_them() {
        let temp = tempfile::tempdir().unwrap();
        let library = temp.path().join("library.albumen");
        let model = "mtcnn+box+facenet-20180408-102900-512-mirror-128";
        let strangers = vision::strangers(model);
        let embedding = strangers[..128].to_vec();
        let expected = cluster::nearness(&embedding, strangers);
        assert!((expected - ORDINARY_NEARNESS).abs() > 0.01, "it is not what any face has: {expected}");
        let bounds = FaceBox::new(10.0, 10.0, 40.0, 40.0);
        let detected = DetectedFace { bounds, score: 1.0, landmarks: [[0.0; 2]; 5], sharpness: 1.0 };
        let photo = NewPhoto {
            hash: PhotoHash([1; 16]),
            width: 64,
            height: 64,
            orientation: 1,
            taken: None,
            faces: vec![store::NewFace { detected, embedding, thumbnail: vec![1] }],
        };
        let file = FileOutcome { path: "/p/a.jpg".into(), size: 1, modified_ns: 1, outcome: Outcome::Photo(photo) };
        let written = Store::open(&library).unwrap().write(&[file], model, &|_| Vec::new()).unwrap();
        let faces: Table<FaceId, Face> = written.faces.iter().map(|found| (found.face.id, found.face)).collect();
        let face = written.faces[0].face.id;
        let mut job = Job { library, model: model.to_owned(), faces, wanted: [face].into(), ..job(0) };
        let reader = Reader::open(&job.library).unwrap();
        let found = job.faces(&reader, &[face], Stop::never()).unwrap().unwrap();
        // Embeddings are stored in half precision.
        assert!((found[0].nearness - expected).abs() < 1e-3, "{} and {expected}", found[0].nearness);
        // Nobody waits for them any more: they are not read, and the next time they are.
        let given_up = AtomicBool::new(true);
        assert_eq!(job.faces(&reader, &[face], Stop::when(&given_up)).unwrap(), None);
        assert!(!job.read(Stop::when(&given_up)).unwrap() && job.session.is_empty());
        assert!(job.read(Stop::never()).unwrap() && job.session.len() == 1);
    }

    #[test]
    fn a_grouping_that_is_given_up_ends_at_once() {
        let mut whole = job(3_000);
        let start = Instant::now();
        let groups = whole.group(Stop::never()).unwrap();
        let took = start.elapsed();
        assert!(groups.is_some());
        let mut after = Duration::MAX;
        // The machine may be busy with something else for a moment.
        for _ in 0..5 {
            let (mut job, mut grouping) = (job(3_000), Grouping::default());
            let (stop, _) = grouping.begin();
            std::thread::scope(|scope| {
                let work = scope.spawn(|| {
                    let result = job.group(Stop::when(&stop)).unwrap();
                    (result, Instant::now())
                });
                std::thread::sleep(took / 10);
                let given_up = Instant::now();
                grouping.give_up();
                let (result, ended) = work.join().unwrap();
                // Unless it was done before this thread had its turn.
                if result.is_none() {
                    after = after.min(ended.duration_since(given_up));
                }
            });
            // The next one is not given up with it, and finds what it would have found.
            let (stop, _) = grouping.begin();
            assert_eq!(job.group(Stop::when(&stop)).unwrap(), groups);
            if after < took / 4 {
                return;
            }
        }
        panic!("given up, it went on for {after:?}; the whole takes {took:?}");
    }
}
