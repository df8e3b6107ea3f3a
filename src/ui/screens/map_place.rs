//! Where things lie on the map: from its own units to the screen and back, outlines of groups, what a lasso holds.

use egui::{Pos2, Rect, Vec2};

use crate::domain::FaceMap;

/// Which part of the map is on the screen, and how large.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::ui) struct Camera {
    /// What lies in the middle, in the map's units.
    pub(super) middle: Vec2,
    /// Points a unit.
    pub(super) scale: f32,
}

impl Camera {
    /// Where a place of the map is on the screen.
    pub(super) fn screen(&self, room: Rect, at: Vec2) -> Pos2 {
        room.center() + (at - self.middle) * self.scale
    }

    /// What place of the map is there.
    pub(super) fn place(&self, room: Rect, at: Pos2) -> Vec2 {
        self.middle + (at - room.center()) / self.scale
    }

    /// Nearer by a factor, within bounds; what lies under the pointer stays there.
    pub(super) fn zoom(&mut self, room: Rect, pointer: Pos2, factor: f32, bounds: (f32, f32)) {
        let under = self.place(room, pointer);
        self.scale = (self.scale * factor).clamp(bounds.0, bounds.1);
        self.middle = under - (pointer - room.center()) / self.scale;
    }

    /// Everything between two corners of the map, with a margin; one place as large as it gets.
    pub(super) fn fit(room: Rect, corners: (Vec2, Vec2), margin: f32, most: f32) -> Self {
        let (low, high) = corners;
        let inside = (room.size() - Vec2::splat(2.0 * margin)).max(Vec2::splat(32.0));
        let scale = (inside / (high - low).max(Vec2::splat(1e-6))).min_elem().min(most);
        Self { middle: (low + high) / 2.0, scale }
    }
}

/// The corners of what lies on a map.
pub(super) fn corners(map: &FaceMap) -> (Vec2, Vec2) {
    let all = map.spots().iter().map(|spot| Vec2::from(spot.at));
    all.map(|at| (at, at)).reduce(|(low, high), (at, _)| (low.min(at), high.max(at))).unwrap_or_default()
}

/// The width that nearly all faces of a map have for themselves, in its units.
pub(super) fn usual_room(map: &FaceMap) -> f32 {
    let spots = map.spots();
    spots.get(spots.len() * 4 / 5).map_or(0.0, |spot| spot.room)
}

/// The corners around some places, in order, without those far out: nothing for nobody, one for places in one point.
pub(super) fn outline(places: &[Vec2]) -> Vec<Vec2> {
    hull(kept(places))
}

