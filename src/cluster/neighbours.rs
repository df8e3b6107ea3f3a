//! Exact nearest neighbours, in blocks that stay in the cache, rows shared among the threads.

use rayon::prelude::*;

use super::Embeddings;
use super::embeddings::{dot, manhattan};

/// A neighbour: nearer comes first, equal distances by place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Whose.
    pub face: u32,
    /// How near: cosine (larger is nearer) or distance (smaller is nearer), as the list was asked for.
    pub value: f32,
}

/// Rows of others looked at together: 64 × 512 numbers are 128 KiB.
const BLOCK: usize = 64;
/// Rows one task keeps lists for.
const ROWS: usize = 16;

/// Every face's `count` nearest others by cosine, most similar first, itself left out.
#[must_use]
pub fn nearest(embeddings: &Embeddings<'_>, count: usize) -> Vec<Vec<Neighbour>> {
    lists(embeddings, count, &dot, true)
}

/// Every face's `count` nearest others by L1 distance, nearest first, itself left out.
pub(super) fn nearest_manhattan(embeddings: &Embeddings<'_>, count: usize) -> Vec<Vec<Neighbour>> {
    lists(embeddings, count, &manhattan, false)
}

fn lists(
    embeddings: &Embeddings<'_>,
    count: usize,
    measure: &(dyn Fn(&[f32], &[f32]) -> f32 + Sync),
    larger_is_nearer: bool,
) -> Vec<Vec<Neighbour>> {
    let all = embeddings.len();
    let count = count.min(all.saturating_sub(1));
    let tasks: Vec<usize> = (0..all).step_by(ROWS).collect();
    let order = |a: &Neighbour, b: &Neighbour| {
        let by_value = if larger_is_nearer { b.value.total_cmp(&a.value) } else { a.value.total_cmp(&b.value) };
        by_value.then(a.face.cmp(&b.face))
    };
    tasks
        .into_par_iter()
        .flat_map_iter(|first| {
            let rows = first..(first + ROWS).min(all);
            let mut found: Vec<Vec<Neighbour>> = vec![Vec::with_capacity(2 * count + BLOCK); rows.len()];
            for start in (0..all).step_by(BLOCK) {
                for (list, face) in found.iter_mut().zip(rows.clone()) {
                    let row = embeddings.row(face);
                    for other in start..(start + BLOCK).min(all) {
                        if other != face {
                            list.push(Neighbour { face: other as u32, value: measure(row, embeddings.row(other)) });
                        }
                    }
                    if list.len() >= 2 * count + BLOCK / 2 && count > 0 {
                        list.select_nth_unstable_by(count - 1, order);
                        list.truncate(count);
                    }
                }
            }
            for list in &mut found {
                list.sort_unstable_by(order);
                list.truncate(count);
                list.shrink_to_fit();
            }
            found
        })
        .collect()
}
