//! Why two faces are together, or apart: in words and pictures.

use egui::{Rect, RichText, Sense, Ui, Vec2};

use super::icons::{self, Icon};
use super::thumbs::Thumbs;
use super::view::{Dialog, Screen, ViewState};
use super::{theme, widgets};
use crate::domain::{Explanation, FaceId, Snapshot};

/// The two faces an explanation is asked for: two selected, or one and the face its card shows; in the review those the
/// question hangs on.
pub(super) fn pair(snapshot: &Snapshot, view: &ViewState) -> Option<(FaceId, FaceId)> {
    if view.screen == Screen::Review {
        return view.open_questions(snapshot).next().map(|question| (question.faces[0], question.faces[1]));
    }
    match view.target_faces()[..] {
        [one, two] => Some((one, two)),
        [one] => {
            let group = snapshot.group_of_face(one)?;
            let others = std::iter::once(&group.cover).chain(&group.faces);
            Some((one, *others.into_iter().find(|face| **face != one)?))
        }
        _ => None,
    }
}

pub(super) fn dialog_ui(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState, thumbs: &mut Thumbs) {
    let Some(Dialog::Why(one, two)) = view.dialog else { return };
    let answer = snapshot.explanation.as_deref().filter(|answer| (answer.one, answer.two) == (one, two));
    let modal = widgets::modal(ui, "why").show(ui.ctx(), |ui| {
        let window = ui.ctx().content_rect();
        ui.set_width((window.width() - 96.0).min(520.0));
        let words = match answer {
            Some(answer) if answer.together => "Why are these together?",
            Some(_) => "Why are these apart?",
            None => "Looking at the two faces…",
        };
        ui.label(RichText::new(words).font(theme::large()));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            for face in [one, two] {
                face_ui(ui, face, 112.0, snapshot, thumbs);
            }
            if let Some(answer) = answer {
                ui.vertical(|ui| figures_ui(ui, answer));
            }
        });
        if let Some(answer) = answer {
            egui::ScrollArea::vertical().max_height((window.height() - 340.0).max(80.0)).show(ui, |ui| {
                ui.set_min_width(ui.available_width());
                answer_ui(ui, answer, snapshot, thumbs);
            });
        }
        ui.add_space(8.0);
        ui.button("Close").clicked()
    });
    if modal.inner || modal.should_close() {
        view.dialog = None;
    }
}

fn face_ui(ui: &mut Ui, face: FaceId, side: f32, snapshot: &Snapshot, thumbs: &mut Thumbs) {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    let label = widgets::face_label(snapshot, face);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Image, true, &label));
    widgets::paint_face(ui, rect, face, thumbs, theme::CONTROL_CORNER);
    response.on_hover_text(label);
}

fn figures_ui(ui: &mut Ui, answer: &Explanation) {
    widgets::secondary(ui, format!("Alike: {:.2} of 1", answer.cosine));
    match answer.rank_order {
        Some(distance) => widgets::secondary(ui, format!("Rank-order distance: {distance:.1}")),
        None => widgets::secondary(ui, "Neither is among the other's nearest faces"),
    };
    match answer.margin {
        Some(margin) if margin.is_infinite() => widgets::secondary(ui, "You said so"),
        Some(margin) => widgets::secondary(ui, format!("Margin of the weakest step: {margin:+.2}")),
        None => widgets::secondary(ui, "No way leads from one to the other"),
    };
}

fn answer_ui(ui: &mut Ui, answer: &Explanation, snapshot: &Snapshot, thumbs: &mut Thumbs) {
    ui.add_space(8.0);
    for sentence in &answer.sentences {
        ui.label(sentence);
    }
    if !answer.bridge.is_empty() {
        ui.add_space(8.0);
        ui.label(RichText::new("The steps between them, the weakest first").font(theme::strong()));
        ui.horizontal_wrapped(|ui| {
            for (one, two, cosine) in answer.bridge.iter().take(12) {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 4.0;
                    face_ui(ui, *one, 44.0, snapshot, thumbs);
                    let (place, _) = ui.allocate_exact_size(Vec2::new(14.0, 44.0), Sense::hover());
                    let icon = Rect::from_center_size(place.center(), Vec2::splat(14.0));
                    icons::paint(ui.painter(), icon, Icon::Forward, theme::palette(ui).secondary);
                    face_ui(ui, *two, 44.0, snapshot, thumbs);
                    widgets::secondary(ui, format!("{cosine:.2}"));
                });
            }
        });
    }
    if !answer.shared.is_empty() {
        ui.add_space(8.0);
        ui.label(RichText::new("Faces near both, and their places among the nearest").font(theme::strong()));
        ui.horizontal_wrapped(|ui| {
            for (face, first, second) in answer.shared.iter().take(12) {
                ui.vertical(|ui| {
                    ui.set_max_width(48.0);
                    face_ui(ui, *face, 48.0, snapshot, thumbs);
                    widgets::secondary(ui, format!("{first} · {second}"));
                });
            }
        });
    }
}
