//! Convolutions on AMX: numbers in fixed point of 16 bits, each as two bytes, sums exact in 32 bits.
//!
//! The largest number of a picture, and the largest weight of a column, become ±32,512; all others are rounded to whole numbers on
//! that scale. Such a number is `256 · high + low`, both bytes with a sign, so a product is three products of bytes; the
//! fourth, low times low, is left out. It costs half of what two bfloat16 to a number cost, and loses no more: see
//! `ARCHITECTURE.md`.
//!
//! Stable Rust has no intrinsics for tiles: the inner loop is `asm!`. The compiler itself never touches a tile, and every
//! block of `asm!` begins with zeroed sums and ends with stored ones, so nothing is carried between blocks but the tile
//! configuration, which is loaded in each thread by [`Session`].

use std::arch::asm;
#[allow(clippy::wildcard_imports, reason = "a kernel is made of intrinsics")]
use std::arch::x86_64::*;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::OnceLock;

use super::layer::{Finish, Gather, Output, place};

/// Rows of one block of sums: two tiles of 16.
const BLOCK: usize = 32;
/// Columns of one block of sums: one tile.
const COLUMNS: usize = 16;
/// Bytes of a row of a tile: taps taken at once.
const CHUNK: usize = 64;
/// What the largest number becomes: its high byte is 127, the most there is.
const LARGEST: f32 = 32_512.0;

/// Whether this processor has AMX for bytes and the system lets us use it. Asks the system once.
pub(super) fn is_here() -> bool {
    static HERE: OnceLock<bool> = OnceLock::new();
    *HERE.get_or_init(|| {
        let vectors = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        // CPUID leaf 7: AMX-TILE is bit 24 of EDX, AMX-INT8 bit 25.
        let leaf = __cpuid_count(7, 0).edx;
        vectors && leaf & (1 << 24) != 0 && leaf & (1 << 25) != 0 && permitted()
    })
}

/// Linux hands out the large tile state only to processes that ask for it (`arch_prctl(ARCH_REQ_XCOMP_PERM,
/// XFEATURE_XTILEDATA)`, Documentation/arch/x86/xstate.rst). The permission holds for all threads.
#[cfg(target_os = "linux")]
fn permitted() -> bool {
    let result: i64;
    // SAFETY: the call changes nothing but this process's permission; the kernel clobbers rcx and r11.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") 158_i64 => result,
            in("rdi") 0x1023_u64,
            in("rsi") 18_u64,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack)
        );
    }
    result == 0
}

#[cfg(not(target_os = "linux"))]
fn permitted() -> bool {
    false
}

/// Eight tiles of 16 rows of 64 bytes.
#[repr(C, align(64))]
struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

