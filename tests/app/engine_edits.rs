//! What the user says, through the engine: durable, undone and done again across restarts, kept through other models,
//! moves and damage, and forgotten for good when asked.

use std::fs;
use std::io::{Seek as _, Write as _};
use std::sync::Arc;

use albumen::domain::{Activity, Edit, FaceBox, FaceFlag, FaceId, GroupId, Method, Preset, QuestionKind, Snapshot};
use albumen::engine::{Command, Engine, Options, StoreError};
use albumen::vision::FakeFinder;

use crate::engine_support::{Finder, Place, check_counts, files, group_of, groups, photo, run};
use crate::support::{albumen, albumen_json};

fn family() -> Place {
    Place::with(&[("a1.jpg", &[0]), ("a2.jpg", &[0]), ("a3.jpg", &[0, 4]), ("b1.jpg", &[4]), ("c1.jpg", &[8])])
}

/// The row of a file's face at a place from the left.
fn face_of(snapshot: &Snapshot, file: &str, place: usize) -> FaceId {
    let photo = snapshot.photos.values().find(|photo| photo.paths[0].ends_with(file)).unwrap();
    snapshot.faces_of_photo(photo.id)[place].id
}

fn named(snapshot: &Snapshot, name: &str) -> Vec<String> {
    let group = snapshot.groups.iter().find(|group| group.name.as_deref() == Some(name));
    group.map(|group| files(snapshot, group).into_iter().collect()).unwrap_or_default()
}

/// The library, the history's sentences and whether they count, and what Undo and Redo would do.
type Said = (albumen::domain::Library, Vec<(Arc<str>, bool)>, Option<String>, Option<String>);

/// One edit, made for what is shown.
type Make = Box<dyn Fn(&Snapshot) -> Command>;

/// What the library says, without what a restart may change.
fn said(snapshot: &Snapshot) -> Said {
    let history = snapshot.history.iter().map(|entry| (Arc::clone(&entry.text), entry.active)).collect();
    (snapshot.library.clone(), history, snapshot.undo.clone(), snapshot.redo.clone())
}

