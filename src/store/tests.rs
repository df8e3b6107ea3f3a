//! The store against real files.

use super::*;
use crate::domain::{FaceBox, PersonId, ProblemKind};

pub(super) const MODEL: &str = "model-1";

pub(super) fn new_photo(number: u8, faces: usize) -> NewPhoto {
    let face = |index: usize| NewFace {
        detected: DetectedFace {
            bounds: FaceBox::new(10.0 + 50.0 * index as f32, 20.0, 40.0, 44.0),
            score: 0.9,
            landmarks: [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0]],
            sharpness: 0.25,
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

/// Nothing was said about any face.
pub(super) fn no_pins(_photo: PhotoHash) -> Vec<FaceKey> {
    Vec::new()
}

fn faces(stored: &[StoredFace]) -> Vec<Face> {
    stored.iter().map(|stored| stored.face).collect()
}

pub(super) fn file(path: &str, outcome: Outcome) -> FileOutcome {
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
    let written = store.write(&outcomes, MODEL, &no_pins).unwrap();
    assert_eq!((written.photos.len(), written.faces.len()), (2, 2), "a copy's faces are stored once");
    drop(store);
    let store = Store::open(&path).unwrap();
    let loaded = store.load().unwrap();
    assert_eq!(loaded.folders, [PathBuf::from("/p")]);
    assert_eq!(loaded.files.len(), 5);
    assert_eq!(loaded.files[Path::new("/p/bad.jpg")].state, KnownState::Failed(problem));
    let photo = loaded.photos.first().unwrap();
    assert_eq!(photo.paths, [PathBuf::from("/p/a.jpg"), "/p/copy.jpg".into()]);
    assert_eq!((photo.orientation, photo.taken.unwrap().year), (6, 2019));
    assert_eq!(loaded.faces, written.faces);
    let ids = written.faces.iter().map(|stored| stored.face.id).collect();
    let (found, values) = Reader::open(&path).unwrap().embeddings(&ids, MODEL).unwrap();
    assert_eq!((found.len(), values), (2, vec![0.5, -0.25, 0.125, 0.0, 0.5, -0.25, 0.125, 1.0]));
    assert!(Reader::open(&path).unwrap().embeddings(&ids, "model-2").unwrap().0.is_empty());
    assert_eq!(store.thumbnail(written.faces[1].face.id).unwrap(), Some(vec![1, 1]));
    assert_eq!(store.contents(MODEL).unwrap().len(), 2);
    assert!(store.contents("model-2").unwrap().is_empty());
}

#[test]
fn a_photo_that_moves_or_goes_and_comes_back_keeps_its_faces() {
    let temp = tempfile::tempdir().unwrap();
    let mut store = Store::open(&temp.path().join("l")).unwrap();
    let first = store.write(&[file("/p/a.jpg", Outcome::Photo(new_photo(1, 1)))], MODEL, &no_pins).unwrap();
    let id = first.photos[0].id;
    let gone = store.forget_files(&["/p/a.jpg".into()]).unwrap();
    assert_eq!((gone.gone_photos, gone.gone_faces), (vec![id], vec![first.faces[0].face.id]));
    assert!(store.load().unwrap().photos.is_empty());
    let back = store.write(&[file("/q/b.jpg", Outcome::Known(id))], MODEL, &no_pins).unwrap();
    assert_eq!(back.faces, first.faces, "the same rows under another path");
    // Other content under the same path.
    let changed = store.write(&[file("/q/b.jpg", Outcome::Photo(new_photo(2, 1)))], MODEL, &no_pins).unwrap();
    assert_eq!(changed.gone_photos, [id]);
    assert_eq!(changed.photos.len(), 1);
}

#[test]
fn another_model_replaces_machine_rows() {
    let temp = tempfile::tempdir().unwrap();
    let mut store = Store::open(&temp.path().join("l")).unwrap();
    let first = store.write(&[file("/p/a.jpg", Outcome::Photo(new_photo(1, 2)))], MODEL, &no_pins).unwrap();
    assert!(store.set_model(MODEL).unwrap() && !store.set_model(MODEL).unwrap());
    let second = store.write(&[file("/p/a.jpg", Outcome::Photo(new_photo(1, 1)))], "model-2", &no_pins).unwrap();
    let (first, second_faces) = (faces(&first.faces), faces(&second.faces));
    assert_eq!(second.gone_faces, [first[0].id, first[1].id]);
    assert!(second_faces[0].id > first[1].id, "rows are never used twice");
    assert_eq!(second_faces[0].key, first[0].key, "the key is the same, so the user's words hold");
    // What this program makes of the bytes now, boxes and all: they may have been turned another way before.
    let turned = NewPhoto { width: 480, height: 640, orientation: 1, taken: None, ..new_photo(1, 1) };
    let third = store.write(&[file("/p/a.jpg", Outcome::Photo(turned))], "model-3", &no_pins).unwrap();
    let photo = store.load().unwrap().photos[0].as_ref().clone();
    assert_eq!((photo.width, photo.height, photo.orientation, photo.taken), (480, 640, 1, None));
    assert_eq!(third.photos, [photo]);
}

#[test]
fn a_face_that_moved_keeps_its_key_and_so_does_one_that_was_missed_for_a_while() {
    let temp = tempfile::tempdir().unwrap();
    let mut store = Store::open(&temp.path().join("l")).unwrap();
    let moved = |by: f32, faces: std::ops::Range<usize>| {
        let mut photo = new_photo(1, faces.end);
        photo.faces.drain(..faces.start);
        photo.faces.iter_mut().for_each(|face| face.detected.bounds.x += by);
        photo
    };
    let mut write = |photo: NewPhoto, model: &str, pins: &[FaceKey]| {
        let pins = pins.to_vec();
        faces(&store.write(&[file("/p/a.jpg", Outcome::Photo(photo))], model, &|_| pins.clone()).unwrap().faces)
    };
    let first = write(moved(0.0, 0..3), "model-1", &[]);
    let second = write(moved(8.0, 0..2), "model-2", &[]);
    assert_eq!([second[0].key, second[1].key], [first[0].key, first[1].key]);
    // The second model missed the third face; the user's word about it leads the third model to the old key.
    let third = write(moved(-5.0, 0..3), "model-3", &[first[2].key]);
    let keys: Vec<FaceKey> = third.iter().map(|face| face.key).collect();
    assert_eq!(keys, first.iter().map(|face| face.key).collect::<Vec<_>>());
}

#[test]
fn a_drawn_face_is_stored_once_and_only_beside_its_own_model() {
    let temp = tempfile::tempdir().unwrap();
    let mut store = Store::open(&temp.path().join("l")).unwrap();
    store.write(&[file("/p/a.jpg", Outcome::Photo(new_photo(1, 1)))], MODEL, &no_pins).unwrap();
    let face = NewFace { embedding: vec![1.0], ..new_photo(1, 1).faces[0].clone() };
    let key = FaceKey { photo: PhotoHash([1; 16]), cell: [300, 100, 30, 40] };
    let written = store.write_drawn(key, &face, MODEL).unwrap();
    assert!(written.faces.iter().any(|stored| stored.drawn && stored.face.key == key), "{written:?}");
    for (key, model) in [(key, MODEL), (key, "model-2"), (FaceKey { photo: PhotoHash([9; 16]), ..key }, MODEL)] {
        assert!(store.write_drawn(key, &face, model).unwrap().faces.is_empty());
    }
    assert_eq!(store.load().unwrap().faces.iter().filter(|stored| stored.drawn).count(), 1);
}

#[test]
fn folders_inside_folders_are_one() {
    let temp = tempfile::tempdir().unwrap();
    let mut store = Store::open(&temp.path().join("l")).unwrap();
    let mut check = |add: &str, expected: &[&str]| {
        let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
        assert_eq!(store.add_folder(Path::new(add)).unwrap(), expected);
        assert_eq!(store.load().unwrap().folders, expected);
    };
    check("/p/a", &["/p/a"]);
    check("/p/ab", &["/p/a", "/p/ab"]);
    check("/p/a/x", &["/p/a", "/p/ab"]);
    check("/q", &["/p/a", "/p/ab", "/q"]);
    check("/p", &["/p", "/q"]);
}

#[test]
fn groups_are_kept_until_something_matters_to_them() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("l");
    let mut store = Store::open(&path).unwrap();
    store.write(&[file("/p/a.jpg", Outcome::Photo(new_photo(1, 3)))], MODEL, &no_pins).unwrap();
    let clusters = vec![vec![FaceId(1), FaceId(3)], vec![FaceId(2)]];
    let check = |store: &mut Store, fresh: bool| {
        let loaded = store.load().unwrap();
        assert_eq!((loaded.clusters.as_slice(), loaded.clusters_way.as_str()), (clusters.as_slice(), "adaptive"));
        assert_eq!(loaded.clusters_fresh, fresh);
    };
    let revision = store.revision().unwrap();
    store.save_clusters(&clusters, revision, "adaptive").unwrap();
    check(&mut store, true);
    let name = [Edit::Rename { person: PersonId(1), name: "Ann".into() }];
    store.push_step(&name, false).unwrap();
    store.write(&[file("/p/film.mov", Outcome::Skipped("videos".into()))], MODEL, &no_pins).unwrap();
    check(&mut store, true);
    store.push_step(&name, true).unwrap();
    check(&mut store, false);
    // Groups that were begun before a change are old when they come.
    store.save_clusters(&clusters, revision, "adaptive").unwrap();
    check(&mut store, false);
    store.save_clusters(&clusters, store.revision().unwrap(), "adaptive").unwrap();
    check(&mut store, true);
    store.write(&[file("/p/b.jpg", Outcome::Photo(new_photo(2, 1)))], MODEL, &no_pins).unwrap();
    check(&mut store, false);
}

#[test]
fn a_full_disk_changes_nothing_and_is_said() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("l");
    let mut store = Store::open(&path).unwrap();
    store.push_step(&[Edit::SetPreset { preset: crate::domain::Preset::Loose }], true).unwrap();
    let before = store.load().unwrap();
    let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    store.connection.pragma_update(None, "max_page_count", pages).unwrap();
    let mut photo = new_photo(1, 1);
    photo.faces[0].thumbnail = vec![7; 100_000];
    let error = store.write(&[file("/p/a.jpg", Outcome::Photo(photo))], MODEL, &no_pins).unwrap_err();
    assert!(matches!(error, StoreError::Disk { .. }) && error.to_string().contains("space"), "{error}");
    drop(store);
    let after = Store::open(&path).unwrap().load().unwrap();
    assert_eq!((after.steps, after.photos.len(), after.files.len()), (before.steps, 0, 0));
}

