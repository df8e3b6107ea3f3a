//! Where one begins: drop, choose or type a folder; libraries of lately.

use std::path::PathBuf;

use egui::{Align, Key, Layout, Rect, RichText, Sense, Stroke, Ui, Vec2};

use crate::domain::Snapshot;
use crate::engine::Command;
use crate::ui::view::{Pick, ViewState};
use crate::ui::{text, theme, widgets};

pub(in crate::ui) fn screen_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let colours = theme::palette(ui);
    let room = ui.max_rect();
    let others: Vec<PathBuf> =
        view.settings.recent.iter().filter(|path| **path != snapshot.library_path).cloned().collect();
    let below = 36.0 + if others.is_empty() { 0.0 } else { 64.0 };
    let size = Vec2::new((room.width() - 16.0).min(620.0), (room.height() - below - 16.0).clamp(250.0, 380.0));
    let top = room.center().y - f32::midpoint(size.y, below);
    let area = Rect::from_min_size(egui::pos2(room.center().x - size.x / 2.0, top.max(room.top())), size);
    ui.painter().rect_filled(area, 16, colours.raised);
    let edge = rounded(area.shrink(0.75), 16.0);
    ui.painter().extend(egui::Shape::dashed_line(&edge, Stroke::new(1.5, colours.faint), 8.0, 6.0));
    let sample = view.sample.clone().filter(|_| snapshot.folders.is_empty());
    let high = if sample.is_some() { 232.0 } else { 196.0 };
    let inside = Rect::from_center_size(area.center(), Vec2::new(size.x - 64.0, high));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inside).layout(Layout::top_down(Align::Center)), |ui| {
        faces_ui(ui);
        ui.add_space(8.0);
        ui.label(RichText::new(text::DROP_HERE).font(theme::large()));
        ui.add_space(8.0);
        if widgets::main_button(ui, true, text::CHOOSE_FOLDER).clicked() {
            view.pick = Some(Pick::Scan);
        }
        if let Some(why) = &view.no_dialog {
            ui.label(RichText::new(why).font(theme::small()).color(colours.danger));
        }
        ui.add_space(4.0);
        path_ui(ui, view, commands);
        if let Some(sample) = sample {
            let words = RichText::new(text::TRY_SAMPLE).color(colours.accent_text);
            if ui.add(egui::Button::new(words).frame_when_inactive(false)).clicked() {
                commands.push(Command::Scan(vec![sample]));
            }
        }
    });
    let under = Rect::from_min_size(area.left_bottom() + Vec2::new(0.0, 12.0), Vec2::new(area.width(), below));
    ui.scope_builder(egui::UiBuilder::new().max_rect(under).layout(Layout::top_down(Align::Center)), |ui| {
        widgets::secondary(ui, text::PRIVACY);
        if !others.is_empty() {
            ui.add_space(8.0);
            recent_ui(ui, &others, commands);
        }
    });
}

fn path_ui(ui: &mut Ui, view: &mut ViewState, commands: &mut Vec<Command>) {
    let width = ui.available_width().min(480.0);
    let (row, _) = ui.allocate_exact_size(Vec2::new(width, theme::CONTROL + 2.0), Sense::hover());
    ui.scope_builder(egui::UiBuilder::new().max_rect(row), |ui| {
        ui.horizontal_centered(|ui| {
            let room = width - widgets::button_width(ui, text::LOOK) - ui.spacing().item_spacing.x;
            let response = widgets::field(ui, &mut view.path, "Path of a folder", text::PATH_HINT, room);
            let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let typed = view.path.trim();
            let button = ui.add_enabled(!typed.is_empty(), egui::Button::new(text::LOOK));
            let clicked = button.on_disabled_hover_text("Type a path first").clicked();
            if (enter || clicked) && !typed.is_empty() {
                commands.push(Command::Scan(vec![PathBuf::from(typed)]));
            }
        });
    });
}

/// Other libraries one has opened.
fn recent_ui(ui: &mut Ui, others: &[PathBuf], commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        widgets::secondary(ui, "Other libraries");
        for library in others.iter().take(5) {
            let name = library.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if ui.button(name).on_hover_text(library.display().to_string()).clicked() {
                commands.push(Command::OpenLibrary(library.clone()));
            }
        }
    });
}

/// The outline of a rectangle with round corners, as a closed line.
fn rounded(rect: Rect, radius: f32) -> Vec<egui::Pos2> {
    let corners = [
        (rect.right_bottom() + Vec2::splat(-radius), 0.0_f32),
        (rect.left_bottom() + Vec2::new(radius, -radius), 90.0),
        (rect.left_top() + Vec2::splat(radius), 180.0),
        (rect.right_top() + Vec2::new(-radius, radius), 270.0),
    ];
    let mut line: Vec<egui::Pos2> = corners
        .into_iter()
        .flat_map(|(middle, from)| {
            (0..=6).map(move |step| {
                let angle = (from + 15.0 * step as f32).to_radians();
                middle + Vec2::angled(angle) * radius
            })
        })
        .collect();
    line.extend(line.first().copied());
    line
}

/// Three round heads, drawn: no picture of anybody.
fn faces_ui(ui: &mut Ui) {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(132.0, 64.0), Sense::hover());
    for (place, radius, colour) in
        [(-40.0, 20.0, colours.here), (40.0, 20.0, colours.here), (0.0, 28.0, colours.accent)]
    {
        let centre = rect.center() + Vec2::new(place, 0.0);
        ui.painter().circle_filled(centre, radius + 3.0, colours.raised);
        ui.painter().circle_filled(centre, radius, colour);
        let ink = if place == 0.0 { colours.on_accent } else { colours.secondary };
        for side in [-1.0, 1.0] {
            ui.painter().circle_filled(centre + Vec2::new(side * radius * 0.34, -radius * 0.12), radius * 0.08, ink);
        }
        let mouth: Vec<egui::Pos2> = (0..=8)
            .map(|step| {
                let angle = std::f32::consts::PI * (0.2 + 0.6 * step as f32 / 8.0);
                centre + Vec2::new(-angle.cos(), angle.sin()) * radius * 0.46
            })
            .collect();
        ui.painter().line(mouth, Stroke::new(2.0, ink));
    }
}
