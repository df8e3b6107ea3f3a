//! Every word of the window. Sentence case, no full stop after one sentence, numbers with separators. Here are those
//! that several screens say; each screen's own lie beside it in a file of their own. Another language is another set of
//! these files: `tests/tidy.rs` finds words anywhere else.

pub(super) mod export;
pub(super) mod faces;
pub(super) mod frame;
pub(super) mod inspector;
pub(super) mod map;
pub(super) mod people;
pub(super) mod person;
pub(super) mod photo;
pub(super) mod review;
pub(super) mod settings;
pub(super) mod threshold;

use std::borrow::Cow;

use crate::domain::{Activity, Counts, GroupingProgress, Photo, Snapshot};
pub(super) use crate::domain::{count, thousands};

pub(super) const WHO: &str = "Who is this?";
pub(super) const NOT_NAMED: &str = "Not named";
pub(super) const GONE: &str = "This has changed meanwhile and is no longer here";
pub const ALBUMEN: &str = "Albumen";
pub(super) const FACES: &str = "Faces";
pub(super) const PHOTOS: &str = "Photos";
pub(super) const FOLDER: &str = "Folder";
pub(super) const MORE: &str = "More";
pub(super) const BACK_WITH_KEY: &str = "Back (Escape)";
/// Ends what stands over a screen, where nothing is decided.
pub(super) const CLOSE: &str = "Close";
pub(super) const PICTURE_SIZE: &str = "Size of the pictures";
pub(super) const NO_PROBLEMS: &str = "Every file could be read";
pub(super) const A_SCAN_RUNS: &str = "A scan is running. Cancel it first";

// In which order faces stand, and what the list of that is called.
pub(super) const ORDER_OF_FACES: &str = "Order of the faces";
pub(super) const AS_FOUND: &str = "As found";
pub(super) const OLDEST_FIRST: &str = "Oldest first";
pub(super) const NEWEST_FIRST: &str = "Newest first";

// How readily faces join a group.
pub(super) const STRICT: &str = "Strict";
pub(super) const NORMAL: &str = "Normal";
pub(super) const LOOSE: &str = "Loose";

/// Hebrew, Arabic and the scripts beside them, with the forms kept for old encodings.
fn is_right_to_left(letter: char) -> bool {
    matches!(u32::from(letter), 0x0590..=0x08ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff)
}

/// A text as it is drawn from left to right. egui shapes a word of a script that runs to the left as it should, but sets
/// word after word to the right; so the words of such a script stand here in their order on the screen, and so do the
/// parts of a text that begins in one. Other texts stay as they are.
pub(super) fn drawn(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_right_to_left) {
        return Cow::Borrowed(text);
    }
    if text.contains('\n') {
        let lines: Vec<Cow<'_, str>> = text.lines().map(drawn).collect();
        return Cow::Owned(lines.join("\n"));
    }
    let begins = text.chars().find(|letter| letter.is_alphabetic()).is_some_and(is_right_to_left);
    let mut parts: Vec<(bool, Vec<&str>)> = Vec::new();
    for word in text.split(' ') {
        // Numbers and signs go with what is before them.
        let side = word.chars().find(|letter| letter.is_alphabetic()).map(is_right_to_left);
        let side = side.or(parts.last().map(|(side, _)| *side)).unwrap_or(begins);
        match parts.last_mut() {
            Some((last, words)) if *last == side => words.push(word),
            _ => parts.push((side, vec![word])),
        }
    }
    for (side, words) in &mut parts {
        if *side {
            words.reverse();
        }
    }
    if begins {
        parts.reverse();
    }
    let words: Vec<&str> = parts.into_iter().flat_map(|(_, words)| words).collect();
    Cow::Owned(words.join(" "))
}

/// `12 + 4 + 2`, the largest first; of many the first few, and how many more.
pub(super) fn sum(numbers: &[usize]) -> String {
    const SHOWN: usize = 5;
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable_by(|one, two| two.cmp(one));
    let shown: Vec<String> = numbers.iter().take(SHOWN).map(|number| thousands(*number)).collect();
    let more = numbers.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {} more", thousands(more)) } else { String::new() };
    format!("{}{more}", shown.join(" + "))
}

