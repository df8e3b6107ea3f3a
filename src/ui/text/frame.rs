//! Words of the frame around every screen, start, search, palette, problems, history, closing.

use std::path::Path;

use super::{ALBUMEN, count, thousands};
use crate::domain::{Counts, Taken};

// The top bar.
pub const SEARCH_HINT: &str = "Find people, photos, actions";
pub const MORE_ABOUT: &str = "History, settings, shortcuts";

// What stands over a screen for some seconds.
pub const COPY: &str = "Copy";
pub const COPY_ABOUT: &str = "Copy this message, to look it up or to send it to somebody";
pub const SHOW_PROBLEMS: &str = "Show them";
pub const UNHEARD: &str = "The library does not answer. Close the window and open it again";

// The first line of a screen.
pub const SELECT_NOTHING: &str = "Select nothing";
pub const SELECT_NOTHING_ABOUT: &str = "Select nothing (Escape)";
pub const MORE_ACTIONS: &str = "More actions";

// The bar of work in progress.
pub const PAUSE: &str = "Pause";
pub const GO_ON: &str = "Go on";

// Closing the window.
pub const STILL_READING: &str = "Photos are still being read";
pub const READ_NEXT_TIME: &str = "What was found so far is kept. “Look again” reads the rest next time";
pub const STILL_WRITING: &str = "Albums are still being written";
pub const WRITTEN_IS_WHOLE: &str =
    "Every file written so far is whole and stays; exporting there again writes only the rest";
pub const KEEP_OPEN: &str = "Keep open";

// The start.
pub const DROP_HERE: &str = "Drop a folder of photos here";
pub const PRIVACY: &str = "Your photos stay on this computer and are never changed";
/// What the field for a path is called.
pub const PATH: &str = "Path of a folder";
pub const PATH_HINT: &str = "or type its path, for example /home/ann/Pictures";
pub const PATH_FIRST: &str = "Type a path first";
pub const LOOK: &str = "Look for faces";
pub const TRY_SAMPLE: &str = "Try the sample";
pub const OTHER_LIBRARIES: &str = "Other libraries";

// The system's dialogs.
pub const CHOOSE_PHOTOS: &str = "Choose a folder of photos";
pub const CHOOSE_FOR_ALBUMS: &str = "Choose a folder for the albums";
pub const NO_FOLDER_DIALOG: &str = "This desktop has no folder dialog. Type the path instead";

// The lists to choose from.
pub const MERGE_INTO: &str = "Merge into";
pub const MERGE_HINT: &str = "Who is it?";
pub const NOTHING_CALLED_SO: &str = "Nothing has that name";

// Searching photos.
pub const SEARCH_EXAMPLES: &str = "Ann + Bo, only Ann, 2019-07, Holidays, not named";
pub const SEARCH_FIRST: &str = "Find photos by who is in them, when they were taken, or where they lie";
pub const NO_RESULTS: &str = "No photo fits. Search by a name, two names, a year, a folder, or “not named”";
/// Typed before everything else: nobody else is in the photo.
pub const TYPED_ONLY: &str = "only";
/// Typed between two names, in place of a plus.
pub const TYPED_AND: &str = " and ";
/// Typed for somebody without a name.
pub const TYPED_UNNAMED: [&str; 3] = ["not named", "unnamed", "no name"];
/// Typed for photos without anybody.
pub const TYPED_NOBODY: [&str; 2] = ["nobody", "no faces"];
pub const SOMEBODY_UNNAMED: &str = "somebody without a name";
pub const NOBODY_IN_IT: &str = "nobody in it";

// History.
pub const NO_HISTORY: &str = "Nothing was changed yet. Every edit will stand here, and can be taken back";
pub const HISTORY_ABOUT: &str =
    "Click a line to go back to it. What came after it can be done again until you change something else";
/// The state before every edit.
pub const BEGINNING: &str = "The beginning";
/// Beside an edit that was taken back.
pub const UNDONE: &str = "undone";

/// In the task bar while photos are read.
pub fn title_reading(percent: usize) -> String {
    format!("{percent} % · {ALBUMEN}")
}

