//! Approximate neighbours for large libraries: Malkov and Yashunin, "Efficient and robust approximate nearest neighbor
//! search using hierarchical navigable small world graphs", arXiv 1603.09320.
//!
//! Deterministic: a face's top layer follows from its embedding, and faces are linked in batches – every face of a batch
//! looks for its neighbours in the graph as it was before, and among the batch – so threads change nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rayon::prelude::*;

use super::embeddings::dot;
use super::exact::order;
use super::lists::Neighbour;
use super::{Embeddings, Stop};

/// Links of a face in an upper layer, and in the lowest.
const LINKS: usize = 16;
const LINKS_BELOW: usize = 32;
/// How many candidates are kept in sight while linking.
const WIDTH_OF_BUILD: usize = 96;
/// Faces linked at once, at most; a quarter of the graph while it is small.
const BATCH: usize = 512;

/// Cosine in an order of numbers, ties by face.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Near(i32, Reverse<u32>);

impl Near {
    fn new(cosine: f32, face: u32) -> Self {
        // Bits of floats, turned so that they compare like the numbers.
        let bits = cosine.to_bits() as i32;
        Self(bits ^ (((bits >> 31) as u32) >> 1) as i32, Reverse(face))
    }

    fn face(self) -> u32 {
        self.1.0
    }
}

/// Faces that a search has looked at.
struct Seen {
    /// A power of two of places, at most half of them taken; a face lies in the first free place from its own on.
    table: Vec<u32>,
    count: usize,
}

impl Seen {
    const FREE: u32 = u32::MAX;

    fn new(expected: usize) -> Self {
        Self { table: vec![Self::FREE; (2 * expected).next_power_of_two()], count: 0 }
    }

    /// Whether it was not there.
    fn insert(&mut self, face: u32) -> bool {
        if 2 * (self.count + 1) > self.table.len() {
            let old = std::mem::take(&mut self.table);
            *self = Self::new(old.len());
            old.into_iter().filter(|face| *face != Self::FREE).for_each(|face| {
                self.insert(face);
            });
        }
        let last = self.table.len() - 1;
        let mut at = face.wrapping_mul(0x9E37_79B1) as usize >> 7 & last;
        loop {
            match self.table[at] {
                Self::FREE => {
                    self.table[at] = face;
                    self.count += 1;
                    return true;
                }
                known if known == face => return false,
                _ => at = (at + 1) & last,
            }
        }
    }
}

/// The links of the faces of a library.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hnsw {
    pub(super) below: Vec<Vec<u32>>,
    /// Upper layers from the second lowest on: only faces that reach them.
    pub(super) above: Vec<BTreeMap<u32, Vec<u32>>>,
    pub(super) entry: Option<u32>,
}

impl Hnsw {
    /// The graph of all faces.
    #[cfg(test)]
    pub(super) fn new(embeddings: &Embeddings<'_>) -> Self {
        Self::new_until(embeddings, Stop::never())
    }

    /// The graph of all faces; of some when stopped.
    pub(super) fn new_until(embeddings: &Embeddings<'_>, stop: Stop<'_>) -> Self {
        let mut graph = Self::default();
        // In an order that does not depend on where the faces stand.
        let order = embeddings.canonical();
        graph.below = vec![Vec::new(); order.len()];
        graph.insert(embeddings, &order, stop);
        graph
    }

