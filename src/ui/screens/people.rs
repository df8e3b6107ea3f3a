//! The board: groups as cards, the named ones first, then by size, then those seen once and those hidden.

use egui::accesskit::Role;
use egui::{Id, Key, Modifiers, Rect, Sense, Ui, Vec2, WidgetInfo};

use super::faces::selected_ui;
use crate::domain::{FaceId, GroupId, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::drag;
use crate::ui::grid::{self, Layout, Step};
use crate::ui::icons::{self, Icon};
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Screen, ViewState, Wanted};
use crate::ui::widgets::Mark;
use crate::ui::{cards, frame, text, theme, widgets};

const GAP: f32 = 16.0;
const SHELF: f32 = 40.0;

/// The cards in their places, and those seen once in theirs.
type Board = [Option<GroupId>];
type Once = [Option<(GroupId, FaceId)>];

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    view.index.drawn(ui.ctx().cumulative_frame_nr());
    head_ui(ui, snapshot, view, thumbs, commands);
    let (board, once, hidden) = (view.index.board.clone(), view.index.singles.clone(), view.index.hidden.clone());
    if board.is_empty() && once.is_empty() && hidden.is_empty() {
        return first_faces_ui(ui, snapshot, view, thumbs, commands);
    }
    let size = cards::size(view.settings.card_width);
    // Room for the shadows at the edges, and for the scroll bar.
    let bar = ui.spacing().scroll.allocated_width();
    let width = ui.available_width() - bar;
    let layout = Layout::new(width, size, GAP);
    let many: Vec<GroupId> = board.iter().flatten().copied().collect();
    let paths = Paths {
        cards: board.len(),
        layout,
        once: once.len(),
        small: Layout::filling(width, Vec2::splat(view.settings.card_width * 0.6), grid::GAP),
        // Unfolded while there is nobody else.
        open: view.show_once.unwrap_or(board.is_empty()),
    };
    keys(ui, &paths, (&board, &once), snapshot, view, commands);
    let area = egui::ScrollArea::vertical().id_salt("board").auto_shrink([false, false]);
    area.animated(!view.settings.still).show_viewport(ui, |ui, viewport| {
        ui.set_clip_rect(ui.clip_rect().expand2(Vec2::new(8.0, 0.0)));
        let origin = ui.max_rect().min + Vec2::new(0.0, 2.0);
        select_by_lasso(ui, layout, viewport, &board, view);
        let place = |wanted: GroupId| board.iter().position(|id| *id == Some(wanted));
        let visible = layout.between(viewport.top(), viewport.bottom(), board.len());
        // The card whose name is being typed keeps the keys when it is scrolled out of sight.
        let typed = view.typing_in.and_then(place).filter(|index| !visible.contains(index));
        for index in visible.chain(typed) {
            let Some(group) = board.get(index).copied().flatten().and_then(|id| snapshot.group(id)) else { continue };
            let rect = layout.place(index).translate(origin.to_vec2());
            cards::card_ui(ui, rect, group, &many, snapshot, view, thumbs, commands);
        }
        let mut bottom = layout.height(board.len());
        bottom = once_ui(ui, bottom, &paths, &once, snapshot, view, thumbs, commands);
        bottom = hidden_ui(ui, bottom, layout, &hidden, snapshot, view, thumbs, commands);
        ui.set_height(bottom + 16.0);
        if let (true, Some(index)) = (view.reveal, view.group_cursor.and_then(place)) {
            view.reveal = false;
            ui.scroll_to_rect(layout.place(index).translate(origin.to_vec2()).expand(GAP), None);
        }
        grid::lasso_ui(ui, view);
        grid::scroll_at_edges(ui, view);
    });
}

/// Before the first groups are made: the faces that were found so far, if any.
fn first_faces_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let now = ui.input(|input| input.time);
    let list = view.index.faces(&Wanted::default(), snapshot, now);
    if list.is_empty() {
        return widgets::empty_place(ui, text::people::NO_PEOPLE);
    }
    widgets::secondary(ui, text::people::FIRST_FACES);
    ui.add_space(8.0);
    let side = view.settings.card_width * 0.6;
    grid::Faces {
        salt: "first faces",
        list: &list,
        side,
        actions: &[Action::Open, Action::OpenFile, Action::ShowFile],
    }
    .show(ui, snapshot, view, thumbs, commands);
}

/// Where the keys are on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Card(usize),
    /// The head of the shelf of those seen once.
    Shelf,
    /// One of them.
    Once(usize),
}

/// What the keys walk: the cards, then those seen once, or the head of their shelf while it is folded.
#[derive(Clone, Copy, Debug)]
struct Paths {
    cards: usize,
    layout: Layout,
    once: usize,
    /// Of those seen once.
    small: Layout,
    open: bool,
}

