//! Convolutions over rows that lie channel by channel: neighbouring pixels fill a register, and nothing is lost when a layer has
//! few inputs or outputs, as P-Net's have. Weights are broadcast from memory; a few outputs of some registers of pixels
//! stay in registers while all taps pass by.
//!
//! Windows of 3 × 3 are worked out two rows at a time, by Winograd's F(2, 3) down the columns (arXiv 1509.09308): four mixtures
//! of four rows, each against three taps, in place of two rows of three times three taps, so 12 products for 18.

use super::Isa;
use super::lanes::Lanes;
use super::ring::{Ring, SLACK};

/// Part of two rows of pixels, channel by channel.
#[derive(Clone, Copy)]
struct Pass {
    /// Four mixtures of the window's rows for each input channel, [`SPAN`] numbers each.
    mixed: *const f32,
    inputs: usize,
    /// For each input and tap a weight an output for the second mixture, then for the third; then the same for the
    /// first and the last.
    weights: *const f32,
    /// One number an output.
    bias: *const f32,
    /// `max(x, 0) + slope · min(x, 0)`, one an output.
    slope: *const f32,
    /// Where the first output's two rows begin.
    output: [*mut f32; 2],
    /// From one output's row to the next.
    stride: usize,
    /// Pixels to compute, at most [`BLOCK`].
    width: usize,
}

/// The inner loops of one instruction set, for so many outputs at once.
#[derive(Clone, Copy)]
struct Kernels {
    outputs: usize,
    run: unsafe fn(&Pass),
    mix: unsafe fn([*const f32; 4], *mut f32, usize),
}

/// Pixels whose mixtures stay in the innermost cache while all outputs pass by.
const BLOCK: usize = 48;
/// The same and what the window and whole registers read too much.
const SPAN: usize = 64;
/// Channels of the widest input.
const MOST_INPUTS: usize = 16;

/// On cache lines, so that few reads cross one.
#[repr(align(64))]
struct Mixed([f32; 4 * SPAN * MOST_INPUTS]);

/// A convolution of 3 × 3 without padding.
pub(super) struct Planar {
    kernels: Kernels,
    /// See [`Pass::weights`], for one group of outputs after the other.
    weights: Vec<f32>,
    bias: Vec<f32>,
    slope: Vec<f32>,
    inputs: usize,
}

impl Planar {
    /// From weights as they lie in the file: `(outputs, inputs, 3, 3)`.
    pub(super) fn new(isa: Isa, weights: &[f32], bias: Vec<f32>, slope: Vec<f32>) -> Self {
        let kernels = kernels(isa, bias.len());
        let inputs = weights.len() / bias.len() / 9;
        let mut packed = Vec::with_capacity(weights.len() / 9 * 12);
        for first in (0..bias.len()).step_by(kernels.outputs) {
            for mixtures in [[1, 2], [0, 3]] {
                for (channel, tap) in (0..inputs).flat_map(|channel| (0..3).map(move |tap| (channel, tap))) {
                    for mixture in mixtures {
                        packed.extend((first..first + kernels.outputs).map(|output| {
                            let at = (output * inputs + channel) * 9 + tap;
                            let [upper, middle, lower] = [weights[at], weights[at + 3], weights[at + 6]];
                            [upper, 0.5 * (upper + middle + lower), 0.5 * (upper - middle + lower), lower][mixture]
                        }));
                    }
                }
            }
        }
        Self { kernels, weights: packed, bias, slope, inputs }
    }

    /// Channels of the output.
    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// `width` pixels of rows `to_row` and the next from the four rows of their windows, the first one `from_row`. Of a last
    /// row that is not there, whatever lies in its place is read, and only the second row of the result depends on it.
    ///
    /// # Panics
    /// When a ring has other channels or too little room.
    pub(super) fn run(&self, from: &Ring, from_row: usize, to: &mut Ring, to_row: usize, width: usize) {
        assert!(from.count() == self.inputs && to.count() == self.outputs() && self.inputs <= MOST_INPUTS);
        assert!(width <= to.stride() - SLACK && width + 2 <= from.stride() - SLACK);
        let mut mixed = Mixed([0.0; 4 * SPAN * MOST_INPUTS]);
        let rows: [&[f32]; 4] = std::array::from_fn(|row| from.row(from_row + row));
        let stride = to.stride();
        let group = self.kernels.outputs;
        for x in (0..width).step_by(BLOCK) {
            let part = (width - x).min(BLOCK);
            for (channel, mixed) in mixed.0.chunks_exact_mut(4 * SPAN).take(self.inputs).enumerate() {
                let rows = rows.map(|row| row[channel * from.stride() + x..].as_ptr());
                // SAFETY: every row has `SLACK` numbers behind its last pixel, and so `SPAN` behind each; a channel's four
                // mixtures have room for as many; `Isa::choose` checked the instruction set.
                unsafe { (self.kernels.mix)(rows, mixed.as_mut_ptr(), part + 2) };
            }
            for (number, weights) in self.weights.chunks_exact(12 * self.inputs * group).enumerate() {
                let first = number * group;
                let pass = Pass {
                    mixed: mixed.0.as_ptr(),
                    inputs: self.inputs,
                    weights: weights.as_ptr(),
                    bias: self.bias[first..first + group].as_ptr(),
                    slope: self.slope[first..first + group].as_ptr(),
                    output: [to_row, to_row + 1].map(|row| to.row_mut(row)[first * stride + x..].as_mut_ptr()),
                    stride,
                    width: part,
                };
                // SAFETY: as above; what is written too much is less than `SLACK`.
                unsafe { (self.kernels.run)(&pass) };
            }
        }
    }
}

