//! The neighbourhood of a group: how similar the nearest others are.

use super::agglomerate::Edge;

/// Groups that make up a neighbourhood, and what a missing one counts as.
const NEIGHBOURHOOD: usize = 9;
const MISSING: f32 = 0.05;

/// The 10 most similar groups of one, in sums.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside {
    first: f32,
    all: f32,
    /// The least of the first 9.
    last: f32,
    /// The least of all 10.
    least: f32,
    count: usize,
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
        let first = values.get(..NEIGHBOURHOOD.min(values.len())).unwrap_or_default();
        Self {
            first: first.iter().sum(),
            all: values.iter().sum(),
            last: first.last().copied().unwrap_or(MISSING),
            least: values.last().copied().unwrap_or(MISSING),
            count: values.len(),
        }
    }

    /// Whether a pair this similar, come or gone, makes another neighbourhood.
    pub(super) fn counts(&self, similarity: f32) -> bool {
        self.count <= NEIGHBOURHOOD || similarity >= self.least
    }

    /// Mean over the 9 nearest groups, one of this similarity left out.
    pub(super) fn without(&self, similarity: f32) -> f32 {
        let (sum, counted) = if self.count > NEIGHBOURHOOD && similarity < self.last {
            (self.first, NEIGHBOURHOOD)
        } else {
            (self.all - similarity, self.count.saturating_sub(1))
        };
        (sum + MISSING * (NEIGHBOURHOOD - counted) as f32) / NEIGHBOURHOOD as f32
    }
}
