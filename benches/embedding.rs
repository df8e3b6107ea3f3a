//! Which crop and which kind of embedding tells people apart best, on DIR/<person>/<photo>.
//!
//! ```text
//! cargo bench --bench embedding -- ../shared/data/lfw-dev
//! ```
//!
//! Verification follows LFW's protocol on a fixed list: the people are dealt into ten folds by a seeded shuffle, every
//! fold has 300 pairs of photos of one person and 300 of two; accuracy is the mean over the folds with the threshold that
//! is best on the other nine; TAR is over all pairs at the threshold which one pair of two people in a thousand reaches.
//! B-cubed F1 is that of the program's default grouping of all photos.
//!
//! ```text
//! cargo bench --bench embedding -- ../shared/data/lfw-dev --quality
//! ```
//!
//! prints instead, for every labelled face, what its quality could be told from, beside how near its embedding is to the
//! mean of the person's other faces (tab-separated values, for any statistics program).

#![expect(clippy::expect_used, reason = "a measurement stops at the first thing that is wrong")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use albumen::cluster::{self, Constraints, Embeddings, Settings, metrics};
use albumen::domain::{DetectedFace, Pixels};
use albumen::media;
use albumen::vision::{
    Aligner, BoxCrop, FaceDetector as _, FaceFinder as _, Isa, Mtcnn, NetworkFinder, Similarity, sharpness,
};
use rayon::prelude::*;

const FOLDS: usize = 10;
const PAIRS: usize = 300;

/// xorshift64*: the same list of pairs every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize) % limit
    }
}

