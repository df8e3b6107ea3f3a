//! Everything that a start needs, read at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;

use rusqlite::Connection;

use super::edits::steps;
use super::paths::from_bytes;
use super::rows::{FACES, FaceRow, PHOTOS, Sql, face_row, known_file, photo};
use super::{KnownFile, KnownState, Loaded, Store, StoreError, reader};
use crate::domain::{Photo, PhotoId};

impl Store {
    /// Everything in the file but the large values.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged or the disk refuses.
    pub fn load(&self) -> Result<Loaded, StoreError> {
        self.load_all().map_err(self.named())
    }

    /// Faces and edits are read on connections of their own meanwhile: each is about a third of the work.
    fn load_all(&self) -> Sql<Loaded> {
        std::thread::scope(|scope| {
            let faces = self.beside().map(|connection| scope.spawn(move || face_rows(&connection)));
            let words = self.beside().map(|connection| scope.spawn(move || steps(&connection)));
            let mut statement = self.connection.prepare("SELECT path FROM folder ORDER BY path")?;
            let folders = statement.query_map([], |row| row.get(0).map(from_bytes))?.collect::<Sql<_>>()?;
            let (files, paths) = files(&self.connection)?;
            let photos = photos(&self.connection, paths)?;
            let model = self.setting("model")?.unwrap_or_default();
            let (clusters, clusters_way, clusters_fresh) = self.clusters()?;
            let (steps, cursor, next_person) = joined(words).unwrap_or_else(|| steps(&self.connection))?;
            let rows = joined(faces).unwrap_or_else(|| face_rows(&self.connection))?;
            let shown = |row: FaceRow| {
                let place = photos.binary_search_by(|photo: &Arc<Photo>| photo.id.cmp(&row.photo)).ok()?;
                photos.get(place).map(|photo| row.of(photo.hash, photo.width, photo.height))
            };
            let faces = rows.into_iter().filter_map(shown).collect();
            Ok(Loaded {
                folders,
                files,
                photos,
                faces,
                clusters,
                clusters_way,
                clusters_fresh,
                model,
                steps,
                cursor,
                next_person,
            })
        })
    }

    /// Another connection to the same state of the file: while the library is open to write, nobody else changes it. `None`
    /// where there can be none.
    fn beside(&self) -> Option<Connection> {
        self.lock.as_ref().and_then(|_lock| reader(&self.path).ok())
    }
}

/// What a thread beside this one has read, if there is one.
fn joined<T>(thread: Option<ScopedJoinHandle<'_, Sql<T>>>) -> Option<Sql<T>> {
    thread.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// Every known file by path, and the paths of each photo.
#[expect(clippy::type_complexity, reason = "two maps that are made in one pass")]
fn files(connection: &Connection) -> Sql<(BTreeMap<PathBuf, KnownFile>, BTreeMap<PhotoId, Vec<PathBuf>>)> {
    let mut statement =
        connection.prepare("SELECT path, size, modified_ns, photo, skipped, problem FROM file ORDER BY path")?;
    let mut rows = statement.query([])?;
    let mut paths: BTreeMap<PhotoId, Vec<PathBuf>> = BTreeMap::new();
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        let file = known_file(row)?;
        if let KnownState::Photo(photo) = file.state {
            paths.entry(photo).or_default().push(file.path.clone());
        }
        files.push((file.path.clone(), file));
    }
    // All at once: to compare paths takes long, and these are in order but for signs that sort before a slash.
    Ok((files.into_iter().collect(), paths))
}

/// The photos that have paths, by id. Others keep their rows for the day a file comes back, but are not shown.
fn photos(connection: &Connection, mut paths: BTreeMap<PhotoId, Vec<PathBuf>>) -> Sql<Vec<Arc<Photo>>> {
    let mut statement = connection.prepare(&format!("{PHOTOS} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let mut photos = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(mut paths) = paths.remove(&PhotoId(row.get(0)?)) {
            paths.sort();
            photos.push(Arc::new(photo(row, paths)?));
        }
    }
    Ok(photos)
}

fn face_rows(connection: &Connection) -> Sql<Vec<FaceRow>> {
    let mut statement = connection.prepare(&format!("{FACES} ORDER BY id"))?;
    let rows = statement.query_map([], face_row)?;
    rows.collect()
}
