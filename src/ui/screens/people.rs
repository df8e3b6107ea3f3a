//! The board: groups as cards, largest first, then those seen once.

use egui::{Align2, Key, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo};

use crate::domain::{FaceId, Group, GroupId, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::drag::{self, Carried};
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Screen, ViewState};
use crate::ui::{frame, text, theme, widgets};

const GAP: f32 = 16.0;

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let shown = |group: &&Group| !group.hidden;
    let (many, once): (Vec<&Group>, Vec<&Group>) =
        snapshot.groups.iter().filter(shown).partition(|group| group.faces.len() > 1 || group.name.is_some());
    head_ui(ui, &many, snapshot, view, commands);
    if many.is_empty() && once.is_empty() {
        return widgets::empty_place(ui, text::NO_PEOPLE);
    }
    let width = view.card_width;
    let size = Vec2::new(width, card_height(width));
    let once_faces: Vec<FaceId> = once.iter().filter_map(|group| group.faces.first().copied()).collect();
    egui::ScrollArea::vertical().id_salt("board").auto_shrink([false, false]).show_viewport(ui, |ui, viewport| {
        let columns = widgets::columns(ui.available_width(), size.x, GAP);
        let rows = many.len().div_ceil(columns);
        let board = rows as f32 * (size.y + GAP);
        let side = width * 0.6;
        let small_columns = widgets::columns(ui.available_width(), side, 4.0);
        let small_rows = if view.show_once { once.len().div_ceil(small_columns) } else { 0 };
        ui.set_height(board + 48.0 + small_rows as f32 * (side + 4.0));
        let origin = ui.max_rect().min;
        let first = (viewport.min.y / (size.y + GAP)).floor().max(0.0) as usize;
        let last = ((viewport.max.y / (size.y + GAP)).ceil().max(0.0) as usize).min(rows);
        for row in first..last {
            for (column, group) in many.iter().skip(row * columns).take(columns).enumerate() {
                let at = origin + Vec2::new(column as f32 * (size.x + GAP), row as f32 * (size.y + GAP));
                card_ui(ui, Rect::from_min_size(at, size), group, snapshot, view, thumbs, commands);
            }
        }
        if !once.is_empty() {
            let head = Rect::from_min_size(origin + Vec2::new(0.0, board), Vec2::new(280.0, 32.0));
            ui.scope_builder(UiBuilder::new().max_rect(head), |ui| {
                let mark = if view.show_once { "⏷" } else { "⏵" };
                let words = format!("{mark} {} ({})", text::SEEN_ONCE, text::thousands(once.len()));
                if ui.add(egui::Button::new(words).frame(false)).clicked() {
                    view.show_once = !view.show_once;
                }
            });
        }
        for (index, face) in once_faces.iter().enumerate().take(small_rows * small_columns) {
            let place = Vec2::new((index % small_columns) as f32, (index / small_columns) as f32) * (side + 4.0);
            let rect = Rect::from_min_size(origin + Vec2::new(0.0, board + 44.0) + place, Vec2::splat(side));
            if !ui.is_rect_visible(rect) {
                continue;
            }
            let response = widgets::face_tile(ui, rect, *face, snapshot, thumbs, view.faces.contains(face));
            face_responses(ui, &response, *face, &once_faces, snapshot, view);
            if let Some(group) = once.get(index) {
                commands.extend(drag::target_ui(ui, &response, group, snapshot));
            }
        }
        if ui.ctx().dragged_id().is_some() {
            scroll_at_edges(ui);
        }
    });
}

/// While something is dragged, the board moves when the pointer nears its upper or lower edge.
fn scroll_at_edges(ui: &Ui) {
    let Some(pointer) = ui.ctx().pointer_interact_pos() else { return };
    let clip = ui.clip_rect();
    let edge = 48.0;
    let speed = if pointer.y < clip.top() + edge {
        clip.top() + edge - pointer.y
    } else if pointer.y > clip.bottom() - edge {
        clip.bottom() - edge - pointer.y
    } else {
        return;
    };
    ui.scroll_with_delta(Vec2::new(0.0, speed * 0.3));
    ui.ctx().request_repaint();
}

fn head_ui(ui: &mut Ui, many: &[&Group], snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("People").font(theme::large()));
        let named = many.iter().filter(|group| group.name.is_some()).count();
        widgets::secondary(
            ui,
            format!("{} named, {} to name", text::thousands(named), text::thousands(many.len() - named)),
        );
        if !view.groups.is_empty() {
            ui.separator();
            widgets::secondary(ui, format!("{} selected", view.groups.len()));
            frame::action_button(ui, Action::Merge, snapshot, view, commands);
        }
        if !view.faces.is_empty() {
            ui.separator();
            widgets::secondary(ui, format!("{} selected", text::faces(view.faces.len())));
            for action in [Action::NotAFace, Action::Ignore] {
                frame::action_button(ui, action, snapshot, view, commands);
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let slider = egui::Slider::new(&mut view.card_width, 112.0..=320.0).show_value(false);
            let response = ui.add(slider).on_hover_text("Size of the cards");
            response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Size of the cards"));
        });
    });
    ui.add_space(8.0);
}

