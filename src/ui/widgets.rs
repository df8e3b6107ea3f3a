//! Faces, cards and the few controls egui does not have in this form.

use egui::{Color32, CornerRadius, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use super::theme;
use super::thumbs::Thumbs;
use crate::domain::{FaceId, Snapshot};
use crate::engine::PictureKey;

/// Draws a face's thumbnail into a square.
pub(super) fn paint_face(ui: &Ui, rect: Rect, face: FaceId, thumbs: &mut Thumbs, corner: u8) {
    let colours = theme::palette(ui);
    match thumbs.get(PictureKey::Face(face)) {
        Ok(Some(texture)) => {
            let uv = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            let shape = egui::epaint::RectShape::filled(rect, CornerRadius::same(corner), Color32::WHITE);
            ui.painter().add(shape.with_texture(texture.id(), uv));
        }
        _ => {
            ui.painter().rect_filled(rect, corner, colours.placeholder);
        }
    }
}

/// What a face is called for screen readers and tests.
pub(super) fn face_label(snapshot: &Snapshot, face: FaceId) -> String {
    let name = snapshot.group_of_face(face).and_then(|group| group.name.clone());
    let file = snapshot
        .photo_of_face(face)
        .and_then(|photo| photo.paths.first()?.file_name().map(|name| name.to_string_lossy().into_owned()));
    format!("Face {} of {} in {}", face.0, name.as_deref().unwrap_or("somebody"), file.as_deref().unwrap_or("a photo"))
}

/// A face one can click and drag.
pub(super) fn face_tile(
    ui: &mut Ui,
    rect: Rect,
    face: FaceId,
    snapshot: &Snapshot,
    thumbs: &mut Thumbs,
    selected: bool,
) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(("face", face)), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, face_label(snapshot, face)));
    paint_face(ui, rect, face, thumbs, theme::CONTROL_CORNER);
    let colours = theme::palette(ui);
    let ring = |width: f32, colour: Color32| {
        ui.painter().rect_stroke(rect, theme::CONTROL_CORNER, Stroke::new(width, colour), StrokeKind::Inside);
    };
    if selected {
        ring(2.0, colours.accent);
        let dot = rect.right_top() + egui::vec2(-12.0, 12.0);
        ui.painter().circle_filled(dot, 8.0, colours.accent);
        let tick = [dot + egui::vec2(-3.5, 0.0), dot + egui::vec2(-1.0, 3.0), dot + egui::vec2(4.0, -3.0)];
        ui.painter().line(tick.to_vec(), Stroke::new(2.0, colours.on_accent));
    } else if response.hovered() || response.has_focus() {
        ring(2.0, colours.secondary);
    }
    response
}

/// The one main action of a screen.
pub(super) fn main_button(ui: &mut Ui, enabled: bool, words: &str) -> Response {
    let colours = theme::palette(ui);
    let button =
        egui::Button::new(RichText::new(words).color(colours.on_accent)).fill(colours.accent).stroke(Stroke::NONE);
    ui.add_enabled(enabled, button)
}

/// Text beside the text.
pub(super) fn secondary(ui: &mut Ui, words: impl Into<String>) -> Response {
    let colour = theme::palette(ui).secondary;
    ui.label(RichText::new(words).font(theme::small()).color(colour))
}

/// A place with nothing in it yet.
pub(super) fn empty_place(ui: &mut Ui, words: &str) {
    let colour = theme::palette(ui).secondary;
    ui.add_space((ui.available_height() / 3.0).max(24.0));
    ui.vertical_centered(|ui| ui.label(RichText::new(words).font(theme::title()).color(colour)));
}

/// How many tiles of a width fit into a row, with 4 pixels between.
pub(super) fn columns(available: f32, tile: f32, gap: f32) -> usize {
    (((available + gap) / (tile + gap)).floor() as usize).max(1)
}

/// A grid of faces of which only the visible rows cost anything. Gives the tiles' responses.
pub(super) fn face_grid(
    ui: &mut Ui,
    salt: &str,
    list: &[FaceId],
    side: f32,
    snapshot: &Snapshot,
    thumbs: &mut Thumbs,
    selected: &dyn Fn(FaceId) -> bool,
) -> Vec<(FaceId, Response)> {
    let gap = 4.0;
    let mut responses = Vec::new();
    egui::ScrollArea::vertical().id_salt(salt).auto_shrink([false, false]).show_viewport(ui, |ui, viewport| {
        let columns = columns(ui.available_width(), side, gap);
        let rows = list.len().div_ceil(columns);
        ui.set_height(rows as f32 * (side + gap));
        let origin = ui.max_rect().min;
        let first = (viewport.min.y / (side + gap)).floor().max(0.0) as usize;
        let last = ((viewport.max.y / (side + gap)).ceil() as usize).min(rows);
        for row in first..last {
            for (column, face) in list.iter().skip(row * columns).take(columns).enumerate() {
                let at = origin + egui::vec2(column as f32, row as f32) * (side + gap);
                let rect = Rect::from_min_size(at, Vec2::splat(side));
                responses.push((*face, face_tile(ui, rect, *face, snapshot, thumbs, selected(*face))));
            }
        }
    });
    responses
}
