//! Rank-Order, adaptive: mutual best groups, exact average linkage judged against each group's neighbourhood.
//!
//! In the spirit of Rank-Order (mutual nearest, distances relative to the neighbourhood). For groups a and b of n faces
//! with embedding sums S: `s = S_a · S_b / (n_a n_b)`; `μ_a` is the mean of s from a to its 20 nearest other groups, b
//! left out, missing ones counted as 0.25; `q = ½ / √max(n_a, n_b) + ½ √((1/n_a + 1/n_b) / 2)`;
//! `margin = s − 0.40 (μ_a + μ_b) / 2 − 0.32 − 0.12 q`. Each round merges every pair that is each other's best margin, if
//! positive. The constants were found by experiment on many libraries at once (DESIGN.md section 6).
//!
//! Cluster distances are kept: a sparse graph of candidate edges, of which a merge recomputes only its own.

use std::collections::BTreeMap;

use super::constraints::Rules;
use super::embeddings::dot;
use super::neighbours::nearest;
use super::pairs::Union;
use super::{Clusterer, Constraints, Embeddings, Settings};
use crate::domain::Preset;

/// Neighbours of a face that become candidate edges, and the least cosine of one.
const CANDIDATES: usize = 32;
const LEAST_COSINE: f32 = 0.2;
/// A list in which every neighbour is this near shows only copies of one picture (a burst); it is made longer, so that
/// copies cannot hide the rest of the person.
const COPY_COSINE: f32 = 0.95;
const CANDIDATES_OF_COPIES: usize = 256;
/// Groups that make up a neighbourhood, and what a missing one counts as.
const NEIGHBOURHOOD: usize = 20;
const MISSING: f32 = 0.25;
/// Weight of the neighbourhood, constant, and weight of the sizes.
const NEIGHBOURS_WEIGHT: f32 = 0.40;
const CONSTANT: f32 = 0.32;
const SIZE_WEIGHT: f32 = 0.12;
/// What `strict` adds to the constant and `loose` takes away.
const SHIFT: f32 = 0.04;

/// The method.
pub(super) struct Adaptive;

impl Clusterer for Adaptive {
    fn name(&self) -> &'static str {
        "adaptive"
    }

    fn cluster(&self, embeddings: &Embeddings<'_>, constraints: &Constraints, settings: &Settings) -> Vec<Vec<u32>> {
        let constant = settings.threshold.unwrap_or(match settings.preset {
            Preset::Strict => CONSTANT + SHIFT,
            Preset::Normal => CONSTANT,
            Preset::Loose => CONSTANT - SHIFT,
        });
        agglomerate(embeddings, constraints, Judge::Adaptive { constant })
    }
}

/// What makes two groups one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Judge {
    /// The margin above zero.
    Adaptive { constant: f32 },
    /// Average cosine above this.
    Fixed { least: f32 },
}

/// Merges groups until no pair of mutually best ones is left.
pub(super) fn agglomerate(embeddings: &Embeddings<'_>, constraints: &Constraints, judge: Judge) -> Vec<Vec<u32>> {
    let mut state = State::new(embeddings, constraints, judge);
    while state.round() {}
    state.union.groups()
}

struct State {
    judge: Judge,
    width: usize,
    rules: Rules,
    union: Union,
    /// Sum of the embeddings of the group whose root this is.
    sums: Vec<f32>,
    sizes: Vec<f32>,
    /// Candidate edges by root, with the average cosine. Symmetric.
    edges: Vec<BTreeMap<u32, f32>>,
    /// Groups whose edges changed since their best partner was looked for.
    stale: Vec<bool>,
    /// The 21 largest cosines of a group, for its neighbourhood.
    top: Vec<Vec<f32>>,
    best: Vec<Option<(u32, f32)>>,
    alive: Vec<usize>,
}

impl State {
    fn new(embeddings: &Embeddings<'_>, constraints: &Constraints, judge: Judge) -> Self {
        let faces = embeddings.len();
        let (rules, union) = Rules::new(constraints, faces);
        let mut state = Self {
            judge,
            width: embeddings.width(),
            rules,
            union,
            sums: (0..faces).flat_map(|face| embeddings.row(face)).copied().collect(),
            sizes: vec![1.0; faces],
            edges: candidate_edges(embeddings),
            stale: vec![true; faces],
            top: vec![Vec::new(); faces],
            best: vec![None; faces],
            alive: Vec::new(),
        };
        // Faces of one label are one group from the start.
        let mut labelled: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for face in 0..faces {
            let root = state.union.root(face);
            if root == face {
                state.alive.push(face);
            } else {
                labelled.entry(root).or_default().push(face);
            }
        }
        for (root, others) in labelled {
            for other in others {
                state.absorb(root, other);
            }
            state.refresh(root);
        }
        state
    }

    fn sum(&self, group: usize) -> &[f32] {
        &self.sums[group * self.width..(group + 1) * self.width]
    }

    /// Average cosine between the faces of two groups.
    fn similarity(&self, a: usize, b: usize) -> f32 {
        dot(self.sum(a), self.sum(b)) / (self.sizes[a] * self.sizes[b])
    }

