//! Looks, sizes and grouping.

use std::path::Path;

use egui::{RichText, Sense, Ui, Vec2};

use crate::domain::{Activity, Edit, Method, Preset, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::settings::{Look, Settings};
use crate::ui::view::ViewState;
use crate::ui::{frame, person_dialogs, text, theme, widgets};

pub(in crate::ui) fn screen_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    frame::head_ui(ui, |ui| widgets::heading(ui, "Settings", ""));
    egui::ScrollArea::vertical().id_salt("settings").auto_shrink([false, false]).show(ui, |ui| {
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
            // None of them holds once the threshold was set more finely.
            let mut chosen = snapshot.looseness.is_none().then_some(snapshot.preset);
            let presets = [
                ("Strict", Some(Preset::Strict)),
                ("Normal", Some(Preset::Normal)),
                ("Loose", Some(Preset::Loose)),
            ];
            ui.horizontal(|ui| {
                if widgets::choice(ui, &mut chosen, &presets)
                    && let Some(preset) = chosen
                {
                    commands.push(Command::Edit(Edit::SetPreset { preset }));
                }
                frame::action_button(ui, Action::ShowThreshold, snapshot, view, commands);
            });
        });
        let about = "Adaptive was the best on every set of photos it was measured on. The others are there to compare; \
                     Rank-Order (2011) is slow with many thousand faces";
        row(ui, "Way of grouping", about, |ui| {
            let mut method = snapshot.library.method();
            let shown = egui::ComboBox::from_id_salt("method").selected_text(method.title()).width(240.0);
            let shown = shown.show_ui(ui, |ui| {
                for choice in Method::all() {
                    ui.selectable_value(&mut method, choice, choice.title());
                }
            });
            shown.response.accessible_name("Way of grouping");
            if method != snapshot.library.method() {
                commands.push(Command::Edit(Edit::SetMethod { method }));
            }
        });
        section(ui, "Reading photos");
        let about = "Counts from the next scan on. More is quicker as long as there are cores, and needs more memory";
        row(ui, "Photos at once", about, |ui| {
            let words = |workers: usize| if workers == 0 { "As fits".to_owned() } else { workers.to_string() };
            let words: Vec<(String, usize)> = Settings::WORKERS.into_iter().map(|count| (words(count), count)).collect();
            let choices: Vec<(&str, usize)> = words.iter().map(|(words, count)| (words.as_str(), *count)).collect();
            widgets::choice(ui, &mut view.settings.workers, &choices);
        });
        let about = "Smaller ones may be missed. Counts for photos that are read from now on; a larger number is quicker";
        row(ui, "Smallest face", about, |ui| {
            let words: Vec<(String, u16)> =
                Settings::SMALLEST.into_iter().map(|least| (format!("{least} pixels"), least)).collect();
            let choices: Vec<(&str, u16)> = words.iter().map(|(words, least)| (words.as_str(), *least)).collect();
            widgets::choice(ui, &mut view.settings.min_face, &choices);
        });
        let later = |words: &str| if words.is_empty() { text::WITH_FIRST_PHOTO.to_owned() } else { words.to_owned() };
        row(ui, "Networks", "", |ui| value(ui, &later(&snapshot.model)));
        row(ui, "Run on", "", |ui| value(ui, &later(&snapshot.device)));
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
        let button = button.accessible_name(format!("Forget {}…", folder.display()));
        let button = button.on_hover_text("Remove what the library holds of this folder; its photos stay");
        if button.on_disabled_hover_text("A scan is running. Cancel it first").clicked() {
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
