//! The store against real files.

use super::*;
use crate::domain::{FaceBox, FaceKey, PersonId, ProblemKind};

const MODEL: &str = "model-1";

fn new_photo(number: u8, faces: usize) -> NewPhoto {
    let face = |index: usize| NewFace {
        detected: DetectedFace {
            bounds: FaceBox::new(10.0 + 50.0 * index as f32, 20.0, 40.0, 44.0),
            score: 0.9,
            landmarks: [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0]],
        },
        embedding: vec![0.5, -0.25, 0.125, index as f32],
        thumbnail: vec![number, index as u8],
    };
    NewPhoto {
        hash: PhotoHash([number; 16]),
        width: 640,
        height: 480,
        orientation: 6,
        taken: Some(Taken { year: 2019, month: 7, day: 3, second: 60 }),
        faces: (0..faces).map(face).collect(),
    }
}

fn file(path: &str, outcome: Outcome) -> FileOutcome {
    FileOutcome { path: path.into(), size: 7, modified_ns: 8, outcome }
}

#[test]
fn what_was_written_is_loaded_again() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("deep/down/library.albumen");
    let problem = Problem { path: "/p/bad.jpg".into(), kind: ProblemKind::Truncated, message: "it breaks off".into() };
    let mut store = Store::open(&path).unwrap();
    store.add_folder(Path::new("/p")).unwrap();
    let outcomes = [
        file("/p/a.jpg", Outcome::Photo(new_photo(1, 2))),
        file("/p/b.jpg", Outcome::Photo(new_photo(2, 0))),
        file("/p/copy.jpg", Outcome::Photo(new_photo(1, 2))),
        file("/p/bad.jpg", Outcome::Failed(problem.clone())),
        file("/p/film.mov", Outcome::Skipped("videos".into())),
    ];
    let written = store.write(&outcomes, MODEL).unwrap();
    assert_eq!((written.photos.len(), written.faces.len()), (2, 2), "a copy's faces are stored once");
    drop(store);
    let store = Store::open(&path).unwrap();
    let loaded = store.load().unwrap();
    assert_eq!(loaded.folders, [PathBuf::from("/p")]);
    assert_eq!(loaded.files.len(), 5);
    assert_eq!(loaded.files[Path::new("/p/bad.jpg")].state, KnownState::Failed(problem));
    let photo = loaded.photos.values().next().unwrap();
    assert_eq!(photo.paths, [PathBuf::from("/p/a.jpg"), "/p/copy.jpg".into()]);
    assert_eq!((photo.orientation, photo.taken.unwrap().year), (6, 2019));
    assert_eq!(loaded.faces.values().copied().collect::<Vec<_>>(), written.faces);
    assert_eq!(loaded.embeddings.into_iter().collect::<Vec<_>>(), written.embeddings);
    assert_eq!(store.thumbnail(written.faces[1].id).unwrap(), Some(vec![1, 1]));
    assert_eq!(store.contents(MODEL).unwrap().len(), 2);
    assert!(store.contents("model-2").unwrap().is_empty());
}

#[test]
fn a_photo_that_moves_or_goes_and_comes_back_keeps_its_faces() {
    let temp = tempfile::tempdir().unwrap();
    let mut store = Store::open(&temp.path().join("l")).unwrap();
    let first = store.write(&[file("/p/a.jpg", Outcome::Photo(new_photo(1, 1)))], MODEL).unwrap();
    let id = first.photos[0].id;
    let gone = store.forget_files(&["/p/a.jpg".into()]).unwrap();
    assert_eq!((gone.gone_photos, gone.gone_faces), (vec![id], vec![first.faces[0].id]));
    assert!(store.load().unwrap().photos.is_empty());
    let back = store.write(&[file("/q/b.jpg", Outcome::Known(id))], MODEL).unwrap();
    assert_eq!(back.faces, first.faces, "the same rows under another path");
    // Other content under the same path.
    let changed = store.write(&[file("/q/b.jpg", Outcome::Photo(new_photo(2, 1)))], MODEL).unwrap();
    assert_eq!(changed.gone_photos, [id]);
    assert_eq!(changed.photos.len(), 1);
}

#[test]
fn another_model_replaces_machine_rows() {
    let temp = tempfile::tempdir().unwrap();
    let mut store = Store::open(&temp.path().join("l")).unwrap();
    let first = store.write(&[file("/p/a.jpg", Outcome::Photo(new_photo(1, 2)))], MODEL).unwrap();
    assert!(store.has_other_models("model-2").unwrap());
    let second = store.write(&[file("/p/a.jpg", Outcome::Photo(new_photo(1, 1)))], "model-2").unwrap();
    assert_eq!(second.gone_faces, [first.faces[0].id, first.faces[1].id]);
    assert!(second.faces[0].id > first.faces[1].id, "rows are never used twice");
    assert_eq!(second.faces[0].key, first.faces[0].key, "the key is the same, so the user's words hold");
}

#[test]
fn edits_undo_and_person_ids_survive() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("l");
    let key = FaceKey { photo: PhotoHash([1; 16]), cell: [1, 2, 3, 4] };
    let make = |id: u32| {
        vec![Edit::MakePerson { person: PersonId(id), name: Some("Ann".into()), faces: vec![key], rest: vec![] }]
    };
    let mut store = Store::open(&path).unwrap();
    assert_eq!(store.push_step(&make(1)).unwrap(), 1);
    assert_eq!(store.push_step(&make(2)).unwrap(), 2);
    store.set_cursor(1).unwrap();
    drop(store);
    let mut store = Store::open(&path).unwrap();
    let loaded = store.load().unwrap();
    assert_eq!((loaded.steps, loaded.cursor, loaded.next_person), (vec![make(1), make(2)], 1, 3));
    assert_eq!(store.push_step(&make(3)).unwrap(), 2, "the undone step is dropped");
    let loaded = store.load().unwrap();
    assert_eq!((loaded.steps, loaded.next_person), (vec![make(1), make(3)], 4));
}

#[test]
fn wrong_files_are_refused_in_a_sentence_and_left_as_they_are() {
    let temp = tempfile::tempdir().unwrap();
    let text = temp.path().join("notes.txt");
    std::fs::write(&text, "a text, long enough to be looked at as a database header, but no database at all").unwrap();
    assert!(matches!(Store::open(&text), Err(StoreError::NotALibrary { .. })));
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("a text"));
    assert!(matches!(Store::open(temp.path()), Err(StoreError::NotALibrary { .. })));
    let other = temp.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    assert!(matches!(Store::open(&other), Err(StoreError::NotALibrary { .. })));
    let newer = temp.path().join("newer");
    drop(Store::open(&newer).unwrap());
    Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    assert!(matches!(Store::open(&newer), Err(StoreError::Newer { version: 99, .. })));
    let used = temp.path().join("used");
    let _first = Store::open(&used).unwrap();
    let error = Store::open(&used).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }) && error.to_string().ends_with("used"), "{error}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_library_and_odd_names_come_back() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::PermissionsExt as _;

    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("l");
    let mut store = Store::open(&path).unwrap();
    let odd = PathBuf::from(OsStr::from_bytes(b"/p/odd\xff.jpg"));
    let outcome = FileOutcome { path: odd.clone(), ..file("", Outcome::Photo(new_photo(1, 1))) };
    store.write(&[outcome], MODEL).unwrap();
    assert_eq!(store.load().unwrap().photos.values().next().unwrap().paths, [odd]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
