//! Looks, sizes and grouping.

use std::path::Path;

use egui::{RichText, Sense, Ui, Vec2};

use crate::domain::{Activity, Edit, Method, Preset, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::settings::{Look, Settings};
use crate::ui::text::settings as words;
use crate::ui::view::ViewState;
use crate::ui::{frame, person_dialogs, text, theme, widgets};

pub(in crate::ui) fn screen_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    frame::head_ui(ui, |ui| widgets::heading(ui, Action::ShowSettings.label(), ""));
    egui::ScrollArea::vertical().id_salt("settings").auto_shrink([false, false]).show(ui, |ui| {
        ui.set_max_width(640.0);
        section(ui, words::LOOKS);
        row(ui, words::THEME, words::THEME_ABOUT, |ui| {
            let looks = [(words::AS_THE_SYSTEM, Look::System), (words::LIGHT, Look::Light), (words::DARK, Look::Dark)];
            widgets::choice(ui, &mut view.settings.look, &looks);
        });
        row(ui, words::SCALE, "", |ui| numbers_ui(ui, &mut view.settings.scale, &Settings::SCALES, words::scale));
        row(ui, words::PICTURES, "", |ui| {
            let slider = egui::Slider::new(&mut view.settings.card_width, Settings::CARDS).show_value(false);
            ui.add(slider).accessible_name(text::PICTURE_SIZE);
        });
        row(ui, words::MOTION, words::MOTION_ABOUT, |ui| {
            widgets::choice(ui, &mut view.settings.still, &[(words::AS_USUAL, false), (words::REDUCED, true)]);
        });
        section(ui, words::GROUPING);
        row(ui, words::JOIN, words::JOIN_ABOUT, |ui| {
            // None of them holds once the threshold was set more finely.
            let mut chosen = snapshot.looseness.is_none().then_some(snapshot.preset);
            let presets = [
                (text::STRICT, Some(Preset::Strict)),
                (text::NORMAL, Some(Preset::Normal)),
                (text::LOOSE, Some(Preset::Loose)),
            ];
            ui.horizontal(|ui| {
                if edits_ui(ui, snapshot, |ui| widgets::choice(ui, &mut chosen, &presets))
                    && let Some(preset) = chosen
                {
                    commands.push(Command::Edit(Edit::SetPreset { preset }));
                }
                frame::action_button(ui, Action::ShowThreshold, snapshot, view, commands);
            });
        });
        row(ui, words::METHOD, words::METHOD_ABOUT, |ui| {
            let mut method = snapshot.library.method();
            edits_ui(ui, snapshot, |ui| {
                let shown = egui::ComboBox::from_id_salt("method").selected_text(method.title()).width(240.0);
                let shown = shown.show_ui(ui, |ui| {
                    for choice in Method::all() {
                        ui.selectable_value(&mut method, choice, choice.title());
                    }
                });
                shown.response.accessible_name(words::METHOD);
            });
            if method != snapshot.library.method() {
                commands.push(Command::Edit(Edit::SetMethod { method }));
            }
        });
        section(ui, words::READING);
        row(ui, words::AT_ONCE, words::AT_ONCE_ABOUT, |ui| {
            numbers_ui(ui, &mut view.settings.workers, &Settings::WORKERS, words::workers);
        });
        row(ui, words::SMALLEST, words::SMALLEST_ABOUT, |ui| {
            numbers_ui(ui, &mut view.settings.min_face, &Settings::SMALLEST, words::pixels);
        });
        row(ui, words::NETWORKS, words::NETWORKS_ABOUT, |ui| value(ui, known(&snapshot.model)));
        row(ui, words::DEVICE, words::DEVICE_ABOUT, |ui| value(ui, known(&snapshot.device)));
        section(ui, words::LIBRARY);
        let path = snapshot.library_path.display().to_string();
        row(ui, words::FILE, "", |ui| value(ui, &path));
        let none = if snapshot.folders.is_empty() { words::NO_FOLDERS } else { "" };
        row(ui, words::FOLDERS, none, |ui| {
            frame::action_button(ui, Action::Rescan, snapshot, view, commands);
            for folder in snapshot.folders.iter() {
                folder_ui(ui, folder, snapshot, view);
            }
        });
        row(ui, words::NEW_PHOTOS, words::NEW_PHOTOS_ABOUT, |ui| {
            let choices = [(words::WHEN_I_SCAN, false), (words::BY_THEMSELVES, true)];
            widgets::choice(ui, &mut view.settings.watch, &choices);
        });
        let counts = words::holds(snapshot.photos.len(), snapshot.faces.len());
        row(ui, words::HOLDS, "", |ui| value(ui, &counts));
        ui.add_space(16.0);
        ui.horizontal(|ui| {
            frame::action_button(ui, Action::ShowShortcuts, snapshot, view, commands);
            frame::action_button(ui, Action::ShowAbout, snapshot, view, commands);
        });
    });
}

