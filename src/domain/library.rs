//! The fold of the user's edits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Edit, FaceFlag, FaceKey, KeyMap, Method, PersonId, PhotoHash, Preset};

/// A person the user made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Identity.
    pub id: PersonId,
    /// `None` while the user has only said that faces belong together.
    pub name: Option<String>,
    /// The chosen cover.
    pub cover: Option<FaceKey>,
    /// Kept off the board.
    pub hidden: bool,
    /// A stranger, set aside.
    pub ignored: bool,
    /// Year of birth.
    pub birth_year: Option<i16>,
}

impl Person {
    fn new(id: PersonId, name: Option<String>) -> Self {
        Self { id, name, cover: None, hidden: false, ignored: false, birth_year: None }
    }
}

/// Faces by person: what a merge has to move is found without looking at all faces.
type OfPerson = Arc<BTreeMap<PersonId, Arc<BTreeSet<FaceKey>>>>;

/// Everything the user has said so far: `Library::fold(&edits[..cursor])`. Cloning it copies pointers; a change copies
/// only the parts it is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Library {
    persons: Arc<BTreeMap<PersonId, Person>>,
    assigned: KeyMap<PersonId>,
    rejected: KeyMap<BTreeSet<PersonId>>,
    /// `assigned` and `rejected` by person; nobody without faces is in them.
    assigned_to: OfPerson,
    rejected_for: OfPerson,
    flags: KeyMap<FaceFlag>,
    drawn: KeyMap<()>,
    method: Method,
    preset: Preset,
    looseness: Option<i16>,
}

/// What two libraries say differently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Faces that are somebody else, refused for somebody else, set aside or drawn in one of them.
    pub faces: BTreeSet<FaceKey>,
    /// Persons that differ or are in one of them only.
    pub persons: BTreeSet<PersonId>,
    /// The way of grouping differs.
    pub settings: bool,
}

impl Changes {
    /// No difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Library {
    /// The library after these edits, in this order.
    #[must_use]
    pub fn fold<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> Self {
        let mut library = Self::default();
        edits.into_iter().for_each(|edit| library.apply(edit));
        library
    }

    /// Every person, by id.
    #[must_use]
    pub fn persons(&self) -> &BTreeMap<PersonId, Person> {
        &self.persons
    }

    /// The person a face was said to be.
    #[must_use]
    pub fn person_of(&self, face: &FaceKey) -> Option<PersonId> {
        self.assigned.get(face).copied()
    }

    /// Faces said to be somebody, by face.
    #[must_use]
    pub fn assigned(&self) -> &KeyMap<PersonId> {
        &self.assigned
    }

    /// Faces said not to be somebody, and whom not.
    #[must_use]
    pub fn rejected(&self) -> &KeyMap<BTreeSet<PersonId>> {
        &self.rejected
    }

    /// Whether a face was said not to be this person.
    #[must_use]
    pub fn is_rejected(&self, face: &FaceKey, person: PersonId) -> bool {
        self.rejected.get(face).is_some_and(|persons| persons.contains(&person))
    }

    /// How a face was set aside, if it was.
    #[must_use]
    pub fn flag(&self, face: &FaceKey) -> Option<FaceFlag> {
        self.flags.get(face).copied()
    }

    /// Faces drawn by hand.
    #[must_use]
    pub fn drawn(&self) -> &KeyMap<()> {
        &self.drawn
    }

    /// How faces are grouped.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// How readily groups merge.
    #[must_use]
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// How readily groups merge in hundredths of the margin, when the user said so after any preset.
    #[must_use]
    pub fn looseness(&self) -> Option<i16> {
        self.looseness
    }

    /// Every face of a photo the user has said something about, each once.
    #[must_use]
    pub fn faces_of_photo(&self, photo: PhotoHash) -> BTreeSet<FaceKey> {
        let assigned = self.assigned.of_photo(photo).map(|(key, _)| *key);
        let rejected = self.rejected.of_photo(photo).map(|(key, _)| *key);
        let flagged = self.flags.of_photo(photo).map(|(key, _)| *key);
        assigned.chain(rejected).chain(flagged).chain(self.drawn.of_photo(photo).map(|(key, ())| *key)).collect()
    }

