//! What is done, undone and done otherwise; what comes back, and what must not: the findings of a review of the engine.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use albumen::domain::{DetectedFace, Edit, FaceBox, NoticeLevel, PhotoId, Pixels, QuestionKind, Snapshot};
use albumen::engine::{Command, Engine, Forget, Handle, Options};
use albumen::vision::{FaceFinder, VisionError};

use crate::engine_support::{Finder, Place, check_counts, group_of, photo, run};

/// The first snapshot that fits; a failure when none comes.
fn soon(handle: &Handle, what: &str, fits: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let start = Instant::now();
    let found = handle.wait(|snapshot| fits(snapshot) || start.elapsed() > Duration::from_secs(30)).unwrap();
    assert!(fits(&found), "{what}: {:?}, {:?}", found.activity, found.notices);
    found
}

fn photo_of(snapshot: &Snapshot, file: &str) -> PhotoId {
    snapshot.photos.values().find(|photo| photo.paths.iter().any(|path| path.ends_with(file))).unwrap().id
}

fn errors(snapshot: &Snapshot) -> Vec<&str> {
    let errors = snapshot.notices.iter().filter(|notice| notice.level == NoticeLevel::Error);
    errors.map(|notice| notice.text.as_str()).collect()
}

/// Beside the square of the only person there is only grey.
const BESIDE: FaceBox = FaceBox::new(66.0, 60.0, 30.0, 34.0);
const ABOVE: FaceBox = FaceBox::new(64.0, 4.0, 28.0, 30.0);

#[test]
fn a_drawing_after_one_that_was_undone_is_looked_at() {
    let place = Place::with(&[("a.jpg", &[0])]);
    let engine = place.start(&Finder::default());
    let id = photo_of(&place.scan(&engine), "a.jpg");
    let handle = engine.handle();
    assert_eq!(run(&handle, Command::DrawFace(id, BESIDE)).faces.len(), 2);
    assert_eq!(run(&handle, Command::Undo).faces.len(), 1);
    let other = run(&handle, Command::DrawFace(id, ABOVE));
    assert_eq!(other.faces.len(), 2, "{:?}", other.notices);
    check_counts(&other);
    engine.close();
}

#[test]
fn drawings_are_looked_at_once_the_networks_can_be_loaded() {
    let place = Place::with(&[("a.jpg", &[0])]);
    let id = photo_of(&place.scan_once(&Finder::default()), "a.jpg");
    let broken = Arc::new(AtomicBool::new(true));
    let still = Arc::clone(&broken);
    let source = Box::new(move || {
        if still.load(Ordering::SeqCst) {
            return Err(VisionError::Device { device: "cuda", reason: "broken on purpose".to_owned() });
        }
        Ok(Arc::new(Finder::default()) as Arc<dyn FaceFinder>)
    });
    let engine = Engine::start(Options::new(place.library.clone(), source)).unwrap();
    let handle = engine.handle();
    let drawn = handle.run(Command::DrawFace(id, BESIDE), |_| {}).unwrap();
    assert_eq!((drawn.faces.len(), errors(&drawn).len()), (1, 1), "{:?}", drawn.notices);
    broken.store(false, Ordering::SeqCst);
    let after = place.scan(&engine);
    assert_eq!(after.faces.len(), 2, "{:?}", after.notices);
    engine.close();
}

/// A finder that makes crops only when it is let to.
struct Gated(Finder, Arc<AtomicBool>);

impl FaceFinder for Gated {
    fn model_id(&self) -> &str {
        self.0.model_id()
    }

    fn device(&self) -> String {
        self.0.device()
    }

    fn detect(&self, photo: &Pixels, min_face: f32) -> Result<Vec<DetectedFace>, VisionError> {
        self.0.detect(photo, min_face)
    }

    fn crops(&self, photo: &Pixels, faces: &[DetectedFace]) -> Vec<Pixels> {
        while !self.1.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.0.crops(photo, faces)
    }

    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
        self.0.embed(crops)
    }
}

