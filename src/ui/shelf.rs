//! The shelf above a person's faces: who else may be this person, to accept or refuse one by one or all at once.

use egui::accesskit::Role;
use egui::{Align, Align2, Layout, Rect, RichText, Sense, Ui, Vec2, WidgetInfo};

use super::icons::{self, Icon};
use super::thumbs::Thumbs;
use super::view::{AskedStudy, Screen, ViewState};
use super::{text, theme, widgets};
use crate::domain::{Edit, FaceId, Group, GroupId, PersonId, Snapshot, Suggestion};
use crate::engine::Command;

/// Side of a face.
const SIDE: f32 = 72.0;
/// Seconds between two studies of a card that keeps growing.
const PATIENCE: f64 = 1.0;
/// Below this height of the screen the shelf is folded until somebody opens it.
const LOW: f32 = 420.0;

/// Has the card studied when it is new or has changed, or when something was taken back: a refusal, perhaps.
pub(super) fn ask(ui: &Ui, group: &Group, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let now = ui.input(|input| input.time);
    let steps = snapshot.history.iter().take_while(|step| step.active).count();
    let wanted = (group.id, group.faces.len());
    if let Some(study) = &mut view.asked_study {
        if study.card == wanted && study.steps <= steps {
            study.steps = steps;
            return;
        }
        if study.card.0 == group.id && now - study.at < PATIENCE {
            return ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(PATIENCE));
        }
    }
    view.asked_study = Some(AskedStudy { card: wanted, steps, at: now });
    commands.push(Command::Study(group.id));
}

/// What is still open of the study of a card: neither accepted nor refused meanwhile.
pub(super) fn open(group: GroupId, snapshot: &Snapshot) -> Vec<&Suggestion> {
    let (Some(study), GroupId::Person(person)) = (snapshot.study.as_deref(), group) else { return Vec::new() };
    if study.group != group {
        return Vec::new();
    }
    let free = |face: &FaceId| {
        let known = snapshot.faces.get(face);
        matches!(snapshot.group_of.get(face), Some(GroupId::Faces(_)))
            && known.is_some_and(|face| !snapshot.library.is_rejected(&face.key, person))
    };
    study.suggestions.iter().filter(|one| one.faces.iter().all(free)).collect()
}

/// What stands on the shelf now: as alike as asked for.
pub(super) fn shown<'a>(group: GroupId, snapshot: &'a Snapshot, view: &ViewState) -> Vec<&'a Suggestion> {
    open(group, snapshot).into_iter().filter(|one| one.likeness >= view.least_alike).collect()
}

/// Everybody on the shelf is this person: one step.
pub(super) fn accept_all(group: GroupId, snapshot: &Snapshot, view: &ViewState) -> Option<Command> {
    let faces: Vec<FaceId> = shown(group, snapshot, view).iter().flat_map(|one| one.faces.iter().copied()).collect();
    (!faces.is_empty()).then_some(Command::MoveFaces(faces, group))
}

pub(super) fn shelf_ui(
    ui: &mut Ui,
    group: &Group,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let GroupId::Person(person) = group.id else { return };
    let all = open(group.id, snapshot);
    if all.is_empty() {
        return;
    }
    let unfolded = view.shelf.unwrap_or(ui.available_height() > LOW);
    let colours = theme::palette(ui);
    let frame = egui::Frame::new().fill(colours.raised).corner_radius(theme::CARD_CORNER).inner_margin(8);
    frame.stroke(egui::Stroke::new(1.0, colours.line)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        head_ui(ui, group, all.len(), unfolded, snapshot, view, commands);
        if unfolded {
            let shown = shown(group.id, snapshot, view);
            if shown.is_empty() {
                widgets::secondary(ui, text::person::NOBODY_SO_ALIKE);
            } else {
                tiles_ui(ui, person, group.id, &shown, snapshot, view, thumbs, commands);
            }
        }
    });
    ui.add_space(8.0);
}

fn head_ui(
    ui: &mut Ui,
    group: &Group,
    count: usize,
    unfolded: bool,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let (line, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::CONTROL), Sense::hover());
    ui.scope_builder(egui::UiBuilder::new().max_rect(line), |ui| {
        ui.horizontal_centered(|ui| {
            let (icon, words) =
                if unfolded { (Icon::Down, text::person::FOLD_AWAY) } else { (Icon::Forward, text::person::UNFOLD) };
            if icons::button(ui, icon, words, words, None).clicked() {
                view.shelf = Some(!unfolded);
            }
            let name = group.name.as_deref();
            let narrow = line.width() < 560.0;
            let taken = match (unfolded, narrow) {
                (false, _) => 48.0,
                (true, true) => 300.0,
                (true, false) => 420.0,
            };
            ui.scope(|ui| {
                ui.set_max_width((line.width() - taken).max(80.0));
                let words = if unfolded {
                    text::person::is_this_too(name)
                } else {
                    text::person::is_this_too_folded(name, count)
                };
                ui.add(egui::Label::new(RichText::new(text::drawn(&words)).font(theme::strong())).truncate());
            });
            if !unfolded {
                return;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let all = accept_all(group.id, snapshot, view);
                let number = match &all {
                    Some(Command::MoveFaces(faces, _)) => faces.len(),
                    _ => 0,
                };
                let why = snapshot.read_only.as_deref();
                let possible = all.is_some() && why.is_none();
                let button = ui.add_enabled(possible, egui::Button::new(text::person::accept_all(number)));
                let tooltip = text::person::accept_all_about(name, number);
                if button
                    .on_hover_text(text::drawn(&tooltip).into_owned())
                    .on_disabled_hover_text(why.unwrap_or(text::person::NOBODY_SO_ALIKE))
                    .clicked()
                {
                    commands.extend(all);
                }
                ui.spacing_mut().slider_width = if narrow { 48.0 } else { 96.0 };
                let slider = egui::Slider::new(&mut view.least_alike, 0.45..=0.95).fixed_decimals(2);
                let slider = ui.add(slider).accessible_name(text::person::ALIKE_AT_LEAST_NAME);
                widgets::keep_keys(ui, &slider);
                slider.on_hover_text(text::person::ALIKE_AT_LEAST_ABOUT);
                if !narrow {
                    widgets::secondary(ui, text::person::ALIKE_AT_LEAST);
                }
            });
        });
    });
}

