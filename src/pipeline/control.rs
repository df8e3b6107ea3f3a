//! Pause and cancel.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Copy, Default)]
struct Wish {
    paused: bool,
    cancelled: bool,
}

/// Shared between who asks and who works. Workers look at it between photos.
#[derive(Default)]
pub struct Control {
    wish: Mutex<Wish>,
    changed: Condvar,
}

impl Control {
    fn wish(&self) -> MutexGuard<'_, Wish> {
        self.wish.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a pause, or ends it.
    pub fn pause(&self, paused: bool) {
        self.wish().paused = paused;
        self.changed.notify_all();
    }

    /// Asks for the end; also ends a pause.
    pub fn cancel(&self) {
        self.wish().cancelled = true;
        self.changed.notify_all();
    }

    /// Whether the end was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.wish().cancelled
    }

    /// Whether a pause was asked for.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.wish().paused
    }

    /// Waits while paused; `false` when the work should end.
    pub fn go_on(&self) -> bool {
        let mut wish = self.wish();
        while wish.paused && !wish.cancelled {
            wish = self.changed.wait(wish).unwrap_or_else(PoisonError::into_inner);
        }
        !wish.cancelled
    }
}