#[test]
fn every_edit_can_be_undone_and_done_again_across_restarts() {
    let place = family();
    let finder = Finder::default();
    let mut engine = place.start(&finder);
    let first = place.scan(&engine);
    let mut states = vec![said(&first)];
    let mut boards = vec![groups(&first)];
    let ann = group_of(&first, "a1.jpg");
    let steps: Vec<Make> = vec![
        Box::new(move |_| Command::NameGroup(ann, "Ann".into())),
        Box::new(|snapshot| Command::NameGroup(group_of(snapshot, "b1.jpg"), "Bo".into())),
        Box::new(|snapshot| Command::SplitFaces(vec![face_of(snapshot, "a2.jpg", 0)])),
        Box::new(|snapshot| Command::MoveFaces(vec![face_of(snapshot, "a2.jpg", 0)], group_of(snapshot, "a1.jpg"))),
        Box::new(|snapshot| Command::RejectFaces(vec![face_of(snapshot, "a2.jpg", 0)])),
        Box::new(|snapshot| Command::FlagFaces(vec![face_of(snapshot, "a2.jpg", 0)], Some(FaceFlag::NotAFace))),
        Box::new(|snapshot| Command::FlagFaces(vec![face_of(snapshot, "a2.jpg", 0)], None)),
        Box::new(|snapshot| Command::IgnoreGroups(vec![group_of(snapshot, "c1.jpg")], true)),
        Box::new(|snapshot| {
            let person = snapshot.group(group_of(snapshot, "a1.jpg")).unwrap().person().unwrap();
            Command::Edit(Edit::BirthYear { person, year: Some(1980) })
        }),
        Box::new(|snapshot| {
            let group = snapshot.group(group_of(snapshot, "a1.jpg")).unwrap();
            let face = snapshot.faces.get(group.faces.last().unwrap()).unwrap().key;
            Command::Edit(Edit::Cover { person: group.person().unwrap(), face })
        }),
        Box::new(|snapshot| {
            let person = snapshot.group(group_of(snapshot, "b1.jpg")).unwrap().person().unwrap();
            Command::Edit(Edit::Hide { person, hidden: true })
        }),
        Box::new(|_| Command::Edit(Edit::SetPreset { preset: Preset::Strict })),
        Box::new(|_| Command::Edit(Edit::SetLooseness { hundredths: 2 })),
        Box::new(|_| Command::Edit(Edit::SetMethod { method: Method::Linkage })),
        Box::new(|snapshot| Command::MergeGroups(vec![group_of(snapshot, "a1.jpg"), group_of(snapshot, "b1.jpg")])),
    ];
    for make in &steps {
        let before = engine.handle().snapshot();
        let after = run(&engine.handle(), make(&before));
        assert_eq!(after.history.len(), before.history.len() + 1, "{:?}", after.history.last());
        states.push(said(&after));
        boards.push(groups(&after));
        // As after a restart, too.
        engine.close();
        engine = place.start(&finder);
        let again = engine.handle().run(Command::Review, |_| {}).unwrap();
        assert_eq!((said(&again), groups(&again)), (said(&after), groups(&after)));
    }
    for number in (0..steps.len()).rev() {
        let after = run(&engine.handle(), Command::Undo);
        assert_eq!(after.library, states[number].0, "undone to {number}");
        assert_eq!(groups(&after), boards[number], "undone to {number}: {:?}", after.redo);
        if number % 5 == 0 {
            engine.close();
            engine = place.start(&finder);
        }
    }
    assert_eq!(run(&engine.handle(), Command::Undo).undo, None, "nothing before the first");
    let redone = run(&engine.handle(), Command::GoTo(steps.len()));
    assert_eq!((said(&redone), groups(&redone)), (states.last().unwrap().clone(), boards.last().unwrap().clone()));
    let jumped = run(&engine.handle(), Command::GoTo(2));
    assert_eq!((&jumped.library, &groups(&jumped)), (&states[2].0, &boards[2]));
    let jumped_and_named = run(&engine.handle(), Command::NameGroup(group_of(&jumped, "c1.jpg"), "Cy".into()));
    assert_eq!((jumped_and_named.history.len(), jumped_and_named.redo.clone()), (3, None), "undone steps are dropped");
    // An edit that changes nothing is no step.
    let same = run(&engine.handle(), Command::Edit(Edit::SetPreset { preset: Preset::Normal }));
    assert_eq!(same.history.len(), 3);
    engine.close();
}

#[test]
fn names_survive_another_model() {
    let place = family();
    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    let handle = engine.handle();
    run(&handle, Command::NameGroup(group_of(&snapshot, "a1.jpg"), "Ann".into()));
    run(&handle, Command::NameGroup(group_of(&snapshot, "b1.jpg"), "Bo".into()));
    let stranger = face_of(&snapshot, "c1.jpg", 0);
    let before = run(&handle, Command::FlagFaces(vec![stranger], Some(FaceFlag::Ignored)));
    engine.close();
    for (model, shift) in [("other-1", 0.12), ("other-2", -0.1), ("other-3", 0.05)] {
        let finder = Finder { model, shift, ..Finder::default() };
        let snapshot = place.scan_once(&finder);
        assert_eq!(finder.looked(), 5, "{model} looks at everything again");
        assert_eq!(groups(&snapshot), groups(&before), "{model}");
        assert_eq!(snapshot.flagged.len(), 1, "{model}");
        assert_eq!(snapshot.library, before.library, "{model}");
        check_counts(&snapshot);
        let boxes: Vec<FaceBox> = snapshot.faces.values().map(|face| face.detected.bounds).collect();
        assert!(
            boxes.iter().all(|found| (found.y - 24.0 - 48.0 * shift).abs() < 3.0),
            "the new model's boxes: {boxes:?}"
        );
    }
}

#[test]
fn another_model_reads_all_folders_again_whichever_is_scanned() {
    let place = Place::with(&[("x/a.jpg", &[0]), ("y/b.jpg", &[0]), ("y/c.jpg", &[4])]);
    let engine = place.start(&Finder::default());
    let folders = vec![place.photos.join("x"), place.photos.join("y")];
    let before = engine.handle().run(Command::Scan(folders), |_| {}).unwrap();
    engine.close();
    let finder = Finder { model: "other", ..Finder::default() };
    let engine = place.start(&finder);
    let after = engine.handle().run(Command::Scan(vec![place.photos.join("x")]), |_| {}).unwrap();
    engine.close();
    assert_eq!((finder.looked(), groups(&after)), (3, groups(&before)));
}