/// Weighted sums of the channels of each pixel: a convolution of 1 × 1, with no activation.
pub(super) struct Heads {
    run: unsafe fn(&HeadsPass),
    /// For each input, the weights of all outputs.
    weights: Vec<f32>,
    bias: [f32; HEADS],
}

/// Outputs of [`Heads`].
pub(super) const HEADS: usize = 6;

struct HeadsPass {
    input: *const f32,
    input_stride: usize,
    inputs: usize,
    weights: *const f32,
    bias: *const f32,
    output: *mut f32,
    stride: usize,
    width: usize,
}

impl Heads {
    /// From weights as they lie in the file: `(HEADS, inputs)`.
    pub(super) fn new(isa: Isa, weights: &[f32], bias: [f32; HEADS]) -> Self {
        let inputs = weights.len() / HEADS;
        let packed =
            (0..inputs).flat_map(|input| (0..HEADS).map(move |output| weights[output * inputs + input])).collect();
        Self { run: heads_kernel(isa), weights: packed, bias }
    }

    /// `width` pixels of row `row` of both rings.
    ///
    /// # Panics
    /// When a ring has other channels or too little room.
    pub(super) fn run(&self, from: &Ring, to: &mut Ring, row: usize, width: usize) {
        assert!(from.count() * HEADS == self.weights.len() && to.count() == HEADS);
        assert!(width <= to.stride() - SLACK && width <= from.stride() - SLACK);
        let pass = HeadsPass {
            input: from.row(row).as_ptr(),
            input_stride: from.stride(),
            inputs: from.count(),
            weights: self.weights.as_ptr(),
            bias: self.bias.as_ptr(),
            stride: to.stride(),
            output: to.row_mut(row).as_mut_ptr(),
            width,
        };
        // SAFETY: as in `Planar::run`.
        unsafe { (self.run)(&pass) };
    }
}

/// Maxima of two rows' pairs of neighbours.
type Pool = unsafe fn([*const f32; 2], *mut f32, usize);

/// Max pool of 2 × 2 with stride 2 that rounds its size up: row `y` of `to` from rows `2y` and, if it is there, `2y + 1` of `from`,
/// which has `width` pixels.
pub(super) fn halve(isa: Isa, from: &mut Ring, (y, both): (usize, bool), to: &mut Ring, width: usize) {
    let (stride, to_stride) = (from.stride(), to.stride());
    assert!(from.count() == to.count() && width.div_ceil(2) <= to_stride - SLACK && width <= stride - SLACK);
    for row in [2 * y, 2 * y + 1] {
        // What hangs over the edge counts for nothing.
        from.row_mut(row).chunks_exact_mut(stride).for_each(|channel| channel[width] = f32::NEG_INFINITY);
    }
    let pool = pool(isa);
    let (upper, lower) = (from.row(2 * y), from.row(2 * y + usize::from(both)));
    let rows = upper.chunks_exact(stride).zip(lower.chunks_exact(stride));
    for (to, (upper, lower)) in to.row_mut(y).chunks_exact_mut(to_stride).zip(rows) {
        // SAFETY: every row has `SLACK` numbers behind its pixels, as in `Planar::run`.
        unsafe { pool([upper.as_ptr(), lower.as_ptr()], to.as_mut_ptr(), width.div_ceil(2)) };
    }
}

