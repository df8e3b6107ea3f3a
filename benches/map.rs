//! The map of faces: `cargo bench --bench map -- FILE…`, each FILE from `albumen faces DIR --json --embeddings` with one
//! folder a person, prints how many of a face's ten nearest are the same person, on the map and among the embeddings, and
//! what new faces do to a map; without a file, how long a map of a made-up library takes.

mod cluster_data;

use std::path::Path;
use std::time::Instant;

use albumen::cluster::{Embeddings, Faces, Lists, Outline, purity};
use albumen::domain::{FaceId, FaceMap};
use cluster_data::{Library, WIDTH, made_up, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for file in &files {
        let library = read(Path::new(file))?;
        measure(file, &library);
        grow(&library);
    }
    if files.is_empty() {
        for size in [1_000, 10_000, 50_000] {
            measure("made up", &made_up(size, 1));
        }
    }
    Ok(())
}

fn rows(count: usize) -> Vec<FaceId> {
    (0..count as u32).map(FaceId).collect()
}

fn outline(values: &[f32]) -> Option<Outline> {
    let embeddings = Embeddings::new(WIDTH, values)?;
    let lists = Lists::with_length(&embeddings, 32);
    let start = Instant::now();
    let outline = Outline::new(&rows(embeddings.len()), &Faces::new(embeddings, &lists));
    println!("  outline, while grouping waits {:>29.3} s", start.elapsed().as_secs_f64());
    Some(outline)
}

fn drawn(outline: &Outline, before: Option<&FaceMap>) -> FaceMap {
    let start = Instant::now();
    let map = outline.draw(before, &mut |_| true).unwrap_or_default();
    println!("  drawing on one thread {:>37.3} s", start.elapsed().as_secs_f64());
    map
}

fn place(map: &FaceMap, face: usize) -> [f32; 2] {
    map.get(FaceId(face as u32)).map_or([f32::NAN; 2], |spot| spot.at)
}

fn measure(name: &str, library: &Library) {
    println!("{name}: {} faces", library.truth.len());
    let Some(outline) = outline(&library.values) else { return };
    let map = drawn(&outline, None);
    if library.truth.len() > 10_000 {
        return; // every pair is looked at
    }
    println!("  ten nearest of the same person, on the map {:>16.4}", on_map(&map, &library.truth));
    let row = |face: usize| library.values.get(face * WIDTH..(face + 1) * WIDTH).unwrap_or_default();
    let cosine = |one: usize, two: usize| -row(one).iter().zip(row(two)).map(|(a, b)| a * b).sum::<f32>();
    let embedded = purity(&library.truth, 10, &cosine).unwrap_or(1.0);
    println!("  ten nearest of the same person, embeddings {embedded:>16.4}");
}

fn on_map(map: &FaceMap, truth: &[u32]) -> f64 {
    let at: Vec<[f32; 2]> = (0..truth.len()).map(|face| place(map, face)).collect();
    let distance = |one: usize, two: usize| (at[one][0] - at[two][0]).hypot(at[one][1] - at[two][1]);
    purity(truth, 10, &distance).unwrap_or(1.0)
}

/// A map of nine tenths, then of all: how far known faces move, as a part of the map's width.
fn grow(library: &Library) {
    let all = library.truth.len();
    let some = all * 9 / 10;
    let Some(first) = outline(library.values.get(..some * WIDTH).unwrap_or_default()) else { return };
    let before = drawn(&first, None);
    let Some(second) = outline(&library.values) else { return };
    let after = drawn(&second, Some(&before));
    let mut moved: Vec<f32> = (0..some)
        .map(|face| {
            let (old, new) = (place(&before, face), place(&after, face));
            (old[0] - new[0]).hypot(old[1] - new[1])
        })
        .collect();
    moved.sort_by(f32::total_cmp);
    let width = before.spots().iter().flat_map(|spot| spot.at).fold(0.0f32, |most, value| most.max(value.abs())) * 2.0;
    let part = |share: usize| moved.get(moved.len() * share / 100).copied().unwrap_or(0.0) / width;
    println!(
        "  a tenth more: known faces move, half of them at most {:.4} of the width, 95 % {:.4}",
        part(50),
        part(95)
    );
    println!("  ten nearest of the same person, grown map {:>17.4}", on_map(&after, &library.truth));
}
