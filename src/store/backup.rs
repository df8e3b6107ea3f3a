//! Backups of what cannot be made again: the user's words and the list of folders. They hold no faces, so they are small,
//! and a library made from one is whole again after a scan.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::edits::{meta, set_meta, texts};
use super::rows::Sql;
use super::{Store, StoreError, with_suffix};

/// Backups that are kept.
const KEPT: usize = 3;
/// Comes after the library's name, before the day.
const MARK: &str = ".backup-";
/// The same of a damaged file that is kept, before a time.
pub(super) const DAMAGED: &str = ".damaged-";

/// The words of a library, as they are stored.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Words {
    pub(super) folders: Vec<Vec<u8>>,
    pub(super) forgotten: Vec<(Vec<u8>, i64)>,
    pub(super) steps: Vec<String>,
    pub(super) cursor: i64,
    pub(super) next_person: i64,
}

impl Store {
    /// Writes the backup of a day (`2026-11-26`) unless it is there, and drops all but the newest three. Whether one was
    /// written. A library without words needs none.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses.
    pub fn back_up(&self, day: &str) -> Result<bool, StoreError> {
        let target = with_suffix(&self.path, &format!("{MARK}{day}"));
        if target.exists() {
            return Ok(false);
        }
        let words = words(&self.connection).map_err(self.named())?;
        // That somebody was forgotten is a word, too, and the only one that forgetting leaves of it.
        if words.steps.is_empty() && words.forgotten.is_empty() {
            return Ok(false);
        }
        Self::write_backup(&words, &target)?;
        let old = backups(&self.path, day);
        for path in old.iter().rev().skip(KEPT) {
            remove(path)?;
        }
        Ok(true)
    }

    /// Replaces every backup by one of now: after something was forgotten, no copy of it may stay, nor what a killed process
    /// has left of one. The last step of forgetting: [`Self::vacuum_is_due`] no more.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses.
    pub fn renew_backups(&self, day: &str) -> Result<(), StoreError> {
        for path in backups(&self.path, day).into_iter().chain(halves(&self.path)) {
            remove(&path)?;
        }
        self.back_up(day)?;
        set_meta(&self.connection, "vacuum", 0).map_err(self.named())
    }

    /// Damaged files that recoveries have kept, oldest first. They hold what has been forgotten since; only their owner may
    /// say that they are not needed any more.
    #[must_use]
    pub fn damaged_copies(&self) -> Vec<PathBuf> {
        beside(&self.path, DAMAGED, &|rest| !["-new", "-wal", "-shm"].iter().any(|part| rest.contains(part)))
    }

    /// A backup appears under its name only when it is whole.
    pub(super) fn write_backup(words: &Words, target: &Path) -> Result<(), StoreError> {
        let cannot = |error: std::io::Error| StoreError::Disk { reason: error.to_string(), path: target.to_owned() };
        let part = with_suffix(target, "-part");
        let clear = |suffixes: &[&str]| {
            for suffix in suffixes {
                drop(std::fs::remove_file(with_suffix(&part, suffix)));
            }
        };
        clear(&["", "-wal", "-shm", "-lock"]);
        let written = Self::open(&part).and_then(|mut store| {
            put_words(&mut store, words)?;
            store.connection.pragma_update(None, "journal_mode", "DELETE").map_err(store.named())
        });
        // On a full disk, half a backup would only be in the way.
        clear(if written.is_ok() { &["-lock"] } else { &["", "-wal", "-shm", "-lock"] });
        written?;
        std::fs::rename(&part, target).map_err(|error| {
            clear(&[""]);
            cannot(error)
        })
    }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    std::fs::remove_file(path).map_err(|error| StoreError::Disk { reason: error.to_string(), path: path.to_owned() })
}

/// The backups of a library, oldest first. One of a day that is yet to come was written while the clock was wrong: it is
/// older than any that was written since.
pub(super) fn backups(library: &Path, today: &str) -> Vec<PathBuf> {
    // A day and nothing after it.
    let mut found = beside(library, MARK, &|day| day.len() == 10 && !day.contains("part"));
    let to_come = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.rsplit_once(MARK).is_some_and(|(_, day)| day > today)
    };
    found.sort_by_cached_key(|path| (!to_come(path), path.clone()));
    found
}

/// What processes that were killed while they wrote a backup or the new file of a recovery have left.
fn halves(library: &Path) -> Vec<PathBuf> {
    let mut found = beside(library, MARK, &|rest| rest.get(10..).is_some_and(|end| end.starts_with("-part")));
    found.extend(beside(library, DAMAGED, &|rest| rest.contains("-new")));
    found
}

/// The files beside a library whose names are its own, a mark and a rest that fits; in order.
fn beside(library: &Path, mark: &str, fits: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let Some(name) = library.file_name().map(|name| name.to_string_lossy().into_owned()) else { return Vec::new() };
    let folder = library.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let start = name + mark;
    let ours = |path: &PathBuf| {
        path.file_name().is_some_and(|file| file.to_string_lossy().strip_prefix(&start).is_some_and(fits))
    };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(ours).collect();
    found.sort();
    found
}

/// Everything a backup holds.
pub(super) fn words(connection: &Connection) -> Sql<Words> {
    Ok(Words {
        folders: folders(connection)?,
        forgotten: forgotten(connection)?,
        steps: texts(connection)?,
        cursor: meta(connection, "cursor")?,
        next_person: meta(connection, "next_person")?,
    })
}