/// The mixtures of four rows, `count` numbers of each.
///
/// # Safety
/// The instruction set of `V`; the rows good for [`SPAN`] numbers, the result for four times as many.
#[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
#[inline(always)]
unsafe fn mix<V: Lanes>(rows: [*const f32; 4], to: *mut f32, count: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let (one, minus) = (V::splat(1.0), V::splat(-1.0));
        for x in (0..count).step_by(V::COUNT) {
            let [first, second, third, fourth] = rows.map(|row| V::load(row.add(x)));
            third.multiply_add(minus, first).store(to.add(x));
            second.multiply_add(one, third).store(to.add(SPAN + x));
            second.multiply_add(minus, third).store(to.add(2 * SPAN + x));
            second.multiply_add(minus, fourth).store(to.add(3 * SPAN + x));
        }
    }
}

/// `N` outputs of all pixels of a pass.
///
/// # Safety
/// The instruction set of `V`; every pointer good for what its comment says, the output for three registers more.
#[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
#[inline(always)]
unsafe fn convolve<V: Lanes, const N: usize>(pass: &Pass) {
    let mut x = 0;
    while x < pass.width {
        let registers = (pass.width - x).div_ceil(V::COUNT).min(3);
        // SAFETY: the caller's promise.
        unsafe {
            match registers {
                1 => step::<V, N, 1>(pass, x),
                2 => step::<V, N, 2>(pass, x),
                _ => step::<V, N, 3>(pass, x),
            }
        }
        x += registers * V::COUNT;
    }
}

/// Adds three taps of one mixture to the sums of `N` outputs of `R` registers of pixels; weights of another mixture lie between.
///
/// # Safety
/// As of [`convolve`].
#[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
#[allow(clippy::needless_range_loop, reason = "constant bounds, so that everything is unrolled into registers")]
#[inline(always)]
unsafe fn tap<V: Lanes, const N: usize, const R: usize>(sums: &mut [[V; R]; N], from: *const f32, weights: *const f32) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut pixels = [V::splat(0.0); R];
        for register in 0..R {
            pixels[register] = V::load(from.add(register * V::COUNT));
        }
        for output in 0..N {
            let weight = V::splat(*weights.add(output));
            for register in 0..R {
                sums[output][register] = pixels[register].multiply_add(weight, sums[output][register]);
            }
        }
    }
}

/// `N` outputs of `R` registers of pixels from column `x` on.
///
/// # Safety
/// As of [`convolve`].
#[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
#[allow(clippy::needless_range_loop, reason = "constant bounds, so that everything is unrolled into registers")]
#[inline(always)]
unsafe fn step<V: Lanes, const N: usize, const R: usize>(pass: &Pass, x: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let (mut one, mut two) = ([[V::splat(0.0); R]; N], [[V::splat(0.0); R]; N]);
        let mut weights = pass.weights;
        let mut from = pass.mixed.add(x);
        for _ in 0..pass.inputs {
            for column in 0..3 {
                tap(&mut one, from.add(SPAN + column), weights);
                tap(&mut two, from.add(2 * SPAN + column), weights.add(N));
                weights = weights.add(2 * N);
            }
            from = from.add(4 * SPAN);
        }
        // The upper row is the sum of both, the lower one their difference; each has one mixture to come.
        let (unit, minus) = (V::splat(1.0), V::splat(-1.0));
        for output in 0..N {
            for register in 0..R {
                let (upper, lower) = (one[output][register], two[output][register]);
                one[output][register] = upper.multiply_add(unit, lower);
                two[output][register] = lower.multiply_add(minus, upper);
            }
        }
        from = pass.mixed.add(x);
        for _ in 0..pass.inputs {
            for column in 0..3 {
                tap(&mut one, from.add(column), weights);
                tap(&mut two, from.add(3 * SPAN + column), weights.add(N));
                weights = weights.add(2 * N);
            }
            from = from.add(4 * SPAN);
        }
        let zero = V::splat(0.0);
        for output in 0..N {
            let (bias, slope) = (V::splat(*pass.bias.add(output)), V::splat(*pass.slope.add(output)));
            let at = output * pass.stride + x;
            for register in 0..R {
                let upper = one[output][register].multiply_add(unit, bias);
                let lower = two[output][register].multiply_add(unit, bias);
                let upper = slope.multiply_add(upper.min(zero), upper.max(zero));
                let lower = slope.multiply_add(lower.min(zero), lower.max(zero));
                upper.store(pass.output[0].add(at + register * V::COUNT));
                lower.store(pass.output[1].add(at + register * V::COUNT));
            }
        }
    }
}

