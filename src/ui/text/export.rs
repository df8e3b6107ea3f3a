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
pub const NO_FOLDER: &str = "Choose or type a folder first";
pub const NOBODY: &str = "Tick somebody first";

/// Until it is known what would be written, nothing can be exported.
pub const LOOKING: &str = "Looking at what would be written…";

/// Why nothing can be exported now.
pub const WRITING: &str = "Albums are being written already. Wait for them or cancel";

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

/// Under [`missing`], a sentence each: of many the first few, and how many more.
pub fn missing_about(problems: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<&str> = problems.iter().take(SHOWN).map(String::as_str).collect();
    let more = problems.len() - shown.len();
    let words = shown.join("\n");
    if more == 0 { words } else { format!("{words}\nand {} more", thousands(more)) }
}

pub fn missing(photos: usize) -> String {
    count(photos, "photo cannot be found", "photos cannot be found")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_photos_that_are_missing_some_are_named() {
        let problems = |number: usize| (1..=number).map(|number| number.to_string()).collect::<Vec<_>>();
        assert_eq!(missing_about(&problems(2)), "1\n2");
        let words = missing_about(&problems(5000));
        assert_eq!((words.lines().count(), words.lines().next_back()), (13, Some("and 4,988 more")));
        assert_eq!(missing_about(&problems(12)).lines().next_back(), Some("12"));
    }
}
