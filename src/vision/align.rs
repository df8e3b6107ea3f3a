//! From a detected face to the crop the embedder sees.

use super::facenet::CROP_SIDE;
use super::resample::{Window, area_pixels};
use crate::domain::{DetectedFace, Pixels};

/// Makes the embedder's crop of a face, always from the photo at full resolution.
pub trait Aligner: Send + Sync {
    /// What embeddings made with this crop are marked with.
    fn name(&self) -> &str;

    /// The face as [`CROP_SIDE`] × [`CROP_SIDE`] pixels.
    fn crop(&self, photo: &Pixels, face: &DetectedFace) -> Pixels;
}

/// The detector's box and a relative margin, half of it on each side, cut at the photo's edges and resized as
/// facenet-pytorch does (area). The default margin of 0.3 was best on the 6,000 pairs of
/// LFW with the reference pipeline; `cargo bench --bench embedding` measures it on any labelled folder.
#[derive(Clone, Debug)]
pub struct BoxCrop {
    margin: f32,
    name: String,
}

impl BoxCrop {
    /// With another margin: 0.3 takes 0.15 of the box on each side.
    #[must_use]
    pub fn with_margin(margin: f32) -> Self {
        Self { margin, name: format!("box{margin:.1}") }
    }
}

impl Default for BoxCrop {
    fn default() -> Self {
        Self::with_margin(0.3)
    }
}

impl Aligner for BoxCrop {
    fn name(&self) -> &str {
        &self.name
    }

    fn crop(&self, photo: &Pixels, face: &DetectedFace) -> Pixels {
        let grown = face.bounds.grown(self.margin);
        let edge = |value: f32, limit: u32| value.clamp(0.0, limit as f32) as usize;
        let (left, top) = (edge(grown.x, photo.width), edge(grown.y, photo.height));
        let (right, bottom) = (edge(grown.x + grown.width, photo.width), edge(grown.y + grown.height, photo.height));
        if right <= left || bottom <= top {
            return Pixels::filled(CROP_SIDE, CROP_SIDE, [127; 3]);
        }
        // The reference truncates to bytes; so the crops are the same to the last bit.
        area_pixels(photo, Window { left, top, right, bottom }, (CROP_SIDE, CROP_SIDE), |mean| mean as u8)
    }
}

/// The five landmarks moved, turned and scaled onto fixed places (least squares, Umeyama 1991), bilinear. Not the
/// default: the published weights were trained on upright boxes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Similarity;

/// Where the landmarks come to lie, in pixels of the crop: the mean places in boxes with a margin of 0.3.
const TEMPLATE: [[f32; 2]; 5] = [[53.0, 66.0], [107.0, 66.0], [80.0, 93.0], [57.0, 119.0], [103.0, 119.0]];

impl Aligner for Similarity {
    fn name(&self) -> &'static str {
        "similarity"
    }

    fn crop(&self, photo: &Pixels, face: &DetectedFace) -> Pixels {
        let Some([a, b, x0, y0]) = photo_from_crop(&face.landmarks) else {
            return BoxCrop::default().crop(photo, face);
        };
        let mut crop = Pixels::filled(CROP_SIDE, CROP_SIDE, [0; 3]);
        for (index, pixel) in crop.rgb.chunks_exact_mut(3).enumerate() {
            let (u, v) = ((index as u32 % CROP_SIDE) as f32, (index as u32 / CROP_SIDE) as f32);
            let (x, y) = (a * u - b * v + x0, b * u + a * v + y0);
            pixel.copy_from_slice(&bilinear(photo, x, y));
        }
        crop
    }
}

