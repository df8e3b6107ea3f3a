//! How readily faces join a group: a slider, and the board as it would be at its place, before anything is changed.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Align2, Rect, Response, RichText, Sense, Stroke, Ui, Vec2, WidgetInfo};

use super::threshold_board::{self, Board};
use crate::domain::{Activity, Edit, Preset, Preview, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::index::Index;
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Screen, ViewState};
use crate::ui::{frame, text, theme, widgets};

/// Hundredths of the margin to both sides of normal.
const REACH: i16 = 12;
/// Where strict, normal and loose lie, to the nearest step.
const MARKS: [(&str, i16); 3] = [(text::STRICT, -2), (text::NORMAL, 0), (text::LOOSE, 4)];
/// Beside the words of the first line that tell where the slider is, there is room for what it does.
const WIDE: f32 = 640.0;

/// What this screen remembers.
#[derive(Debug, Default)]
pub(in crate::ui) struct ThresholdView {
    /// Where the slider is, and what held then.
    place: Option<(i16, i16)>,
    /// What the engine was asked last.
    asked: Option<Asked>,
    /// The engine holds a preview for this screen.
    open: bool,
    /// The slider had the keys once.
    begun: bool,
    /// Where the arrow keys are on the board, and that they were just moved.
    pub(super) cursor: Option<usize>,
    pub(super) reveal: bool,
    /// The board of a snapshot, with or without changes.
    board: Option<((u64, bool), Arc<Board>)>,
}

/// A question to the engine.
#[derive(Clone, Copy, Debug)]
struct Asked {
    place: i16,
    held: i16,
    /// Commands the engine had taken.
    commands: u64,
}

/// What became of the last question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Waited,
    Given,
    /// The engine does nothing any more, and has not said: it was told to stop, or it could not.
    Missing,
}

impl Asked {
    fn answer(self, snapshot: &Snapshot) -> Answer {
        if snapshot.preview.as_ref().is_some_and(|preview| preview.looseness == self.place) {
            Answer::Given
        } else if snapshot.commands > self.commands && snapshot.activity == Activity::Idle {
            Answer::Missing
        } else {
            Answer::Waited
        }
    }
}

impl ThresholdView {
    /// Another screen is open: the place of the slider stays for the day one comes back.
    pub(in crate::ui) fn leave(&mut self) {
        // The groups may be others since.
        (self.asked, self.begun, self.cursor, self.board) = (None, false, None, None);
    }

    /// On every other screen: the engine need not hold a preview any more.
    pub(in crate::ui) fn close(&mut self, commands: &mut Vec<Command>) {
        if std::mem::take(&mut self.open) {
            commands.push(Command::Preview(None));
        }
    }

    /// Where the slider is. Set, or taken back, meanwhile, here or elsewhere: it follows.
    fn follow(&mut self, now: i16) -> i16 {
        if self.place.is_some_and(|(_, held)| held != now) {
            (self.place, self.asked) = (None, None);
        }
        self.place.map_or(now, |(place, _)| place)
    }

    /// Asks for the newest place once the last question is answered: never is more than one under way.
    fn ask(&mut self, (place, held): (i16, i16), snapshot: &Snapshot, commands: &mut Vec<Command>) {
        let waited = self.asked.is_some_and(|asked| asked.answer(snapshot) == Answer::Waited);
        let same = self.asked.is_some_and(|asked| (asked.place, asked.held) == (place, held));
        if !waited && !same {
            self.asked = Some(Asked { place, held, commands: snapshot.commands });
            self.open = true;
            commands.push(Command::Preview(Some(place)));
        }
    }

    /// The board at the place that was looked at last; made once a snapshot.
    fn board(&mut self, preview: Option<&Preview>, snapshot: &Snapshot, index: &Index) -> Arc<Board> {
        let key = (snapshot.generation, preview.is_some());
        match &self.board {
            Some((of, board)) if *of == key => Arc::clone(board),
            _ => {
                let board = Arc::new(Board::new(preview, snapshot, index));
                self.board = Some((key, Arc::clone(&board)));
                board
            }
        }
    }
}

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let now = held(snapshot);
    let before = view.threshold.follow(now);
    let mut place = before;
    first_line_ui(ui, &mut place, now, snapshot, commands);
    let slider = slider_ui(ui, &mut place);
    if !view.threshold.begun && view.dialog.is_none() {
        view.threshold.begun = true;
        slider.request_focus();
    }
    let moved = place != before;
    if moved {
        view.threshold.cursor = None;
    }
    view.threshold.place = Some((place, now));
    view.threshold.ask((place, now), snapshot, commands);
    if snapshot.groups.is_empty() {
        return widgets::empty_place(ui, text::people::NO_PEOPLE);
    }
    // Where it is nothing changes, whatever steps the preset lies between. Until there is an answer the last one stays.
    let preview = snapshot.preview.as_deref().filter(|preview| place != now && preview.looseness != now);
    let board = view.threshold.board(preview, snapshot, &view.index);
    words_ui(ui, &board, &looking(place, now, view.threshold.asked, &board, snapshot));
    if let Some(group) = threshold_board::board_ui(ui, &board, (moved, slider.has_focus()), snapshot, view, thumbs) {
        view.open(Screen::Person(group));
    }
}

