//! How long neighbours and groups take: `cargo bench --bench cluster`, for other numbers of faces `cargo bench --bench
//! cluster -- 20000 1000000`; `-- growth`: how time and memory grow from 1,000 to 100,000 photos of 2.5 faces.

mod cluster_data;
mod growth;

use std::time::Instant;

use albumen::cluster::{Constraints, Embeddings, Faces, Hierarchy, Lists, Settings, difference, metrics};
use cluster_data::{WIDTH, made_up};
use growth::Figures;

/// The most faces whose every threshold is worked out: beyond, one is minutes enough.
const SLIDER: usize = 300_000;

fn main() {
    if std::env::args().any(|argument| argument == "growth") {
        let photos = [1_000, 10_000, 100_000];
        growth::table(&photos, &photos.map(|photos| figures(photos * 5 / 2)));
        return;
    }
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![13_000, 20_000, 60_000, 100_000] } else { asked };
    sizes.into_iter().for_each(measure);
}

/// The figures of so many faces. Sizes are measured from the smallest on, so that the most memory so far is each one's own.
fn figures(size: usize) -> Figures {
    let library = made_up(size, 1);
    let Some(embeddings) = Embeddings::new(WIDTH, &library.values) else { return Figures::new() };
    let (settings, start, before) = (Settings::default(), Instant::now(), processor());
    let lists = Lists::new(&embeddings);
    let (neighbours, lists_done) = (start.elapsed().as_secs_f64(), processor());
    let (faces, start) = (Faces::new(embeddings, &lists), Instant::now());
    let tree = Hierarchy::only(&faces, &Constraints::default(), &settings);
    let (grouped, all_done) = (start.elapsed().as_secs_f64(), processor());
    let (groups, start) = (tree.groups(), Instant::now());
    let changes = difference(&groups, &tree.groups_at(settings.threshold() + 0.02)).len();
    let slider = start.elapsed().as_secs_f64() * 1e3;
    println!("{size} faces, {} groups, {changes} of them change with the slider", groups.len());
    let named = [
        ("neighbour lists, s", neighbours),
        ("neighbour lists, of the processors, s", lists_done - before),
        ("groups from lists at one threshold, s", grouped),
        ("groups from lists, of the processors, s", all_done - lists_done),
        ("the slider moves, ms", slider),
        ("memory, the most so far, MiB", peak_mib()),
    ];
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (start, before) = (Instant::now(), processor());
    let result = work();
    let (clock, processor) = (start.elapsed().as_secs_f64(), processor() - before);
    println!("  {what:<52} {clock:>9.3} s, of the processors {processor:>8.2} s, until now at most {}", peak());
    result
}

/// Seconds that the processors have worked for this process, as Linux tells it: on a machine that others use, the better
/// measure.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let times = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    times.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn measure(size: usize) {
    println!("{size} faces of {WIDTH} numbers");
    let library = timed("made up", || made_up(size, 1));
    let Some(embeddings) = Embeddings::new(WIDTH, &library.values) else { return };
    let length = Lists::default_length(size);
    let lists = timed(&format!("neighbour lists of {length}"), || Lists::new(&embeddings));
    for count in [32, length] {
        let recall = recall(&embeddings, &lists, count);
        println!("  {:<52} {recall:>9.4}", format!("recall of the first {count}, against measuring all"));
    }
    let faces = Faces::new(embeddings, &lists);
    let settings = Settings::default();
    let none = Constraints::default();
    let mut tree = timed("groups from lists, at one threshold", || Hierarchy::only(&faces, &none, &settings));
    if size <= SLIDER {
        drop(tree);
        tree = timed("groups from lists, every threshold of the slider", || Hierarchy::new(&faces, &none, &settings));
    }
    let before = timed("groups of that at one threshold", || tree.groups());
    // The smaller tree knows only stricter ones.
    let step = if size <= SLIDER { -0.02 } else { 0.02 };
    timed("the slider moves: groups and what would change", || {
        let after = tree.groups_at(settings.threshold() + step);
        difference(&before, &after).len()
    });
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
    drop((tree, before));
    added(&embeddings, &lists);
}

/// 100 faces more, and a tenth more where that is no matter of minutes.
fn added(embeddings: &Embeddings<'_>, lists: &Lists) {
    for count in [100, embeddings.len() / 10].into_iter().filter(|count| *count <= 20_000) {
        let more = made_up(count, 2);
        let mut values: Vec<f32> = Vec::with_capacity((embeddings.len() + count) * WIDTH);
        values.extend((0..embeddings.len()).flat_map(|face| embeddings.row(face)));
        values.extend(&more.values);
        let was: Vec<Option<u32>> =
            (0..embeddings.len() as u32).map(Some).chain(std::iter::repeat_n(None, count)).collect();
        if let Some(all) = Embeddings::new(WIDTH, &values) {
            timed(&format!("lists after {count} faces more"), || lists.updated(&all, &was));
        }
    }
}

/// Share of the true `count` nearest that are among the first `count` of the list, of forty faces.
fn recall(embeddings: &Embeddings<'_>, lists: &Lists, count: usize) -> f64 {
    let (mut found, mut all) = (0, 0);
    for face in (0..embeddings.len()).step_by((embeddings.len() / 40).max(1)) {
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

/// The same in MiB; 0 where it is not known.
fn peak_mib() -> f64 {
    peak().split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
