//! How many annotated faces the detector finds, how many false boxes it makes, and how long it takes.
//!
//! ```text
//! cargo bench --bench detection -- ../shared/data/wider-dev            faces by size (photos as they are)
//! cargo bench --bench detection -- ../shared/data/wider-dev --large    photos of 12 megapixels put together from them
//! ```
//!
//! DIR holds `boxes.json`: `[{"path", "w", "h", "faces": [[x, y, w, h, blur, expression, illumination, invalid, …]]}]`.
//! A face counts as found when the common area of it and a box is 0.4 of their union or more; a box is false when that
//! holds for no annotated face. Faces marked invalid are not looked for, but a box on one is not false. A size is the shorter side of
//! the annotation for faces, of the box for false boxes.

#![expect(clippy::expect_used, reason = "a measurement stops at the first thing that is wrong")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use albumen::domain::{DetectedFace, FaceBox, Pixels};
use albumen::media;
use albumen::vision::{FaceDetector as _, Isa, Mtcnn};
use serde::Deserialize;

const SIZES: [f32; 4] = [20.0, 30.0, 40.0, 60.0];
const MATCH: f32 = 0.4;

#[derive(Deserialize)]
struct Annotated {
    path: PathBuf,
    faces: Vec<[f32; 10]>,
}

struct Truth {
    bounds: FaceBox,
    valid: bool,
}

#[derive(Default)]
struct Tally {
    photos: usize,
    wanted: [usize; 4],
    found: [usize; 4],
    wrong: [usize; 4],
    seconds: f64,
}

impl Tally {
    fn add(&mut self, truth: &[Truth], faces: &[DetectedFace], seconds: f64) {
        self.photos += 1;
        self.seconds += seconds;
        let shorter = |bounds: &FaceBox| bounds.width.min(bounds.height);
        for face in truth.iter().filter(|face| face.valid) {
            let found = faces.iter().any(|one| one.bounds.iou(&face.bounds) >= MATCH);
            for (place, _) in SIZES.iter().enumerate().filter(|(_, size)| shorter(&face.bounds) >= **size) {
                self.wanted[place] += 1;
                self.found[place] += usize::from(found);
            }
        }
        for face in faces.iter().filter(|face| truth.iter().all(|one| one.bounds.iou(&face.bounds) < MATCH)) {
            for (place, _) in SIZES.iter().enumerate().filter(|(_, size)| shorter(&face.bounds) >= **size) {
                self.wrong[place] += 1;
            }
        }
    }

    fn print(&self, name: &str) {
        let row: Vec<String> = (0..SIZES.len())
            .map(|place| {
                let recall = self.found[place] as f64 / self.wanted[place].max(1) as f64;
                format!("{recall:.3} / {:.3}", self.wrong[place] as f64 / self.photos.max(1) as f64)
            })
            .collect();
        let each = 1000.0 * self.seconds / self.photos.max(1) as f64;
        println!("| {name} | {} | {each:.0} |", row.join(" | "));
    }
}

fn main() {
    // cargo adds --bench.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(folder) = arguments.iter().find(|argument| !argument.starts_with("--")) else {
        println!("no folder was named, nothing is measured; see the top of benches/detection.rs");
        return;
    };
    let folder = Path::new(folder);
    let text = fs::read_to_string(folder.join("boxes.json")).expect("DIR/boxes.json");
    let annotated: Vec<Annotated> = serde_json::from_str(&text).expect("boxes.json as the top of this file says");
    println!("| recall / false boxes a photo | ≥ 20 px | ≥ 30 px | ≥ 40 px | ≥ 60 px | ms a photo |");
    println!("| --- | --- | --- | --- | --- | --- |");
    if arguments.iter().any(|argument| argument == "--large") {
        let photos = collages(folder, &annotated);
        for side in [1024, 1280, 1600, 2048, 2560, 3547] {
            measure(&on_cpu().with_mirror().seen_at(side * side), &photos).print(&format!("{side}² pixels"));
        }
    } else {
        let photos: Vec<(Pixels, Vec<Truth>)> =
            annotated.iter().map(|one| (upright(&folder.join(&one.path)), truth(one, 0.0, 0.0))).collect();
        measure(&on_cpu(), &photos).print("as published");
        measure(&on_cpu().with_mirror(), &photos).print("the program: asks the mirror");
    }
}

fn on_cpu() -> Mtcnn {
    Mtcnn::on_cpu(Isa::choose().expect("an instruction set")).expect("the weights")
}

fn measure(detector: &Mtcnn, photos: &[(Pixels, Vec<Truth>)]) -> Tally {
    let mut tally = Tally::default();
    for (pixels, truth) in photos {
        let start = Instant::now();
        let faces = detector.detect(pixels, 20.0).expect("a detection");
        tally.add(truth, &faces, start.elapsed().as_secs_f64());
    }
    tally
}

fn upright(path: &Path) -> Pixels {
    let bytes = media::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    media::decode(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display())).pixels
}

fn truth(annotated: &Annotated, left: f32, top: f32) -> Vec<Truth> {
    let one = |face: &[f32; 10]| Truth {
        bounds: FaceBox::new(face[0] + left, face[1] + top, face[2], face[3]),
        valid: face[7] == 0.0,
    };
    annotated.faces.iter().map(one).collect()
}

/// Photos of 4096 × 3072 pixels, four columns of photos each, filled from the top as far as they go.
fn collages(folder: &Path, annotated: &[Annotated]) -> Vec<(Pixels, Vec<Truth>)> {
    const WIDTH: u32 = 4096;
    const HEIGHT: u32 = 3072;
    let mut all: Vec<(Pixels, Vec<Truth>)> = Vec::new();
    let mut free = [HEIGHT; 4];
    for one in annotated {
        let photo = upright(&folder.join(&one.path));
        if photo.width > WIDTH / 4 || photo.height > HEIGHT {
            continue;
        }
        let column = match free.iter().position(|top| top + photo.height <= HEIGHT) {
            Some(column) if !all.is_empty() => column,
            _ => {
                all.push((Pixels::filled(WIDTH, HEIGHT, [120; 3]), Vec::new()));
                free = [0; 4];
                0
            }
        };
        let (left, top) = (column as u32 * WIDTH / 4, free[column]);
        free[column] += photo.height;
        if let Some((collage, faces)) = all.last_mut() {
            for row in 0..photo.height {
                let from = (row * photo.width) as usize * 3;
                let to = ((top + row) * WIDTH + left) as usize * 3;
                let length = photo.width as usize * 3;
                collage.rgb[to..to + length].copy_from_slice(&photo.rgb[from..from + length]);
            }
            faces.extend(truth(one, left as f32, top as f32));
        }
    }
    all
}
