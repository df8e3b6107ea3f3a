//! What is forgotten for good.

use std::path::{Path, PathBuf};

use super::{faces, photos};
use crate::domain::count;

/// Nothing is forgotten while photos are read.
pub const SCAN_FIRST: &str = "A scan is running. Cancel it before anything is forgotten";
/// The person was forgotten or merged meanwhile.
pub const NOBODY: &str = "That person is not in the library any more";

/// A folder that no scan ever looked through.
pub fn no_such_folder(folder: &Path) -> String {
    format!("This folder is not in the library: {}", folder.display())
}

/// `1,204 faces of 3 photos`; without photos where those stay.
fn what(of_faces: usize, of_photos: usize) -> String {
    match of_photos {
        0 => faces(of_faces),
        number => format!("{} of {}", faces(of_faces), photos(number)),
    }
}

/// Forgotten, but `error` kept the file from being wiped. `name`: of the person or the folder.
pub fn not_wiped(name: &str, of_faces: usize, of_photos: usize, error: &str) -> String {
    let text = "but not every byte is wiped yet, which is tried again when the library is opened";
    format!("Forgotten: {name} ({}), {text}: {error}", what(of_faces, of_photos))
}

/// Forgotten. Names the damaged files that were kept, since what is forgotten is in them still.
pub fn for_good(name: &str, of_faces: usize, of_photos: usize, copies: &[PathBuf]) -> String {
    format!("Forgotten for good: {name} ({}){}", what(of_faces, of_photos), kept(copies))
}

fn kept(copies: &[PathBuf]) -> String {
    let paths: Vec<String> = copies.iter().map(|path| path.display().to_string()).collect();
    match paths.as_slice() {
        [] => String::new(),
        [path] => {
            format!(
                ". A damaged copy of the library is kept and may hold it still. Delete it if you do not need it: {path}"
            )
        }
        paths => format!(
            ". {} of the library are kept and may hold it still. Delete them if you do not need them: {}",
            count(paths.len(), "damaged copy", "damaged copies"),
            paths.join(", ")
        ),
    }
}
