//! The cards on the board: the user's words laid over the machine's clusters. Pure, and kept up to date in small steps:
//! an edit touches only the cards of the faces and persons it speaks of.
//!
//! A cluster belongs to the person most of its faces were said to be; who was refused for that person stays outside. A
//! face said to be somebody is never anywhere else, whatever the machine thinks.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Face, FaceFlag, FaceId, Group, GroupId, Groups, Library, PersonId, Table};

/// Faces by row.
pub(super) type Faces = Table<FaceId, Face>;

/// What became of one cluster.
#[derive(Clone, Debug, Default, PartialEq)]
struct Laid {
    /// Whose card its unconfirmed faces joined.
    person: Option<PersonId>,
    joined: Vec<FaceId>,
    /// Faces that stay a card of their own.
    rest: Vec<FaceId>,
}

/// What is on a person's card.
#[derive(Clone, Debug, Default, PartialEq)]
struct Members {
    confirmed: BTreeSet<FaceId>,
    clusters: BTreeSet<usize>,
}

/// Cards, where each face is, and what is set aside.
#[derive(Clone, Debug, Default)]
pub(super) struct Board {
    pub(super) groups: Groups,
    pub(super) group_of: Table<FaceId, GroupId>,
    pub(super) flagged: Table<FaceId, FaceFlag>,
    clusters: Vec<Vec<FaceId>>,
    cluster_of: Table<FaceId, usize>,
    laid: Vec<Laid>,
    members: BTreeMap<PersonId, Members>,
    /// Who a face was said to be, unless it is set aside. What the library says by key, by row.
    confirmed_as: Table<FaceId, PersonId>,
}

impl Board {
    /// Lays the words over clusters from nothing.
    pub(super) fn new(faces: &Faces, clusters: Vec<Vec<FaceId>>, library: &Library) -> Self {
        let placed = clusters.iter().enumerate();
        let cluster_of = placed.flat_map(|(place, list)| list.iter().map(move |face| (*face, place))).collect();
        let laid = vec![Laid::default(); clusters.len()];
        let mut board = Self { clusters, cluster_of, laid, ..Self::default() };
        let all: BTreeSet<usize> = (0..board.clusters.len()).collect();
        for (id, face) in faces.iter() {
            board.confirm(*id, Some(face), library);
        }
        let persons = board.members.keys().copied().collect();
        board.lay(&all, persons, faces, library);
        board
    }

    /// Brings the cards of some faces and persons up to date: faces that came, went, or were spoken of.
    pub(super) fn update(
        &mut self,
        changed: &BTreeSet<FaceId>,
        persons: &BTreeSet<PersonId>,
        faces: &Faces,
        library: &Library,
    ) {
        let mut persons = persons.clone();
        let mut clusters = BTreeSet::new();
        for id in changed {
            persons.extend(self.confirmed_as.get(id));
            self.confirm(*id, faces.get(id), library);
            persons.extend(self.confirmed_as.get(id));
            clusters.extend(self.cluster_of.get(id));
        }
        self.lay(&clusters, persons, faces, library);
    }

    /// Notes whether a face is set aside, and who it was said to be.
    fn confirm(&mut self, id: FaceId, face: Option<&Face>, library: &Library) {
        if let Some(before) = self.confirmed_as.remove(&id)
            && let Some(members) = self.members.get_mut(&before)
        {
            members.confirmed.remove(&id);
        }
        let flag = face.and_then(|face| library.flag(&face.key));
        match flag {
            Some(flag) => drop(self.flagged.insert(id, flag)),
            None => drop(self.flagged.remove(&id)),
        }
        if let (None, Some(person)) = (flag, face.and_then(|face| library.person_of(&face.key))) {
            self.members.entry(person).or_default().confirmed.insert(id);
            self.confirmed_as.insert(id, person);
        }
    }

