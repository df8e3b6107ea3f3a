//! Questions worth asking, those that settle most first.

use super::{Constraints, Faces, Hierarchy, Link};

/// What is asked. Groups by a face that is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Are these two groups one person?
    Merge {
        /// A face of each.
        groups: [u32; 2],
    },
    /// Are the faces of this group two people? [`Hierarchy::first_split`] gives the piles.
    Split {
        /// A face of it.
        group: u32,
    },
    /// Is this group the person whose faces have this label?
    Suggest {
        /// A face of the group without a label.
        group: u32,
        /// Who it may be.
        label: u32,
        /// A confirmed face of that person's group.
        like: u32,
    },
}

/// A question and why it is worth asking.
///
/// Yes and no become constraints: `together` or `different` for the two faces of the link (for a suggestion, the label or
/// its refusal), so it is not asked again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Review {
    /// What is asked.
    pub question: Question,
    /// Faces that would move with the answer.
    pub faces: u32,
    /// 1 at the threshold, 0 where nobody need ask.
    pub closeness: f32,
    /// The merge in question: sizes, most similar pair, margin (negative: not merged).
    pub link: Link,
}

impl Review {
    /// Faces affected × closeness to the threshold: what the queue is ordered by.
    #[must_use]
    pub fn worth(&self) -> f32 {
        self.faces as f32 * self.closeness
    }
}

impl Hierarchy {
    /// Merge and split questions near a threshold, those that settle most first, at most `most`. `band` is how far from
    /// the threshold one still asks, in the method's own number; [`super::Scale::band`] is a good choice.
    #[must_use]
    pub fn review(
        &self,
        faces: &Faces<'_>,
        constraints: &Constraints,
        threshold: f32,
        band: f32,
        most: usize,
    ) -> Vec<Review> {
        let label = self.labels(constraints);
        let held = self.count_at(threshold);
        let scale = self.settings.method.scale();
        let inward = scale.inward(threshold);
        let closeness = |level: f32| 1.0 - (level - inward).abs() / band;
        let mut found: Vec<(f32, u32, u32, f32)> = Vec::new();
        let sizes = self.sizes();
        for (number, merge) in self.merges.iter().enumerate() {
            let node = (self.faces + number) as u32;
            let closeness = closeness(merge.held_at(scale.step));
            // A merge inside a group is not asked about before those above it.
            let outermost = number >= held || self.parent[node as usize] >= (self.faces + held) as u32;
            if closeness > 0.0 && outermost {
                let smaller = sizes[merge.left as usize].min(sizes[merge.right as usize]);
                found.push((smaller as f32 * closeness, node, smaller, closeness));
            }
        }
        found.sort_unstable_by(|one, two| two.0.total_cmp(&one.0).then(one.1.cmp(&two.1)));
        found.truncate(most);
        let review = |(_, node, faces_moved, closeness): (f32, u32, u32, f32)| {
            let link = self.link(faces, node, threshold);
            let [a, b] = link.faces;
            let question = if (node as usize) < self.faces + held {
                Question::Split { group: a }
            } else {
                let of = |face: u32| label[self.group_node(face, threshold) as usize];
                match (of(a), of(b)) {
                    (Some(label), None) => Question::Suggest { group: b, label, like: a },
                    (None, Some(label)) => Question::Suggest { group: a, label, like: b },
                    _ => Question::Merge { groups: [a, b] },
                }
            };
            Review { question, faces: faces_moved, closeness, link }
        };
        found.into_iter().map(review).collect()
    }

    /// The label of every node that has a labelled face.
    fn labels(&self, constraints: &Constraints) -> Vec<Option<u32>> {
        let mut label: Vec<Option<u32>> =
            (0..self.faces).map(|face| constraints.label.get(face).copied().flatten()).collect();
        for merge in &self.merges {
            label.push(label[merge.left as usize].or(label[merge.right as usize]));
        }
        label
    }

    /// Faces under every node.
    fn sizes(&self) -> Vec<u32> {
        let mut sizes = vec![1; self.faces];
        for merge in &self.merges {
            sizes.push(sizes[merge.left as usize] + sizes[merge.right as usize]);
        }
        sizes
    }
}
