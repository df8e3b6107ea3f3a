//! What is drawn on the map: dots in one piece, faces where there is room for them, lines around groups, names.
//!
//! What a frame costs does not grow with the library: dots that others would cover are left out, as are names for which
//! there is no room, and what was found out about a face or a group is kept until it changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::epaint::Vertex;
use egui::text::LayoutJob;
use egui::{
    Color32, ColorImage, Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, TextureHandle, TextureOptions, Ui, Vec2,
};

use super::map_place::{self, Camera, Labels};
use crate::domain::{FaceId, FaceMap, Group, GroupId, Snapshot};
use crate::ui::{text, theme};

/// Dots in one frame. More would lie on each other.
const MOST_DOTS: usize = 30_000;
/// Thumbnails in one frame.
const MOST_FACES: usize = 800;
/// Groups that get a line around them, those that stand first on the board.
const MOST_GROUPS: usize = 3_000;
/// Groups without a name that are smaller than this have no line around them.
const LEAST_LINE: f32 = 10.0;
/// Names in one frame.
const MOST_NAMES: usize = 120;
/// Faces whose places are gathered into outlines in one frame; the others wait for the next.
const GATHERED: usize = 20_000;
/// The least and the largest side of a thumbnail, and the space between two.
const SIDES: (f32, f32) = (28.0, 112.0);
const GAP: f32 = 4.0;
/// Thumbnails come when nearly all faces have this much room: fewer would hide the picture of the whole.
const SHOWN_FROM: f32 = 18.0;

/// How a face is drawn, a number to be kept for each: not at all, as one who is alone, or in one of the colours.
type Ink = u8;
const HIDDEN: Ink = 0;
const ALONE: Ink = 1;

/// What is known of a map and its faces, so that it need not be found out in every frame.
#[derive(Debug, Default)]
pub(super) struct Seen {
    map: Option<Arc<FaceMap>>,
    pub(super) corners: (Vec2, Vec2),
    usual: f32,
    /// By place in the map; good for the snapshot of that number.
    inks: Vec<(u64, Ink)>,
    outlines: BTreeMap<GroupId, Outline>,
}

#[derive(Debug)]
struct Outline {
    generation: u64,
    /// Tells two lists of faces apart.
    faces: (usize, u64),
    corners: Vec<Vec2>,
}

/// A face that is drawn: its place in the map, and on the screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) face: FaceId,
    pub(super) at: Pos2,
    ink: Ink,
}

/// A name on the map.
pub(super) struct Name {
    pub(super) group: GroupId,
    pub(super) rect: Rect,
    pub(super) words: String,
    pub(super) faces: usize,
    ink: Ink,
    galley: Arc<egui::Galley>,
}

impl Seen {
    /// Another map: nothing of before counts.
    pub(super) fn refresh(&mut self, map: &Arc<FaceMap>) {
        if self.map.as_ref().is_none_or(|seen| !Arc::ptr_eq(seen, map)) {
            *self = Self {
                corners: map_place::corners(map),
                usual: map_place::usual_room(map),
                inks: vec![(u64::MAX, HIDDEN); map.len()],
                map: Some(Arc::clone(map)),
                outlines: BTreeMap::new(),
            };
        }
    }

    /// Of thumbnails, at this scale: as large as nearly all faces have room for.
    pub(super) fn side(&self, scale: f32) -> f32 {
        (self.usual * scale - GAP).clamp(SIDES.0, SIDES.1)
    }

    /// The radius of dots, at this scale.
    pub(super) fn dot(&self, scale: f32) -> f32 {
        (0.36 * self.usual * scale).clamp(1.75, 5.0)
    }

    /// The scale at which every face that has a place of its own is as large as it gets.
    pub(super) fn nearest(&self) -> f32 {
        let least = self.map.as_ref().and_then(|map| map.spots().iter().rev().find(|spot| spot.room > 0.0));
        let room = least.map_or(f32::INFINITY, |spot| spot.room);
        if room.is_finite() { (SIDES.1 + GAP) / room } else { 1.0 }
    }

    fn ink(&mut self, place: usize, face: FaceId, snapshot: &Snapshot) -> Ink {
        let Some(kept) = self.inks.get_mut(place) else { return HIDDEN };
        if kept.0 != snapshot.generation {
            *kept = (snapshot.generation, ink_of_face(face, snapshot));
        }
        kept.1
    }

    /// The faces on the screen: those drawn as thumbnails, and those drawn as dots.
    pub(super) fn shown(&mut self, room: Rect, camera: &Camera, snapshot: &Snapshot) -> (Vec<Shown>, Vec<Shown>) {
        let Some(map) = self.map.clone() else { return Default::default() };
        let side = self.side(camera.scale);
        let with_room =
            if self.usual * camera.scale < SHOWN_FROM { f32::INFINITY } else { 0.999 * (side + GAP) / camera.scale };
        let (mut faces, mut dots) = (Vec::new(), Vec::new());
        let near = room.expand(side / 2.0);
        for (place, spot) in map.spots().iter().enumerate() {
            let at = camera.screen(room, Vec2::from(spot.at));
            if !near.contains(at) {
                continue;
            }
            let ink = self.ink(place, spot.face, snapshot);
            if ink == HIDDEN {
                continue;
            }
            let shown = Shown { face: spot.face, at, ink };
            if spot.room > with_room && faces.len() < MOST_FACES {
                faces.push(shown);
            } else {
                dots.push(shown);
                if dots.len() == MOST_DOTS {
                    break;
                }
            }
        }
        (faces, dots)
    }

