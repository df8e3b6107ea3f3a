//! Words of the user that no longer hold: what a step says against earlier ones, and what cannot all be kept. The later
//! word counts, but none is dropped in silence. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::words::overruled as words;
use crate::cluster::{Contradiction, Session};
use crate::domain::{Changes, Edit, FaceId, FaceKey, Library, Meaning, PersonId};

/// Faces, and whom the user had said that they are, or are not.
#[derive(Default)]
struct Said {
    faces: usize,
    persons: BTreeSet<PersonId>,
}

impl Said {
    /// The name, if all were said of one person who has one.
    fn name<'a>(&self, library: &'a Library) -> Option<&'a str> {
        let mut persons = self.persons.iter();
        let (first, None) = (persons.next()?, persons.next()) else { return None };
        library.persons().get(first)?.name.as_deref()
    }
}

/// What the user had said before and a step overrules, in sentences that follow the step's own; none for most. That faces
/// leave the card they are shown on is what the step itself says.
pub(super) fn sentences(edits: &[Edit], before: &Library, after: &Library, changes: &Changes) -> Vec<String> {
    let merged = Merged::of(edits);
    let noted =
        |fits: fn(&Meaning) -> bool| edits.iter().any(|edit| matches!(edit, Edit::Meant { what } if fits(what)));
    let is_split = noted(|what| matches!(what, Meaning::Split { .. }));
    let is_move = noted(|what| matches!(what, Meaning::Move { .. }));
    let (mut refused, mut left) = (Said::default(), Said::default());
    let mut aside = 0;
    for face in &changes.faces {
        let Some(person) = after.person_of(face) else { continue };
        let not: BTreeSet<PersonId> = merged.refusals(face, person, before).collect();
        if !not.is_empty() && !after.is_rejected(face, person) {
            refused.faces += 1;
            refused.persons.extend(not);
        }
        let was = before.person_of(face).filter(|was| merged.now(*was) != person);
        if let Some(was) = was.filter(|_| !is_split) {
            left.faces += 1;
            left.persons.insert(was);
        }
        aside += usize::from(is_move && before.flag(face).is_some() && after.flag(face).is_none());
    }
    let mut told = Vec::new();
    if refused.faces > 0 {
        told.push(words::refused(refused.faces, refused.name(before)));
    }
    if left.faces > 0 {
        told.push(words::left(left.faces, left.name(before)));
    }
    if aside > 0 {
        told.push(words::aside(aside));
    }
    told.extend(merged.years(before, after));
    told
}

/// Persons who became others in a step.
struct Merged(BTreeMap<PersonId, PersonId>);

impl Merged {
    fn of(edits: &[Edit]) -> Self {
        let pair = |edit: &Edit| match edit {
            Edit::MergePersons { from, into } => Some((*from, *into)),
            _ => None,
        };
        Self(edits.iter().filter_map(pair).collect())
    }

    /// Who a person is after the step.
    fn now(&self, person: PersonId) -> PersonId {
        let way = std::iter::successors(Some(person), |one| self.0.get(one).copied());
        // Never longer than there are merges, should they lead in a circle.
        way.take(self.0.len() + 1).last().unwrap_or(person)
    }

    /// Whom a face had been refused for of those who are this person now.
    fn refusals(&self, face: &FaceKey, person: PersonId, before: &Library) -> impl Iterator<Item = PersonId> {
        let refused = before.rejected().get(face).into_iter().flatten().copied();
        refused.filter(move |refused| self.now(*refused) == person)
    }

    /// Years of birth that ended with their persons: the one who stays has another.
    fn years(&self, before: &Library, after: &Library) -> Vec<String> {
        let year = |from: &PersonId| {
            let gone = before.persons().get(from)?;
            let (lost, kept) = (gone.birth_year?, after.persons().get(&self.now(*from))?.birth_year?);
            (lost != kept).then(|| words::year(gone.name.as_deref(), lost, kept))
        };
        self.0.keys().filter_map(year).collect()
    }
}

