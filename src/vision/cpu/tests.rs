//! Every kernel of this processor against candle's plain forward pass.

use candle_core::Device;

#[cfg(target_arch = "x86_64")]
use super::kernel::Kernels;
#[cfg(target_arch = "x86_64")]
use super::layer::{Activation, Kernel, Layer, Numbers, Shape};
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

/// Pairs hold no number below zero, and nothing that is none: what is made of it is no number, after a `ReLU` too.
#[cfg(target_arch = "x86_64")]
#[test]
fn what_pairs_cannot_hold_becomes_no_number() {
    let kernel = Kernel { height: 1, width: 1, inputs: 64, stride: 1, same: true };
    let (from, to) = (Shape::new(1, 1, 64), Shape::new(1, 1, 16));
    for isa in Isa::here().into_iter().filter(|isa| matches!(isa, Isa::Avx2Fixed | Isa::Avx512Fixed)) {
        for activation in [Activation::Identity, Activation::Relu] {
            let (weights, bias) = (vec![0.5; 64 * 16], vec![0.25; 16]);
            let numbers = Numbers { kernels: Kernels::of(isa), weights, bias, activation };
            let layer = Layer::new(&numbers, kernel, (from, to), 0, 1);
            let of = |odd: f32| {
                let mut input = vec![1.0f32; 64];
                input[5] = odd;
                let mut output = vec![0.0f32; 16];
                layer.run(1, &input, &mut output);
                output
            };
            let found = of(3.0);
            assert!(found.iter().all(|value| (value - 33.25).abs() < 0.05), "{}: {found:?}", isa.name());
            for odd in [-1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let found = of(odd);
                assert!(found.iter().all(|value| value.is_nan()), "{}, {odd}: {found:?}", isa.name());
            }
        }
    }
}
