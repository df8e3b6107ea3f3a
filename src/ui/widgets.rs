//! Faces, and the few controls egui does not have in this form.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Color32, CornerRadius, Event, FontId, Galley, Key, Painter, Pos2, Rect, Response, RichText, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo,
};

use super::icons::{self, Icon};
use super::thumbs::Thumbs;
use super::{text, theme};
use crate::domain::{FaceId, Snapshot};
use crate::engine::PictureKey;

/// Draws a face's thumbnail into a square.
pub(super) fn paint_face(ui: &Ui, rect: Rect, face: FaceId, thumbs: &mut Thumbs, corner: u8) {
    paint_picture(ui, rect, PictureKey::Face(face), thumbs, corner);
}

/// Draws a picture so that it fills a place; what sticks out is cut off evenly.
pub(super) fn paint_picture(ui: &Ui, rect: Rect, key: PictureKey, thumbs: &mut Thumbs, corner: u8) {
    match thumbs.get(key) {
        Ok(Some(texture)) => paint_texture(ui, rect, &texture, corner),
        _ => {
            ui.painter().rect_filled(rect, corner, theme::palette(ui).placeholder);
        }
    }
}

/// The same for a picture that is there.
pub(super) fn paint_texture(ui: &Ui, rect: Rect, texture: &egui::TextureHandle, corner: u8) {
    let size = texture.size_vec2();
    let shown = rect.size() * (size / rect.size()).min_elem();
    let cut = (Vec2::splat(1.0) - shown / size) / 2.0;
    let uv = Rect::from_min_max(cut.to_pos2(), (Vec2::splat(1.0) - cut).to_pos2());
    let shape = egui::epaint::RectShape::filled(rect, CornerRadius::same(corner), Color32::WHITE);
    ui.painter().add(shape.with_texture(texture.id(), uv));
}

/// What a face is called for screen readers and tests.
pub(super) fn face_label(snapshot: &Snapshot, face: FaceId) -> String {
    let name = snapshot.group_of_face(face).and_then(|group| group.name.as_deref());
    text::frame::face(face.0, name, file_of(snapshot, face).as_deref())
}

fn file_of(snapshot: &Snapshot, face: FaceId) -> Option<String> {
    let photo = snapshot.photo_of_face(face);
    photo.map(|photo| text::file_name(photo)).filter(|name| !name.is_empty())
}

/// On the tooltip of a face: who, where, when.
pub(super) fn face_about(snapshot: &Snapshot, face: FaceId) -> String {
    let name = snapshot.group_of_face(face).and_then(|group| group.name.as_deref());
    let taken = snapshot.photo_of_face(face).and_then(|photo| photo.taken);
    text::drawn(&text::frame::face_about(name, file_of(snapshot, face).as_deref(), taken)).into_owned()
}

/// Whether a key was pressed just now, without others. A key that is held answers once: what it would answer next was not
/// seen yet.
pub(super) fn pressed_once(ui: &Ui, key: Key) -> bool {
    ui.input_mut(|input| {
        let held = is_held(input, key);
        input.consume_key(egui::Modifiers::NONE, key) && !held
    })
}

/// Whether a key comes again because it is held.
pub(super) fn is_held(input: &egui::InputState, key: Key) -> bool {
    let again = |event: &Event| matches!(event, Event::Key { key: other, repeat: true, .. } if *other == key);
    input.events.iter().any(again)
}

/// How a face or a card is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mark {
    #[default]
    Plain,
    /// The arrow keys are here.
    Cursor,
    /// It is selected.
    Selected,
}

impl Mark {
    /// Selected beats the cursor.
    pub(super) fn of<T: PartialEq + Copy>(item: T, cursor: Option<T>, selected: bool) -> Self {
        match (selected, cursor == Some(item)) {
            (true, _) => Self::Selected,
            (_, true) => Self::Cursor,
            _ => Self::Plain,
        }
    }
}

