//! Rank-Order, adaptive: mutual best groups, exact average linkage judged against each group's neighbourhood.
//!
//! In the spirit of Rank-Order (mutual nearest, distances relative to the neighbourhood). For groups a and b of n faces
//! with embedding sums S: `s = S_a · S_b / (n_a n_b)`, which is exact average linkage; `μ_a` is the mean of s from a to
//! its 9 nearest other groups, b left out, missing ones counted as 0.093: strangers come closer as the library grows.
//! `k_a` is how close-knit a is, `(1 − 1/n_a) (mean cosine inside a − 0.626)`: faces that belong to a group of nearly equal
//! pictures are nearly equal too, those of a varied group are not.
//! `level = s − 0.466 (μ_a + μ_b) / 2 − 0.13 / √max(n_a, n_b) − 0.466 (k_a + k_b) / 2`, and the margin of a pair is its
//! level above the constant, which is what presets and slider move. The numbers were found by experiment on many libraries
//! at once, chosen on half of the people and checked on the others (ARCHITECTURE.md).

use super::agglomerate::{Judge, Pair};

/// Weights of the neighbourhood, of the size, and of how close-knit the groups are.
const NEIGHBOURS_WEIGHT: f32 = 0.466;
const SIZE_WEIGHT: f32 = 0.13;
const KNIT_WEIGHT: f32 = 0.466;
/// The mean cosine inside an ordinary group.
const ORDINARY: f32 = 0.626;
/// What two groups lose that are of the same photos throughout: two faces of one photo must be about as alike as two
/// pictures of one moment.
pub(super) const SAME_PHOTO: f32 = 0.20;

/// The default.
pub(super) struct Adaptive;

impl Judge for Adaptive {
    const NEIGHBOURHOODS: bool = true;

    fn level(&self, pair: &Pair) -> f32 {
        let [one, two] = pair.size;
        let knit = |cohesion: f32, size: f32| (1.0 - 1.0 / size) * (cohesion - ORDINARY);
        pair.similarity
            - NEIGHBOURS_WEIGHT * f32::midpoint(pair.beside[0], pair.beside[1])
            - SIZE_WEIGHT / one.max(two).sqrt()
            - KNIT_WEIGHT * f32::midpoint(knit(pair.cohesion[0], one), knit(pair.cohesion[1], two))
            - SAME_PHOTO * pair.shared
    }
}

/// Plain average linkage (UPGMA on cosine), to compare with.
pub(super) struct Average;

impl Judge for Average {
    const NEIGHBOURHOODS: bool = false;

    fn level(&self, pair: &Pair) -> f32 {
        pair.similarity - SAME_PHOTO * pair.shared
    }
}
