//! The map: a place in the plane for every face, so that faces which look alike lie side by side.
//!
//! UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) on the neighbour lists that grouping keeps anyway: a face is
//! tied to its nearest, each tie as strong as it is close for that face; then, round by round, ties pull and faces taken by
//! lot push. In the plane two faces at a distance d are alike as 1 / (1 + d²), which is t-SNE's choice and UMAP's with
//! a = b = 1, and needs no powers. It begins with the two main axes of the embeddings (Kobak and Linderman 2021), or with
//! the map of before. Faces × neighbours × rounds on one thread; t-SNE by Barnes and Hut costs a tree in every round.
//!
//! Numbers taken by lot come from a generator of its own: the same faces give the same map.

use std::collections::BTreeMap;

use super::Faces;
use super::axes::axes;
use super::plane::{Lot, apart, circle, make_room, middle, scatter};
use crate::domain::{FaceId, FaceMap};

/// Neighbours that a face is tied to.
const NEAR: usize = 10;
/// Faces taken by lot for every tie that pulls, and how much each of them counts.
const PUSHES: usize = 5;
const PUSH: f32 = 3.0;
/// Faces less alike than this cosine are strangers more often than not, and those far below it are tied by so much less
/// only: a person of two photos would else be pulled apart by its nearest strangers.
const ALIKE: f32 = 0.5;
const SOFT: f32 = 0.06;
const STRANGERS: f32 = 0.05;
/// Above this share of known faces, they stay about where they are, and only the others look for a place.
const MOSTLY_KNOWN: f32 = 0.7;
/// How much a known face moves then.
const KNOWN_MOVES: f32 = 0.05;
/// Longest step of a face in one round, by one tie.
const LONGEST: f32 = 4.0;
/// What a map is drawn from: copied in a moment, so that nobody waits for the drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// Ascending.
    faces: Vec<FaceId>,
    /// The first in this order are shown where there is not room for all.
    order: Vec<u32>,
    /// Where each would begin.
    axes: Vec<[f32; 2]>,
    /// Places of the nearest faces and their distances, face by face.
    near: Vec<(u32, f32)>,
    /// Where the neighbours of each end.
    ends: Vec<u32>,
}

impl Outline {
    /// Of these faces, whose rows are `ids`, ascending.
    #[must_use]
    pub fn new(ids: &[FaceId], faces: &Faces<'_>) -> Self {
        let count = ids.len().min(faces.embeddings.len());
        let mut outline = Self { faces: ids[..count].to_vec(), ..Self::default() };
        for face in 0..count {
            for near in faces.lists.of(face).iter().take(NEAR).filter(|near| (near.face as usize) < count) {
                // Of unit vectors: the square of their distance is 2 − 2 cos.
                let square = 2.0 - 2.0 * near.value;
                outline.near.push((near.face, if square.is_finite() { square.max(0.0).sqrt() } else { 2.0 }));
            }
            outline.ends.push(outline.near.len() as u32);
        }
        outline.axes = axes(&faces.embeddings, count);
        let quality = |face: u32| faces.quality.get(face as usize).copied().unwrap_or(1.0);
        outline.order = (0..count as u32).collect();
        outline.order.sort_by(|one, two| {
            let lot = |face: &u32| scatter(u64::from(ids[*face as usize].0));
            quality(*two).total_cmp(&quality(*one)).then_with(|| lot(one).cmp(&lot(two)))
        });
        outline
    }

    /// Draws the map. `watch` hears how much is done, 0 to 1, and says whether to go on; `None` when it said no.
    ///
    /// With a map of before, faces that are on it stay about where they are when few are new; when many are, they move, but
    /// the map does not turn. When none is new, nobody moves.
    #[must_use]
    pub fn draw(&self, before: Option<&FaceMap>, watch: &mut dyn FnMut(f32) -> bool) -> Option<FaceMap> {
        let known: Vec<Option<[f32; 2]>> = self.faces.iter().map(|face| Some(before?.get(*face)?.at)).collect();
        let count = known.iter().flatten().count();
        let mut at = self.axes.clone();
        if count < at.len() && at.len() > 2 {
            let graph = self.graph();
            let share = count as f32 / at.len() as f32;
            let few = share > MOSTLY_KNOWN;
            if count > 0 {
                begin_from(&known, &graph, &mut at);
            }
            let moves: Vec<f32> =
                known.iter().map(|known| if few && known.is_some() { KNOWN_MOVES } else { 1.0 }).collect();
            let rounds = if few { 100 } else { rounds(at.len()) };
            settle(&mut at, &graph, &moves, rounds, if few { 0.5 } else { 1.0 }, watch)?;
            if !few {
                turn_back(&known, &mut at);
            }
        } else if count < at.len() {
            // One or two: where they lie means nothing.
            at = (0..at.len()).map(|place| [place as f32, 0.0]).collect();
        } else {
            at = known.into_iter().flatten().collect();
        }
        for place in at.iter_mut().flatten().filter(|value| !value.is_finite()) {
            *place = 0.0;
        }
        if count < at.len() {
            make_room(&mut at);
        }
        watch(1.0).then(|| {
            let places = self.order.iter().map(|face| (self.faces[*face as usize], at[*face as usize]));
            FaceMap::new(places.collect())
        })
    }

