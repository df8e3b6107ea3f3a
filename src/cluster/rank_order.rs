//! Rank-Order clustering as published: Zhu, Wen, Sun, "A rank-order distance based clustering algorithm for face tagging",
//! CVPR 2011, equations 1 to 5 and algorithm 1, with L1 distance, K = 9 and t = 14.
//!
//! Distances between groups are kept in a matrix that merges update, not recomputed: O(n²) numbers, so this method is for
//! libraries of some thousand faces; past [`MOST_FACES`] it hands over to [`super::approximate`], its own successor.

use super::approximate::Approximate;
use super::constraints::Rules;
use super::embeddings::manhattan;
use super::neighbours::nearest_manhattan;
use super::{Clusterer, Constraints, Embeddings, Settings};
use crate::domain::Preset;

/// Neighbours of a face, itself left out, that make up φ.
const K: usize = 9;
/// Only pairs among a group's nearest are tested (section 3.3 of the paper).
const CANDIDATES: usize = 20;
/// Above this the matrix of distances would take over 400 MB.
const MOST_FACES: usize = 10_000;

/// The method.
pub(super) struct RankOrder;

impl Clusterer for RankOrder {
    fn name(&self) -> &'static str {
        "rank-order"
    }

    fn cluster(&self, embeddings: &Embeddings<'_>, constraints: &Constraints, settings: &Settings) -> Vec<Vec<u32>> {
        if embeddings.len() > MOST_FACES {
            return Approximate.cluster(embeddings, constraints, &Settings { threshold: None, ..*settings });
        }
        let threshold = settings.threshold.unwrap_or(match settings.preset {
            Preset::Strict => 10.0,
            Preset::Normal => 14.0,
            Preset::Loose => 18.0,
        });
        Groups::new(embeddings, constraints).run(threshold)
    }
}

/// Equation 1: the sum, over `a`'s list up to and including `b`, of the places those faces have in `b`'s list.
/// `list_a[0]` is `a` itself; `rank_b[x]` is the place of `x` in `b`'s list.
pub(super) fn directed(list_a: &[u32], rank_b: &[u32], b: u32) -> u32 {
    let mut sum = 0;
    for &face in list_a {
        sum += rank_b[face as usize];
        // By name, not by distance 0: a duplicate of `b` is not `b`.
        if face == b {
            break;
        }
    }
    sum
}

struct Groups {
    rules: Rules,
    union: super::pairs::Union,
    /// Roots of the groups that are left, ascending.
    alive: Vec<usize>,
    /// Least distance between two groups (equation 3), by roots, row by row.
    distance: Vec<f32>,
    faces: usize,
    /// Sum over a group's faces of the mean distance to their K neighbours, and the group's size.
    spread: Vec<(f32, f32)>,
}

impl Groups {
    fn new(embeddings: &Embeddings<'_>, constraints: &Constraints) -> Self {
        let faces = embeddings.len();
        let (rules, mut union) = Rules::new(constraints, faces);
        let mut distance = vec![0.0; faces * faces];
        for a in 0..faces {
            for b in a + 1..faces {
                let value = manhattan(embeddings.row(a), embeddings.row(b));
                distance[a * faces + b] = value;
                distance[b * faces + a] = value;
            }
        }
        let means: Vec<f32> = nearest_manhattan(embeddings, K)
            .iter()
            .map(|list| list.iter().map(|one| one.value).sum::<f32>() / list.len().max(1) as f32)
            .collect();
        let mut groups = Self {
            alive: Vec::new(),
            spread: means.iter().map(|mean| (*mean, 1.0)).collect(),
            distance,
            faces,
            rules,
            union: super::pairs::Union::new(faces),
        };
        for face in 0..faces {
            let root = union.root(face);
            if root == face {
                groups.alive.push(face);
            } else {
                groups.absorb(root, face);
            }
        }
        groups.union = union;
        groups
    }

    /// Distances and spread of `root` after `gone` became part of it.
    fn absorb(&mut self, root: usize, gone: usize) {
        let n = self.faces;
        for other in 0..n {
            let value = self.distance[root * n + other].min(self.distance[gone * n + other]);
            self.distance[root * n + other] = value;
            self.distance[other * n + root] = value;
        }
        self.distance[root * n + root] = 0.0;
        let (sum, size) = self.spread[gone];
        self.spread[root].0 += sum;
        self.spread[root].1 += size;
    }