    /// What differs between two libraries. Quick when one was made from the other: what they share is not looked at.
    #[must_use]
    pub fn changes(&self, other: &Self) -> Changes {
        let faces = (self.assigned.differing(&other.assigned).into_iter())
            .chain(self.rejected.differing(&other.rejected))
            .chain(self.flags.differing(&other.flags))
            .chain(self.drawn.differing(&other.drawn))
            .collect();
        let mut persons = BTreeSet::new();
        if !Arc::ptr_eq(&self.persons, &other.persons) {
            let differs = |id: &PersonId| self.persons.get(id) != other.persons.get(id);
            persons = self.persons.keys().chain(other.persons.keys()).filter(|id| differs(id)).copied().collect();
        }
        let way = |library: &Self| (library.method, library.preset, library.looseness);
        let settings = way(self) != way(other);
        Changes { faces, persons, settings }
    }

    /// The library after one more edit.
    pub fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::MakePerson { person, name, faces, rest } => {
                if self.persons.contains_key(person) {
                    return;
                }
                Arc::make_mut(&mut self.persons).insert(*person, Person::new(*person, name.clone()));
                self.assign(faces, *person);
                for face in rest {
                    self.reject(*face, *person);
                }
            }
            Edit::Rename { person, name } => self.change(*person, |known| known.name = Some(name.clone())),
            Edit::Assign { faces, person } | Edit::Confirm { faces, person } => {
                if self.persons.contains_key(person) {
                    self.assign(faces, *person);
                }
            }
            Edit::MergePersons { from, into } => self.merge(*from, *into),
            Edit::NotThisPerson { faces, person } => {
                for face in faces {
                    if self.assigned.get(face) == Some(person) {
                        self.assigned.remove(face);
                        take(&mut self.assigned_to, *person, face);
                    }
                    self.reject(*face, *person);
                }
            }
            Edit::Flag { faces, flag } => {
                for face in faces {
                    match flag {
                        Some(flag) => self.flags.insert(*face, *flag),
                        None => self.flags.remove(face),
                    }
                }
            }
            Edit::Cover { person, face } => self.change(*person, |known| known.cover = Some(*face)),
            Edit::Hide { person, hidden } => self.change(*person, |known| known.hidden = *hidden),
            Edit::IgnorePerson { person, ignored } => self.change(*person, |known| known.ignored = *ignored),
            Edit::BirthYear { person, year } => self.change(*person, |known| known.birth_year = *year),
            Edit::DrawFace { face } => self.drawn.insert(*face, ()),
            Edit::SetMethod { method } => self.method = *method,
            Edit::Meant { .. } => {}
            // The later of the two counts.
            Edit::SetPreset { preset } => (self.preset, self.looseness) = (*preset, None),
            Edit::SetLooseness { hundredths } => self.looseness = Some(*hundredths),
        }
    }

    fn change(&mut self, person: PersonId, change: impl FnOnce(&mut Person)) {
        if self.persons.contains_key(&person)
            && let Some(known) = Arc::make_mut(&mut self.persons).get_mut(&person)
        {
            change(known);
        }
    }

    fn assign(&mut self, faces: &[FaceKey], person: PersonId) {
        for face in faces {
            if let Some(before) = self.assigned.get(face).copied() {
                take(&mut self.assigned_to, before, face);
            }
            self.assigned.insert(*face, person);
            put(&mut self.assigned_to, person, *face);
            // The later word counts: who is confirmed is no longer refused.
            self.accept(face, person);
        }
    }

    fn reject(&mut self, face: FaceKey, person: PersonId) {
        let mut persons = self.rejected.get(&face).cloned().unwrap_or_default();
        if persons.insert(person) {
            self.rejected.insert(face, persons);
            put(&mut self.rejected_for, person, face);
        }
    }

    fn accept(&mut self, face: &FaceKey, person: PersonId) {
        let Some(persons) = self.rejected.get(face).filter(|persons| persons.contains(&person)) else { return };
        let mut persons = persons.clone();
        persons.remove(&person);
        take(&mut self.rejected_for, person, face);
        if persons.is_empty() {
            self.rejected.remove(face);
        } else {
            self.rejected.insert(*face, persons);
        }
    }

    fn merge(&mut self, from: PersonId, into: PersonId) {
        if from == into || !self.persons.contains_key(&into) {
            return;
        }
        let Some(gone) = Arc::make_mut(&mut self.persons).remove(&from) else { return };
        self.change(into, |kept| {
            kept.name = kept.name.take().or(gone.name);
            kept.cover = kept.cover.or(gone.cover);
            kept.birth_year = kept.birth_year.or(gone.birth_year);
        });
        let moved = all(&self.assigned_to, from);
        for face in &moved {
            self.assigned.insert(*face, into);
            take(&mut self.assigned_to, from, face);
            put(&mut self.assigned_to, into, *face);
        }
        let refused = all(&self.rejected_for, from);
        for face in &refused {
            self.accept(face, from);
            self.reject(*face, into);
        }
        // A face of one that was refused for the other is confirmed by the merge itself.
        for face in moved.iter().chain(&refused) {
            if self.assigned.get(face) == Some(&into) {
                self.accept(face, into);
            }
        }
    }
}