/// The place that holds now.
fn held(snapshot: &Snapshot) -> i16 {
    snapshot.looseness.unwrap_or(match snapshot.preset {
        Preset::Strict => MARKS[0].1,
        Preset::Normal => MARKS[1].1,
        Preset::Loose => MARKS[2].1,
    })
}

/// The title, where the slider is, and what can be done about it.
fn first_line_ui(ui: &mut Ui, place: &mut i16, now: i16, snapshot: &Snapshot, commands: &mut Vec<Command>) {
    frame::head_ui(ui, |ui| {
        let wide = ui.available_width() >= WIDE;
        let words = if wide { text::threshold::readily(*place) } else { text::steps(*place) };
        widgets::heading(ui, Action::ShowThreshold.label(), &words);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let why = snapshot.read_only.as_deref().or((*place == now).then_some(text::threshold::MOVE_FIRST));
            let button = widgets::main_button(ui, why.is_none(), text::threshold::APPLY);
            if button.on_disabled_hover_text(why.unwrap_or_default()).clicked() {
                commands.push(Command::Edit(Edit::SetLooseness { hundredths: *place }));
            }
            if ui
                .add_enabled(*place != now, egui::Button::new(text::threshold::AS_IT_IS))
                .on_disabled_hover_text(text::threshold::NOT_MOVED)
                .clicked()
            {
                *place = now;
            }
        });
    });
}

/// The slider, and under it what its marks are called: each of them leads there.
fn slider_ui(ui: &mut Ui, place: &mut i16) -> Response {
    let width = ui.available_width().min(560.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 52.0), Sense::hover());
    let track = Rect::from_min_size(rect.min, Vec2::new(width, 28.0));
    let colours = theme::palette(ui);
    // A child of its own: what comes next stays below the words under the slider.
    let child = &mut ui.new_child(egui::UiBuilder::new().max_rect(track));
    child.spacing_mut().slider_width = width;
    let slider = child
        .add(egui::Slider::new(place, -REACH..=REACH).show_value(false))
        .accessible_name(text::threshold::HOW_READILY);
    for (words, mark) in MARKS {
        let share = f32::from(mark + REACH) / f32::from(2 * REACH);
        // The handle's middle keeps away from the ends by half its width.
        let at = egui::pos2(rect.left() + 10.0 + share * (width - 20.0), rect.bottom());
        let words_at = Rect::from_min_max(at - Vec2::new(20.0, 18.0), at + Vec2::new(20.0, 0.0));
        let response = ui.interact(words_at, ui.scope_id().with(words), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, *place == mark, words));
        let marked = response.hovered() || response.has_focus() || *place == mark;
        let ink = if marked { colours.text } else { colours.secondary };
        ui.painter().vline(at.x, rect.top() + 24.0..=rect.top() + 32.0, Stroke::new(1.0, colours.secondary));
        ui.painter().text(at, Align2::CENTER_BOTTOM, words, theme::small(), ink);
        if response.has_focus() {
            let ring = Stroke::new(2.0, colours.accent);
            ui.painter().rect_stroke(words_at.expand(2.0), 4, ring, egui::StrokeKind::Outside);
        }
        if response.clicked() {
            *place = mark;
        }
    }
    slider
}

/// What the board shows, in words: it may still be another place's.
fn looking(place: i16, now: i16, asked: Option<Asked>, board: &Board, snapshot: &Snapshot) -> String {
    let shown = snapshot.preview.as_ref().map(|preview| preview.looseness);
    if place == now || shown == Some(place) {
        return match board.changed() {
            0 => text::threshold::NOTHING_CHANGES.to_owned(),
            changed => text::threshold::changes(changed, board.stay()),
        };
    }
    let missing = asked.is_some_and(|asked| asked.place == place && asked.answer(snapshot) == Answer::Missing);
    match shown {
        _ if missing => text::threshold::CHANGES_UNKNOWN.to_owned(),
        Some(shown) if shown != now => text::threshold::still_looking(shown, place),
        _ => text::threshold::LOOKING_WHAT_CHANGES.to_owned(),
    }
}

/// Two lines, as high in every state: nothing below them jumps.
fn words_ui(ui: &mut Ui, board: &Board, looking: &str) {
    let words = text::threshold::board(board.groups, board.singles);
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.add(egui::Label::new(RichText::new(words).font(theme::strong())).truncate());
    ui.horizontal(|ui| {
        let colour = theme::palette(ui).secondary;
        let small = |words: &str| egui::Label::new(RichText::new(words).font(theme::small()).color(colour)).truncate();
        ui.set_min_height(16.0);
        ui.spacing_mut().interact_size.y = 16.0;
        ui.add(small(looking));
        // Where there is room for it.
        if ui.available_width() > 200.0 {
            ui.add(small(text::threshold::WORDS_HOLD));
        }
    });
}
