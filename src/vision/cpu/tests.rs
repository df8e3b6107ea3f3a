//! Every kernel of this processor against candle's plain forward pass.

use candle_core::Device;

use super::*;
use crate::domain::Pixels;
use crate::vision::facenet::{FaceEmbedder as _, FaceNet};
use crate::vision::mtcnn::{Cascade as _, Networks};
use crate::vision::resample::Window;
use crate::vision::weights::Weights;

/// A picture with soft shapes and noise, the same every time.
fn picture(width: u32, height: u32, seed: u32) -> Pixels {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut pixels = Pixels::filled(width, height, [0; 3]);
    for (index, value) in pixels.rgb.iter_mut().enumerate() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (x, y) = ((index / 3) as u32 % width, (index / 3) as u32 / width);
        let wave = ((x * (seed + 3)) as f32 / 17.0).sin() * ((y * (seed + 2)) as f32 / 23.0).cos();
        *value = (128.0 + 90.0 * wave + ((state >> 24) as f32 - 128.0) * 0.25) as u8;
    }
    pixels
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn embeddings_are_those_of_candle() {
    let crops: Vec<Pixels> = (0..3).map(|seed| picture(160, 160, seed)).collect();
    let expected = FaceNet::new(&Device::Cpu).unwrap().embed(&crops).unwrap();
    for isa in Isa::here() {
        let net = CpuFaceNet::new(&Weights::facenet(&Device::Cpu).unwrap(), isa).unwrap();
        let found = net.embed(&crops).unwrap();
        for (found, expected) in found.iter().zip(&expected) {
            let cosine = cosine(found, expected);
            assert!(cosine > 0.99999, "{}: {cosine}", isa.name());
        }
        // More than a batch, and the same face gives the same embedding at every place of it.
        let many: Vec<Pixels> = (0..19).map(|number| crops[number % 3].clone()).collect();
        for (number, embedding) in net.embed(&many).unwrap().iter().enumerate() {
            assert_eq!(embedding, &found[number % 3], "{}: face {number}", isa.name());
        }
    }
}

#[test]
fn proposals_and_judgements_are_those_of_candle() {
    let photo = picture(211, 133, 7);
    let candle = Networks::new(&Device::Cpu).unwrap();
    let windows: Vec<Window> = (0..11)
        .map(|number| Window { left: 9 * number, top: 5 * number, right: 9 * number + 60, bottom: 5 * number + 60 })
        .collect();
    for isa in Isa::here() {
        let net = CpuMtcnn::new(&Weights::mtcnn(&Device::Cpu).unwrap(), isa).unwrap();
        // Odd and even sizes, down to one cell.
        for (width, height) in [(211, 133), (150, 94), (75, 47), (38, 24), (13, 12), (12, 12)] {
            let expected = candle.propose(&photo, width, height, 0.0).unwrap();
            let found = net.propose(&photo, width, height, 0.0).unwrap();
            assert_eq!(found.len(), expected.len(), "{}: {width} × {height}", isa.name());
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!((found.x, found.y), (expected.x, expected.y));
                assert!((found.score - expected.score).abs() < 1e-4, "{} {}", found.score, expected.score);
                assert!(found.offsets.iter().zip(&expected.offsets).all(|(a, b)| (a - b).abs() < 1e-4));
            }
        }
        assert!(net.propose(&photo, 11, 40, 0.0).unwrap().is_empty());
        let (found, expected) = (net.refine(&photo, &windows).unwrap(), candle.refine(&photo, &windows).unwrap());
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found.score - expected.score).abs() < 1e-4);
            assert!(found.offsets.iter().zip(&expected.offsets).all(|(a, b)| (a - b).abs() < 1e-4));
        }
        let (found, expected) = (net.decide(&photo, &windows).unwrap(), candle.decide(&photo, &windows).unwrap());
        assert_eq!(found.len(), windows.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found.score - expected.score).abs() < 1e-4);
            assert!(found.landmarks.iter().zip(&expected.landmarks).all(|(a, b)| (a - b).abs() < 1e-4));
        }
    }
}
