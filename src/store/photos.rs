//! Machine rows: folders, files, photos, faces.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use half::f16;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::paths::{from_bytes, to_bytes};
use super::{FileOutcome, KnownFile, KnownState, Loaded, NewFace, NewPhoto, Outcome, Store, StoreError, Written};
use crate::domain::{DetectedFace, Face, FaceBox, FaceId, FaceKey, Photo, PhotoHash, PhotoId};

type Sql<T> = Result<T, rusqlite::Error>;

impl Store {
    /// Everything in the file.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged or the disk refuses.
    pub fn load(&self) -> Result<Loaded, StoreError> {
        self.load_all().map_err(self.named())
    }

    fn load_all(&self) -> Sql<Loaded> {
        let mut loaded = Loaded::default();
        (loaded.steps, loaded.cursor, loaded.next_person) = self.steps()?;
        let mut statement = self.connection.prepare("SELECT path FROM folder ORDER BY path")?;
        let folders = statement.query_map([], |row| row.get(0).map(from_bytes))?;
        loaded.folders = folders.collect::<Sql<_>>()?;
        let mut statement =
            self.connection.prepare("SELECT path, size, modified_ns, photo, skipped, problem FROM file")?;
        let mut rows = statement.query([])?;
        let mut paths: BTreeMap<PhotoId, Vec<PathBuf>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let file = known_file(row)?;
            if let KnownState::Photo(photo) = file.state {
                paths.entry(photo).or_default().push(file.path.clone());
            }
            loaded.files.insert(file.path.clone(), file);
        }
        let mut statement =
            self.connection.prepare("SELECT id, hash, width, height, orientation, taken FROM photo ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id = PhotoId(row.get(0)?);
            // Photos that no file holds keep their rows for the day the file comes back, but are not shown.
            if let Some(mut paths) = paths.remove(&id) {
                paths.sort();
                loaded.photos.insert(id, Arc::new(photo(row, paths)?));
            }
        }
        let mut statement = self.connection.prepare(&format!("{FACES} ORDER BY id"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(photo) = loaded.photos.get(&PhotoId(row.get(1)?)) {
                let (face, embedding) = face(row, photo)?;
                loaded.embeddings.insert(face.id, embedding);
                loaded.faces.insert(face.id, face);
            }
        }
        Ok(loaded)
    }

    /// Remembers a scanned folder.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses.
    pub fn add_folder(&self, folder: &Path) -> Result<(), StoreError> {
        self.connection
            .execute("INSERT OR IGNORE INTO folder VALUES (?1)", [to_bytes(folder)])
            .map(|_rows| ())
            .map_err(self.named())
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

    /// Whether any stored face was found by another model.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged.
    pub fn has_other_models(&self, model: &str) -> Result<bool, StoreError> {
        self.connection
            .query_row("SELECT EXISTS (SELECT 1 FROM photo WHERE model <> ?1)", [model], |row| row.get(0))
            .map_err(self.named())
    }

    /// Stores what became of some files, in one transaction. A path seen before moves to its new content; faces of a
    /// content are stored once.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn write(&mut self, outcomes: &[FileOutcome], model: &str) -> Result<Written, StoreError> {
        let path = self.path.clone();
        let named = |error: rusqlite::Error| super::error::named(&error, &path);
        let transaction = self.connection.transaction().map_err(named)?;
        let written = write_all(&transaction, outcomes, model).map_err(named)?;
        transaction.commit().map_err(named)?;
        Ok(written)
    }

