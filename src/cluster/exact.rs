//! Exact neighbours by blocked matrix products.
//!
//! The products only choose: what is kept is measured again by [`dot`], so a cosine is the same number in both
//! directions, whatever the blocks, the threads and the processor.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::Embeddings;
use super::embeddings::dot;
use super::lists::Neighbour;

/// Rows and columns of a block of products: 1 MiB, half of a core's second cache.
const ROWS: usize = 128;
const COLUMNS: usize = 2048;
/// How far a product may be from [`dot`]; 512 rounded sums of unit vectors stay below a tenth of it.
pub(super) const SLACK: f32 = 4e-6;

/// The order of a list: most similar first; equal ones by what their rows hold, copies by place.
pub(super) fn order(embeddings: &Embeddings<'_>, one: Neighbour, two: Neighbour) -> Ordering {
    two.value
        .total_cmp(&one.value)
        .then_with(|| embeddings.compare(one.face as usize, two.face as usize))
        .then(one.face.cmp(&two.face))
}

/// The nearest seen so far, and some more: those that rounding might have put behind.
pub(super) struct Nearest {
    count: usize,
    bar: f32,
    room: usize,
    found: Vec<Neighbour>,
}

impl Nearest {
    pub(super) fn new(count: usize) -> Self {
        let room = 2 * count + 64;
        Self { count, bar: f32::NEG_INFINITY, room, found: Vec::with_capacity(room) }
    }

    /// Takes a block's row of products; `first` is the face of the first.
    fn take(&mut self, itself: u32, first: usize, products: &[f32]) {
        for (number, chunk) in products.chunks(16).enumerate() {
            let bar = self.bar;
            // Without a way out in the middle, so that it becomes one comparison of vectors.
            if chunk.iter().filter(|value| **value >= bar).count() == 0 {
                continue;
            }
            for (place, value) in chunk.iter().enumerate() {
                let face = (first + 16 * number + place) as u32;
                if *value >= self.bar && face != itself {
                    self.push(Neighbour { face, value: *value });
                }
            }
        }
    }

    pub(super) fn push(&mut self, neighbour: Neighbour) {
        self.found.push(neighbour);
        if self.found.len() >= self.room && self.count > 0 {
            let (_, last, _) =
                self.found.select_nth_unstable_by(self.count - 1, |one, two| two.value.total_cmp(&one.value));
            self.bar = last.value - SLACK;
            let bar = self.bar;
            self.found.retain(|neighbour| neighbour.value >= bar);
            self.room = self.room.max(2 * self.found.len());
        }
    }

    /// The list, measured again.
    pub(super) fn list(mut self, embeddings: &Embeddings<'_>, face: usize) -> Box<[Neighbour]> {
        if self.count == 0 {
            return Box::default();
        }
        if self.found.len() > self.count {
            let (_, last, _) =
                self.found.select_nth_unstable_by(self.count - 1, |one, two| two.value.total_cmp(&one.value));
            let bar = last.value - SLACK;
            self.found.retain(|neighbour| neighbour.value >= bar);
        }
        let row = embeddings.row(face);
        for neighbour in &mut self.found {
            neighbour.value = dot(row, embeddings.row(neighbour.face as usize));
        }
        self.found.sort_unstable_by(|one, two| order(embeddings, *one, *two));
        self.found.truncate(self.count);
        self.found.into_boxed_slice()
    }
}

/// `out[i][j]` = row i of `left` · row j of `right`, rows of `width` numbers.
fn products(left: &[f32], right: &[f32], width: usize, out: &mut [f32]) {
    let (rows, columns) = (left.len() / width, right.len() / width);
    assert!(left.len() == rows * width && right.len() == columns * width && out.len() >= rows * columns);
    let (stride, row) = (width as isize, columns as isize);
    // SAFETY: the three pointers cover rows × width, columns × width and rows × columns numbers, as just asserted; `out`
    // is borrowed alone.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            width,
            out.as_mut_ptr(),
            1,
            row,
            false,
            left.as_ptr(),
            1,
            stride,
            right.as_ptr(),
            stride,
            1,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// Is shown every block of products: the faces asked for, the first of the others, and the numbers row by row.
pub(super) type Seen<'a> = dyn Fn(&[u32], usize, &[f32]) + Sync + 'a;

/// The `count` nearest others of every face of `asked`, in that order.
pub(super) fn nearest_of(
    embeddings: &Embeddings<'_>,
    asked: &[u32],
    count: usize,
    seen: &Seen<'_>,
) -> Vec<Box<[Neighbour]>> {
    let (all, width) = (embeddings.len(), embeddings.width());
    let count = count.min(all.saturating_sub(1));
    asked
        .par_chunks(ROWS)
        .flat_map_iter(|faces| {
            let left: Vec<f32> = faces.iter().flat_map(|face| embeddings.row(*face as usize)).copied().collect();
            let mut nearest: Vec<Nearest> = faces.iter().map(|_| Nearest::new(count)).collect();
            let mut out = vec![0.0; faces.len() * COLUMNS.min(all)];
            for first in (0..all).step_by(COLUMNS) {
                let columns = COLUMNS.min(all - first);
                let out = &mut out[..faces.len() * columns];
                products(&left, embeddings.rows(first, columns), width, out);
                seen(faces, first, out);
                for ((nearest, face), row) in nearest.iter_mut().zip(faces).zip(out.chunks(columns)) {
                    nearest.take(*face, first, row);
                }
            }
            nearest
                .into_iter()
                .zip(faces)
                .map(|(nearest, face)| nearest.list(embeddings, *face as usize))
                .collect::<Vec<_>>()
        })
        .collect()
}
