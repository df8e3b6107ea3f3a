//! A group is called by its lowest face, so it changes its number, and comes and goes, while one works with it. What the
//! window remembers of a group goes where its faces go.

use std::collections::{BTreeMap, BTreeSet};

use egui::DragAndDrop;

use super::drag::Carried;
use super::naming;
use super::view::{Dialog, Screen, ViewState};
use crate::domain::{FaceId, GroupId, Snapshot};
use crate::engine::Command;

/// Where a group is now: a person is itself, whoever came or went; other faces are where most of them are. Those that an
/// edit takes off their group do not count.
pub(super) fn follow(id: GroupId, leaving: &BTreeSet<FaceId>, before: &Snapshot, now: &Snapshot) -> Option<GroupId> {
    let there = now.group(id);
    if there.is_some() && matches!(id, GroupId::Person(_)) {
        return Some(id);
    }
    let Some(group) = before.group(id) else { return there.map(|group| group.id) };
    if there.is_some_and(|there| there.faces == group.faces) {
        return Some(id);
    }
    let most = |counts: fn(&FaceId, &BTreeSet<FaceId>) -> bool| {
        let mut places: BTreeMap<GroupId, usize> = BTreeMap::new();
        for face in group.faces.iter().filter(|face| counts(face, leaving)) {
            if let Some(place) = now.group_of.get(face) {
                *places.entry(*place).or_default() += 1;
            }
        }
        places.into_iter().max_by_key(|(place, count)| (*count, *place == id)).map(|(place, _)| place)
    };
    most(|face, leaving| !leaving.contains(face)).or_else(|| most(|_, _| true))
}

impl ViewState {
    /// A command is on its way; one that takes faces off the group on the screen leaves the screen with the others.
    pub(super) fn takes_away(&mut self, command: &Command) {
        if let Command::SplitFaces(faces)
        | Command::MoveFaces(faces, _)
        | Command::RejectFaces(faces)
        | Command::FlagFaces(faces, Some(_)) = command
        {
            self.leaving.extend(faces);
        }
    }

    /// Takes in that groups are others than before; gives what has to be asked for again.
    pub(super) fn follow(&mut self, before: &Snapshot, now: &Snapshot, ctx: &egui::Context) -> Option<Command> {
        let leaving = std::mem::take(&mut self.leaving);
        let to = |id: GroupId| follow(id, &leaving, before, now);
        self.follow_names(&to, now, ctx);
        self.follow_places(&to, now);
        let asked = self.dialog.take().and_then(|dialog| {
            let (dialog, asked) = follow_dialog(dialog, &to, now);
            self.dialog = dialog;
            asked
        });
        if let Some(carried) = DragAndDrop::payload::<Carried>(ctx)
            && let Carried::Groups(ids) = carried.as_ref()
            && ids.iter().any(|id| now.group(*id).is_none())
        {
            match moved(ids, &to) {
                // Nothing of it is left to carry.
                gone if gone.is_empty() => DragAndDrop::clear_payload(ctx),
                ids => DragAndDrop::set_payload(ctx, Carried::Groups(ids)),
            }
        }
        self.leaving = leaving.into_iter().filter(|face| before.group_of.get(face) == now.group_of.get(face)).collect();
        self.forget_gone_faces(now);
        asked
    }

    /// What is typed goes along, and the cursor in the text.
    fn follow_names(&mut self, to: &dyn Fn(GroupId) -> Option<GroupId>, now: &Snapshot, ctx: &egui::Context) {
        let unnamed = |id: GroupId| now.group(id).is_some_and(|group| group.name.is_none());
        let typing = self.typing_in;
        for (id, draft) in std::mem::take(&mut self.names) {
            // Who has a name by now needs no other, unless it is being changed.
            let Some(new) = to(id).filter(|new| unnamed(*new) || *new == id) else { continue };
            if typing == Some(id) {
                self.names.insert(new, draft);
            } else if !draft.is_empty() {
                self.names.entry(new).or_insert(draft);
            }
        }
        if let Some(old) = typing
            && let Some(new) = to(old).filter(|new| *new != old && unnamed(*new))
        {
            naming::move_focus(ctx, old, new);
            self.typing_in = Some(new);
        }
        self.focus_name = self.focus_name.and_then(to).filter(|id| unnamed(*id) || self.renaming == Some(*id));
        self.renaming = self.renaming.filter(|id| now.group(*id).is_some());
    }

