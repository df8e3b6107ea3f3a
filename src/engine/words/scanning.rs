//! Scans, and photos that are read once more.

use std::path::{Path, PathBuf};

use crate::domain::count;

/// All folders are to be looked through, and there are none.
pub const NO_FOLDERS: &str = "The library has no folders yet. Choose one";
/// Files that could not be read are to be tried again, and there are none.
pub const NOTHING_LEFT: &str = "Nothing is left to try again";
/// A scan was cancelled.
pub const STOPPED: &str = "Stopped. What was found is kept; scan again to go on";
/// A scan ended since the library could not be written.
pub const STOPPED_BY_THE_DISK: &str = "Stopped. What was found before is kept; make room and scan again to go on";
/// A drawn face of a photo whose files are gone.
pub const NO_FILE: &str = "no file holds this photo any more";

/// A folder that cannot be looked through.
pub fn unreachable(folder: &Path) -> String {
    format!("This folder is not there or cannot be opened. Check its name or its disk: {}", folder.display())
}

/// An empty folder in which there were photos.
pub fn vanished(folder: &Path) -> String {
    format!(
        "Nothing is left in this folder; is its disk connected? Its photos are kept. If you emptied it, forget it: {}",
        folder.display()
    )
}

/// Folders that were chosen hold no photo.
pub fn no_photos(folders: &[PathBuf]) -> String {
    let these = if folders.len() == 1 { "this folder" } else { "these folders" };
    let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    format!("There are no photos in {these}. Choose another one: {}", folders.join(", "))
}

/// A scan came to its end, and so many files could not be read.
pub fn done_but_for(unread: usize) -> String {
    format!("Done. {} could not be read; see Problems", count(unread, "file", "files"))
}

/// The photo of a face that was drawn by hand could not be read.
pub fn drawn_not_read(problem: &str) -> String {
    format!("The drawn face is kept, but its photo could not be read: {problem}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_folders_is_spoken_as_of_several() {
        let folders = ["a", "b"].map(PathBuf::from);
        assert_eq!(no_photos(&folders[..1]), "There are no photos in this folder. Choose another one: a");
        assert_eq!(no_photos(&folders), "There are no photos in these folders. Choose another one: a, b");
    }
}
