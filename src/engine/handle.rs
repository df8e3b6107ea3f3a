//! The engine as a window or a command sees it: commands in, snapshots and pictures out. Nothing here blocks.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Sender, TrySendError};

use super::words::trouble;
use crate::domain::{
    Activity, Edit, ExportRequest, FaceBox, FaceFlag, FaceId, GroupId, PersonId, PhotoId, Pixels, Snapshot,
};

/// Everything the engine can be asked to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Look through these folders and read what is new; all folders of the library when none is given.
    Scan(Vec<PathBuf>),
    /// Read these files again that could not be used; all of them when none is given.
    Retry(Vec<PathBuf>),
    /// Stop between photos until `Resume`.
    Pause,
    /// Go on.
    Resume,
    /// End the scan, the export or the grouping; what was done stays.
    Cancel,
    /// The user said something. Durable before the next snapshot shows it.
    Edit(Edit),
    /// Groups become one: the first named one wins, else the first. The engine chooses the edits.
    MergeGroups(Vec<GroupId>),
    /// Faces become part of a group.
    MoveFaces(Vec<FaceId>, GroupId),
    /// Faces leave their group for a new one of their own.
    SplitFaces(Vec<FaceId>),
    /// Gives a group a name: makes or renames its person. An existing other person of that name is left alone.
    NameGroup(GroupId, String),
    /// Sets faces aside as not a face, or as ignored strangers, or takes them back: those set aside by themselves, and the
    /// cards of those set aside with their card.
    FlagFaces(Vec<FaceId>, Option<FaceFlag>),
    /// Faces are indeed the persons on whose cards they are.
    ConfirmFaces(Vec<FaceId>),
    /// Faces are not the persons on whose cards they are; on a card without a person they leave it.
    RejectFaces(Vec<FaceId>),
    /// Sets whole cards aside as strangers', with what will be found to be like them; or takes them back with `false`.
    IgnoreGroups(Vec<GroupId>, bool),
    /// Keeps the persons of these cards off the board, or puts them back with `false`. One step for all of them.
    HideGroups(Vec<GroupId>, bool),
    /// There is a face the detector missed: a box in pixels of the upright photo. Its embedding and thumbnail are made
    /// in the background.
    DrawFace(PhotoId, FaceBox),
    /// A face's box is not where the face is: another box, in pixels of the upright photo. The old one is set aside as not
    /// a face, the new one is drawn and is who the old one was, in one step.
    FixBox {
        /// Whose box.
        face: FaceId,
        /// Where the face is.
        bounds: FaceBox,
    },
    /// Answers a question of [`Snapshot::review`], in one step that Undo takes back.
    Answer {
        /// The question's id.
        question: u64,
        /// Yes or no.
        yes: bool,
    },
    /// Looks for questions again: [`Snapshot::review`].
    Review,
    /// Says why two faces are together or apart: [`Snapshot::explanation`].
    Explain {
        /// The one.
        one: FaceId,
        /// The other; the same again to hear why it is in its group, by the face there that it is most like.
        two: FaceId,
    },
    /// Says what another looseness would do: [`Snapshot::preview`], said anew when groups are made anew; none any more with
    /// `None`.
    Preview(Option<i16>),
    /// Draws [`Snapshot::map`] of the faces that are there now; faces that are on it already stay about where they are.
    Map,
    /// Ends the drawing of the map; one that is there stays.
    StopMap,
    /// Says of one card which faces fit least and, for a person, who else they may be: [`Snapshot::study`].
    Study(GroupId),
    /// Says where a card would come apart: [`Snapshot::split_plan`].
    PlanSplit(GroupId),
    /// Takes back the latest edit.
    Undo,
    /// Does it again.
    Redo,
    /// Makes so many steps of the history count: undo or redo of several at once.
    GoTo(usize),
    /// Removes for good what the library holds of a folder or a person. Cannot be undone.
    Forget(Forget),
    /// Says in [`Snapshot::export_plan`] what an export would write.
    PlanExport(ExportRequest),
    /// Writes albums.
    Export(ExportRequest),
    /// Opens another library file in place of this one.
    OpenLibrary(PathBuf),
    /// Scan by itself whenever files come into the library's folders or go, or no longer. Off until asked for.
    Watch(bool),
    /// How photos are read, from the next scan on.
    Reading {
        /// Photos read side by side; as many as the engine was started with when none is given.
        workers: Option<usize>,
        /// Smaller faces may be missed, in pixels.
        min_face: f32,
    },
    /// Finish and end the thread.
    Quit,
}

/// What is removed for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forget {
    /// Files, photos, faces, embeddings and thumbnails of a folder, as far as no other folder holds the same photos. The
    /// user's words stay for the day it is scanned again.
    Folder(PathBuf),
    /// Every face on a person's card, and every word about that person.
    Person(PersonId),
}

/// A picture a screen wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PictureKey {
    /// The square thumbnail of a face, 160 × 160 pixels.
    Face(FaceId),
    /// A photo, upright, its longer side at most 2,048 pixels.
    Photo(PhotoId),
    /// A photo, upright, its longer side at most 320 pixels.
    PhotoThumb(PhotoId),
    /// A photo, upright, with all its pixels, as far as its longer side has at most [`super::WHOLE_SIDE`]. The last one of
    /// these, so that all of them stand together in an ordered list.
    Whole(PhotoId),
}