/// A face one can click and drag.
pub(super) fn face_tile(
    ui: &Ui,
    rect: Rect,
    face: FaceId,
    snapshot: &Snapshot,
    thumbs: &mut Thumbs,
    mark: Mark,
) -> Response {
    let selected = mark == Mark::Selected;
    let response = ui.interact(rect, ui.scope_id().with(("face", face)), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, face_label(snapshot, face)));
    paint_face(ui, rect, face, thumbs, theme::CONTROL_CORNER);
    let colours = theme::palette(ui);
    let ring = |width: f32, colour: Color32| {
        ui.painter().rect_stroke(rect, theme::CONTROL_CORNER, Stroke::new(width, colour), StrokeKind::Inside);
    };
    if selected {
        ring(2.0, colours.accent);
        check_ui(ui, rect);
    } else if mark == Mark::Cursor || response.has_focus() {
        ring(2.0, colours.text);
    } else if response.hovered() {
        ring(2.0, colours.secondary);
    }
    let still = ui.ctx().dragged_id().is_none();
    if still { response.on_hover_ui(|ui| drop(ui.label(face_about(snapshot, face)))) } else { response }
}

/// The mark of what is selected, in its upper right corner.
pub(super) fn check_ui(ui: &Ui, rect: Rect) {
    let colours = theme::palette(ui);
    let dot = rect.right_top() + Vec2::new(-12.0, 12.0);
    ui.painter().circle_filled(dot, 8.0, colours.accent);
    icons::paint(ui.painter(), Rect::from_center_size(dot, Vec2::splat(12.0)), Icon::Check, colours.on_accent);
}

/// A dialog over the screen, with room around what it says.
pub(super) fn modal(ui: &Ui, id: &'static str) -> egui::Modal {
    let frame = egui::Frame::popup(&ui.ctx().global_style()).inner_margin(24);
    egui::Modal::new(egui::Id::unique(id)).frame(frame)
}

/// The one main action of a screen.
pub(super) fn main_button(ui: &mut Ui, enabled: bool, words: &str) -> Response {
    let colours = theme::palette(ui);
    let words = RichText::new(words).font(theme::strong()).color(colours.on_accent);
    let button = egui::Button::new(words).fill(colours.accent).stroke(Stroke::NONE);
    ui.add_enabled(enabled, button)
}

/// How wide a button with these words is, for what stands before it in a row.
pub(super) fn button_width(ui: &Ui, words: &str) -> f32 {
    let galley = ui.painter().layout_no_wrap(words.to_owned(), theme::body(), Color32::PLACEHOLDER);
    galley.size().x + 2.0 * ui.spacing().button_padding.x
}

/// A bar of what is done, 0 to 1; of work whose end is not known a part that wanders, or lies still.
pub(super) fn progress_ui(ui: &mut Ui, share: Option<f32>, width: f32, still: bool) -> Response {
    const HEIGHT: f32 = 6.0;
    const PART: f32 = 0.3;
    /// From one end to the other and back, in seconds.
    const ROUND: f64 = 3.0;
    let colour = theme::palette(ui).accent;
    if let Some(share) = share {
        return ui.add(egui::ProgressBar::new(share).desired_width(width).desired_height(HEIGHT).fill(colour));
    }
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::new(Role::ProgressIndicator));
    ui.painter().rect_filled(rect, HEIGHT / 2.0, ui.visuals().extreme_bg_color);
    let place = if still {
        0.5
    } else {
        // Some frames a second: work goes on beside it.
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(50));
        let turn = (ui.input(|input| input.time) / ROUND).fract() as f32;
        egui::emath::easing::quadratic_in_out(1.0 - (2.0 * turn - 1.0).abs())
    };
    let part = Vec2::new(PART * width, HEIGHT);
    let at = rect.min + Vec2::new(place * (width - part.x), 0.0);
    ui.painter().rect_filled(Rect::from_min_size(at, part), HEIGHT / 2.0, colour);
    response
}

/// The left and right keys move this slider, and nothing beside it.
pub(super) fn keep_keys(ui: &Ui, slider: &Response) {
    let sideways = |event: &Event| matches!(event, Event::Key { key: Key::ArrowLeft | Key::ArrowRight, .. });
    if slider.has_focus() {
        ui.input_mut(|input| input.events.retain(|event| !sideways(event)));
    }
}

/// One line of text, cut off with an ellipsis where there is no more room; `elided` says so.
pub(super) fn line(painter: &Painter, words: &str, font: FontId, ink: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text::drawn(words).into_owned(), font, ink);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    painter.layout_job(job)
}

