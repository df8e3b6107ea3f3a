//! Rank-Order clustering as published: Zhu, Wen, Sun, "A rank-order distance based clustering algorithm for face tagging",
//! CVPR 2011, equations 1 to 5 and algorithm 1, with L1 distance, K = 9 and t = 14.
//!
//! Distances between groups (equation 3) are kept and updated by merges, not recomputed: up to [`MOST_WHOLE`] faces in a
//! matrix, with whole lists as in the paper; above that only those of the faces' neighbour lists, and who is missing from
//! a list counts as one place behind its end.

use rayon::prelude::*;

use super::constraints::Rules;
use super::embeddings::manhattan;
use super::method::{Grouping, Scale, Step};
use super::pairs::Union;
use super::{Constraints, Contradiction, Faces, Stop};

/// Neighbours of a face, itself left out, that make up φ.
const K: usize = 9;
/// Only pairs among a group's nearest are tested (section 3.3 of the paper).
const CANDIDATES: usize = 20;
/// Places in a list of groups that is not whole.
const LIST_LENGTH: usize = 100;
/// Above this the matrix of distances would take over 100 MB.
const MOST_WHOLE: usize = 5_000;

/// Its threshold is t, the rank-order distance that groups must be below.
pub(super) struct RankOrder;

impl Grouping for RankOrder {
    fn scale(&self) -> Scale {
        // Rounds depend on the threshold, so none can be had from another's.
        Scale { strict: 10.0, normal: 14.0, loose: 18.0, strictest: 4.0, loosest: 20.0, step: 0.5, live: false }
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
        (Groups::new(faces, order, rules, union).run(last, stop), contradictions)
    }
}

/// Least distances between groups, by their roots.
enum Distances {
    /// Row by row, for so many faces.
    Whole(Vec<f32>, usize),
    /// Those that are known, by the other's root.
    Sparse(Vec<Vec<(u32, f32)>>),
}

impl Distances {
    fn new(faces: &Faces<'_>, order: &[u32]) -> Self {
        let count = order.len();
        let row = |place: usize| faces.embeddings.row(order[place] as usize);
        if count <= MOST_WHOLE {
            let mut whole = vec![0.0; count * count];
            whole.par_chunks_mut(count.max(1)).enumerate().for_each(|(a, values)| {
                values.iter_mut().enumerate().for_each(|(b, value)| *value = manhattan(row(a), row(b)));
            });
            return Self::Whole(whole, count);
        }
        Self::sparse(faces, order)
    }

    fn sparse(faces: &Faces<'_>, order: &[u32]) -> Self {
        let count = order.len();
        let row = |place: usize| faces.embeddings.row(order[place] as usize);
        let mut place = vec![0u32; count];
        for (at, face) in order.iter().enumerate() {
            place[*face as usize] = at as u32;
        }
        let mut known: Vec<Vec<(u32, f32)>> = (0..count)
            .into_par_iter()
            .map(|a| {
                let others = faces.lists.of(order[a] as usize).iter().map(|one| place[one.face as usize]);
                others.map(|b| (b, manhattan(row(a), row(b as usize)))).collect()
            })
            .collect();
        let mirrored: Vec<(u32, (u32, f32))> =
            (0..count as u32).flat_map(|a| known[a as usize].iter().map(move |(b, value)| (*b, (a, *value)))).collect();
        for (a, other) in mirrored {
            known[a as usize].push(other);
        }
        known.par_iter_mut().for_each(|known| {
            known.sort_unstable_by_key(|(other, _)| *other);
            known.dedup_by_key(|(other, _)| *other);
        });
        Self::Sparse(known)
    }

    /// `gone` becomes part of `root`.
    fn absorb(&mut self, root: usize, gone: usize) {
        match self {
            Self::Whole(whole, count) => {
                for other in 0..*count {
                    let value = whole[root * *count + other].min(whole[gone * *count + other]);
                    whole[root * *count + other] = value;
                    whole[other * *count + root] = value;
                }
                whole[root * *count + root] = 0.0;
            }
            // The others learn of it in `settle`.
            Self::Sparse(known) => {
                let more = std::mem::take(&mut known[gone]);
                known[root].extend(more);
            }
        }
    }

