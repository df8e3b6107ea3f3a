//! The innermost loops: a few rows of the input against 16 or 32 columns of packed weights, everything else in registers.
//!
//! One row is one output pixel. Its input is `segments` runs of `depth` consecutive numbers (the taps of a convolution);
//! accumulators, bias, residual and activation never leave the registers. The instruction set is chosen at run time; the
//! portable kernel is plain Rust that the compiler turns into NEON on ARM and SSE2 on old PCs.
//!
//! The inner loops of the networks, which are `unsafe`, lie here, in `planar`, `pairs`, `fixed` and `amx`: what a [`Tile`] points at
//! is checked once a layer by `Packed::run`, what a [`Square`] points at by `Winograd::run`, not once a number.

#![allow(clippy::inline_always, reason = "compiled inside functions that have the instruction set")]
#![allow(clippy::needless_range_loop, reason = "constant bounds, so that everything is unrolled into registers")]

use super::Isa;
use super::lanes::Lanes;
#[cfg(target_arch = "x86_64")]
use super::pairs::Width;

/// Rows of the largest tile.
pub(super) const MOST_ROWS: usize = 12;

/// One tile of work. Rows beyond what is wanted point at the first row's input and at a scrap of output.
pub(super) struct Tile {
    /// Where each row's input begins.
    pub(super) input: [*const f32; MOST_ROWS],
    /// Where each row's output goes.
    pub(super) output: [*mut f32; MOST_ROWS],
    /// Offset of each segment from the row's beginning, in numbers.
    pub(super) segments: *const usize,
    /// How many segments.
    pub(super) segment_count: usize,
    /// Numbers in a segment.
    pub(super) depth: usize,
    /// `segment_count · depth` rows of 16 or 32 columns.
    pub(super) weights: *const f32,
    /// One number a column.
    pub(super) bias: *const f32,
    /// `max(x, 0) + slope · min(x, 0)`, one a column; null: no activation.
    pub(super) slope: *const f32,
    /// Add what is in the output already, before the activation.
    pub(super) add: bool,
}

/// Kernels for fixed point of 16 bits.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) enum Fixed {
    /// In pairs, see `pairs`.
    Pairs(Width),
    /// On tiles, see `amx`.
    Tiles,
}

/// A kernel for one instruction set.
#[derive(Clone, Copy)]
pub(super) struct Kernels {
    /// Layers with enough taps run in fixed point.
    #[cfg(target_arch = "x86_64")]
    pub(super) fixed: Option<Fixed>,
    /// Rows of a tile.
    pub(super) rows: usize,
    /// Columns of the wide tile: 32 or 16.
    pub(super) columns: usize,
    /// For panels of [`Self::columns`].
    pub(super) wide: unsafe fn(&Tile),
    /// For panels of 16.
    pub(super) narrow: unsafe fn(&Tile),
    /// See [`mix`].
    pub(super) mix: unsafe fn(&Square),
    /// See [`unmix`].
    pub(super) unmix: unsafe fn(&Square),
}

/// One square of a convolution by mixtures (`winograd`).
pub(super) struct Square {
    /// Of [`mix`]: 4 × 4 pixels of the input. Of [`unmix`]: the first is where the products begin.
    pub(super) from: [*const f32; 16],
    /// Of [`mix`]: the first is where the mixtures begin. Of [`unmix`]: 2 × 2 pixels of the output.
    pub(super) to: [*mut f32; 4],
    /// From one mixture, or product, to the next.
    pub(super) step: usize,
    /// Channels, a multiple of 16.
    pub(super) channels: usize,
    /// As of a [`Tile`].
    pub(super) bias: *const f32,
    /// As of a [`Tile`].
    pub(super) slope: *const f32,
}

