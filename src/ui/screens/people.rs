//! The board: groups as cards, the named ones first, then by size, then those seen once and those hidden.

use egui::accesskit::Role;
use egui::{Id, Modifiers, Rect, Sense, Ui, Vec2, WidgetInfo};

use super::faces::selected_ui;
use super::people_keys::{self, Lists, Paths, faces_of, hidden_id, shelf_id};
use crate::domain::{FaceId, GroupId, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::drag;
use crate::ui::grid::{self, Layout};
use crate::ui::icons::{self, Icon};
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Screen, ViewState, Wanted};
use crate::ui::widgets::Mark;
use crate::ui::{cards, frame, text, theme, widgets};

const GAP: f32 = 16.0;
const SHELF: f32 = 40.0;

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
        hidden: hidden.len(),
        hidden_open: view.show_hidden,
    };
    let lists = Lists { board: &board, once: &once, hidden: &hidden };
    people_keys::keys(ui, &paths, lists, snapshot, view, commands);
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

fn select_by_lasso(ui: &Ui, layout: Layout, viewport: Rect, board: &[Option<GroupId>], view: &mut ViewState) {
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

/// The head of a shelf comes into sight when a key has led to it.
fn reveal_head(ui: &Ui, id: Id, top: f32, view: &mut ViewState) {
    if view.reveal && ui.memory(|memory| memory.has_focus(id)) {
        view.reveal = false;
        let head = Rect::from_min_size(ui.max_rect().min + Vec2::new(0.0, top), Vec2::new(260.0, SHELF));
        ui.scroll_to_rect(head, None);
    }
}

/// The shelf of those seen once; gives where it ends.
#[expect(clippy::too_many_arguments, reason = "a screen's arguments and where to draw")]
fn once_ui(
    ui: &mut Ui,
    top: f32,
    paths: &Paths,
    once: &[Option<(GroupId, FaceId)>],
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
    reveal_head(ui, shelf_id(), top, view);
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
    view.show_hidden = shelf_ui(ui, hidden_id(), top, (text::people::HIDDEN, hidden.len()), shown);
    reveal_head(ui, hidden_id(), top, view);
    if !view.show_hidden {
        if shown {
            view.groups.retain(|group| !hidden.contains(group));
            view.group_cursor = view.group_cursor.filter(|group| !hidden.contains(group));
        }
        return top + SHELF;
    }
    let origin = ui.max_rect().min.to_vec2() + Vec2::new(0.0, top + SHELF);
    if view.reveal
        && let Some(index) = view.group_cursor.and_then(|cursor| hidden.iter().position(|id| *id == cursor))
    {
        view.reveal = false;
        ui.scroll_to_rect(layout.place(index).translate(origin).expand(GAP), None);
    }
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
            let words = text::cards(view.groups.len());
            let actions = [Action::Merge, Action::MergeInto, Action::Ignore, Action::Hide];
            return frame::selection_ui(ui, &words, (&actions, 0.0), snapshot, view, commands);
        }
        if !view.faces.is_empty() {
            return selected_ui(ui, &[Action::NotAFace, Action::Ignore], snapshot, view, thumbs, commands);
        }
        let words = text::people::named_and_not(view.index.named, view.index.unnamed);
        widgets::heading(ui, Action::ShowPeople.label(), &words);
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
