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
            let (steps, cursor, next_person) = read(words, steps, &self.connection)?;
            let rows = read(faces, face_rows, &self.connection)?;
            let mut at = 0;
            let mut shown = |row: FaceRow| {
                // A photo's faces were mostly stored together, and after those of the photo before it.
                let same = |place: &usize| photos.get(*place).is_some_and(|photo| photo.id == row.photo);
                let near = Some(at).filter(same).or(Some(at + 1).filter(same));
                at = near.or_else(|| photos.binary_search_by_key(&row.photo, |photo| photo.id).ok())?;
                photos.get(at).map(|photo| row.of(photo.hash, photo.width, photo.height))
            };
            let faces = rows.into_iter().filter_map(&mut shown).collect();
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

/// What a thread beside this one has read; read here where there is none, or where it could not.
fn read<T>(
    thread: Option<ScopedJoinHandle<'_, Sql<T>>>,
    work: impl Fn(&Connection) -> Sql<T>,
    connection: &Connection,
) -> Sql<T> {
    let beside = thread.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    beside.and_then(Result::ok).map_or_else(|| work(connection), Ok)
}

/// Every known file by path, and which photo is at which path, by photo and path.
#[expect(clippy::type_complexity, reason = "two lists that are made in one pass")]
fn files(connection: &Connection) -> Sql<(BTreeMap<PathBuf, KnownFile>, Vec<(PhotoId, PathBuf)>)> {
    let mut statement =
        connection.prepare("SELECT path, size, modified_ns, photo, skipped, problem FROM file ORDER BY path")?;
    let mut rows = statement.query([])?;
    let (mut files, mut paths) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let file = known_file(row)?;
        if let KnownState::Photo(photo) = file.state {
            paths.push((photo, file.path.clone()));
        }
        files.push((file.path.clone(), file));
    }
    paths.sort_unstable_by(|(one, path), (other, beside)| one.cmp(other).then_with(|| path.cmp(beside)));
    // All at once: to compare paths takes long, and these are in order but for signs that sort before a slash.
    Ok((files.into_iter().collect(), paths))
}

/// The photos that have paths, by id. Others keep their rows for the day a file comes back, but are not shown.
fn photos(connection: &Connection, paths: Vec<(PhotoId, PathBuf)>) -> Sql<Vec<Arc<Photo>>> {
    let mut statement = connection.prepare(&format!("{PHOTOS} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let mut photos = Vec::new();
    let mut paths = paths.into_iter().peekable();
    while let Some(row) = rows.next()? {
        let id = PhotoId(row.get(0)?);
        // Files of photos that have no row, which only a damaged library has.
        while paths.next_if(|(photo, _)| *photo < id).is_some() {}
        let own: Vec<PathBuf> =
            std::iter::from_fn(|| paths.next_if(|(photo, _)| *photo == id)).map(|(_, path)| path).collect();
        if !own.is_empty() {
            photos.push(Arc::new(photo(row, own)?));
        }
    }
    Ok(photos)
}

fn face_rows(connection: &Connection) -> Sql<Vec<FaceRow>> {
    let mut statement = connection.prepare(&format!("{FACES} ORDER BY id"))?;
    let rows = statement.query_map([], face_row)?;
    rows.collect()
}
