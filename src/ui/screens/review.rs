//! One question at a time, what settles most first: two piles, yes, no, skip.

use egui::{Key, Rect, RichText, Sense, Stroke, StrokeKind, Ui, Vec2};

use crate::domain::{FaceId, GroupId, Question, QuestionKind, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::grid::{self, Layout};
use crate::ui::index::Index;
use crate::ui::text::review as words;
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Screen, ViewState, is_asked};
use crate::ui::{doing, frame, inspector_facts, text, theme, widgets};

/// What one said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    Skip,
}

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    if snapshot.review.is_empty() && !view.asked_review && !snapshot.faces.is_empty() {
        view.asked_review = true;
        commands.push(Command::Review);
    }
    let open: Vec<&Question> = view.open_questions(snapshot).collect();
    let (left, first) = (open.len(), open.first().copied());
    frame::head_ui(ui, |ui| {
        widgets::heading(ui, Action::ShowReview.label(), &words::left(left));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            frame::action_button(ui, Action::Undo, snapshot, view, commands);
            frame::action_button(ui, Action::Why, snapshot, view, commands);
        });
    });
    let Some(question) = first else {
        // Of those that were put off, the ones that can still be asked.
        let put_off = std::mem::take(&mut view.skipped);
        let skipped = view.questions(snapshot);
        view.skipped = put_off;
        widgets::empty_place(ui, if skipped > 0 { words::ALL_SKIPPED } else { words::NO_QUESTIONS });
        if skipped > 0 {
            ui.add_space(8.0);
            ui.vertical_centered(|ui| {
                if ui.button(words::ask_again(skipped)).clicked() {
                    view.skipped.clear();
                }
            });
        }
        return;
    };
    let read_only = snapshot.read_only.as_deref();
    let mut said = keys(ui, view).filter(|said| *said == Said::Skip || read_only.is_none());
    let room = ui.available_rect_before_wrap();
    let buttons = 56.0;
    ui.label(RichText::new(text::drawn(&question.sentence)).font(theme::title()));
    let top = ui.cursor().top() + 8.0;
    let piles = Rect::from_min_max(egui::pos2(room.left(), top), room.max - Vec2::new(0.0, buttons + 8.0));
    let gap = 24.0;
    let size = Vec2::new((piles.width() - gap) / 2.0, piles.height());
    for (place, pile) in sides(question, snapshot, &mut view.index).into_iter().enumerate() {
        let at = piles.min + Vec2::new(place as f32 * (size.x + gap), 0.0);
        pile_ui(ui, Rect::from_min_size(at, size), &pile, snapshot, view, thumbs);
    }
    let line =
        Rect::from_min_size(egui::pos2(room.left(), room.bottom() - buttons), Vec2::new(room.width(), buttons - 8.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(line), |ui| {
        ui.horizontal_centered(|ui| {
            let width = 150.0 * 2.0 + 110.0 + 16.0;
            ui.add_space(((line.width() - width) / 2.0).max(0.0));
            let choices = [
                (words::SAME_PERSON, "Y", Said::Yes, 150.0),
                (words::DIFFERENT_PEOPLE, "N", Said::No, 150.0),
                (words::SKIP, "S", Said::Skip, 110.0),
            ];
            for (name, key, choice, width) in choices {
                let button = egui::Button::new(name).shortcut_text(key).min_size(Vec2::new(width, 36.0));
                let button = ui.add_enabled(choice == Said::Skip || read_only.is_none(), button);
                if button.on_disabled_hover_text(read_only.unwrap_or_default()).clicked() {
                    said = Some(choice);
                }
            }
        });
    });
    if let Some(said) = said {
        // Gone at once; the engine makes it so for good.
        if said == Said::Skip {
            view.skipped.insert(question.id);
        } else if let (Said::Yes, Some(both)) = (said, two_names(question, snapshot)) {
            doing::join(both.to_vec(), snapshot, view, commands);
        } else {
            view.answered.insert(question.id);
            commands.push(Command::Answer { question: question.id, yes: said == Said::Yes });
        }
    }
}

/// Two people of different names who would be one: it is asked which name stays.
fn two_names(question: &Question, snapshot: &Snapshot) -> Option<[GroupId; 2]> {
    let QuestionKind::Merge { one, two } = question.kind else { return None };
    (doing::names(&[one, two], snapshot).len() > 1).then_some([one, two])
}

fn keys(ui: &Ui, view: &ViewState) -> Option<Said> {
    if !grid::listens(ui, view) {
        return None;
    }
    let keys = [(Key::Y, Said::Yes), (Key::N, Said::No), (Key::S, Said::Skip)];
    keys.into_iter().find(|(key, _)| widgets::pressed_once(ui, *key)).map(|(_, said)| said)
}

