//! The panel at the right: what is selected, what is known of it, and what can be done with it. It keeps its place while it
//! is unfolded, whether something is selected or not: what one points at must not move away under a second click.

use egui::accesskit::Role;
use egui::{Frame, Label, Layout, Margin, Panel, Rect, RichText, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo};

use super::action::Action;
use super::inspector_facts::{self, Fact, Summary};
use super::screens::{faces, person};
use super::thumbs::Thumbs;
use super::view::{Screen, ViewState};
use super::{frame, naming, text, theme, widgets};
use crate::domain::{Face, FaceId, GroupId, PhotoId, Snapshot};
use crate::engine::{Command, PictureKey};

/// Of the panel, with what is free at its sides.
const WIDTH: f32 = 280.0;
/// Of a window that has room for it: what is left for the screen is as wide as in the smallest window, beside icons.
const LEAST: f32 = 920.0;
/// Of a window in which the side bar keeps its words beside it.
const BOTH: f32 = 1040.0;
/// Of a window in which it stands until somebody folds it.
const ROOMY: f32 = 1400.0;
/// Pictures in a row of small ones, and how many at most.
const COLUMNS: usize = 4;
const MOST: usize = 8;
/// Height of a line, and width of what it is about.
const LINE: f32 = 20.0;
const WHAT: f32 = 72.0;

const OF_FACE: [Action; 11] = [
    Action::Open,
    Action::Why,
    Action::Rename,
    Action::Confirm,
    Action::Reject,
    Action::Split,
    Action::NotAFace,
    Action::Ignore,
    Action::Cover,
    Action::OpenFile,
    Action::ShowFile,
];
const OF_FACES: [Action; 6] =
    [Action::Why, Action::Confirm, Action::Reject, Action::Split, Action::NotAFace, Action::Ignore];
const OF_FACE_ASIDE: [Action; 4] = [Action::TakeBack, Action::Open, Action::OpenFile, Action::ShowFile];
const OF_CARD: [Action; 7] = [
    Action::Open,
    Action::Rename,
    Action::MergeInto,
    Action::SplitInTwo,
    Action::Ignore,
    Action::Hide,
    Action::ExportPerson,
];
const OF_CARDS: [Action; 5] = [Action::Merge, Action::MergeInto, Action::Ignore, Action::Hide, Action::Export];
const OF_PHOTO: [Action; 3] = [Action::Open, Action::OpenFile, Action::ShowFile];

/// On these screens faces or cards are selected that belong to no one card.
pub(super) fn selects(screen: Screen) -> bool {
    matches!(screen, Screen::People | Screen::Faces | Screen::Map | Screen::Aside(_))
}

/// `Ok` where it may stand.
///
/// # Errors
/// Why it may not, as a sentence.
pub(super) fn can_show(view: &ViewState) -> Result<(), &'static str> {
    if !selects(view.screen) && !matches!(view.screen, Screen::Person(_) | Screen::Search) {
        return Err(text::inspector::NOWHERE_TO_SELECT);
    }
    if view.width < LEAST {
        return Err(text::inspector::TOO_NARROW);
    }
    Ok(())
}

/// It is there now: as was said last, else where there is plenty of room.
pub(super) fn is_shown(view: &ViewState) -> bool {
    can_show(view).is_ok() && is_wanted(view)
}

fn is_wanted(view: &ViewState) -> bool {
    view.settings.details.unwrap_or(view.width >= ROOMY)
}

/// The side bar does without words, so that there is room for it; on every screen, lest the bar move.
pub(super) fn crowds(view: &ViewState) -> bool {
    is_wanted(view) && view.width >= LEAST && view.width < BOTH
}

/// The field for the name of the one face that is selected stands in it: on these screens there is no other.
pub(super) fn names(view: &ViewState) -> bool {
    is_shown(view) && matches!(view.screen, Screen::Faces | Screen::Map) && view.faces.len() == 1
}

