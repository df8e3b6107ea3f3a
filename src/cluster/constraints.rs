//! What the user said, as the clusterers see it.

use std::collections::{BTreeMap, BTreeSet};

use super::pairs::Union;

/// Hard constraints over faces by their places in the list. Empty lists mean no constraints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraints {
    /// Faces of one label belong together, faces of two labels apart.
    pub label: Vec<Option<u32>>,
    /// This face is not of that label.
    pub apart: Vec<(u32, u32)>,
}

/// Labels and refusals by group, kept while groups merge.
pub(super) struct Rules {
    label: Vec<Option<u32>>,
    refused: Vec<BTreeSet<u32>>,
}

impl Rules {
    /// The rules, and the groups that labels make before anything is compared: faces of one label are one.
    pub(super) fn new(constraints: &Constraints, faces: usize) -> (Self, Union) {
        let mut union = Union::new(faces);
        let mut rules = Self { label: vec![None; faces], refused: vec![BTreeSet::new(); faces] };
        for (slot, label) in rules.label.iter_mut().zip(&constraints.label) {
            *slot = *label;
        }
        for &(face, label) in &constraints.apart {
            // Who is labelled is known; a refusal of another label changes nothing.
            if let Some(refused) = rules.refused.get_mut(face as usize) {
                refused.insert(label);
            }
        }
        let mut first: BTreeMap<u32, usize> = BTreeMap::new();
        for face in 0..faces {
            if let Some(label) = rules.label[face] {
                match first.get(&label) {
                    Some(&known) => rules.merge(&mut union, known, face),
                    None => {
                        first.insert(label, face);
                    }
                }
            }
        }
        (rules, union)
    }

    /// Whether two groups, given by their roots, may become one.
    pub(super) fn allow(&self, a: usize, b: usize) -> bool {
        let fits = |label: Option<u32>, other: usize| label.is_none_or(|label| !self.refused[other].contains(&label));
        match (self.label[a], self.label[b]) {
            (Some(one), Some(two)) if one != two => false,
            // The same label is the user's word, whatever else was refused.
            (Some(_), Some(_)) => true,
            (one, two) => fits(one, b) && fits(two, a),
        }
    }

    /// Makes two groups one, without asking.
    pub(super) fn merge(&mut self, union: &mut Union, a: usize, b: usize) {
        let (a, b) = (union.root(a), union.root(b));
        if a == b {
            return;
        }
        let root = union.join(a, b);
        let gone = if root == a { b } else { a };
        self.label[root] = self.label[root].or(self.label[gone]);
        let refused = std::mem::take(&mut self.refused[gone]);
        self.refused[root].extend(refused);
    }
}
