//! The engine from end to end on generated folders, with the fake finder: whatever lies in a folder, every file is
//! accounted for, and nothing is ever written there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use albumen::domain::{Activity, NoticeLevel, ProblemKind, Snapshot};
use albumen::engine::{Command, ExportMode, ExportRequest};

use crate::engine_support::{Finder, Place, check_counts, files, group_of, groups, photo, picture, run, tree};

/// A JPEG that says how it is to be turned.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    [&jpeg[..2], &exif, &jpeg[2..]].concat()
}

/// The stored pixels that, turned as `orientation` says, show `upright`.
fn stored(upright: &image::RgbImage, orientation: u8) -> image::RgbImage {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    match orientation {
        2 => flip_horizontal(upright),
        3 => rotate180(upright),
        4 => flip_vertical(upright),
        5 => flip_horizontal(&rotate90(upright)),
        6 => rotate270(upright),
        7 => flip_horizontal(&rotate270(upright)),
        8 => rotate90(upright),
        _ => upright.clone(),
    }
}

fn jpeg(picture: &image::RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(picture).unwrap();
    bytes
}

fn problem<'a>(snapshot: &'a Snapshot, file: &str) -> Option<&'a albumen::domain::Problem> {
    snapshot.problems.iter().find(|problem| problem.path.ends_with(file))
}

#[test]
fn whatever_lies_in_the_folder_is_accounted_for() {
    let place = Place::with(&[("ann1.jpg", &[0]), ("ann2.jpg", &[0]), ("bo.jpg", &[4]), ("sub/both.jpg", &[0, 4])]);
    let whole = photo(&[0], 40);
    let cuts: Vec<usize> = (1..whole.len()).step_by(37).collect();
    for cut in &cuts {
        place.put(&format!("cut/{cut:05}.jpg"), &whole[..*cut]);
    }
    place.put("empty.jpg", b"");
    place.put("text.jpg", b"no photo but a text that somebody gave the wrong name, long enough to be looked at");
    place.put("film.mov", b"\0\0\0\x14ftypqt  ");
    place.put("nobody.jpg", &photo(&[], 3));
    place.put("copy/ann1.jpg", &photo(&[0], 0));
    place.put("renamed.png", &photo(&[4], 9));
    place.put(".hidden.jpg", &photo(&[4], 8));
    let deep: image::ImageBuffer<image::Rgb<u16>, Vec<u16>> = {
        let eight = picture(&[0]);
        let values = eight.rgb.iter().map(|value| u16::from(*value) * 257).collect();
        image::ImageBuffer::from_raw(eight.width, eight.height, values).unwrap()
    };
    deep.save(place.photos.join("deep16.png")).unwrap();
    let links = put_links(&place);
    let before = tree(&place.photos);

    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    check_counts(&snapshot);
    assert_eq!(snapshot.counts.found, before.len() - 1 + links, "every file but the hidden one");
    let report = snapshot.last_scan.clone().unwrap();
    assert_eq!(report.counts, snapshot.counts);
    assert_eq!(report.failed.values().sum::<usize>(), snapshot.counts.failed, "a reason for each");
    assert_eq!(report.skipped.values().sum::<usize>(), snapshot.counts.skipped, "a reason for each");
    assert!(snapshot.photos.values().any(|photo| photo.paths.len() == 2), "copies are one photo");

    for (file, kind) in [("empty.jpg", ProblemKind::Empty), ("text.jpg", ProblemKind::NotAPhoto)] {
        assert_eq!(problem(&snapshot, file).map(|problem| problem.kind), Some(kind), "{file}");
    }
    for cut in cuts.iter().filter(|cut| **cut + 40 < whole.len()) {
        let problem = problem(&snapshot, &format!("{cut:05}.jpg"));
        let problem = problem.unwrap_or_else(|| panic!("{cut} of {} bytes were taken for a photo", whole.len()));
        let kinds = [ProblemKind::Truncated, ProblemKind::Damaged, ProblemKind::NotAPhoto];
        assert!(kinds.contains(&problem.kind), "{problem:?}");
    }
    if links > 0 {
        for file in ["sub/loop", "broken.jpg", "itself"] {
            assert_eq!(problem(&snapshot, file).map(|problem| problem.kind), Some(ProblemKind::BrokenLink), "{file}");
        }
        assert!(
            snapshot.photos.values().any(|photo| photo.paths[0].to_string_lossy().starts_with(&*before_odd(&place)))
        );
    }
    for problem in snapshot.problems.iter() {
        assert!(!problem.message.is_empty() && !problem.message.contains('\n'), "{problem:?}");
    }
    // 16 bits and a wrong ending are photos like others; Ann's group has all of hers.
    let ann = files(&snapshot, snapshot.group(group_of(&snapshot, "ann2.jpg")).unwrap());
    for file in ["ann1.jpg", "ann2.jpg", "both.jpg", "deep16.png"] {
        assert!(ann.contains(file), "{file} is not in {ann:?}");
    }
    assert_eq!(group_of(&snapshot, "renamed.png"), group_of(&snapshot, "bo.jpg"));
    assert_eq!(tree(&place.photos), before, "nothing is written into the folder of photos");

    // Retried, what is still broken stays a problem and what was mended is none any more.
    fs::write(place.photos.join("empty.jpg"), photo(&[0], 30)).unwrap();
    fs::remove_file(place.photos.join("text.jpg")).unwrap();
    let failed = snapshot.counts.failed;
    let snapshot = engine.handle().run(Command::Retry(Vec::new()), |_| {}).unwrap();
    check_counts(&snapshot);
    assert_eq!(snapshot.counts.failed, failed - 2);
    assert_eq!(group_of(&snapshot, "empty.jpg"), group_of(&snapshot, "ann1.jpg"));
    assert_eq!(
        snapshot.folders.as_slice(),
        std::slice::from_ref(&place.photos),
        "a file that is read again is no folder"
    );
    engine.close();
}

