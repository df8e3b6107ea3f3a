//! One group: all its faces or their photos, by year, to look through, split and move, with the others to drop on.

use std::collections::BTreeMap;

use egui::accesskit::Role;
use egui::{Align2, Rect, RichText, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use super::faces::selected_ui;
use crate::domain::{Group, GroupId, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::drag::{self, Carried};
use crate::ui::grid::Faces;
use crate::ui::icons::{self, Icon};
use crate::ui::index::Card;
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{PersonOrder, Screen, ViewState};
use crate::ui::{cards, frame, inspector, naming, photos, shelf, text, theme, widgets};

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    id: GroupId,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let Some(group) = snapshot.group(id) else {
        // Nobody of it is left anywhere: see `following.rs`.
        view.leave();
        view.person_year = None;
        view.screen = Screen::People;
        view.back.pop_if(|before| *before == Screen::People);
        ui.ctx().request_repaint();
        return widgets::empty_place(ui, text::GONE);
    };
    shelf::ask(ui, group, snapshot, view, commands);
    let card = view.index.card(group, view.person_order, view.person_year, snapshot);
    header_ui(ui, group, &card, snapshot, view, thumbs, commands);
    // Beside the screen they stand where what is selected is described.
    let beside = inspector::is_shown(view);
    let narrow = ui.max_rect().width() < 560.0;
    if !narrow && !beside && !view.person_photos {
        others_ui(ui, id, snapshot, view, thumbs, commands);
    }
    if !view.person_photos {
        shelf::shelf_ui(ui, group, snapshot, view, thumbs, commands);
    }
    timeline_ui(ui, &card.years, group.birth_year, view);
    // Each group, order and year is scrolled for itself.
    let place = format!("{} {:?} {:?}", view.scroll_of(id), view.person_order, view.person_year);
    if view.person_photos {
        return photos::grid_ui(ui, &format!("photos of {place}"), &card.list_photos, snapshot, view, thumbs, commands);
    }
    let salt = format!("person {place}");
    let side = view.settings.card_width * 0.75;
    let menu = [
        Action::Open,
        Action::Why,
        Action::Confirm,
        Action::Reject,
        Action::Split,
        Action::NotAFace,
        Action::Ignore,
        Action::Cover,
        Action::OpenFile,
        Action::ShowFile,
    ];
    Faces { salt: &salt, list: &card.list, side, actions: &menu }.show(ui, snapshot, view, thumbs, commands);
}

/// Orders of the faces, in words.
const ORDERS: [(&str, PersonOrder); 4] = [
    (text::AS_FOUND, PersonOrder::Found),
    (text::OLDEST_FIRST, PersonOrder::Oldest),
    (text::NEWEST_FIRST, PersonOrder::Newest),
    (text::person::LEAST_ALIKE_FIRST, PersonOrder::LeastAlike),
];

fn header_ui(
    ui: &mut Ui,
    group: &Group,
    card: &Card,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let (row, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 64.0), Sense::hover());
    let wide = row.width() > 720.0;
    ui.scope_builder(egui::UiBuilder::new().max_rect(row), |ui| {
        ui.horizontal_centered(|ui| {
            if icons::button(ui, Icon::Back, Action::Back.label(), text::BACK_WITH_KEY, None).clicked() {
                view.step_back();
            }
            // With text twice as large, selected faces need its room.
            if view.faces.is_empty() || row.width() > 540.0 {
                let (cover, _) = ui.allocate_exact_size(Vec2::splat(64.0), Sense::hover());
                widgets::paint_face(ui, cover, group.cover, thumbs, theme::CARD_CORNER);
            }
            // The name leaves room for what can be done with selected faces.
            let share = if wide || view.faces.is_empty() { 0.3 } else { 0.2 };
            let width = (row.width() * share).clamp(100.0, 280.0);
            let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 64.0), Sense::hover());
            let line = Rect::from_min_size(rect.min + Vec2::new(4.0, 8.0), Vec2::new(width - 4.0, 28.0));
            naming::name_ui(ui, line, group, snapshot, view, thumbs, commands);
            let about = about(group, card, snapshot, view);
            let below = Rect::from_min_size(line.left_bottom() + Vec2::new(0.0, 2.0), Vec2::new(width - 4.0, 18.0));
            let words = RichText::new(&about).font(theme::small()).color(theme::palette(ui).secondary);
            let builder = egui::UiBuilder::new().max_rect(below).id_salt("about");
            ui.new_child(builder).add(egui::Label::new(words).truncate()).on_hover_text(about);
            if !view.faces.is_empty() {
                let actions = [
                    Action::Split,
                    Action::Reject,
                    Action::NotAFace,
                    Action::Ignore,
                    Action::Cover,
                    Action::Confirm,
                    Action::Why,
                ];
                return selected_ui(ui, &actions, snapshot, view, thumbs, commands);
            }
            let photos = view.person_photos;
            widgets::choice(ui, &mut view.person_photos, &[(text::FACES, false), (text::PHOTOS, true)]);
            if view.person_photos != photos {
                // The cursor of the one is not seen on the other.
                (view.face_cursor, view.photo_cursor) = (None, None);
            }
            if wide && !view.person_photos {
                order_ui(ui, view);
            }
            menu_ui(ui, wide, snapshot, view, commands);
            frame::size_ui(ui, view);
        });
    });
    ui.add_space(4.0);
}

