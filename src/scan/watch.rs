//! Whether anything came into a folder or went, by the time of the folder alone: nothing is listed and no file is looked at.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Folders;
use super::walk::modified_ns;

/// Folders, and the time of the last change of each in nanoseconds since 1970 when they were listed; [`UNSURE`] for one
/// that had changed just before.
pub type Times = BTreeMap<PathBuf, i64>;

/// The time of a folder that must be listed again: within the coarsest clock of a file system (FAT: two seconds) a second
/// change would not show.
pub const UNSURE: i64 = i64::MIN;

/// Whether a file or folder came, went or got another name in one of these folders since. A file that is written over
/// does not show. Folders that cannot be looked at, and those in `closed` and below, have not changed.
#[must_use]
pub fn changed(times: &Times, closed: &[PathBuf]) -> bool {
    let closed = Folders::new(closed);
    times.iter().filter(|(folder, _)| !closed.hold(folder)).any(|(folder, time)| {
        // One that is gone shows in the folder around it; where that is gone too, the disk is.
        std::fs::metadata(folder).is_ok_and(|now| modified_ns(&now) != *time)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::scan::walk;

    /// Makes every folder look as if it had changed a while ago.
    fn age(folders: &[&Path]) {
        for folder in folders {
            let file = fs::File::open(folder).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_mins(1)).unwrap();
        }
    }

    #[test]
    fn what_comes_and_goes_is_noticed_and_a_vanished_disk_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap().join("photos");
        let inside = root.join("a/b");
        fs::create_dir_all(&inside).unwrap();
        fs::write(inside.join("x.jpg"), b"x").unwrap();
        let folders = [root.as_path(), &root.join("a"), &inside];
        let times = || walk(std::slice::from_ref(&root), &mut |_| true).folders;
        assert!(times().values().all(|time| *time == UNSURE), "made just now");
        assert!(changed(&times(), &[]));
        age(&folders);
        let before = times();
        assert_eq!(before.keys().map(PathBuf::as_path).collect::<Vec<_>>(), folders);
        assert!(!changed(&before, &[]));
        fs::write(inside.join("x.jpg"), b"written over").unwrap();
        assert!(!changed(&before, &[]));
        let check = |change: &dyn Fn()| {
            age(&times().keys().map(PathBuf::as_path).collect::<Vec<_>>());
            let before = times();
            assert!(!changed(&before, &[]));
            change();
            assert!(changed(&before, &[]));
            assert!(!changed(&before, std::slice::from_ref(&root)));
        };
        check(&|| fs::write(inside.join("y.jpg"), b"y").unwrap());
        check(&|| fs::rename(inside.join("y.jpg"), inside.join("z.jpg")).unwrap());
        check(&|| fs::remove_file(inside.join("z.jpg")).unwrap());
        check(&|| fs::create_dir(root.join("new")).unwrap());
        check(&|| fs::remove_dir(root.join("new")).unwrap());
        age(&folders);
        let before = times();
        fs::rename(&root, temp.path().join("away")).unwrap();
        assert!(!changed(&before, &[]), "the whole disk is gone");
    }
}