impl Kernels {
    /// The kernels of an instruction set this processor has (checked by [`Isa::choose`]).
    pub(super) fn of(isa: Isa) -> Self {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Amx => Self { fixed: Some(Fixed::Tiles), ..Self::of(Isa::Avx512) },
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Fixed => Self { fixed: Width::wide().map(Fixed::Pairs), ..Self::of(Isa::Avx512) },
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2Fixed => Self { fixed: Width::narrow().map(Fixed::Pairs), ..Self::of(Isa::Avx2) },
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => {
                let (mix, unmix) = (x86::avx512_mix, x86::avx512_unmix);
                Self {
                    fixed: None,
                    rows: 12,
                    columns: 32,
                    wide: x86::avx512::<2>,
                    narrow: x86::avx512::<1>,
                    mix,
                    unmix,
                }
            }
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => {
                let (mix, unmix) = (x86::avx2_mix, x86::avx2_unmix);
                Self { fixed: None, rows: 6, columns: 16, wide: x86::avx2, narrow: x86::avx2, mix, unmix }
            }
            _ => {
                let (mix, unmix) = (mix::<[f32; 4]>, unmix::<[f32; 4]>);
                Self {
                    #[cfg(target_arch = "x86_64")]
                    fixed: None,
                    rows: PORTABLE_ROWS,
                    columns: 16,
                    wide: portable,
                    narrow: portable,
                    mix,
                    unmix,
                }
            }
        }
    }

    /// The same without fixed point: every layer in f32.
    pub(super) fn in_f32(self) -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            fixed: None,
            ..self
        }
    }

    /// Whether every layer is in f32.
    pub(super) fn is_f32(&self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return self.fixed.is_none();
        #[cfg(not(target_arch = "x86_64"))]
        true
    }
}

/// Rows whose sums stay in registers beside the weights: SSE2 has 16 of four numbers, NEON 32. With four rows the compiler
/// keeps SSE2's sums in memory.
const PORTABLE_ROWS: usize = if cfg!(target_arch = "x86_64") { 2 } else { 4 };

/// A few rows, sixteen columns, in plain Rust.
///
/// # Safety
/// Every pointer of the tile must be good for what its comment says, for [`PORTABLE_ROWS`] rows.
unsafe fn portable(tile: &Tile) {
    let mut sums = [[0.0f32; 16]; PORTABLE_ROWS];
    let mut weights = tile.weights;
    // SAFETY: the caller's promise.
    unsafe {
        for segment in 0..tile.segment_count {
            let offset = *tile.segments.add(segment);
            for at in offset..offset + tile.depth {
                let column = &*weights.cast::<[f32; 16]>();
                for (sum, input) in sums.iter_mut().zip(&tile.input) {
                    let value = *input.add(at);
                    for (sum, weight) in sum.iter_mut().zip(column) {
                        *sum = multiply_add(value, *weight, *sum);
                    }
                }
                weights = weights.add(16);
            }
        }
        let bias = &*tile.bias.cast::<[f32; 16]>();
        for (sum, output) in sums.iter_mut().zip(tile.output) {
            let output = &mut *output.cast::<[f32; 16]>();
            for (column, value) in sum.iter_mut().enumerate() {
                *value += bias[column] + if tile.add { output[column] } else { 0.0 };
                if !tile.slope.is_null() {
                    *value = value.max(0.0) + *tile.slope.add(column) * value.min(0.0);
                }
            }
            *output = *sum;
        }
    }
}

/// Fused where that is one instruction; as a call into a library it would be slow.
pub(super) fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) { a.mul_add(b, c) } else { a * b + c }
}

/// Work in safe code whose loops gain by wide registers. [`Self::run`] is always inlined, as is all that is to gain by it.
pub(super) trait Wide {
    fn run(self);
}

/// The work with the widest registers that safe code can be compiled for here. Nothing is fused or put in another order, so
/// results are the same to the last bit.
pub(super) fn widely(work: impl Wide) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has it.
        return unsafe { x86::widely(work) };
    }
    work.run();
}

