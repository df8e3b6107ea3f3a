//! Exact neighbours by blocked matrix products.
//!
//! The products only choose: what is kept is measured again by [`dot`], so a cosine is the same number in both
//! directions, whatever the blocks, the threads and the processor.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::codes::Codes;
use super::embeddings::dot;
use super::lists::Neighbour;
use super::stop::Work;
use super::{Embeddings, Stop};

/// Rows and columns of a block of products, where some faces are compared with all: 1 MiB, half of a core's second cache.
const ROWS: usize = 128;
const COLUMNS: usize = 2048;
/// Rows and columns of a block where all are compared with all: 1 MiB as well, and square, since both sides take from it.
/// A multiple of 32, for [`Codes::compare`].
const SIDE: usize = 512;
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
    /// How far one of two products may be off against the other.
    slack: f32,
    bar: f32,
    room: usize,
    found: Vec<Neighbour>,
}

impl Nearest {
    fn new(count: usize, slack: f32) -> Self {
        let room = 2 * count + 64;
        Self { count, slack, bar: f32::NEG_INFINITY, room, found: Vec::with_capacity(room) }
    }

    /// Takes one product.
    fn offer(&mut self, face: u32, value: f32) {
        if value >= self.bar {
            self.push(Neighbour { face, value });
        }
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

    fn push(&mut self, neighbour: Neighbour) {
        self.found.push(neighbour);
        if self.found.len() >= self.room && self.count > 0 {
            let (_, last, _) =
                self.found.select_nth_unstable_by(self.count - 1, |one, two| two.value.total_cmp(&one.value));
            self.bar = last.value - self.slack;
            let bar = self.bar;
            self.found.retain(|neighbour| neighbour.value >= bar);
            self.room = self.room.max(2 * self.found.len());
        }
    }

    /// The list, measured again.
    fn list(mut self, embeddings: &Embeddings<'_>, face: usize) -> Box<[Neighbour]> {
        if self.count == 0 {
            return Box::default();
        }
        if self.found.len() > self.count {
            let (_, last, _) =
                self.found.select_nth_unstable_by(self.count - 1, |one, two| two.value.total_cmp(&one.value));
            let bar = last.value - self.slack;
            self.found.retain(|neighbour| neighbour.value >= bar);
        }
        let row = embeddings.row(face);
        for neighbour in &mut self.found {
            neighbour.value = dot(row, embeddings.row(neighbour.face as usize));
        }
        // A row that holds no numbers is near nobody.
        self.found.retain(|neighbour| !neighbour.value.is_nan());
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

/// The `count` nearest others of every face of `asked`, in that order; anything when stopped.
pub(super) fn nearest_of(
    embeddings: &Embeddings<'_>,
    asked: &[u32],
    count: usize,
    seen: &Seen<'_>,
    stop: Stop<'_>,
) -> Vec<Box<[Neighbour]>> {
    let (all, width) = (embeddings.len(), embeddings.width());
    let count = count.min(all.saturating_sub(1));
    stop.expect(Work::Comparing, asked.len().div_ceil(ROWS) * all.div_ceil(COLUMNS));
    asked
        .par_chunks(ROWS)
        .flat_map_iter(|faces| {
            let left: Vec<f32> = faces.iter().flat_map(|face| embeddings.row(*face as usize)).copied().collect();
            let mut nearest: Vec<Nearest> = faces.iter().map(|_| Nearest::new(count, SLACK)).collect();
            let mut out = vec![0.0; faces.len() * COLUMNS.min(all)];
            for first in (0..all).step_by(COLUMNS).take_while(|_| !stop.is_set()) {
                let columns = COLUMNS.min(all - first);
                let out = &mut out[..faces.len() * columns];
                products(&left, embeddings.rows(first, columns), width, out);
                seen(faces, first, out);
                for ((nearest, face), row) in nearest.iter_mut().zip(faces).zip(out.chunks(columns)) {
                    nearest.take(*face, first, row);
                }
                stop.step(Work::Comparing);
            }
            nearest
                .into_iter()
                .zip(faces)
                .map(|(nearest, face)| nearest.list(embeddings, *face as usize))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Pairs of a block that may matter to one of the two: the places in the block, and the cosine.
#[derive(Default)]
pub(super) struct Hits {
    /// At or above the bar of the row.
    pub(super) by_row: Vec<(u32, u32, f32)>,
    /// At or above the bar of the column.
    pub(super) by_column: Vec<(u32, u32, f32)>,
    /// Room for products.
    room: Vec<f32>,
}

/// Notes the pairs of two blocks of faces that are at or above the bar of one of them.
type Compare<'a> = dyn Fn([&Range<usize>; 2], [&[f32]; 2], &mut Hits) + Sync + 'a;

/// The `count` nearest others of every face; anything when stopped.
pub(super) fn nearest_of_all(embeddings: &Embeddings<'_>, count: usize, stop: Stop<'_>) -> Vec<Box<[Neighbour]>> {
    match Codes::new(embeddings) {
        Some(codes) => {
            let compare =
                |faces: [&Range<usize>; 2], bars: [&[f32]; 2], hits: &mut Hits| codes.compare(faces, bars, hits);
            nearest_by(embeddings, count, &compare, codes.slack(), stop)
        }
        None => nearest_by_products(embeddings, count, stop),
    }
}

/// [`nearest_of_all`] on a processor that has no better way.
fn nearest_by_products(embeddings: &Embeddings<'_>, count: usize, stop: Stop<'_>) -> Vec<Box<[Neighbour]>> {
    let compare = |faces: [&Range<usize>; 2], bars: [&[f32]; 2], hits: &mut Hits| {
        let mut out = std::mem::take(&mut hits.room);
        out.resize(SIDE * SIDE, 0.0);
        let [rows, columns] = faces.map(|faces| embeddings.rows(faces.start, faces.len()));
        products(rows, columns, embeddings.width(), &mut out);
        note(&out[..faces[0].len() * faces[1].len()], bars, hits);
        hits.room = out;
    };
    nearest_by(embeddings, count, &compare, SLACK, stop)
}

/// A comparison serves both of its faces, so half of the blocks do.
fn nearest_by(
    embeddings: &Embeddings<'_>,
    count: usize,
    compare: &Compare<'_>,
    slack: f32,
    stop: Stop<'_>,
) -> Vec<Box<[Neighbour]>> {
    let all = embeddings.len();
    let count = count.min(all.saturating_sub(1));
    let sides = all.div_ceil(SIDE);
    let faces_of = |side: usize| side * SIDE..all.min((side + 1) * SIDE);
    let nearest: Vec<Mutex<Vec<Nearest>>> =
        (0..sides).map(|side| Mutex::new(faces_of(side).map(|_| Nearest::new(count, slack)).collect())).collect();
    let open = |side: usize| nearest[side].lock().unwrap_or_else(PoisonError::into_inner);
    // Nobody holds two of them, or one for long: other threads compare with the same faces.
    let bars = |side: usize| open(side).iter().map(|nearest| nearest.bar).collect::<Vec<f32>>();
    let blocks: Vec<(usize, usize)> = (0..sides).flat_map(|right| (0..=right).map(move |left| (left, right))).collect();
    // The lists that are made of them in the end count as well.
    stop.expect(Work::Comparing, blocks.len() + sides);
    blocks.par_iter().for_each_init(Hits::default, |hits, &(left, right)| {
        if stop.is_set() {
            return;
        }
        let (rows, columns) = (faces_of(left), faces_of(right));
        // Compared with themselves, the rows have all of it.
        let over = if left == right { vec![f32::INFINITY; columns.len()] } else { bars(right) };
        compare([&rows, &columns], [&bars(left), &over], hits);
        let mut taking = open(left);
        for (row, column, value) in hits.by_row.drain(..) {
            let other = columns.start as u32 + column;
            if other != rows.start as u32 + row {
                taking[row as usize].offer(other, value);
            }
        }
        drop(taking);
        let mut taking = open(right);
        for (row, column, value) in hits.by_column.drain(..).filter(|_| left != right) {
            taking[column as usize].offer(rows.start as u32 + row, value);
        }
        stop.step(Work::Comparing);
    });
    let lists = |(side, nearest): (usize, Mutex<Vec<Nearest>>)| {
        let nearest = nearest.into_inner().unwrap_or_else(PoisonError::into_inner);
        let list = |(face, nearest): (usize, Nearest)| nearest.list(embeddings, face);
        let lists = faces_of(side).zip(nearest).map(list).collect::<Vec<_>>();
        stop.step(Work::Comparing);
        lists
    };
    nearest.into_par_iter().enumerate().flat_map_iter(lists).collect()
}

/// Notes what of a block of products is at or above a bar.
fn note(products: &[f32], bars: [&[f32]; 2], hits: &mut Hits) {
    for ((row, products), bar) in products.chunks(bars[1].len()).enumerate().zip(bars[0]) {
        for (number, (chunk, over)) in products.chunks(16).zip(bars[1].chunks(16)).enumerate() {
            // As in `Nearest::take`.
            if chunk.iter().zip(over).filter(|(value, over)| *value >= over || *value >= bar).count() == 0 {
                continue;
            }
            for (place, (value, over)) in chunk.iter().zip(over).enumerate() {
                let hit = (row as u32, (16 * number + place) as u32, *value);
                if value >= bar {
                    hits.by_row.push(hit);
                }
                if value >= over {
                    hits.by_column.push(hit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::tests::faces;

    #[test]
    fn every_way_gives_the_lists_that_measuring_all_pairs_gives() {
        // Three blocks, the last one not full; and copies, of which places decide.
        let mut values = faces(130, 8, 1.2);
        values.extend_from_within(..16 * 32);
        let embeddings = Embeddings::new(32, &values).unwrap();
        let all = 0..embeddings.len() as u32;
        for count in [1, 30] {
            let list = |face: u32| {
                let near = |other: u32| dot(embeddings.row(face as usize), embeddings.row(other as usize));
                let others = all.clone().filter(|other| *other != face);
                let mut list: Vec<Neighbour> = others.map(|face| Neighbour { face, value: near(face) }).collect();
                list.sort_unstable_by(|one, two| order(&embeddings, *one, *two));
                list.truncate(count);
                list.into_boxed_slice()
            };
            let expected: Vec<Box<[Neighbour]>> = all.clone().map(list).collect();
            assert_eq!(nearest_of_all(&embeddings, count, Stop::never()), expected);
            assert_eq!(nearest_by_products(&embeddings, count, Stop::never()), expected);
            let asked: Vec<u32> = all.clone().collect();
            assert_eq!(nearest_of(&embeddings, &asked, count, &|_, _, _| {}, Stop::never()), expected);
        }
    }
}
