//! Convolutions in fixed point of 16 bits, two taps to an instruction: `VPMADDWD` and an addition on AVX2, `VPDPWSSD` where the
//! processor has it. Twice the products of f32 in the same time, where the processor multiplies 16-bit numbers as often in a
//! cycle as it multiplies f32 (see [`Width::narrow`]).
//!
//! The largest number of a picture becomes 32,767, all others whole numbers on that scale. Weights are scaled column by column, as
//! large as they can be while no sum of a [`CHUNK`] can pass 32 bits, whatever the picture; after each chunk sums go on in f32.
//! Sums of whole numbers are exact, so every kernel here gives the same to the last bit. Pictures have no negative numbers:
//! layers come after a `ReLU` (which is what lets weights be twice as large).

#[allow(clippy::wildcard_imports, reason = "a kernel is made of intrinsics")]
use std::arch::x86_64::*;
use std::cell::RefCell;

use super::fixed::{factors, fill};
use super::kernel::MOST_ROWS;
use super::lanes::Lanes;
use super::layer::{Finish, Gather, place};

/// Taps whose sum stays in 32 bits. Fewer would let weights be larger, and cost more additions in f32.
const CHUNK: usize = 32;
/// Columns of a line.
const LINE: usize = 16;
/// Numbers of input that stay in the second-level cache beside the weights that pass by.
const BLOCK_NUMBERS: usize = 256 * 1024;

/// Kernels for one instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// AVX2.
    Narrow,
    /// AVX2 with `VPDPWSSD` (AVX-VNNI).
    NarrowDot,
    /// AVX-512 with `VPDPWSSD` (AVX512-VNNI).
    WideDot,
}

impl Width {
    /// Those of registers of 256 bits, where they are quicker than f32. Haswell, Broadwell and Zen 2 multiply 16-bit numbers half as
    /// often as f32; those that do it as often and came with VAES (Ice Lake, Zen 3) or AVX-VNNI (Alder Lake) tell themselves apart.
    /// Skylake does it as often, too, but no mark of its own tells it from Zen 2; it stays with f32.
    pub(super) fn narrow() -> Option<Self> {
        if !is_x86_feature_detected!("avx2") || !is_x86_feature_detected!("fma") {
            None
        } else if is_x86_feature_detected!("avxvnni") {
            Some(Self::NarrowDot)
        } else {
            is_x86_feature_detected!("vaes").then_some(Self::Narrow)
        }
    }

    /// Those of registers of 512 bits. Before AVX512-VNNI an addition of its own ate up what the pairs won.
    pub(super) fn wide() -> Option<Self> {
        let vectors = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("avx512f");
        (vectors && is_x86_feature_detected!("avx512vnni")).then_some(Self::WideDot)
    }

    /// Rows of a tile.
    const fn rows(self) -> usize {
        match self {
            Self::Narrow | Self::NarrowDot => 6,
            Self::WideDot => 12,
        }
    }

    /// Lines of the widest tile.
    const fn lines(self) -> usize {
        match self {
            Self::Narrow | Self::NarrowDot => 1,
            Self::WideDot => 2,
        }
    }

    /// The kernel for tiles of so many lines.
    fn kernel(self, lines: usize) -> unsafe fn(&Tile) {
        match (self, lines) {
            (Self::Narrow, _) => narrow,
            (Self::NarrowDot, _) => narrow_dot,
            (Self::WideDot, 1) => wide_dot::<1>,
            (Self::WideDot, _) => wide_dot::<2>,
        }
    }
}

/// Two taps of 16 columns.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code, reason = "kernels read it through a pointer")] [u32; LINE]);

/// Weights in the order the kernels read them: panels of one or two lines, each line of a panel for every two taps.
pub(super) struct Pairs {
    width: Width,
    lines: Vec<Line>,
    /// Lines of each panel.
    panels: Vec<usize>,
    /// What a weight of each column was divided by.
    scales: Vec<f32>,
    /// Taps of a row.
    depth: usize,
    /// Taps of a chunk.
    chunk: usize,
}

impl Pairs {
    /// Whether runs of `depth` taps come in pairs.
    pub(super) const fn fits(depth: usize) -> bool {
        depth.is_multiple_of(2)
    }