pub(super) fn panel_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    forget_field(snapshot, view);
    if !is_shown(view) {
        return;
    }
    let ground = Frame::new().fill(theme::palette(ui).surface).inner_margin(Margin::symmetric(16, 8));
    Panel::right("inspector").exact_size(WIDTH).resizable(false).frame(ground).show(ui, |ui| {
        let carries = egui::DragAndDrop::has_any_payload(ui.ctx());
        let selected = !view.faces.is_empty() || !view.groups.is_empty();
        // Whom faces can be given to stands there until some are selected, and again while they are carried.
        if let Screen::Person(group) = view.screen
            && !view.person_photos
            && (carries || !selected)
        {
            return person::rail_ui(ui, group, snapshot, view, thumbs, commands);
        }
        let area = ScrollArea::vertical().id_salt("inspector").auto_shrink([false, false]);
        area.show(ui, |ui| content_ui(ui, snapshot, view, thumbs, commands));
    });
}

/// Where the field for a name goes with the face that is selected, no name is being changed without it.
fn forget_field(snapshot: &Snapshot, view: &mut ViewState) {
    let Some(group) = view.renaming.filter(|_| matches!(view.screen, Screen::Faces | Screen::Map)) else { return };
    let of = view.faces.first().and_then(|face| snapshot.group_of.get(face));
    if !names(view) || of != Some(&group) {
        view.renaming = None;
        view.names.remove(&group);
    }
}

fn content_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    ui.spacing_mut().item_spacing.y = 4.0;
    if let Some(photo) = view.target_photo() {
        photo_ui(ui, photo, snapshot, view, thumbs, commands);
    } else if !view.groups.is_empty() {
        cards_ui(ui, snapshot, view, thumbs, commands);
    } else if let (1, Some(face)) = (view.faces.len(), view.faces.first().copied()) {
        face_ui(ui, face, snapshot, view, thumbs, commands);
    } else if !view.faces.is_empty() {
        faces_ui(ui, snapshot, view, thumbs, commands);
    } else {
        ui.add_space(48.0);
        ui.vertical_centered(|ui| widgets::secondary(ui, text::inspector::NOTHING_SELECTED));
    }
}

/// One face.
fn face_ui(
    ui: &mut Ui,
    id: FaceId,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let Some(face) = snapshot.faces.get(&id) else { return };
    let group = snapshot.group_of_face(id);
    let name = group.and_then(|group| group.name.as_deref());
    let apart = group.and_then(|group| inspector_facts::apart(group, snapshot, &mut view.index));
    large_ui(ui, face, name, snapshot, thumbs);
    match group {
        Some(group) if names(view) => {
            let (line, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::CONTROL), Sense::hover());
            naming::name_ui(ui, line, group, snapshot, view, thumbs, commands);
        }
        _ => title_ui(ui, name.unwrap_or(text::NOT_NAMED)),
    }
    if let Some(apart) = apart {
        widgets::secondary(ui, apart);
    }
    facts_ui(ui, &inspector_facts::of_face(face, snapshot));
    let aside = matches!(view.screen, Screen::Aside(_));
    actions_ui(ui, if aside { &OF_FACE_ASIDE[..] } else { &OF_FACE[..] }, snapshot, view, commands);
    if !aside {
        faces::move_to_ui(ui, snapshot, view, thumbs, commands);
    }
}

/// Several faces.
fn faces_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, thumbs: &mut Thumbs, commands: &mut Vec<Command>) {
    let summary = Summary::of(snapshot, view);
    let some: Vec<FaceId> = view.faces.iter().take(MOST).copied().collect();
    small_ui(ui, &some, thumbs);
    title_ui(ui, &text::faces(view.faces.len()));
    who_ui(ui, &summary);
    facts_ui(ui, &summary.facts()[1..]);
    let aside = matches!(view.screen, Screen::Aside(_));
    actions_ui(ui, if aside { &OF_FACE_ASIDE[..1] } else { &OF_FACES[..] }, snapshot, view, commands);
    if !aside {
        faces::move_to_ui(ui, snapshot, view, thumbs, commands);
    }
}

