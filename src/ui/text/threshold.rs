//! Words of the threshold and its preview.

use super::{NOT_NAMED, count, steps, sum, thousands};

// The first line and the slider.

/// What the slider is called.
pub const HOW_READILY: &str = "How readily faces join a group";
pub const APPLY: &str = "Apply";
/// Why nothing can be applied.
pub const MOVE_FIRST: &str = "Move the slider first";
/// Brings the slider back to what holds.
pub const AS_IT_IS: &str = "As it is";
/// Why it cannot be brought back.
pub const NOT_MOVED: &str = "The slider has not been moved";

/// Beside the title, where there is room: what the slider does, and its place.
pub fn readily(place: i16) -> String {
    format!("{HOW_READILY}: {}", steps(place))
}

// What the board shows.

pub const NOTHING_CHANGES: &str = "Nothing joins and nothing parts";
pub const LOOKING_WHAT_CHANGES: &str = "Looking at what would change…";
pub const CHANGES_UNKNOWN: &str = "What would change is not known. Move the slider to look again";
/// Behind all this, where there is room.
pub const WORDS_HOLD: &str = "· What you said yourself always holds";

/// How many cards there would be.
pub fn board(groups: usize, singles: usize) -> String {
    format!("{} of two faces or more, {} seen once", self::groups(groups), people(singles))
}

/// How many cards change, and how many do not.
pub fn changes(changed: usize, stay: usize) -> String {
    let changes = count(changed, "group changes", "groups change");
    match stay {
        1 => format!("{changes}, 1 stays as it is"),
        stay => format!("{changes}, {} stay as they are", thousands(stay)),
    }
}

/// The board is still that of one place while another is looked at.
pub fn still_looking(shown: i16, wanted: i16) -> String {
    format!("This is {}. Looking at {}…", steps(shown), steps(wanted))
}

fn people(number: usize) -> String {
    count(number, "person", "people")
}

fn groups(number: usize) -> String {
    count(number, "group", "groups")
}

// Over the parts of the board.

pub fn would_be_made(number: usize) -> String {
    format!("{} would be made of several", groups(number))
}

pub fn would_fall_apart(number: usize) -> String {
    format!("{} would fall apart", groups(number))
}

pub fn would_stay(number: usize) -> String {
    let stay = if number == 1 { "stays as it is" } else { "stay as they are" };
    format!("{} {stay}", groups(number))
}

pub fn once_as_before(number: usize) -> String {
    format!("{} seen once, as before", people(number))
}

// Cards that would change.

/// Cards that come together.
pub fn join(number: usize) -> String {
    format!("{} join", groups(number))
}

/// Of how many faces each.
pub fn join_sizes(sizes: &[usize]) -> String {
    format!("{} faces", sum(sizes))
}

/// What they are called, those who have a name.
pub fn join_names(names: &[&str]) -> String {
    if names.is_empty() { NOT_NAMED.to_owned() } else { names.join(", ") }
}

/// All of this, for screen readers and where it does not fit.
pub fn join_label(sizes: &[usize], names: &[&str]) -> String {
    format!("{}: {}, {}", join(sizes.len()), join_sizes(sizes), join_names(names))
}

/// One of the cards that come together, for screen readers and on its tooltip.
pub fn tile(number: usize, name: Option<&str>) -> String {
    let faces = super::faces(number);
    match name {
        Some(name) => super::somebody(name, &faces),
        None => faces,
    }
}

/// On its picture.
pub fn tile_caption(number: usize, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{} · {name}", thousands(number)),
        None => thousands(number),
    }
}

/// How many cards or piles are not shown.
pub fn more(number: usize) -> String {
    format!("+ {}", thousands(number))
}

/// A card that falls apart.
pub fn parts(sizes: &[usize]) -> String {
    format!("Parts into {}", sum(sizes))
}

/// The same with how large it is and whose, for screen readers and where it does not fit.
pub fn parts_label(sizes: &[usize], number: usize, name: Option<&str>) -> String {
    format!("{}: {}, {}", parts(sizes), super::faces(number), name.unwrap_or("not named"))
}
