//! Rank-Order, adaptive: mutual best groups, exact average linkage judged against each group's neighbourhood.
//!
//! In the spirit of Rank-Order (mutual nearest, distances relative to the neighbourhood). For groups a and b of n faces
//! with embedding sums S: `s = S_a · S_b / (n_a n_b)`, which is exact average linkage; `μ_a` is the mean of s from a to
//! its 9 nearest other groups, b left out, missing ones counted as 0.05: strangers come closer as the library grows.
//! `k_a` is how close-knit a is, `(1 − 1/n_a) (mean cosine inside a − 0.52)`, but no less than −0.05: faces that belong to
//! a group of nearly equal pictures are nearly equal too, those of a varied group are not. Without the floor a group of
//! several people, which is as varied as can be, would draw in more and more.
//! `level = s − 0.48 (μ_a + μ_b) / 2 − 0.23 / √max(n_a, n_b) − 0.75 (k_a + k_b) / 2`, and the margin of a pair is its
//! level above the constant, which is what presets and slider move; the level is no less than `s − 0.65`. The weights come from a logistic regression on 142,000
//! pairs that merges were decided on, the constant and what a missing group counts as from libraries sampled from half of
//! the people and scored on the others (ARCHITECTURE.md).

use super::agglomerate::{Judge, Pair};
use super::method::Scale;

/// Weights of the neighbourhood, of the size, and of how close-knit the groups are.
const NEIGHBOURS_WEIGHT: f32 = 0.48;
const SIZE_WEIGHT: f32 = 0.23;
const KNIT_WEIGHT: f32 = 0.75;
/// The mean cosine inside an ordinary group.
const ORDINARY: f32 = 0.52;
/// How far below the ordinary a group may count: those of one person that are more varied are rare.
const VARIED: f32 = 0.05;
/// Groups whose average cosine is this much above the threshold are one whatever stands beside them: in a burst, or among copies,
/// everybody near is the same person, and the neighbourhood says nothing. No two people are on average as alike as 0.82.
const SURE: f32 = 0.65;

/// The default; its threshold is the constant.
#[derive(Clone, Copy)]
pub(super) struct Adaptive;

impl Judge for Adaptive {
    const SCALE: Scale =
        Scale { strict: 0.205, normal: 0.17, loose: 0.135, strictest: 0.39, loosest: 0.02, step: 0.005, live: true };
    const NEIGHBOURHOODS: bool = true;

    fn level(&self, pair: &Pair) -> f32 {
        let [one, two] = pair.size;
        let knit = |cohesion: f32, size: f32| ((1.0 - 1.0 / size) * (cohesion - ORDINARY)).max(-VARIED);
        let judged = pair.similarity
            - NEIGHBOURS_WEIGHT * f32::midpoint(pair.beside[0], pair.beside[1])
            - SIZE_WEIGHT / one.max(two).sqrt()
            - KNIT_WEIGHT * f32::midpoint(knit(pair.cohesion[0], one), knit(pair.cohesion[1], two));
        judged.max(pair.similarity - SURE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(similarity: f32, beside: f32, size: [f32; 2], cohesion: [f32; 2]) -> Pair {
        Pair { similarity, beside: [beside; 2], size, cohesion }
    }

    #[test]
    fn two_close_knit_groups_must_be_more_alike_than_two_varied_ones() {
        let normal = Adaptive::SCALE.normal;
        // Two people of lfw-dev, eight photos each, in a library of eight people.
        let strangers = pair(0.407, 0.07, [8.0; 2], [0.75; 2]);
        assert!(Adaptive.level(&strangers) < normal, "{}", Adaptive.level(&strangers));
        // As alike, but of a person who is not alike from photo to photo.
        let varied = pair(0.407, 0.07, [8.0; 2], [0.50; 2]);
        assert!(Adaptive.level(&varied) > normal, "{}", Adaptive.level(&varied));
    }

    #[test]
    fn a_burst_is_one_group_however_dense_its_neighbourhood() {
        let frames = pair(0.93, 0.92, [10.0; 2], [0.95; 2]);
        assert!(Adaptive.level(&frames) > Adaptive::SCALE.strict, "{}", Adaptive.level(&frames));
    }

    #[test]
    fn a_group_of_several_people_draws_in_no_more_than_a_varied_person() {
        let at = |cohesion: f32| Adaptive.level(&pair(0.25, 0.25, [40.0, 1.0], [cohesion, 1.0]));
        assert!(at(0.60) < at(0.50));
        assert!((at(0.30) - at(0.05)).abs() < 1e-6);
        assert!(at(0.05) < Adaptive::SCALE.loose);
    }
}
