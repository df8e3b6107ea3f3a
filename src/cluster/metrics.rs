//! How good a grouping is when the truth is known.

use std::collections::BTreeMap;

/// Precision, recall and their harmonic mean, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// How much of what was put together belongs together.
    pub precision: f64,
    /// How much of what belongs together was put together.
    pub recall: f64,
    /// 2 · precision · recall / (precision + recall).
    pub f1: f64,
}

impl Score {
    fn new(precision: f64, recall: f64) -> Self {
        let sum = precision + recall;
        Self { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

/// Cells of the contingency table and its margins.
struct Table {
    cells: BTreeMap<(u32, u32), u64>,
    predicted: BTreeMap<u32, u64>,
    truth: BTreeMap<u32, u64>,
}

fn table(predicted: &[u32], truth: &[u32]) -> Table {
    let mut table = Table { cells: BTreeMap::new(), predicted: BTreeMap::new(), truth: BTreeMap::new() };
    for (&group, &person) in predicted.iter().zip(truth) {
        *table.cells.entry((group, person)).or_default() += 1;
        *table.predicted.entry(group).or_default() += 1;
        *table.truth.entry(person).or_default() += 1;
    }
    table
}

/// Over pairs of faces. Without any pair to get wrong, precision (or recall) is 1.
#[must_use]
pub fn pairwise(predicted: &[u32], truth: &[u32]) -> Score {
    let pairs = |count: &u64| count * (count - 1) / 2;
    let table = table(predicted, truth);
    let right: u64 = table.cells.values().map(pairs).sum();
    let share = |all: u64| if all == 0 { 1.0 } else { right as f64 / all as f64 };
    Score::new(share(table.predicted.values().map(pairs).sum()), share(table.truth.values().map(pairs).sum()))
}

/// B-cubed (Bagga and Baldwin 1998): the mean over faces of how pure its group is, and of how whole its person.
#[must_use]
pub fn bcubed(predicted: &[u32], truth: &[u32]) -> Score {
    let faces = predicted.len().min(truth.len());
    if faces == 0 {
        return Score::new(1.0, 1.0);
    }
    let table = table(predicted, truth);
    let (mut precision, mut recall) = (0.0, 0.0);
    for ((group, person), &count) in &table.cells {
        let square = (count * count) as f64;
        precision += table.predicted.get(group).map_or(0.0, |all| square / *all as f64);
        recall += table.truth.get(person).map_or(0.0, |all| square / *all as f64);
    }
    Score::new(precision / faces as f64, recall / faces as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(predicted: &[u32], truth: &[u32], pair: (f64, f64), cubed: (f64, f64)) {
        for (score, (precision, recall)) in [(pairwise(predicted, truth), pair), (bcubed(predicted, truth), cubed)] {
            assert!((score.precision - precision).abs() < 1e-9, "{score:?}");
            assert!((score.recall - recall).abs() < 1e-9, "{score:?}");
        }
    }

    #[test]
    fn worked_by_hand() {
        check(&[0, 0, 1, 1], &[0, 0, 1, 1], (1.0, 1.0), (1.0, 1.0));
        check(&[0, 1, 2, 3], &[0, 0, 1, 1], (1.0, 0.0), (1.0, 0.5));
        check(&[0, 0, 0, 0], &[0, 0, 1, 1], (2.0 / 6.0, 1.0), (0.5, 1.0));
        // {a a b} {b}: one right pair of three predicted, of two true; B-cubed (2/3 + 2/3 + 1/3 + 1) / 4 and 3/4.
        check(&[0, 0, 0, 1], &[0, 0, 1, 1], (1.0 / 3.0, 0.5), ((2.0 / 3.0 * 2.0 + 1.0 / 3.0 + 1.0) / 4.0, 0.75));
        check(&[], &[], (1.0, 1.0), (1.0, 1.0));
    }
}