    /// After the merges of a round: every distance by the roots that are left.
    fn settle(&mut self, union: &Union) {
        if let Self::Sparse(known) = self {
            known.par_iter_mut().enumerate().for_each(|(group, known)| {
                for (other, _) in known.iter_mut() {
                    *other = union.find(*other as usize) as u32;
                }
                known.retain(|(other, _)| *other as usize != group);
                known.sort_unstable_by(|one, two| one.0.cmp(&two.0).then(one.1.total_cmp(&two.1)));
                known.dedup_by_key(|(other, _)| *other);
            });
        }
    }

    /// A group's order list as far as `length` others: itself first, then the others by distance, equal distances by root.
    fn order_list(&self, alive: &[usize], group: usize, length: usize) -> Vec<(u32, f32)> {
        let mut list: Vec<(u32, f32)> = match self {
            Self::Whole(whole, count) => {
                alive.iter().map(|other| (*other as u32, whole[group * count + other])).collect()
            }
            Self::Sparse(known) => known[group].iter().copied().chain([(group as u32, 0.0)]).collect(),
        };
        let nearer = |one: &(u32, f32), two: &(u32, f32)| {
            let other = |place: u32| place as usize != group;
            other(one.0).cmp(&other(two.0)).then(one.1.total_cmp(&two.1)).then(one.0.cmp(&two.0))
        };
        let length = if let Self::Sparse(_) = self { LIST_LENGTH } else { length };
        if list.len() > length + 1 {
            list.select_nth_unstable_by(length, nearer);
            list.truncate(length + 1);
        }
        list.sort_unstable_by(nearer);
        list
    }
}

/// The order lists of one round.
struct Orders {
    lists: Vec<Vec<(u32, f32)>>,
    /// The same, by the others' roots, with their places.
    ranks: Vec<Vec<(u32, u32)>>,
    /// Which list is whose.
    of_root: Vec<u32>,
}

impl Orders {
    /// For distances below `threshold`. Of two candidates one is among the other's first 20, so a sum of ranks that reaches
    /// 20 times the threshold is too much, and places behind that need not be told apart.
    fn new(distances: &Distances, alive: &[usize], count: usize, threshold: f32) -> Self {
        let length = (threshold.max(0.0) * CANDIDATES as f32).ceil() as usize;
        let list = |group: &usize| distances.order_list(alive, *group, length.max(CANDIDATES));
        let lists: Vec<Vec<(u32, f32)>> = alive.par_iter().map(list).collect();
        let ranks = lists
            .par_iter()
            .map(|list| {
                let mut ranks: Vec<(u32, u32)> = list.iter().map(|(other, _)| *other).zip(0..).collect();
                ranks.sort_unstable();
                ranks
            })
            .collect();
        let mut of_root = vec![0; count];
        for (number, group) in alive.iter().enumerate() {
            of_root[*group] = number as u32;
        }
        Self { lists, ranks, of_root }
    }

    /// The place of `other` in the list of `group`; one behind the end if it is not there.
    fn rank(&self, group: usize, other: u32) -> u32 {
        let ranks = &self.ranks[self.of_root[group] as usize];
        let place = ranks.binary_search_by_key(&other, |(root, _)| *root);
        place.map_or(ranks.len() as u32, |at| ranks[at].1)
    }

    /// Equation 2 if it is below `threshold`.
    fn rank_order(&self, a: usize, b: usize, threshold: f32) -> Option<f32> {
        let nearer = self.rank(a, b as u32).min(self.rank(b, a as u32)) as f32;
        let most = threshold * nearer;
        let one_way = |from: usize, to: usize| {
            let list = &self.lists[self.of_root[from] as usize];
            let mut sum = 0;
            for (group, _) in list {
                sum += self.rank(to, *group);
                // By name, not by distance 0: a duplicate of `to` is not `to`.
                if *group as usize == to || sum as f32 >= most {
                    break;
                }
            }
            sum
        };
        let both = (one_way(a, b) + one_way(b, a)) as f32;
        (both < most).then(|| both / nearer)
    }
}

