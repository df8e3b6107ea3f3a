//! Every face, as it is found, and those that were set aside.

use egui::Ui;

use crate::domain::{FaceFlag, FaceId, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::grid::Faces;
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Filter, Order, ViewState};
use crate::ui::{frame, text, widgets};

/// Of a face on the grid, as a part of a card's width.
const SIDE: f32 = 0.6;

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let now = ui.input(|input| input.time);
    let list = view.index.faces(view.filter, view.order, snapshot, now);
    let actions = [Action::Split, Action::NotAFace, Action::Ignore, Action::Why];
    frame::head_ui(ui, |ui| {
        if !view.faces.is_empty() {
            return selected_ui(ui, &actions, snapshot, view, commands);
        }
        widgets::heading(ui, "Faces", &text::thousands(list.len()));
        ui.add_space(8.0);
        let before = view.filter;
        let filters = [
            ("All", Filter::All),
            ("Not named", Filter::Unnamed),
            ("Named", Filter::Named),
            ("Unsure", Filter::Unsure),
        ];
        let (words, _) = filters.iter().find(|(_, filter)| *filter == before).unwrap_or(&filters[0]);
        egui::ComboBox::from_id_salt("filter")
            .selected_text(*words)
            .show_ui(ui, |ui| {
                for (words, filter) in filters {
                    ui.selectable_value(&mut view.filter, filter, words);
                }
            })
            .response
            .accessible_name("Which faces");
        let orders = [
            ("As found", Order::Found),
            ("Newest first", Order::Newest),
            ("Oldest first", Order::Oldest),
            ("Largest first", Order::Largest),
            ("By person", Order::Person),
        ];
        let (words, _) = orders.iter().find(|(_, order)| *order == view.order).unwrap_or(&orders[0]);
        egui::ComboBox::from_id_salt("order")
            .selected_text(*words)
            .show_ui(ui, |ui| {
                for (words, order) in orders {
                    ui.selectable_value(&mut view.order, order, words);
                }
            })
            .response
            .accessible_name("Order of the faces");
        frame::size_ui(ui, view);
    });
    if list.is_empty() {
        let words = if snapshot.faces.is_empty() { text::NO_FACES } else { text::NO_SUCH_FACES };
        return widgets::empty_place(ui, words);
    }
    let side = view.settings.card_width * SIDE;
    let menu = [
        Action::Open,
        Action::Why,
        Action::Split,
        Action::Cover,
        Action::NotAFace,
        Action::Ignore,
        Action::OpenFile,
        Action::ShowFile,
    ];
    Faces { salt: "faces", list: &list, side, actions: &menu }.show(ui, snapshot, view, thumbs, commands);
}

/// Faces that were set aside, visible and one key away from coming back.
pub(in crate::ui) fn aside_ui(
    ui: &mut Ui,
    flag: FaceFlag,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let list: Vec<FaceId> = crate::ui::index::aside(flag, snapshot);
    let (title, empty) = match flag {
        FaceFlag::Ignored => ("Ignored", text::NOBODY_IGNORED),
        FaceFlag::NotAFace => ("Not faces", text::ALL_ARE_FACES),
    };
    let actions = [Action::TakeBack];
    frame::head_ui(ui, |ui| {
        if !view.faces.is_empty() {
            let words = text::faces(view.faces.len());
            return frame::selection_ui(ui, &words, &actions, snapshot, view, commands);
        }
        widgets::heading(ui, title, &text::thousands(list.len()));
        frame::size_ui(ui, view);
    });
    if list.is_empty() {
        return widgets::empty_place(ui, empty);
    }
    let side = view.settings.card_width * SIDE;
    let menu = [Action::TakeBack, Action::Open, Action::OpenFile, Action::ShowFile];
    Faces { salt: title, list: &list, side, actions: &menu }.show(ui, snapshot, view, thumbs, commands);
}

/// What can be done with selected faces: the menu of people first.
pub(super) fn selected_ui(
    ui: &mut Ui,
    actions: &[Action],
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let words = text::faces(view.faces.len());
    frame::selection_ui(ui, &words, actions, snapshot, view, commands);
    if view.faces.is_empty() {
        return;
    }
    ui.menu_button("Move to…", |ui| {
        let people: Vec<_> = snapshot.groups.iter().filter(|group| group.name.is_some()).collect();
        if people.is_empty() {
            ui.label("Nobody has a name yet");
        }
        egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for group in people {
                let name = group.name.as_deref().unwrap_or_default();
                let number = view.recent.iter().position(|(recent, _)| recent == name);
                let keys = number.map(|number| (number + 1).to_string()).unwrap_or_default();
                if ui.add(egui::Button::new(name).shortcut_text(keys).min_size(egui::vec2(200.0, 0.0))).clicked() {
                    let faces = std::mem::take(&mut view.faces).into_iter().collect();
                    commands.push(Command::MoveFaces(faces, group.id));
                    view.used_name(name);
                    ui.close();
                }
            }
        });
    });
}
