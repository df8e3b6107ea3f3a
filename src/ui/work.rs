//! The bar at the bottom while something is going on.

use std::time::Duration;

use egui::{Align, Frame, Layout, Margin, Panel, Ui};

use super::action::Action;
use super::view::ViewState;
use super::{frame, text, theme, widgets};
use crate::domain::{Activity, GroupingProgress, Snapshot};
use crate::engine::Command;

/// Seconds after which groups being made are worth a bar. After an edit it is mostly over at once, and a bar that comes and
/// goes would move all that stands above it.
const BRIEF: f64 = 0.5;

/// The bar while something is going on.
pub(super) fn work_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let Some(words) = text::activity(&snapshot.activity, &snapshot.counts) else {
        view.work_since = None;
        return;
    };
    let now = ui.input(|input| input.time);
    let wait = BRIEF - (now - *view.work_since.get_or_insert(now));
    if matches!(snapshot.activity, Activity::Grouping(_)) && wait > 0.0 {
        return ui.ctx().request_repaint_after(Duration::from_secs_f64(wait));
    }
    let colours = theme::palette(ui);
    let bar = Frame::new().fill(colours.raised).inner_margin(Margin::symmetric(16, 2));
    Panel::bottom("work").exact_size(36.0).frame(bar).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            let share = match snapshot.activity {
                Activity::Scanning { done, total, .. } | Activity::Exporting { done, total } if total > 0 => {
                    Some(done as f32 / total as f32)
                }
                Activity::Grouping(progress) => progress.map(GroupingProgress::share),
                // How much there is in all is not known yet.
                _ => None,
            };
            let width = (ui.available_width() * 0.25).clamp(80.0, 260.0);
            widgets::progress_ui(ui, share, width, view.settings.still).accessible_name(words.as_str());
            ui.scope(|ui| {
                ui.set_max_width((ui.available_width() - 190.0).max(60.0));
                ui.add(egui::Label::new(&words).truncate());
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if snapshot.activity != Activity::Idle
                    && ui.button(Action::Cancel.label()).on_hover_text(Action::Cancel.tooltip()).clicked()
                {
                    commands.push(Command::Cancel);
                }
                if let Activity::Scanning { paused, .. } = snapshot.activity {
                    let (words, command) = if paused {
                        (text::frame::GO_ON, Command::Resume)
                    } else {
                        (text::frame::PAUSE, Command::Pause)
                    };
                    if ui.button(words).on_hover_text(frame::tooltip(ui, Action::Pause)).clicked() {
                        commands.push(command);
                    }
                }
            });
        });
    });
}
