//! Words of one person: page, dialogs, suggestions, splitting, and what actions say.

// The page.

pub const LEAST_ALIKE_FIRST: &str = "Least alike first";
pub const MENU: &str = "What to do with this group";
pub const MENU_ABOUT: &str = "Name, merge, split, export, hide, forget";
/// Over the other groups at the right.
pub const DRAG_HERE: &str = "Drag faces here";
/// The first place there.
pub const NEW_GROUP: &str = "A new group";

/// Below the name: `12 faces · 2009–2012` as on the card, how many photos, and when the person was born.
pub fn about(card: &str, photos: usize, born: Option<i16>) -> String {
    let photos = super::count(photos, "photo", "photos");
    let born = born.map(|year| format!(" · born {year}")).unwrap_or_default();
    format!("{card} · {photos}{born}")
}

/// A bar of the timeline: `2012: 3 faces, 4 years old`.
pub fn of_year(year: i16, faces: usize, born: Option<i16>) -> String {
    let age = super::age(born, year).map(|age| format!(", {age}")).unwrap_or_default();
    format!("{year}: {}{age}", super::faces(faces))
}

/// One of the other groups at the right.
pub fn go_to(name: &str, faces: usize) -> String {
    format!("Go to {name}, {}", super::faces(faces))
}

/// On the button of the split, and of a drop on the place for a new group.
pub fn split_off(faces: usize) -> String {
    format!("Split off {}", super::faces(faces))
}

// The shelf of suggestions.

pub const FOLD_AWAY: &str = "Fold away";
pub const UNFOLD: &str = "Unfold";
pub const ALIKE_AT_LEAST: &str = "Alike at least";
/// The slider's name, for screen readers.
pub const ALIKE_AT_LEAST_NAME: &str = "How alike at least";
pub const ALIKE_AT_LEAST_ABOUT: &str = "Only those who are at least this alike stand here, and are accepted";
pub const NOBODY_SO_ALIKE: &str = "Nobody is that alike. Move the slider to the left to see more";
pub const YES_IT_IS: &str = "Yes, it is";
pub const NO_SOMEBODY_ELSE: &str = "No, somebody else";

/// The person's name, or words in its place.
fn person(name: Option<&str>) -> &str {
    name.unwrap_or("this person")
}

/// Over the shelf.
pub fn is_this_too(name: Option<&str>) -> String {
    format!("Is this {} too?", person(name))
}

/// The same while it is folded.
pub fn is_this_too_folded(name: Option<&str>, suggestions: usize) -> String {
    format!("Is this {} too? {}", person(name), super::count(suggestions, "suggestion", "suggestions"))
}

pub fn accept_all(faces: usize) -> String {
    format!("Accept all ({})", super::thousands(faces))
}

pub fn accept_all_about(name: Option<&str>, faces: usize) -> String {
    let verb = if faces == 1 { "becomes" } else { "become" };
    format!("{} {verb} {}, in one step that can be undone", super::faces(faces), person(name))
}

/// What a suggestion is called: its face, and how many others are with it.
fn suggested(face: u32, others: usize) -> String {
    match others {
        0 => format!("suggested face {face}"),
        _ => format!("suggested face {face} and {} more", super::thousands(others)),
    }
}

pub fn look_at_suggested(face: u32, others: usize) -> String {
    format!("Look at {}", suggested(face, others))
}

pub fn yes_to_suggested(face: u32, others: usize) -> String {
    format!("Yes, {}", suggested(face, others))
}

pub fn no_to_suggested(face: u32, others: usize) -> String {
    format!("No, {}", suggested(face, others))
}

/// How alike a suggestion is, and below it what is known of its face.
pub fn suggested_about(likeness: f32, face: &str) -> String {
    format!("{likeness:.2} of 1 alike\n{face}")
}

// Splitting in two.

pub const LOOKING_FOR_CUT: &str = "Looking for the place where they hang together least…";
pub const NO_CUT: &str = "Nothing to go by. Click the faces that shall leave";
pub const ANOTHER_CUT_ABOUT: &str = "The next place where they hang together little";
pub const CLICK_TO_MOVE: &str = "Click a face to move it to the other pile";
pub const LEAVES: &str = "Leaves as a group of its own";
/// Why the split cannot be made.
pub const BOTH_PILES: &str = "Both piles need a face";

/// The group's name, or words in its place.
fn group(name: Option<&str>) -> &str {
    name.unwrap_or("this group")
}

pub fn split_in_two(name: Option<&str>) -> String {
    format!("Split {} in two", group(name))
}

/// Over the one pile; over the other stands [`LEAVES`].
pub fn stays_with(name: Option<&str>) -> String {
    format!("Stays with {}", group(name))
}

/// Before the two faces that are most alike.
pub fn alike_across(likeness: f32) -> String {
    format!("Most alike of the two piles ({likeness:.2} of 1):")
}