    /// Lines around groups, and the names that have room, largest first.
    pub(super) fn groups(&mut self, ui: &Ui, camera: &Camera, distance: f32, snapshot: &Snapshot) -> Vec<Name> {
        let Some(map) = self.map.clone() else { return Vec::new() };
        let (room, painter) = (ui.max_rect(), ui.painter());
        let mut left = GATHERED;
        let mut named: Vec<(f32, &Group, &str, Rect)> = Vec::new();
        // Who has a name stands first, then who has many faces: the many that are seen once or twice come last.
        let lined = |group: &&Group| group.name.is_some() || group.faces.len() >= 3;
        let shown = |group: &&Group| !group.ignored && !group.hidden;
        for group in snapshot.groups.iter().take_while(lined).filter(shown).take(MOST_GROUPS) {
            let Some(corners) = self.outline(group, &map, snapshot.generation, &mut left) else {
                ui.ctx().request_repaint();
                break;
            };
            let corners: Vec<Pos2> = corners.iter().map(|at| camera.screen(room, *at)).collect();
            let bounds = Rect::from_points(&corners);
            // A line around what is no larger than itself says nothing.
            let small = group.name.is_none() && bounds.size().max_elem() < LEAST_LINE;
            let bounds = bounds.expand(distance);
            if corners.is_empty() || small || !bounds.intersects(room) {
                continue;
            }
            let colour = colour(ui, ink_of(group));
            let name = group.name.as_deref();
            let (fill, edge) = if name.is_some() { (0.10, 0.6) } else { (0.04, 0.3) };
            let line = map_place::around(&corners, distance);
            let stroke = Stroke::new(1.0, colour.gamma_multiply(edge));
            painter.add(Shape::convex_polygon(line, colour.gamma_multiply(fill), stroke));
            if let Some(name) = name {
                named.push((group.faces.len() as f32, group, name, bounds));
            }
        }
        named.sort_by(|one, two| two.0.total_cmp(&one.0)); // stable: the board's order among equals
        let mut labels = Labels::default();
        let names = named.into_iter().take(MOST_NAMES);
        names.filter_map(|(_, group, name, bounds)| label(painter, room, bounds, group, name, &mut labels)).collect()
    }

    /// The corners around a group; `None` when it must wait for the next frame.
    fn outline(&mut self, group: &Group, map: &FaceMap, generation: u64, left: &mut usize) -> Option<&[Vec2]> {
        let sum = |faces: &[FaceId]| {
            faces.iter().fold(0u64, |sum, face| sum.rotate_left(5) ^ u64::from(face.0)) // the order is the faces' own
        };
        let known = self.outlines.get_mut(&group.id);
        let fits = known.is_some_and(|known| {
            if known.generation != generation && known.faces == (group.faces.len(), sum(&group.faces)) {
                known.generation = generation;
            }
            known.generation == generation
        });
        if !fits {
            if *left == 0 {
                return None;
            }
            *left = left.saturating_sub(group.faces.len() + 16);
            let places = group.faces.iter().filter_map(|face| map.get(*face)).map(|spot| Vec2::from(spot.at));
            let corners = map_place::outline(&places.collect::<Vec<Vec2>>());
            let faces = (group.faces.len(), sum(&group.faces));
            self.outlines.insert(group.id, Outline { generation, faces, corners });
        }
        self.outlines.get(&group.id).map(|outline| outline.corners.as_slice())
    }
}

/// A name above its group, else below, else within it; nothing when all are taken.
fn label(painter: &Painter, room: Rect, bounds: Rect, group: &Group, name: &str, labels: &mut Labels) -> Option<Name> {
    let mut job = LayoutJob::simple_singleline(text::drawn(name).into_owned(), theme::strong(), Color32::PLACEHOLDER);
    job.wrap.max_width = 180.0;
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = painter.layout_job(job);
    let size = galley.size() + Vec2::new(28.0, 6.0);
    let seen = bounds.intersect(room.shrink(8.0));
    let place = |middle: Pos2| Rect::from_center_size(middle, size);
    let half = Vec2::new(0.0, size.y / 2.0);
    let places = [
        place(bounds.center_top() - half - Vec2::new(0.0, 2.0)),
        place(bounds.center_bottom() + half + Vec2::new(0.0, 2.0)),
        place(seen.center_top() + half),
        place(seen.center_bottom() - half),
        place(seen.center()),
    ];
    let rect = labels.place(room.shrink(4.0), &places)?;
    let (words, faces) = (name.to_owned(), group.faces.len());
    Some(Name { group: group.id, rect, words, faces, ink: ink_of(group), galley })
}

