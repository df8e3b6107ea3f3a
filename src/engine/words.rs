//! Sentences about edits, for history, undo and notices.

use crate::cluster::Why;
use crate::domain::{Edit, FaceFlag, Library, PersonId, Preset};

/// `1 face`, `12 faces`.
pub(super) fn faces(count: usize) -> String {
    if count == 1 { "1 face".to_owned() } else { format!("{count} faces") }
}

/// One undo step as a sentence. `after` is the library with the step in it.
pub(super) fn step(edits: &[Edit], after: &Library) -> String {
    let made = edits.iter().find_map(|edit| match edit {
        Edit::MakePerson { faces: list, .. } => Some(list.len()),
        _ => None,
    });
    // The edit that says most about a step of several.
    let says_most = |edit: &&Edit| matches!(edit, Edit::MergePersons { .. } | Edit::IgnorePerson { .. });
    match (edits.iter().find(says_most).or_else(|| edits.first()), made) {
        (None, _) => "An edit that cannot be read".to_owned(),
        (Some(Edit::IgnorePerson { ignored: true, .. }), Some(count)) => {
            format!("Set a stranger aside ({})", faces(count))
        }
        (Some(edit), _) => one(edit, after),
    }
}

fn one(edit: &Edit, after: &Library) -> String {
    match edit {
        Edit::MakePerson { name: Some(name), faces: list, .. } => format!("Named {} {name}", faces(list.len())),
        Edit::MakePerson { name: None, faces: list, rest, .. } if rest.is_empty() => {
            format!("Made a group of {}", faces(list.len()))
        }
        Edit::MakePerson { name: None, faces: list, .. } => format!("Split off {}", faces(list.len())),
        Edit::Rename { name, .. } => format!("Renamed to {name}"),
        Edit::Assign { faces: list, person } => format!("Moved {} to {}", faces(list.len()), who(*person, after)),
        Edit::MergePersons { into, .. } => format!("Merged into {}", who(*into, after)),
        Edit::NotThisPerson { faces: list, person } => {
            format!("Said that {} are not {}", faces(list.len()), who(*person, after))
        }
        Edit::Flag { faces: list, flag: Some(FaceFlag::NotAFace) } => {
            format!("Marked {} as not a face", faces(list.len()))
        }
        Edit::Flag { faces: list, flag: Some(FaceFlag::Ignored) } => format!("Ignored {}", faces(list.len())),
        Edit::Flag { faces: list, flag: None } => format!("Took {} back", faces(list.len())),
        Edit::Cover { person, .. } => format!("Chose the cover of {}", who(*person, after)),
        Edit::Hide { person, hidden: true } => format!("Hid {}", who(*person, after)),
        Edit::Hide { person, hidden: false } => format!("Showed {} again", who(*person, after)),
        Edit::SetPreset { preset } => format!(
            "Set grouping to {}",
            match preset {
                Preset::Strict => "strict",
                Preset::Normal => "normal",
                Preset::Loose => "loose",
            }
        ),
        Edit::SetMethod { method } => format!("Set the way of grouping to {}", method.title()),
        Edit::SetLooseness { hundredths: 0 } => "Set grouping to normal".to_owned(),
        Edit::SetLooseness { hundredths } => format!(
            "Set grouping {} {} than normal",
            hundredths.unsigned_abs(),
            match (*hundredths > 0, hundredths.unsigned_abs()) {
                (true, 1) => "step looser",
                (true, _) => "steps looser",
                (false, 1) => "step stricter",
                (false, _) => "steps stricter",
            }
        ),
        Edit::Confirm { faces: list, person } => format!("Confirmed {} of {}", faces(list.len()), who(*person, after)),
        Edit::BirthYear { person, year: Some(year) } => format!("Said that {} was born in {year}", who(*person, after)),
        Edit::BirthYear { person, year: None } => format!("Took back when {} was born", who(*person, after)),
        Edit::IgnorePerson { person, ignored: true } => format!("Set {} aside as a stranger", who(*person, after)),
        Edit::IgnorePerson { person, ignored: false } => format!("Took {} back", who(*person, after)),
        Edit::DrawFace { .. } => "Drew a face by hand".to_owned(),
    }
}