/// How many faces and photos, from when, and when the person was born.
fn about(group: &Group, card: &Card, snapshot: &Snapshot, view: &mut ViewState) -> String {
    text::person::about(&cards::about(group, snapshot, view), card.photos, group.birth_year)
}

fn order_ui(ui: &mut Ui, view: &mut ViewState) {
    let (words, _) = ORDERS.iter().find(|(_, order)| *order == view.person_order).unwrap_or(&ORDERS[0]);
    let shown = egui::ComboBox::from_id_salt("order").width(128.0).selected_text(*words).show_ui(ui, |ui| {
        for (words, order) in ORDERS {
            ui.selectable_value(&mut view.person_order, order, words);
        }
    });
    shown.response.accessible_name(text::ORDER_OF_FACES);
}

fn menu_ui(ui: &mut Ui, wide: bool, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    const LISTS: [&[Action]; 4] = [
        &[Action::Rename, Action::Born],
        &[Action::AcceptAll, Action::MergeInto, Action::SplitInTwo],
        &[Action::ExportPerson, Action::Hide, Action::Ignore],
        &[Action::Forget],
    ];
    let response = icons::button(ui, Icon::Menu, text::person::MENU, text::person::MENU_ABOUT, None);
    egui::Popup::menu(&response).show(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0; // all of it within the lowest window
        // It is about the group, whatever is marked in it.
        view.select_nothing();
        for (place, list) in LISTS.iter().enumerate() {
            if place > 0 {
                ui.separator();
            }
            for action in *list {
                frame::menu_item(ui, *action, snapshot, view, commands);
            }
        }
        if !wide {
            ui.separator();
            // One line: a low window has no room for four more.
            ui.menu_button(text::ORDER_OF_FACES, |ui| {
                for (words, order) in ORDERS {
                    if ui.radio(view.person_order == order, words).clicked() {
                        view.person_order = order;
                        ui.close();
                    }
                }
            });
        }
    });
}

/// One bar a year, gaps included; a click shows that year alone.
fn timeline_ui(ui: &mut Ui, years: &BTreeMap<i16, usize>, born: Option<i16>, view: &mut ViewState) {
    if view.person_year.is_some_and(|year| !years.contains_key(&year)) {
        // Nobody of that year is left.
        view.person_year = None;
        ui.ctx().request_repaint();
    }
    let (Some((first, _)), Some((last, _))) = (years.first_key_value(), years.last_key_value()) else { return };
    let (first, last) = (*first, *last);
    if first == last {
        view.person_year = None;
        return;
    }
    let most = years.values().copied().max().unwrap_or(1);
    let span = usize::from(last.abs_diff(first)) + 1;
    let colours = theme::palette(ui);
    let (strip, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 48.0), Sense::hover());
    let step = (strip.width() / span as f32).min(64.0);
    let base = strip.bottom() - 16.0;
    ui.painter().hline(
        egui::Rangef::new(strip.left(), strip.left() + step * span as f32),
        base,
        Stroke::new(1.0, colours.line),
    );
    // As many labels as fit.
    let every = (36.0 / step).ceil().max(1.0) as usize;
    for (place, year) in (first..=last).enumerate() {
        let count = years.get(&year).copied().unwrap_or(0);
        let column =
            Rect::from_min_size(egui::pos2(strip.left() + step * place as f32, strip.top()), Vec2::new(step, 48.0));
        // The one that is chosen has its number, and stronger, whatever is left out.
        let (chosen, beside) =
            (view.person_year == Some(year), view.person_year.map_or(every, |at| at.abs_diff(year) as usize));
        if chosen || place % every == 0 && beside >= every {
            let (font, ink) =
                if chosen { (theme::strong(), colours.text) } else { (theme::small(), colours.secondary) };
            let at = egui::pos2(column.center().x, strip.bottom());
            ui.painter().text(at, Align2::CENTER_BOTTOM, year.to_string(), font, ink);
        }
        if count == 0 {
            continue;
        }
        let response = ui.interact(column, ui.scope_id().with(("year", year)), Sense::click());
        let words = text::person::of_year(year, count, born);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &words));
        let height = 4.0 + 24.0 * count as f32 / most as f32;
        let width = (step - 4.0).clamp(2.0, 40.0);
        let bar = Rect::from_min_max(
            egui::pos2(column.center().x - width / 2.0, base - height),
            egui::pos2(column.center().x + width / 2.0, base),
        );
        let ink = match (chosen, response.hovered() || response.has_focus()) {
            (true, _) => colours.accent,
            (_, true) => colours.text,
            _ => colours.secondary,
        };
        ui.painter().rect_filled(bar, 2, ink);
        if response.on_hover_text(words).clicked() {
            view.person_year = if chosen { None } else { Some(year) };
            if !chosen {
                // Those of other years are not seen any more.
                view.select_nothing();
            }
        }
    }
    ui.add_space(8.0);
}

