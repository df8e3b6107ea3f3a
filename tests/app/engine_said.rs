//! What the engine says and answers: boxes drawn anew, questions in a library that may not be written, groupings and
//! previews nobody wants to wait for, and sentences with their numbers.

use std::sync::{Arc, Mutex, OnceLock};

use albumen::domain::{Activity, Edit, FaceBox, FaceFlag, FaceId, GroupId, Method, PersonId, PhotoId, Snapshot};
use albumen::engine::{Command, Engine, Forget, Handle, Options};
use albumen::vision::{FaceFinder, FakeFinder};

use crate::engine_support::{Finder, Place, files, group_of, groups, photo, run};

/// Ann in three photos, the third beside Bo, who is in another one, too.
fn place() -> Place {
    Place::with(&[("a1.jpg", &[0]), ("a2.jpg", &[0]), ("a3.jpg", &[0, 4]), ("b1.jpg", &[4])])
}

fn photo_of(snapshot: &Snapshot, file: &str) -> PhotoId {
    snapshot.photos.values().find(|photo| photo.paths[0].ends_with(file)).unwrap().id
}

fn face_of(snapshot: &Snapshot, file: &str) -> FaceId {
    let shown = snapshot.faces_of_photo(photo_of(snapshot, file));
    shown.into_iter().find(|face| !snapshot.flagged.contains_key(&face.id)).unwrap().id
}

fn last_words(snapshot: &Snapshot) -> &str {
    snapshot.notices.last().map_or("", |notice| &notice.text)
}

/// Where the fake finder sees a square, and a box that fits it better by hand.
const BETTER: FaceBox = FaceBox::new(20.0, 30.0, 40.0, 44.0);

#[test]
fn a_box_drawn_anew_is_who_the_face_was() {
    let place = place();
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let first = place.scan(&engine);
    let named = run(&handle, Command::NameGroup(group_of(&first, "a1.jpg"), "Ann".into()));
    let old = face_of(&named, "a1.jpg");
    let person = named.group(group_of(&named, "a1.jpg")).unwrap().person().unwrap();
    let cover = Edit::Cover { person, face: named.faces.get(&old).unwrap().key };
    let before = run(&handle, Command::Edit(cover));
    let fixed = run(&handle, Command::FixBox { face: old, bounds: BETTER });
    assert_eq!(fixed.history.len(), before.history.len() + 1, "one step");
    assert_eq!(last_words(&fixed), "Fixed the box of a face of Ann");
    let new = face_of(&fixed, "a1.jpg");
    assert!(new != old && fixed.flagged.get(&old) == Some(&FaceFlag::NotAFace));
    let bounds = fixed.faces.get(&new).unwrap().detected.bounds;
    assert!((bounds.x - BETTER.x).abs() < 1.0 && (bounds.height - BETTER.height).abs() < 1.0, "{bounds:?}");
    assert_eq!((groups(&fixed), fixed.is_confirmed(new)), (groups(&before), true));
    let card = fixed.group(GroupId::Person(person)).unwrap();
    assert!(card.cover == new && card.faces.contains(&new), "{card:?}");
    // Back and there again.
    let undone = run(&handle, Command::Undo);
    assert_eq!((face_of(&undone, "a1.jpg"), groups(&undone)), (old, groups(&before)));
    assert_eq!(undone.library, before.library);
    let redone = run(&handle, Command::Redo);
    assert_eq!((face_of(&redone, "a1.jpg"), &redone.library), (new, &fixed.library));
    // The old place once more: the box that was there, not a second one.
    let back = run(&handle, Command::FixBox { face: new, bounds: named.faces.get(&old).unwrap().detected.bounds });
    assert_eq!((face_of(&back, "a1.jpg"), groups(&back)), (old, groups(&before)));
    assert_eq!(back.flagged.get(&new), Some(&FaceFlag::NotAFace));
    run(&handle, Command::Undo);
    engine.close();
    // Read again, by another model: the hand's box holds.
    let finder = Finder { model: "other", ..Finder::default() };
    let engine = place.start(&finder);
    let again = place.scan(&engine);
    assert_eq!((groups(&again), again.flagged.len()), (groups(&before), 1));
    let bounds = again.faces.get(&face_of(&again, "a1.jpg")).unwrap().detected.bounds;
    assert!((bounds.x - BETTER.x).abs() < 1.0, "{bounds:?}");
    engine.close();
}