#[test]
fn a_library_of_the_first_version_comes_up_with_everything() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("l");
    let connection = Connection::open(&path).unwrap();
    schema::first_version(&connection);
    connection
        .execute_batch(
            "INSERT INTO photo VALUES (4, x'01010101010101010101010101010101', 640, 480, 1, NULL, 'model-1');
             INSERT INTO file VALUES (x'2f702f612e6a7067', 7, 8, 4, NULL, NULL);
             INSERT INTO face VALUES (9, 4, 10.0, 20.0, 40.0, 44.0, 0.5, x'00', x'003c', x'0102');
             INSERT INTO step VALUES (0, '[{\"edit\":\"set-preset\",\"preset\":\"strict\"}]');
             UPDATE meta SET value = 1 WHERE name = 'cursor';",
        )
        .unwrap();
    drop(connection);
    assert!(matches!(Store::open_to_read(&path), Err(StoreError::Older { .. })));
    let store = Store::open(&path).unwrap();
    let loaded = store.load().unwrap();
    assert_eq!((loaded.steps.len(), loaded.cursor), (1, 1));
    let face = loaded.faces[0].face;
    assert_eq!((face.id, face.key.cell), (FaceId(9), [8, 16, 32, 35]));
    assert_eq!(store.thumbnail(FaceId(9)).unwrap(), Some(vec![1, 2]));
    let (ids, values) = Reader::open(&path).unwrap().embeddings(&[FaceId(9)].into(), "model-1").unwrap();
    assert_eq!((ids, values), (vec![FaceId(9)], vec![1.0]));
}