struct Groups<'a> {
    order: &'a [u32],
    rules: Rules,
    union: Union,
    /// Roots of the groups that are left, ascending.
    alive: Vec<usize>,
    distances: Distances,
    /// Sum over a group's faces of the mean distance to their K neighbours, and the group's size.
    spread: Vec<(f32, f32)>,
    founded: Vec<bool>,
    steps: Vec<Step>,
}

impl<'a> Groups<'a> {
    fn new(faces: &Faces<'_>, order: &'a [u32], rules: Rules, mut union: Union) -> Self {
        let steps = Step::said(&mut union, order);
        let is_founded = |(place, face): (usize, &u32)| !faces.is_poor(*face as usize) || rules.label(place).is_some();
        let mut founded: Vec<bool> = order.iter().enumerate().map(is_founded).collect();
        let mut distances = Distances::new(faces, order);
        let mut spread: Vec<(f32, f32)> = order.par_iter().map(|face| (spread(faces, *face), 1.0)).collect();
        let mut alive = Vec::new();
        for place in 0..order.len() {
            let root = union.root(place);
            if root == place {
                alive.push(place);
            } else {
                distances.absorb(root, place);
                founded[root] = true;
                let (sum, size) = spread[place];
                spread[root].0 += sum;
                spread[root].1 += size;
            }
        }
        distances.settle(&union);
        Self { order, rules, union, alive, distances, spread, founded, steps }
    }

    fn run(mut self, threshold: f32, stop: Stop<'_>) -> Vec<Step> {
        while !stop.is_set() && self.round(threshold) {}
        self.steps
    }

    /// One round of algorithm 1: tests all candidate pairs, then merges them transitively. Whether anything merged.
    fn round(&mut self, threshold: f32) -> bool {
        let orders = Orders::new(&self.distances, &self.alive, self.order.len(), threshold);
        let mut pairs: Vec<(usize, usize, f32)> = self
            .alive
            .par_iter()
            .zip(&orders.lists)
            .flat_map_iter(|(&a, list)| {
                let near = list.iter().skip(1).take(CANDIDATES);
                let tested = near.map(move |(b, distance)| (a.min(*b as usize), a.max(*b as usize), *distance));
                tested.filter_map(|(a, b, distance)| Some((a, b, self.linked(&orders, a, b, distance, threshold)?)))
            })
            .collect();
        pairs.sort_unstable_by_key(|(a, b, _)| (*a, *b));
        pairs.dedup_by_key(|(a, b, _)| (*a, *b));
        let before = self.alive.len();
        for (a, b, rank_order) in pairs {
            let (a, b) = (self.union.root(a), self.union.root(b));
            if a == b || !self.rules.allow(&self.union, a, b) || !(self.founded[a] || self.founded[b]) {
                continue;
            }
            let (root, gone) = (a.min(b), a.max(b));
            self.rules.merge(&mut self.union, root, gone);
            self.distances.absorb(root, gone);
            let (sum, size) = self.spread[gone];
            self.spread[root].0 += sum;
            self.spread[root].1 += size;
            self.founded[root] |= self.founded[gone];
            self.steps.push(Step {
                left: self.order[root],
                right: self.order[gone],
                level: -rank_order,
                bar: -threshold,
            });
        }
        self.distances.settle(&self.union);
        let union = &self.union;
        self.alive.retain(|group| union.find(*group) == *group);
        self.alive.len() < before
    }

    /// The rank-order distance of two groups, if it is below t and the normalised distance below 1.
    fn linked(&self, orders: &Orders, a: usize, b: usize, distance: f32, threshold: f32) -> Option<f32> {
        let (sum_a, size_a) = self.spread[a];
        let (sum_b, size_b) = self.spread[b];
        let phi = (sum_a + sum_b) / (size_a + size_b);
        // Normalised distance below 1, without dividing: among exact copies φ is 0 too, and a distance of 0 is as near as can be.
        let is_near = distance == 0.0 || distance < phi;
        if is_near { orders.rank_order(a, b, threshold) } else { None }
    }
}

