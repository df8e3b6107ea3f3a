//! MTCNN's cascade around the networks: pyramid, proposals, refinement, landmarks. The steps, thresholds and roundings are
//! those of facenet-pytorch 2.6.0 (`detect_face.py`), so that its numbers are ours.

use candle_core::Device;

use super::VisionError;
use super::cpu::{CpuMtcnn, Isa};
use super::mtcnn::{Cascade, Networks};
use super::nms::{Candidate, Overlap, suppress};
use super::resample::{Window, area};
use super::weights::Weights;
use crate::domain::{DetectedFace, FaceBox, Landmarks, Pixels};

/// Photos with a longer side than this are looked at in a reduced copy of this size. A face of 20 pixels in the copy is
/// one of 63 pixels in a photo of 12 megapixels (4,000 × 3,000).
pub const LONGEST_SIDE: u32 = 1280;

/// Least probability after P-, R- and O-Net.
const THRESHOLDS: [f32; 3] = [0.6, 0.7, 0.7];
/// Each step of the pyramid is this much smaller.
const PYRAMID_FACTOR: f32 = 0.709;
/// The size of face P-Net was trained on, and the step between its outputs, in pixels.
const CELL: f32 = 12.0;
const STRIDE: f32 = 2.0;

/// Finds faces and their landmarks.
pub trait FaceDetector: Send + Sync {
    /// What results of this method are marked with.
    fn name(&self) -> &'static str;

    /// Every face, highest score first; see [`super::FaceFinder::detect`].
    ///
    /// # Errors
    /// [`VisionError`] when the device fails.
    fn detect(&self, photo: &Pixels, min_face: f32) -> Result<Vec<DetectedFace>, VisionError>;
}

/// The cascade.
pub struct Mtcnn {
    networks: Box<dyn Cascade>,
}

impl Mtcnn {
    /// Loads the built-in weights onto a device of candle's.
    ///
    /// # Errors
    /// [`VisionError`] when a tensor is wrong or the device fails.
    pub fn new(device: &Device) -> Result<Self, VisionError> {
        Ok(Self { networks: Box::new(Networks::new(device)?) })
    }

    /// The built-in weights on the processor's own kernels.
    ///
    /// # Errors
    /// [`VisionError`] when a tensor is wrong.
    pub fn on_cpu(isa: Isa) -> Result<Self, VisionError> {
        Ok(Self { networks: Box::new(CpuMtcnn::new(&Weights::mtcnn(&Device::Cpu)?, isa)?) })
    }

    /// First stage: proposals over the whole pyramid, squared.
    fn propose(&self, photo: &Pixels, min_face: f32) -> Result<Vec<Candidate>, VisionError> {
        let mut found: Vec<Candidate> = Vec::new();
        let mut offsets: Vec<[f32; 4]> = Vec::new();
        for scale in scales(photo, min_face) {
            let (width, height) =
                ((photo.width as f32 * scale + 1.0) as usize, (photo.height as f32 * scale + 1.0) as usize);
            let (mut cells, mut shifts) = (Vec::new(), Vec::new());
            for cell in self.networks.propose(photo, width, height, THRESHOLDS[0])? {
                let (x, y) = (cell.x as f32 * STRIDE, cell.y as f32 * STRIDE);
                let edges = [x + 1.0, y + 1.0, x + CELL, y + CELL].map(|edge| (edge / scale).floor());
                cells.push(Candidate { edges, score: cell.score });
                shifts.push(cell.offsets);
            }
            for kept in suppress(&cells, 0.5, Overlap::Union) {
                found.push(cells[kept]);
                offsets.push(shifts[kept]);
            }
        }
        let kept = suppress(&found, 0.7, Overlap::Union);
        Ok(kept
            .into_iter()
            .map(|index| {
                let [left, top, right, bottom] = found[index].edges;
                let (width, height) = (right - left, bottom - top);
                let shift = offsets[index];
                let edges = [
                    left + shift[0] * width,
                    top + shift[1] * height,
                    right + shift[2] * width,
                    bottom + shift[3] * height,
                ];
                Candidate { edges: squared(edges), score: found[index].score }
            })
            .collect())
    }

