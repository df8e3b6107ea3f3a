//! Approximate Rank-Order: Otto, Wang, Jain, "Clustering millions of faces by identity", arXiv 1604.00989. One pass over
//! lists of the 200 nearest, only mutual neighbours are linked, and `a`'s list is looked at only up to `b`.

use rayon::prelude::*;

use super::constraints::Rules;
use super::method::{Grouping, Scale, Step};
use super::pairs::Union;
use super::{Constraints, Contradiction, Faces, Lists, Stop};

/// Neighbours in a list as in the paper, for libraries of the size it was measured on. Where lists that are kept end sooner
/// ([`Lists::default_length`]), all of them count.
const K: usize = 200;
/// Faces from which lists are that long.
const LARGE: usize = 10_000;
/// Neighbours in a list of a smaller library, where 200 places hold more strangers than pictures of one person: of lfw-dev
/// (3,619 faces) lists of 10 give a B-cubed F1 of 0.95, lists of 30 of 0.84, lists of 200 of 0.18.
const SHORT: usize = 12;

/// Its threshold is the distance `D_m` that linked faces are at most at.
pub(super) struct Approximate;

impl Grouping for Approximate {
    fn scale(&self) -> Scale {
        Scale { strict: 0.1, normal: 0.3, loose: 0.5, strictest: 0.0, loosest: 2.5, step: 0.0001, live: true }
    }

    fn list_length(&self, faces: usize) -> usize {
        // A list with everybody in it would make everybody one: nobody would be absent from anybody's.
        if faces < LARGE { SHORT.min(faces / 3) } else { K }
    }

    fn steps(
        &self,
        faces: &Faces<'_>,
        order: &[u32],
        constraints: &Constraints,
        last: f32,
        stop: Stop<'_>,
    ) -> (Vec<Step>, Vec<Contradiction>) {
        let (rules, union, contradictions) = Rules::new(constraints, order);
        let ranks = Ranks::new(faces.lists, self.list_length(order.len()));
        let links = links(&ranks, order, last + self.scale().step / 2.0, stop);
        (joined(faces, order, &links, rules, union), contradictions)
    }
}

/// Links of mutual neighbours up to a distance, by places in the order, nearest first.
fn links(ranks: &Ranks, order: &[u32], loosest: f32, stop: Stop<'_>) -> Vec<(f32, u32, u32)> {
    let mut place = vec![0u32; order.len()];
    for (at, face) in order.iter().enumerate() {
        place[*face as usize] = at as u32;
    }
    let mut links: Vec<(f32, u32, u32)> = (0..order.len() as u32)
        .into_par_iter()
        .filter(|_| !stop.is_set())
        .flat_map_iter(|a| {
            let place = &place;
            let later = ranks.list(a).filter(move |b| place[*b as usize] > place[a as usize]);
            later.filter_map(move |b| Some((ranks.distance(a, b)?, place[a as usize], place[b as usize])))
        })
        .filter(|(distance, ..)| *distance <= loosest)
        .collect();
    links.par_sort_unstable_by(|one, two| one.0.total_cmp(&two.0).then((one.1, one.2).cmp(&(two.1, two.2))));
    links
}

/// The merges that the links make.
fn joined(
    faces: &Faces<'_>,
    order: &[u32],
    links: &[(f32, u32, u32)],
    mut rules: Rules,
    mut union: Union,
) -> Vec<Step> {
    let mut steps = Step::said(&mut union, order);
    let is_founded = |(place, face): (usize, &u32)| !faces.is_poor(*face as usize) || rules.label(place).is_some();
    let founded: Vec<bool> = order.iter().enumerate().map(is_founded).collect();
    // A poor face joins by its nearest link, once, and nobody joins through it.
    let mut joined = vec![false; order.len()];
    for &(distance, a, b) in links {
        let poor: Vec<u32> = [a, b].into_iter().filter(|place| !founded[*place as usize]).collect();
        if poor.len() > 1 || poor.iter().any(|place| joined[*place as usize]) {
            continue;
        }
        let (one, two) = (union.root(a as usize), union.root(b as usize));
        if one != two && rules.allow(&union, one, two) && rules.shared(one, two) < 1.0 {
            rules.merge(&mut union, one, two);
            for place in poor {
                joined[place as usize] = true;
            }
            let (left, right) = (order[one.min(two)], order[one.max(two)]);
            steps.push(Step { left, right, level: -distance, bar: -distance });
        }
    }
    steps
}

/// Lists with the places in them.
struct Ranks {
    length: usize,
    lists: Vec<Vec<u32>>,
    /// The same faces ascending, each with its place from 1.
    places: Vec<Vec<(u32, u32)>>,
}

impl Ranks {
    fn new(lists: &Lists, length: usize) -> Self {
        let faces = |face: usize| lists.of(face).iter().take(length).map(|one| one.face).collect::<Vec<u32>>();
        Self::of((0..lists.len()).map(faces).collect(), length)
    }

    fn of(lists: Vec<Vec<u32>>, length: usize) -> Self {
        let ascending = |list: &Vec<u32>| {
            let mut places: Vec<(u32, u32)> = list.iter().copied().zip(1..).collect();
            places.sort_unstable();
            places
        };
        Self { length, places: lists.iter().map(ascending).collect(), lists }
    }

    fn list(&self, face: u32) -> impl Iterator<Item = u32> {
        self.lists[face as usize].iter().take(self.length).copied()
    }

    fn rank(&self, face: u32, other: u32) -> Option<u32> {
        let places = &self.places[face as usize];
        places.binary_search_by_key(&other, |(face, _)| *face).ok().map(|at| places[at].1)
    }

    /// `D_m`; `None` when either is missing from the other's list.
    fn distance(&self, a: u32, b: u32) -> Option<f32> {
        let (place_of_b, place_of_a) = (self.rank(a, b)?, self.rank(b, a)?);
        // A face is first in its own list, so it is never absent from the other's side of the pair.
        let absent = |of: u32, up_to: u32, from: u32| {
            let list = self.list(of).take(up_to as usize);
            list.filter(|face| *face != from && self.rank(from, *face).is_none()).count() as u32
        };
        let both = absent(a, place_of_b, b) + absent(b, place_of_a, a);
        Some(both as f32 / place_of_b.min(place_of_a) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mutual_neighbours_and_only_up_to_the_other() {
        // 0's list: 1, 2; 1's list: 0, 3; 2's list: 3, 0 – so 2 is 0's second neighbour, 0 is 2's second.
        let ranks = Ranks::of(vec![vec![1, 2], vec![0, 3], vec![3, 0], vec![1, 2]], 2);
        assert_eq!(ranks.distance(0, 1), Some(0.0), "nearest to each other: nothing absent");
        // 0 → 2: list up to 2 is 1, 2: 1 is absent from 2's list; 2 → 0: 3, 0: 3 is absent from 0's list; min rank 2.
        assert_eq!(ranks.distance(0, 2), Some(1.0));
        assert_eq!(ranks.distance(0, 3), None, "not in each other's lists");
    }
}
