//! The same photos and the same words give the same library, whatever happened on the way, in whatever order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use albumen::domain::{
    DetectedFace, Edit, FaceFlag, FaceKey, GroupId, Library, Method, PersonId, PhotoHash, Pixels, Preset, Snapshot,
};
use albumen::engine::{Command, Engine, Options};
use albumen::vision::{FaceFinder, FakeFinder, VisionError};
use proptest::prelude::*;

use crate::engine_support::{Finder, Place, check_counts, photo, run};

/// The fake finder with embeddings as far from each other as real ones are: two photos of a person differ, and by chance
/// some strangers are alike.
struct Blurred;

impl FaceFinder for Blurred {
    fn model_id(&self) -> &'static str {
        "blurred-1"
    }

    fn device(&self) -> String {
        "no networks".to_owned()
    }

    fn detect(&self, photo: &Pixels, min_face: f32) -> Result<Vec<DetectedFace>, VisionError> {
        FakeFinder.detect(photo, min_face)
    }

    /// With the ground's shade, by which photos differ.
    fn crops(&self, photo: &Pixels, faces: &[DetectedFace]) -> Vec<Pixels> {
        let mut crops = FakeFinder.crops(photo, faces);
        for crop in &mut crops {
            crop.width += 1;
            crop.rgb.extend(photo.get(0, 0).unwrap());
        }
        crops
    }

    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
        let mut embeddings = FakeFinder.embed(crops)?;
        for (embedding, crop) in embeddings.iter_mut().zip(crops) {
            let mut state = crop.rgb.iter().fold(88_172_645_463_325_252u64, |state, byte| {
                (state ^ u64::from(*byte)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
            });
            for value in embedding.iter_mut().take(24) {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                *value += ((state >> 40) as f32 / (1u64 << 24) as f32 - 0.5) * 0.8;
            }
            let length = embedding.iter().map(|value| value * value).sum::<f32>().sqrt();
            for value in embedding {
                *value /= length;
            }
        }
        Ok(embeddings)
    }
}

/// Names of groups, and their faces by content and box.
type Shown = BTreeSet<(Option<String>, BTreeSet<FaceKey>)>;

fn shown(snapshot: &Snapshot) -> Shown {
    let keys =
        |faces: &[albumen::domain::FaceId]| faces.iter().map(|face| snapshot.faces.get(face).unwrap().key).collect();
    snapshot.groups.iter().map(|group| (group.name.clone(), keys(&group.faces))).collect()
}

/// 40 photos of seven people, one or two on each.
fn crowd() -> Vec<Vec<u8>> {
    let people = |number: u8| -> Vec<u8> {
        let first = number * 5 % 7;
        if number.is_multiple_of(3) { vec![first, (first + 1 + number % 5) % 7] } else { vec![first] }
    };
    (0..40).map(|number| photo(&people(number), number)).collect()
}

/// Scans the photos under names in this order, the first `early` in a scan of their own, then applies the words.
fn grouped(photos: &[Vec<u8>], order: &[usize], early: usize, workers: usize, words: &[Edit]) -> Shown {
    let place = Place::new();
    let source = Box::new(|| Ok(Arc::new(Blurred) as Arc<dyn FaceFinder>));
    let options = Options { workers, min_face: 12.0, ..Options::new(place.library.clone(), source) };
    let engine = Engine::start(options).unwrap();
    let put = |range: std::ops::Range<usize>| {
        for name in range {
            place.put(&format!("{}/{name:03}.jpg", name % 3), &photos[order[name]]);
        }
    };
    put(0..early);
    if early > 0 {
        place.scan(&engine);
    }
    let (before, after) = words.split_at(words.len() / 2);
    for edit in before {
        run(&engine.handle(), Command::Edit(edit.clone()));
    }
    put(early..photos.len());
    place.scan(&engine);
    for edit in after {
        run(&engine.handle(), Command::Edit(edit.clone()));
    }
    let snapshot = engine.handle().snapshot();
    engine.close();
    shown(&snapshot)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 10, ..Default::default() })]

    /// Invariant 5 of ARCHITECTURE.md.
    #[test]
    fn the_order_of_files_and_the_number_of_threads_change_no_group(
        order in Just((0..40).collect::<Vec<usize>>()).prop_shuffle(),
        early in 0usize..40,
        workers in 1usize..6,
        confirmed in proptest::collection::vec((0usize..40, 1u32..3), 0..5),
    ) {
        let photos = crowd();
        let plain: Vec<usize> = (0..photos.len()).collect();
        let machine = grouped(&photos, &plain, 0, 1, &[]);
        prop_assert!(machine.len() > 7, "some are in doubt, or the test shows nothing: {}", machine.len());
        prop_assert!(machine.iter().any(|(_, faces)| faces.len() > 3), "and some are not");
        let keys: BTreeSet<FaceKey> = machine.iter().flat_map(|(_, faces)| faces.iter().copied()).collect();
        let keys: Vec<FaceKey> = keys.into_iter().collect();
        let mut words: Vec<Edit> = (1..3)
            .map(|person| Edit::MakePerson {
                person: PersonId(person), name: Some(format!("Person {person}")), faces: Vec::new(), rest: Vec::new(),
            })
            .collect();
        let mut said = BTreeSet::new();
        for (face, person) in confirmed {
            if said.insert(face) {
                words.push(Edit::Assign { faces: vec![keys[face]], person: PersonId(person) });
            }
        }
        let expected = grouped(&photos, &plain, 0, 1, &words);
        prop_assert_eq!(grouped(&photos, &order, early, workers, &words), expected);
    }
}

