//! Rank-Order, adaptive: mutual best groups, exact average linkage judged against each group's neighbourhood.
//!
//! In the spirit of Rank-Order (mutual nearest, distances relative to the neighbourhood). For groups a and b of n faces
//! with embedding sums S: `s = S_a · S_b / (n_a n_b)`; `μ_a` is the mean of s from a to its 20 nearest other groups, b
//! left out, missing ones counted as 0.25; `q = ½ / √max(n_a, n_b) + ½ √((1/n_a + 1/n_b) / 2)`;
//! `level = s − 0.40 (μ_a + μ_b) / 2 − 0.12 q`, and the margin of a pair is its level above the constant, which is what
//! presets and slider move. The numbers were found by experiment on many libraries at once (ARCHITECTURE.md).

use super::agglomerate::{Judge, Pair};

/// Weight of the neighbourhood and weight of the sizes.
const NEIGHBOURS_WEIGHT: f32 = 0.40;
const SIZE_WEIGHT: f32 = 0.12;
/// What two groups lose that are of the same photos throughout: two faces of one photo must be about as alike as two
/// pictures of one moment.
pub(super) const SAME_PHOTO: f32 = 0.20;

/// Level and constant of DESIGN.md section 6.
pub(super) struct Adaptive;

impl Judge for Adaptive {
    const NEIGHBOURHOODS: bool = true;

    fn level(&self, pair: &Pair) -> f32 {
        let [one, two] = pair.size;
        let sizes = 0.5 / one.max(two).sqrt() + 0.5 * f32::midpoint(1.0 / one, 1.0 / two).sqrt();
        pair.similarity
            - NEIGHBOURS_WEIGHT * f32::midpoint(pair.beside[0], pair.beside[1])
            - SIZE_WEIGHT * sizes
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