fn card_height(width: f32) -> f32 {
    let inner = width - 16.0;
    8.0 + inner + 4.0 + (inner - 12.0) / 4.0 + 8.0 + 28.0 + 4.0 + 16.0 + 8.0
}

/// What a card is called for screen readers and tests.
fn card_label(group: &Group) -> String {
    format!("Group of {}, {}", text::faces(group.faces.len()), group.name.as_deref().unwrap_or("not named"))
}

fn card_ui(
    ui: &mut Ui,
    rect: Rect,
    group: &Group,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let colours = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(("card", group.id)), Sense::click_and_drag());
    let selected = view.groups.contains(&group.id);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, card_label(group)));
    let lifted = response.hovered() && ui.ctx().dragged_id().is_none();
    let shadow = egui::Shadow {
        offset: [0, if lifted { 4 } else { 1 }],
        blur: if lifted { 16 } else { 4 },
        spread: 0,
        color: egui::Color32::from_black_alpha(if lifted { 45 } else { 22 }),
    };
    ui.painter().add(shadow.as_shape(rect, theme::CARD_CORNER));
    ui.painter().rect_filled(rect, theme::CARD_CORNER, colours.raised);
    if selected || response.has_focus() {
        let ring = Stroke::new(2.0, if selected { colours.accent } else { colours.secondary });
        ui.painter().rect_stroke(rect, theme::CARD_CORNER, ring, StrokeKind::Inside);
    }
    mosaic_ui(ui, rect, group, thumbs);
    let inner = rect.width() - 16.0;
    let small = (inner - 12.0) / 4.0;
    let line = Rect::from_min_size(rect.min + Vec2::new(8.0, 8.0 + inner + 4.0 + small + 8.0), Vec2::new(inner, 28.0));
    name_ui(ui, line, group, snapshot, view, commands);
    let below = line.left_bottom() + Vec2::new(4.0, 2.0);
    ui.painter().text(below, Align2::LEFT_TOP, about(group, snapshot), theme::small(), colours.secondary);
    if response.drag_started() {
        response.dnd_set_drag_payload(Carried::Group(group.id));
    }
    if let Some(command) = drag::target_ui(ui, &response, group, snapshot) {
        match both_named(&command, snapshot) {
            Some(pair) => view.ask_merge = Some(pair),
            None => commands.push(command),
        }
    }
    if response.double_clicked() {
        view.open(Screen::Person(group.id));
    } else if response.clicked() {
        if ui.input(|input| input.modifiers.command || input.modifiers.shift) {
            if !view.groups.remove(&group.id) {
                view.groups.insert(group.id);
            }
        } else {
            let alone = view.groups.len() == 1 && selected;
            view.groups.clear();
            view.groups.extend((!alone).then_some(group.id));
        }
    }
    if response.has_focus() && ui.input(|input| input.key_pressed(Key::Space)) {
        view.open(Screen::Person(group.id));
    }
}

/// One large face and up to four small ones.
fn mosaic_ui(ui: &Ui, rect: Rect, group: &Group, thumbs: &mut Thumbs) {
    let inner = rect.width() - 16.0;
    let large = Rect::from_min_size(rect.min + Vec2::splat(8.0), Vec2::splat(inner));
    widgets::paint_face(ui, large, group.cover, thumbs, theme::CONTROL_CORNER);
    let small = (inner - 12.0) / 4.0;
    let others = group.faces.iter().filter(|face| **face != group.cover);
    // Spread over the group, so that the small ones show how it differs.
    let step = (group.faces.len().saturating_sub(1) / 4).max(1);
    for (place, face) in others.step_by(step).take(4).enumerate() {
        let at = large.left_bottom() + Vec2::new(place as f32 * (small + 4.0), 4.0);
        widgets::paint_face(ui, Rect::from_min_size(at, Vec2::splat(small)), *face, thumbs, 4);
    }
}

/// Faces, and the years of their photos.
pub(super) fn about(group: &Group, snapshot: &Snapshot) -> String {
    let years = || group.faces.iter().filter_map(|face| Some(snapshot.photo_of_face(*face)?.taken?.year));
    let span = text::years(years().min(), years().max());
    let faces = text::faces(group.faces.len());
    if span.is_empty() { faces } else { format!("{faces} · {span}") }
}