    /// Second stage.
    fn refine(&self, photo: &Pixels, candidates: &[Candidate]) -> Result<Vec<Candidate>, VisionError> {
        let (seen, windows) = on_photo(photo, candidates);
        let (mut passed, mut offsets) = (Vec::new(), Vec::new());
        for (candidate, refined) in seen.iter().zip(self.networks.refine(photo, &windows)?) {
            if refined.score > THRESHOLDS[1] {
                passed.push(Candidate { score: refined.score, ..*candidate });
                offsets.push(refined.offsets);
            }
        }
        let kept = suppress(&passed, 0.7, Overlap::Union);
        Ok(kept
            .into_iter()
            .map(|index| Candidate {
                edges: squared(shifted(passed[index].edges, offsets[index])),
                score: passed[index].score,
            })
            .collect())
    }

    /// Third stage.
    fn decide(&self, photo: &Pixels, candidates: &[Candidate]) -> Result<Vec<DetectedFace>, VisionError> {
        let (mut passed, mut landmarks): (Vec<Candidate>, Vec<Landmarks>) = (Vec::new(), Vec::new());
        let (seen, windows) = on_photo(photo, candidates);
        for (candidate, decided) in seen.iter().zip(self.networks.decide(photo, &windows)?) {
            if decided.score <= THRESHOLDS[2] {
                continue;
            }
            let [left, top, right, bottom] = candidate.edges;
            let (width, height) = (right - left + 1.0, bottom - top + 1.0);
            let points = decided.landmarks;
            landmarks.push(
                [0, 1, 2, 3, 4]
                    .map(|point: usize| [width * points[point] + left - 1.0, height * points[point + 5] + top - 1.0]),
            );
            passed.push(Candidate { edges: shifted(candidate.edges, decided.offsets), score: decided.score });
        }
        let kept = suppress(&passed, 0.7, Overlap::Smaller);
        Ok(kept
            .into_iter()
            .map(|index| {
                let [left, top, right, bottom] = passed[index].edges;
                DetectedFace {
                    bounds: FaceBox::new(left, top, right - left, bottom - top),
                    score: passed[index].score,
                    landmarks: landmarks[index],
                }
            })
            .collect())
    }
}

impl FaceDetector for Mtcnn {
    fn name(&self) -> &'static str {
        "mtcnn"
    }

    fn detect(&self, photo: &Pixels, min_face: f32) -> Result<Vec<DetectedFace>, VisionError> {
        let longest = photo.width.max(photo.height);
        let (reduced, factor);
        let seen = if longest > LONGEST_SIDE {
            (reduced, factor) = reduce(photo);
            &reduced
        } else {
            factor = 1.0;
            photo
        };
        let candidates = self.propose(seen, min_face)?;
        let candidates = self.refine(seen, &candidates)?;
        let mut faces = self.decide(seen, &candidates)?;
        for face in &mut faces {
            face.bounds = face.bounds.scaled(factor);
            face.landmarks = face.landmarks.map(|point| point.map(|value| value * factor));
        }
        faces.sort_by(|a, b| {
            let place = |face: &DetectedFace| (face.bounds.y, face.bounds.x);
            let ((ay, ax), (by, bx)) = (place(a), place(b));
            b.score.total_cmp(&a.score).then(ay.total_cmp(&by)).then(ax.total_cmp(&bx))
        });
        Ok(faces)
    }
}

