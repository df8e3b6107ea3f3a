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
    let there = match there_already {
        0 => String::new(),
        1 => ", 1 was there already".to_owned(),
        number => format!(", {} were there already", thousands(number)),
    };
    let stopped = if stopped { "Stopped: " } else { "" };
    format!("{stopped}{} written{there}: {}", photos(number), to.display())
}

/// Photos that an export could not write. `first`: what was wrong with the first of them.
pub fn not_written(number: usize, first: &str) -> String {
    match number {
        1 => format!("1 photo could not be written: {first}"),
        number => format!("{} could not be written. The first: {first}", photos(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_photo_is_spoken_as_of_one() {
        let to = Path::new("albums");
        assert_eq!(written(1, 0, false, to), "1 photo written: albums");
        assert_eq!(written(1200, 1, true, to), "Stopped: 1,200 photos written, 1 was there already: albums");
        assert_eq!(written(0, 1200, false, to), "0 photos written, 1,200 were there already: albums");
        assert_eq!(not_written(1, "the disk is full"), "1 photo could not be written: the disk is full");
        assert_eq!(not_written(2, "gone"), "2 photos could not be written. The first: gone");
    }
}
