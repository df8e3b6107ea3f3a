//! Embeddings of a quarter of the width, with the same cosines.

use candle_core::Device;

use super::VisionError;
use super::facenet::FaceEmbedder;
use super::weights::Weights;
use crate::domain::Pixels;

/// Numbers in a compact embedding.
const WIDTH: usize = 128;
/// Numbers in one of the built-in FaceNet.
const FULL: usize = 512;

/// The built-in FaceNet's 512 numbers as 128: all but 4 × 10⁻⁵ of their squared length lies in 128 directions
/// (`models/project.py` found them on lfw-dev), so that cosines change by less than storing numbers in f16 does. It is the
/// last layer times a matrix, worked out after the last layer, because the wide embeddings are wanted too.
pub(super) struct Compact {
    inner: Box<dyn FaceEmbedder>,
    /// `WIDTH` rows of `FULL`, of length 1 and at right angles.
    basis: Vec<f32>,
    name: String,
}

impl Compact {
    /// In front of the built-in FaceNet.
    ///
    /// # Errors
    /// [`VisionError`] when the directions are damaged.
    pub(super) fn new(inner: Box<dyn FaceEmbedder>) -> Result<Self, VisionError> {
        let basis = Weights::compact(&Device::Cpu)?.numbers("basis", &[WIDTH, FULL])?;
        let name = format!("{}-{WIDTH}", inner.name());
        Ok(Self { inner, basis, name })
    }
}

impl FaceEmbedder for Compact {
    fn name(&self) -> &str {
        &self.name
    }

    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
        let full = self.inner.embed(crops)?;
        Ok(full.iter().map(|embedding| projected(&self.basis, embedding)).collect())
    }
}

/// The numbers along each direction, L2-normalised.
fn projected(basis: &[f32], embedding: &[f32]) -> Vec<f32> {
    let along = |row: &[f32]| row.iter().zip(embedding).map(|(a, b)| a * b).sum::<f32>();
    let numbers: Vec<f32> = basis.chunks_exact(FULL).map(along).collect();
    let length = numbers.iter().map(|value| value * value).sum::<f32>().max(1e-10).sqrt();
    numbers.iter().map(|value| value / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directions_are_at_right_angles() {
        let basis = Weights::compact(&Device::Cpu).unwrap().numbers("basis", &[WIDTH, FULL]).unwrap();
        for (one, a) in basis.chunks_exact(FULL).enumerate() {
            for (two, b) in basis.chunks_exact(FULL).enumerate() {
                let dot: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                assert!((dot - f32::from(u8::from(one == two))).abs() < 1e-5, "{one} and {two}: {dot}");
            }
        }
    }

    #[test]
    fn a_direction_becomes_its_own_number() {
        let basis = Weights::compact(&Device::Cpu).unwrap().numbers("basis", &[WIDTH, FULL]).unwrap();
        let small = projected(&basis, &basis[5 * FULL..6 * FULL]);
        assert_eq!(small.len(), WIDTH);
        assert!((small[5] - 1.0).abs() < 1e-5, "{}", small[5]);
    }
}
