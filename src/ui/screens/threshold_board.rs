//! The board as it would be at another threshold: what changes first, then who stays. Only what is in view is drawn.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use egui::accesskit::Role;
use egui::{Align2, Key, Modifiers, Rect, Sense, Ui, Vec2, WidgetInfo};

use super::threshold_cards;
use crate::domain::{FaceId, GroupId, Preview, Snapshot};
use crate::ui::grid::{self, Layout};
use crate::ui::index::Index;
use crate::ui::thumbs::Thumbs;
use crate::ui::view::ViewState;
use crate::ui::widgets::Mark;
use crate::ui::{cards, text, theme};

const GAP: f32 = 16.0;
/// Height of the words over a part of the board.
const HEAD: f32 = 32.0;
/// Below the last row of a part.
const FOOT: f32 = 8.0;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// Cards that come together; in each of them, and among each other, in the order of the board.
    joins: Vec<Vec<GroupId>>,
    /// Cards that fall apart, and into what, the largest pile first.
    parts: Vec<(GroupId, Vec<Vec<FaceId>>)>,
    /// How many cards are in either.
    changed: usize,
    /// Cards that stay.
    same: Vec<GroupId>,
    /// Faces seen once that stay so.
    once: usize,
    /// Cards of two faces or more, and of one, that there would be.
    pub(super) groups: usize,
    pub(super) singles: usize,
}

/// A part of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Joins,
    Parts,
    Same,
}

impl Part {
    const ALL: [Self; 3] = [Self::Joins, Self::Parts, Self::Same];
}

impl Board {
    /// Of a preview; as it is without one.
    pub(super) fn new(preview: Option<&Preview>, snapshot: &Snapshot, index: &Index) -> Self {
        let mut board = Self::default();
        if let Some(preview) = preview {
            let place = |id: &GroupId| snapshot.groups.place(*id).unwrap_or(usize::MAX);
            for join in &preview.joins {
                // Some may have gone since.
                let mut join: Vec<GroupId> = join.iter().copied().filter(|id| snapshot.group(*id).is_some()).collect();
                join.sort_by_key(place);
                board.joins.extend((join.len() > 1).then_some(join));
            }
            board.joins.sort_by_key(|join| join.first().map_or(usize::MAX, place));
            let there = preview.parts.iter().filter(|(id, _)| snapshot.group(*id).is_some());
            board.parts = there.cloned().collect();
            board.parts.sort_by_key(|(id, _)| place(id));
            for (_, piles) in &mut board.parts {
                piles.sort_by_key(|pile| Reverse(pile.len()));
            }
            (board.groups, board.singles) = (preview.groups, preview.singles);
        } else {
            board.singles = snapshot.groups.iter().filter(|group| group.faces.len() == 1).count();
            board.groups = snapshot.groups.len() - board.singles;
        }
        let parted = board.parts.iter().map(|(id, _)| id);
        let changed: BTreeSet<GroupId> = board.joins.iter().flatten().chain(parted).copied().collect();
        board.changed = changed.len();
        board.same = index.many.iter().copied().filter(|id| !changed.contains(id)).collect();
        board.once = index.once.iter().filter(|(id, _)| !changed.contains(id)).count();
        board
    }

    /// Cards that are there and change.
    pub(super) fn changed(&self) -> usize {
        self.changed
    }

    /// Cards that are there and stay, those seen once among them.
    pub(super) fn stay(&self) -> usize {
        self.same.len() + self.once
    }

    fn count(&self, part: Part) -> usize {
        match part {
            Part::Joins => self.joins.len(),
            Part::Parts => self.parts.len(),
            Part::Same => self.same.len(),
        }
    }

    /// The parts with something in them.
    fn filled(&self) -> impl Iterator<Item = (Part, usize)> {
        Part::ALL.into_iter().map(move |part| (part, self.count(part))).filter(|(_, count)| *count > 0)
    }

    fn title(&self, part: Part) -> String {
        let count = self.count(part);
        match part {
            Part::Joins => text::threshold::would_be_made(count),
            Part::Parts => text::threshold::would_fall_apart(count),
            Part::Same => text::threshold::would_stay(count),
        }
    }