/// The photos of the other property: where they belong, and who is on them.
const FILES: [(&str, &[u8]); 6] = [
    ("x/a.jpg", &[0]),
    ("y/b.jpg", &[0]),
    ("y/c.jpg", &[0, 4]),
    ("x/d.jpg", &[4]),
    ("x/e.jpg", &[4, 8]),
    ("y/f.jpg", &[8]),
];

/// What may happen to a library.
#[derive(Clone, Debug)]
enum Event {
    Scan(&'static str),
    Restart,
    /// Another version of the network, whose boxes are a little off.
    Model(bool),
    Edit(Edit),
    Undo,
    Redo,
    GoTo(usize),
    Delete(usize),
    Move(usize),
    Copy(usize),
    /// Where they belong.
    Return(usize),
}

/// A face by its number, photo by photo and from left to right; its key is put in when it has been seen.
fn placeholder(face: u8) -> FaceKey {
    FaceKey { photo: PhotoHash([face; 16]), cell: [0; 4] }
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let person = || (1u32..5).prop_map(PersonId);
    let faces = || proptest::collection::vec((0u8..8).prop_map(placeholder), 1..4);
    prop_oneof![
        4 => (person(), "[A-C]", faces(), proptest::collection::vec((0u8..8).prop_map(placeholder), 0..2))
            .prop_map(|(person, name, faces, rest)| Edit::MakePerson { person, name: Some(name), faces, rest }),
        2 => (person(), faces()).prop_map(|(person, faces)| Edit::Assign { faces, person }),
        2 => (person(), faces()).prop_map(|(person, faces)| Edit::NotThisPerson { faces, person }),
        1 => (person(), faces()).prop_map(|(person, faces)| Edit::Confirm { faces, person }),
        1 => (person(), person()).prop_map(|(from, into)| Edit::MergePersons { from, into }),
        2 => (faces(), any::<Option<bool>>()).prop_map(|(faces, flag)| Edit::Flag {
            faces,
            flag: flag.map(|ignored| if ignored { FaceFlag::Ignored } else { FaceFlag::NotAFace }),
        }),
        1 => (person(), "[D-F]").prop_map(|(person, name)| Edit::Rename { person, name }),
        1 => (person(), 0u8..8).prop_map(|(person, face)| Edit::Cover { person, face: placeholder(face) }),
        1 => (person(), any::<bool>()).prop_map(|(person, ignored)| Edit::IgnorePerson { person, ignored }),
        1 => prop_oneof![Just(Preset::Strict), Just(Preset::Normal)].prop_map(|preset| Edit::SetPreset { preset }),
        1 => proptest::sample::select(Method::all().to_vec()).prop_map(|method| Edit::SetMethod { method }),
    ]
}

fn any_scan() -> impl Strategy<Value = Event> {
    prop_oneof![3 => Just(""), 1 => Just("x"), 1 => Just("y")].prop_map(Event::Scan)
}

fn any_event() -> impl Strategy<Value = Event> {
    let file = || 0..FILES.len();
    prop_oneof![
        6 => any_edit().prop_map(Event::Edit),
        3 => any_scan(),
        2 => Just(Event::Restart),
        1 => any::<bool>().prop_map(Event::Model),
        2 => Just(Event::Undo),
        1 => Just(Event::Redo),
        1 => (0usize..8).prop_map(Event::GoTo),
        1 => file().prop_map(Event::Delete),
        1 => file().prop_map(Event::Move),
        1 => file().prop_map(Event::Copy),
        1 => file().prop_map(Event::Return),
    ]
}

/// The edit with the keys that were seen; nothing when it speaks of a face nobody has seen.
fn with_keys(edit: &Edit, keys: &BTreeMap<usize, FaceKey>) -> Option<Edit> {
    let mut edit = edit.clone();
    let of = |key: &FaceKey| keys.get(&usize::from(key.photo.0[0])).copied();
    let put = |list: &mut Vec<FaceKey>| -> Option<()> {
        *list = list.iter().map(of).collect::<Option<_>>()?;
        Some(())
    };
    match &mut edit {
        Edit::MakePerson { faces, rest, .. } => {
            put(faces)?;
            put(rest)?;
        }
        Edit::Assign { faces, .. }
        | Edit::NotThisPerson { faces, .. }
        | Edit::Confirm { faces, .. }
        | Edit::Flag { faces, .. } => put(faces)?,
        Edit::Cover { face, .. } => *face = of(face)?,
        _ => {}
    }
    Some(edit)
}

/// The steps as a person would remember them.
#[derive(Default)]
struct Memory {
    steps: Vec<Edit>,
    cursor: usize,
}

impl Memory {
    fn library(&self) -> Library {
        Library::fold(&self.steps[..self.cursor])
    }