    fn follow_places(&mut self, to: &dyn Fn(GroupId) -> Option<GroupId>, now: &Snapshot) {
        if let Screen::Person(old) = self.screen
            && let Some(new) = to(old).filter(|new| *new != old)
        {
            self.screen = Screen::Person(new);
        }
        let there = |screen: Screen| match screen {
            Screen::Person(id) => to(id).map(Screen::Person),
            Screen::Photo(photo) => now.photos.contains_key(&photo).then_some(screen),
            other => Some(other),
        };
        self.back = std::mem::take(&mut self.back).into_iter().filter_map(there).collect();
        if there(self.screen).is_none() && matches!(self.screen, Screen::Photo(_)) {
            // It was forgotten, or its file is gone.
            self.leave();
            self.screen = self.back.pop().unwrap_or(Screen::People);
        }
        if matches!(self.screen, Screen::Photo(_)) {
            self.photo_list.retain(|photo| now.photos.contains_key(photo));
        }
        self.back.dedup();
        while self.back.last() == Some(&self.screen) {
            self.back.pop();
        }
        let kept = std::mem::take(&mut self.scrolls).into_iter();
        let mut kept: Vec<_> = kept.filter_map(|(group, number)| Some((to(group)?, group, number))).collect();
        // Where one has joined another, that one stays where it was: it comes last.
        kept.sort_by_key(|(there, before, _)| there == before);
        self.scrolls = kept.into_iter().map(|(there, _, number)| (there, number)).collect();
        // Who was set aside is no longer there to be selected.
        let shown = |id: &GroupId| now.group(*id).is_some_and(|group| !group.ignored);
        self.groups = std::mem::take(&mut self.groups).into_iter().filter_map(to).filter(shown).collect();
        self.group_cursor = self.group_cursor.and_then(to).filter(shown);
        self.group_anchor = self.group_anchor.and_then(to).filter(shown);
        self.wanted.person = self.wanted.person.and_then(to);
    }

    /// A face that is not on the screen any more is not selected any more.
    fn forget_gone_faces(&mut self, now: &Snapshot) {
        let aside = |face: &FaceId| {
            now.flagged.contains_key(face) || now.group_of_face(*face).is_some_and(|group| group.ignored)
        };
        let alone =
            |face: &FaceId| now.group_of_face(*face).is_none_or(|group| group.name.is_none() && group.faces.len() == 1);
        let screen = self.screen;
        let shown = |face: &FaceId| match screen {
            _ if !now.faces.contains_key(face) => false,
            // Those seen once, and before there are groups everybody.
            Screen::People => !aside(face) && alone(face),
            Screen::Person(group) => now.group_of.get(face) == Some(&group),
            Screen::Aside(_) => aside(face),
            Screen::Photo(_) => !now.flagged.contains_key(face),
            _ => !aside(face),
        };
        self.faces.retain(shown);
        self.face_cursor = self.face_cursor.filter(shown);
        self.photo_cursor = self.photo_cursor.filter(|photo| now.photos.contains_key(photo));
    }
}

/// These groups, each once, as they are called now.
fn moved(ids: &[GroupId], to: &dyn Fn(GroupId) -> Option<GroupId>) -> Vec<GroupId> {
    let mut seen = BTreeSet::new();
    ids.iter().filter_map(|id| to(*id)).filter(|id| seen.insert(*id)).collect()
}

