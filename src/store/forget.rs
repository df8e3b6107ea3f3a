//! Forgetting for good: rows, the words about them, and the bytes they stood in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, params};

use super::edits::{bump, meta, parsed, set_meta, texts};
use super::paths::{from_bytes, to_bytes};
use super::rows::{Sql, packed};
use super::{Store, StoreError, Written};
use crate::domain::{Edit, FaceId, FaceKey, Library, PersonId, PhotoId};

/// What was forgotten.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forgotten {
    /// Photos whose rows are gone.
    pub photos: usize,
    /// Faces whose rows, embeddings and thumbnails are gone.
    pub faces: usize,
    /// What a view of the library must take away.
    pub written: Written,
}

impl Store {
    /// Forgets a folder: its files, and the photos and faces that no other file holds, embeddings and thumbnails
    /// included. The user's words stay: should the folder ever be scanned again, they hold again. Call
    /// [`Self::vacuum`] afterwards.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn forget_folder(&mut self, folder: &Path) -> Result<Forgotten, StoreError> {
        self.transaction(|connection| {
            let mut touched = BTreeMap::new();
            let mut statement = connection.prepare("SELECT path, photo FROM file")?;
            let files = statement.query_map([], |row| Ok((from_bytes(row.get(0)?), row.get::<_, Option<u32>>(1)?)))?;
            for file in files.collect::<Sql<Vec<_>>>()? {
                let (path, photo) = file;
                if path.starts_with(folder) {
                    touched.extend(photo.map(|photo| (PhotoId(photo), true)));
                    connection.execute("DELETE FROM file WHERE path = ?1", [to_bytes(&path)])?;
                }
            }
            let mut statement = connection.prepare("SELECT path FROM folder")?;
            let folders = statement.query_map([], |row| row.get(0).map(from_bytes))?;
            for known in folders.collect::<Sql<Vec<_>>>()?.iter().filter(|known| known.starts_with(folder)) {
                connection.execute("DELETE FROM folder WHERE path = ?1", [to_bytes(known)])?;
            }
            let mut done = Forgotten::default();
            super::photos::report(connection, &touched, &BTreeSet::new(), &mut done.written)?;
            for photo in &done.written.gone_photos {
                connection.execute("DELETE FROM photo WHERE id = ?1", [photo.0])?;
            }
            // What vanished from the disk before has waited without a file; nothing says which folder it came from.
            (done.photos, done.faces) = (done.written.gone_photos.len(), done.written.gone_faces.len());
            done.photos += forget_waiting(connection)?;
            bump(connection)?;
            connection.execute("DELETE FROM grouping", [])?;
            super::lists::forget_lists(connection)?;
            set_meta(connection, "vacuum", 1)?;
            Ok(done)
        })
    }

    /// Forgets a person and the faces on their card: rows, embeddings, thumbnails, and every word of the history about
    /// them. The faces are not taken up again when their photos are read again. Call [`Self::vacuum`] afterwards.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn forget_person(&mut self, person: PersonId, faces: &[(FaceId, FaceKey)]) -> Result<Forgotten, StoreError> {
        self.transaction(|connection| {
            let cursor = meta(connection, "cursor")? as usize;
            let steps: Vec<Vec<Edit>> = texts(connection)?.iter().map(|text| parsed(text)).collect();
            let said = said_about(&steps, person);
            let mut keys: BTreeSet<FaceKey> = faces.iter().map(|(_, key)| *key).collect();
            keys.extend(said.faces);
            let mut done = Forgotten { faces: faces.len(), ..Forgotten::default() };
            for (face, _) in faces {
                connection.execute("DELETE FROM face WHERE id = ?1", [face.0])?;
                done.written.gone_faces.push(*face);
            }
            for key in &keys {
                let row = params![key.photo.0, packed(key.cell)];
                connection.execute("INSERT OR IGNORE INTO forgotten VALUES (?1, ?2)", row)?;
            }
            connection.execute("DELETE FROM step", [])?;
            let mut kept = 0usize;
            let mut new_cursor = 0usize;
            for (number, step) in steps.iter().enumerate() {
                let rest: Vec<Edit> = step.iter().filter_map(|edit| without(edit, &said.persons, &keys)).collect();
                if rest.iter().any(Edit::says_something) {
                    let text = serde_json::to_string(&rest)
                        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                    connection.execute("INSERT INTO step VALUES (?1, ?2)", params![kept as i64, text])?;
                    kept += 1;
                    new_cursor += usize::from(number < cursor);
                }
            }
            set_meta(connection, "cursor", new_cursor as i64)?;
            bump(connection)?;
            connection.execute("DELETE FROM grouping", [])?;
            super::lists::forget_lists(connection)?;
            set_meta(connection, "vacuum", 1)?;
            Ok(done)
        })
    }

    /// Writes the file anew without what was forgotten, and empties its log.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses, or has no room for a second copy.
    pub fn vacuum(&self) -> Result<(), StoreError> {
        self.connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
            .and_then(|()| set_meta(&self.connection, "vacuum", 0))
            .map_err(self.named())
    }

    /// Something was forgotten and the process ended before [`Self::vacuum`] did.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged.
    pub fn vacuum_is_due(&self) -> Result<bool, StoreError> {
        meta(&self.connection, "vacuum").map(|due| due != 0).map_err(self.named())
    }
}

/// Photos that no file holds and that waited for one.
fn forget_waiting(connection: &Connection) -> Sql<usize> {
    connection.execute("DELETE FROM photo WHERE NOT EXISTS (SELECT 1 FROM file WHERE file.photo = photo.id)", [])
}

/// Who was ever merged into a person, the person included, and the faces that were ever confirmed to be one of them.
struct Said {
    persons: BTreeSet<PersonId>,
    faces: BTreeSet<FaceKey>,
}

fn said_about(steps: &[Vec<Edit>], person: PersonId) -> Said {
    let mut persons = BTreeSet::from([person]);
    // Merges are followed backwards: who became one of them later is one of them.
    for edit in steps.iter().flatten().rev() {
        if let Edit::MergePersons { from, into } = edit
            && persons.contains(into)
        {
            persons.insert(*from);
        }
    }
    let library = Library::fold(steps.iter().flatten());
    let faces = library.assigned().iter().filter(|(_, who)| persons.contains(who)).map(|(face, _)| *face).collect();
    Said { persons, faces }
}

/// The edit without a word about these persons and faces; nothing when nothing is left of it.
fn without(edit: &Edit, persons: &BTreeSet<PersonId>, keys: &BTreeSet<FaceKey>) -> Option<Edit> {
    if edit.person().is_some_and(|person| persons.contains(&person)) {
        return None;
    }
    let kept =
        |faces: &[FaceKey]| -> Vec<FaceKey> { faces.iter().filter(|key| !keys.contains(key)).copied().collect() };
    let mut edit = edit.clone();
    match &mut edit {
        Edit::MakePerson { faces, rest, .. } => (*faces, *rest) = (kept(faces), kept(rest)),
        Edit::Assign { faces, .. }
        | Edit::Confirm { faces, .. }
        | Edit::NotThisPerson { faces, .. }
        | Edit::Flag { faces, .. } => {
            *faces = kept(faces);
            if faces.is_empty() {
                return None;
            }
        }
        Edit::Cover { face, .. } | Edit::DrawFace { face } if keys.contains(face) => return None,
        _ => {}
    }
    Some(edit)
}