/// Mean L1 distance of a face to its K nearest others; they are looked for among its list, which has them by cosine.
pub(super) fn spread(faces: &Faces<'_>, face: u32) -> f32 {
    let row = faces.embeddings.row(face as usize);
    let list = faces.lists.of(face as usize);
    let mut values: Vec<f32> = list.iter().map(|one| manhattan(row, faces.embeddings.row(one.face as usize))).collect();
    values.sort_unstable_by(f32::total_cmp);
    values.truncate(K);
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Embeddings, Lists, Neighbour};

    /// Orders of groups that are known by their places; the lists as in the paper, each with its owner first.
    fn orders(lists: &[&[u32]]) -> Orders {
        let lists: Vec<Vec<(u32, f32)>> =
            lists.iter().map(|list| list.iter().enumerate().map(|(at, one)| (*one, at as f32)).collect()).collect();
        let ranks = lists
            .iter()
            .map(|list| {
                let mut ranks: Vec<(u32, u32)> = list.iter().map(|(one, _)| *one).zip(0..).collect();
                ranks.sort_unstable();
                ranks
            })
            .collect();
        Orders { of_root: (0..lists.len() as u32).collect(), lists, ranks }
    }

    #[test]
    fn the_worked_example_of_the_paper() {
        // Figure 3: a's list is a, c, d, b; in b's list a is 5th, c 2nd, d 4th: D(a, b) = 5 + 2 + 4 + 0 = 11. In a's list
        // b is 3rd, e 4th, c 1st, f 5th, d 2nd: D(b, a) = 3 + 4 + 1 + 5 + 2 + 0 = 15. D_R = 26 / min(3, 5).
        let (a, b, c, d, e, f) = (0, 1, 2, 3, 4, 5);
        let orders = orders(&[&[a, c, d, b, e, f], &[b, e, c, f, d, a]]);
        assert_eq!(orders.rank_order(0, 1, 100.0), Some(26.0 / 3.0));
        assert_eq!(orders.rank_order(1, 0, 26.0 / 3.0), None, "not below the threshold");
    }

    #[test]
    fn mutual_nearest_neighbours_have_rank_order_distance_two() {
        // D(a,b) = rank of a in b's list + 0 = 1, both ways; divided by min rank 1, not by 2.
        assert_eq!(orders(&[&[0, 1, 2], &[1, 0, 2], &[2, 0, 1]]).rank_order(0, 1, 14.0), Some(2.0));
    }

    #[test]
    fn phi_leaves_the_face_itself_out() {
        // On a line, 1 apart: the nearest of the first are at 1 to 9, of the middle one at 1, 1, 2, 2 and so on.
        let values: Vec<f32> = (0..19).flat_map(|at| [at as f32, 1.0]).collect();
        let embeddings = Embeddings::new(2, &values).unwrap();
        let neighbour = |face: u32, other: u32| Neighbour { face: other, value: -(face.abs_diff(other) as f32) };
        let by_face = (0..19).map(|face| {
            let mut list: Vec<Neighbour> =
                (0..19).filter(|other| *other != face).map(|other| neighbour(face, other)).collect();
            list.sort_by(|one, two| two.value.total_cmp(&one.value));
            list.into_boxed_slice()
        });
        let lists = Lists { length: 18, by_face: by_face.collect() };
        let faces = Faces::new(embeddings, &lists);
        assert_eq!(spread(&faces, 0), 45.0 / 9.0);
        assert_eq!(spread(&faces, 9), (2.0 * (1.0 + 2.0 + 3.0 + 4.0) + 5.0) / 9.0);
    }

    #[test]
    fn a_copy_of_a_face_is_not_taken_for_it() {
        // Groups 1 and 2 are at distance 0 of each other; the way from 0 to 2 still passes by 1, by name.
        let orders = orders(&[&[0, 1, 2, 3], &[1, 2, 0, 3], &[2, 1, 0, 3], &[3, 0, 1, 2]]);
        // D(0, 2) = rank in 2's list of 0, 1 and 2: 2 + 1 + 0; D(2, 0) = of 2, 1 and 0 in 0's list: 2 + 1 + 0; min rank 2.
        assert_eq!(orders.rank_order(0, 2, 14.0), Some(3.0));
    }

    #[test]
    fn equal_distances_are_ordered_by_place() {
        let whole =
            Distances::Whole(vec![0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 2.0, 0.5, 1.0, 2.0, 0.0, 0.5, 1.0, 0.5, 0.5, 0.0], 4);
        let places = |group: usize, length: usize| -> Vec<u32> {
            whole.order_list(&[3, 1, 0, 2], group, length).into_iter().map(|(other, _)| other).collect()
        };
        assert_eq!(places(0, 9), [0, 1, 2, 3]);
        assert_eq!(places(0, 2), [0, 1, 2]);
        assert_eq!(places(3, 9), [3, 1, 2, 0]);
    }

    #[test]
    fn a_large_library_has_no_matrix() {
        let values: Vec<f32> = (0..=MOST_WHOLE).map(|face| face as f32).flat_map(|at| [at.cos(), at.sin()]).collect();
        let order: Vec<u32> = (0..=MOST_WHOLE as u32).collect();
        let is_sparse = |count: usize| {
            let embeddings = Embeddings::new(2, &values[..2 * count]).unwrap();
            let lists = Lists::with_length(&embeddings, 5);
            matches!(Distances::new(&Faces::new(embeddings, &lists), &order[..count]), Distances::Sparse(_))
        };
        assert!(is_sparse(MOST_WHOLE + 1) && !is_sparse(MOST_WHOLE / 10));
    }

    #[test]
    fn kept_distances_are_those_of_the_nearest_pair() {
        let values = crate::cluster::tests::faces(5, 6, 0.9);
        let embeddings = Embeddings::new(32, &values).unwrap();
        let lists = Lists::new(&embeddings);
        let order: Vec<u32> = (0..30).collect();
        let mut union = Union::new(30);
        let mut whole = Distances::new(&Faces::new(embeddings, &lists), &order);
        let mut sparse = Distances::sparse(&Faces::new(embeddings, &lists), &order);
        for (a, b) in [(0, 5), (1, 6), (0, 10), (2, 12), (1, 11), (0, 1)] {
            let (a, b) = (union.root(a), union.root(b));
            union.join(a, b);
            whole.absorb(a, b);
            sparse.absorb(a, b);
        }
        sparse.settle(&union);
        let groups = union.groups();
        let alive: Vec<usize> = groups.iter().map(|group| group[0] as usize).collect();
        let distance = |a: u32, b: u32| manhattan(embeddings.row(a as usize), embeddings.row(b as usize));
        for group in &groups {
            for distances in [&whole, &sparse] {
                let list = distances.order_list(&alive, group[0] as usize, 30);
                assert_eq!(list.len(), groups.len());
                for (other, kept) in list.into_iter().skip(1) {
                    let other = groups.iter().find(|group| group[0] == other).unwrap();
                    let pairs = group.iter().flat_map(|a| other.iter().map(|b| distance(*a, *b)));
                    assert_eq!(kept, pairs.fold(f32::INFINITY, f32::min));
                }
            }
        }
    }

    #[test]
    fn who_is_missing_from_a_list_is_behind_its_end() {
        // Lists without anybody in common: nothing speaks for the pair, and nothing is counted as near.
        let orders = orders(&[&[0, 2, 3], &[1, 4, 5], &[2], &[3], &[4], &[5]]);
        assert_eq!((orders.rank(0, 1), orders.rank(1, 2)), (3, 3));
        // 0: 3 + 3 + 3, and back the same, to min rank 3.
        assert_eq!(orders.rank_order(0, 1, 14.0), Some(6.0));
    }
}