/// The button for the next cut: which one is shown, from 1, and how many there are.
pub fn another_cut(shown: usize, cuts: usize) -> String {
    format!("Another cut ({shown} of {cuts})")
}

// The year of birth.

pub const YEAR_OF_BIRTH: &str = "Year of birth";
pub const ABOUT_BORN: &str = "Ages then stand beside the years. Leave it empty when it is not known";
pub const YEAR_IN_DIGITS: &str = "Give the year in four digits";
pub const KEEP: &str = "Keep";
/// Closes a dialog of these.
pub const CANCEL: &str = "Cancel";

pub fn when_born(name: Option<&str>) -> String {
    format!("When was {} born?", person(name))
}

// Forgetting for good.

pub const FORGOTTEN_FOR_GOOD: &str = "No photo is touched, and no album that was exported. This cannot be undone";
pub const FORGET_FOR_GOOD: &str = "Forget for good";
pub const KEEP_EVERYTHING: &str = "Keep everything";

pub fn forget_person(name: Option<&str>) -> String {
    format!("Forget {} for good?", person(name))
}

/// What exactly happens then, a line each.
pub fn forget_person_lines(name: Option<&str>, faces: usize) -> Vec<String> {
    let whom = person(name);
    let leave = match faces {
        1 => format!("1 face of {whom} leaves the library, with its small picture and the numbers it is told apart by"),
        _ => format!(
            "{} of {whom} leave the library, with their small pictures and the numbers they are told apart by",
            super::faces(faces)
        ),
    };
    vec![
        leave,
        format!("Everything you said about {whom} goes, from the history and from the backups too"),
        "They are not taken up again when their photos are read again".to_owned(),
    ]
}

pub fn forget_folder(folder: &str) -> String {
    format!("Forget the folder {folder} for good?")
}

/// What exactly happens then, a line each.
pub fn forget_folder_lines(photos: usize, faces: usize) -> Vec<String> {
    vec![
        format!(
            "What the library holds of {} goes: {}, with their small pictures and the numbers they are told apart by",
            super::count(photos, "photo", "photos"),
            super::faces(faces)
        ),
        "Names stay in the history, and hold again should the folder ever be scanned again".to_owned(),
        "Photos that also lie in another folder of the library stay; those whose files are gone everywhere go too"
            .to_owned(),
    ]
}

// Why an action cannot be done now.

pub const NO_FOLDER_YET: &str = "No folder was scanned yet";
pub const NO_SCAN_RUNS: &str = "No scan is running";
pub const NOTHING_RUNS: &str = "Nothing is running";
pub const NOTHING_TO_UNDO: &str = "There is nothing to undo";
pub const NOTHING_TO_REDO: &str = "There is nothing to do again";
pub const ONE_CARD_OR_FACE_FIRST: &str = "Go to one card or one face first";
pub const ONE_PHOTO_OR_FACE_FIRST: &str = "Go to one photo or one face first";
pub const NOTHING_TO_SELECT: &str = "There is nothing to select here";
pub const TWO_CARDS_FIRST: &str = "Select two cards or more (Ctrl and click)";
pub const CARD_TO_MERGE_FIRST: &str = "Go to a card first; somebody else must have a name to merge into";
pub const FACES_FIRST: &str = "Select some faces first";
pub const FACES_OF_PERSON_FIRST: &str = "Select some faces of a person first";
pub const FACES_OR_GROUPS_FIRST: &str = "Select some faces or groups first";
pub const FACES_ASIDE_FIRST: &str = "Select faces that were set aside";
pub const GROUP_OF_TWO_FIRST: &str = "Go to a group of two faces or more first";
pub const NOBODY_SUGGESTED: &str = "Nobody is suggested for this person now";
pub const PERSON_FIRST: &str = "Go to a person first";
pub const NAMED_PERSON_FIRST: &str = "Go to a person with a name first";
pub const ONE_FACE_OF_PERSON_FIRST: &str = "Select one face of a person first";
pub const PEOPLE_TO_HIDE_FIRST: &str = "Go to a person first, or select some";
pub const ONLY_PEOPLE_HIDE: &str = "Only people can be hidden: give a name first";
pub const NAME_TO_EXPORT_FIRST: &str = "Name somebody first: albums are made of named people";
pub const TWO_FACES_FIRST: &str = "Select two faces, or one of a group";
pub const ASIDE_IN_NO_GROUP: &str = "A face that was set aside is in no group: take it back first";
pub const NO_FACES_TO_GROUP: &str = "There are no faces to group yet";
pub const PHOTO_FIRST: &str = "Open a photo first";
pub const FACE_OF_PHOTO_FIRST: &str = "Open a photo and go to one of its faces first";
pub const AS_LARGE_AS_IT_GETS: &str = "It is as large as it gets";
pub const AS_SMALL_AS_IT_GETS: &str = "It is as small as it gets";
pub const NO_PHOTOS_TO_SEARCH: &str = "There are no photos to search yet";
