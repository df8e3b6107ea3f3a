//! The name of a group, or the field for it: type ahead over everybody who has a name, without being trapped by it.

use egui::{Align2, Id, Key, Label, Modifiers, Rect, Response, RichText, Sense, Ui, UiBuilder, Vec2};

use super::thumbs::Thumbs;
use super::view::{Screen, ViewState};
use super::{doing, index, text, theme, widgets};
use crate::domain::{Group, GroupId, Snapshot};
use crate::engine::Command;

/// Names offered at once.
const OFFERED: usize = 6;

/// Height of a line of the list.
const LINE: f32 = 36.0;

/// One line of the list under the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// This person, who has the name already.
    Known(GroupId),
    /// Somebody new of this name.
    New(String),
}

/// What the list offers for a typed text, the best first. The first line is what Enter does when nothing else is chosen:
/// somebody of exactly that name, else somebody new; a longer name is never taken by itself, nor is somebody else of the
/// name that the group has already.
fn offers(group: GroupId, typed: &str, snapshot: &Snapshot) -> Vec<Offer> {
    let wanted = typed.to_lowercase();
    let rank = |name: &str| {
        let name = name.to_lowercase();
        if name == wanted {
            Some(0)
        } else if name.starts_with(&wanted) {
            Some(1)
        } else if name.split_whitespace().any(|word| word.starts_with(&wanted)) {
            Some(2)
        } else {
            name.contains(&wanted).then_some(3)
        }
    };
    let mut known: Vec<(u8, GroupId)> = index::named(snapshot)
        .filter(|other| other.id != group)
        .filter_map(|other| Some((rank(other.name.as_deref()?)?, other.id)))
        .collect();
    known.sort_by_key(|(rank, _)| *rank); // stable: larger groups stay first
    let kept = snapshot.group(group).is_some_and(|group| group.name.as_deref() == Some(typed));
    let exact = !kept && known.first().is_some_and(|(rank, _)| *rank == 0);
    let mut offers: Vec<Offer> = known.into_iter().take(OFFERED).map(|(_, id)| Offer::Known(id)).collect();
    let new = Offer::New(typed.to_owned());
    if exact {
        offers.push(new);
    } else {
        offers.insert(0, new);
    }
    offers
}

/// The same where the list stands by itself: everybody who has a name while nothing is typed, below a line without one,
/// which Enter takes for nobody.
pub(super) fn choices(group: GroupId, typed: &str, snapshot: &Snapshot) -> Vec<Offer> {
    let typed = typed.trim();
    if !typed.is_empty() {
        return offers(group, typed, snapshot);
    }
    let others = index::named(snapshot).filter(|other| other.id != group);
    std::iter::once(Offer::New(String::new())).chain(others.map(|other| Offer::Known(other.id))).collect()
}

/// Does what a line says, and keeps in mind who it was.
pub(super) fn take(group: &Group, offer: &Offer, view: &mut ViewState, commands: &mut Vec<Command>) {
    match offer {
        Offer::Known(person) => commands.push(Command::MergeGroups(vec![*person, group.id])),
        Offer::New(name) if group.name.as_ref() == Some(name) => {}
        Offer::New(name) => commands.push(Command::NameGroup(group.id, name.clone())),
    }
    match offer {
        Offer::New(_) if group.name.is_some() => view.recent.used(group.id),
        Offer::New(name) => view.recent.named(name),
        Offer::Known(person) => view.recent.used(*person),
    }
}

/// The field for a group's name; the same on every screen.
fn field_id(group: GroupId) -> Id {
    Id::unique(("the name of", group))
}

/// The field of one group goes on as that of another: the text that is selected in it, and the keys.
pub(super) fn move_focus(ctx: &egui::Context, from: GroupId, to: GroupId) {
    let (from, to) = (field_id(from), field_id(to));
    if let Some(state) = egui::TextEdit::load_state(ctx, from) {
        state.store(ctx, to);
    }
    if ctx.memory(|memory| memory.has_focus(from)) {
        ctx.memory_mut(|memory| memory.request_focus(to));
    }
}