/// A place of the threshold's slider: `normal`, `3 steps looser than normal`.
pub(super) fn steps(place: i16) -> String {
    match (place, usize::from(place.unsigned_abs())) {
        (0, _) => "normal".to_owned(),
        (1.., steps) => format!("{} looser than normal", count(steps, "step", "steps")),
        (_, steps) => format!("{} stricter than normal", count(steps, "step", "steps")),
    }
}

/// `12 faces`.
pub(super) fn faces(number: usize) -> String {
    count(number, "face", "faces")
}

/// `3 cards`.
pub(super) fn cards(number: usize) -> String {
    count(number, "card", "cards")
}

/// `12 faces · 2009–2012`: below the name on a card, and what tells somebody apart from others of that name.
pub(super) fn faces_and_years(number: usize, first: Option<i16>, last: Option<i16>) -> String {
    let (faces, years) = (faces(number), years(first, last));
    if years.is_empty() { faces } else { format!("{faces} · {years}") }
}

/// `Ann, 12 faces`: a line to choose somebody by, for screen readers.
pub(super) fn somebody(name: &str, about: &str) -> String {
    format!("{name}, {about}")
}

/// `34 MB`.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut size = number as f64;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(size < 10.0 && unit > 0);
    format!("{size:.digits$} {}", UNITS[unit])
}