/// Places not much farther from the middle of all than the usual one. One face on the other side of the map must not make
/// a person as large as the map.
fn kept(places: &[Vec2]) -> Vec<Vec2> {
    let middle = |axis: fn(&Vec2) -> f32| {
        let mut values: Vec<f32> = places.iter().map(axis).collect();
        values.sort_unstable_by(f32::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let middle = Vec2::new(middle(|at| at.x), middle(|at| at.y));
    let mut far: Vec<f32> = places.iter().map(|at| (*at - middle).length()).collect();
    far.sort_unstable_by(f32::total_cmp);
    let usual = far.get(far.len() / 2).copied().unwrap_or(0.0);
    places.iter().copied().filter(|at| (*at - middle).length() <= 3.0 * usual).collect()
}

/// The convex hull, clockwise on the screen, where down is positive (Andrew 1979: two chains along x).
fn hull(mut places: Vec<Vec2>) -> Vec<Vec2> {
    places.sort_unstable_by(|one, two| one.x.total_cmp(&two.x).then(one.y.total_cmp(&two.y)));
    places.dedup();
    if places.len() < 3 {
        return places;
    }
    let chain = |places: &mut dyn Iterator<Item = &Vec2>| {
        let mut chain: Vec<Vec2> = Vec::new();
        for at in places {
            while let [.., one, two] = chain[..] {
                if cross(two - one, *at - one) > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(*at);
        }
        chain.pop();
        chain
    };
    let mut all = chain(&mut places.iter());
    all.extend(chain(&mut places.iter().rev()));
    all
}

fn cross(one: Vec2, two: Vec2) -> f32 {
    one.x * two.y - one.y * two.x
}

/// The line around a hull at a distance, with round corners; a circle around one point.
pub(super) fn around(hull: &[Pos2], distance: f32) -> Vec<Pos2> {
    let count = hull.len();
    let mut line = Vec::with_capacity(count + 24);
    for (place, at) in hull.iter().enumerate() {
        let before = hull[(place + count - 1) % count];
        let after = hull[(place + 1) % count];
        // Outside is left of the way along, as the hull goes.
        let normal = |way: Vec2| if way == Vec2::ZERO { Vec2::new(0.0, -1.0) } else { way.normalized().rot90() };
        let (from, to) = (normal(*at - before).angle(), normal(after - *at).angle());
        let turn = if count == 1 { std::f32::consts::TAU } else { (to - from).rem_euclid(std::f32::consts::TAU) };
        let steps = (turn * (distance / 4.0).clamp(2.0, 6.0)).ceil().max(1.0) as usize;
        for step in 0..=steps {
            line.push(*at + distance * Vec2::angled(from + turn * step as f32 / steps as f32));
        }
    }
    line
}

/// A shape drawn by hand, closed by a line from its end to its beginning; what it goes around an odd number of times is in
/// it. Made for asking many points.
pub(super) struct Shape {
    top: f32,
    bounds: Rect,
    /// The edges that pass each row of the screen, a point high.
    rows: Vec<Vec<(Pos2, Pos2)>>,
}

impl Shape {
    /// Rows beyond this are not looked at.
    const MOST: usize = 8_192;

    pub(super) fn new(corners: &[Pos2]) -> Self {
        let bounds = Rect::from_points(corners);
        let (top, height) =
            if corners.len() < 3 { (0.0, 0) } else { (bounds.top().floor(), bounds.height().ceil() as usize + 2) };
        let mut rows = vec![Vec::new(); height.min(Self::MOST)];
        let last = rows.len();
        let next = corners.iter().cycle().skip(1);
        for (one, two) in corners.iter().zip(next) {
            let first = (one.y.min(two.y) - top).max(0.0) as usize;
            let end = ((one.y.max(two.y) - top).max(0.0) as usize + 1).min(last);
            for row in rows.get_mut(first.min(end)..end).unwrap_or_default() {
                row.push((*one, *two));
            }
        }
        Self { top, bounds, rows }
    }

    pub(super) fn holds(&self, at: Pos2) -> bool {
        if !self.bounds.contains(at) {
            return false;
        }
        let row = self.rows.get((at.y - self.top).max(0.0) as usize).map(Vec::as_slice).unwrap_or_default();
        let crossed = row.iter().filter(|(one, two)| {
            (one.y > at.y) != (two.y > at.y) && at.x < one.x + (two.x - one.x) * (at.y - one.y) / (two.y - one.y)
        });
        crossed.count() % 2 == 1
    }
}

/// Places for names, such that none covers another: the first free one of each, or none.
#[derive(Default)]
pub(super) struct Labels {
    taken: Vec<Rect>,
}

impl Labels {
    /// The first of some places that is within the room and free; it is taken from now on.
    pub(super) fn place(&mut self, room: Rect, places: &[Rect]) -> Option<Rect> {
        let free = |place: &&Rect| {
            room.contains_rect(**place) && !self.taken.iter().any(|taken| taken.expand(2.0).intersects(**place))
        };
        let place = *places.iter().find(free)?;
        self.taken.push(place);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use egui::{pos2, vec2};
    use proptest::prelude::*;

    use super::*;

    const ROOM: Rect = Rect { min: pos2(100.0, 50.0), max: pos2(900.0, 650.0) };

    #[test]
    fn the_place_under_the_pointer_stays_there() {
        let mut camera = Camera::fit(ROOM, (vec2(-10.0, -5.0), vec2(10.0, 5.0)), 50.0, 1000.0);
        assert_eq!((camera.middle, camera.scale), (vec2(0.0, 0.0), 35.0));
        assert_eq!(camera.screen(ROOM, vec2(-10.0, 0.0)), pos2(150.0, 350.0), "the margin");
        let pointer = pos2(700.0, 200.0);
        let under = camera.place(ROOM, pointer);
        for factor in [2.0, 0.3, 100.0, 1e-9] {
            camera.zoom(ROOM, pointer, factor, (10.0, 500.0));
            assert!((camera.place(ROOM, pointer) - under).length() < 1e-3, "after {factor}");
            assert!((10.0..=500.0).contains(&camera.scale));
        }
        let one = Camera::fit(ROOM, (vec2(3.0, 4.0), vec2(3.0, 4.0)), 50.0, 120.0);
        assert_eq!((one.middle, one.scale), (vec2(3.0, 4.0), 120.0));
    }

    #[test]
    fn a_face_far_away_does_not_widen_the_outline() {
        let mut places: Vec<Vec2> = (0..20).map(|number| vec2((number % 5) as f32, (number / 5) as f32)).collect();
        let before = outline(&places);
        assert_eq!(before.len(), 4, "{before:?}");
        places.push(vec2(500.0, -300.0));
        assert_eq!(outline(&places), before);
        assert_eq!(outline(&[]), []);
        assert_eq!(outline(&[vec2(1.0, 1.0); 3]), [vec2(1.0, 1.0)]);
    }

    #[test]
    fn a_line_around_keeps_its_distance() {
        for hull in [vec![pos2(3.0, 3.0)], vec![pos2(0.0, 0.0), pos2(40.0, 0.0)], {
            let places = [vec2(0.0, 0.0), vec2(50.0, 0.0), vec2(50.0, 30.0), vec2(0.0, 30.0), vec2(20.0, 10.0)];
            hull(places.to_vec()).into_iter().map(Vec2::to_pos2).collect()
        }] {
            let line = around(&hull, 10.0);
            let shape = Shape::new(&line);
            assert!(hull.iter().all(|at| shape.holds(*at)), "{hull:?} lies in {line:?}");
            for at in line {
                let nearest = hull.iter().map(|corner| corner.distance(at)).fold(f32::INFINITY, f32::min);
                assert!((nearest - 10.0).abs() < 0.01, "{at:?} is {nearest} from {hull:?}");
            }
        }
    }

    #[test]
    fn names_do_not_cover_each_other() {
        let mut labels = Labels::default();
        let rect = |x: f32, y: f32| Rect::from_min_size(pos2(x, y), vec2(80.0, 20.0));
        assert_eq!(labels.place(ROOM, &[rect(50.0, 100.0), rect(200.0, 100.0)]), Some(rect(200.0, 100.0)), "inside");
        assert_eq!(labels.place(ROOM, &[rect(240.0, 110.0), rect(240.0, 140.0)]), Some(rect(240.0, 140.0)));
        assert_eq!(labels.place(ROOM, &[rect(240.0, 110.0)]), None);
    }

    proptest! {
        #[test]
        fn a_hull_holds_every_place(
            places in proptest::collection::vec((0i8..40, 0i8..40), 1..40),
        ) {
            let places: Vec<Vec2> = places.iter().map(|(x, y)| vec2(f32::from(*x), f32::from(*y))).collect();
            let hull = hull(places.clone());
            for (place, one) in hull.iter().enumerate() {
                let two = hull[(place + 1) % hull.len()];
                for at in &places {
                    prop_assert!(cross(two - *one, *at - *one) >= 0.0, "{at:?} is outside of {one:?} {two:?}");
                }
            }
        }

        #[test]
        fn a_shape_holds_what_it_goes_around(
            corners in proptest::collection::vec((0i16..200, 0i16..200), 3..20),
            asked in proptest::collection::vec((0i16..200, 0i16..200), 20),
        ) {
            let corners: Vec<Pos2> =
                corners.iter().map(|(x, y)| pos2(f32::from(*x), f32::from(*y))).collect();
            let shape = Shape::new(&corners);
            for (x, y) in asked {
                let at = pos2(f32::from(x) + 0.37, f32::from(y) + 0.41);
                // Every edge, without rows: how often a ray to the right crosses.
                let edges = corners.iter().zip(corners.iter().cycle().skip(1));
                let crossed = edges.filter(|(one, two)| {
                    let part = (at.y - one.y) / (two.y - one.y);
                    (0.0..1.0).contains(&part) && one.x + (two.x - one.x) * part > at.x
                });
                prop_assert_eq!(shape.holds(at), crossed.count() % 2 == 1, "{:?} in {:?}", at, &corners);
            }
        }
    }
}
