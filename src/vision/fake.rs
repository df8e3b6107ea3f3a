//! A finder without networks, so that everything else can be tested in milliseconds: faces are coloured squares.
//!
//! Any 4-connected region of saturated colour (largest minus smallest channel over 80), at least 16 pixels wide and high,
//! is a face. Who it is, is the hue in twelve steps. Small differences of brightness stand for different photos of one
//! person.

use super::{FaceFinder, VisionError};
use crate::domain::{DetectedFace, FaceBox, Pixels};

/// Finds coloured squares; see the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct FakeFinder;

/// Numbers in an embedding, as many as FaceNet's.
const WIDTH: usize = 512;
/// Least width and height of a face.
const LEAST: u32 = 16;

/// A grey picture with squares: `(left, top, side, identity)`, identities 0 to 11.
#[must_use]
pub fn paint(width: u32, height: u32, faces: &[(u32, u32, u32, u8)]) -> Pixels {
    let mut picture = Pixels::filled(width, height, [128; 3]);
    for &(left, top, side, identity) in faces {
        let colour = colour_of(identity);
        for y in top..(top + side).min(height) {
            for x in left..(left + side).min(width) {
                let at = 3 * (y as usize * width as usize + x as usize);
                picture.rgb[at..at + 3].copy_from_slice(&colour);
            }
        }
    }
    picture
}

fn colour_of(identity: u8) -> [u8; 3] {
    let hue = f32::from(identity % 12) * 0.5;
    let channel = |shift: f32| {
        let place = (hue + shift).rem_euclid(6.0);
        let value = (2.0 - (place - 3.0).abs()).clamp(0.0, 1.0);
        (40.0 + 190.0 * (1.0 - value)) as u8
    };
    [channel(0.0), channel(4.0), channel(2.0)]
}

fn saturated(colour: [u8; 3]) -> bool {
    let (most, least) = (colour.iter().max(), colour.iter().min());
    most.zip(least).is_some_and(|(most, least)| most - least > 80)
}

fn identity_of(colour: [u8; 3]) -> usize {
    let distance = |identity: u8| -> i32 {
        colour_of(identity).iter().zip(colour).map(|(a, b)| (i32::from(*a) - i32::from(b)).pow(2)).sum()
    };
    (0..12).min_by_key(|identity| distance(*identity)).map_or(0, usize::from)
}

impl FaceFinder for FakeFinder {
    fn model_id(&self) -> &'static str {
        "fake-1"
    }

    fn device(&self) -> String {
        "no networks (coloured squares)".to_owned()
    }

    fn detect(&self, photo: &Pixels, min_face: f32) -> Result<Vec<DetectedFace>, VisionError> {
        let least = LEAST.max(min_face as u32);
        let mut seen = vec![false; photo.width as usize * photo.height as usize];
        let mut faces = Vec::new();
        for y in 0..photo.height {
            for x in 0..photo.width {
                let at = y as usize * photo.width as usize + x as usize;
                if seen[at] || !photo.get(x, y).is_some_and(saturated) {
                    continue;
                }
                let [left, top, right, bottom] = region(photo, x, y, &mut seen);
                if right - left >= least && bottom - top >= least {
                    faces.push(face(left as f32, top as f32, (right - left) as f32, (bottom - top) as f32));
                }
            }
        }
        Ok(faces)
    }

    /// Two pixels: the colour, and the place in three digits to base 256.
    fn crops(&self, photo: &Pixels, faces: &[DetectedFace]) -> Vec<Pixels> {
        let crop = |face: &DetectedFace| {
            let [x, y] = face.bounds.centre();
            let [r, g, b] = photo.get(x as u32, y as u32).unwrap_or_default();
            let place = (x as u32 + 7 * y as u32).to_le_bytes();
            Pixels { width: 2, height: 1, rgb: vec![r, g, b, place[0], place[1], place[2]] }
        };
        faces.iter().map(crop).collect()
    }

    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
        Ok(crops
            .iter()
            .map(|crop| {
                let colour = crop.get(0, 0).unwrap_or_default();
                let [low, middle, high] = crop.get(1, 0).unwrap_or_default();
                let place = u32::from_le_bytes([low, middle, high, 0]) as usize;
                let mut embedding = vec![0.0f32; WIDTH];
                embedding[identity_of(colour)] = 1.0;
                // A little of the place, so that no two faces are the same.
                embedding[100 + place % 400] = 0.2;
                let length = embedding.iter().map(|value| value * value).sum::<f32>().sqrt();
                for value in &mut embedding {
                    *value /= length;
                }
                embedding
            })
            .collect())
    }
}

/// Marks the region about a pixel; its left, top, right and bottom, the last two left out.
fn region(photo: &Pixels, x: u32, y: u32, seen: &mut [bool]) -> [u32; 4] {
    let mut bounds = [x, y, x + 1, y + 1];
    let mut open = vec![(x, y)];
    while let Some((x, y)) = open.pop() {
        let at = y as usize * photo.width as usize + x as usize;
        if seen.get(at) != Some(&false) || !photo.get(x, y).is_some_and(saturated) {
            continue;
        }
        seen[at] = true;
        bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x + 1), bounds[3].max(y + 1)];
        let right = (x + 1 < photo.width).then_some((x + 1, y));
        let below = (y + 1 < photo.height).then_some((x, y + 1));
        open.extend(
            [x.checked_sub(1).map(|x| (x, y)), y.checked_sub(1).map(|y| (x, y)), right, below].into_iter().flatten(),
        );
    }
    bounds
}

fn face(x: f32, y: f32, width: f32, height: f32) -> DetectedFace {
    let point = |dx: f32, dy: f32| [x + dx * width, y + dy * height];
    DetectedFace {
        bounds: FaceBox::new(x, y, width, height),
        score: 1.0,
        landmarks: [point(0.3, 0.35), point(0.7, 0.35), point(0.5, 0.6), point(0.35, 0.8), point(0.65, 0.8)],
        sharpness: 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_found_and_told_apart() {
        let picture = paint(200, 100, &[(10, 10, 30, 0), (60, 20, 40, 5), (120, 5, 10, 3), (150, 40, 30, 0)]);
        let faces = FakeFinder.find(&picture, 12.0).unwrap();
        let boxes: Vec<FaceBox> = faces.iter().map(|face| face.detected.bounds).collect();
        assert_eq!(
            boxes,
            [
                FaceBox::new(10.0, 10.0, 30.0, 30.0),
                FaceBox::new(60.0, 20.0, 40.0, 40.0),
                FaceBox::new(150.0, 40.0, 30.0, 30.0)
            ]
        );
        let dot = |a: usize, b: usize| -> f32 {
            faces[a].embedding.iter().zip(&faces[b].embedding).map(|(x, y)| x * y).sum()
        };
        assert!(dot(0, 2) > 0.9 && dot(0, 1) < 0.2 && (dot(0, 0) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn every_identity_has_its_own_colour() {
        for identity in 0..12 {
            assert!(saturated(colour_of(identity)), "{identity}");
            assert_eq!(identity_of(colour_of(identity)), usize::from(identity));
        }
    }
}
