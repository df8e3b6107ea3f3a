//! Which pairs of faces are looked at: those of whom one is near the head of the other's list.

use rayon::prelude::*;

use super::Faces;
use super::constraints::Rules;
use super::links::Edge;

/// Neighbours of a face that become candidate pairs, and the least cosine of one.
const CANDIDATES: usize = 32;
const LEAST_COSINE: f32 = 0.2;
/// A list in which every neighbour is this near shows only copies of one picture (a burst); the rest of it is taken as
/// well, so that copies cannot hide the rest of the person.
const COPY_COSINE: f32 = 0.95;

/// The union of all faces' neighbour lists, by places in the canonical order: for each its others, ascending, whose own edges
/// are still to be found.
pub(super) fn candidates(faces: &Faces<'_>, order: &[u32], rules: &Rules) -> Vec<Vec<Edge>> {
    let mut place = vec![0u32; order.len()];
    for (at, face) in order.iter().enumerate() {
        place[*face as usize] = at as u32;
    }
    let near = |at: usize| {
        let list = faces.lists.of(order[at] as usize);
        let near = list.get(..CANDIDATES).unwrap_or(list);
        let copies = near.len() == CANDIDATES && near.last().is_some_and(|last| last.value > COPY_COSINE);
        let list = if copies { list } else { near };
        list.iter().take_while(|neighbour| neighbour.value > LEAST_COSINE)
    };
    // Counted first: lists that grow by doubling would take twice the memory, which is what a million faces have least of.
    let mut count = vec![0; order.len()];
    for at in 0..order.len() {
        for neighbour in near(at) {
            count[at] += 1;
            count[place[neighbour.face as usize] as usize] += 1;
        }
    }
    let mut edges: Vec<Vec<Edge>> = count.into_iter().map(Vec::with_capacity).collect();
    for at in 0..order.len() {
        for neighbour in near(at) {
            let other = place[neighbour.face as usize];
            let shared = rules.shared(at, other as usize);
            edges[at].push(Edge { other, back: 0, similarity: neighbour.value, shared });
            edges[other as usize].push(Edge { other: at as u32, back: 0, similarity: neighbour.value, shared });
        }
    }
    edges.par_iter_mut().for_each(|edges| {
        edges.sort_unstable_by_key(|edge| edge.other);
        edges.dedup_by_key(|edge| edge.other);
        edges.shrink_to_fit();
    });
    edges
}
