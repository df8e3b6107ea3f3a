//! Files that could not be read, and why.

use egui::{RichText, Ui};

use crate::domain::Snapshot;
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::thumbs::Thumbs;
use crate::ui::view::ViewState;
use crate::ui::{frame, text, theme, widgets};

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    _thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Problems").font(theme::large()));
        frame::action_button(ui, Action::Rescan, snapshot, view, commands);
    });
    let counts = snapshot.counts;
    let words = format!(
        "{} found: {} with faces, {} without, {} skipped, {} not readable",
        text::count(counts.found, "file", "files"),
        text::thousands(counts.with_faces),
        text::thousands(counts.without_faces),
        text::thousands(counts.skipped),
        text::thousands(counts.failed)
    );
    widgets::secondary(ui, words);
    ui.add_space(8.0);
    if snapshot.problems.is_empty() {
        return widgets::empty_place(ui, text::NO_PROBLEMS);
    }
    let row = 48.0;
    egui::ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, row, snapshot.problems.len(), |ui, rows| {
        for problem in snapshot.problems.get(rows).unwrap_or_default() {
            ui.allocate_ui(egui::vec2(ui.available_width(), row), |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.label(problem.path.display().to_string());
                widgets::secondary(ui, problem.message.as_str());
            });
        }
    });
}