#[test]
fn a_box_that_cannot_be_is_refused() {
    let place = place();
    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    let refused = |face: FaceId, bounds: FaceBox, word: &str| {
        let after = engine.handle().run(Command::FixBox { face, bounds }, |_| {}).unwrap();
        assert!(last_words(&after).contains(word), "{}", last_words(&after));
        assert_eq!(after.history.len(), 0);
    };
    let ann = face_of(&snapshot, "a3.jpg");
    refused(ann, FaceBox::new(1.0, 1.0, 3.0, 3.0), "too small");
    refused(ann, FaceBox::new(f32::NAN, 1.0, 30.0, f32::INFINITY), "too small");
    let beside = snapshot.faces_of_photo(photo_of(&snapshot, "a3.jpg"))[1].detected.bounds;
    refused(ann, beside, "Another face");
    refused(FaceId(777), BETTER, "just gone");
    engine.close();
}

#[test]
fn who_has_no_name_is_grouped_anew_and_a_refusal_holds() {
    let place = place();
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let first = place.scan(&engine);
    let named = run(&handle, Command::NameGroup(group_of(&first, "a1.jpg"), "Ann".into()));
    run(&handle, Command::RejectFaces(vec![face_of(&named, "a2.jpg")]));
    let after = handle.snapshot();
    let fixed = run(&handle, Command::FixBox { face: face_of(&after, "a2.jpg"), bounds: BETTER });
    assert_eq!(last_words(&fixed), "Fixed the box of a face");
    let new = face_of(&fixed, "a2.jpg");
    let key = fixed.faces.get(&new).unwrap().key;
    let person = fixed.group(group_of(&fixed, "a1.jpg")).unwrap().person().unwrap();
    assert!(fixed.library.is_rejected(&key, person) && fixed.group_of.get(&new) != Some(&GroupId::Person(person)));
    engine.close();
}

#[test]
fn forgetting_takes_the_old_box_with_the_new_one() {
    let place = place();
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let first = place.scan(&engine);
    let named = run(&handle, Command::NameGroup(group_of(&first, "a1.jpg"), "Ann".into()));
    let person = named.group(group_of(&named, "a1.jpg")).unwrap().person().unwrap();
    run(&handle, Command::FixBox { face: face_of(&named, "a1.jpg"), bounds: BETTER });
    // Beside it a face of hers that was set aside.
    let before = handle.snapshot();
    run(&handle, Command::FlagFaces(vec![face_of(&before, "a2.jpg")], Some(FaceFlag::NotAFace)));
    let after = run(&handle, Command::Forget(Forget::Person(person)));
    assert_eq!((after.faces.len(), after.flagged.len()), (2, 0), "only Bo is left");
    assert_eq!(after.history.len(), 0, "a step of which only what it meant was left is gone: {:?}", after.history);
    engine.close();
    // Nothing of her comes back with the next start or the next scan.
    let again = place.scan_once(&Finder { model: "other", ..Finder::default() });
    assert_eq!(again.faces.len(), 2);
}

/// An engine that may only look on, beside the one that has the library.
fn onlooker(place: &Place) -> Engine {
    let finder = Box::new(|| Ok(Arc::new(FakeFinder) as Arc<dyn FaceFinder>));
    let engine = Engine::start(Options { read_only: true, ..Options::new(place.library.clone(), finder) }).unwrap();
    engine.handle().wait(|snapshot| snapshot.ready).unwrap();
    engine
}

#[test]
fn questions_are_answered_where_nothing_may_be_changed() {
    let place = Place::with(&[("a1.jpg", &[0]), ("a2.jpg", &[0]), ("b1.jpg", &[4]), ("b2.jpg", &[4])]);
    let engine = place.start(&Finder { alike: 1.0, ..Finder::default() });
    let scanned = place.scan(&engine);
    assert!(!scanned.review.is_empty(), "two people who look alike are asked about");
    let second = onlooker(&place);
    let handle = second.handle();
    let (one, two) = (face_of(&scanned, "a1.jpg"), face_of(&scanned, "a2.jpg"));
    let asked = run(&handle, Command::Explain { one, two });
    let why = asked.explanation.clone().unwrap();
    assert!(why.together && why.cosine.unwrap() > 0.9, "{why:?}");
    let preview = run(&handle, Command::Preview(Some(-12))).preview.clone().unwrap();
    assert_eq!((preview.looseness, preview.groups * 2 + preview.singles), (-12, 4), "{preview:?}");
    assert_eq!(run(&handle, Command::Review).review, scanned.review);
    // To look at only: an answer is refused, and the board is as it was.
    let question = scanned.review[0].id;
    let refused = handle.run(Command::Answer { question, yes: true }, |_| {}).unwrap();
    assert!(last_words(&refused).contains("to look at only"));
    assert_eq!((groups(&refused), refused.review.len()), (groups(&scanned), scanned.review.len()));
    second.close();
    engine.close();
}