    /// Faces.
    #[must_use]
    pub fn len(&self) -> usize {
        self.faces.len()
    }

    /// No faces.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.faces.is_empty()
    }

    fn near(&self, face: usize) -> &[(u32, f32)] {
        let first = face.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.near[first as usize..self.ends[face] as usize]
    }

    /// Ties of both directions: how sure it is that at least one of the two calls the other near.
    fn graph(&self) -> Graph {
        let mut ties: Vec<(u32, u32, f32)> = Vec::with_capacity(self.near.len());
        for face in 0..self.faces.len() {
            let near = self.near(face);
            for ((other, _), strength) in near.iter().zip(strengths(near)) {
                let face = face as u32;
                ties.push((face.min(*other), face.max(*other), strength));
            }
        }
        ties.sort_unstable_by_key(|(one, two, strength)| (*one, *two, strength.to_bits()));
        let both = ties.chunk_by(|one, two| (one.0, one.1) == (two.0, two.1)).map(|same| {
            let apart: f32 = same.iter().map(|(_, _, strength)| 1.0 - strength).product();
            (same[0].0, same[0].1, 1.0 - apart)
        });
        let mut ties: Vec<(u32, u32, f32)> =
            both.flat_map(|(one, two, tie)| [(one, two, tie), (two, one, tie)]).collect();
        ties.sort_unstable_by_key(|(one, two, _)| (*one, *two));
        let mut graph = Graph { ends: Vec::with_capacity(self.faces.len()), ties: Vec::with_capacity(ties.len()) };
        let mut ties = ties.into_iter().peekable();
        for face in 0..self.faces.len() as u32 {
            while let Some((_, other, tie)) = ties.next_if(|(one, ..)| *one == face) {
                graph.ties.push((other, tie));
            }
            graph.ends.push(graph.ties.len() as u32);
        }
        graph
    }
}

/// Who is tied to whom, and how strongly, 0 to 1.
struct Graph {
    ties: Vec<(u32, f32)>,
    /// Where the ties of each face end.
    ends: Vec<u32>,
}

impl Graph {
    fn range(&self, face: usize) -> std::ops::Range<usize> {
        let first = face.checked_sub(1).map_or(0, |before| self.ends[before]);
        first as usize..self.ends[face] as usize
    }
}

/// Rounds of a new map.
fn rounds(faces: usize) -> usize {
    if faces > 10_000 { 200 } else { 400 }
}

/// How strongly a face is tied to its neighbours, nearest first: 1 to the nearest, falling so that all of them add up to
/// log₂ of their number, whether it lives in a crowd or alone; then by how alike they are at all.
fn strengths(near: &[(u32, f32)]) -> Vec<f32> {
    let nearest = near.iter().map(|(_, distance)| *distance).find(|distance| *distance > 0.0).unwrap_or(0.0);
    let mean = near.iter().map(|(_, distance)| distance).sum::<f32>() / near.len().max(1) as f32;
    let wanted = (near.len().max(1) as f32).log2().max(1.0);
    let strength = |distance: f32, fall: f32| (-(distance - nearest).max(0.0) / fall).exp();
    let (mut low, mut high) = (1e-3 * mean.max(1e-6), 1e3 * mean.max(1e-6));
    for _ in 0..40 {
        let fall = (low * high).sqrt();
        let sum: f32 = near.iter().map(|(_, distance)| strength(*distance, fall)).sum();
        if sum > wanted {
            high = fall;
        } else {
            low = fall;
        }
    }
    let fall = (low * high).sqrt();
    near.iter().map(|(_, distance)| strength(*distance, fall) * likeness(*distance)).collect()
}

