//! Every face at once, those that look alike side by side: dots that become faces as one comes nearer, with names where
//! people are. What is drawn around is selected.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{
    CursorIcon, Event, Key, PointerButton, Pos2, ProgressBar, Rect, Response, RichText, Sense, Shape, Stroke,
    StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo,
};

use super::faces::selected_ui;
use super::map_paint::{self, Seen, Shown};
use super::map_place::{self, Camera};
use crate::domain::{FaceId, FaceMap, MapWork, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::icons::{self, Icon};
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Screen, ViewState};
use crate::ui::{frame, grid, text, theme, widgets};

/// Height of the first line, with the space below it.
const HEAD: f32 = 44.0;
/// Around everything, when everything is to be seen.
const MARGIN: f32 = 64.0;
/// One press of a key moves by so many points, or comes nearer by so much.
const STEP: f32 = 80.0;
const NEARER: f32 = 1.3;
/// How far from a dot the pointer may be.
const REACH: f32 = 9.0;
/// Between two corners of what is drawn around faces.
const CORNER: f32 = 3.0;
/// While the line is drawn, what is selected shows at once, up to so many faces.
const LIVE: usize = 60_000;

/// Where one is on the map, and what is half drawn.
#[derive(Debug, Default)]
pub(in crate::ui) struct MapView {
    /// `None`: everything is to be seen.
    camera: Option<Camera>,
    lasso: Option<Lasso>,
    seen: Seen,
    /// Steps nearer, or farther, that a button asked for.
    steps: i32,
    /// The map was asked for when the engine had taken so many commands.
    asked: Option<u64>,
    /// The space bar is held, and has not moved the map.
    opens: bool,
}

/// A line that is being drawn around faces.
#[derive(Debug)]
struct Lasso {
    /// In the map's units: the map may move meanwhile.
    corners: Vec<Vec2>,
    /// What was selected before it, and stays when it adds.
    before: BTreeSet<FaceId>,
    adds: bool,
}

impl MapView {
    /// Gives up the line that is being drawn, if there is one; gives what was selected before.
    pub(in crate::ui) fn give_up(&mut self) -> Option<BTreeSet<FaceId>> {
        self.opens = false;
        self.lasso.take().map(|lasso| lasso.before)
    }
}

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    ask(snapshot, view, commands);
    let whole = ui.max_rect();
    let head = Rect::from_min_max(whole.min + Vec2::new(16.0, 4.0), whole.max - Vec2::new(16.0, 0.0));
    let aside = snapshot.faces.len() <= view.index.ignored + view.index.not_faces;
    let map = snapshot.map.map.as_ref().filter(|map| !map.is_empty() && !aside);
    let builder = UiBuilder::new().max_rect(head);
    ui.scope_builder(builder, |ui| head_ui(ui, map, snapshot, view, thumbs, commands));
    let room = Rect::from_min_max(Pos2::new(whole.left(), head.top() + HEAD), whole.max);
    match map {
        Some(map) => map_ui(ui, room, map, snapshot, view, thumbs, commands),
        None if snapshot.faces.is_empty() => widgets::empty_place(ui, text::map::NO_MAP),
        None if aside => widgets::empty_place(ui, text::faces::ALL_ASIDE),
        None => wait_ui(ui, room, snapshot, commands),
    }
}

/// How many faces the map shows: who was set aside has a place on it, too.
fn on_map(map: &FaceMap, view: &ViewState) -> usize {
    map.len().saturating_sub(view.index.ignored + view.index.not_faces)
}

/// Has the map drawn when there is none, or faces are missing on it.
fn ask(snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let wanted = snapshot.map.map.is_none() || snapshot.map.missing > 0;
    let taken = view.map.asked.is_none_or(|asked| snapshot.commands > asked);
    if wanted && taken && snapshot.map.work == MapWork::Idle && !snapshot.faces.is_empty() {
        view.map.asked = Some(snapshot.commands);
        commands.push(Command::Map);
    }
}

