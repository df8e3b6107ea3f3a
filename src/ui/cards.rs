//! A card on the board: a mosaic of faces, the name or the field for it, how many and from when.

use egui::accesskit::Role;
use egui::{Align2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use super::action::Action;
use super::drag::{self, Carried};
use super::thumbs::Thumbs;
use super::view::{Dialog, Screen, ViewState};
use super::widgets::Mark;
use super::{doing, frame, naming, text, theme, widgets};
use crate::domain::{Group, GroupId, Snapshot};
use crate::engine::Command;

/// Around what is on a card.
pub(super) const PAD: f32 = 8.0;
const NAME: f32 = 28.0;
/// How much of the ground lies over the pictures of a card that steps back.
const VEIL: f32 = 0.55;

/// A card of this width: the mosaic, the name, a line below it.
pub(super) fn size(width: f32) -> Vec2 {
    let inner = width - 2.0 * PAD;
    Vec2::new(width, PAD + inner + 4.0 + small(width) + PAD + NAME + 2.0 + 16.0 + PAD)
}

fn small(width: f32) -> f32 {
    (width - 2.0 * PAD - 12.0) / 4.0
}

/// What a card is called for screen readers and tests.
fn label(group: &Group) -> String {
    text::people::card(group.faces.len(), group.name.as_deref())
}

/// In the menu of a card.
const ACTIONS: [Action; 7] =
    [Action::Open, Action::Rename, Action::Merge, Action::MergeInto, Action::Ignore, Action::Hide, Action::Export];

#[expect(clippy::too_many_arguments, reason = "a screen's arguments, the card, and where")]
/// Draws a card; `list` is the board in its order.
pub(super) fn card_ui(
    ui: &mut Ui,
    rect: Rect,
    group: &Group,
    list: &[GroupId],
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let response = ui.interact(rect, ui.scope_id().with(("card", group.id)), Sense::click_and_drag());
    let selected = view.groups.contains(&group.id);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, label(group)));
    ground_ui(ui, rect, &response, Mark::of(group.id, view.group_cursor, selected), view.settings.still);
    mosaic_ui(ui, rect, group, thumbs);
    if selected {
        widgets::check_ui(ui, rect.shrink(PAD));
    }
    let inner = rect.width() - 2.0 * PAD;
    let top = PAD + inner + 4.0 + small(rect.width()) + PAD;
    let line = Rect::from_min_size(rect.min + Vec2::new(PAD, top), Vec2::new(inner, NAME));
    naming::name_ui(ui, line, group, snapshot, view, thumbs, commands);
    let below = line.left_bottom() + Vec2::new(if group.name.is_some() { 0.0 } else { 6.0 }, 2.0);
    let about = about(group, snapshot, view);
    ui.painter().text(below, Align2::LEFT_TOP, about, theme::small(), theme::palette(ui).secondary);
    if response.drag_started_by(egui::PointerButton::Primary) {
        let carried = if selected { view.groups.iter().copied().collect() } else { vec![group.id] };
        response.dnd_set_drag_payload(Carried::Groups(carried));
    }
    if let Some(command) = drag::target_ui(ui, &response, group, snapshot) {
        dropped(command, snapshot, view, commands);
    }
    clicks(ui, &response, group, list, snapshot, view, commands);
}

/// Draws a card that is only looked at: its name is not typed, nothing is dropped on it. One that steps back is faint; its
/// words stay as easy to read.
pub(super) fn look_ui(
    ui: &Ui,
    rect: Rect,
    group: &Group,
    (mark, faint): (Mark, bool),
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(("card", group.id)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label(group)));
    ground_ui(ui, rect, &response, mark, view.settings.still);
    mosaic_ui(ui, rect, group, thumbs);
    let colours = theme::palette(ui);
    let inner = rect.width() - 2.0 * PAD;
    let pictures =
        Rect::from_min_size(rect.min + Vec2::splat(PAD), Vec2::new(inner, inner + 4.0 + small(rect.width())));
    if faint {
        ui.painter().rect_filled(pictures, theme::CONTROL_CORNER, colours.raised.gamma_multiply(VEIL));
    }
    let at = pictures.left_bottom() + Vec2::new(0.0, PAD + (NAME - 16.0) / 2.0);
    let (name, ink) = match &group.name {
        Some(name) if !faint => (name.as_str(), colours.text),
        Some(name) => (name.as_str(), colours.secondary),
        None => (text::NOT_NAMED, colours.secondary),
    };
    let cut = widgets::line_from(ui.painter(), at, name, theme::strong(), ink, inner);
    let below = pictures.left_bottom() + Vec2::new(0.0, PAD + NAME + 2.0);
    widgets::line_from(ui.painter(), below, &about(group, snapshot, view), theme::small(), colours.secondary, inner);
    if cut { response.on_hover_text(text::drawn(name).into_owned()) } else { response }
}