    /// Forgets files that are no longer there.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn forget_files(&mut self, files: &[PathBuf]) -> Result<Written, StoreError> {
        let path = self.path.clone();
        let named = |error: rusqlite::Error| super::error::named(&error, &path);
        let transaction = self.connection.transaction().map_err(named)?;
        let forget = |transaction: &Connection| -> Sql<Written> {
            let mut touched = BTreeSet::new();
            for file in files {
                let bytes = to_bytes(file);
                let photo: Option<Option<u32>> = transaction
                    .query_row("SELECT photo FROM file WHERE path = ?1", [&bytes], |row| row.get(0))
                    .optional()?;
                touched.extend(photo.flatten().map(PhotoId));
                transaction.execute("DELETE FROM file WHERE path = ?1", [&bytes])?;
            }
            let mut written = Written::default();
            report(transaction, &touched, &BTreeSet::new(), &mut written)?;
            Ok(written)
        };
        let written = forget(&transaction).map_err(named)?;
        transaction.commit().map_err(named)?;
        Ok(written)
    }

    /// A face's thumbnail, a JPEG.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged.
    pub fn thumbnail(&self, face: FaceId) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || -> Sql<Option<Vec<u8>>> {
            let mut statement = self.connection.prepare_cached("SELECT thumbnail FROM face WHERE id = ?1")?;
            statement.query_row([face.0], |row| row.get(0)).optional()
        };
        read().map_err(self.named())
    }
}

const FACES: &str = "SELECT id, photo, x, y, width, height, score, landmarks, embedding FROM face";

fn known_file(row: &Row<'_>) -> Sql<KnownFile> {
    let problem: Option<String> = row.get(5)?;
    let photo: Option<u32> = row.get(3)?;
    let skipped: Option<String> = row.get(4)?;
    let state = match (photo, problem.and_then(|text| serde_json::from_str(&text).ok())) {
        (Some(photo), _) => KnownState::Photo(PhotoId(photo)),
        (None, Some(problem)) => KnownState::Failed(problem),
        (None, None) => KnownState::Skipped(skipped.unwrap_or_default()),
    };
    Ok(KnownFile { path: from_bytes(row.get(0)?), size: row.get::<_, i64>(1)? as u64, modified_ns: row.get(2)?, state })
}

