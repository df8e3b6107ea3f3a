//! Albums: what an export wrote, and why there is none.

use std::path::Path;

use super::photos;
use crate::domain::thousands;

/// An export was asked for while another goes on.
pub const WRITING_ALREADY: &str = "Albums are being written already. Wait for them or cancel";
/// No card that was chosen has a name.
pub const NOBODY: &str = "nobody has a name yet; name a group first, albums are made of named people";

/// The folder for the albums lies among the photos.
pub fn among_photos(folder: &Path) -> String {
    format!("albums are not written into a folder of photos; choose another folder: {}", folder.display())
}

/// The folder for the albums cannot be written. `reason`: the system's words.
pub fn unwritable(reason: &str, folder: &Path) -> String {
    format!("the folder cannot be written ({reason}); choose another: {}", folder.display())
}

/// A photo that would be written has no file any more.
pub fn lost(photo: &Path) -> String {
    format!("This photo cannot be found: {}", photo.display())
}

/// An export has ended, or was stopped.
pub fn written(number: usize, there_already: usize, stopped: bool, to: &Path) -> String {
    let there =
        if there_already > 0 { format!(", {} were there already", thousands(there_already)) } else { String::new() };
    let stopped = if stopped { "Stopped: " } else { "" };
    format!("{stopped}{} written{there}: {}", photos(number), to.display())
}

/// Photos that an export could not write. `first`: what was wrong with the first of them.
pub fn not_written(number: usize, first: &str) -> String {
    format!("{} could not be written. The first: {first}", photos(number))
}
