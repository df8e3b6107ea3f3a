//! Nobody waits for ever: whatever goes wrong on the way, the engine comes to rest and says so, and what was asked last is
//! answered.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use albumen::domain::{Activity, NoticeLevel, Snapshot};
use albumen::engine::{Command, Engine, ExportRequest, Handle, Options};
use albumen::vision::{FaceFinder, VisionError};

use crate::engine_support::{Finder, Place, group_of, groups, run};

/// The first snapshot that fits; a failure when none comes.
fn soon(handle: &Handle, what: &str, fits: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let start = Instant::now();
    let late = || start.elapsed() > Duration::from_secs(30);
    let found = handle.wait(|snapshot| fits(snapshot) || late()).unwrap();
    assert!(fits(&found), "{what}: {:?}, {:?}", found.activity, found.notices);
    found
}

fn said(snapshot: &Snapshot, words: &str) -> bool {
    snapshot.notices.iter().any(|notice| notice.level == NoticeLevel::Error && notice.text.contains(words))
}

fn sql(library: &Path, text: &str) {
    rusqlite::Connection::open(library).unwrap().execute_batch(text).unwrap();
}

#[test]
fn a_scan_that_cannot_begin_takes_those_behind_it_along() {
    let place = Place::with(&[("x/a.jpg", &[0]), ("y/b.jpg", &[4])]);
    let gate = Arc::new(AtomicBool::new(false));
    let open = Arc::clone(&gate);
    // Two scans wait for the networks.
    let source = Box::new(move || {
        while !open.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(Arc::new(Finder::default()) as Arc<dyn FaceFinder>)
    });
    let engine = Engine::start(Options::new(place.library.clone(), source)).unwrap();
    let handle = engine.handle();
    for folder in ["x", "y"] {
        assert!(handle.send(Command::Scan(vec![place.photos.join(folder)])));
    }
    soon(&handle, "both are waiting", |snapshot| snapshot.commands == 2);
    sql(&place.library, "DROP TABLE setting");
    gate.store(true, Ordering::SeqCst);
    let after = soon(&handle, "a scan for ever", |snapshot| snapshot.activity == Activity::Idle);
    assert!(said(&after, "no such table"), "{:?}", after.notices);
    engine.close();
}

#[test]
fn networks_that_panic_are_said() {
    let place = Place::with(&[("a.jpg", &[0])]);
    let source = Box::new(|| -> Result<Arc<dyn FaceFinder>, VisionError> { panic!("a panic on purpose") });
    let engine = Engine::start(Options::new(place.library.clone(), source)).unwrap();
    let handle = engine.handle();
    for round in 1..=2 {
        assert!(handle.send(Command::Scan(vec![place.photos.clone()])));
        let idle = |snapshot: &Snapshot| snapshot.commands == round && snapshot.activity == Activity::Idle;
        let after = soon(&handle, "networks for ever", idle);
        assert!(said(&after, "Loading the networks ended by a mistake"), "{:?}", after.notices);
        assert_eq!(after.notices.len(), round as usize, "tried again, and said again");
    }
    engine.close();
}

#[test]
fn groups_that_cannot_be_begun_keep_nobody_waiting() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[0])]);
    let before = place.scan_once(&Finder::default());
    sql(&place.library, "DELETE FROM grouping; UPDATE meta SET value = 'no number' WHERE name = 'revision'");
    let source = Box::new(|| Ok(Arc::new(Finder::default()) as Arc<dyn FaceFinder>));
    let engine = Engine::start(Options::new(place.library.clone(), source)).unwrap();
    let opened = soon(&engine.handle(), "never ready", |snapshot| snapshot.ready);
    assert_eq!(opened.faces.len(), before.faces.len());
    assert!(opened.notices.iter().any(|notice| notice.level == NoticeLevel::Error), "{:?}", opened.notices);
    engine.close();
}

/// A library in which one of two people has a name.
fn named() -> (Place, Engine) {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[4])]);
    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "a.jpg"), "Ann".into()));
    (place, engine)
}

fn request(to: &Path) -> ExportRequest {
    ExportRequest { to: to.to_owned(), ..ExportRequest::default() }
}

/// Puts a pipe in the place of a photo: whoever opens it waits for the other side.
#[cfg(unix)]
fn pipe_at(path: &Path) {
    fs::remove_file(path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn the_answer_to_an_earlier_question_about_albums_is_dropped() {
    let (place, engine) = named();
    let handle = engine.handle();
    let photo = place.photos.join("a.jpg");
    let (slow, quick) = (place.temp.path().join("slow"), place.temp.path().join("quick"));
    fs::create_dir_all(slow.join("Ann")).unwrap();
    fs::copy(&photo, slow.join("Ann/a.jpg")).unwrap();
    pipe_at(&photo);
    // Comparing the photo with what is there takes as long as somebody takes to write to the pipe.
    assert!(handle.send(Command::PlanExport(request(&slow))));
    run(&handle, Command::NameGroup(group_of(&handle.snapshot(), "b.jpg"), "Bo".into()));
    assert!(handle.send(Command::PlanExport(request(&quick))));
    let answer = soon(&handle, "no answer", |snapshot| snapshot.export_plan.is_some()).export_plan.clone();
    let plan = answer.as_deref().unwrap();
    assert_eq!(plan.request, request(&quick), "an answer says to which question");
    assert_eq!(plan.outcome.as_ref().unwrap().albums.len(), 2, "{answer:?}");
    drop(fs::File::options().write(true).open(&photo).unwrap());
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(run(&handle, Command::Watch(false)).export_plan, answer, "the late answer counts");
    }
    engine.close();
}

#[cfg(unix)]
#[test]
fn an_export_that_is_closed_finishes_the_file_in_hand() {
    use std::io::Write as _;

    let (place, engine) = named();
    let photo = place.photos.join("a.jpg");
    let bytes = fs::read(&photo).unwrap();
    pipe_at(&photo);
    let to = place.temp.path().join("albums");
    assert!(engine.handle().send(Command::Export(request(&to))));
    let mut pipe = fs::File::options().write(true).open(&photo).unwrap();
    let (first, rest) = bytes.split_at(100);
    pipe.write_all(first).unwrap();
    let part = to.join("Ann/a.jpg.albumen-part");
    while !part.exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let rest = rest.to_vec();
    let slowly = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        pipe.write_all(&rest).unwrap();
    });
    engine.close();
    assert_eq!(fs::read(to.join("Ann/a.jpg")).unwrap(), bytes);
    assert_eq!(fs::read_dir(to.join("Ann")).unwrap().count(), 1, "nothing half is left");
    slowly.join().unwrap();
    assert_eq!(groups(&place.start(&Finder::default()).handle().snapshot()).len(), 2);
}