/// `[a, b, x0, y0]` so that `photo = (a·u − b·v + x0, b·u + a·v + y0)` fits the landmarks best; `None` when they fall
/// on one point.
fn photo_from_crop(landmarks: &[[f32; 2]; 5]) -> Option<[f32; 4]> {
    let mean = |points: &[[f32; 2]; 5], axis: usize| points.iter().map(|point| point[axis]).sum::<f32>() / 5.0;
    let (mu, mv) = (mean(&TEMPLATE, 0), mean(&TEMPLATE, 1));
    let (mx, my) = (mean(landmarks, 0), mean(landmarks, 1));
    let (mut dot, mut cross, mut spread) = (0.0, 0.0, 0.0);
    for ([u, v], [x, y]) in TEMPLATE.iter().zip(landmarks) {
        let (u, v, x, y) = (u - mu, v - mv, x - mx, y - my);
        dot += u * x + v * y;
        cross += u * y - v * x;
        spread += u * u + v * v;
    }
    let (a, b) = (dot / spread, cross / spread);
    let usable = (a * a + b * b).sqrt() > 0.02 && a.is_finite() && b.is_finite();
    usable.then_some([a, b, mx - a * mu + b * mv, my - b * mu - a * mv])
}

fn bilinear(photo: &Pixels, x: f32, y: f32) -> [u8; 3] {
    let at = |x: i64, y: i64| {
        let (x, y) = (x.clamp(0, i64::from(photo.width) - 1), y.clamp(0, i64::from(photo.height) - 1));
        photo.get(x as u32, y as u32).unwrap_or_default().map(f32::from)
    };
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = (x - left, y - top);
    let (left, top) = (left as i64, top as i64);
    let corners = [at(left, top), at(left + 1, top), at(left, top + 1), at(left + 1, top + 1)];
    [0, 1, 2].map(|channel| {
        let upper = corners[0][channel] * (1.0 - fx) + corners[1][channel] * fx;
        let lower = corners[2][channel] * (1.0 - fx) + corners[3][channel] * fx;
        (upper * (1.0 - fy) + lower * fy).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FaceBox;

    fn face(bounds: FaceBox, landmarks: [[f32; 2]; 5]) -> DetectedFace {
        DetectedFace { bounds, score: 1.0, landmarks, sharpness: 1.0 }
    }

    #[test]
    fn the_box_crop_takes_fifteen_hundredths_on_each_side() {
        let mut photo = Pixels::filled(400, 400, [0; 3]);
        for y in 85..215usize {
            for x in 85..215usize {
                photo.rgb[3 * (400 * y + x)] = 255;
            }
        }
        let crop = BoxCrop::default().crop(&photo, &face(FaceBox::new(100.0, 100.0, 100.0, 100.0), [[0.0; 2]; 5]));
        assert!(crop.rgb.chunks(3).all(|pixel| pixel[0] == 255), "the crop is the square 85..215");
    }

    #[test]
    fn crops_of_boxes_off_the_photo_have_the_right_size() {
        let photo = Pixels::filled(30, 30, [9; 3]);
        for bounds in [FaceBox::new(-50.0, -50.0, 20.0, 20.0), FaceBox::new(25.0, 25.0, 60.0, 60.0)] {
            for aligner in [&BoxCrop::default() as &dyn Aligner, &Similarity] {
                let crop = aligner.crop(&photo, &face(bounds, [[5.0; 2]; 5]));
                assert_eq!(crop.rgb.len(), (3 * CROP_SIDE * CROP_SIDE) as usize);
            }
        }
    }

    #[test]
    fn similarity_puts_landmarks_on_the_template() {
        // Turned by 90°, twice the size, moved.
        let landmarks = TEMPLATE.map(|[u, v]| [500.0 - 2.0 * v, 40.0 + 2.0 * u]);
        let [a, b, x0, y0] = photo_from_crop(&landmarks).unwrap();
        for ([u, v], [x, y]) in TEMPLATE.iter().zip(landmarks) {
            assert!((a * u - b * v + x0 - x).abs() < 1e-3 && (b * u + a * v + y0 - y).abs() < 1e-3);
        }
        assert_eq!(photo_from_crop(&[[3.0; 2]; 5]), None);
    }
}
