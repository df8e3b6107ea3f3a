//! MTCNN's cascade around the networks: pyramid, proposals, refinement, landmarks. The steps, thresholds and roundings are
//! those of facenet-pytorch 2.6.0 (`detect_face.py`), so that its numbers are ours.

use candle_core::Device;

use super::VisionError;
use super::cpu::{CpuMtcnn, Isa};
use super::mtcnn::{Decision, Networks, OnPhoto, TakesPhotos};
use super::nms::{Candidate, Overlap, overlapping, suppress};
use super::resample::{Window, area_pixels};
use super::weights::Weights;
use crate::domain::{DetectedFace, FaceBox, Pixels};

/// Photos of more pixels than this are looked at in a reduced copy of so many. A face of 20 pixels in the copy is one of
/// 54 pixels in a photo of 12 megapixels. The measure is the area and not the longer side, because the area is
/// what the time goes with: a panorama keeps its height.
pub const MOST_PIXELS: u32 = 1280 * 1280;

/// Least probability after P-, R- and O-Net.
pub(super) const THRESHOLDS: [f32; 3] = [0.6, 0.7, 0.7];
/// What is left of O-Net's least probability for a face that it passed, once the mirror image is asked too.
const MIRRORED: f32 = 0.6;
/// Boxes of the last stage that share more than this of the smaller one are of one face.
const SAME_FACE: f32 = 0.7;
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
    networks: Box<dyn TakesPhotos>,
    /// Pixels of the copies of large photos that are looked at.
    area: u32,
    mirrored: bool,
}

impl Mtcnn {
    /// Loads the built-in weights onto a device of candle's.
    ///
    /// # Errors
    /// [`VisionError`] when a tensor is wrong or the device fails.
    pub fn new(device: &Device) -> Result<Self, VisionError> {
        Ok(Self::with(Box::new(Networks::new(device)?)))
    }

    /// The built-in weights on the processor's own kernels.
    ///
    /// # Errors
    /// [`VisionError`] when a tensor is wrong.
    pub fn on_cpu(isa: Isa) -> Result<Self, VisionError> {
        Ok(Self::with(Box::new(CpuMtcnn::new(&Weights::mtcnn(&Device::Cpu)?, isa)?)))
    }

    /// The built-in weights on the first NVIDIA card.
    ///
    /// # Errors
    /// [`VisionError`] when there is no card, its memory does not suffice, or a tensor is wrong.
    #[cfg(feature = "cuda")]
    pub(super) fn on_card() -> Result<Self, VisionError> {
        Ok(Self::with(Box::new(super::cuda::CudaMtcnn::new()?)))
    }

    fn with(networks: Box<dyn TakesPhotos>) -> Self {
        Self { networks, area: MOST_PIXELS, mirrored: false }
    }

    /// Looks at photos of more than `area` pixels in a copy of so many. For measurements; the default is [`MOST_PIXELS`].
    #[must_use]
    pub fn seen_at(self, area: u32) -> Self {
        Self { area, ..self }
    }

    /// Also asks O-Net about the mirror image of what it sees: a face stays when the mean of both scores is not far below the
    /// limit, and comes in when the mean passes it. Boxes, landmarks and scores stay those of the reference; a few
    /// faces that it misses are added, and many of its false boxes go (`models/README.md`).
    #[must_use]
    pub fn with_mirror(self) -> Self {
        Self { mirrored: true, ..self }
    }