    /// The group a card leads to: of those that come together the first.
    fn target(&self, part: Part, index: usize) -> Option<GroupId> {
        match part {
            Part::Joins => self.joins.get(index)?.first().copied(),
            Part::Parts => self.parts.get(index).map(|(id, _)| *id),
            Part::Same => self.same.get(index).copied(),
        }
    }

    /// The places of the grid, row by row, of all parts: each begins a row of its own, so some of the last are empty.
    fn slots(&self, layout: Layout) -> Vec<Option<(Part, usize)>> {
        let mut slots = Vec::new();
        for (part, count) in self.filled() {
            let filled = (0..count).map(|index| Some((part, index)));
            slots.extend(filled.chain(std::iter::repeat(None)).take(layout.rows(count) * layout.columns));
        }
        slots
    }
}

/// Draws it; gives the group that was opened. `moved`: the slider is at another place than before, and what changes comes
/// first. `taken`: the arrow keys are the slider's.
pub(super) fn board_ui(
    ui: &mut Ui,
    board: &Board,
    (moved, taken): (bool, bool),
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
) -> Option<GroupId> {
    let size = cards::size(view.settings.card_width);
    // Room for the shadows at the edges, and for the scroll bar.
    let bar = ui.spacing().scroll.allocated_width();
    let layout = Layout::new(ui.available_width() - bar, size, GAP);
    let mut opened = if taken { None } else { keys(ui, board, layout, view) };
    let mut area = egui::ScrollArea::vertical().id_salt("threshold").auto_shrink([false, false]);
    if moved {
        area = area.vertical_scroll_offset(0.0);
    }
    area.animated(!view.settings.still).show_viewport(ui, |ui, viewport| {
        ui.set_clip_rect(ui.clip_rect().expand2(Vec2::new(8.0, 0.0)));
        let origin = ui.max_rect().min + Vec2::new(0.0, 2.0);
        let (mut top, mut slot) = (0.0, 0);
        for (part, count) in board.filled() {
            title_ui(ui, origin + Vec2::new(0.0, top), &board.title(part));
            top += HEAD;
            for index in layout.between(viewport.top() - top, viewport.bottom() - top, count) {
                let rect = layout.place(index).translate(origin.to_vec2() + Vec2::new(0.0, top));
                let mark = Mark::of(slot + index, view.threshold.cursor, false);
                opened = card_ui(ui, rect, board, (part, index), mark, snapshot, view, thumbs).or(opened);
            }
            if let Some(index) = view.threshold.cursor.and_then(|cursor| cursor.checked_sub(slot))
                && index < count
                && std::mem::take(&mut view.threshold.reveal)
            {
                let rect = layout.place(index).translate(origin.to_vec2() + Vec2::new(0.0, top));
                // With the words over it.
                let above = if index < layout.columns { HEAD } else { GAP };
                ui.scroll_to_rect(Rect { min: rect.min - Vec2::new(0.0, above), ..rect.expand(GAP) }, None);
            }
            top += layout.height(count) + FOOT;
            slot += layout.rows(count) * layout.columns;
        }
        if board.once > 0 {
            title_ui(ui, origin + Vec2::new(0.0, top), &text::threshold::once_as_before(board.once));
            top += HEAD;
        }
        ui.set_height(top + 8.0);
    });
    opened
}

/// Words over a part of the board.
fn title_ui(ui: &Ui, at: egui::Pos2, words: &str) {
    let rect = Rect::from_min_size(at, Vec2::new(ui.available_width(), HEAD));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let response = ui.interact(rect, ui.scope_id().with(words), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, words));
    let at = rect.left_center() - Vec2::new(0.0, 2.0);
    ui.painter().text(at, Align2::LEFT_CENTER, words, theme::title(), theme::palette(ui).text);
}

#[expect(clippy::too_many_arguments, reason = "a screen's arguments, the card, and where")]
fn card_ui(
    ui: &Ui,
    rect: Rect,
    board: &Board,
    (part, index): (Part, usize),
    mark: Mark,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
) -> Option<GroupId> {
    match part {
        Part::Joins => threshold_cards::join_ui(ui, rect, board.joins.get(index)?, mark, snapshot, thumbs),
        Part::Parts => {
            let (id, piles) = board.parts.get(index)?;
            let group = snapshot.group(*id)?;
            let response = threshold_cards::part_ui(ui, rect, (group, piles.as_slice()), mark, snapshot, view, thumbs);
            response.clicked().then_some(*id)
        }
        Part::Same => {
            let group = snapshot.group(*board.same.get(index)?)?;
            let look = (mark, board.changed() > 0);
            cards::look_ui(ui, rect, group, look, snapshot, view, thumbs).clicked().then_some(group.id)
        }
    }
}

