//! Questions about the groups: the machine's to the user, and why two faces are together or apart.

use super::faces;
use crate::cluster::Why;
use crate::domain::thousands;

/// Two faces that both were set aside are not compared.
pub const BOTH_ASIDE: &str = "Both were set aside. Take them back, and they are compared with all others";
/// Nor are two faces of which one was.
pub const ONE_ASIDE: &str = "One of them was set aside. Take it back, and it is compared with all others";
/// A face without numbers of this model.
pub const NOT_READ: &str = "What they look like is not known yet. Scan their folder again";
/// Before the reasons, where only one face was asked about.
pub const MOST_LIKE: &str = "Of its group it is most like this face";

/// Whether a pile of a card, and the others on it, are one person.
pub fn is_split(pile: usize, others: usize, name: Option<&str>) -> String {
    let who = these(pile);
    let others = match others {
        1 => "the other one".to_owned(),
        number => format!("the other {}", thousands(number)),
    };
    match name {
        Some(name) => format!("{who} {name}, like {others}?"),
        None => format!("{who} the same person as {others}?"),
    }
}

/// Whether so many faces are a person, who may have no name and is on a card of so many faces.
pub fn is_who(number: usize, person: Option<&str>, size: usize) -> String {
    let who = these(number);
    match person {
        Some(name) => format!("{who} {name}?"),
        None => format!("{who} the person with {}?", faces(size)),
    }
}

/// A name that several have, with what tells this one apart: how many faces, and the first and the last year of their
/// photos, if they say it. The window says it so on the cards and piles.
pub fn one_of_a_name(name: &str, number: usize, first: Option<i16>, last: Option<i16>) -> String {
    let years = match (first, last) {
        (Some(first), Some(last)) if first != last => format!(" · {first}–{last}"),
        (Some(year), _) => format!(" · {year}"),
        _ => String::new(),
    };
    format!("{name} ({}{years})", faces(number))
}

/// Whether two cards are one person: of each the name, if it has one, and how many faces are on it.
pub fn is_merge(one: (Option<&str>, usize), two: (Option<&str>, usize)) -> String {
    let card = |(name, size): (Option<&str>, usize)| name.map_or_else(|| faces(size), str::to_owned);
    format!("Are {} and {} the same person?", card(one), card(two))
}

fn these(number: usize) -> String {
    match number {
        1 => "Is this".to_owned(),
        number => format!("Are these {}", faces(number)),
    }
}

/// Why two faces are together or apart, most important first.
pub fn why(why: &Why) -> Vec<String> {
    let mut sentences = Vec::new();
    let likeness = match why.pair.cosine {
        cosine if cosine > 0.8 => "very much",
        cosine if cosine > 0.6 => "much",
        cosine if cosine > 0.4 => "somewhat",
        _ => "hardly",
    };
    sentences.push(format!("They look {likeness} alike: {:.2} of 1", why.pair.cosine));
    let weakest = why.weakest.and_then(|place| why.chain.get(place));
    let size = |side: usize| thousands(weakest.map_or(0, |link| link.sizes[side] as usize));
    sentences.push(match (weakest, why.together) {
        (Some(link), _) if link.margin.is_infinite() => "You said that they are one person".to_owned(),
        (Some(_), true) if why.chain.len() == 1 => {
            format!("Their groups of {} and {} were each other's best fit", size(0), size(1))
        }
        (Some(link), true) => format!(
            "They are joined in {} steps; the weakest joined groups of {} and {} and was {:.2} above what is asked",
            thousands(why.chain.len()),
            size(0),
            size(1),
            link.margin
        ),
        (Some(link), false) => format!("{:.2} is missing for their groups to be joined", link.margin.abs()),
        (None, true) => "It is the same face".to_owned(),
        (None, false) => "Nothing leads from one to the other: they are too far apart".to_owned(),
    });
    match why.pair.shared.len() {
        0 => sentences.push("No other face is near both".to_owned()),
        1 => sentences.push("1 other face is near both".to_owned()),
        count => sentences.push(format!("{} other faces are near both", thousands(count))),
    }
    if let Some(distance) = why.pair.rank_order {
        sentences.push(format!("Rank-order distance {distance:.1}; 2 is the least there is"));
    }
    let far = why.pair.normalised;
    sentences.push(format!("They are {far:.2} times as far apart as from their nearest on average; below 1 is near"));
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_tell_two_of_one_name_apart() {
        let (one, other) = (one_of_a_name("Ann", 12, Some(2001), Some(2014)), one_of_a_name("Ann", 1, None, None));
        assert_eq!(
            is_merge((Some(&one), 12), (Some(&other), 1)),
            "Are Ann (12 faces · 2001–2014) and Ann (1 face) the same person?"
        );
        let one = one_of_a_name("Ann", 1200, Some(2001), Some(2001));
        assert_eq!(is_who(1, Some(&one), 1200), "Is this Ann (1,200 faces · 2001)?");
    }
}