/// One side of the question.
struct Pile {
    name: String,
    group: Option<GroupId>,
    faces: Vec<FaceId>,
}

fn sides(question: &Question, snapshot: &Snapshot, index: &mut Index) -> Vec<Pile> {
    let mut whole = |id: Option<GroupId>| {
        let group = id.and_then(|id| snapshot.group(id));
        let name = group.and_then(|group| inspector_facts::name_of(group, snapshot, index));
        let faces = group.map(|group| group.faces.clone()).unwrap_or_default();
        Pile { name: name.unwrap_or_else(|| text::NOT_NAMED.to_owned()), group: id, faces }
    };
    let mut piles = match &question.kind {
        QuestionKind::Merge { one, two } => vec![whole(Some(*one)), whole(Some(*two))],
        QuestionKind::Split { group, pile } => {
            let mut rest = whole(Some(*group));
            rest.faces.retain(|face| pile.binary_search(face).is_err());
            vec![Pile { name: rest.name.clone(), group: Some(*group), faces: pile.clone() }, rest]
        }
        QuestionKind::Suggest { faces, person } => {
            // Who has gone there since the question came up is on the other side.
            let asked: Vec<FaceId> = faces.iter().copied().filter(|face| is_asked(*face, *person, snapshot)).collect();
            let group = asked.first().and_then(|face| snapshot.group_of.get(face)).copied();
            vec![Pile { faces: asked, ..whole(group) }, whole(Some(*person))]
        }
    };
    // The two faces the question hangs on come first.
    for pile in &mut piles {
        pile.faces.sort_by_key(|face| !question.faces.contains(face));
    }
    piles
}

/// The faces of a side, as large as they fit, at most sixteen.
fn pile_ui(ui: &mut Ui, rect: Rect, pile: &Pile, snapshot: &Snapshot, view: &mut ViewState, thumbs: &mut Thumbs) {
    let colours = theme::palette(ui);
    ui.painter().rect_filled(rect, theme::CARD_CORNER, colours.raised);
    let inside = rect.shrink(12.0);
    let count = pile.faces.len();
    let shown = count.min(16);
    let line = Rect::from_min_size(inside.min, Vec2::new(inside.width(), 24.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(line), |ui| {
        ui.horizontal_centered(|ui| {
            // The number keeps its place beside a long name.
            let number = words::pile(shown, count);
            let galley = ui.painter().layout_no_wrap(number.clone(), theme::small(), colours.secondary);
            let room = (ui.available_width() - galley.size().x - ui.spacing().item_spacing.x).max(0.0);
            ui.scope(|ui| {
                ui.set_max_width(room);
                ui.add(egui::Label::new(RichText::new(text::drawn(&pile.name)).font(theme::title())).truncate());
            });
            widgets::secondary(ui, number);
        });
    });
    let ground = Rect::from_min_max(inside.min + Vec2::new(0.0, 32.0), inside.max);
    let side = (1..=shown.max(1))
        .map(|columns| {
            let rows = shown.max(1).div_ceil(columns);
            let wide = (ground.width() - 4.0 * (columns - 1) as f32) / columns as f32;
            let high = (ground.height() - 4.0 * (rows - 1) as f32) / rows as f32;
            wide.min(high)
        })
        .fold(24.0_f32, f32::max)
        .min(320.0);
    let layout = Layout::new(ground.width() + 0.5, Vec2::splat(side), 4.0);
    // In the middle of the pile, as a whole.
    let columns = layout.columns.min(shown.max(1)) as f32;
    let size = Vec2::new(columns * (side + 4.0) - 4.0, layout.height(shown) - 4.0);
    let ground = ground.translate(((ground.size() - size) / 2.0).max(Vec2::ZERO));
    for (index, face) in pile.faces.iter().take(shown).enumerate() {
        let at = layout.place(index).translate(ground.min.to_vec2());
        let response = widgets::face_tile(ui, at, *face, snapshot, thumbs, widgets::Mark::Plain);
        if response.double_clicked()
            && let Some(face) = snapshot.faces.get(face)
        {
            view.open(Screen::Photo(face.photo));
        }
    }
    let response = ui.interact(line, ui.scope_id().with(("pile", pile.group, rect.left() as i32)), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, words::look_at(&pile.name, count))
    });
    if response.hovered() || response.has_focus() {
        let edge = Stroke::new(2.0, if response.has_focus() { colours.accent } else { colours.line });
        ui.painter().rect_stroke(line.expand(4.0), theme::CONTROL_CORNER, edge, StrokeKind::Inside);
    }
    if let (true, Some(group)) = (response.clicked(), pile.group) {
        view.open(Screen::Person(group));
    }
}
