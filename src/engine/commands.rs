//! From what the user did on the board to edits about faces and persons. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::Command;
use super::groups::Board;
use crate::domain::{Edit, Face, FaceId, FaceKey, Group, GroupId, Library, PersonId};

/// What the translation looks at.
pub(super) struct View<'a> {
    pub(super) faces: &'a BTreeMap<FaceId, Face>,
    pub(super) board: &'a Board,
    pub(super) library: &'a Library,
    pub(super) next_person: PersonId,
}

impl View<'_> {
    fn group(&self, id: GroupId) -> Option<&Group> {
        self.board.groups.iter().find(|group| group.id == id)
    }

    fn keys<'b>(&self, faces: impl IntoIterator<Item = &'b FaceId>) -> Vec<FaceKey> {
        faces.into_iter().filter_map(|face| self.faces.get(face)).map(|face| face.key).collect()
    }

    /// Faces of a group nobody has confirmed.
    fn unconfirmed(&self, group: &Group) -> Vec<FaceKey> {
        let keys = self.keys(&group.faces);
        keys.into_iter().filter(|key| self.library.person_of(key).is_none()).collect()
    }
}

/// The edits of a command; empty when there is nothing to change.
///
/// # Errors
/// A sentence for the user when the command cannot be done.
pub(super) fn edits(command: &Command, view: &View<'_>) -> Result<Vec<Edit>, String> {
    match command {
        Command::Edit(edit) => Ok(vec![edit.clone()]),
        Command::MergeGroups(ids) => Ok(merge(ids, view)),
        Command::MoveFaces(faces, target) => move_faces(faces, *target, view),
        Command::SplitFaces(faces) => Ok(split(faces, view)),
        Command::NameGroup(id, name) => name_group(*id, name, view),
        Command::FlagFaces(faces, flag) => {
            let faces = view.keys(faces);
            Ok(if faces.is_empty() { Vec::new() } else { vec![Edit::Flag { faces, flag: *flag }] })
        }
        _ => Ok(Vec::new()),
    }
}

const GONE: &str = "That group has just changed. Look again and repeat it";

fn merge(ids: &[GroupId], view: &View<'_>) -> Vec<Edit> {
    let mut seen = BTreeSet::new();
    let groups: Vec<&Group> = ids.iter().filter(|id| seen.insert(**id)).filter_map(|id| view.group(*id)).collect();
    let [first, _, ..] = groups.as_slice() else { return Vec::new() };
    let target = groups.iter().find(|group| group.name.is_some()).unwrap_or(first);
    // A person whose name stays; else any person, so that what was said about it stays.
    let person = target.person().or_else(|| groups.iter().find_map(|group| group.person()));
    let Some(into) = person else {
        let faces = view.keys(groups.iter().flat_map(|group| &group.faces));
        return vec![Edit::MakePerson { person: view.next_person, name: None, faces, rest: Vec::new() }];
    };
    let mut edits: Vec<Edit> = groups
        .iter()
        .filter_map(|group| group.person())
        .filter(|from| *from != into)
        .map(|from| Edit::MergePersons { from, into })
        .collect();
    let faces: Vec<FaceKey> = groups.iter().flat_map(|group| view.unconfirmed(group)).collect();
    if !faces.is_empty() {
        edits.push(Edit::Assign { faces, person: into });
    }
    edits
}

fn move_faces(faces: &[FaceId], target: GroupId, view: &View<'_>) -> Result<Vec<Edit>, String> {
    let group = view.group(target).ok_or(GONE)?;
    let moved: Vec<FaceKey> = view.keys(faces.iter().filter(|face| !group.faces.contains(face)));
    if moved.is_empty() {
        return Ok(Vec::new());
    }
    Ok(match target {
        GroupId::Person(person) => vec![Edit::Assign { faces: moved, person }],
        GroupId::Faces(_) => {
            let mut all = view.keys(&group.faces);
            all.extend(moved);
            vec![Edit::MakePerson { person: view.next_person, name: None, faces: all, rest: Vec::new() }]
        }
    })
}

fn split(faces: &[FaceId], view: &View<'_>) -> Vec<Edit> {
    let chosen: BTreeSet<FaceId> = faces.iter().copied().collect();
    let keys = view.keys(&chosen);
    if keys.is_empty() {
        return Vec::new();
    }
    let groups: BTreeSet<GroupId> = chosen.iter().filter_map(|face| view.board.group_of.get(face).copied()).collect();
    // Who stays is not the new person; the confirmed are told apart by being somebody else already.
    let rest = groups
        .iter()
        .filter_map(|id| view.group(*id))
        .flat_map(|group| group.faces.iter().filter(|face| !chosen.contains(face)))
        .filter_map(|face| view.faces.get(face))
        .map(|face| face.key)
        .filter(|key| view.library.person_of(key).is_none())
        .collect();
    vec![Edit::MakePerson { person: view.next_person, name: None, faces: keys, rest }]
}

fn name_group(id: GroupId, name: &str, view: &View<'_>) -> Result<Vec<Edit>, String> {
    let name = name.trim().to_owned();
    if name.is_empty() {
        return Err("A name needs at least one letter".to_owned());
    }
    let group = view.group(id).ok_or(GONE)?;
    let Some(person) = group.person() else {
        let faces = view.keys(&group.faces);
        return Ok(vec![Edit::MakePerson { person: view.next_person, name: Some(name), faces, rest: Vec::new() }]);
    };
    if group.name.as_deref() == Some(name.as_str()) {
        return Ok(Vec::new());
    }
    let mut edits = vec![Edit::Rename { person, name }];
    // A name for the card is a word about every face on it.
    let faces = view.unconfirmed(group);
    if !faces.is_empty() {
        edits.push(Edit::Assign { faces, person });
    }
    Ok(edits)
}
