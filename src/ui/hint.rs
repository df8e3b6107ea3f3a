//! What stands over the bottom of a screen for some seconds: toasts, what a key says that found nothing to act on, and what
//! became of a folder that was chosen for another library. Each above the others, however many lines they have.

use std::path::{Path, PathBuf};
use std::time::Duration;

use egui::{Align2, Area, Color32, Frame, Id, Margin, Order, Stroke, Ui};

use super::icons::{self, Icon};
use super::view::ViewState;
use super::{screens, text, theme};
use crate::domain::Snapshot;

/// Seconds a hint stays, and what is said of a folder.
const STAYS: f64 = 5.0;
const ASTRAY: f64 = 14.0;
/// Between two of them.
const GAP: f32 = 8.0;
/// How far above the bottom those stand that leave room for one line below them.
const ABOVE: f32 = 72.0;

/// How something over the bottom of the screen looks.
pub(super) struct Over {
    pub(super) id: &'static str,
    pub(super) edge: Color32,
    /// As wide as it gets.
    pub(super) widest: f32,
    /// Its lower edge.
    pub(super) bottom: f32,
    /// There is something to press in it.
    pub(super) pressed: bool,
}

/// The lower edge of what leaves room for one line below it, where nothing may reach below `lowest`.
pub(super) fn above(ui: &Ui, lowest: f32) -> f32 {
    lowest.min(ui.max_rect().bottom() - ABOVE)
}

/// Draws it; gives below what nothing that stands above it may reach.
pub(super) fn over_ui(ui: &Ui, over: &Over, content: impl FnOnce(&mut Ui)) -> f32 {
    let colours = theme::palette(ui);
    let room = ui.max_rect();
    let width = (room.width() - 48.0).min(over.widest);
    let at = egui::pos2(room.center().x, over.bottom);
    let area = Area::new(Id::unique(over.id)).order(Order::Foreground).pivot(Align2::CENTER_BOTTOM).fixed_pos(at);
    let shown = area.interactable(over.pressed).show(ui.ctx(), |ui| {
        let toast = Frame::new().fill(colours.raised).stroke(Stroke::new(1.0, over.edge));
        let toast = toast.corner_radius(theme::CARD_CORNER).shadow(ui.visuals().popup_shadow);
        toast.inner_margin(Margin::symmetric(16, 8)).show(ui, |ui| {
            ui.set_max_width(width);
            content(ui);
        });
    });
    shown.response.rect.top() - GAP
}

/// Puts a sentence that reports an error where it can be sent from, or looked up.
pub(super) fn copy_ui(ui: &mut Ui, words: &str) {
    if ui.button(text::frame::COPY).on_hover_text(text::frame::COPY_ABOUT).clicked() {
        ui.ctx().copy_text(words.to_owned());
    }
}

/// What a number key says that named nobody.
pub(super) fn hint_ui(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState, lowest: f32) {
    let Some(since) = view.hint else { return };
    let left = STAYS - (ui.input(|input| input.time) - since);
    // Whoever has selected something since then knows that this was missing.
    let selected = !view.faces.is_empty() || !view.groups.is_empty();
    if left <= 0.0 || selected && snapshot.read_only.is_none() {
        view.hint = None;
        return;
    }
    ui.ctx().request_repaint_after(Duration::from_secs_f64(left));
    let edge = theme::palette(ui).line;
    let over = Over { id: "hint", edge, widest: 480.0, bottom: above(ui, lowest), pressed: false };
    let words = snapshot.read_only.as_deref().unwrap_or(text::people::SELECT_FIRST);
    over_ui(ui, &over, |ui| drop(ui.label(words)));
}

/// A folder that was chosen for another library than the one that is open now.
#[derive(Debug)]
pub(super) struct Astray {
    folder: PathBuf,
    library: PathBuf,
    since: f64,
}

impl Astray {
    pub(super) fn new(folder: &Path, library: &Path, since: f64) -> Self {
        Self { folder: folder.to_owned(), library: library.to_owned(), since }
    }
}

/// Says that nothing was done with it, until it is closed or has stood there for some seconds.
pub(super) fn astray_ui(ui: &Ui, astray: &mut Option<Astray>, lowest: f32) -> f32 {
    let Some(Astray { folder, library, since }) = &*astray else { return lowest };
    let left = ASTRAY - (ui.input(|input| input.time) - since);
    if left <= 0.0 {
        *astray = None;
        return lowest;
    }
    ui.ctx().request_repaint_after(Duration::from_secs_f64(left));
    let words = text::frame::chosen_elsewhere(&folder.display().to_string(), &screens::start::name(library));
    let edge = theme::palette(ui).line;
    let over = Over { id: "astray", edge, widest: 640.0, bottom: above(ui, lowest), pressed: true };
    let mut closed = false;
    let top = over_ui(ui, &over, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(text::drawn(&words).into_owned());
            closed = icons::button(ui, Icon::Cross, text::CLOSE, text::CLOSE, None).clicked();
        });
    });
    if closed {
        *astray = None;
    }
    top
}
