//! What the window and the command line may see: an immutable picture of the library at one moment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{
    Explanation, ExportPlan, Face, FaceFlag, FaceId, Group, GroupId, Groups, Library, MapState, Photo, PhotoId, Preset,
    Preview, Problem, ProblemKind, Question, SplitPlan, Study, Table,
};

/// Files by fate. `found == with_faces + without_faces + skipped + failed` once a scan is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files seen, without hidden ones and folders.
    pub found: usize,
    /// Photos in which a face was found.
    pub with_faces: usize,
    /// Photos without one.
    pub without_faces: usize,
    /// Files that are no photos: videos, sidecars, documents.
    pub skipped: usize,
    /// Files that could not be read.
    pub failed: usize,
    /// Faces found.
    pub faces: usize,
}

/// What the engine is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activity {
    /// Nothing.
    #[default]
    Idle,
    /// Looking through folders; so many files so far.
    Listing {
        /// Files seen.
        found: usize,
    },
    /// Reading photos.
    Scanning {
        /// Files dealt with, unchanged ones included.
        done: usize,
        /// Files in all.
        total: usize,
        /// Estimated seconds left; `None` until there is something to go by.
        seconds_left: Option<f32>,
        /// The user asked for a pause.
        paused: bool,
    },
    /// Making groups, and how far that is, as far as it is known.
    Grouping(Option<GroupingProgress>),
    /// Answering from groups that are made already: a moment.
    Asking,
    /// Copying albums: files done, files in all.
    Exporting {
        /// Files written.
        done: usize,
        /// Files in all.
        total: usize,
    },
}

/// How far the making of groups is, in whole percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupingProgress {
    /// Faces are compared with each other.
    Comparing(u8),
    /// Groups are made of those that are alike.
    Merging(u8),
}

impl GroupingProgress {
    /// 0 to 1.
    #[must_use]
    pub fn share(self) -> f32 {
        let (Self::Comparing(percent) | Self::Merging(percent)) = self;
        f32::from(percent) / 100.0
    }
}

/// How a scan ended. `counts` and the reasons cover the whole library; the rest is what this scan saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanReport {
    /// Files by fate.
    pub counts: Counts,
    /// Why files were skipped, in the plural, and how many: `videos`, 12.
    pub skipped: BTreeMap<String, usize>,
    /// Why files failed, and how many.
    pub failed: BTreeMap<ProblemKind, usize>,
    /// Files that had to be decoded: 0 for an unchanged folder.
    pub decoded: usize,
    /// Files that are as they were.
    pub unchanged: usize,
    /// Files whose content is known from somewhere else: copies.
    pub copies: usize,
    /// Files that were somewhere else before: moved or renamed.
    pub moved: usize,
    /// Files that were gone and are back.
    pub returned: usize,
    /// Files that are no longer there.
    pub gone: usize,
    /// Folders that could not be looked into: a disk that is not connected. Their photos are kept.
    pub unreachable: Vec<PathBuf>,
    /// The user stopped it.
    pub cancelled: bool,
    /// From first to last file.
    pub seconds: f64,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeLevel {
    /// Something was done.
    Info,
    /// Something could not be done.
    Error,
}

/// A sentence for the user. Numbers grow, so a screen can tell new from seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// 1, 2, 3…
    pub number: u64,
    /// How much it matters.
    pub level: NoticeLevel,
    /// What happened, what to do next.
    pub text: String,
    /// The notice is about an edit that Undo takes back.
    pub undoable: bool,
    /// The notice is about files that could not be read: see [`Snapshot::problems`].
    pub problems: bool,
}

/// One edit as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What the user did.
    pub text: Arc<str>,
    /// Whether it counts now, or was undone.
    pub active: bool,
}

