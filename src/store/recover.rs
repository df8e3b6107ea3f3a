//! A damaged library: the damaged file is kept aside, the user's words are saved from it and from the newest backup into
//! a new file in its place. Photos must be scanned again; no word may be lost that can be read.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::backup::{Words, backups, folders, forgotten, put_words, words};
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
    !backups(path).is_empty()
}

/// Makes a new library in the place of a damaged one. `stamp` tells the kept files of two damages apart.
///
/// # Errors
/// [`StoreError`] when another program has the library open, or the disk refuses.
pub fn recover(path: &Path, stamp: &str) -> Result<Recovered, StoreError> {
    let cannot = |error: std::io::Error| StoreError::Disk { reason: error.to_string(), path: path.to_owned() };
    // Nobody else may have it open while it is moved.
    let lock = super::private(&with_suffix(path, "-lock")).map_err(cannot)?;
    if matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
        return Err(StoreError::InUse { path: path.to_owned() });
    }
    let kept = with_suffix(path, &format!(".damaged-{stamp}"));
    for suffix in ["-wal", "-shm", ""] {
        let from = with_suffix(path, suffix);
        if from.exists() {
            std::fs::rename(&from, with_suffix(&kept, suffix)).map_err(cannot)?;
        }
    }
    drop(lock);
    let (words, lost) = saved(&kept, backups(path).last());
    let mut store = Store::open(path)?;
    put_words(&mut store, &words)?;
    Ok(Recovered { store, kept, saved: words.steps.len(), lost })
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
    let made = words.steps.iter().flat_map(|text| super::edits::parsed(text));
    let highest = made.filter_map(|edit| super::edits::made_person(&edit)).max();
    words.next_person = words.next_person.max(highest.map_or(1, |person| i64::from(person) + 1));
    words.folders = folders(&old).unwrap_or_default();
    words.folders.extend(spare.folders);
    words.folders.sort();
    words.folders.dedup();
    words.forgotten = forgotten(&old).unwrap_or_default();
    words.forgotten.extend(spare.forgotten);
    (words, lost)
}
