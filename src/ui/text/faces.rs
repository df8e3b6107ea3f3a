//! Words of the grid of faces.

pub const NO_FACES: &str = "No faces yet. Every face appears here as it is found";
pub const NO_SUCH_FACES: &str = "No face is like that";
pub const EVERY_FACE: &str = "Show every face";
pub const ALL_ASIDE: &str = "Every face was set aside. They wait under “Ignored” and “Not faces”";
pub const NOBODY_IGNORED: &str = "No strangers yet. Select faces and ignore them; they wait here";
pub const ALL_ARE_FACES: &str = "Nothing here. What is no face can be set aside with Delete, and waits here";

// Which faces.
/// What the list of them is called.
pub const WHICH: &str = "Which faces";
pub const ALL: &str = "All";
pub const UNNAMED: &str = "Not named";
pub const NAMED: &str = "Named";
pub const UNSURE: &str = "Unsure";
pub const POOR: &str = "Poor quality";

// In which order.
/// What the list of them is called.
pub const ORDER: &str = "Order of the faces";
pub const AS_FOUND: &str = "As found";
pub const NEWEST: &str = "Newest first";
pub const OLDEST: &str = "Oldest first";
pub const LARGEST: &str = "Largest first";
pub const BY_PERSON: &str = "By person";
pub const BY_FOLDER: &str = "By folder";
pub const POOREST: &str = "Poorest first";

// One year, one folder, one person.
pub const NARROW_ABOUT: &str = "Only one year, one folder or one person";
pub const YEAR: &str = "Year";
pub const ANY_YEAR: &str = "Any year";
pub const FOLDER: &str = "Folder";
pub const ANY_FOLDER: &str = "Any folder";
pub const PERSON: &str = "Person";
pub const ANYBODY: &str = "Anybody";
/// What the cross beside it is called, and what it does.
pub const WIDEN: &str = "Any year, folder and person";
pub const WIDEN_ABOUT: &str = "Show all again";

/// On the button: what was chosen, as far as something was.
pub fn narrowed(year: Option<i16>, folder: Option<&str>, person: Option<&str>) -> String {
    let year = year.map(|year| year.to_string());
    let parts: Vec<&str> = [year.as_deref(), folder, person].into_iter().flatten().collect();
    if parts.is_empty() { "When, where, who".to_owned() } else { parts.join(" · ") }
}

// The menu of people to whom selected faces are given.
pub const MOVE_TO: &str = "Move to…";
pub const NOBODY_NAMED: &str = "Nobody has a name yet";
