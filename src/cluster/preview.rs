//! What changes when groups are made anew: shown before it is applied.

use super::pairs::Union;

/// Groups that become others. `before` and `after` are places in the two lists of groups, ascending; the faces of both
/// sides are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Groups that end.
    pub before: Vec<u32>,
    /// Groups that come in their place.
    pub after: Vec<u32>,
}

impl Change {
    /// Several groups become one.
    #[must_use]
    pub fn is_join(&self) -> bool {
        self.after.len() == 1
    }

    /// One group becomes several.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.before.len() == 1
    }
}

/// The difference between two groupings of the same faces: every group that is not in both, with what it becomes. Ordered
/// by the first group that ends.
#[must_use]
pub fn difference(before: &[Vec<u32>], after: &[Vec<u32>]) -> Vec<Change> {
    let faces = before.iter().flatten().chain(after.iter().flatten()).max().map_or(0, |face| *face as usize + 1);
    let mut place = vec![u32::MAX; faces];
    for (number, group) in after.iter().enumerate() {
        for face in group {
            place[*face as usize] = number as u32;
        }
    }
    let mut union = Union::new(before.len() + after.len());
    for (number, group) in before.iter().enumerate() {
        for face in group.iter().filter(|face| place[**face as usize] != u32::MAX) {
            let (a, b) = (union.root(number), union.root(before.len() + place[*face as usize] as usize));
            union.join(a, b);
        }
    }
    let split = |set: Vec<u32>| {
        let (ends, comes): (Vec<u32>, Vec<u32>) = set.into_iter().partition(|number| (*number as usize) < before.len());
        Change { before: ends, after: comes.into_iter().map(|number| number - before.len() as u32).collect() }
    };
    union.groups().into_iter().map(split).filter(|change| change.before.len() + change.after.len() > 2).collect()
}