#[test]
fn a_face_drawn_by_hand_is_a_face() {
    // The finder misses small faces; the hand does not.
    let place = Place::with(&[("a1.jpg", &[0]), ("a2.jpg", &[0])]);
    let finder = Finder::default();
    let engine = place.start(&finder);
    let snapshot = place.scan(&engine);
    let photo = snapshot.photos.values().next().unwrap().id;
    let before = engine.handle().snapshot();
    // Beside the square there is only grey: as a face it is somebody else.
    let drawn = run(&engine.handle(), Command::DrawFace(photo, FaceBox::new(66.0, 60.0, 30.0, 34.0)));
    assert_eq!((drawn.faces.len(), before.faces.len()), (3, 2));
    let face = *drawn.faces.keys().last().unwrap();
    assert_eq!(drawn.faces_of_photo(photo).len(), 2);
    assert!(drawn.group_of.contains_key(&face), "it is grouped like others");
    assert_eq!(drawn.counts.faces, 3);
    let undone = run(&engine.handle(), Command::Undo);
    assert_eq!((undone.faces.len(), undone.group_of.contains_key(&face)), (2, false));
    let redone = run(&engine.handle(), Command::Redo);
    assert_eq!((redone.faces.len(), redone.group_of.contains_key(&face)), (3, true));
    let named = run(&engine.handle(), Command::NameGroup(*redone.group_of.get(&face).unwrap(), "Drawn".into()));
    engine.close();
    let engine = place.start(&finder);
    let again = run(&engine.handle(), Command::Review);
    assert_eq!(groups(&again), groups(&named));
    engine.close();
    // Another model misses it as well: the hand's box is looked at by the new one.
    let engine = place.start(&Finder { model: "other", ..Finder::default() });
    let other = place.scan(&engine);
    check_counts(&other);
    assert_eq!((other.faces.len(), groups(&other)), (3, groups(&named)));
    let small = engine.handle().run(Command::DrawFace(photo, FaceBox::new(1.0, 1.0, 2.0, 2.0)), |_| {}).unwrap();
    assert!(small.notices.last().unwrap().text.contains("too small"));
    engine.close();
}

#[test]
fn a_stranger_stays_set_aside_with_all_that_is_like_them() {
    let place = family();
    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    run(&engine.handle(), Command::IgnoreGroups(vec![group_of(&snapshot, "b1.jpg")], true));
    place.put("b9.jpg", &photo(&[4], 33));
    let after = place.scan(&engine);
    let group = after.group(group_of(&after, "b9.jpg")).unwrap();
    assert!(group.ignored && files(&after, group).contains("b1.jpg"), "{group:?}");
    let back = run(&engine.handle(), Command::IgnoreGroups(vec![group.id], false));
    assert!(!back.group(group.id).unwrap().ignored);
    engine.close();
}

#[test]
fn explanations_and_previews_are_given() {
    let place = Place::with(&[("a1.jpg", &[0]), ("a2.jpg", &[0]), ("b1.jpg", &[4]), ("b2.jpg", &[4])]);
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let snapshot = place.scan(&engine);
    let (one, two) = (face_of(&snapshot, "a1.jpg", 0), face_of(&snapshot, "a2.jpg", 0));
    let why = run(&handle, Command::Explain { one, two }).explanation.clone().unwrap();
    assert!(why.together && why.cosine.unwrap() > 0.9, "{why:?}");
    assert!(!why.sentences.is_empty());
    let why = run(&handle, Command::Explain { one, two: face_of(&snapshot, "b1.jpg", 0) }).explanation.clone().unwrap();
    assert!(!why.together && why.cosine.unwrap() < 0.2, "{why:?}");
    // One face with its group.
    let here = run(&handle, Command::Explain { one, two: one }).explanation.clone().unwrap();
    assert_eq!((here.one, here.two, here.together), (one, two, true), "{here:?}");
    assert!(here.sentences[0].contains("most like") && !here.bridge.is_empty(), "{here:?}");
    let preview = run(&handle, Command::Preview(Some(-18))).preview.clone().unwrap();
    assert_eq!(preview.looseness, -18);
    assert_eq!(preview.groups * 2 + preview.singles, 4, "{preview:?}");
    let gone = handle.run(Command::Answer { question: 7, yes: true }, |_| {}).unwrap();
    assert!(gone.notices.last().unwrap().text.contains("changed"));
    engine.close();
}