impl Paths {
    fn step(&self, at: At, step: Step, height: f32) -> At {
        let on = matches!(step, Step::Right | Step::Down | Step::PageDown);
        let back = matches!(step, Step::Left | Step::Up | Step::PageUp);
        match at {
            _ if step == Step::Home => self.first(),
            _ if step == Step::End => self.last(),
            At::Card(place) => match self.layout.step(step, place, self.cards, height) {
                to if to == place && on => self.behind().unwrap_or(at),
                to => At::Card(to),
            },
            At::Shelf if on && self.open => At::Once(0),
            At::Shelf if back && self.cards > 0 => At::Card(self.cards - 1),
            At::Shelf => at,
            At::Once(place) => match self.small.step(step, place, self.once, height) {
                to if to == place && back && self.cards > 0 => At::Card(self.cards - 1),
                to => At::Once(to),
            },
        }
    }

    /// What comes behind the cards.
    fn behind(&self) -> Option<At> {
        (self.once > 0).then_some(if self.open { At::Once(0) } else { At::Shelf })
    }

    fn first(&self) -> At {
        if self.cards > 0 { At::Card(0) } else { self.behind().unwrap_or(At::Shelf) }
    }

    fn last(&self) -> At {
        match (self.once, self.cards) {
            (1.., _) if self.open => At::Once(self.once - 1),
            (_, 1..) => At::Card(self.cards - 1),
            _ => At::Shelf,
        }
    }

    /// Where they go on from nowhere: when one has left, the next one stands in its place.
    fn start(&self, view: &ViewState) -> At {
        match view.last_face {
            Some((_, place)) if self.open && self.once > 0 => At::Once(place.min(self.once - 1)),
            _ if self.cards > 0 => At::Card(view.last_group.min(self.cards - 1)),
            _ => self.first(),
        }
    }
}

/// The head of the shelf of those seen once: the keys know it before it is drawn.
fn shelf_id() -> Id {
    Id::unique("the shelf of those seen once")
}

/// Where the keys are now.
fn key_place(ui: &Ui, paths: &Paths, (board, once): (&Board, &Once), view: &ViewState) -> Option<At> {
    if ui.memory(|memory| memory.has_focus(shelf_id())) {
        return Some(At::Shelf);
    }
    let card = view.group_cursor.and_then(|cursor| board.iter().position(|id| *id == Some(cursor)));
    if card.is_some() || !paths.open {
        return card.map(At::Card);
    }
    let cursor = view.face_cursor.or(view.last_face.map(|(face, _)| face))?;
    once.iter().position(|single| single.is_some_and(|(_, face)| face == cursor)).map(At::Once)
}

fn keys(
    ui: &Ui,
    paths: &Paths,
    (board, once): (&Board, &Once),
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let at = key_place(ui, paths, (board, once), view);
    match at {
        Some(At::Card(place)) => (view.last_group, view.last_face) = (place, None),
        Some(At::Once(place)) => view.last_face = once.get(place).copied().flatten().map(|(_, face)| (face, place)),
        _ => {}
    }
    if paths.cards + paths.once > 0
        && let Some((step, shift)) = grid::step(ui, view)
    {
        let from = at.unwrap_or_else(|| paths.start(view));
        let ends = matches!(step, Step::Home | Step::End);
        let to = if at.is_some() || ends { paths.step(from, step, ui.available_height()) } else { from };
        go_to(ui, (at, to), (board, once), shift, view);
    }
    let free = grid::listens(ui, view) && ui.memory(egui::Memory::focused).is_none();
    let somewhere = view.group_cursor.is_some() || view.face_cursor.is_some();
    if free && somewhere && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter)) {
        // Enter names.
        Action::Rename.run(ui.ctx(), snapshot, view, commands);
    }
}

/// The keys come to a place, and select it.
fn go_to(ui: &Ui, (at, to): (Option<At>, At), (board, once): (&Board, &Once), shift: bool, view: &mut ViewState) {
    let modifiers = Modifiers { shift, ..Modifiers::NONE };
    let kind = std::mem::discriminant::<At>;
    if shift && at.is_some_and(|at| kind(&at) != kind(&to)) {
        return; // cards or faces are selected, never both
    }
    match to {
        At::Card(place) => {
            let Some(group) = board.get(place).copied().flatten() else { return };
            let many: Vec<GroupId> = board.iter().flatten().copied().collect();
            if shift {
                view.group_anchor = view.group_anchor.or(view.group_cursor).or(Some(group));
            } else {
                view.groups.clear();
            }
            view.click_group(group, &many, modifiers);
        }
        At::Shelf => {
            view.select_nothing();
            view.group_cursor = None;
        }
        At::Once(place) => {
            let Some((_, face)) = once.get(place).copied().flatten() else { return };
            if shift {
                view.anchor = view.anchor.or(view.face_cursor).or(Some(face));
            } else {
                view.faces.clear();
            }
            view.click_face(face, &faces_of(once), modifiers);
        }
    }
    // Enter and Space are for where the keys are.
    if to == At::Shelf {
        ui.memory_mut(|memory| memory.request_focus(shelf_id()));
    } else {
        ui.memory_mut(|memory| memory.surrender_focus(shelf_id()));
    }
    view.reveal = true;
}

