//! Why two faces are together, or apart; and where a group would split first.

use std::collections::BTreeMap;

use super::embeddings::{dot, manhattan};
use super::hierarchy::NOBODY;
use super::{Faces, Hierarchy, rank_order};

/// A face that is in both lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedNeighbour {
    /// Whose place in the list of faces.
    pub face: u32,
    /// Its place in the one's list and in the other's, from 1.
    pub ranks: [u32; 2],
}

/// How alike two faces are, by every measure.
#[derive(Clone, Debug, PartialEq)]
pub struct PairFacts {
    /// The two.
    pub faces: [u32; 2],
    /// −1 to 1.
    pub cosine: f32,
    /// The place of the second in the first's list, and the other way round, from 1; `None`: farther than the list goes.
    pub ranks: [Option<u32>; 2],
    /// Rank-order distance of the two faces (Zhu, Wen, Sun, equation 2), from 0 on: 2 for each other's nearest. A
    /// neighbour missing from a list counts as one place behind its end; `None` when neither is in the other's list.
    pub rank_order: Option<f32>,
    /// L1 distance to the mean distance of both to their 9 nearest (equation 5): below 1 they are near for where they are.
    pub normalised: f32,
    /// Faces in both lists, those with the lowest sum of ranks first.
    pub shared: Vec<SharedNeighbour>,
}

/// One merge in the chain that joined faces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Faces on each side.
    pub sizes: [u32; 2],
    /// The most similar pair of faces across, one of each side.
    pub faces: [u32; 2],
    /// Their cosine.
    pub cosine: f32,
    /// How far the merge was above the threshold, in the method's own number; infinite when the user said so.
    pub margin: f32,
}

/// Why two faces are together, or what would have to happen that they were.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// The two faces themselves.
    pub pair: PairFacts,
    /// Whether they are in one group.
    pub together: bool,
    /// The merges that led from the first face, and then from the second, to the one that joined them, which is last.
    /// Empty when they would not come together at any threshold of the scale.
    pub chain: Vec<Link>,
    /// The link with the least margin.
    pub weakest: Option<usize>,
}

/// Where a group would come apart first.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The piles, each ascending; the one with the group's first face is first.
    pub piles: [Vec<u32>; 2],
    /// The merge that made them one.
    pub link: Link,
}

/// Links looked at in full: past so many pairs the most similar is taken from the lists.
const MOST_PAIRS: usize = 1 << 20;

/// The facts about two faces.
#[must_use]
pub fn pair_facts(faces: &Faces<'_>, a: u32, b: u32) -> PairFacts {
    let (row_a, row_b) = (faces.embeddings.row(a as usize), faces.embeddings.row(b as usize));
    let ranks = [faces.lists.rank(a, b), faces.lists.rank(b, a)];
    let phi = f32::midpoint(rank_order::spread(faces, a), rank_order::spread(faces, b));
    let distance = manhattan(row_a, row_b);
    let normalised = if distance > 0.0 { distance / phi.max(f32::MIN_POSITIVE) } else { 0.0 };
    let place =
        |of: u32| -> BTreeMap<u32, u32> { faces.lists.of(of as usize).iter().map(|one| one.face).zip(1..).collect() };
    let (in_a, in_b) = (place(a), place(b));
    let both = in_a.iter().filter_map(|(face, rank)| Some((*face, [*rank, *in_b.get(face)?])));
    let mut shared: Vec<SharedNeighbour> = both.map(|(face, ranks)| SharedNeighbour { face, ranks }).collect();
    shared.sort_by_key(|one| (one.ranks[0] + one.ranks[1], one.ranks[0], one.face));
    PairFacts {
        faces: [a, b],
        cosine: dot(row_a, row_b),
        ranks,
        rank_order: rank_order_distance(faces, a, b, ranks, [&in_a, &in_b]),
        normalised,
        shared,
    }
}

fn rank_order_distance(
    faces: &Faces<'_>,
    a: u32,
    b: u32,
    ranks: [Option<u32>; 2],
    places: [&BTreeMap<u32, u32>; 2],
) -> Option<f32> {
    let nearer = ranks.into_iter().flatten().min()?;
    // The sum over the list of `from` up to `to`, of the places in the list of `to`: itself first, who is not there last.
    let one_way = |from: u32, to: u32, in_to: &BTreeMap<u32, u32>| {
        let list = faces.lists.of(from as usize);
        let behind = faces.lists.of(to as usize).len() as u32 + 1;
        let until = list.iter().map(|one| one.face).take_while(|face| *face != to);
        let others: u32 = until.map(|face| in_to.get(&face).copied().unwrap_or(behind)).sum();
        in_to.get(&from).copied().unwrap_or(behind) + others
    };
    let both = one_way(a, b, places[1]) + one_way(b, a, places[0]);
    Some(both as f32 / nearer as f32)
}