    /// Packs `segments · depth` rows of `columns` weights, row by row. Columns are filled up with zeros to a multiple of 16.
    pub(super) fn new(width: Width, weights: &[f32], columns: usize, (segments, depth): (usize, usize)) -> Self {
        assert!(Self::fits(depth) && weights.len() == segments * depth * columns);
        let padded = columns.next_multiple_of(LINE);
        let mut panels = Vec::new();
        let mut left = padded / LINE;
        while left > 0 {
            panels.push(left.min(width.lines()));
            left -= left.min(width.lines());
        }
        // Chunks of a segment of about one size.
        let chunk = depth.div_ceil(depth.div_ceil(CHUNK)).next_multiple_of(2);
        let mut factors = factors(weights, columns, depth, chunk);
        // Rounded by hand: `round` would be a call into the system's library for each of 23 million weights.
        let rounded = |weight: f32, factor: f32| (weight * factor + 0.5_f32.copysign(weight)) as i16 as u16;
        let mut lines = Vec::with_capacity(segments * depth / 2 * padded / LINE);
        let mut first = 0;
        for panel in &panels {
            for pair in weights.chunks_exact(2 * columns) {
                let (one, two) = pair.split_at(columns);
                lines.extend((first..first + panel * LINE).step_by(LINE).map(|first| {
                    Line(std::array::from_fn(|at| match factors.get(first + at) {
                        Some(factor) => {
                            let (one, two) = (rounded(one[first + at], *factor), rounded(two[first + at], *factor));
                            u32::from(one) | u32::from(two) << 16
                        }
                        None => 0,
                    }))
                }));
            }
            first += panel * LINE;
        }
        for factor in &mut factors {
            *factor = if *factor > 0.0 { 1.0 / *factor } else { 0.0 };
        }
        factors.resize(padded, 0.0);
        Self { width, lines, panels, scales: factors, depth: segments * depth, chunk }
    }

    /// As [`super::layer::Packed::run`]; the caller has checked every row against its slice.
    pub(super) fn run(&self, input: Gather<'_>, finish: &mut Finish<'_, '_>) {
        let Gather { data, rows, segments, depth, picture } = input;
        assert!(segments.len() * depth == self.depth && Self::fits(depth));
        let height = self.width.rows();
        let block = (BLOCK_NUMBERS / self.depth.max(1)).next_multiple_of(height).max(height);
        ROOM.with_borrow_mut(|room| {
            let Room { numbers, scales, row_scales } = room;
            // SAFETY: every width has AVX2.
            unsafe { fill(data, picture, numbers, scales) };
            row_scales.clear();
            row_scales.extend(rows.iter().map(|row| scales[*row as usize / picture]));
            row_scales.resize(rows.len() + MOST_ROWS, 0.0);
            let mut totals = [[0.0f32; 2 * LINE]; MOST_ROWS];
            let mut scrap = [0.0f32; 2 * LINE];
            let scrap = scrap.as_mut_ptr();
            for start in (0..rows.len()).step_by(block) {
                let end = (start + block).min(rows.len());
                let (mut line, mut column) = (0, 0);
                for panel in &self.panels {
                    let kernel = self.width.kernel(*panel);
                    let (number, first_column) = place(finish.outputs, column);
                    let (output, places) = (finish.outputs[number].data.as_mut_ptr(), finish.outputs[number].rows);
                    let mut tile = Tile {
                        input: [numbers.as_ptr(); MOST_ROWS],
                        output: [scrap; MOST_ROWS],
                        segments: segments.as_ptr(),
                        segment_count: segments.len(),
                        depth,
                        chunk: self.chunk,
                        weights: self.lines[line..].as_ptr().cast(),
                        row_scales: row_scales.as_ptr(),
                        scales: self.scales[column..].as_ptr(),
                        bias: finish.bias[column..].as_ptr(),
                        slope: finish.slope.map_or(std::ptr::null(), |slope| slope[column..].as_ptr()),
                        totals: totals.as_mut_ptr().cast(),
                        add: finish.add,
                    };
                    for first in (start..end).step_by(height) {
                        let rest = (end - first).min(height);
                        tile.row_scales = row_scales[first..].as_ptr();
                        for row in 0..height {
                            if row < rest {
                                tile.input[row] = numbers.as_ptr().wrapping_add(rows[first + row] as usize);
                                tile.output[row] = output.wrapping_add(places[first + row] as usize + first_column);
                            } else {
                                tile.input[row] = tile.input[0];
                                tile.output[row] = scrap;
                            }
                        }
                        // SAFETY: the caller bounded every row's input, which `fill` brought to the same places, and its
                        // output; a panel's weights, scales, bias and slope were made with `depth` rows and so many lines;
                        // `Width` says what this processor has.
                        unsafe { kernel(&tile) };
                    }
                    line += self.depth / 2 * panel;
                    column += panel * LINE;
                }
            }
        });
    }
}

