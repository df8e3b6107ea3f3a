//! A grid of faces of which only the visible rows cost anything: walking, selecting, dragging, a menu.

use egui::{DragAndDrop, Key, Modifiers, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};

use super::action::Action;
use super::drag::Carried;
use super::thumbs::Thumbs;
use super::view::{Lasso, Screen, ViewState};
use super::widgets::Mark;
use super::{frame, index, theme, widgets};
use crate::domain::{FaceId, Snapshot};
use crate::engine::Command;

/// Between two faces.
pub(super) const GAP: f32 = 4.0;

/// Where squares of one size lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) columns: usize,
    pub(super) size: Vec2,
    pub(super) gap: f32,
}

impl Layout {
    /// As many columns as fit into a width, at least one.
    pub(super) fn new(width: f32, size: Vec2, gap: f32) -> Self {
        let columns = ((width + gap) / (size.x + gap)).floor().max(1.0) as usize;
        Self { columns, size, gap }
    }

    /// As many columns as come nearest to this size, made a little larger or smaller so that they fill the width.
    pub(super) fn filling(width: f32, size: Vec2, gap: f32) -> Self {
        let columns = ((width + gap) / (size.x + gap)).round().max(1.0);
        let across = ((width + gap) / columns - gap).max(1.0);
        Self { columns: columns as usize, size: size * (across / size.x), gap }
    }

    pub(super) fn rows(&self, count: usize) -> usize {
        count.div_ceil(self.columns)
    }

    /// With the gap below the last row.
    pub(super) fn height(&self, count: usize) -> f32 {
        self.rows(count) as f32 * (self.size.y + self.gap)
    }

    /// Where an item lies, from the grid's corner.
    pub(super) fn place(&self, index: usize) -> Rect {
        let (row, column) = (index / self.columns, index % self.columns);
        let at = Vec2::new(column as f32 * (self.size.x + self.gap), row as f32 * (self.size.y + self.gap));
        Rect::from_min_size(at.to_pos2(), self.size)
    }

    /// The item below one of so many: where the last row is shorter its last one, and on the last row the same.
    fn below(&self, at: usize, count: usize) -> usize {
        let last = count.saturating_sub(1);
        if at / self.columns < last / self.columns { (at + self.columns).min(last) } else { at }
    }

    /// Where a step leads from one of so many, seen through a window of this height; at the end it stays.
    pub(super) fn step(&self, step: Step, at: usize, count: usize, height: f32) -> usize {
        let last = count.saturating_sub(1);
        let page = self.columns * ((height / (self.size.y + self.gap)) as usize).max(1);
        match step {
            Step::Right => (at + 1).min(last),
            Step::Left => at.saturating_sub(1),
            Step::Down => self.below(at, count),
            Step::Up => at.checked_sub(self.columns).unwrap_or(at),
            Step::Home => 0,
            Step::End => last,
            Step::PageDown => (at + page).min(last),
            Step::PageUp => at.saturating_sub(page),
        }
    }

    /// The items in the rows between two heights.
    pub(super) fn between(&self, top: f32, bottom: f32, count: usize) -> std::ops::Range<usize> {
        let row = self.size.y + self.gap;
        let first = (top / row).floor().max(0.0) as usize * self.columns;
        let last = (bottom / row).ceil().max(0.0) as usize * self.columns;
        first.min(count)..last.min(count)
    }

    /// The items a rectangle touches.
    pub(super) fn touched(&self, area: Rect, count: usize) -> Vec<usize> {
        let rows = self.between(area.top(), area.bottom(), count);
        rows.filter(|index| self.place(*index).intersects(area)).collect()
    }
}

/// Whether keys are for what is on the screen: not for a text, a menu or a dialog.
pub(super) fn listens(ui: &Ui, view: &ViewState) -> bool {
    view.dialog.is_none() && !ui.ctx().text_edit_focused() && !egui::Popup::is_any_open(ui.ctx())
}

/// What a key does that leads on in a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Right,
    Left,
    Down,
    Up,
    Home,
    End,
    PageDown,
    PageUp,
}

/// The step that a key asks for now, and whether it selects on the way.
pub(super) fn step(ui: &Ui, view: &ViewState) -> Option<(Step, bool)> {
    const KEYS: [(Key, Step); 8] = [
        (Key::ArrowRight, Step::Right),
        (Key::ArrowLeft, Step::Left),
        (Key::ArrowDown, Step::Down),
        (Key::ArrowUp, Step::Up),
        (Key::Home, Step::Home),
        (Key::End, Step::End),
        (Key::PageDown, Step::PageDown),
        (Key::PageUp, Step::PageUp),
    ];
    if !listens(ui, view) {
        return None;
    }
    let pressed = |key: Key| {
        ui.input_mut(|input| {
            let shift = input.modifiers.shift_only();
            let free = input.modifiers.is_none() || shift;
            (free && input.consume_key(Modifiers::NONE, key) || shift && input.consume_key(Modifiers::SHIFT, key))
                .then_some(shift)
        })
    };
    let found = KEYS.into_iter().find_map(|(key, step)| Some((step, pressed(key)?)))?;
    // The keys are for the grid, not for the buttons around it.
    ui.ctx().memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
    Some(found)
}