/// [`HEADS`] outputs of all pixels, two registers of them at a time.
///
/// # Safety
/// The instruction set of `V`; every pointer good for its rows, and for two registers behind the width.
#[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
#[allow(clippy::needless_range_loop, reason = "constant bounds, so that everything is unrolled into registers")]
#[inline(always)]
unsafe fn heads<V: Lanes>(pass: &HeadsPass) {
    // SAFETY: the caller's promise.
    unsafe {
        for x in (0..pass.width).step_by(2 * V::COUNT) {
            let mut sums = [[V::splat(0.0); 2]; HEADS];
            for output in 0..HEADS {
                sums[output] = [V::splat(*pass.bias.add(output)); 2];
            }
            for input in 0..pass.inputs {
                let from = pass.input.add(input * pass.input_stride + x);
                let (left, right) = (V::load(from), V::load(from.add(V::COUNT)));
                for output in 0..HEADS {
                    let weight = V::splat(*pass.weights.add(input * HEADS + output));
                    sums[output][0] = left.multiply_add(weight, sums[output][0]);
                    sums[output][1] = right.multiply_add(weight, sums[output][1]);
                }
            }
            for output in 0..HEADS {
                let to = pass.output.add(output * pass.stride + x);
                sums[output][0].store(to);
                sums[output][1].store(to.add(V::COUNT));
            }
        }
    }
}

/// The larger of each 2 × 2 numbers of two rows.
///
/// # Safety
/// The instruction set of `V`; both rows good for twice `width` numbers and two registers more, the output for `width` and one.
#[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
#[inline(always)]
unsafe fn pairs<V: Lanes>(rows: [*const f32; 2], to: *mut f32, width: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        for x in (0..width).step_by(V::COUNT) {
            let [upper, lower] = rows.map(|row| row.add(2 * x));
            let left = V::load(upper).max(V::load(lower));
            let right = V::load(upper.add(V::COUNT)).max(V::load(lower.add(V::COUNT)));
            left.pairs(right).store(to.add(x));
        }
    }
}

/// The kernels for so many outputs. Sums, a step's pixels and a weight fill the registers: 16, or 32 with AVX-512.
fn kernels(isa: Isa, outputs: usize) -> Kernels {
    debug_assert!(outputs.is_multiple_of(2));
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 | Isa::Avx512Fixed | Isa::Amx if outputs.is_multiple_of(4) => {
            Kernels { outputs: 4, run: x86::avx512::<4>, mix: x86::avx512_mix }
        }
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 | Isa::Avx512Fixed | Isa::Amx => {
            Kernels { outputs: 2, run: x86::avx512::<2>, mix: x86::avx512_mix }
        }
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx2Fixed => Kernels { outputs: 2, run: x86::avx2::<2>, mix: x86::avx2_mix },
        _ => Kernels { outputs: 2, run: convolve::<[f32; 4], 2>, mix: mix::<[f32; 4]> },
    }
}

fn heads_kernel(isa: Isa) -> unsafe fn(&HeadsPass) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 | Isa::Avx512Fixed | Isa::Amx => x86::avx512_heads,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx2Fixed => x86::avx2_heads,
        _ => heads::<[f32; 4]>,
    }
}

fn pool(isa: Isa) -> Pool {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 | Isa::Avx512Fixed | Isa::Amx => x86::avx512_pairs,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx2Fixed => x86::avx2_pairs,
        _ => pairs::<[f32; 4]>,
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(clippy::wildcard_imports, reason = "a kernel is made of intrinsics")]
    use std::arch::x86_64::*;

    use super::{HeadsPass, Pass, convolve, heads, mix, pairs};

    /// The inner loops for one instruction set; see what each asks.
    macro_rules! compiled {
        ($features:literal, $lanes:ty, $run:ident, $mix:ident, $heads:ident, $pairs:ident) => {
            #[target_feature(enable = $features)]
            pub(super) unsafe fn $run<const N: usize>(pass: &Pass) {
                // SAFETY: the caller's promise.
                unsafe { convolve::<$lanes, N>(pass) }
            }

            #[target_feature(enable = $features)]
            pub(super) unsafe fn $mix(rows: [*const f32; 4], to: *mut f32, count: usize) {
                // SAFETY: the caller's promise.
                unsafe { mix::<$lanes>(rows, to, count) }
            }

            #[target_feature(enable = $features)]
            pub(super) unsafe fn $heads(pass: &HeadsPass) {
                // SAFETY: the caller's promise.
                unsafe { heads::<$lanes>(pass) }
            }

            #[target_feature(enable = $features)]
            pub(super) unsafe fn $pairs(rows: [*const f32; 2], to: *mut f32, width: usize) {
                // SAFETY: the caller's promise.
                unsafe { pairs::<$lanes>(rows, to, width) }
            }
        };
    }

    compiled!("avx512f", __m512, avx512, avx512_mix, avx512_heads, avx512_pairs);
    compiled!("avx2,fma", __m256, avx2, avx2_mix, avx2_heads, avx2_pairs);
}