/// A loop, two links that lead nowhere, and a name that is no text; gives the number of links.
#[cfg(unix)]
fn put_links(place: &Place) -> usize {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    symlink(&place.photos, place.photos.join("sub/loop")).unwrap();
    symlink("nowhere.jpg", place.photos.join("broken.jpg")).unwrap();
    symlink("itself", place.photos.join("itself")).unwrap();
    let odd = place.photos.join(std::ffi::OsStr::from_bytes(b"odd\xff\xfe.jpg"));
    fs::write(odd, photo(&[4], 5)).unwrap();
    3
}

#[cfg(not(unix))]
fn put_links(_place: &Place) -> usize {
    0
}

/// How the path of the file with the odd name begins.
fn before_odd(place: &Place) -> String {
    place.photos.join("odd").to_string_lossy().into_owned()
}

#[test]
fn all_eight_orientations_show_the_same_face_at_the_same_place() {
    let place = Place::new();
    let upright = picture(&[3]);
    let upright = image::RgbImage::from_raw(upright.width, upright.height, upright.rgb).unwrap();
    for orientation in 1..=8 {
        let bytes = with_orientation(&jpeg(&stored(&upright, orientation)), orientation);
        place.put(&format!("{orientation}.jpg"), &bytes);
    }
    let snapshot = place.scan_once(&Finder::default());
    assert_eq!((snapshot.counts.with_faces, snapshot.groups.len()), (8, 1), "{:?}", snapshot.problems);
    for photo in snapshot.photos.values() {
        let file = photo.paths[0].file_stem().unwrap().to_string_lossy().into_owned();
        assert_eq!(photo.orientation.to_string(), file);
        let faces = snapshot.faces_of_photo(photo.id);
        assert_eq!(faces.len(), 1, "{file}");
        let found = faces[0].detected.bounds;
        for (value, expected) in [(found.x, 16.0), (found.y, 24.0), (found.width, 48.0), (found.height, 48.0)] {
            assert!((value - expected).abs() <= 2.0, "{file}: {found:?}");
        }
    }
}