#[test]
fn faces_that_were_set_aside_are_explained_too() {
    let place = place();
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let snapshot = place.scan(&engine);
    let (one, two) = (face_of(&snapshot, "a1.jpg"), face_of(&snapshot, "a2.jpg"));
    run(&handle, Command::FlagFaces(vec![one, two], Some(FaceFlag::Ignored)));
    let why = run(&handle, Command::Explain { one, two }).explanation.clone().unwrap();
    assert_eq!((why.one, why.two, why.cosine), (one, two, None));
    assert!(why.sentences[0].contains("Both were set aside"), "{why:?}");
    engine.close();
}

#[test]
fn an_explanation_comes_after_the_map_was_drawn() {
    let place = place();
    place.scan_once(&Finder::default());
    // Groups are those of the last time; the map reads faces without grouping them.
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    handle.send(Command::Map);
    let mapped = handle.wait(|snapshot| snapshot.map.map.is_some()).unwrap();
    let (one, two) = (face_of(&mapped, "a1.jpg"), face_of(&mapped, "a2.jpg"));
    let why = run(&handle, Command::Explain { one, two }).explanation.clone().unwrap();
    assert!(why.together && why.cosine.is_some(), "{why:?}");
    engine.close();
}

/// Sends two commands at once: the second finds the first still at work.
fn at_once(handle: &Handle, first: Command, second: Command) -> Arc<Snapshot> {
    assert!(handle.send(first));
    handle.run(second, |_| {}).unwrap()
}

#[test]
fn a_grouping_is_cancelled_and_taken_up_again() {
    let place = Place::new();
    // Ten of twelve people in each photo.
    for number in 0..120u16 {
        let people: Vec<u8> = (0..10).map(|person| (person + (number / 50) as u8) % 12).collect();
        place.put(&format!("{number}.jpg"), &photo(&people, (number % 50) as u8));
    }
    let engine = place.start(&Finder { alike: 1.0, ..Finder::default() });
    let handle = engine.handle();
    let before = place.scan(&engine);
    assert_eq!(before.faces.len(), 1200);
    let looser = Command::Edit(Edit::SetLooseness { hundredths: -12 });
    let cancelled = at_once(&handle, looser, Command::Cancel);
    assert!(last_words(&cancelled).contains("Stopped. Groups are as they were"), "{}", last_words(&cancelled));
    assert_eq!((groups(&cancelled), cancelled.activity), (groups(&before), Activity::Idle));
    // Looking again takes it up; so does a question.
    let again = place.scan(&engine);
    engine.close();
    let engine = place.start(&Finder { alike: 1.0, ..Finder::default() });
    let expected = run(&engine.handle(), Command::Review);
    engine.close();
    assert_eq!(groups(&again), groups(&expected));
}

/// The published method answers one threshold alone: another one takes a run, which the bar shows and Cancel ends.
#[test]
fn a_preview_that_makes_groups_says_so() {
    let place = place();
    let (line, seen) = (Arc::new(OnceLock::<Handle>::new()), Arc::new(Mutex::new(Vec::new())));
    let (handle, list) = (Arc::clone(&line), Arc::clone(&seen));
    // By the engine's own thread, after every snapshot: whoever waits for one may miss others.
    let wake = Arc::new(move || {
        if let Some(handle) = handle.get() {
            list.lock().unwrap().push(handle.snapshot().activity);
        }
    });
    let source = Box::new(|| Ok(Arc::new(Finder::default()) as Arc<dyn FaceFinder>));
    let options = Options { workers: 2, min_face: 12.0, wake, ..Options::new(place.library.clone(), source) };
    let engine = Engine::start(options).unwrap();
    assert!(line.set(engine.handle()).is_ok());
    let handle = engine.handle();
    place.scan(&engine);
    let before = run(&handle, Command::Edit(Edit::SetMethod { method: Method::RankOrder }));
    let look = |looseness: i16| {
        seen.lock().unwrap().clear();
        let looked = run(&handle, Command::Preview(Some(looseness)));
        assert_eq!(looked.preview.as_ref().map(|preview| preview.looseness), Some(looseness));
        seen.lock().unwrap().iter().any(|activity| matches!(activity, Activity::Grouping(_)))
    };
    assert!(look(-12), "{seen:?}");
    assert!(!look(0), "as it is, it is known: {seen:?}");
    // Cancelled, whether in time or not, groups are not spoken of, and the next look is as good as this one.
    let cancelled = at_once(&handle, Command::Preview(Some(-12)), Command::Cancel);
    assert_eq!((last_words(&cancelled), cancelled.activity), (last_words(&before), Activity::Idle));
    assert_eq!(groups(&cancelled), groups(&before));
    assert!(look(-12), "{seen:?}");
    engine.close();
}