/// Draws a name: a mark in the colour of the group, and the words.
pub(super) fn name_ui(ui: &Ui, name: Name, near: bool) {
    let colours = theme::palette(ui);
    let ink = colour(ui, name.ink);
    let edge = if near { colours.text } else { ink.gamma_multiply(0.7) };
    ui.painter().rect(
        name.rect,
        theme::CONTROL_CORNER,
        colours.raised.gamma_multiply(0.94),
        Stroke::new(1.0, edge),
        StrokeKind::Inside,
    );
    ui.painter().circle_filled(name.rect.left_center() + Vec2::new(12.0, 0.0), 4.0, ink);
    let at = name.rect.left_center() + Vec2::new(20.0, -name.galley.size().y / 2.0);
    ui.painter().galley(at, name.galley, colours.text);
}

fn ink_of_face(face: FaceId, snapshot: &Snapshot) -> Ink {
    match snapshot.group_of_face(face) {
        Some(group) if !group.ignored => ink_of(group),
        // Set aside, forgotten, or a stranger's.
        _ => HIDDEN,
    }
}

fn ink_of(group: &Group) -> Ink {
    let number = match group.id {
        _ if group.faces.len() < 2 && group.name.is_none() => return ALONE,
        GroupId::Person(person) => person.0,
        // Rows of one folder follow each other: scattered, so that neighbours differ.
        GroupId::Faces(face) => face.0.wrapping_mul(0x9E37_79B1) >> 16,
    };
    2 + (number as usize % theme::PEOPLE) as Ink
}

fn colour(ui: &Ui, ink: Ink) -> Color32 {
    let colours = theme::palette(ui);
    let person = ink.checked_sub(2).and_then(|place| colours.people.get(place as usize)).copied();
    person.unwrap_or(colours.secondary)
}

/// The colour of the ring around a thumbnail; nobody's for one who is alone.
pub(super) fn ring(ui: &Ui, shown: &Shown) -> Color32 {
    if shown.ink == ALONE { theme::palette(ui).line } else { colour(ui, shown.ink) }
}

/// Draws dots, all in one piece. Marked ones get a ring, and lie on top.
pub(super) fn dots_ui(ui: &Ui, dots: &[Shown], radius: f32, marked: impl Fn(FaceId) -> bool) {
    let disc = disc(ui);
    let accent = theme::palette(ui).accent;
    let surface = theme::palette(ui).surface;
    let mut mesh = Mesh::with_texture(disc.id());
    mesh.vertices.reserve(4 * dots.len());
    mesh.indices.reserve(6 * dots.len());
    let mut chosen = Vec::new();
    for shown in dots {
        if marked(shown.face) {
            chosen.push(shown);
        } else {
            dot(&mut mesh, shown.at, radius, colour(ui, shown.ink));
        }
    }
    for shown in chosen {
        dot(&mut mesh, shown.at, radius + 3.5, accent);
        dot(&mut mesh, shown.at, radius + 1.5, surface);
        dot(&mut mesh, shown.at, radius, colour(ui, shown.ink));
    }
    ui.painter().add(Shape::mesh(mesh));
}

fn dot(mesh: &mut Mesh, at: Pos2, radius: f32, color: Color32) {
    // The disc does not fill its picture: its edge is soft.
    let half = radius * DISC as f32 / (DISC as f32 - 2.0);
    let first = mesh.vertices.len() as u32;
    mesh.indices.extend([first, first + 1, first + 2, first + 2, first + 1, first + 3]);
    for (x, y) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        let pos = at + Vec2::new(2.0 * x - 1.0, 2.0 * y - 1.0) * half;
        mesh.vertices.push(Vertex { pos, uv: Pos2::new(x, y), color });
    }
}

/// Pixels of the picture of a dot.
const DISC: usize = 24;

/// A white disc with a soft edge.
fn disc(ui: &Ui) -> TextureHandle {
    let id = egui::Id::unique("a dot on the map");
    if let Some(disc) = ui.data(|data| data.get_temp::<TextureHandle>(id)) {
        return disc;
    }
    let middle = (DISC as f32 - 1.0) / 2.0;
    let pixels = (0..DISC * DISC).map(|pixel| {
        let (x, y) = ((pixel % DISC) as f32 - middle, (pixel / DISC) as f32 - middle);
        let inside = (DISC as f32 / 2.0 - 1.0 - x.hypot(y) + 0.5).clamp(0.0, 1.0);
        Color32::WHITE.gamma_multiply(inside)
    });
    let image = ColorImage::new([DISC, DISC], pixels.collect());
    let disc = ui.ctx().load_texture("dot", image, TextureOptions::LINEAR);
    ui.data_mut(|data| data.insert_temp(id, disc.clone()));
    disc
}