    /// First stage: proposals over the whole pyramid, squared.
    fn propose(networks: &mut dyn OnPhoto, photo: &Pixels, min_face: f32) -> Result<Vec<Candidate>, VisionError> {
        let mut found: Vec<Candidate> = Vec::new();
        let mut offsets: Vec<[f32; 4]> = Vec::new();
        let scales = scales(photo, min_face);
        for (scale, all) in scales.iter().zip(networks.propose(&sizes(photo, &scales), THRESHOLDS[0])?) {
            let (mut cells, mut shifts) = (Vec::new(), Vec::new());
            for cell in all {
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
    fn refine(
        networks: &mut dyn OnPhoto,
        photo: &Pixels,
        candidates: &[Candidate],
    ) -> Result<Vec<Candidate>, VisionError> {
        let (seen, windows) = on_photo(photo, candidates);
        let (mut passed, mut offsets) = (Vec::new(), Vec::new());
        for (candidate, refined) in seen.iter().zip(networks.refine(&windows)?) {
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
    fn decide(
        &self,
        networks: &mut dyn OnPhoto,
        photo: &Pixels,
        candidates: &[Candidate],
    ) -> Result<Vec<DetectedFace>, VisionError> {
        let (seen, windows) = on_photo(photo, candidates);
        let decisions = networks.decide(&windows)?;
        let means = if self.mirrored { Self::ask_the_mirror(networks, &windows, &decisions)? } else { Vec::new() };
        let (mut passed, mut faces, mut believed) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (candidate, decided)) in seen.iter().zip(&decisions).enumerate() {
            let mean = means.get(index).copied().unwrap_or(decided.score);
            let score = if decided.score > THRESHOLDS[2] {
                decided.score
            } else if mean > THRESHOLDS[2] {
                // Behind all that the reference would take, so that the boxes which win are the reference's.
                THRESHOLDS[2]
            } else {
                continue;
            };
            let [left, top, right, bottom] = candidate.edges;
            let (width, height) = (right - left + 1.0, bottom - top + 1.0);
            let points = decided.landmarks;
            let landmarks = [0, 1, 2, 3, 4]
                .map(|point: usize| [width * points[point] + left - 1.0, height * points[point + 5] + top - 1.0]);
            let edges = shifted(candidate.edges, decided.offsets);
            let [left, top, right, bottom] = edges;
            passed.push(Candidate { edges, score });
            faces.push(DetectedFace {
                bounds: FaceBox::new(left, top, right - left, bottom - top),
                score,
                landmarks,
                sharpness: 1.0,
            });
            believed.push(mean > MIRRORED);
        }
        let kept = suppress(&passed, SAME_FACE, Overlap::Smaller);
        // A heap of boxes is a face when one of them is believed.
        let stays = |index: &usize| {
            believed[*index]
                || (0..passed.len()).any(|other| {
                    believed[other] && overlapping(&passed[*index], &passed[other], SAME_FACE, Overlap::Smaller)
                })
        };
        Ok(kept.into_iter().filter(stays).map(|index| faces[index]).collect())
    }

    /// The mean of O-Net's scores for each window and its mirror image, where the second could matter. Faces look like faces in
    /// the mirror too, what only looks like one seldom does.
    fn ask_the_mirror(
        networks: &mut dyn OnPhoto,
        windows: &[Window],
        decisions: &[Decision],
    ) -> Result<Vec<f32>, VisionError> {
        let mut means: Vec<f32> = decisions.iter().map(|decided| decided.score).collect();
        // Below this not even a mirror image of score 1 helps.
        let open = 2.0 * THRESHOLDS[2] - 1.0;
        let asked: Vec<usize> = (0..decisions.len()).filter(|index| decisions[*index].score > open).collect();
        if asked.is_empty() {
            return Ok(means);
        }
        let windows: Vec<Window> = asked.iter().map(|index| windows[*index]).collect();
        let answers = networks.decide_mirrored(&windows)?;
        for (index, answer) in asked.into_iter().zip(answers) {
            means[index] = f32::midpoint(means[index], answer.score);
        }
        Ok(means)
    }
}

impl FaceDetector for Mtcnn {
    fn name(&self) -> &'static str {
        if self.mirrored { "mtcnn-mirror" } else { "mtcnn" }
    }

    fn detect(&self, photo: &Pixels, min_face: f32) -> Result<Vec<DetectedFace>, VisionError> {
        let factor = reduction(photo, self.area);
        let reduced;
        let seen = if factor > 1.0 {
            reduced = reduce(photo, factor);
            &reduced
        } else {
            photo
        };
        let mut networks = self.networks.on(seen)?;
        let candidates = Self::propose(networks.as_mut(), seen, min_face)?;
        let candidates = Self::refine(networks.as_mut(), seen, &candidates)?;
        let mut faces = self.decide(networks.as_mut(), seen, &candidates)?;
        drop(networks);
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

/// How many times wider and higher the photo is than the copy of `area` pixels it is looked at in; 1 for small ones.
pub(super) fn reduction(photo: &Pixels, area: u32) -> f32 {
    let pixels = f64::from(photo.width) * f64::from(photo.height);
    (pixels / f64::from(area.max(1))).sqrt().max(1.0) as f32
}

/// The photo, so many times smaller.
pub(super) fn reduce(photo: &Pixels, factor: f32) -> Pixels {
    let side = |length: u32| ((length as f32 / factor).round() as u32).max(1);
    let (width, height) = (side(photo.width), side(photo.height));
    // Rounded; `round` would be a call for every number.
    area_pixels(photo, Window::all(photo), (width, height), |mean| (mean + 0.5) as u8)
}

/// Scales at which a face of `min_face` pixels or more is 12 pixels.
pub(super) fn scales(photo: &Pixels, min_face: f32) -> Vec<f32> {
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

/// Width and height of the photo at each scale.
pub(super) fn sizes(photo: &Pixels, scales: &[f32]) -> Vec<(usize, usize)> {
    let size =
        |scale: &f32| ((photo.width as f32 * scale + 1.0) as usize, (photo.height as f32 * scale + 1.0) as usize);
    scales.iter().map(size).collect()
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
