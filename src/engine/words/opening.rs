//! Libraries that are opened.

use std::path::Path;

use crate::domain::count;

/// No other library is opened while photos are read.
pub const SCAN_FIRST: &str = "A scan is running. Cancel it before another library is opened";
/// The library that was chosen is the one on the screen.
pub const OPEN_ALREADY: &str = "This library is open already";

/// A damaged library was made new from its edits. `kept`: the damaged file.
pub fn recovered(saved: usize, lost: usize, kept: &Path) -> String {
    let edits = |number: usize| count(number, "edit", "edits");
    let lost = if lost == 0 { String::new() } else { format!(", {} could not be read", edits(lost)) };
    let were = if saved == 1 { "was" } else { "were" };
    format!(
        "The library was damaged. {} {were} saved{lost}; scan your folders again. The damaged file is kept: {}",
        edits(saved),
        kept.display()
    )
}

/// Why nothing can be changed.
pub fn read_only(in_use: bool) -> String {
    let why = if in_use {
        "another Albumen has it. Close that one and open the library again"
    } else {
        "its file or folder may not be written. Check who may, and open it again"
    };
    format!("This library is open to look at only: {why} to change anything")
}
