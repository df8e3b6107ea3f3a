//! What the window and the command line may see: an immutable picture of the library at one moment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Face, FaceFlag, FaceId, GroupId, Library, PersonId, Photo, PhotoId, Preset, Problem};

/// A card on the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Identity.
    pub id: GroupId,
    /// The person's name, if it has one.
    pub name: Option<String>,
    /// Best face first is not promised: ascending by row.
    pub faces: Vec<FaceId>,
    /// The face on the card.
    pub cover: FaceId,
    /// Kept off the board by the user.
    pub hidden: bool,
}

impl Group {
    /// The person, if the user made one.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self.id {
            GroupId::Person(person) => Some(person),
            GroupId::Faces(_) => None,
        }
    }
}

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
    /// Making groups.
    Grouping,
    /// Copying albums: files done, files in all.
    Exporting {
        /// Files written.
        done: usize,
        /// Files in all.
        total: usize,
    },
}

/// How a scan ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanReport {
    /// Files by fate.
    pub counts: Counts,
    /// Files that had to be decoded: 0 for an unchanged folder.
    pub decoded: usize,
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
}

/// One edit as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What the user did.
    pub text: String,
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
    /// Folders scanned into it.
    pub folders: Vec<PathBuf>,
    /// Photos by id.
    pub photos: Arc<BTreeMap<PhotoId, Arc<Photo>>>,
    /// Faces by id.
    pub faces: Arc<BTreeMap<FaceId, Face>>,
    /// Persons and groups: named first, then by size, then by id.
    pub groups: Arc<Vec<Group>>,
    /// Where each shown face is.
    pub group_of: Arc<BTreeMap<FaceId, GroupId>>,
    /// Faces set aside.
    pub flagged: Arc<BTreeMap<FaceId, FaceFlag>>,
    /// The user's words, folded.
    pub library: Arc<Library>,
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
    /// The device the networks run on, in words.
    pub device: String,
}

impl Snapshot {
    /// A group by its id.
    #[must_use]
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
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

    /// The faces of a photo, from left to right.
    #[must_use]
    pub fn faces_of_photo(&self, photo: PhotoId) -> Vec<&Face> {
        let mut faces: Vec<&Face> = self.faces.values().filter(|face| face.photo == photo).collect();
        faces.sort_by(|a, b| a.detected.bounds.x.total_cmp(&b.detected.bounds.x).then(a.id.cmp(&b.id)));
        faces
    }
}
