//! Libraries sampled from labelled ones, and what the default loses on them against average linkage at the threshold that is
//! best for that very library.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use albumen::cluster::{self, Constraints, Embeddings, Faces, Hierarchy, Lists, Method, Settings, metrics};
use albumen::domain::{FaceId, Photo};
use albumen::store::{Reader, Store};
use rayon::prelude::*;

/// The faces of a labelled library, by person.
pub struct Set {
    name: String,
    width: usize,
    people: Vec<Vec<Face>>,
}

#[derive(Clone)]
struct Face {
    row: Vec<f32>,
    quality: f32,
    nearness: f32,
}

/// A library made of parts of labelled ones.
struct Sample {
    kind: String,
    width: usize,
    values: Vec<f32>,
    quality: Vec<f32>,
    nearness: Vec<f32>,
    truth: Vec<u32>,
    lists: Lists,
    /// B-cubed F1 of average linkage at its best threshold.
    tuned: f64,
}

/// Steps of the scale that are tried on either side of the default's constant, which therefore has this place.
const DEFAULT: usize = 8;

/// A fixed sequence of numbers (xorshift64*).
struct Lot(u64);

impl Lot {
    fn new(seed: u64) -> Self {
        let mut lot = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        // The first few of a small seed are alike.
        for _ in 0..8 {
            lot.below(2);
        }
        lot
    }

    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % count.max(1) as u64) as usize
    }

    fn some<T: Clone>(&mut self, all: &[T], count: usize) -> Vec<T> {
        let mut mixed = all.to_vec();
        for place in (1..mixed.len()).rev() {
            mixed.swap(place, self.below(place + 1));
        }
        mixed.truncate(count);
        mixed
    }
}

/// A library file made by `albumen scan DIR --library FILE`, where DIR has one folder of photos a person; of a photo's
/// faces the large, central one counts, as in `albumen evaluate`.
pub fn read(file: &Path) -> Result<Set, Box<dyn std::error::Error>> {
    let loaded = Store::open_to_read(file)?.load()?;
    let value = |photo: &Photo, bounds: &albumen::domain::FaceBox| {
        let [x, y] = bounds.centre();
        let (dx, dy) = (x - photo.width as f32 / 2.0, y - photo.height as f32 / 2.0);
        bounds.area() - 2.0 * (dx * dx + dy * dy)
    };
    let photos: BTreeMap<_, _> = loaded.photos.iter().map(|photo| (photo.id, photo)).collect();
    let mut best: BTreeMap<_, (f32, FaceId, f32)> = BTreeMap::new();
    for stored in &loaded.faces {
        let Some(photo) = photos.get(&stored.face.photo) else { continue };
        let detected = &stored.face.detected;
        let one = (value(photo, &detected.bounds), stored.face.id, cluster::quality(detected));
        let known = best.entry(photo.id).or_insert(one);
        if one.0 > known.0 {
            *known = one;
        }
    }
    let wanted: BTreeSet<FaceId> = best.values().map(|one| one.1).collect();
    let (ids, values) = Reader::open(file)?.embeddings(&wanted, &loaded.model)?;
    let width = values.len() / ids.len().max(1);
    let rows: BTreeMap<FaceId, &[f32]> = ids.iter().copied().zip(values.chunks(width.max(1))).collect();
    let mut people: BTreeMap<_, Vec<Face>> = BTreeMap::new();
    let strangers = albumen::vision::strangers(&loaded.model);
    for (photo, (_, face, quality)) in &best {
        let folder = photos.get(photo).and_then(|photo| photo.paths.first()?.parent());
        if let (Some(folder), Some(row)) = (folder, rows.get(face)) {
            // Half-precision numbers on disk: of length one but for rounding.
            people.entry(folder.to_owned()).or_default().push(Face {
                row: row.to_vec(),
                quality: *quality,
                nearness: cluster::nearness(row, strangers),
            });
        }
    }
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Set { name, width, people: people.into_values().collect() })
}

