//! Tables and their versions.

use std::path::Path;

use rusqlite::Connection;

use super::StoreError;
use super::error::named;

/// Marks the file as ours: "Albu".
pub(super) const APPLICATION: i64 = 0x416c_6275;

/// Each text brings the file from one version to the next. What was released is never changed, only added to.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE folder (path BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE photo (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        hash BLOB NOT NULL UNIQUE,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        orientation INTEGER NOT NULL,
        taken TEXT,
        model TEXT NOT NULL
    );
    CREATE TABLE file (
        path BLOB PRIMARY KEY,
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        photo INTEGER REFERENCES photo (id),
        skipped TEXT,
        problem TEXT
    ) WITHOUT ROWID;
    CREATE INDEX file_photo ON file (photo);
    CREATE TABLE face (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        photo INTEGER NOT NULL REFERENCES photo (id) ON DELETE CASCADE,
        x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL, height REAL NOT NULL,
        score REAL NOT NULL,
        landmarks BLOB NOT NULL,
        embedding BLOB NOT NULL,
        thumbnail BLOB NOT NULL
    );
    CREATE INDEX face_photo ON face (photo);
    CREATE TABLE step (number INTEGER PRIMARY KEY, edits TEXT NOT NULL);
    CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('cursor', 0), ('next_person', 1);
    ",
    // Large values leave the rows that are read at every start; `cell` is the key a face was first known by, kept when
    // another model finds it again (none: the one of its box).
    "
    CREATE TABLE embedding (face INTEGER PRIMARY KEY REFERENCES face (id) ON DELETE CASCADE, value BLOB NOT NULL);
    CREATE TABLE thumbnail (face INTEGER PRIMARY KEY REFERENCES face (id) ON DELETE CASCADE, jpeg BLOB NOT NULL);
    INSERT INTO embedding SELECT id, embedding FROM face;
    INSERT INTO thumbnail SELECT id, thumbnail FROM face;
    ALTER TABLE face DROP COLUMN embedding;
    ALTER TABLE face DROP COLUMN thumbnail;
    ALTER TABLE face ADD COLUMN cell INTEGER;
    ALTER TABLE face ADD COLUMN drawn INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE forgotten (photo BLOB NOT NULL, cell INTEGER NOT NULL, PRIMARY KEY (photo, cell)) WITHOUT ROWID;
    CREATE TABLE grouping (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        revision INTEGER NOT NULL,
        way TEXT NOT NULL,
        clusters BLOB NOT NULL
    );
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('revision', 1);
    ",
    // Neighbour lists in pieces; the setting `neighbours` says how many and of which model.
    "
    CREATE TABLE neighbours (piece INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    ",
    // 1: not measured.
    "
    ALTER TABLE face ADD COLUMN sharpness REAL NOT NULL DEFAULT 1;
    ",
];

/// The version this program writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Looks at a file that may be a library; gives its version, 0 for an empty file.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let wrong = |error: rusqlite::Error| named(&error, path);
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(wrong);
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).map_err(wrong)?;
    if application != APPLICATION && (application != 0 || version != 0 || tables > 0) {
        return Err(StoreError::NotALibrary { path: path.to_owned() });
    }
    if version > VERSION {
        return Err(StoreError::Newer { version, path: path.to_owned() });
    }
    Ok(version)
}

/// Brings the file to this program's version.
pub(super) fn prepare(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let wrong = |error: rusqlite::Error| named(&error, path);
    let version = check(connection, path)?;
    if version == 0 {
        // Seven embeddings fit a page of this size with little left over; three the usual one. Counts for new files.
        connection.execute_batch("PRAGMA page_size = 8192;").map_err(wrong)?;
    }
    // FULL: an edit that was shown as done survives a power cut. Deleted rows are overwritten: forgetting means it.
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; \
             PRAGMA foreign_keys = ON; PRAGMA cache_size = -32768;",
        )
        .map_err(wrong)?;
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(version.max(0) as usize) {
        let text = format!(
            "BEGIN IMMEDIATE; {migration} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}; COMMIT;",
            index + 1
        );
        connection.execute_batch(&text).map_err(wrong)?;
    }
    Ok(())
}

/// A library of the first version, for the test of the way up.
#[cfg(test)]
pub(super) fn first_version(connection: &Connection) {
    let text = format!("{} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1;", MIGRATIONS[0]);
    connection.execute_batch(&text).unwrap();
}
