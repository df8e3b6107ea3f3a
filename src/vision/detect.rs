//! MTCNN's cascade around the networks: pyramid, proposals, refinement, landmarks. The steps, thresholds and roundings are
//! those of facenet-pytorch 2.6.0 (`detect_face.py`), so that its numbers are ours.

use candle_core::{Device, Tensor};

use super::VisionError;
use super::mtcnn::Networks;
use super::nms::{Candidate, Overlap, suppress};
use super::resample::{Window, area};
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
/// Crops in one pass of R- or O-Net: bounds memory on crowds.
const BATCH: usize = 256;

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
    networks: Networks,
}

impl Mtcnn {
    /// Loads the built-in weights onto a device.
    ///
    /// # Errors
    /// [`VisionError`] when a tensor is wrong or the device fails.
    pub fn new(device: &Device) -> Result<Self, VisionError> {
        Ok(Self { networks: Networks::new(device)? })
    }

    /// First stage: proposals over the whole pyramid, squared.
    fn propose(&self, photo: &Pixels, min_face: f32) -> Result<Vec<Candidate>, VisionError> {
        let mut found: Vec<Candidate> = Vec::new();
        let mut offsets: Vec<[f32; 4]> = Vec::new();
        let mut planes = Vec::new();
        for scale in scales(photo, min_face) {
            let (width, height) =
                ((photo.width as f32 * scale + 1.0) as usize, (photo.height as f32 * scale + 1.0) as usize);
            planes.clear();
            area(photo, Window::all(photo), width, height, &mut planes);
            let (cells, shifts) = self.proposals_at(&planes, width, height, scale)?;
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

    /// P-Net on one picture of the pyramid: cells above the threshold, in pixels of the photo, and their offsets.
    fn proposals_at(
        &self,
        planes: &[f32],
        width: usize,
        height: usize,
        scale: f32,
    ) -> Result<(Vec<Candidate>, Vec<[f32; 4]>), VisionError> {
        let input = self.input(planes, (1, height, width))?;
        let (probability, offsets) = self.networks.propose.forward(&input)?;
        let (_, _, rows, columns) = probability.dims4()?;
        let probability = numbers(&probability)?;
        let offsets = numbers(&offsets)?;
        let plane = rows * columns;
        let (mut cells, mut shifts) = (Vec::new(), Vec::new());
        for (at, &score) in probability.iter().enumerate().filter(|(_, score)| **score >= THRESHOLDS[0]) {
            let (x, y) = ((at % columns) as f32 * STRIDE, (at / columns) as f32 * STRIDE);
            let edges = [x + 1.0, y + 1.0, x + CELL, y + CELL].map(|edge| (edge / scale).floor());
            cells.push(Candidate { edges, score });
            shifts.push([offsets[at], offsets[plane + at], offsets[2 * plane + at], offsets[3 * plane + at]]);
        }
        Ok((cells, shifts))
    }

    /// Second stage.
    fn refine(&self, photo: &Pixels, candidates: &[Candidate]) -> Result<Vec<Candidate>, VisionError> {
        let (mut passed, mut offsets) = (Vec::new(), Vec::new());
        for (batch, input) in self.crops(photo, candidates, 24)? {
            let (probability, shifts) = self.networks.refine.forward(&input)?;
            let (probability, shifts) = (numbers(&probability)?, numbers(&shifts)?);
            for (index, candidate) in batch.iter().enumerate() {
                if probability[index] > THRESHOLDS[1] {
                    passed.push(Candidate { score: probability[index], ..*candidate });
                    offsets.push([0, 1, 2, 3].map(|edge| shifts[4 * index + edge]));
                }
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
        for (batch, input) in self.crops(photo, candidates, 48)? {
            let (probability, shifts, points) = self.networks.decide.forward(&input)?;
            let (probability, shifts, points) = (numbers(&probability)?, numbers(&shifts)?, numbers(&points)?);
            for (index, candidate) in batch.iter().enumerate() {
                if probability[index] <= THRESHOLDS[2] {
                    continue;
                }
                let [left, top, right, bottom] = candidate.edges;
                let (width, height) = (right - left + 1.0, bottom - top + 1.0);
                let point = |number: usize| {
                    let at = 10 * index + number;
                    [width * points[at] + left - 1.0, height * points[at + 5] + top - 1.0]
                };
                landmarks.push([0, 1, 2, 3, 4].map(point));
                let shift = [0, 1, 2, 3].map(|edge| shifts[4 * index + edge]);
                passed.push(Candidate { edges: shifted(candidate.edges, shift), score: probability[index] });
            }
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

    /// The candidates that lie on the photo, in batches, each with its crops `(n, 3, side, side)`.
    fn crops(
        &self,
        photo: &Pixels,
        candidates: &[Candidate],
        side: usize,
    ) -> Result<Vec<(Vec<Candidate>, Tensor)>, VisionError> {
        let seen: Vec<(Candidate, Window)> =
            candidates.iter().filter_map(|one| Some((*one, window(&one.edges, photo)?))).collect();
        let mut batches = Vec::new();
        for batch in seen.chunks(BATCH) {
            let mut planes = Vec::with_capacity(3 * side * side * batch.len());
            for (_, window) in batch {
                area(photo, *window, side, side, &mut planes);
            }
            let input = self.input(&planes, (batch.len(), side, side))?;
            batches.push((batch.iter().map(|(candidate, _)| *candidate).collect(), input));
        }
        Ok(batches)
    }

    /// Planes of values 0 to 255 as the networks' input.
    fn input(&self, planes: &[f32], (count, height, width): (usize, usize, usize)) -> Result<Tensor, VisionError> {
        let values: Vec<f32> = planes.iter().map(|value| (value - 127.5) * 0.007_812_5).collect();
        Ok(Tensor::from_vec(values, (count, 3, height, width), &self.networks.device)?)
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

fn numbers(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
    tensor.to_device(&Device::Cpu)?.flatten_all()?.to_vec1()
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