/// Prints what the default loses on libraries of the people of each half, for so many splits into halves; and what the
/// constant that is best on one half loses on the other.
pub fn compare(sets: &[Set], splits: u64) {
    let scale = Method::Adaptive.scale();
    let constants: Vec<f32> =
        (-(DEFAULT as i32)..=DEFAULT as i32).map(|step| scale.normal + scale.step * step as f32).collect();
    let mut kinds: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    println!("{:<10} {:>9} {:>22} {:>32}", "", "libraries", "the default", "chosen on the other half");
    println!(
        "{:<10} {:>9} {:>7} {:>7} {:>6} {:>8} {:>7} {:>7} {:>6}",
        "", "", "mean", "worst", "> .015", "", "mean", "worst", "> .015"
    );
    for split in 0..splits {
        let halves: Vec<Vec<(String, Vec<f64>)>> =
            (0..2).map(|half| losses(samples(sets, split, half), &constants)).collect();
        for (half, own) in halves.iter().enumerate() {
            let other = halves.get(1 - half).map_or(&[][..], |other| other);
            let chosen = (0..constants.len())
                .min_by(|one, two| cost(other, *one).total_cmp(&cost(other, *two)))
                .unwrap_or_default();
            let [(mean, worst, over), (their_mean, their_worst, their_over)] =
                [DEFAULT, chosen].map(|at| summary(own, at));
            let constant = constants.get(chosen).copied().unwrap_or_default();
            println!(
                "split {split} {} {:>10} {mean:>+7.4} {worst:>7.4} {over:>6} {constant:>8.3} {their_mean:>+7.4} \
                 {their_worst:>7.4} {their_over:>6}",
                ["a", "b"][half],
                own.len(),
            );
            for (kind, losses) in own {
                kinds.entry(kind.clone()).or_default().extend(losses.get(DEFAULT));
            }
        }
    }
    println!("\n{:<40} {:>9} {:>7} {:>7}", "kind of library", "libraries", "mean", "worst");
    for (kind, losses) in &kinds {
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        let worst = losses.iter().copied().fold(f64::MIN, f64::max);
        println!("{kind:<40} {:>9} {mean:>+7.4} {worst:>+7.4}", losses.len());
    }
}

fn at(losses: &[(String, Vec<f64>)], place: usize) -> Vec<f64> {
    let mut values: Vec<f64> = losses.iter().filter_map(|(_, losses)| losses.get(place).copied()).collect();
    values.sort_by(|one, two| two.total_cmp(one));
    values
}

/// Mean, worst, and how many lose more than 0.015.
fn summary(losses: &[(String, Vec<f64>)], place: usize) -> (f64, f64, usize) {
    let values = at(losses, place);
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    (mean, values.first().copied().unwrap_or_default(), values.iter().filter(|loss| **loss > 0.015).count())
}

/// What a choice makes small: the mean, the worst twentieth, and whatever is over 0.005.
fn cost(losses: &[(String, Vec<f64>)], place: usize) -> f64 {
    let values = at(losses, place);
    let mean = |values: &[f64], of: &dyn Fn(f64) -> f64| {
        values.iter().map(|value| of(*value)).sum::<f64>() / values.len().max(1) as f64
    };
    let tail = values.get(..(values.len() / 20).max(1)).unwrap_or_default();
    mean(&values, &|loss| loss.max(-0.01) + 20.0 * (loss - 0.005).max(0.0).powi(2)) + 0.5 * mean(tail, &|loss| loss)
}

/// For every library its kind, and what the default method loses at each of the constants.
fn losses(samples: Vec<Sample>, constants: &[f32]) -> Vec<(String, Vec<f64>)> {
    let of = |sample: Sample| {
        let tree = sample.tree(Method::Adaptive);
        let losses = constants.iter().map(|constant| sample.tuned - sample.quality_of(&tree, *constant));
        (sample.kind.clone(), losses.collect())
    };
    samples.into_par_iter().map(of).collect()
}

