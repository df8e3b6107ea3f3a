//! Sentences about edits, for history, undo and notices.

use crate::domain::{Edit, FaceFlag, Library, PersonId, Preset};

/// `1 face`, `12 faces`.
pub(super) fn faces(count: usize) -> String {
    if count == 1 { "1 face".to_owned() } else { format!("{count} faces") }
}

/// One undo step as a sentence. `after` is the library with the step in it.
pub(super) fn step(edits: &[Edit], after: &Library) -> String {
    let merge = edits.iter().find(|edit| matches!(edit, Edit::MergePersons { .. }));
    merge.or_else(|| edits.first()).map_or_else(|| "An edit that cannot be read".to_owned(), |edit| one(edit, after))
}

fn one(edit: &Edit, after: &Library) -> String {
    match edit {
        Edit::MakePerson { name: Some(name), faces: list, .. } => format!("Named {} {name}", faces(list.len())),
        Edit::MakePerson { name: None, faces: list, rest, .. } if rest.is_empty() => {
            format!("Put {} together", faces(list.len()))
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
    }
}

fn who(person: PersonId, library: &Library) -> String {
    let name = library.persons().get(&person).and_then(|person| person.name.clone());
    name.unwrap_or_else(|| "an unnamed person".to_owned())
}
