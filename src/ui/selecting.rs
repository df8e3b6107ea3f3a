//! What is selected, and what an action is done to.

use std::collections::BTreeSet;

use super::view::{Screen, ViewState};
use crate::domain::{FaceId, GroupId, PhotoId};

impl ViewState {
    /// Nothing is marked, so nothing is acted on; the arrow keys go on where they were.
    pub(super) fn select_nothing(&mut self) {
        self.faces.clear();
        self.groups.clear();
        self.face_cursor = None;
    }

    /// Selected cards, else the one under the cursor, else the person one is looking at.
    pub(super) fn target_groups(&self) -> Vec<GroupId> {
        match (self.screen, self.group_cursor) {
            _ if !self.groups.is_empty() => self.groups.iter().copied().collect(),
            (Screen::Person(group), _) | (Screen::People, Some(group)) => vec![group],
            _ => Vec::new(),
        }
    }

    /// Selected faces; on a photo, where none is selected, the one whose menu was opened.
    pub(super) fn target_faces(&self) -> Vec<FaceId> {
        let alone = self.faces.is_empty() && self.groups.is_empty() && matches!(self.screen, Screen::Photo(_));
        self.faces.iter().copied().chain(self.face_cursor.filter(|_| alone)).collect()
    }

    /// The screen is a grid of whole photos.
    pub(super) fn shows_photos(&self) -> bool {
        self.screen == Screen::Search || self.person_photos && matches!(self.screen, Screen::Person(_))
    }

    /// The photo at the cursor of such a grid.
    pub(super) fn target_photo(&self) -> Option<PhotoId> {
        self.photo_cursor.filter(|_| self.shows_photos())
    }

    /// A click on a face in a list: alone, added with Ctrl, up to it with Shift.
    pub(super) fn click_face(&mut self, face: FaceId, list: &[FaceId], modifiers: egui::Modifiers) {
        self.face_cursor = Some(face);
        self.groups.clear();
        if self.screen == Screen::People {
            // The keys are at somebody seen once, and at no card.
            self.group_cursor = None;
        }
        click(&mut self.faces, &mut self.anchor, face, list, modifiers);
        if self.faces.is_empty() {
            self.face_cursor = None;
        }
    }

    /// A click on a card, in the same way.
    pub(super) fn click_group(&mut self, group: GroupId, list: &[GroupId], modifiers: egui::Modifiers) {
        self.group_cursor = Some(group);
        self.faces.clear();
        self.face_cursor = None;
        click(&mut self.groups, &mut self.group_anchor, group, list, modifiers);
    }
}

fn click<T: Copy + Ord>(
    selected: &mut BTreeSet<T>,
    anchor: &mut Option<T>,
    item: T,
    list: &[T],
    modifiers: egui::Modifiers,
) {
    let place = |wanted: T| list.iter().position(|item| *item == wanted);
    match (modifiers.shift, anchor.and_then(place), place(item)) {
        (true, Some(from), Some(to)) => {
            if !modifiers.command {
                selected.clear();
            }
            selected.extend(list.iter().take(from.max(to) + 1).skip(from.min(to)).copied());
        }
        _ if modifiers.command => {
            if !selected.remove(&item) {
                selected.insert(item);
            }
            *anchor = Some(item);
        }
        _ => {
            let alone = selected.len() == 1 && selected.contains(&item);
            selected.clear();
            if !alone {
                selected.insert(item);
            }
            *anchor = Some(item);
        }
    }
}

/// The one face an action is done to; of many selected ones no list is made.
pub(super) fn only_face(view: &ViewState) -> Option<FaceId> {
    if view.faces.len() > 1 {
        return None;
    }
    match view.target_faces()[..] {
        [only] => Some(only),
        _ => None,
    }
}

/// The card an action is done to where none is selected.
pub(super) fn target_alone(view: &ViewState) -> Option<GroupId> {
    if view.groups.is_empty() { view.target_groups().first().copied() } else { None }
}

/// The one card an action is done to.
pub(super) fn only_card(view: &ViewState) -> Option<GroupId> {
    if view.groups.len() == 1 { view.groups.first().copied() } else { target_alone(view) }
}

/// Whether there is a card to do something to.
pub(super) fn has_cards(view: &ViewState) -> bool {
    !view.groups.is_empty() || target_alone(view).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_and_ctrl_select_as_in_a_file_manager() {
        let list: Vec<FaceId> = (1..=9).map(FaceId).collect();
        let mut view = ViewState::default();
        let mut check = |face: u32, shift: bool, command: bool, expected: &[u32]| {
            let modifiers = egui::Modifiers { shift, command, ..egui::Modifiers::NONE };
            view.click_face(FaceId(face), &list, modifiers);
            let found: Vec<u32> = view.faces.iter().map(|face| face.0).collect();
            assert_eq!(found, expected, "after {face}, shift {shift}, command {command}");
        };
        check(3, false, false, &[3]);
        check(6, true, false, &[3, 4, 5, 6]);
        check(2, true, false, &[2, 3]);
        check(8, false, true, &[2, 3, 8]);
        check(9, true, true, &[2, 3, 8, 9]);
        check(3, false, true, &[2, 8, 9]);
        check(5, false, false, &[5]);
        check(5, false, false, &[]);
    }
}