/// Where the arrow keys lead in a list laid out in columns; `None` when no such key was pressed. From nowhere they lead
/// to `start`.
pub(super) fn walk(
    ui: &Ui,
    view: &ViewState,
    from: (Option<usize>, usize),
    count: usize,
    layout: Layout,
) -> Option<(usize, bool)> {
    walk_from(ui, view, || from, count, layout)
}

/// The same, where it takes long to find out where the keys are: it is asked only when one was pressed.
fn walk_from(
    ui: &Ui,
    view: &ViewState,
    from: impl FnOnce() -> (Option<usize>, usize),
    count: usize,
    layout: Layout,
) -> Option<(usize, bool)> {
    if count == 0 {
        return None;
    }
    let (step, shift) = step(ui, view)?;
    let (at, start) = from();
    let to = |at: usize| layout.step(step, at, count, ui.available_height());
    let from_nowhere = if matches!(step, Step::Home | Step::End) { to(0) } else { start.min(count - 1) };
    Some((at.map_or(from_nowhere, to), shift))
}

/// What is seen at the upper edge of a grid that is scrolled down.
#[derive(Clone, Debug)]
pub(super) struct Top {
    salt: String,
    face: FaceId,
    /// Its place in the list, and how that is laid out.
    place: usize,
    layout: Layout,
    /// How much of it is hidden, in points.
    hidden: f32,
}

/// A grid of faces.
pub(super) struct Faces<'a> {
    /// Tells two grids apart.
    pub(super) salt: &'a str,
    pub(super) list: &'a [FaceId],
    /// Of one face, in points.
    pub(super) side: f32,
    /// In the menu of a face.
    pub(super) actions: &'a [Action],
}