impl Hierarchy {
    /// Why two faces are together at a threshold, or how far they are from it.
    #[must_use]
    pub fn why(&self, faces: &Faces<'_>, a: u32, b: u32, threshold: f32) -> Why {
        let (way_a, way_b) = (self.ancestors(a), self.ancestors(b));
        let common = way_a.iter().rev().zip(way_b.iter().rev()).take_while(|(one, two)| one == two).count();
        let (own_a, own_b) = (&way_a[..way_a.len() - common], &way_b[..way_b.len() - common]);
        let joined = way_a.get(own_a.len()).copied();
        let nodes: Vec<u32> = match joined {
            Some(joined) if a != b => own_a.iter().chain(own_b).copied().chain([joined]).collect(),
            _ => Vec::new(),
        };
        let chain: Vec<Link> = nodes.into_iter().map(|node| self.link(faces, node, threshold)).collect();
        let weakest = (0..chain.len()).min_by(|one, two| chain[*one].margin.total_cmp(&chain[*two].margin));
        let together = a == b || joined.is_some_and(|node| node < self.node_count(threshold));
        Why { pair: pair_facts(faces, a, b), together, chain, weakest }
    }

    /// Why a face is in its group: [`Self::why`] for it and the face of the group it is most like. `None` for a face that is
    /// alone.
    #[must_use]
    pub fn why_here(&self, faces: &Faces<'_>, face: u32, threshold: f32) -> Option<Why> {
        let row = faces.embeddings.row(face as usize);
        let likeness = |other: &u32| dot(row, faces.embeddings.row(*other as usize));
        let others = self.members(self.group_node(face, threshold)).into_iter().filter(|other| *other != face);
        let nearest = others.max_by(|one, two| likeness(one).total_cmp(&likeness(two)).then(two.cmp(one)))?;
        Some(self.why(faces, face, nearest, threshold))
    }

    /// Where the group of a face would come apart first; `None` for a single face, and for a group that is the user's word
    /// throughout.
    #[must_use]
    pub fn first_split(&self, faces: &Faces<'_>, face: u32, threshold: f32) -> Option<Split> {
        let node = self.group_node(face, threshold);
        let merge = self.merge(node)?;
        if merge.bar.is_infinite() {
            return None;
        }
        let mut piles = [self.members(merge.left), self.members(merge.right)];
        piles.sort();
        Some(Split { piles, link: self.link(faces, node, threshold) })
    }

    /// Nodes below this one hold at the threshold.
    pub(super) fn node_count(&self, threshold: f32) -> u32 {
        (self.faces + self.count_at(threshold)) as u32
    }

    /// The merge nodes above a face, nearest first.
    fn ancestors(&self, face: u32) -> Vec<u32> {
        let up = |node: &u32| self.parent.get(*node as usize).copied().filter(|parent| *parent != NOBODY);
        std::iter::successors(up(&face), up).collect()
    }

    /// The node that is the face's group.
    pub(super) fn group_node(&self, face: u32, threshold: f32) -> u32 {
        let limit = self.node_count(threshold);
        self.ancestors(face).into_iter().take_while(|node| *node < limit).last().unwrap_or(face)
    }

    pub(super) fn merge(&self, node: u32) -> Option<&super::hierarchy::Merge> {
        self.merges.get((node as usize).checked_sub(self.faces)?)
    }

    /// The faces under a node, ascending.
    pub(super) fn members(&self, node: u32) -> Vec<u32> {
        let mut open = vec![node];
        let mut found = Vec::new();
        while let Some(node) = open.pop() {
            match self.merge(node) {
                Some(merge) => open.extend([merge.left, merge.right]),
                None => found.push(node),
            }
        }
        found.sort_unstable();
        found
    }

    /// What is to be said of a merge.
    pub(super) fn link(&self, faces: &Faces<'_>, node: u32, threshold: f32) -> Link {
        let scale = self.settings.method.scale();
        let (left, right, level) = self
            .merge(node)
            .map_or((node, node, f32::NAN), |merge| (merge.left, merge.right, merge.held_at(scale.step)));
        let (left, right) = (self.members(left), self.members(right));
        let (pair, cosine) = closest(faces, &left, &right);
        Link {
            sizes: [left.len() as u32, right.len() as u32],
            faces: pair,
            cosine,
            margin: level - scale.inward(threshold),
        }
    }
}

/// The most similar pair of faces across two sides; the first such pair on a tie.
fn closest(faces: &Faces<'_>, left: &[u32], right: &[u32]) -> ([u32; 2], f32) {
    let row = |face: u32| faces.embeddings.row(face as usize);
    let mut best = ([left.first().copied().unwrap_or(0), right.first().copied().unwrap_or(0)], f32::NEG_INFINITY);
    let mut offer = |a: u32, b: u32, cosine: f32| {
        if cosine > best.1 {
            best = ([a, b], cosine);
        }
    };
    if left.len() * right.len() <= MOST_PAIRS {
        for &a in left {
            for &b in right {
                offer(a, b, dot(row(a), row(b)));
            }
        }
    } else {
        for &a in left {
            let list = faces.lists.of(a as usize);
            if let Some(near) = list.iter().find(|one| right.binary_search(&one.face).is_ok()) {
                offer(a, near.face, near.value);
            }
        }
        if best.1 == f32::NEG_INFINITY {
            let [a, b] = best.0;
            best.1 = dot(row(a), row(b));
        }
    }
    best
}
