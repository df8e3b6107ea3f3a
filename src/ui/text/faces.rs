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
pub const NAMED: &str = "Named";
pub const UNSURE: &str = "Unsure";
pub const POOR: &str = "Poor quality";

// In which order.
pub const LARGEST: &str = "Largest first";
pub const BY_PERSON: &str = "By person";
pub const BY_FOLDER: &str = "By folder";
pub const POOREST: &str = "Poorest first";

// One year, one folder, one person.
pub const YEAR: &str = "Year";
pub const ANY_YEAR: &str = "Any year";
/// Of photos that do not say when they were taken.
pub const NO_DATE: &str = "No date";
/// The months of the year that was chosen.
pub const MONTH: &str = "Month";
pub const ANY_MONTH: &str = "Any month";
pub const ANY_FOLDER: &str = "Any folder";
pub const PERSON: &str = "Person";
pub const ANYBODY: &str = "Anybody";
/// What the cross beside it is called, and what it does.
pub const WIDEN: &str = "Any year, folder and person";
pub const WIDEN_ABOUT: &str = "Show all again";

/// A month by its number, 1 to 12.
pub fn month(number: u8) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = usize::from(number).checked_sub(1).and_then(|place| MONTHS.get(place));
    name.map_or_else(|| number.to_string(), |name| (*name).to_owned())
}

/// A date one can choose: a year, or `July 2009`.
pub fn date(year: i16, number: Option<u8>) -> String {
    number.map_or_else(|| year.to_string(), |number| format!("{} {year}", month(number)))
}

/// On the button: what was chosen, as far as something was.
pub fn narrowed(when: Option<&str>, folder: Option<&str>, person: Option<&str>) -> String {
    let parts: Vec<&str> = [when, folder, person].into_iter().flatten().collect();
    if parts.is_empty() { "When, where, who".to_owned() } else { parts.join(" · ") }
}

/// The tooltip of that button, which may be too narrow for what was chosen.
pub fn narrow_about(chosen: Option<&str>) -> String {
    let about = "Only one year or month, one folder or one person";
    chosen.map_or_else(|| about.to_owned(), |chosen| format!("{chosen}\n{about}"))
}

// The menu of people to whom selected faces are given.
pub const MOVE_TO: &str = "Move to…";
pub const NOBODY_NAMED: &str = "Nobody has a name yet";
