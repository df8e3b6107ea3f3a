//! What the engine's thread owns, and how it becomes a snapshot. Everything a snapshot shows is kept up to date in small
//! steps, so that one costs some pointers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::board::Board;
use super::commands::View;
use super::history::History;
use crate::cluster::quality;
use crate::domain::{
    Activity, Changes, Counts, Explanation, ExportPlan, Face, FaceId, FaceKey, GroupId, MapState, Notice, NoticeLevel,
    PersonId, Photo, PhotoHash, PhotoId, Preview, Problem, Question, ScanReport, Snapshot, SplitPlan, Study, Table,
};
use crate::store::{KnownFile, KnownState, Loaded, StoredFace, Written};

/// Notices kept in a snapshot.
const NOTICES: usize = 8;

/// Where a notice leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    Nowhere,
    /// It is about an edit.
    Undo,
    /// It is about files that could not be read.
    Problems,
}

/// The library in memory.
#[derive(Default)]
pub(super) struct State {
    pub(super) path: PathBuf,
    pub(super) read_only: Option<String>,
    pub(super) folders: Arc<Vec<PathBuf>>,
    pub(super) unreachable: Arc<Vec<PathBuf>>,
    files: BTreeMap<PathBuf, KnownFile>,
    failed: BTreeMap<PathBuf, Problem>,
    photos: Table<PhotoId, Arc<Photo>>,
    by_hash: BTreeMap<PhotoHash, PhotoId>,
    pub(super) faces: Table<FaceId, Face>,
    photo_faces: Table<PhotoId, Arc<[FaceId]>>,
    /// Faces drawn by hand, shown or not: the word that drew them may be undone.
    drawn: BTreeMap<FaceKey, Face>,
    pub(super) history: History,
    pub(super) next_person: u32,
    pub(super) board: Board,
    /// Rebuilt when `None`.
    problems: Option<Arc<Vec<Problem>>>,
    counts: Counts,
    notices: Arc<Vec<Notice>>,
    notice_number: u64,
    pub(super) last_scan: Option<Arc<ScanReport>>,
    pub(super) export_plan: Option<Arc<ExportPlan>>,
    quality: Table<FaceId, f32>,
    pub(super) review: Arc<Vec<Question>>,
    pub(super) explanation: Option<Arc<Explanation>>,
    pub(super) preview: Option<Arc<Preview>>,
    pub(super) map: MapState,
    pub(super) study: Option<Arc<Study>>,
    pub(super) split_plan: Option<Arc<SplitPlan>>,
    pub(super) ready: bool,
    pub(super) device: String,
    /// The model of the networks, once they are loaded.
    pub(super) model: String,
    generation: u64,
}