/// The dialog as it goes on, if it can; and what has to be asked for again.
fn follow_dialog(
    dialog: Dialog,
    to: &dyn Fn(GroupId) -> Option<GroupId>,
    now: &Snapshot,
) -> (Option<Dialog>, Option<Command>) {
    match dialog {
        Dialog::WhichName(groups) => {
            let groups = moved(&groups, to);
            ((groups.len() > 1).then_some(Dialog::WhichName(groups)), None)
        }
        Dialog::MergeInto(groups, typed, line) => {
            let groups = moved(&groups, to);
            ((!groups.is_empty()).then_some(Dialog::MergeInto(groups, typed, line)), None)
        }
        Dialog::Name { group, typed, line, begun } => {
            // Who is found to be somebody with a name needs no other, nor does that person.
            let unnamed = |new: &GroupId| now.group(*new).is_some_and(|group| group.name.is_none());
            let there = to(group).filter(|new| *new == group || unnamed(new));
            (there.map(|group| Dialog::Name { group, typed, line, begun }), None)
        }
        Dialog::Split(old, draft) => match to(old) {
            Some(new) if new != old => (Some(Dialog::Split(new, draft)), Some(Command::PlanSplit(new))),
            same => (same.map(|same| Dialog::Split(same, draft)), None),
        },
        Dialog::Born(id, typed, begun) => (to(id).map(|id| Dialog::Born(id, typed, begun)), None),
        Dialog::Closing(Some(before)) => {
            let (before, asked) = follow_dialog(*before, to, now);
            (Some(Dialog::Closing(before.map(Box::new))), asked)
        }
        other => (Some(other), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Group, PersonId};

    fn snapshot(groups: &[(GroupId, &[u32])]) -> Snapshot {
        let group = |(id, faces): &(GroupId, &[u32])| {
            let faces: Vec<FaceId> = faces.iter().map(|face| FaceId(*face)).collect();
            Group::new(*id, None, faces.clone(), faces[0])
        };
        Snapshot::by_hand(Vec::new(), Vec::new(), groups.iter().map(group).collect())
    }

    #[test]
    fn a_group_is_where_most_of_its_faces_are() {
        let (ann, bo) = (GroupId::Person(PersonId(1)), GroupId::Person(PersonId(2)));
        let of = |face: u32| GroupId::Faces(FaceId(face));
        let before = snapshot(&[(ann, &[1, 2, 3]), (of(4), &[4, 5, 6, 7])]);
        let check = |id: GroupId, leaving: &[u32], now: &[(GroupId, &[u32])], expected: Option<GroupId>| {
            let leaving = leaving.iter().map(|face| FaceId(*face)).collect();
            assert_eq!(follow(id, &leaving, &before, &snapshot(now)), expected, "{id:?} in {now:?}");
        };
        // Its lowest face goes: to another, or off on its own, where the old number stays behind.
        check(of(4), &[], &[(ann, &[1, 2, 3, 4]), (of(5), &[5, 6, 7])], Some(of(5)));
        check(of(4), &[], &[(of(4), &[4]), (of(5), &[5, 6, 7])], Some(of(5)));
        // Halves: those that were not told to go.
        check(of(4), &[4, 5], &[(of(4), &[4, 5]), (of(6), &[6, 7])], Some(of(6)));
        check(of(4), &[], &[(of(4), &[4, 5]), (of(6), &[6, 7])], Some(of(4)));
        // All were told to go: along with them.
        check(of(4), &[4, 5, 6, 7], &[(ann, &[1, 2, 3, 4, 5, 6, 7])], Some(ann));
        // A person stays one, and goes where the faces go when the name is taken back.
        check(ann, &[], &[(ann, &[3]), (bo, &[1, 2])], Some(ann));
        check(ann, &[], &[(of(1), &[1, 2, 3])], Some(of(1)));
        check(ann, &[], &[(of(4), &[4, 5, 6, 7])], None);
    }
}
