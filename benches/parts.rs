//! Each part of a scan, of grouping and of the window for itself, by criterion: `cargo bench --bench parts`, of one group
//! `cargo bench --bench parts -- decode`, `-- --test` to see only that each of them runs. No data is needed; networks
//! run on one thread with this processor's best kernels, or those that `ALBUMEN_CPU` names. Beside a time stands how many pixels, faces
//! or edits a second that is ("elem"); criterion keeps the figures in `target/criterion` and says what has changed since the last time.

#![allow(clippy::unwrap_used, reason = "a bench ends where it cannot go on")]

#[allow(dead_code, reason = "other benches use the rest of it")]
mod cluster_data;
#[allow(dead_code, reason = "other benches use the rest of it")]
mod frame_stage;
mod made_photo;
#[allow(dead_code, reason = "other benches use the rest of it")]
mod made_up;

use std::cell::LazyCell;
use std::path::Path;
use std::time::Duration;

use albumen::cluster::{Constraints, Embeddings, Faces, Hierarchy, Lists, Settings, difference};
use albumen::domain::{Edit, Library, Pixels};
use albumen::media;
use albumen::ui::Screen;
use albumen::vision::{CROP_SIDE, DetectorParts, FaceFinder as _, Isa, NetworkFinder};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use image::ImageFormat;

use cluster_data::{WIDTH, made_up};
use frame_stage::{Stage, opened, wheel};
use made_photo::{encoded, pixels, scene, with_orientation};
use made_up::Recipe;

/// Pixels of the least face that is looked for, as a scan has it.
const MIN_FACE: f32 = 20.0;

/// A few samples of each part are enough to see a change of some percent.
fn quick() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .nresamples(10_000)
        .without_plots()
}

/// From a file's bytes, which are made when they are asked for, since not every run measures them, to upright pixels.
fn of_file(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, bytes: &dyn Fn() -> Vec<u8>) {
    let file = LazyCell::new(bytes);
    group.bench_function(name, |bencher| {
        let file: &[u8] = &file;
        bencher.iter(|| media::decode(file).unwrap());
    });
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
    for file in ["biden.jpg", "obama-orientation-6.jpg", "biden.png"] {
        of_file(&mut group, file, &|| std::fs::read(sample.join(file)).unwrap());
    }
    let large = LazyCell::new(|| scene(4000, 3000));
    group.throughput(Throughput::Elements(12_000_000));
    of_file(&mut group, "JPEG, 12 MP", &|| encoded(&large, ImageFormat::Jpeg));
    of_file(&mut group, "JPEG, a quarter turn, 12 MP", &|| with_orientation(&encoded(&large, ImageFormat::Jpeg), 6));
    of_file(&mut group, "PNG, 12 MP", &|| encoded(&large, ImageFormat::Png));
    of_file(&mut group, "WebP, lossless, 12 MP", &|| encoded(&large, ImageFormat::WebP));
    group.finish();
}

/// A photo of one megapixel, so that a time is one a megapixel.
fn megapixel() -> Pixels {
    pixels(&scene(1000, 1000))
}

fn pyramid(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pyramid");
    let photo = LazyCell::new(megapixel);
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("every size of 1 MP", |bencher| {
        let photo: &Pixels = &photo;
        let sizes = DetectorParts::sizes(photo, MIN_FACE);
        bencher.iter(|| sizes.iter().map(|size| DetectorParts::resample(photo, *size).len()).sum::<usize>());
    });
    let large = LazyCell::new(|| pixels(&scene(4000, 3000)));
    group.throughput(Throughput::Elements(12_000_000));
    group.bench_function("the copy of 12 MP that is searched", |bencher| {
        let large: &Pixels = &large;
        bencher.iter(|| DetectorParts::reduced(large));
    });
    group.finish();
}

/// So many left upper corners of squares of 48 pixels on [`megapixel`].
fn corners(count: usize) -> Vec<[usize; 2]> {
    (0..count).map(|number| [61 * number % 950, 37 * number % 950]).collect()
}

fn networks(criterion: &mut Criterion) {
    let isa = Isa::choose().unwrap();
    let (photo, parts) = (LazyCell::new(megapixel), LazyCell::new(|| DetectorParts::new(isa).unwrap()));
    let mut group = criterion.benchmark_group("P-Net");
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("1 MP as it is", |bencher| {
        let (parts, photo): (&DetectorParts, &Pixels) = (&parts, &photo);
        bencher.iter(|| parts.propose(photo, (1000, 1000)).unwrap());
    });
    group.bench_function("every size of 1 MP", |bencher| {
        let (parts, photo): (&DetectorParts, &Pixels) = (&parts, &photo);
        let sizes = DetectorParts::sizes(photo, MIN_FACE);
        bencher.iter(|| sizes.iter().map(|size| parts.propose(photo, *size).unwrap()).sum::<usize>());
    });
    group.finish();
    for name in ["R-Net", "O-Net"] {
        let mut group = criterion.benchmark_group(name);
        for count in [1, 16] {
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(batch(count), |bencher| {
                let (parts, photo): (&DetectorParts, &Pixels) = (&parts, &photo);
                let corners = corners(count);
                // Squares as large as what the network looks at: nothing is to be made smaller.
                if name == "R-Net" {
                    bencher.iter(|| parts.refine(photo, &corners, 24).unwrap());
                } else {
                    bencher.iter(|| parts.decide(photo, &corners, 48).unwrap());
                }
            });
        }
        group.finish();
    }
    facenet(criterion, isa);
}