fn head_ui(
    ui: &mut Ui,
    map: Option<&Arc<FaceMap>>,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    frame::head_ui(ui, |ui| {
        if !view.faces.is_empty() {
            let actions =
                [Action::Split, Action::Confirm, Action::Reject, Action::NotAFace, Action::Ignore, Action::Why];
            return selected_ui(ui, &actions, snapshot, view, thumbs, commands);
        }
        let Some(map) = map else { return widgets::heading(ui, Action::ShowMap.label(), "") };
        widgets::heading(ui, Action::ShowMap.label(), &text::faces(on_map(map, view)));
        ui.add_space(8.0);
        match snapshot.map.work {
            MapWork::Drawing(share) => {
                widgets::secondary(ui, text::map::placing(share));
                stop_ui(ui, commands);
            }
            MapWork::Stopped if snapshot.map.missing > 0 => {
                widgets::secondary(ui, text::map::missing(snapshot.map.missing));
                if ui.button(text::map::DRAW_MAP).clicked() {
                    commands.push(Command::Map);
                }
            }
            _ if ui.available_width() > 560.0 => drop(widgets::secondary(ui, text::map::MAP_HINT)),
            _ => {}
        }
        zoom_ui(ui, view);
    });
}

/// Nearer, farther, everything.
fn zoom_ui(ui: &mut Ui, view: &mut ViewState) {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let all = view.map.camera.is_none().then_some(text::map::ALL_SEEN);
        if icons::button(ui, Icon::Fit, text::map::SHOW_ALL, text::map::SHOW_ALL_ABOUT, all).clicked() {
            view.map.camera = None;
        }
        for (icon, words, tooltip, step) in [
            (Icon::Plus, text::map::NEARER, text::map::NEARER_ABOUT, 1),
            (Icon::Minus, text::map::FARTHER, text::map::FARTHER_ABOUT, -1),
        ] {
            if icons::button(ui, icon, words, tooltip, None).clicked() {
                view.map.steps += step;
            }
        }
    });
}

/// While there is no map.
fn wait_ui(ui: &mut Ui, room: Rect, snapshot: &Snapshot, commands: &mut Vec<Command>) {
    let colours = theme::palette(ui);
    let place = Rect::from_center_size(room.center(), Vec2::new(360.0_f32.min(room.width() - 32.0), 160.0));
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        ui.vertical_centered(|ui| {
            if snapshot.map.work == MapWork::Stopped {
                ui.label(RichText::new(text::map::MAP_STOPPED).font(theme::title()).color(colours.secondary));
                ui.add_space(8.0);
                if widgets::main_button(ui, true, text::map::DRAW_MAP).clicked() {
                    commands.push(Command::Map);
                }
                return;
            }
            let share = if let MapWork::Drawing(share) = snapshot.map.work { share } else { 0.0 };
            ui.label(RichText::new(text::map::DRAWING_MAP).font(theme::title()));
            widgets::secondary(ui, text::map::MAP_ABOUT);
            ui.add_space(8.0);
            let bar = ProgressBar::new(share).desired_width(260.0).desired_height(6.0).fill(colours.accent);
            ui.add(bar).accessible_name(text::map::drawing(share));
            ui.add_space(8.0);
            stop_ui(ui, commands);
        });
    });
}

/// Ends the drawing; a scan that goes on below has a button of that word, too.
fn stop_ui(ui: &mut Ui, commands: &mut Vec<Command>) {
    if ui.button(Action::Cancel.label()).accessible_name(text::map::CANCEL_MAP).clicked() {
        commands.push(Command::StopMap);
    }
}