fn faces_of(once: &Once) -> Vec<FaceId> {
    once.iter().flatten().map(|(_, face)| *face).collect()
}

fn select_by_lasso(ui: &Ui, layout: Layout, viewport: Rect, board: &Board, view: &mut ViewState) {
    let Some(area) = grid::lasso(ui, viewport, view) else { return };
    // Cards or faces, never both: what is done would be done to the faces.
    view.faces.clear();
    view.groups = view.lasso.as_ref().map(|lasso| lasso.kept().1).unwrap_or_default();
    let touched = layout.touched(area, board.len()).into_iter();
    view.groups.extend(touched.filter_map(|index| board.get(index).copied().flatten()));
}

/// The head of a folded shelf; gives whether it is open.
fn shelf_ui(ui: &Ui, id: Id, top: f32, (words, number): (&str, usize), open: bool) -> bool {
    let colours = theme::palette(ui);
    let rect = Rect::from_min_size(ui.max_rect().min + Vec2::new(0.0, top + 4.0), Vec2::new(260.0, 32.0));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, open, words));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::CONTROL_CORNER, colours.hover);
    }
    let icon = Rect::from_min_size(rect.min + Vec2::new(6.0, 8.0), Vec2::splat(16.0));
    icons::paint(ui.painter(), icon, if open { Icon::Down } else { Icon::Forward }, colours.secondary);
    let at = rect.left_center() + Vec2::new(30.0, 0.0);
    let words = ui.painter().text(at, egui::Align2::LEFT_CENTER, words, theme::strong(), colours.text);
    let at = egui::pos2(words.right() + 8.0, rect.center().y);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, text::thousands(number), theme::small(), colours.secondary);
    open != response.clicked()
}

/// The shelf of those seen once; gives where it ends.
#[expect(clippy::too_many_arguments, reason = "a screen's arguments and where to draw")]
fn once_ui(
    ui: &mut Ui,
    top: f32,
    paths: &Paths,
    once: &Once,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) -> f32 {
    if once.is_empty() {
        return top;
    }
    let shown = paths.open;
    let open = shelf_ui(ui, shelf_id(), top, (text::people::SEEN_ONCE, once.len()), shown);
    if view.reveal && ui.memory(|memory| memory.has_focus(shelf_id())) {
        view.reveal = false;
        let head = Rect::from_min_size(ui.max_rect().min + Vec2::new(0.0, top), Vec2::new(260.0, SHELF));
        ui.scroll_to_rect(head, None);
    }
    if open != shown {
        view.show_once = Some(open);
        if !view.faces.is_empty() {
            view.select_nothing(); // folded away, they are not seen any more
        }
    }
    if !open {
        return top + SHELF;
    }
    let layout = paths.small;
    let origin = ui.max_rect().min.to_vec2() + Vec2::new(0.0, top + SHELF);
    if view.reveal
        && let Some(index) = view
            .face_cursor
            .and_then(|cursor| once.iter().position(|single| single.is_some_and(|(_, face)| face == cursor)))
    {
        view.reveal = false;
        ui.scroll_to_rect(layout.place(index).translate(origin).expand(GAP), None);
    }
    let seen = ui.clip_rect().translate(-origin);
    for index in layout.between(seen.top(), seen.bottom(), once.len()) {
        let Some(Some((group, face))) = once.get(index) else { continue };
        let rect = layout.place(index).translate(origin);
        let selected = view.faces.contains(face);
        let response =
            widgets::face_tile(ui, rect, *face, snapshot, thumbs, Mark::of(*face, view.face_cursor, selected));
        if response.drag_started_by(egui::PointerButton::Primary) {
            let carried = if selected { view.faces.iter().copied().collect() } else { vec![*face] };
            response.dnd_set_drag_payload(drag::Carried::Faces(carried));
        }
        if response.double_clicked() {
            view.open(Screen::Person(*group));
        } else if response.clicked() {
            view.click_face(*face, &faces_of(once), ui.input(|input| input.modifiers));
        }
        if response.secondary_clicked() && !view.faces.contains(face) {
            view.faces.clear();
            view.click_face(*face, &faces_of(once), Modifiers::NONE);
        }
        response.context_menu(|ui| {
            for action in [Action::Open, Action::NotAFace, Action::Ignore, Action::OpenFile, Action::ShowFile] {
                frame::menu_item(ui, action, snapshot, view, commands);
            }
        });
        if let Some(target) = snapshot.group(*group)
            && let Some(command) = drag::target_ui(ui, &response, target, snapshot)
        {
            cards::dropped(command, snapshot, view, commands);
        }
    }
    top + SHELF + layout.height(once.len())
}

