//! Find anything: every action and every person by name, photos by a search. Also the lists to merge into somebody and to
//! name somebody where no field for a name stands.

use egui::accesskit::Role;
use egui::{Align2, Key, Modifiers, Rect, Sense, Ui, Vec2, WidgetInfo};

use super::action::Action;
use super::icons::{self, Icon};
use super::naming::{self, Offer};
use super::thumbs::Thumbs;
use super::view::{Dialog, Screen, ViewState};
use super::{doing, index, text, theme, widgets};
use crate::domain::{Group, GroupId, Snapshot};
use crate::engine::Command;

/// Lines shown at once.
const LINES: usize = 9;
pub(super) const ROW: f32 = 36.0;

/// A line of the palette.
#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Photos(String),
    Person(GroupId),
    Action(Action),
}

/// Every typed word stands somewhere in it.
fn fits(typed: &str, words: &str) -> bool {
    let words = words.to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| words.contains(word))
}

fn entries(typed: &str, snapshot: &Snapshot, view: &ViewState) -> Vec<Entry> {
    let typed = typed.trim();
    let mut found = Vec::new();
    if !typed.is_empty() {
        let named = index::named(snapshot).filter(|group| group.name.as_ref().is_some_and(|name| fits(typed, name)));
        found.extend(named.take(5).map(|group| Entry::Person(group.id)));
    }
    let actions = Action::all().iter().copied().filter(|action| *action != Action::Palette);
    let mut actions: Vec<Action> =
        actions.filter(|action| fits(typed, &format!("{} {}", action.label(), action.tooltip()))).collect();
    // What can be done now comes first, and what is called so before what only mentions it.
    actions.sort_by_cached_key(|action| (action.enabled(snapshot, view).is_err(), !fits(typed, action.label())));
    found.extend(actions.into_iter().map(Entry::Action));
    if !typed.is_empty() && !snapshot.photos.is_empty() {
        // After what is called so.
        let called = |entry: &Entry| match entry {
            Entry::Action(action) => action.enabled(snapshot, view).is_ok() && fits(typed, action.label()),
            _ => true,
        };
        let place = found.iter().take_while(|entry| called(entry)).count();
        found.insert(place, Entry::Photos(typed.to_owned()));
    }
    found
}

pub(super) fn palette_ui(
    ui: &Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let Some(Dialog::Palette(mut typed, mut line)) = view.dialog.clone() else { return };
    let mut chosen = None;
    let (closed, _) = list_dialog(
        ui,
        "palette",
        Action::Palette.label(),
        text::frame::SEARCH_HINT,
        &mut typed,
        &mut line,
        |typed| entries(typed, snapshot, view),
        |entry| !matches!(entry, Entry::Action(action) if action.enabled(snapshot, view).is_err()),
        |ui, rect, entry, marked| entry_ui(ui, rect, entry, marked, snapshot, view, thumbs),
        &mut chosen,
    );
    view.dialog = if closed || chosen.is_some() { None } else { Some(Dialog::Palette(typed, line)) };
    match chosen {
        Some(Entry::Photos(search)) => {
            view.search = search;
            view.open(Screen::Search);
        }
        Some(Entry::Person(group)) => view.open(Screen::Person(group)),
        Some(Entry::Action(action)) => action.run(&ui.ctx().clone(), snapshot, view, commands),
        None => {}
    }
}

/// Somebody to merge groups into.
pub(super) fn merge_into_ui(
    ui: &Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let Some(Dialog::MergeInto(groups, mut typed, mut line)) = view.dialog.clone() else { return };
    let mut chosen = None;
    let people = |typed: &str| -> Vec<GroupId> {
        let fits = |group: &&Group| group.name.as_ref().is_some_and(|name| fits(typed, name));
        index::named(snapshot).filter(|group| !groups.contains(&group.id)).filter(fits).map(|group| group.id).collect()
    };
    let (closed, _) = list_dialog(
        ui,
        "merge into",
        text::frame::MERGE_INTO,
        text::frame::MERGE_HINT,
        &mut typed,
        &mut line,
        people,
        |_| true,
        |ui, rect, group, marked| person_ui(ui, rect, *group, marked, None, snapshot, thumbs),
        &mut chosen,
    );
    view.dialog = if closed || chosen.is_some() { None } else { Some(Dialog::MergeInto(groups.clone(), typed, line)) };
    if let Some(person) = chosen {
        view.recent.used(person);
        doing::join_selected(std::iter::once(person).chain(groups).collect(), snapshot, view, commands);
    }
}

