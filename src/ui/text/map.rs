//! Words of the map.

use super::{count, faces, thousands};

// While there is no map.
pub const NO_MAP: &str = "No faces yet. They appear here, those that look alike side by side";
pub const DRAWING_MAP: &str = "Drawing the map…";
pub const MAP_ABOUT: &str = "Faces that look alike come to lie side by side";
pub const MAP_STOPPED: &str = "The map was not drawn";
pub const DRAW_MAP: &str = "Draw the map";
/// What *Cancel* is called for screen readers: a scan that goes on below has a button of that word, too.
pub const CANCEL_MAP: &str = "Cancel the map";

// The line above it.
pub const MAP_HINT: &str = "Draw around faces to select them. The wheel comes nearer, the right button moves";
pub const SHOW_ALL: &str = "Show everything";
pub const SHOW_ALL_ABOUT: &str = "Show everything (0)";
/// Why that leads nowhere.
pub const ALL_SEEN: &str = "Everything is in sight already";
pub const NEARER: &str = "Nearer";
pub const NEARER_ABOUT: &str = "Nearer (+)";
pub const FARTHER: &str = "Farther";
pub const FARTHER_ABOUT: &str = "Farther (-)";

/// What the bar is called for screen readers while the first map is drawn; `share` is 0 to 1.
pub fn drawing(share: f32) -> String {
    format!("{DRAWING_MAP} {:.0} %", 100.0 * share)
}

/// While new faces are put on a map that is there.
pub fn placing(share: f32) -> String {
    format!("New faces find their place · {:.0} %", 100.0 * share)
}

/// So many faces are on no map.
pub fn missing(number: usize) -> String {
    format!("{} not on it yet", faces(number))
}

/// What the map is called for screen readers: how many faces it holds, how many of them are near enough to be seen as
/// faces and of how many groups those are, and how many are selected.
pub fn called(all: usize, near: usize, groups: usize, selected: usize) -> String {
    let groups = count(groups, "group", "groups");
    let near = if near > 0 { format!(", {} near of {groups}", thousands(near)) } else { String::new() };
    let selected = if selected > 0 { format!(", {} selected", faces(selected)) } else { String::new() };
    format!("Map of {}{near}{selected}", faces(all))
}

/// What a name on the map is called for them: it leads to the person.
pub fn go_to(who: &str) -> String {
    format!("Go to {who}")
}

/// On the tooltip of that name.
pub fn about(who: &str, number: usize) -> String {
    format!("{who} · {}", faces(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_says_only_what_there_is() {
        assert_eq!(called(1200, 0, 0, 0), "Map of 1,200 faces");
        assert_eq!(called(13, 13, 4, 0), "Map of 13 faces, 13 near of 4 groups");
        assert_eq!(called(13, 1, 1, 2), "Map of 13 faces, 1 near of 1 group, 2 faces selected");
        assert_eq!(called(13, 0, 0, 1), "Map of 13 faces, 1 face selected");
        assert_eq!(about("Ann", 1), "Ann · 1 face");
        assert_eq!(drawing(0.4), "Drawing the map… 40 %");
        assert_eq!(placing(0.07), "New faces find their place · 7 %");
    }
}
