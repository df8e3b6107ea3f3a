//! Files that could not be read, and why.

use egui::accesskit::Role;
use egui::{Sense, Stroke, Ui, Vec2, WidgetInfo};

use crate::domain::Snapshot;
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::view::ViewState;
use crate::ui::{frame, text, theme, widgets};

const ROW: f32 = 52.0;

pub(in crate::ui) fn screen_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    frame::head_ui(ui, |ui| {
        widgets::heading(ui, Action::ShowProblems.label(), &text::thousands(snapshot.problems.len()));
        ui.add_space(8.0);
        frame::action_button(ui, Action::Retry, snapshot, view, commands);
    });
    widgets::secondary(ui, text::frame::files(&snapshot.counts));
    ui.add_space(8.0);
    if snapshot.problems.is_empty() {
        return widgets::empty_place(ui, text::NO_PROBLEMS);
    }
    let colours = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = egui::ScrollArea::vertical().id_salt("problems").auto_shrink([false, false]);
    area.show_rows(ui, ROW, snapshot.problems.len(), |ui, rows| {
        for problem in snapshot.problems.get(rows).unwrap_or_default() {
            let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::click());
            let path = problem.path.display().to_string();
            let label = text::frame::problem(&path, &problem.message);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
            if response.hovered() || response.has_focus() {
                ui.painter().rect_filled(rect, theme::CONTROL_CORNER, colours.hover);
            }
            let painter = ui.painter().with_clip_rect(rect.shrink2(Vec2::new(8.0, 0.0)));
            let name = problem.path.file_name().map(|name| name.to_string_lossy().into_owned());
            let at = rect.min + Vec2::new(8.0, 8.0);
            let shown = text::drawn(name.as_ref().unwrap_or(&path));
            let end = painter.text(at, egui::Align2::LEFT_TOP, shown, theme::strong(), colours.text);
            let folder = problem.path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
            let at_folder = egui::pos2(end.right() + 12.0, end.center().y);
            painter.text(at_folder, egui::Align2::LEFT_CENTER, folder, theme::small(), colours.secondary);
            let below = rect.left_bottom() + Vec2::new(8.0, -8.0);
            painter.text(below, egui::Align2::LEFT_BOTTOM, &problem.message, theme::small(), colours.secondary);
            ui.painter().hline(rect.x_range().shrink(8.0), rect.bottom(), Stroke::new(1.0, colours.line));
            let about = text::frame::problem_about(&path, &problem.message);
            if response.on_hover_text(about).clicked() {
                view.show_file = Some((problem.path.clone(), true));
            }
        }
    });
}