    fn push(&mut self, edit: Edit) {
        let mut after = self.library();
        after.apply(&edit);
        if after != self.library() {
            self.steps.truncate(self.cursor);
            self.steps.push(edit);
            self.cursor += 1;
        }
    }
}

/// What the user said holds for every face that is there.
fn check_words(snapshot: &Snapshot, library: &Library) -> Result<(), TestCaseError> {
    prop_assert_eq!(&snapshot.library, library, "fold from the file = fold in memory");
    for face in snapshot.faces.values() {
        let card = snapshot.group_of.get(&face.id);
        if library.flag(&face.key).is_some() {
            prop_assert_eq!(card, None, "set aside");
        } else if let Some(person) = library.person_of(&face.key) {
            prop_assert_eq!(card, Some(&GroupId::Person(person)), "the user's word");
        } else if let Some(GroupId::Person(person)) = card {
            prop_assert!(!library.is_rejected(&face.key, *person), "refused, and yet there");
        }
    }
    for (id, person) in library.persons() {
        if let Some(group) = snapshot.group(GroupId::Person(*id)) {
            prop_assert_eq!((&group.name, group.ignored), (&person.name, person.ignored));
        }
    }
    Ok(())
}

struct World {
    place: Place,
    photos: Vec<Vec<u8>>,
    finder: Finder,
}

impl World {
    /// Everywhere a photo may lie.
    fn paths(&self, file: usize) -> [PathBuf; 3] {
        let own = FILES[file].0;
        [own.to_owned(), format!("x/moved-{file}.jpg"), format!("y/copy-{file}.jpg")]
            .map(|path| self.place.photos.join(path))
    }

    /// The keys of the faces that are shown, by number.
    fn keys(&self, snapshot: &Snapshot) -> BTreeMap<usize, FaceKey> {
        let mut keys = BTreeMap::new();
        let mut first = 0;
        for (file, (_, people)) in FILES.iter().enumerate() {
            let paths = self.paths(file);
            if let Some(photo) =
                snapshot.photos.values().find(|photo| photo.paths.iter().any(|path| paths.contains(path)))
            {
                let mut faces = snapshot.faces_of_photo(photo.id);
                faces.sort_by(|one, two| one.detected.bounds.x.total_cmp(&two.detected.bounds.x));
                keys.extend(faces.iter().enumerate().map(|(place, face)| (first + place, face.key)));
            }
            first += people.len();
        }
        keys
    }