    /// Lays these clusters again, and makes the cards that follow from them and from these persons.
    fn lay(&mut self, clusters: &BTreeSet<usize>, mut persons: BTreeSet<PersonId>, faces: &Faces, library: &Library) {
        let mut gone: Vec<GroupId> = Vec::new();
        let mut new: Vec<Group> = Vec::new();
        for &place in clusters {
            let Some(list) = self.clusters.get(place) else { continue };
            let now = self.laid_over(list, faces, library);
            let Some(slot) = self.laid.get_mut(place) else { continue };
            let before = std::mem::replace(slot, now);
            gone.extend(before.rest.first().map(|face| GroupId::Faces(*face)));
            new.extend(free_card(&slot.rest, faces));
            if before.person != slot.person
                && let Some(members) = before.person.and_then(|person| self.members.get_mut(&person))
            {
                members.clusters.remove(&place);
            }
            if let Some(person) = slot.person {
                self.members.entry(person).or_default().clusters.insert(place);
            }
            persons.extend(before.person.into_iter().chain(slot.person));
        }
        for person in persons {
            gone.push(GroupId::Person(person));
            new.extend(self.person_card(person, faces, library));
        }
        self.put(&gone, new);
    }

    /// Who the user said a face to be, unless it is set aside.
    pub(super) fn said_to_be(&self, face: FaceId) -> Option<PersonId> {
        self.confirmed_as.get(&face).copied()
    }

    fn laid_over(&self, cluster: &[FaceId], faces: &Faces, library: &Library) -> Laid {
        let free = |face: &&FaceId| !self.flagged.contains_key(face) && !self.confirmed_as.contains_key(face);
        let person = most_frequent(cluster.iter().filter_map(|face| self.confirmed_as.get(face)));
        let mut laid = Laid { person, ..Laid::default() };
        for face in cluster.iter().filter(free).filter_map(|face| faces.get(face)) {
            match person {
                Some(person) if !library.is_rejected(&face.key, person) => laid.joined.push(face.id),
                _ => laid.rest.push(face.id),
            }
        }
        laid.rest.sort_unstable();
        laid
    }

    fn person_card(&mut self, person: PersonId, faces: &Faces, library: &Library) -> Option<Group> {
        let members = self.members.get(&person)?;
        let joined = members.clusters.iter().filter_map(|place| self.laid.get(*place)).flat_map(|laid| &laid.joined);
        let mut list: Vec<FaceId> = members.confirmed.iter().chain(joined).copied().collect();
        if list.is_empty() {
            self.members.remove(&person);
            return None;
        }
        list.sort_unstable();
        let known = library.persons().get(&person);
        let chosen = known.and_then(|person| person.cover);
        let cover = chosen
            .and_then(|key| list.iter().copied().find(|face| faces.get(face).is_some_and(|face| face.key == key)));
        let cover = cover.or_else(|| best(&list, faces))?;
        let mut card = Group::new(GroupId::Person(person), known.and_then(|known| known.name.clone()), list, cover);
        if let Some(known) = known {
            (card.hidden, card.ignored, card.birth_year) = (known.hidden, known.ignored, known.birth_year);
        }
        Some(card)
    }

    /// Replaces cards, and notes where their faces are.
    fn put(&mut self, gone: &[GroupId], new: Vec<Group>) {
        let mut homeless: BTreeSet<FaceId> =
            gone.iter().filter_map(|id| self.groups.get(*id)).flat_map(|group| group.faces.iter().copied()).collect();
        for group in &new {
            for face in &group.faces {
                homeless.remove(face);
                if self.group_of.get(face) != Some(&group.id) {
                    self.group_of.insert(*face, group.id);
                }
            }
        }
        for face in homeless {
            self.group_of.remove(&face);
        }
        self.groups.replace(gone, new);
    }
}

fn free_card(list: &[FaceId], faces: &Faces) -> Option<Group> {
    Some(Group::new(GroupId::Faces(*list.first()?), None, list.to_vec(), best(list, faces)?))
}

/// The person who is named most often; the lower id on a tie.
fn most_frequent<'a>(persons: impl Iterator<Item = &'a PersonId>) -> Option<PersonId> {
    let mut counts: BTreeMap<PersonId, usize> = BTreeMap::new();
    for person in persons {
        *counts.entry(*person).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(person, count)| (*count, std::cmp::Reverse(*person))).map(|(person, _)| person)
}

