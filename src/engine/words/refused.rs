//! Why an edit cannot be done.

/// A group that was spoken of is another now.
pub const GROUP_GONE: &str = "That group has just changed. Look again and repeat it";
/// The person was merged into another meanwhile, or undone.
pub const PERSON_GONE: &str = "That person has just gone. Look again and repeat it";
/// The face was forgotten or undone meanwhile.
pub const FACE_GONE: &str = "That face has just gone. Look again and repeat it";
/// The photo's files are gone.
pub const PHOTO_GONE: &str = "That photo has just gone. Scan its folder again";
/// A name of nothing but spaces.
pub const NO_NAME: &str = "A name needs at least one letter";
/// A year of birth that nobody alive or photographed has.
pub const NO_YEAR: &str = "That is no year of birth. Give all four digits";
/// A box that was drawn by a slip of the hand.
pub const BOX_TOO_SMALL: &str = "That box is too small for a face. Draw it around the whole face";
/// A box that was drawn anew is where another one is.
pub const BOX_TAKEN: &str = "Another face is marked exactly there. Set one of the two aside";
