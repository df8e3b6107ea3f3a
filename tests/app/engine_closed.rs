//! What the system does not let the program read or write.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;

use crate::engine_support::{Finder, Place, group_of};

/// The program as somebody who is not the superuser, to whom every file would be open; `None` where the superuser cannot
/// become somebody else or nobody may start the program.
fn as_nobody(place: &Place, arguments: &[&str]) -> Option<std::process::Output> {
    const NOBODY: u32 = 65534;
    // The repository may lie in a folder that only the superuser can enter; a copy beside the photos can be started.
    let start = place.photos.parent().unwrap().join("albumen-of-nobody");
    if !start.exists() {
        fs::copy(env!("CARGO_BIN_EXE_albumen"), &start).unwrap();
    }
    let mut program = std::process::Command::new(&start);
    program.args(arguments).env("ALBUMEN_LIBRARY", &place.library).env("ALBUMEN_FINDER", "fake").current_dir("/");
    fs::set_permissions(place.photos.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    if place.photos.metadata().unwrap().uid() == 0 {
        let data = place.library.parent().unwrap();
        for path in fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).chain([data.to_owned()]) {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        program.uid(NOBODY).gid(NOBODY);
    }
    match program.output() {
        Ok(output) => Some(output),
        Err(error) => {
            crate::support::skip("a test as nobody", &format!("nobody may start the program here: {error}"));
            None
        }
    }
}

#[test]
fn a_closed_folder_is_a_problem_until_it_is_opened() {
    let place = Place::with(&[("open/a.jpg", &[0]), ("closed/b.jpg", &[0])]);
    let closed = place.photos.join("closed");
    fs::create_dir(place.library.parent().unwrap()).unwrap();
    let allow = |mode| fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();
    let scan = || {
        let output = as_nobody(&place, &["scan", "--json", place.photos.to_str().unwrap()])?;
        let report: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        Some((output.status.code().unwrap(), report))
    };
    allow(0o000);
    let first = scan();
    allow(0o755);
    let Some((code, report)) = first else { return };
    assert_eq!((code, report["faces"].as_u64()), (3, Some(1)), "{report}");
    let failed = report["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 1, "{report}");
    assert_eq!((failed[0]["kind"].as_str(), failed[0]["path"].as_str()), (Some("unreadable"), closed.to_str()));
    let (code, report) = scan().unwrap();
    assert_eq!((code, report["faces"].as_u64(), report["decoded"].as_u64()), (0, Some(2), Some(1)), "{report}");
}

#[test]
fn a_library_that_may_not_be_written_can_be_looked_at() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[0])]);
    let snapshot = place.scan_once(&Finder::default());
    let data = place.library.parent().unwrap();
    // A name with signs that mean something in an address.
    let place = Place { library: data.join("odd %41?#.albumen"), ..place };
    fs::rename(data.join("library.albumen"), &place.library).unwrap();
    fs::remove_file(data.join("library.albumen-lock")).unwrap();
    fs::set_permissions(&place.library, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(data, fs::Permissions::from_mode(0o555)).unwrap();
    let people = as_nobody(&place, &["people", "--json"]);
    let named = as_nobody(&place, &["name", &group_of(&snapshot, "a.jpg").to_string(), "Ann"]);
    fs::set_permissions(data, fs::Permissions::from_mode(0o755)).unwrap();
    let (Some(people), Some(named)) = (people, named) else { return };
    let text = String::from_utf8_lossy(&people.stdout).into_owned();
    assert!(people.status.success() && text.contains("b.jpg"), "{}", String::from_utf8_lossy(&people.stderr));
    let text = String::from_utf8_lossy(&named.stderr).into_owned();
    assert!(!named.status.success() && text.contains("check the disk's space and permissions"), "{text}");
}