/// What a thread uses again and again.
#[derive(Default)]
struct Room {
    /// The input in fixed point.
    numbers: Vec<i16>,
    /// What one step of a picture's fixed point is worth.
    scales: Vec<f32>,
    /// The same for every row.
    row_scales: Vec<f32>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

/// One tile of work. Rows beyond what is wanted point at the first row's input and at a scrap of output.
struct Tile {
    /// Where each row's input begins.
    input: [*const i16; MOST_ROWS],
    /// Where each row's output goes.
    output: [*mut f32; MOST_ROWS],
    /// Offset of each segment from the row's beginning, in numbers.
    segments: *const usize,
    segment_count: usize,
    /// Numbers in a segment, and in a chunk of it; both even.
    depth: usize,
    chunk: usize,
    /// For every two taps a pair a column.
    weights: *const u32,
    /// One number a row: of its picture.
    row_scales: *const f32,
    /// One number a column, as the bias.
    scales: *const f32,
    bias: *const f32,
    /// Null: no activation.
    slope: *const f32,
    /// Room for the sums of the chunks before: a row of a tile behind the other.
    totals: *mut f32,
    /// Add what is in the output already, before the activation.
    add: bool,
}

/// Pairs of 16-bit numbers, or sums of 32 bits, in a register.
trait Register: Copy {
    type Floats: Lanes;
    unsafe fn zero() -> Self;
    unsafe fn load(from: *const u32) -> Self;
    unsafe fn splat(pair: i32) -> Self;
    /// Both products of each pair, and `plus`.
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self;
    unsafe fn floats(self) -> Self::Floats;
}

macro_rules! register {
    ($name:ident, $register:ty, $floats:ty, $zero:ident, $load:ident, $splat:ident, $floated:ident, $multiply_add:ident) => {
        #[derive(Clone, Copy)]
        struct $name($register);

        #[allow(clippy::inline_always, reason = "compiled inside functions that have the instruction set")]
        impl Register for $name {
            type Floats = $floats;

            #[inline(always)]
            unsafe fn zero() -> Self {
                // SAFETY: the caller's promise, here and below.
                Self(unsafe { $zero() })
            }

            #[inline(always)]
            unsafe fn load(from: *const u32) -> Self {
                Self(unsafe { $load(from.cast()) })
            }

            #[inline(always)]
            unsafe fn splat(pair: i32) -> Self {
                Self(unsafe { $splat(pair) })
            }

            #[inline(always)]
            unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
                Self(unsafe { $multiply_add(self.0, by.0, plus.0) })
            }

            #[inline(always)]
            unsafe fn floats(self) -> $floats {
                unsafe { $floated(self.0) }
            }
        }
    };
}

register!(
    Narrow,
    __m256i,
    __m256,
    _mm256_setzero_si256,
    _mm256_loadu_si256,
    _mm256_set1_epi32,
    _mm256_cvtepi32_ps,
    narrow_multiply_add
);
register!(
    NarrowDot,
    __m256i,
    __m256,
    _mm256_setzero_si256,
    _mm256_loadu_si256,
    _mm256_set1_epi32,
    _mm256_cvtepi32_ps,
    narrow_dot_multiply_add
);
register!(
    WideDot,
    __m512i,
    __m512,
    _mm512_setzero_si512,
    _mm512_loadu_si512,
    _mm512_set1_epi32,
    _mm512_cvtepi32_ps,
    wide_dot_multiply_add
);

/// # Safety
/// AVX2.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn narrow_multiply_add(one: __m256i, two: __m256i, plus: __m256i) -> __m256i {
    _mm256_add_epi32(_mm256_madd_epi16(one, two), plus)
}