/// The 16 mixtures of a square's 4 × 4 pixels: of rows and columns `a b c d`, `a − c`, `b + c`, `c − b`, `b − d`.
///
/// # Safety
/// The instruction set of `V`; every pointer good for the channels.
#[inline(always)]
unsafe fn mix<V: Lanes>(square: &Square) {
    // SAFETY: the caller's promise.
    unsafe {
        let (one, minus) = (V::splat(1.0), V::splat(-1.0));
        for channel in (0..square.channels).step_by(V::COUNT) {
            let mut rows = [[one; 4]; 4];
            for column in 0..4 {
                let (a, b) = (V::load(square.from[column].add(channel)), V::load(square.from[4 + column].add(channel)));
                let c = V::load(square.from[8 + column].add(channel));
                let d = V::load(square.from[12 + column].add(channel));
                rows[0][column] = c.multiply_add(minus, a);
                rows[1][column] = c.multiply_add(one, b);
                rows[2][column] = b.multiply_add(minus, c);
                rows[3][column] = d.multiply_add(minus, b);
            }
            let mut to = square.to[0].add(channel);
            for row in 0..4 {
                let [a, b, c, d] = rows[row];
                c.multiply_add(minus, a).store(to);
                c.multiply_add(one, b).store(to.add(square.step));
                b.multiply_add(minus, c).store(to.add(2 * square.step));
                d.multiply_add(minus, b).store(to.add(3 * square.step));
                to = to.wrapping_add(4 * square.step);
            }
        }
    }
}

