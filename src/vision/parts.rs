//! The detector's parts one by one, for `benches/parts.rs`; the program itself never takes them apart.

use candle_core::Device;

use super::VisionError;
use super::cpu::{CpuMtcnn, Isa};
use super::detect::{MOST_PIXELS, THRESHOLDS, reduce, reduction, scales, sizes};
use super::mtcnn::Cascade as _;
use super::resample::{Rows, Window};
use super::weights::Weights;
use crate::domain::Pixels;

/// The networks of MTCNN on the processor's own kernels, each for itself.
pub struct DetectorParts(CpuMtcnn);

impl DetectorParts {
    /// Packs the built-in weights.
    ///
    /// # Errors
    /// [`VisionError`] when a tensor is wrong.
    pub fn new(isa: Isa) -> Result<Self, VisionError> {
        Ok(Self(CpuMtcnn::new(&Weights::mtcnn(&Device::Cpu)?, isa)?))
    }

    /// The copy of a large photo that is searched in its place, of [`MOST_PIXELS`].
    pub fn reduced(photo: &Pixels) -> Pixels {
        reduce(photo, reduction(photo, MOST_PIXELS))
    }

    /// The pyramid: widths and heights in pixels at which the photo is searched for faces of `min_face` pixels and more.
    pub fn sizes(photo: &Pixels, min_face: f32) -> Vec<(usize, usize)> {
        sizes(photo, &scales(photo, min_face))
    }

    /// Resamples the photo row by row as P-Net reads it; gives the last row, red, green and blue one after the other.
    pub fn resample(photo: &Pixels, (width, height): (usize, usize)) -> Vec<f32> {
        let mut rows = Rows::new(photo, Window::all(photo), width, height);
        let mut row = vec![0.0; 3 * width];
        for y in 0..height {
            let (red, rest) = row.split_at_mut(width);
            let (green, blue) = rest.split_at_mut(width);
            rows.next_planes(y, [red, green, blue]);
        }
        row
    }

    /// P-Net with its resampling at one size of the pyramid; gives the number of proposals.
    ///
    /// # Errors
    /// [`VisionError`] when the network fails.
    pub fn propose(&self, photo: &Pixels, (width, height): (usize, usize)) -> Result<usize, VisionError> {
        Ok(self.0.propose(photo, width, height, THRESHOLDS[0])?.len())
    }

    /// R-Net on squares of the photo, whose left upper corners and side are given in pixels; gives their scores.
    ///
    /// # Errors
    /// [`VisionError`] when the network fails.
    pub fn refine(&self, photo: &Pixels, corners: &[[usize; 2]], side: usize) -> Result<Vec<f32>, VisionError> {
        Ok(self.0.refine(photo, &squares(corners, side))?.iter().map(|refined| refined.score).collect())
    }

    /// O-Net on squares of the photo, as for [`Self::refine`].
    ///
    /// # Errors
    /// [`VisionError`] when the network fails.
    pub fn decide(&self, photo: &Pixels, corners: &[[usize; 2]], side: usize) -> Result<Vec<f32>, VisionError> {
        Ok(self.0.decide(photo, &squares(corners, side))?.iter().map(|decided| decided.score).collect())
    }
}

fn squares(corners: &[[usize; 2]], side: usize) -> Vec<Window> {
    let square = |&[left, top]: &[usize; 2]| Window { left, top, right: left + side, bottom: top + side };
    corners.iter().map(square).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_does_its_own_work() {
        let photo = Pixels::filled(100, 60, [255, 127, 0]);
        let pyramid = DetectorParts::sizes(&photo, 20.0);
        assert_eq!(pyramid.first(), Some(&(61, 37)), "{pyramid:?}");
        let row = DetectorParts::resample(&photo, (61, 37));
        let expected = [255.0f32, 127.0, 0.0].map(|value| (value - 127.5) / 128.0);
        for (plane, expected) in row.chunks_exact(61).zip(expected) {
            assert!(plane.iter().all(|value| (value - expected).abs() < 1e-6), "{plane:?}");
        }
        let large = DetectorParts::reduced(&Pixels::filled(4000, 3000, [0; 3]));
        assert_eq!((large.width, large.height), (1478, 1109));
        let parts = DetectorParts::new(Isa::Portable).unwrap();
        assert_eq!(parts.propose(&photo, (11, 60)).unwrap(), 0, "smaller than a cell");
        // The same everywhere, so each square is judged as the other.
        for scores in [parts.refine(&photo, &[[0, 0], [76, 36]], 24), parts.decide(&photo, &[[0, 0], [52, 12]], 48)] {
            let scores = scores.unwrap();
            assert!(scores.len() == 2 && scores[0] == scores[1], "{scores:?}");
            assert!((0.0..=1.0).contains(&scores[0]), "{scores:?}");
        }
    }
}