fn batch(count: usize) -> String {
    format!("{count} at once")
}

fn facenet(criterion: &mut Criterion, isa: Isa) {
    let finder = LazyCell::new(|| NetworkFinder::on_cpu(isa).unwrap());
    let mut group = criterion.benchmark_group("FaceNet");
    for count in [1, 16] {
        group.throughput(Throughput::Elements(count as u64));
        let crops = vec![pixels(&scene(CROP_SIDE, CROP_SIDE)); count];
        group.bench_function(batch(count), |bencher| {
            let finder: &NetworkFinder = &finder;
            bencher.iter(|| finder.embed(&crops).unwrap());
        });
    }
    group.finish();
}

fn neighbours_and_grouping(criterion: &mut Criterion) {
    const FACES: usize = 13_000;
    let library = LazyCell::new(|| made_up(FACES, 1));
    let embeddings = LazyCell::new(|| Embeddings::new(WIDTH, &library.values).unwrap());
    let lists = LazyCell::new(|| Lists::new(&embeddings));
    let faces = LazyCell::new(|| Faces::new(*embeddings, &lists));
    let (none, settings) = (Constraints::default(), Settings::default());
    let mut group = criterion.benchmark_group("neighbours");
    group.throughput(Throughput::Elements(FACES as u64));
    group.bench_function("exact lists, 13,000 faces", |bencher| {
        let embeddings: &Embeddings<'_> = &embeddings;
        bencher.iter(|| Lists::new(embeddings));
    });
    group.finish();
    let mut group = criterion.benchmark_group("grouping");
    group.throughput(Throughput::Elements(FACES as u64));
    group.bench_function("one threshold, from lists, 13,000 faces", |bencher| {
        let faces: &Faces<'_> = &faces;
        bencher.iter(|| Hierarchy::only(faces, &none, &settings));
    });
    group.bench_function("every threshold, from lists, 13,000 faces", |bencher| {
        let faces: &Faces<'_> = &faces;
        bencher.iter(|| Hierarchy::new(faces, &none, &settings));
    });
    group.finish();
}

fn slider(criterion: &mut Criterion) {
    let settings = Settings::default();
    let tree = LazyCell::new(|| {
        let library = made_up(20_000, 1);
        let embeddings = Embeddings::new(WIDTH, &library.values).unwrap();
        let lists = Lists::new(&embeddings);
        Hierarchy::new(&Faces::new(embeddings, &lists), &Constraints::default(), &settings)
    });
    let before = LazyCell::new(|| tree.groups());
    let mut group = criterion.benchmark_group("slider");
    group.throughput(Throughput::Elements(20_000));
    group.bench_function("groups and what would change, 20,000 faces", |bencher| {
        let (tree, before): (&Hierarchy, &[Vec<u32>]) = (&tree, &before);
        bencher.iter(|| difference(before, &tree.groups_at(settings.threshold() - 0.02)).len());
    });
    group.finish();
}

fn fold(criterion: &mut Criterion) {
    let edits = LazyCell::new(|| Recipe { model: "", width: 2, thumbnails: &[Vec::new()] }.edits(100_000));
    let mut group = criterion.benchmark_group("fold");
    group.bench_function("4,000 edits, 100,000 photos", |bencher| {
        let edits: &[Edit] = &edits;
        bencher.iter_with_large_drop(|| Library::fold(edits));
    });
    group.finish();
}

fn frame(criterion: &mut Criterion) {
    let temp = tempfile::tempdir().unwrap();
    let library = temp.path().join("frame.albumen");
    let mut stage: Option<Stage> = None;
    let (mut turn, mut number) = (wheel(egui::pos2(650.0, 450.0), 60.0), 0);
    let mut group = criterion.benchmark_group("frame");
    for (name, screen) in [("People", Screen::People), ("Faces", Screen::Faces)] {
        group.bench_function(format!("{name}, scrolled, 50,000 faces"), |bencher| {
            let stage = stage.get_or_insert_with(|| {
                frame_stage::fill(&library, 20_000, "fake-1", WIDTH);
                opened(&library).1
            });
            if stage.app.view.screen != screen {
                stage.app.view.open(screen);
            }
            bencher.iter_custom(|frames| {
                let mut draw = || {
                    number += 1;
                    stage.frame(turn(number))
                };
                Duration::from_secs_f64((0..frames).map(|_| draw()).sum::<f64>() / 1e3)
            });
        });
    }
    group.finish();
    if let Some(stage) = stage {
        stage.close();
    }
}

criterion_group! {
    name = parts;
    config = quick();
    targets = decode, pyramid, networks, neighbours_and_grouping, slider, fold, frame
}
criterion_main!(parts);
