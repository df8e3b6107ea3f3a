//! The command line where something is in the way: folders that are away, names that are no text, libraries that cannot be
//! read. With the fake finder.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Output, Stdio};

use albumen::domain::{GroupId, Snapshot};
use albumen::engine::{Command, ExportMode, ExportRequest, export_plan};
use albumen::store::Store;
use serde_json::Value;

use crate::engine_support::{Finder, Place, group_of, photo, run};

fn program(place: &Place, arguments: &[&str]) -> Process {
    let mut program = Process::new(env!("CARGO_BIN_EXE_albumen"));
    program.args(arguments).env("ALBUMEN_LIBRARY", &place.library).env("ALBUMEN_FINDER", "fake");
    program
}

fn albumen(place: &Place, arguments: &[&str]) -> Output {
    program(place, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The exit code, stdout as JSON, and stderr.
fn json(place: &Place, arguments: &[&str]) -> (i32, Value, String) {
    let output = albumen(place, arguments);
    let said = text(&output.stderr);
    let value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}\n{said}", text(&output.stdout)));
    (output.status.code().unwrap(), value, said)
}

fn str(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What the library holds, as a window would show it.
fn look(place: &Place) -> std::sync::Arc<Snapshot> {
    let engine = place.start(&Finder::default());
    let snapshot = engine.handle().run(Command::Review, |_| {}).unwrap();
    engine.close();
    snapshot
}

#[test]
fn a_scan_goes_on_when_one_of_its_folders_is_empty_or_away() {
    let place = Place::with(&[("here/a.jpg", &[0]), ("stick/b.jpg", &[4])]);
    let (here, stick) = (place.photos.join("here"), place.photos.join("stick"));
    let both = ["scan", "--json", str(&here), str(&stick)];
    let (code, report, _) = json(&place, &both);
    assert_eq!((code, &report["faces"]), (0, &2.into()));
    // Pulled out: the folder is left, with nothing in it.
    let away = place.temp.path().join("away");
    fs::rename(&stick, &away).unwrap();
    fs::create_dir(&stick).unwrap();
    fs::write(here.join("c.jpg"), photo(&[0], 7)).unwrap();
    let (code, report, said) = json(&place, &both);
    assert_eq!((code, &report["faces"], &report["decoded"]), (3, &3.into(), &1.into()), "{report}");
    assert_eq!(report["unreachable"], serde_json::json!([stick]));
    assert!(said.contains("is its disk connected?"), "{said}");
    let (code, report, said) = json(&place, &["scan", "--json", str(&stick)]);
    assert_eq!((code, report["unreachable"].as_array().unwrap().len()), (1, 1), "nothing else was asked for: {said}");
    // Or not even the folder.
    fs::remove_dir(&stick).unwrap();
    let (code, report, said) = json(&place, &both);
    assert_eq!((code, &report["faces"]), (3, &3.into()));
    assert_eq!(report["unreachable"], serde_json::json!([stick]));
    assert!(said.contains("not there or cannot be opened"), "{said}");
    let nothing = albumen(&place, &["scan", "--json", str(&stick)]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(nothing.stdout.is_empty() && text(&nothing.stderr).contains("no such folder"));
    fs::rename(&away, &stick).unwrap();
    let (code, report, _) = json(&place, &both);
    assert_eq!((code, report["unreachable"].as_array().unwrap().len()), (0, 0));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_cost_no_report() {
    use std::os::unix::ffi::OsStrExt as _;

    let place = Place::with(&[("a.jpg", &[0])]);
    let odd = |name: &[u8]| place.photos.join(std::ffi::OsStr::from_bytes(name));
    fs::write(odd(b"odd\xff.jpg"), photo(&[0], 5)).unwrap();
    fs::write(odd(b"bad\xff.jpg"), b"").unwrap();
    let photos = str(&place.photos);
    // Once more, when it is known already.
    for _ in 0..2 {
        let (code, report, _) = json(&place, &["scan", "--json", photos]);
        let failed = report["failed"].as_array().unwrap();
        assert_eq!((code, failed.len(), &report["skipped"]), (3, 1, &0.into()), "{report}");
        assert_eq!(failed[0]["kind"], "empty");
        assert!(failed[0]["path"].as_str().unwrap().ends_with("bad\u{fffd}.jpg"), "{report}");
    }
    let (code, people, _) = json(&place, &["people", "--json"]);
    assert_eq!((code, people[0]["faces"].as_u64()), (0, Some(2)));
    assert!(people[0]["photos"].to_string().contains("odd\u{fffd}.jpg"), "{people}");
    let faces = albumen(&place, &["faces", "--json", photos]);
    let lines: Vec<Value> = text(&faces.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((faces.status.code(), lines.len()), (Some(3), 3));
    assert!(albumen(&place, &["name", people[0]["group"].as_str().unwrap(), "Ann"]).status.success());
    let (code, report, _) = json(&place, &["export", "--json", "--to", str(&place.temp.path().join("albums"))]);
    assert_eq!((code, &report["written"]), (0, &2.into()), "{report}");
}

#[test]
fn a_library_that_cannot_be_read_is_a_failure() {
    let place = Place::with(&[("a.jpg", &[0])]);
    place.scan_once(&Finder::default());
    let length = fs::metadata(&place.library).unwrap().len() as usize;
    let mut bytes = fs::read(&place.library).unwrap();
    // The first page says what the file is and stays.
    bytes[8192..].fill(0x5a);
    assert_eq!(bytes.len(), length);
    fs::write(&place.library, bytes).unwrap();
    // Another program has it: it is only looked at, so nothing is recovered.
    let mut lock = place.library.clone().into_os_string();
    lock.push("-lock");
    let held = fs::File::open(lock).unwrap();
    held.lock().unwrap();
    let output = albumen(&place, &["people", "--json"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("library is damaged"), "{}", text(&output.stderr));
}

#[test]
fn a_dry_run_counts_what_would_be_written_and_strangers_have_no_albums() {
    let place = Place::with(&[("a1.jpg", &[0]), ("a2.jpg", &[0, 4]), ("b1.jpg", &[4])]);
    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "a1.jpg"), "Ann".into()));
    let named = run(&engine.handle(), Command::NameGroup(group_of(&snapshot, "b1.jpg"), "Bo".into()));
    run(&engine.handle(), Command::IgnoreGroups(vec![group_of(&named, "b1.jpg")], true));
    engine.close();
    let to = place.temp.path().join("albums");
    let dry = ["export", "--dry-run", "--to", str(&to)];
    let first = text(&albumen(&place, &dry).stdout);
    assert!(first.contains("1 album: 2 files would be written, 0 already there"), "{first}");
    let (code, report, _) = json(&place, &["export", "--json", "--sidecars", "--to", str(&to)]);
    assert_eq!((code, &report["written"], &report["albums"]), (0, &2.into(), &1.into()), "{report}");
    assert!(to.join("Ann/a2.jpg").exists() && !to.join("Bo").exists());
    let sidecar = fs::read_to_string(to.join("Ann/a2.jpg.xmp")).unwrap();
    assert!(sidecar.contains(">Ann<") && !sidecar.contains(">Bo<"), "{sidecar}");
    let output = albumen(&place, &["export", "--to", str(&to), "--person", "Bo"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("set aside as a stranger"), "{}", text(&output.stderr));
    let output = albumen(&place, &["name", &group_of(&named, "a1.jpg").to_string(), "Bo"]);
    assert_eq!(output.status.code(), Some(1), "Ann would be set aside as well");
    assert!(text(&output.stderr).contains("set aside as a stranger"), "{}", text(&output.stderr));
    fs::remove_file(to.join("Ann/a1.jpg")).unwrap();
    let second = text(&albumen(&place, &dry).stdout);
    assert!(second.contains("1 album: 1 file would be written, 1 already there"), "{second}");
    assert!(second.contains("a1.jpg") && !second.contains("a2.jpg"), "{second}");
}

#[test]
fn a_name_means_the_same_person_also_when_their_photos_are_away() {
    let place = Place::with(&[("x/a.jpg", &[0]), ("x/keep.txt", &[]), ("y/b.jpg", &[4]), ("y/c.jpg", &[8])]);
    let finder = Finder::default();
    let snapshot = place.scan_once(&finder);
    let name = |group: GroupId, name: &str| {
        let output = albumen(&place, &["name", &group.to_string(), name]);
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    name(group_of(&snapshot, "a.jpg"), "Ann");
    name(group_of(&snapshot, "c.jpg"), "Cy");
    fs::remove_file(place.photos.join("x/a.jpg")).unwrap();
    let away = place.scan_once(&finder);
    assert!(away.groups.iter().all(|group| group.name.as_deref() != Some("Ann")));
    name(group_of(&away, "b.jpg"), "Ann");
    let called = |snapshot: &Snapshot| {
        snapshot.library.persons().values().filter(|person| person.name.as_deref() == Some("Ann")).count()
    };
    let after = look(&place);
    assert_eq!(called(&after), 1, "{:?}", after.library.persons());
    // A person who turns out to be the same one, too.
    let cy = group_of(&after, "c.jpg");
    fs::remove_file(place.photos.join("y/b.jpg")).unwrap();
    place.scan_once(&finder);
    name(cy, "Ann");
    let after = look(&place);
    assert_eq!((called(&after), after.library.persons().len()), (1, 1), "{:?}", after.library.persons());
    assert_eq!(after.group(group_of(&after, "c.jpg")).unwrap().name.as_deref(), Some("Ann"));
}

#[test]
fn a_library_keeps_the_method_it_was_scanned_with() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[0]), ("c.jpg", &[4])]);
    let way = || Store::open(&place.library).unwrap().load().unwrap().clusters_way;
    let photos = str(&place.photos);
    let (code, report, _) = json(&place, &["scan", "--json", photos]);
    assert_eq!((code, &report["groups"]), (0, &1.into()));
    assert!(way().starts_with("adaptive/"), "{}", way());
    assert_eq!(json(&place, &["scan", "--json", "--method", "rank-order", photos]).0, 0);
    assert!(way().starts_with("rank-order/"), "{}", way());
    // Whoever looks at it, or scans it again, keeps to it.
    assert_eq!(json(&place, &["people", "--json"]).0, 0);
    assert_eq!(json(&place, &["scan", "--json", photos]).0, 0);
    assert!(way().starts_with("rank-order/"), "{}", way());
    let wrong = albumen(&place, &["scan", "--method", "guess", photos]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("the methods are rank-order, approximate, adaptive, linkage"));
}

#[test]
fn a_photo_may_come_through_a_pipe() {
    let place = Place::with(&[("a.jpg", &[0, 4])]);
    let pipe = |arguments: &[&str], bytes: &[u8]| {
        let mut program = program(&place, arguments);
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (output.status.code(), lines)
    };
    let bytes = fs::read(place.photos.join("a.jpg")).unwrap();
    let file = place.photos.join("a.jpg");
    let (code, lines) = pipe(&["faces", "--json", "--embeddings", str(&file), "-"], &bytes);
    assert_eq!((code, lines.len()), (Some(0), 2));
    assert_eq!((&lines[0]["path"], &lines[1]["path"]), (&"-".into(), &str(&file).into()));
    for key in ["width", "height", "faces"] {
        assert_eq!(lines[0][key], lines[1][key], "{key}");
    }
    for (bytes, kind) in [(&b""[..], "empty"), (&b"a text"[..], "not-a-photo")] {
        let (code, lines) = pipe(&["faces", "--json", "-"], bytes);
        assert_eq!((code, &lines[0]["error"]["kind"]), (Some(3), &kind.into()), "{lines:?}");
    }
}

#[test]
fn evaluate_counts_people_with_photos_and_says_what_it_could_not_look_into() {
    let place = Place::with(&[("ann/1.jpg", &[0]), ("ann/2.jpg", &[0]), ("bo/1.jpg", &[4]), ("bo/2.jpg", &[4])]);
    place.put("notes/readme.txt", b"who is who");
    let photos = str(&place.photos);
    let (code, report, _) = json(&place, &["evaluate", "--json", photos]);
    assert_eq!((code, &report["photos"], &report["identities"]), (0, &4.into(), &2.into()), "{report}");
    for threshold in ["-inf", "-1e9", "nan", "1e9"] {
        let output = albumen(&place, &["evaluate", "--threshold", threshold, photos]);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains("from -10 to 1000"), "{threshold}: {said}");
    }
    let (code, report, _) = json(&place, &["evaluate", "--json", "--threshold", "-10", photos]);
    assert_eq!((code, &report["faces"]), (0, &4.into()), "{report}");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", place.photos.join("bo/3.jpg")).unwrap();
        let (code, report, said) = json(&place, &["evaluate", "--json", photos]);
        assert_eq!((code, &report["photos"]), (3, &4.into()), "{report}");
        assert!(said.contains("bo/3.jpg"), "{said}");
    }
    let gone = PathBuf::from("/no/such/folder");
    assert_eq!(albumen(&place, &["evaluate", str(&gone)]).status.code(), Some(1));
}

