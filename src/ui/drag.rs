//! Dragging faces and cards: what is carried, and what a drop would do, in words.

use egui::{DragAndDrop, Id, LayerId, Order, Rect, Response, Stroke, StrokeKind, Ui, Vec2};

use super::thumbs::Thumbs;
use super::{doing, text, theme, widgets};
use crate::domain::{FaceId, Group, GroupId, Snapshot};
use crate::engine::Command;

/// What is being dragged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    Faces(Vec<FaceId>),
    Groups(Vec<GroupId>),
}

/// Whether a drop on a card changes anything.
fn may_drop(carried: &Carried, target: GroupId, snapshot: &Snapshot) -> bool {
    match carried {
        Carried::Faces(faces) => faces.iter().any(|face| snapshot.group_of.get(face) != Some(&target)),
        Carried::Groups(ids) => ids.iter().any(|id| *id != target && snapshot.group(*id).is_some()),
    }
}

/// What would come of a drop on a card: the sentence and the command; nothing when a drop changes nothing. In a library
/// to look at the sentence says why, and there is no command.
fn drop_on(carried: &Carried, target: &Group, snapshot: &Snapshot) -> Option<(String, Option<Command>)> {
    if !may_drop(carried, target.id, snapshot) {
        return None;
    }
    if let Some(why) = &snapshot.read_only {
        return Some((why.clone(), None));
    }
    Some(match carried {
        Carried::Faces(faces) => {
            let moved: Vec<FaceId> =
                faces.iter().copied().filter(|face| snapshot.group_of.get(face) != Some(&target.id)).collect();
            let sentence = text::people::move_faces(moved.len(), target.name.as_deref());
            (sentence, Some(Command::MoveFaces(moved, target.id)))
        }
        Carried::Groups(ids) => {
            let others = ids.iter().filter(|id| **id != target.id).filter_map(|id| snapshot.group(*id));
            let others: Vec<&Group> = others.collect();
            let coming: usize = others.iter().map(|group| group.faces.len()).sum();
            let groups: Vec<GroupId> = std::iter::once(target.id).chain(others.iter().map(|group| group.id)).collect();
            let names: Vec<&str> = doing::names(&groups, snapshot).into_iter().map(|(name, _)| name).collect();
            let sentence = text::people::merge(coming, target.faces.len(), &names);
            (sentence, Some(Command::MergeGroups(groups)))
        }
    })
}

/// Marks a possible target, says what a drop on it would do, and gives the command when the button is released.
pub(super) fn target_ui(ui: &Ui, response: &Response, target: &Group, snapshot: &Snapshot) -> Option<Command> {
    let carried = DragAndDrop::payload::<Carried>(ui.ctx())?;
    if !response.contains_pointer() {
        if snapshot.read_only.is_none() && may_drop(&carried, target.id, snapshot) {
            ring_ui(ui, response, false);
        }
        return None;
    }
    // The whole only where it is said: many faces may be carried past many cards.
    let (sentence, command) = drop_on(&carried, target, snapshot)?;
    mark_ui(ui, response, &sentence);
    response.dnd_release_payload::<Carried>().and(command)
}

/// The ring of a possible target, stronger under the pointer.
fn ring_ui(ui: &Ui, response: &Response, here: bool) {
    let colour = theme::palette(ui).accent;
    let stroke = if here { Stroke::new(2.0, colour) } else { Stroke::new(1.0, colour.gamma_multiply(0.5)) };
    ui.painter().rect_stroke(response.rect, theme::CARD_CORNER, stroke, StrokeKind::Inside);
}

/// The ring of a possible target, and the sentence of the one under the pointer.
pub(super) fn mark_ui(ui: &Ui, response: &Response, sentence: &str) {
    let colours = theme::palette(ui);
    ring_ui(ui, response, response.contains_pointer());
    if !response.contains_pointer() {
        return;
    }
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Tooltip, Id::unique("what a drop does")));
    let room = ui.ctx().content_rect().shrink(16.0);
    let galley = widgets::line(&painter, sentence, theme::strong(), colours.on_accent, room.width());
    let at = response.rect.center_bottom() - Vec2::new(galley.size().x / 2.0, galley.size().y + 16.0);
    let rect = widgets::kept_in(Rect::from_min_size(at, galley.size()), room);
    painter.rect_filled(rect.expand2(Vec2::new(12.0, 6.0)), theme::CONTROL_CORNER, colours.accent);
    painter.galley(rect.min, galley, colours.on_accent);
}

