//! Rank-Order, adaptive: mutual best groups, exact average linkage judged against each group's neighbourhood.
//!
//! In the spirit of Rank-Order (mutual nearest, distances relative to the neighbourhood). For groups a and b of n faces
//! with embedding sums S: `s = S_a · S_b / (n_a n_b)`, which is exact average linkage; `μ_a` is the mean of s from a to
//! its 9 nearest other groups, b left out, missing ones counted as 0.05: strangers come closer as the library grows.
//! `c_a` is how near strangers who are in no library come to the faces of a, on average, above the ordinary 0.264
//! (`nearness.rs`): some faces are like many people's, and a small library does not show it.
//! `k_a` is how close-knit a is, `(1 − 1/n_a) (mean cosine inside a − 0.52)`, but no less than −0.05: faces that belong to
//! a group of nearly equal pictures are nearly equal too, those of a varied group are not. Without the floor a group of
//! several people, which is as varied as can be, would draw in more and more.
//! `level = s − 0.36 (μ_a + μ_b) / 2 − 0.45 (c_a + c_b) / 2 − 0.17 / √max(n_a, n_b) − 0.50 (k_a + k_b) / 2`, and the margin
//! of a pair is its level above the constant, which is what presets and slider move; the level is no less than `s − 0.56`.
//! A poor face (`quality.rs`) that would join n good ones has `0.5 / n^1.5` less: blurred faces of anybody are alike, and to one
//! face that is hardly better all of them come; to people one knows from several photos they come as before.
//! The weights are near those of a logistic regression on the pairs that merges were decided on; what of them and of the
//! constant was tried on people they were not chosen by, ARCHITECTURE.md says.

use super::agglomerate::{Group, Judge, Pair};
use super::method::Scale;
use super::nearness::ORDINARY_NEARNESS;

/// Weights of the neighbourhood, of strangers, of the size, and of how close-knit the groups are.
const NEIGHBOURS_WEIGHT: f32 = 0.36;
const STRANGERS_WEIGHT: f32 = 0.45;
const SIZE_WEIGHT: f32 = 0.17;
const KNIT_WEIGHT: f32 = 0.50;
/// The mean cosine inside an ordinary group.
const ORDINARY: f32 = 0.52;
/// How far below the ordinary a group may count: those of one person that are more varied are rare.
const VARIED: f32 = 0.05;
/// Groups whose average cosine is this much above the threshold are one whatever stands beside them: in a burst, or among copies,
/// everybody near is the same person, and the neighbourhood says nothing. No two people are on average as alike as 0.82.
const SURE: f32 = 0.56;

/// What a poor face costs beside one good face. On the group photos of wider-dev a quarter of all faces were in groups of
/// strangers without it.
const POOR_WEIGHT: f32 = 0.5;

/// The default; its threshold is the constant.
#[derive(Clone, Copy)]
pub(super) struct Adaptive;

impl Judge for Adaptive {
    const SCALE: Scale =
        Scale { strict: 0.295, normal: 0.26, loose: 0.225, strictest: 0.48, loosest: 0.11, step: 0.005, live: true };
    const NEIGHBOURHOODS: bool = true;

    fn level(&self, pair: &Pair) -> f32 {
        let known = pair.size[0].max(pair.size[1]).sqrt();
        let judged = pair.similarity
            - NEIGHBOURS_WEIGHT * f32::midpoint(pair.beside[0], pair.beside[1])
            - SIZE_WEIGHT / known
            - f32::midpoint(pair.toll[0], pair.toll[1]);
        let poor = if pair.poor { POOR_WEIGHT / (known * known * known) } else { 0.0 };
        judged.max(pair.similarity - SURE) - poor
    }

    fn toll(&self, group: &Group) -> f32 {
        let knit = ((1.0 - 1.0 / group.size) * (group.cohesion - ORDINARY)).max(-VARIED);
        STRANGERS_WEIGHT * (group.nearness - ORDINARY_NEARNESS) + KNIT_WEIGHT * knit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(size: f32, cohesion: f32) -> Group {
        Group { size, cohesion, nearness: ORDINARY_NEARNESS }
    }

    fn level(similarity: f32, beside: f32, groups: [Group; 2]) -> f32 {
        let (size, toll) = (groups.map(|group| group.size), groups.map(|group| Adaptive.toll(&group)));
        Adaptive.level(&Pair { similarity, beside: [beside; 2], size, poor: false, toll })
    }

    #[test]
    fn two_close_knit_groups_must_be_more_alike_than_two_varied_ones() {
        let normal = Adaptive::SCALE.normal;
        // Two people of lfw-dev, eight photos each, in a library of eight people.
        let strangers = level(0.407, 0.07, [group(8.0, 0.75); 2]);
        assert!(strangers < normal, "{strangers}");
        // As alike, but of a person who is not alike from photo to photo.
        let varied = level(0.407, 0.07, [group(8.0, 0.50); 2]);
        assert!(varied > normal, "{varied}");
    }

    #[test]
    fn a_poor_face_joins_only_whom_one_knows_from_several_photos() {
        let at = |good: f32, poor: bool| {
            Adaptive.level(&Pair { similarity: 0.7, beside: [0.05; 2], size: [good, 1.0], poor, toll: [0.0; 2] })
        };
        assert!(at(1.0, false) > Adaptive::SCALE.strict && at(1.0, true) < Adaptive::SCALE.loosest);
        assert!(at(4.0, true) > Adaptive::SCALE.strict, "{}", at(4.0, true));
    }

    #[test]
    fn two_faces_that_are_like_many_people_must_be_more_alike() {
        let normal = Adaptive::SCALE.normal;
        // In a library of two photos nobody else says how alike strangers are.
        let at = |nearness: f32| level(0.47, 0.05, [Group { nearness, ..group(1.0, 1.0) }; 2]);
        assert!(at(ORDINARY_NEARNESS) > normal, "{}", at(ORDINARY_NEARNESS));
        assert!(at(0.40) < normal, "{}", at(0.40));
    }

    #[test]
    fn a_burst_is_one_group_however_dense_its_neighbourhood() {
        let frames = level(0.93, 0.92, [group(10.0, 0.95); 2]);
        assert!(frames > Adaptive::SCALE.strict, "{frames}");
    }

    #[test]
    fn a_group_of_several_people_draws_in_no_more_than_a_varied_person() {
        let at = |cohesion: f32| level(0.25, 0.25, [group(40.0, cohesion), group(1.0, 1.0)]);
        assert!(at(0.60) < at(0.50));
        assert!((at(0.30) - at(0.05)).abs() < 1e-6);
        assert!(at(0.05) < Adaptive::SCALE.loose);
    }
}
