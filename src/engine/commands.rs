//! From what the user did on the board to edits about faces and persons. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::board::{Board, Faces};
use super::words::refused;
use super::{Command, boxes};
use crate::domain::{
    Edit, FaceId, FaceKey, Group, GroupId, Library, Meaning, PersonId, Photo, PhotoId, Question, QuestionKind, Table,
};

/// What the translation looks at.
pub(super) struct View<'a> {
    pub(super) faces: &'a Faces,
    pub(super) photos: &'a Table<PhotoId, Arc<Photo>>,
    pub(super) board: &'a Board,
    pub(super) library: &'a Library,
    pub(super) next_person: PersonId,
}

impl View<'_> {
    fn group(&self, id: GroupId) -> Option<&Group> {
        self.board.groups.get(id)
    }

    pub(super) fn keys<'b>(&self, faces: impl IntoIterator<Item = &'b FaceId>) -> Vec<FaceKey> {
        faces.into_iter().filter_map(|face| self.faces.get(face)).map(|face| face.key).collect()
    }

    /// Faces of a group nobody has confirmed.
    fn unconfirmed(&self, group: &Group) -> Vec<FaceKey> {
        let keys = self.keys(&group.faces);
        keys.into_iter().filter(|key| self.library.person_of(key).is_none()).collect()
    }

    /// The edit that takes those of these faces back that were set aside one by one.
    fn unflag(&self, faces: &[FaceKey]) -> Option<Edit> {
        let faces: Vec<FaceKey> = faces.iter().filter(|key| self.library.flag(key).is_some()).copied().collect();
        (!faces.is_empty()).then_some(Edit::Flag { faces, flag: None })
    }
}

/// The note for a step's sentence.
pub(super) fn meant(what: Meaning) -> Edit {
    Edit::Meant { what }
}

/// The edits of a command; empty when there is nothing to change.
///
/// # Errors
/// A sentence for the user when the command cannot be done.
pub(super) fn edits(command: &Command, view: &View<'_>) -> Result<Vec<Edit>, String> {
    match command {
        Command::Edit(edit) => checked(edit),
        // All of them or none: who merges three and finds two merged has lost a word.
        Command::MergeGroups(ids) if ids.iter().any(|id| view.group(*id).is_none()) => {
            Err(refused::GROUP_GONE.to_owned())
        }
        Command::MergeGroups(ids) => Ok(merge(ids, view)),
        Command::MoveFaces(faces, target) => move_faces(faces, *target, view),
        Command::SplitFaces(faces) => Ok(split(faces, view)),
        Command::NameGroup(id, name) => name_group(*id, name, view),
        Command::FlagFaces(faces, None) => Ok(take_back(faces, view)),
        Command::FlagFaces(faces, flag) => {
            let faces = view.keys(faces);
            Ok(if faces.is_empty() { Vec::new() } else { vec![Edit::Flag { faces, flag: *flag }] })
        }
        Command::ConfirmFaces(faces) => Ok(by_person(faces, view, |faces, person| Edit::Confirm { faces, person })),
        Command::RejectFaces(faces) => Ok(reject(faces, view)),
        Command::IgnoreGroups(ids, ignored) => ignore(ids, *ignored, view),
        Command::HideGroups(ids, _) if ids.iter().all(|id| view.group(*id).is_none()) => {
            Err(refused::GROUP_GONE.to_owned())
        }
        Command::HideGroups(ids, hidden) => Ok(hide(ids, *hidden, view)),
        Command::DrawFace(photo, bounds) => Ok(vec![Edit::DrawFace { face: boxes::drawn(*photo, bounds, view)? }]),
        Command::FixBox { face, bounds } => boxes::fix(*face, bounds, view),
        _ => Ok(Vec::new()),
    }
}

/// An edit as it was sent. The engine's own are sound; these come from outside.
fn checked(edit: &Edit) -> Result<Vec<Edit>, String> {
    match edit {
        Edit::Rename { person, name } => {
            let name = name.trim().to_owned();
            if name.is_empty() {
                Err(refused::NO_NAME.to_owned())
            } else {
                Ok(vec![Edit::Rename { person: *person, name }])
            }
        }
        Edit::BirthYear { year: Some(year), .. } if !(1800..=2200).contains(year) => Err(refused::NO_YEAR.to_owned()),
        edit => Ok(vec![edit.clone()]),
    }
}