/// The name, or the field for it.
pub(super) fn name_ui(
    ui: &mut Ui,
    rect: Rect,
    group: &Group,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let editing = group.name.is_none() || view.renaming == Some(group.id);
    ui.scope_builder(UiBuilder::new().max_rect(rect).id_salt(("name", group.id)), |ui| {
        if !editing {
            let name = group.name.clone().unwrap_or_default();
            let label = egui::Label::new(RichText::new(&name).font(theme::title())).truncate().sense(Sense::click());
            let response = ui.add(label).on_hover_text(format!("{name}. Click to rename"));
            if response.clicked() {
                view.renaming = Some(group.id);
                view.names.insert(group.id, name);
                view.focus_name = Some(group.id);
            }
            return;
        }
        let draft = view.names.entry(group.id).or_default();
        let field = egui::TextEdit::singleline(draft).hint_text(text::WHO).desired_width(rect.width());
        let response = ui.add_sized(rect.size(), field.margin(egui::Margin::symmetric(6, 5)));
        let label = format!("{} ({})", text::WHO, text::faces(group.faces.len()));
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, label.clone()));
        if view.focus_name == Some(group.id) {
            view.focus_name = None;
            response.request_focus();
        }
        let typed = draft.trim().to_owned();
        if response.has_focus() && !typed.is_empty() {
            suggestions_ui(ui, rect, group, &typed, snapshot, view, commands);
        }
        if response.lost_focus() {
            if ui.input(|input| input.key_pressed(Key::Enter)) && !typed.is_empty() {
                commands.push(named(group.id, &typed, snapshot));
                view.names.remove(&group.id);
                // On to the next one without a name.
                let mut after = snapshot.groups.iter().skip_while(|other| other.id != group.id).skip(1);
                view.focus_name =
                    after.find(|other| other.name.is_none() && other.faces.len() > 1).map(|other| other.id);
            }
            if view.renaming == Some(group.id) {
                view.renaming = None;
                view.names.remove(&group.id);
            }
        }
    });
}

/// Typed exactly as somebody is called: that person gets the group. Otherwise the name is new, also when it begins like
/// another.
fn named(group: GroupId, typed: &str, snapshot: &Snapshot) -> Command {
    let namesake = snapshot.groups.iter().find(|other| other.id != group && other.name.as_deref() == Some(typed));
    match namesake {
        Some(person) => Command::MergeGroups(vec![person.id, group]),
        None => Command::NameGroup(group, typed.to_owned()),
    }
}

/// People whose names contain what is typed.
fn suggestions_ui(
    ui: &Ui,
    rect: Rect,
    group: &Group,
    typed: &str,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let wanted = typed.to_lowercase();
    let fits = |other: &&Group| {
        other.id != group.id && other.name.as_ref().is_some_and(|name| name.to_lowercase().contains(&wanted))
    };
    let found: Vec<&Group> = snapshot.groups.iter().filter(fits).take(5).collect();
    if found.is_empty() {
        return;
    }
    let area = egui::Area::new(ui.scope_id().with("suggestions")).order(egui::Order::Foreground);
    area.fixed_pos(rect.left_bottom() + Vec2::new(0.0, 4.0)).show(ui.ctx(), |ui| {
        egui::Frame::popup(ui.style()).show(ui, |ui| {
            for person in found {
                let name = person.name.clone().unwrap_or_default();
                // Pressed, not clicked: the field loses the focus with the press, and the list with the focus.
                let response = ui.add(egui::Button::new(&name).min_size(Vec2::new(rect.width(), 28.0)));
                if response.is_pointer_button_down_on() || response.clicked() {
                    commands.push(Command::MergeGroups(vec![person.id, group.id]));
                    view.names.remove(&group.id);
                }
            }
        });
    });
}

/// Clicks and drags of a face in a list.
pub(super) fn face_responses(
    ui: &Ui,
    response: &egui::Response,
    face: FaceId,
    list: &[FaceId],
    snapshot: &Snapshot,
    view: &mut ViewState,
) {
    if response.drag_started() {
        let carried = if view.faces.contains(&face) { view.faces.iter().copied().collect() } else { vec![face] };
        response.dnd_set_drag_payload(Carried::Faces(carried));
    }
    let space = response.has_focus() && ui.input(|input| input.key_pressed(Key::Space));
    if response.double_clicked() || space {
        if let Some(face) = snapshot.faces.get(&face) {
            view.open(Screen::Photo(face.photo));
        }
    } else if response.clicked() {
        let modifiers = ui.input(|input| input.modifiers);
        view.click_face(face, list, modifiers);
    }
}

fn both_named(command: &Command, snapshot: &Snapshot) -> Option<(GroupId, GroupId)> {
    let Command::MergeGroups(ids) = command else { return None };
    let [first, second] = ids.as_slice() else { return None };
    let is_named = |id: &GroupId| snapshot.group(*id).is_some_and(|group| group.name.is_some());
    (is_named(first) && is_named(second)).then_some((*first, *second))
}

/// Two named people become one: which name stays?
pub(in crate::ui) fn ask_merge_ui(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let Some((first, second)) = view.ask_merge else { return };
    let name = |id: GroupId| snapshot.group(id).and_then(|group| group.name.clone());
    let (Some(one), Some(two)) = (name(first), name(second)) else {
        view.ask_merge = None;
        return;
    };
    egui::Modal::new(egui::Id::unique("which name")).show(ui.ctx(), |ui| {
        ui.set_max_width(420.0);
        ui.label(RichText::new("Which name stays?").font(theme::title()));
        ui.label(format!("{one} and {two} become one person. This can be undone"));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            for (words, ids) in [(&one, [first, second]), (&two, [second, first])] {
                if ui.button(words).clicked() {
                    commands.push(Command::MergeGroups(ids.to_vec()));
                    view.ask_merge = None;
                }
            }
            if ui.button("Leave them apart").clicked() {
                view.ask_merge = None;
            }
        });
    });
}
