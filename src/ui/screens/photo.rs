//! One photo with its faces marked, on black in both themes.

use egui::accesskit::Role;
use egui::{Align2, Color32, Key, PointerButton, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use super::photo_box;
use crate::domain::{Face, FaceBox, Photo, PhotoId, Snapshot};
use crate::engine::{Command, PictureKey, WHOLE_SIDE};
use crate::ui::action::Action;
use crate::ui::icons::{self, Icon};
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Screen, ViewState};
use crate::ui::{frame, grid, text, theme, widgets};

/// Seconds of rest after which the boxes fade.
const REST: f32 = 2.5;

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    id: PhotoId,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let Some(photo) = snapshot.photos.get(&id) else {
        return widgets::empty_place(ui, text::GONE);
    };
    keys(ui, id, snapshot, view);
    let room = ui.max_rect();
    let response = ui.interact(room, ui.scope_id().with("photo"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, text::photo::called(&text::file_name(photo))));
    zoom(ui, &response, view);
    let inside = Rect::from_min_max(room.min + Vec2::new(16.0, 52.0), room.max - Vec2::splat(16.0));
    let fitted = fit(photo, inside);
    // The middle of the window always lies on the photo: it cannot be pushed out of sight.
    let most = fitted.size() * view.photo_zoom / 2.0;
    view.photo_pan = view.photo_pan.clamp(-most, most);
    let shown = Rect::from_center_size(fitted.center() + view.photo_pan, fitted.size() * view.photo_zoom);
    match thumbs.get(PictureKey::Photo(id)) {
        Ok(Some(texture)) => {
            // The small one stays until the large one is there.
            let soft = is_soft(ui, photo, shown, texture.size());
            let texture = thumbs.whole(id, soft && has_rested(ui, id, view)).unwrap_or(texture);
            let uv = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            ui.painter().image(texture.id(), shown, uv, Color32::WHITE);
        }
        Ok(None) => note(ui, inside.center(), text::photo::READING),
        Err(()) => note(ui, inside.center(), text::photo::UNREADABLE),
    }
    if view.fixing.is_none() {
        boxes_ui(ui, photo, shown, snapshot, view, commands);
    }
    photo_box::fix_ui(ui, photo, shown, snapshot, view, commands);
    if view.marking {
        mark_ui(ui, &response, photo, shown, view, commands);
    }
    heading_ui(ui, room, photo, snapshot, view, commands);
}

/// Longer than its pixels by this before a photo is looked at in its full size: less is hardly seen.
const SOFT: f32 = 1.1;
/// Seconds on a photo before that: whoever walks through many does not wait for each.
const PAUSE: f64 = 0.3;

/// Whether a photo is shown larger than its picture of so many pixels, and there is a larger one that can be shown.
fn is_soft(ui: &Ui, photo: &Photo, shown: Rect, [width, height]: [usize; 2]) -> bool {
    let there = width.max(height);
    let whole = photo.width.max(photo.height).min(WHOLE_SIDE) as usize;
    let seen = shown.width().max(shown.height()) * ui.ctx().pixels_per_point();
    there < whole && whole <= ui.input(|input| input.max_texture_side) && seen > SOFT * there as f32
}

/// Whether one looks at this photo and does not just pass by; else it is drawn again when one may.
fn has_rested(ui: &Ui, id: PhotoId, view: &ViewState) -> bool {
    let now = ui.input(|input| input.time);
    let since = view.photo_shown.filter(|(shown, _)| *shown == id).map_or(now, |(_, since)| since);
    let rested = view.fixing.is_some() || now - since >= PAUSE;
    if !rested {
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(PAUSE));
    }
    rested
}

