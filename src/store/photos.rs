//! Machine rows: folders, files, photos, faces.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::edits::bump;
use super::paths::{from_bytes, to_bytes};
use super::rows::{FACES, PHOTOS, Sql, embedding_bytes, face, packed, photo, trouble};
use super::{FileOutcome, NewFace, NewPhoto, Outcome, Pins, Store, StoreError, StoredFace, Written};
use crate::domain::{FaceBox, FaceId, FaceKey, PhotoHash, PhotoId, relink};

impl Store {
    /// Remembers a scanned folder. A folder inside a known one is known already; folders inside a new one are one with
    /// it.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses.
    pub fn add_folder(&mut self, folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
        self.transaction(|connection| {
            let mut statement = connection.prepare_cached("SELECT path FROM folder ORDER BY path")?;
            let mut folders: Vec<PathBuf> =
                statement.query_map([], |row| row.get(0).map(from_bytes))?.collect::<Sql<_>>()?;
            if !folders.iter().any(|known| folder.starts_with(known)) {
                for inside in folders.iter().filter(|known| known.starts_with(folder)) {
                    connection.execute("DELETE FROM folder WHERE path = ?1", [to_bytes(inside)])?;
                }
                folders.retain(|known| !known.starts_with(folder));
                connection.execute("INSERT OR IGNORE INTO folder VALUES (?1)", [to_bytes(folder)])?;
                folders.push(folder.to_owned());
                folders.sort();
            }
            Ok(folders)
        })
    }

    /// The photos whose faces were found by this model, by content.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged.
    pub fn contents(&self, model: &str) -> Result<BTreeMap<PhotoHash, PhotoId>, StoreError> {
        let read = || -> Sql<BTreeMap<PhotoHash, PhotoId>> {
            let mut statement = self.connection.prepare("SELECT hash, id FROM photo WHERE model = ?1")?;
            let rows = statement.query_map([model], |row| Ok((PhotoHash(row.get(0)?), PhotoId(row.get(1)?))))?;
            rows.collect()
        };
        read().map_err(self.named())
    }

    /// Says which model scans use from now on; whether that is another than before, so that groups must be made again.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses.
    pub fn set_model(&mut self, model: &str) -> Result<bool, StoreError> {
        if self.setting("model").map_err(self.named())?.as_deref() == Some(model) {
            return Ok(false);
        }
        self.transaction(|connection| {
            connection.execute("INSERT OR REPLACE INTO setting VALUES ('model', ?1)", [model])?;
            bump(connection)?;
            Ok(true)
        })
    }

    pub(super) fn setting(&self, name: &str) -> Sql<Option<String>> {
        self.connection.query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0)).optional()
    }

    /// Stores what became of some files, in one transaction. A path seen before moves to its new content; faces of a
    /// content are stored once. A face of a photo that was known keeps its key if it overlaps the old one, or one of
    /// the `pins`.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn write(&mut self, outcomes: &[FileOutcome], model: &str, pins: Pins<'_>) -> Result<Written, StoreError> {
        self.transaction(|connection| write_all(connection, outcomes, model, pins))
    }

    /// Stores a face the user drew, with what the model says of it. Nothing when the photo is not there, when this
    /// model has it already, or when the photo's own faces are of another model.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn write_drawn(&mut self, key: FaceKey, new: &NewFace, model: &str) -> Result<Written, StoreError> {
        self.transaction(|connection| {
            let known: Option<u32> = connection
                .query_row("SELECT id FROM photo WHERE hash = ?1 AND model = ?2", params![key.photo.0, model], |row| {
                    row.get(0)
                })
                .optional()?;
            let mut written = Written::default();
            let Some(photo) = known.map(PhotoId) else { return Ok(written) };
            let there = connection
                .prepare_cached("SELECT 1 FROM face WHERE photo = ?1 AND cell = ?2")?
                .exists(params![photo.0, packed(key.cell)])?;
            if !there {
                put_face(connection, photo, new, key, true)?;
                bump(connection)?;
                report(connection, &BTreeMap::from([(photo, false)]), &BTreeSet::new(), &mut written)?;
            }
            Ok(written)
        })
    }

    /// Forgets files that are no longer there. Their photos' rows wait for the day the files come back.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn forget_files(&mut self, files: &[PathBuf]) -> Result<Written, StoreError> {
        if files.is_empty() {
            return Ok(Written::default());
        }
        self.transaction(|connection| {
            let mut touched = BTreeMap::new();
            for file in files {
                let bytes = to_bytes(file);
                let photo: Option<Option<u32>> = connection
                    .prepare_cached("SELECT photo FROM file WHERE path = ?1")?
                    .query_row([&bytes], |row| row.get(0))
                    .optional()?;
                touch(connection, photo.flatten().map(PhotoId), &mut touched)?;
                connection.prepare_cached("DELETE FROM file WHERE path = ?1")?.execute([&bytes])?;
            }
            let mut written = Written::default();
            report(connection, &touched, &BTreeSet::new(), &mut written)?;
            if !written.gone_faces.is_empty() {
                bump(connection)?;
            }
            Ok(written)
        })
    }

    /// A face's thumbnail, a JPEG.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged.
    pub fn thumbnail(&self, face: FaceId) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || -> Sql<Option<Vec<u8>>> {
            let mut statement = self.connection.prepare_cached("SELECT jpeg FROM thumbnail WHERE face = ?1")?;
            statement.query_row([face.0], |row| row.get(0)).optional()
        };
        read().map_err(self.named())
    }
}