/// The photo with its longer side at [`LONGEST_SIDE`], and how much larger the photo is.
fn reduce(photo: &Pixels) -> (Pixels, f32) {
    let factor = photo.width.max(photo.height) as f32 / LONGEST_SIDE as f32;
    let side = |length: u32| ((length as f32 / factor).round() as u32).max(1);
    let (width, height) = (side(photo.width), side(photo.height));
    let mut planes = Vec::new();
    area(photo, Window::all(photo), width as usize, height as usize, &mut planes);
    let plane = width as usize * height as usize;
    let rgb = (0..plane)
        .flat_map(|at| [planes[at], planes[plane + at], planes[2 * plane + at]])
        .map(|value| value.round() as u8)
        .collect();
    (Pixels { width, height, rgb }, factor)
}

/// Scales at which a face of `min_face` pixels or more is 12 pixels.
fn scales(photo: &Pixels, min_face: f32) -> Vec<f32> {
    let mut scale = CELL / min_face.max(CELL);
    let mut shortest = photo.width.min(photo.height) as f32 * scale;
    let mut scales = Vec::new();
    while shortest >= CELL {
        scales.push(scale);
        scale *= PYRAMID_FACTOR;
        shortest *= PYRAMID_FACTOR;
    }
    scales
}

/// The square about the middle, as wide as the longer side.
fn squared([left, top, right, bottom]: [f32; 4]) -> [f32; 4] {
    let (width, height) = (right - left, bottom - top);
    let side = width.max(height);
    let (left, top) = (left + width * 0.5 - side * 0.5, top + height * 0.5 - side * 0.5);
    [left, top, left + side, top + side]
}

/// Edges moved by the network's offsets, both end pixels counted.
fn shifted(edges: [f32; 4], shift: [f32; 4]) -> [f32; 4] {
    let (width, height) = (edges[2] - edges[0] + 1.0, edges[3] - edges[1] + 1.0);
    [
        edges[0] + shift[0] * width,
        edges[1] + shift[1] * height,
        edges[2] + shift[2] * width,
        edges[3] + shift[3] * height,
    ]
}

/// The pixels of a box that counts from 1, cut at the photo's edges; `None` when nothing is left.
fn window(edges: &[f32; 4], photo: &Pixels) -> Option<Window> {
    let [left, top, right, bottom] = edges.map(|edge| edge.clamp(-1e6, 1e6) as i64);
    let (left, top) = (left.max(1) - 1, top.max(1) - 1);
    let (right, bottom) = (right.min(i64::from(photo.width)), bottom.min(i64::from(photo.height)));
    (right > left && bottom > top).then_some(Window {
        left: left as usize,
        top: top as usize,
        right: right as usize,
        bottom: bottom as usize,
    })
}

/// The candidates that lie on the photo, and where.
fn on_photo(photo: &Pixels, candidates: &[Candidate]) -> (Vec<Candidate>, Vec<Window>) {
    candidates.iter().filter_map(|one| Some((*one, window(&one.edges, photo)?))).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_shapes_give_no_faces_and_no_panic() {
        let detector = Mtcnn::new(&Device::Cpu).unwrap();
        for (width, height) in [(1, 1), (1, 5000), (4000, 10), (11, 11), (20, 20), (0, 0)] {
            let photo = Pixels::filled(width, height, [90, 120, 150]);
            assert!(detector.detect(&photo, 20.0).unwrap().is_empty(), "{width} × {height}");
        }
    }

    #[test]
    fn the_pyramid_ends_at_twelve_pixels() {
        let photo = Pixels::filled(100, 60, [0; 3]);
        let all = scales(&photo, 20.0);
        assert_eq!(all[0], 0.6);
        assert!(60.0 * all[all.len() - 1] >= 12.0);
        assert!(60.0 * all[all.len() - 1] * PYRAMID_FACTOR < 12.0);
    }

    #[test]
    fn windows_stay_on_the_photo() {
        let photo = Pixels::filled(50, 40, [0; 3]);
        assert_eq!(window(&[-5.0, 3.9, 60.0, 20.0], &photo), Some(Window { left: 0, top: 2, right: 50, bottom: 20 }));
        assert_eq!(window(&[60.0, 0.0, 70.0, 10.0], &photo), None);
    }
}
