//! The keys on the board of people: they walk the cards, those seen once and who is hidden.

use egui::{Id, Key, Modifiers, Ui};

use crate::domain::{FaceId, GroupId, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::grid::{self, Layout, Step};
use crate::ui::view::ViewState;

/// Who is on the screen: the cards in their places, those seen once in theirs, and who is hidden.
#[derive(Clone, Copy)]
pub(super) struct Lists<'a> {
    pub(super) board: &'a [Option<GroupId>],
    pub(super) once: &'a [Option<(GroupId, FaceId)>],
    pub(super) hidden: &'a [GroupId],
}

/// Where the keys are on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Card(usize),
    /// The head of the shelf of those seen once.
    Shelf,
    /// One of them.
    Once(usize),
    /// The head of the shelf of hidden people.
    HiddenShelf,
    /// One of them.
    Hidden(usize),
}

/// What the keys walk: the cards, those seen once and who is hidden; of a folded shelf its head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paths {
    pub(super) cards: usize,
    pub(super) layout: Layout,
    pub(super) once: usize,
    /// Of those seen once.
    pub(super) small: Layout,
    pub(super) open: bool,
    /// People, laid out as the cards are.
    pub(super) hidden: usize,
    pub(super) hidden_open: bool,
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
            At::Shelf if on => self.behind_once().unwrap_or(at),
            At::Shelf if back && self.cards > 0 => At::Card(self.cards - 1),
            At::Once(place) => match self.small.step(step, place, self.once, height) {
                to if to == place && on => self.behind_once().unwrap_or(at),
                to if to == place && back && self.cards > 0 => At::Card(self.cards - 1),
                to => At::Once(to),
            },
            At::HiddenShelf if on && self.hidden_open => At::Hidden(0),
            At::HiddenShelf if back => self.before_hidden().unwrap_or(at),
            At::Hidden(place) => match self.layout.step(step, place, self.hidden, height) {
                to if to == place && back => self.before_hidden().unwrap_or(at),
                to => At::Hidden(to),
            },
            At::Shelf | At::HiddenShelf => at,
        }
    }

    /// What comes behind the cards.
    fn behind(&self) -> Option<At> {
        match self.once {
            0 => self.behind_once(),
            _ if self.open => Some(At::Once(0)),
            _ => Some(At::Shelf),
        }
    }

    /// What comes behind those seen once.
    fn behind_once(&self) -> Option<At> {
        (self.hidden > 0).then_some(if self.hidden_open { At::Hidden(0) } else { At::HiddenShelf })
    }

    /// What comes before the hidden people.
    fn before_hidden(&self) -> Option<At> {
        match (self.once, self.cards) {
            (1.., _) if self.open => Some(At::Once(self.once - 1)),
            (1.., _) => Some(At::Shelf),
            (_, 1..) => Some(At::Card(self.cards - 1)),
            _ => None,
        }
    }

    fn first(&self) -> At {
        if self.cards > 0 { At::Card(0) } else { self.behind().unwrap_or(At::Shelf) }
    }

    fn last(&self) -> At {
        match (self.once, self.cards) {
            _ if self.hidden > 0 && self.hidden_open => At::Hidden(self.hidden - 1),
            (1.., _) if self.open => At::Once(self.once - 1),
            (_, 1..) => At::Card(self.cards - 1),
            _ => self.first(),
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
pub(super) fn shelf_id() -> Id {
    Id::unique("the shelf of those seen once")
}

/// The same of the shelf of hidden people.
pub(super) fn hidden_id() -> Id {
    Id::unique("the shelf of hidden people")
}

/// Where the keys are now.
fn key_place(ui: &Ui, paths: &Paths, lists: Lists<'_>, view: &ViewState) -> Option<At> {
    for (id, head) in [(shelf_id(), At::Shelf), (hidden_id(), At::HiddenShelf)] {
        if ui.memory(|memory| memory.has_focus(id)) {
            return Some(head);
        }
    }
    if let Some(cursor) = view.group_cursor {
        let hidden: &[GroupId] = if paths.hidden_open { lists.hidden } else { &[] };
        let card = lists.board.iter().position(|id| *id == Some(cursor)).map(At::Card);
        let found = card.or_else(|| hidden.iter().position(|id| *id == cursor).map(At::Hidden));
        if found.is_some() {
            return found;
        }
    }
    if !paths.open {
        return None;
    }
    let cursor = view.face_cursor.or(view.last_face.map(|(face, _)| face))?;
    lists.once.iter().position(|single| single.is_some_and(|(_, face)| face == cursor)).map(At::Once)
}

/// Takes the keys: they walk, and Enter names.
pub(super) fn keys(
    ui: &Ui,
    paths: &Paths,
    lists: Lists<'_>,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let at = key_place(ui, paths, lists, view);
    match at {
        Some(At::Card(place)) => (view.last_group, view.last_face) = (place, None),
        Some(At::Once(place)) => {
            view.last_face = lists.once.get(place).copied().flatten().map(|(_, face)| (face, place));
        }
        Some(At::Hidden(_)) => view.last_face = None,
        _ => {}
    }
    if paths.cards + paths.once + paths.hidden > 0
        && let Some((step, shift)) = grid::step(ui, view)
    {
        let from = at.unwrap_or_else(|| paths.start(view));
        let ends = matches!(step, Step::Home | Step::End);
        let to = if at.is_some() || ends { paths.step(from, step, ui.available_height()) } else { from };
        go_to(ui, (at, to), lists, shift, view);
    }
    let free = grid::listens(ui, view) && ui.memory(egui::Memory::focused).is_none();
    let somewhere = view.group_cursor.is_some() || view.face_cursor.is_some();
    if free && somewhere && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter)) {
        // Enter names.
        Action::Rename.run(ui.ctx(), snapshot, view, commands);
    }
}