impl Faces<'_> {
    /// Draws it into what is left of the screen.
    pub(super) fn show(
        &self,
        ui: &mut Ui,
        snapshot: &Snapshot,
        view: &mut ViewState,
        thumbs: &mut Thumbs,
        commands: &mut Vec<Command>,
    ) {
        let bar = ui.spacing().scroll.allocated_width();
        let layout = Layout::filling(ui.available_width() - bar, Vec2::splat(self.side), GAP);
        self.keys(ui, layout, view);
        let area = egui::ScrollArea::vertical().id_salt(self.salt).auto_shrink([false, false]);
        let area = match self.kept(layout, view) {
            Some(offset) => area.vertical_scroll_offset(offset),
            None => area,
        };
        area.animated(!view.settings.still).show_viewport(ui, |ui, viewport| {
            ui.set_height(layout.height(self.list.len()));
            let origin = ui.max_rect().min.to_vec2();
            view.top = self.top(layout, viewport);
            self.lasso(ui, layout, viewport, view);
            for index in layout.between(viewport.top(), viewport.bottom(), self.list.len()) {
                let Some(face) = self.list.get(index).copied() else { continue };
                let rect = layout.place(index).translate(origin);
                if view.face_cursor == Some(face) {
                    // Known without a look through the whole list, also when others come before it.
                    view.last_face = Some((face, index));
                }
                self.tile(ui, rect, face, snapshot, view, thumbs, commands);
            }
            if view.reveal
                && let Some(index) = view.face_cursor.and_then(|cursor| self.place_of(cursor))
            {
                view.reveal = false;
                ui.scroll_to_rect(layout.place(index).translate(origin).expand(GAP), None);
            }
            lasso_ui(ui, view);
            scroll_at_edges(ui, view);
        });
    }

    /// What is seen first; nothing at the very top, where one wants to see what comes.
    fn top(&self, layout: Layout, viewport: Rect) -> Option<Top> {
        let place = layout.between(viewport.top(), viewport.bottom(), self.list.len()).start;
        let face = *self.list.get(place).filter(|_| viewport.top() > 0.0)?;
        let hidden = viewport.top() - layout.place(place).top();
        Some(Top { salt: self.salt.to_owned(), face, place, layout, hidden })
    }

    /// How far to scroll so that what was seen first stays where it is, when others have come before it or all have another
    /// size.
    fn kept(&self, layout: Layout, view: &ViewState) -> Option<f32> {
        let top = view.top.as_ref().filter(|top| top.salt == self.salt && view.lasso.is_none())?;
        if top.layout == layout && self.list.get(top.place) == Some(&top.face) {
            return None;
        }
        let place = layout.place(self.place_of(top.face)?);
        Some(place.top() + top.hidden.min(place.height()))
    }

    fn place_of(&self, face: FaceId) -> Option<usize> {
        self.list.iter().position(|other| *other == face)
    }

    /// Where the keys are, and where they go on from when they are nowhere: when their face has left, the next one stands
    /// in its place.
    fn key_place(&self, view: &ViewState) -> (Option<usize>, usize) {
        let last = view.last_face;
        let at = view.face_cursor.or(last.map(|(face, _)| face)).and_then(|cursor| {
            // Usually it is where it was seen last.
            let known = last.filter(|(face, place)| *face == cursor && self.list.get(*place) == Some(face));
            known.map(|(_, place)| place).or_else(|| self.place_of(cursor))
        });
        (at, last.map_or(0, |(_, place)| place))
    }

    fn keys(&self, ui: &Ui, layout: Layout, view: &mut ViewState) {
        let from = || self.key_place(view);
        let Some((to, shift)) = walk_from(ui, view, from, self.list.len(), layout) else { return };
        let Some(face) = self.list.get(to).copied() else { return };
        if shift {
            view.anchor = view.anchor.or(view.face_cursor).or(Some(face));
        } else {
            view.faces.clear();
        }
        let modifiers = Modifiers { shift, ..Modifiers::NONE };
        view.click_face(face, self.list, modifiers);
        view.last_face = Some((face, to));
        view.reveal = true;
    }

    #[expect(clippy::too_many_arguments, reason = "a screen's arguments, the face, and where")]
    fn tile(
        &self,
        ui: &mut Ui,
        rect: Rect,
        face: FaceId,
        snapshot: &Snapshot,
        view: &mut ViewState,
        thumbs: &mut Thumbs,
        commands: &mut Vec<Command>,
    ) {
        let mark = Mark::of(face, view.face_cursor, view.faces.contains(&face));
        let response = widgets::face_tile(ui, rect, face, snapshot, thumbs, mark);
        if response.drag_started_by(egui::PointerButton::Primary) {
            let carried = if view.faces.contains(&face) { view.faces.iter().copied().collect() } else { vec![face] };
            response.dnd_set_drag_payload(Carried::Faces(carried));
        }
        if response.double_clicked() {
            if let Some(face) = snapshot.faces.get(&face) {
                view.open(Screen::Photo(face.photo));
                view.photo_list = index::photos_of(self.list, snapshot);
            }
        } else if response.clicked() {
            view.click_face(face, self.list, ui.input(|input| input.modifiers));
        }
        if response.secondary_clicked() && !view.faces.contains(&face) {
            view.faces.clear();
            view.click_face(face, self.list, Modifiers::NONE);
        }
        response.context_menu(|ui| {
            for action in self.actions {
                frame::menu_item(ui, *action, snapshot, view, commands);
            }
        });
    }

    /// A rectangle drawn on empty ground selects.
    fn lasso(&self, ui: &Ui, layout: Layout, viewport: Rect, view: &mut ViewState) {
        let Some(area) = lasso(ui, viewport, view) else { return };
        let touched = layout.touched(area, self.list.len());
        view.faces = view.lasso.as_ref().map(|lasso| lasso.kept().0).unwrap_or_default();
        view.faces.extend(touched.into_iter().filter_map(|index| self.list.get(index)));
    }
}

/// Begins, follows and ends a rectangle on the ground of a scrolled place; gives it in the content's own space.
pub(super) fn lasso(ui: &Ui, viewport: Rect, view: &mut ViewState) -> Option<Rect> {
    let origin = ui.max_rect().min;
    let ground =
        ui.interact(viewport.translate(origin.to_vec2()), ui.scope_id().with("ground"), Sense::click_and_drag());
    let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
    if ground.clicked() && !adds {
        view.select_nothing();
    }
    let pointer = ground.interact_pointer_pos();
    if ground.drag_started_by(egui::PointerButton::Primary) {
        let from = ui.input(|input| input.pointer.press_origin()).or(pointer).unwrap_or(origin) - origin;
        view.lasso = Some(Lasso { from, adds, faces: view.faces.clone(), groups: view.groups.clone() });
        if !adds {
            view.select_nothing();
        }
    }
    if !ground.dragged() {
        view.lasso = None;
    }
    let (lasso, pointer) = (view.lasso.as_ref()?, pointer?);
    Some(Rect::from_two_pos(lasso.from.to_pos2(), (pointer - origin).to_pos2()))
}