/// How much a tie of this length counts, whatever the neighbours are like.
fn likeness(distance: f32) -> f32 {
    let cosine = 1.0 - distance * distance / 2.0;
    STRANGERS + (1.0 - STRANGERS) / (1.0 + ((ALIKE - cosine) / SOFT).exp())
}

/// Known faces begin where they were, others beside the known face they are tied to most, or to one of those; who is tied
/// to nobody known begins outside.
fn begin_from(known: &[Option<[f32; 2]>], graph: &Graph, at: &mut [[f32; 2]]) {
    let mut placed: Vec<Option<[f32; 2]>> = known.to_vec();
    let mut waiting: Vec<usize> = (0..known.len()).filter(|face| known[*face].is_none()).collect();
    while !waiting.is_empty() {
        let found: BTreeMap<usize, [f32; 2]> = waiting
            .iter()
            .filter_map(|face| {
                let ties = graph.ties[graph.range(*face)].iter();
                let known = ties.filter_map(|(other, tie)| Some((*tie, placed[*other as usize]?)));
                let (_, beside) = known.max_by(|one, two| one.0.total_cmp(&two.0))?;
                let aside = circle(*face as u64, 0.3);
                Some((*face, [beside[0] + aside[0], beside[1] + aside[1]]))
            })
            .collect();
        if found.is_empty() {
            break;
        }
        waiting.retain(|face| !found.contains_key(face));
        for (face, place) in found {
            placed[face] = Some(place);
        }
    }
    let (middle, radius) = middle(placed.iter().flatten());
    for face in waiting {
        let outside = circle(face as u64, 1.1 * radius + 1.0);
        placed[face] = Some([middle[0] + outside[0], middle[1] + outside[1]]);
    }
    for (at, place) in at.iter_mut().zip(placed) {
        *at = place.unwrap_or(*at);
    }
}

/// The rounds: ties pull, faces taken by lot push; steps get shorter to the end. `None` when it was stopped.
fn settle(
    at: &mut [[f32; 2]],
    graph: &Graph,
    moves: &[f32],
    rounds: usize,
    pace: f32,
    watch: &mut dyn FnMut(f32) -> bool,
) -> Option<()> {
    let strongest = graph.ties.iter().fold(0.0f32, |most, (_, tie)| most.max(*tie)).max(f32::MIN_POSITIVE);
    // A tie half as strong as the strongest pulls in every second round.
    let every: Vec<f32> = graph.ties.iter().map(|(_, tie)| strongest / tie.max(f32::MIN_POSITIVE)).collect();
    let mut due: Vec<f32> = every.clone();
    let mut lot = Lot(2);
    for round in 0..rounds {
        if !watch(round as f32 / rounds as f32) {
            return None;
        }
        let (step, now) = (pace * (1.0 - round as f32 / rounds as f32), (round + 1) as f32);
        for face in 0..at.len() {
            let mut here = at[face];
            let share = step * moves[face];
            for tie in graph.range(face) {
                if due[tie] > now {
                    continue;
                }
                due[tie] += every[tie];
                let other = graph.ties[tie].0 as usize;
                let (apart, square) = apart(here, at[other]);
                let pull = short(-2.0 / (1.0 + square), square);
                for axis in 0..2 {
                    let force = pull * apart[axis];
                    here[axis] += force * share;
                    at[other][axis] -= force * step * moves[other];
                }
                for _ in 0..PUSHES {
                    let other = lot.below(at.len());
                    if other == face {
                        continue;
                    }
                    let (apart, square) = self::apart(here, at[other]);
                    let push = short(2.0 * PUSH / ((0.001 + square) * (1.0 + square)), square);
                    for axis in 0..2 {
                        here[axis] += push * apart[axis] * share;
                    }
                }
            }
            at[face] = here;
        }
    }
    Some(())
}

/// A force along a line, given the square of its length: no step is longer than [`LONGEST`], in whatever direction.
fn short(force: f32, square: f32) -> f32 {
    let length = force.abs() * square.sqrt();
    if length > LONGEST { force * (LONGEST / length) } else { force }
}

