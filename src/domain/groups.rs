//! The cards of the board, in board order and by id.

use std::cmp::Reverse;
use std::sync::Arc;

use super::{FaceId, GroupId, PersonId, Table};

/// A card on the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Identity.
    pub id: GroupId,
    /// The person's name, if it has one.
    pub name: Option<String>,
    /// Best face first is not promised: ascending by row.
    pub faces: Vec<FaceId>,
    /// The face on the card.
    pub cover: FaceId,
    /// Kept off the board by the user.
    pub hidden: bool,
    /// A stranger whom the user set aside with all that is like them.
    pub ignored: bool,
    /// The person's year of birth, if the user said it.
    pub birth_year: Option<i16>,
}

impl Group {
    /// A card with nothing special about it.
    #[must_use]
    pub fn new(id: GroupId, name: Option<String>, faces: Vec<FaceId>, cover: FaceId) -> Self {
        Self { id, name, faces, cover, hidden: false, ignored: false, birth_year: None }
    }

    /// The person, if the user made one.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self.id {
            GroupId::Person(person) => Some(person),
            GroupId::Faces(_) => None,
        }
    }

    /// Named first, then large first, then by name, then by id.
    fn key(&self) -> (bool, Reverse<usize>, Option<&str>, GroupId) {
        (self.name.is_none(), Reverse(self.faces.len()), self.name.as_deref(), self.id)
    }
}

/// All cards. Cloning copies pointers; changing one card copies no other.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    order: Arc<Vec<Arc<Group>>>,
    persons: Table<PersonId, Arc<Group>>,
    free: Table<FaceId, Arc<Group>>,
}

impl PartialEq for Groups {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Groups {
    /// Cards.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// No cards.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// In board order: named first, then by size, then by name and id.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Group> + ExactSizeIterator {
        self.order.iter().map(Arc::as_ref)
    }

    /// The first card.
    #[must_use]
    pub fn first(&self) -> Option<&Group> {
        self.order.first().map(Arc::as_ref)
    }

    /// The card at a place of the board order.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&Group> {
        self.order.get(place).map(Arc::as_ref)
    }

    /// A card by its id.
    #[must_use]
    pub fn get(&self, id: GroupId) -> Option<&Group> {
        self.shared(id).map(Arc::as_ref)
    }

    /// Where a card stands in board order.
    #[must_use]
    pub fn place(&self, id: GroupId) -> Option<usize> {
        let group = self.get(id)?;
        self.order.binary_search_by(|other| other.key().cmp(&group.key())).ok()
    }

    fn shared(&self, id: GroupId) -> Option<&Arc<Group>> {
        match id {
            GroupId::Person(person) => self.persons.get(&person),
            GroupId::Faces(face) => self.free.get(&face),
        }
    }

    /// Takes cards away and puts others there, one pass over the order.
    pub fn replace(&mut self, gone: &[GroupId], new: Vec<Group>) {
        let mut places: Vec<usize> = gone.iter().filter_map(|id| self.place(*id)).collect();
        places.sort_unstable();
        places.dedup();
        for id in gone {
            match id {
                GroupId::Person(person) => drop(self.persons.remove(person)),
                GroupId::Faces(face) => drop(self.free.remove(face)),
            }
        }
        let mut new: Vec<Arc<Group>> = new.into_iter().map(Arc::new).collect();
        new.sort_by(|a, b| a.key().cmp(&b.key()));
        for group in &new {
            match group.id {
                GroupId::Person(person) => drop(self.persons.insert(person, Arc::clone(group))),
                GroupId::Faces(face) => drop(self.free.insert(face, Arc::clone(group))),
            }
        }
        let mut order = Vec::with_capacity(self.order.len() + new.len());
        let (mut places, mut new) = (places.into_iter().peekable(), new.into_iter().peekable());
        for (place, group) in self.order.iter().enumerate() {
            if places.next_if_eq(&place).is_some() {
                continue;
            }
            while let Some(before) = new.next_if(|one| one.key() < group.key()) {
                order.push(before);
            }
            order.push(Arc::clone(group));
        }
        order.extend(new);
        self.order = Arc::new(order);
    }
}

impl From<Vec<Group>> for Groups {
    fn from(list: Vec<Group>) -> Self {
        let mut groups = Self::default();
        groups.replace(&[], list);
        groups
    }
}

impl FromIterator<Group> for Groups {
    fn from_iter<I: IntoIterator<Item = Group>>(list: I) -> Self {
        list.into_iter().collect::<Vec<_>>().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn group(number: u32, size: usize, name: Option<&str>) -> Group {
        let id =
            if number.is_multiple_of(3) { GroupId::Person(PersonId(number)) } else { GroupId::Faces(FaceId(number)) };
        Group::new(id, name.map(String::from), vec![FaceId(number); size], FaceId(number))
    }

    proptest! {
        #[test]
        fn changes_in_place_give_what_sorting_anew_gives(
            first in proptest::collection::btree_map(0u32..60, (1usize..5, any::<bool>()), 0..40),
            second in proptest::collection::btree_map(0u32..60, (1usize..5, any::<bool>()), 0..20),
            gone in proptest::collection::btree_set(0u32..60, 0..20),
        ) {
            let name = |named: bool| named.then_some("Ann");
            let make = |(number, (size, named)): (&u32, &(usize, bool))| group(*number, *size, name(*named));
            let mut groups: Groups = first.iter().map(make).collect();
            let kept = groups.clone();
            let gone: Vec<u32> = gone.into_iter().chain(second.keys().copied()).collect();
            let ids: Vec<GroupId> = gone.iter().map(|number| group(*number, 1, None).id).collect();
            groups.replace(&ids, second.iter().map(make).collect());
            let mut rest = first.clone();
            rest.retain(|number, _| !gone.contains(number));
            rest.extend(second);
            let expected: Groups = rest.iter().map(make).collect();
            prop_assert_eq!(&groups, &expected);
            for (place, one) in groups.iter().enumerate() {
                prop_assert_eq!(groups.get(one.id), Some(one));
                prop_assert_eq!(groups.place(one.id), Some(place));
            }
            for id in ids {
                prop_assert_eq!(groups.get(id).is_some(), expected.iter().any(|one| one.id == id));
            }
            prop_assert_eq!(kept, first.iter().map(make).collect::<Groups>(), "a clone never changes");
        }
    }
}
