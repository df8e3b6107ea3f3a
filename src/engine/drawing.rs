//! Faces drawn by hand: a photo is read once more for the embedding and the thumbnail of a box.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::run::{Engine, Event};
use super::threads::{Task, spawn};
use super::words::scanning as words;
use crate::domain::{FaceKey, NoticeLevel, Problem, ProblemKind};
use crate::pipeline;
use crate::store::NewFace;

/// What is being looked at, and what could not be.
#[derive(Default)]
pub(super) struct Drawing {
    running: bool,
    /// The networks are being loaded for it.
    waiting: bool,
    /// Not tried again in this run.
    failed: BTreeSet<FaceKey>,
    /// Words of these many drawings were looked through; more or fewer now means a new look.
    looked_at: Option<(usize, u64)>,
    given_up: bool,
}

impl Drawing {
    pub(super) fn is_running(&self) -> bool {
        self.running || self.waiting
    }

    /// A look has ended without a result.
    pub(super) fn ended_without(&mut self, key: FaceKey) {
        self.running = false;
        self.failed.insert(key);
    }

    /// There are no networks.
    pub(super) fn give_up(&mut self) {
        self.given_up = true;
        self.waiting = false;
    }

    /// Nothing is to be looked at among these many drawings. What waited for the networks was undone: whether there was any.
    fn rest(&mut self, looked_at: Option<(usize, u64)>) -> bool {
        self.looked_at = looked_at;
        std::mem::take(&mut self.waiting)
    }

    /// There are networks after all.
    pub(super) fn go_on(&mut self) {
        self.given_up = false;
    }
}

impl Engine<'_> {
    /// Looks at the next drawn face that has no row, or whose row another model made.
    pub(super) fn draw_if_due(&mut self) {
        let drawn = self.state.history.library().drawn();
        let seen = (drawn.len(), self.scans);
        if drawn.is_empty() || self.drawing.looked_at == Some(seen) {
            // The next first drawing may be another one: this one was undone.
            self.changed |= self.drawing.rest((!drawn.is_empty()).then_some(seen));
            return;
        }
        if self.drawing.running || self.drawing.given_up || self.scan.is_some() || self.state.read_only.is_some() {
            return;
        }
        let due = drawn.keys().copied().find(|key| {
            !self.state.has_drawn(key)
                && !self.state.has_face(key)
                && !self.drawing.failed.contains(key)
                && self.state.photo_by_hash(key.photo).is_some()
        });
        let Some(key) = due else {
            self.changed |= self.drawing.rest(Some(seen));
            return;
        };
        let Some(finder) = self.finder.clone() else {
            self.changed |= !self.drawing.waiting;
            self.drawing.waiting = true;
            return self.load_finder();
        };
        self.drawing.waiting = false;
        let Some(photo) = self.state.photo_by_hash(key.photo).cloned() else { return };
        self.drawing.running = true;
        self.changed = true;
        let events = self.events.clone();
        spawn("drawing", &self.events, Task::Drawing(key), move || {
            let bounds = key.bounds(photo.width, photo.height);
            let result =
                first_that_works(&photo.paths, |path| pipeline::read_face(path, photo.hash, &bounds, finder.as_ref()));
            let result = result.map(|face| NewFace {
                detected: face.detected,
                embedding: face.embedding,
                thumbnail: face.thumbnail,
            });
            drop(events.send(Event::Drawn(key, Box::new(result))));
        });
    }

    pub(super) fn drawn(&mut self, key: FaceKey, result: Result<NewFace, Problem>) {
        self.drawing.running = false;
        let Some(finder) = self.finder.as_ref().map(Arc::clone) else { return };
        // Undone, forgotten, or of another library: nothing of it may be kept. Done again, it is looked at again.
        if !self.state.history.library().drawn().contains_key(&key) {
            return;
        }
        let problem = match result {
            Ok(face) => match self.store.write_drawn(key, &face, finder.model_id()) {
                Ok(written) => {
                    // No row: the photo's own faces are another model's. It is read again with its folder.
                    if written.faces.is_empty() {
                        self.drawing.failed.insert(key);
                    }
                    self.dirty |= !written.faces.is_empty();
                    return self.state.absorb(written);
                }
                Err(error) => error.to_string(),
            },
            Err(problem) => format!("{}: {}", problem.message, problem.path.display()),
        };
        self.drawing.failed.insert(key);
        self.say(NoticeLevel::Error, words::drawn_not_read(&problem));
    }
}

/// The first path of a content that can be read.
fn first_that_works<T>(paths: &[PathBuf], read: impl Fn(&PathBuf) -> Result<T, Problem>) -> Result<T, Problem> {
    let mut last = Problem { path: PathBuf::new(), kind: ProblemKind::Unreadable, message: words::NO_FILE.to_owned() };
    for path in paths {
        match read(path) {
            Ok(done) => return Ok(done),
            Err(problem) => last = problem,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_that_is_undone_while_the_networks_load_is_not_waited_for() {
        let mut drawing = Drawing { waiting: true, ..Drawing::default() };
        assert!(drawing.is_running());
        assert!(drawing.rest(None) && !drawing.is_running(), "it is to be shown");
        assert!(!drawing.rest(Some((1, 0))), "nothing new");
    }
}
