//! Faces in 16-bit numbers, for processors that multiply and add two pairs of those where others do one of f32 (AVX-512
//! VNNI, AVX2): comparing all faces of a large library with all others is nearly all of the work there is.
//!
//! As with the products of [`super::exact`], what comes out only chooses who is measured.

use std::ops::Range;

use super::Embeddings;
use super::exact::{Hits, SLACK};

/// A number 1 as a code. Rows have length 1, so a sum of products of codes stays below 2³¹.
const ONE: f32 = 30_000.0;
/// The longest row that sum has room for.
const LONGEST: f32 = 1.02;
/// Faces whose codes lie side by side.
const LANES: usize = 16;
/// A block ends after a multiple of so many faces; those that are not there have codes of zeros.
const COLUMNS: usize = 2 * LANES;

/// The instructions that compare codes. All give the same sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kernel {
    /// AVX-512 VNNI: both steps of sixteen sums are one instruction.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2: eight sums, in two.
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Kernel {
    /// Those that this processor has, the fastest first.
    fn known() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            let has_avx512 =
                std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512vnni");
            let known = [(Self::Avx512, has_avx512), (Self::Avx2, std::arch::is_x86_feature_detected!("avx2"))];
            known.into_iter().filter_map(|(kernel, is_known)| is_known.then_some(kernel)).collect()
        }
        #[cfg(not(target_arch = "x86_64"))]
        Vec::new()
    }
}

/// The codes of all faces: for every sixteen faces and every two places of a row, sixteen words of two codes each.
pub(super) struct Codes {
    words: Vec<[i32; LANES]>,
    /// Words of a face.
    depth: usize,
    /// How far the cosine of two faces' codes may be from that of the faces.
    error: f32,
    kernel: Kernel,
}

impl Codes {
    /// Nothing where the processor knows no better way than products of f32, or where rows are too long.
    pub(super) fn new(embeddings: &Embeddings<'_>) -> Option<Self> {
        Self::with(Kernel::known().first().copied()?, embeddings)
    }

    /// For a kernel that this processor has.
    fn with(kernel: Kernel, embeddings: &Embeddings<'_>) -> Option<Self> {
        let depth = embeddings.width().div_ceil(2);
        let mut words = vec![[0; LANES]; embeddings.len().next_multiple_of(COLUMNS) / LANES * depth];
        let (mut farthest, mut longest) = (0.0f32, 0.0f32);
        for face in 0..embeddings.len() {
            let row = embeddings.row(face);
            let own = &mut words[face / LANES * depth..][..depth];
            let (mut off, mut length) = (0.0f32, 0.0f32);
            for (word, pair) in own.iter_mut().zip(row.chunks(2)) {
                let code = |place: usize| (pair.get(place).copied().unwrap_or_default() * ONE).round() as i16;
                let codes = [code(0), code(1)];
                for (value, code) in pair.iter().zip(codes) {
                    off += (value - f32::from(code) / ONE).powi(2);
                    length += value * value;
                }
                word[face % LANES] = i32::from(codes[0] as u16) | i32::from(codes[1]) << 16;
            }
            (farthest, longest) = (farthest.max(off.sqrt()), longest.max(length.sqrt()));
        }
        // Cauchy and Schwarz, once for each of the two; and what f32 loses on the way.
        let error = farthest * (2.0 * longest + farthest) + SLACK;
        (longest <= LONGEST).then_some(Self { words, depth, error, kernel })
    }

    /// Twice the error: both of two cosines may be off.
    pub(super) fn slack(&self) -> f32 {
        2.0 * self.error
    }

