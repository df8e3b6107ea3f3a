//! Neighbour lists, as bytes of which the store knows nothing: kept in pieces, so that no write takes long. They count
//! only when all of them are there.

use rusqlite::{OptionalExtension as _, params};

use super::machine::Reader;
use super::rows::Sql;
use super::{Store, StoreError};

/// Bytes of a piece: written and flushed in the time of an edit.
const PIECE: usize = 1 << 20;
/// Names the setting that says how many pieces there are and whose embeddings they are about.
const HEAD: &str = "neighbours";

impl Store {
    /// Writes a piece of the lists that `model`'s embeddings lead to, the first with number 0, each in a transaction of its
    /// own. Gives whether it was the last: from then on [`Reader::lists`] has them. The lists of before are gone with the
    /// first piece.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses.
    pub fn save_lists(&mut self, bytes: &[u8], number: usize, model: &str) -> Result<bool, StoreError> {
        let pieces = bytes.len().div_ceil(PIECE);
        let piece = bytes.get(number * PIECE..bytes.len().min((number + 1) * PIECE)).unwrap_or_default();
        let last = number + 1 >= pieces;
        self.transaction(|connection| {
            if number == 0 {
                connection.execute("DELETE FROM setting WHERE name = ?1", [HEAD])?;
            }
            connection.execute("INSERT OR REPLACE INTO neighbours VALUES (?1, ?2)", params![number as i64, piece])?;
            if last {
                connection.execute("DELETE FROM neighbours WHERE piece > ?1", [number as i64])?;
                let head = format!("{pieces} {model}");
                connection.execute("INSERT OR REPLACE INTO setting VALUES (?1, ?2)", [HEAD, &head])?;
            }
            Ok(last)
        })
    }
}

/// Drops all lists: they name faces that are to be forgotten.
pub(super) fn forget_lists(connection: &rusqlite::Connection) -> Sql<()> {
    connection.execute("DELETE FROM setting WHERE name = ?1", [HEAD])?;
    connection.execute("DELETE FROM neighbours", []).map(|_rows| ())
}

impl Reader {
    /// The lists that were kept last, if they are whole and about this model's embeddings.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged.
    pub fn lists(&self, model: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || -> Sql<Option<Vec<u8>>> {
            // One look: a piece that is replaced meanwhile would not fit the others.
            let transaction = self.connection.unchecked_transaction()?;
            let head: Option<String> = transaction
                .query_row("SELECT value FROM setting WHERE name = ?1", [HEAD], |row| row.get(0))
                .optional()?;
            let head = head.as_deref().and_then(|head| head.split_once(' ')).filter(|(_, of)| *of == model);
            let Some(pieces) = head.and_then(|(pieces, _)| pieces.parse::<i64>().ok()) else { return Ok(None) };
            let mut bytes = Vec::with_capacity(pieces as usize * PIECE);
            let mut statement = transaction.prepare("SELECT bytes FROM neighbours WHERE piece < ?1 ORDER BY piece")?;
            let mut rows = statement.query([pieces])?;
            while let Some(row) = rows.next()? {
                bytes.extend(row.get_ref(0)?.as_blob()?);
            }
            Ok(Some(bytes))
        };
        read().map_err(|error| super::error::named(&error, &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_count_when_they_are_whole_and_of_this_model() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("l");
        let mut store = Store::open(&path).unwrap();
        let read = |model: &str| Reader::open(&path).unwrap().lists(model).unwrap();
        assert_eq!(read("one"), None);
        let long: Vec<u8> = (0..PIECE * 2 + 77).map(|number| number as u8).collect();
        for (number, last) in [(0, false), (1, false), (2, true)] {
            assert_eq!(read("one"), None, "piece {number}");
            assert_eq!(store.save_lists(&long, number, "one").unwrap(), last);
        }
        assert_eq!((read("one").as_deref(), read("two")), (Some(long.as_slice()), None));
        // Shorter ones of another model; those of before are gone with the first piece.
        assert!(!store.save_lists(&long[..=PIECE], 0, "a two").unwrap());
        assert_eq!(read("one"), None);
        assert!(store.save_lists(&long[..=PIECE], 1, "a two").unwrap());
        assert_eq!(read("a two").as_deref(), Some(&long[..=PIECE]));
        let rows: i64 = store.connection.query_row("SELECT count(*) FROM neighbours", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 2);
        store.transaction(forget_lists).unwrap();
        assert_eq!(read("a two"), None);
    }
}
