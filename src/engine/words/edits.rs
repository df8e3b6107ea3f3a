//! Sentences about edits, for history, undo and notices.

use super::{SOMEBODY, faces};
use crate::domain::{Edit, FaceFlag, Library, Meaning, PersonId, Preset, count};

/// An edit that had been made already.
pub const NOTHING_TO_CHANGE: &str = "Nothing to change: it was so already";

/// So many steps were taken back. `text` is the sentence of the earliest of them.
pub fn undone(steps: usize, text: &str) -> String {
    match steps {
        1 => format!("Undone: {text}"),
        steps => format!("Undone: {}, back to before: {text}", count(steps, "edit", "edits")),
    }
}

/// So many steps count again. `text` is the sentence of the latest of them.
pub fn done_again(steps: usize, text: &str) -> String {
    match steps {
        1 => format!("Done again: {text}"),
        steps => format!("Done again: {}, up to: {text}", count(steps, "edit", "edits")),
    }
}

/// One undo step as a sentence. `after` is the library with the step in it.
pub fn step(edits: &[Edit], after: &Library) -> String {
    let noted = edits.iter().find_map(|edit| match edit {
        Edit::Meant { what } => Some(*what),
        _ => None,
    });
    if let Some(what) = noted {
        return meant(what, edits, after);
    }
    let made = edits.iter().find_map(|edit| match edit {
        Edit::MakePerson { faces: list, .. } => Some(list.len()),
        _ => None,
    });
    // The edit that says most about a step of several.
    let says_most = |edit: &&Edit| matches!(edit, Edit::MergePersons { .. } | Edit::IgnorePerson { .. });
    let most = edits.iter().find(says_most).or_else(|| edits.first());
    if let Some(sentence) = several(edits) {
        return sentence;
    }
    match (most, made) {
        (None, _) => "An edit that cannot be read".to_owned(),
        (Some(Edit::IgnorePerson { ignored: true, .. }), Some(count)) => {
            format!("Set a stranger aside ({})", faces(count))
        }
        (Some(edit), _) => one(edit, after),
    }
}

/// A step that was noted together with what it was.
fn meant(what: Meaning, edits: &[Edit], after: &Library) -> String {
    let person = edits.iter().find_map(|edit| match edit {
        Edit::MergePersons { into: person, .. } | Edit::Assign { person, .. } => Some(*person),
        _ => None,
    });
    match (what, person.and_then(|person| name(person, after))) {
        (Meaning::Merge { faces: list, .. }, Some(name)) => format!("Merged {} into {name}", faces(list)),
        (Meaning::Merge { cards, faces: list, into }, None) => {
            format!("Merged {} into one of {}", count(cards, "group", "groups"), faces(list + into))
        }
        (Meaning::Split { faces: list }, _) => format!("Split off {}", faces(list)),
        (Meaning::Move { faces: list }, name) => {
            format!("Moved {} to {}", faces(list), name.unwrap_or("a group without a name"))
        }
        (Meaning::Name { faces: list }, _) => {
            let given = edits.iter().find_map(|edit| match edit {
                Edit::Rename { name, .. } => Some(name.as_str()),
                _ => None,
            });
            format!("Named {} {}", faces(list), given.unwrap_or_default())
        }
        (Meaning::OnePerson { faces: list }, _) => format!("Said that {} are one person", faces(list)),
        (Meaning::TwoPeople { faces: [one, two] }, _) => {
            format!("Said that {} and {} are two people", faces(one), faces(two))
        }
        (Meaning::FixBox, Some(name)) => format!("Fixed the box of a face of {name}"),
        (Meaning::FixBox, None) => "Fixed the box of a face".to_owned(),
    }
}

/// The same of several persons, or faces and persons that were taken back together.
fn several(edits: &[Edit]) -> Option<String> {
    let number = |fits: &dyn Fn(&Edit) -> bool| edits.iter().filter(|edit| fits(edit)).count();
    let people = |number: usize| count(number, "person", "people");
    let of = |fits: &dyn Fn(&Edit) -> bool| faces(edits.iter().filter(|edit| fits(edit)).flat_map(Edit::faces).count());
    let unflagged = |edit: &Edit| matches!(edit, Edit::Flag { flag: None, .. });
    let confirmed = |edit: &Edit| matches!(edit, Edit::Confirm { .. });
    let refused = |edit: &Edit| matches!(edit, Edit::NotThisPerson { .. });
    let aside = |wanted: bool| number(&|edit| matches!(edit, Edit::IgnorePerson { ignored, .. } if *ignored == wanted));
    let hid = |wanted: bool| number(&|edit| matches!(edit, Edit::Hide { hidden, .. } if *hidden == wanted));
    Some(match edits {
        [] | [_] => return None,
        _ if aside(true) > 1 => format!("Set {} aside", count(aside(true), "stranger", "strangers")),
        _ if aside(false) > 0 && number(&unflagged) > 0 => {
            format!("Took {} and {} back", of(&unflagged), people(aside(false)))
        }
        _ if aside(false) > 1 => format!("Took {} back", people(aside(false))),
        _ if hid(true) > 1 => format!("Hid {}", people(hid(true))),
        _ if hid(false) > 1 => format!("Showed {} again", people(hid(false))),
        _ if number(&confirmed) > 1 => format!("Confirmed {} of {}", of(&confirmed), people(number(&confirmed))),
        _ if number(&refused) > 1 => format!("Took {} away from {}", of(&refused), people(number(&refused))),
        _ => return None,
    })
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
        Edit::NotThisPerson { faces: list, person } => match name(*person, after) {
            Some(name) => {
                format!("Said that {} {} not {name}", faces(list.len()), if list.len() == 1 { "is" } else { "are" })
            }
            None => format!("Took {} out of a group without a name", faces(list.len())),
        },
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
        Edit::Meant { what } => meant(*what, &[], after),
    }
}

fn name(person: PersonId, library: &Library) -> Option<&str> {
    library.persons().get(&person)?.name.as_deref()
}

fn who(person: PersonId, library: &Library) -> &str {
    name(person, library).unwrap_or(SOMEBODY)
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
        let many = Edit::Flag { faces: vec![key; 1204], flag: Some(FaceFlag::NotAFace) };
        check(&[many], "Marked 1,204 faces as not a face");
        let meant = |what| [Edit::Assign { faces: vec![key], person }, Edit::Meant { what }];
        check(&meant(Meaning::Merge { cards: 3, faces: 1200, into: 4 }), "Merged 1,200 faces into Ann");
        check(&meant(Meaning::FixBox), "Fixed the box of a face of Ann");
        let refused = |person| Edit::NotThisPerson { faces: vec![key], person };
        check(&[refused(person)], "Said that 1 face is not Ann");
        check(&[refused(person), refused(PersonId(2))], "Took 2 faces away from 2 people");
        let confirmed = |person| Edit::Confirm { faces: vec![key], person };
        check(&[confirmed(person), confirmed(PersonId(2))], "Confirmed 2 faces of 2 people");
    }
}