/// Libraries of the people of one half: whole sets, few people, one person, singles, pairs, a long tail, people with many
/// photos among singles, and sets together.
fn samples(sets: &[Set], split: u64, half: usize) -> Vec<Sample> {
    let mut lot = Lot::new(1 + 2 * split);
    // The same halves for both.
    let pools: Vec<Vec<&Vec<Face>>> = sets
        .iter()
        .map(|set| {
            let mixed = lot.some(&set.people.iter().collect::<Vec<_>>(), usize::MAX);
            mixed.into_iter().skip(half).step_by(2).collect()
        })
        .collect();
    let mut lot = Lot::new(2 + 2 * split + 1000 * half as u64);
    let mut specs: Vec<(String, Vec<Vec<Face>>)> = Vec::new();
    let whole = |people: Vec<&Vec<Face>>| people.into_iter().cloned().collect::<Vec<Vec<Face>>>();
    // Singles come from the set of most people.
    let crowd = pools.iter().max_by_key(|pool| pool.len()).cloned().unwrap_or_default();
    for (set, pool) in sets.iter().zip(&pools) {
        let name = &set.name;
        let repeated: Vec<&Vec<Face>> = pool.iter().copied().filter(|faces| faces.len() > 1).collect();
        let many: Vec<&Vec<Face>> = pool.iter().copied().filter(|faces| faces.len() >= 8).collect();
        specs.push((format!("{name}: half of the people"), whole(pool.clone())));
        for (count, times) in [(8, 3), (15, 2), (30, 1)].into_iter().filter(|(count, _)| *count <= repeated.len()) {
            for _ in 0..times {
                specs.push((format!("{name}: {count} people"), whole(lot.some(&repeated, count))));
            }
        }
        for _ in 0..2 {
            specs.push((format!("{name}: one person"), whole(lot.some(&many, 1))));
        }
        let mut parts = |people: &[&Vec<Face>], of: &dyn Fn(&mut Lot) -> usize| -> Vec<Vec<Face>> {
            people
                .iter()
                .map(|faces| {
                    let count = of(&mut lot);
                    lot.some(faces, count)
                })
                .collect()
        };
        specs.push((format!("{name}: singles"), parts(pool, &|_| 1)));
        specs.push((format!("{name}: pairs"), parts(&repeated, &|_| 2)));
        let tail = |lot: &mut Lot| match lot.below(100) {
            0..70 => 1,
            draw => 100 / (draw - 67),
        };
        specs.push((format!("{name}: long tail"), parts(pool, &tail)));
        for count in [1, 3, 12].into_iter().filter(|count| *count <= many.len()) {
            let chosen = lot.some(&many, count);
            let others: Vec<&Vec<Face>> =
                crowd.iter().copied().filter(|faces| !chosen.iter().any(|one| std::ptr::eq(*one, *faces))).collect();
            let mut library = whole(chosen);
            for faces in lot.some(&others, 300) {
                library.push(lot.some(faces, 1));
            }
            specs.push((format!("{name}: {count} with many photos, 300 singles"), library));
        }
    }
    specs.push(("all sets".to_owned(), whole(pools.concat())));
    let width = sets.first().map_or(0, |set| set.width);
    specs.into_par_iter().filter_map(|(kind, people)| Sample::new(kind, width, &people)).collect()
}

impl Sample {
    fn new(kind: String, width: usize, people: &[Vec<Face>]) -> Option<Self> {
        let faces = || people.iter().flatten();
        let values: Vec<f32> = faces().flat_map(|face| face.row.iter().copied()).collect();
        let labels = people.iter().enumerate().flat_map(|(person, faces)| faces.iter().map(move |_| person as u32));
        let lists = Lists::new(&Embeddings::new(width, &values)?);
        let quality = faces().map(|face| face.quality).collect();
        let nearness = faces().map(|face| face.nearness).collect();
        let mut sample = Self { kind, width, truth: labels.collect(), quality, nearness, lists, values, tuned: 0.0 };
        let tree = sample.tree(Method::Linkage);
        let scores = (20..=80).map(|percent| sample.quality_of(&tree, percent as f32 / 100.0));
        sample.tuned = scores.fold(0.0, f64::max);
        Some(sample)
    }

    fn tree(&self, method: Method) -> Hierarchy {
        let Some(embeddings) = Embeddings::new(self.width, &self.values) else { unreachable!("whole rows") };
        let faces = Faces { embeddings, lists: &self.lists, quality: &self.quality, nearness: &self.nearness };
        // Tuned linkage may want less than the slider offers.
        let threshold = (method == Method::Linkage).then_some(0.20);
        Hierarchy::new(&faces, &Constraints::default(), &Settings { method, threshold, ..Settings::default() })
    }

    fn quality_of(&self, tree: &Hierarchy, threshold: f32) -> f64 {
        metrics::bcubed(&super::super::flat(&tree.groups_at(threshold), self.truth.len()), &self.truth).f1
    }
}