/// One card or several.
fn cards_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, thumbs: &mut Thumbs, commands: &mut Vec<Command>) {
    let summary = Summary::of(snapshot, view);
    let groups: Vec<GroupId> = view.groups.iter().copied().collect();
    if let [only] = groups[..] {
        let Some(group) = snapshot.group(only) else { return };
        let name = group.name.as_deref();
        if let Some(cover) = snapshot.faces.get(&group.cover) {
            large_ui(ui, cover, name, snapshot, thumbs);
        }
        title_ui(ui, name.unwrap_or(text::NOT_NAMED));
        let mut facts = summary.facts();
        facts.extend(group.birth_year.map(inspector_facts::born));
        facts_ui(ui, &facts);
        actions_ui(ui, &OF_CARD, snapshot, view, commands);
    } else {
        let covers = groups.iter().filter_map(|id| snapshot.group(*id)).map(|group| group.cover);
        small_ui(ui, &covers.take(MOST).collect::<Vec<_>>(), thumbs);
        title_ui(ui, &text::cards(groups.len()));
        who_ui(ui, &summary);
        facts_ui(ui, &summary.facts());
        actions_ui(ui, &OF_CARDS, snapshot, view, commands);
    }
}

/// A photo of a grid of photos.
fn photo_ui(
    ui: &mut Ui,
    id: PhotoId,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let Some(photo) = snapshot.photos.get(&id) else { return };
    let width = ui.available_width();
    let height = width * photo.height.max(1) as f32 / photo.width.max(1) as f32;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height.clamp(64.0, 320.0)), Sense::hover());
    let name = text::file_name(photo);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, text::inspector::large_picture(Some(&name))));
    widgets::paint_picture(ui, rect, PictureKey::PhotoThumb(id), thumbs, theme::CARD_CORNER);
    title_ui(ui, &name);
    facts_ui(ui, &inspector_facts::of_photo(photo, snapshot, &mut view.index));
    actions_ui(ui, &OF_PHOTO, snapshot, view, commands);
}

/// A face as large as the panel is wide: out of the photo once that is read, where it has more to show than the thumbnail.
fn large_ui(ui: &mut Ui, face: &Face, name: Option<&str>, snapshot: &Snapshot, thumbs: &mut Thumbs) {
    let side = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    let label = text::inspector::large_picture(name);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    if let Some(part) = sharper(face, snapshot)
        && let Ok(Some(photo)) = thumbs.get(PictureKey::Photo(face.photo))
    {
        let shape = egui::epaint::RectShape::filled(rect, theme::CARD_CORNER, egui::Color32::WHITE);
        ui.painter().add(shape.with_texture(photo.id(), part));
    } else {
        widgets::paint_face(ui, rect, face.id, thumbs, theme::CARD_CORNER);
    }
}

/// The part of the photo, 0 to 1, that the thumbnail shows; nothing where the photo on the screen shows no more of it.
fn sharper(face: &Face, snapshot: &Snapshot) -> Option<Rect> {
    /// Of a photo on the screen, the longer side, and of a thumbnail, with something to gain.
    const PHOTO: f32 = 2048.0;
    const THUMBNAIL: f32 = 200.0;
    let photo = snapshot.photos.get(&face.photo)?;
    let size = Vec2::new(photo.width.max(1) as f32, photo.height.max(1) as f32);
    let bounds = face.detected.bounds;
    let side = (1.5 * bounds.width.max(bounds.height)).min(size.min_elem());
    if side * (PHOTO / size.max_elem()).min(1.0) < THUMBNAIL {
        return None;
    }
    let place = |centre: f32, length: f32| (centre - side / 2.0).clamp(0.0, (length - side).max(0.0));
    let [x, y] = bounds.centre();
    let corner = egui::pos2(place(x, size.x) / size.x, place(y, size.y) / size.y);
    Some(Rect::from_min_size(corner, Vec2::splat(side) / size))
}

/// Some of what is selected, small.
fn small_ui(ui: &mut Ui, faces: &[FaceId], thumbs: &mut Thumbs) {
    let width = ui.available_width();
    let side = (width - 4.0 * (COLUMNS - 1) as f32) / COLUMNS as f32;
    let rows = faces.len().div_ceil(COLUMNS) as f32;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, rows * (side + 4.0)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, text::inspector::SOME_SELECTED));
    for (place, face) in faces.iter().enumerate() {
        let at = Vec2::new((place % COLUMNS) as f32, (place / COLUMNS) as f32) * (side + 4.0);
        let picture = Rect::from_min_size(rect.min + at, Vec2::splat(side));
        widgets::paint_face(ui, picture, *face, thumbs, theme::CONTROL_CORNER);
    }
}

fn title_ui(ui: &mut Ui, words: &str) {
    ui.add_space(4.0);
    ui.add(Label::new(RichText::new(text::drawn(words)).font(theme::title())).truncate());
}

