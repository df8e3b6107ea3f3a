//! Words of the user that no longer hold.

use super::{SOMEBODY, faces};

/// `1 face is`, `2 faces are`.
fn are(number: usize) -> String {
    format!("{} {}", faces(number), if number == 1 { "is" } else { "are" })
}

/// So many faces had been refused for a person that they are now; for one with a name, or for several.
pub fn refused(number: usize, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("You had said that {} not {name}; that no longer counts", are(number)),
        None => format!("You had said that {} somebody else; that no longer counts", are(number)),
    }
}

/// So many faces had been said to be another person than now; one with a name, or several.
pub fn left(number: usize, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("You had said that {} {name}; that no longer counts", are(number)),
        None => format!("You had put {} on another card", faces(number)),
    }
}

/// So many faces had been set aside.
pub fn aside(number: usize) -> String {
    format!("You had set {} aside; that no longer counts", faces(number))
}

/// Two who are one now had two years of birth.
pub fn year(name: Option<&str>, lost: i16, kept: i16) -> String {
    format!("You had said that {} was born in {lost}; {kept} stays", name.unwrap_or(SOMEBODY))
}

/// A step's own sentence, and what it overrules.
pub fn after(step: String, overruled: &[String]) -> String {
    overruled.iter().fold(step, |all, sentence| all + ". " + sentence)
}

/// Of so many faces the user's words cannot all be kept.
pub fn contradiction(number: usize) -> String {
    let they = if number == 1 { "it is" } else { "they are" };
    let of = faces(number);
    format!(
        "The library says of {of} both who {they} and that {they} not. The first counts; say it again where it is wrong"
    )
}