#[test]
fn a_second_scan_decodes_nothing_and_names_follow_their_files() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[0]), ("c.jpg", &[4]), ("d.jpg", &[4, 8])]);
    let finder = Finder::default();
    let engine = place.start(&finder);
    let snapshot = place.scan(&engine);
    run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "a.jpg"), "Ann".into()));
    run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "c.jpg"), "Bo".into()));
    let snapshot = place.scan(&engine);
    engine.close();
    let report = snapshot.last_scan.clone().unwrap();
    assert_eq!((finder.looked(), report.decoded, report.unchanged), (4, 0, 4));
    let expected = groups(&snapshot);

    // Again after a restart, and after files were moved, renamed, copied and touched.
    let snapshot = place.scan_once(&finder);
    assert_eq!((finder.looked(), groups(&snapshot)), (4, expected.clone()));
    fs::create_dir(place.photos.join("2019")).unwrap();
    fs::rename(place.photos.join("a.jpg"), place.photos.join("2019/a.jpg")).unwrap();
    fs::rename(place.photos.join("c.jpg"), place.photos.join("z.jpg")).unwrap();
    fs::copy(place.photos.join("b.jpg"), place.photos.join("b2.jpg")).unwrap();
    let touched = fs::File::options().append(true).open(place.photos.join("d.jpg")).unwrap();
    touched.set_modified(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(7)).unwrap();
    let snapshot = place.scan_once(&finder);
    let report = snapshot.last_scan.clone().unwrap();
    assert_eq!((finder.looked(), report.decoded), (4, 0), "content that is known is not looked at again");
    assert_eq!((report.moved, report.gone, report.returned), (2, 0, 0), "{report:?}");
    assert_eq!((report.copies, report.unchanged), (1, 2), "a file that was touched is no copy: {report:?}");
    let renamed: Vec<(String, BTreeSet<String>)> = expected
        .into_iter()
        .map(|(name, files)| {
            let mut files: BTreeSet<String> = files.into_iter().map(|file| file.replace("c.jpg", "z.jpg")).collect();
            if files.contains("b.jpg") {
                files.insert("b2.jpg".to_owned());
            }
            (name, files)
        })
        .collect();
    assert_eq!(groups(&snapshot), renamed);
    check_counts(&snapshot);
    // Deleted, and back from the bin with its name.
    let aside = place.temp.path().join("aside.jpg");
    fs::rename(place.photos.join("2019/a.jpg"), &aside).unwrap();
    place.put("2019/keeps-the-folder.txt", b"x");
    let snapshot = place.scan_once(&finder);
    assert_eq!(snapshot.last_scan.clone().unwrap().gone, 1);
    assert!(groups(&snapshot).iter().all(|(_, files)| !files.contains("a.jpg")));
    fs::rename(&aside, place.photos.join("back.jpg")).unwrap();
    let snapshot = place.scan_once(&finder);
    assert_eq!((finder.looked(), snapshot.last_scan.clone().unwrap().returned), (4, 1));
    let ann = snapshot.groups.iter().find(|group| group.name.as_deref() == Some("Ann")).unwrap();
    assert!(files(&snapshot, ann).contains("back.jpg"));
}