/// The name, or the field for it.
pub(super) fn name_ui(
    ui: &mut Ui,
    rect: Rect,
    group: &Group,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let builder = UiBuilder::new().max_rect(rect).id_salt(("name", group.id));
    // A child of its own: what stands beside it is not pushed about.
    let ui = &mut ui.new_child(builder);
    match (&group.name, &snapshot.read_only) {
        (_, Some(why)) => fixed_ui(ui, rect, group, why),
        (Some(name), _) if view.renaming != Some(group.id) => shown_ui(ui, rect, group.id, name, view),
        _ => field_ui(ui, rect, group, snapshot, view, thumbs, commands),
    }
}

fn label(name: &str) -> Label {
    Label::new(RichText::new(text::drawn(name)).font(theme::title())).truncate()
}

/// In a library to look at: the name, or the field without one, and why nothing can be typed.
fn fixed_ui(ui: &mut Ui, rect: Rect, group: &Group, why: &str) {
    if let Some(name) = &group.name {
        ui.set_max_size(rect.size());
        ui.add(label(name)).on_hover_text(text::drawn(&text::people::fixed_name(name, why)).into_owned());
    } else {
        ui.disable();
        edit_ui(ui, rect, group, &mut String::new()).on_disabled_hover_text(why);
    }
}

fn shown_ui(ui: &mut Ui, rect: Rect, group: GroupId, name: &str, view: &mut ViewState) {
    ui.set_max_size(rect.size());
    let response = ui.add(label(name).sense(Sense::click()));
    let response = response.on_hover_text(text::drawn(&text::people::change_name(name)).into_owned());
    if response.clicked() {
        view.renaming = Some(group);
        view.names.insert(group, name.to_owned());
        view.focus_name = Some(group);
    }
}

/// The field alone.
fn edit_ui(ui: &mut Ui, rect: Rect, group: &Group, draft: &mut String) -> Response {
    let edit = egui::TextEdit::singleline(draft).id(field_id(group.id)).hint_text(text::WHO);
    let edit = edit.margin(egui::Margin::symmetric(6, 5)).desired_width(rect.width());
    ui.add_sized(rect.size(), edit).accessible_name(text::people::name_field(group.faces.len()))
}

fn field_ui(
    ui: &mut Ui,
    rect: Rect,
    group: &Group,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let id = field_id(group.id);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let list = |view: &ViewState| {
        let typed = view.names.get(&group.id).map(|name| name.trim()).unwrap_or_default();
        if typed.is_empty() { Vec::new() } else { offers(group.id, typed, snapshot) }
    };
    if focused {
        choose_by_key(ui, &list(view), view);
    }
    let response = edit_ui(ui, rect, group, view.names.entry(group.id).or_default());
    if response.changed() {
        (view.suggestion, view.suggested) = (0, None);
    }
    if view.focus_name == Some(group.id) {
        view.focus_name = None;
        (view.suggestion, view.suggested) = (0, None);
        response.request_focus();
        select_all(ui, id, view.names.get(&group.id).map_or(0, |name| name.chars().count()));
    }
    if response.has_focus() {
        view.typing_in = Some(group.id);
    } else if view.typing_in == Some(group.id) {
        view.typing_in = None;
    }
    // Letters that came with Enter are in the text by now. The field has let go of the focus, and the list with it.
    let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let list = if focused { list(view) } else { Vec::new() };
    let entered = if enter { list.get(view.suggestion).cloned() } else { None };
    // The field may be scrolled out of sight while it is typed into.
    let shown = !list.is_empty() && ui.is_rect_visible(rect);
    let pressed = if shown { list_ui(ui, rect, &list, snapshot, view, thumbs) } else { None };
    if let Some(offer) = pressed.or(entered) {
        take(group, &offer, view, commands);
        view.names.remove(&group.id);
        (view.suggestion, view.suggested) = (0, None);
        if enter && view.renaming.is_none() && view.screen == Screen::People {
            next_without_name(group.id, snapshot, view);
        }
    }
    // A dialog only borrows the keys.
    if response.lost_focus() && view.renaming == Some(group.id) && view.dialog.is_none() {
        view.renaming = None;
        view.names.remove(&group.id);
    }
}

