//! Why two faces are together, or apart: in words and pictures.

use egui::{Align2, Rect, RichText, Sense, Ui, Vec2};

use super::icons::{self, Icon};
use super::index::Index;
use super::thumbs::Thumbs;
use super::view::{Dialog, Screen, ViewState};
use super::{inspector_facts, text, theme, widgets};
use crate::domain::{Explanation, FaceId, Snapshot};

/// The two faces an explanation is asked for: two selected, or one twice to be explained with its group; in the review those
/// the question hangs on.
pub(super) fn pair(snapshot: &Snapshot, view: &ViewState) -> Option<(FaceId, FaceId)> {
    if view.screen == Screen::Review {
        return view.open_questions(snapshot).next().map(|question| (question.faces[0], question.faces[1]));
    }
    match view.target_faces()[..] {
        [one, two] => Some((one, two)),
        [one] => (snapshot.group_of_face(one)?.faces.len() > 1).then_some((one, one)),
        _ => None,
    }
}

/// Pictures of a row: of more, it is said how many.
const MOST: usize = 12;

pub(super) fn dialog_ui(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState, thumbs: &mut Thumbs) {
    let Some(Dialog::Why(one, two)) = view.dialog else { return };
    let fits = |answer: &&Explanation| answer.one == one && (answer.two == two || one == two);
    let answer = snapshot.explanation.as_deref().filter(fits);
    let other = Some(answer.map_or(two, |answer| answer.two)).filter(|other| *other != one);
    let index = &mut view.index;
    let modal = widgets::modal(ui, "why").show(ui.ctx(), |ui| {
        let window = ui.ctx().content_rect();
        ui.set_width((window.width() - 96.0).min(520.0));
        let words = match answer {
            Some(answer) if answer.cosine.is_none() => text::review::NOT_COMPARED,
            Some(answer) if answer.together => text::review::WHY_TOGETHER,
            Some(_) => text::review::WHY_APART,
            None if one == two => text::review::LOOKING_AT_ONE,
            None => text::review::LOOKING_AT_TWO,
        };
        ui.label(RichText::new(words).font(theme::large()));
        ui.add_space(8.0);
        let side = if window.height() < 560.0 { 72.0 } else { 112.0 };
        ui.horizontal(|ui| {
            for face in std::iter::once(one).chain(other) {
                let (rect, _) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
                face_ui(ui, rect, "asked", face, snapshot, index, thumbs);
            }
            if let Some(answer) = answer {
                ui.vertical(|ui| figures_ui(ui, answer));
            }
        });
        if let Some(answer) = answer {
            widgets::scrolled((window.height() - 228.0 - side).max(80.0)).show(ui, |ui| {
                ui.set_min_width(ui.available_width());
                answer_ui(ui, answer, snapshot, index, thumbs);
            });
        }
        ui.add_space(8.0);
        ui.button(text::CLOSE).clicked()
    });
    if modal.inner || modal.should_close() {
        view.dialog = None;
    }
}

/// A face with its name for screen readers; `salt` tells the places apart at which it may stand.
fn face_ui(
    ui: &Ui,
    rect: Rect,
    salt: impl std::hash::Hash + std::fmt::Debug,
    face: FaceId,
    snapshot: &Snapshot,
    index: &mut Index,
    thumbs: &mut Thumbs,
) {
    let response = ui.interact(rect, ui.scope_id().with((salt, face)), Sense::hover());
    let label = label(face, snapshot, index);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Image, true, &label));
    widgets::paint_face(ui, rect, face, thumbs, theme::CONTROL_CORNER);
    response.on_hover_text(text::drawn(&label).into_owned());
}

/// What a face is called; of two people of one name, which one's it is.
fn label(face: FaceId, snapshot: &Snapshot, index: &mut Index) -> String {
    let label = widgets::face_label(snapshot, face);
    let Some(group) = snapshot.group_of_face(face) else { return label };
    match (group.name.as_deref(), inspector_facts::apart(group, snapshot, index)) {
        (Some(name), Some(apart)) => text::review::face_of_one_name(&label, name, &apart),
        _ => label,
    }
}

/// Said where the two faces are of two people of one name.
fn namesakes(answer: &Explanation, snapshot: &Snapshot, index: &mut Index) -> Option<String> {
    let (one, two) = (snapshot.group_of_face(answer.one)?, snapshot.group_of_face(answer.two)?);
    if one.id == two.id || one.name != two.name {
        return None;
    }
    let left = inspector_facts::apart(one, snapshot, index)?;
    let right = inspector_facts::apart(two, snapshot, index)?;
    Some(text::review::two_of_one_name(one.name.as_deref()?, &left, &right))
}