/// A name a line, and how many faces of it.
fn who_ui(ui: &mut Ui, summary: &Summary) {
    for (name, count) in summary.who() {
        let (line, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), LINE), Sense::hover());
        let right = Layout::right_to_left(egui::Align::Center);
        let ui = &mut ui.new_child(UiBuilder::new().max_rect(line).layout(right));
        widgets::secondary(ui, text::thousands(count));
        ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
            ui.add(Label::new(text::drawn(&name)).truncate());
        });
    }
}

/// What is known, a line each: what it is, and its value.
fn facts_ui(ui: &mut Ui, facts: &[Fact]) {
    ui.add_space(4.0);
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = LINE;
        for fact in facts {
            ui.horizontal(|ui| {
                let (place, _) = ui.allocate_exact_size(Vec2::new(WHAT, LINE), Sense::hover());
                let middle = Layout::left_to_right(egui::Align::Center);
                widgets::secondary(&mut ui.new_child(UiBuilder::new().max_rect(place).layout(middle)), fact.what);
                let label = Label::new(text::drawn(&fact.value)).truncate().selectable(true);
                let alone = fact.about.is_empty();
                let value = ui.add(label.show_tooltip_when_elided(alone));
                if !alone {
                    value.on_hover_text(text::drawn(&fact.about));
                }
            });
        }
    });
}

/// Buttons, as many in a row as fit; what cannot be done now says why.
fn actions_ui(ui: &mut Ui, actions: &[Action], snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(4.0);
        for action in actions {
            frame::action_button(ui, *action, snapshot, view, commands);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DetectedFace, FaceBox, FaceKey, Photo, PhotoHash};

    #[test]
    fn a_face_is_cut_out_of_the_photo_as_its_thumbnail_was() {
        let check = |width: u32, height: u32, bounds: FaceBox, expected: Option<[f32; 4]>| {
            let hash = PhotoHash([1; 16]);
            let photo = Photo {
                id: PhotoId(1),
                hash,
                paths: vec!["/p/1.jpg".into()],
                width,
                height,
                orientation: 1,
                taken: None,
            };
            let detected = DetectedFace { bounds, score: 1.0, landmarks: [[0.0; 2]; 5], sharpness: 1.0 };
            let key = FaceKey::new(hash, &bounds, width, height);
            let face = Face { id: FaceId(1), key, photo: PhotoId(1), detected };
            let found = sharper(&face, &Snapshot::by_hand(vec![photo], vec![face], Vec::new()));
            let found = found.map(|part| [part.left(), part.top(), part.width(), part.height()]);
            assert_eq!(found, expected, "{bounds:?} of {width} × {height}");
        };
        // Half as much again as the longer side, and never beyond the edges.
        check(1600, 800, FaceBox::new(600.0, 200.0, 400.0, 400.0), Some([500.0 / 1600.0, 0.125, 0.375, 0.75]));
        check(1600, 800, FaceBox::new(0.0, 0.0, 400.0, 400.0), Some([0.0, 0.0, 0.375, 0.75]));
        check(1600, 800, FaceBox::new(700.0, 0.0, 200.0, 800.0), Some([0.25, 0.0, 0.5, 1.0]));
        // A small face, or a middling one of a very large photo, is no sharper there.
        check(1600, 800, FaceBox::new(600.0, 200.0, 90.0, 110.0), None);
        check(16000, 8000, FaceBox::new(600.0, 200.0, 900.0, 800.0), None);
    }

    #[test]
    fn it_stands_where_there_is_room_until_somebody_says_otherwise() {
        let check = |screen: Screen, width: f32, said: Option<bool>, expected: bool| {
            let mut view = ViewState { screen, width, ..ViewState::default() };
            view.settings.details = said;
            assert_eq!(is_shown(&view), expected, "{screen:?}, {width}, {said:?}");
        };
        check(Screen::People, 1920.0, None, true);
        check(Screen::People, 1180.0, None, false);
        check(Screen::People, 1180.0, Some(true), true);
        check(Screen::Faces, 1920.0, Some(false), false);
        check(Screen::Faces, 919.0, Some(true), false);
        check(Screen::Settings, 1920.0, Some(true), false);
        check(Screen::Photo(PhotoId(1)), 1920.0, Some(true), false);
    }
}
