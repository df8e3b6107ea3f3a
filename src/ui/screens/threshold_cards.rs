//! Cards that would come together, drawn as the one they would be, and cards that would fall apart, drawn as their piles
//! side by side. Both say so in words; a strong frame and the signs between the pictures say it again.

use egui::accesskit::Role;
use egui::{Align2, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use crate::domain::{FaceId, Group, GroupId, Snapshot};
use crate::ui::cards::{self, PAD};
use crate::ui::thumbs::Thumbs;
use crate::ui::view::ViewState;
use crate::ui::widgets::{self, Mark};
use crate::ui::{text, theme};

/// Pictures on a card at most, in rows of three.
const MOST: usize = 9;
/// Between two of them, with room for a sign.
const GAP: f32 = 8.0;
/// A line of words on a picture and below the pictures.
const LINE: f32 = 18.0;
/// A picture from this size on shows several faces of its pile.
const ROOMY: f32 = 64.0;

/// Where the pictures of a card lie.
struct Tiles {
    square: Rect,
    columns: usize,
    side: f32,
    /// Pictures; behind them there may be one place more, for how many are not shown.
    shown: usize,
    places: usize,
}

impl Tiles {
    /// Of so many, in the square at the top of a card.
    fn new(card: Rect, count: usize) -> Self {
        let inner = card.width() - 2.0 * PAD;
        let square = Rect::from_min_size(card.min + Vec2::splat(PAD), Vec2::splat(inner));
        let places = count.min(MOST);
        let columns = if places <= 4 { places.min(2) } else { 3 }.max(1);
        let side = (inner - (columns - 1) as f32 * GAP) / columns as f32;
        let shown = if count > MOST { MOST - 1 } else { count };
        Self { square, columns, side, shown, places }
    }

    /// In the middle of the square, whatever their number.
    fn place(&self, index: usize) -> Rect {
        let rows = self.places.div_ceil(self.columns);
        let high = rows as f32 * (self.side + GAP) - GAP;
        let (row, column) = (index / self.columns, index % self.columns);
        let at = Vec2::new(column as f32, row as f32) * (self.side + GAP);
        let down = ((self.square.height() - high) / 2.0).max(0.0);
        Rect::from_min_size(self.square.min + at + Vec2::new(0.0, down), Vec2::splat(self.side))
    }

    /// Says how many more there are.
    fn more_ui(&self, ui: &Ui, count: usize) {
        if count > self.shown {
            let words = text::threshold::more(count - self.shown);
            let at = self.place(self.shown).center();
            ui.painter().text(at, Align2::CENTER_CENTER, words, theme::strong(), theme::palette(ui).text);
        }
    }

    /// A sign between every two pictures of a row: what is left and right of it comes together.
    fn signs_ui(&self, ui: &Ui) {
        let colours = theme::palette(ui);
        for index in (1..self.places).filter(|index| index % self.columns > 0) {
            let place = self.place(index);
            let at = place.left_center() - Vec2::new(GAP / 2.0, 0.0);
            ui.painter().circle(at, 8.0, colours.raised, Stroke::new(1.0, colours.secondary));
            let arm = 4.0;
            let stroke = Stroke::new(1.5, colours.text);
            ui.painter().hline(at.x - arm..=at.x + arm, at.y, stroke);
            ui.painter().vline(at.x, at.y - arm..=at.y + arm, stroke);
        }
    }
}

/// Draws cards that come together as one; gives the group that was clicked.
pub(super) fn join_ui(
    ui: &Ui,
    rect: Rect,
    join: &[GroupId],
    mark: Mark,
    snapshot: &Snapshot,
    thumbs: &mut Thumbs,
) -> Option<GroupId> {
    let groups: Vec<&Group> = join.iter().filter_map(|id| snapshot.group(*id)).collect();
    let sizes: Vec<usize> = groups.iter().map(|group| group.faces.len()).collect();
    let names: Vec<&str> = groups.iter().filter_map(|group| group.name.as_deref()).collect();
    let label = text::threshold::join_label(&sizes, &names);
    let (title, sum) = (text::threshold::join(groups.len()), text::threshold::join_sizes(&sizes));
    let names = text::threshold::join_names(&names);
    let response = ui.interact(rect, ui.scope_id().with(("join", join.first())), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, &label));
    ground_ui(ui, rect, mark == Mark::Cursor);
    let tiles = Tiles::new(rect, groups.len());
    let mut clicked = None;
    for (index, group) in groups.iter().take(tiles.shown).enumerate() {
        let place = tiles.place(index);
        if tile_ui(ui, place, group, thumbs).clicked() {
            clicked = Some(group.id);
        }
    }
    tiles.more_ui(ui, groups.len());
    tiles.signs_ui(ui);
    if lines_ui(ui, rect, [&title, &sum, &names]) {
        response.on_hover_text(text::drawn(&label).into_owned());
    }
    clicked
}