#[test]
fn a_slip_in_the_windows_folder_is_said_whatever_the_log_and_makes_no_library() {
    let place = Place::new();
    let output = program(&place, &["/no/such/folder"]).env("ALBUMEN_LOG", "off").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.starts_with("albumen: there is no such folder"), "{said}");
    assert!(!place.library.exists());
}

#[test]
fn a_log_that_is_no_terminal_gets_no_colours() {
    let place = Place::with(&[("a.jpg", &[0])]);
    let snapshot = place.scan_once(&Finder::default());
    assert!(albumen(&place, &["name", &group_of(&snapshot, "a.jpg").to_string(), "Ann"]).status.success());
    rusqlite::Connection::open(&place.library).unwrap().execute_batch("UPDATE step SET edits = 'x'").unwrap();
    let said = text(&albumen(&place, &["people"]).stderr);
    assert!(said.contains("is passed over") && !said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_library_where_there_can_be_none_is_no_missing_one() {
    let place = Place::with(&[("a.jpg", &[0])]);
    let inside_a_file = place.photos.join("a.jpg/library.albumen");
    let output = program(&place, &["people"]).env("ALBUMEN_LIBRARY", inside_a_file).output().unwrap();
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(1) && !said.contains("no library yet"), "{said}");
}

#[test]
fn what_a_scan_skips_beside_photos_is_no_failure() {
    let place = Place::with(&[("ann/1.jpg", &[0]), ("ann/2.jpg", &[0])]);
    place.put("ann/notes.txt", b"who is who");
    let (photos, notes) = (place.photos.clone(), place.photos.join("ann/notes.txt"));
    let faces = |path: &Path| {
        let output = albumen(&place, &["faces", "--json", str(path)]);
        (output.status.code(), text(&output.stdout).lines().count())
    };
    assert_eq!(faces(&photos), (Some(0), 3), "it still has its line");
    assert_eq!(faces(&notes), (Some(3), 1), "it was asked for");
    assert_eq!(json(&place, &["evaluate", "--json", str(&photos)]).0, 0);
    place.put("ann/3.jpg", b"a page that says that the photo was not found");
    assert_eq!(faces(&photos), (Some(3), 4));
    let (code, report, said) = json(&place, &["evaluate", "--json", str(&photos)]);
    assert_eq!((code, &report["photos"]), (3, &3.into()), "{said}");
}

#[test]
fn names_are_one_line_and_none_is_wrong_usage() {
    let place = Place::with(&[("a.jpg", &[0])]);
    let group = group_of(&place.scan_once(&Finder::default()), "a.jpg").to_string();
    for nothing in ["", " \t"] {
        assert_eq!(albumen(&place, &["name", &group, nothing]).status.code(), Some(2), "{nothing:?}");
    }
    assert!(albumen(&place, &["name", &group, " Ann\n\tSmith "]).status.success());
    let (_, people, _) = json(&place, &["people", "--json"]);
    assert_eq!(people[0]["name"], "Ann Smith");
}

#[test]
fn of_two_people_of_one_name_each_keeps_the_folder() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[4])]);
    let engine = place.start(&Finder::default());
    let mut named = place.scan(&engine);
    for file in ["a.jpg", "b.jpg"] {
        named = run(&engine.handle(), Command::NameGroup(group_of(&named, file), "Ann".into()));
    }
    let folder = |groups: Vec<GroupId>| {
        let to = place.temp.path().join("albums");
        let request = ExportRequest { to, groups, mode: ExportMode::Copy, sidecars: false };
        let plan = export_plan(&named, &request).unwrap();
        let names = plan.folders.iter().map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned());
        (names.collect::<Vec<String>>(), plan.steps.len())
    };
    let (first, second) = (group_of(&named, "a.jpg"), group_of(&named, "b.jpg"));
    assert_eq!(folder(vec![]), (vec!["Ann".into(), "Ann (2)".into()], 2));
    assert_eq!(folder(vec![first]), (vec!["Ann".into()], 1));
    assert_eq!(folder(vec![second]), (vec!["Ann (2)".into()], 1));
    engine.close();
}

