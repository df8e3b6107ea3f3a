//! Non-maximum suppression.

/// A candidate: left, top, right, bottom, in pixels, and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) edges: [f32; 4],
    pub(super) score: f32,
}

/// What the common area is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlap {
    /// Intersection over union, edges as real numbers (torchvision).
    Union,
    /// Intersection over the smaller box, edges as whole pixels, both ends counted (the reference's last stage).
    Smaller,
}

/// Indices of the candidates that stay, best first; equal scores keep their order.
pub(super) fn suppress(candidates: &[Candidate], threshold: f32, overlap: Overlap) -> Vec<usize> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|a, b| candidates[*b].score.total_cmp(&candidates[*a].score).then(a.cmp(b)));
    let mut gone = vec![false; candidates.len()];
    let mut kept = Vec::new();
    for (place, &best) in order.iter().enumerate() {
        if gone[best] {
            continue;
        }
        kept.push(best);
        for &other in &order[place + 1..] {
            if !gone[other] && common(&candidates[best].edges, &candidates[other].edges, overlap) > threshold {
                gone[other] = true;
            }
        }
    }
    kept
}

fn common(a: &[f32; 4], b: &[f32; 4], overlap: Overlap) -> f32 {
    let extra = if overlap == Overlap::Smaller { 1.0 } else { 0.0 };
    let area = |edges: &[f32; 4]| (edges[2] - edges[0] + extra) * (edges[3] - edges[1] + extra);
    let width = (a[2].min(b[2]) - a[0].max(b[0]) + extra).max(0.0);
    let height = (a[3].min(b[3]) - a[1].max(b[1]) + extra).max(0.0);
    let shared = width * height;
    match overlap {
        Overlap::Union => shared / (area(a) + area(b) - shared),
        Overlap::Smaller => shared / area(a).min(area(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(boxes: &[([f32; 4], f32)], threshold: f32, overlap: Overlap, expected: &[usize]) {
        let candidates: Vec<Candidate> =
            boxes.iter().map(|(edges, score)| Candidate { edges: *edges, score: *score }).collect();
        assert_eq!(suppress(&candidates, threshold, overlap), expected);
    }

    #[test]
    fn the_best_of_a_heap_stays() {
        let heap = [([0.0, 0.0, 10.0, 10.0], 0.8), ([1.0, 1.0, 11.0, 11.0], 0.9), ([50.0, 50.0, 60.0, 60.0], 0.7)];
        check(&heap, 0.5, Overlap::Union, &[1, 2]);
        check(&heap, 0.9, Overlap::Union, &[1, 0, 2]);
        check(&[], 0.5, Overlap::Union, &[]);
    }

    #[test]
    fn a_small_box_inside_a_large_one_goes_only_by_the_smaller_area() {
        let nested = [([0.0, 0.0, 100.0, 100.0], 0.9), ([40.0, 40.0, 60.0, 60.0], 0.8)];
        check(&nested, 0.7, Overlap::Union, &[0, 1]);
        check(&nested, 0.7, Overlap::Smaller, &[0]);
    }

    #[test]
    fn equal_scores_keep_their_order() {
        let equal = [([0.0, 0.0, 10.0, 10.0], 0.5), ([0.0, 0.0, 10.0, 10.0], 0.5)];
        check(&equal, 0.5, Overlap::Union, &[0]);
    }
}
