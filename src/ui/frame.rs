//! What stands around every screen: top bar, side bar, the bar of work in progress, toasts.

use egui::{Align, Align2, Area, Frame, Id, Layout, Margin, Order, Panel, ProgressBar, RichText, Stroke, Ui};

use super::action::Action;
use super::view::{Screen, ViewState};
use super::{text, theme, widgets};
use crate::domain::{Activity, NoticeLevel, Snapshot};
use crate::engine::Command;

/// Seconds a toast stays.
const TOAST: f64 = 7.0;

/// A button of an action: greyed with the reason when it cannot be done.
pub(super) fn action_button(
    ui: &mut Ui,
    action: Action,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let possible = action.enabled(snapshot, view);
    let keys = ui.ctx().format_shortcut(&action.shortcut());
    let response = ui
        .add_enabled(possible.is_ok(), egui::Button::new(action.label()))
        .on_hover_text(format!("{} ({keys})", action.tooltip()))
        .on_disabled_hover_text(possible.err().unwrap_or_default());
    if response.clicked() {
        action.run(&ui.ctx().clone(), snapshot, view, commands);
    }
}

pub(super) fn top_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let colours = theme::palette(ui);
    let bar = Frame::new().fill(colours.surface).inner_margin(Margin::symmetric(16, 8));
    Panel::top("top").exact_size(48.0).frame(bar).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.label(RichText::new("Albumen").font(theme::title()).strong());
            let folder = match snapshot.folders.as_slice() {
                [] => String::new(),
                [one] => one.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
                [_, rest @ ..] => text::count(rest.len() + 1, "folder", "folders"),
            };
            widgets::secondary(ui, folder);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let export = Action::Export.enabled(snapshot, view);
                let button = widgets::main_button(ui, export.is_ok(), Action::Export.label());
                if button.on_disabled_hover_text(export.err().unwrap_or_default()).clicked() {
                    Action::Export.run(&ui.ctx().clone(), snapshot, view, commands);
                }
                action_button(ui, Action::ChooseFolder, snapshot, view, commands);
                action_button(ui, Action::Theme, snapshot, view, commands);
                action_button(ui, Action::Redo, snapshot, view, commands);
                action_button(ui, Action::Undo, snapshot, view, commands);
            });
        });
    });
}

pub(super) fn side_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState) {
    let colours = theme::palette(ui);
    let bar = Frame::new().fill(colours.surface).inner_margin(Margin { left: 12, right: 12, top: 16, bottom: 16 });
    Panel::left("side").exact_size(152.0).resizable(false).frame(bar).show(ui, |ui| {
        let people = snapshot.groups.iter().filter(|group| group.faces.len() > 1 || group.name.is_some()).count();
        let places = [
            ("People", people, Screen::People),
            ("Faces", snapshot.faces.len(), Screen::Faces),
            ("Problems", snapshot.problems.len(), Screen::Problems),
        ];
        for (words, number, screen) in places {
            let here = view.screen == screen || (screen == Screen::People && matches!(view.screen, Screen::Person(_)));
            let number = if number > 0 { text::thousands(number) } else { String::new() };
            let number = RichText::new(number).font(theme::small()).color(colours.secondary);
            let button = egui::Button::selectable(here, words).right_text(number).min_size(egui::vec2(128.0, 32.0));
            if ui.add(button).clicked() {
                view.open(screen);
            }
        }
        ui.add_space(12.0);
        if ui
            .add(egui::Button::selectable(view.screen == Screen::Start, "New folder").min_size(egui::vec2(128.0, 32.0)))
            .clicked()
        {
            view.open(Screen::Start);
        }
        ui.with_layout(Layout::bottom_up(Align::LEFT), |ui| {
            if !snapshot.device.is_empty() {
                widgets::secondary(ui, format!("Runs on {}", snapshot.device));
            }
        });
    });
}

/// The bar while something is going on.
pub(super) fn work_ui(ui: &mut Ui, snapshot: &Snapshot, commands: &mut Vec<Command>) {
    let Some(words) = text::activity(&snapshot.activity, &snapshot.counts) else { return };
    let colours = theme::palette(ui);
    let bar = Frame::new().fill(colours.raised).inner_margin(Margin::symmetric(16, 6));
    Panel::bottom("work").exact_size(44.0).frame(bar).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            let share = match snapshot.activity {
                Activity::Scanning { done, total, .. } | Activity::Exporting { done, total } if total > 0 => {
                    done as f32 / total as f32
                }
                _ => 0.0,
            };
            ui.add(ProgressBar::new(share).desired_width(220.0).desired_height(8.0).fill(colours.accent));
            ui.label(words);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Activity::Scanning { .. } | Activity::Listing { .. } | Activity::Exporting { .. } =
                    snapshot.activity
                    && ui.button("Cancel").on_hover_text(Action::Cancel.tooltip()).clicked()
                {
                    commands.push(Command::Cancel);
                }
                if let Activity::Scanning { paused, .. } = snapshot.activity {
                    let (words, command) = if paused { ("Go on", Command::Resume) } else { ("Pause", Command::Pause) };
                    if ui.button(words).clicked() {
                        commands.push(command);
                    }
                }
            });
        });
    });
}

/// The latest notice, for some seconds.
pub(super) fn toast_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let Some(notice) = snapshot.notices.last() else { return };
    let now = ui.input(|input| input.time);
    if notice.number > view.seen_notice {
        view.seen_notice = notice.number;
        view.toast_since = now;
    }
    let left = if notice.level == NoticeLevel::Error { 2.0 * TOAST } else { TOAST } - (now - view.toast_since);
    if left <= 0.0 {
        return;
    }
    ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(left));
    let colours = theme::palette(ui);
    let edge = if notice.level == NoticeLevel::Error { colours.danger } else { colours.line };
    let at = ui.max_rect().center_bottom() - egui::vec2(0.0, 24.0);
    Area::new(Id::unique("toast")).order(Order::Foreground).pivot(Align2::CENTER_BOTTOM).fixed_pos(at).show(
        ui.ctx(),
        |ui| {
            let toast = Frame::new()
                .fill(colours.raised)
                .stroke(Stroke::new(1.0, edge))
                .corner_radius(theme::CARD_CORNER)
                .shadow(ui.visuals().popup_shadow)
                .inner_margin(Margin::symmetric(16, 8));
            toast.show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.set_max_width(720.0);
                    ui.label(&notice.text);
                    if notice.undoable && snapshot.undo.is_some() && ui.button("Undo").clicked() {
                        commands.push(Command::Undo);
                    }
                    if ui.button("Close").clicked() {
                        view.toast_since = f64::MIN;
                    }
                });
            });
        },
    );
}

/// While files hover over the window: what a drop would do.
pub(super) fn hover_ui(ui: &mut Ui) {
    let hovered = ui.input(|input| {
        input.raw.hovered_files.first().map(|file| {
            let name = file.path.as_ref().and_then(|path| path.file_name());
            name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
        })
    });
    let Some(name) = hovered else { return };
    let colours = theme::palette(ui);
    let painter = ui.ctx().layer_painter(egui::LayerId::new(Order::Foreground, Id::unique("hovering files")));
    let rect = ui.ctx().content_rect().shrink(12.0);
    painter.rect_filled(rect, theme::CARD_CORNER, colours.surface.gamma_multiply(0.92));
    painter.rect_stroke(rect, theme::CARD_CORNER, Stroke::new(2.0, colours.accent), egui::StrokeKind::Inside);
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        format!("Drop to look for faces in {name}"),
        theme::large(),
        colours.text,
    );
}
