//! The map of faces, from photos to places: drawn when it is asked for, kept when faces come, stopped when it is not wanted.

use std::collections::BTreeMap;
use std::sync::Arc;

use albumen::domain::{FaceId, FaceMap, GroupId, MapWork, Snapshot};
use albumen::engine::{Command, Engine, Forget, Options};
use albumen::vision::FaceFinder;

use crate::engine_support::{Finder, Place, photo};

/// Twelve photos, each of two of six people: four faces a person.
fn place() -> Place {
    let place = Place::new();
    for number in 0..12u8 {
        place.put(&format!("{number}.jpg"), &photo(&[number % 6, (number + 3) % 6], number));
    }
    place
}

fn drawn(engine: &Engine) -> Arc<Snapshot> {
    engine.handle().run(Command::Map, |_| {}).unwrap();
    engine.handle().wait(|snapshot| snapshot.map.work == MapWork::Idle && snapshot.map.map.is_some()).unwrap()
}

fn map(snapshot: &Snapshot) -> &FaceMap {
    snapshot.map.map.as_ref().unwrap()
}

fn apart(one: [f32; 2], two: [f32; 2]) -> f32 {
    (one[0] - two[0]).hypot(one[1] - two[1])
}

/// The share of faces whose nearest other on the map is of the same group.
fn together(snapshot: &Snapshot) -> f64 {
    let spots = map(snapshot).spots();
    let right = spots.iter().filter(|spot| {
        let others = spots.iter().filter(|other| other.face != spot.face);
        let nearest = others.min_by(|one, two| apart(one.at, spot.at).total_cmp(&apart(two.at, spot.at))).unwrap();
        snapshot.group_of.get(&nearest.face) == snapshot.group_of.get(&spot.face)
    });
    right.count() as f64 / spots.len() as f64
}

#[test]
fn the_map_holds_every_face_and_keeps_them_where_they_are() {
    let place = place();
    let engine = place.start(&Finder::default());
    let scanned = place.scan(&engine);
    assert!(scanned.map.map.is_none(), "nobody asked for it");
    let first = drawn(&engine);
    assert_eq!(map(&first).len(), 24);
    assert!(map(&first).faces().eq(first.faces.keys().copied()));
    let share = together(&first);
    assert!(share > 0.9, "{share} of the faces lie beside their own");

    // What the user says moves nobody.
    let group = first.groups.first().unwrap().id;
    let named = engine.handle().run(Command::NameGroup(group, "Ann".to_owned()), |_| {}).unwrap();
    assert_eq!((named.map.missing, map(&named)), (0, map(&first)));

    // A face more is missing on it, until it is asked for again.
    place.put("more.jpg", &photo(&[2], 99));
    let more = place.scan(&engine);
    assert_eq!((more.map.missing, map(&more).len()), (1, 24));
    let second = drawn(&engine);
    assert_eq!(map(&second).len(), 25);
    let width = map(&first).spots().iter().flat_map(|spot| spot.at).fold(0.0f32, |most, at| most.max(at.abs())) * 2.0;
    let mut moved: Vec<f32> =
        map(&first).spots().iter().map(|spot| apart(spot.at, map(&second).get(spot.face).unwrap().at)).collect();
    moved.sort_by(f32::total_cmp);
    assert!(moved[12] < 0.05 * width, "half of them moved over {} of {width}", moved[12]);

    // Set aside: no longer looked for, the others stay.
    let gone = *second.faces.keys().next().unwrap();
    let flag = Command::FlagFaces(vec![gone], Some(albumen::domain::FaceFlag::NotAFace));
    engine.handle().run(flag, |_| {}).unwrap();
    let third = drawn(&engine);
    let places: BTreeMap<FaceId, [f32; 2]> = map(&third).spots().iter().map(|spot| (spot.face, spot.at)).collect();
    let mut expected: BTreeMap<FaceId, [f32; 2]> =
        map(&second).spots().iter().map(|spot| (spot.face, spot.at)).collect();
    expected.remove(&gone);
    assert_eq!(places, expected);
    engine.close();
}

#[test]
fn a_stopped_map_is_not_drawn_until_it_is_asked_for_again() {
    let place = place();
    let engine = place.start(&Finder::default());
    place.scan(&engine);
    assert!(engine.handle().send(Command::Map));
    assert!(engine.handle().send(Command::StopMap));
    let stopped = engine.handle().wait(|snapshot| snapshot.map.work == MapWork::Stopped).unwrap();
    assert!(stopped.map.map.is_none());
    // Grouping goes on with what the map had borrowed.
    let group = GroupId::Faces(*stopped.faces.keys().next().unwrap());
    let group = stopped.group(group).map_or_else(|| stopped.groups.first().unwrap().id, |group| group.id);
    let named = engine.handle().run(Command::NameGroup(group, "Ann".to_owned()), |_| {}).unwrap();
    assert!(named.map.map.is_none(), "what comes late is dropped");
    assert_eq!(map(&drawn(&engine)).len(), 24);
    engine.close();
}

/// While a map's faces are read the bar speaks of groups, and Cancel ends what it speaks of.
#[test]
fn a_map_is_cancelled_before_it_is_drawn() {
    let place = place();
    place.scan_once(&Finder::default());
    // Opened anew, nothing is known yet of who is near whom.
    let engine = place.start(&Finder::default());
    assert!(engine.handle().send(Command::Map));
    let cancelled = engine.handle().run(Command::Cancel, |_| {}).unwrap();
    // In time or not: groups were never at stake.
    assert!(cancelled.notices.is_empty(), "{:?}", cancelled.notices);
    assert_eq!(map(&drawn(&engine)).len(), 24);
    engine.close();
}

/// Only what is really forgotten takes the file from whoever reads it.
#[test]
fn a_map_goes_on_where_nothing_was_forgotten() {
    let place = place();
    place.scan_once(&Finder::default());
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    assert!(handle.send(Command::Map));
    handle.run(Command::Forget(Forget::Folder(place.temp.path().join("elsewhere"))), |_| {}).unwrap();
    let ended = handle.wait(|snapshot| !matches!(snapshot.map.work, MapWork::Drawing(_))).unwrap();
    assert!(ended.map.map.is_some(), "{:?}", ended.map.work);
    engine.close();
}

#[test]
fn who_only_looks_on_has_a_map_too() {
    let place = place();
    place.scan_once(&Finder::default());
    let finder = Finder::default();
    let source = Box::new(move || Ok(Arc::new(finder.clone()) as Arc<dyn FaceFinder>));
    let engine = Engine::start(Options { read_only: true, ..Options::new(place.library.clone(), source) }).unwrap();
    let snapshot = engine.handle().wait(|snapshot| snapshot.ready).unwrap();
    assert!(snapshot.read_only.is_some());
    assert_eq!(map(&drawn(&engine)).len(), 24);
    engine.close();
}