    /// Notes every pair of these faces at or above the bar of one of the two. Both ranges begin at a multiple of 32.
    pub(super) fn compare(&self, [rows, columns]: [&Range<usize>; 2], bars: [&[f32]; 2], hits: &mut Hits) {
        let words = |faces: &Range<usize>| {
            let sixteens = faces.start / LANES..faces.end.next_multiple_of(COLUMNS) / LANES;
            &self.words[sixteens.start * self.depth..sixteens.end * self.depth]
        };
        let bars = bars.map(|bars| {
            let mut numbers: Vec<i32> = bars.iter().map(|bar| (bar * ONE * ONE).floor() as i32).collect();
            numbers.resize(bars.len().next_multiple_of(COLUMNS), i32::MAX);
            numbers
        });
        let (count, bars) = ([rows.len(), columns.len()], [&bars[0][..], &bars[1][..]]);
        let mut block = Block { count, bars, depth: self.depth, hits };
        let (rows, columns) = (words(rows), words(columns));
        match self.kernel {
            // SAFETY: `Kernel::known` gives a kernel only where the processor has its instructions.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => unsafe { avx512::compare(&mut block, rows, columns) },
            // SAFETY: the same.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => unsafe { avx2::compare(&mut block, rows, columns) },
        }
    }
}

/// Two blocks of faces, compared.
struct Block<'a> {
    /// Faces of the two sides; the rest of the last 32 is nobody.
    count: [usize; 2],
    bars: [&'a [i32]; 2],
    depth: usize,
    hits: &'a mut Hits,
}

