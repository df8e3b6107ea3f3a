//! How readily faces join a group: a slider, and what its place would do, before anything is changed.

use egui::{Align2, Rect, RichText, Sense, Stroke, Ui, Vec2};

use crate::domain::{Edit, FaceId, Preset, Preview, Snapshot};
use crate::engine::Command;
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Screen, ViewState};
use crate::ui::{frame, text, theme, widgets};

/// Hundredths of the margin to both sides of normal.
const REACH: i16 = 12;
/// Where strict, normal and loose lie, to the nearest step.
const MARKS: [(&str, i16); 3] = [("Strict", -2), ("Normal", 0), ("Loose", 4)];
/// Side of a face in the lists.
const FACE: f32 = 52.0;

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let now = held(snapshot);
    // Set, or taken back, meanwhile, here or elsewhere: the slider follows.
    if view.looseness.is_some_and(|(_, held)| held != now) {
        view.looseness = None;
        view.asked_looseness = None;
    }
    let mut place = view.looseness.map_or(now, |(place, _)| place);
    frame::head_ui(ui, |ui| {
        widgets::heading(ui, "Threshold", "How readily faces join a group");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let button = widgets::main_button(ui, place != now, "Apply");
            if button.on_disabled_hover_text("Move the slider first").clicked() {
                commands.push(Command::Edit(Edit::SetLooseness { hundredths: place }));
                commands.push(Command::Preview(None));
            }
            if ui
                .add_enabled(place != now, egui::Button::new("As it is"))
                .on_disabled_hover_text("It is as it is")
                .clicked()
            {
                place = now;
            }
        });
    });
    slider_ui(ui, &mut place);
    view.looseness = Some((place, now));
    if view.asked_looseness != Some((place, now))
        && !ui.input(|input| input.pointer.any_down() && input.pointer.is_moving())
    {
        view.asked_looseness = Some((place, now));
        commands.push(Command::Preview(Some(place)));
    }
    let Some(preview) = snapshot.preview.as_deref().filter(|preview| preview.looseness == place) else {
        return widgets::empty_place(ui, "Looking at what would change…");
    };
    let words = format!(
        "{} of two faces or more, {} seen once",
        text::count(preview.groups, "group", "groups"),
        text::count(preview.singles, "person", "people")
    );
    ui.label(RichText::new(words).font(theme::strong()));
    widgets::secondary(ui, text::WORDS_HOLD);
    ui.add_space(8.0);
    if preview.joins.is_empty() && preview.parts.is_empty() {
        return widgets::empty_place(ui, "Nothing joins and nothing parts");
    }
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| changes_ui(ui, preview, snapshot, view, thumbs));
}

/// The place that holds now.
fn held(snapshot: &Snapshot) -> i16 {
    snapshot.looseness.unwrap_or(match snapshot.preset {
        Preset::Strict => MARKS[0].1,
        Preset::Normal => MARKS[1].1,
        Preset::Loose => MARKS[2].1,
    })
}

fn slider_ui(ui: &mut Ui, place: &mut i16) {
    let width = ui.available_width().min(560.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 52.0), Sense::hover());
    let track = Rect::from_min_size(rect.min, Vec2::new(width, 28.0));
    // A child of its own: what comes next stays below the words under the slider.
    let child = &mut ui.new_child(egui::UiBuilder::new().max_rect(track));
    child.spacing_mut().slider_width = width;
    let slider = egui::Slider::new(place, -REACH..=REACH).show_value(false);
    child.add(slider).accessible_name("How readily faces join a group");
    let colours = theme::palette(ui);
    for (words, mark) in MARKS {
        let share = f32::from(mark + REACH) / f32::from(2 * REACH);
        // The handle's middle keeps away from the ends by half its width.
        let at = egui::pos2(rect.left() + 10.0 + share * (width - 20.0), rect.bottom());
        ui.painter().vline(at.x, rect.top() + 24.0..=rect.top() + 32.0, Stroke::new(1.0, colours.secondary));
        ui.painter().text(at, Align2::CENTER_BOTTOM, words, theme::small(), colours.secondary);
    }
    ui.add_space(8.0);
}

fn changes_ui(ui: &mut Ui, preview: &Preview, snapshot: &Snapshot, view: &mut ViewState, thumbs: &mut Thumbs) {
    const SHOWN: usize = 200;
    if !preview.joins.is_empty() {
        ui.label(
            RichText::new(format!("{} would be made of several", text::count(preview.joins.len(), "group", "groups")))
                .font(theme::title()),
        );
        for join in preview.joins.iter().take(SHOWN) {
            row_ui(ui, |ui| {
                for (place, group) in join.iter().filter_map(|id| snapshot.group(*id)).take(12).enumerate() {
                    if place > 0 {
                        ui.label("+");
                    }
                    let name = group.name.clone().unwrap_or_else(|| text::faces(group.faces.len()));
                    if face_ui(ui, group.cover, &name, thumbs).clicked() {
                        view.open(Screen::Person(group.id));
                    }
                }
            });
        }
        ui.add_space(16.0);
    }
    if !preview.parts.is_empty() {
        ui.label(
            RichText::new(format!("{} would fall apart", text::count(preview.parts.len(), "group", "groups")))
                .font(theme::title()),
        );
        for (group, piles) in preview.parts.iter().take(SHOWN) {
            row_ui(ui, |ui| {
                for (place, pile) in piles.iter().take(12).enumerate() {
                    if place > 0 {
                        ui.label("|");
                    }
                    let Some(first) = pile.first() else { continue };
                    if face_ui(ui, *first, &text::faces(pile.len()), thumbs).clicked() {
                        view.open(Screen::Person(*group));
                    }
                }
            });
        }
    }
}

fn row_ui(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.horizontal_wrapped(content);
    ui.add_space(4.0);
}

/// A face with a few words under it.
fn face_ui(ui: &mut Ui, face: FaceId, words: &str, thumbs: &mut Thumbs) -> egui::Response {
    let colours = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(FACE + 28.0, FACE + 18.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, words));
    let picture = Rect::from_min_size(egui::pos2(rect.center().x - FACE / 2.0, rect.top()), Vec2::splat(FACE));
    widgets::paint_face(ui, picture, face, thumbs, theme::CONTROL_CORNER);
    let painter = ui.painter().with_clip_rect(rect);
    painter.text(rect.center_bottom(), Align2::CENTER_BOTTOM, text::drawn(words), theme::small(), colours.secondary);
    response
}