struct Pair {
    one: usize,
    two: usize,
    same: bool,
    fold: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(folder) = arguments.first() else {
        println!("no folder was named, nothing is measured; see the top of benches/embedding.rs");
        return;
    };
    let photos = labelled(Path::new(folder));
    if arguments.iter().any(|argument| argument == "--quality") {
        return qualities(&photos);
    }
    let isa = Isa::choose().expect("an instruction set");
    let detector = Mtcnn::on_cpu(isa).expect("the weights");
    let finder = NetworkFinder::on_cpu(isa).expect("the weights");
    let compact = NetworkFinder::on_cpu(isa).and_then(NetworkFinder::compact).expect("the weights");
    let done = AtomicUsize::new(0);
    let found: Vec<Option<(u32, Vec<Vec<f32>>)>> = photos
        .par_iter()
        .map(|(path, person)| {
            let count = done.fetch_add(1, Ordering::Relaxed);
            if count.is_multiple_of(500) {
                eprintln!("{count} of {} photos", photos.len());
            }
            let pixels = media::decode(&media::read(path).ok()?).ok()?.pixels;
            let face = labelled_face(&pixels, detector.detect(&pixels, 20.0).ok()?)?;
            let crops = crops(&pixels, &face);
            let mut embeddings = finder.embed(&crops).ok()?;
            embeddings.extend(compact.embed(&crops[2 * DEFAULT..2 * DEFAULT + 2]).ok()?);
            Some((*person, embeddings))
        })
        .collect();
    let missing = found.iter().filter(|one| one.is_none()).count();
    let found: Vec<(u32, Vec<Vec<f32>>)> = found.into_iter().flatten().collect();
    let truth: Vec<u32> = found.iter().map(|(person, _)| *person).collect();
    let pairs = pairs(&truth);
    println!("{} photos, {missing} without a face or unreadable, {} pairs\n", photos.len(), pairs.len());
    println!(
        "| crop | accuracy | TAR at FAR 1e-3 | B-cubed F1 | with the mirrored crop: accuracy | TAR | B-cubed F1 |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let names = ways().iter().map(|way| way.name().to_owned()).collect::<Vec<_>>();
    let small = format!("{}, 128 numbers", names[DEFAULT]);
    for (way, name) in names.into_iter().chain([small]).enumerate() {
        let plain: Vec<&Vec<f32>> = found.iter().map(|(_, all)| &all[2 * way]).collect();
        let mirrored: Vec<Vec<f32>> = found.iter().map(|(_, all)| sum(&all[2 * way], &all[2 * way + 1])).collect();
        let row = [row(&plain, &truth, &pairs), row(&mirrored.iter().collect::<Vec<_>>(), &truth, &pairs)].join(" | ");
        println!("| {name} | {row} |");
    }
}

/// One line a face of people with three photos or more, and one for the same face in photos reduced until it is so many pixels
/// wide; the mean it is compared with is that of the person's other faces as they are.
fn qualities(photos: &[(PathBuf, u32)]) {
    struct Seen {
        person: u32,
        face: DetectedFace,
        sharpness: f32,
        embedding: Vec<f32>,
        reduced: bool,
    }
    let isa = Isa::choose().expect("an instruction set");
    let finder = NetworkFinder::on_cpu(isa).and_then(NetworkFinder::compact).expect("the weights");
    let see = |person: u32, pixels: &Pixels, face: DetectedFace, reduced: bool| -> Option<Seen> {
        let crops = finder.crops(pixels, &[face]);
        let embedding = finder.embed(&crops).ok()?.pop()?;
        Some(Seen { person, face, sharpness: sharpness(&crops[0]), embedding, reduced })
    };
    let seen: Vec<Seen> = photos
        .par_iter()
        .flat_map_iter(|(path, person)| {
            let read = || {
                let pixels = media::decode(&media::read(path).ok()?).ok()?.pixels;
                let face = labelled_face(&pixels, finder.detect(&pixels, 20.0).ok()?)?;
                Some((pixels, face))
            };
            let Some((pixels, face)) = read() else { return Vec::new() };
            let side = face.bounds.width.min(face.bounds.height);
            let mut all: Vec<Seen> = see(*person, &pixels, face, false).into_iter().collect();
            for wanted in [48.0, 32.0, 24.0, 16.0, 12.0].into_iter().filter(|wanted| *wanted < 0.8 * side) {
                let longest = (pixels.width.max(pixels.height) as f32 * wanted / side).round().max(1.0);
                let small = media::fit(&pixels, longest as u32);
                let factor = small.width as f32 / pixels.width as f32;
                let landmarks = face.landmarks.map(|point| point.map(|value| value * factor));
                let face = DetectedFace { bounds: face.bounds.scaled(factor), landmarks, ..face };
                all.extend(see(*person, &small, face, true));
            }
            all
        })
        .collect();
    let mut sums: BTreeMap<u32, (usize, Vec<f32>)> = BTreeMap::new();
    for one in seen.iter().filter(|one| !one.reduced) {
        let (count, sum) = sums.entry(one.person).or_insert_with(|| (0, vec![0.0; one.embedding.len()]));
        *count += 1;
        sum.iter_mut().zip(&one.embedding).for_each(|(sum, value)| *sum += value);
    }
    println!("person\treduced\tside\tscore\tturned\tquality\tsharpness\tcosine");
    let mut own = Vec::new();
    for one in &seen {
        if !one.reduced {
            own.clone_from(&one.embedding);
        }
        let (count, sum) = &sums[&one.person];
        if *count < 3 {
            continue;
        }
        let others: Vec<f32> = sum.iter().zip(&own).map(|(sum, own)| sum - own).collect();
        let length = others.iter().map(|value| value * value).sum::<f32>().sqrt();
        let cosine = others.iter().zip(&one.embedding).map(|(a, b)| a * b).sum::<f32>() / length;
        let [left, right, nose, ..] = one.face.landmarks;
        let along = (nose[0] - left[0]) / (right[0] - left[0]).max(0.001);
        println!(
            "{}\t{}\t{:.1}\t{:.4}\t{:.3}\t{:.3}\t{:.4}\t{cosine:.4}",
            one.person,
            u8::from(one.reduced),
            one.face.bounds.width.min(one.face.bounds.height),
            one.face.score,
            (along - 0.5).abs(),
            cluster::quality(&one.face),
            one.sharpness,
        );
    }
}

/// The place of the program's own crop among the ways.
const DEFAULT: usize = 2;

fn ways() -> Vec<Box<dyn Aligner>> {
    let mut all: Vec<Box<dyn Aligner>> = Vec::new();
    for margin in [0.1, 0.2, 0.3, 0.4, 0.5] {
        all.push(Box::new(BoxCrop::with_margin(margin)));
    }
    all.push(Box::new(Similarity));
    all
}

/// Every way's crop, and that crop mirrored.
fn crops(photo: &Pixels, face: &DetectedFace) -> Vec<Pixels> {
    ways()
        .iter()
        .flat_map(|way| {
            let crop = way.crop(photo, face);
            let mut mirrored = crop.clone();
            let width = crop.width as usize;
            for (to, from) in mirrored.rgb.chunks_exact_mut(3 * width).zip(crop.rgb.chunks_exact(3 * width)) {
                for (to, from) in to.chunks_exact_mut(3).zip(from.chunks_exact(3).rev()) {
                    to.copy_from_slice(from);
                }
            }
            [crop, mirrored]
        })
        .collect()
}

fn sum(one: &[f32], two: &[f32]) -> Vec<f32> {
    let sum: Vec<f32> = one.iter().zip(two).map(|(one, two)| one + two).collect();
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    sum.iter().map(|value| value / length).collect()
}

fn row(embeddings: &[&Vec<f32>], truth: &[u32], pairs: &[Pair]) -> String {
    let scores: Vec<f32> = pairs
        .iter()
        .map(|pair| embeddings[pair.one].iter().zip(embeddings[pair.two]).map(|(one, two)| one * two).sum())
        .collect();
    let flat: Vec<f32> = embeddings.iter().flat_map(|one| one.iter().copied()).collect();
    let dim = embeddings.first().map_or(0, |one| one.len());
    let all = Embeddings::new(dim, &flat).expect("embeddings of one width");
    let groups = cluster::cluster(&all, &Constraints::default(), &Settings::default());
    let mut predicted = vec![0; truth.len()];
    for (number, group) in groups.iter().enumerate() {
        for face in group {
            predicted[*face as usize] = number as u32;
        }
    }
    let bcubed = metrics::bcubed(&predicted, truth).f1;
    format!("{:.4} | {:.4} | {bcubed:.4}", accuracy(&scores, pairs), acceptance(&scores, pairs))
}

/// Mean over the folds, each at the threshold that is best on the others.
fn accuracy(scores: &[f32], pairs: &[Pair]) -> f64 {
    let right = |threshold: f32, inside: &dyn Fn(usize) -> bool| -> (usize, usize) {
        let chosen = pairs.iter().zip(scores).filter(|(pair, _)| inside(pair.fold));
        chosen.fold((0, 0), |(right, all), (pair, score)| {
            (right + usize::from((*score > threshold) == pair.same), all + 1)
        })
    };
    let share = |fold: usize| {
        let best = (0..400)
            .map(|step| -1.0 + step as f32 / 200.0)
            .max_by_key(|threshold| right(*threshold, &|other| other != fold).0)
            .unwrap_or_default();
        let (right, all) = right(best, &|other| other == fold);
        right as f64 / all as f64
    };
    (0..FOLDS).map(share).sum::<f64>() / FOLDS as f64
}

/// The share of pairs of one person above the threshold which one in a thousand pairs of two people reaches.
fn acceptance(scores: &[f32], pairs: &[Pair]) -> f64 {
    let of = |same: bool| -> Vec<f32> {
        pairs.iter().zip(scores).filter(|(pair, _)| pair.same == same).map(|(_, score)| *score).collect()
    };
    let (same, mut different) = (of(true), of(false));
    different.sort_by(|a, b| b.total_cmp(a));
    let threshold = different.get(different.len() / 1000).copied().unwrap_or(1.0);
    same.iter().filter(|score| **score > threshold).count() as f64 / same.len() as f64
}

/// The seeded list.
fn pairs(truth: &[u32]) -> Vec<Pair> {
    let mut random = Random(20_180_408);
    let mut by_person: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (photo, person) in truth.iter().enumerate() {
        by_person.entry(*person).or_default().push(photo);
    }
    let mut people: Vec<Vec<usize>> = by_person.into_values().collect();
    for last in (1..people.len()).rev() {
        people.swap(last, random.below(last + 1));
    }
    let mut all = Vec::with_capacity(FOLDS * PAIRS * 2);
    for fold in 0..FOLDS {
        let inside: Vec<&Vec<usize>> = people.iter().skip(fold).step_by(FOLDS).collect();
        let several: Vec<&Vec<usize>> = inside.iter().copied().filter(|photos| photos.len() > 1).collect();
        for _ in 0..PAIRS {
            let photos = several[random.below(several.len())];
            let one = random.below(photos.len());
            let two = (one + 1 + random.below(photos.len() - 1)) % photos.len();
            all.push(Pair { one: photos[one], two: photos[two], same: true, fold });
            let one = random.below(inside.len());
            let two = (one + 1 + random.below(inside.len() - 1)) % inside.len();
            let photo = |person: usize, random: &mut Random| inside[person][random.below(inside[person].len())];
            let (one, two) = (photo(one, &mut random), photo(two, &mut random));
            all.push(Pair { one, two, same: false, fold });
        }
    }
    all
}

/// The rule of the LFW protocol scripts: large and near the middle.
fn labelled_face(photo: &Pixels, faces: Vec<DetectedFace>) -> Option<DetectedFace> {
    let value = |face: &DetectedFace| {
        let [x, y] = face.bounds.centre();
        let (dx, dy) = (x - photo.width as f32 / 2.0, y - photo.height as f32 / 2.0);
        face.bounds.area() - 2.0 * (dx * dx + dy * dy)
    };
    faces.into_iter().max_by(|a, b| value(a).total_cmp(&value(b)))
}

fn labelled(folder: &Path) -> Vec<(PathBuf, u32)> {
    let sorted = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths
    };
    let people = sorted(folder).into_iter().filter(|path| path.is_dir());
    people.zip(0..).flat_map(|(person, number)| sorted(&person).into_iter().map(move |path| (path, number))).collect()
}
