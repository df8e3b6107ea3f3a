//! Convolutions over rows that lie channel by channel: neighbouring pixels fill a register, and nothing is lost when a layer has
//! few inputs or outputs, as P-Net's have. Weights are broadcast from memory; a few outputs of two registers of pixels
//! stay in registers while all taps pass by.

use super::Isa;

/// Numbers of a row that lie behind its last pixel: what the widest kernel computes or reads too much.
pub(super) const SLACK: usize = 64;

/// A row of pixels, channel by channel.
#[derive(Clone, Copy)]
struct Pass {
    /// Where each input channel of each row of the window begins.
    inputs: *const *const f32,
    /// How many they are.
    count: usize,
    /// Columns of the window.
    taps: usize,
    /// `count · taps` times one weight for each output.
    weights: *const f32,
    /// One number an output.
    bias: *const f32,
    /// `max(x, 0) + slope · min(x, 0)`, one an output; null: no activation.
    slope: *const f32,
    /// Where the first output's row begins.
    output: *mut f32,
    /// From one output's row to the next.
    stride: usize,
    /// Pixels to compute.
    width: usize,
}

/// The inner loops of one instruction set, for so many outputs at once.
#[derive(Clone, Copy)]
struct Kernels {
    outputs: usize,
    run: unsafe fn(&Pass),
}

/// Maxima of two rows' pairs of neighbours.
type Pool = unsafe fn([*const f32; 2], *mut f32, usize);

/// A convolution of one row, without padding.
pub(super) struct Planar {
    kernels: Kernels,
    /// Output by output in groups of [`Kernels::outputs`]: rows, channels and columns of the window, then the outputs.
    weights: Vec<f32>,
    bias: Vec<f32>,
    slope: Option<Vec<f32>>,
    inputs: usize,
    side: usize,
}

/// A convolution's numbers as they lie in the file: `(outputs, inputs, side, side)`.
pub(super) struct PlanarWeights<'a> {
    pub(super) weights: &'a [f32],
    pub(super) bias: Vec<f32>,
    pub(super) slope: Option<Vec<f32>>,
    pub(super) inputs: usize,
    pub(super) side: usize,
}

impl Planar {
    pub(super) fn new(isa: Isa, from: PlanarWeights<'_>) -> Self {
        let PlanarWeights { weights, bias, slope, inputs, side } = from;
        let kernels = kernels(isa, bias.len());
        let taps = inputs * side * side;
        let mut packed = Vec::with_capacity(weights.len());
        for first in (0..bias.len()).step_by(kernels.outputs) {
            for (row, channel) in (0..side).flat_map(|row| (0..inputs).map(move |channel| (row, channel))) {
                for column in 0..side {
                    let tap = (channel * side + row) * side + column;
                    packed.extend((first..first + kernels.outputs).map(|output| weights[output * taps + tap]));
                }
            }
        }
        Self { kernels, weights: packed, bias, slope, inputs, side }
    }

    /// Channels of the output.
    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// `width` pixels of row `to_row` from the rows of the window, the upper one `from_row`.
    ///
    /// # Panics
    /// When a ring has other channels or too little room.
    pub(super) fn run(&self, from: &Ring, from_row: usize, to: &mut Ring, to_row: usize, width: usize) {
        assert!(from.channels == self.inputs && to.channels == self.outputs());
        assert!(width <= to.stride - SLACK && width + self.side <= from.stride - SLACK + 1);
        let mut inputs = [std::ptr::null(); MOST_INPUTS];
        let count = self.side * self.inputs;
        for (row, places) in inputs[..count].chunks_exact_mut(self.inputs).enumerate() {
            let first = from.row(from_row + row);
            for (channel, place) in places.iter_mut().enumerate() {
                *place = first[channel * from.stride..].as_ptr();
            }
        }
        let stride = to.stride;
        let output = to.row_mut(to_row);
        let group = self.kernels.outputs;
        for (number, weights) in self.weights.chunks_exact(count * self.side * group).enumerate() {
            let first = number * group;
            let pass = Pass {
                inputs: inputs.as_ptr(),
                count,
                taps: self.side,
                weights: weights.as_ptr(),
                bias: self.bias[first..first + group].as_ptr(),
                slope: self.slope.as_ref().map_or(std::ptr::null(), |slope| slope[first..first + group].as_ptr()),
                output: output[first * stride..].as_mut_ptr(),
                stride,
                width,
            };
            // SAFETY: every row has `SLACK` numbers behind `width`, which is more than the kernels read or write too
            // much; `Isa::choose` checked the instruction set.
            unsafe { (self.kernels.run)(&pass) };
        }
    }
}