/// Why two faces are together or apart, most important first.
pub(super) fn why(why: &Why) -> Vec<String> {
    let mut sentences = Vec::new();
    let likeness = match why.pair.cosine {
        cosine if cosine > 0.8 => "very much",
        cosine if cosine > 0.6 => "much",
        cosine if cosine > 0.4 => "somewhat",
        _ => "hardly",
    };
    sentences.push(format!("They look alike {likeness}: {:.2} of 1", why.pair.cosine));
    let weakest = why.weakest.and_then(|place| why.chain.get(place));
    sentences.push(match (weakest, why.together) {
        (Some(link), _) if link.margin.is_infinite() => "You said that they are one person".to_owned(),
        (Some(link), true) if why.chain.len() == 1 => {
            format!("Their groups of {} and {} were each other's best fit", link.sizes[0], link.sizes[1])
        }
        (Some(link), true) => format!(
            "They are joined in {} steps; the weakest joined groups of {} and {} and was {:.2} above what is asked",
            why.chain.len(),
            link.sizes[0],
            link.sizes[1],
            link.margin
        ),
        (Some(link), false) => format!("{:.2} is missing for their groups to be joined", link.margin.abs()),
        (None, true) => "It is the same face".to_owned(),
        (None, false) => "Nothing leads from one to the other: they are too far apart".to_owned(),
    });
    match why.pair.shared.len() {
        0 => sentences.push("No other face is near both".to_owned()),
        1 => sentences.push("1 other face is near both".to_owned()),
        count => sentences.push(format!("{count} other faces are near both")),
    }
    if let Some(distance) = why.pair.rank_order {
        sentences.push(format!("Rank-order distance {distance:.1}; 2 is the least there is"));
    }
    let far = why.pair.normalised;
    sentences.push(format!("They are {far:.2} times as far apart as from their nearest on average; below 1 is near"));
    sentences
}

fn who(person: PersonId, library: &Library) -> String {
    let name = library.persons().get(&person).and_then(|person| person.name.clone());
    name.unwrap_or_else(|| "an unnamed person".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FaceKey, PhotoHash};

    #[test]
    fn every_edit_is_a_sentence() {
        let key = FaceKey { photo: PhotoHash([1; 16]), cell: [0; 4] };
        let (list, person) = (vec![key, key], PersonId(1));
        let ann = Edit::MakePerson { person, name: Some("Ann".into()), faces: list.clone(), rest: vec![] };
        let stranger = Edit::MakePerson { person: PersonId(2), name: None, faces: list.clone(), rest: vec![] };
        let library = Library::fold([&ann, &stranger]);
        let check = |edits: &[Edit], text: &str| assert_eq!(step(edits, &library), text);
        check(&[ann], "Named 2 faces Ann");
        check(std::slice::from_ref(&stranger), "Made a group of 2 faces");
        check(&[stranger, Edit::IgnorePerson { person: PersonId(2), ignored: true }], "Set a stranger aside (2 faces)");
        check(&[Edit::Confirm { faces: vec![key], person }], "Confirmed 1 face of Ann");
        check(&[Edit::Assign { faces: list.clone(), person }], "Moved 2 faces to Ann");
        check(&[Edit::BirthYear { person, year: Some(1980) }], "Said that Ann was born in 1980");
        check(&[Edit::BirthYear { person, year: None }], "Took back when Ann was born");
        check(&[Edit::IgnorePerson { person, ignored: false }], "Took Ann back");
        check(&[Edit::SetLooseness { hundredths: 1 }], "Set grouping 1 step looser than normal");
        check(&[Edit::SetLooseness { hundredths: -3 }], "Set grouping 3 steps stricter than normal");
        check(&[Edit::DrawFace { face: key }], "Drew a face by hand");
        check(&[Edit::Hide { person: PersonId(2), hidden: true }], "Hid an unnamed person");
        check(
            &[Edit::Assign { faces: list, person }, Edit::MergePersons { from: PersonId(2), into: person }],
            "Merged into Ann",
        );
        check(&[], "An edit that cannot be read");
    }
}
