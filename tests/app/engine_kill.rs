//! Killed at any moment: the library opens, no finished edit is missing, and a scan goes on where it was. The short form
//! of `benches/kill.rs`.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use albumen::domain::Activity;
use albumen::engine::Command;

use crate::engine_support::{Finder, Place, check_counts, groups, photo};

/// The folder of the library and of the photos for the child.
const CHILD: &str = "ALBUMEN_KILLED_CHILD";
const TIMES: u64 = 12;

/// Not a test of its own: what the test below starts again and again in a process of its own, and kills.
#[test]
fn the_child_that_is_killed() {
    let Some(root) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let place =
        Place { temp: tempfile::tempdir().unwrap(), photos: root.join("photos"), library: root.join("l.albumen") };
    let finder = Finder::before(|_| std::thread::sleep(Duration::from_millis(4)));
    let engine = place.start(&finder);
    let handle = engine.handle();
    handle.send(Command::Scan(vec![place.photos.clone()]));
    let mut number = handle.snapshot().history.len();
    loop {
        let snapshot = handle.snapshot();
        let free = snapshot.groups.iter().find(|group| group.name.is_none()).map(|group| group.id);
        let (Some(id), true) = (free.or_else(|| snapshot.groups.first().map(|group| group.id)), number < 5000) else {
            std::thread::sleep(Duration::from_millis(2));
            continue;
        };
        handle.send(Command::NameGroup(id, format!("Name {number}")));
        let edited = handle.wait(|later| later.commands > snapshot.commands && later.generation > snapshot.generation);
        let edited = edited.unwrap();
        if edited.history.len() > number {
            number = edited.history.len();
            // What is printed was shown as done.
            println!("done {number} {}", edited.history.last().unwrap().text);
        }
    }
}

/// A child that works until it is killed after so many milliseconds; gives what it had shown as done.
fn killed_after(root: &std::path::Path, milliseconds: u64) -> Vec<String> {
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["engine_kill::the_child_that_is_killed", "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, root)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.filter_map(|line| line.split_once("done ").map(|(_, rest)| rest.to_owned())).collect::<Vec<String>>()
    });
    std::thread::sleep(Duration::from_millis(milliseconds));
    // SIGKILL on Unix: no destructor runs, nothing is flushed.
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn killed_at_random_moments_nothing_that_was_done_is_missing() {
    let place = Place::new();
    for number in 0..60u8 {
        place.put(&format!("{number:02}.jpg"), &photo(&[number % 4 * 3, number % 3 * 4], number));
    }
    let root = place.photos.parent().unwrap();
    let library = root.join("l.albumen");
    let opened = Place { temp: tempfile::tempdir().unwrap(), photos: place.photos.clone(), library };
    let (mut edits, mut photos) = (0, 0);
    for round in 0..TIMES {
        let done = killed_after(root, 30 + round * 7919 % 400);
        let engine = opened.start(&Finder::default());
        let snapshot = engine.handle().wait(|snapshot| snapshot.activity == Activity::Idle).unwrap();
        engine.close();
        check_counts(&snapshot);
        assert!(snapshot.read_only.is_none() && snapshot.notices.is_empty(), "{:?}", snapshot.notices);
        if let Some(last) = done.last() {
            let (number, text) = last.split_once(' ').unwrap();
            let number: usize = number.parse().unwrap();
            assert!(snapshot.history.len() >= number, "round {round}: {last} is missing");
            assert_eq!(&*snapshot.history[number - 1].text, text, "round {round}");
        }
        assert!(snapshot.history.len() >= edits && snapshot.counts.found >= photos, "round {round}: less than before");
        (edits, photos) = (snapshot.history.len(), snapshot.counts.found);
    }
    // The scan goes on and ends where one that was never killed ends.
    let finder = Finder::default();
    let engine = opened.start(&finder);
    let whole = opened.scan(&engine);
    assert_eq!((whole.counts.with_faces, finder.looked()), (60, 60 - photos));
    let undone = engine.handle().run(Command::GoTo(0), |_| {}).unwrap();
    engine.close();
    assert_eq!(groups(&undone), groups(&place.scan_once(&Finder::default())));
}
