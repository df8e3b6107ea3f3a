//! Which files there are, and which of them are new. Reads names, sizes and times, never contents.

mod compare;
mod walk;
mod watch;

pub use compare::{Folders, Plan, compare};
pub use walk::{Entry, Walk, again, walk};
pub use watch::{Times, UNSURE, changed};
