//! Where one begins: drop, choose or type a folder.

use std::path::PathBuf;

use egui::{Align, Key, Layout, Rect, RichText, Sense, Stroke, Ui, Vec2};

use crate::domain::Snapshot;
use crate::engine::Command;
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Pick, ViewState};
use crate::ui::{text, theme, widgets};

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    _thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let colours = theme::palette(ui);
    let room = ui.available_size();
    let size = Vec2::new((room.x - 32.0).clamp(280.0, 620.0), (room.y - 96.0).clamp(280.0, 400.0));
    let area = Rect::from_center_size(ui.max_rect().center() - Vec2::new(0.0, 20.0), size);
    ui.painter().rect_filled(area, 16, colours.raised);
    let edge: Vec<egui::Pos2> =
        vec![area.left_top(), area.right_top(), area.right_bottom(), area.left_bottom(), area.left_top()];
    let dashed = egui::Shape::dashed_line(&edge, Stroke::new(1.5, colours.secondary.gamma_multiply(0.6)), 8.0, 6.0);
    ui.painter().extend(dashed);
    ui.scope_builder(
        egui::UiBuilder::new().max_rect(area.shrink(32.0)).layout(Layout::top_down(Align::Center)),
        |ui| {
            ui.add_space(12.0);
            faces_ui(ui);
            ui.add_space(12.0);
            ui.label(RichText::new(text::DROP_HERE).font(theme::large()));
            ui.add_space(8.0);
            if widgets::main_button(ui, true, text::CHOOSE_FOLDER).clicked() {
                view.pick = Some(Pick::Scan);
            }
            if let Some(why) = &view.no_dialog {
                ui.label(RichText::new(why).font(theme::small()).color(colours.danger));
            }
            ui.add_space(4.0);
            let width = ui.available_width();
            ui.horizontal(|ui| {
                let field =
                    egui::TextEdit::singleline(&mut view.path).hint_text(text::PATH_HINT).desired_width(width - 148.0);
                let response = ui.add(field.margin(egui::Margin::symmetric(8, 6)));
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Path of a folder"));
                let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                let typed = view.path.trim();
                let button = ui
                    .add_enabled(!typed.is_empty(), egui::Button::new(text::LOOK))
                    .on_disabled_hover_text("Type a path first");
                if (enter || button.clicked()) && !typed.is_empty() {
                    commands.push(Command::Scan(vec![PathBuf::from(typed)]));
                }
            });
            if let Some(sample) = view.sample.clone()
                && snapshot.folders.is_empty()
                && ui.link(text::TRY_SAMPLE).clicked()
            {
                commands.push(Command::Scan(vec![sample]));
            }
        },
    );
    let below = Rect::from_min_size(area.left_bottom() + Vec2::new(0.0, 12.0), Vec2::new(area.width(), 24.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(below).layout(Layout::top_down(Align::Center)), |ui| {
        widgets::secondary(ui, text::PRIVACY);
    });
}

/// Three round heads, drawn: no picture of anybody.
fn faces_ui(ui: &mut Ui) {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(132.0, 64.0), Sense::hover());
    for (place, radius, colour) in
        [(-40.0, 20.0, colours.line), (40.0, 20.0, colours.line), (0.0, 28.0, colours.accent.gamma_multiply(0.85))]
    {
        let centre = rect.center() + Vec2::new(place, 0.0);
        ui.painter().circle_filled(centre, radius, colour);
        ui.painter().circle_stroke(centre, radius, Stroke::new(3.0, colours.raised));
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
