//! The networks on the processor: own kernels, since a plain forward pass spends most of its time moving numbers about.
//!
//! Pictures lie as rows of pixels with their channels together (NHWC); a convolution reads its taps where they lie, and
//! bias, residual and activation happen in registers. Graphics cards keep candle's kernels.

#[cfg(target_arch = "x86_64")]
mod amx;
mod facenet;
#[cfg(target_arch = "x86_64")]
mod fixed;
mod kernel;
mod lanes;
mod layer;
mod mtcnn;
#[cfg(target_arch = "x86_64")]
mod pairs;
mod planar;
mod propose;
mod ring;
mod winograd;

use super::VisionError;

pub(super) use facenet::CpuFaceNet;
pub(super) use mtcnn::CpuMtcnn;

/// Instruction sets with kernels of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// Plain Rust: NEON on ARM, SSE2 on old PCs.
    Portable,
    /// AVX2 and FMA.
    Avx2,
    /// The same, FaceNet in pairs of 16-bit fixed point, where that is quicker: as good as f32, see `ARCHITECTURE.md`.
    Avx2Fixed,
    /// AVX-512F.
    Avx512,
    /// The same, FaceNet in pairs of 16-bit fixed point.
    Avx512Fixed,
    /// Tiles (AMX) of 16-bit fixed point where they pay, AVX-512F elsewhere: as good as f32, see `ARCHITECTURE.md`.
    Amx,
}

impl Isa {
    /// What to call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "AVX2",
            Self::Avx2Fixed => "AVX2-fixed",
            Self::Avx512 => "AVX-512",
            Self::Avx512Fixed => "AVX-512-fixed",
            Self::Amx => "AMX",
        }
    }

    /// Every one this processor has, the best last.
    #[must_use]
    pub fn here() -> Vec<Self> {
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                all.push(Self::Avx2);
                all.extend(pairs::Width::narrow().map(|_| Self::Avx2Fixed));
            }
            if is_x86_feature_detected!("avx512f") {
                all.push(Self::Avx512);
                all.extend(pairs::Width::wide().map(|_| Self::Avx512Fixed));
            }
            if amx::is_here() {
                all.push(Self::Amx);
            }
        }
        all
    }

    /// The best this processor has, or the one named by `ALBUMEN_CPU` (`portable`, `avx2`, `avx2fixed`,
    /// `avx512`, `avx512fixed`, `amx`).
    ///
    /// # Errors
    /// [`VisionError::Device`] when the named one is unknown or not here.
    pub fn choose() -> Result<Self, VisionError> {
        let here = Self::here();
        let Some(name) = std::env::var_os("ALBUMEN_CPU").filter(|name| !name.is_empty()) else {
            return Ok(here.last().copied().unwrap_or(Self::Portable));
        };
        let plain = |isa: &Self| isa.name().to_lowercase().replace('-', "");
        let wanted = name.to_string_lossy().to_lowercase();
        here.iter().copied().find(|isa| plain(isa) == wanted).ok_or_else(|| VisionError::Device {
            device: "ALBUMEN_CPU",
            reason: format!(
                "this processor has no {wanted}; leave it out, or choose one of {}",
                here.iter().map(plain).collect::<Vec<_>>().join(", ")
            ),
        })
    }
}

#[cfg(test)]
mod tests;