    fn run(mut self, threshold: f32) -> Vec<Vec<u32>> {
        while self.round(threshold) {}
        self.union.groups()
    }

    /// One round of algorithm 1: tests all candidate pairs, then merges them transitively. Whether anything merged.
    fn round(&mut self, threshold: f32) -> bool {
        let alive = self.alive.clone();
        let lists: Vec<Vec<u32>> = (0..alive.len()).map(|a| self.order_list(&alive, a)).collect();
        let mut ranks = vec![vec![0u32; alive.len()]; alive.len()];
        for (rank, list) in ranks.iter_mut().zip(&lists) {
            for (place, &group) in list.iter().enumerate() {
                rank[group as usize] = place as u32;
            }
        }
        let mut pairs = Vec::new();
        for a in 0..alive.len() {
            for &b in lists[a].iter().skip(1).take(CANDIDATES) {
                let b = b as usize;
                let mutual = lists[b].iter().skip(1).take(CANDIDATES).any(|other| *other as usize == a);
                if (a < b || !mutual) && self.linked(&alive, (a, b), &lists, &ranks, threshold) {
                    pairs.push((alive[a], alive[b]));
                }
            }
        }
        pairs.sort_unstable();
        let mut merged = false;
        for (a, b) in pairs {
            let (a, b) = (self.union.root(a), self.union.root(b));
            if a != b && self.rules.allow(a, b) {
                self.rules.merge(&mut self.union, a, b);
                self.absorb(a.min(b), a.max(b));
                merged = true;
            }
        }
        let union = &mut self.union;
        self.alive.retain(|group| union.root(*group) == *group);
        merged
    }

    /// All groups by distance from one, itself first; equal distances by root.
    fn order_list(&self, alive: &[usize], a: usize) -> Vec<u32> {
        let from = |b: u32| self.distance[alive[a] * self.faces + alive[b as usize]];
        let mut list: Vec<u32> = (0..alive.len() as u32).collect();
        list.sort_unstable_by(|x, y| {
            let itself = |group: u32| group as usize != a;
            itself(*x).cmp(&itself(*y)).then(from(*x).total_cmp(&from(*y))).then(x.cmp(y))
        });
        list
    }

    /// `D_R` < t and `D_N` < 1.
    fn linked(
        &self,
        alive: &[usize],
        (a, b): (usize, usize),
        lists: &[Vec<u32>],
        ranks: &[Vec<u32>],
        threshold: f32,
    ) -> bool {
        let distance = self.distance[alive[a] * self.faces + alive[b]];
        let (sum_a, size_a) = self.spread[alive[a]];
        let (sum_b, size_b) = self.spread[alive[b]];
        let phi = (sum_a + sum_b) / (size_a + size_b);
        // D_N < 1, without dividing: among exact copies φ is 0 too, and a distance of 0 is as near as can be.
        if distance > 0.0 && distance >= phi {
            return false;
        }
        let both = directed(&lists[a], &ranks[b], b as u32) + directed(&lists[b], &ranks[a], a as u32);
        let nearer = ranks[a][b].min(ranks[b][a]);
        (both as f32) < threshold * nearer as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_the_paper() {
        // Figure 3: a's list is a, c, d, b; in b's list a is 5th, c 2nd, d 4th: 5 + 2 + 4 + 0 = 11.
        let (a, b, c, d, e, f) = (0, 1, 2, 3, 4, 5);
        let list_a = [a, c, d, b, e, f];
        let list_b: [u32; 6] = [b, e, c, f, d, a];
        let mut rank_b = [0; 6];
        for (place, face) in list_b.iter().enumerate() {
            rank_b[*face as usize] = place as u32;
        }
        assert_eq!(directed(&list_a, &rank_b, b), 11);
    }

    #[test]
    fn mutual_nearest_neighbours_have_rank_order_distance_two() {
        // D(a,b) = rank of a in b's list + 0 = 1, both ways; divided by min rank 1, not by 2.
        let list_a = [0, 1, 2];
        let list_b = [1, 0, 2];
        let (rank_a, rank_b) = ([0, 1, 2], [1, 0, 2]);
        let both = directed(&list_a, &rank_b, 1) + directed(&list_b, &rank_a, 0);
        assert_eq!(both / rank_a[1].min(rank_b[0]), 2);
    }
}
