//! From a file to its faces, many files side by side, results in order. Knows nothing of libraries.

mod control;
mod ordered;
mod reading;

pub use control::Control;
pub use ordered::ordered;
pub use reading::{
    Done, FoundFace, Fresh, Look, Reading, Seconds, batches, process, read_bytes, read_face, read_photos,
};

/// One worker a processor core.
#[must_use]
pub fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