static CONFIGURATION: Configuration = Configuration {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    row_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// The tiles are configured in this thread while it lives; afterwards they cost nothing in a context switch.
struct Session;

impl Session {
    fn begin() -> Self {
        // SAFETY: only reached when `is_here` said yes; the configuration is 64 valid bytes.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const CONFIGURATION, options(nostack, readonly)) };
        Self
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

/// A row of a tile, whole in one cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Row<T>([T; 16]);

/// Weights as tiles: for every 16 columns, for every 64 taps, a tile of high bytes and one of low bytes. A line of a tile
/// holds four taps of each column, side by side.
pub(super) struct Tiles {
    lines: Vec<Row<u32>>,
    /// What a weight of each column was divided by.
    scales: Vec<f32>,
    /// Taps of a row.
    depth: usize,
}

impl Tiles {
    /// Packs `depth` rows of `columns` weights.
    pub(super) fn new(weights: &[f32], columns: usize, depth: usize) -> Self {
        let chunks = depth.div_ceil(CHUNK);
        let mut scales = vec![0.0f32; columns];
        for row in weights.chunks_exact(columns) {
            scales.iter_mut().zip(row).for_each(|(largest, weight)| *largest = largest.max(weight.abs()));
        }
        let factors: Vec<f32> = scales.iter().map(|most| if *most > 0.0 { LARGEST / most } else { 0.0 }).collect();
        for scale in &mut scales {
            *scale /= LARGEST;
        }
        scales.resize(columns.next_multiple_of(COLUMNS), 0.0);
        // Rounded by hand: `round` would be a call into the system's library for each of 23 million weights.
        let rounded = |(weight, factor): (&f32, &f32)| (weight * factor + 0.5_f32.copysign(*weight)) as i16;
        let rows = weights.chunks_exact(columns);
        let fixed: Vec<i16> = rows.flat_map(|row| row.iter().zip(&factors).map(rounded)).collect();
        let fixed = |tap: usize, column: usize| {
            if tap < depth && column < columns { i32::from(fixed[tap * columns + column]) } else { 0 }
        };
        let mut lines = Vec::with_capacity(scales.len() / COLUMNS * chunks * 2 * 16);
        for first in (0..columns).step_by(COLUMNS) {
            for chunk in 0..chunks {
                let line = |quad: usize, byte: fn(i32) -> u8| {
                    Row(std::array::from_fn(|column| {
                        let tap = chunk * CHUNK + 4 * quad;
                        u32::from_le_bytes(std::array::from_fn(|at| byte(fixed(tap + at, first + column))))
                    }))
                };
                lines.extend((0..16).map(|quad| line(quad, |weight| ((weight + 128) >> 8) as u8)));
                lines.extend((0..16).map(|quad| line(quad, |weight| weight as u8)));
            }
        }
        Self { lines, scales, depth }
    }

    /// As [`super::layer::Packed::run`]; the caller has checked every row against its slice.
    pub(super) fn run(&self, input: Gather<'_>, finish: &mut Finish<'_, '_>) {
        let Gather { data, rows, segments, depth, picture } = input;
        let chunks = self.depth.div_ceil(CHUNK);
        let step = even_step(rows).filter(|_| segments.len() == 1);
        let stride = step.unwrap_or_else(|| row_bytes(chunks));
        assert!(segments.len() * depth == self.depth && stride <= LONGEST);
        // As many rows as stay in the second-level cache while the columns pass by.
        let height = (CACHED / (2 * stride)).next_multiple_of(BLOCK);
        let _session = Session::begin();
        ROOM.with_borrow_mut(|room| {
            let Room { planes, gathered, scales, row_scales } = room;
            planes.reserve(data.len());
            // SAFETY: AVX-512 is part of `is_here`; the planes have room for the data.
            unsafe { fill(data, picture, planes, scales) };
            row_scales.clear();
            row_scales.extend(rows.iter().map(|row| scales[*row as usize / picture]));
            if step.is_none() {
                gathered.reserve(height * stride);
            }
            let mut sums = [Row([0i32; 16]); 4 * 16];
            for start in (0..rows.len()).step_by(height) {
                let end = (start + height).min(rows.len());
                let (from, first) = if step.is_some() {
                    (&*planes, rows[start] as usize + segments[0])
                } else {
                    // SAFETY: the rows were checked by the caller; both have room for a cache line too many.
                    unsafe { gather(planes, gathered, &rows[start..end], (segments, depth), stride) };
                    (&*gathered, 0)
                };
                for (panel, column) in (0..self.scales.len()).step_by(COLUMNS).enumerate() {
                    let weights = &self.lines[panel * chunks * 32..(panel + 1) * chunks * 32];
                    for block in (start..end).step_by(BLOCK) {
                        let at = first + (block - start) * stride;
                        let block = block..(block + BLOCK).min(end);
                        // SAFETY: `from` holds the rows of this block, and where rows are missing or short what lies
                        // behind them, for which `reserve` left room; there are `chunks` chunks of weights.
                        unsafe {
                            let (high, low) = from.bytes();
                            multiply((high.add(at), low.add(at)), stride, weights, &mut sums);
                            self.finish_block(finish, block.clone(), &row_scales[block], column, &sums);
                        }
                    }
                }
            }
        });
    }

    /// Writes a block of sums: scales, bias, what is in the output already, activation.
    ///
    /// # Safety
    /// AVX-512F.
    #[target_feature(enable = "avx512f")]
    unsafe fn finish_block(
        &self,
        finish: &mut Finish<'_, '_>,
        rows: Range<usize>,
        row_scales: &[f32],
        column: usize,
        sums: &[Row<i32>; 4 * 16],
    ) {
        let (zero, byte) = (_mm512_setzero_ps(), _mm512_set1_ps(256.0));
        // SAFETY: every slice is 16 numbers long; a line is 16 numbers.
        unsafe {
            let scale = _mm512_loadu_ps(self.scales[column..column + 16].as_ptr());
            let bias = _mm512_loadu_ps(finish.bias[column..column + 16].as_ptr());
            let slope = finish.slope.map(|slope| _mm512_loadu_ps(slope[column..column + 16].as_ptr()));
            let (number, first) = place(finish.outputs, column);
            let Output { data, rows: places, .. } = &mut finish.outputs[number];
            for (row, (place, row_scale)) in places[rows].iter().zip(row_scales).enumerate() {
                let output = &mut data[*place as usize + first..][..16];
                // Tiles 0 and 1 are sums of the first 16 rows, 2 and 3 of the others.
                let line = row / 16 * 32 + row % 16;
                let high = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums[line].0.as_ptr().cast()));
                let middle = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums[line + 16].0.as_ptr().cast()));
                let both = _mm512_fmadd_ps(high, byte, middle);
                let mut value = _mm512_fmadd_ps(_mm512_mul_ps(both, _mm512_set1_ps(*row_scale)), scale, bias);
                if finish.add {
                    value = _mm512_add_ps(value, _mm512_loadu_ps(output.as_ptr()));
                }
                if let Some(slope) = slope {
                    value = _mm512_fmadd_ps(slope, _mm512_min_ps(value, zero), _mm512_max_ps(value, zero));
                }
                _mm512_storeu_ps(output.as_mut_ptr(), value);
            }
        }
    }
}

