//! Photos by who is in them, when they were taken, where they lie.

use egui::{Key, Ui};

use crate::domain::Snapshot;
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::thumbs::Thumbs;
use crate::ui::view::ViewState;
use crate::ui::{frame, photos, text, widgets};

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    frame::head_ui(ui, |ui| {
        let width = (ui.available_width() - 140.0).clamp(120.0, 480.0);
        let response =
            widgets::field(ui, &mut view.search, Action::Search.label(), text::frame::SEARCH_EXAMPLES, width);
        if view.focus_search {
            view.focus_search = false;
            response.request_focus();
        }
        if response.has_focus() && ui.input(|input| input.key_pressed(Key::ArrowDown)) {
            response.surrender_focus();
        }
        frame::size_ui(ui, view);
    });
    let (query, found) = view.index.search(&view.search, snapshot);
    if found.is_empty() {
        view.photo_cursor = None;
    }
    if query.is_empty() {
        return widgets::empty_place(ui, text::frame::SEARCH_FIRST);
    }
    let words = text::frame::found(found.len(), &query.words);
    widgets::secondary(ui, text::drawn(&words));
    ui.add_space(8.0);
    if found.is_empty() {
        return widgets::empty_place(ui, text::frame::NO_RESULTS);
    }
    // Each search is scrolled for itself.
    photos::grid_ui(ui, &format!("found {}", view.search), &found, snapshot, view, thumbs, commands);
}