/// What is carried follows the pointer: a small stack of faces with a count. Escape puts it back, by egui's own doing.
pub(super) fn carried_ui(ui: &Ui, snapshot: &Snapshot, thumbs: &mut Thumbs) {
    let Some(carried) = DragAndDrop::payload::<Carried>(ui.ctx()) else { return };
    let Some(pointer) = ui.ctx().pointer_interact_pos() else { return };
    let (faces, number): (Vec<FaceId>, usize) = match carried.as_ref() {
        Carried::Faces(faces) => (faces.iter().take(3).copied().collect(), faces.len()),
        Carried::Groups(ids) => {
            let groups = ids.iter().filter_map(|id| snapshot.group(*id));
            let number = groups.clone().map(|group| group.faces.len()).sum();
            (groups.take(3).map(|group| group.cover).collect(), number)
        }
    };
    let colours = theme::palette(ui);
    let layer = LayerId::new(Order::Tooltip, Id::unique("carried"));
    let builder = egui::UiBuilder::new().layer_id(layer).max_rect(ui.ctx().content_rect());
    let stack = Ui::new(ui.ctx().clone(), Id::unique("the carried stack"), builder);
    let first = pointer + Vec2::new(14.0, 10.0);
    for (place, face) in faces.iter().enumerate().rev() {
        let rect = Rect::from_min_size(first + Vec2::splat(5.0 * place as f32), Vec2::splat(52.0));
        stack.painter().rect_filled(rect.expand(2.0), theme::CONTROL_CORNER, colours.raised);
        widgets::paint_face(&stack, rect, *face, thumbs, theme::CONTROL_CORNER);
    }
    let words = text::thousands(number);
    let galley = stack.painter().layout_no_wrap(words, theme::strong(), colours.on_accent);
    let badge = Rect::from_center_size(first + Vec2::new(2.0, 2.0), galley.size() + Vec2::new(12.0, 4.0));
    stack.painter().rect_filled(badge, 10, colours.accent);
    stack.painter().galley(badge.center() - galley.size() / 2.0, galley, colours.on_accent);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PersonId;

    fn group(id: GroupId, name: Option<&str>, faces: &[u32]) -> Group {
        let faces: Vec<FaceId> = faces.iter().map(|face| FaceId(*face)).collect();
        Group::new(id, name.map(String::from), faces.clone(), faces[0])
    }

    fn check(carried: &Carried, target: usize, expected: Option<&str>) {
        let groups = vec![
            group(GroupId::Person(PersonId(1)), Some("Ann"), &[1, 2, 3]),
            group(GroupId::Faces(FaceId(4)), None, &[4, 5]),
            group(GroupId::Faces(FaceId(6)), None, &[6]),
        ];
        let mut snapshot = Snapshot::by_hand(Vec::new(), Vec::new(), groups.clone());
        let found = drop_on(carried, &groups[target], &snapshot);
        assert!(found.as_ref().is_none_or(|(_, command)| command.is_some()), "{carried:?} on {target}");
        assert_eq!(found.map(|(sentence, _)| sentence).as_deref(), expected, "{carried:?} on {target}");
        // In a library to look at it says why not, where it would have done something.
        let why = "This library is open to look at only".to_owned();
        snapshot.read_only = Some(why.clone());
        assert_eq!(
            drop_on(carried, &groups[target], &snapshot),
            expected.map(|_| (why, None)),
            "{carried:?} on {target}"
        );
    }

    #[test]
    fn a_drop_says_what_it_does() {
        let ann = GroupId::Person(PersonId(1));
        let two = GroupId::Faces(FaceId(4));
        let one = GroupId::Faces(FaceId(6));
        check(&Carried::Faces(vec![FaceId(1), FaceId(4), FaceId(5)]), 0, Some("Move 2 faces to Ann"));
        check(&Carried::Faces(vec![FaceId(1)]), 1, Some("Move 1 face to this group"));
        check(&Carried::Faces(vec![FaceId(4)]), 1, None);
        check(&Carried::Groups(vec![two]), 0, Some("Merge: 2 + 3 faces become Ann"));
        check(&Carried::Groups(vec![ann]), 1, Some("Merge: 3 + 2 faces become Ann"));
        check(&Carried::Groups(vec![two, one]), 1, Some("Merge: 1 + 2 faces become one group"));
        check(&Carried::Groups(vec![two]), 1, None);
    }
}
