//! Embeddings of a crop and its mirror image together.

use super::VisionError;
use super::facenet::FaceEmbedder;
use super::resample::mirror;
use crate::domain::Pixels;

/// The mean of the embeddings of a crop and its mirror image, L2-normalised: what differs between the two, such as light from
/// one side, is no part of who it is. Twice the cost (`models/README.md` has what it brings).
pub(super) struct Mirrored {
    inner: Box<dyn FaceEmbedder>,
    name: String,
}

impl Mirrored {
    /// In front of any embedder.
    pub(super) fn new(inner: Box<dyn FaceEmbedder>) -> Self {
        let name = format!("{}-mirror", inner.name());
        Self { inner, name }
    }
}

impl FaceEmbedder for Mirrored {
    fn name(&self) -> &str {
        &self.name
    }

    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
        let both: Vec<Pixels> = crops.iter().flat_map(|crop| [crop.clone(), mirror(crop)]).collect();
        let embeddings = self.inner.embed(&both)?;
        Ok(embeddings.as_chunks::<2>().0.iter().map(|[one, two]| mean(one, two)).collect())
    }
}

fn mean(one: &[f32], two: &[f32]) -> Vec<f32> {
    let sum: Vec<f32> = one.iter().zip(two).map(|(one, two)| one + two).collect();
    let length = sum.iter().map(|value| value * value).sum::<f32>().max(1e-10).sqrt();
    sum.iter().map(|value| value / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first pixel's colour.
    struct FirstPixel;

    impl FaceEmbedder for FirstPixel {
        fn name(&self) -> &'static str {
            "first"
        }

        fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
            Ok(crops.iter().map(|crop| crop.rgb[..3].iter().map(|value| f32::from(*value)).collect()).collect())
        }
    }

    #[test]
    fn both_sides_count() {
        let crop = Pixels::new(2, 1, vec![4, 0, 0, 0, 3, 0]).unwrap();
        let embedder = Mirrored::new(Box::new(FirstPixel));
        let embeddings = embedder.embed(&[crop.clone(), mirror(&crop)]).unwrap();
        assert_eq!(embeddings.len(), 2);
        for embedding in embeddings {
            assert!((embedding[0] - 0.8).abs() < 1e-6 && (embedding[1] - 0.6).abs() < 1e-6, "{embedding:?}");
        }
    }
}