    /// Groups by the names of their persons, faces by number.
    fn groups(&self, snapshot: &Snapshot) -> BTreeSet<(Option<String>, BTreeSet<usize>)> {
        let numbers: BTreeMap<FaceKey, usize> =
            self.keys(snapshot).into_iter().map(|(number, key)| (key, number)).collect();
        let number = |face: &albumen::domain::FaceId| numbers[&snapshot.faces.get(face).unwrap().key];
        let faces = |group: &albumen::domain::Group| group.faces.iter().map(number).collect();
        snapshot.groups.iter().map(|group| (group.name.clone(), faces(group))).collect()
    }

    fn set(&self, file: usize, there: [bool; 3]) {
        for (path, there) in self.paths(file).iter().zip(there) {
            if there && !path.exists() {
                fs::write(path, &self.photos[file]).unwrap();
            } else if !there && path.exists() {
                fs::remove_file(path).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..Default::default() })]

    /// Scans of parts and of all, restarts, other networks, files that go, move, double and return, edits, undo and redo,
    /// in any order: at every moment the user's words hold, and in the end the library is the one that a fresh scan gives.
    #[test]
    fn every_interleaving_gives_the_same_library_and_breaks_no_word(first in any_scan(), events in proptest::collection::vec(any_event(), 1..24)) {
        let photos: Vec<Vec<u8>> = FILES.iter().zip(0..).map(|((_, people), number)| photo(people, number)).collect();
        let mut world = World { place: Place::new(), photos, finder: Finder::default() };
        for (file, (name, _)) in FILES.iter().enumerate() {
            world.place.put(name, &world.photos[file]);
        }
        let mut keys = BTreeMap::new();
        let mut memory = Memory::default();
        let mut engine = world.place.start(&world.finder);
        for event in std::iter::once(first).chain(events) {
            let handle = engine.handle();
            match event {
                Event::Scan(folder) => drop(handle.run(Command::Scan(vec![world.place.photos.join(folder)]), |_| {}).unwrap()),
                Event::Restart => {
                    engine.close();
                    engine = world.place.start(&world.finder);
                }
                Event::Model(second) => {
                    engine.close();
                    let (model, shift) = if second { ("fake-2", 0.05) } else { ("fake-1", 0.0) };
                    world.finder = Finder { model, shift, ..Finder::default() };
                    engine = world.place.start(&world.finder);
                }
                Event::Edit(edit) => {
                    if let Some(edit) = with_keys(&edit, &keys) {
                        drop(handle.run(Command::Edit(edit.clone()), |_| {}).unwrap());
                        memory.push(edit);
                    }
                }
                Event::Undo => {
                    drop(handle.run(Command::Undo, |_| {}).unwrap());
                    memory.cursor = memory.cursor.saturating_sub(1);
                }
                Event::Redo => {
                    drop(handle.run(Command::Redo, |_| {}).unwrap());
                    memory.cursor = (memory.cursor + 1).min(memory.steps.len());
                }
                Event::GoTo(cursor) => {
                    drop(handle.run(Command::GoTo(cursor), |_| {}).unwrap());
                    memory.cursor = cursor.min(memory.steps.len());
                }
                Event::Delete(file) => world.set(file, [false; 3]),
                Event::Move(file) => world.set(file, [false, true, false]),
                Event::Copy(file) => world.set(file, [true, false, true]),
                Event::Return(file) => world.set(file, [true, false, false]),
            }
            let snapshot = engine.handle().snapshot();
            check_counts(&snapshot);
            check_words(&snapshot, &memory.library())?;
            for (number, key) in world.keys(&snapshot) {
                let before = keys.insert(number, key);
                prop_assert_eq!(before.unwrap_or(key), key, "a face is known by the same key for ever");
            }
        }
        for file in 0..FILES.len() {
            world.set(file, [true, false, false]);
        }
        let found = world.place.scan(&engine);
        engine.close();
        check_words(&found, &memory.library())?;

        world.place.library = world.place.library.with_file_name("fresh.albumen");
        let engine = world.place.start(&world.finder);
        for edit in &memory.steps[..memory.cursor] {
            drop(engine.handle().run(Command::Edit(edit.clone()), |_| {}).unwrap());
        }
        let expected = world.place.scan(&engine);
        engine.close();
        prop_assert_eq!(&found.library, &expected.library);
        prop_assert_eq!(found.counts, expected.counts);
        prop_assert_eq!(world.groups(&found), world.groups(&expected));
    }
}
