//! Giving up work that nobody waits for any more.

use std::sync::atomic::{AtomicBool, Ordering};

/// When to give up: long work looks at it between blocks, some milliseconds apart, and then returns nothing.
///
/// A flag that was set must stay set until the work has returned.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stop<'a>(Option<&'a AtomicBool>);

impl<'a> Stop<'a> {
    /// Once this is true.
    #[must_use]
    pub const fn when(flag: &'a AtomicBool) -> Self {
        Self(Some(flag))
    }

    /// Work to the end.
    #[must_use]
    pub const fn never() -> Self {
        Self(None)
    }

    pub(super) fn is_set(self) -> bool {
        self.0.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// What was made, unless it was given up half-way.
    pub(super) fn unless<T>(self, made: T) -> Option<T> {
        (!self.is_set()).then_some(made)
    }
}