/// Bytes of the longest row: 3 × 3 taps of 256 channels are 2,304.
const LONGEST: usize = 4096;
/// Bytes of rows that stay in the second-level cache beside the weights and the outputs.
const CACHED: usize = 384 * 1024;

/// From one row's beginning to the next, where that is the same for all of them.
fn even_step(rows: &[u32]) -> Option<usize> {
    let step = rows.get(1)?.checked_sub(*rows.first()?)?;
    rows.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(step)).then_some(step as usize)
}

/// Bytes from one gathered row to the next: rows at multiples of 1,024 would share a few sets of the innermost cache.
const fn row_bytes(chunks: usize) -> usize {
    let bytes = chunks * CHUNK;
    if bytes.is_multiple_of(1024) { bytes + CHUNK } else { bytes }
}

/// High and low bytes of the same numbers.
#[derive(Default)]
struct Planes {
    high: Vec<Row<u32>>,
    low: Vec<Row<u32>>,
}

impl Planes {
    /// Makes room for so many numbers and for a block of the longest rows behind them, which is read but never counts.
    fn reserve(&mut self, numbers: usize) {
        let length = numbers.div_ceil(CHUNK) + BLOCK * LONGEST / CHUNK;
        if self.high.len() < length {
            self.high.resize(length, Row([0; 16]));
            self.low.resize(length, Row([0; 16]));
        }
    }

    /// Numbers there is room for.
    fn len(&self) -> usize {
        self.high.len().min(self.low.len()) * CHUNK
    }

    /// Where the high and the low bytes begin.
    fn bytes(&self) -> (*const u8, *const u8) {
        (self.high.as_ptr().cast(), self.low.as_ptr().cast())
    }

    /// The same, to be written.
    fn bytes_mut(&mut self) -> (*mut u8, *mut u8) {
        (self.high.as_mut_ptr().cast(), self.low.as_mut_ptr().cast())
    }
}