#[test]
fn a_disk_that_is_not_there_deletes_nothing() {
    let place = Place::with(&[("stick/a.jpg", &[0]), ("stick/b.jpg", &[0]), ("here.jpg", &[4])]);
    let finder = Finder::default();
    let snapshot = place.scan_once(&finder);
    let all = groups(&snapshot);
    // A stick that is pulled out leaves its folder behind, empty.
    let stick = place.photos.join("stick");
    let away = place.temp.path().join("away");
    fs::rename(&stick, &away).unwrap();
    fs::create_dir(&stick).unwrap();
    let snapshot = place.scan_once(&finder);
    assert_eq!(groups(&snapshot), all);
    assert_eq!(snapshot.unreachable.as_slice(), std::slice::from_ref(&stick));
    let report = snapshot.last_scan.clone().unwrap();
    assert_eq!((report.gone, report.unreachable.clone()), (0, vec![stick.clone()]));
    assert!(snapshot.notices.iter().any(|notice| notice.text.contains("is its disk connected?")));
    check_counts(&snapshot);
    fs::remove_dir(&stick).unwrap();
    fs::rename(&away, &stick).unwrap();
    let snapshot = place.scan_once(&finder);
    assert_eq!((groups(&snapshot), snapshot.unreachable.len()), (all.clone(), 0));
    // The whole folder of photos away: not even an error that would stop other folders.
    let gone = place.temp.path().join("gone");
    fs::rename(&place.photos, &gone).unwrap();
    let other = place.temp.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("new.jpg"), photo(&[8], 1)).unwrap();
    let engine = place.start(&finder);
    let snapshot = engine.handle().run(Command::Scan(vec![place.photos.clone(), other]), |_| {}).unwrap();
    engine.close();
    assert_eq!(snapshot.unreachable.as_slice(), std::slice::from_ref(&place.photos));
    assert_eq!(snapshot.counts.with_faces, 4);
    fs::rename(&gone, &place.photos).unwrap();
    let looked = finder.looked();
    // An emptied folder whose photos turn up elsewhere was moved, not unplugged.
    fs::rename(stick.join("a.jpg"), place.photos.join("a.jpg")).unwrap();
    fs::rename(stick.join("b.jpg"), place.photos.join("b.jpg")).unwrap();
    let snapshot = place.scan_once(&finder);
    assert_eq!((snapshot.unreachable.len(), finder.looked()), (0, looked));
    let report = snapshot.last_scan.clone().unwrap();
    assert_eq!((report.moved, report.copies, report.gone), (2, 0, 0), "{report:?}");
    assert!(snapshot.photos.values().all(|photo| photo.paths.len() == 1));
}

#[test]
fn a_file_that_vanishes_in_mid_scan_is_a_problem_and_then_gone() {
    let place = Place::with(&[("a.jpg", &[0]), ("m.jpg", &[0]), ("y.jpg", &[0]), ("z.jpg", &[0])]);
    for number in 0..20 {
        place.put(&format!("n{number:02}.jpg"), &photo(&[4], number + 4));
    }
    let victim = place.photos.join("z.jpg");
    let finder = Finder::before(move |number| {
        if number == 0 {
            fs::remove_file(&victim).unwrap();
        }
    });
    let engine = place.start(&finder);
    let snapshot = place.scan(&engine);
    check_counts(&snapshot);
    assert_eq!(problem(&snapshot, "z.jpg").map(|problem| problem.kind), Some(ProblemKind::Unreadable));
    let snapshot = place.scan(&engine);
    engine.close();
    check_counts(&snapshot);
    assert_eq!((snapshot.counts.failed, snapshot.counts.found), (0, 23));
}

#[test]
fn a_photo_on_which_the_networks_panic_costs_that_photo() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[0]), ("c.jpg", &[0])]);
    let snapshot = place.scan_once(&Finder::before(|number| assert!(number != 1, "a panic on purpose")));
    check_counts(&snapshot);
    assert_eq!((snapshot.counts.with_faces, snapshot.problems.len()), (2, 1));
    assert_eq!(snapshot.problems[0].kind, ProblemKind::Recognition);
}