/// Remembers whether a photo was shown before this transaction changed its files.
fn touch(connection: &Connection, id: Option<PhotoId>, touched: &mut BTreeMap<PhotoId, bool>) -> Sql<()> {
    if let Some(id) = id
        && !touched.contains_key(&id)
    {
        let shown = connection.prepare_cached("SELECT 1 FROM file WHERE photo = ?1")?.exists([id.0])?;
        touched.insert(id, shown);
    }
    Ok(())
}

fn write_all(connection: &Connection, outcomes: &[FileOutcome], model: &str, pins: Pins<'_>) -> Sql<Written> {
    let mut touched = BTreeMap::new();
    let mut fresh = BTreeSet::new();
    let mut written = Written::default();
    for file in outcomes {
        let path = to_bytes(&file.path);
        let before: Option<Option<u32>> = connection
            .prepare_cached("SELECT photo FROM file WHERE path = ?1")?
            .query_row([&path], |row| row.get(0))
            .optional()?;
        touch(connection, before.flatten().map(PhotoId), &mut touched)?;
        let (mut id, mut skipped, mut problem) = (None, None, None);
        match &file.outcome {
            Outcome::Photo(new) => id = Some(put_photo(connection, new, model, pins, &mut fresh, &mut written)?),
            Outcome::Known(photo) => id = Some(*photo),
            Outcome::Skipped(reason) => skipped = Some(reason),
            Outcome::Failed(one) => problem = Some(trouble(one)),
        }
        touch(connection, id, &mut touched)?;
        connection.prepare_cached("INSERT OR REPLACE INTO file VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
            path,
            file.size as i64,
            file.modified_ns,
            id.map(|id| id.0),
            skipped,
            problem
        ])?;
    }
    report(connection, &touched, &fresh, &mut written)?;
    if !written.faces.is_empty() || !written.gone_faces.is_empty() {
        bump(connection)?;
    }
    Ok(written)
}