/// Faces of which the library says what cannot all be kept. Edits that the window makes leave none; those of an older
/// library may.
pub(super) fn contradicted(session: &Session) -> BTreeSet<FaceId> {
    let places = session.contradictions().iter().flat_map(|told| match *told {
        Contradiction::Together(one, two) | Contradiction::Different(one, two) => [one, two],
        Contradiction::Refused { face, .. } => [face, face],
    });
    places.filter_map(|place| session.id(place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FaceFlag, PhotoHash};

    fn keys(numbers: &[u8]) -> Vec<FaceKey> {
        numbers.iter().map(|number| FaceKey { photo: PhotoHash([*number; 16]), cell: [0; 4] }).collect()
    }

    fn make(person: u32, name: Option<&str>, faces: &[u8], rest: &[u8]) -> Edit {
        let name = name.map(String::from);
        Edit::MakePerson { person: PersonId(person), name, faces: keys(faces), rest: keys(rest) }
    }

    fn assign(faces: &[u8], person: u32) -> Edit {
        Edit::Assign { faces: keys(faces), person: PersonId(person) }
    }

    fn not(faces: &[u8], person: u32) -> Edit {
        Edit::NotThisPerson { faces: keys(faces), person: PersonId(person) }
    }

    fn merge(from: u32, into: u32) -> Edit {
        Edit::MergePersons { from: PersonId(from), into: PersonId(into) }
    }

    #[test]
    fn a_word_that_is_overruled_is_told() {
        let check = |said: &[Edit], step: &[Edit], text: &str| {
            let before = Library::fold(said);
            let after = Library::fold(said.iter().chain(step));
            let told = sentences(step, &before, &after, &after.changes(&before));
            assert_eq!(words::after(String::new(), &told), text, "{said:?}, {step:?}");
        };
        let (ann, bo) = (make(1, Some("Ann"), &[1, 2], &[3, 4]), make(2, Some("Bo"), &[5, 6], &[]));
        let both = [ann.clone(), bo.clone()];
        // Nothing of it was spoken of before.
        check(&both, &[assign(&[7], 1)], "");
        check(&both, &[not(&[7], 1)], "");
        // Refused for Ann, and hers now: by a move, or by a merge of which the second is a part.
        let not_ann = ". You had said that 2 faces are not Ann; that no longer counts";
        check(&both, &[assign(&[3, 4, 7], 1)], not_ann);
        check(&[ann.clone(), bo.clone(), not(&[5, 6], 1)], &[merge(2, 1)], not_ann);
        check(&[ann.clone(), bo.clone(), not(&[5, 6], 1)], &[merge(1, 2)], not_ann);
        let not_bo = ". You had said that 1 face is not Bo; that no longer counts";
        check(&[ann.clone(), bo.clone(), not(&[2], 2)], &[merge(2, 1)], not_bo);
        check(&[ann.clone(), bo.clone(), not(&[7], 2)], &[merge(2, 1), assign(&[7], 1)], not_bo);
        let third = make(3, None, &[8], &[5]);
        let several = [ann.clone(), bo.clone(), third.clone(), not(&[5, 6], 1)];
        let nobody = ". You had said that 2 faces are somebody else; that no longer counts";
        check(&several, &[merge(3, 2), merge(2, 1)], nobody);
        // A refusal for one holds for both, where nothing speaks against it.
        check(&[ann.clone(), bo.clone(), not(&[7], 2)], &[merge(2, 1)], "");
        // Somebody's, and moved to somebody else.
        check(&both, &[assign(&[5, 7], 1)], ". You had said that 1 face is Bo; that no longer counts");
        check(&[both.to_vec(), vec![third]].concat(), &[assign(&[8], 1)], ". You had put 1 face on another card");
        check(&both, &[merge(2, 1)], "");
        // Said of the card that they leave: the step's own sentence says so.
        check(&both, &[not(&[1], 1)], "");
        let split = Edit::Meant { what: Meaning::Split { faces: 1 } };
        check(&both, &[make(9, None, &[1], &[]), split], "");
        // Set aside, and moved to a card.
        let aside = Edit::Flag { faces: keys(&[7]), flag: Some(FaceFlag::NotAFace) };
        let back = Edit::Flag { faces: keys(&[7]), flag: None };
        let moved = Edit::Meant { what: Meaning::Move { faces: 1 } };
        let text = ". You had set 1 face aside; that no longer counts";
        check(&[ann.clone(), aside.clone()], &[back.clone(), assign(&[7], 1), moved], text);
        check(&[ann.clone(), aside], &[back], "");
        // Years of birth.
        let born = |person: u32, year: i16| Edit::BirthYear { person: PersonId(person), year: Some(year) };
        check(
            &[ann.clone(), bo.clone(), born(1, 1980), born(2, 1985)],
            &[merge(2, 1)],
            ". You had said that Bo was born in 1985; 1980 stays",
        );
        check(&[ann, bo, born(2, 1985)], &[merge(2, 1)], "");
    }

    #[test]
    fn merges_in_a_circle_end() {
        let merged = Merged::of(&[merge(1, 2), merge(2, 1)]);
        assert!([1, 2].contains(&merged.now(PersonId(1)).0));
    }
}
