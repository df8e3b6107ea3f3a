//! Approximate Rank-Order: Otto, Wang, Jain, "Clustering millions of faces by identity", arXiv 1604.00989. One pass over
//! lists of the 200 nearest, only mutual neighbours are linked, and `a`'s list is looked at only up to `b`.

use std::collections::BTreeMap;

use super::constraints::Rules;
use super::neighbours::nearest;
use super::{Clusterer, Constraints, Embeddings, Settings};
use crate::domain::Preset;

/// Neighbours in a list, as in the paper, for libraries of 1,600 faces and more.
const K: usize = 200;

/// Lists that hold everybody say nothing: in a smaller library they hold an eighth of it.
fn list_length(faces: usize) -> usize {
    (faces / 8).clamp(2, K)
}

/// The method.
pub(super) struct Approximate;

impl Clusterer for Approximate {
    fn name(&self) -> &'static str {
        "approximate"
    }

    fn cluster(&self, embeddings: &Embeddings<'_>, constraints: &Constraints, settings: &Settings) -> Vec<Vec<u32>> {
        let threshold = settings.threshold.unwrap_or(match settings.preset {
            Preset::Strict => 0.7,
            Preset::Normal => 1.1,
            Preset::Loose => 1.4,
        });
        let lists: Vec<Vec<u32>> = nearest(embeddings, list_length(embeddings.len()))
            .into_iter()
            .map(|list| list.into_iter().map(|one| one.face).collect())
            .collect();
        let ranks: Vec<BTreeMap<u32, u32>> = lists
            .iter()
            .map(|list| list.iter().enumerate().map(|(place, face)| (*face, place as u32 + 1)).collect())
            .collect();
        let (mut rules, mut union) = Rules::new(constraints, embeddings.len());
        for (a, list) in lists.iter().enumerate() {
            for &b in list.iter().filter(|b| **b as usize > a) {
                if distance(a as u32, b, &lists, &ranks).is_some_and(|distance| distance <= threshold) {
                    let (one, two) = (union.root(a), union.root(b as usize));
                    if one != two && rules.allow(one, two) {
                        rules.merge(&mut union, one, two);
                    }
                }
            }
        }
        union.groups()
    }
}

/// `D_m`; `None` when either is missing from the other's list.
fn distance(a: u32, b: u32, lists: &[Vec<u32>], ranks: &[BTreeMap<u32, u32>]) -> Option<f32> {
    let (list_a, list_b) = (lists.get(a as usize)?, lists.get(b as usize)?);
    let (ranks_a, ranks_b) = (ranks.get(a as usize)?, ranks.get(b as usize)?);
    let (place_of_b, place_of_a) = (*ranks_a.get(&b)?, *ranks_b.get(&a)?);
    // A face is first in its own list, so it is never absent from the other's side of the pair.
    let absent = |list: &[u32], up_to: u32, other: &BTreeMap<u32, u32>, itself: u32| {
        list.iter().take(up_to as usize).filter(|face| **face != itself && !other.contains_key(face)).count() as u32
    };
    let both = absent(list_a, place_of_b, ranks_b, b) + absent(list_b, place_of_a, ranks_a, a);
    Some(both as f32 / place_of_b.min(place_of_a) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranks(lists: &[Vec<u32>]) -> Vec<BTreeMap<u32, u32>> {
        lists
            .iter()
            .map(|list| list.iter().enumerate().map(|(place, face)| (*face, place as u32 + 1)).collect())
            .collect()
    }

    #[test]
    fn only_mutual_neighbours_and_only_up_to_the_other() {
        // 0's list: 1, 2; 1's list: 0, 3; 2's list: 3, 0 – so 2 is 0's neighbour, 0 is 2's second.
        let lists = vec![vec![1, 2], vec![0, 3], vec![3, 0], vec![1, 2]];
        let ranks = ranks(&lists);
        assert_eq!(distance(0, 1, &lists, &ranks), Some(0.0), "nearest to each other: nothing absent");
        // 0 → 2: list up to 2 is 1, 2: 1 is absent from 2's list; 2 → 0: 3, 0: 3 is absent from 0's list; min rank 2.
        assert_eq!(distance(0, 2, &lists, &ranks), Some(1.0));
        assert_eq!(distance(0, 3, &lists, &ranks), None, "not in each other's lists");
    }
}
