//! A grid of whole photos, only the visible rows drawn.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use super::action::Action;
use super::grid::{self, Layout};
use super::thumbs::Thumbs;
use super::view::{Screen, ViewState};
use super::{frame, index, text, theme, widgets};
use crate::domain::{PhotoId, Snapshot};
use crate::engine::{Command, PictureKey};

/// In the menu of a photo.
const ACTIONS: [Action; 3] = [Action::Open, Action::OpenFile, Action::ShowFile];

/// The photos of what the screen shows, in its order: those that one walks through from one of them.
fn shown(snapshot: &Snapshot, view: &mut ViewState, now: f64) -> Vec<PhotoId> {
    let photos = match view.screen {
        Screen::Search => return view.index.search(&view.search, snapshot).1.to_vec(),
        Screen::Person(group) => snapshot.group(group).map(|group| {
            let card = view.index.card(group, view.person_order, view.person_year, snapshot);
            card.list_photos.clone()
        }),
        Screen::Faces => Some(index::photos_of(&view.index.faces(&view.wanted, snapshot, now), snapshot)),
        Screen::Aside(flag) => Some(index::photos_of(&view.index.aside(flag, snapshot), snapshot)),
        _ => None,
    };
    photos.unwrap_or_default()
}

/// Opens a photo from a grid by key.
pub(super) fn open(ctx: &egui::Context, photo: PhotoId, snapshot: &Snapshot, view: &mut ViewState) {
    let list = shown(snapshot, view, ctx.input(|input| input.time));
    view.open(Screen::Photo(photo));
    view.photo_list = list;
}

/// Enter opens the photo at the cursor, as Space does.
pub(super) fn enter_key(ctx: &egui::Context, snapshot: &Snapshot, view: &mut ViewState) {
    if let Some(photo) = view.target_photo()
        && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
    {
        open(ctx, photo, snapshot, view);
    }
}

/// Draws the photos into what is left of the screen; a double click opens one.
pub(super) fn grid_ui(
    ui: &mut Ui,
    salt: &str,
    photos: &[PhotoId],
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let width = view.settings.card_width * 1.1;
    let bar = ui.spacing().scroll.allocated_width();
    let layout = Layout::filling(ui.available_width() - bar, Vec2::new(width, width * 0.75), 8.0);
    let mut at = view.photo_cursor.and_then(|cursor| photos.iter().position(|photo| *photo == cursor));
    if let Some((to, _)) = grid::walk(ui, view, (at, 0), photos.len(), layout) {
        at = Some(to);
        view.reveal = true;
    }
    // What is no longer here is not acted on.
    view.photo_cursor = at.and_then(|at| photos.get(at)).copied();
    let area = egui::ScrollArea::vertical().id_salt(salt).auto_shrink([false, false]);
    area.animated(!view.settings.still).show_viewport(ui, |ui, viewport| {
        ui.set_height(layout.height(photos.len()));
        let origin = ui.max_rect().min.to_vec2();
        for index in layout.between(viewport.top(), viewport.bottom(), photos.len()) {
            let Some(photo) = photos.get(index).and_then(|id| snapshot.photos.get(id)) else { continue };
            let rect = layout.place(index).translate(origin);
            let file = text::file_name(photo);
            let response = tile_ui(ui, rect, photo.id, &file, view.photo_cursor == Some(photo.id), thumbs);
            let about = text::photo::about(&text::drawn(&file), photo.taken);
            if response.clicked() || response.secondary_clicked() {
                view.photo_cursor = Some(photo.id);
            }
            let response = response.on_hover_text(about);
            if response.double_clicked() {
                view.open(Screen::Photo(photo.id));
                view.photo_list = photos.to_vec();
            }
            response.context_menu(|ui| {
                for action in ACTIONS {
                    frame::menu_item(ui, action, snapshot, view, commands);
                }
            });
        }
        if let (true, Some(index)) = (view.reveal, at) {
            view.reveal = false;
            ui.scroll_to_rect(layout.place(index).translate(origin).expand(8.0), None);
        }
    });
}

fn tile_ui(ui: &Ui, rect: Rect, id: PhotoId, name: &str, cursor: bool, thumbs: &mut Thumbs) -> egui::Response {
    let colours = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(("photo", id)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, cursor, text::photo::called(name)));
    widgets::paint_picture(ui, rect, PictureKey::PhotoThumb(id), thumbs, theme::CONTROL_CORNER);
    if cursor || response.has_focus() || response.hovered() {
        let ring = Stroke::new(2.0, if cursor { colours.text } else { colours.secondary });
        ui.painter().rect_stroke(rect, theme::CONTROL_CORNER, ring, StrokeKind::Inside);
    }
    response
}
