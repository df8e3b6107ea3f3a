//! Words of a photo and its boxes.

use super::thousands;
use crate::domain::Taken;

pub const READING: &str = "Reading the photo";
pub const UNREADABLE: &str = "The photo cannot be read any more. Was it moved or deleted?";

// The line above the photo.
pub const NEXT: &str = "Next";
pub const PREVIOUS: &str = "Previous";
/// Why *Next* or *Previous* leads nowhere.
pub const NO_OTHER: &str = "There is no other photo that way";
pub const MORE_ABOUT: &str = "Open outside, show in folder";

// While a missing face is marked.
pub const MARK_HINT: &str = "Draw a box around the face. Escape ends it";

// While a box is drawn anew.
pub const FIX_BOX: &str =
    "Pull the edges to where the face is. Arrows move the box, with Shift its corner; Enter keeps it";
pub const KEEP_BOX: &str = "Keep the box";
pub const LEAVE_BOX: &str = "Leave it as it was";
pub const LEFT_EDGE: &str = "Left edge of the box";
pub const RIGHT_EDGE: &str = "Right edge of the box";
pub const UPPER_EDGE: &str = "Upper edge of the box";
pub const LOWER_EDGE: &str = "Lower edge of the box";
pub const UPPER_LEFT_CORNER: &str = "Upper left corner of the box";
pub const LOWER_RIGHT_CORNER: &str = "Lower right corner of the box";
pub const UPPER_RIGHT_CORNER: &str = "Upper right corner of the box";
pub const LOWER_LEFT_CORNER: &str = "Lower left corner of the box";

/// What a photo is called for screen readers.
pub fn called(file: &str) -> String {
    format!("Photo {file}")
}

/// What the box of a face is called for them: by the name, or the question for one.
pub fn face_of(who: &str) -> String {
    format!("Face of {who}")
}

/// On the tooltip of a photo: its file, and when it was taken.
pub fn about(file: &str, taken: Option<Taken>) -> String {
    match taken {
        Some(taken) => format!("{file} · {taken}"),
        None => file.to_owned(),
    }
}

/// The same with its size in pixels, above the photo.
pub fn about_size(file: &str, taken: Option<Taken>, width: u32, height: u32) -> String {
    let size = format!("{} × {}", thousands(width as usize), thousands(height as usize));
    format!("{} · {size}", about(file, taken))
}
