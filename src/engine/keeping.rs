//! Keeps neighbour lists for the next start, in pieces between other work, and takes them up again: to look for all
//! neighbours again takes seconds in a library of twenty thousand faces and minutes in a large one.

use super::grouping::Job;
use super::run::Engine;
use crate::cluster::{Session, Stop, stored_faces};
use crate::store::Reader;

/// Faces from which on it pays: fewer are looked for again in the tenth of a second.
const LEAST: usize = 3_000;
/// Bytes that are still written when the program ends; more would keep it waiting.
const AT_THE_END: usize = 32 << 20;

/// Lists on their way into the library.
pub(super) struct Keeping {
    bytes: Vec<u8>,
    /// The piece that is next.
    piece: usize,
    model: String,
}

impl Keeping {
    /// The lists of a session that are worth keeping.
    pub(super) fn of(session: &Session, model: &str) -> Option<Self> {
        (session.len() >= LEAST).then(|| Self { bytes: session.stored(), piece: 0, model: model.to_owned() })
    }
}

/// The session with the lists that were kept, ungrouped; faces that came and went since are not seen to. Whatever is wrong
/// with them, there is another way. Nothing when stopped.
pub(super) fn kept(job: &Job, reader: &Reader, stop: Stop<'_>) -> Option<Session> {
    if job.wanted.len() < LEAST {
        return None;
    }
    let bytes = reader.lists(&job.model).ok().flatten()?;
    let faces = job.faces(reader, &stored_faces(&bytes)?, stop).ok()??;
    Session::restored(&bytes, &faces)
}

impl Engine<'_> {
    /// Writes one more piece, when there is nothing else to do.
    pub(super) fn keep_lists(&mut self) {
        let Some(keeping) = &mut self.grouping.keeping else { return };
        let done = self.store.save_lists(&keeping.bytes, keeping.piece, &keeping.model);
        keeping.piece += 1;
        if !matches!(done, Ok(false)) {
            self.grouping.keeping = None;
        }
        if let Err(error) = done {
            tracing::warn!("neighbour lists are not kept: {error}");
        }
    }

    /// Writes the rest, unless it is much: the lists can be made again.
    pub(super) fn keep_lists_at_the_end(&mut self) {
        if self.grouping.keeping.as_ref().is_some_and(|keeping| keeping.bytes.len() > AT_THE_END) {
            return;
        }
        while self.grouping.keeping.is_some() {
            self.keep_lists();
        }
    }
}