fn map_ui(
    ui: &mut Ui,
    room: Rect,
    map: &Arc<FaceMap>,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let ui = &mut ui.new_child(UiBuilder::new().max_rect(room).id_salt("map"));
    ui.set_clip_rect(room);
    view.map.seen.refresh(map);
    let nearest = view.map.seen.nearest();
    let whole = Camera::fit(room, view.map.seen.corners, MARGIN.min(room.height() / 8.0), nearest);
    let bounds = (0.5 * whole.scale, nearest.clamp(1.5 * whole.scale, 4_000.0 * whole.scale));
    let ground = ui.interact(room, ui.scope_id().with("map"), Sense::click_and_drag());
    move_ui(ui, &ground, whole, bounds, view);
    space_key(ui, snapshot, view, commands);
    let camera = view.map.camera.unwrap_or(whole);
    let (faces, dots) = view.map.seen.shown(room, &camera, snapshot);
    let people: BTreeSet<_> = faces.iter().filter_map(|shown| snapshot.group_of.get(&shown.face)).collect();
    let all = on_map(map, view);
    ground.widget_info(|| {
        let label = text::map::called(all, faces.len(), people.len(), view.faces.len());
        WidgetInfo::labeled(Role::Canvas, true, label)
    });
    lasso(ui, &ground, &camera, map, snapshot, view);

    let side = view.map.seen.side(camera.scale);
    let distance = if faces.is_empty() { view.map.seen.dot(camera.scale) + 5.0 } else { side / 2.0 + 8.0 };
    let names = view.map.seen.groups(ui, &camera, distance, snapshot);
    let radius = view.map.seen.dot(camera.scale);
    map_paint::dots_ui(ui, &dots, radius, |face| view.faces.contains(&face));
    let mut over = None;
    for shown in &faces {
        if face_ui(ui, room, side, shown, snapshot, view, thumbs, commands).hovered() {
            over = Some(shown.face);
        }
    }
    for name in names {
        let label = text::map::go_to(&name.words);
        // There may be no room for all of the name.
        let about = text::map::about(&name.words, name.faces);
        let response = ui.interact(name.rect, ui.scope_id().with(("name", name.group)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
        let group = name.group;
        map_paint::name_ui(ui, name, response.hovered() || response.has_focus());
        if response.hovered() {
            over = None;
        }
        let response = response.on_hover_text(text::drawn(&about).into_owned());
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            view.open(Screen::Person(group));
        }
    }
    let dot = ground.hover_pos().filter(|_| ground.hovered()).and_then(|at| nearest_dot(&dots, at));
    ground_ui(ui, &ground, dot.filter(|_| over.is_none()), snapshot, view, thumbs, commands);
    lasso_ui(ui, room, &camera, view);
}

fn nearest_dot(dots: &[Shown], at: Pos2) -> Option<&Shown> {
    let near = dots.iter().filter(|shown| (shown.at - at).length_sq() < REACH * REACH);
    near.min_by(|one, two| (one.at - at).length_sq().total_cmp(&(two.at - at).length_sq()))
}

/// The pointer, the wheel, the fingers and the keys move the map.
fn move_ui(ui: &Ui, ground: &Response, whole: Camera, bounds: (f32, f32), view: &mut ViewState) {
    let room = ground.rect;
    let mut camera = view.map.camera.unwrap_or(whole);
    camera.scale = camera.scale.clamp(bounds.0, bounds.1);
    let before = camera;
    if let Some(pointer) = ui.input(|input| input.pointer.hover_pos()).filter(|_| ground.contains_pointer()) {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = pinch * (scroll * 0.004).exp();
        if factor != 1.0 {
            camera.zoom(room, pointer, factor, bounds);
        }
    }
    if moves(ui, ground) {
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        camera.middle -= ground.drag_delta() / camera.scale;
    } else if ground.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    }
    let free = grid::listens(ui, view);
    let pressed = |key: Key| {
        ui.input(|input| {
            let plain = !input.modifiers.command && !input.modifiers.alt;
            let count = |event: &&Event| matches!(event, Event::Key { key: other, pressed: true, .. } if *other == key);
            if free && plain { input.events.iter().filter(count).count() } else { 0 }
        })
    };
    let ways = [
        (Key::ArrowLeft, Vec2::new(-1.0, 0.0)),
        (Key::ArrowRight, Vec2::new(1.0, 0.0)),
        (Key::ArrowUp, Vec2::new(0.0, -1.0)),
        (Key::ArrowDown, Vec2::new(0.0, 1.0)),
    ];
    for (key, way) in ways {
        let times = pressed(key) as f32;
        camera.middle += way * times * STEP / camera.scale;
        if times > 0.0 {
            // The keys are for the map, not for the buttons around it.
            ui.ctx().memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
        }
    }
    let keys = (pressed(Key::Plus) + pressed(Key::Equals)) as i32 - pressed(Key::Minus) as i32;
    let nearer = keys + std::mem::take(&mut view.map.steps);
    if nearer != 0 {
        camera.zoom(room, room.center(), NEARER.powi(nearer), bounds);
    }
    // Some of it always stays in sight.
    let (low, high) = view.map.seen.corners;
    camera.middle = camera.middle.clamp(low, high);
    if camera != before {
        view.map.camera = Some(camera);
    }
    if pressed(Key::Num0) > 0 {
        view.map.camera = None;
    }
}

