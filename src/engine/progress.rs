//! How far the making of groups is: told by the thread that makes them, looked at by the engine's some times a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::grouping::Grouping;
use crate::domain::GroupingProgress;

/// Between two looks at how far grouping is: each that shows more makes a snapshot.
pub(super) const REST: Duration = Duration::from_millis(300);

/// How far grouping was when that was last shown, and when that was.
#[derive(Default)]
pub(super) struct Shown {
    progress: Option<GroupingProgress>,
    at: Option<Instant>,
}

impl Grouping {
    /// The thread that had the session has ended.
    pub(super) fn end(&mut self) {
        (self.running, self.outlining) = (false, false);
        (self.answering, self.anew) = (false, false);
        self.told = Arc::default();
    }

    /// Groups are being made, or a thread has the session for something else that takes its time.
    pub(super) fn is_making(&self) -> bool {
        self.running && (!self.answering || self.anew)
    }

    /// How far the grouping is that is under way.
    pub(super) fn progress(&self) -> Option<GroupingProgress> {
        if !self.is_making() {
            return None;
        }
        let comparing = || self.told.comparing().map(GroupingProgress::Comparing);
        self.told.merging().map(GroupingProgress::Merging).or_else(comparing)
    }

    /// Whether it is time to show that it is farther than it was.
    pub(super) fn has_moved(&mut self) -> bool {
        let progress = self.progress();
        let lately = self.shown.at.is_some_and(|at| at.elapsed() < REST);
        if lately || progress == self.shown.progress {
            return false;
        }
        self.shown = Shown { progress, at: Some(Instant::now()) };
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::cluster::{Embeddings, Lists, Stop};

    #[test]
    fn what_the_thread_tells_is_shown_once_and_ends_with_it() {
        let mut grouping = Grouping::default();
        assert_eq!((grouping.progress(), grouping.has_moved()), (None, false));
        let (stop, progress) = grouping.begin();
        assert_eq!((grouping.is_making(), grouping.progress()), (true, None));
        let values: Vec<f32> = (0..20).flat_map(|face| [1.0, 0.1 * face as f32]).collect();
        let embeddings = Embeddings::new(2, &values).unwrap();
        let lists =
            |stop: &AtomicBool| Lists::with_length_until(&embeddings, 3, Stop::when(stop).telling(&progress)).is_some();
        assert!(lists(&stop));
        assert_eq!(grouping.progress(), Some(GroupingProgress::Comparing(100)));
        assert_eq!((grouping.has_moved(), grouping.has_moved()), (true, false));
        // From groups that are made, an answer is a moment.
        grouping.answering = true;
        assert_eq!((grouping.is_making(), grouping.progress()), (false, None));
        // Unless groups are made for it.
        grouping.anew = true;
        assert_eq!((grouping.is_making(), grouping.progress()), (true, Some(GroupingProgress::Comparing(100))));
        grouping.end();
        grouping.begin();
        assert_eq!((grouping.is_making(), grouping.progress()), (true, None), "another begins at nothing");
    }
}