impl Block<'_> {
    /// Notes sums of one row with neighbouring columns: those whose bit is set in the first mask for the row, those whose bit
    /// is set in the second for the column.
    #[cold]
    fn take(&mut self, [row, column]: [usize; 2], masks: [u32; 2], sums: &[i32]) {
        if row >= self.count[0] {
            return;
        }
        let room = self.count[1].saturating_sub(column);
        for (mask, hits) in masks.into_iter().zip([&mut self.hits.by_row, &mut self.hits.by_column]) {
            let mut left = mask;
            while left != 0 {
                let lane = left.trailing_zeros() as usize;
                left &= left - 1;
                if lane < room {
                    hits.push((row as u32, (column + lane) as u32, sums[lane] as f32 / (ONE * ONE)));
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512i, _mm512_cmpge_epi32_mask, _mm512_dpwssd_epi32, _mm512_loadu_si512, _mm512_set1_epi32,
        _mm512_setzero_si512, _mm512_storeu_si512,
    };

    use super::{Block, COLUMNS, LANES};

    /// Faces of one side that are compared at once with two sixteens of the other: 16 sums, in registers.
    const ROWS: usize = 8;

    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) fn compare(block: &mut Block<'_>, rows: &[[i32; LANES]], columns: &[[i32; LANES]]) {
        for (number, columns) in columns.chunks_exact(2 * block.depth).enumerate() {
            let (one, two) = columns.split_at(block.depth);
            for (sixteen, rows) in rows.chunks_exact(block.depth).enumerate() {
                let sums = tile::<0>(rows, one, two);
                note(block, [LANES * sixteen, COLUMNS * number], &sums);
                let sums = tile::<ROWS>(rows, one, two);
                note(block, [LANES * sixteen + ROWS, COLUMNS * number], &sums);
            }
        }
    }

    /// Notes what of a tile is at or above a bar; `from` are the places of its first face on both sides.
    #[target_feature(enable = "avx512f,avx512vnni")]
    fn note(block: &mut Block<'_>, from: [usize; 2], sums: &[[__m512i; 2]; ROWS]) {
        let [bars, overs] = block.bars;
        let over = [load(&overs[from[1]..]), load(&overs[from[1] + LANES..])];
        for (row, (sums, bar)) in sums.iter().zip(&bars[from[0]..]).enumerate() {
            let bar = _mm512_set1_epi32(*bar);
            for (half, (sum, over)) in sums.iter().zip(over).enumerate() {
                let by_row = _mm512_cmpge_epi32_mask(*sum, bar);
                let by_column = _mm512_cmpge_epi32_mask(*sum, over);
                if by_row | by_column != 0 {
                    let mut values = [0; LANES];
                    // SAFETY: there is room for sixteen numbers.
                    unsafe { _mm512_storeu_si512(values.as_mut_ptr().cast(), *sum) };
                    let place = [from[0] + row, from[1] + LANES * half];
                    block.take(place, [by_row, by_column].map(u32::from), &values);
                }
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    fn load(numbers: &[i32]) -> __m512i {
        let numbers = &numbers[..LANES];
        // SAFETY: as just seen, there are sixteen numbers.
        unsafe { _mm512_loadu_si512(numbers.as_ptr().cast()) }
    }

    /// The sums of products of eight faces, from the one at place `FROM` of a sixteen on, with those of two sixteens.
    #[target_feature(enable = "avx512f,avx512vnni")]
    fn tile<const FROM: usize>(
        rows: &[[i32; LANES]],
        one: &[[i32; LANES]],
        two: &[[i32; LANES]],
    ) -> [[__m512i; 2]; ROWS] {
        let mut sums = [[_mm512_setzero_si512(); 2]; ROWS];
        for ((rows, one), two) in rows.iter().zip(one).zip(two) {
            let (one, two) = (load(one), load(two));
            for (row, [first, second]) in sums.iter_mut().enumerate() {
                let word = _mm512_set1_epi32(rows[FROM + row]);
                *first = _mm512_dpwssd_epi32(*first, word, one);
                *second = _mm512_dpwssd_epi32(*second, word, two);
            }
        }
        sums
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi32, _mm256_castsi256_ps, _mm256_cmpgt_epi32, _mm256_loadu_si256, _mm256_madd_epi16,
        _mm256_movemask_ps, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_storeu_si256,
    };

    use super::{Block, LANES};

    /// Faces of one side that are compared at once with sixteen of the other: 8 sums, which with the codes and the products
    /// on their way fill the 16 registers.
    const ROWS: usize = 4;
    /// Faces side by side in a register.
    const EIGHT: usize = LANES / 2;

    #[target_feature(enable = "avx2")]
    pub(super) fn compare(block: &mut Block<'_>, rows: &[[i32; LANES]], columns: &[[i32; LANES]]) {
        for (number, columns) in columns.chunks_exact(block.depth).enumerate() {
            for (sixteen, rows) in rows.chunks_exact(block.depth).enumerate() {
                let from = [LANES * sixteen, LANES * number];
                note(block, from, &tile::<0>(rows, columns));
                note(block, [from[0] + ROWS, from[1]], &tile::<ROWS>(rows, columns));
                note(block, [from[0] + 2 * ROWS, from[1]], &tile::<{ 2 * ROWS }>(rows, columns));
                note(block, [from[0] + 3 * ROWS, from[1]], &tile::<{ 3 * ROWS }>(rows, columns));
            }
        }
    }

    /// Notes what of a tile is at or above a bar; `from` are the places of its first face on both sides.
    #[target_feature(enable = "avx2")]
    fn note(block: &mut Block<'_>, from: [usize; 2], sums: &[[__m256i; 2]; ROWS]) {
        let [bars, overs] = block.bars;
        let over = load(&overs[from[1]..]);
        for (row, (sums, bar)) in sums.iter().zip(&bars[from[0]..]).enumerate() {
            let bar = _mm256_set1_epi32(*bar);
            for (half, (sum, over)) in sums.iter().zip(over).enumerate() {
                let (by_row, by_column) = (reached(*sum, bar), reached(*sum, over));
                if by_row | by_column != 0 {
                    let mut values = [0; EIGHT];
                    // SAFETY: there is room for eight numbers.
                    unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), *sum) };
                    block.take([from[0] + row, from[1] + EIGHT * half], [by_row, by_column], &values);
                }
            }
        }
    }

    /// Which of eight numbers are at or above others: a bit for each.
    #[target_feature(enable = "avx2")]
    fn reached(numbers: __m256i, bars: __m256i) -> u32 {
        let below = _mm256_cmpgt_epi32(bars, numbers);
        !_mm256_movemask_ps(_mm256_castsi256_ps(below)) as u32 & 0xff
    }

    #[target_feature(enable = "avx2")]
    fn load(numbers: &[i32]) -> [__m256i; 2] {
        let numbers = &numbers[..LANES];
        // SAFETY: as just seen, there are sixteen numbers.
        unsafe { [_mm256_loadu_si256(numbers.as_ptr().cast()), _mm256_loadu_si256(numbers.as_ptr().add(EIGHT).cast())] }
    }

    /// The sums of products of four faces, from the one at place `FROM` of a sixteen on, with those of a sixteen.
    #[target_feature(enable = "avx2")]
    fn tile<const FROM: usize>(rows: &[[i32; LANES]], columns: &[[i32; LANES]]) -> [[__m256i; 2]; ROWS] {
        let mut sums = [[_mm256_setzero_si256(); 2]; ROWS];
        for (rows, columns) in rows.iter().zip(columns) {
            let [one, two] = load(columns);
            for (row, [first, second]) in sums.iter_mut().enumerate() {
                let word = _mm256_set1_epi32(rows[FROM + row]);
                *first = _mm256_add_epi32(*first, _mm256_madd_epi16(word, one));
                *second = _mm256_add_epi32(*second, _mm256_madd_epi16(word, two));
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::embeddings::dot;
    use crate::cluster::tests::faces;

    #[test]
    fn what_is_over_a_bar_is_noted_and_nothing_else() {
        // An odd width, and blocks that do not end with a register.
        let values: Vec<f32> = faces(9, 9, 1.4).chunks(32).flat_map(|row| row[..31].to_vec()).collect();
        let embeddings = Embeddings::new(31, &values).unwrap();
        for kernel in Kernel::known() {
            check(&Codes::with(kernel, &embeddings).unwrap(), &embeddings);
        }
    }

    fn check(codes: &Codes, embeddings: &Embeddings<'_>) {
        assert!(codes.slack() < 0.001, "{}", codes.slack());
        let (rows, columns) = (0..75, 32..81);
        let bar = |face: usize| [0.2, 0.5, 2.0, f32::NEG_INFINITY][face % 4];
        let bars = [&rows, &columns].map(|faces| faces.clone().map(bar).collect::<Vec<f32>>());
        let mut hits = Hits::default();
        codes.compare([&rows, &columns], [&bars[0], &bars[1]], &mut hits);
        for row in rows.clone() {
            for column in columns.clone() {
                let cosine = dot(embeddings.row(row), embeddings.row(column));
                for (noted, bar) in [(&hits.by_row, bar(row)), (&hits.by_column, bar(column))] {
                    let mut found = noted.iter().filter(|hit| (hit.0 as usize, hit.1 as usize + 32) == (row, column));
                    match found.next() {
                        Some(hit) => assert!((hit.2 - cosine).abs() <= codes.error && cosine >= bar - codes.slack()),
                        None => assert!(cosine <= bar + codes.slack(), "{row} and {column}: {cosine}, bar {bar}"),
                    }
                    assert!(found.next().is_none(), "{row} and {column}, twice");
                }
            }
        }
    }

    #[test]
    fn every_kernel_gives_the_sums_of_plain_code() {
        let values = faces(9, 9, 1.4);
        let embeddings = Embeddings::new(32, &values).unwrap();
        let code = |value: &f32| (value * ONE).round() as i64;
        let plain = |row: usize, column: usize| -> i64 {
            embeddings.row(row).iter().zip(embeddings.row(column)).map(|(one, two)| code(one) * code(two)).sum()
        };
        let (rows, columns) = (0..81, 32..81);
        let bars = [&rows, &columns].map(|faces| vec![f32::NEG_INFINITY; faces.len()]);
        for kernel in Kernel::known() {
            let codes = Codes::with(kernel, &embeddings).unwrap();
            let mut hits = Hits::default();
            codes.compare([&rows, &columns], [&bars[0], &bars[1]], &mut hits);
            for noted in [&mut hits.by_row, &mut hits.by_column] {
                noted.sort_unstable_by_key(|hit| (hit.0, hit.1));
                let all = rows.clone().flat_map(|row| columns.clone().map(move |column| (row, column)));
                let expected = all.map(|(row, column)| {
                    (row as u32, column as u32 - 32, plain(row, column) as i32 as f32 / (ONE * ONE))
                });
                assert_eq!(*noted, expected.collect::<Vec<_>>(), "{kernel:?}");
            }
        }
    }

    #[test]
    fn rows_that_are_too_long_have_no_codes() {
        assert!(Codes::new(&Embeddings::new(2, &[0.9, 0.9]).unwrap()).is_none());
    }
}