/// Up and down choose a line; when others come or go, the mark stays on who was chosen.
fn choose_by_key(ui: &Ui, list: &[Offer], view: &mut ViewState) {
    if let Some(chosen) = &view.suggested {
        view.suggestion = list.iter().position(|offer| offer == chosen).unwrap_or(0);
    }
    let (down, up) = ui.input_mut(|input| {
        (input.consume_key(Modifiers::NONE, Key::ArrowDown), input.consume_key(Modifiers::NONE, Key::ArrowUp))
    });
    let last = list.len().saturating_sub(1);
    if down {
        view.suggestion = (view.suggestion + 1).min(last);
    }
    if up {
        view.suggestion = view.suggestion.saturating_sub(1);
    }
    view.suggestion = view.suggestion.min(last);
    if down || up {
        view.suggested = list.get(view.suggestion).cloned();
    }
}

pub(super) fn select_all(ui: &Ui, id: Id, length: usize) {
    let mut state = egui::TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let range = egui::text::CCursorRange::two(egui::text::CCursor::new(0), egui::text::CCursor::new(length));
    state.cursor.set_char_range(Some(range));
    state.store(ui.ctx(), id);
}

/// On to the next group on the board that has no name.
fn next_without_name(group: GroupId, snapshot: &Snapshot, view: &mut ViewState) {
    let after = view.index.board.iter().flatten().copied().skip_while(|other| *other != group).skip(1);
    let mut unnamed = after.filter(|other| snapshot.group(*other).is_some_and(|other| other.name.is_none()));
    let next = unnamed.next();
    view.focus_name = next;
    view.group_cursor = next.or(view.group_cursor);
    view.reveal = next.is_some();
}

/// The list under the field; gives the line that was pressed.
fn list_ui(
    ui: &Ui,
    rect: Rect,
    list: &[Offer],
    snapshot: &Snapshot,
    view: &ViewState,
    thumbs: &mut Thumbs,
) -> Option<Offer> {
    let width = rect.width().max(220.0);
    let mut pressed = None;
    // Below the field, or above it where there is no room: never over it.
    let high = LINE * list.len() as f32 + 16.0;
    let room = ui.ctx().content_rect();
    let above = rect.bottom() + high > room.bottom() && rect.top() - high >= room.top();
    let (pivot, at) = if above {
        (Align2::LEFT_BOTTOM, rect.left_top() - Vec2::new(0.0, 4.0))
    } else {
        (Align2::LEFT_TOP, rect.left_bottom() + Vec2::new(0.0, 4.0))
    };
    let area = egui::Area::new(ui.scope_id().with("offers")).order(egui::Order::Foreground);
    let area = area.pivot(pivot).fixed_pos(at).constrain(true);
    area.show(ui.ctx(), |ui| {
        egui::Frame::popup(ui.style()).inner_margin(4).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (line, offer) in list.iter().enumerate() {
                let chosen = line == view.suggestion;
                // Pressed, not clicked: the field loses the focus with the press, and the list with the focus.
                let response = line_ui(ui, width, chosen, offer, snapshot, thumbs);
                if response.is_pointer_button_down_on() || response.clicked() {
                    pressed = Some(offer.clone());
                }
            }
        });
    });
    pressed
}

fn line_ui(ui: &mut Ui, width: f32, chosen: bool, offer: &Offer, snapshot: &Snapshot, thumbs: &mut Thumbs) -> Response {
    let colours = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, LINE), Sense::click());
    let (name, about, cover) = match offer {
        Offer::Known(person) => {
            let person = snapshot.group(*person);
            let name = person.and_then(|person| person.name.clone()).unwrap_or_default();
            let about = person.map(|person| text::faces(person.faces.len())).unwrap_or_default();
            (name, about, person.map(|person| person.cover))
        }
        Offer::New(name) => (name.clone(), text::people::NEW_PERSON.to_owned(), None),
    };
    let label = text::somebody(&name, &about);
    response.widget_info(|| egui::WidgetInfo::selected(egui::accesskit::Role::Button, true, chosen, &label));
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, theme::CONTROL_CORNER, if chosen { colours.here } else { colours.hover });
    }
    let picture = Rect::from_min_size(rect.min + Vec2::splat(4.0), Vec2::splat(28.0));
    match cover {
        Some(face) => widgets::paint_face(ui, picture, face, thumbs, 14),
        None => super::icons::paint(ui.painter(), picture.shrink(5.0), super::icons::Icon::Plus, colours.secondary),
    }
    let inside = Rect::from_min_max(rect.min + Vec2::new(40.0, 2.0), rect.max - Vec2::new(6.0, 2.0));
    let ink = if chosen { colours.text } else { colours.secondary };
    let shown = widgets::line(ui.painter(), &name, theme::body(), colours.text, inside.width());
    let elided = shown.elided;
    ui.painter().galley(inside.left_top(), shown, colours.text);
    ui.painter().text(inside.left_bottom(), Align2::LEFT_BOTTOM, about, theme::small(), ink);
    if elided { response.on_hover_text(text::drawn(&name).into_owned()) } else { response }
}