/// # Safety
/// AVX-VNNI.
#[target_feature(enable = "avxvnni")]
#[inline]
unsafe fn narrow_dot_multiply_add(one: __m256i, two: __m256i, plus: __m256i) -> __m256i {
    _mm256_dpwssd_avx_epi32(plus, one, two)
}

/// # Safety
/// AVX512-VNNI.
#[target_feature(enable = "avx512f,avx512vnni")]
#[inline]
unsafe fn wide_dot_multiply_add(one: __m512i, two: __m512i, plus: __m512i) -> __m512i {
    _mm512_dpwssd_epi32(plus, one, two)
}

/// Weights are asked for this many steps before they are needed.
const AHEAD: usize = 8;

/// `ROWS` rows of `V` registers of columns.
///
/// # Safety
/// The instruction set of `R`, and every pointer of the tile good for what its comment says.
#[allow(clippy::inline_always, reason = "compiled inside functions that have the instruction set")]
#[allow(clippy::needless_range_loop, reason = "constant bounds, so that everything is unrolled into registers")]
#[inline(always)]
unsafe fn multiply<R: Register, const ROWS: usize, const V: usize>(tile: &Tile) {
    let count = R::Floats::COUNT;
    let mut weights = tile.weights;
    // SAFETY: the caller's promise.
    unsafe {
        let (zero, one) = (R::Floats::splat(0.0), R::Floats::splat(1.0));
        for register in 0..ROWS * V {
            zero.store(tile.totals.add(register * count));
        }
        for segment in 0..tile.segment_count {
            let mut at = *tile.segments.add(segment);
            let end = at + tile.depth;
            while at < end {
                let stop = (at + tile.chunk).min(end);
                let mut sums = [[R::zero(); V]; ROWS];
                while at < stop {
                    let mut columns = [R::zero(); V];
                    for v in 0..V {
                        columns[v] = R::load(weights.add(count * v));
                    }
                    for line in 0..count * V / LINE {
                        _mm_prefetch::<_MM_HINT_T0>(weights.wrapping_add(count * V * AHEAD + LINE * line).cast());
                    }
                    for row in 0..ROWS {
                        let value = R::splat(tile.input[row].add(at).cast::<i32>().read_unaligned());
                        for v in 0..V {
                            sums[row][v] = value.multiply_add(columns[v], sums[row][v]);
                        }
                    }
                    weights = weights.add(count * V);
                    at += 2;
                }
                for row in 0..ROWS {
                    for v in 0..V {
                        let total = tile.totals.add((row * V + v) * count);
                        sums[row][v].floats().multiply_add(one, R::Floats::load(total)).store(total);
                    }
                }
            }
        }
        for v in 0..V {
            let (scale, bias) = (tile.scales.add(count * v), tile.bias.add(count * v));
            let (scale, bias) = (R::Floats::load(scale), R::Floats::load(bias));
            for row in 0..ROWS {
                let output = tile.output[row].add(count * v);
                let scale = scale.multiply_add(R::Floats::splat(*tile.row_scales.add(row)), zero);
                let mut value = R::Floats::load(tile.totals.add((row * V + v) * count)).multiply_add(scale, bias);
                if tile.add {
                    value = value.multiply_add(one, R::Floats::load(output));
                }
                if !tile.slope.is_null() {
                    let slope = R::Floats::load(tile.slope.add(count * v));
                    // In this order the larger of nought and no number is none.
                    value = slope.multiply_add(value.min(zero), zero.max(value));
                }
                value.store(output);
            }
        }
    }
}

/// # Safety
/// As [`multiply`].
#[target_feature(enable = "avx2,fma")]
unsafe fn narrow(tile: &Tile) {
    // SAFETY: the caller's promise.
    unsafe { multiply::<Narrow, 6, 2>(tile) }
}

/// # Safety
/// As [`multiply`].
#[target_feature(enable = "avx2,fma,avxvnni")]
unsafe fn narrow_dot(tile: &Tile) {
    // SAFETY: the caller's promise.
    unsafe { multiply::<NarrowDot, 6, 2>(tile) }
}

/// # Safety
/// As [`multiply`].
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn wide_dot<const V: usize>(tile: &Tile) {
    // SAFETY: the caller's promise.
    unsafe { multiply::<WideDot, 12, V>(tile) }
}