/// Input channels of a window's rows: P-Net's widest layers read 3 × 16, or 32.
const MOST_INPUTS: usize = 48;

/// Rows that were computed last, channel by channel.
pub(super) struct Ring {
    rows: usize,
    channels: usize,
    stride: usize,
    numbers: Vec<f32>,
}

impl Ring {
    /// For so many rows of `width` pixels.
    pub(super) fn new(rows: usize, width: usize, channels: usize) -> Self {
        let stride = width + SLACK;
        Self { rows, channels, stride, numbers: vec![0.0; rows * channels * stride] }
    }

    fn row(&self, y: usize) -> &[f32] {
        let length = self.channels * self.stride;
        &self.numbers[y % self.rows * length..][..length]
    }

    /// The channels of row `y`, [`Self::stride`] numbers from one to the next.
    pub(super) fn row_mut(&mut self, y: usize) -> &mut [f32] {
        let length = self.channels * self.stride;
        &mut self.numbers[y % self.rows * length..][..length]
    }

    /// From one channel of a row to the next.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// The first channels of row `y`.
    pub(super) fn channels<const N: usize>(&self, y: usize) -> [&[f32]; N] {
        let row = self.row(y);
        std::array::from_fn(|channel| &row[channel * self.stride..][..self.stride])
    }
}

