//! Opening a library, whatever state it is in: what is damaged is kept aside and its words are saved.

use std::path::Path;

use super::words;
use crate::domain::NoticeLevel;
use crate::store::{self, Loaded, Recovered, Store, StoreError};

/// A sentence for the user about the opening.
pub(super) type Word = (NoticeLevel, String);

/// Opens a library to write, or only to read.
pub(super) fn open(path: &Path, read_only: bool) -> Result<(Store, Option<Word>), StoreError> {
    if read_only {
        return Ok((Store::open_to_read(path)?, None));
    }
    // An empty file would become an empty library, as if nothing had ever been said.
    if path.metadata().is_ok_and(|file| file.is_file() && file.len() == 0) && store::has_backups(path) {
        return recovered(path);
    }
    match Store::open(path) {
        Ok(store) => Ok((store, None)),
        Err(StoreError::Damaged { .. }) => recovered(path),
        // With backups beside it this was a library once.
        Err(StoreError::NotALibrary { .. }) if path.is_file() && store::has_backups(path) => recovered(path),
        Err(error) => Err(error),
    }
}

fn recovered(path: &Path) -> Result<(Store, Option<Word>), StoreError> {
    let stamp = jiff::ZonedDateTime::now().strftime("%Y%m%d-%H%M%S").to_string();
    let Recovered { store, kept, saved, lost } = store::recover(path, &stamp, &today())?;
    Ok((store, Some((NoticeLevel::Error, words::opening::recovered(saved, lost, &kept)))))
}

/// Reads a library; one that turns out to be damaged is recovered, and one that cannot be read at all becomes an empty
/// one that cannot be changed. Also finishes what was forgotten and not yet wiped.
pub(super) fn load(store: Store) -> (Store, Loaded, Vec<Word>) {
    let path = store.path().to_owned();
    let (store, loaded, word) = match read_or_recover(store) {
        Ok(done) => done,
        Err(error) => (Store::nothing(&path), Loaded::default(), Some((NoticeLevel::Error, error.to_string()))),
    };
    let mut words: Vec<Word> = word.into_iter().collect();
    if !store.is_read_only() {
        words.extend(upkeep(&store).err().map(|error| (NoticeLevel::Error, error.to_string())));
    }
    (store, loaded, words)
}

fn read_or_recover(store: Store) -> Result<(Store, Loaded, Option<Word>), StoreError> {
    match store.load() {
        Ok(loaded) => Ok((store, loaded, None)),
        Err(StoreError::Damaged { .. }) if !store.is_read_only() => {
            let path = store.path().to_owned();
            // Closed first, so that it can be moved.
            drop(store);
            let (store, word) = recovered(&path)?;
            let loaded = store.load()?;
            Ok((store, loaded, word))
        }
        Err(error) => Err(error),
    }
}

fn upkeep(store: &Store) -> Result<(), StoreError> {
    if store.vacuum_is_due()? {
        store.vacuum()?;
        store.renew_backups(&today())?;
    }
    Ok(())
}

/// The day a backup is named after.
pub(super) fn today() -> String {
    jiff::ZonedDateTime::now().date().to_string()
}
