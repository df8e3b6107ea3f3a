//! MTCNN against the numbers of facenet-pytorch, which `tests/reference/mtcnn_golden.py` made (`mtcnn.json`).

use std::fs;

use albumen::domain::{DetectedFace, FaceBox, Pixels};
use albumen::media;
use albumen::vision::{DeviceChoice, FaceDetector as _, Isa, Mtcnn, open_device};
use serde::Deserialize;

use crate::support::repository;

#[derive(Deserialize)]
struct Golden {
    min_face: f32,
    /// Pixels that are the same on both sides.
    exact: Vec<GoldenPhoto>,
    /// Two decoders, whose pixels differ by some levels.
    jpegs: Vec<GoldenPhoto>,
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

fn upright(photo: &GoldenPhoto) -> Pixels {
    let copies = repository("tests/reference/photos").join(&photo.file);
    let path = if copies.exists() { copies } else { repository("assets/sample").join(&photo.file) };
    let pixels = media::decode(&media::read(&path).unwrap()).unwrap().pixels;
    assert_eq!((pixels.width, pixels.height), (photo.width, photo.height), "{}", photo.file);
    pixels
}

/// candle's forward pass, and the kernels of every instruction set of this processor.
fn detectors() -> Vec<(&'static str, Mtcnn)> {
    let mut all = vec![("candle", Mtcnn::new(&open_device(DeviceChoice::Cpu).unwrap()).unwrap())];
    all.extend(Isa::here().into_iter().map(|isa| (isa.name(), Mtcnn::on_cpu(isa).unwrap())));
    all
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
fn the_same_pixels_give_the_faces_of_the_reference() {
    let golden = golden();
    assert!(golden.exact.len() >= 6, "the lossless photos");
    for (name, detector) in detectors() {
        for photo in &golden.exact {
            assert!(!photo.faces.is_empty(), "{}", photo.file);
            let found = detector.detect(&upright(photo), golden.min_face).unwrap();
            assert!(found.is_sorted_by(|a, b| a.score >= b.score), "{}: best first", photo.file);
            compare(&format!("{name}: {}", photo.file), &photo.faces, &found);
        }
    }
}

/// The kernel the program chooses here: what is clear is found, and its landmarks lie where the reference has them.
#[test]
fn the_program_finds_the_same_faces_at_the_same_places() {
    let golden = golden();
    let detector = Mtcnn::on_cpu(Isa::choose().unwrap()).unwrap().with_mirror();
    for photo in &golden.exact {
        let found = detector.detect(&upright(photo), golden.min_face).unwrap();
        let clear: Vec<&GoldenFace> = photo.faces.iter().filter(|face| face.score >= 0.95).collect();
        assert!(!clear.is_empty() && found.len() >= clear.len(), "{}: {found:?}", photo.file);
        for face in clear {
            let near = |ours: &DetectedFace| {
                let points = ours.landmarks.iter().zip(&face.landmarks);
                points.fold(0.0, |most: f32, (a, b)| most.max((a[0] - b[0]).hypot(a[1] - b[1])))
            };
            assert!(found.iter().any(|ours| near(ours) <= 2.0), "{}: {:?}", photo.file, face.bounds);
            let [x, y, width, height] = face.bounds;
            let bounds = FaceBox::new(x, y, width, height);
            assert!(found.iter().any(|ours| ours.bounds.iou(&bounds) >= 0.95), "{}: {bounds:?}", photo.file);
        }
    }
}

/// Our own decoder and EXIF in front: the clear faces are the same, in all eight orientations. Pixels that differ let
/// another of several overlapping candidates win, so the boxes agree a little less: the worst overlap was 0.930.
///
/// Measured on these photos against Pillow 13.0 (libjpeg-turbo, as the reference has it), all of them 4:2:0: 12 % of the
/// numbers differ, by 0.16 levels in the mean and 5 at most. Luma alone differs in 0.6 % and by one level, since the inverse
/// transform of zune-jpeg has constants of 12 bits where libjpeg-turbo has 13; what is left comes from its chroma: zune-jpeg
/// rounds between the two directions of upsampling, libjpeg-turbo once at the end, and the colour conversions have 14 and 16
/// bits. (4:4:4: 1 % of the numbers, 0.01 levels, 3 at most.) zune-jpeg has no setting for any of this; without vector
/// instructions it gives the same. libjpeg-turbo-rs 0.8 gives Pillow's pixels exactly and about as fast, but 21 of 223,000 broken
/// files made it panic (an index outside its buffers, a division by 0), so it is not for files from anywhere.
#[test]
fn photos_give_the_clear_faces_of_the_reference() {
    let golden = golden();
    assert!(golden.jpegs.len() >= 15, "the sample photos");
    let detector = Mtcnn::new(&open_device(DeviceChoice::Cpu).unwrap()).unwrap().with_mirror();
    let mut least = f32::INFINITY;
    for photo in &golden.jpegs {
        let mut found = detector.detect(&upright(photo), golden.min_face).unwrap();
        found.retain(|face| face.score >= 0.95);
        let clear: Vec<&GoldenFace> = photo.faces.iter().filter(|face| face.score >= 0.95).collect();
        assert_eq!(found.len(), clear.len(), "{}", photo.file);
        for face in clear {
            let [x, y, width, height] = face.bounds;
            let bounds = FaceBox::new(x, y, width, height);
            let overlap = found.iter().map(|ours| ours.bounds.iou(&bounds)).fold(0.0, f32::max);
            assert!(overlap >= 0.9, "{}: {bounds:?}, {overlap}", photo.file);
            least = least.min(overlap);
        }
    }
    eprintln!("the least overlap of a JPEG's clear face with the reference: {least}");
}
