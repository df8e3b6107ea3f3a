//! The box of a face is drawn anew: its edges are pulled to where the face is, with the pointer or with the arrow keys.

use egui::accesskit::Role;
use egui::{CursorIcon, Key, Modifiers, PointerButton, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use crate::domain::{FaceBox, FaceId, FaceKey, Photo, Snapshot};
use crate::engine::Command;
use crate::ui::view::ViewState;
use crate::ui::{grid, text, theme, widgets};

/// Side of a handle as it is drawn, and as it is hit.
const HANDLE: f32 = 9.0;
const HIT: f32 = 20.0;
/// No box is smaller, in pixels of the photo; the engine takes none.
const LEAST: f32 = 8.0;

/// Edges and corners: what they are called, the edge to the side and the edge up or down (−1 left or upper, 1 right or
/// lower, 0 none), and the pointer over them.
const HANDLES: [(&str, i8, i8, CursorIcon); 8] = [
    (text::photo::LEFT_EDGE, -1, 0, CursorIcon::ResizeHorizontal),
    (text::photo::RIGHT_EDGE, 1, 0, CursorIcon::ResizeHorizontal),
    (text::photo::UPPER_EDGE, 0, -1, CursorIcon::ResizeVertical),
    (text::photo::LOWER_EDGE, 0, 1, CursorIcon::ResizeVertical),
    (text::photo::UPPER_LEFT_CORNER, -1, -1, CursorIcon::ResizeNwSe),
    (text::photo::LOWER_RIGHT_CORNER, 1, 1, CursorIcon::ResizeNwSe),
    (text::photo::UPPER_RIGHT_CORNER, 1, -1, CursorIcon::ResizeNeSw),
    (text::photo::LOWER_LEFT_CORNER, -1, 1, CursorIcon::ResizeNeSw),
];

/// A face whose box is being drawn anew: as it is so far, in pixels of the upright photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ui) struct Fixing {
    pub(in crate::ui) face: FaceId,
    bounds: Rect,
}

impl Fixing {
    /// Begins with the box as it is.
    pub(in crate::ui) fn of(face: FaceId, snapshot: &Snapshot) -> Option<Self> {
        Some(Self { face, bounds: rect(&snapshot.faces.get(&face)?.detected.bounds) })
    }
}

fn rect(bounds: &FaceBox) -> Rect {
    Rect::from_min_size(Pos2::new(bounds.x, bounds.y), Vec2::new(bounds.width, bounds.height))
}

/// The box with some edges at another place, within the photo and never smaller than `least`.
fn pulled(bounds: Rect, across: i8, down: i8, to: Pos2, photo: Rect, least: f32) -> Rect {
    let edge = |side: i8, to: f32, (low, high): (f32, f32), (first, last): (f32, f32)| match side {
        -1 => (to.clamp(first, (high - least).max(first)), high),
        1 => (low, to.clamp((low + least).min(last), last)),
        _ => (low, high),
    };
    let (left, right) = edge(across, to.x, (bounds.left(), bounds.right()), (photo.left(), photo.right()));
    let (top, bottom) = edge(down, to.y, (bounds.top(), bounds.bottom()), (photo.top(), photo.bottom()));
    Rect::from_min_max(Pos2::new(left, top), Pos2::new(right, bottom))
}

/// The box at another place, within the photo.
fn moved(bounds: Rect, by: Vec2, photo: Rect) -> Rect {
    let room = (photo.max - bounds.max).max(Vec2::ZERO);
    bounds.translate(by.clamp((photo.min - bounds.min).min(Vec2::ZERO), room))
}

