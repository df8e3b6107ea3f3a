//! Large machine values: embeddings, and the groups of the last time.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::edits::meta;
use super::rows::{Sql, embedding_numbers};
use super::{Store, StoreError};
use crate::domain::FaceId;

impl Store {
    /// Counts changes that make groups old: new or gone faces, and what the user says about them.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged.
    pub fn revision(&self) -> Result<i64, StoreError> {
        meta(&self.connection, "revision").map_err(self.named())
    }

    /// Keeps groups for the next start. `revision` is the one they were made at, `way` how.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses.
    pub fn save_clusters(&mut self, clusters: &[Vec<FaceId>], revision: i64, way: &str) -> Result<(), StoreError> {
        let mut bytes: Vec<u8> = Vec::with_capacity(clusters.len() * 8);
        for cluster in clusters {
            bytes.extend((cluster.len() as u32).to_le_bytes());
            bytes.extend(cluster.iter().flat_map(|face| face.0.to_le_bytes()));
        }
        self.transaction(|connection| {
            connection
                .execute("INSERT OR REPLACE INTO grouping VALUES (1, ?1, ?2, ?3)", params![revision, way, bytes])
                .map(|_rows| ())
        })
    }

    /// The stored groups, how they were made, and whether nothing has changed since.
    pub(super) fn clusters(&self) -> Sql<(Vec<Vec<FaceId>>, String, bool)> {
        let stored: Option<(i64, String, Vec<u8>)> = self
            .connection
            .query_row("SELECT revision, way, clusters FROM grouping", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((revision, way, bytes)) = stored else { return Ok((Vec::new(), String::new(), false)) };
        let mut numbers = bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
        let mut clusters = Vec::new();
        while let Some(count) = numbers.next() {
            clusters.push(numbers.by_ref().take(count as usize).map(FaceId).collect());
        }
        Ok((clusters, way, revision == meta(&self.connection, "revision")?))
    }
}

/// Reads large values beside the store, from another thread.
pub struct Reader {
    pub(super) connection: Connection,
    pub(super) path: std::path::PathBuf,
}

impl Reader {
    /// Opens the library to read.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let (connection, _version) = super::onlooker(path)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// The embeddings of these faces, as far as this model made them: ids ascending, and their rows one after another.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged.
    pub fn embeddings(&self, faces: &BTreeSet<FaceId>, model: &str) -> Result<(Vec<FaceId>, Vec<f32>), StoreError> {
        let (mut ids, mut values) = (Vec::with_capacity(faces.len()), Vec::new());
        let (Some(first), Some(last)) = (faces.first(), faces.last()) else { return Ok((ids, values)) };
        let mut read = || -> Sql<()> {
            let mut statement = self.connection.prepare_cached(
                "SELECT face.id, embedding.value FROM face
                 JOIN embedding ON embedding.face = face.id JOIN photo ON photo.id = face.photo
                 WHERE face.id BETWEEN ?1 AND ?2 AND photo.model = ?3 ORDER BY face.id",
            )?;
            let mut rows = statement.query(params![first.0, last.0, model])?;
            while let Some(row) = rows.next()? {
                let face = FaceId(row.get(0)?);
                if faces.contains(&face) {
                    ids.push(face);
                    embedding_numbers(row.get_ref(1)?.as_blob()?, &mut values);
                }
            }
            Ok(())
        };
        read().map_err(|error| super::error::named(&error, &self.path))?;
        Ok((ids, values))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::store::Outcome;
    use crate::store::tests::{MODEL, file, new_photo, no_pins};

    /// As on a disk that cannot be written; here it is the log that cannot be made, since the superuser may write anywhere.
    #[test]
    fn embeddings_are_read_where_nothing_may_be_written() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("l");
        let mut store = Store::open(&path).unwrap();
        let written = store.write(&[file("/p/a.jpg", Outcome::Photo(new_photo(1, 1)))], MODEL, &no_pins).unwrap();
        drop(store);
        std::os::unix::fs::symlink("/no/such/folder/log", temp.path().join("l-wal")).unwrap();
        let faces = written.faces.iter().map(|stored| stored.face.id).collect();
        assert_eq!(Store::open_to_read(&path).unwrap().load().unwrap().faces, written.faces);
        assert_eq!(Reader::open(&path).unwrap().embeddings(&faces, MODEL).unwrap().0.len(), 1);
    }
}