#[test]
fn who_is_forgotten_while_a_box_is_looked_at_does_not_come_back() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[4])]);
    let gate = Arc::new(AtomicBool::new(true));
    let open = Arc::clone(&gate);
    let source = Box::new(move || Ok(Arc::new(Gated(Finder::default(), Arc::clone(&open))) as Arc<dyn FaceFinder>));
    let engine = Engine::start(Options::new(place.library.clone(), source)).unwrap();
    let handle = engine.handle();
    let ann = group_of(&place.scan(&engine), "a.jpg");
    let named = run(&handle, Command::NameGroup(ann, "Ann".into()));
    let card = named.group(group_of(&named, "a.jpg")).unwrap();
    let (person, face) = (card.person().unwrap(), card.faces[0]);
    gate.store(false, Ordering::SeqCst);
    assert!(handle.send(Command::FixBox { face, bounds: FaceBox::new(20.0, 28.0, 40.0, 42.0) }));
    soon(&handle, "no box", |snapshot| snapshot.undo.as_deref() == Some("Fixed the box of a face of Ann"));
    assert!(handle.send(Command::Forget(Forget::Person(person))));
    soon(&handle, "not forgotten", |snapshot| {
        snapshot.notices.iter().any(|one| one.text.contains("Forgotten for good"))
    });
    gate.store(true, Ordering::SeqCst);
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(50));
        run(&handle, Command::Watch(false));
    }
    engine.close();
    let count = "SELECT count(*) FROM face";
    let left: i64 = rusqlite::Connection::open(&place.library).unwrap().query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1, "only the stranger's");
}

#[test]
fn a_word_about_somebody_who_has_gone_is_not_taken_for_said() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[4])]);
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let scanned = place.scan(&engine);
    run(&handle, Command::NameGroup(group_of(&scanned, "a.jpg"), "Ann".into()));
    let named = run(&handle, Command::NameGroup(group_of(&scanned, "b.jpg"), "Bo".into()));
    let (ann, bo) = (group_of(&named, "a.jpg"), group_of(&named, "b.jpg"));
    let person = named.group(bo).unwrap().person().unwrap();
    let merged = run(&handle, Command::MergeGroups(vec![ann, bo]));
    let late = handle.run(Command::Edit(Edit::BirthYear { person, year: Some(1980) }), |_| {}).unwrap();
    let last = late.notices.last().unwrap();
    assert!(last.level == NoticeLevel::Error && last.text.contains("has just gone"), "{last:?}");
    assert_eq!(late.history, merged.history);
    engine.close();
}

fn sql(library: &Path, text: &str) {
    rusqlite::Connection::open(library).unwrap().execute_batch(text).unwrap();
}

#[test]
fn a_question_whose_answer_could_not_be_kept_is_asked_again() {
    let place = Place::with(&[("a1.jpg", &[0]), ("a2.jpg", &[0]), ("b1.jpg", &[4]), ("b2.jpg", &[4])]);
    let engine = place.start(&Finder { alike: 1.0, ..Finder::default() });
    let handle = engine.handle();
    let question = place.scan(&engine).review[0].clone();
    let yes = matches!(question.kind, QuestionKind::Split { .. });
    sql(&place.library, "ALTER TABLE step RENAME TO elsewhere");
    let refused = handle.run(Command::Answer { question: question.id, yes }, |_| {}).unwrap();
    assert!(!errors(&refused).is_empty() && refused.history.is_empty());
    assert!(refused.review.iter().any(|other| other.id == question.id), "the question is gone, and no answer there");
    sql(&place.library, "ALTER TABLE elsewhere RENAME TO step");
    let answered = run(&handle, Command::Answer { question: question.id, yes });
    assert_eq!(answered.history.len(), 1);
    assert!(answered.review.iter().all(|other| other.id != question.id));
    engine.close();
}