/// The box with its handles, and the buttons that keep it or leave it as it was.
pub(super) fn fix_ui(
    ui: &mut Ui,
    photo: &Photo,
    shown: Rect,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let Some(Fixing { face, bounds }) = view.fixing else { return };
    let Some(known) = snapshot.faces.get(&face).filter(|known| known.photo == photo.id) else {
        view.fixing = None;
        return;
    };
    let size = Vec2::new(photo.width.max(1) as f32, photo.height.max(1) as f32);
    let whole = Rect::from_min_size(Pos2::ZERO, size);
    let cell = size.max_elem() / FaceKey::CELLS;
    let least = LEAST.max(2.0 * cell);
    let scale = shown.width() / size.x;
    let on_screen = |bounds: Rect| {
        let at = |place: Pos2| shown.min + place.to_vec2() * scale;
        Rect::from_min_max(at(bounds.min), at(bounds.max))
    };
    let mut now = bounds;
    let id = ui.scope_id().with(("fixing", face));
    let inside = ui.interact(on_screen(bounds), id, Sense::drag()).on_hover_cursor(CursorIcon::Move);
    if inside.dragged_by(PointerButton::Primary) {
        now = moved(bounds, inside.drag_delta() / scale, whole);
    }
    for (name, across, down, cursor) in HANDLES {
        let place = handle(on_screen(bounds), across, down);
        let response =
            ui.interact(Rect::from_center_size(place, Vec2::splat(HIT)), id.with((across, down)), Sense::drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
        let response = response.on_hover_cursor(cursor);
        if let (true, Some(pointer)) = (response.dragged_by(PointerButton::Primary), response.interact_pointer_pos()) {
            let to = ((pointer - shown.min) / scale).to_pos2();
            now = pulled(bounds, across, down, to, whole, least);
        }
    }
    let mut keep = false;
    if grid::listens(ui, view) {
        now = by_keys(ui, now, cell.max(1.0), whole, least);
        keep = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    }
    paint(ui, on_screen(now));
    let mut leave = false;
    buttons_ui(ui, &mut keep, &mut leave);
    if keep && now != rect(&known.detected.bounds) {
        let bounds = FaceBox::new(now.left(), now.top(), now.width(), now.height());
        commands.push(Command::FixBox { face, bounds });
        view.face_cursor = None;
    }
    view.fixing = if keep || leave { None } else { Some(Fixing { face, bounds: now }) };
}

fn handle(rect: Rect, across: i8, down: i8) -> Pos2 {
    rect.center() + Vec2::new(f32::from(across) * rect.width(), f32::from(down) * rect.height()) / 2.0
}

/// Arrows move the box, with Shift its right and lower edges.
fn by_keys(ui: &Ui, bounds: Rect, step: f32, photo: Rect, least: f32) -> Rect {
    let mut now = bounds;
    let keys = [
        (Key::ArrowLeft, Vec2::new(-1.0, 0.0)),
        (Key::ArrowRight, Vec2::new(1.0, 0.0)),
        (Key::ArrowUp, Vec2::new(0.0, -1.0)),
        (Key::ArrowDown, Vec2::new(0.0, 1.0)),
    ];
    for (key, way) in keys {
        if ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, key)) {
            now = pulled(now, 1, 1, now.max + step * way, photo, least);
        } else if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            now = moved(now, step * way, photo);
        }
    }
    if now != bounds {
        // The keys are for the box, not for the buttons around it.
        ui.ctx().memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
    }
    now
}

fn paint(ui: &Ui, rect: Rect) {
    let painter = ui.painter().with_clip_rect(ui.max_rect());
    painter.rect_stroke(rect, 0, Stroke::new(3.5, theme::SHADE), StrokeKind::Middle);
    painter.rect_stroke(rect, 0, Stroke::new(2.0, theme::ON_BLACK_ACCENT), StrokeKind::Middle);
    for (_, across, down, _) in HANDLES {
        let place = Rect::from_center_size(handle(rect, across, down), Vec2::splat(HANDLE));
        painter.rect_filled(place.expand(1.0), 2, theme::SHADE);
        painter.rect_filled(place, 2, theme::ON_BLACK_ACCENT);
    }
}

fn buttons_ui(ui: &mut Ui, keep: &mut bool, leave: &mut bool) {
    let room = ui.max_rect();
    let bar = Rect::from_min_max(Pos2::new(room.left(), room.bottom() - 52.0), room.max);
    ui.painter().rect_filled(bar, 0, theme::SHADE);
    ui.scope_builder(egui::UiBuilder::new().max_rect(bar.shrink2(Vec2::new(16.0, 8.0))), |ui| {
        theme::on_black(ui);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            *keep |= widgets::main_button(ui, true, text::photo::KEEP_BOX).clicked();
            *leave = ui.button(text::photo::LEAVE_BOX).clicked();
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(text::photo::FIX_BOX).truncate());
            });
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(left: f32, top: f32, right: f32, bottom: f32) -> Rect {
        Rect::from_min_max(Pos2::new(left, top), Pos2::new(right, bottom))
    }

    #[test]
    fn edges_stay_within_the_photo_and_apart() {
        let photo = area(0.0, 0.0, 400.0, 300.0);
        let bounds = area(100.0, 80.0, 200.0, 180.0);
        let check = |across, down, to: (f32, f32), expected| {
            assert_eq!(pulled(bounds, across, down, to.into(), photo, 8.0), expected, "{across}, {down} to {to:?}");
        };
        check(-1, 0, (90.0, 7.0), area(90.0, 80.0, 200.0, 180.0));
        check(1, 1, (210.0, 190.0), area(100.0, 80.0, 210.0, 190.0));
        check(0, -1, (7.0, -20.0), area(100.0, 0.0, 200.0, 180.0));
        check(1, 1, (999.0, 999.0), area(100.0, 80.0, 400.0, 300.0));
        check(-1, -1, (999.0, 999.0), area(192.0, 172.0, 200.0, 180.0));
        check(1, 0, (-5.0, 0.0), area(100.0, 80.0, 108.0, 180.0));
        assert_eq!(moved(bounds, Vec2::new(-150.0, 20.0), photo), area(0.0, 100.0, 100.0, 200.0));
        assert_eq!(moved(bounds, Vec2::new(500.0, 500.0), photo), area(300.0, 200.0, 400.0, 300.0));
    }
}