/// Max pool of 2 × 2 with stride 2 that rounds its size up: row `y` of `to` from rows `2y` and, if it is there, `2y + 1` of `from`,
/// which has `width` pixels.
pub(super) fn halve(isa: Isa, from: &mut Ring, (y, both): (usize, bool), to: &mut Ring, width: usize) {
    assert!(from.channels == to.channels && width.div_ceil(2) <= to.stride - SLACK && width <= from.stride - SLACK);
    let (stride, to_stride) = (from.stride, to.stride);
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

/// Numbers in a register.
trait Lanes: Copy {
    const COUNT: usize;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn splat(value: f32) -> Self;
    /// `self · by + plus`.
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    /// The larger of each two neighbours of `self` and then `next`.
    unsafe fn pairs(self, next: Self) -> Self;
}

/// `N` outputs of all pixels, two registers of them at a time.
///
/// # Safety
/// The instruction set of `V`; every pointer good for what its comment says, and for two registers behind the width.
#[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
#[allow(clippy::needless_range_loop, reason = "constant bounds, so that everything is unrolled into registers")]
#[inline(always)]
unsafe fn convolve<V: Lanes, const N: usize>(pass: &Pass) {
    // SAFETY: the caller's promise.
    unsafe {
        for x in (0..pass.width).step_by(2 * V::COUNT) {
            let mut sums = [[V::splat(0.0); 2]; N];
            for output in 0..N {
                sums[output] = [V::splat(*pass.bias.add(output)); 2];
            }
            let mut weights = pass.weights;
            for input in 0..pass.count {
                let mut from = (*pass.inputs.add(input)).add(x);
                for _ in 0..pass.taps {
                    let (left, right) = (V::load(from), V::load(from.add(V::COUNT)));
                    for output in 0..N {
                        let weight = V::splat(*weights.add(output));
                        sums[output][0] = left.multiply_add(weight, sums[output][0]);
                        sums[output][1] = right.multiply_add(weight, sums[output][1]);
                    }
                    weights = weights.add(N);
                    from = from.add(1);
                }
            }
            for output in 0..N {
                let to = pass.output.add(output * pass.stride + x);
                for half in 0..2 {
                    let mut value = sums[output][half];
                    if !pass.slope.is_null() {
                        let (zero, slope) = (V::splat(0.0), V::splat(*pass.slope.add(output)));
                        value = slope.multiply_add(value.min(zero), value.max(zero));
                    }
                    value.store(to.add(half * V::COUNT));
                }
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

/// The kernel that takes most of so many outputs at once.
fn kernels(isa: Isa, outputs: usize) -> Kernels {
    #[cfg(target_arch = "x86_64")]
    match isa {
        Isa::Avx512 | Isa::Amx => {
            return match outputs {
                10 => Kernels { outputs: 10, run: x86::avx512::<10> },
                6 => Kernels { outputs: 6, run: x86::avx512::<6> },
                _ => Kernels { outputs: 8, run: x86::avx512::<8> },
            };
        }
        Isa::Avx2 => {
            return match outputs {
                10 => Kernels { outputs: 5, run: x86::avx2::<5> },
                6 => Kernels { outputs: 6, run: x86::avx2::<6> },
                _ => Kernels { outputs: 4, run: x86::avx2::<4> },
            };
        }
        Isa::Portable => {}
    }
    let _ = isa;
    match outputs {
        10 => Kernels { outputs: 5, run: convolve::<[f32; 4], 5> },
        6 => Kernels { outputs: 6, run: convolve::<[f32; 4], 6> },
        _ => Kernels { outputs: 4, run: convolve::<[f32; 4], 4> },
    }
}

fn pool(isa: Isa) -> Pool {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 | Isa::Amx => x86::avx512_pairs,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => x86::avx2_pairs,
        _ => pairs::<[f32; 4]>,
    }
}

/// What the compiler makes of four numbers: a register of SSE2 or NEON.
#[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
impl Lanes for [f32; 4] {
    const COUNT: usize = 4;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { from.cast::<Self>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        [value; 4]
    }

    #[inline(always)]
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
        std::array::from_fn(|lane| super::kernel::multiply_add(self[lane], by[lane], plus[lane]))
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        std::array::from_fn(|lane| if self[lane] > other[lane] { self[lane] } else { other[lane] })
    }

    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        std::array::from_fn(|lane| if self[lane] < other[lane] { self[lane] } else { other[lane] })
    }

    #[inline(always)]
    unsafe fn pairs(self, next: Self) -> Self {
        [self[0].max(self[1]), self[2].max(self[3]), next[0].max(next[1]), next[2].max(next[3])]
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(clippy::wildcard_imports, reason = "a kernel is made of intrinsics")]
    use std::arch::x86_64::*;

    use super::{Lanes, Pass, convolve, pairs};

    /// # Safety
    /// AVX-512F, and what [`convolve`] asks.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn avx512<const N: usize>(pass: &Pass) {
        // SAFETY: the caller's promise.
        unsafe { convolve::<__m512, N>(pass) }
    }

    /// # Safety
    /// AVX2 and FMA, and what [`convolve`] asks.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn avx2<const N: usize>(pass: &Pass) {
        // SAFETY: the caller's promise.
        unsafe { convolve::<__m256, N>(pass) }
    }

    /// # Safety
    /// AVX-512F, and what [`pairs`] asks.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn avx512_pairs(rows: [*const f32; 2], to: *mut f32, width: usize) {
        // SAFETY: the caller's promise.
        unsafe { pairs::<__m512>(rows, to, width) }
    }

    /// # Safety
    /// AVX2, and what [`pairs`] asks.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn avx2_pairs(rows: [*const f32; 2], to: *mut f32, width: usize) {
        // SAFETY: the caller's promise.
        unsafe { pairs::<__m256>(rows, to, width) }
    }

    #[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
    impl Lanes for __m512 {
        const COUNT: usize = 16;

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { _mm512_storeu_ps(to, self) }
        }

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_set1_ps(value) }
        }

        #[inline(always)]
        unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_fmadd_ps(self, by, plus) }
        }

        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_max_ps(self, other) }
        }

        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_min_ps(self, other) }
        }

        #[inline(always)]
        unsafe fn pairs(self, next: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe {
                let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
                let odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
                _mm512_max_ps(_mm512_permutex2var_ps(self, even, next), _mm512_permutex2var_ps(self, odd, next))
            }
        }
    }

    #[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
    impl Lanes for __m256 {
        const COUNT: usize = 8;

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { _mm256_storeu_ps(to, self) }
        }

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_set1_ps(value) }
        }

        #[inline(always)]
        unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_fmadd_ps(self, by, plus) }
        }

        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_max_ps(self, other) }
        }

        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_min_ps(self, other) }
        }

        #[inline(always)]
        unsafe fn pairs(self, next: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe {
                // Within halves: the even numbers of both, the odd ones of both; then the middle quarters change places.
                let even = _mm256_shuffle_ps::<0b10_00_10_00>(self, next);
                let odd = _mm256_shuffle_ps::<0b11_01_11_01>(self, next);
                let most = _mm256_castps_pd(_mm256_max_ps(even, odd));
                _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(most))
            }
        }
    }
}
