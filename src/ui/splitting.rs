//! Splitting a card in two, with both piles to see and to mend before anything is done.

use std::collections::BTreeSet;

use egui::{Align, Layout, Rect, RichText, Sense, Ui, Vec2};

use super::grid;
use super::thumbs::Thumbs;
use super::view::{Dialog, SplitDraft, ViewState};
use super::widgets::{self, Mark};
use super::{text, theme};
use crate::domain::{Cut, FaceId, Group, Snapshot};
use crate::engine::Command;

/// Side of a face in the piles.
const SIDE: f32 = 64.0;
/// Side of the two faces the piles hang together by.
const LINK: f32 = 28.0;

/// Both piles: who stays, and who leaves.
fn piles(group: &Group, cut: Option<&Cut>, draft: &SplitDraft) -> [Vec<FaceId>; 2] {
    let leaves = |face: &FaceId| match (&draft.leaving, cut) {
        (Some(chosen), _) => chosen.contains(face),
        (None, Some(cut)) => cut.pile.binary_search(face).is_ok(),
        (None, None) => false,
    };
    let (leave, stay): (Vec<FaceId>, Vec<FaceId>) = group.faces.iter().copied().partition(|face| leaves(face));
    [stay, leave]
}

pub(super) fn dialog_ui(
    ui: &Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let Some(Dialog::Split(id, draft)) = &mut view.dialog else { return };
    let Some(group) = snapshot.group(*id) else {
        view.dialog = None;
        return;
    };
    let plan = snapshot.split_plan.as_deref().filter(|plan| plan.group == *id);
    let cuts = plan.map(|plan| plan.cuts.as_slice()).unwrap_or_default();
    let cut = cuts.get(draft.cut.min(cuts.len().saturating_sub(1)));
    let window = ui.ctx().content_rect();
    let mut done = false;
    let modal = widgets::modal(ui, "split").show(ui.ctx(), |ui| {
        ui.set_width((window.width() - 96.0).min(880.0));
        let name = group.name.as_deref();
        let title = text::person::split_in_two(name);
        ui.add(egui::Label::new(RichText::new(text::drawn(&title)).font(theme::large())).truncate());
        about_ui(ui, plan.is_some(), cut, snapshot, thumbs);
        let piles = piles(group, cut, draft);
        let height = (window.height() - 236.0).clamp(96.0, 520.0);
        if let Some(face) = both_ui(ui, height, name, &piles, snapshot, thumbs) {
            let mut leaving: BTreeSet<FaceId> = piles[1].iter().copied().collect();
            if !leaving.remove(&face) {
                leaving.insert(face);
            }
            draft.leaving = Some(leaving);
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if cuts.len() > 1 {
                let words = text::person::another_cut(draft.cut % cuts.len() + 1, cuts.len());
                if ui.button(words).on_hover_text(text::person::ANOTHER_CUT_ABOUT).clicked() {
                    *draft = SplitDraft { cut: (draft.cut + 1) % cuts.len(), leaving: None };
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let [stay, leave] = &piles;
                let words = text::person::split_off(leave.len());
                let button = widgets::main_button(ui, !stay.is_empty() && !leave.is_empty(), &words);
                if button.on_disabled_hover_text(text::person::BOTH_PILES).clicked() {
                    commands.push(Command::SplitFaces(leave.clone()));
                    done = true;
                }
                done |= ui.button(text::person::CANCEL).clicked();
            });
        });
    });
    if done || modal.should_close() {
        view.dialog = None;
    }
}

/// Where the piles hang together, or that it is being looked for.
fn about_ui(ui: &mut Ui, planned: bool, cut: Option<&Cut>, snapshot: &Snapshot, thumbs: &mut Thumbs) {
    ui.horizontal(|ui| {
        ui.set_min_height(LINK);
        let Some(cut) = cut else {
            let words = if planned { text::person::NO_CUT } else { text::person::LOOKING_FOR_CUT };
            widgets::secondary(ui, words);
            return;
        };
        widgets::secondary(ui, text::person::alike_across(cut.cosine));
        for face in cut.link {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(LINK), Sense::hover());
            let label = widgets::face_label(snapshot, face);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Image, true, &label));
            widgets::paint_face(ui, rect, face, thumbs, 4);
            response.on_hover_text(text::drawn(&label).into_owned());
        }
        widgets::secondary(ui, text::person::CLICK_TO_MOVE);
    });
}

/// Draws both piles side by side; gives the face that was clicked.
fn both_ui(
    ui: &mut Ui,
    height: f32,
    name: Option<&str>,
    piles: &[Vec<FaceId>; 2],
    snapshot: &Snapshot,
    thumbs: &mut Thumbs,
) -> Option<FaceId> {
    let (room, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    let width = (room.width() - 16.0) / 2.0;
    let titles = [text::person::stays_with(name), text::person::LEAVES.to_owned()];
    let mut clicked = None;
    for (place, (pile, title)) in piles.iter().zip(&titles).enumerate() {
        let at = room.min + Vec2::new(place as f32 * (width + 16.0), 0.0);
        let rect = Rect::from_min_size(at, Vec2::new(width, height));
        ui.painter().rect_filled(rect, theme::CARD_CORNER, theme::palette(ui).surface);
        let inside = rect.shrink(8.0);
        ui.scope_builder(egui::UiBuilder::new().max_rect(inside).id_salt(place), |ui| {
            ui.horizontal(|ui| {
                let words = text::faces(pile.len());
                ui.scope(|ui| {
                    ui.set_max_width(inside.width() - 80.0);
                    ui.add(egui::Label::new(RichText::new(text::drawn(title)).font(theme::strong())).truncate());
                });
                widgets::secondary(ui, words);
            });
            clicked = pile_ui(ui, pile, snapshot, thumbs).or(clicked);
        });
    }
    clicked
}

fn pile_ui(ui: &mut Ui, pile: &[FaceId], snapshot: &Snapshot, thumbs: &mut Thumbs) -> Option<FaceId> {
    let bar = ui.spacing().scroll.allocated_width();
    let layout = grid::Layout::new(ui.available_width() - bar, Vec2::splat(SIDE), grid::GAP);
    let mut clicked = None;
    egui::ScrollArea::vertical().id_salt("pile").auto_shrink([false, false]).show_viewport(ui, |ui, viewport| {
        ui.set_height(layout.height(pile.len()));
        let origin = ui.max_rect().min.to_vec2();
        for index in layout.between(viewport.top(), viewport.bottom(), pile.len()) {
            let Some(face) = pile.get(index).copied() else { continue };
            let rect = layout.place(index).translate(origin);
            if widgets::face_tile(ui, rect, face, snapshot, thumbs, Mark::Plain).clicked() {
                clicked = Some(face);
            }
        }
    });
    clicked
}