fn all(faces: &OfPerson, person: PersonId) -> Vec<FaceKey> {
    faces.get(&person).map(|faces| faces.iter().copied().collect()).unwrap_or_default()
}

fn put(faces: &mut OfPerson, person: PersonId, face: FaceKey) {
    Arc::make_mut(Arc::make_mut(faces).entry(person).or_default()).insert(face);
}

fn take(faces: &mut OfPerson, person: PersonId, face: &FaceKey) {
    let faces = Arc::make_mut(faces);
    if let Some(own) = faces.get_mut(&person).map(Arc::make_mut) {
        own.remove(face);
        if own.is_empty() {
            faces.remove(&person);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(number: u8) -> FaceKey {
        FaceKey { photo: PhotoHash([number; 16]), cell: [0; 4] }
    }

    fn keys(numbers: &[u8]) -> Vec<FaceKey> {
        numbers.iter().map(|number| key(*number)).collect()
    }

    fn make(person: u32, name: Option<&str>, faces: &[u8], rest: &[u8]) -> Edit {
        let name = name.map(String::from);
        Edit::MakePerson { person: PersonId(person), name, faces: keys(faces), rest: keys(rest) }
    }

    /// `(face, person)` for every assigned face, and `(face, person)` for every refusal.
    fn check(edits: &[Edit], assigned: &[(u8, u32)], rejected: &[(u8, u32)]) {
        let library = Library::fold(edits);
        let found: Vec<(u8, u32)> = library.assigned().iter().map(|(key, person)| (key.photo.0[0], person.0)).collect();
        assert_eq!(found, assigned, "{edits:?}");
        let found: Vec<(u8, u32)> = (library.rejected().iter())
            .flat_map(|(key, persons)| persons.iter().map(|person| (key.photo.0[0], person.0)))
            .collect();
        assert_eq!(found, rejected, "{edits:?}");
    }

    #[test]
    fn the_later_word_counts() {
        let assign = |faces: &[u8], person| Edit::Assign { faces: keys(faces), person: PersonId(person) };
        let not = |faces: &[u8], person| Edit::NotThisPerson { faces: keys(faces), person: PersonId(person) };
        let merge = |from, into| Edit::MergePersons { from: PersonId(from), into: PersonId(into) };
        let (ann, bo) = (make(1, Some("Ann"), &[1, 2], &[3]), make(2, Some("Bo"), &[4], &[]));
        check(std::slice::from_ref(&ann), &[(1, 1), (2, 1)], &[(3, 1)]);
        check(&[ann.clone(), assign(&[3], 1)], &[(1, 1), (2, 1), (3, 1)], &[]);
        check(&[ann.clone(), not(&[2], 1)], &[(1, 1)], &[(2, 1), (3, 1)]);
        check(&[ann.clone(), assign(&[5], 9)], &[(1, 1), (2, 1)], &[(3, 1)]);
        check(&[ann.clone(), make(1, None, &[7], &[])], &[(1, 1), (2, 1)], &[(3, 1)]);
        // Who was refused for one is refused for both, unless the merge itself confirms it.
        check(&[ann.clone(), bo.clone(), merge(1, 2)], &[(1, 2), (2, 2), (4, 2)], &[(3, 2)]);
        check(&[ann.clone(), bo.clone(), not(&[4], 1), merge(1, 2)], &[(1, 2), (2, 2), (4, 2)], &[(3, 2)]);
        check(&[ann.clone(), bo.clone(), not(&[1], 2), merge(1, 2)], &[(1, 2), (2, 2), (4, 2)], &[(3, 2)]);
        check(&[ann, bo, merge(1, 1), merge(7, 1), merge(1, 7)], &[(1, 1), (2, 1), (4, 2)], &[(3, 1)]);
    }

    #[test]
    fn a_merge_keeps_what_only_one_of_them_had() {
        let merge = Edit::MergePersons { from: PersonId(2), into: PersonId(1) };
        let cover = Edit::Cover { person: PersonId(2), face: key(4) };
        let born = Edit::BirthYear { person: PersonId(2), year: Some(1980) };
        let library = Library::fold(&[make(1, None, &[1], &[]), make(2, Some("Bo"), &[4], &[]), cover, born, merge]);
        let kept = &library.persons()[&PersonId(1)];
        assert_eq!((kept.name.as_deref(), kept.cover, kept.birth_year), (Some("Bo"), Some(key(4)), Some(1980)));
        assert_eq!(library.persons().len(), 1);
    }

    #[test]
    fn the_later_of_preset_and_looseness_counts() {
        let (strict, finer) = (Edit::SetPreset { preset: Preset::Strict }, Edit::SetLooseness { hundredths: 3 });
        let library = Library::fold([&strict, &finer]);
        assert_eq!((library.preset(), library.looseness()), (Preset::Strict, Some(3)));
        assert_eq!(Library::fold([&finer, &strict]).looseness(), None);
    }

    #[test]
    fn changes_name_exactly_what_differs() {
        let before = Library::fold(&[make(1, Some("Ann"), &[1, 2], &[3]), make(2, None, &[4], &[])]);
        let mut after = before.clone();
        assert!(after.changes(&before).is_empty());
        after.apply(&Edit::Rename { person: PersonId(1), name: "Anna".into() });
        after.apply(&Edit::Assign { faces: keys(&[2, 4]), person: PersonId(1) });
        after.apply(&Edit::Flag { faces: keys(&[9]), flag: Some(FaceFlag::NotAFace) });
        let changes = after.changes(&before);
        assert_eq!(changes.faces.into_iter().collect::<Vec<_>>(), keys(&[4, 9]), "face 2 was Ann's before");
        assert_eq!(changes.persons, [PersonId(1)].into());
        assert!(!changes.settings);
        after.apply(&Edit::SetLooseness { hundredths: 1 });
        assert!(after.changes(&before).settings);
        assert_eq!(after.faces_of_photo(PhotoHash([3; 16])), keys(&[3]).into_iter().collect());
    }

    /// A library of many words, most of them merges, is folded at every start.
    #[test]
    fn many_merges_are_folded_soon() {
        const EACH: u32 = 15;
        let key = |number: u32| {
            let mut photo = [0; 16];
            photo[..4].copy_from_slice(&number.to_le_bytes());
            FaceKey { photo: PhotoHash(photo), cell: [0; 4] }
        };
        let own = |person: u32| (person * EACH..(person + 1) * EACH).map(key).collect::<Vec<FaceKey>>();
        let made = (0..2_000).map(|person| Edit::MakePerson {
            person: PersonId(person),
            name: None,
            faces: own(person),
            // Refused for it is who is made next.
            rest: own(person + 1),
        });
        let merged = (1..2_000).map(|from| Edit::MergePersons { from: PersonId(from), into: PersonId(0) });
        let edits: Vec<Edit> = made.chain(merged).collect();
        let library = Library::fold(&edits);
        assert_eq!((library.persons().len(), library.assigned().len()), (1, 30_000));
        assert!(library.assigned().iter().all(|(_, person)| *person == PersonId(0)));
        let refused: Vec<FaceKey> = library.rejected().keys().copied().collect();
        assert_eq!(refused.len(), EACH as usize, "only those of nobody");
    }

    proptest! {
        /// Whatever is said, the faces of each person are those that say so.
        #[test]
        fn faces_by_person_are_those_of_the_faces(
            said in proptest::collection::vec((0u8..4, 1u32..5, 1u32..5, proptest::collection::vec(0u8..8, 0..4)), 0..40),
        ) {
            let mut library = Library::default();
            for (kind, one, two, list) in said {
                let (person, faces) = (PersonId(one), keys(&list));
                library.apply(&match kind {
                    0 => Edit::MakePerson { person, name: None, faces: keys(&list[..list.len() / 2]), rest: faces },
                    1 => Edit::Assign { faces, person },
                    2 => Edit::NotThisPerson { faces, person },
                    _ => Edit::MergePersons { from: person, into: PersonId(two) },
                });
                let mut assigned: BTreeMap<PersonId, BTreeSet<FaceKey>> = BTreeMap::new();
                for (face, person) in library.assigned().iter() {
                    assigned.entry(*person).or_default().insert(*face);
                }
                let mut rejected: BTreeMap<PersonId, BTreeSet<FaceKey>> = BTreeMap::new();
                for (face, persons) in library.rejected().iter() {
                    for person in persons {
                        rejected.entry(*person).or_default().insert(*face);
                    }
                }
                let plain = |index: &OfPerson| -> BTreeMap<PersonId, BTreeSet<FaceKey>> {
                    index.iter().map(|(person, faces)| (*person, (**faces).clone())).collect()
                };
                prop_assert_eq!((plain(&library.assigned_to), plain(&library.rejected_for)), (assigned, rejected));
            }
        }
    }
}
