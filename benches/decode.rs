//! How long photos take from bytes to upright pixels, and how much memory: `cargo bench --bench decode [FILE…]`
//!
//! Without files, photos are made here: clouds and edges at 12 and 24 megapixels, so that no data is needed. Every line
//! is the best of three runs on one thread; the memory is the highest mark of the process in all three, above what it
//! held before them (the file and the picture it was made from).

mod made_photo;

use std::time::{Duration, Instant};

use albumen::domain::{FaceBox, Pixels};
use albumen::media;
use image::{ImageFormat, RgbImage};

use made_photo::{encoded, pixels, scene, with_orientation};

fn main() {
    let files: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    println!("{:<34}{:>8}{:>10}{:>10}{:>12}", "", "MP", "ms", "MP/s", "MiB at most");
    if files.is_empty() {
        made();
    }
    for file in files {
        match std::fs::read(&file) {
            Ok(bytes) => row(file.rsplit('/').next().unwrap_or(&file), &bytes),
            Err(error) => println!("{file}: {error}"),
        }
    }
}

/// The best of three.
fn timed<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut best: Option<(Duration, T)> = None;
    for _ in 0..3 {
        let start = Instant::now();
        let result = work();
        let took = start.elapsed();
        if best.as_ref().is_none_or(|(least, _)| took < *least) {
            best = Some((took, result));
        }
    }
    best.unwrap_or_else(|| unreachable!("three runs"))
}

fn row(name: &str, bytes: &[u8]) {
    let before = memory();
    forget_mark();
    let (took, result) = timed(|| media::decode(bytes));
    let most =
        mark().zip(before).map_or_else(|| "?".to_owned(), |(mark, before)| mark.saturating_sub(before).to_string());
    match result {
        Ok(photo) => line(name, &photo.pixels, took, &most),
        Err(error) => println!("{name}: {error}"),
    }
}

fn line(name: &str, pixels: &Pixels, took: Duration, memory: &str) {
    let megapixels = f64::from(pixels.width) * f64::from(pixels.height) / 1e6;
    let seconds = took.as_secs_f64();
    println!("{name:<34}{megapixels:>8.1}{:>10.1}{:>10.0}{memory:>12}", seconds * 1e3, megapixels / seconds);
}

/// Resident memory now, in MiB, where the system says.
fn memory() -> Option<u64> {
    status("VmRSS:")
}

/// Its highest since [`forget_mark`].
fn mark() -> Option<u64> {
    status("VmHWM:")
}

fn status(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? / 1024)
}

fn forget_mark() {
    // Linux starts the mark again when told so; elsewhere there is none.
    if std::fs::write("/proc/self/clear_refs", "5").is_err() {
        println!("(the memory mark cannot be set back here: read it as the highest so far)");
    }
}

fn made() {
    for (width, height) in [(4000, 3000), (6000, 4000)] {
        let scene = scene(width, height);
        let megapixels = width * height / 1_000_000;
        let photo = encoded(&scene, ImageFormat::Jpeg);
        row(&format!("JPEG, {megapixels} MP"), &photo);
        row(&format!("JPEG, {megapixels} MP, a quarter turn"), &with_orientation(&photo, 6));
        if width == 4000 {
            others(&scene);
        }
        smaller(&scene);
    }
}

fn others(scene: &RgbImage) {
    let (width, height) = scene.dimensions();
    for (name, format) in [
        ("PNG, 12 MP", ImageFormat::Png),
        ("WebP, lossless, 12 MP", ImageFormat::WebP),
        ("TIFF, 12 MP", ImageFormat::Tiff),
    ] {
        row(name, &encoded(scene, format));
    }
    let options = heifer::EncodeOptions { quality: 80, max_threads: 0 };
    if let Ok(bytes) = heifer::encode_rgb8(width, height, scene, &options) {
        row("HEIC, 12 MP", &bytes);
    }
}

/// What follows the decoding: a copy for the detector, and the thumbnail of a face.
fn smaller(scene: &RgbImage) {
    let pixels = pixels(scene);
    let (took, _) = timed(|| media::fit(&pixels, 1280));
    line("reduced to 1280", &pixels, took, "");
    let face = FaceBox::new(900.0, 700.0, 400.0, 500.0);
    let (took, _) = timed(|| media::encode_jpeg(&media::thumbnail(&pixels, &face), 85));
    // Its time goes with the face, not with the photo.
    println!("{:<34}{:>8}{:>10.1}", "a face's thumbnail", "", took.as_secs_f64() * 1e3);
}
