//! Convolutions on AMX: tiles of bfloat16, sums in f32.
//!
//! A row's numbers are rounded to bfloat16 while they are gathered, 32 at a time; 32 rows by 32 columns of sums stay in
//! four tiles while the taps pass by. With [`Precision::Split`] every number is the sum of two bfloat16 and three of the
//! four products are taken, which brings the result to within f32's own rounding of f32.
//!
//! Stable Rust has no intrinsics for tiles: the inner loop is `asm!`. The compiler itself never touches a tile, and every
//! block of `asm!` begins with zeroed sums and ends with stored ones, so nothing is carried between blocks but the tile
//! configuration, which is loaded in each thread by [`Session`].

use std::arch::asm;
#[allow(clippy::wildcard_imports, reason = "a kernel is made of intrinsics")]
use std::arch::x86_64::*;
use std::cell::RefCell;
use std::sync::OnceLock;

use super::kernel::Precision;
use super::layer::{Finish, Gather, Line, Output, place};

/// Rows and columns of one block of sums: two by two tiles of 16 × 16.
const BLOCK: usize = 32;
/// Numbers of a row in one tile.
const CHUNK: usize = 32;
/// Bytes of a row of a tile.
const STRIDE: usize = 64;

/// Whether this processor has AMX for bfloat16 and the system lets us use it. Asks the system once.
pub(super) fn is_here() -> bool {
    static HERE: OnceLock<bool> = OnceLock::new();
    *HERE.get_or_init(|| {
        let vectors = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bf16");
        // CPUID leaf 7: AMX-BF16 is bit 22 of EDX, AMX-TILE bit 24.
        let leaf = __cpuid_count(7, 0).edx;
        vectors && leaf & (1 << 22) != 0 && leaf & (1 << 24) != 0 && permitted()
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

/// Weights as tiles: for every 32 columns, for every chunk of 32 taps, two tiles (16 columns each) of pairs of taps. With
/// [`Precision::Split`] the lower halves follow their chunk.
pub(super) struct Tiles {
    lines: Vec<Line>,
    precision: Precision,
    segments: usize,
    depth: usize,
    columns: usize,
}

/// Nearest bfloat16, ties to even, as its 16 bits; the numbers are finite.
fn rounded(value: f32) -> u16 {
    let bits = value.to_bits();
    ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

/// What is lost by [`rounded`].
fn rest(value: f32) -> f32 {
    value - f32::from_bits(u32::from(rounded(value)) << 16)
}

impl Tiles {
    /// Packs `segments · depth` rows of `columns` weights.
    pub(super) fn new(
        weights: &[f32],
        columns: usize,
        (segments, depth): (usize, usize),
        precision: Precision,
    ) -> Self {
        let chunks = segments * depth.div_ceil(CHUNK);
        let parts = precision.parts();
        let mut lines = vec![Line([0.0; 16]); columns.div_ceil(BLOCK) * chunks * parts * 2 * 16];
        let weight = |tap: Option<usize>, column: usize| match tap {
            Some(tap) if column < columns => weights[tap * columns + column],
            _ => 0.0,
        };
        let mut at = 0;
        for first in (0..columns).step_by(BLOCK) {
            for chunk in 0..chunks {
                let (segment, start) = (chunk / (chunks / segments), chunk % (chunks / segments) * CHUNK);
                let tap = |offset: usize| (start + offset < depth).then(|| segment * depth + start + offset);
                for part in 0..parts {
                    for (tile, pair) in (0..2).flat_map(|tile| (0..16).map(move |pair| (tile, pair))) {
                        for column in 0..16 {
                            let half = |offset: usize| {
                                let value = weight(tap(2 * pair + offset), first + 16 * tile + column);
                                u32::from(rounded(if part == 0 { value } else { rest(value) }))
                            };
                            lines[at].0[column] = f32::from_bits(half(0) | half(1) << 16);
                        }
                        at += 1;
                    }
                }
            }
        }
        Self { lines, precision, segments, depth, columns }
    }

    /// As [`super::layer::Packed::run`]; the caller has checked every row against its slice.
    pub(super) fn run(&self, input: Gather<'_>, finish: &mut Finish<'_, '_>) {
        let Gather { rows, segments, depth, .. } = input;
        assert!(segments.len() == self.segments && depth == self.depth);
        let chunks = self.segments * depth.div_ceil(CHUNK);
        let parts = self.precision.parts();
        // As many rows as stay in the second-level cache while the columns pass by.
        let height = (SUPER_BYTES / (chunks * parts * STRIDE)).next_multiple_of(BLOCK).clamp(BLOCK, 8 * BLOCK);
        let _session = Session::begin();
        GATHERED.with_borrow_mut(|gathered| {
            let block_lines = chunks * parts * BLOCK;
            if gathered.len() < height / BLOCK * block_lines {
                gathered.resize(height / BLOCK * block_lines, Line([0.0; 16]));
            }
            let mut sums = [Line([0.0; 16]); 2 * BLOCK];
            for start in (0..rows.len()).step_by(height) {
                let end = (start + height).min(rows.len());
                for (number, first) in (start..end).step_by(BLOCK).enumerate() {
                    let rows = first..(first + BLOCK).min(end);
                    let to = &mut gathered[number * block_lines..(number + 1) * block_lines];
                    // SAFETY: the rows were checked by the caller; `to` has room for every chunk of 32 rows; AVX-512
                    // and its bfloat16 are part of `is_here`.
                    unsafe {
                        match self.precision {
                            Precision::Single => gather::<1>(input, rows, to),
                            Precision::Split => gather::<2>(input, rows, to),
                        }
                    }
                }
                for (panel, first_column) in (0..self.columns).step_by(BLOCK).enumerate() {
                    let weights = &self.lines[panel * chunks * parts * 32..(panel + 1) * chunks * parts * 32];
                    for (number, first) in (start..end).step_by(BLOCK).enumerate() {
                        let from = &gathered[number * block_lines..(number + 1) * block_lines];
                        // SAFETY: `from` and `weights` hold `chunks · parts` chunks of two tiles each, `sums` four tiles.
                        let rows = first..(first + BLOCK).min(end);
                        let width = (self.columns - first_column).min(BLOCK).next_multiple_of(16);
                        unsafe {
                            match self.precision {
                                Precision::Single => multiply(from, weights, &mut sums, chunks),
                                Precision::Split => multiply_split(from, weights, &mut sums, chunks),
                            }
                            finish_block(finish, rows, first_column..first_column + width, &sums);
                        }
                    }
                }
            }
        });
    }
}

/// Bytes of gathered rows beside the weights in the second-level cache.
const SUPER_BYTES: usize = 384 * 1024 / BLOCK;

thread_local! {
    /// Gathered rows, used again and again.
    static GATHERED: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// Rounds the taps of up to 32 rows into tiles: chunk by chunk, 32 rows of 32 numbers, upper halves before lower ones.
///
/// # Safety
/// AVX-512F and its bfloat16; every row inside the data; `to` holds 32 lines for every chunk and part.
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn gather<const PARTS: usize>(input: Gather<'_>, rows: std::ops::Range<usize>, to: &mut [Line]) {
    let Gather { data, rows: from, segments, depth } = input;
    let mut starts = [data.as_ptr(); BLOCK];
    for (start, row) in starts.iter_mut().zip(&from[rows.clone()]) {
        *start = data.as_ptr().wrapping_add(*row as usize);
    }
    let starts = &starts[..rows.len()];
    let mut place = to.as_mut_ptr().cast::<__m512bh>();
    for segment in segments {
        for chunk in (0..depth).step_by(CHUNK) {
            let left = depth - chunk;
            let mask = if left >= CHUNK { u32::MAX } else { (1u32 << left) - 1 };
            let (low_mask, high_mask) = (mask as u16, (mask >> 16) as u16);
            for (row, start) in starts.iter().enumerate() {
                let at = start.wrapping_add(segment + chunk);
                // SAFETY: the caller's promise; masked lanes are not read; a line is 64 bytes, aligned to 64.
                unsafe {
                    let low = _mm512_maskz_loadu_ps(low_mask, at);
                    let high = _mm512_maskz_loadu_ps(high_mask, at.wrapping_add(16));
                    place.add(row).write(_mm512_cvtne2ps_pbh(high, low));
                    if PARTS == 2 {
                        place.add(BLOCK + row).write(_mm512_cvtne2ps_pbh(remainder(high), remainder(low)));
                    }
                }
            }
            place = place.wrapping_add(PARTS * BLOCK);
        }
    }
}

/// Writes a block of sums: bias, what is in the output already, activation; two lines a row.
///
/// # Safety
/// AVX-512F.
#[target_feature(enable = "avx512f")]
unsafe fn finish_block(
    finish: &mut Finish<'_, '_>,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    sums: &[Line; 2 * BLOCK],
) {
    let zero = _mm512_setzero_ps();
    for (half, column) in columns.step_by(16).enumerate() {
        // SAFETY: every slice is 16 numbers long; a line is 16 numbers.
        unsafe {
            let bias = _mm512_loadu_ps(finish.bias[column..column + 16].as_ptr());
            let slope = finish.slope.map(|slope| _mm512_loadu_ps(slope[column..column + 16].as_ptr()));
            let (number, first) = place(finish.outputs, column);
            let Output { data, rows: places, .. } = &mut finish.outputs[number];
            for (row, sums) in places[rows.clone()].iter().zip(sums.chunks_exact(2)) {
                let output = &mut data[*row as usize + first..][..16];
                let mut value = _mm512_add_ps(_mm512_load_ps(sums[half].0.as_ptr()), bias);
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

/// What rounding to bfloat16 leaves over.
///
/// # Safety
/// AVX-512F.
#[target_feature(enable = "avx512f")]
unsafe fn remainder(value: __m512) -> __m512 {
    let bits = _mm512_castps_si512(value);
    let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
    let bits = _mm512_add_epi32(_mm512_add_epi32(bits, odd), _mm512_set1_epi32(0x7fff));
    let upper = _mm512_and_si512(bits, _mm512_set1_epi32(0xffff_0000_u32 as i32));
    _mm512_sub_ps(value, _mm512_castsi512_ps(upper))
}

/// 32 × 32 sums over `chunks` chunks.
///
/// # Safety
/// AMX with a session; 32 lines a chunk in `rows` and `weights`, at least one chunk.
unsafe fn multiply(rows: &[Line], weights: &[Line], sums: &mut [Line; 2 * BLOCK], chunks: usize) {
    // SAFETY: the caller's promise. Tiles 0 to 3 are the sums, 4 and 5 rows, 6 and 7 weights.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "2:",
            "tileloadd tmm6, [{b} + {stride}]",
            "tileloadd tmm4, [{a} + {stride}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{b} + {stride} + 1024]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{a} + {stride} + 1024]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "prefetcht0 [{b} + 8192]",
            "add {a}, 2048",
            "add {b}, 2048",
            "dec {n}",
            "jnz 2b",
            "tilestored [{c} + {wide}], tmm0",
            "tilestored [{c} + {wide} + 64], tmm1",
            "tilestored [{c} + {wide} + 2048], tmm2",
            "tilestored [{c} + {wide} + 2112], tmm3",
            a = inout(reg) rows.as_ptr() => _,
            b = inout(reg) weights.as_ptr() => _,
            c = in(reg) sums.as_mut_ptr(),
            n = inout(reg) chunks => _,
            stride = in(reg) STRIDE,
            wide = in(reg) 2 * STRIDE,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack)
        );
    }
}

/// The same over numbers in two halves: upper × upper, upper × lower and lower × upper.
///
/// # Safety
/// AMX with a session; 64 lines a chunk in `rows` and `weights`, at least one chunk.
unsafe fn multiply_split(rows: &[Line], weights: &[Line], sums: &mut [Line; 2 * BLOCK], chunks: usize) {
    // SAFETY: the caller's promise. A chunk is 2048 bytes of upper and 2048 of lower halves.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "2:",
            // Upper rows times upper weights.
            "tileloadd tmm6, [{b} + {stride}]",
            "tileloadd tmm4, [{a} + {stride}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm5, [{a} + {stride} + 1024]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tileloadd tmm7, [{b} + {stride} + 1024]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm3, tmm5, tmm7",
            // Lower rows times upper weights.
            "tileloadd tmm4, [{a} + {stride} + 2048]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{a} + {stride} + 3072]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            // Upper rows times lower weights.
            "tileloadd tmm6, [{b} + {stride} + 2048]",
            "tileloadd tmm4, [{a} + {stride}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm5, [{a} + {stride} + 1024]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tileloadd tmm7, [{b} + {stride} + 3072]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {a}, 4096",
            "add {b}, 4096",
            "dec {n}",
            "jnz 2b",
            "tilestored [{c} + {wide}], tmm0",
            "tilestored [{c} + {wide} + 64], tmm1",
            "tilestored [{c} + {wide} + 2048], tmm2",
            "tilestored [{c} + {wide} + 2112], tmm3",
            a = inout(reg) rows.as_ptr() => _,
            b = inout(reg) weights.as_ptr() => _,
            c = in(reg) sums.as_mut_ptr(),
            n = inout(reg) chunks => _,
            stride = in(reg) STRIDE,
            wide = in(reg) 2 * STRIDE,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack)
        );
    }
}