/// A finder that waits before every photo after the first few until it is let go. For one worker: of two, one could use
/// up the free ones while the other still holds a photo whose turn comes first.
fn gated(free: usize) -> (Finder, Arc<AtomicBool>) {
    let open = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&open);
    let finder = Finder::before(move |number| {
        while number >= free && !gate.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    (finder, open)
}

fn many() -> Place {
    let place = Place::new();
    for number in 0..40u8 {
        place.put(&format!("{number:02}.jpg"), &photo(&[number % 4 * 3], number));
    }
    place
}

#[test]
fn cancelled_and_begun_again_gives_what_one_scan_gives() {
    let place = many();
    let (finder, open) = gated(10);
    let engine = place.start_with(&finder, 1);
    let handle = engine.handle();
    handle.send(Command::Scan(vec![place.photos.clone()]));
    handle.wait(|snapshot| snapshot.faces.len() >= 8).unwrap();
    handle.send(Command::Cancel);
    open.store(true, Ordering::SeqCst);
    let stopped = handle.wait(|snapshot| snapshot.last_scan.is_some()).unwrap();
    let report = stopped.last_scan.clone().unwrap();
    assert!(report.cancelled && report.decoded >= 8 && report.decoded < 40, "{report:?}");
    check_counts(&stopped);
    let whole = place.scan(&engine);
    engine.close();
    let looked = finder.looked();
    assert!((40..=40 + 2 * 4).contains(&looked), "{looked}: only what was in flight is looked at twice");
    check_counts(&whole);
    let other = Place { photos: place.photos.clone(), ..Place::new() };
    assert_eq!(groups(&whole), groups(&other.scan_once(&Finder::default())));
}

#[test]
fn a_pause_holds_still_and_goes_on() {
    let place = many();
    let (finder, open) = gated(6);
    let engine = place.start_with(&finder, 1);
    let handle = engine.handle();
    handle.send(Command::Scan(vec![place.photos.clone()]));
    handle.wait(|snapshot| snapshot.faces.len() >= 4).unwrap();
    handle.send(Command::Pause);
    handle.wait(|snapshot| matches!(snapshot.activity, Activity::Scanning { paused: true, .. })).unwrap();
    open.store(true, Ordering::SeqCst);
    // The photos in flight come to their end, no other is begun.
    std::thread::sleep(Duration::from_millis(300));
    let looked = finder.looked();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(finder.looked(), looked);
    assert!(looked <= 8, "{looked}");
    let after = handle.run(Command::Resume, |_| {}).unwrap();
    engine.close();
    assert_eq!((after.counts.with_faces, finder.looked()), (40, 40));
}

#[test]
fn edits_during_a_scan_hold() {
    let place = many();
    let (finder, open) = gated(20);
    let engine = place.start_with(&finder, 1);
    let handle = engine.handle();
    handle.send(Command::Scan(vec![place.photos.clone()]));
    let early = handle.wait(|snapshot| !snapshot.groups.is_empty() && snapshot.faces.len() >= 16).unwrap();
    handle.send(Command::NameGroup(group_of(&early, "00.jpg"), "Ann".into()));
    let named = handle.wait(|snapshot| snapshot.groups.iter().any(|group| group.name.is_some())).unwrap();
    assert!(matches!(named.activity, Activity::Scanning { .. }), "{:?}", named.activity);
    open.store(true, Ordering::SeqCst);
    let done = handle.wait(|snapshot| snapshot.last_scan.is_some() && snapshot.activity == Activity::Idle).unwrap();
    let ann = done.groups.iter().find(|group| group.name.as_deref() == Some("Ann")).unwrap();
    assert_eq!(ann.faces.len(), 10, "later photos of the same face join the name");
    assert_eq!((done.groups.len(), done.counts.with_faces), (4, 40));
    engine.close();
}

#[test]
fn closing_in_mid_scan_never_hangs_and_keeps_what_was_done() {
    for free in [0, 3, 15] {
        let place = many();
        let (finder, open) = gated(free);
        let engine = place.start_with(&finder, 1);
        let handle = engine.handle();
        handle.send(Command::Scan(vec![place.photos.clone()]));
        let seen = handle.wait(|snapshot| snapshot.faces.len() + 4 >= free.max(4)).unwrap().faces.len();
        let release = Arc::clone(&open);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            release.store(true, Ordering::SeqCst);
        });
        engine.close();
        assert!(handle.wait(|_| false).is_err(), "nobody waits for an engine that has ended");
        let again = place.scan_once(&Finder::default());
        assert_eq!(again.counts.with_faces, 40);
        assert!(again.last_scan.as_ref().unwrap().unchanged >= seen);
    }
}

