//! Every sentence of the engine: notices, reasons, questions, answers. Arguments are plain data; plural forms and the order
//! of a sentence's parts are decided in here. Another language is another set of these files: `tests/tidy.rs` finds words
//! anywhere else.

pub(super) mod asking;
pub(super) mod edits;
pub(super) mod exporting;
pub(super) mod forgetting;
pub(super) mod opening;
pub(super) mod overruled;
pub(super) mod refused;
pub(super) mod scanning;
pub(super) mod trouble;

use crate::domain::count;

/// A person without a name, within a sentence.
pub(super) const SOMEBODY: &str = "an unnamed person";

/// `1 face`, `1,204 faces`.
pub(super) fn faces(number: usize) -> String {
    count(number, "face", "faces")
}

/// `1 photo`, `1,204 photos`.
pub(super) fn photos(number: usize) -> String {
    count(number, "photo", "photos")
}
