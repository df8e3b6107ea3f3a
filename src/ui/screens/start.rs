//! Where one begins: drop, choose or type a folder; libraries of lately.

use std::path::{Path, PathBuf};

use egui::accesskit::Role;
use egui::{Align, Align2, Key, Layout, Rect, RichText, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use crate::domain::Snapshot;
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::covers::Covers;
use crate::ui::view::{Pick, ViewState};
use crate::ui::{text, theme, widgets};

/// A library of lately: its faces in a row, its name below.
const CARD: Vec2 = Vec2::new(149.0, 72.0);
/// Below this height of the screen libraries are shown by name only.
const LOW: f32 = 440.0;

/// Other libraries one has opened, the latest first.
pub(in crate::ui) fn others(snapshot: &Snapshot, view: &ViewState) -> Vec<PathBuf> {
    view.settings.recent.iter().filter(|path| **path != snapshot.library_path).cloned().collect()
}

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    covers: &Covers,
    commands: &mut Vec<Command>,
) {
    let colours = theme::palette(ui);
    let room = ui.max_rect();
    let others = others(snapshot, view);
    let low = room.height() < LOW;
    let below = 36.0
        + match (others.is_empty(), low) {
            (true, _) => 0.0,
            (false, true) => 64.0,
            (false, false) => 36.0 + CARD.y,
        };
    let size = Vec2::new((room.width() - 16.0).min(620.0), (room.height() - below - 16.0).clamp(250.0, 380.0));
    let top = room.center().y - f32::midpoint(size.y, below);
    let area = Rect::from_min_size(egui::pos2(room.center().x - size.x / 2.0, top.max(room.top())), size);
    ui.painter().rect_filled(area, 16, colours.raised);
    let edge = rounded(area.shrink(0.75), 16.0);
    ui.painter().extend(egui::Shape::dashed_line(&edge, Stroke::new(1.5, colours.faint), 8.0, 6.0));
    let sample = view.sample.clone().filter(|_| snapshot.folders.is_empty());
    let high = if sample.is_some() { 232.0 } else { 196.0 };
    let inside = Rect::from_center_size(area.center(), Vec2::new(size.x - 64.0, high));
    // In a library to look at there is nowhere to keep what would be found; others can be opened.
    let why = Action::ChooseFolder.enabled(snapshot, view).err();
    let reason = why.unwrap_or_default();
    ui.scope_builder(egui::UiBuilder::new().max_rect(inside).layout(Layout::top_down(Align::Center)), |ui| {
        faces_ui(ui);
        ui.add_space(8.0);
        let words = RichText::new(text::frame::DROP_HERE).font(theme::large());
        ui.add_enabled(why.is_none(), egui::Label::new(words)).on_disabled_hover_text(reason);
        ui.add_space(8.0);
        let choose = widgets::main_button(ui, why.is_none(), Action::ChooseFolder.label());
        if choose.on_disabled_hover_text(reason).clicked() {
            view.pick = Some(Pick::Scan);
        }
        if let Some(why) = &view.no_dialog {
            widgets::copyable(ui, RichText::new(why).font(theme::small()).color(colours.danger));
        }
        ui.add_space(4.0);
        path_ui(ui, why, view, commands);
        if let Some(sample) = sample {
            let words = RichText::new(text::frame::TRY_SAMPLE).color(colours.accent_text);
            let button = ui.add_enabled(why.is_none(), egui::Button::new(words).frame_when_inactive(false));
            if button.on_disabled_hover_text(reason).clicked() {
                commands.push(Command::Scan(vec![sample]));
            }
        }
    });
    let under = Rect::from_min_size(area.left_bottom() + Vec2::new(0.0, 12.0), Vec2::new(area.width(), below));
    ui.scope_builder(egui::UiBuilder::new().max_rect(under).layout(Layout::top_down(Align::Center)), |ui| {
        widgets::secondary(ui, text::frame::PRIVACY);
        if !others.is_empty() {
            ui.add_space(8.0);
            let opened = if low { recent_ui(ui, &others) } else { cards_ui(ui, &others, covers) };
            commands.extend(opened.cloned().map(Command::OpenLibrary));
        }
    });
}

/// The field for the path of a folder, unless there is a reason why nothing can be looked for.
fn path_ui(ui: &mut Ui, why: Option<&str>, view: &mut ViewState, commands: &mut Vec<Command>) {
    let width = ui.available_width().min(480.0);
    let (row, _) = ui.allocate_exact_size(Vec2::new(width, theme::CONTROL + 2.0), Sense::hover());
    ui.scope_builder(egui::UiBuilder::new().max_rect(row), |ui| {
        ui.horizontal_centered(|ui| {
            let room = width - widgets::button_width(ui, text::frame::LOOK) - ui.spacing().item_spacing.x;
            let field = ui.add_enabled_ui(why.is_none(), |ui| {
                widgets::field(ui, &mut view.path, text::frame::PATH, text::frame::PATH_HINT, room)
            });
            let response = field.inner.on_disabled_hover_text(why.unwrap_or_default());
            let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let typed = view.path.trim();
            let why = why.or(typed.is_empty().then_some(text::frame::PATH_FIRST));
            let button = ui.add_enabled(why.is_none(), egui::Button::new(text::frame::LOOK));
            let clicked = button.on_disabled_hover_text(why.unwrap_or_default()).clicked();
            if (enter || clicked) && why.is_none() {
                commands.push(Command::Scan(vec![PathBuf::from(typed)]));
            }
        });
    });
}