impl State {
    pub(super) fn new(path: PathBuf, loaded: Loaded) -> Self {
        let (drawn, found): (Vec<StoredFace>, Vec<StoredFace>) = loaded.faces.into_iter().partition(|one| one.drawn);
        let (steps, cursor) = (loaded.steps, loaded.cursor);
        // Each takes about as long as the other.
        let (history, mut state) = std::thread::scope(|scope| {
            let history = scope.spawn(|| History::new(steps, cursor));
            let state = Self {
                path,
                folders: Arc::new(loaded.folders),
                next_person: loaded.next_person,
                by_hash: loaded.photos.iter().map(|photo| (photo.hash, photo.id)).collect(),
                photos: loaded.photos.into_iter().map(|photo| (photo.id, photo)).collect(),
                quality: found.iter().map(|StoredFace { face, .. }| (face.id, quality(&face.detected))).collect(),
                photo_faces: by_photo(&found),
                faces: found.into_iter().map(|StoredFace { face, .. }| (face.id, face)).collect(),
                ..Self::default()
            };
            (history.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), state)
        });
        state.history = history;
        for StoredFace { face, .. } in drawn {
            state.drawn.insert(face.key, face);
            if state.history.library().drawn().contains_key(&face.key) {
                state.show(face, true);
            }
        }
        for file in loaded.files.values() {
            state.note_file(file, true);
        }
        state.files = loaded.files;
        let photos: Vec<PhotoId> = state.photos.keys().copied().collect();
        for photo in photos {
            state.count(photo, true);
        }
        state.lay(loaded.clusters);
        state
    }

    /// Takes over what must not begin again when another library is opened: numbers that only grow, and the networks.
    pub(super) fn follow(mut self, before: &mut Self) -> Self {
        self.generation = before.generation;
        self.notice_number = before.notice_number;
        self.notices = Arc::clone(&before.notices);
        self.device = std::mem::take(&mut before.device);
        self.model = std::mem::take(&mut before.model);
        self
    }

    /// Lays the user's words over other clusters.
    pub(super) fn lay(&mut self, clusters: Vec<Vec<FaceId>>) {
        self.board = Board::new(&self.faces, clusters, self.history.library());
    }

    /// Brings everything in line with words that changed.
    pub(super) fn words_changed(&mut self, changes: &Changes) {
        let mut changed = BTreeSet::new();
        for key in &changes.faces {
            if let Some(face) = self.drawn.get(key).copied() {
                changed.insert(face.id);
                self.count(face.photo, false);
                self.show(face, self.history.library().drawn().contains_key(key));
                self.count(face.photo, true);
            }
            if let Some(photo) = self.by_hash.get(&key.photo) {
                let faces = self.photo_faces.get(photo).map(AsRef::as_ref).unwrap_or_default();
                changed.extend(faces.iter().filter(|face| self.faces.get(face).is_some_and(|face| face.key == *key)));
            }
        }
        self.board.update(&changed, &changes.persons, &self.faces, self.history.library());
    }

    pub(super) fn view(&self) -> View<'_> {
        View {
            faces: &self.faces,
            photos: &self.photos,
            board: &self.board,
            library: self.history.library(),
            next_person: PersonId(self.next_person),
        }
    }

    /// Takes over what a transaction changed.
    pub(super) fn absorb(&mut self, written: Written) {
        let mut touched: BTreeSet<PhotoId> = written.gone_photos.iter().copied().collect();
        touched.extend(written.photos.iter().map(|photo| photo.id));
        touched.extend(written.faces.iter().map(|stored| stored.face.photo));
        touched.extend(written.gone_faces.iter().filter_map(|face| self.faces.get(face)).map(|face| face.photo));
        for photo in &touched {
            self.count(*photo, false);
        }
        let mut changed: BTreeSet<FaceId> = written.gone_faces.iter().copied().collect();
        for face in &written.gone_faces {
            if let Some(face) = self.faces.get(face).copied() {
                self.show(face, false);
            }
        }
        if !self.drawn.is_empty() {
            self.drawn.retain(|_, face| !changed.contains(&face.id));
        }
        for photo in &written.gone_photos {
            if let Some(photo) = self.photos.remove(photo) {
                self.by_hash.remove(&photo.hash);
            }
        }
        for photo in written.photos {
            self.by_hash.insert(photo.hash, photo.id);
            self.photos.insert(photo.id, Arc::new(photo));
        }
        for StoredFace { face, drawn } in written.faces {
            if drawn {
                self.drawn.insert(face.key, face);
            }
            changed.insert(face.id);
            self.show(face, !drawn || self.history.library().drawn().contains_key(&face.key));
        }
        for photo in &touched {
            self.count(*photo, true);
        }
        self.board.update(&changed, &BTreeSet::new(), &self.faces, self.history.library());
    }

    /// Puts a face into the library that is shown, or takes it out.
    fn show(&mut self, face: Face, shown: bool) {
        let mut list: Vec<FaceId> = self.photo_faces.get(&face.photo).map(|list| list.to_vec()).unwrap_or_default();
        list.retain(|other| *other != face.id);
        if shown {
            list.push(face.id);
            list.sort_unstable();
            self.quality.insert(face.id, quality(&face.detected));
            self.faces.insert(face.id, face);
        } else {
            self.quality.remove(&face.id);
            self.faces.remove(&face.id);
        }
        if list.is_empty() {
            self.photo_faces.remove(&face.photo);
        } else {
            self.photo_faces.insert(face.photo, list.into());
        }
    }

    /// Adds a photo's files to the counts, or takes them out.
    fn count(&mut self, photo: PhotoId, add: bool) {
        let Some(known) = self.photos.get(&photo) else { return };
        let number = if self.photo_faces.contains_key(&photo) {
            &mut self.counts.with_faces
        } else {
            &mut self.counts.without_faces
        };
        *number = if add { *number + known.paths.len() } else { number.saturating_sub(known.paths.len()) };
    }

    /// Adds a file that is no photo to the counts, or takes it out.
    fn note_file(&mut self, file: &KnownFile, add: bool) {
        let number = match &file.state {
            KnownState::Photo(_) => return,
            KnownState::Skipped(_) => &mut self.counts.skipped,
            KnownState::Failed(problem) => {
                self.problems = None;
                if add {
                    self.failed.insert(file.path.clone(), problem.clone());
                } else {
                    self.failed.remove(&file.path);
                }
                &mut self.counts.failed
            }
        };
        *number = if add { *number + 1 } else { number.saturating_sub(1) };
    }

    /// What is known of every file, by path.
    pub(super) fn files(&self) -> &BTreeMap<PathBuf, KnownFile> {
        &self.files
    }

    /// Notes what became of a file.
    pub(super) fn set_file(&mut self, file: KnownFile) {
        self.forget_file(&file.path.clone());
        self.note_file(&file, true);
        self.files.insert(file.path.clone(), file);
    }

    /// A file is no longer there.
    pub(super) fn forget_file(&mut self, path: &Path) -> Option<KnownFile> {
        let file = self.files.remove(path)?;
        self.note_file(&file, false);
        Some(file)
    }

    /// Files that could not be used, by path.
    pub(super) fn failed(&self) -> &BTreeMap<PathBuf, Problem> {
        &self.failed
    }

    /// Every face with a row that is a person's: those on the card, and those that were said to be this person and are set
    /// aside or no longer shown.
    pub(super) fn faces_of(&self, person: PersonId) -> Vec<(FaceId, FaceKey)> {
        let card = self.board.groups.get(GroupId::Person(person));
        let on_card = card.into_iter().flat_map(|card| &card.faces).filter_map(|face| self.faces.get(face));
        let said = |face: &&Face| self.history.library().person_of(&face.key) == Some(person);
        let all = on_card.chain(self.faces.values().filter(said)).chain(self.drawn.values().filter(said));
        let rows: BTreeSet<(FaceId, FaceKey)> = all.map(|face| (face.id, face.key)).collect();
        rows.into_iter().collect()
    }

    pub(super) fn photo(&self, id: PhotoId) -> Option<&Arc<Photo>> {
        self.photos.get(&id)
    }

    pub(super) fn photo_by_hash(&self, hash: PhotoHash) -> Option<&Arc<Photo>> {
        self.photos.get(self.by_hash.get(&hash)?)
    }

    /// Whether a face that was drawn has a row.
    pub(super) fn has_drawn(&self, key: &FaceKey) -> bool {
        self.drawn.contains_key(key)
    }

    /// Whether a photo shows a face with this key.
    pub(super) fn has_face(&self, key: &FaceKey) -> bool {
        let photo = self.by_hash.get(&key.photo);
        let faces = photo.and_then(|photo| self.photo_faces.get(photo)).map(AsRef::as_ref).unwrap_or_default();
        faces.iter().any(|face| self.faces.get(face).is_some_and(|face| face.key == *key))
    }

    /// Files by fate.
    pub(super) fn counts(&self) -> Counts {
        Counts { found: self.files.len(), faces: self.faces.len(), ..self.counts }
    }

    pub(super) fn say(&mut self, level: NoticeLevel, text: String, leads: Leads) {
        self.notice_number += 1;
        let notices = Arc::make_mut(&mut self.notices);
        let (undoable, problems) = (leads == Leads::Undo, leads == Leads::Problems);
        notices.push(Notice { number: self.notice_number, level, text, undoable, problems });
        let over = notices.len().saturating_sub(NOTICES);
        notices.drain(..over);
    }

    pub(super) fn snapshot(&mut self, activity: Activity, commands: u64) -> Snapshot {
        self.generation += 1;
        let problems = self.problems.get_or_insert_with(|| Arc::new(self.failed.values().cloned().collect()));
        let problems = Arc::clone(problems);
        let cursor = self.history.cursor();
        Snapshot {
            generation: self.generation,
            ready: self.ready,
            commands,
            library_path: self.path.clone(),
            read_only: self.read_only.clone(),
            folders: Arc::clone(&self.folders),
            unreachable: Arc::clone(&self.unreachable),
            photos: self.photos.clone(),
            faces: self.faces.clone(),
            photo_faces: self.photo_faces.clone(),
            groups: self.board.groups.clone(),
            group_of: self.board.group_of.clone(),
            flagged: self.board.flagged.clone(),
            library: self.history.library().clone(),
            problems,
            counts: self.counts(),
            activity,
            last_scan: self.last_scan.clone(),
            notices: Arc::clone(&self.notices),
            history: Arc::clone(self.history.entries()),
            undo: cursor.checked_sub(1).and_then(|step| self.history.text(step)),
            redo: self.history.text(cursor),
            preset: self.history.library().preset(),
            looseness: self.history.library().looseness(),
            export_plan: self.export_plan.clone(),
            quality: self.quality.clone(),
            review: Arc::clone(&self.review),
            explanation: self.explanation.clone(),
            preview: self.preview.clone(),
            map: self.map.clone(),
            study: self.study.clone(),
            split_plan: self.split_plan.clone(),
            device: self.device.clone(),
            model: self.model.clone(),
        }
    }
}

/// The faces of each photo, ascending. A photo's faces were mostly stored together.
fn by_photo(faces: &[StoredFace]) -> Table<PhotoId, Arc<[FaceId]>> {
    let mut lists: BTreeMap<PhotoId, Arc<[FaceId]>> = BTreeMap::new();
    for run in faces.chunk_by(|one, next| one.face.photo == next.face.photo) {
        let Some(photo) = run.first().map(|one| one.face.photo) else { continue };
        let before = lists.remove(&photo);
        let before = before.iter().flat_map(|list| list.iter().copied());
        lists.insert(photo, before.chain(run.iter().map(|one| one.face.id)).collect());
    }
    lists.into()
}