    /// The graph after faces came, went or moved; see [`super::Lists::updated`]. `now[old]` is where a face is,
    /// `u32::MAX` for one that is gone.
    pub(super) fn updated(&self, embeddings: &Embeddings<'_>, now: &[u32], new: &[u32], stop: Stop<'_>) -> Self {
        let mut graph = Self { below: vec![Vec::new(); embeddings.len()], ..Self::default() };
        let gone = |face: &u32| now.get(*face as usize).is_none_or(|place| *place == u32::MAX);
        // Who loses a link gets those of the lost in its place.
        let mended = |links: &Vec<u32>, of: &dyn Fn(u32) -> Vec<u32>| -> Vec<u32> {
            let lost = links.iter().filter(|face| gone(face)).flat_map(|face| of(*face));
            let mut kept: Vec<u32> =
                links.iter().copied().chain(lost).filter(|face| !gone(face)).map(|face| now[face as usize]).collect();
            kept.sort_unstable();
            kept.dedup();
            kept
        };
        for (old, links) in self.below.iter().enumerate().filter(|(old, _)| !gone(&(*old as u32))) {
            let place = now[old];
            let mut kept = mended(links, &|face| self.below[face as usize].clone());
            kept.retain(|face| *face != place);
            graph.below[place as usize] = spread(embeddings, place, kept, LINKS_BELOW);
        }
        for layer in &self.above {
            let mut next = BTreeMap::new();
            for (old, links) in layer.iter().filter(|(old, _)| !gone(old)) {
                let place = now[*old as usize];
                let mut kept = mended(links, &|face| layer.get(&face).cloned().unwrap_or_default());
                kept.retain(|face| *face != place);
                next.insert(place, spread(embeddings, place, kept, LINKS));
            }
            if !next.is_empty() {
                graph.above.push(next);
            }
        }
        let first = graph.above.last().and_then(|top| top.keys().next().copied());
        graph.entry = first.or_else(|| now.iter().copied().filter(|place| *place != u32::MAX).min());
        graph.insert(embeddings, new, stop);
        graph
    }

    /// The nearest others of a face that is in the graph, as far as they are found.
    pub(super) fn nearest(&self, embeddings: &Embeddings<'_>, face: u32, count: usize) -> Vec<Neighbour> {
        let row = embeddings.row(face as usize);
        let mut found: Vec<Neighbour> = self
            .search(embeddings, row, &[face], 0, (2 * count).max(200))
            .into_iter()
            .map(Near::face)
            .filter(|other| *other != face)
            .map(|other| Neighbour { face: other, value: dot(row, embeddings.row(other as usize)) })
            .collect();
        found.sort_unstable_by(|one, two| order(embeddings, *one, *two));
        found.truncate(count);
        found
    }

    /// [`Self::nearest`] of each; empty lists when stopped.
    pub(super) fn lists(
        &self,
        embeddings: &Embeddings<'_>,
        faces: &[u32],
        count: usize,
        stop: Stop<'_>,
    ) -> Vec<Box<[Neighbour]>> {
        let list = |face: &u32| if stop.is_set() { Vec::new() } else { self.nearest(embeddings, *face, count) };
        faces.par_iter().map(|face| list(face).into_boxed_slice()).collect()
    }

    fn links(&self, face: u32, layer: usize) -> &[u32] {
        match layer.checked_sub(1) {
            None => self.below.get(face as usize).map_or(&[], Vec::as_slice),
            Some(above) => self.above.get(above).and_then(|layer| layer.get(&face)).map_or(&[], Vec::as_slice),
        }
    }

    /// The best of one layer, nearest first: always goes on from the nearest that was not looked at yet.
    fn search(&self, embeddings: &Embeddings<'_>, row: &[f32], from: &[u32], layer: usize, width: usize) -> Vec<Near> {
        let near = |face: u32| Near::new(dot(row, embeddings.row(face as usize)), face);
        let mut seen = Seen::new(8 * width);
        for face in from {
            seen.insert(*face);
        }
        let mut open: BinaryHeap<Near> = from.iter().map(|face| near(*face)).collect();
        let mut best: BinaryHeap<Reverse<Near>> = open.iter().map(|one| Reverse(*one)).collect();
        while let Some(next) = open.pop() {
            if best.len() >= width && best.peek().is_some_and(|worst| next < worst.0) {
                break;
            }
            for &other in self.links(next.face(), layer) {
                if !seen.insert(other) {
                    continue;
                }
                let one = near(other);
                if best.len() < width || best.peek().is_some_and(|worst| one > worst.0) {
                    open.push(one);
                    best.push(Reverse(one));
                    if best.len() > width {
                        best.pop();
                    }
                }
            }
        }
        let mut found: Vec<Near> = best.into_iter().map(|one| one.0).collect();
        found.sort_unstable_by(|one, two| two.cmp(one));
        found
    }

