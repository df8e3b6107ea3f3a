//! The fold of the user's edits.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edit, FaceFlag, FaceKey, PersonId, Preset};

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
}

/// Everything the user has said so far: `Library::fold(&edits[..cursor])`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Library {
    persons: BTreeMap<PersonId, Person>,
    assigned: BTreeMap<FaceKey, PersonId>,
    rejected: BTreeSet<(FaceKey, PersonId)>,
    flags: BTreeMap<FaceKey, FaceFlag>,
    preset: Preset,
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
    pub fn assigned(&self) -> &BTreeMap<FaceKey, PersonId> {
        &self.assigned
    }

    /// Faces said not to be somebody.
    #[must_use]
    pub fn rejected(&self) -> &BTreeSet<(FaceKey, PersonId)> {
        &self.rejected
    }

    /// How a face was set aside, if it was.
    #[must_use]
    pub fn flag(&self, face: &FaceKey) -> Option<FaceFlag> {
        self.flags.get(face).copied()
    }

    /// How readily groups merge.
    #[must_use]
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// The library after one more edit.
    pub fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::MakePerson { person, name, faces, rest } => {
                if self.persons.contains_key(person) {
                    return;
                }
                self.persons.insert(*person, Person { id: *person, name: name.clone(), cover: None, hidden: false });
                self.assign(faces, *person);
                self.rejected.extend(rest.iter().map(|face| (*face, *person)));
            }
            Edit::Rename { person, name } => {
                if let Some(known) = self.persons.get_mut(person) {
                    known.name = Some(name.clone());
                }
            }
            Edit::Assign { faces, person } => {
                if self.persons.contains_key(person) {
                    self.assign(faces, *person);
                }
            }
            Edit::MergePersons { from, into } => self.merge(*from, *into),
            Edit::NotThisPerson { faces, person } => {
                for face in faces {
                    if self.assigned.get(face) == Some(person) {
                        self.assigned.remove(face);
                    }
                    self.rejected.insert((*face, *person));
                }
            }
            Edit::Flag { faces, flag } => {
                for face in faces {
                    match flag {
                        Some(flag) => self.flags.insert(*face, *flag),
                        None => self.flags.remove(face),
                    };
                }
            }
            Edit::Cover { person, face } => {
                if let Some(known) = self.persons.get_mut(person) {
                    known.cover = Some(*face);
                }
            }
            Edit::Hide { person, hidden } => {
                if let Some(known) = self.persons.get_mut(person) {
                    known.hidden = *hidden;
                }
            }
            Edit::SetPreset { preset } => self.preset = *preset,
        }
    }

    fn assign(&mut self, faces: &[FaceKey], person: PersonId) {
        for face in faces {
            self.assigned.insert(*face, person);
            // The later word counts: who is confirmed is no longer refused.
            self.rejected.remove(&(*face, person));
        }
    }

    fn merge(&mut self, from: PersonId, into: PersonId) {
        if from == into || !self.persons.contains_key(&into) {
            return;
        }
        let Some(gone) = self.persons.remove(&from) else { return };
        if let Some(kept) = self.persons.get_mut(&into) {
            kept.name = kept.name.take().or(gone.name);
            kept.cover = kept.cover.or(gone.cover);
        }
        for person in self.assigned.values_mut().filter(|person| **person == from) {
            *person = into;
        }
        let moved: Vec<FaceKey> =
            self.rejected.iter().filter(|(_, person)| *person == from).map(|(face, _)| *face).collect();
        for face in moved {
            self.rejected.remove(&(face, from));
            // A face of `into` that was refused for `from` is confirmed by the merge itself.
            if self.assigned.get(&face) != Some(&into) {
                self.rejected.insert((face, into));
            }
        }
        self.rejected.retain(|(face, person)| *person != into || self.assigned.get(face) != Some(&into));
    }
}