/// A look at another looseness is an answer of a moment, no making of groups; it follows the groups until nobody looks.
#[test]
fn a_preview_follows_the_groups_until_it_is_not_wanted() {
    let place = Place::with(&[("a1.jpg", &[0]), ("a2.jpg", &[0]), ("b1.jpg", &[4]), ("b2.jpg", &[4])]);
    let engine = place.start(&Finder { alike: 1.0, ..Finder::default() });
    let handle = engine.handle();
    let before = place.scan(&engine);
    let mut seen = Vec::new();
    let looked = handle.run(Command::Preview(Some(-12)), |snapshot| seen.push(snapshot.activity)).unwrap();
    assert!(!seen.iter().any(|activity| matches!(activity, Activity::Grouping(_))), "{seen:?}");
    let expected = looked.preview.clone().unwrap();
    assert_eq!(groups(&looked), groups(&before));
    // Set, it changes nothing any more, and says of the board what it said before.
    let set = run(&handle, Command::Edit(Edit::SetLooseness { hundredths: -12 }));
    let preview = set.preview.clone().unwrap();
    assert_eq!((preview.looseness, preview.joins.len(), preview.parts.len()), (-12, 0, 0));
    let once = set.groups.iter().filter(|group| group.faces.len() == 1).count();
    assert_eq!((expected.groups, expected.singles), (set.groups.len() - once, once));
    assert_eq!((preview.groups, preview.singles), (expected.groups, expected.singles));
    // Taken back, it is what it was.
    assert_eq!(run(&handle, Command::Undo).preview.as_deref(), Some(&*expected));
    assert_eq!(run(&handle, Command::Preview(None)).preview, None);
    assert_eq!(run(&handle, Command::Redo).preview, None, "nobody looks any more");
    engine.close();
}

#[test]
fn questions_are_answered_once() {
    let place = Place::with(&[("a1.jpg", &[0]), ("a2.jpg", &[0]), ("b1.jpg", &[4]), ("b2.jpg", &[4])]);
    let engine = place.start(&Finder { alike: 1.0, ..Finder::default() });
    let handle = engine.handle();
    place.scan(&engine);
    // Whatever is asked: an answer is one step, and the question does not come again.
    let mut answered = 0;
    while let Some(question) = handle.snapshot().review.first().cloned() {
        let before = handle.snapshot();
        let yes = matches!(question.kind, QuestionKind::Split { .. });
        let after = run(&handle, Command::Answer { question: question.id, yes });
        assert_eq!(after.history.len(), before.history.len() + 1, "{question:?}");
        assert!(after.review.iter().all(|other| other.id != question.id), "{question:?} is asked again");
        assert!(after.history.len() < 20, "it never ends");
        answered += 1;
    }
    assert!(answered > 0, "two people who look alike are asked about");
    engine.close();
}