/// Other libraries by name; gives the one that shall be opened.
fn recent_ui<'l>(ui: &mut Ui, others: &'l [PathBuf]) -> Option<&'l PathBuf> {
    let mut opened = None;
    ui.horizontal_wrapped(|ui| {
        widgets::secondary(ui, text::frame::OTHER_LIBRARIES);
        for library in others.iter().take(5) {
            let button = ui.button(text::drawn(&name(library)).into_owned());
            if button.on_hover_text(library.display().to_string()).clicked() {
                opened = Some(library);
            }
        }
    });
    opened
}

/// Other libraries, each with some of its faces; gives the one that shall be opened.
fn cards_ui<'l>(ui: &mut Ui, others: &'l [PathBuf], covers: &Covers) -> Option<&'l PathBuf> {
    widgets::secondary(ui, text::frame::OTHER_LIBRARIES);
    let step = CARD.x + 8.0;
    let count = (((ui.available_width() + 8.0) / step) as usize).clamp(1, others.len().max(1));
    let (row, _) = ui.allocate_exact_size(Vec2::new(step * count as f32 - 8.0, CARD.y), Sense::hover());
    let mut opened = None;
    for (place, library) in others.iter().take(count).enumerate() {
        let rect = Rect::from_min_size(row.min + Vec2::new(place as f32 * step, 0.0), CARD);
        if card_ui(ui, rect, library, covers.of(library)).clicked() {
            opened = Some(library);
        }
    }
    opened
}

fn card_ui(ui: &Ui, rect: Rect, library: &Path, faces: &[egui::TextureHandle]) -> egui::Response {
    let colours = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(("library", library)), Sense::click());
    let name = name(library);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let near = response.hovered() || response.has_focus();
    let (ground, edge) = if near { (colours.hover, colours.secondary) } else { (colours.raised, colours.line) };
    ui.painter().rect(rect, theme::CARD_CORNER, ground, Stroke::new(1.0, edge), StrokeKind::Inside);
    let inside = rect.shrink(8.0);
    let side = (inside.width() - 12.0) / 4.0;
    for place in 0..4 {
        let at = inside.min + Vec2::new(place as f32 * (side + 4.0), 0.0);
        let picture = Rect::from_min_size(at, Vec2::splat(side));
        match faces.get(place) {
            Some(face) => widgets::paint_texture(ui, picture, face, theme::CONTROL_CORNER),
            None => {
                ui.painter().rect_filled(picture, theme::CONTROL_CORNER, colours.placeholder);
            }
        }
    }
    let below = Rect::from_min_max(egui::pos2(inside.left(), inside.top() + side + 6.0), inside.max);
    let painter = ui.painter().with_clip_rect(below.intersect(ui.clip_rect()));
    painter.text(below.left_center(), Align2::LEFT_CENTER, text::drawn(&name), theme::strong(), colours.text);
    response.on_hover_text(library.display().to_string())
}

/// What a library is called: its file, without the ending.
pub(in crate::ui) fn name(library: &Path) -> String {
    library.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The outline of a rectangle with round corners, as a closed line.
fn rounded(rect: Rect, radius: f32) -> Vec<egui::Pos2> {
    let corners = [
        (rect.right_bottom() + Vec2::splat(-radius), 0.0_f32),
        (rect.left_bottom() + Vec2::new(radius, -radius), 90.0),
        (rect.left_top() + Vec2::splat(radius), 180.0),
        (rect.right_top() + Vec2::new(-radius, radius), 270.0),
    ];
    let mut line: Vec<egui::Pos2> = corners
        .into_iter()
        .flat_map(|(middle, from)| {
            (0..=6).map(move |step| {
                let angle = (from + 15.0 * step as f32).to_radians();
                middle + Vec2::angled(angle) * radius
            })
        })
        .collect();
    line.extend(line.first().copied());
    line
}

/// Three round heads, drawn: no picture of anybody.
fn faces_ui(ui: &mut Ui) {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(132.0, 64.0), Sense::hover());
    for (place, radius, colour) in
        [(-40.0, 20.0, colours.here), (40.0, 20.0, colours.here), (0.0, 28.0, colours.accent)]
    {
        let centre = rect.center() + Vec2::new(place, 0.0);
        ui.painter().circle_filled(centre, radius + 3.0, colours.raised);
        ui.painter().circle_filled(centre, radius, colour);
        let ink = if place == 0.0 { colours.on_accent } else { colours.secondary };
        for side in [-1.0, 1.0] {
            ui.painter().circle_filled(centre + Vec2::new(side * radius * 0.34, -radius * 0.12), radius * 0.08, ink);
        }
        let mouth: Vec<egui::Pos2> = (0..=8)
            .map(|step| {
                let angle = std::f32::consts::PI * (0.2 + 0.6 * step as f32 / 8.0);
                centre + Vec2::new(-angle.cos(), angle.sin()) * radius * 0.46
            })
            .collect();
        ui.painter().line(mouth, Stroke::new(2.0, ink));
    }
}