    fn insert(&mut self, embeddings: &Embeddings<'_>, faces: &[u32], stop: Stop<'_>) {
        let mut rest = faces;
        let mut inside = self.below.len().saturating_sub(faces.len());
        while !rest.is_empty() && !stop.is_set() {
            let (batch, later) = rest.split_at((inside / 4).clamp(1, BATCH).min(rest.len()));
            self.insert_batch(embeddings, batch);
            inside += batch.len();
            rest = later;
        }
    }

    fn insert_batch(&mut self, embeddings: &Embeddings<'_>, batch: &[u32]) {
        let layers: Vec<usize> = batch.iter().map(|face| top_layer(embeddings.row(*face as usize))).collect();
        let top = layers.iter().copied().max().unwrap_or(0);
        while self.above.len() < top {
            self.above.push(BTreeMap::new());
        }
        let found: Vec<Vec<Vec<u32>>> = batch
            .par_iter()
            .zip(&layers)
            .map(|(face, layer)| self.wanted(embeddings, (*face, *layer), batch, &layers))
            .collect();
        // Both ends of every new link, by layer and face.
        let mut ends: Vec<(usize, u32, u32)> = Vec::new();
        for (face, wanted) in batch.iter().zip(&found) {
            for (layer, links) in wanted.iter().enumerate() {
                ends.push((layer, *face, u32::MAX));
                ends.extend(links.iter().flat_map(|other| [(layer, *face, *other), (layer, *other, *face)]));
            }
        }
        ends.par_sort_unstable();
        ends.dedup();
        let changed: Vec<&[(usize, u32, u32)]> = ends.chunk_by(|one, two| (one.0, one.1) == (two.0, two.1)).collect();
        let fresh: Vec<Vec<u32>> = changed
            .par_iter()
            .map(|ends| {
                let (layer, face, _) = ends[0];
                let new = ends.iter().map(|end| end.2).filter(|other| *other != u32::MAX);
                let mut all: Vec<u32> = self.links(face, layer).iter().copied().chain(new).collect();
                all.sort_unstable();
                all.dedup();
                spread(embeddings, face, all, if layer == 0 { LINKS_BELOW } else { LINKS })
            })
            .collect();
        for (ends, links) in changed.into_iter().zip(fresh) {
            let (layer, face, _) = ends[0];
            match layer.checked_sub(1) {
                None => self.below[face as usize] = links,
                Some(above) => {
                    self.above[above].insert(face, links);
                }
            }
        }
        let highest = |graph: &Self| graph.above.iter().rev().find_map(|layer| layer.keys().next().copied());
        self.entry = highest(self).or(self.entry).or(batch.first().copied());
    }

    /// Whom a new face wants to be linked with, layer by layer from the lowest.
    fn wanted(
        &self,
        embeddings: &Embeddings<'_>,
        (face, top): (u32, usize),
        batch: &[u32],
        layers: &[usize],
    ) -> Vec<Vec<u32>> {
        let row = embeddings.row(face as usize);
        let mut wanted = vec![Vec::new(); top + 1];
        let mut from: Vec<u32> = self.entry.into_iter().collect();
        for layer in (0..=self.above.len()).rev() {
            let width = if layer > top { 1 } else { WIDTH_OF_BUILD };
            let found: Vec<u32> =
                self.search(embeddings, row, &from, layer, width).into_iter().map(Near::face).collect();
            if let Some(wanted) = wanted.get_mut(layer) {
                let beside = batch.iter().zip(layers).filter(|(other, reach)| **other != face && **reach >= layer);
                let all: Vec<u32> = found.iter().copied().chain(beside.map(|(other, _)| *other)).collect();
                *wanted = spread(embeddings, face, all, if layer == 0 { LINKS_BELOW } else { LINKS });
            }
            if !found.is_empty() {
                from = found;
            }
        }
        wanted
    }
}