/// Draws the rectangle.
pub(super) fn lasso_ui(ui: &Ui, view: &ViewState) {
    let (Some(lasso), Some(pointer)) = (&view.lasso, ui.ctx().pointer_interact_pos()) else { return };
    let rect = Rect::from_two_pos(ui.max_rect().min + lasso.from, pointer);
    let colours = theme::palette(ui);
    ui.painter().rect_filled(rect, 2, colours.accent.gamma_multiply(0.12));
    ui.painter().rect_stroke(rect, 2, Stroke::new(1.0, colours.accent), StrokeKind::Inside);
}

/// While something is carried over a place, or a rectangle drawn on it, it moves when the pointer nears its upper or lower
/// edge. A slider or a scroll bar that is pulled moves nothing else.
pub(super) fn scroll_at_edges(ui: &Ui, view: &ViewState) {
    let Some(pointer) = ui.ctx().pointer_interact_pos() else { return };
    let clip = ui.clip_rect();
    let over = DragAndDrop::has_any_payload(ui.ctx()) && clip.x_range().contains(pointer.x);
    if !over && view.lasso.is_none() {
        return;
    }
    let edge = 48.0;
    let speed = if pointer.y < clip.top() + edge {
        clip.top() + edge - pointer.y
    } else if pointer.y > clip.bottom() - edge {
        clip.bottom() - edge - pointer.y
    } else {
        return;
    };
    ui.scroll_with_delta_animation(Vec2::new(0.0, speed * 0.3), egui::style::ScrollAnimation::none());
    ui.ctx().request_repaint();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_lie_in_rows() {
        let layout = Layout::new(100.0, Vec2::splat(28.0), 4.0);
        assert_eq!((layout.columns, layout.rows(7), layout.height(7)), (3, 3, 96.0));
        assert_eq!(layout.place(4).min, egui::pos2(32.0, 32.0));
        assert_eq!(layout.between(30.0, 60.0, 7), 0..6);
        assert_eq!(layout.between(65.0, 400.0, 7), 6..7);
        let touched = layout.touched(Rect::from_min_max(egui::pos2(20.0, 20.0), egui::pos2(40.0, 40.0)), 7);
        assert_eq!(touched, [0, 1, 3, 4]);
        assert_eq!(Layout::new(3.0, Vec2::splat(28.0), 4.0).columns, 1, "never none");
        // Down, where the last row holds one: from everywhere above to that one, and no farther.
        assert_eq!([0, 3, 4, 5, 6].map(|at| layout.below(at, 7)), [3, 6, 6, 6, 6]);
        assert_eq!([0, 2].map(|at| layout.below(at, 3)), [0, 2]);
    }

    #[test]
    fn the_keys_know_their_place_without_a_look_through_the_list() {
        let view = ViewState { face_cursor: Some(FaceId(3)), last_face: Some((FaceId(3), 2)), ..ViewState::default() };
        let check = |list: &[u32], expected: (Option<usize>, usize)| {
            let list: Vec<FaceId> = list.iter().copied().map(FaceId).collect();
            let faces = Faces { salt: "", list: &list, side: 100.0, actions: &[] };
            assert_eq!(faces.key_place(&view), expected, "{list:?}");
        };
        check(&[1, 2, 3, 4], (Some(2), 2));
        // Nobody is twice in a list; here it shows that the one before is not even looked at.
        check(&[3, 2, 3, 4], (Some(2), 2));
        // Somebody came before it; it has left.
        check(&[9, 1, 2, 3], (Some(3), 2));
        check(&[1, 2, 4], (None, 2));
        check(&[], (None, 2));
    }

    #[test]
    fn pictures_fill_the_width_with_the_gap_between() {
        for width in [40.0, 97.0, 300.0, 640.0, 970.0, 974.0, 1460.0] {
            for side in [67.0, 105.6, 132.0, 192.0] {
                let layout = Layout::filling(width, Vec2::new(side, side * 0.75), 4.0);
                let last = layout.place(layout.columns - 1);
                assert!(
                    (last.right() - width).abs() < 0.01,
                    "{side} in {width}: the last one ends at {}",
                    last.right()
                );
                if layout.columns > 1 {
                    let between = layout.place(1).left() - layout.place(0).right();
                    assert!((between - 4.0).abs() < 0.01, "{side} in {width}: {between} between two");
                    assert!((layout.size.x / side - 1.0).abs() < 0.5, "{side} in {width}: {}", layout.size.x);
                }
                assert!((layout.size.y / layout.size.x - 0.75).abs() < 1e-3, "as broad as it was for its height");
            }
        }
        // The window of the usual size: nine and not eight with a hundred points to spare.
        let usual = Layout::filling(974.0, Vec2::splat(105.6), 4.0);
        assert_eq!(usual.columns, 9);
    }
}