#[test]
fn albums_hold_exactly_the_photos_byte_for_byte_and_photos_are_untouched() {
    let place =
        Place::with(&[("a.jpg", &[0]), ("b.jpg", &[0, 4]), ("sub/a.jpg", &[0]), ("c.jpg", &[4]), ("x.jpg", &[8])]);
    let before = tree(&place.photos);
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let snapshot = place.scan(&engine);
    run(&handle, Command::NameGroup(group_of(&snapshot, "c.jpg"), "Bo".into()));
    run(&handle, Command::NameGroup(group_of(&snapshot, "photos/a.jpg"), "Ann".into()));
    let to = place.temp.path().join("albums");
    let request = |to: &Path| ExportRequest { to: to.to_owned(), sidecars: true, ..ExportRequest::default() };
    let planned = handle.run(Command::PlanExport(request(&to)), |_| {}).unwrap();
    let planned = handle.wait(|snapshot| snapshot.export_plan.is_some()).map_or(planned, |later| later);
    let plan = planned.export_plan.clone().unwrap();
    assert_eq!(plan.request, request(&to));
    let summary = plan.outcome.clone().unwrap();
    assert_eq!(summary.albums, [("Ann".to_owned(), 3), ("Bo".to_owned(), 2)]);
    assert!(!to.exists(), "asking writes nothing");
    run(&handle, Command::Export(request(&to)));
    let albums = tree(&to);
    let photos: Vec<(&str, &str)> = vec![
        ("Ann/a.jpg", "a.jpg"),
        ("Ann/b.jpg", "b.jpg"),
        ("Ann/a (2).jpg", "sub/a.jpg"),
        ("Bo/b.jpg", "b.jpg"),
        ("Bo/c.jpg", "c.jpg"),
    ];
    for (copy, original) in &photos {
        assert_eq!(albums[Path::new(copy)], before[Path::new(original)], "{copy}: bytes and time of change");
        let sidecar = String::from_utf8(albums[Path::new(&format!("{copy}.xmp"))].0.clone()).unwrap();
        assert_eq!(sidecar.contains(">Bo<"), *original == "b.jpg" || *original == "c.jpg", "{copy}");
    }
    assert_eq!(albums.len(), 2 * photos.len(), "{:?}", albums.keys());
    // Again: nothing to do, nothing doubled. A stranger's file in the way stays.
    run(&handle, Command::Export(request(&to)));
    assert_eq!(tree(&to), albums);
    fs::write(to.join("Bo/c.jpg"), b"somebody changed me").unwrap();
    run(&handle, Command::Export(ExportRequest { mode: ExportMode::Hardlink, sidecars: false, ..request(&to) }));
    assert_eq!(fs::read(to.join("Bo/c.jpg")).unwrap(), b"somebody changed me");
    assert_eq!(fs::read(to.join("Bo/c (2).jpg")).unwrap(), before[Path::new("c.jpg")].0);
    // Not into the photos, not even by the name of an album.
    for wrong in [place.photos.clone(), place.photos.join("sub")] {
        let after = handle.run(Command::Export(request(&wrong)), |_| {}).unwrap();
        assert!(after.notices.last().unwrap().text.contains("folder of photos"), "{:?}", after.notices.last());
    }
    run(&handle, Command::NameGroup(group_of(&snapshot, "x.jpg"), "photos".into()));
    let after = handle.run(Command::Export(request(place.photos.parent().unwrap())), |_| {}).unwrap();
    assert_eq!(after.notices.last().unwrap().level, NoticeLevel::Error);
    assert_eq!(tree(&place.photos), before, "originals are never written, moved or deleted");
    engine.close();
}

#[test]
fn a_folder_without_photos_and_a_folder_that_is_not_there_are_sentences() {
    let place = Place::new();
    let engine = place.start(&Finder::default());
    let empty = place.scan(&engine);
    assert!(empty.notices.last().unwrap().text.contains("There are no photos in this folder"), "{:?}", empty.notices);
    let missing = place.photos.join("missing");
    let after = engine.handle().run(Command::Scan(vec![missing]), |_| {}).unwrap();
    assert!(after.notices.last().unwrap().text.contains("not there or cannot be opened"), "{:?}", after.notices);
    assert!(after.folders.is_empty());
    let after = engine.handle().run(Command::Scan(Vec::new()), |_| {}).unwrap();
    assert!(after.notices.last().unwrap().text.contains("no folders yet"));
    engine.close();
}
