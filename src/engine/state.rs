//! What the engine's thread owns, and how it becomes a snapshot.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::commands::View;
use super::groups::{Board, board};
use super::words;
use crate::domain::{
    Activity, Counts, Edit, Face, FaceId, HistoryEntry, Library, Notice, NoticeLevel, PersonId, Photo, PhotoId,
    Problem, ScanReport, Snapshot,
};
use crate::store::{KnownFile, KnownState, Loaded, Written};

/// Notices kept in a snapshot.
const NOTICES: usize = 8;

/// The library in memory.
#[derive(Default)]
pub(super) struct State {
    pub(super) path: PathBuf,
    pub(super) folders: Vec<PathBuf>,
    pub(super) files: BTreeMap<PathBuf, KnownFile>,
    photos: Arc<BTreeMap<PhotoId, Arc<Photo>>>,
    pub(super) faces: Arc<BTreeMap<FaceId, Face>>,
    pub(super) embeddings: BTreeMap<FaceId, Vec<f32>>,
    pub(super) steps: Vec<Vec<Edit>>,
    pub(super) cursor: usize,
    pub(super) next_person: u32,
    pub(super) library: Arc<Library>,
    pub(super) clusters: Vec<Vec<FaceId>>,
    board: Board,
    groups: Arc<Vec<crate::domain::Group>>,
    group_of: Arc<BTreeMap<FaceId, crate::domain::GroupId>>,
    flagged: Arc<BTreeMap<FaceId, crate::domain::FaceFlag>>,
    problems: Arc<Vec<Problem>>,
    counts: Counts,
    history: Arc<Vec<HistoryEntry>>,
    notices: Arc<Vec<Notice>>,
    notice_number: u64,
    pub(super) last_scan: Option<Arc<ScanReport>>,
    pub(super) ready: bool,
    pub(super) device: String,
    generation: u64,
}

impl State {
    pub(super) fn new(path: PathBuf, loaded: Loaded) -> Self {
        let mut state = Self {
            path,
            folders: loaded.folders,
            files: loaded.files,
            photos: Arc::new(loaded.photos),
            faces: Arc::new(loaded.faces),
            embeddings: loaded.embeddings,
            steps: loaded.steps,
            cursor: loaded.cursor,
            next_person: loaded.next_person,
            ..Self::default()
        };
        state.refold();
        state.recount();
        state
    }

    /// Folds the edits again: after undo, redo, or a new step.
    pub(super) fn refold(&mut self) {
        let mut library = Library::default();
        let mut counted = None;
        let mut history = Vec::with_capacity(self.steps.len());
        for (number, step) in self.steps.iter().enumerate() {
            if number == self.cursor {
                counted = Some(library.clone());
            }
            for edit in step {
                library.apply(edit);
            }
            history.push(HistoryEntry { text: words::step(step, &library), active: number < self.cursor });
        }
        self.library = Arc::new(counted.unwrap_or(library));
        self.history = Arc::new(history);
        self.rebuild();
    }

    /// Lays the user's words over the clusters again.
    pub(super) fn rebuild(&mut self) {
        self.board = board(&self.faces, &self.clusters, &self.library);
        self.groups = Arc::new(self.board.groups.clone());
        self.group_of = Arc::new(self.board.group_of.clone());
        self.flagged = Arc::new(self.board.flagged.clone());
    }

    pub(super) fn view(&self) -> View<'_> {
        View { faces: &self.faces, board: &self.board, library: &self.library, next_person: PersonId(self.next_person) }
    }

    /// Takes over what a transaction changed.
    pub(super) fn absorb(&mut self, written: Written) {
        let photos = Arc::make_mut(&mut self.photos);
        let faces = Arc::make_mut(&mut self.faces);
        for face in written.gone_faces {
            faces.remove(&face);
            self.embeddings.remove(&face);
        }
        for photo in written.gone_photos {
            photos.remove(&photo);
        }
        for photo in written.photos {
            photos.insert(photo.id, Arc::new(photo));
        }
        faces.extend(written.faces.into_iter().map(|face| (face.id, face)));
        self.embeddings.extend(written.embeddings);
    }

    pub(super) fn photo(&self, id: PhotoId) -> Option<&Arc<Photo>> {
        self.photos.get(&id)
    }

    /// Counts files by fate and lists what is wrong with them.
    pub(super) fn recount(&mut self) {
        let with: std::collections::BTreeSet<PhotoId> = self.faces.values().map(|face| face.photo).collect();
        let mut counts = Counts { found: self.files.len(), faces: self.faces.len(), ..Counts::default() };
        let mut problems = Vec::new();
        for file in self.files.values() {
            match &file.state {
                KnownState::Photo(photo) if with.contains(photo) => counts.with_faces += 1,
                KnownState::Photo(_) => counts.without_faces += 1,
                KnownState::Skipped(_) => counts.skipped += 1,
                KnownState::Failed(problem) => {
                    counts.failed += 1;
                    problems.push(problem.clone());
                }
            }
        }
        self.counts = counts;
        self.problems = Arc::new(problems);
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn say(&mut self, level: NoticeLevel, text: String, undoable: bool) {
        self.notice_number += 1;
        let notices = Arc::make_mut(&mut self.notices);
        notices.push(Notice { number: self.notice_number, level, text, undoable });
        let over = notices.len().saturating_sub(NOTICES);
        notices.drain(..over);
    }

    pub(super) fn snapshot(&mut self, activity: Activity, commands: u64) -> Snapshot {
        self.generation += 1;
        let step_text = |number: usize| self.history.get(number).map(|entry| entry.text.clone());
        Snapshot {
            generation: self.generation,
            ready: self.ready,
            commands,
            library_path: self.path.clone(),
            folders: self.folders.clone(),
            photos: Arc::clone(&self.photos),
            faces: Arc::clone(&self.faces),
            groups: Arc::clone(&self.groups),
            group_of: Arc::clone(&self.group_of),
            flagged: Arc::clone(&self.flagged),
            library: Arc::clone(&self.library),
            problems: Arc::clone(&self.problems),
            counts: self.counts,
            activity,
            last_scan: self.last_scan.clone(),
            notices: Arc::clone(&self.notices),
            history: Arc::clone(&self.history),
            undo: self.cursor.checked_sub(1).and_then(step_text),
            redo: step_text(self.cursor),
            preset: self.library.preset(),
            device: self.device.clone(),
        }
    }
}