/// Turns, mirrors and moves a new map so that known faces lie as near as can be to where they were.
fn turn_back(known: &[Option<[f32; 2]>], at: &mut [[f32; 2]]) {
    let pairs: Vec<([f32; 2], [f32; 2])> =
        at.iter().zip(known).filter_map(|(at, known)| Some((*at, (*known)?))).collect();
    if pairs.is_empty() {
        return;
    }
    let (now, _) = middle(pairs.iter().map(|(now, _)| now));
    let (then, _) = middle(pairs.iter().map(|(_, then)| then));
    // Least squares: the sums of products give the angle, plain or mirrored.
    let (mut plain, mut mirrored) = ([0.0f32; 2], [0.0f32; 2]);
    for (p, q) in &pairs {
        let (p, q) = ([p[0] - now[0], p[1] - now[1]], [q[0] - then[0], q[1] - then[1]]);
        plain = [plain[0] + p[0] * q[0] + p[1] * q[1], plain[1] + p[0] * q[1] - p[1] * q[0]];
        mirrored = [mirrored[0] + p[0] * q[0] - p[1] * q[1], mirrored[1] + p[0] * q[1] + p[1] * q[0]];
    }
    let mirror = mirrored[0].hypot(mirrored[1]) > plain[0].hypot(plain[1]);
    let [x, y] = if mirror { mirrored } else { plain };
    let angle = y.atan2(x);
    let (sin, cos) = angle.sin_cos();
    for place in at {
        let p = [place[0] - now[0], if mirror { now[1] - place[1] } else { place[1] - now[1] }];
        *place = [then[0] + cos * p[0] - sin * p[1], then[1] + sin * p[0] + cos * p[1]];
    }
}

#[cfg(test)]
mod tests {
    use super::super::Embeddings;
    use super::super::axes::unit;
    use super::super::metrics::purity;
    use super::*;
    use crate::cluster::Lists;

    const WIDTH: usize = 24;

    /// People of so many faces each, all about as far from each other.
    fn people(sizes: &[usize]) -> (Vec<f32>, Vec<u32>) {
        let mut lot = Lot(7);
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for (label, size) in sizes.iter().enumerate() {
            let centre: Vec<f32> = (0..WIDTH).map(|_| lot.next() - 0.5).collect();
            for _ in 0..*size {
                values.extend(unit(centre.iter().map(|value| value + 0.4 * (lot.next() - 0.5)).collect()));
                labels.push(label as u32);
            }
        }
        (values, labels)
    }

    fn outline(values: &[f32]) -> Outline {
        let embeddings = Embeddings::new(WIDTH, values).unwrap();
        let lists = Lists::new(&embeddings);
        let ids: Vec<FaceId> = (0..embeddings.len() as u32).map(|face| FaceId(10 + face)).collect();
        Outline::new(&ids, &Faces::new(embeddings, &lists))
    }

    fn draw(values: &[f32], before: Option<&FaceMap>) -> FaceMap {
        outline(values).draw(before, &mut |_| true).unwrap()
    }

    /// Places of the first faces.
    fn places(map: &FaceMap, count: usize) -> Vec<[f32; 2]> {
        (0..count as u32).map(|face| map.get(FaceId(10 + face)).unwrap().at).collect()
    }

    fn distance(one: [f32; 2], two: [f32; 2]) -> f32 {
        apart(one, two).1.sqrt()
    }

    fn on_map(map: &FaceMap, labels: &[u32]) -> f64 {
        let at = places(map, labels.len());
        purity(labels, 10, &|one, two| distance(at[one], at[two])).unwrap()
    }

    #[test]
    fn people_who_differ_lie_apart() {
        let (values, labels) = people(&[60, 60]);
        let map = draw(&values, None);
        assert_eq!(map.len(), 120);
        assert!(on_map(&map, &labels) > 0.99, "{}", on_map(&map, &labels));
        let at = places(&map, 120);
        let (one, far_one) = middle(at[..60].iter());
        let (two, far_two) = middle(at[60..].iter());
        let between = distance(one, two);
        assert!(between > far_one.max(far_two), "{between} between them, {far_one} and {far_two} within");
    }

    #[test]
    fn many_people_of_few_faces_stay_together() {
        let (values, labels) = people(&[[12; 20].as_slice(), &[3; 30], &[1; 40]].concat());
        let share = on_map(&draw(&values, None), &labels);
        // 0.90 here; the last bits of the cosines move it by a hundredth or two. Places by chance give 0.03.
        assert!(share > 0.85, "{share}");
    }

