//! The map of all faces: a place in the plane for each, those that look alike side by side.

use std::collections::HashMap;
use std::sync::Arc;

use super::FaceId;

/// A face's place on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Whose.
    pub face: FaceId,
    /// Right and down, in the map's own units.
    pub at: [f32; 2],
    /// The width of the square around it in which no face lies that comes before it: who is shown in squares of this
    /// width covers nobody who has at least as much room. Infinite for the first face, 0 for a copy in the same place.
    pub room: f32,
}

/// Where every face lies. Looking alike is what brings faces together; who they are was not asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaceMap {
    /// Most room first.
    spots: Vec<Spot>,
    /// Places in `spots`, ascending by face.
    by_face: Vec<(FaceId, u32)>,
}

/// From one width of squares to the next smaller one.
const STEP: f32 = 0.8;
/// The smallest squares, as a part of the map.
const FINEST: f32 = 2e-6;

impl FaceMap {
    /// A map of these places. Where two faces are too close to show both, the one that comes first is shown. Each face
    /// once; numbers must be finite.
    #[must_use]
    pub fn new(places: Vec<(FaceId, [f32; 2])>) -> Self {
        let rooms = rooms(&places);
        let spots = places.into_iter().zip(rooms);
        let mut spots: Vec<Spot> = spots.map(|((face, at), room)| Spot { face, at, room }).collect();
        spots.sort_by(|one, two| two.room.total_cmp(&one.room)); // stable: who comes first stays first
        let mut by_face: Vec<(FaceId, u32)> = spots.iter().map(|spot| spot.face).zip(0..).collect();
        by_face.sort_unstable();
        Self { spots, by_face }
    }

    /// Faces.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spots.len()
    }

    /// No faces.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spots.is_empty()
    }

    /// Every face, most room first: at any scale, those that have enough room come first.
    #[must_use]
    pub fn spots(&self) -> &[Spot] {
        &self.spots
    }

    /// Where a face lies.
    #[must_use]
    pub fn get(&self, face: FaceId) -> Option<&Spot> {
        let found = self.by_face.binary_search_by_key(&face, |(face, _)| *face).ok()?;
        self.spots.get(self.by_face.get(found)?.1 as usize)
    }

    /// The faces on it, ascending.
    pub fn faces(&self) -> impl Iterator<Item = FaceId> {
        self.by_face.iter().map(|(face, _)| *face)
    }
}

/// How much room each place has, by its distance (the larger of right and down) to those before it. Widths come in steps:
/// at every width as many places as fit are taken, in their order, and keep it.
fn rooms(places: &[(FaceId, [f32; 2])]) -> Vec<f32> {
    let mut rooms = vec![0.0; places.len()];
    if let Some(first) = rooms.first_mut() {
        *first = f32::INFINITY;
    }
    let extent = places.iter().flat_map(|(_, at)| at).fold(0.0f32, |most, value| most.max(value.abs()));
    let mut waiting: Vec<u32> = (1..places.len() as u32).collect();
    let mut taken: Vec<u32> = (0..places.len().min(1) as u32).collect();
    let mut width = 2.0 * extent;
    while !waiting.is_empty() && width > extent * FINEST {
        let cell = |at: [f32; 2]| ((at[0] / width).floor() as i32, (at[1] / width).floor() as i32);
        // Those that are taken lie a width apart: one in a cell.
        let mut cells: HashMap<(i32, i32), u32> =
            taken.iter().map(|place| (cell(places[*place as usize].1), *place)).collect();
        let mut left = Vec::new();
        for place in waiting {
            let at = places[place as usize].1;
            let (x, y) = cell(at);
            let near = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
            let crowded = near.filter_map(|cell| cells.get(&cell)).any(|other| {
                let other = places[*other as usize].1;
                (other[0] - at[0]).abs().max((other[1] - at[1]).abs()) < width
            });
            if crowded {
                left.push(place);
            } else {
                rooms[place as usize] = width;
                cells.insert((x, y), place);
                taken.push(place);
            }
        }
        waiting = left;
        width *= STEP;
    }
    rooms
}

/// What becomes of the map.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum MapWork {
    /// Nothing is being done.
    #[default]
    Idle,
    /// It is being drawn: this part of it, 0 to 1, is done.
    Drawing(f32),
    /// The user stopped it, or it could not be drawn. It is drawn when it is asked for again.
    Stopped,
}

/// The map as a snapshot has it.
#[derive(Clone, Debug, Default)]
pub struct MapState {
    /// The latest one; `None` until it was asked for.
    pub map: Option<Arc<FaceMap>>,
    /// Faces that came since and are not on it.
    pub missing: usize,
    /// What is being done.
    pub work: MapWork,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn apart(one: &Spot, two: &Spot) -> f32 {
        (one.at[0] - two.at[0]).abs().max((one.at[1] - two.at[1]).abs())
    }

    proptest! {
        #[test]
        fn who_has_room_covers_nobody(
            places in proptest::collection::vec((-100i16..100, -100i16..100), 0..60),
        ) {
            let places: Vec<(FaceId, [f32; 2])> = places
                .iter()
                .zip((0..).map(FaceId))
                .map(|((x, y), face)| (face, [f32::from(*x) / 10.0, f32::from(*y) / 10.0]))
                .collect();
            let map = FaceMap::new(places.clone());
            prop_assert_eq!(map.len(), places.len());
            for (face, at) in &places {
                prop_assert_eq!(map.get(*face).map(|spot| (spot.face, spot.at)), Some((*face, *at)));
            }
            let spots = map.spots();
            let extent = places.iter().flat_map(|(_, at)| at).fold(0.0f32, |most, value| most.max(value.abs()));
            prop_assert!(spots.windows(2).all(|two| two[0].room >= two[1].room), "most room first");
            for (place, one) in spots.iter().enumerate() {
                for two in &spots[..place] {
                    prop_assert!(apart(one, two) >= one.room.min(two.room), "{one:?} covers {two:?}");
                }
                // One width more, and somebody would be in the way.
                let next = one.room / STEP;
                let near = |two: &&Spot| two.face != one.face && apart(one, two) < next * 1.0001;
                let blocked = spots.iter().filter(near).any(|two| two.room > next * 0.9999);
                let largest = one.room.is_infinite() || next > 2.0 * extent;
                prop_assert!(blocked || largest || one.room == 0.0, "{one:?} could have had more room");
            }
            prop_assert!(map.faces().eq(places.iter().map(|(face, _)| *face)));
        }
    }

    #[test]
    fn copies_in_one_place_have_no_room() {
        let map = FaceMap::new(vec![(FaceId(3), [1.0, 2.0]), (FaceId(1), [1.0, 2.0]), (FaceId(2), [1.0, 2.0])]);
        let rooms: Vec<(u32, f32)> = map.spots().iter().map(|spot| (spot.face.0, spot.room)).collect();
        assert_eq!(rooms, [(3, f32::INFINITY), (1, 0.0), (2, 0.0)]);
        assert_eq!(FaceMap::new(Vec::new()), FaceMap::default());
    }
}