/// The last part of a photo's path.
pub(super) fn file_name(photo: &Photo) -> String {
    let name = photo.paths.first().and_then(|path| path.file_name());
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What a drop does, over the window while files hover over it; some systems do not say which.
pub(super) fn drop_here(names: &[String]) -> String {
    match names {
        [one] if !one.is_empty() => format!("Drop to look for faces in {one}"),
        [one, rest @ ..] if !one.is_empty() => {
            format!("Drop to look for faces in {one} and {} more", thousands(rest.len()))
        }
        _ => "Drop to look for faces".to_owned(),
    }
}

/// What the library is called: its folder, or how many there are.
pub(super) fn library(snapshot: &Snapshot) -> String {
    match snapshot.folders.as_slice() {
        [] => ALBUMEN.to_owned(),
        [one] => one.file_name().map_or_else(|| one.display().to_string(), |name| name.to_string_lossy().into_owned()),
        [_, rest @ ..] => count(rest.len() + 1, "folder", "folders"),
    }
}

/// What the bar at the bottom says; `None` when there is nothing going on.
pub(super) fn activity(activity: &Activity, counts: &Counts) -> Option<String> {
    match activity {
        Activity::Idle | Activity::Asking => None,
        Activity::Listing { found } => Some(format!("Looking through folders: {}", count(*found, "file", "files"))),
        Activity::Scanning { done, total, seconds_left, paused } => {
            let left = match (paused, seconds_left) {
                (true, _) => " · paused".to_owned(),
                (false, Some(seconds)) => format!(" · about {} left", duration(*seconds)),
                (false, None) => String::new(),
            };
            let of = format!("{} of {}", thousands(*done), count(*total, "file", "files"));
            Some(format!("{of} · {}{left}", faces(counts.faces)))
        }
        Activity::Grouping(None) => Some(format!("Making groups of {}", faces(counts.faces))),
        Activity::Grouping(Some(GroupingProgress::Comparing(percent))) => Some(format!("Comparing faces: {percent} %")),
        Activity::Grouping(Some(GroupingProgress::Merging(percent))) => Some(format!("Making groups: {percent} %")),
        Activity::Exporting { done, total } => {
            Some(format!("Writing albums: {} of {}", thousands(*done), count(*total, "photo", "photos")))
        }
    }
}

/// `40 s`, `6 min`, `1.5 h`.
fn duration(seconds: f32) -> String {
    match seconds.max(0.0) as u64 {
        seconds @ 0..=90 => format!("{} s", seconds.max(1)),
        seconds @ 91..=5400 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}

/// `born`, `1 year old`, `34 years old`, or nothing before that.
pub(super) fn age(born: Option<i16>, year: i16) -> Option<String> {
    match year - born? {
        0 => Some("born".to_owned()),
        1 => Some("1 year old".to_owned()),
        years if years > 0 => Some(format!("{years} years old")),
        _ => None,
    }
}

/// `2009`, `2009–2012`, or nothing.
pub(super) fn years(first: Option<i16>, last: Option<i16>) -> String {
    match (first, last) {
        (Some(first), Some(last)) if first != last => format!("{first}–{last}"),
        (Some(year), _) => year.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_run_to_the_left_are_set_in_their_order_on_the_screen() {
        let check = |text: &str, expected: &str| assert_eq!(drawn(text), expected);
        check("Ann Lee", "Ann Lee");
        check("陳 大文", "陳 大文");
        check("יעל כהן", "כהן יעל");
        check("Named 12 faces יעל כהן", "Named 12 faces כהן יעל");
        check("Merged יעל כהן into Ann", "Merged כהן יעל into Ann");
        check("محمد علي Smith Jones", "Smith Jones علي محمد");
        check("علي 2", "2 علي");
        check("יעל", "יעל");
    }

    #[test]
    fn a_drop_is_explained_whatever_the_system_says() {
        let check = |names: &[&str], expected: &str| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(drop_here(&names), expected);
        };
        check(&["Summer"], "Drop to look for faces in Summer");
        check(&["Summer", "Winter", "Autumn"], "Drop to look for faces in Summer and 2 more");
        check(&[""], "Drop to look for faces");
        check(&["", ""], "Drop to look for faces");
    }

    #[test]
    fn groups_and_steps_are_told_in_numbers() {
        assert_eq!(sum(&[2, 12, 4]), "12 + 4 + 2");
        assert_eq!(sum(&[1, 1, 1, 1200, 1, 1, 1]), "1,200 + 1 + 1 + 1 + 1 and 2 more");
        let places = [0, 1, 12, -1, -12].map(steps);
        assert_eq!(places[..2], ["normal", "1 step looser than normal"]);
        assert_eq!(places[2], "12 steps looser than normal");
        assert_eq!(places[3..], ["1 step stricter than normal", "12 steps stricter than normal"]);
    }

    #[test]
    fn the_bar_speaks_plainly() {
        let counts = Counts { faces: 2951, ..Counts::default() };
        let scanning = |seconds_left, paused| Activity::Scanning { done: 1204, total: 3810, seconds_left, paused };
        let check = |what: Activity, expected: Option<&str>| assert_eq!(activity(&what, &counts).as_deref(), expected);
        check(Activity::Idle, None);
        check(Activity::Asking, None);
        check(Activity::Grouping(None), Some("Making groups of 2,951 faces"));
        check(Activity::Grouping(Some(GroupingProgress::Comparing(40))), Some("Comparing faces: 40 %"));
        check(Activity::Grouping(Some(GroupingProgress::Merging(70))), Some("Making groups: 70 %"));
        check(scanning(Some(330.0), false), Some("1,204 of 3,810 files · 2,951 faces · about 6 min left"));
        check(scanning(None, true), Some("1,204 of 3,810 files · 2,951 faces · paused"));
        assert_eq!(years(Some(2009), Some(2012)), "2009–2012");
        assert_eq!(years(None, None), "");
        let ages = [1999, 2000, 2001, 2034].map(|year| age(Some(2000), year).unwrap_or_default());
        assert_eq!(ages, ["", "born", "1 year old", "34 years old"]);
        assert_eq!(age(None, 2000), None);
        assert_eq!([bytes(0), bytes(999), bytes(1500), bytes(34_200_000)], ["0 B", "999 B", "1.5 kB", "34 MB"]);
        assert_eq!([bytes(999_950), bytes(2_500_000_000_000)], ["1.0 MB", "2.5 TB"], "never four digits");
    }
}