#[test]
fn a_photo_that_was_changed_after_its_scan_is_written_without_old_regions() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[0])]);
    let snapshot = place.scan_once(&Finder::default());
    assert!(albumen(&place, &["name", &group_of(&snapshot, "a.jpg").to_string(), "Ann"]).status.success());
    let changed = photo(&[4, 0], 9);
    place.put("a.jpg", &changed);
    let to = place.temp.path().join("albums");
    let arguments = ["export", "--json", "--sidecars", "--to", str(&to)];
    let (code, report, said) = json(&place, &arguments);
    assert_eq!((code, report["failed"].as_array().unwrap().len(), &report["written"]), (3, 1, &1.into()), "{report}");
    assert!(said.contains("changed since its scan"), "{said}");
    assert_eq!(fs::read(to.join("Ann/a.jpg")).unwrap(), changed);
    assert!(!to.join("Ann/a.jpg.xmp").exists() && to.join("Ann/b.jpg.xmp").exists());
    // After a look at it, its regions are its own.
    json(&place, &["scan", "--json", str(&place.photos)]);
    let (code, report, _) = json(&place, &arguments);
    assert_eq!((code, &report["unchanged"]), (0, &2.into()), "{report}");
    assert!(to.join("Ann/a.jpg.xmp").exists());
}

