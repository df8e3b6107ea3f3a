//! A damaged library: the user's words are saved from it and from the newest backup into a new file, which takes its place
//! when it is whole; the damaged file is kept aside. Photos must be scanned again; no word may be lost that can be read.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::backup::{DAMAGED, Words, backups, folders, forgotten, words};
use super::edits::meta;
use super::{Store, StoreError, with_suffix};

/// A library that was made new from a damaged one.
#[derive(Debug)]
pub struct Recovered {
    /// The new library, open.
    pub store: Store,
    /// Where the damaged file is kept.
    pub kept: PathBuf,
    /// Undo steps that were saved.
    pub saved: usize,
    /// Undo steps that could not be read anywhere.
    pub lost: usize,
}

/// Whether there is a backup beside a file, so that it was a library once, whatever it is now.
#[must_use]
pub fn has_backups(path: &Path) -> bool {
    !backups(path, "").is_empty()
}

/// Makes a new library in the place of a damaged one. `stamp` tells the kept files of two damages apart; `today`
/// (`2026-11-26`) which backups a wrong clock has dated.
///
/// # Errors
/// [`StoreError`] when another program has the library open, or the disk refuses; then the damaged file is where it was,
/// so that it can be tried again: an empty library in its place would look whole.
pub fn recover(path: &Path, stamp: &str, today: &str) -> Result<Recovered, StoreError> {
    let cannot = |error: std::io::Error| StoreError::Disk { reason: error.to_string(), path: path.to_owned() };
    // Nobody else may have it open while it is moved.
    let lock = super::private(&with_suffix(path, "-lock")).map_err(cannot)?;
    if matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
        return Err(StoreError::InUse { path: path.to_owned() });
    }
    let kept = with_suffix(path, &format!("{DAMAGED}{stamp}"));
    let fresh = with_suffix(&kept, "-new");
    let (words, lost) = saved(path, backups(path, today).last());
    Store::write_backup(&words, &fresh)?;
    if let Err(error) = exchange(path, &kept, &fresh) {
        // It can be made again; that it could not be put there is what counts.
        drop(std::fs::remove_file(&fresh));
        return Err(cannot(error));
    }
    drop(lock);
    Ok(Recovered { store: Store::open(path)?, kept, saved: words.steps.len(), lost })
}

/// Puts `fresh` in the place of a library, which is kept as `kept` with its log; or leaves everything as it was.
fn exchange(path: &Path, kept: &Path, fresh: &Path) -> std::io::Result<()> {
    let mut moved = Vec::new();
    let mut put = || {
        for suffix in ["-wal", "-shm"] {
            let (from, to) = (with_suffix(path, suffix), with_suffix(kept, suffix));
            if from.exists() {
                std::fs::rename(&from, &to)?;
                moved.push((from, to));
            }
        }
        // Where there are links, something stands at the path at any moment, even should the process be killed.
        if std::fs::hard_link(path, kept).is_err() {
            std::fs::rename(path, kept)?;
        }
        std::fs::rename(fresh, path).inspect_err(|_| {
            let back = if path.exists() { std::fs::remove_file(kept) } else { std::fs::rename(kept, path) };
            drop(back);
        })
    };
    let done = put();
    if done.is_err() {
        for (from, to) in moved {
            drop(std::fs::rename(to, from));
        }
    }
    done
}