/// One edit a person for the faces that are on persons' cards.
fn by_person(faces: &[FaceId], view: &View<'_>, make: impl Fn(Vec<FaceKey>, PersonId) -> Edit) -> Vec<Edit> {
    let mut chosen: BTreeMap<PersonId, BTreeSet<FaceId>> = BTreeMap::new();
    for face in faces {
        if let Some(GroupId::Person(person)) = view.board.group_of.get(face) {
            chosen.entry(*person).or_default().insert(*face);
        }
    }
    chosen.into_iter().map(|(person, faces)| make(view.keys(&faces), person)).collect()
}

/// Not the person on whose card they are; faces of a card without a person leave it.
fn reject(faces: &[FaceId], view: &View<'_>) -> Vec<Edit> {
    let edits = by_person(faces, view, |faces, person| Edit::NotThisPerson { faces, person });
    if edits.is_empty() { split(faces, view) } else { edits }
}

/// Sets cards aside as strangers', so that what will be found to be like them is set aside too; or takes them back.
fn ignore(ids: &[GroupId], ignored: bool, view: &View<'_>) -> Result<Vec<Edit>, String> {
    let mut edits = Vec::new();
    let mut new = view.next_person;
    let groups: Vec<&Group> =
        ids.iter().collect::<BTreeSet<_>>().into_iter().filter_map(|id| view.group(*id)).collect();
    if groups.is_empty() {
        return Err(refused::GROUP_GONE.to_owned());
    }
    for group in groups {
        let person = match group.person() {
            Some(person) => person,
            None if !ignored => continue,
            None => {
                let faces = view.keys(&group.faces);
                edits.push(Edit::MakePerson { person: new, name: None, faces, rest: Vec::new() });
                let person = new;
                new = PersonId(new.0 + 1);
                person
            }
        };
        edits.push(Edit::IgnorePerson { person, ignored });
    }
    Ok(edits)
}

/// Takes back faces that were set aside one by one, and the cards of those that were set aside with their card.
fn take_back(faces: &[FaceId], view: &View<'_>) -> Vec<Edit> {
    let (single, rest): (Vec<&FaceId>, Vec<&FaceId>) =
        faces.iter().partition(|face| view.board.flagged.contains_key(face));
    let groups = rest.into_iter().filter_map(|face| view.group(*view.board.group_of.get(face)?));
    let strangers: BTreeSet<PersonId> = groups.filter(|group| group.ignored).filter_map(Group::person).collect();
    let back = strangers.into_iter().map(|person| Edit::IgnorePerson { person, ignored: false });
    view.unflag(&view.keys(single)).into_iter().chain(back).collect()
}

/// Keeps persons off the board, or puts them back; a card without a person is passed over.
fn hide(ids: &[GroupId], hidden: bool, view: &View<'_>) -> Vec<Edit> {
    let persons: BTreeSet<PersonId> = ids
        .iter()
        .filter_map(|id| view.group(*id))
        .filter(|group| group.hidden != hidden)
        .filter_map(Group::person)
        .collect();
    persons.into_iter().map(|person| Edit::Hide { person, hidden }).collect()
}

/// What an answer to a question says; nothing when the cards it is about have gone.
pub(super) fn answer(question: &Question, yes: bool, view: &View<'_>) -> Vec<Edit> {
    match (&question.kind, yes) {
        (QuestionKind::Merge { one, two }, true) => merge(&[*one, *two], view),
        (QuestionKind::Merge { one, two }, false) => two_people(*one, *two, view),
        (QuestionKind::Suggest { faces, person }, true) => move_faces(faces, *person, view).unwrap_or_default(),
        (
            QuestionKind::Suggest { person: GroupId::Person(who), .. }
            | QuestionKind::Split { group: GroupId::Person(who), .. },
            false,
        ) if !view.library.persons().contains_key(who) => Vec::new(),
        (QuestionKind::Suggest { faces, person: GroupId::Person(person) }, false) => {
            vec![Edit::NotThisPerson { faces: view.keys(faces), person: *person }]
        }
        // Yes: the pile is who the others are, so that the card is one person by the user's word.
        (QuestionKind::Split { group, .. }, true) => {
            let Some(group) = view.group(*group) else { return Vec::new() };
            let faces = view.keys(&group.faces);
            if let Some(person) = group.person() {
                return vec![Edit::Confirm { faces, person }];
            }
            let what = meant(Meaning::OnePerson { faces: faces.len() });
            vec![Edit::MakePerson { person: view.next_person, name: None, faces, rest: Vec::new() }, what]
        }
        (QuestionKind::Split { group: GroupId::Person(person), pile }, false) => {
            // Confirmed ones leave too: that is what was asked.
            vec![Edit::NotThisPerson { faces: view.keys(pile), person: *person }]
        }
        (QuestionKind::Split { pile, .. }, false) => split(pile, view),
        (QuestionKind::Suggest { .. }, false) => Vec::new(),
    }
}

