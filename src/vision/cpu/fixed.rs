//! Weights and pictures brought to fixed point of 16 bits, for `pairs`.

#[allow(clippy::wildcard_imports, reason = "a kernel is made of intrinsics")]
use std::arch::x86_64::*;

/// What the largest number of a picture becomes.
const LARGEST: f32 = 32_767.0;

/// What the weights of each column are multiplied with: the most that keeps them in 16 bits, and every chunk's sum in 32 bits for
/// any picture from 0 to [`LARGEST`].
pub(super) fn factors(weights: &[f32], columns: usize, depth: usize, chunk: usize) -> Vec<f32> {
    // Rounding adds at most half of one to each weight.
    let most = i32::MAX as f32 / LARGEST - 0.5 * chunk as f32 - 4.0;
    let mut largest = vec![0.0f32; columns];
    let mut sums = vec![[0.0f32; 2]; columns];
    for segment in weights.chunks(depth * columns) {
        for chunk in segment.chunks(chunk * columns) {
            sums.fill([0.0; 2]);
            for row in chunk.chunks_exact(columns) {
                for ((weight, [above, below]), largest) in row.iter().zip(&mut sums).zip(&mut largest) {
                    *above += weight.max(0.0);
                    *below -= weight.min(0.0);
                    // A sum of its own is the weight's: 16 bits.
                    *largest = largest.max(weight.abs() / LARGEST);
                }
            }
            for ([above, below], largest) in sums.iter().zip(&mut largest) {
                *largest = largest.max(above.max(*below) / most);
            }
        }
    }
    largest.into_iter().map(|largest| if largest > 0.0 { 1.0 / largest } else { 0.0 }).collect()
}

/// Brings pictures of so many numbers, a multiple of 16, to fixed point, each by its largest. A picture with a number below zero, or
/// one that is none, is given a scale that is no number: what comes of it is none either, and not silently another.
///
/// # Safety
/// AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn fill(data: &[f32], picture: usize, numbers: &mut Vec<i16>, scales: &mut Vec<f32>) {
    assert!(picture.is_multiple_of(16) && data.len().is_multiple_of(picture));
    scales.clear();
    if numbers.len() < data.len() {
        numbers.resize(data.len(), 0);
    }
    for (data, numbers) in data.chunks_exact(picture).zip(numbers.chunks_exact_mut(picture)) {
        let (lines, _) = data.as_chunks::<16>();
        // SAFETY: a line is 16 numbers.
        let load = |line: &[f32; 16], at: usize| unsafe { _mm256_loadu_ps(line.as_ptr().add(at)) };
        // Among floats that are not negative the order is that of their bits, and negative ones lie above all of them.
        let mut most = [_mm256_setzero_si256(); 2];
        for line in lines {
            for (most, at) in most.iter_mut().zip([0, 8]) {
                *most = _mm256_max_epu32(*most, _mm256_castps_si256(load(line, at)));
            }
        }
        let mut bits = [0u32; 8];
        // SAFETY: as long as a register.
        unsafe { _mm256_storeu_si256(bits.as_mut_ptr().cast(), _mm256_max_epu32(most[0], most[1])) };
        let largest = f32::from_bits(bits.into_iter().max().unwrap_or(0));
        let usable = largest.is_sign_positive() && largest.is_finite();
        scales.push(if usable { largest / LARGEST } else { f32::NAN });
        let factor = _mm256_set1_ps(if usable && largest > 0.0 { LARGEST / largest } else { 0.0 });
        for (line, fixed) in lines.iter().zip(numbers.as_chunks_mut::<16>().0) {
            let [low, high] = [0, 8].map(|at| _mm256_cvtps_epi32(_mm256_mul_ps(load(line, at), factor)));
            // Packing takes the halves of both in turn.
            let packed = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(low, high));
            // SAFETY: 16 numbers of 16 bits are a register.
            unsafe { _mm256_storeu_si256(fixed.as_mut_ptr().cast(), packed) };
        }
    }
}