fn figures_ui(ui: &mut Ui, answer: &Explanation) {
    let Some(cosine) = answer.cosine else { return };
    widgets::secondary(ui, text::review::alike(cosine));
    match answer.rank_order {
        Some(distance) => widgets::secondary(ui, text::review::rank_order(distance)),
        None => widgets::secondary(ui, text::review::NOT_NEAREST),
    };
    match answer.margin {
        Some(margin) if margin.is_infinite() => widgets::secondary(ui, text::review::YOU_SAID_SO),
        Some(margin) => widgets::secondary(ui, text::review::margin(margin)),
        None => widgets::secondary(ui, text::review::NO_WAY),
    };
}

fn answer_ui(ui: &mut Ui, answer: &Explanation, snapshot: &Snapshot, index: &mut Index, thumbs: &mut Thumbs) {
    ui.add_space(8.0);
    for sentence in namesakes(answer, snapshot, index).iter().chain(&answer.sentences) {
        widgets::copyable(ui, text::drawn(sentence));
    }
    if !answer.bridge.is_empty() {
        ui.add_space(8.0);
        ui.label(RichText::new(text::review::STEPS).font(theme::strong()));
        ui.horizontal_wrapped(|ui| {
            for (place, step) in answer.bridge.iter().take(MOST).enumerate() {
                step_ui(ui, place, *step, snapshot, index, thumbs);
            }
            more_ui(ui, answer.bridge.len());
        });
    }
    if !answer.shared.is_empty() {
        ui.add_space(8.0);
        ui.label(RichText::new(text::review::NEAR_BOTH).font(theme::strong()));
        ui.horizontal_wrapped(|ui| {
            for near in answer.shared.iter().take(MOST) {
                near_ui(ui, *near, snapshot, index, thumbs);
            }
            more_ui(ui, answer.shared.len());
        });
    }
}

/// At the end of a row that does not show all.
fn more_ui(ui: &mut Ui, number: usize) {
    if number > MOST {
        widgets::secondary(ui, text::review::and_more(number - MOST));
    }
}

/// Two faces and how alike they are, in one piece: a line breaks before it and not inside.
fn step_ui(
    ui: &mut Ui,
    place: usize,
    (one, two, cosine): (FaceId, FaceId, f32),
    snapshot: &Snapshot,
    index: &mut Index,
    thumbs: &mut Thumbs,
) {
    const SIDE: f32 = 44.0;
    let words = format!("{cosine:.2}");
    let (rect, response) = ui.allocate_exact_size(Vec2::new(2.0 * SIDE + 54.0, SIDE), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, &words));
    let second = rect.min + Vec2::new(SIDE + 22.0, 0.0);
    face_ui(ui, Rect::from_min_size(rect.min, Vec2::splat(SIDE)), (place, 0), one, snapshot, index, thumbs);
    face_ui(ui, Rect::from_min_size(second, Vec2::splat(SIDE)), (place, 1), two, snapshot, index, thumbs);
    let between = rect.left_center() + Vec2::new(SIDE + 11.0, 0.0);
    let colour = theme::palette(ui).secondary;
    icons::paint(ui.painter(), Rect::from_center_size(between, Vec2::splat(14.0)), Icon::Forward, colour);
    let at = egui::pos2(second.x + SIDE + 4.0, rect.center().y);
    ui.painter().text(at, Align2::LEFT_CENTER, words, theme::small(), colour);
}

/// A face near both, and its places among the nearest of the one and of the other.
fn near_ui(
    ui: &mut Ui,
    (face, first, second): (FaceId, u32, u32),
    snapshot: &Snapshot,
    index: &mut Index,
    thumbs: &mut Thumbs,
) {
    const SIDE: f32 = 48.0;
    let words = format!("{first} · {second}");
    let (rect, response) = ui.allocate_exact_size(Vec2::new(SIDE + 8.0, SIDE + 18.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, &words));
    let picture = Rect::from_min_size(rect.min + Vec2::new(4.0, 0.0), Vec2::splat(SIDE));
    face_ui(ui, picture, "near", face, snapshot, index, thumbs);
    let colour = theme::palette(ui).secondary;
    ui.painter().text(rect.center_bottom(), Align2::CENTER_BOTTOM, words, theme::small(), colour);
}