/// What a thread uses again and again.
#[derive(Default)]
struct Room {
    /// The input in fixed point.
    planes: Planes,
    /// Rows of it whose taps do not lie together.
    gathered: Planes,
    /// 256 times what one step of a picture's fixed point is worth.
    scales: Vec<f32>,
    /// The same for every row.
    row_scales: Vec<f32>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

/// Brings pictures of so many numbers, a multiple of 16, to fixed point, each by its largest.
///
/// # Safety
/// AVX-512F; the planes have room for all numbers.
#[target_feature(enable = "avx512f")]
unsafe fn fill(data: &[f32], picture: usize, planes: &mut Planes, scales: &mut Vec<f32>) {
    assert!(picture.is_multiple_of(16) && data.len() <= planes.len());
    scales.clear();
    let (mut high, mut low) = planes.bytes_mut();
    for numbers in data.chunks(picture) {
        let (lines, _) = numbers.as_chunks::<16>();
        // SAFETY: a line is 16 numbers.
        let load = |line: &[f32; 16]| unsafe { _mm512_loadu_ps(line.as_ptr()) };
        let largest =
            lines.iter().fold(_mm512_setzero_ps(), |largest, line| _mm512_max_ps(largest, _mm512_abs_ps(load(line))));
        let largest = _mm512_reduce_max_ps(largest);
        scales.push(256.0 * largest / LARGEST);
        let factor = _mm512_set1_ps(if largest > 0.0 { LARGEST / largest } else { 0.0 });
        for line in lines {
            let fixed = _mm512_cvtps_epi32(_mm512_mul_ps(load(line), factor));
            let upper = _mm512_srai_epi32::<8>(_mm512_add_epi32(fixed, _mm512_set1_epi32(128)));
            // SAFETY: the planes are as long as the data, see above.
            unsafe {
                _mm_storeu_si128(high.cast(), _mm512_cvtepi32_epi8(upper));
                _mm_storeu_si128(low.cast(), _mm512_cvtepi32_epi8(fixed));
                (high, low) = (high.add(16), low.add(16));
            }
        }
    }
}

/// Copies the taps of rows one behind the other, `stride` bytes from row to row.
///
/// # Safety
/// AVX-512F; every row's taps inside the planes, and 64 bytes more in `from`, and in `to` behind the last row.
#[target_feature(enable = "avx512f")]
unsafe fn gather(from: &Planes, to: &mut Planes, rows: &[u32], (segments, depth): (&[usize], usize), stride: usize) {
    let ((from_high, from_low), (to_high, to_low)) = (from.bytes(), to.bytes_mut());
    let mut place = 0;
    for row in rows {
        let mut tap = place;
        for segment in segments {
            let first = *row as usize + segment;
            for at in (0..depth).step_by(CHUNK) {
                // SAFETY: the caller's promise. What is copied beyond the segment is written over by the next one or row.
                unsafe {
                    let high = _mm512_loadu_si512(from_high.add(first + at).cast());
                    let low = _mm512_loadu_si512(from_low.add(first + at).cast());
                    _mm512_storeu_si512(to_high.add(tap + at).cast(), high);
                    _mm512_storeu_si512(to_low.add(tap + at).cast(), low);
                }
            }
            tap += depth;
        }
        place += stride;
    }
}

/// 32 × 16 sums over all chunks of weights: tiles 0 and 2 of high times high, 1 and 3 of high times low and low times high.
///
/// # Safety
/// AMX with a session; 32 rows of a chunk after the other, `stride` bytes from row to row, 32 lines a chunk in `weights`, at
/// least one chunk.
unsafe fn multiply(
    (high, low): (*const u8, *const u8),
    stride: usize,
    weights: &[Row<u32>],
    sums: &mut [Row<i32>; 4 * 16],
) {
    // SAFETY: the caller's promise. Tiles 4 and 5 are weights, 6 and 7 rows.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "2:",
            "tileloadd tmm4, [{b} + {line}]",
            "tileloadd tmm6, [{high} + {stride}]",
            "tdpbssd tmm0, tmm6, tmm4",
            "tileloadd tmm5, [{b} + {line} + 1024]",
            "tdpbssd tmm1, tmm6, tmm5",
            "tileloadd tmm7, [{high_2} + {stride}]",
            "tdpbssd tmm2, tmm7, tmm4",
            "tdpbssd tmm3, tmm7, tmm5",
            "tileloadd tmm6, [{low} + {stride}]",
            "tdpbssd tmm1, tmm6, tmm4",
            "tileloadd tmm7, [{low_2} + {stride}]",
            "tdpbssd tmm3, tmm7, tmm4",
            "add {high}, 64",
            "add {high_2}, 64",
            "add {low}, 64",
            "add {low_2}, 64",
            "add {b}, 2048",
            "dec {n}",
            "jnz 2b",
            "tilestored [{c} + {line}], tmm0",
            "tilestored [{c} + {line} + 1024], tmm1",
            "tilestored [{c} + {line} + 2048], tmm2",
            "tilestored [{c} + {line} + 3072], tmm3",
            high = inout(reg) high => _,
            high_2 = inout(reg) high.add(16 * stride) => _,
            low = inout(reg) low => _,
            low_2 = inout(reg) low.add(16 * stride) => _,
            b = inout(reg) weights.as_ptr() => _,
            c = in(reg) sums.as_mut_ptr(),
            n = inout(reg) weights.len() / 32 => _,
            stride = in(reg) stride,
            line = in(reg) 64_usize,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack)
        );
    }
}
