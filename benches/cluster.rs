//! How long grouping takes: `cargo bench --bench cluster`, for other numbers of faces `cargo bench --bench cluster -- 60000
//! 1000000`.

mod cluster_data;

use std::time::Instant;

use albumen::cluster::{Constraints, Embeddings, Faces, Hierarchy, Lists, Settings, difference, metrics};
use cluster_data::{WIDTH, made_up};

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![13_000, 20_000, 100_000] } else { asked };
    sizes.into_iter().for_each(measure);
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!("  {what:<52} {:>9.3} s", start.elapsed().as_secs_f64());
    result
}

fn measure(size: usize) {
    println!("{size} faces of {WIDTH} numbers");
    let library = made_up(size, 1);
    let Some(embeddings) = Embeddings::new(WIDTH, &library.values) else { return };
    let lists = timed(&format!("neighbour lists of {}", Lists::default_length(size)), || Lists::new(&embeddings));
    if size > Lists::MOST_EXACT {
        println!("  {:<52} {:>9.4}", "recall of the first 32, against exact, 200 faces", recall(&embeddings, &lists));
    }
    let faces = Faces::new(embeddings, &lists);
    let settings = Settings::default();
    let none = Constraints::default();
    let tree = timed("groups from lists, every threshold of the slider", || Hierarchy::new(&faces, &none, &settings));
    let before = timed("groups at one threshold", || tree.groups());
    timed("the slider moves: groups and what would change", || {
        let after = tree.groups_at(settings.threshold() - 0.02);
        difference(&before, &after).len()
    });
    if size <= Lists::MOST_EXACT {
        added(&embeddings, &lists);
    }
    let mut predicted = vec![0; size];
    for (number, group) in before.iter().enumerate() {
        for face in group {
            if let Some(label) = predicted.get_mut(*face as usize) {
                *label = number as u32;
            }
        }
    }
    let score = metrics::bcubed(&predicted, &library.truth);
    println!("  {} groups, B-cubed F1 {:.4}, peak memory {}", before.len(), score.f1, peak());
}

/// 100 faces more.
fn added(embeddings: &Embeddings<'_>, lists: &Lists) {
    let more = made_up(100, 2);
    let mut values: Vec<f32> = (0..embeddings.len()).flat_map(|face| embeddings.row(face)).copied().collect();
    values.extend(&more.values);
    let was: Vec<Option<u32>> =
        (0..embeddings.len() as u32).map(Some).chain(std::iter::repeat_n(None, more.truth.len())).collect();
    if let Some(all) = Embeddings::new(WIDTH, &values) {
        timed("lists after 100 faces more", || lists.updated(&all, &was));
    }
}

/// Share of the true 32 nearest that are among the first 32 of the list.
fn recall(embeddings: &Embeddings<'_>, lists: &Lists) -> f64 {
    let (mut found, mut all) = (0, 0);
    for face in (0..embeddings.len()).step_by((embeddings.len() / 200).max(1)) {
        let row = embeddings.row(face);
        let cosine = |other: usize| row.iter().zip(embeddings.row(other)).map(|(a, b)| a * b).sum::<f32>();
        let mut others: Vec<(f32, usize)> =
            (0..embeddings.len()).filter(|other| *other != face).map(|other| (cosine(other), other)).collect();
        others.select_nth_unstable_by(31, |one, two| two.0.total_cmp(&one.0));
        others.truncate(32);
        let near = lists.of(face).iter().take(32);
        found += near.filter(|one| others.iter().any(|(_, other)| *other == one.face as usize)).count();
        all += others.len();
    }
    found as f64 / all as f64
}

/// The most memory this process has had, as Linux tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "not known here".to_owned(), |line| line.trim().to_owned())
}
