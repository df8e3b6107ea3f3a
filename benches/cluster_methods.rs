//! Every way of grouping on the same faces, in one table: `cargo bench --bench cluster_methods -- FILE…`, each FILE from
//! `albumen faces DIR --json --embeddings` with one folder a person; without a file, a made-up library.
//!
//! `cargo bench --bench cluster_methods -- --samples LIBRARY…`, each LIBRARY from `albumen scan DIR --library LIBRARY` with one
//! folder a person: what the default loses on sampled libraries against average linkage at its best threshold, with its own
//! constant and with the one that is best on the other half of the people.
//!
//! Methods with one threshold are shown at the same threshold for every library, and at the one that is best for each.

mod cluster_data;
mod cluster_rivals;

use std::path::Path;
use std::time::Instant;

use albumen::cluster::{Constraints, Embeddings, Faces, Hierarchy, Lists, Method, Settings, metrics};
use cluster_data::{Library, WIDTH, made_up, read};
use rayon::prelude::*;

/// Its name, the threshold that is common to all libraries, and its groups at a threshold.
type Rival<'a> = (&'static str, f32, &'a (dyn Fn(f32) -> Vec<u32> + Sync));

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if std::env::args().any(|argument| argument == "--samples") {
        let sets =
            files.iter().map(|file| cluster_rivals::samples::read(Path::new(file))).collect::<Result<Vec<_>, _>>()?;
        cluster_rivals::samples::compare(&sets, 3);
        return Ok(());
    }
    if files.is_empty() {
        compare("made up", &made_up(5_000, 3));
    }
    for file in files {
        compare(&file, &read(Path::new(&file))?);
    }
    Ok(())
}

fn compare(name: &str, library: &Library) {
    let Some(embeddings) = Embeddings::new(WIDTH, &library.values) else { return };
    let start = Instant::now();
    let lists = Lists::with_length(&embeddings, 200);
    println!("{name}: {} faces, lists {:.2} s", embeddings.len(), start.elapsed().as_secs_f64());
    println!("{:<44} {:>9} {:>9} {:>8}", "", "B-cubed", "pairwise", "seconds");
    let faces = Faces::new(embeddings, &lists);
    for method in Method::all() {
        let start = Instant::now();
        let tree = Hierarchy::new(&faces, &Constraints::default(), &Settings { method, ..Settings::default() });
        let labels = flat(&tree.groups(), embeddings.len());
        row(&format!("{method}, normal"), &labels, library, start);
    }
    let grid: Vec<f32> = (30..=80).map(|step| step as f32 / 100.0).collect();
    let rivals: [Rival<'_>; 4] = [
        ("connected components, cosine", 0.70, &|least| cluster_rivals::connected(&lists, least)),
        ("Chinese whispers, cosine", 0.55, &|least| cluster_rivals::whispers(&lists, least)),
        ("DBSCAN (2 neighbours), cosine", 0.65, &|least| cluster_rivals::dbscan(&lists, least, 2)),
        ("DBSCAN (4 neighbours), cosine", 0.60, &|least| cluster_rivals::dbscan(&lists, least, 4)),
    ];
    for (what, common, rival) in rivals {
        tuned(what, common, &grid, rival, library);
    }
    let tree =
        Hierarchy::new(&faces, &Constraints::default(), &Settings { method: Method::Linkage, ..Settings::default() });
    let average = |least: f32| flat(&tree.groups_at(least), embeddings.len());
    tuned("average linkage, cosine", 0.48, &grid, &average, library);
    for (core, least) in [(1, 2), (2, 3), (4, 5)] {
        let start = Instant::now();
        let labels = cluster_rivals::hdbscan(&lists, core, least);
        row(&format!("HDBSCAN, core {core}, groups of {least} and more"), &labels, library, start);
    }
}

fn tuned(what: &str, common: f32, grid: &[f32], rival: &(dyn Fn(f32) -> Vec<u32> + Sync), library: &Library) {
    let start = Instant::now();
    row(&format!("{what} {common:.2}"), &rival(common), library, start);
    let quality = |least: f32| metrics::bcubed(&rival(least), &library.truth).f1;
    let scores: Vec<(f64, f32)> = grid.par_iter().map(|least| (quality(*least), *least)).collect();
    let best = scores.into_iter().max_by(|one, two| one.0.total_cmp(&two.0)).map_or(common, |(_, least)| least);
    let start = Instant::now();
    row(&format!("{what} {best:.2} (tuned)"), &rival(best), library, start);
}

fn flat(groups: &[Vec<u32>], faces: usize) -> Vec<u32> {
    let mut labels = vec![0; faces];
    for (number, group) in groups.iter().enumerate() {
        for face in group {
            labels[*face as usize] = number as u32;
        }
    }
    labels
}

fn row(what: &str, labels: &[u32], library: &Library, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    let (cubed, pairs) = (metrics::bcubed(labels, &library.truth), metrics::pairwise(labels, &library.truth));
    println!("{what:<44} {:>9.4} {:>9.4} {seconds:>8.3}", cubed.f1, pairs.f1);
}