/// Which of these to link a face with (algorithm 4): nearest first, but not one that is nearer to somebody chosen than to
/// the face, so that links lead in all directions; what room is left goes to the nearest of the others.
fn spread(embeddings: &Embeddings<'_>, face: u32, others: Vec<u32>, most: usize) -> Vec<u32> {
    if others.len() <= most {
        return others;
    }
    let row = embeddings.row(face as usize);
    let mut near: Vec<Near> =
        others.into_iter().map(|other| Near::new(dot(row, embeddings.row(other as usize)), other)).collect();
    // Who is far down is neither near nor in a direction of its own that matters.
    let keep = (3 * most).min(near.len());
    if keep < near.len() {
        near.select_nth_unstable_by(keep - 1, |one, two| two.cmp(one));
        near.truncate(keep);
    }
    near.sort_unstable_by(|one, two| two.cmp(one));
    let (mut chosen, mut passed): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    for one in near {
        let other = embeddings.row(one.face() as usize);
        let covered =
            chosen.iter().any(|known| Near::new(dot(other, embeddings.row(*known as usize)), one.face()) > one);
        if chosen.len() < most && !covered {
            chosen.push(one.face());
        } else {
            passed.push(one.face());
        }
    }
    let room = most - chosen.len();
    chosen.extend(passed.into_iter().take(room));
    chosen.sort_unstable();
    chosen
}

/// The highest layer a face is in: 0 for 15 of 16, each further one for a sixteenth of those.
fn top_layer(row: &[f32]) -> usize {
    let mix = |hash: u64, value: &f32| {
        (hash ^ u64::from(value.to_bits())).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
    };
    let hash = row.iter().fold(0x51_7C_C1_B7_27_22_0A_95, mix);
    ((hash ^ (hash >> 32)).leading_zeros() / LINKS.ilog2()).min(6) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::exact;
    use crate::cluster::tests::faces;

    fn recall(graph: &Hnsw, embeddings: &Embeddings<'_>) -> f64 {
        let asked: Vec<u32> = (0..embeddings.len() as u32).collect();
        let exact = exact::nearest_of(embeddings, &asked, 32, &|_, _, _| {}, Stop::never());
        let found = |face: &u32| {
            let list = graph.nearest(embeddings, *face, 32);
            exact[*face as usize].iter().filter(|one| list.contains(one)).count()
        };
        asked.iter().map(found).sum::<usize>() as f64 / (32 * asked.len()) as f64
    }

    #[test]
    fn finds_what_exact_search_finds_also_after_faces_came_and_went() {
        let values = faces(300, 8, 1.2);
        let embeddings = Embeddings::new(32, &values).unwrap();
        let graph = Hnsw::new(&embeddings);
        assert!(recall(&graph, &embeddings) >= 0.98, "{}", recall(&graph, &embeddings));
        // Every fifth face goes, 400 come.
        let kept: Vec<usize> = (0..2000).filter(|face| face % 5 != 0).collect();
        let first = Embeddings::new(32, &values[..2000 * 32]).unwrap();
        let rows: Vec<usize> = kept.iter().copied().chain(2000..2400).collect();
        let next: Vec<f32> = rows.iter().flat_map(|face| embeddings.row(*face)).copied().collect();
        let next = Embeddings::new(32, &next).unwrap();
        let mut now = vec![u32::MAX; 2000];
        for (to, from) in kept.iter().enumerate() {
            now[*from] = to as u32;
        }
        let new: Vec<u32> = (kept.len() as u32..rows.len() as u32).collect();
        let updated = Hnsw::new(&first).updated(&next, &now, &new, Stop::never());
        assert!(recall(&updated, &next) >= 0.98, "{}", recall(&updated, &next));
    }

    #[test]
    fn threads_change_nothing() {
        let values = faces(60, 10, 1.0);
        let embeddings = Embeddings::new(32, &values).unwrap();
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let many = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
        assert_eq!(alone.install(|| Hnsw::new(&embeddings)), many.install(|| Hnsw::new(&embeddings)));
    }
}