/// A box drawn with the pointer around a face that was not found.
fn mark_ui(
    ui: &Ui,
    response: &egui::Response,
    photo: &Photo,
    shown: Rect,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    ui.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
    let hint = ui.max_rect().center_bottom() - Vec2::new(0.0, 32.0);
    note(ui, hint, text::photo::MARK_HINT);
    if response.drag_started_by(PointerButton::Primary) {
        view.mark_from = ui.input(|input| input.pointer.press_origin());
    }
    // Kept: when the button is released, egui has forgotten it already.
    let (Some(from), Some(to)) = (view.mark_from, response.interact_pointer_pos()) else { return };
    let area = Rect::from_two_pos(from, to).intersect(shown);
    ui.painter().rect_stroke(area, 4, Stroke::new(2.0, theme::ON_BLACK_ACCENT), StrokeKind::Middle);
    if !response.drag_stopped() {
        return;
    }
    view.mark_from = None;
    if area.width() > 8.0 && area.height() > 8.0 {
        let factor = photo.width.max(1) as f32 / shown.width();
        let at = (area.min - shown.min) * factor;
        let bounds = FaceBox::new(at.x, at.y, area.width() * factor, area.height() * factor);
        commands.push(Command::DrawFace(photo.id, bounds));
        view.marking = false;
    }
}

fn note(ui: &Ui, at: Pos2, words: &str) {
    let galley = ui.painter().layout_no_wrap(words.to_owned(), theme::body(), theme::ON_PHOTOS);
    let place = Align2::CENTER_CENTER.anchor_size(at, galley.size());
    // To be read on a light photo, too.
    ui.painter().rect_filled(place.expand2(Vec2::new(8.0, 4.0)), theme::CONTROL_CORNER, theme::SHADE);
    ui.painter().galley(place.min, galley, theme::ON_PHOTOS);
}

/// The photos before and after this one: in the list it was opened from, else in the library.
fn beside(id: PhotoId, snapshot: &Snapshot, view: &ViewState) -> (Option<PhotoId>, Option<PhotoId>) {
    if let Some(place) = view.photo_list.iter().position(|photo| *photo == id) {
        let at = |place: Option<usize>| place.and_then(|place| view.photo_list.get(place)).copied();
        return (at(place.checked_sub(1)), at(Some(place + 1)));
    }
    let before = snapshot.photos.range(..id).next_back().map(|(id, _)| *id);
    let after = snapshot.photos.range(PhotoId(id.0 + 1)..).next().map(|(id, _)| *id);
    (before, after)
}

/// Left and right walk the photos; plus, minus and nought change how near one is.
fn keys(ui: &Ui, id: PhotoId, snapshot: &Snapshot, view: &mut ViewState) {
    if !grid::listens(ui, view) || view.fixing.is_some() {
        return;
    }
    let (left, right) = ui.input(|input| (input.key_pressed(Key::ArrowLeft), input.key_pressed(Key::ArrowRight)));
    if left || right {
        let (before, after) = beside(id, snapshot, view);
        let next = if left { before } else { after };
        if let Some(next) = next {
            return go(view, next);
        }
    }
    let pressed = |key| ui.input(|input| !input.modifiers.command && input.key_pressed(key));
    let step = match () {
        // Where plus needs Shift, the key beside it will do.
        () if pressed(Key::Plus) || pressed(Key::Equals) => 1.25,
        () if pressed(Key::Minus) => 0.8,
        () if pressed(Key::Num0) => 0.0,
        () => return,
    };
    let before = view.photo_zoom;
    view.photo_zoom = (before * step).clamp(1.0, NEAREST);
    view.photo_pan *= view.photo_zoom / before;
}

/// How many times larger than the window a photo may be shown.
const NEAREST: f32 = 12.0;

/// To another photo, without a step to go back.
fn go(view: &mut ViewState, photo: PhotoId) {
    view.leave();
    view.screen = Screen::Photo(photo);
    view.photo_cursor = Some(photo);
}

