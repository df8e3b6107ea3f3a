//! A disk that is full: nothing is lost, a sentence says what to do, and everything goes on when there is room again. On a
//! small file system of its own, in a process that may mount one.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use albumen::domain::{NoticeLevel, Snapshot};
use albumen::engine::{Command, Handle};

use crate::engine_support::{Finder, Place, check_counts, group_of, groups, photo, run};

/// The folder with the photos and the empty folder for the small disk.
const CHILD: &str = "ALBUMEN_SMALL_DISK";

#[test]
fn a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room() {
    let place = Place::new();
    for number in 0..4u8 {
        place.put(&format!("{number:02}.jpg"), &photo(&[number % 2 * 4], number));
    }
    let root = place.photos.parent().unwrap();
    let disk = root.join("disk");
    fs::create_dir(&disk).unwrap();
    // The mount belongs to the process alone and goes with it.
    let script = "mount -t tmpfs -o size=1536k small \"$0\" || exit 77; exec \"$@\"";
    let output = Process::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(&disk)
        .arg(std::env::current_exe().unwrap())
        .args(["engine_disk::the_child_with_the_small_disk", "--exact", "--nocapture"])
        .env(CHILD, root)
        .output();
    let output = match output {
        Ok(output) if output.status.code() != Some(77) && !text(&output.stderr).contains("unshare failed") => output,
        Ok(output) => {
            return crate::support::skip("a full disk", &format!("no mount of one's own: {}", text(&output.stderr)));
        }
        Err(error) => return crate::support::skip("a full disk", &format!("there is no unshare: {error}")),
    };
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("went on"), "{}", text(&output.stdout));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Writes until nothing more fits.
fn fill(disk: &Path) -> PathBuf {
    let path = disk.join("filler");
    let mut file = File::create(&path).unwrap();
    for size in [4096, 512, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
    path
}

/// The error that a command leads to; the sentence must say what to do.
fn refused(handle: &Handle, command: Command) -> Option<String> {
    let before = handle.snapshot().notices.last().map_or(0, |notice| notice.number);
    let after = handle.run(command, |_| {}).unwrap();
    let mut errors = after.notices.iter().filter(|one| one.number > before && one.level == NoticeLevel::Error);
    let error = errors.next()?.text.clone();
    assert!(error.contains("cannot be written") && error.contains("check the disk's space"), "{error}");
    Some(error)
}

fn sentences(snapshot: &Snapshot) -> Vec<(String, bool)> {
    snapshot.history.iter().map(|entry| (entry.text.to_string(), entry.active)).collect()
}

/// Not a test of its own: what the test above starts with a small disk.
#[test]
fn the_child_with_the_small_disk() {
    let Some(root) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let disk = root.join("disk");
    let temp = tempfile::tempdir().unwrap();
    let place = Place { temp, photos: root.join("photos"), library: disk.join("l.albumen") };
    let engine = place.start(&Finder::default());
    let handle = engine.handle();
    let first = place.scan(&engine);
    run(&handle, Command::NameGroup(group_of(&first, "00.jpg"), "Ann".into()));

    let filler = fill(&disk);
    // What room the log has left is used up first; what is shown as done there is done.
    let mut names = 0;
    while refused(&handle, Command::NameGroup(group_of(&handle.snapshot(), "01.jpg"), format!("Bo {names}"))).is_none()
    {
        names += 1;
        assert!(names < 5000, "the disk is full");
    }
    let full = handle.snapshot();
    assert_eq!(full.history.len(), 1 + names, "an edit that was refused is not shown");
    for number in 4..44u8 {
        place.put(&format!("{number:02}.jpg"), &photo(&[number % 2 * 4], number));
    }
    refused(&handle, Command::Scan(vec![place.photos.clone()])).expect("new faces need room");
    let scanned = handle.snapshot();
    check_counts(&scanned);
    assert!(scanned.counts.found < 44 && scanned.last_scan.as_ref().unwrap().cancelled, "{:?}", scanned.counts);
    let errors = scanned.notices.iter().filter(|one| one.level == NoticeLevel::Error).count();
    assert!(errors <= 3, "said once, not for every photo: {:?}", scanned.notices);
    let undone = refused(&handle, Command::Undo);
    let after = handle.snapshot();
    assert_eq!(after.undo.is_some(), undone.is_some() || names > 0);
    // As a program that starts now sees it.
    engine.close();
    let opened = place.start(&Finder::default());
    let found = opened.handle().snapshot();
    assert_eq!(sentences(&found), sentences(&after), "shown as done, and on disk");
    assert_eq!((&found.library, found.counts), (&after.library, after.counts));

    // There is room again, without a new start. Before that, the backup of the day is tried in vain, and leaves nothing.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let left = fs::read_dir(&disk).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    assert_eq!(left.filter(|name| name.contains("backup")).collect::<Vec<String>>(), [""; 0], "half a backup");
    fs::remove_file(filler).unwrap();
    let handle = opened.handle();
    run(&handle, Command::NameGroup(group_of(&found, "01.jpg"), "Cleo".into()));
    let whole = place.scan(&opened);
    check_counts(&whole);
    assert_eq!((whole.counts.with_faces, whole.last_scan.as_ref().unwrap().cancelled), (44, false));
    opened.close();
    let again = place.start(&Finder::default());
    let last = again.handle().snapshot();
    again.close();
    assert_eq!((groups(&last), sentences(&last)), (groups(&whole), sentences(&whole)));
    assert!(last.groups.iter().any(|group| group.name.as_deref() == Some("Cleo") && group.faces.len() == 22));
    println!("went on");
}