#[expect(clippy::too_many_arguments, reason = "a screen's arguments and what to draw")]
fn tiles_ui(
    ui: &mut Ui,
    person: PersonId,
    group: GroupId,
    shown: &[&Suggestion],
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    egui::ScrollArea::horizontal().id_salt("shelf").auto_shrink([false, true]).show(ui, |ui| {
        let size = Vec2::new(shown.len() as f32 * (SIDE + 8.0), SIDE + 4.0 + theme::CONTROL + 8.0);
        let (ground, _) = ui.allocate_exact_size(size, Sense::hover());
        for (place, suggestion) in shown.iter().enumerate() {
            let at = ground.min + Vec2::new(place as f32 * (SIDE + 8.0), 0.0);
            let cell = Rect::from_min_size(at, Vec2::new(SIDE, SIDE + 4.0 + theme::CONTROL));
            if !ui.is_rect_visible(cell) {
                continue;
            }
            ui.push_id(suggestion.face, |ui| match tile_ui(ui, cell, suggestion, snapshot, view, thumbs) {
                Some(true) => commands.push(Command::MoveFaces(suggestion.faces.clone(), group)),
                Some(false) => {
                    let keys = suggestion.faces.iter().filter_map(|face| snapshot.faces.get(face));
                    let faces = keys.map(|face| face.key).collect();
                    commands.push(Command::Edit(Edit::NotThisPerson { faces, person }));
                }
                None => {}
            });
        }
    });
}

/// A face, how many are with it, and yes and no below; gives what was said.
fn tile_ui(
    ui: &mut Ui,
    cell: Rect,
    suggestion: &Suggestion,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
) -> Option<bool> {
    let colours = theme::palette(ui);
    let picture = Rect::from_min_size(cell.min, Vec2::splat(SIDE));
    let response = ui.interact(picture, ui.scope_id().with("suggested"), Sense::click());
    let (face, others) = (suggestion.face.0, suggestion.faces.len() - 1);
    let label = text::person::look_at_suggested(face, others);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    widgets::paint_face(ui, picture, suggestion.face, thumbs, theme::CONTROL_CORNER);
    if response.hovered() || response.has_focus() {
        let ring = egui::Stroke::new(2.0, colours.secondary);
        ui.painter().rect_stroke(picture, theme::CONTROL_CORNER, ring, egui::StrokeKind::Inside);
    }
    if others > 0 {
        let words = format!("+{}", text::thousands(others));
        let galley = ui.painter().layout_no_wrap(words, theme::small(), theme::ON_PHOTOS);
        let at = picture.right_bottom() - Vec2::new(4.0, 4.0);
        let badge = Align2::RIGHT_BOTTOM.anchor_size(at, galley.size() + Vec2::new(8.0, 2.0));
        ui.painter().rect_filled(badge, 8, theme::SHADE);
        ui.painter().galley(badge.center() - galley.size() / 2.0, galley, theme::ON_PHOTOS);
    }
    let about = widgets::face_about(snapshot, suggestion.face);
    let about = text::person::suggested_about(suggestion.likeness, &about);
    if response.on_hover_text(about).clicked()
        && let Some(card) = snapshot.group_of.get(&suggestion.face)
    {
        view.open(Screen::Person(*card));
    }
    let below = Rect::from_min_max(picture.left_bottom() + Vec2::new(0.0, 4.0), cell.max);
    let mut said = None;
    let why = snapshot.read_only.as_deref();
    ui.scope_builder(egui::UiBuilder::new().max_rect(below), |ui| {
        ui.spacing_mut().item_spacing.x = SIDE - 2.0 * theme::CONTROL;
        ui.horizontal(|ui| {
            let yes = text::person::yes_to_suggested(face, others);
            if icons::button(ui, Icon::Check, &yes, text::person::YES_IT_IS, why).clicked() {
                said = Some(true);
            }
            let no = text::person::no_to_suggested(face, others);
            if icons::button(ui, Icon::Cross, &no, text::person::NO_SOMEBODY_ELSE, why).clicked() {
                said = Some(false);
            }
        });
    });
    said
}
