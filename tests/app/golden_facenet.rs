//! FaceNet against the numbers of the pinned TensorFlow graph, which `tests/reference/facenet_golden.py` made
//! (`facenet.json`, `crops.png`).

use std::fs;
use std::path::Path;

use albumen::domain::Pixels;
use albumen::media;
use albumen::vision::{
    CROP_SIDE, DeviceChoice, FaceEmbedder as _, FaceFinder as _, FaceNet, Isa, NetworkFinder, open_device,
};
use serde::Deserialize;

use crate::support::repository;

#[derive(Deserialize)]
struct Golden {
    crops: Vec<GoldenCrop>,
}

#[derive(Deserialize)]
struct GoldenCrop {
    crop: String,
    embedding: Vec<f32>,
}

/// The crops stand below each other in one picture.
fn crops(path: &Path) -> Vec<Pixels> {
    let stacked = media::decode(&media::read(path).unwrap()).unwrap().pixels;
    assert_eq!(stacked.width, CROP_SIDE);
    let bytes = (3 * CROP_SIDE * CROP_SIDE) as usize;
    stacked.rgb.chunks_exact(bytes).map(|rgb| Pixels::new(CROP_SIDE, CROP_SIDE, rgb.to_vec()).unwrap()).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn facenet_gives_the_embeddings_of_the_reference() {
    let text = fs::read_to_string(repository("tests/reference/facenet.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    let crops = crops(&repository("tests/reference/crops.png"));
    assert_eq!(crops.len(), golden.crops.len());
    assert!(crops.len() >= 7);
    check("candle", &golden, &FaceNet::new(&open_device(DeviceChoice::Cpu).unwrap()).unwrap().embed(&crops).unwrap());
    for isa in Isa::here() {
        let finder = NetworkFinder::on_cpu(isa).unwrap();
        let embeddings = finder.embed(&crops).unwrap();
        check(isa.name(), &golden, &embeddings);
        // One at a time gives the same as all together.
        let alone = finder.embed(&crops[2..3]).unwrap();
        assert!(cosine(&alone[0], &embeddings[2]) > 0.999_999_9, "{}", isa.name());
    }
}

fn check(device: &str, golden: &Golden, embeddings: &[Vec<f32>]) {
    assert_eq!(embeddings.len(), golden.crops.len());
    for (expected, found) in golden.crops.iter().zip(embeddings) {
        let name = format!("{device}: {}", expected.crop);
        assert_eq!(found.len(), expected.embedding.len(), "{name}");
        let length: f64 = found.iter().map(|value| f64::from(*value).powi(2)).sum();
        assert!((length - 1.0).abs() < 1e-5, "{name}: length² {length}");
        let same = cosine(found, &expected.embedding);
        assert!(same >= 0.9999, "{name}: cosine {same} to the reference");
    }
}

/// The reference's own cosines, from embeddings of a quarter of the width.
#[test]
fn compact_embeddings_keep_the_cosines() {
    let text = fs::read_to_string(repository("tests/reference/facenet.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    let finder = NetworkFinder::on_cpu(Isa::choose().unwrap()).unwrap();
    let wide = finder.model_id().to_owned();
    let finder = finder.compact().unwrap();
    assert_ne!(finder.model_id(), wide, "embeddings of two widths are never mixed");
    let compact = finder.embed(&crops(&repository("tests/reference/crops.png"))).unwrap();
    for (one, a) in golden.crops.iter().zip(&compact) {
        assert_eq!(a.len(), 128);
        for (two, b) in golden.crops.iter().zip(&compact) {
            let apart = cosine(a, b) - cosine(&one.embedding, &two.embedding);
            assert!(apart.abs() < 5e-4, "{} and {}: {apart}", one.crop, two.crop);
        }
    }
}
