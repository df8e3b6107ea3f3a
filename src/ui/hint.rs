//! What a key says that found nothing to act on: for some seconds, where toasts are.

use std::time::Duration;

use egui::{Align2, Area, Frame, Id, Margin, Order, Stroke, Ui, Vec2};

use super::theme;
use super::view::ViewState;

/// Seconds it stays.
const STAYS: f64 = 5.0;

pub(super) fn hint_ui(ui: &Ui, view: &mut ViewState) {
    let Some((words, since)) = view.hint else { return };
    let left = STAYS - (ui.input(|input| input.time) - since);
    // Whoever has selected something since then knows.
    if left <= 0.0 || !view.faces.is_empty() || !view.groups.is_empty() {
        view.hint = None;
        return;
    }
    ui.ctx().request_repaint_after(Duration::from_secs_f64(left));
    let colours = theme::palette(ui);
    // Above a toast, should there be one.
    let at = ui.max_rect().center_bottom() - Vec2::new(0.0, 72.0);
    let width = (ui.max_rect().width() - 48.0).min(480.0);
    let area = Area::new(Id::unique("hint")).order(Order::Foreground).pivot(Align2::CENTER_BOTTOM).fixed_pos(at);
    area.interactable(false).show(ui.ctx(), |ui| {
        let toast = Frame::new().fill(colours.raised).stroke(Stroke::new(1.0, colours.line));
        let toast = toast.corner_radius(theme::CARD_CORNER).shadow(ui.visuals().popup_shadow);
        toast.inner_margin(Margin::symmetric(16, 8)).show(ui, |ui| {
            ui.set_max_width(width);
            ui.label(words);
        });
    });
}
