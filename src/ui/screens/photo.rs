//! One photo with its faces marked.

use egui::{Align2, Color32, Key, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use crate::domain::{Photo, PhotoId, Snapshot};
use crate::engine::{Command, PictureKey};
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Screen, ViewState};
use crate::ui::{text, theme, widgets};

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    id: PhotoId,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    _commands: &mut Vec<Command>,
) {
    let Some(photo) = snapshot.photos.get(&id) else {
        return widgets::empty_place(ui, text::GONE);
    };
    keys(ui, id, snapshot, view);
    let room = ui.max_rect();
    let response = ui.interact(room, ui.scope_id().with("photo"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Photo {}", file_name(photo))));
    zoom(ui, &response, view);
    let fitted = fit(photo, room.shrink2(Vec2::new(24.0, 56.0)));
    let shown = Rect::from_center_size(fitted.center() + view.photo_pan, fitted.size() * view.photo_zoom);
    match thumbs.get(PictureKey::Photo(id)) {
        Ok(Some(texture)) => {
            let uv = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            ui.painter().image(texture.id(), shown, uv, Color32::WHITE);
        }
        Ok(None) => note(ui, shown.center(), "Reading the photo"),
        Err(()) => note(ui, shown.center(), "The photo cannot be read any more. Was it moved or deleted?"),
    }
    boxes_ui(ui, photo, shown, snapshot, view);
    heading_ui(ui, room, photo, snapshot, view);
}

fn file_name(photo: &Photo) -> String {
    let name = photo.paths.first().and_then(|path| path.file_name());
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn note(ui: &Ui, at: Pos2, words: &str) {
    ui.painter().text(at, Align2::CENTER_CENTER, words, theme::body(), theme::ON_PHOTOS);
}

/// Left and right walk the photos.
fn keys(ui: &Ui, id: PhotoId, snapshot: &Snapshot, view: &mut ViewState) {
    let (left, right) = ui.input(|input| (input.key_pressed(Key::ArrowLeft), input.key_pressed(Key::ArrowRight)));
    let next = match (left, right) {
        (true, _) => snapshot.photos.range(..id).next_back(),
        (_, true) => snapshot.photos.range(PhotoId(id.0 + 1)..).next(),
        _ => None,
    };
    if let Some((next, _)) = next {
        go(view, *next);
    }
}

/// To another photo, without a step to go back.
fn go(view: &mut ViewState, photo: PhotoId) {
    view.screen = Screen::Photo(photo);
    view.photo_zoom = 1.0;
    view.photo_pan = Vec2::ZERO;
}

fn zoom(ui: &Ui, response: &egui::Response, view: &mut ViewState) {
    if response.hovered() {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta.y, input.zoom_delta()));
        view.photo_zoom = (view.photo_zoom * pinch * (scroll * 0.004).exp()).clamp(1.0, 12.0);
    }
    if response.dragged() {
        view.photo_pan += response.drag_delta();
    }
    if view.photo_zoom <= 1.0 {
        view.photo_pan = Vec2::ZERO;
    }
}

/// The photo as large as it fits, never larger than its pixels.
fn fit(photo: &Photo, room: Rect) -> Rect {
    let size = Vec2::new(photo.width as f32, photo.height as f32);
    let factor = (room.width() / size.x).min(room.height() / size.y).clamp(0.01, 1.0);
    Rect::from_center_size(room.center(), size * factor)
}

fn boxes_ui(ui: &Ui, photo: &Photo, shown: Rect, snapshot: &Snapshot, view: &mut ViewState) {
    let factor = shown.width() / photo.width.max(1) as f32;
    for face in snapshot.faces_of_photo(photo.id) {
        if snapshot.flagged.contains_key(&face.id) {
            continue;
        }
        let bounds = face.detected.bounds;
        let at = shown.min + Vec2::new(bounds.x, bounds.y) * factor;
        let rect = Rect::from_min_size(at, Vec2::new(bounds.width, bounds.height) * factor);
        let group = snapshot.group_of_face(face.id);
        let name = group.and_then(|group| group.name.clone());
        let words = name.clone().unwrap_or_else(|| text::WHO.to_owned());
        let response = ui.interact(rect, ui.scope_id().with(("box", face.id)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Face of {words}")));
        let colour = if name.is_some() { theme::palette(ui).accent } else { theme::ON_PHOTOS };
        let stroke = Stroke::new(if response.hovered() { 3.0 } else { 2.0 }, colour);
        ui.painter().rect_stroke(rect, 4, stroke, StrokeKind::Outside);
        let galley = ui.painter().layout_no_wrap(words, theme::body(), theme::ON_PHOTOS);
        let label = Align2::CENTER_TOP.anchor_size(rect.center_bottom() + Vec2::new(0.0, 8.0), galley.size());
        ui.painter().rect_filled(label.expand2(Vec2::new(8.0, 3.0)), theme::CONTROL_CORNER, theme::SHADE);
        ui.painter().galley(label.min, galley, theme::ON_PHOTOS);
        if response.clicked()
            && let Some(group) = group
        {
            view.open(Screen::Person(group.id));
        }
    }
}

fn heading_ui(ui: &mut Ui, room: Rect, photo: &Photo, snapshot: &Snapshot, view: &mut ViewState) {
    let bar = Rect::from_min_size(room.min, Vec2::new(room.width(), 44.0));
    ui.painter().rect_filled(bar, 0, theme::SHADE);
    ui.scope_builder(egui::UiBuilder::new().max_rect(bar.shrink2(Vec2::new(16.0, 8.0))), |ui| {
        ui.horizontal_centered(|ui| {
            if ui.button("Back").clicked() {
                view.step_back();
            }
            let taken = photo.taken.map(|taken| format!(" · {taken}")).unwrap_or_default();
            let words = format!("{}{taken} · {} × {}", file_name(photo), photo.width, photo.height);
            let path = photo.paths.first().map(|path| path.display().to_string()).unwrap_or_default();
            ui.label(egui::RichText::new(words).color(theme::ON_PHOTOS)).on_hover_text(path);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let after = snapshot.photos.range(PhotoId(photo.id.0 + 1)..).next().map(|(id, _)| *id);
                let before = snapshot.photos.range(..photo.id).next_back().map(|(id, _)| *id);
                for (words, target) in [("Next", after), ("Previous", before)] {
                    let button = ui.add_enabled(target.is_some(), egui::Button::new(words));
                    if let (true, Some(target)) =
                        (button.on_disabled_hover_text("There is no other photo that way").clicked(), target)
                    {
                        go(view, target);
                    }
                }
            });
        });
    });
}