/// Whether a file, its log or a backup holds these bytes.
fn anywhere(folder: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

#[test]
fn what_is_forgotten_is_gone_from_the_bytes() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("l");
    let mut store = Store::open(&path).unwrap();
    let marked = |number: u8| {
        let mut photo = new_photo(number, 1);
        photo.faces[0].thumbnail = vec![number; 300];
        photo.faces[0].embedding = vec![f32::from(number); 200];
        photo
    };
    store.add_folder(Path::new("/p")).unwrap();
    store.add_folder(Path::new("/q")).unwrap();
    let outcomes = [
        file("/p/a.jpg", Outcome::Photo(marked(71))),
        file("/q/b.jpg", Outcome::Photo(marked(72))),
        file("/q/both.jpg", Outcome::Photo(marked(73))),
        file("/p/both.jpg", Outcome::Photo(marked(73))),
    ];
    let written = faces(&store.write(&outcomes, MODEL, &no_pins).unwrap().faces);
    let name = |id: u32, name: &str, key: FaceKey| {
        vec![Edit::MakePerson { person: PersonId(id), name: Some(name.into()), faces: vec![key], rest: vec![] }]
    };
    store.push_step(&name(1, "Annabella", written[1].key), true).unwrap();
    store.push_step(&name(2, "Bonaventura", written[2].key), true).unwrap();
    store.push_step(&[Edit::Rename { person: PersonId(1), name: "Annabellina".into() }], false).unwrap();
    store.back_up("2026-01-01").unwrap();
    // Neighbour lists name faces, whose they are no matter.
    store.save_lists(&[74; 500], 0, MODEL).unwrap();
    for needle in [&[71u8; 300][..], &[72; 300], &[73; 300], &[74; 500], b"Annabell"] {
        assert!(anywhere(temp.path(), needle));
    }
    let embedding = |number: u8| half::f16::from_f32(f32::from(number)).to_le_bytes().repeat(200);
    assert!(anywhere(temp.path(), &embedding(71)));

    let done = store.forget_folder(Path::new("/p")).unwrap();
    assert_eq!((done.photos, done.faces), (1, 1), "what /q holds as well stays");
    assert!(store.vacuum_is_due().unwrap());
    store.vacuum().unwrap();
    store.renew_backups("2026-01-02").unwrap();
    assert!(!store.vacuum_is_due().unwrap());
    store.save_lists(&[75; 500], 0, MODEL).unwrap();
    for (number, there) in [(71, false), (72, true), (73, true), (74, false), (75, true)] {
        assert_eq!(anywhere(temp.path(), &[number; 300]), there, "{number}");
        assert_eq!(anywhere(temp.path(), &embedding(number)), there && number < 74, "{number}");
    }
    assert!(anywhere(temp.path(), b"Annabell"), "words about people are kept with a folder's end");
    assert_eq!(store.load().unwrap().folders, [PathBuf::from("/q")]);

    let faces_of = [(written[1].id, written[1].key)];
    store.forget_person(PersonId(1), &faces_of).unwrap();
    store.vacuum().unwrap();
    store.renew_backups("2026-01-02").unwrap();
    assert!(!anywhere(temp.path(), b"Annabell") && anywhere(temp.path(), b"Bonaventura"));
    assert!(!anywhere(temp.path(), &[75; 300]), "lists");
    assert!(!anywhere(temp.path(), &[72; 300]) && !anywhere(temp.path(), &embedding(72)));
    let loaded = store.load().unwrap();
    assert_eq!((loaded.steps, loaded.cursor), (vec![name(2, "Bonaventura", written[2].key)], 1));
    // Read again, by this model or another: the forgotten face is not taken up again.
    let again = store.write(&[file("/q/b.jpg", Outcome::Photo(marked(72)))], "model-2", &no_pins).unwrap();
    assert!(again.faces.is_empty());
}

