//! Numbers in a register of one instruction set, so that a loop is written once for all.

#![allow(clippy::inline_always, reason = "compiled inside functions that have the instruction set")]

use super::kernel::multiply_add;

/// Numbers in a register.
pub(super) trait Lanes: Copy {
    const COUNT: usize;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn splat(value: f32) -> Self;
    /// `self · by + plus`.
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self;
    /// The larger; `other` where one of them is no number.
    unsafe fn max(self, other: Self) -> Self;
    /// The smaller; `other` where one of them is no number.
    unsafe fn min(self, other: Self) -> Self;
    /// The larger of each two neighbours of `self` and then `next`.
    unsafe fn pairs(self, next: Self) -> Self;
}

/// What the compiler makes of four numbers: a register of SSE2 or NEON.
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
        std::array::from_fn(|lane| multiply_add(self[lane], by[lane], plus[lane]))
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

    use super::Lanes;

    /// Registers of AVX-512 and of AVX2, whose intrinsics differ by their names only.
    macro_rules! lanes {
        ($lanes:ty, $count:literal, $pairs:path, $load:ident, $store:ident, $splat:ident, $fused:ident, $max:ident, $min:ident) => {
            impl Lanes for $lanes {
                const COUNT: usize = $count;

                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the caller's promise, here and below.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    unsafe { $store(to, self) }
                }

                #[inline(always)]
                unsafe fn splat(value: f32) -> Self {
                    unsafe { $splat(value) }
                }

                #[inline(always)]
                unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
                    unsafe { $fused(self, by, plus) }
                }

                #[inline(always)]
                unsafe fn max(self, other: Self) -> Self {
                    unsafe { $max(self, other) }
                }

                #[inline(always)]
                unsafe fn min(self, other: Self) -> Self {
                    unsafe { $min(self, other) }
                }

                #[inline(always)]
                unsafe fn pairs(self, next: Self) -> Self {
                    unsafe { $pairs(self, next) }
                }
            }
        };
    }

    lanes!(
        __m512,
        16,
        pairs_of_16,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_set1_ps,
        _mm512_fmadd_ps,
        _mm512_max_ps,
        _mm512_min_ps
    );
    lanes!(
        __m256,
        8,
        pairs_of_8,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_set1_ps,
        _mm256_fmadd_ps,
        _mm256_max_ps,
        _mm256_min_ps
    );

    /// # Safety
    /// AVX-512F.
    #[target_feature(enable = "avx512f")]
    #[inline]
    unsafe fn pairs_of_16(one: __m512, next: __m512) -> __m512 {
        let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        let odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
        _mm512_max_ps(_mm512_permutex2var_ps(one, even, next), _mm512_permutex2var_ps(one, odd, next))
    }

    /// # Safety
    /// AVX2.
    #[target_feature(enable = "avx2")]
    #[inline]
    unsafe fn pairs_of_8(one: __m256, next: __m256) -> __m256 {
        // Within halves: the even numbers of both, the odd ones of both; then the middle quarters change places.
        let even = _mm256_shuffle_ps::<0b10_00_10_00>(one, next);
        let odd = _mm256_shuffle_ps::<0b11_01_11_01>(one, next);
        let most = _mm256_castps_pd(_mm256_max_ps(even, odd));
        _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(most))
    }
}
