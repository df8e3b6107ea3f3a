//! Who is on the number keys. A person keeps the key while it is used; two of one name are two people.

use std::collections::BTreeSet;

use super::index;
use crate::domain::{GroupId, PersonId, Snapshot};

/// Keys there are.
const KEYS: usize = 9;
/// Snapshots that a name just given waits for its person to be in one of them: some may have been under way already.
const PATIENCE: u8 = 8;

/// On one key.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Person(PersonId),
    /// A name that was just given; its person is still to be made.
    New(String, u8),
    /// Who was here is gone; the others keep their keys.
    Nobody,
}

/// The number keys, and when each was used last.
#[derive(Debug, Default)]
pub(super) struct Recent {
    keys: Vec<(Who, u64)>,
}

impl Recent {
    /// The person on a key; keys from 0.
    pub(super) fn at(&self, key: usize) -> Option<PersonId> {
        match self.keys.get(key)? {
            (Who::Person(person), _) => Some(*person),
            (Who::New(..) | Who::Nobody, _) => None,
        }
    }

    /// The key of a card's person, from 0.
    pub(super) fn key_of(&self, group: GroupId) -> Option<usize> {
        let GroupId::Person(person) = group else { return None };
        self.keys.iter().position(|(who, _)| *who == Who::Person(person))
    }

    /// Somebody was chosen.
    pub(super) fn used(&mut self, group: GroupId) {
        if let GroupId::Person(person) = group {
            self.note(Who::Person(person));
        }
    }

    /// A name was given to somebody new.
    pub(super) fn named(&mut self, name: &str) {
        self.note(Who::New(name.to_owned(), PATIENCE));
    }

    /// Puts somebody on a key, in place of the one that was not used for longest.
    fn note(&mut self, who: Who) {
        let now = 1 + self.keys.iter().map(|(_, used)| *used).max().unwrap_or(0);
        if let Some(known) = self.keys.iter_mut().find(|(known, _)| *known == who) {
            known.1 = now;
        } else if self.place(who.clone(), now) {
            // On a free key.
        } else if let Some(oldest) = self.keys.iter_mut().min_by_key(|(_, used)| *used) {
            *oldest = (who, now);
        }
    }

    /// Puts somebody on a free key; gives whether there is one.
    fn place(&mut self, who: Who, used: u64) -> bool {
        if let Some(free) = self.keys.iter_mut().find(|(known, _)| *known == Who::Nobody) {
            *free = (who, used);
            return true;
        }
        let more = self.keys.len() < KEYS;
        if more {
            self.keys.push((who, used));
        }
        more
    }

    /// Names just given find their persons, free keys go to the largest people, and who is gone loses the key.
    pub(super) fn refresh(&mut self, snapshot: &Snapshot) {
        let named = || index::named(snapshot).filter_map(|group| Some((group.person()?, group.name.as_deref()?)));
        let known: BTreeSet<PersonId> = named().map(|(person, _)| person).collect();
        let gone = |who: &Who| matches!(who, Who::Person(person) if !known.contains(person));
        self.keys.iter_mut().filter(|(who, _)| gone(who)).for_each(|key| *key = (Who::Nobody, 0));
        for place in 0..self.keys.len() {
            let taken: BTreeSet<PersonId> = (0..self.keys.len()).filter_map(|key| self.at(key)).collect();
            let Some((Who::New(name, patience), _)) = self.keys.get_mut(place) else { continue };
            // Of several of the name the one made last.
            let person = named().filter(|(person, other)| other == name && !taken.contains(person)).max();
            match person.map(|(person, _)| person) {
                Some(person) => self.keys[place].0 = Who::Person(person),
                None => *patience = patience.saturating_sub(1),
            }
        }
        let refused = |who: &Who| matches!(who, Who::New(_, 0));
        self.keys.iter_mut().filter(|(who, _)| refused(who)).for_each(|key| *key = (Who::Nobody, 0));
        for (person, _) in named() {
            if self.key_of(GroupId::Person(person)).is_none() && !self.place(Who::Person(person), 0) {
                break;
            }
        }
        while self.keys.pop_if(|(who, _)| *who == Who::Nobody).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FaceId, Group};

    /// People of these numbers and names.
    fn people(list: &[(u32, &str)]) -> Snapshot {
        let group = |(number, name): &(u32, &str)| {
            let face = FaceId(*number);
            Group::new(GroupId::Person(PersonId(*number)), Some((*name).to_owned()), vec![face], face)
        };
        Snapshot::by_hand(Vec::new(), Vec::new(), list.iter().map(group).collect())
    }

    fn on_keys(recent: &Recent) -> Vec<Option<u32>> {
        (0..recent.keys.len()).map(|key| recent.at(key).map(|person| person.0)).collect()
    }

    fn person(number: u32) -> GroupId {
        GroupId::Person(PersonId(number))
    }

    #[test]
    fn a_person_keeps_the_key_while_it_is_used() {
        let mut recent = Recent::default();
        for number in 1..=9 {
            recent.used(person(number));
        }
        recent.used(person(1));
        recent.used(person(20));
        assert_eq!(recent.at(0), Some(PersonId(1)), "used again, so it stays");
        assert_eq!(recent.at(1), Some(PersonId(20)), "the one unused for longest gave way");
        assert_eq!(recent.keys.len(), 9);
        recent.refresh(&people(&[(1, "Ann"), (20, "Bo")]));
        assert_eq!(on_keys(&recent), [Some(1), Some(20)], "who is gone has no key");
    }

    #[test]
    fn two_of_one_name_have_a_key_each() {
        let mut recent = Recent::default();
        recent.refresh(&people(&[(1, "Ann"), (2, "Ann"), (3, "Bo")]));
        assert_eq!(on_keys(&recent), [Some(1), Some(2), Some(3)]);
        assert_eq!((recent.key_of(person(2)), recent.key_of(GroupId::Faces(FaceId(2)))), (Some(1), None));
    }

    #[test]
    fn a_name_just_given_waits_for_its_person() {
        let mut recent = Recent::default();
        recent.named("Ann");
        recent.refresh(&people(&[(2, "Bo")]));
        assert_eq!(on_keys(&recent), [None, Some(2)], "a snapshot that was under way");
        recent.refresh(&people(&[(2, "Bo"), (3, "Ann"), (4, "Ann")]));
        assert_eq!(on_keys(&recent), [Some(4), Some(2), Some(3)]);
        recent.named("Cy");
        for _ in 0..PATIENCE {
            recent.refresh(&people(&[(2, "Bo")]));
        }
        assert_eq!(on_keys(&recent), [None, Some(2)], "it was refused, and the other one keeps the key");
    }

    #[test]
    fn whoever_goes_leaves_the_others_their_keys() {
        let mut recent = Recent::default();
        recent.refresh(&people(&[(1, "Ann"), (2, "Bo"), (3, "Cy")]));
        recent.refresh(&people(&[(1, "Ann"), (3, "Cy")]));
        assert_eq!(on_keys(&recent), [Some(1), None, Some(3)]);
        recent.refresh(&people(&[(1, "Ann"), (3, "Cy"), (4, "Di")]));
        assert_eq!(on_keys(&recent), [Some(1), Some(4), Some(3)], "the free key goes to the next one");
    }
}