#[test]
fn a_damaged_library_is_kept_and_its_words_are_saved() {
    use std::io::{Seek as _, Write as _};

    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("l.albumen");
    let step = |number: u32| {
        let faces = vec![FaceKey { photo: PhotoHash([number as u8; 16]), cell: [1; 4] }; 40];
        vec![Edit::MakePerson {
            person: PersonId(number + 1),
            name: Some(format!("Person {number}")),
            faces,
            rest: vec![],
        }]
    };
    let mut store = Store::open(&path).unwrap();
    store.add_folder(Path::new("/p")).unwrap();
    for number in 0..60 {
        store.push_step(&step(number), true).unwrap();
    }
    store.back_up("2026-01-01").unwrap();
    for number in 60..80 {
        store.push_step(&step(number), true).unwrap();
    }
    store.set_cursor(78, true).unwrap();
    store.vacuum().unwrap();
    drop(store);
    let length = std::fs::metadata(&path).unwrap().len();
    // The pages in the middle are overwritten; the first one, which says what the file is, stays.
    let mut damaged = File::options().write(true).open(&path).unwrap();
    damaged.seek(std::io::SeekFrom::Start(length / 2)).unwrap();
    damaged.write_all(&vec![0xa5; (length / 4) as usize]).unwrap();
    drop(damaged);
    let trouble = Store::open(&path).and_then(|store| store.load().map(|_| ())).unwrap_err();
    assert!(matches!(trouble, StoreError::Damaged { .. }), "{trouble}");
    let recovered = recover(&path, "stamp", "2026-01-02").unwrap();
    assert!(recovered.kept.ends_with("l.albumen.damaged-stamp") && recovered.kept.exists());
    assert_eq!(std::fs::metadata(&recovered.kept).unwrap().len(), length);
    let loaded = recovered.store.load().unwrap();
    assert_eq!(recovered.saved + recovered.lost, 80, "every step is accounted for");
    assert!(recovered.saved >= 60, "{} saved: the backup alone holds 60", recovered.saved);
    assert!(loaded.steps.contains(&step(0)) && loaded.steps.contains(&step(59)));
    assert_eq!(loaded.folders, [PathBuf::from("/p")]);
    assert!(loaded.next_person >= 81 || recovered.lost > 0);

    // A file that says nothing any more is recovered from the backup alone.
    drop(recovered);
    std::fs::write(&path, vec![0u8; 4096]).unwrap();
    assert!(has_backups(&path));
    let recovered = recover(&path, "again", "2026-01-02").unwrap();
    assert_eq!((recovered.saved, recovered.store.load().unwrap().cursor), (60, 60));
}

