//! MTCNN against the numbers of facenet-pytorch, which `tests/reference/mtcnn_golden.py` made (`mtcnn.json`).

use std::fs;

use albumen::domain::{DetectedFace, FaceBox, Pixels};
use albumen::media;
use albumen::vision::{DeviceChoice, FaceDetector as _, Mtcnn, open_device};
use serde::Deserialize;

use crate::support::repository;

#[derive(Deserialize)]
struct Golden {
    min_face: f32,
    photos: Vec<GoldenPhoto>,
}

#[derive(Deserialize)]
struct GoldenPhoto {
    file: String,
    width: u32,
    height: u32,
    faces: Vec<GoldenFace>,
}

#[derive(Deserialize)]
struct GoldenFace {
    #[serde(rename = "box")]
    bounds: [f32; 4],
    score: f32,
    landmarks: [[f32; 2]; 5],
}

fn golden() -> Golden {
    let text = fs::read_to_string(repository("tests/reference/mtcnn.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn upright(file: &str) -> Pixels {
    let path = repository("assets/sample").join(file);
    let bytes = media::read(&path).unwrap();
    media::decode(&bytes).unwrap().pixels
}

/// Every face of the reference has one of ours on it, close enough.
fn compare(file: &str, expected: &[GoldenFace], found: &[DetectedFace]) {
    assert_eq!(found.len(), expected.len(), "{file}: {found:?}");
    let mut left: Vec<&DetectedFace> = found.iter().collect();
    for face in expected {
        let [x, y, width, height] = face.bounds;
        let bounds = FaceBox::new(x, y, width, height);
        let overlap = |index: &usize| left[*index].bounds.iou(&bounds);
        let best = (0..left.len()).max_by(|a, b| overlap(a).total_cmp(&overlap(b))).unwrap();
        assert!(overlap(&best) >= 0.95, "{file}: {bounds:?} is not {:?}", left[best].bounds);
        let ours = left.swap_remove(best);
        for (point, reference) in ours.landmarks.iter().zip(face.landmarks) {
            let apart = (point[0] - reference[0]).hypot(point[1] - reference[1]);
            assert!(apart <= 2.0, "{file}: a landmark is {apart} pixels off");
        }
        assert!((ours.score - face.score).abs() < 0.02, "{file}: score {} is not {}", ours.score, face.score);
    }
}

#[test]
fn mtcnn_finds_what_the_reference_finds() {
    let golden = golden();
    assert!(golden.photos.len() >= 16, "the sample photos");
    let detector = Mtcnn::new(&open_device(DeviceChoice::Cpu).unwrap()).unwrap();
    for photo in &golden.photos {
        let pixels = upright(&photo.file);
        assert_eq!((pixels.width, pixels.height), (photo.width, photo.height), "{}", photo.file);
        assert!(!photo.faces.is_empty(), "{}", photo.file);
        let found = detector.detect(&pixels, golden.min_face).unwrap();
        assert!(found.is_sorted_by(|a, b| a.score >= b.score), "{}: best first", photo.file);
        compare(&photo.file, &photo.faces, &found);
    }
}
