//! Words of the export.

use super::{bytes, count, thousands};

pub const TITLE: &str = "Export albums";
pub const ABOUT: &str = "One folder per person. Your originals stay as they are";
/// The field, for screen readers and while it is empty.
pub const FOLDER: &str = "Folder for the albums";
/// The system's dialog for it.
pub const CHOOSE: &str = "Choose…";
pub const COPIES: &str = "Copies";
pub const HARD_LINKS: &str = "Hard links";
pub const SYMBOLIC_LINKS: &str = "Symbolic links";
pub const SIDECARS: &str = "XMP files with names and face regions, for other programs";
pub const EXPORT: &str = "Export";
/// Why nothing can be exported yet.
pub const NO_FOLDER: &str = "Say where to first";
pub const NOBODY: &str = "Tick somebody first";

/// Somebody to tick, and how many photos that is.
pub fn album(who: &str, photos: usize) -> String {
    format!("{who} · {}", count(photos, "photo", "photos"))
}

/// What is ticked, in all.
pub fn chosen(albums: usize, photos: usize) -> String {
    format!("{} · {}", count(albums, "album", "albums"), count(photos, "photo", "photos"))
}

/// What would be written, and how many files need not be.
pub fn plan(files: usize, size: u64, there: usize) -> String {
    let words = format!("{} ({}) will be written", count(files, "file", "files"), bytes(size));
    if there == 0 { words } else { format!("{words}, {} there already", thousands(there)) }
}

pub fn missing(photos: usize) -> String {
    count(photos, "photo cannot be found", "photos cannot be found")
}