#[test]
fn forgetting_leaves_no_byte_and_no_name() {
    let place = family();
    place.put("other/c2.jpg", &photo(&[8], 20));
    let library = place.library.clone();
    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "a1.jpg"), "Annabella Unmistakable".into()));
    run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "b1.jpg"), "Bo".into()));
    engine.close();
    let in_bytes = |needle: &[u8]| {
        fs::read_dir(library.parent().unwrap()).unwrap().any(|entry| {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(needle.len()).any(|window| window == needle)
        })
    };
    assert!(in_bytes(b"Annabella Unmistakable"));
    let output = albumen(&library, &["forget", "--person", "Annabella Unmistakable"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!in_bytes(b"Annabella"));
    let (_, people) = albumen_json(&library, &["people", "--json"]);
    let photos: Vec<String> = people.as_array().unwrap().iter().map(|row| row["photos"].to_string()).collect();
    assert!(photos.iter().all(|photos| !photos.contains("a1.jpg")), "{photos:?}");
    assert!(people.to_string().contains("Bo"));
    // Scanned again, the forgotten faces stay away; the photos are untouched.
    let snapshot = place.scan_once(&Finder { model: "other", ..Finder::default() });
    assert_eq!(snapshot.faces.len(), 4, "Bo twice and the stranger twice");
    let other = place.photos.join("other");
    let thumbnails = snapshot.photos.values().find(|photo| photo.paths[0].starts_with(&other)).unwrap().hash;
    assert!(in_bytes(&thumbnails.0));
    let output = albumen(&library, &["forget", other.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!in_bytes(&thumbnails.0));
    for (arguments, word) in [
        (vec!["forget", "--person", "Nobody"], "nobody is called"),
        (vec!["forget", "/no/such/folder"], "not in the library"),
        (vec!["forget"], "Usage"),
    ] {
        let output = albumen(&library, &arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(word), "{arguments:?}: {text}");
    }
}

#[test]
fn a_second_program_looks_on_and_says_why_it_cannot_write() {
    let place = family();
    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    let named = run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "a1.jpg"), "Ann".into()));
    let finder = || Box::new(|| Ok(Arc::new(FakeFinder) as Arc<dyn albumen::vision::FaceFinder>));
    let options = || Options::new(place.library.clone(), finder());
    assert!(matches!(Engine::start(options()), Err(StoreError::InUse { .. })));
    let second = Engine::start(Options { read_only: true, ..options() }).unwrap();
    let seen = second.handle().wait(|snapshot| snapshot.ready).unwrap();
    assert_eq!(groups(&seen), groups(&named));
    assert!(seen.read_only.as_ref().unwrap().contains("another Albumen"));
    let refused = second.handle().run(Command::NameGroup(group_of(&seen, "b1.jpg"), "Bo".into()), |_| {}).unwrap();
    assert_eq!(refused.library, seen.library);
    assert!(refused.notices.last().unwrap().text.contains("to look at only"));
    second.close();
    // The command line reads beside a running window, and says why it cannot write.
    let (code, people) = albumen_json(&place.library, &["people", "--json"]);
    assert_eq!((code, people.to_string().contains("Ann")), (0, true));
    let output = albumen(&place.library, &["name", &group_of(&named, "b1.jpg").to_string(), "Bo"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("another Albumen has this library open"));
    engine.close();
}

#[test]
fn a_damaged_library_is_opened_with_its_names_and_a_sentence() {
    let place = family();
    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "a1.jpg"), "Ann".into()));
    run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "b1.jpg"), "Bo".into()));
    engine.close();
    // Opened once more, so that there is a backup of today's words; then the middle of the file is overwritten.
    place.start(&Finder::default()).close();
    let length = fs::metadata(&place.library).unwrap().len();
    let mut file = fs::File::options().write(true).open(&place.library).unwrap();
    file.seek(std::io::SeekFrom::Start(8192)).unwrap();
    file.write_all(&vec![0x5a; length as usize - 8192]).unwrap();
    drop(file);
    let engine = place.start(&Finder::default());
    let opened = engine.handle().snapshot();
    let text = &opened.notices.last().unwrap().text;
    assert!(text.contains("The library was damaged. 2 edits were saved"), "{text}");
    let kept = fs::read_dir(place.library.parent().unwrap()).unwrap();
    assert!(kept.map(|entry| entry.unwrap().file_name()).any(|name| name.to_string_lossy().contains(".damaged-")));
    assert_eq!(opened.history.len(), 2);
    let snapshot = place.scan(&engine);
    engine.close();
    assert_eq!(named(&snapshot, "Ann"), ["a1.jpg", "a2.jpg", "a3.jpg"]);
    assert_eq!(named(&snapshot, "Bo"), ["a3.jpg", "b1.jpg"]);
}