/// Who a group is, where no field for its name stands.
pub(super) fn name_ui(
    ui: &Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let Some(Dialog::Name { group: id, mut typed, mut line, begun }) = view.dialog.clone() else { return };
    let Some(group) = snapshot.group(id) else {
        view.dialog = None;
        return;
    };
    let title = match &group.name {
        Some(name) => text::people::other_name(name, group.faces.len()),
        None => text::people::name_field(group.faces.len()),
    };
    let mut chosen = None;
    let (closed, field) = list_dialog(
        ui,
        "naming",
        &title,
        &text::drawn(&title),
        &mut typed,
        &mut line,
        |typed| naming::choices(id, typed, snapshot),
        |offer| !matches!(offer, Offer::New(name) if name.is_empty()),
        |ui, rect, offer, marked| offer_ui(ui, rect, offer, marked, snapshot, thumbs),
        &mut chosen,
    );
    if !begun {
        // The name so far goes with the first letter.
        naming::select_all(ui, field, typed.chars().count());
    }
    let open = !closed && chosen.is_none();
    view.dialog = open.then_some(Dialog::Name { group: id, typed, line, begun: true });
    if let Some(offer) = chosen {
        naming::take(group, &offer, view, commands);
    }
}

/// A field over a list, near the top of the window. Gives whether it was closed, and which field it is; what was chosen comes
/// into `chosen`.
#[expect(clippy::too_many_arguments, reason = "the one place where lists to choose from are drawn")]
fn list_dialog<T: Clone>(
    ui: &Ui,
    id: &str,
    title: &str,
    hint: &str,
    typed: &mut String,
    line: &mut usize,
    mut list: impl FnMut(&str) -> Vec<T>,
    possible: impl Fn(&T) -> bool,
    mut row: impl FnMut(&mut Ui, Rect, &T, bool) -> egui::Response,
    chosen: &mut Option<T>,
) -> (bool, egui::Id) {
    let window = ui.ctx().content_rect();
    let width = (window.width() - 64.0).min(560.0);
    let area = egui::Modal::default_area(egui::Id::unique(id.to_owned()));
    let area = area.anchor(Align2::CENTER_TOP, Vec2::new(0.0, (window.height() * 0.12).min(96.0)));
    let modal = egui::Modal::new(egui::Id::unique(id.to_owned()))
        .area(area)
        .frame(egui::Frame::popup(&ui.ctx().global_style()).inner_margin(8));
    let modal = modal.show(ui.ctx(), |ui| {
        ui.set_width(width);
        let (down, up, enter) = ui.input_mut(|input| {
            let mut key = |key| input.consume_key(Modifiers::NONE, key);
            (key(Key::ArrowDown), key(Key::ArrowUp), key(Key::Enter))
        });
        let field = widgets::field(ui, typed, title, hint, width);
        if field.changed() {
            *line = 0;
        }
        field.request_focus();
        let found = list(typed);
        let last = found.len().saturating_sub(1);
        *line = if down { *line + 1 } else { line.saturating_sub(usize::from(up)) }.min(last);
        if enter {
            *chosen = found.get(*line).filter(|entry| possible(entry)).cloned();
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let most = ROW * (LINES as f32).min(((window.height() - 180.0) / ROW).max(2.0));
        widgets::scrolled(most).show(ui, |ui| {
            for (place, entry) in found.iter().enumerate() {
                let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::hover());
                if place == *line && (down || up || field.changed()) {
                    ui.scroll_to_rect(rect, None);
                }
                // Two people may be called the same.
                if ui.is_rect_visible(rect)
                    && ui.push_id(place, |ui| row(ui, rect, entry, place == *line)).inner.clicked()
                {
                    *chosen = Some(entry.clone());
                }
            }
            if found.is_empty() {
                ui.add_space(8.0);
                widgets::secondary(ui, text::frame::NOTHING_CALLED_SO);
            }
        });
        field.id
    });
    (modal.should_close(), modal.inner)
}

/// The ground of a line; `salt` tells lines with the same label apart.
fn line_ground<S: std::hash::Hash + std::fmt::Debug>(
    ui: &Ui,
    rect: Rect,
    salt: S,
    marked: bool,
    label: &str,
    why: Option<&str>,
) -> egui::Response {
    let colours = theme::palette(ui);
    let enabled = why.is_none();
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with(("line", salt)), sense);
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, marked, label));
    if marked || response.hovered() {
        ui.painter().rect_filled(rect, theme::CONTROL_CORNER, if marked { colours.here } else { colours.hover });
    }
    response
}

