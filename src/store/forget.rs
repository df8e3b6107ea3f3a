//! Forgetting for good: rows, the words about them, and the bytes they stood in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, params};

use super::edits::{bump, meta, set_meta, texts};
use super::paths::{from_bytes, to_bytes};
use super::photos::stored_faces;
use super::rows::{Sql, packed};
use super::{Store, StoreError, Written};
use crate::domain::{Edit, FaceId, FaceKey, Library, PersonId, PhotoHash, PhotoId};

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

    /// Forgets a person, the faces on their card and all that were said to be them, shown or not: rows, embeddings,
    /// thumbnails, and every word of the history about them. The faces are not taken up again when their photos are read
    /// again. A step that cannot be read stays as it is. Call [`Self::vacuum`] afterwards.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn forget_person(&mut self, person: PersonId, faces: &[(FaceId, FaceKey)]) -> Result<Forgotten, StoreError> {
        self.transaction(|connection| {
            let cursor = meta(connection, "cursor")? as usize;
            let steps: Vec<Step> = texts(connection)?.into_iter().map(Step::new).collect();
            // Of what was undone, nothing counts: a merge that was taken back has left two people.
            let said = said_about(steps.iter().take(cursor).flat_map(Step::edits), person);
            let mut keys: BTreeSet<FaceKey> = faces.iter().map(|(_, key)| *key).collect();
            keys.extend(said.faces);
            let mut done = Forgotten::default();
            let mut rows: BTreeSet<FaceId> = faces.iter().map(|(face, _)| *face).collect();
            rows.extend(rows_of(connection, &keys)?);
            for face in rows {
                done.faces += connection.execute("DELETE FROM face WHERE id = ?1", [face.0])?;
                done.written.gone_faces.push(face);
            }
            for key in &keys {
                let row = params![key.photo.0, packed(key.cell)];
                connection.execute("INSERT OR IGNORE INTO forgotten VALUES (?1, ?2)", row)?;
            }
            connection.execute("DELETE FROM step", [])?;
            let mut kept = 0usize;
            let mut new_cursor = 0usize;
            for (number, step) in steps.iter().enumerate() {
                if let Some(text) = step.without(&said.persons, &keys)? {
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

    /// Writes the file anew without what was forgotten, and empties its log. Call [`Self::renew_backups`] afterwards.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses, has no room for a second copy, or another program is looking at what was.
    pub fn vacuum(&self) -> Result<(), StoreError> {
        let empty_log = || {
            // Gives whether somebody who still reads what was there kept it from being done.
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))
        };
        let in_the_way = empty_log()
            .and_then(|_in_the_way| self.connection.execute_batch("VACUUM"))
            .and_then(|()| empty_log())
            .map_err(self.named())?;
        if in_the_way { Err(StoreError::InUse { path: self.path.clone() }) } else { Ok(()) }
    }

    /// Something was forgotten and the process ended before [`Self::vacuum`] and [`Self::renew_backups`] did.
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

/// The rows of faces known by these keys, whether a file holds their photos now or not, and set aside or not.
fn rows_of(connection: &Connection, keys: &BTreeSet<FaceKey>) -> Sql<Vec<FaceId>> {
    let photos: BTreeSet<PhotoHash> = keys.iter().map(|key| key.photo).collect();
    let mut found = Vec::new();
    for photo in photos {
        let faces = stored_faces(connection, photo)?;
        found.extend(faces.iter().filter(|stored| keys.contains(&stored.face.key)).map(|stored| stored.face.id));
    }
    Ok(found)
}

/// A step as it is stored, and its edits; nothing when it cannot be read.
struct Step {
    text: String,
    edits: Option<Vec<Edit>>,
}

impl Step {
    fn new(text: String) -> Self {
        let edits = serde_json::from_str(&text).ok();
        Self { text, edits }
    }

    fn edits(&self) -> impl DoubleEndedIterator<Item = &Edit> + Clone {
        self.edits.iter().flatten()
    }

    /// The step without a word about these persons and faces; nothing when nothing is left of it.
    fn without(&self, persons: &BTreeSet<PersonId>, keys: &BTreeSet<FaceKey>) -> Sql<Option<String>> {
        if self.edits.is_none() {
            return Ok(Some(self.text.clone()));
        }
        let rest: Vec<Edit> = self.edits().filter_map(|edit| without(edit, persons, keys)).collect();
        if !rest.iter().any(Edit::says_something) {
            return Ok(None);
        }
        serde_json::to_string(&rest).map(Some).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    }
}

/// Who was ever merged into a person, the person included, and the faces that were ever confirmed to be one of them.
struct Said {
    persons: BTreeSet<PersonId>,
    faces: BTreeSet<FaceKey>,
}

/// By the steps that count.
fn said_about<'a>(edits: impl DoubleEndedIterator<Item = &'a Edit> + Clone, person: PersonId) -> Said {
    let mut persons = BTreeSet::from([person]);
    // Merges are followed backwards: who became one of them later is one of them.
    for edit in edits.clone().rev() {
        if let Edit::MergePersons { from, into } = edit
            && persons.contains(into)
        {
            persons.insert(*from);
        }
    }
    let library = Library::fold(edits);
    let faces = library.assigned().iter().filter(|(_, who)| persons.contains(who)).map(|(face, _)| *face).collect();
    Said { persons, faces }
}

/// The edit without a word about these persons and faces; nothing when nothing is left of it.
fn without(edit: &Edit, persons: &BTreeSet<PersonId>, keys: &BTreeSet<FaceKey>) -> Option<Edit> {
    let about = |person: &PersonId| persons.contains(person);
    if edit.person().as_ref().is_some_and(about) || matches!(edit, Edit::MergePersons { from, .. } if about(from)) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FaceFlag;
    use crate::store::tests::{MODEL, file, new_photo, no_pins};
    use crate::store::{Outcome, StoredFace};

    fn library(photos: u8) -> (tempfile::TempDir, Store, Vec<StoredFace>) {
        let temp = tempfile::tempdir().unwrap();
        let mut store = Store::open(&temp.path().join("l")).unwrap();
        let photo = |number: u8| file(&format!("/p/{number}.jpg"), Outcome::Photo(new_photo(number, 1)));
        let photos: Vec<_> = (1..=photos).map(photo).collect();
        let faces = store.write(&photos, MODEL, &no_pins).unwrap().faces;
        (temp, store, faces)
    }

    fn make(person: u32, name: &str, faces: &[FaceKey]) -> Vec<Edit> {
        vec![Edit::MakePerson {
            person: PersonId(person),
            name: Some(name.into()),
            faces: faces.to_vec(),
            rest: Vec::new(),
        }]
    }

    #[test]
    fn an_undone_merge_leaves_the_other_person_alone() {
        let (_temp, mut store, faces) = library(2);
        let (ann, bob) = (faces[0].face, faces[1].face);
        store.push_step(&make(1, "Ann", &[ann.key]), true).unwrap();
        store.push_step(&make(2, "Bob", &[bob.key]), true).unwrap();
        store.push_step(&[Edit::MergePersons { from: PersonId(2), into: PersonId(1) }], true).unwrap();
        store.set_cursor(2, true).unwrap();
        let done = store.forget_person(PersonId(1), &[(ann.id, ann.key)]).unwrap();
        assert_eq!((done.faces, done.written.gone_faces), (1, vec![ann.id]));
        let loaded = store.load().unwrap();
        assert_eq!((loaded.steps, loaded.cursor), (vec![make(2, "Bob", &[bob.key])], 1));
        assert_eq!(loaded.faces.len(), 1);
        // One that counts makes them one person.
        store.push_step(&make(3, "Cy", &[]), true).unwrap();
        store.push_step(&[Edit::MergePersons { from: PersonId(2), into: PersonId(3) }], true).unwrap();
        assert_eq!(store.forget_person(PersonId(3), &[]).unwrap().faces, 1);
        assert!(store.load().unwrap().steps.is_empty());
    }

    #[test]
    fn steps_that_cannot_be_read_are_kept() {
        let (_temp, mut store, faces) = library(1);
        let ann = faces[0].face;
        store.push_step(&make(1, "Ann", &[ann.key]), true).unwrap();
        let later = r#"[{"edit":"of-a-later-version","person":7}]"#;
        let put = "UPDATE step SET edits = ?1 WHERE number = 1";
        store.push_step(&make(2, "Bob", &[]), true).unwrap();
        store.connection.execute(put, [later]).unwrap();
        store.push_step(&make(3, "Cy", &[]), true).unwrap();
        store.forget_person(PersonId(1), &[(ann.id, ann.key)]).unwrap();
        let cy = serde_json::to_string(&make(3, "Cy", &[])).unwrap();
        assert_eq!(texts(&store.connection).unwrap(), [later, cy.as_str()]);
        assert_eq!(store.load().unwrap().cursor, 2);
    }

    #[test]
    fn faces_that_are_not_shown_are_forgotten_too() {
        let (_temp, mut store, faces) = library(4);
        let keys: Vec<FaceKey> = faces.iter().map(|stored| stored.face.key).collect();
        store.push_step(&make(1, "Ann", &keys[..3]), true).unwrap();
        // The second is set aside, the third is on a disk that is away, and its row is of an early version.
        store.push_step(&[Edit::Flag { faces: vec![keys[1]], flag: Some(FaceFlag::Ignored) }], true).unwrap();
        store.forget_files(&["/p/3.jpg".into()]).unwrap();
        store.connection.execute("UPDATE face SET cell = NULL WHERE id = ?1", [faces[2].face.id.0]).unwrap();
        let done = store.forget_person(PersonId(1), &[(faces[0].face.id, keys[0])]).unwrap();
        assert_eq!(done.faces, 3);
        for table in ["face", "embedding", "thumbnail"] {
            let count = format!("SELECT count(*) FROM {table}");
            let left: i64 = store.connection.query_row(&count, [], |row| row.get(0)).unwrap();
            assert_eq!(left, 1, "{table}: only the stranger's");
        }
        // The file comes back, and is read again.
        let back = file("/p/3.jpg", Outcome::Photo(new_photo(3, 1)));
        assert!(store.write(std::slice::from_ref(&back), MODEL, &no_pins).unwrap().faces.is_empty());
        assert!(store.write(&[back], "model-2", &no_pins).unwrap().faces.is_empty());
    }
}
