//! Looks, sizes and grouping.

use std::path::Path;

use egui::{RichText, Sense, Ui, Vec2};

use crate::domain::{Activity, Edit, Preset, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::settings::{Look, Settings};
use crate::ui::view::ViewState;
use crate::ui::{frame, person_dialogs, text, theme, widgets};

pub(in crate::ui) fn screen_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    frame::head_ui(ui, |ui| widgets::heading(ui, "Settings", ""));
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.set_max_width(640.0);
        section(ui, "Looks");
        row(ui, "Theme", "", |ui| {
            let looks = [("As the system", Look::System), ("Light", Look::Light), ("Dark", Look::Dark)];
            widgets::choice(ui, &mut view.settings.look, &looks);
        });
        row(ui, "Text and controls", "", |ui| {
            let words: Vec<(String, f32)> =
                Settings::SCALES.into_iter().map(|scale| (format!("{} %", (scale * 100.0) as u32), scale)).collect();
            let choices: Vec<(&str, f32)> = words.iter().map(|(words, scale)| (words.as_str(), *scale)).collect();
            widgets::choice(ui, &mut view.settings.scale, &choices);
        });
        row(ui, "Pictures", "", |ui| {
            let slider = egui::Slider::new(&mut view.settings.card_width, Settings::CARDS).show_value(false);
            ui.add(slider).accessible_name("Size of the pictures");
        });
        row(ui, "Motion", "Cards lift, lists glide, boxes fade", |ui| {
            widgets::choice(ui, &mut view.settings.still, &[("As usual", false), ("Reduced", true)]);
        });
        section(ui, "Grouping");
        let about = "Strict keeps people apart, at the price of more groups; loose joins more, at the price of strangers. \
                     What you said yourself always holds";
        row(ui, "Faces join a group", about, |ui| {
            let mut preset = snapshot.preset;
            let presets = [("Strict", Preset::Strict), ("Normal", Preset::Normal), ("Loose", Preset::Loose)];
            if widgets::choice(ui, &mut preset, &presets) {
                commands.push(Command::Edit(Edit::SetPreset { preset }));
            }
        });
        section(ui, "This library");
        let path = snapshot.library_path.display().to_string();
        row(ui, "File", "", |ui| value(ui, &path));
        let none = if snapshot.folders.is_empty() { "None yet" } else { "" };
        row(ui, "Folders", none, |ui| {
            frame::action_button(ui, Action::Rescan, snapshot, view, commands);
            for folder in snapshot.folders.iter() {
                folder_ui(ui, folder, snapshot, view);
            }
        });
        let about = "By themselves: now and then the folders are looked at, and scanned when something came or went";
        row(ui, "New photos", about, |ui| {
            let choices = [("When I scan", false), ("By themselves", true)];
            widgets::choice(ui, &mut view.settings.watch, &choices);
        });
        let device = if snapshot.device.is_empty() { "Chosen when the first photo is read" } else { &snapshot.device };
        row(ui, "Runs on", "", |ui| value(ui, device));
        let counts = format!("{} · {}", text::count(snapshot.photos.len(), "photo", "photos"), text::faces(snapshot.faces.len()));
        row(ui, "Holds", "", |ui| value(ui, &counts));
        ui.add_space(16.0);
        ui.horizontal(|ui| {
            frame::action_button(ui, Action::ShowShortcuts, snapshot, view, commands);
            frame::action_button(ui, Action::ShowAbout, snapshot, view, commands);
        });
    });
}

/// A folder of the library, and the way to forget it.
fn folder_ui(ui: &mut Ui, folder: &Path, snapshot: &Snapshot, view: &mut ViewState) {
    ui.horizontal(|ui| {
        let scanning = matches!(snapshot.activity, Activity::Scanning { .. } | Activity::Listing { .. });
        let button = ui.add_enabled(!scanning, egui::Button::new("Forget…"));
        let button = button.on_hover_text("Remove what the library holds of this folder; its photos stay");
        if button.on_disabled_hover_text("A scan is running. Cancel it first").clicked() {
            view.dialog = Some(person_dialogs::forget_folder(folder, snapshot));
        }
        ui.add(egui::Label::new(folder.display().to_string()).truncate());
    });
}

/// A fact, as high as a control so that it stands beside its name.
fn value(ui: &mut Ui, words: &str) {
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL);
        widgets::secondary(ui, words);
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
        let (place, _) = ui.allocate_exact_size(Vec2::new(148.0, theme::CONTROL), Sense::hover());
        let colours = theme::palette(ui);
        ui.painter().text(place.left_center(), egui::Align2::LEFT_CENTER, name, theme::body(), colours.text);
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