    #[test]
    fn the_same_faces_give_the_same_map() {
        let (values, _) = people(&[20, 5, 1, 30]);
        assert_eq!(draw(&values, None), draw(&values, None));
        let before = draw(&values[..40 * WIDTH], None);
        assert_eq!(draw(&values, Some(&before)), draw(&values, Some(&before)));
    }

    /// New faces, few or many: those that are known stay about where they were, and the map stays as true.
    #[test]
    fn known_faces_stay_about_where_they_are() {
        let (values, labels) = people(&[20; 20]);
        // By lot, so that everybody has new faces.
        let mut order: Vec<usize> = (0..labels.len()).collect();
        order.sort_by_key(|face| scatter(*face as u64));
        let values: Vec<f32> =
            order.iter().flat_map(|face| &values[face * WIDTH..(face + 1) * WIDTH]).copied().collect();
        let labels: Vec<u32> = order.iter().map(|face| labels[*face]).collect();
        for (known, most) in [(360, 0.03), (200, 0.25)] {
            let before = draw(&values[..known * WIDTH], None);
            let after = draw(&values, Some(&before));
            let (old, new) = (places(&before, known), places(&after, known));
            let (_, radius) = middle(old.iter());
            let mut moved: Vec<f32> = old.iter().zip(&new).map(|(old, new)| distance(*old, *new) / radius).collect();
            moved.sort_by(f32::total_cmp);
            let half = moved[known / 2];
            assert!(half < most, "{known} known: half of them moved {half} of the radius");
            assert!(on_map(&after, &labels) > 0.97, "{known} known: {}", on_map(&after, &labels));
        }
    }

    #[test]
    fn nobody_moves_when_nobody_is_new() {
        let (values, _) = people(&[15, 15]);
        let before = draw(&values, None);
        let after = draw(&values[..25 * WIDTH], Some(&before));
        assert_eq!(after.len(), 25);
        assert_eq!(places(&after, 25), places(&before, 25));
        assert_eq!(draw(&values, Some(&before)), before);
    }

    #[test]
    fn it_ends_when_it_is_told_to() {
        let (values, _) = people(&[30, 30]);
        let (mut asked, mut last) = (0, -1.0);
        let map = outline(&values).draw(None, &mut |share| {
            assert!((last..=1.0).contains(&share), "{share} after {last}");
            last = share;
            asked += 1;
            asked < 5
        });
        assert_eq!((map, asked), (None, 5));
        assert_eq!(outline(&values).draw(None, &mut |_| false), None);
    }

    #[test]
    fn a_handful_and_copies_have_places_of_their_own() {
        assert!(draw(&[], None).is_empty());
        let (values, _) = people(&[4]);
        for count in 1..=4 {
            let map = draw(&values[..count * WIDTH], None);
            assert_eq!(map.len(), count);
            assert!(map.spots().iter().all(|spot| spot.at.iter().all(|value| value.is_finite()) && spot.room > 0.0));
        }
        // Exact copies, among others and alone.
        let copies = values[..WIDTH].repeat(40);
        for values in [copies.clone(), [copies, people(&[30]).0].concat()] {
            let map = draw(&values, None);
            assert!(map.spots().iter().all(|spot| spot.at.iter().all(|value| value.is_finite())));
            let rooms = map.spots().iter().filter(|spot| spot.room > 0.0).count();
            assert!(rooms * 10 >= map.len() * 9, "{rooms} of {} can be seen", map.len());
        }
        // Numbers that are none do no harm.
        let broken = [&values[..3 * WIDTH], &[f32::NAN; WIDTH]].concat();
        assert!(draw(&broken, None).spots().iter().all(|spot| spot.at.iter().all(|value| value.is_finite())));
    }

    #[test]
    fn purity_counts_as_many_as_there_are() {
        let at = [0.0f32, 1.0, 10.0, 11.0, 12.0, 50.0];
        let near = |labels: &[u32]| purity(labels, 10, &|one, two| (at[one] - at[two]).abs());
        assert_eq!(near(&[0, 0, 1, 1, 1, 2]), Some(1.0));
        assert_eq!(near(&[0, 1, 0, 1, 1, 2]), Some(2.0 / 8.0), "the last two of 1 see each other and a stranger");
        assert_eq!(near(&[0, 1, 2, 3, 4, 5]), None);
    }
}
