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
    // Every thread has its share of the faces, and sees all lists for those that name one of them.
    let share = order.len().div_ceil(rayon::current_num_threads()).max(1);
    let shares: Vec<std::ops::Range<usize>> =
        (0..order.len()).step_by(share).map(|from| from..order.len().min(from + share)).collect();
    let edges_of = |own: std::ops::Range<usize>| {
        let pairs = || (0..order.len()).flat_map(|at| near(at).map(move |one| (at, one)));
        // Counted first: lists that grow by doubling would take twice the memory, which is what a million faces have least of.
        let mut count = vec![0; own.len()];
        for (at, neighbour) in pairs() {
            for place in [at, place[neighbour.face as usize] as usize].into_iter().filter(|place| own.contains(place)) {
                count[place - own.start] += 1;
            }
        }
        let mut edges: Vec<Vec<Edge>> = count.into_iter().map(Vec::with_capacity).collect();
        for (at, neighbour) in pairs() {
            let other = place[neighbour.face as usize] as usize;
            for (one, two) in [(at, other), (other, at)].into_iter().filter(|(one, _)| own.contains(one)) {
                edges[one - own.start].push(Edge::fresh(two as u32, neighbour.value, rules.shared(at, other)));
            }
        }
        for edges in &mut edges {
            edges.sort_unstable_by_key(|edge| edge.other);
            edges.dedup_by_key(|edge| edge.other);
            edges.shrink_to_fit();
        }
        edges
    };
    shares.into_par_iter().flat_map_iter(edges_of).collect()
}
