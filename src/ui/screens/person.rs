//! One group: all its faces, to look through, split and move, with the other groups beside it to drop on.

use egui::{Rect, RichText, Sense, Ui, Vec2};

use super::faces::move_menu_ui;
use super::people::{about, face_responses, name_ui};
use crate::domain::{GroupId, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::drag::{self, Carried};
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Screen, ViewState};
use crate::ui::{frame, text, theme, widgets};

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    id: GroupId,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let Some(group) = snapshot.group(id) else {
        // The group became a person, or part of another: follow its lowest face.
        let follow = match id {
            GroupId::Faces(face) => snapshot.group_of_face(face).map(|group| group.id),
            GroupId::Person(_) => None,
        };
        view.screen = follow.map_or(Screen::People, Screen::Person);
        return widgets::empty_place(ui, text::GONE);
    };
    ui.horizontal(|ui| {
        if ui.button("Back").clicked() {
            view.step_back();
        }
        let (cover, _) = ui.allocate_exact_size(Vec2::splat(64.0), Sense::hover());
        widgets::paint_face(ui, cover, group.cover, thumbs, theme::CARD_CORNER);
        let (rect, _) = ui.allocate_exact_size(Vec2::new(240.0, 64.0), Sense::hover());
        let line = Rect::from_min_size(rect.min + Vec2::new(0.0, 6.0), Vec2::new(240.0, 30.0));
        name_ui(ui, line, group, snapshot, view, commands);
        let at = line.left_bottom() + Vec2::new(4.0, 2.0);
        let colour = theme::palette(ui).secondary;
        ui.painter().text(at, egui::Align2::LEFT_TOP, about(group, snapshot), theme::small(), colour);
        if view.faces.is_empty() {
            widgets::secondary(ui, "Select faces to split them off, move or set them aside");
        } else {
            widgets::secondary(ui, format!("{} selected", text::thousands(view.faces.len())));
            for action in [Action::Split, Action::NotAFace, Action::Ignore] {
                frame::action_button(ui, action, snapshot, view, commands);
            }
            move_menu_ui(ui, snapshot, view, commands);
        }
    });
    ui.add_space(8.0);
    others_ui(ui, id, snapshot, view, thumbs, commands);
    let selected = view.faces.clone();
    let side = view.card_width * 0.75;
    let tiles =
        widgets::face_grid(ui, "person", &group.faces, side, snapshot, thumbs, &|face| selected.contains(&face));
    for (face, response) in tiles {
        face_responses(ui, &response, face, &group.faces, snapshot, view);
    }
}

/// Where dragged faces can go: a new group, or one of the others.
fn others_ui(
    ui: &mut Ui,
    id: GroupId,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let colours = theme::palette(ui);
    egui::Panel::right("others").exact_size(152.0).resizable(false).frame(egui::Frame::new().inner_margin(8)).show(
        ui,
        |ui| {
            widgets::secondary(ui, "Drag faces here");
            let (rect, response) = ui.allocate_exact_size(Vec2::new(128.0, 44.0), Sense::hover());
            ui.painter().rect_filled(rect, theme::CARD_CORNER, colours.raised);
            ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, "A new group", theme::body(), colours.text);
            if let Some(carried) = response.dnd_hover_payload::<Carried>()
                && let Carried::Faces(faces) = carried.as_ref()
            {
                let stroke = egui::Stroke::new(2.0, colours.accent);
                ui.painter().rect_stroke(rect, theme::CARD_CORNER, stroke, egui::StrokeKind::Inside);
                if response.dnd_release_payload::<Carried>().is_some() {
                    commands.push(Command::SplitFaces(faces.clone()));
                    view.faces.clear();
                }
            }
            egui::ScrollArea::vertical().id_salt("others").show(ui, |ui| {
                for group in snapshot
                    .groups
                    .iter()
                    .filter(|group| group.id != id && (group.name.is_some() || group.faces.len() > 1))
                {
                    let (rect, response) = ui.allocate_exact_size(Vec2::new(128.0, 48.0), Sense::click());
                    if !ui.is_rect_visible(rect) {
                        continue;
                    }
                    let name = group.name.clone().unwrap_or_else(|| text::faces(group.faces.len()));
                    response
                        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Go to {name}")));
                    ui.painter().rect_filled(rect, theme::CARD_CORNER, colours.raised);
                    let picture = Rect::from_min_size(rect.min + Vec2::splat(4.0), Vec2::splat(40.0));
                    widgets::paint_face(ui, picture, group.cover, thumbs, theme::CONTROL_CORNER);
                    let words = egui::Label::new(RichText::new(name).font(theme::small())).truncate().selectable(false);
                    ui.put(Rect::from_min_max(rect.min + Vec2::new(50.0, 0.0), rect.max), words);
                    if let Some(command) = drag::target_ui(ui, &response, group, snapshot) {
                        commands.push(command);
                        view.faces.clear();
                    } else if response.clicked() {
                        view.open(Screen::Person(group.id));
                    }
                }
            });
        },
    );
}