/// The shelf of people kept off the board; gives where it ends.
#[expect(clippy::too_many_arguments, reason = "a screen's arguments and where to draw")]
fn hidden_ui(
    ui: &mut Ui,
    top: f32,
    layout: Layout,
    hidden: &[GroupId],
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) -> f32 {
    if hidden.is_empty() {
        return top;
    }
    let shown = view.show_hidden;
    let id = Id::unique("the shelf of hidden people");
    view.show_hidden = shelf_ui(ui, id, top, (text::people::HIDDEN, hidden.len()), shown);
    if !view.show_hidden {
        if shown {
            view.groups.retain(|group| !hidden.contains(group));
            view.group_cursor = view.group_cursor.filter(|group| !hidden.contains(group));
        }
        return top + SHELF;
    }
    let origin = ui.max_rect().min.to_vec2() + Vec2::new(0.0, top + SHELF);
    for (index, id) in hidden.iter().enumerate() {
        let rect = layout.place(index).translate(origin);
        if let (true, Some(group)) = (ui.is_rect_visible(rect), snapshot.group(*id)) {
            cards::card_ui(ui, rect, group, hidden, snapshot, view, thumbs, commands);
        }
    }
    top + SHELF + layout.height(hidden.len())
}

fn head_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, thumbs: &mut Thumbs, commands: &mut Vec<Command>) {
    frame::head_ui(ui, |ui| {
        if !view.groups.is_empty() {
            let words = text::people::cards(view.groups.len());
            let actions = [Action::Merge, Action::MergeInto, Action::Ignore, Action::Hide];
            return frame::selection_ui(ui, &words, (&actions, 0.0), snapshot, view, commands);
        }
        if !view.faces.is_empty() {
            return selected_ui(ui, &[Action::NotAFace, Action::Ignore], snapshot, view, thumbs, commands);
        }
        let words = text::people::named_and_not(view.index.named, view.index.unnamed);
        widgets::heading(ui, text::people::PEOPLE, &words);
        order_ui(ui, view);
        frame::size_ui(ui, view);
    });
}

/// While the cards keep their places: how many are not where they should be, and the way to there.
fn order_ui(ui: &mut Ui, view: &mut ViewState) {
    let (new, moved) = view.index.out_of_order();
    if new + moved == 0 || ui.available_width() < 48.0 {
        return;
    }
    let button = egui::Button::new(text::people::largest_first(new, moved)).frame_when_inactive(false).truncate();
    if ui.add(button).on_hover_text(text::people::WHY_UNSORTED).clicked() {
        view.index.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_go_from_the_cards_to_those_seen_once_and_back() {
        let layout = |columns| Layout { columns, size: Vec2::splat(10.0), gap: 2.0 };
        let folded = Paths { cards: 5, layout: layout(3), once: 7, small: layout(4), open: false };
        let open = Paths { open: true, ..folded };
        let check = |paths: Paths, at: At, step: Step, expected: At| {
            assert_eq!(paths.step(at, step, 25.0), expected, "{step:?} from {at:?}, open {}", paths.open);
        };
        // Down to the shorter last row, and from there on.
        check(folded, At::Card(2), Step::Down, At::Card(4));
        check(folded, At::Card(3), Step::Down, At::Shelf);
        check(folded, At::Card(4), Step::Right, At::Shelf);
        check(folded, At::Card(4), Step::PageDown, At::Shelf);
        check(folded, At::Shelf, Step::Down, At::Shelf);
        check(folded, At::Shelf, Step::Up, At::Card(4));
        check(folded, At::Shelf, Step::Home, At::Card(0));
        check(folded, At::Card(0), Step::End, At::Card(4));
        check(open, At::Card(4), Step::Down, At::Once(0));
        check(open, At::Shelf, Step::Right, At::Once(0));
        check(open, At::Once(0), Step::Left, At::Card(4));
        check(open, At::Once(3), Step::Up, At::Card(4));
        check(open, At::Once(4), Step::Up, At::Once(0));
        check(open, At::Once(6), Step::Right, At::Once(6));
        check(open, At::Card(0), Step::End, At::Once(6));
        check(open, At::Once(6), Step::Home, At::Card(0));
        // Nobody else is there, or nobody is seen once.
        let alone = Paths { cards: 0, ..open };
        check(alone, At::Once(0), Step::Up, At::Once(0));
        check(alone, At::Once(6), Step::Home, At::Once(0));
        check(Paths { once: 0, ..folded }, At::Card(4), Step::Down, At::Card(4));
    }
}
