//! Giving up work that nobody waits for any more, and saying how far it has come.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// When to give up: long work looks at it between blocks, some milliseconds apart, and then returns nothing. It also tells
/// whoever listens how many of its blocks are done.
///
/// A flag that was set must stay set until the work has returned.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stop<'a> {
    flag: Option<&'a AtomicBool>,
    progress: Option<&'a Progress>,
}

/// How far long work has come: written by the work, read by anybody at any time. For one grouping; another has its own.
#[derive(Debug, Default)]
pub struct Progress {
    comparing: Counter,
    merging: Counter,
}

#[derive(Debug, Default)]
struct Counter {
    done: AtomicUsize,
    all: AtomicUsize,
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// Blocks of faces that are compared with others.
    Comparing,
    /// Rungs on which groups merge.
    Merging,
}

impl Counter {
    fn percent(&self) -> Option<u8> {
        let (done, all) = (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed));
        (done.min(all) * 100).checked_div(all).map(|percent| percent as u8)
    }
}

impl Progress {
    /// How much of comparing faces is done, in whole percent; `None` before it begins, or when there is nothing to compare.
    #[must_use]
    pub fn comparing(&self) -> Option<u8> {
        self.comparing.percent()
    }

    /// How much of merging groups is done, in whole percent; `None` before it begins, and for methods that cannot say.
    #[must_use]
    pub fn merging(&self) -> Option<u8> {
        self.merging.percent()
    }

    fn counter(&self, work: Work) -> &Counter {
        match work {
            Work::Comparing => &self.comparing,
            Work::Merging => &self.merging,
        }
    }
}

impl<'a> Stop<'a> {
    /// Once this is true.
    #[must_use]
    pub const fn when(flag: &'a AtomicBool) -> Self {
        Self { flag: Some(flag), progress: None }
    }

    /// Work to the end.
    #[must_use]
    pub const fn never() -> Self {
        Self { flag: None, progress: None }
    }

    /// The same, and the work says here how far it is.
    #[must_use]
    pub const fn telling(self, progress: &'a Progress) -> Self {
        Self { flag: self.flag, progress: Some(progress) }
    }

    /// Whether the work is to be given up.
    #[must_use]
    pub fn is_set(self) -> bool {
        self.flag.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// What was made, unless it was given up half-way.
    pub(super) fn unless<T>(self, made: T) -> Option<T> {
        (!self.is_set()).then_some(made)
    }

    /// So many steps are ahead.
    pub(super) fn expect(self, work: Work, steps: usize) {
        if let Some(progress) = self.progress {
            progress.counter(work).all.fetch_add(steps, Ordering::Relaxed);
        }
    }

    /// One of them is done.
    pub(super) fn step(self, work: Work) {
        if let Some(progress) = self.progress {
            progress.counter(work).done.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::faces;
    use super::super::*;
    use super::*;

    /// Told from blocks and rungs, it ends at the whole, and what is found is the same.
    #[test]
    fn work_tells_how_far_it_is() {
        let values = faces(130, 8, 1.2);
        let embeddings = Embeddings::new(32, &values).unwrap();
        let progress = Progress::default();
        let stop = Stop::never().telling(&progress);
        assert_eq!((progress.comparing(), progress.merging()), (None, None), "nothing is known yet");
        let lists = Lists::with_length_until(&embeddings, 9, stop).unwrap();
        assert_eq!(lists, Lists::with_length(&embeddings, 9));
        assert_eq!((progress.comparing(), progress.merging()), (Some(100), None));
        let (known, none) = (Faces::new(embeddings, &lists), Constraints::default());
        let settings = Settings::default();
        let tree = Hierarchy::new_until(&known, &none, &settings, stop).unwrap();
        assert_eq!(tree, Hierarchy::new(&known, &none, &settings));
        assert_eq!(progress.merging(), Some(100));
        // Some faces that come are compared with all.
        let progress = Progress::default();
        let was: Vec<Option<u32>> = (0..embeddings.len() as u32).map(|face| (face > 3).then_some(face)).collect();
        let updated = lists.updated_until(&embeddings, &was, 9, Stop::never().telling(&progress));
        assert_eq!((updated, progress.comparing()), (Some(lists), Some(100)));
        // Given up, it stays where it was.
        let (progress, stopped) = (Progress::default(), AtomicBool::new(true));
        assert_eq!(Lists::with_length_until(&embeddings, 9, Stop::when(&stopped).telling(&progress)), None);
        assert!(progress.comparing().is_some_and(|percent| percent < 100), "{progress:?}");
    }

    #[test]
    fn a_share_is_between_nothing_and_the_whole() {
        let counter = |done, all| Counter { done: AtomicUsize::new(done), all: AtomicUsize::new(all) };
        let percents = [(0, 0), (0, 3), (2, 3), (3, 3), (4, 3)].map(|(done, all)| counter(done, all).percent());
        assert_eq!(percents, [None, Some(0), Some(66), Some(100), Some(100)]);
    }
}