/// The face that shows best: sure and large; the lower row on a tie.
fn best(list: &[FaceId], faces: &Faces) -> Option<FaceId> {
    let value = |face: &FaceId| {
        faces.get(face).map_or(0.0, |face| face.detected.score.powi(8) * face.detected.bounds.area().sqrt())
    };
    let valued = list.iter().map(|face| (value(face), *face));
    valued.max_by(|(a, one), (b, other)| a.total_cmp(b).then(other.cmp(one))).map(|(_, face)| face)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{DetectedFace, Edit, FaceBox, FaceKey, PhotoId};

    fn key(number: u32) -> FaceKey {
        FaceKey { photo: crate::domain::PhotoHash([number as u8; 16]), cell: [0; 4] }
    }

    fn face(number: u32) -> Face {
        let bounds = FaceBox::new(0.0, 0.0, 10.0 + number as f32, 10.0);
        Face {
            id: FaceId(number),
            key: key(number),
            photo: PhotoId(number),
            detected: DetectedFace { bounds, score: 1.0, landmarks: [[0.0; 2]; 5], sharpness: 1.0 },
        }
    }

    fn faces(count: u32) -> Faces {
        (1..=count).map(|number| (FaceId(number), face(number))).collect()
    }

    fn ids(numbers: &[u32]) -> Vec<FaceId> {
        numbers.iter().map(|number| FaceId(*number)).collect()
    }

    fn keys(numbers: &[u32]) -> Vec<FaceKey> {
        numbers.iter().map(|number| key(*number)).collect()
    }

    fn make(person: u32, name: Option<&str>, list: &[u32], rest: &[u32]) -> Edit {
        let name = name.map(String::from);
        Edit::MakePerson { person: PersonId(person), name, faces: keys(list), rest: keys(rest) }
    }

    fn shown(board: &Board) -> Vec<(String, Vec<FaceId>)> {
        board.groups.iter().map(|group| (group.id.to_string(), group.faces.clone())).collect()
    }

    fn check(edits: &[Edit], expected: &[(&str, &[u32])]) {
        let clusters = vec![ids(&[1, 2, 3]), ids(&[4, 5]), ids(&[6])];
        let board = Board::new(&faces(7), clusters, &Library::fold(edits));
        let expected: Vec<(String, Vec<FaceId>)> =
            expected.iter().map(|(id, list)| ((*id).to_owned(), ids(list))).collect();
        assert_eq!(shown(&board), expected, "{edits:?}");
    }

    #[test]
    fn words_are_laid_over_clusters() {
        check(&[], &[("g1", &[1, 2, 3]), ("g4", &[4, 5]), ("g6", &[6])]);
        // Naming part of a cluster takes the rest of it along; face 7 is in no cluster yet.
        check(&[make(1, Some("Ann"), &[4, 7], &[])], &[("p1", &[4, 5, 7]), ("g1", &[1, 2, 3]), ("g6", &[6])]);
        // A split off selection leaves the rest behind.
        check(&[make(1, None, &[1], &[2, 3])], &[("g2", &[2, 3]), ("g4", &[4, 5]), ("p1", &[1]), ("g6", &[6])]);
        // Merged.
        check(&[make(1, None, &[1, 2, 3, 4, 5], &[])], &[("p1", &[1, 2, 3, 4, 5]), ("g6", &[6])]);
        let aside = Edit::Flag { faces: keys(&[2, 6]), flag: Some(FaceFlag::NotAFace) };
        check(&[aside], &[("g1", &[1, 3]), ("g4", &[4, 5])]);
        // Two people in one cluster: the confirmed stay where they are, the other follows the majority.
        check(
            &[make(1, Some("Ann"), &[1], &[]), make(2, Some("Bo"), &[3, 4], &[])],
            &[("p2", &[3, 4, 5]), ("p1", &[1, 2]), ("g6", &[6])],
        );
    }

    fn any_edit() -> impl Strategy<Value = Edit> {
        let list = || proptest::collection::vec(1u32..16, 0..5);
        prop_oneof![
            (1u32..6, any::<bool>(), list(), list()).prop_map(|(person, named, a, b)| make(
                person,
                named.then_some("Ann"),
                &a,
                &b
            )),
            (1u32..6, "[a-c]").prop_map(|(person, name)| Edit::Rename { person: PersonId(person), name }),
            (1u32..6, list()).prop_map(|(person, a)| Edit::Assign { person: PersonId(person), faces: keys(&a) }),
            (1u32..6, list()).prop_map(|(person, a)| Edit::NotThisPerson { person: PersonId(person), faces: keys(&a) }),
            (1u32..6, 1u32..6)
                .prop_map(|(from, into)| Edit::MergePersons { from: PersonId(from), into: PersonId(into) }),
            (list(), any::<bool>())
                .prop_map(|(a, on)| Edit::Flag { faces: keys(&a), flag: on.then_some(FaceFlag::NotAFace) }),
            (1u32..6, 1u32..16).prop_map(|(person, a)| Edit::Cover { person: PersonId(person), face: key(a) }),
            (1u32..6, any::<bool>()).prop_map(|(person, hidden)| Edit::Hide { person: PersonId(person), hidden }),
        ]
    }

    /// What may happen to a board.
    #[derive(Clone, Debug)]
    enum Happening {
        Edit(Edit),
        Face(u32, bool),
        Clusters(Vec<u32>),
    }

    fn any_happening() -> impl Strategy<Value = Happening> {
        prop_oneof![
            4 => any_edit().prop_map(Happening::Edit),
            2 => (1u32..16, any::<bool>()).prop_map(|(face, comes)| Happening::Face(face, comes)),
            1 => proptest::collection::vec(0u32..5, 16).prop_map(Happening::Clusters),
        ]
    }

    fn clusters(of: &[u32]) -> Vec<Vec<FaceId>> {
        let mut lists: BTreeMap<u32, Vec<FaceId>> = BTreeMap::new();
        for (number, cluster) in (1u32..).zip(of) {
            lists.entry(*cluster).or_default().push(FaceId(number));
        }
        lists.into_values().collect()
    }

    proptest! {
        /// Small steps give what laying everything anew gives, and what the user said holds whatever the machine does.
        #[test]
        fn pins_survive_any_interleaving(happenings in proptest::collection::vec(any_happening(), 0..40)) {
            let mut faces = faces(10);
            let mut library = Library::default();
            let mut board = Board::new(&faces, clusters(&[0, 0, 0, 1, 1, 2, 2, 3, 4, 4]), &library);
            for happening in happenings {
                match happening {
                    Happening::Edit(edit) => {
                        let mut after = library.clone();
                        after.apply(&edit);
                        let changes = after.changes(&library);
                        library = after;
                        let changed: BTreeSet<FaceId> = faces.values()
                            .filter(|face| changes.faces.contains(&face.key)).map(|face| face.id).collect();
                        board.update(&changed, &changes.persons, &faces, &library);
                    }
                    Happening::Face(number, true) => {
                        faces.insert(FaceId(number), face(number));
                        board.update(&[FaceId(number)].into(), &BTreeSet::new(), &faces, &library);
                    }
                    Happening::Face(number, false) => {
                        faces.remove(&FaceId(number));
                        board.update(&[FaceId(number)].into(), &BTreeSet::new(), &faces, &library);
                    }
                    Happening::Clusters(of) => board = Board::new(&faces, clusters(&of), &library),
                }
                let anew = Board::new(&faces, board.clusters.clone(), &library);
                prop_assert_eq!(&board.groups, &anew.groups);
                prop_assert_eq!(&board.group_of, &anew.group_of);
                prop_assert_eq!(&board.flagged, &anew.flagged);
                for group in board.groups.iter() {
                    prop_assert!(group.faces.contains(&group.cover));
                    prop_assert!(group.faces.is_sorted());
                    for face in &group.faces {
                        prop_assert_eq!(board.group_of.get(face), Some(&group.id), "a face is on one card");
                    }
                }
                prop_assert_eq!(board.group_of.len(), board.groups.iter().map(|group| group.faces.len()).sum::<usize>());
                for face in faces.values() {
                    let flag = library.flag(&face.key);
                    prop_assert_eq!(board.flagged.get(&face.id).copied(), flag);
                    if flag.is_some() {
                        prop_assert!(!board.group_of.contains_key(&face.id));
                    } else if let Some(person) = library.person_of(&face.key) {
                        prop_assert_eq!(board.group_of.get(&face.id), Some(&GroupId::Person(person)), "the user's word");
                    } else if let Some(GroupId::Person(person)) = board.group_of.get(&face.id) {
                        prop_assert!(!library.is_rejected(&face.key, *person), "refused, and yet there");
                    }
                }
            }
        }
    }
}