fn entry_ui(
    ui: &Ui,
    rect: Rect,
    entry: &Entry,
    marked: bool,
    snapshot: &Snapshot,
    view: &ViewState,
    thumbs: &mut Thumbs,
) -> egui::Response {
    let colours = theme::palette(ui);
    let place = Rect::from_center_size(rect.left_center() + Vec2::new(20.0, 0.0), Vec2::splat(16.0));
    let at = rect.left_center() + Vec2::new(44.0, 0.0);
    let painter = ui.painter().with_clip_rect(rect);
    match entry {
        Entry::Person(group) => person_ui(ui, rect, *group, marked, None, snapshot, thumbs),
        Entry::Photos(search) => {
            let words = text::frame::photos_of(search);
            let response = line_ground(ui, rect, "photos", marked, &words, None);
            icons::paint(&painter, place, Icon::Search, colours.secondary);
            painter.text(at, Align2::LEFT_CENTER, text::drawn(&words), theme::body(), colours.text);
            response
        }
        Entry::Action(action) => {
            let why = action.enabled(snapshot, view).err();
            let response = line_ground(ui, rect, action.label(), marked, action.label(), why);
            let ink = if why.is_some() { colours.faint } else { colours.text };
            let end = painter.text(at, Align2::LEFT_CENTER, action.label(), theme::body(), ink);
            let keys = action.shortcut().map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
            let keys_at = rect.right_center() - Vec2::new(12.0, 0.0);
            let beside_ink = if marked { colours.text } else { colours.secondary };
            let keys = painter.text(keys_at, Align2::RIGHT_CENTER, keys, theme::small(), beside_ink);
            let room = Rect::from_x_y_ranges(end.right() + 12.0..=keys.left() - 8.0, rect.y_range());
            let beside = ui.painter().with_clip_rect(room);
            let about = why.unwrap_or(action.tooltip());
            beside.text(room.left_center(), Align2::LEFT_CENTER, about, theme::small(), beside_ink);
            response
        }
    }
}

/// A line of the list of names: somebody who has one, or somebody new of what is typed.
fn offer_ui(
    ui: &Ui,
    rect: Rect,
    offer: &Offer,
    marked: bool,
    snapshot: &Snapshot,
    thumbs: &mut Thumbs,
) -> egui::Response {
    let name = match offer {
        Offer::Known(person) => return person_ui(ui, rect, *person, marked, None, snapshot, thumbs),
        Offer::New(name) => name.as_str(),
    };
    let colours = theme::palette(ui);
    let painter = ui.painter().with_clip_rect(rect);
    let at = rect.left_center() + Vec2::new(44.0, 0.0);
    if name.is_empty() {
        let words = text::people::TYPE_OR_CHOOSE;
        let response = line_ground(ui, rect, "new", marked, words, Some(words));
        painter.text(at, Align2::LEFT_CENTER, words, theme::body(), colours.secondary);
        return response;
    }
    let response = line_ground(ui, rect, "new", marked, &text::somebody(name, text::people::NEW_PERSON), None);
    let place = Rect::from_center_size(rect.left_center() + Vec2::new(20.0, 0.0), Vec2::splat(16.0));
    icons::paint(&painter, place, Icon::Plus, colours.secondary);
    let ink = if marked { colours.text } else { colours.secondary };
    let about_at = rect.right_center() - Vec2::new(12.0, 0.0);
    let about = painter.text(about_at, Align2::RIGHT_CENTER, text::people::NEW_PERSON, theme::small(), ink);
    if widgets::line_at(&painter, at, name, theme::strong(), colours.text, about.left() - 8.0 - at.x) {
        return response.on_hover_text(text::drawn(name).into_owned());
    }
    response
}

/// A person: face, name, how many faces, and the number key if there is one.
pub(super) fn person_ui(
    ui: &Ui,
    rect: Rect,
    id: GroupId,
    marked: bool,
    key: Option<usize>,
    snapshot: &Snapshot,
    thumbs: &mut Thumbs,
) -> egui::Response {
    let colours = theme::palette(ui);
    let group = snapshot.group(id);
    let name = group.and_then(|group| group.name.clone()).unwrap_or_else(|| text::WHO.to_owned());
    let count = group.map(|group| text::faces(group.faces.len())).unwrap_or_default();
    let response = line_ground(ui, rect, id, marked, &text::somebody(&name, &count), None);
    let picture = Rect::from_center_size(rect.left_center() + Vec2::new(20.0, 0.0), Vec2::splat(28.0));
    if let Some(group) = group {
        widgets::paint_face(ui, picture, group.cover, thumbs, 14);
    }
    let painter = ui.painter().with_clip_rect(rect);
    let ink = if marked { colours.text } else { colours.secondary };
    let mut at = rect.right_center() - Vec2::new(12.0, 0.0);
    if let Some(key) = key {
        painter.text(at, Align2::RIGHT_CENTER, (key + 1).to_string(), theme::small(), ink);
        at.x -= 20.0;
    }
    let count = painter.text(at, Align2::RIGHT_CENTER, count, theme::small(), ink);
    let at = rect.left_center() + Vec2::new(44.0, 0.0);
    if widgets::line_at(&painter, at, &name, theme::strong(), colours.text, count.left() - 8.0 - at.x) {
        return response.on_hover_text(text::drawn(&name).into_owned());
    }
    response
}
