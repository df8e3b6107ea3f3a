//! The export dialog: who, where to, how, and what will come of it.

use std::path::PathBuf;

use egui::{RichText, Ui};

use crate::domain::{Group, GroupId, Snapshot};
use crate::engine::{Command, ExportMode, ExportRequest};
use crate::ui::view::{Pick, ViewState};
use crate::ui::{text, theme, widgets};

pub(in crate::ui) fn dialog_ui(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let ViewState { export, pick, no_dialog, .. } = view;
    let Some(draft) = export.as_mut() else { return };
    let named: Vec<&Group> = snapshot.groups.iter().filter(|group| group.name.is_some()).collect();
    let mut done = false;
    let modal = egui::Modal::new(egui::Id::unique("export")).show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        ui.label(RichText::new("Export albums").font(theme::large()));
        widgets::secondary(ui, "One folder per person. Your originals stay as they are");
        egui::ScrollArea::vertical().max_height(220.0).show(ui, |ui| {
            for group in &named {
                let mut chosen = !draft.left_out.contains(&group.id);
                let words = format!("{} ({})", group.name.as_deref().unwrap_or_default(), photos(group, snapshot));
                if ui.checkbox(&mut chosen, words).changed() {
                    if chosen {
                        draft.left_out.remove(&group.id)
                    } else {
                        draft.left_out.insert(group.id)
                    };
                }
            }
        });
        ui.horizontal(|ui| {
            let field =
                egui::TextEdit::singleline(&mut draft.to).hint_text("Folder for the albums").desired_width(330.0);
            let response = ui.add(field.margin(egui::Margin::symmetric(8, 6)));
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Folder for the albums"));
            if ui.button("Choose…").clicked() {
                *pick = Some(Pick::Export);
            }
        });
        if let Some(why) = no_dialog.as_ref() {
            ui.label(RichText::new(why).font(theme::small()).color(theme::palette(ui).danger));
        }
        ui.horizontal(|ui| {
            for (words, mode) in [
                ("Copies", ExportMode::Copy),
                ("Hard links", ExportMode::Hardlink),
                ("Symbolic links", ExportMode::Symlink),
            ] {
                ui.radio_value(&mut draft.mode, mode, words);
            }
        });
        ui.checkbox(&mut draft.sidecars, "Names and face regions for other programs (XMP files beside the photos)");
        let groups: Vec<GroupId> =
            named.iter().map(|group| group.id).filter(|id| !draft.left_out.contains(id)).collect();
        let files: usize =
            named.iter().filter(|group| groups.contains(&group.id)).map(|group| file_count(group, snapshot)).sum();
        let to = draft.to.trim().to_owned();
        let place = if to.is_empty() { String::new() } else { format!(" into {to}") };
        let words = format!(
            "{}, {}{place}",
            text::count(groups.len(), "album", "albums"),
            text::count(files, "photo", "photos")
        );
        ui.label(words);
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let why = if to.is_empty() { "Say where to first" } else { "Tick somebody first" };
            let button = widgets::main_button(ui, !to.is_empty() && !groups.is_empty(), "Export");
            if button.on_disabled_hover_text(why).clicked() {
                let (mode, sidecars) = (draft.mode, draft.sidecars);
                commands.push(Command::Export(ExportRequest { to: PathBuf::from(to), groups, mode, sidecars }));
                done = true;
            }
            done |= ui.button("Close").clicked();
        });
    });
    if done || modal.should_close() {
        view.export = None;
    }
}

fn file_count(group: &Group, snapshot: &Snapshot) -> usize {
    let photos: std::collections::BTreeMap<_, usize> = group
        .faces
        .iter()
        .filter_map(|face| snapshot.photo_of_face(*face))
        .map(|photo| (photo.id, photo.paths.len()))
        .collect();
    photos.values().sum()
}

fn photos(group: &Group, snapshot: &Snapshot) -> String {
    text::count(file_count(group, snapshot), "photo", "photos")
}