pub(super) fn folders(connection: &Connection) -> Sql<Vec<Vec<u8>>> {
    let mut statement = connection.prepare("SELECT path FROM folder ORDER BY path")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

pub(super) fn forgotten(connection: &Connection) -> Sql<Vec<(Vec<u8>, i64)>> {
    let mut statement = connection.prepare("SELECT photo, cell FROM forgotten")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Writes words into a new library.
pub(super) fn put_words(store: &mut Store, words: &Words) -> Result<(), StoreError> {
    store.transaction(|connection| {
        for folder in &words.folders {
            connection.execute("INSERT OR IGNORE INTO folder VALUES (?1)", [folder])?;
        }
        for (photo, cell) in &words.forgotten {
            connection.execute("INSERT OR IGNORE INTO forgotten VALUES (?1, ?2)", params![photo, cell])?;
        }
        for (number, step) in words.steps.iter().enumerate() {
            connection.execute("INSERT INTO step VALUES (?1, ?2)", params![number as i64, step])?;
        }
        set_meta(connection, "cursor", words.cursor.clamp(0, words.steps.len() as i64))?;
        set_meta(connection, "next_person", words.next_person.max(1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Edit, Preset};

    #[test]
    fn one_a_day_and_the_newest_three() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("l.albumen");
        let mut store = Store::open(&path).unwrap();
        assert!(!store.back_up("2026-01-01").unwrap(), "nothing to lose yet");
        store.add_folder(Path::new("/p")).unwrap();
        store.push_step(&[Edit::SetPreset { preset: Preset::Loose }], true).unwrap();
        assert!(store.back_up("2026-01-01").unwrap());
        assert!(!store.back_up("2026-01-01").unwrap());
        for day in ["2026-01-02", "2026-01-03", "2026-01-05"] {
            assert!(store.back_up(day).unwrap());
        }
        let names: Vec<String> = backups(&path, "2026-01-05")
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(
            names,
            ["l.albumen.backup-2026-01-02", "l.albumen.backup-2026-01-03", "l.albumen.backup-2026-01-05"]
        );
        // A backup is a library.
        let loaded = Store::open(&temp.path().join(&names[0])).unwrap().load().unwrap();
        assert_eq!((loaded.folders.len(), loaded.steps.len(), loaded.cursor), (1, 1, 1));
        store.renew_backups("2026-01-09").unwrap();
        assert_eq!(backups(&path, "2026-01-09").len(), 1);
        let files = std::fs::read_dir(temp.path()).unwrap();
        let left: Vec<_> = files
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name.to_string_lossy().contains("part"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }

    fn names(paths: &[PathBuf]) -> Vec<String> {
        paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    /// A clock that was years ahead for a few days must not keep all later backups away.
    #[test]
    fn backups_of_days_to_come_are_the_oldest() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("l");
        let mut store = Store::open(&path).unwrap();
        store.push_step(&[Edit::SetPreset { preset: Preset::Loose }], true).unwrap();
        for day in ["2031-05-01", "2031-05-02", "2031-05-03"] {
            assert!(store.back_up(day).unwrap());
        }
        assert!(store.back_up("2026-01-01").unwrap());
        let found = names(&backups(&path, "2026-01-01"));
        assert_eq!(found, ["l.backup-2031-05-02", "l.backup-2031-05-03", "l.backup-2026-01-01"]);
        for day in ["2026-01-02", "2026-01-03"] {
            assert!(store.back_up(day).unwrap());
        }
        let found = names(&backups(&path, "2026-01-03"));
        assert_eq!(found, ["l.backup-2026-01-01", "l.backup-2026-01-02", "l.backup-2026-01-03"]);
    }

    #[test]
    fn no_half_of_a_backup_outlives_forgetting() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("l");
        let mut store = Store::open(&path).unwrap();
        store.push_step(&[Edit::SetPreset { preset: Preset::Loose }], true).unwrap();
        let put = |name: &str| std::fs::write(temp.path().join(name), b"Annabella").unwrap();
        let halves =
            ["l.backup-2026-01-01-part", "l.backup-2026-01-01-part-wal", "l.damaged-1-new", "l.damaged-1-new-part"];
        let kept = ["l.damaged-1", "l.damaged-1-wal", "other.backup-2026-01-01-part"];
        halves.into_iter().chain(kept).for_each(put);
        set_meta(&store.connection, "vacuum", 1).unwrap();
        store.vacuum().unwrap();
        assert!(store.vacuum_is_due().unwrap(), "the backups hold it still");
        store.renew_backups("2026-01-02").unwrap();
        assert!(!store.vacuum_is_due().unwrap());
        assert!(halves.iter().all(|name| !temp.path().join(name).exists()));
        assert!(kept.iter().all(|name| temp.path().join(name).exists()), "what is not ours, or not ours to remove");
        assert_eq!(names(&store.damaged_copies()), ["l.damaged-1"]);
    }

    #[test]
    fn who_was_forgotten_is_in_the_backup_though_nothing_else_was_said() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("l");
        let store = Store::open(&path).unwrap();
        store.connection.execute("INSERT INTO forgotten VALUES (x'01', 7)", []).unwrap();
        assert!(store.back_up("2026-01-01").unwrap());
        drop(store);
        std::fs::write(&path, b"no library any more").unwrap();
        let recovered = crate::store::recover(&path, "stamp", "2026-01-02").unwrap();
        assert_eq!(forgotten(&recovered.store.connection).unwrap(), [(vec![1], 7)]);
    }
}