/// The library at one moment. Cloning it copies pointers, no faces.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Grows with every change.
    pub generation: u64,
    /// The library was read and grouped at least once.
    pub ready: bool,
    /// Commands the engine has taken so far.
    pub commands: u64,
    /// The library file.
    pub library_path: PathBuf,
    /// Why nothing can be changed, when the library was opened to read only; a sentence.
    pub read_only: Option<String>,
    /// Folders scanned into it; none lies in another.
    pub folders: Arc<Vec<PathBuf>>,
    /// Folders, or parts of them, that could not be looked into: their photos are kept.
    pub unreachable: Arc<Vec<PathBuf>>,
    /// Photos by id.
    pub photos: Table<PhotoId, Arc<Photo>>,
    /// Faces by id.
    pub faces: Table<FaceId, Face>,
    /// The faces of each photo that has any, by row.
    pub photo_faces: Table<PhotoId, Arc<[FaceId]>>,
    /// Persons and groups: named first, then by size, then by id.
    pub groups: Groups,
    /// Where each shown face is.
    pub group_of: Table<FaceId, GroupId>,
    /// Faces set aside.
    pub flagged: Table<FaceId, FaceFlag>,
    /// The user's words, folded.
    pub library: Library,
    /// Files that could not be read, by path.
    pub problems: Arc<Vec<Problem>>,
    /// Files by fate.
    pub counts: Counts,
    /// What is going on.
    pub activity: Activity,
    /// The last finished scan of this run.
    pub last_scan: Option<Arc<ScanReport>>,
    /// Newest last, the latest few.
    pub notices: Arc<Vec<Notice>>,
    /// Oldest first.
    pub history: Arc<Vec<HistoryEntry>>,
    /// What Undo would take back.
    pub undo: Option<String>,
    /// What Redo would do again.
    pub redo: Option<String>,
    /// How readily groups merge.
    pub preset: Preset,
    /// The finer word, when the user gave one after the preset: see [`Library::looseness`].
    pub looseness: Option<i16>,
    /// The export that was last asked about, and what it would write; nothing while that is looked for.
    pub export_plan: Option<Arc<ExportPlan>>,
    /// How well each face shows who it is, 0 to 1: large, sharp and from the front is 1.
    pub quality: Table<FaceId, f32>,
    /// What the machine would like to know, what settles most first; empty until it was asked for or groups were made.
    pub review: Arc<Vec<Question>>,
    /// The last explanation that was asked for.
    pub explanation: Option<Arc<Explanation>>,
    /// The last preview that was asked for.
    pub preview: Option<Arc<Preview>>,
    /// The map of all faces, once it was asked for.
    pub map: MapState,
    /// What was last asked about one card: who fits least, who else may be on it.
    pub study: Option<Arc<Study>>,
    /// The ways to cut a card that were last asked for.
    pub split_plan: Option<Arc<SplitPlan>>,
    /// The device the networks run on, in words.
    pub device: String,
    /// The networks that find and compare faces, by name; empty until the first photo is read.
    pub model: String,
}

impl Snapshot {
    /// A snapshot that holds these and nothing else, with its indexes filled: for tests and benches of screens.
    #[must_use]
    pub fn by_hand(photos: Vec<Photo>, faces: Vec<Face>, groups: Vec<Group>) -> Self {
        let mut of_photo: BTreeMap<PhotoId, Vec<FaceId>> = BTreeMap::new();
        for face in &faces {
            of_photo.entry(face.photo).or_default().push(face.id);
        }
        let placed = groups.iter().flat_map(|group| group.faces.iter().map(|face| (*face, group.id)));
        Self {
            ready: true,
            photo_faces: of_photo.into_iter().map(|(photo, faces)| (photo, Arc::from(faces))).collect(),
            group_of: placed.collect(),
            photos: photos.into_iter().map(|photo| (photo.id, Arc::new(photo))).collect(),
            faces: faces.into_iter().map(|face| (face.id, face)).collect(),
            groups: groups.into(),
            ..Self::default()
        }
    }

    /// A group by its id.
    #[must_use]
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id)
    }

    /// The group a face is in.
    #[must_use]
    pub fn group_of_face(&self, face: FaceId) -> Option<&Group> {
        self.group(*self.group_of.get(&face)?)
    }

    /// The photo a face is in.
    #[must_use]
    pub fn photo_of_face(&self, face: FaceId) -> Option<&Arc<Photo>> {
        self.photos.get(&self.faces.get(&face)?.photo)
    }

    /// Whether the user has said who this face is.
    #[must_use]
    pub fn is_confirmed(&self, face: FaceId) -> bool {
        self.faces.get(&face).is_some_and(|face| self.library.person_of(&face.key).is_some())
    }

    /// The faces of a photo, from left to right.
    #[must_use]
    pub fn faces_of_photo(&self, photo: PhotoId) -> Vec<&Face> {
        let rows = self.photo_faces.get(&photo).map(AsRef::as_ref).unwrap_or_default();
        let mut faces: Vec<&Face> = rows.iter().filter_map(|face| self.faces.get(face)).collect();
        faces.sort_by(|a, b| a.detected.bounds.x.total_cmp(&b.detected.bounds.x).then(a.id.cmp(&b.id)));
        faces
    }
}
