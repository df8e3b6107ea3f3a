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
    let Some(lists) = lists(&library.values) else { return };
    let faces = Faces::new(embeddings, &lists);
    let settings = Settings::default();
    let none = Constraints::default();
    timed("groups from lists, at one threshold", || Hierarchy::only(&faces, &none, &settings));
    let tree = timed("groups from lists, every threshold of the slider", || Hierarchy::new(&faces, &none, &settings));
    let before = timed("groups of that at one threshold", || tree.groups());
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

/// Exact lists at once; where they come from a graph, the last tenth of the faces is added to it later.
fn lists(values: &[f32]) -> Option<Lists> {
    let embeddings = Embeddings::new(WIDTH, values)?;
    let (size, length) = (embeddings.len(), Lists::default_length(embeddings.len()));
    if size <= Lists::MOST_EXACT {
        return Some(timed(&format!("neighbour lists of {length}"), || Lists::new(&embeddings)));
    }
    let first = size - size / 10;
    let known = Embeddings::new(WIDTH, values.get(..first * WIDTH)?)?;
    let what = format!("neighbour lists of {length}, first {first} faces");
    let lists = timed(&what, || Lists::with_length(&known, length));
    let was: Vec<Option<u32>> = (0..size as u32).map(|face| (face < first as u32).then_some(face)).collect();
    let lists = timed(&format!("the other {} faces added", size - first), || lists.updated(&embeddings, &was));
    for count in [32, length] {
        let recall = recall(&embeddings, &lists, count);
        println!("  {:<52} {recall:>9.4}", format!("recall of the first {count}, against exact, 200 faces"));
    }
    Some(lists)
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

/// Share of the true `count` nearest that are among the first `count` of the list.
fn recall(embeddings: &Embeddings<'_>, lists: &Lists, count: usize) -> f64 {
    let (mut found, mut all) = (0, 0);
    for face in (0..embeddings.len()).step_by((embeddings.len() / 200).max(1)) {
        let row = embeddings.row(face);
        let cosine = |other: usize| row.iter().zip(embeddings.row(other)).map(|(a, b)| a * b).sum::<f32>();
        let mut others: Vec<(f32, usize)> =
            (0..embeddings.len()).filter(|other| *other != face).map(|other| (cosine(other), other)).collect();
        others.select_nth_unstable_by(count - 1, |one, two| two.0.total_cmp(&one.0));
        others.truncate(count);
        let near = lists.of(face).iter().take(count);
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
