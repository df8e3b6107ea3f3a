//! Words of the inspector.

use super::{count, thousands};
use crate::domain::Taken;

pub const NOTHING_SELECTED: &str = "What you select is shown here: where it is from, how sure it is, what can be done";
pub const NOWHERE_TO_SELECT: &str = "Go to people, faces or photos first: nothing is selected here";
pub const TOO_NARROW: &str = "There is no room for it in so narrow a window";
/// Pictures of several faces or cards, for screen readers.
pub const SOME_SELECTED: &str = "Some of what is selected";

/// A face or a photo as wide as the panel, for screen readers.
pub fn large_picture(of: Option<&str>) -> String {
    format!("Large picture of {}", of.unwrap_or("somebody"))
}

// What is known, and the words before it.

pub const PHOTO: &str = "Photo";
pub const TAKEN: &str = "Taken";
pub const BY_THE_CAMERA: &str = "By the camera's clock";
pub const SIZE: &str = "Size";
pub const OF_THE_FACE: &str = "Of the face in the photo";
pub const SHARPNESS: &str = "Sharpness";
pub const BLURRED: &str = "Blurred";
pub const A_LITTLE_SOFT: &str = "A little soft";
pub const SHARP: &str = "Sharp";
pub const QUALITY: &str = "Quality";
pub const POOR: &str = "Poor";
pub const FAIR: &str = "Fair";
pub const GOOD: &str = "Good";
pub const ALIKE: &str = "Alike";
pub const ALIKE_ABOUT: &str = "How like the others of its group it is, on average";
pub const SET_ASIDE: &str = "Set aside";
pub const NOT_A_FACE: &str = "Not a face";
pub const IGNORED: &str = "Ignored";
pub const IGNORED_WITH_GROUP: &str = "Ignored with its group";
pub const SAID_BY: &str = "Said by";
pub const YOU: &str = "You";
pub const YOU_ABOUT: &str = "What you said yourself always holds";
pub const PROGRAM: &str = "The program";
pub const PROGRAM_ABOUT: &str = "It looks like the others of its group";
/// Before who is in a photo.
pub const WITH: &str = "With";
pub const NOBODY: &str = "Nobody";
pub const BORN: &str = "Born";

/// When a photo was taken, and how old somebody was; `age` is of [`super::age`].
pub fn taken(day: Taken, age: Option<&str>) -> String {
    match age {
        Some(age) => format!("{day}, {age}"),
        None => day.to_string(),
    }
}

/// The first and the last day of several photos.
pub fn days(first: Taken, last: Taken) -> String {
    format!("{first} to {last}")
}

pub fn pixels(width: usize, height: usize) -> String {
    format!("{} × {} pixels", thousands(width), thousands(height))
}

/// A measure between 0 and 1.
pub fn of_one(value: f32) -> String {
    format!("{value:.2} of 1")
}

/// Over the word for a face's quality.
pub fn quality_about(value: f32) -> String {
    format!("How well it shows who it is: its size, how sharp it is, whether it looks at the camera\n{}", of_one(value))
}

/// Who is in a photo: names, and how many faces have none.
pub fn with(names: &[String], unnamed: usize) -> String {
    let others = (unnamed > 0).then(|| format!("{} not named", thousands(unnamed)));
    let all: Vec<&str> = names.iter().chain(&others).map(String::as_str).collect();
    if all.is_empty() { NOBODY.to_owned() } else { all.join(", ") }
}

/// A name that several have, with what tells this one apart.
pub fn one_of_a_name(name: &str, apart: &str) -> String {
    format!("{name} ({apart})")
}

/// People who are not listed one by one.
pub fn others(people: usize) -> String {
    count(people, "other", "others")
}
