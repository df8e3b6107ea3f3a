//! The cards on the board: the user's words laid over the machine's clusters. Pure.

use std::collections::BTreeMap;

use crate::cluster::Constraints;
use crate::domain::{Face, FaceFlag, FaceId, Group, GroupId, Library, PersonId};

/// Groups, where each face is, and what is set aside.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Board {
    pub(super) groups: Vec<Group>,
    pub(super) group_of: BTreeMap<FaceId, GroupId>,
    pub(super) flagged: BTreeMap<FaceId, FaceFlag>,
}

/// The constraints that follow from the user's words, for these faces in this order.
pub(super) fn constraints(faces: &[&Face], library: &Library) -> Constraints {
    let label = faces.iter().map(|face| library.person_of(&face.key).map(|person| person.0)).collect();
    let mut place: BTreeMap<crate::domain::FaceKey, Vec<u32>> = BTreeMap::new();
    for (number, face) in faces.iter().enumerate() {
        place.entry(face.key).or_default().push(number as u32);
    }
    let apart = library
        .rejected()
        .iter()
        .flat_map(|(key, person)| place.get(key).into_iter().flatten().map(|face| (*face, person.0)))
        .collect();
    Constraints { label, apart, ..Constraints::default() }
}

/// Lays the user's words over clusters that may be older than they are: what was said holds at once, and a face said to
/// be somebody is never anywhere else.
pub(super) fn board(faces: &BTreeMap<FaceId, Face>, clusters: &[Vec<FaceId>], library: &Library) -> Board {
    let mut board = Board::default();
    let mut members: BTreeMap<PersonId, Vec<FaceId>> = BTreeMap::new();
    let mut free: Vec<Vec<FaceId>> = Vec::new();
    for (id, face) in faces {
        if let Some(flag) = library.flag(&face.key) {
            board.flagged.insert(*id, flag);
        } else if let Some(person) = library.person_of(&face.key) {
            members.entry(person).or_default().push(*id);
        }
    }
    for cluster in clusters {
        let known: Vec<&Face> = cluster
            .iter()
            .filter(|face| !board.flagged.contains_key(face))
            .filter_map(|face| faces.get(face))
            .collect();
        let person = most_frequent(&known, library);
        let mut rest = Vec::new();
        for face in known.into_iter().filter(|face| library.person_of(&face.key).is_none()) {
            match person {
                Some(person) if !library.rejected().contains(&(face.key, person)) => {
                    members.entry(person).or_default().push(face.id);
                }
                _ => rest.push(face.id),
            }
        }
        free.push(rest);
    }
    for (person, mut list) in members {
        list.sort_unstable();
        let known = library.persons().get(&person);
        let chosen = known.and_then(|person| person.cover);
        let cover = chosen
            .and_then(|key| list.iter().copied().find(|face| faces.get(face).is_some_and(|face| face.key == key)));
        let cover = cover.or_else(|| best(&list, faces));
        board.groups.extend(cover.map(|cover| Group {
            id: GroupId::Person(person),
            name: known.and_then(|person| person.name.clone()),
            faces: list,
            cover,
            hidden: known.is_some_and(|person| person.hidden),
        }));
    }
    for mut list in free {
        list.sort_unstable();
        if let (Some(first), Some(cover)) = (list.first().copied(), best(&list, faces)) {
            board.groups.push(Group { id: GroupId::Faces(first), name: None, faces: list, cover, hidden: false });
        }
    }
    board.groups.sort_by(|a, b| {
        let key = |group: &Group| (group.name.is_none(), std::cmp::Reverse(group.faces.len()));
        key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name)).then(a.id.cmp(&b.id))
    });
    board.group_of = board.groups.iter().flat_map(|group| group.faces.iter().map(|face| (*face, group.id))).collect();
    board
}

/// The person most of a cluster's faces are said to be; the lower id on a tie.
fn most_frequent(faces: &[&Face], library: &Library) -> Option<PersonId> {
    let mut counts: BTreeMap<PersonId, usize> = BTreeMap::new();
    for person in faces.iter().filter_map(|face| library.person_of(&face.key)) {
        *counts.entry(person).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(person, count)| (*count, std::cmp::Reverse(*person))).map(|(person, _)| person)
}

/// The face that shows best: sure and large; the lower row on a tie.
fn best(list: &[FaceId], faces: &BTreeMap<FaceId, Face>) -> Option<FaceId> {
    let value = |face: &FaceId| {
        faces.get(face).map_or(0.0, |face| face.detected.score.powi(8) * face.detected.bounds.area().sqrt())
    };
    list.iter().copied().max_by(|a, b| value(a).total_cmp(&value(b)).then(b.cmp(a)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DetectedFace, Edit, FaceBox, FaceKey, PhotoHash, PhotoId};

    fn key(number: u32) -> FaceKey {
        FaceKey { photo: PhotoHash([number as u8; 16]), cell: [0; 4] }
    }

    fn faces(count: u32) -> BTreeMap<FaceId, Face> {
        let face = |number: u32| Face {
            id: FaceId(number),
            key: key(number),
            photo: PhotoId(number),
            detected: DetectedFace {
                bounds: FaceBox::new(0.0, 0.0, 10.0 + number as f32, 10.0),
                score: 1.0,
                landmarks: [[0.0; 2]; 5],
            },
        };
        (1..=count).map(|number| (FaceId(number), face(number))).collect()
    }

    fn ids(numbers: &[u32]) -> Vec<FaceId> {
        numbers.iter().map(|number| FaceId(*number)).collect()
    }

    fn make(person: u32, name: Option<&str>, list: &[u32], rest: &[u32]) -> Edit {
        Edit::MakePerson {
            person: PersonId(person),
            name: name.map(String::from),
            faces: list.iter().map(|number| key(*number)).collect(),
            rest: rest.iter().map(|number| key(*number)).collect(),
        }
    }

    fn check(edits: &[Edit], expected: &[(&str, &[u32])]) {
        let clusters = [ids(&[1, 2, 3]), ids(&[4, 5]), ids(&[6])];
        let board = board(&faces(7), &clusters, &Library::fold(edits));
        let found: Vec<(String, Vec<FaceId>)> =
            board.groups.iter().map(|group| (group.id.to_string(), group.faces.clone())).collect();
        let expected: Vec<(String, Vec<FaceId>)> =
            expected.iter().map(|(id, list)| ((*id).to_owned(), ids(list))).collect();
        assert_eq!(found, expected, "{edits:?}");
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
        let aside = Edit::Flag { faces: vec![key(2), key(6)], flag: Some(FaceFlag::NotAFace) };
        check(&[aside], &[("g1", &[1, 3]), ("g4", &[4, 5])]);
        // Two people in one cluster: the confirmed stay where they are, the other follows the majority.
        check(
            &[make(1, Some("Ann"), &[1], &[]), make(2, Some("Bo"), &[3, 4], &[])],
            &[("p2", &[3, 4, 5]), ("p1", &[1, 2]), ("g6", &[6])],
        );
    }
}