/// In the task bar when nothing is going on.
pub fn title_people(people: usize) -> String {
    format!("{ALBUMEN} · {}", count(people, "person", "people"))
}

/// What an action does, and its keys if it has any.
pub fn with_keys(about: &str, keys: &str) -> String {
    if keys.is_empty() { about.to_owned() } else { format!("{about} ({keys})") }
}

/// Which edit *Undo* or *Redo* is about.
pub fn about_edit(action: &str, edit: &str, keys: &str) -> String {
    format!("{action}: {edit} ({keys})")
}

/// What the networks run on.
pub fn runs_on(device: &str) -> String {
    format!("Runs on {device}")
}

/// On a place of the side bar that is an icon only: its name, how many there are, and what it is.
pub fn place_about(name: &str, number: usize, about: &str) -> String {
    let number = if number > 0 { format!(" · {}", thousands(number)) } else { String::new() };
    format!("{name}{number}\n{about}")
}

/// `3 faces selected`.
pub fn selected(what: &str) -> String {
    format!("{what} selected")
}

/// What a face is called for screen readers.
pub fn face(number: u32, who: Option<&str>, file: Option<&str>) -> String {
    format!("Face {number} of {} in {}", who.unwrap_or("somebody"), file.unwrap_or(A_PHOTO))
}

/// On a face: who, where, when.
pub fn face_about(who: Option<&str>, file: Option<&str>, taken: Option<Taken>) -> String {
    let taken = taken.map(|taken| format!(" · {taken}")).unwrap_or_default();
    format!("{}\n{}{taken}", who.unwrap_or(super::NOT_NAMED), file.unwrap_or(A_PHOTO))
}

/// Where the name of the file is not known.
const A_PHOTO: &str = "a photo";

/// A line of the palette.
pub fn photos_of(search: &str) -> String {
    format!("Photos of “{search}”")
}

/// What a search was understood as.
pub fn understood(parts: &[String], only: bool) -> String {
    let only = if only && !parts.is_empty() { ", and nobody else" } else { "" };
    format!("{}{only}", parts.join(", "))
}

/// A part of a search: a year, a month, a day.
pub fn taken(date: &str) -> String {
    format!("taken {date}")
}

/// A part of a search: a piece of a path.
pub fn in_path(part: &str) -> String {
    format!("“{part}” in the path")
}

/// A part of a search that fits people of several names.
pub fn one_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} or {two}"),
        [one, rest @ ..] => format!("{one} or {} others", rest.len()),
    }
}

/// How many photos a search found, and what it was understood as.
pub fn found(photos: usize, understood: &str) -> String {
    format!("{} · {understood}", count(photos, "photo", "photos"))
}

/// What became of every file.
pub fn files(counts: &Counts) -> String {
    format!(
        "{} found: {} with faces, {} without, {} skipped, {} not readable",
        count(counts.found, "file", "files"),
        thousands(counts.with_faces),
        thousands(counts.without_faces),
        thousands(counts.skipped),
        thousands(counts.failed)
    )
}

/// A file that could not be read, and why.
pub fn problem(path: &str, why: &str) -> String {
    format!("{path}: {why}")
}

/// The same, with what a click does.
pub fn problem_about(path: &str, why: &str) -> String {
    format!("{path}\n{why}\nClick to show it in its folder")
}

/// Beside the title of the history.
pub fn edits(number: usize) -> String {
    count(number, "edit", "edits")
}

/// A folder dialog was answered after another library had been opened.
pub fn chosen_elsewhere(folder: &str, library: &str) -> String {
    format!(
        "{folder} was chosen while the library “{library}” was open, so nothing was done with it here. \
         Choose it again if it is meant for this library"
    )
}

/// In the terminal: the folder that was named is not there.
pub fn no_such_folder(folder: &Path) -> String {
    format!("there is no such folder; check the name: {}", folder.display())
}

/// In the terminal: there is no window.
pub fn no_window(why: &str) -> String {
    format!(
        "the window cannot be opened ({why}); it needs a desktop and a Vulkan or OpenGL driver. \
         Everything can be done without it: albumen --help"
    )
}
