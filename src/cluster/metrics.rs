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

/// How many of the nearest others are the same person, over all faces: of each face, as many are looked at as there are
/// others of its person, at most `most`. Faces that are alone do not count; `None` when all are. Looks at every pair.
#[must_use]
pub fn purity(labels: &[u32], most: usize, distance: &dyn Fn(usize, usize) -> f32) -> Option<f64> {
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for label in labels {
        *sizes.entry(*label).or_default() += 1;
    }
    let (mut right, mut all) = (0, 0);
    for (face, label) in labels.iter().enumerate() {
        let wanted = most.min(sizes.get(label).map_or(0, |size| size - 1));
        if wanted == 0 {
            continue;
        }
        let others = (0..labels.len()).filter(|other| *other != face);
        let mut others: Vec<(f32, usize)> = others.map(|other| (distance(face, other), other)).collect();
        others.select_nth_unstable_by(wanted - 1, |one, two| one.0.total_cmp(&two.0));
        right += others[..wanted].iter().filter(|(_, other)| labels[*other] == *label).count();
        all += wanted;
    }
    (all > 0).then(|| right as f64 / all as f64)
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