fn photo(row: &Row<'_>, paths: Vec<PathBuf>) -> Sql<Photo> {
    let taken: Option<String> = row.get(5)?;
    Ok(Photo {
        id: PhotoId(row.get(0)?),
        hash: PhotoHash(row.get(1)?),
        paths,
        width: row.get(2)?,
        height: row.get(3)?,
        orientation: row.get(4)?,
        taken: taken.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

fn face(row: &Row<'_>, photo: &Photo) -> Sql<(Face, Vec<f32>)> {
    let real = |column: usize| row.get::<_, f64>(column).map(|value| value as f32);
    let bounds = FaceBox::new(real(2)?, real(3)?, real(4)?, real(5)?);
    let points: Vec<u8> = row.get(7)?;
    let mut landmarks = [[0.0; 2]; 5];
    let numbers = points.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    landmarks.as_flattened_mut().iter_mut().zip(numbers).for_each(|(to, from)| *to = from);
    let embedding: Vec<u8> = row.get(8)?;
    let embedding = embedding.as_chunks::<2>().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect();
    let face = Face {
        id: FaceId(row.get(0)?),
        key: FaceKey::new(photo.hash, &bounds, photo.width, photo.height),
        photo: photo.id,
        detected: DetectedFace { bounds, score: real(6)?, landmarks },
    };
    Ok((face, embedding))
}

fn write_all(connection: &Connection, outcomes: &[FileOutcome], model: &str) -> Sql<Written> {
    let mut touched = BTreeSet::new();
    let mut fresh = BTreeSet::new();
    let mut written = Written::default();
    for file in outcomes {
        let path = to_bytes(&file.path);
        let before: Option<Option<u32>> =
            connection.query_row("SELECT photo FROM file WHERE path = ?1", [&path], |row| row.get(0)).optional()?;
        touched.extend(before.flatten().map(PhotoId));
        let (mut id, mut skipped, mut problem) = (None, None, None);
        match &file.outcome {
            Outcome::Photo(new) => id = Some(put_photo(connection, new, model, &mut fresh, &mut written)?),
            Outcome::Known(photo) => id = Some(*photo),
            Outcome::Skipped(reason) => skipped = Some(reason),
            Outcome::Failed(one) => problem = serde_json::to_string(one).ok(),
        }
        touched.extend(id);
        connection.execute(
            "INSERT OR REPLACE INTO file VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![path, file.size as i64, file.modified_ns, id.map(|id| id.0), skipped, problem],
        )?;
    }
    report(connection, &touched, &fresh, &mut written)?;
    Ok(written)
}

/// Stores a photo's rows unless this model did already. Photos new to the library, or new with this model, are `fresh`.
fn put_photo(
    connection: &Connection,
    new: &NewPhoto,
    model: &str,
    fresh: &mut BTreeSet<PhotoId>,
    written: &mut Written,
) -> Sql<PhotoId> {
    let known: Option<(u32, String)> = connection
        .query_row("SELECT id, model FROM photo WHERE hash = ?1", [new.hash.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let id = match known {
        Some((id, stored)) if stored == model => return Ok(PhotoId(id)),
        // Another model's rows are replaced; the user's words speak of keys, not rows.
        Some((id, _)) => {
            let mut statement = connection.prepare_cached("SELECT id FROM face WHERE photo = ?1")?;
            let old = statement.query_map([id], |row| row.get(0).map(FaceId))?;
            written.gone_faces.extend(old.collect::<Sql<Vec<_>>>()?);
            connection.execute("DELETE FROM face WHERE photo = ?1", [id])?;
            connection.execute("UPDATE photo SET model = ?2 WHERE id = ?1", params![id, model])?;
            PhotoId(id)
        }
        None => {
            let taken = new.taken.and_then(|taken| serde_json::to_string(&taken).ok());
            connection.execute(
                "INSERT INTO photo (hash, width, height, orientation, taken, model) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![new.hash.0, new.width, new.height, new.orientation, taken, model],
            )?;
            PhotoId(connection.last_insert_rowid() as u32)
        }
    };
    for one in &new.faces {
        put_face(connection, id, one)?;
    }
    fresh.insert(id);
    Ok(id)
}

fn put_face(connection: &Connection, photo: PhotoId, new: &NewFace) -> Sql<()> {
    let FaceBox { x, y, width, height } = new.detected.bounds;
    let landmarks: Vec<u8> =
        new.detected.landmarks.as_flattened().iter().flat_map(|value| value.to_le_bytes()).collect();
    let embedding: Vec<u8> = new.embedding.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
    connection.execute(
        "INSERT INTO face (photo, x, y, width, height, score, landmarks, embedding, thumbnail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            photo.0,
            f64::from(x),
            f64::from(y),
            f64::from(width),
            f64::from(height),
            f64::from(new.detected.score),
            landmarks,
            embedding,
            new.thumbnail
        ],
    )?;
    Ok(())
}

/// Fills in whole photos, new faces, and what is gone, for the photos that were touched. A photo that comes back to a
/// file brings its faces with it.
fn report(
    connection: &Connection,
    touched: &BTreeSet<PhotoId>,
    fresh: &BTreeSet<PhotoId>,
    written: &mut Written,
) -> Sql<()> {
    for &id in touched {
        let mut statement = connection.prepare_cached("SELECT path FROM file WHERE photo = ?1 ORDER BY path")?;
        let paths: Vec<PathBuf> = statement.query_map([id.0], |row| row.get(0).map(from_bytes))?.collect::<Sql<_>>()?;
        let mut statement = connection.prepare_cached(&format!("{FACES} WHERE photo = ?1 ORDER BY id"))?;
        if paths.is_empty() {
            let mut rows = statement.query([id.0])?;
            while let Some(row) = rows.next()? {
                written.gone_faces.push(FaceId(row.get(0)?));
            }
            written.gone_photos.push(id);
            continue;
        }
        let mut one =
            connection.prepare_cached("SELECT id, hash, width, height, orientation, taken FROM photo WHERE id = ?1")?;
        let whole = one.query_row([id.0], |row| photo(row, paths.clone()))?;
        let returned = paths.len() == 1;
        if fresh.contains(&id) || returned {
            let mut rows = statement.query([id.0])?;
            while let Some(row) = rows.next()? {
                let (face, embedding) = face(row, &whole)?;
                written.embeddings.push((face.id, embedding));
                written.faces.push(face);
            }
        }
        written.photos.push(whole);
    }
    Ok(())
}
