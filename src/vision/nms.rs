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

/// A candidate with what every comparison needs.
#[derive(Clone, Copy)]
struct Entry {
    edges: [f32; 4],
    area: f32,
    index: usize,
}

impl Overlap {
    /// Pixels that a side has more than the difference of its edges.
    fn extra(self) -> f32 {
        match self {
            Self::Union => 0.0,
            Self::Smaller => 1.0,
        }
    }
}

impl Entry {
    fn new(candidate: &Candidate, index: usize, extra: f32) -> Self {
        let edges = candidate.edges;
        Self { edges, area: (edges[2] - edges[0] + extra) * (edges[3] - edges[1] + extra), index }
    }
}

/// Indices of the candidates that stay, best first; equal scores keep their order.
pub(super) fn suppress(candidates: &[Candidate], threshold: f32, overlap: Overlap) -> Vec<usize> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|a, b| candidates[*b].score.total_cmp(&candidates[*a].score).then(a.cmp(b)));
    let mut left: Vec<Entry> =
        order.into_iter().map(|index| Entry::new(&candidates[index], index, overlap.extra())).collect();
    // The first `place` stay; after each one the rest close up, so that only who is left is looked at again.
    let mut place = 0;
    while let Some(best) = left.get(place).copied() {
        place += 1;
        let mut end = place;
        for read in place..left.len() {
            let other = left[read];
            if !too_close(&best, &other, threshold, overlap) {
                left[end] = other;
                end += 1;
            }
        }
        left.truncate(end);
    }
    left.into_iter().map(|entry| entry.index).collect()
}

/// Whether one of the two would go.
pub(super) fn overlapping(one: &Candidate, two: &Candidate, threshold: f32, overlap: Overlap) -> bool {
    too_close(&Entry::new(one, 0, overlap.extra()), &Entry::new(two, 1, overlap.extra()), threshold, overlap)
}

fn too_close(a: &Entry, b: &Entry, threshold: f32, overlap: Overlap) -> bool {
    let extra = overlap.extra();
    let width = a.edges[2].min(b.edges[2]) - a.edges[0].max(b.edges[0]) + extra;
    let height = a.edges[3].min(b.edges[3]) - a.edges[1].max(b.edges[1]) + extra;
    // Most have nothing in common, which needs no division.
    if width <= 0.0 || height <= 0.0 {
        return false;
    }
    let shared = width * height;
    let whole = match overlap {
        Overlap::Union => a.area + b.area - shared,
        Overlap::Smaller => a.area.min(b.area),
    };
    shared / whole > threshold
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