/// The wheel and the fingers zoom about the pointer, dragging pans, a double click fits again.
fn zoom(ui: &Ui, response: &egui::Response, view: &mut ViewState) {
    // Over a box of a face, too; not under a box that is half drawn.
    let drawn = view.marking && view.mark_from.is_some();
    let over = !drawn && response.contains_pointer();
    if let Some(pointer) = ui.input(|input| input.pointer.hover_pos()).filter(|_| over) {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let before = view.photo_zoom;
        view.photo_zoom = (before * pinch * (scroll * 0.004).exp()).clamp(1.0, NEAREST);
        let middle = response.rect.center() + view.photo_pan;
        view.photo_pan += (pointer - middle) * (1.0 - view.photo_zoom / before);
    }
    // A small face that was missed can be come nearer to; then the pointer draws.
    if response.dragged() && !view.marking {
        view.photo_pan += response.drag_delta();
    }
    let twice = response.double_clicked() && !view.marking;
    if twice || view.photo_zoom <= 1.0 {
        view.photo_zoom = if twice && view.photo_zoom <= 1.0 { 2.5 } else { 1.0 };
        view.photo_pan = Vec2::ZERO;
    }
}

/// The photo as large as it fits, never larger than its pixels.
fn fit(photo: &Photo, room: Rect) -> Rect {
    let size = Vec2::new(photo.width.max(1) as f32, photo.height.max(1) as f32);
    let factor = (room.width() / size.x).min(room.height() / size.y).clamp(0.01, 1.0);
    Rect::from_center_size(room.center(), size * factor)
}

