//! Kills a process that scans and edits, at least 200 times at random moments, and looks at what is left each time: the
//! library opens, no edit that was shown as done is missing, and the scan goes on where it was. Run:
//! `cargo bench --bench kill` (or `cargo build --release --bench kill` and the program itself; an argument sets the
//! number of kills). The short form is `tests/app/engine_kill.rs`.

#![allow(clippy::unwrap_used, clippy::iter_over_hash_type, reason = "a bench ends where it cannot go on")]

#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "../tests/app/engine_support.rs"]
mod engine_support;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use albumen::domain::Activity;
use albumen::engine::Command;

use engine_support::{Finder, Place, check_counts, photo};

const CHILD: &str = "ALBUMEN_KILLED_CHILD";

fn place(root: &Path) -> Place {
    Place { temp: tempfile::tempdir().unwrap(), photos: root.join("photos"), library: root.join("l.albumen") }
}

/// Scans, names, undoes and names again, and says what it was shown as done.
fn child(root: &Path) -> ! {
    let place = place(root);
    let engine = place.start(&Finder::before(|_| std::thread::sleep(Duration::from_millis(2))));
    let handle = engine.handle();
    handle.send(Command::Scan(vec![place.photos.clone()]));
    let mut number = handle.snapshot().history.len();
    loop {
        let before = handle.snapshot();
        let free = before.groups.iter().find(|group| group.name.is_none()).map(|group| group.id);
        let Some(id) = free.or_else(|| before.groups.first().map(|group| group.id)) else {
            std::thread::sleep(Duration::from_millis(1));
            continue;
        };
        handle.send(Command::NameGroup(id, format!("Name {number}")));
        let after = handle.wait(|later| later.commands > before.commands && later.generation > before.generation);
        let after = after.unwrap();
        if after.history.len() > number {
            number = after.history.len();
            println!("done {number} {}", after.history.last().unwrap().text);
        }
    }
}

fn killed_after(root: &Path, wait: Duration) -> Vec<(usize, String)> {
    let mut process =
        Process::new(std::env::current_exe().unwrap()).env(CHILD, root).stdout(Stdio::piped()).spawn().unwrap();
    let output = process.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        lines
            .filter_map(|line| {
                let (number, text) = line.strip_prefix("done ")?.split_once(' ')?;
                Some((number.parse().ok()?, text.to_owned()))
            })
            .collect()
    });
    std::thread::sleep(wait);
    process.kill().unwrap();
    process.wait().unwrap();
    reader.join().unwrap()
}

fn main() {
    if let Some(root) = std::env::var_os(CHILD).map(PathBuf::from) {
        child(&root);
    }
    let times = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(200u64);
    let start = Instant::now();
    let mut seed = 0x2545_f491_4f6c_dd1du64;
    let (mut kills, mut edits, mut rounds) = (0, 0, 0);
    while kills < times {
        // A fresh library now and then, so that kills meet every stage from the first table on.
        rounds += 1;
        let new = Place::new();
        for number in 0..200u8 {
            new.put(&format!("{number:03}.jpg"), &photo(&[number % 4 * 3, number % 3 * 4], number));
        }
        let root = new.photos.parent().unwrap().to_owned();
        let opened = place(&root);
        let (mut history, mut found) = (0, 0);
        for _ in 0..20 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let done = killed_after(&root, Duration::from_millis(5 + seed % 250));
            kills += 1;
            edits += done.len();
            let engine = opened.start(&Finder::default());
            let snapshot = engine.handle().wait(|snapshot| snapshot.activity == Activity::Idle).unwrap();
            engine.close();
            check_counts(&snapshot);
            assert!(snapshot.read_only.is_none() && snapshot.notices.is_empty(), "{:?}", snapshot.notices);
            for (number, text) in &done {
                assert_eq!(
                    snapshot.history.get(number - 1).map(|entry| &*entry.text),
                    Some(text.as_str()),
                    "kill {kills}"
                );
            }
            assert!(
                snapshot.history.len() >= history && snapshot.counts.found >= found,
                "kill {kills}: less than before"
            );
            (history, found) = (snapshot.history.len(), snapshot.counts.found);
        }
        let finder = Finder::default();
        let engine = opened.start(&finder);
        let whole = opened.scan(&engine);
        engine.close();
        assert_eq!((whole.counts.with_faces, finder.looked()), (200, 200 - found));
        println!("{kills} kills, {edits} edits shown as done, none missing; {:.0} s", start.elapsed().as_secs_f64());
    }
    println!("{kills} kills in {rounds} libraries: every library opened, {edits} edits, none missing");
}