#[test]
fn sentences_have_their_numbers() {
    let place = place();
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let first = place.scan(&engine);
    let named = run(&handle, Command::NameGroup(group_of(&first, "a1.jpg"), "Ann".into()));
    let merged = run(&handle, Command::MergeGroups(vec![group_of(&named, "b1.jpg"), group_of(&named, "a1.jpg")]));
    assert_eq!(last_words(&merged), "Merged 2 faces into Ann");
    assert_eq!(files(&merged, merged.group(group_of(&merged, "a1.jpg")).unwrap()).len(), 4);
    // As after a restart.
    let split = run(&handle, Command::SplitFaces(vec![face_of(&merged, "a1.jpg")]));
    assert_eq!(last_words(&split), "Split off 1 face");
    engine.close();
    let engine = place.start(&Finder::default());
    let history: Vec<String> = engine.handle().snapshot().history.iter().map(|entry| entry.text.to_string()).collect();
    assert_eq!(history, ["Named 3 faces Ann", "Merged 2 faces into Ann", "Split off 1 face"]);
    engine.close();
}

#[test]
fn a_word_that_no_longer_counts_is_told() {
    let place = place();
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let first = place.scan(&engine);
    let named = run(&handle, Command::NameGroup(group_of(&first, "a1.jpg"), "Ann".into()));
    let refused = run(&handle, Command::RejectFaces(vec![face_of(&named, "a2.jpg")]));
    assert_eq!(last_words(&refused), "Said that 1 face is not Ann");
    // Refused for Ann, and put on her card all the same.
    let cards = vec![group_of(&refused, "a1.jpg"), group_of(&refused, "a2.jpg")];
    let merged = run(&handle, Command::MergeGroups(cards));
    let overruled = "Merged 1 face into Ann. You had said that 1 face is not Ann; that no longer counts";
    assert_eq!(last_words(&merged), overruled);
    assert_eq!((groups(&merged), merged.notices.last().unwrap().undoable), (groups(&named), true));
    assert_eq!(&*merged.history.last().unwrap().text, "Merged 1 face into Ann");
    let undone = run(&handle, Command::Undo);
    assert_eq!((&undone.library, groups(&undone)), (&refused.library, groups(&refused)));
    // Two people, and yet one.
    let bo = run(&handle, Command::NameGroup(group_of(&undone, "b1.jpg"), "Bo".into()));
    let person = bo.group(group_of(&bo, "a1.jpg")).unwrap().person().unwrap();
    let faces = bo.group(group_of(&bo, "b1.jpg")).unwrap().faces.iter();
    let faces = faces.map(|face| bo.faces.get(face).unwrap().key).collect();
    let two = run(&handle, Command::Edit(Edit::NotThisPerson { faces, person }));
    let one = run(&handle, Command::MergeGroups(vec![group_of(&two, "a1.jpg"), group_of(&two, "b1.jpg")]));
    let overruled = "Merged 2 faces into Ann. You had said that 2 faces are not Ann; that no longer counts";
    assert_eq!(last_words(&one), overruled);
    engine.close();
}

#[test]
fn words_that_contradict_each_other_are_told_once() {
    let place = place();
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let snapshot = place.scan(&engine);
    let key = snapshot.faces.get(&face_of(&snapshot, "b1.jpg")).unwrap().key;
    // Nothing that the window sends; an edit as it may stand in a library that was written elsewhere.
    let (faces, rest, name) = (vec![key], vec![key], Some("Bo".to_owned()));
    let told = run(&handle, Command::Edit(Edit::MakePerson { person: PersonId(90), name, faces, rest }));
    let number =
        |snapshot: &Snapshot| snapshot.notices.iter().filter(|one| one.text.contains("both who it is")).count();
    assert_eq!(number(&told), 1, "{:?}", told.notices);
    assert_eq!(told.group(group_of(&told, "b1.jpg")).unwrap().name.as_deref(), Some("Bo"), "the confirmation counts");
    let named = run(&handle, Command::NameGroup(group_of(&told, "a1.jpg"), "Ann".into()));
    assert_eq!(number(&named), 1, "{:?}", named.notices);
    engine.close();
}

#[test]
fn a_notice_leads_to_the_files_that_could_not_be_read() {
    let place = place();
    place.put("broken.jpg", &photo(&[0], 9)[..200]);
    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    let notice = snapshot.notices.iter().find(|notice| notice.text.contains("could not be read")).unwrap();
    assert!(notice.problems && !notice.undoable, "{notice:?}");
    let named = run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "a1.jpg"), "Problems".into()));
    let notice = named.notices.last().unwrap();
    assert!(notice.undoable && !notice.problems, "{notice:?}");
    engine.close();
}