/// Arrow keys walk the cards, Enter opens the one they are at; gives its group.
fn keys(ui: &Ui, board: &Board, layout: Layout, view: &mut ViewState) -> Option<GroupId> {
    let arrows = [
        Key::ArrowLeft,
        Key::ArrowRight,
        Key::ArrowUp,
        Key::ArrowDown,
        Key::Home,
        Key::End,
        Key::PageUp,
        Key::PageDown,
        Key::Enter,
    ];
    // Thousands of places: only when a key asks for them.
    if !ui.input(|input| arrows.iter().any(|key| input.key_pressed(*key))) {
        return None;
    }
    let slots = board.slots(layout);
    let at = view.threshold.cursor.filter(|cursor| *cursor < slots.len());
    if let Some((to, _)) = grid::walk(ui, view, (at, 0), slots.len(), layout) {
        view.threshold.cursor = filled(&slots, at, to);
        view.threshold.reveal = true;
        // Enter is for the card from now on.
        if let Some(focused) = ui.memory(egui::Memory::focused) {
            ui.memory_mut(|memory| memory.surrender_focus(focused));
        }
    }
    let free = view.dialog.is_none() && ui.memory(egui::Memory::focused).is_none();
    let (part, index) = view.threshold.cursor.and_then(|cursor| slots.get(cursor).copied().flatten())?;
    let opens = free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    opens.then(|| board.target(part, index)).flatten()
}

/// The place that is meant by one that may be empty: one step on is the next card, any other the last one before.
fn filled<T>(slots: &[Option<T>], at: Option<usize>, to: usize) -> Option<usize> {
    let is_filled = |slot: &usize| slots.get(*slot).is_some_and(Option::is_some);
    if at.is_some_and(|at| at + 1 == to)
        && let Some(next) = (to..slots.len()).find(is_filled)
    {
        return Some(next);
    }
    (0..=to).rev().find(is_filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Group;

    #[test]
    fn a_card_that_is_joined_and_falls_apart_is_one_that_changes() {
        let card = |faces: [u32; 2]| {
            let faces = faces.map(FaceId);
            Group::new(GroupId::Faces(faces[0]), None, faces.to_vec(), faces[0])
        };
        let cards = [card([1, 2]), card([3, 4])];
        let ids: Vec<GroupId> = cards.iter().map(|card| card.id).collect();
        let snapshot = Snapshot::by_hand(Vec::new(), Vec::new(), cards.to_vec());
        let parts = vec![(ids[0], vec![vec![FaceId(1)], vec![FaceId(2)]])];
        let preview = Preview { joins: vec![ids], parts, ..Preview::default() };
        let board = Board::new(Some(&preview), &snapshot, &Index::default());
        assert_eq!((board.joins.len(), board.parts.len(), board.changed()), (1, 1, 2));
    }

    #[test]
    fn the_keys_step_over_places_without_a_card() {
        let board = Board {
            joins: vec![Vec::new()],
            same: vec![GroupId::Faces(FaceId(1)), GroupId::Faces(FaceId(2))],
            ..Board::default()
        };
        let layout = Layout { columns: 3, size: Vec2::splat(10.0), gap: 2.0 };
        let slots = board.slots(layout);
        let expected = [Some((Part::Joins, 0)), None, None, Some((Part::Same, 0)), Some((Part::Same, 1)), None];
        assert_eq!(slots, expected);
        let check = |at: Option<usize>, to: usize, expected: usize| assert_eq!(filled(&slots, at, to), Some(expected));
        check(None, 0, 0);
        check(Some(0), 1, 3); // to the right
        check(Some(3), 2, 0); // to the left
        check(Some(0), 3, 3); // down
        check(Some(4), 1, 0); // up
        check(Some(3), 5, 4); // to the end
        check(Some(4), 5, 4); // there is nothing more to the right
    }
}