/// What edits the library: greyed with the reason where one may only look.
fn edits_ui<R>(ui: &mut Ui, snapshot: &Snapshot, control: impl FnOnce(&mut Ui) -> R) -> R {
    let why = snapshot.read_only.as_deref();
    let shown = ui.add_enabled_ui(why.is_none(), control);
    shown.response.on_disabled_hover_text(why.unwrap_or_default());
    shown.inner
}

/// What is only known once a photo was read.
fn known(words: &str) -> &str {
    if words.is_empty() { words::WITH_FIRST_PHOTO } else { words }
}

/// Numbers to choose from, in words.
fn numbers_ui<T: PartialEq + Copy>(ui: &mut Ui, value: &mut T, numbers: &[T], words: impl Fn(T) -> String) {
    let words: Vec<(String, T)> = numbers.iter().map(|number| (words(*number), *number)).collect();
    let choices: Vec<(&str, T)> = words.iter().map(|(words, number)| (words.as_str(), *number)).collect();
    widgets::choice(ui, value, &choices);
}

/// A folder of the library, and the way to forget it.
fn folder_ui(ui: &mut Ui, folder: &Path, snapshot: &Snapshot, view: &mut ViewState) {
    ui.horizontal(|ui| {
        let scanning = matches!(snapshot.activity, Activity::Scanning { .. } | Activity::Listing { .. });
        let why = snapshot.read_only.as_deref().or(scanning.then_some(text::A_SCAN_RUNS));
        let button = ui.add_enabled(why.is_none(), egui::Button::new(words::FORGET));
        let button = button.accessible_name(words::forget(&folder.display().to_string()));
        let button = button.on_hover_text(words::FORGET_ABOUT);
        if button.on_disabled_hover_text(why.unwrap_or_default()).clicked() {
            view.dialog = Some(person_dialogs::forget_folder(folder, snapshot));
        }
        ui.add(egui::Label::new(folder.display().to_string()).truncate().selectable(true));
    });
}

/// A fact, as high as a control so that it stands beside its name; a long one takes several lines.
fn value(ui: &mut Ui, words: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.set_min_height(theme::CONTROL);
        let colour = theme::palette(ui).secondary;
        widgets::copyable(ui, RichText::new(words).font(theme::small()).color(colour));
    });
}

fn section(ui: &mut Ui, words: &str) {
    ui.add_space(16.0);
    ui.label(RichText::new(words).font(theme::title()));
    ui.add_space(4.0);
}

/// A line: what it is, the control, and a few words below.
fn row(ui: &mut Ui, name: &str, about: &str, control: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        // A label and not paint: screen readers say it before the choices, which are mere numbers in some rows.
        let (place, _) = ui.allocate_exact_size(Vec2::new(148.0, theme::CONTROL), Sense::hover());
        let words = egui::Label::new(name).selectable(false);
        let middle = egui::Layout::left_to_right(egui::Align::Center);
        ui.new_child(egui::UiBuilder::new().max_rect(place).layout(middle)).add(words);
        ui.vertical(|ui| {
            control(ui);
            if !about.is_empty() {
                ui.add_space(4.0);
                widgets::secondary(ui, about);
            }
        });
    });
    ui.add_space(4.0);
}