/// A group that joins others: its cover, its name and how many it is.
fn tile_ui(ui: &Ui, rect: Rect, group: &Group, thumbs: &mut Thumbs) -> Response {
    let (count, name) = (group.faces.len(), group.name.as_deref());
    let (label, caption) = (text::threshold::tile(count, name), text::threshold::tile_caption(count, name));
    let response = ui.interact(rect, ui.scope_id().with(("joins", group.id)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    widgets::paint_face(ui, rect, group.cover, thumbs, theme::CONTROL_CORNER);
    caption_ui(ui, rect, &caption);
    let colours = theme::palette(ui);
    let ring = if response.has_focus() {
        Stroke::new(2.0, colours.accent)
    } else if response.hovered() {
        Stroke::new(2.0, colours.text)
    } else {
        Stroke::new(1.0, colours.secondary)
    };
    ui.painter().rect_stroke(rect, theme::CONTROL_CORNER, ring, StrokeKind::Inside);
    response.on_hover_text(text::drawn(&label).into_owned())
}

/// Draws a card that falls apart.
pub(super) fn part_ui(
    ui: &Ui,
    rect: Rect,
    (group, piles): (&Group, &[Vec<FaceId>]),
    mark: Mark,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
) -> Response {
    let sizes: Vec<usize> = piles.iter().map(Vec::len).collect();
    let title = text::threshold::parts(&sizes);
    let name = group.name.as_deref().unwrap_or(text::NOT_NAMED);
    let response = ui.interact(rect, ui.scope_id().with(("parts", group.id)), Sense::click());
    let label = text::threshold::parts_label(&sizes, group.faces.len(), group.name.as_deref());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    ground_ui(ui, rect, mark == Mark::Cursor || response.has_focus() || response.hovered());
    let tiles = Tiles::new(rect, piles.len());
    for (index, pile) in piles.iter().take(tiles.shown).enumerate() {
        let place = tiles.place(index);
        pile_ui(ui, place, pile, group.cover, thumbs);
        caption_ui(ui, place, &text::thousands(pile.len()));
        let ring = Stroke::new(1.0, theme::palette(ui).secondary);
        ui.painter().rect_stroke(place.expand(2.0), theme::CARD_CORNER, ring, StrokeKind::Inside);
    }
    tiles.more_ui(ui, piles.len());
    let cut = lines_ui(ui, rect, [&title, name, &cards::about(group, snapshot, view)]);
    if cut { response.on_hover_text(text::drawn(&label).into_owned()) } else { response }
}

/// Some faces of a pile; the card's own face first, in the pile that has it.
fn pile_ui(ui: &Ui, rect: Rect, pile: &[FaceId], cover: FaceId, thumbs: &mut Thumbs) {
    let first = if pile.contains(&cover) { Some(cover) } else { pile.first().copied() };
    if rect.width() < ROOMY || pile.len() < 4 {
        if let Some(first) = first {
            widgets::paint_face(ui, rect, first, thumbs, theme::CONTROL_CORNER);
        }
        return;
    }
    let others = pile.iter().copied().filter(|face| Some(*face) != first);
    let side = (rect.width() - 2.0) / 2.0;
    for (index, face) in first.into_iter().chain(others).take(4).enumerate() {
        let at = Vec2::new((index % 2) as f32, (index / 2) as f32) * (side + 2.0);
        widgets::paint_face(ui, Rect::from_min_size(rect.min + at, Vec2::splat(side)), face, thumbs, 4);
    }
}

/// Words on the lower edge of a picture.
fn caption_ui(ui: &Ui, rect: Rect, words: &str) {
    let strip = Rect::from_min_max(Pos2::new(rect.left(), (rect.bottom() - LINE).max(rect.top())), rect.max);
    let corner =
        egui::CornerRadius { sw: theme::CONTROL_CORNER, se: theme::CONTROL_CORNER, ..egui::CornerRadius::ZERO };
    ui.painter().rect_filled(strip, corner, theme::SHADE);
    let at = strip.min + Vec2::new(4.0, 1.0);
    widgets::line_from(ui.painter(), at, words, theme::small(), theme::ON_PHOTOS, strip.width() - 8.0);
}

/// The ground of a card that changes: a strong frame, stronger where the keys are.
fn ground_ui(ui: &Ui, rect: Rect, marked: bool) {
    let colours = theme::palette(ui);
    ui.painter().rect_filled(rect, theme::CARD_CORNER, colours.raised);
    let ring = if marked { Stroke::new(3.0, colours.text) } else { Stroke::new(2.0, colours.secondary) };
    ui.painter().rect_stroke(rect, theme::CARD_CORNER, ring, StrokeKind::Inside);
}

/// The words below the pictures: what happens first; gives whether some of them were cut off.
fn lines_ui(ui: &Ui, card: Rect, words: [&str; 3]) -> bool {
    let colours = theme::palette(ui);
    let width = card.width() - 2.0 * PAD;
    let top = card.min + Vec2::new(PAD, 2.0 * PAD + width + 4.0);
    let mut cut = false;
    for (row, words) in words.into_iter().enumerate() {
        let (font, ink) = if row == 0 { (theme::strong(), colours.text) } else { (theme::small(), colours.secondary) };
        cut |= widgets::line_from(ui.painter(), top + Vec2::new(0.0, row as f32 * LINE), words, font, ink, width);
    }
    cut
}