/// The keys come to a place, and select it.
fn go_to(ui: &Ui, (at, to): (Option<At>, At), lists: Lists<'_>, shift: bool, view: &mut ViewState) {
    let modifiers = Modifiers { shift, ..Modifiers::NONE };
    let kind = std::mem::discriminant::<At>;
    if shift && at.is_some_and(|at| kind(&at) != kind(&to)) {
        return; // cards or faces are selected, never both
    }
    match to {
        At::Card(place) => {
            let Some(group) = lists.board.get(place).copied().flatten() else { return };
            let many: Vec<GroupId> = lists.board.iter().flatten().copied().collect();
            go_to_card(group, &many, modifiers, view);
        }
        At::Hidden(place) => {
            let Some(group) = lists.hidden.get(place).copied() else { return };
            go_to_card(group, lists.hidden, modifiers, view);
        }
        At::Shelf | At::HiddenShelf => {
            view.select_nothing();
            view.group_cursor = None;
        }
        At::Once(place) => {
            let Some((_, face)) = lists.once.get(place).copied().flatten() else { return };
            if shift {
                view.anchor = view.anchor.or(view.face_cursor).or(Some(face));
            } else {
                view.faces.clear();
            }
            view.click_face(face, &faces_of(lists.once), modifiers);
        }
    }
    // Enter and Space are for where the keys are.
    for (id, head) in [(shelf_id(), At::Shelf), (hidden_id(), At::HiddenShelf)] {
        ui.memory_mut(|memory| if to == head { memory.request_focus(id) } else { memory.surrender_focus(id) });
    }
    view.reveal = true;
}

fn go_to_card(group: GroupId, list: &[GroupId], modifiers: Modifiers, view: &mut ViewState) {
    if modifiers.shift {
        view.group_anchor = view.group_anchor.or(view.group_cursor).or(Some(group));
    } else {
        view.groups.clear();
    }
    view.click_group(group, list, modifiers);
}

/// The faces of those seen once, in their order.
pub(super) fn faces_of(once: &[Option<(GroupId, FaceId)>]) -> Vec<FaceId> {
    once.iter().flatten().map(|(_, face)| *face).collect()
}

#[cfg(test)]
mod tests {
    use egui::Vec2;

    use super::*;

    #[test]
    fn the_keys_go_from_the_cards_to_those_seen_once_and_back() {
        let layout = |columns| Layout { columns, size: Vec2::splat(10.0), gap: 2.0 };
        let folded = Paths {
            cards: 5,
            layout: layout(3),
            once: 7,
            small: layout(4),
            open: false,
            hidden: 0,
            hidden_open: false,
        };
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
        // Who is hidden comes last.
        let hidden = Paths { hidden: 4, ..folded };
        check(hidden, At::Shelf, Step::Down, At::HiddenShelf);
        check(hidden, At::HiddenShelf, Step::Down, At::HiddenShelf);
        check(hidden, At::HiddenShelf, Step::Up, At::Shelf);
        check(hidden, At::Card(0), Step::End, At::Card(4));
        let both = Paths { open: true, hidden_open: true, ..hidden };
        check(both, At::Once(6), Step::Right, At::Hidden(0));
        check(both, At::Hidden(1), Step::Up, At::Once(6));
        check(both, At::Hidden(0), Step::Down, At::Hidden(3));
        check(both, At::Hidden(3), Step::Right, At::Hidden(3));
        check(both, At::HiddenShelf, Step::Right, At::Hidden(0));
        check(both, At::Card(0), Step::End, At::Hidden(3));
        check(both, At::Hidden(3), Step::Home, At::Card(0));
        check(Paths { once: 0, ..both }, At::Card(4), Step::Down, At::Hidden(0));
        check(Paths { once: 0, ..both }, At::Hidden(0), Step::Left, At::Card(4));
        let only = Paths { cards: 0, once: 0, ..hidden };
        check(only, At::HiddenShelf, Step::Up, At::HiddenShelf);
        check(only, At::HiddenShelf, Step::End, At::HiddenShelf);
    }
}