/// What the damaged file still holds, holes filled from the backup; and how many steps are in neither.
fn saved(damaged: &Path, backup: Option<&PathBuf>) -> (Words, usize) {
    // Not read-only: the log of a process that was killed must be taken in first.
    let open =
        |path: &Path, flags: OpenFlags| Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let old = open(damaged, OpenFlags::SQLITE_OPEN_READ_WRITE).ok();
    let spare = backup.and_then(|path| open(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok());
    let spare = spare.and_then(|connection| words(&connection).ok()).unwrap_or_default();
    let Some(old) = old else { return (spare, 0) };
    let count = old.query_row("SELECT max(number) + 1 FROM step", [], |row| row.get::<_, Option<i64>>(0));
    let cursor = meta(&old, "cursor").ok();
    let count = count.ok().flatten().unwrap_or(0).max(cursor.unwrap_or(0)).max(0);
    let mut words =
        Words { next_person: meta(&old, "next_person").unwrap_or(0).max(spare.next_person), ..Words::default() };
    let mut lost = 0;
    // The backup counts alone only where the damaged file says nothing at all about its steps.
    if count == 0 && cursor.is_none_or(|cursor| cursor == 0) && !spare.steps.is_empty() {
        (words.steps, words.cursor) = (spare.steps, spare.cursor);
    } else {
        let cursor = cursor.unwrap_or(count);
        for number in 0..count {
            let step =
                old.query_row("SELECT edits FROM step WHERE number = ?1", [number], |row| row.get::<_, String>(0));
            let step =
                step.optional().ok().flatten().filter(|text| serde_json::from_str::<serde_json::Value>(text).is_ok());
            match step.or_else(|| spare.steps.get(number as usize).cloned()) {
                Some(text) => {
                    words.steps.push(text);
                    words.cursor += i64::from(number < cursor);
                }
                None => lost += 1,
            }
        }
    }
    // Also who was made by a step that is lost: what was said of one must never be taken for a word about another.
    let said = words.steps.iter().flat_map(|text| super::edits::parsed(text));
    let highest = said.filter_map(|edit| super::edits::highest_person(&edit)).max();
    words.next_person = words.next_person.max(highest.map_or(1, |person| i64::from(person) + 1));
    words.folders = folders(&old).unwrap_or_default();
    words.folders.extend(spare.folders);
    words.folders.sort();
    words.folders.dedup();
    words.forgotten = forgotten(&old).unwrap_or_default();
    words.forgotten.extend(spare.forgotten);
    (words, lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Edit, PersonId, Preset};

    #[test]
    fn a_recovery_that_fails_leaves_the_damaged_file_in_its_place() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("l.albumen");
        let mut store = Store::open(&path).unwrap();
        store.push_step(&[Edit::SetPreset { preset: Preset::Loose }], true).unwrap();
        store.back_up("2026-01-01").unwrap();
        drop(store);
        let damaged = vec![7u8; 5000];
        std::fs::write(&path, &damaged).unwrap();
        // Something stands where the new file would be made, or where the damaged one would be kept.
        for name in ["l.albumen.damaged-stamp-new", "l.albumen.damaged-stamp"] {
            let wall = temp.path().join(name);
            std::fs::create_dir_all(wall.join("inside")).unwrap();
            assert!(matches!(recover(&path, "stamp", "2026-01-02"), Err(StoreError::Disk { .. })), "{name}");
            assert_eq!(std::fs::read(&path).unwrap(), damaged, "{name}");
            assert!(has_backups(&path), "it will be tried again");
            std::fs::remove_dir_all(wall).unwrap();
        }
        let left: Vec<_> = std::fs::read_dir(temp.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().contains("damaged")), "{left:?}");
        let Recovered { store, kept, saved, lost } = recover(&path, "stamp", "2026-01-02").unwrap();
        assert_eq!((std::fs::read(kept).unwrap(), saved, lost), (damaged, 1, 0));
        assert_eq!(store.load().unwrap().cursor, 1);
        let left: Vec<_> = std::fs::read_dir(temp.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().contains("new")), "{left:?}");
    }

    #[test]
    fn a_person_whose_making_was_lost_is_not_made_again() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("l");
        let store = Store::open(&path).unwrap();
        let refused = serde_json::to_string(&[Edit::NotThisPerson { faces: Vec::new(), person: PersonId(8) }]).unwrap();
        let merged = serde_json::to_string(&[Edit::MergePersons { from: PersonId(9), into: PersonId(2) }]).unwrap();
        for (number, text) in [(4, refused), (5, merged)] {
            store.connection.execute("INSERT INTO step VALUES (?1, ?2)", rusqlite::params![number, text]).unwrap();
        }
        // Where the number of the next person was, nothing can be read.
        store.connection.execute_batch("DELETE FROM meta; INSERT INTO meta VALUES ('cursor', 6)").unwrap();
        drop(store);
        let recovered = recover(&path, "stamp", "2026-01-02").unwrap();
        assert_eq!((recovered.saved, recovered.lost), (2, 4));
        assert_eq!(recovered.store.load().unwrap().next_person, 10);
    }
}
