//! The map of all faces: asked for by the screen that shows it, drawn on a thread of its own from what grouping knows of
//! neighbours. Only copying that out needs the session; grouping goes on while the map is drawn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::run::{Engine, Event, Pace};
use super::threads::{Task, spawn};
use crate::cluster::{Outline, Session, Stop};
use crate::domain::{FaceId, FaceMap, MapState, MapWork, NoticeLevel};
use crate::store::StoreError;

/// The map, as the engine's thread sees it.
#[derive(Default)]
pub(super) struct Mapping {
    /// Results of another generation are dropped.
    generation: u64,
    /// It was asked for and is not begun yet.
    pub(super) wanted: bool,
    /// Ends the thread that draws.
    stop: Arc<AtomicBool>,
    last: Pace,
}

/// What the map is drawn from, and the session it came from.
pub(super) struct Outlined {
    grouping: u64,
    mapping: u64,
    session: Session,
    /// Lists are other than those in the library.
    unsaved: bool,
    result: Result<Outline, StoreError>,
}

impl Mapping {
    /// Nothing that is under way counts any more.
    pub(super) fn forget(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        *self = Self { generation: self.generation + 1, ..Self::default() };
    }

    /// What the map of this generation was to be drawn from is of no use: it is taken out anew, if it is waited for.
    fn again(&mut self, generation: u64) {
        self.wanted |= generation == self.generation;
    }
}

impl Engine<'_> {
    /// The map is wanted, with the faces that are there now.
    pub(super) fn want_map(&mut self) {
        if !matches!(self.state.map.work, MapWork::Drawing(_)) {
            self.mapping.wanted = true;
            self.state.map.work = MapWork::Drawing(0.0);
        }
    }

    /// The user does not want to wait for it.
    pub(super) fn stop_map(&mut self) {
        if matches!(self.state.map.work, MapWork::Drawing(_)) {
            self.mapping.forget();
            self.state.map.work = MapWork::Stopped;
        }
    }

    /// Takes out of the session what a map needs, once the session is at home; reads the embeddings first when there is
    /// none. While a scan brings faces, maps are not drawn all the time.
    pub(super) fn map_if_due(&mut self) {
        let now_and_then = |(at, took): (Instant, Duration)| at.elapsed() > Duration::from_secs(2) + took * 3;
        let due = self.scan.is_none() || self.mapping.last.is_none_or(now_and_then);
        if !self.mapping.wanted || self.grouping.running || !due {
            return;
        }
        self.mapping.wanted = false;
        self.grouping.running = true;
        self.changed = true;
        self.grouping.outlining = true;
        let mut job = self.job();
        let (grouping, mapping) = (self.grouping.generation, self.mapping.generation);
        let (stop, progress) = (Arc::clone(&self.mapping.stop), Arc::clone(&self.grouping.told));
        let events = self.events.clone();
        spawn("outline", &self.events, Task::Outline(grouping), move || {
            // Not when grouping is to be given up: a word of the user changes nothing of who is near whom.
            let stop = Stop::when(&stop).telling(&progress);
            let read = if job.session.is_empty() { job.read(stop) } else { Ok(true) };
            // Stopped, it is dropped with the map that it was for.
            let result = read.map(|_| job.session.outline());
            let unsaved = job.unsaved;
            let outlined = Outlined { grouping, mapping, session: job.session, unsaved, result };
            drop(events.send(Event::Outlined(Box::new(outlined))));
        });
    }

    pub(super) fn outlined(&mut self, outlined: Outlined) {
        if outlined.grouping != self.grouping.generation {
            // Another model came between; the same map is still waited for.
            return self.mapping.again(outlined.mapping);
        }
        self.grouping.end();
        self.grouping.unsaved = outlined.unsaved;
        self.keep(outlined.session);
        if outlined.mapping != self.mapping.generation {
            return;
        }
        match outlined.result {
            Ok(outline) => self.draw_map(outline),
            Err(error) => {
                self.state.map.work = MapWork::Stopped;
                self.say(NoticeLevel::Error, error.to_string());
            }
        }
    }

    fn draw_map(&mut self, outline: Outline) {
        let before = self.state.map.map.clone();
        let (generation, stop, events) = (self.mapping.generation, Arc::clone(&self.mapping.stop), self.events.clone());
        spawn("map", &self.events, Task::Map(generation), move || {
            let start = Instant::now();
            let mut said = 0.0;
            let map = outline.draw(before.as_deref(), &mut |share| {
                // Some reports in all: each makes a snapshot.
                if share - said >= 0.04 {
                    said = share;
                    drop(events.send(Event::Mapping(generation, share)));
                }
                !stop.load(Ordering::Relaxed)
            });
            drop(events.send(Event::Mapped(generation, map, start.elapsed())));
        });
    }

    /// The thread that draws has ended without a map; one that was there before stays.
    pub(super) fn not_drawn(&mut self, generation: u64) {
        if generation == self.mapping.generation {
            self.stop_map();
        }
    }

    /// So much of the map is drawn.
    pub(super) fn mapping(&mut self, generation: u64, share: f32) {
        if generation == self.mapping.generation {
            self.state.map.work = MapWork::Drawing(share);
        }
    }

    pub(super) fn mapped(&mut self, generation: u64, map: Option<FaceMap>, took: Duration) {
        if generation != self.mapping.generation {
            return;
        }
        self.mapping.last = Some((Instant::now(), took));
        let empty = map.as_ref().is_none_or(FaceMap::is_empty);
        // Faces without embeddings, or none: asking at once again would give the same.
        let work = if empty { MapWork::Stopped } else { MapWork::Idle };
        self.state.map = MapState { map: map.map(Arc::new), missing: 0, work };
        note_faces(&mut self.state.map, self.grouping.session.ids());
    }
}

/// Counts the faces that came since the map was drawn; `faces` ascending.
pub(super) fn note_faces(state: &mut MapState, faces: &[FaceId]) {
    let Some(map) = &state.map else { return };
    // One walk along the two.
    let mut there = map.faces().peekable();
    let missing = |face: &&FaceId| {
        while there.next_if(|other| other < *face).is_some() {}
        there.next_if_eq(*face).is_none()
    };
    state.missing = faces.iter().filter(missing).count();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_begun_again_when_what_it_is_drawn_from_has_gone() {
        let mut mapping = Mapping::default();
        mapping.again(0);
        assert!(mapping.wanted, "whoever waits for it would wait for ever");
        mapping.forget();
        mapping.again(0);
        assert!(!mapping.wanted, "nobody waits for one that was stopped");
    }
}