/// A picture that was wanted, or `None` when it cannot be had.
pub type PictureResult = (PictureKey, Option<Arc<Pixels>>);

/// Shared between the engine's threads and its handles.
#[derive(Default)]
pub(super) struct Outbox {
    pub(super) snapshot: Mutex<Arc<Snapshot>>,
    pub(super) published: Condvar,
    pub(super) ended: AtomicBool,
    /// Commands handed over. Held while one is, so that the numbers are in the order of the queue.
    pub(super) sent: Mutex<u64>,
    pub(super) wanted: Mutex<Vec<PictureKey>>,
    pub(super) ready: Mutex<Vec<PictureResult>>,
}

/// A line to the engine; clones lead to the same one.
#[derive(Clone)]
pub struct Handle {
    pub(super) commands: Sender<Command>,
    /// Wakes the engine when other pictures are wanted; one slot, since once is enough.
    pub(super) poke: Sender<()>,
    pub(super) outbox: Arc<Outbox>,
}

/// The engine's thread has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", trouble::ENDED)]
pub struct Ended;

impl Handle {
    /// Hands a command over. `false` when the engine has ended or is 256 commands behind: the command is lost and the
    /// caller should say so.
    pub fn send(&self, command: Command) -> bool {
        self.numbered(command).is_some()
    }

    /// Hands a command over; gives its number, counted from 1 in the order the engine takes them.
    fn numbered(&self, command: Command) -> Option<u64> {
        let mut sent = self.outbox.sent.lock().unwrap_or_else(PoisonError::into_inner);
        match self.commands.try_send(command) {
            Ok(()) => {
                *sent += 1;
                Some(*sent)
            }
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => None,
        }
    }

    /// The latest snapshot. The lock is only ever held to copy or replace one pointer.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.outbox.snapshot.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says which pictures are wanted now, most wanted first. Replaces what was wanted before and has not been begun.
    pub fn want(&self, pictures: Vec<PictureKey>) {
        *self.outbox.wanted.lock().unwrap_or_else(PoisonError::into_inner) = pictures;
        // A full slot means that the engine will look anyway.
        self.poke.try_send(()).ok();
    }

    /// Waits for a snapshot that fits. Blocks: never from a window.
    ///
    /// # Errors
    /// [`Ended`] when the engine's thread is gone.
    pub fn wait(&self, mut fits: impl FnMut(&Snapshot) -> bool) -> Result<Arc<Snapshot>, Ended> {
        let mut snapshot = self.outbox.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let current = Arc::clone(&snapshot);
            drop(snapshot);
            if fits(&current) {
                return Ok(current);
            }
            if self.outbox.ended.load(Ordering::SeqCst) {
                return Err(Ended);
            }
            snapshot = self.outbox.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
            if Arc::ptr_eq(&snapshot, &current) {
                // The limit covers an engine that ends between the check and the wait.
                let waited = self.outbox.published.wait_timeout(snapshot, Duration::from_millis(200));
                snapshot = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }

    /// Sends a command, waits until it and all that follows from it is done, and shows every snapshot on the way.
    /// Blocks: never from a window.
    ///
    /// # Errors
    /// [`Ended`] when the engine's thread is gone.
    pub fn run(&self, command: Command, mut watch: impl FnMut(&Snapshot)) -> Result<Arc<Snapshot>, Ended> {
        let number = self.numbered(command).ok_or(Ended)?;
        self.wait(|snapshot| {
            watch(snapshot);
            snapshot.ready && snapshot.commands >= number && snapshot.activity == Activity::Idle
        })
    }

    /// The pictures that have become ready since the last call.
    #[must_use]
    pub fn take_pictures(&self) -> Vec<PictureResult> {
        std::mem::take(&mut *self.outbox.ready.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A handle with no engine behind it, for tests of screens: commands land in the receiver.
    #[must_use]
    pub fn detached(snapshot: Snapshot) -> (Self, crossbeam_channel::Receiver<Command>) {
        let (commands, receiver) = crossbeam_channel::bounded(super::COMMANDS);
        let outbox = Arc::new(Outbox { snapshot: Mutex::new(Arc::new(snapshot)), ..Outbox::default() });
        let (poke, _nobody) = crossbeam_channel::bounded(1);
        (Self { commands, poke, outbox }, receiver)
    }

    /// Replaces the snapshot of a detached handle.
    pub fn publish(&self, snapshot: Snapshot) {
        *self.outbox.snapshot.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }

    /// What a detached handle was asked for last, and has not been taken yet.
    #[must_use]
    pub fn wanted(&self) -> Vec<PictureKey> {
        std::mem::take(&mut *self.outbox.wanted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a picture into a detached handle.
    pub fn deliver(&self, picture: PictureResult) {
        self.outbox.ready.lock().unwrap_or_else(PoisonError::into_inner).push(picture);
    }
}