/// Stores a photo's rows unless this model did already. Photos new to the library, or new with this model, are `fresh`.
fn put_photo(
    connection: &Connection,
    new: &NewPhoto,
    model: &str,
    pins: Pins<'_>,
    fresh: &mut BTreeSet<PhotoId>,
    written: &mut Written,
) -> Sql<PhotoId> {
    let known: Option<(u32, String)> = connection
        .prepare_cached("SELECT id, model FROM photo WHERE hash = ?1")?
        .query_row([new.hash.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let mut keys: BTreeSet<FaceKey> = pins(new.hash).into_iter().collect();
    let taken = new.taken.and_then(|taken| serde_json::to_string(&taken).ok());
    let id = match known {
        Some((id, stored)) if stored == model => return Ok(PhotoId(id)),
        // Another model's rows are replaced; the user's words speak of keys, and keys are handed on.
        Some((id, _)) => {
            for old in stored_faces(connection, new.hash)? {
                written.gone_faces.push(old.face.id);
                keys.insert(old.face.key);
            }
            connection.execute("DELETE FROM face WHERE photo = ?1", [id])?;
            // Another version may decode the same bytes otherwise: boxes are in pixels of what it saw.
            connection
                .prepare_cached(
                    "UPDATE photo SET width = ?2, height = ?3, orientation = ?4, taken = ?5, model = ?6 WHERE id = ?1",
                )?
                .execute(params![id, new.width, new.height, new.orientation, taken, model])?;
            PhotoId(id)
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO photo (hash, width, height, orientation, taken, model) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![new.hash.0, new.width, new.height, new.orientation, taken, model])?;
            PhotoId(connection.last_insert_rowid() as u32)
        }
    };
    let mut forgotten = connection.prepare_cached("SELECT cell FROM forgotten WHERE photo = ?1")?;
    let forgotten: BTreeSet<FaceKey> = forgotten
        .query_map([new.hash.0], |row| row.get(0))?
        .map(|cell| cell.map(|cell| FaceKey { photo: new.hash, cell: super::rows::unpacked(cell) }))
        .collect::<Sql<_>>()?;
    let known: Vec<FaceKey> = keys.union(&forgotten).copied().collect();
    let boxes: Vec<FaceBox> = new.faces.iter().map(|face| face.detected.bounds).collect();
    let keys = relink(new.hash, (new.width, new.height), &boxes, &known);
    for (one, key) in new.faces.iter().zip(keys).filter(|(_, key)| !forgotten.contains(key)) {
        put_face(connection, id, one, key, false)?;
    }
    fresh.insert(id);
    Ok(id)
}

fn put_face(connection: &Connection, photo: PhotoId, new: &NewFace, key: FaceKey, drawn: bool) -> Sql<()> {
    let FaceBox { x, y, width, height } = new.detected.bounds;
    let landmarks: Vec<u8> =
        new.detected.landmarks.as_flattened().iter().flat_map(|value| value.to_le_bytes()).collect();
    let numbers = [x, y, width, height, new.detected.score, new.detected.sharpness].map(f64::from);
    let [x, y, width, height, score, sharpness] = numbers;
    connection
        .prepare_cached(
            "INSERT INTO face (photo, x, y, width, height, score, landmarks, cell, drawn, sharpness)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![photo.0, x, y, width, height, score, landmarks, packed(key.cell), drawn, sharpness])?;
    let face = connection.last_insert_rowid();
    connection
        .prepare_cached("INSERT INTO embedding VALUES (?1, ?2)")?
        .execute(params![face, embedding_bytes(&new.embedding)])?;
    connection.prepare_cached("INSERT INTO thumbnail VALUES (?1, ?2)")?.execute(params![face, new.thumbnail])?;
    Ok(())
}

/// The faces of a content, whether a file holds it now or not, by the size it had when they were found.
pub(super) fn stored_faces(connection: &Connection, hash: PhotoHash) -> Sql<Vec<StoredFace>> {
    let mut statement = connection.prepare_cached("SELECT id, width, height FROM photo WHERE hash = ?1")?;
    let known: Option<(u32, u32, u32)> =
        statement.query_row([hash.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((photo, width, height)) = known else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(&format!("{FACES} WHERE photo = ?1 ORDER BY id"))?;
    let mut rows = statement.query([photo])?;
    let mut faces = Vec::new();
    while let Some(row) = rows.next()? {
        faces.push(face(row, hash, width, height)?);
    }
    Ok(faces)
}

/// Fills in whole photos, new faces, and what is gone, for the photos that were touched. A photo that comes back to a
/// file brings its faces with it.
pub(super) fn report(
    connection: &Connection,
    touched: &BTreeMap<PhotoId, bool>,
    fresh: &BTreeSet<PhotoId>,
    written: &mut Written,
) -> Sql<()> {
    for (&id, &shown) in touched {
        let mut statement = connection.prepare_cached("SELECT path FROM file WHERE photo = ?1 ORDER BY path")?;
        let paths: Vec<PathBuf> = statement.query_map([id.0], |row| row.get(0).map(from_bytes))?.collect::<Sql<_>>()?;
        if paths.is_empty() {
            if shown {
                let mut statement = connection.prepare_cached("SELECT id FROM face WHERE photo = ?1")?;
                let faces = statement.query_map([id.0], |row| row.get(0).map(FaceId))?;
                written.gone_faces.extend(faces.collect::<Sql<Vec<_>>>()?);
                written.gone_photos.push(id);
            }
            continue;
        }
        let mut one = connection.prepare_cached(&format!("{PHOTOS} WHERE id = ?1"))?;
        let whole = one.query_row([id.0], |row| photo(row, paths.clone()))?;
        if fresh.contains(&id) || !shown {
            let mut statement = connection.prepare_cached(&format!("{FACES} WHERE photo = ?1 ORDER BY id"))?;
            let mut rows = statement.query([id.0])?;
            while let Some(row) = rows.next()? {
                written.faces.push(face(row, whole.hash, whole.width, whole.height)?);
            }
        }
        written.photos.push(whole);
    }
    Ok(())
}