#[test]
fn a_second_process_may_look_but_not_write() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("l");
    assert!(Store::open_to_read(&path).is_err(), "nothing is made");
    assert!(!path.exists());
    let mut first = Store::open(&path).unwrap();
    first.push_step(&[Edit::SetPreset { preset: crate::domain::Preset::Loose }], true).unwrap();
    let mut second = Store::open_to_read(&path).unwrap();
    assert!(second.is_read_only() && !first.is_read_only());
    assert_eq!(second.load().unwrap().steps.len(), 1);
    let error = second.set_cursor(0, true).unwrap_err();
    assert!(matches!(error, StoreError::Disk { .. }), "{error}");
    // And the first goes on writing, with the second looking.
    first.set_cursor(0, true).unwrap();
    assert_eq!(second.load().unwrap().cursor, 0);
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
    assert_eq!(store.push_step(&make(1), true).unwrap(), 1);
    assert_eq!(store.push_step(&make(2), true).unwrap(), 2);
    store.set_cursor(1, true).unwrap();
    drop(store);
    let mut store = Store::open(&path).unwrap();
    let loaded = store.load().unwrap();
    assert_eq!((loaded.steps, loaded.cursor, loaded.next_person), (vec![make(1), make(2)], 1, 3));
    assert_eq!(store.push_step(&make(3), true).unwrap(), 2, "the undone step is dropped");
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
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1, "nothing is put beside it");
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
    store.write(&[outcome], MODEL, &no_pins).unwrap();
    assert_eq!(store.load().unwrap().photos[0].paths, [odd]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
