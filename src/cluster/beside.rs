//! The neighbourhood of a group: how similar the nearest others are.

use super::links::Edge;

/// Groups that make up a neighbourhood, and what a missing one counts as.
const NEIGHBOURHOOD: usize = 9;
const MISSING: f32 = 0.05;

/// The 10 most similar groups of one, in sums, and in as little room as will do: levels read it for every pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside {
    /// Sum of the first 9 of 10. Where there are fewer than 10: what those that are missing beside the other of a pair count
    /// as, in sum.
    first: f32,
    all: f32,
    /// The least of the first 9 of 10, −∞ of fewer.
    last: f32,
    /// The least of all 10, −∞ of fewer.
    least: f32,
}

impl Default for Beside {
    /// Nobody's.
    fn default() -> Self {
        Self::of(&[])
    }
}

impl Beside {
    /// Of these pairs; `values` is room to work in.
    pub(super) fn new(edges: &[Edge], values: &mut Vec<f32>) -> Self {
        values.clear();
        values.extend(edges.iter().map(|edge| edge.similarity));
        if values.len() > NEIGHBOURHOOD + 1 {
            values.select_nth_unstable_by(NEIGHBOURHOOD, |a, b| b.total_cmp(a));
            values.truncate(NEIGHBOURHOOD + 1);
        }
        values.sort_unstable_by(|a, b| b.total_cmp(a));
        Self::of(values)
    }

    /// Of at most 10, the most similar first.
    fn of(values: &[f32]) -> Self {
        let all = values.iter().sum();
        if let (Some(first @ [.., last]), Some(least)) = (values.get(..NEIGHBOURHOOD), values.get(NEIGHBOURHOOD)) {
            Self { first: first.iter().sum(), all, last: *last, least: *least }
        } else {
            let missing = NEIGHBOURHOOD - values.len().saturating_sub(1);
            Self { first: MISSING * missing as f32, all, last: f32::NEG_INFINITY, least: f32::NEG_INFINITY }
        }
    }

    /// Whether a pair this similar, come or gone, makes another neighbourhood.
    pub(super) fn counts(&self, similarity: f32) -> bool {
        similarity >= self.least
    }

    /// Mean over the 9 nearest groups, one of this similarity left out.
    pub(super) fn without(&self, similarity: f32) -> f32 {
        let sum = if similarity < self.last {
            self.first
        } else {
            let missing = if self.last == f32::NEG_INFINITY { self.first } else { 0.0 };
            self.all - similarity + missing
        };
        sum / NEIGHBOURHOOD as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_of_a_pair_is_left_out_and_who_is_missing_counts_as_a_stranger() {
        let edge = |similarity: f32| Edge { other: 0, back: 0, similarity, shared: 0.0 };
        for count in 0..14usize {
            // In no order.
            let values: Vec<f32> = (0..count).map(|at| 0.1 + 0.05 * ((at * 5) % 14) as f32).collect();
            let edges: Vec<Edge> = values.iter().map(|value| edge(*value)).collect();
            let beside = Beside::new(&edges, &mut Vec::new());
            for left_out in &values {
                let mut others: Vec<f32> = values.iter().copied().filter(|value| value != left_out).collect();
                others.sort_unstable_by(|a, b| b.total_cmp(a));
                others.resize(others.len().max(NEIGHBOURHOOD), MISSING);
                let mean = others[..NEIGHBOURHOOD].iter().sum::<f32>() / NEIGHBOURHOOD as f32;
                assert!((beside.without(*left_out) - mean).abs() < 1e-6, "{count}: {left_out}");
                let is_near = values.iter().filter(|value| *value > left_out).count() <= NEIGHBOURHOOD;
                assert_eq!(beside.counts(*left_out), is_near);
            }
        }
    }
}
