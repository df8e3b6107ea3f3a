//! Words of the board of people, cards, dragging, naming.

use super::{WHO, count, thousands};

// The board.

pub const SEEN_ONCE: &str = "People seen once";
pub const HIDDEN: &str = "Hidden people";
/// Also on the threshold, which has no board to show then.
pub const NO_PEOPLE: &str = "No people yet. They appear here as groups while photos are read";
/// Over the faces that are there before the first groups are made.
pub const FIRST_FACES: &str = "Found so far. They come together as people in a moment";

/// About the button that sorts the cards.
pub const WHY_UNSORTED: &str = "Cards keep their places while photos are read. Click to sort them again";

/// Beside the title: how many have a name and how many have none.
pub fn named_and_not(named: usize, unnamed: usize) -> String {
    format!("{} named · {} to name", thousands(named), thousands(unnamed))
}

/// The button that sorts the cards, with how many are new or have outgrown their place since they were sorted last.
pub fn largest_first(new: usize, moved: usize) -> String {
    match (new, moved) {
        (new, 0) => format!("Sort by size · {} new", thousands(new)),
        (0, moved) => format!("Sort by size · {} out of order", thousands(moved)),
        (new, moved) => format!("Sort by size · {} new, {} out of order", thousands(new), thousands(moved)),
    }
}

// A card.

/// What it is called for screen readers.
pub fn card(number: usize, name: Option<&str>) -> String {
    format!("Group of {}, {}", super::faces(number), name.unwrap_or("not named"))
}

// Cards of several names become one.

pub const WHICH_NAME: &str = "Which name stays?";
/// The button that does nothing.
pub const LEAVE_APART: &str = "Leave them apart";

/// What the question is about; of many names only how many, since all of them stand below it.
pub fn become_one(names: &[&str]) -> String {
    let who = match names {
        [before @ .., last] if (1..=3).contains(&before.len()) => format!("{} and {last}", before.join(", ")),
        _ => count(names.len(), "name", "names"),
    };
    format!("{who} become one person. This can be undone")
}

// What a drop on a card does.

/// So many faces come to somebody, or to a group without a name.
pub fn move_faces(number: usize, to: Option<&str>) -> String {
    format!("Move {} to {}", super::faces(number), to.unwrap_or("this group"))
}

/// So many faces come to those that are there; of several names it is asked afterwards which one stays.
pub fn merge(coming: usize, there: usize, names: &[&str]) -> String {
    let whom = match names {
        [] => "one group",
        &[name] => name,
        _ => "one person…",
    };
    format!("Merge: {} + {} become {whom}", thousands(coming), super::faces(there))
}

// Naming.

/// About the line that makes a new person of the typed name.
pub const NEW_PERSON: &str = "Somebody new";
/// The first line of a list of names while nothing is typed.
pub const TYPE_OR_CHOOSE: &str = "Type a name, or choose somebody";
/// A number key was pressed and nothing is selected.
pub const SELECT_FIRST: &str = "Select faces or a card first. Keys 1 to 9 then say who it is";

/// On the tooltip of a name, which may be cut off.
pub fn change_name(name: &str) -> String {
    format!("{name}\nClick to change the name")
}

/// The same where it cannot be changed.
pub fn fixed_name(name: &str, why: &str) -> String {
    format!("{name}\n{why}")
}

/// What the field for a name is called for screen readers.
pub fn name_field(number: usize) -> String {
    format!("{WHO} ({})", super::faces(number))
}

/// The same where there is a name already.
pub fn other_name(name: &str, number: usize) -> String {
    format!("Another name for {name} ({})", super::faces(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_order_is_told_in_numbers() {
        assert_eq!(largest_first(12, 0), "Sort by size · 12 new");
        assert_eq!(largest_first(0, 1204), "Sort by size · 1,204 out of order");
        assert_eq!(largest_first(2, 3), "Sort by size · 2 new, 3 out of order");
    }

    #[test]
    fn names_are_told_one_by_one_while_there_is_room() {
        let check = |names: &[&str], who: &str| {
            assert_eq!(become_one(names), format!("{who} become one person. This can be undone"));
        };
        check(&["Ann", "Bo"], "Ann and Bo");
        check(&["Ann", "Bo", "Cy", "Di"], "Ann, Bo, Cy and Di");
        check(&["Ann", "Bo", "Cy", "Di", "Ed"], "5 names");
    }
}
