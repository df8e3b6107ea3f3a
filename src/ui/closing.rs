//! Closing the window while something is going on: says what is safe, and holds nobody who asks twice. And the one thing
//! that only the window can say: that the library does not answer.

use egui::{Context, RichText, Ui, ViewportCommand};

use super::hint::{self, Over};
use super::icons::{self, Icon};
use super::view::{Dialog, ViewState};
use super::{text, theme, widgets};
use crate::domain::{Activity, Snapshot};

const WIDTH: f32 = 440.0;
/// Seconds the words stay that the library does not answer.
const UNHEARD: f64 = 14.0;

/// What closing would end, and what becomes of it; nothing when nothing is lost by it.
fn at_work(activity: Activity) -> Option<(&'static str, &'static str)> {
    match activity {
        Activity::Listing { .. } | Activity::Scanning { .. } => {
            Some((text::frame::STILL_READING, text::frame::READ_NEXT_TIME))
        }
        Activity::Exporting { .. } => Some((text::frame::STILL_WRITING, text::frame::WRITTEN_IS_WHOLE)),
        Activity::Idle | Activity::Asking | Activity::Grouping(_) => None,
    }
}

/// Asks first when the window shall close while something is going on; whoever asks again is not asked again.
pub(super) fn asked(ctx: &Context, snapshot: &Snapshot, view: &mut ViewState) {
    let asks = ctx.input(|input| input.viewport().close_requested());
    if !asks || matches!(view.dialog, Some(Dialog::Closing(_))) || at_work(snapshot.activity).is_none() {
        return;
    }
    ctx.send_viewport_cmd(ViewportCommand::CancelClose);
    // A question that nobody sees is none. Where a window cannot put itself forward, asking again closes it all the same.
    let (minimised, focused) = ctx.input(|input| (input.viewport().minimized, input.viewport().focused));
    if minimised == Some(true) {
        ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
    }
    if focused == Some(false) {
        ctx.send_viewport_cmd(ViewportCommand::Focus);
    }
    ctx.request_repaint();
    view.dialog = Some(Dialog::Closing(view.dialog.take().map(Box::new)));
}

pub(super) fn dialog_ui(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState) {
    if !matches!(view.dialog, Some(Dialog::Closing(_))) {
        return;
    }
    let Some((title, about)) = at_work(snapshot.activity) else {
        // It is done: there is nothing to ask any more.
        return view.step_back();
    };
    let mut stays = false;
    let modal = widgets::modal(ui, "closing").show(ui.ctx(), |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 96.0));
        ui.label(RichText::new(title).font(theme::title()));
        ui.add(egui::Label::new(about).wrap());
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            stays = widgets::main_button(ui, true, text::frame::KEEP_OPEN).clicked();
            if ui.button(text::CLOSE).clicked() {
                ui.ctx().send_viewport_cmd(ViewportCommand::Close);
            }
        });
    });
    if stays || modal.should_close() {
        view.step_back();
    }
}

/// The library did not take a command: on every screen, for some seconds or until it is closed. Gives below what nothing
/// that stands above it may reach.
pub(super) fn unheard_ui(ui: &Ui, view: &mut ViewState, lowest: f32) -> f32 {
    let Some(since) = view.unheard else { return lowest };
    let left = UNHEARD - (ui.input(|input| input.time) - since);
    if left <= 0.0 {
        view.unheard = None;
        return lowest;
    }
    ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(left));
    let edge = theme::palette(ui).danger;
    let over = Over { id: "unheard", edge, widest: 640.0, bottom: hint::above(ui, lowest), pressed: true };
    hint::over_ui(ui, &over, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(text::frame::UNHEARD);
            hint::copy_ui(ui, text::frame::UNHEARD);
            if icons::button(ui, Icon::Cross, text::CLOSE, text::CLOSE, None).clicked() {
                view.unheard = None;
            }
        });
    })
}