/// The 2 × 2 pixels of a square from its 16 products: of rows and columns `a b c d`, `a + b + c` and `b − c − d`; then bias and
/// activation.
///
/// # Safety
/// The instruction set of `V`; every pointer good for the channels.
#[inline(always)]
unsafe fn unmix<V: Lanes>(square: &Square) {
    // SAFETY: the caller's promise.
    unsafe {
        let (zero, one, minus) = (V::splat(0.0), V::splat(1.0), V::splat(-1.0));
        for channel in (0..square.channels).step_by(V::COUNT) {
            let mut rows = [[zero; 4]; 2];
            for column in 0..4 {
                let from = square.from[0].add(column * square.step + channel);
                let (a, b) = (V::load(from), V::load(from.add(4 * square.step)));
                let (c, d) = (V::load(from.add(8 * square.step)), V::load(from.add(12 * square.step)));
                rows[0][column] = b.multiply_add(one, a).multiply_add(one, c);
                rows[1][column] = c.multiply_add(minus, b).multiply_add(one, d.multiply_add(minus, zero));
            }
            let bias = V::load(square.bias.add(channel));
            for row in 0..2 {
                let [a, b, c, d] = rows[row];
                let left = b.multiply_add(one, a).multiply_add(one, c);
                let right = c.multiply_add(minus, b).multiply_add(one, d.multiply_add(minus, zero));
                for column in 0..2 {
                    let value = if column == 0 { left } else { right };
                    let mut value = value.multiply_add(one, bias);
                    if !square.slope.is_null() {
                        let slope = V::load(square.slope.add(channel));
                        value = slope.multiply_add(value.min(zero), value.max(zero));
                    }
                    value.store(square.to[2 * row + column].add(channel));
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(clippy::wildcard_imports, reason = "a kernel is made of intrinsics")]
    use std::arch::x86_64::*;

    use super::{MOST_ROWS, Square, Tile, Wide, mix, unmix};

    /// Weights are asked for this many steps before they are needed: a whole layer does not fit the inner caches.
    const AHEAD: usize = 8;

    /// Twelve rows, `16 · V` columns.
    ///
    /// # Safety
    /// AVX-512F, and every pointer of the tile good for what its comment says.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn avx512<const V: usize>(tile: &Tile) {
        let mut sums = [[_mm512_setzero_ps(); V]; MOST_ROWS];
        let mut weights = tile.weights;
        // SAFETY: the caller's promise.
        unsafe {
            for segment in 0..tile.segment_count {
                let offset = *tile.segments.add(segment);
                let mut input = tile.input;
                for row in 0..MOST_ROWS {
                    input[row] = input[row].add(offset);
                }
                for at in 0..tile.depth {
                    let mut columns = [_mm512_setzero_ps(); V];
                    for v in 0..V {
                        columns[v] = _mm512_loadu_ps(weights.add(16 * v));
                        _mm_prefetch::<_MM_HINT_T0>(weights.wrapping_add(16 * (V * AHEAD + v)).cast());
                    }
                    for row in 0..MOST_ROWS {
                        let value = _mm512_set1_ps(*input[row].add(at));
                        for v in 0..V {
                            sums[row][v] = _mm512_fmadd_ps(value, columns[v], sums[row][v]);
                        }
                    }
                    weights = weights.add(16 * V);
                }
            }
            for v in 0..V {
                let bias = _mm512_loadu_ps(tile.bias.add(16 * v));
                for row in 0..MOST_ROWS {
                    let output = tile.output[row].add(16 * v);
                    let mut value = _mm512_add_ps(sums[row][v], bias);
                    if tile.add {
                        value = _mm512_add_ps(value, _mm512_loadu_ps(output));
                    }
                    if !tile.slope.is_null() {
                        let (zero, slope) = (_mm512_setzero_ps(), _mm512_loadu_ps(tile.slope.add(16 * v)));
                        value = _mm512_fmadd_ps(slope, _mm512_min_ps(value, zero), _mm512_max_ps(value, zero));
                    }
                    _mm512_storeu_ps(output, value);
                }
            }
        }
    }

    /// Six rows, sixteen columns.
    ///
    /// # Safety
    /// AVX2 and FMA, and every pointer of the tile good for what its comment says, for six rows.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn avx2(tile: &Tile) {
        const ROWS: usize = 6;
        let mut sums = [[_mm256_setzero_ps(); 2]; ROWS];
        let mut weights = tile.weights;
        // SAFETY: the caller's promise.
        unsafe {
            for segment in 0..tile.segment_count {
                let offset = *tile.segments.add(segment);
                let mut input = [tile.input[0]; ROWS];
                for row in 0..ROWS {
                    input[row] = tile.input[row].add(offset);
                }
                for at in 0..tile.depth {
                    let (left, right) = (_mm256_loadu_ps(weights), _mm256_loadu_ps(weights.add(8)));
                    _mm_prefetch::<_MM_HINT_T0>(weights.wrapping_add(16 * AHEAD).cast());
                    for row in 0..ROWS {
                        let value = _mm256_broadcast_ss(&*input[row].add(at));
                        sums[row][0] = _mm256_fmadd_ps(value, left, sums[row][0]);
                        sums[row][1] = _mm256_fmadd_ps(value, right, sums[row][1]);
                    }
                    weights = weights.add(16);
                }
            }
            for v in 0..2 {
                let bias = _mm256_loadu_ps(tile.bias.add(8 * v));
                for row in 0..ROWS {
                    let output = tile.output[row].add(8 * v);
                    let mut value = _mm256_add_ps(sums[row][v], bias);
                    if tile.add {
                        value = _mm256_add_ps(value, _mm256_loadu_ps(output));
                    }
                    if !tile.slope.is_null() {
                        let (zero, slope) = (_mm256_setzero_ps(), _mm256_loadu_ps(tile.slope.add(8 * v)));
                        value = _mm256_fmadd_ps(slope, _mm256_min_ps(value, zero), _mm256_max_ps(value, zero));
                    }
                    _mm256_storeu_ps(output, value);
                }
            }
        }
    }

    /// The square's loops for one instruction set; see what each asks.
    macro_rules! compiled {
        ($features:literal, $lanes:ty, $mix:ident, $unmix:ident) => {
            #[target_feature(enable = $features)]
            pub(super) unsafe fn $mix(square: &Square) {
                // SAFETY: the caller's promise.
                unsafe { mix::<$lanes>(square) }
            }

            #[target_feature(enable = $features)]
            pub(super) unsafe fn $unmix(square: &Square) {
                // SAFETY: the caller's promise.
                unsafe { unmix::<$lanes>(square) }
            }
        };
    }

    compiled!("avx512f", __m512, avx512_mix, avx512_unmix);
    compiled!("avx2,fma", __m256, avx2_mix, avx2_unmix);

    /// # Safety
    /// AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn widely(work: impl Wide) {
        work.run();
    }
}