/// Draws such a line from a place at its left, in the middle of its height; gives whether it was cut off.
pub(super) fn line_at(painter: &Painter, at: Pos2, words: &str, font: FontId, ink: Color32, width: f32) -> bool {
    let galley = line(painter, words, font, ink, width);
    let elided = galley.elided;
    painter.galley(at - Vec2::new(0.0, galley.size().y / 2.0), galley, ink);
    elided
}

/// The same from its upper left corner.
pub(super) fn line_from(painter: &Painter, at: Pos2, words: &str, font: FontId, ink: Color32, width: f32) -> bool {
    let galley = line(painter, words, font, ink, width);
    let elided = galley.elided;
    painter.galley(at, galley, ink);
    elided
}

/// A place moved into another; what is wider begins where that begins.
pub(super) fn kept_in(place: Rect, limit: Rect) -> Rect {
    let across = (limit.right() - place.right()).min(0.0);
    let across = across + (limit.left() - place.left() - across).max(0.0);
    place.translate(Vec2::new(across, (limit.bottom() - place.bottom()).min(0.0)))
}

/// As high as what is in it, up to so much. Without the second limit a list that was short once would stay so in its dialog.
pub(in crate::ui) fn scrolled(most: f32) -> egui::ScrollArea {
    egui::ScrollArea::vertical().max_height(most).min_scrolled_height(most)
}

/// Text beside the text.
pub(super) fn secondary(ui: &mut Ui, words: impl Into<String>) -> Response {
    let colour = theme::palette(ui).secondary;
    ui.label(RichText::new(words).font(theme::small()).color(colour))
}

/// Words one may want to copy: an error, a path.
pub(super) fn copyable(ui: &mut Ui, words: impl Into<egui::WidgetText>) -> Response {
    ui.add(egui::Label::new(words).selectable(true))
}

/// The title of a screen and a few words beside it.
pub(super) fn heading(ui: &mut Ui, words: &str, beside: &str) {
    ui.label(RichText::new(words).font(theme::large()));
    let colour = theme::palette(ui).secondary;
    ui.label(RichText::new(beside).color(colour));
}

/// A place with nothing in it yet.
pub(super) fn empty_place(ui: &mut Ui, words: &str) {
    let colour = theme::palette(ui).secondary;
    ui.add_space((ui.available_height() / 3.0).max(24.0));
    ui.vertical_centered(|ui| {
        ui.set_max_width(440.0);
        ui.label(RichText::new(words).font(theme::title()).color(colour))
    });
}

/// Choices of which one holds, side by side.
pub(super) fn choice<T: PartialEq + Copy>(ui: &mut Ui, value: &mut T, choices: &[(&str, T)]) -> bool {
    let mut changed = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (words, choice) in choices {
            if ui.add(egui::Button::selectable(value == choice, *words)).clicked() && value != choice {
                *value = *choice;
                changed = true;
            }
        }
    });
    changed
}

/// A one-line field with room around its text; its name is for screen readers.
pub(super) fn field(ui: &mut Ui, text: &mut String, name: &str, hint: &str, width: f32) -> Response {
    let edit = egui::TextEdit::singleline(text).hint_text(hint).desired_width(width);
    ui.add(edit.margin(egui::Margin::symmetric(8, 6))).accessible_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stays_within_the_window() {
        let area = |left: f32, top: f32, right: f32, bottom: f32| {
            Rect::from_min_max(Pos2::new(left, top), Pos2::new(right, bottom))
        };
        let limit = area(16.0, 16.0, 400.0, 300.0);
        let check = |place: Rect, expected: Rect| assert_eq!(kept_in(place, limit), expected);
        check(area(100.0, 50.0, 200.0, 70.0), area(100.0, 50.0, 200.0, 70.0));
        check(area(-30.0, 290.0, 70.0, 310.0), area(16.0, 280.0, 116.0, 300.0));
        check(area(350.0, 50.0, 450.0, 70.0), area(300.0, 50.0, 400.0, 70.0));
        check(area(0.0, 50.0, 500.0, 70.0), area(16.0, 50.0, 516.0, 70.0));
    }
}
