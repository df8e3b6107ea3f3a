//! The keys, and what this program is.

use egui::{Align, Label, Layout, RichText, Ui, Vec2};

use super::action::{Action, OTHER_KEYS};
use super::view::{Dialog, ViewState};
use super::{text, theme, widgets};

pub(super) fn shortcuts_ui(ui: &Ui, view: &mut ViewState) {
    let Some(Dialog::Shortcuts) = view.dialog else { return };
    let modal = widgets::modal(ui, "shortcuts").show(ui.ctx(), |ui| {
        let window = ui.ctx().content_rect();
        ui.set_width((window.width() - 96.0).min(560.0));
        ui.label(RichText::new(Action::ShowShortcuts.label()).font(theme::large()));
        ui.add_space(8.0);
        widgets::scrolled(window.height() - 220.0).show(ui, |ui| {
            for action in Action::all() {
                if let Some(keys) = action.shortcut() {
                    let keys = ui.ctx().format_shortcut(&keys);
                    line_ui(ui, &keys, action.tooltip());
                }
            }
            for (_, keys, what) in OTHER_KEYS {
                line_ui(ui, keys, what);
            }
        });
        ui.add_space(8.0);
        ui.button(text::CLOSE).clicked()
    });
    if modal.inner || modal.should_close() {
        view.dialog = None;
    }
}

/// Keys and what they do, each in a column that breaks its lines.
fn line_ui(ui: &mut Ui, keys: &str, what: &str) {
    ui.horizontal_top(|ui| {
        let width = (ui.available_width() * 0.36).min(176.0);
        ui.allocate_ui_with_layout(Vec2::new(width, 0.0), Layout::top_down(Align::LEFT), |ui| {
            ui.set_width(width);
            ui.add(Label::new(RichText::new(keys).font(theme::strong())).wrap());
        });
        ui.add(Label::new(what).wrap());
    });
}

fn parts_ui(ui: &mut Ui) {
    widgets::secondary(ui, text::settings::version(env!("CARGO_PKG_VERSION")));
    ui.add_space(8.0);
    ui.label(RichText::new(text::settings::NOTHING_LEAVES).font(theme::title()));
    ui.label(text::settings::NOTHING_LEAVES_ABOUT);
    ui.add_space(8.0);
    ui.label(RichText::new(text::settings::LICENCES).font(theme::title()));
    egui::Grid::new("parts").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        for (part, licence) in text::settings::PARTS {
            ui.label(part);
            widgets::secondary(ui, licence);
            ui.end_row();
        }
    });
}

pub(super) fn about_ui(ui: &Ui, view: &mut ViewState) {
    let Some(Dialog::About) = view.dialog else { return };
    let modal = widgets::modal(ui, "about").show(ui.ctx(), |ui| {
        let window = ui.ctx().content_rect();
        ui.set_width((window.width() - 96.0).min(460.0));
        ui.label(RichText::new(text::ALBUMEN).font(theme::large()));
        widgets::scrolled(window.height() - 170.0).show(ui, parts_ui);
        ui.add_space(8.0);
        ui.button(text::CLOSE).clicked()
    });
    if modal.inner || modal.should_close() {
        view.dialog = None;
    }
}