/// The space bar opens the face that is selected, as elsewhere, but only when it is let go: held, it moves the map.
fn space_key(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let free = grid::listens(ui, view) && ui.memory(egui::Memory::focused).is_none();
    let (pressed, released, drags) = ui.input(|input| {
        let pressed =
            input.modifiers.is_none() && input.key_pressed(Key::Space) && !widgets::is_held(input, Key::Space);
        (pressed, input.key_released(Key::Space), input.pointer.any_down())
    });
    let opens = free && (view.map.opens || pressed) && !drags;
    view.map.opens = opens && !released;
    if opens && released {
        Action::Open.run(ui.ctx(), snapshot, view, commands);
    }
}

/// The map is being moved: with another button, or with the space bar held.
fn moves(ui: &Ui, ground: &Response) -> bool {
    let space = ui.input(|input| input.key_down(Key::Space));
    ground.dragged_by(PointerButton::Middle)
        || ground.dragged_by(PointerButton::Secondary)
        || space && ground.dragged_by(PointerButton::Primary)
}

/// Begins, follows and ends the line around faces.
fn lasso(ui: &Ui, ground: &Response, camera: &Camera, map: &FaceMap, snapshot: &Snapshot, view: &mut ViewState) {
    let (origin, pointer) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
    if ground.drag_started_by(PointerButton::Primary) && !moves(ui, ground) {
        let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
        let corners = origin.into_iter().map(|at| camera.place(ground.rect, at)).collect();
        view.map.lasso = Some(Lasso { corners, before: view.faces.clone(), adds });
        view.groups.clear();
    }
    let Some(lasso) = &mut view.map.lasso else { return };
    if let Some(pointer) = pointer {
        let last = lasso.corners.last().map(|at| camera.screen(ground.rect, *at));
        if last.is_none_or(|last| last.distance(pointer) >= CORNER) {
            lasso.corners.push(camera.place(ground.rect, pointer));
        }
    }
    let ended = !ground.dragged_by(PointerButton::Primary);
    if ended || map.len() <= LIVE {
        let corners: Vec<Pos2> = lasso.corners.iter().map(|at| camera.screen(ground.rect, *at)).collect();
        let shape = map_place::Shape::new(&corners);
        let inside = map.spots().iter().filter(|spot| shape.holds(camera.screen(ground.rect, Vec2::from(spot.at))));
        let shown = |face: &FaceId| snapshot.group_of_face(*face).is_some_and(|group| !group.ignored);
        view.faces = inside.map(|spot| spot.face).filter(shown).collect();
        if lasso.adds {
            view.faces.extend(&lasso.before);
        }
    }
    if ended {
        view.map.lasso = None;
    }
}

fn lasso_ui(ui: &Ui, room: Rect, camera: &Camera, view: &ViewState) {
    let Some(lasso) = &view.map.lasso else { return };
    let line: Vec<Pos2> = lasso.corners.iter().map(|at| camera.screen(room, *at)).collect();
    let accent = theme::palette(ui).accent;
    let painter = ui.painter();
    if let (Some(first), Some(last)) = (line.first(), line.last()) {
        painter.extend(Shape::dashed_line(&[*last, *first], Stroke::new(1.0, accent), 5.0, 4.0));
    }
    painter.line(line, Stroke::new(2.0, accent));
}