#[test]
fn a_reader_that_goes_away_is_no_failure_and_a_full_disk_is_one() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[4])]);
    place.scan_once(&Finder::default());
    let photos = str(&place.photos);
    for arguments in [&["people"][..], &["people", "--json"], &["faces", "--json", photos], &["scan", "--json", photos]]
    {
        let mut program = program(&place, arguments);
        let mut child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = text(&output.stderr);
        assert!(output.status.success() && !said.contains("panicked"), "{arguments:?}: {said}");
        #[cfg(target_os = "linux")]
        {
            let full = fs::File::options().write(true).open("/dev/full").unwrap();
            let output = self::program(&place, arguments).stdout(full).output().unwrap();
            let said = text(&output.stderr);
            assert!(output.status.code() == Some(1) && said.contains("albumen: "), "{arguments:?}: {said}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_name_of_a_file_is_no_command_to_the_terminal() {
    let place = Place::with(&[("a\u{1b}[31m.jpg", &[0])]);
    place.put("b\u{1b}]0;title\u{7}.jpg", b"");
    let photos = str(&place.photos);
    for arguments in [&["faces", photos][..], &["scan", photos]] {
        let output = albumen(&place, arguments);
        assert_eq!(output.status.code(), Some(3));
        for bytes in [&output.stdout, &output.stderr] {
            assert!(text(bytes).chars().all(|c| c == '\n' || !c.is_control()), "{:?}", text(bytes));
        }
        assert!(text(&output.stderr).contains("b\u{fffd}]0;title\u{fffd}.jpg"), "{:?}", text(&output.stderr));
    }
    let faces = albumen(&place, &["faces", "--json", photos]);
    assert!(text(&faces.stdout).contains("a\\u001b[31m.jpg"), "JSON keeps it: {}", text(&faces.stdout));
}