/// Two cards are two people: the faces of one are refused for the other.
fn two_people(one: GroupId, two: GroupId, view: &View<'_>) -> Vec<Edit> {
    let (Some(a), Some(b)) = (view.group(one), view.group(two)) else { return Vec::new() };
    match (a.person(), b.person()) {
        (Some(person), _) => vec![Edit::NotThisPerson { faces: view.keys(&b.faces), person }],
        (None, Some(person)) => vec![Edit::NotThisPerson { faces: view.keys(&a.faces), person }],
        (None, None) => {
            let (faces, rest) = (view.keys(&a.faces), view.keys(&b.faces));
            let what = meant(Meaning::TwoPeople { faces: [faces.len(), rest.len()] });
            vec![Edit::MakePerson { person: view.next_person, name: None, faces, rest }, what]
        }
    }
}

fn merge(ids: &[GroupId], view: &View<'_>) -> Vec<Edit> {
    let mut seen = BTreeSet::new();
    let groups: Vec<&Group> = ids.iter().filter(|id| seen.insert(**id)).filter_map(|id| view.group(*id)).collect();
    let [first, _, ..] = groups.as_slice() else { return Vec::new() };
    let target = groups.iter().find(|group| group.name.is_some()).unwrap_or(first);
    // A person whose name stays; else any person, so that what was said about it stays.
    let person = target.person().or_else(|| groups.iter().find_map(|group| group.person()));
    let stays = groups.iter().find(|group| group.person().is_some() && group.person() == person).unwrap_or(first);
    let (all, there): (usize, usize) = (groups.iter().map(|group| group.faces.len()).sum(), stays.faces.len());
    let what = meant(Meaning::Merge { cards: groups.len(), faces: all - there, into: there });
    let Some(into) = person else {
        let faces = view.keys(groups.iter().flat_map(|group| &group.faces));
        return vec![Edit::MakePerson { person: view.next_person, name: None, faces, rest: Vec::new() }, what];
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
    edits.push(what);
    edits
}

fn move_faces(faces: &[FaceId], target: GroupId, view: &View<'_>) -> Result<Vec<Edit>, String> {
    let group = view.group(target).ok_or(refused::GROUP_GONE)?;
    let moved: Vec<FaceKey> = view.keys(faces.iter().filter(|face| group.faces.binary_search(face).is_err()));
    if moved.is_empty() {
        return Ok(Vec::new());
    }
    // Who was set aside and is somebody now is no longer aside.
    let mut edits: Vec<Edit> = view.unflag(&moved).into_iter().collect();
    let what = meant(Meaning::Move { faces: moved.len() });
    edits.push(match target {
        GroupId::Person(person) => Edit::Assign { faces: moved, person },
        GroupId::Faces(_) => {
            let mut all = view.keys(&group.faces);
            all.extend(moved);
            Edit::MakePerson { person: view.next_person, name: None, faces: all, rest: Vec::new() }
        }
    });
    edits.push(what);
    Ok(edits)
}

fn split(faces: &[FaceId], view: &View<'_>) -> Vec<Edit> {
    // Who is set aside is on no card that they could leave.
    let on_board = |face: &&FaceId| !view.board.flagged.contains_key(*face);
    let chosen: BTreeSet<FaceId> = faces.iter().filter(on_board).copied().collect();
    let keys = view.keys(&chosen);
    if keys.is_empty() {
        return Vec::new();
    }
    let groups: BTreeSet<GroupId> = chosen.iter().filter_map(|face| view.board.group_of.get(face).copied()).collect();
    // Who stays is not the new person; the confirmed are told apart by being somebody else already, and a word about each
    // of them would make the history of a large person long for nothing.
    let rest = groups
        .iter()
        .filter_map(|id| view.group(*id))
        .flat_map(|group| group.faces.iter().filter(|face| !chosen.contains(face)))
        .filter_map(|face| view.faces.get(face))
        .map(|face| face.key)
        .filter(|key| view.library.person_of(key).is_none())
        .collect();
    let what = meant(Meaning::Split { faces: keys.len() });
    vec![Edit::MakePerson { person: view.next_person, name: None, faces: keys, rest }, what]
}

fn name_group(id: GroupId, name: &str, view: &View<'_>) -> Result<Vec<Edit>, String> {
    let name = name.trim().to_owned();
    if name.is_empty() {
        return Err(refused::NO_NAME.to_owned());
    }
    let group = view.group(id).ok_or(refused::GROUP_GONE)?;
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
    if group.name.is_none() {
        edits.push(meant(Meaning::Name { faces: group.faces.len() }));
    }
    Ok(edits)
}

#[cfg(test)]
mod tests {
    use super::super::words::edits as words;
    use super::*;
    use crate::domain::{DetectedFace, Face, FaceBox, FaceFlag, PhotoHash};

    fn key(number: u32) -> FaceKey {
        FaceKey { photo: PhotoHash([number as u8; 16]), cell: [0; 4] }
    }

    fn keys(numbers: &[u32]) -> Vec<FaceKey> {
        numbers.iter().map(|number| key(*number)).collect()
    }

    /// The library after a command or an answer, on a board of the groups 1–3, 4–5, 6 and what was said before.
    fn after(before: &[Edit], make: impl Fn(&View<'_>) -> Vec<Edit>) -> (Library, Vec<Edit>) {
        let bounds = FaceBox::new(0.0, 0.0, 10.0, 10.0);
        let detected = DetectedFace { bounds, score: 1.0, landmarks: [[0.0; 2]; 5], sharpness: 1.0 };
        let face = |number: u32| Face { id: FaceId(number), key: key(number), photo: PhotoId(number), detected };
        let faces: Faces = (1..=6).map(|number| (FaceId(number), face(number))).collect();
        let library = Library::fold(before);
        let clusters = [vec![1, 2, 3], vec![4, 5], vec![6]].map(|list| list.into_iter().map(FaceId).collect());
        let board = Board::new(&faces, clusters.to_vec(), &library);
        let view = View {
            faces: &faces,
            photos: &Table::default(),
            board: &board,
            library: &library,
            next_person: PersonId(9),
        };
        let edits = make(&view);
        let mut library = library.clone();
        for edit in &edits {
            library.apply(edit);
        }
        (library, edits)
    }

    fn ann() -> Edit {
        Edit::MakePerson { person: PersonId(1), name: Some("Ann".into()), faces: keys(&[1, 2]), rest: Vec::new() }
    }

    fn asked(kind: QuestionKind) -> Question {
        Question { id: 1, kind, sentence: String::new(), weight: 1.0, faces: [FaceId(1), FaceId(4)] }
    }

    #[test]
    fn an_answer_settles_its_question() {
        let (one, two) = (GroupId::Faces(FaceId(1)), GroupId::Faces(FaceId(4)));
        let merge = asked(QuestionKind::Merge { one, two });
        let (yes, _) = after(&[], |view| answer(&merge, true, view));
        assert!((1..=5).all(|face| yes.person_of(&key(face)) == Some(PersonId(9))));
        let (no, _) = after(&[], |view| answer(&merge, false, view));
        assert!(no.person_of(&key(1)) == Some(PersonId(9)) && no.is_rejected(&key(4), PersonId(9)));
        // With a name on one side, the faces of the other are refused for it.
        let named = asked(QuestionKind::Merge { one: two, two: GroupId::Person(PersonId(1)) });
        let (no, _) = after(&[ann()], |view| answer(&named, false, view));
        assert!(no.is_rejected(&key(5), PersonId(1)) && no.persons().len() == 1);
        let faces = vec![FaceId(4), FaceId(5)];
        let suggest = asked(QuestionKind::Suggest { faces, person: GroupId::Person(PersonId(1)) });
        let (yes, _) = after(&[ann()], |view| answer(&suggest, true, view));
        assert_eq!(yes.person_of(&key(5)), Some(PersonId(1)));
        let (no, _) = after(&[ann()], |view| answer(&suggest, false, view));
        assert!(no.is_rejected(&key(4), PersonId(1)) && no.person_of(&key(4)).is_none());
        let split = asked(QuestionKind::Split { group: one, pile: vec![FaceId(3)] });
        let (yes, _) = after(&[], |view| answer(&split, true, view));
        assert!((1..=3).all(|face| yes.person_of(&key(face)) == Some(PersonId(9))));
        let (no, _) = after(&[], |view| answer(&split, false, view));
        assert!(no.person_of(&key(3)) == Some(PersonId(9)) && no.is_rejected(&key(1), PersonId(9)));
        // Ann was merged into somebody else since: nothing is said of who is nobody any more.
        let (_, made) = after(&[], |view| answer(&suggest, false, view));
        assert!(made.is_empty(), "{made:?}");
        let of_ann = asked(QuestionKind::Split { group: GroupId::Person(PersonId(1)), pile: vec![FaceId(2)] });
        let (no, _) = after(&[ann()], |view| answer(&of_ann, false, view));
        assert!(no.is_rejected(&key(2), PersonId(1)) && no.person_of(&key(1)) == Some(PersonId(1)));
    }

    #[test]
    fn faces_are_confirmed_and_refused_where_they_are() {
        let faces = vec![FaceId(2), FaceId(3), FaceId(6)];
        let confirm = Command::ConfirmFaces(faces.clone());
        let (library, made) = after(&[ann()], |view| edits(&confirm, view).unwrap());
        assert_eq!(made, [Edit::Confirm { faces: keys(&[2, 3]), person: PersonId(1) }], "6 is nobody yet");
        assert_eq!(library.person_of(&key(3)), Some(PersonId(1)));
        let (library, _) = after(&[ann()], |view| edits(&Command::RejectFaces(faces.clone()), view).unwrap());
        assert!(library.is_rejected(&key(2), PersonId(1)) && library.person_of(&key(2)).is_none());
        // On a card without a person they leave it.
        let (library, _) = after(&[], |view| edits(&Command::RejectFaces(vec![FaceId(2)]), view).unwrap());
        assert!(library.person_of(&key(2)) == Some(PersonId(9)) && library.is_rejected(&key(1), PersonId(9)));
    }

    /// What a command says on that board, as its sentence.
    fn sentence(before: &[Edit], command: &Command) -> String {
        let (library, made) = after(before, |view| edits(command, view).unwrap());
        words::step(&made, &library)
    }

    #[test]
    fn sentences_say_what_was_done() {
        let (one, two, six) = (GroupId::Faces(FaceId(1)), GroupId::Faces(FaceId(4)), GroupId::Faces(FaceId(6)));
        let person = GroupId::Person(PersonId(1));
        let check = |before: &[Edit], command: Command, text: &str| {
            assert_eq!(sentence(before, &command), text, "{command:?}");
        };
        check(&[], Command::MergeGroups(vec![one, two]), "Merged 2 groups into one of 5 faces");
        check(&[ann()], Command::MergeGroups(vec![two, six, person]), "Merged 3 faces into Ann");
        // All of Ann's are confirmed: what is split off her is split off all the same.
        let all = Edit::Confirm { faces: keys(&[3]), person: PersonId(1) };
        check(&[ann(), all], Command::SplitFaces(vec![FaceId(2)]), "Split off 1 face");
        check(&[], Command::SplitFaces(vec![FaceId(6)]), "Split off 1 face");
        check(&[], Command::MoveFaces(vec![FaceId(6)], two), "Moved 1 face to a group without a name");
        check(&[ann()], Command::MoveFaces(vec![FaceId(5), FaceId(6)], person), "Moved 2 faces to Ann");
        check(&[ann()], Command::RejectFaces(vec![FaceId(2)]), "Said that 1 face is not Ann");
        check(&[ann()], Command::NameGroup(person, "Anna".into()), "Renamed to Anna");
        let nobody = Edit::MakePerson { person: PersonId(1), name: None, faces: keys(&[1, 2]), rest: Vec::new() };
        check(std::slice::from_ref(&nobody), Command::NameGroup(person, "Ann".into()), "Named 3 faces Ann");
        check(&[nobody], Command::RejectFaces(vec![FaceId(2)]), "Took 1 face out of a group without a name");
        let merge = asked(QuestionKind::Merge { one, two });
        let (library, made) = after(&[], |view| answer(&merge, false, view));
        assert_eq!(words::step(&made, &library), "Said that 3 faces and 2 faces are two people");
        let whole = asked(QuestionKind::Split { group: one, pile: vec![FaceId(3)] });
        let (library, made) = after(&[], |view| answer(&whole, true, view));
        assert_eq!(words::step(&made, &library), "Said that 3 faces are one person");
    }

    #[test]
    fn who_is_moved_is_no_longer_set_aside() {
        let aside = Edit::Flag { faces: keys(&[5, 6]), flag: Some(FaceFlag::Ignored) };
        let command = Command::MoveFaces(vec![FaceId(5), FaceId(6)], GroupId::Person(PersonId(1)));
        let (library, _) = after(&[ann(), aside.clone()], |view| edits(&command, view).unwrap());
        assert!([5, 6].iter().all(|face| library.flag(&key(*face)).is_none()));
        assert_eq!(library.person_of(&key(6)), Some(PersonId(1)));
        assert_eq!(sentence(&[ann(), aside.clone()], &command), "Moved 2 faces to Ann");
        // Said to be Ann before it was set aside: there is something to do all the same.
        let hers = Edit::Flag { faces: keys(&[1]), flag: Some(FaceFlag::NotAFace) };
        let back = Command::MoveFaces(vec![FaceId(1)], GroupId::Person(PersonId(1)));
        let (library, _) = after(&[ann(), hers], |view| edits(&back, view).unwrap());
        assert_eq!(library.flag(&key(1)), None);
        // Nobody can leave a card on which they are not.
        let (_, made) = after(&[aside], |view| edits(&Command::SplitFaces(vec![FaceId(5)]), view).unwrap());
        assert!(made.is_empty());
    }

    #[test]
    fn several_cards_are_set_aside_and_hidden_in_one_step() {
        let person = GroupId::Person(PersonId(1));
        let ids = vec![person, GroupId::Faces(FaceId(4)), GroupId::Faces(FaceId(6))];
        let ignore = Command::IgnoreGroups(ids.clone(), true);
        let (library, made) = after(&[ann()], |view| edits(&ignore, view).unwrap());
        let strangers: Vec<u32> = library.persons().values().filter(|one| one.ignored).map(|one| one.id.0).collect();
        assert_eq!(strangers, [1, 9, 10], "each a person of its own");
        assert_eq!((library.person_of(&key(5)), library.person_of(&key(6))), (Some(PersonId(9)), Some(PersonId(10))));
        assert_eq!(sentence(&[ann()], &ignore), "Set 3 strangers aside");
        // All of them back at once, together with a face that was set aside by itself.
        let flag = Edit::Flag { faces: keys(&[2]), flag: Some(FaceFlag::Ignored) };
        let before: Vec<Edit> = [ann()].into_iter().chain(made).chain([flag]).collect();
        let back = Command::FlagFaces(vec![FaceId(1), FaceId(2), FaceId(4), FaceId(5), FaceId(6)], None);
        let (library, _) = after(&before, |view| edits(&back, view).unwrap());
        assert!(library.persons().values().all(|one| !one.ignored) && library.flag(&key(2)).is_none());
        assert_eq!(sentence(&before, &back), "Took 1 face and 3 people back");
        let bo = Edit::MakePerson { person: PersonId(2), name: Some("Bo".into()), faces: keys(&[4]), rest: Vec::new() };
        let both = vec![person, GroupId::Person(PersonId(2)), GroupId::Faces(FaceId(6))];
        let hide = Command::HideGroups(both, true);
        let (library, made) = after(&[ann(), bo.clone()], |view| edits(&hide, view).unwrap());
        assert!(library.persons().values().all(|one| one.hidden) && made.len() == 2);
        assert_eq!(sentence(&[ann(), bo], &hide), "Hid 2 people");
    }

    #[test]
    fn what_cannot_be_is_said() {
        let rename = |name: &str| Command::Edit(Edit::Rename { person: PersonId(1), name: name.into() });
        let born = |year| Command::Edit(Edit::BirthYear { person: PersonId(1), year });
        let check = |command: Command, fine: bool| {
            after(&[ann()], |view| {
                assert_eq!(edits(&command, view).is_ok(), fine, "{command:?}");
                Vec::new()
            });
        };
        check(rename(" Anna "), true);
        check(rename("  "), false);
        check(born(Some(1980)), true);
        check(born(Some(80)), false);
        check(born(None), true);
        check(Command::NameGroup(GroupId::Faces(FaceId(77)), "Bo".into()), false);
        let (one, two, gone) = (GroupId::Person(PersonId(1)), GroupId::Faces(FaceId(4)), GroupId::Faces(FaceId(77)));
        check(Command::MergeGroups(vec![one, two]), true);
        check(Command::MergeGroups(vec![one, two, gone]), false);
        check(Command::HideGroups(vec![gone], true), false);
        check(Command::DrawFace(PhotoId(77), FaceBox::new(0.0, 0.0, 50.0, 50.0)), false);
    }
}