    /// Takes over sum, size and edges of `gone`; the edges' values are stale until [`Self::refresh`].
    fn absorb(&mut self, root: usize, gone: usize) {
        let width = self.width;
        let (low, high) = self.sums.split_at_mut(root.max(gone) * width);
        let (to, from) = if root < gone {
            (&mut low[root * width..(root + 1) * width], &high[..width])
        } else {
            (&mut high[..width], &low[gone * width..(gone + 1) * width])
        };
        to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        self.sizes[root] += self.sizes[gone];
        for (other, value) in std::mem::take(&mut self.edges[gone]) {
            let other_group = other as usize;
            self.edges[other_group].remove(&(gone as u32));
            self.stale[other_group] = true;
            if other_group != root {
                self.edges[root].insert(other, value);
            }
        }
        self.edges[root].remove(&(gone as u32));
    }

    /// Recomputes all edges of a group.
    fn refresh(&mut self, group: usize) {
        let others: Vec<u32> = self.edges[group].keys().copied().collect();
        for other in others {
            let value = self.similarity(group, other as usize);
            self.edges[group].insert(other, value);
            self.edges[other as usize].insert(group as u32, value);
            self.stale[other as usize] = true;
        }
        self.stale[group] = true;
    }

    /// Merges every pair that is each other's best; whether any was.
    fn round(&mut self) -> bool {
        self.look_for_best();
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for &group in &self.alive {
            if let Some((partner, margin)) = self.best[group]
                && margin > 0.0
                && (partner as usize) > group
                && self.best[partner as usize].is_some_and(|(back, _)| back as usize == group)
            {
                pairs.push((group, partner as usize));
            }
        }
        for &(a, b) in &pairs {
            self.rules.merge(&mut self.union, a, b);
            self.absorb(a, b);
        }
        for &(a, _) in &pairs {
            self.refresh(a);
        }
        let union = &mut self.union;
        self.alive.retain(|group| union.root(*group) == *group);
        !pairs.is_empty()
    }

    /// Brings every group's best partner up to date. A partner's margin depends on both neighbourhoods, so groups beside
    /// stale ones are looked at again as well.
    fn look_for_best(&mut self) {
        let stale: Vec<usize> = self.alive.iter().copied().filter(|group| self.stale[*group]).collect();
        for &group in &stale {
            let mut values: Vec<f32> = self.edges[group].values().copied().collect();
            values.sort_unstable_by(|a, b| b.total_cmp(a));
            values.truncate(NEIGHBOURHOOD + 1);
            self.top[group] = values;
        }
        let mut again = vec![false; self.stale.len()];
        for &group in &stale {
            again[group] = true;
            for other in self.edges[group].keys() {
                again[*other as usize] = true;
            }
            self.stale[group] = false;
        }
        for &group in &self.alive {
            if again[group] {
                self.best[group] = self.best_of(group);
            }
        }
    }

    fn best_of(&self, group: usize) -> Option<(u32, f32)> {
        let mut best: Option<(u32, f32)> = None;
        for (&other, &value) in &self.edges[group] {
            if !self.rules.allow(group, other as usize) {
                continue;
            }
            let margin = self.margin(group, other as usize, value);
            // Ascending ids: on a tie the lower one stays.
            if best.is_none_or(|(_, known)| margin > known) {
                best = Some((other, margin));
            }
        }
        best
    }

    fn margin(&self, a: usize, b: usize, similarity: f32) -> f32 {
        match self.judge {
            Judge::Fixed { least } => similarity - least,
            Judge::Adaptive { constant } => {
                let neighbourhood = f32::midpoint(self.mean_beside(a, similarity), self.mean_beside(b, similarity));
                let (one, two) = (self.sizes[a], self.sizes[b]);
                let sizes = 0.5 / one.max(two).sqrt() + 0.5 * f32::midpoint(1.0 / one, 1.0 / two).sqrt();
                similarity - NEIGHBOURS_WEIGHT * neighbourhood - constant - SIZE_WEIGHT * sizes
            }
        }
    }

    /// Mean cosine from a group to its nearest others, one of this cosine left out.
    fn mean_beside(&self, group: usize, left_out: f32) -> f32 {
        let top = &self.top[group];
        let inside = top.iter().take(NEIGHBOURHOOD).any(|value| *value <= left_out);
        // Left out of the first 20 if it is among them; else the 20 stand as they are.
        let among = top.len() <= NEIGHBOURHOOD || inside;
        let sum: f32 = if among { top.iter().sum::<f32>() - left_out } else { top.iter().take(NEIGHBOURHOOD).sum() };
        let counted = if among { top.len().saturating_sub(1) } else { NEIGHBOURHOOD };
        (sum + MISSING * (NEIGHBOURHOOD - counted.min(NEIGHBOURHOOD)) as f32) / NEIGHBOURHOOD as f32
    }
}

/// The union of all faces' neighbour lists, with cosines.
fn candidate_edges(embeddings: &Embeddings<'_>) -> Vec<BTreeMap<u32, f32>> {
    let mut lists = nearest(embeddings, CANDIDATES);
    let copies = |list: &Vec<super::Neighbour>| {
        list.len() == CANDIDATES && list.last().is_some_and(|last| last.value > COPY_COSINE)
    };
    if lists.iter().any(copies) {
        let longer = nearest(embeddings, CANDIDATES_OF_COPIES);
        for (list, longer) in lists.iter_mut().zip(longer) {
            if copies(list) {
                *list = longer;
            }
        }
    }
    let mut edges = vec![BTreeMap::new(); embeddings.len()];
    for (face, list) in lists.iter().enumerate() {
        for neighbour in list.iter().filter(|neighbour| neighbour.value > LEAST_COSINE) {
            edges[face].insert(neighbour.face, neighbour.value);
            edges[neighbour.face as usize].insert(face as u32, neighbour.value);
        }
    }
    edges
}