#[test]
fn another_library_is_opened_and_late_groups_of_the_old_one_are_dropped() {
    let (one, two) = (family(), Place::with(&[("x.jpg", &[2]), ("y.jpg", &[6])]));
    let other = two.scan_once(&Finder::default());
    let engine = one.start(&Finder::default());
    let handle = engine.handle();
    let before = one.scan(&engine);
    // A grouping of the first is under way when the second is opened.
    handle.send(Command::NameGroup(group_of(&before, "a1.jpg"), "Ann".into()));
    let opened = run(&handle, Command::OpenLibrary(two.library.clone()));
    assert_eq!(groups(&opened), groups(&other));
    assert!(opened.generation > before.generation);
    let numbers: Vec<u64> = opened.notices.iter().map(|notice| notice.number).collect();
    assert!(numbers.is_sorted(), "notices are numbered on: {numbers:?}");
    let back = run(&handle, Command::OpenLibrary(one.library.clone()));
    assert_eq!(named(&back, "Ann"), ["a1.jpg", "a2.jpg", "a3.jpg"]);
    assert!(matches!(group_of(&back, "a1.jpg"), GroupId::Person(_)));
    engine.close();
}

/// What happens to a library, beside the edits.
#[derive(Clone, Copy, Debug)]
enum Beside {
    Scan(&'static str),
    Restart,
    Undo,
}

/// The edits of the property below, about faces that may not have been seen yet.
fn edits(keys: &[albumen::domain::FaceKey]) -> Vec<Edit> {
    let make = |person: u32, name: &str, faces: &[usize], rest: &[usize]| Edit::MakePerson {
        person: albumen::domain::PersonId(person),
        name: Some(name.to_owned()),
        faces: faces.iter().map(|face| keys[*face]).collect(),
        rest: rest.iter().map(|face| keys[*face]).collect(),
    };
    vec![
        make(1, "Ann", &[0], &[2]),
        make(2, "Bo", &[1, 3], &[]),
        Edit::Flag { faces: vec![keys[4]], flag: Some(FaceFlag::NotAFace) },
        Edit::MergePersons { from: albumen::domain::PersonId(2), into: albumen::domain::PersonId(1) },
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 12, max_shrink_iters: 20, ..Default::default() })]

    /// Scans, restarts and undone edits may come at any time between the edits: the library in the end is the same.
    #[test]
    fn every_interleaving_of_scans_edits_and_restarts_gives_the_same_library(
        beside in proptest::collection::vec(
            (0usize..5, proptest::sample::select(vec![Beside::Scan("x"), Beside::Scan("y"), Beside::Restart, Beside::Undo])),
            0..7,
        ),
    ) {
        let files: [(&str, &[u8]); 5] =
            [("x/a.jpg", &[0]), ("y/a.jpg", &[0]), ("y/b.jpg", &[0]), ("x/c.jpg", &[4]), ("x/d.jpg", &[4, 8])];
        let place = Place::with(&files);
        let expected = place.scan_once(&Finder::default());
        let keys: Vec<albumen::domain::FaceKey> = files
            .iter()
            .map(|(file, _)| expected.faces.get(&face_of(&expected, &format!("photos/{file}"), 0)).unwrap().key)
            .collect();
        let engine = place.start(&Finder::default());
        for edit in edits(&keys) {
            run(&engine.handle(), Command::Edit(edit));
        }
        let expected = engine.handle().snapshot();
        engine.close();

        let other = Place { library: place.library.with_file_name("other.albumen"), ..place };
        let mut engine = other.start(&Finder::default());
        let scan = |engine: &Engine, folder: &str| {
            drop(engine.handle().run(Command::Scan(vec![other.photos.join(folder)]), |_| {}).unwrap());
        };
        for (number, edit) in edits(&keys).into_iter().enumerate() {
            for (_, happening) in beside.iter().filter(|(at, _)| *at == number) {
                match happening {
                    Beside::Scan(folder) => scan(&engine, folder),
                    Beside::Restart => {
                        engine.close();
                        engine = other.start(&Finder::default());
                    }
                    Beside::Undo => {
                        run(&engine.handle(), Command::Undo);
                        run(&engine.handle(), Command::Redo);
                    }
                }
            }
            run(&engine.handle(), Command::Edit(edit));
        }
        scan(&engine, "");
        let found = engine.handle().snapshot();
        engine.close();
        proptest::prop_assert_eq!(&found.library, &expected.library);
        proptest::prop_assert_eq!(groups(&found), groups(&expected));
        proptest::prop_assert_eq!(found.counts, expected.counts);
    }
}