/// A face that has room for its thumbnail.
#[expect(clippy::too_many_arguments, reason = "a screen's arguments, the face, and where")]
fn face_ui(
    ui: &Ui,
    room: Rect,
    side: f32,
    shown: &Shown,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) -> Response {
    let rect = Rect::from_center_size(shown.at, Vec2::splat(side));
    let response = ui.interact(rect.intersect(room), ui.scope_id().with(("face", shown.face)), Sense::click());
    let selected = view.faces.contains(&shown.face);
    let label = || widgets::face_label(snapshot, shown.face);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, label()));
    let colours = theme::palette(ui);
    widgets::paint_face(ui, rect, shown.face, thumbs, theme::CONTROL_CORNER);
    let (width, colour) = match (selected, response.hovered() || response.has_focus()) {
        (true, _) => (2.5, colours.accent),
        (_, true) => (2.0, colours.text),
        _ => (1.5, map_paint::ring(ui, shown)),
    };
    ui.painter().rect_stroke(rect, theme::CONTROL_CORNER, Stroke::new(width, colour), StrokeKind::Inside);
    if selected && side >= 40.0 {
        widgets::check_ui(ui, rect);
    }
    pointed(ui, &response, Some(shown.face), snapshot, view);
    menu(&response, snapshot, view, commands);
    if view.map.lasso.is_none() {
        response.clone().on_hover_ui(|ui| about_ui(ui, shown.face, snapshot, thumbs));
    }
    response
}

/// What the pointer does on the ground: to a dot, or to nobody.
fn ground_ui(
    ui: &Ui,
    ground: &Response,
    dot: Option<&Shown>,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let face = dot.map(|shown| shown.face);
    pointed(ui, ground, face, snapshot, view);
    menu(ground, snapshot, view, commands);
    if let (Some(dot), true) = (dot, view.map.lasso.is_none()) {
        let colours = theme::palette(ui);
        ui.painter().circle_stroke(dot.at, 7.0, Stroke::new(2.0, colours.text));
        ground.clone().on_hover_ui_at_pointer(|ui| about_ui(ui, dot.face, snapshot, thumbs));
    }
}

/// A click selects, two open the photo; with the other button, what can be done with it.
fn pointed(ui: &Ui, response: &Response, face: Option<FaceId>, snapshot: &Snapshot, view: &mut ViewState) {
    let Some(face) = face else {
        if response.clicked() && !ui.input(|input| input.modifiers.command || input.modifiers.shift) {
            view.faces.clear();
        }
        return;
    };
    if response.double_clicked() {
        if let Some(face) = snapshot.faces.get(&face) {
            view.open(Screen::Photo(face.photo));
        }
    } else if response.clicked() {
        let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
        let modifiers = if adds { egui::Modifiers::COMMAND } else { egui::Modifiers::NONE };
        view.click_face(face, &[], modifiers);
    }
    if response.secondary_clicked() && !view.faces.contains(&face) {
        view.faces.clear();
        view.click_face(face, &[], egui::Modifiers::NONE);
    }
}

fn menu(response: &Response, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    response.context_menu(|ui| {
        for action in [
            Action::Open,
            Action::Why,
            Action::Confirm,
            Action::Reject,
            Action::Split,
            Action::Cover,
            Action::NotAFace,
            Action::Ignore,
            Action::OpenFile,
            Action::ShowFile,
        ] {
            frame::menu_item(ui, action, snapshot, view, commands);
        }
    });
}

/// Who it is, large enough to see.
fn about_ui(ui: &mut Ui, face: FaceId, snapshot: &Snapshot, thumbs: &mut Thumbs) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(72.0), Sense::hover());
        widgets::paint_face(ui, rect, face, thumbs, theme::CONTROL_CORNER);
        ui.label(widgets::face_about(snapshot, face));
    });
}