fn boxes_ui(
    ui: &Ui,
    photo: &Photo,
    shown: Rect,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let now = ui.input(|input| input.time);
    if view.photo_shown.is_none_or(|(shown, _)| shown != photo.id) {
        view.photo_shown = Some((photo.id, now));
    }
    let since = view.photo_shown.map_or(0.0, |(_, since)| (now - since) as f32);
    let resting = ui.input(|input| input.pointer.time_since_last_movement()).min(since) > REST;
    let strength = ui.ctx().animate_bool_with_time(
        ui.scope_id().with("boxes"),
        !resting,
        if view.settings.still { 0.0 } else { 0.3 },
    );
    if !resting {
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f32(REST));
    }
    let painter = ui.painter().with_clip_rect(ui.max_rect());
    for face in snapshot.faces_of_photo(photo.id) {
        if !snapshot.flagged.contains_key(&face.id) {
            box_ui(ui, &painter, photo, face, shown, strength, snapshot, view, commands);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one face of the loop above")]
fn box_ui(
    ui: &Ui,
    painter: &egui::Painter,
    photo: &Photo,
    face: &Face,
    shown: Rect,
    strength: f32,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let factor = shown.width() / photo.width.max(1) as f32;
    let bounds = face.detected.bounds;
    let at = shown.min + Vec2::new(bounds.x, bounds.y) * factor;
    let rect = Rect::from_min_size(at, Vec2::new(bounds.width, bounds.height) * factor);
    let group = snapshot.group_of_face(face.id);
    let name = group.and_then(|group| group.name.clone());
    let words = name.clone().unwrap_or_else(|| text::WHO.to_owned());
    let response = ui.interact(rect, ui.scope_id().with(("box", face.id)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text::photo::face_of(&words)));
    let near = response.hovered() || response.has_focus() || view.face_cursor == Some(face.id);
    let strength = if near { 1.0 } else { strength };
    let line = edge(near, strength);
    // A dark line around the light one: to be seen on a light photo, too.
    let shade = Stroke::new(line.width + 1.5, theme::SHADE.gamma_multiply(strength));
    painter.rect_stroke(rect.expand(1.0), 7, shade, StrokeKind::Middle);
    painter.rect_stroke(rect.expand(1.0), 7, line, StrokeKind::Middle);
    let ink = theme::ON_PHOTOS.gamma_multiply(strength);
    let font = if name.is_some() { theme::strong() } else { theme::body() };
    let limit = ui.max_rect().shrink(16.0);
    let galley = widgets::line(painter, &words, font, ink, limit.width().min(rect.width().max(240.0)));
    let label = Align2::CENTER_TOP.anchor_size(rect.center_bottom() + Vec2::new(0.0, 10.0), galley.size());
    // Of a face that is seen, the name is seen too.
    if rect.intersects(limit) {
        let label = widgets::kept_in(label, limit);
        let shade = theme::SHADE.gamma_multiply(strength);
        painter.rect_filled(label.expand2(Vec2::new(8.0, 4.0)), theme::CONTROL_CORNER, shade);
        painter.galley(label.min, galley, ink);
    }
    // A box begun on another face goes nowhere else.
    if response.clicked()
        && !view.marking
        && let Some(group) = group
    {
        view.open(Screen::Person(group.id));
    }
    if response.secondary_clicked() || response.gained_focus() {
        view.face_cursor = Some(face.id);
    }
    response.context_menu(|ui| {
        for action in [
            Action::Rename,
            Action::Confirm,
            Action::Reject,
            Action::FixBox,
            Action::NotAFace,
            Action::Ignore,
            Action::Cover,
        ] {
            frame::menu_item(ui, action, snapshot, view, commands);
        }
    });
}

/// The line around a face. The one that is meant has a heavier one: its colour alone would not tell it from the others.
fn edge(near: bool, strength: f32) -> Stroke {
    let (width, colour): (f32, Color32) = if near { (3.5, theme::ON_BLACK_ACCENT) } else { (2.0, theme::ON_PHOTOS) };
    Stroke::new(width, colour.gamma_multiply(strength))
}

fn heading_ui(
    ui: &mut Ui,
    room: Rect,
    photo: &Photo,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let bar = Rect::from_min_size(room.min, Vec2::new(room.width(), 44.0));
    ui.painter().rect_filled(bar, 0, theme::SHADE);
    ui.scope_builder(egui::UiBuilder::new().max_rect(bar.shrink2(Vec2::new(12.0, 8.0))), |ui| {
        theme::on_black(ui);
        ui.horizontal_centered(|ui| {
            if icons::button(ui, Icon::Back, Action::Back.label(), text::BACK_WITH_KEY, None).clicked() {
                view.step_back();
            }
            let file = text::file_name(photo);
            let words = text::photo::about_size(&text::drawn(&file), photo.taken, photo.width, photo.height);
            let path = photo.paths.first().map(|path| path.display().to_string()).unwrap_or_default();
            ui.scope(|ui| {
                ui.set_max_width((ui.available_width() - 160.0).max(80.0));
                ui.add(egui::Label::new(words).truncate()).on_hover_text(path);
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                let more = icons::button(ui, Icon::Menu, text::MORE, text::photo::MORE_ABOUT, None);
                egui::Popup::menu(&more).show(|ui| {
                    for action in [Action::MarkFace, Action::OpenFile, Action::ShowFile] {
                        frame::menu_item(ui, action, snapshot, view, commands);
                    }
                });
                let mark = Action::MarkFace;
                if icons::button(ui, Icon::Plus, mark.label(), mark.tooltip(), None).clicked() {
                    mark.run(&ui.ctx().clone(), snapshot, view, commands);
                }
                let (before, after) = beside(photo.id, snapshot, view);
                for (icon, words, target) in
                    [(Icon::Forward, text::photo::NEXT, after), (Icon::Backward, text::photo::PREVIOUS, before)]
                {
                    let why = target.is_none().then_some(text::photo::NO_OTHER);
                    if let (true, Some(target)) = (icons::button(ui, icon, words, words, why).clicked(), target) {
                        go(view, target);
                    }
                }
            });
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_face_that_is_meant_differs_in_more_than_colour() {
        let (meant, other) = (edge(true, 1.0), edge(false, 1.0));
        assert!(meant.width > other.width, "{meant:?}, {other:?}");
        assert_ne!(meant.color, other.color);
    }
}
