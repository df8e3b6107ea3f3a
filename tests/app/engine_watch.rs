//! What is scanned by itself, and what is scanned first.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use albumen::domain::{Activity, NoticeLevel, Snapshot};
use albumen::engine::{Command, Engine, Handle, Options};
use albumen::vision::FaceFinder;

use crate::engine_support::{Finder, Place, check_counts, photo};

/// An engine that looks at its folders twenty times a second once it is asked to.
fn watching(place: &Place, finder: &Finder) -> Engine {
    let finder = finder.clone();
    let source = Box::new(move || Ok(Arc::new(finder.clone()) as Arc<dyn FaceFinder>));
    let usual = Options::new(place.library.clone(), source);
    let options = Options { workers: 1, min_face: 12.0, watch_every: Duration::from_millis(50), ..usual };
    let engine = Engine::start(options).unwrap();
    engine.handle().wait(|snapshot| snapshot.ready).unwrap();
    engine
}

/// Waits for so many photos with faces and then for quiet.
fn when(handle: &Handle, with_faces: usize) -> Arc<Snapshot> {
    let fits = |snapshot: &Snapshot| snapshot.counts.with_faces == with_faces && snapshot.activity == Activity::Idle;
    let snapshot = handle.wait(fits).unwrap();
    check_counts(&snapshot);
    snapshot
}

fn errors(snapshot: &Snapshot) -> usize {
    snapshot.notices.iter().filter(|notice| notice.level == NoticeLevel::Error).count()
}

#[test]
fn watched_folders_are_scanned_when_files_come_and_go() {
    let place = Place::with(&[("a.jpg", &[0]), ("sub/b.jpg", &[4])]);
    place.scan_once(&Finder::default());
    place.put("before.jpg", &photo(&[0], 9));
    let finder = Finder::default();
    let engine = watching(&place, &finder);
    let handle = engine.handle();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!((handle.snapshot().counts.found, finder.looked()), (2, 0), "nothing by itself until it is asked for");
    handle.send(Command::Watch(true));
    when(&handle, 3);
    place.put("sub/deep/c.jpg", &photo(&[8], 3));
    when(&handle, 4);
    // Half of a photo that is still being copied, and then all of it: the folder does not change any more.
    let whole = photo(&[8], 4);
    place.put("d.jpg", &whole[..whole.len() / 2]);
    handle.wait(|snapshot| snapshot.counts.found == 5).unwrap();
    place.put("d.jpg", &whole);
    when(&handle, 5);
    fs::remove_file(place.photos.join("a.jpg")).unwrap();
    when(&handle, 4);
    assert!(finder.looked() <= 5, "{}: nothing is looked at twice", finder.looked());
    handle.send(Command::Watch(false));
    std::thread::sleep(Duration::from_millis(200));
    place.put("e.jpg", &photo(&[0], 5));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(handle.snapshot().counts.found, 4, "no longer");
    engine.close();
}

#[test]
fn a_watched_disk_that_is_taken_away_deletes_nothing_and_is_left_alone() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[4])]);
    let other = place.temp.path().canonicalize().unwrap().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("c.jpg"), photo(&[8], 3)).unwrap();
    let finder = Finder::default();
    let engine = watching(&place, &finder);
    let handle = engine.handle();
    handle.run(Command::Scan(vec![place.photos.clone(), other.clone()]), |_| {}).unwrap();
    handle.send(Command::Watch(true));
    let away = place.photos.with_file_name("away");
    fs::rename(&place.photos, &away).unwrap();
    // What happens in the folder that is there is seen all the same.
    fs::write(other.join("d.jpg"), photo(&[8], 4)).unwrap();
    let snapshot = when(&handle, 4);
    assert_eq!(snapshot.unreachable.as_slice(), std::slice::from_ref(&place.photos));
    std::thread::sleep(Duration::from_millis(300));
    let calm = handle.snapshot();
    fs::write(other.join("e.jpg"), photo(&[8], 5)).unwrap();
    let snapshot = when(&handle, 5);
    assert_eq!(errors(&snapshot), errors(&calm), "said once: {:?}", snapshot.notices);
    assert!(errors(&calm) <= 1, "{:?}", calm.notices);
    // An empty folder where the disk was.
    fs::create_dir(&place.photos).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(handle.snapshot().counts.with_faces, 5);
    engine.close();
}

/// Else every look at the other folders would tell of it anew.
#[test]
fn a_folder_that_is_gone_is_known_to_be_away_also_with_nothing_in_it() {
    let place = Place::with(&[("a.jpg", &[0])]);
    let other = place.temp.path().canonicalize().unwrap().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("c.jpg"), photo(&[8], 3)).unwrap();
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    handle.run(Command::Scan(vec![place.photos.clone(), other.clone()]), |_| {}).unwrap();
    // Its photo was put elsewhere, and then it was removed.
    fs::rename(other.join("c.jpg"), place.photos.join("c.jpg")).unwrap();
    let moved = handle.run(Command::Scan(Vec::new()), |_| {}).unwrap();
    assert_eq!((moved.unreachable.len(), moved.counts.found), (0, 2));
    fs::remove_dir(&other).unwrap();
    let gone = handle.run(Command::Scan(Vec::new()), |_| {}).unwrap();
    assert_eq!(gone.unreachable.as_slice(), std::slice::from_ref(&other));
    engine.close();
}

#[test]
fn a_folder_that_is_chosen_during_a_scan_comes_first() {
    let place = Place::new();
    for number in 0..30u8 {
        place.put(&format!("{number:02}.jpg"), &photo(&[number % 4 * 3], number));
    }
    let chosen = place.temp.path().canonicalize().unwrap().join("chosen");
    fs::create_dir(&chosen).unwrap();
    for number in 0..3u8 {
        fs::write(chosen.join(format!("{number}.jpg")), photo(&[number, 11], 40 + number)).unwrap();
    }
    let open = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&open);
    let finder = Finder::before(move |number| {
        while number >= 6 && !gate.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    let engine = place.start_with(&finder, 1);
    let handle = engine.handle();
    handle.send(Command::Scan(vec![place.photos.clone()]));
    handle.wait(|snapshot| snapshot.faces.len() >= 4).unwrap();
    handle.send(Command::Scan(vec![chosen.clone()]));
    handle.wait(|snapshot| snapshot.commands >= 2).unwrap();
    open.store(true, Ordering::SeqCst);
    let seen = |snapshot: &Snapshot| {
        let inside = |path: &std::path::PathBuf| path.starts_with(&chosen);
        snapshot.photos.values().filter(|photo| photo.paths.iter().any(inside)).count()
    };
    let early = handle.wait(|snapshot| seen(snapshot) == 3).unwrap();
    assert!(early.counts.found < 30, "{}: before the rest of the first", early.counts.found);
    let done = when(&handle, 33);
    assert!(!done.last_scan.as_ref().unwrap().cancelled);
    assert!(finder.looked() <= 33 + 8, "{}: only what was in hand is looked at twice", finder.looked());
    assert_eq!((errors(&done), done.folders.len()), (0, 2));
    assert!(done.notices.iter().all(|notice| !notice.text.contains("Stopped")), "{:?}", done.notices);
    // A cancelled scan does not come back.
    engine.close();
}
