//! Tables and their versions.

use std::path::Path;

use rusqlite::Connection;

use super::StoreError;
use super::error::named;

/// Marks the file as ours: "Albu".
const APPLICATION: i64 = 0x416c_6275;

/// Each text brings the file from one version to the next.
const MIGRATIONS: &[&str] = &["
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
"];

pub(super) fn prepare(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let wrong = |error: rusqlite::Error| named(&error, path);
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(wrong);
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).map_err(wrong)?;
    if application != APPLICATION && (application != 0 || version != 0 || tables > 0) {
        return Err(StoreError::NotALibrary { path: path.to_owned() });
    }
    if version > MIGRATIONS.len() as i64 {
        return Err(StoreError::Newer { version, path: path.to_owned() });
    }
    // FULL: an edit that was shown as done survives a power cut.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
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