/// A drop on a card: done at once, or after asking which of several names stays.
pub(super) fn dropped(command: Command, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    match command {
        Command::MergeGroups(groups) => doing::join_selected(groups, snapshot, view, commands),
        other => {
            view.select_nothing();
            commands.push(other);
        }
    }
}

fn clicks(
    ui: &Ui,
    response: &Response,
    group: &Group,
    list: &[GroupId],
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    if response.double_clicked() {
        view.group_cursor = Some(group.id);
        view.open(Screen::Person(group.id));
    } else if response.clicked() {
        view.click_group(group.id, list, ui.input(|input| input.modifiers));
    }
    if response.secondary_clicked() && !view.groups.contains(&group.id) {
        view.groups.clear();
        view.click_group(group.id, list, egui::Modifiers::NONE);
    }
    response.context_menu(|ui| {
        for action in ACTIONS {
            frame::menu_item(ui, action, snapshot, view, commands);
        }
    });
}

fn ground_ui(ui: &Ui, rect: Rect, response: &Response, mark: Mark, still: bool) {
    let colours = theme::palette(ui);
    let over = response.hovered() && ui.ctx().dragged_id().is_none();
    let time = if still { 0.0 } else { theme::MOVE_SECS };
    let lift = ui.ctx().animate_bool_with_time(response.id.with("lift"), over, time);
    let between = |low: f32, high: f32| (low + (high - low) * lift) as u8;
    let shadow = egui::Shadow {
        offset: [0, between(1.0, 4.0) as i8],
        blur: between(4.0, 16.0),
        spread: 0,
        color: egui::Color32::from_black_alpha(between(20.0, 44.0)),
    };
    ui.painter().add(shadow.as_shape(rect, theme::CARD_CORNER));
    ui.painter().rect_filled(rect, theme::CARD_CORNER, colours.raised);
    let ring = if mark == Mark::Selected {
        Stroke::new(2.0, colours.accent)
    } else if mark == Mark::Cursor || response.has_focus() {
        Stroke::new(2.0, colours.secondary)
    } else {
        Stroke::new(1.0, colours.line)
    };
    ui.painter().rect_stroke(rect, theme::CARD_CORNER, ring, StrokeKind::Inside);
}

/// One large face and up to four small ones.
fn mosaic_ui(ui: &Ui, rect: Rect, group: &Group, thumbs: &mut Thumbs) {
    let inner = rect.width() - 2.0 * PAD;
    let large = Rect::from_min_size(rect.min + Vec2::splat(PAD), Vec2::splat(inner));
    widgets::paint_face(ui, large, group.cover, thumbs, theme::CONTROL_CORNER);
    let side = small(rect.width());
    let others: Vec<_> = group.faces.iter().copied().filter(|face| *face != group.cover).collect();
    // Spread over the group, so that the small ones show how it differs.
    for place in 0..others.len().min(4) {
        let Some(face) = others.get(place * others.len() / others.len().min(4)) else { continue };
        let at = large.left_bottom() + Vec2::new(place as f32 * (side + 4.0), 4.0);
        widgets::paint_face(ui, Rect::from_min_size(at, Vec2::splat(side)), *face, thumbs, 4);
    }
}

/// How many faces, and the years of their photos.
pub(super) fn about(group: &Group, snapshot: &Snapshot, view: &mut ViewState) -> String {
    let (first, last) = view.index.years(group, snapshot);
    text::faces_and_years(group.faces.len(), first, last)
}

/// Groups of different names become one: which name stays?
pub(super) fn which_name_ui(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let Some(Dialog::WhichName(groups)) = &view.dialog else { return };
    let names = doing::names(groups, snapshot);
    if names.len() < 2 {
        view.dialog = None;
        return;
    }
    let mut chosen = None;
    let mut done = false;
    let modal = widgets::modal(ui, "which name").show(ui.ctx(), |ui| {
        let window = ui.ctx().content_rect();
        ui.set_max_width(420.0);
        ui.label(egui::RichText::new(text::people::WHICH_NAME).font(theme::title()));
        let asked: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let words = text::people::become_one(&asked);
        // Of many names, all of them to choose from.
        widgets::scrolled((window.height() - 190.0).max(80.0)).show(ui, |ui| {
            ui.label(text::drawn(&words).into_owned());
            ui.add_space(8.0);
            ui.horizontal_wrapped(|ui| {
                for (name, id) in &names {
                    if ui.button(text::drawn(name).into_owned()).clicked() {
                        chosen = Some(*id);
                    }
                }
            });
        });
        ui.add_space(8.0);
        done = ui.button(text::people::LEAVE_APART).clicked();
    });
    if let Some(first) = chosen {
        let others = groups.iter().copied().filter(|id| *id != first);
        commands.push(Command::MergeGroups(std::iter::once(first).chain(others).collect()));
        // As after a merge that asks nothing.
        view.groups.clear();
    }
    if chosen.is_some() || done || modal.should_close() {
        view.dialog = None;
    }
}