/// The other groups at the right, to drop faces on; the first place makes a group of its own.
fn others_ui(
    ui: &mut Ui,
    id: GroupId,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let panel = egui::Panel::right("others").exact_size(168.0).resizable(false).show_separator_line(false);
    let frame = egui::Frame::new().inner_margin(egui::Margin { left: 16, ..egui::Margin::ZERO });
    panel.frame(frame).show(ui, |ui| rail_ui(ui, id, snapshot, view, thumbs, commands));
}

/// What stands in that panel.
pub(in crate::ui) fn rail_ui(
    ui: &mut Ui,
    id: GroupId,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    ui.spacing_mut().item_spacing.y = 4.0;
    widgets::secondary(ui, text::person::DRAG_HERE);
    new_group_ui(ui, snapshot, view, commands);
    let board = view.index.board.clone();
    let others: Vec<Option<GroupId>> = board.into_iter().filter(|other| *other != Some(id)).collect();
    let row = 48.0;
    let area = egui::ScrollArea::vertical().id_salt("others").auto_shrink([false, false]);
    area.show_rows(ui, row, others.len(), |ui, rows| {
        for other in others.get(rows).unwrap_or_default() {
            match other.and_then(|id| snapshot.group(id)) {
                Some(group) => other_ui(ui, row, group, snapshot, view, thumbs, commands),
                None => drop(ui.allocate_exact_size(Vec2::new(ui.available_width(), row), Sense::hover())),
            }
        }
        if egui::DragAndDrop::has_any_payload(ui.ctx()) {
            crate::ui::grid::scroll_at_edges(ui, view);
        }
    });
}

fn new_group_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let colours = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 40.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text::person::NEW_GROUP));
    let inside = rect.shrink(1.0);
    let edge = [inside.left_top(), inside.right_top(), inside.right_bottom(), inside.left_bottom(), inside.left_top()];
    ui.painter().extend(egui::Shape::dashed_line(&edge, Stroke::new(1.0, colours.faint), 5.0, 4.0));
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text::person::NEW_GROUP, theme::body(), colours.text);
    if let Some(carried) = egui::DragAndDrop::payload::<Carried>(ui.ctx())
        && let Carried::Faces(faces) = carried.as_ref()
    {
        let why = snapshot.read_only.as_deref();
        let words = why.map_or_else(|| text::person::split_off(faces.len()), str::to_owned);
        drag::mark_ui(ui, &response, &words);
        if response.dnd_release_payload::<Carried>().is_some() && why.is_none() {
            commands.push(Command::SplitFaces(faces.clone()));
            view.select_nothing();
        }
    }
}

fn other_ui(
    ui: &mut Ui,
    row: f32,
    group: &Group,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let colours = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), row), Sense::click());
    let name = group.name.clone().unwrap_or_else(|| text::WHO.to_owned());
    let label = text::person::go_to(&name, group.faces.len());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    ui.painter().rect_filled(rect, theme::CARD_CORNER, if response.hovered() { colours.hover } else { colours.raised });
    let edge = if response.has_focus() { Stroke::new(2.0, colours.accent) } else { Stroke::new(1.0, colours.line) };
    ui.painter().rect_stroke(rect, theme::CARD_CORNER, edge, StrokeKind::Inside);
    let picture = Rect::from_min_size(rect.min + Vec2::splat(4.0), Vec2::splat(row - 8.0));
    widgets::paint_face(ui, picture, group.cover, thumbs, theme::CONTROL_CORNER);
    let inside = Rect::from_min_max(rect.min + Vec2::new(row + 4.0, 7.0), rect.max - Vec2::new(6.0, 7.0));
    let named = group.name.is_some();
    let words = RichText::new(text::drawn(&name)).color(if named { colours.text } else { colours.secondary });
    let line = Rect::from_min_size(inside.min, Vec2::new(inside.width(), 16.0));
    ui.new_child(egui::UiBuilder::new().max_rect(line)).add(egui::Label::new(words).truncate().selectable(false));
    let painter = ui.painter().with_clip_rect(inside);
    let count = text::faces(group.faces.len());
    painter.text(inside.left_bottom(), Align2::LEFT_BOTTOM, count, theme::small(), colours.secondary);
    if let Some(command) = drag::target_ui(ui, &response, group, snapshot) {
        cards::dropped(command, snapshot, view, commands);
    } else if response.clicked() {
        view.open(Screen::Person(group.id));
    }
}
