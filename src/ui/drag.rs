//! Dragging faces and cards: what is carried, and what a drop would do, in words.

use egui::{Align2, DragAndDrop, Id, LayerId, Order, Rect, Response, Stroke, StrokeKind, Ui};

use super::{text, theme};
use crate::domain::{FaceId, Group, GroupId, Snapshot};
use crate::engine::Command;

/// What is being dragged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    Faces(Vec<FaceId>),
    Group(GroupId),
}

/// What would come of a drop on a card: the sentence and the command; nothing when a drop changes nothing.
pub(super) fn drop_on(carried: &Carried, target: &Group, snapshot: &Snapshot) -> Option<(String, Command)> {
    let name = target.name.as_deref();
    match carried {
        Carried::Faces(faces) => {
            let moved: Vec<FaceId> = faces.iter().copied().filter(|face| !target.faces.contains(face)).collect();
            let whom = name.unwrap_or("this group");
            let sentence = format!("Move {} to {whom}", text::faces(moved.len()));
            (!moved.is_empty()).then_some((sentence, Command::MoveFaces(moved, target.id)))
        }
        Carried::Group(id) => {
            let source = snapshot.group(*id).filter(|source| source.id != target.id)?;
            let whom = name.or(source.name.as_deref()).unwrap_or("one group");
            let sentence = format!("Merge: {} + {} become {whom}", source.faces.len(), text::faces(target.faces.len()));
            Some((sentence, Command::MergeGroups(vec![target.id, source.id])))
        }
    }
}

/// Marks a possible target, says what a drop on it would do, and gives the command when the button is released.
pub(super) fn target_ui(ui: &Ui, response: &Response, target: &Group, snapshot: &Snapshot) -> Option<Command> {
    let carried = DragAndDrop::payload::<Carried>(ui.ctx())?;
    let (sentence, command) = drop_on(&carried, target, snapshot)?;
    let colours = theme::palette(ui);
    let ring = |width: f32, colour| {
        let stroke = Stroke::new(width, colour);
        ui.painter().rect_stroke(response.rect, theme::CARD_CORNER, stroke, StrokeKind::Inside);
    };
    if !response.contains_pointer() {
        ring(1.0, colours.accent.gamma_multiply(0.5));
        return None;
    }
    ring(2.0, colours.accent);
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Tooltip, Id::unique("what a drop does")));
    let galley = painter.layout_no_wrap(sentence, theme::body(), colours.on_accent);
    let at = response.rect.center_bottom() - egui::vec2(galley.size().x / 2.0, galley.size().y + 14.0);
    let rect = Rect::from_min_size(at, galley.size());
    painter.rect_filled(rect.expand2(egui::vec2(10.0, 6.0)), theme::CONTROL_CORNER, colours.accent);
    painter.galley(rect.min, galley, colours.on_accent);
    response.dnd_release_payload::<Carried>().map(|_carried| command)
}

/// A small label under the pointer while something is carried.
pub(super) fn carried_ui(ui: &Ui, snapshot: &Snapshot) {
    let Some(carried) = DragAndDrop::payload::<Carried>(ui.ctx()) else { return };
    let Some(pointer) = ui.ctx().pointer_interact_pos() else { return };
    let words = match carried.as_ref() {
        Carried::Faces(faces) => text::faces(faces.len()),
        Carried::Group(id) => snapshot
            .group(*id)
            .map_or_else(String::new, |group| group.name.clone().unwrap_or_else(|| text::faces(group.faces.len()))),
    };
    let colours = theme::palette(ui);
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Tooltip, Id::unique("carried")));
    let at = pointer + egui::vec2(14.0, 14.0);
    let galley = painter.layout_no_wrap(words, theme::body(), colours.text);
    let rect = Align2::LEFT_TOP.anchor_size(at, galley.size());
    painter.rect_filled(rect.expand2(egui::vec2(10.0, 6.0)), theme::CONTROL_CORNER, colours.raised);
    let line = Stroke::new(1.0, colours.line);
    painter.rect_stroke(rect.expand2(egui::vec2(10.0, 6.0)), theme::CONTROL_CORNER, line, StrokeKind::Inside);
    painter.galley(rect.min, galley, colours.text);
}
