//! Every edit as a sentence, the latest first, and the way back to it.

use egui::accesskit::Role;
use egui::{Align2, Rect, Sense, Ui, Vec2, WidgetInfo};

use crate::domain::Snapshot;
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::icons::{self, Icon};
use crate::ui::view::ViewState;
use crate::ui::{frame, text, theme, widgets};

const ROW: f32 = 36.0;

pub(in crate::ui) fn screen_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let history = &snapshot.history;
    let done = history.iter().filter(|entry| entry.active).count();
    frame::head_ui(ui, |ui| {
        widgets::heading(ui, Action::ShowHistory.label(), &text::frame::edits(done));
        ui.add_space(8.0);
        frame::action_button(ui, Action::Undo, snapshot, view, commands);
        frame::action_button(ui, Action::Redo, snapshot, view, commands);
    });
    if history.is_empty() {
        return widgets::empty_place(ui, text::frame::NO_HISTORY);
    }
    let why = snapshot.read_only.as_deref();
    widgets::secondary(ui, why.unwrap_or(text::frame::HISTORY_ABOUT));
    ui.add_space(8.0);
    let colours = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    // The first line of all is the beginning, before any edit.
    let lines = history.len() + 1;
    let area = egui::ScrollArea::vertical().id_salt("history").auto_shrink([false, false]);
    area.show_rows(ui, ROW, lines, |ui, rows| {
        for row in rows {
            let after = lines - 1 - row; // how many edits hold when one goes there
            let entry = after.checked_sub(1).and_then(|place| history.get(place));
            let words = entry.map_or(text::frame::BEGINNING, |entry| &*entry.text);
            let sense = if why.is_none() { Sense::click() } else { Sense::hover() };
            let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), sense);
            let (here, undone) = (after == done, after > done);
            response.widget_info(|| {
                let value = undone.then(|| text::frame::UNDONE.to_owned());
                let enabled = why.is_none();
                WidgetInfo { current_text_value: value, ..WidgetInfo::selected(Role::Button, enabled, here, words) }
            });
            if here || response.hovered() && why.is_none() || response.has_focus() {
                ui.painter().rect_filled(rect, theme::CONTROL_CORNER, if here { colours.here } else { colours.hover });
            }
            if here {
                let icon = Rect::from_min_size(rect.min + Vec2::new(8.0, 10.0), Vec2::splat(16.0));
                icons::paint(ui.painter(), icon, Icon::Check, colours.text);
            }
            let ink = if undone { colours.secondary } else { colours.text };
            let at = rect.left_center() + Vec2::new(34.0, 0.0);
            let mut room = rect.right() - 12.0 - at.x;
            if undone {
                let at = rect.right_center() - Vec2::new(12.0, 0.0);
                let beside =
                    ui.painter().text(at, Align2::RIGHT_CENTER, text::frame::UNDONE, theme::small(), colours.secondary);
                room -= beside.width() + 8.0;
            }
            let mut response = response;
            if widgets::line_at(ui.painter(), at, words, theme::body(), ink, room) {
                response = response.on_hover_text(text::drawn(words).into_owned());
            }
            if response.clicked() && !here {
                commands.push(Command::GoTo(after));
            }
        }
    });
}
