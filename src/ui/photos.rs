//! A grid of whole photos, only the visible rows drawn.

use egui::accesskit::Role;
use egui::{Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use super::grid::{self, Layout};
use super::thumbs::Thumbs;
use super::view::{Screen, ViewState};
use super::{text, theme, widgets};
use crate::domain::{PhotoId, Snapshot};
use crate::engine::PictureKey;

/// Draws the photos into what is left of the screen; a double click opens one.
pub(super) fn grid_ui(
    ui: &mut Ui,
    salt: &str,
    photos: &[PhotoId],
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
) {
    let width = view.settings.card_width * 1.1;
    let bar = ui.spacing().scroll.allocated_width();
    let layout = Layout::new(ui.available_width() - bar, Vec2::new(width, width * 0.75), 8.0);
    let at = view.photo_cursor.and_then(|cursor| photos.iter().position(|photo| *photo == cursor));
    if let Some((to, _)) = grid::walk(ui, view, at, photos.len(), layout) {
        view.photo_cursor = photos.get(to).copied();
        view.reveal = true;
    }
    let area = egui::ScrollArea::vertical().id_salt(salt).auto_shrink([false, false]);
    area.animated(!view.settings.still).show_viewport(ui, |ui, viewport| {
        ui.set_height(layout.height(photos.len()));
        let origin = ui.max_rect().min.to_vec2();
        for index in layout.between(viewport.top(), viewport.bottom(), photos.len()) {
            let Some(photo) = photos.get(index).and_then(|id| snapshot.photos.get(id)) else { continue };
            let rect = layout.place(index).translate(origin);
            let response =
                tile_ui(ui, rect, photo.id, &text::file_name(photo), view.photo_cursor == Some(photo.id), thumbs);
            let taken = photo.taken.map(|taken| format!(" · {taken}")).unwrap_or_default();
            let about = format!("{}{taken}", text::file_name(photo));
            if response.clicked() {
                view.photo_cursor = Some(photo.id);
            }
            if response.on_hover_text(about).double_clicked() {
                view.open(Screen::Photo(photo.id));
                view.photo_list = photos.to_vec();
            }
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
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, cursor, format!("Photo {name}")));
    widgets::paint_picture(ui, rect, PictureKey::PhotoThumb(id), thumbs, theme::CONTROL_CORNER);
    if cursor || response.has_focus() || response.hovered() {
        let ring = Stroke::new(2.0, if cursor { colours.text } else { colours.secondary });
        ui.painter().rect_stroke(rect, theme::CONTROL_CORNER, ring, StrokeKind::Inside);
    }
    response
}