#[cfg(unix)]
#[test]
fn a_link_that_failed_is_read_again_as_what_it_is() {
    use std::os::unix::fs::symlink;

    let place = Place::with(&[("a.jpg", &[0])]);
    let outside = place.temp.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let whole = photo(&[4], 9);
    for name in ["one.jpg", "album/two.jpg"] {
        fs::create_dir_all(outside.join(name).parent().unwrap()).unwrap();
        fs::write(outside.join(name), &whole[..200]).unwrap();
    }
    symlink(outside.join("one.jpg"), place.photos.join("link.jpg")).unwrap();
    symlink(outside.join("album"), place.photos.join("album")).unwrap();
    let engine = place.start(&Finder::default());
    let broken = place.scan(&engine);
    assert_eq!((broken.counts.found, broken.counts.failed), (3, 2), "{:?}", broken.problems);
    fs::write(outside.join("one.jpg"), &whole).unwrap();
    fs::write(outside.join("album/two.jpg"), photo(&[8], 9)).unwrap();
    let again = engine.handle().run(Command::Retry(Vec::new()), |_| {}).unwrap();
    check_counts(&again);
    assert_eq!((again.counts.found, again.counts.failed), (3, 0), "{:?}", again.problems);
    for name in ["link.jpg", "album/two.jpg"] {
        let path = place.photos.join(name);
        assert!(again.photos.values().any(|photo| photo.paths == [path.clone()]), "{}", path.display());
    }
    // The next scan has nothing to say about it.
    let after = place.scan(&engine);
    assert_eq!((after.counts, after.last_scan.as_ref().unwrap().unchanged), (again.counts, 3));
    engine.close();
}

#[test]
fn an_empty_file_in_the_place_of_a_library_is_recovered_from_its_backup() {
    let place = Place::with(&[("a.jpg", &[0])]);
    let engine = place.start(&Finder::default());
    let ann = group_of(&place.scan(&engine), "a.jpg");
    run(&engine.handle(), Command::NameGroup(ann, "Ann".into()));
    engine.close();
    let day = fs::read_dir(place.library.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let backups: Vec<_> = day.filter(|path| path.to_string_lossy().contains(".backup-")).collect();
    assert_eq!(backups.len(), 1, "{backups:?}");
    fs::write(&place.library, b"").unwrap();
    let engine = place.start(&Finder::default());
    let opened = engine.handle().snapshot();
    assert!(errors(&opened).iter().any(|text| text.contains("was damaged") && text.contains("1 edit was saved")));
    let again = place.scan(&engine);
    assert_eq!(again.groups.first().and_then(|group| group.name.as_deref()), Some("Ann"));
    // Who is forgotten now is in the damaged file still, if it held anything: that is said.
    let person = again.groups.first().and_then(albumen::domain::Group::person).unwrap();
    let forgotten = run(&engine.handle(), Command::Forget(Forget::Person(person)));
    let text = &forgotten.notices.last().unwrap().text;
    assert!(text.contains("Forgotten for good") && text.contains("Delete it") && text.contains(".damaged-"), "{text}");
    engine.close();
}

#[test]
fn a_file_that_could_not_be_read_is_tried_by_every_scan() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[4])]);
    let (there, away) = (place.photos.join("b.jpg"), place.temp.path().join("away.jpg"));
    let (from, to) = (there.clone(), away.clone());
    // A disk that is pulled out while its photos are read, and is back with all of them as they were.
    let finder = Finder::before(move |number| {
        if number == 0 {
            fs::rename(&from, &to).unwrap();
        }
    });
    let engine = place.start_with(&finder, 1);
    let first = place.scan(&engine);
    assert_eq!((first.counts.with_faces, first.counts.failed), (1, 1), "{:?}", first.problems);
    fs::rename(&away, &there).unwrap();
    let back = place.scan(&engine);
    check_counts(&back);
    assert_eq!((back.counts.with_faces, back.counts.failed), (2, 0), "{:?}", back.problems);
    engine.close();
}
