//! Every face, as it is found.

use egui::{RichText, Ui};

use super::people::face_responses;
use crate::domain::{FaceId, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Filter, ViewState};
use crate::ui::{frame, text, theme, widgets};

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let aside = |face: &FaceId| snapshot.flagged.contains_key(face);
    let unnamed = |face: &FaceId| snapshot.group_of_face(*face).is_none_or(|group| group.name.is_none());
    let list: Vec<FaceId> = match view.filter {
        Filter::All => snapshot.faces.keys().filter(|face| !aside(face)).copied().collect(),
        Filter::Unnamed => snapshot.faces.keys().filter(|face| !aside(face) && unnamed(face)).copied().collect(),
        Filter::SetAside => snapshot.flagged.keys().copied().collect(),
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new("Faces").font(theme::large()));
        widgets::secondary(ui, text::thousands(list.len()));
        for (words, filter) in [("All", Filter::All), ("Not named", Filter::Unnamed), ("Set aside", Filter::SetAside)] {
            if ui.selectable_label(view.filter == filter, words).clicked() {
                view.filter = filter;
                view.faces.clear();
            }
        }
        if !view.faces.is_empty() {
            ui.separator();
            widgets::secondary(ui, format!("{} selected", text::thousands(view.faces.len())));
            let aside = view.filter == Filter::SetAside;
            let actions: &[Action] =
                if aside { &[Action::TakeBack] } else { &[Action::Split, Action::NotAFace, Action::Ignore] };
            for action in actions {
                frame::action_button(ui, *action, snapshot, view, commands);
            }
            if !aside {
                move_menu_ui(ui, snapshot, view, commands);
            }
        }
    });
    ui.add_space(8.0);
    if list.is_empty() {
        return widgets::empty_place(ui, text::NO_FACES);
    }
    let selected = view.faces.clone();
    let side = view.card_width * 0.6;
    for (face, response) in
        widgets::face_grid(ui, "faces", &list, side, snapshot, thumbs, &|face| selected.contains(&face))
    {
        face_responses(ui, &response, face, &list, snapshot, view);
    }
}

/// Moves the selected faces to a named person.
pub(super) fn move_menu_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    ui.menu_button("Move to…", |ui| {
        let people: Vec<_> = snapshot.groups.iter().filter(|group| group.name.is_some()).collect();
        if people.is_empty() {
            ui.label("Nobody has a name yet");
        }
        egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for group in people {
                if ui.button(group.name.as_deref().unwrap_or_default()).clicked() {
                    let faces = std::mem::take(&mut view.faces).into_iter().collect();
                    commands.push(Command::MoveFaces(faces, group.id));
                    ui.close();
                }
            }
        });
    });
}