/// A number key: what is selected, or at the cursor, is the person of that number. With nothing marked it says so, and why
/// nobody can be named in a library to look at.
pub(super) fn number_keys(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    const KEYS: [Key; 9] =
        [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
    let pressed = KEYS.iter().position(|key| widgets::pressed_once(ui, *key));
    let Some(person) = pressed.and_then(|number| view.recent.at(number)).map(GroupId::Person) else { return };
    if snapshot.group(person).is_none() {
        return;
    }
    let faces = view.target_faces();
    // On a person's own screen nobody has marked the whole card.
    let whole = matches!(view.screen, Screen::Person(_)) && view.groups.is_empty();
    let mut groups = if whole { Vec::new() } else { view.target_groups() };
    let nobody = faces.is_empty() && groups.is_empty();
    if nobody || snapshot.read_only.is_some() {
        let selects = matches!(view.screen, Screen::People | Screen::Faces | Screen::Person(_) | Screen::Map);
        view.hint = (selects || !nobody).then(|| ui.input(|input| input.time));
        return;
    }
    groups.retain(|group| *group != person);
    if !faces.is_empty() {
        commands.push(Command::MoveFaces(faces, person));
        view.select_nothing();
    } else if !groups.is_empty() {
        groups.insert(0, person);
        doing::join_selected(groups, snapshot, view, commands);
    } else {
        return;
    }
    view.recent.used(person);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FaceId, PersonId};

    fn check(names: &[&str], typed: &str, expected: &[&str]) {
        let group = |(number, name): (usize, &&str)| {
            let face = FaceId(number as u32);
            Group::new(GroupId::Person(PersonId(face.0)), Some((*name).to_owned()), vec![face], face)
        };
        let groups: Vec<Group> = names.iter().enumerate().map(group).collect();
        let snapshot = Snapshot::by_hand(Vec::new(), Vec::new(), groups);
        let words = |offer: &Offer| match offer {
            Offer::Known(id) => snapshot.group(*id).unwrap().name.clone().unwrap(),
            Offer::New(name) => format!("new {name}"),
        };
        let found: Vec<String> = offers(GroupId::Faces(FaceId(99)), typed, &snapshot).iter().map(words).collect();
        assert_eq!(found, expected, "{typed}");
    }

    #[test]
    fn a_name_that_is_kept_is_not_somebody_else_of_that_name() {
        let group = |number: u32| {
            let face = FaceId(number);
            Group::new(GroupId::Person(PersonId(number)), Some("Ann".to_owned()), vec![face], face)
        };
        let snapshot = Snapshot::by_hand(Vec::new(), Vec::new(), vec![group(1), group(2)]);
        let (one, two) = (GroupId::Person(PersonId(1)), GroupId::Person(PersonId(2)));
        let new = |name: &str| Offer::New(name.to_owned());
        assert_eq!(offers(one, "Ann", &snapshot), [new("Ann"), Offer::Known(two)]);
        assert_eq!(offers(one, "ann", &snapshot), [Offer::Known(two), new("ann")]);
        assert_eq!(choices(one, " ann ", &snapshot), [Offer::Known(two), new("ann")]);
        assert_eq!(choices(one, " ", &snapshot), [new(""), Offer::Known(two)], "nobody by accident");
    }

    #[test]
    fn nobody_is_trapped_by_a_longer_name() {
        check(&["Robin", "Ann"], "Rob", &["new Rob", "Robin"]);
        check(&["Robin", "Rob"], "Rob", &["Rob", "Robin", "new Rob"]);
        check(&["Robin", "Rob"], "rob", &["Rob", "Robin", "new rob"]);
        check(&["Bob Robin", "Scarob", "Roberta"], "rob", &["new rob", "Roberta", "Bob Robin", "Scarob"]);
        check(&[], "陳", &["new 陳"]);
    }
}
