//! The user's words: undo steps in order, and the cursor.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::Sql;
use super::{Store, StoreError};
use crate::domain::Edit;

impl Store {
    /// Appends one undo step after the cursor, dropping undone steps there; gives the new cursor. On disk when it
    /// returns. `regroup`: stored groups no longer fit the user's words.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn push_step(&mut self, edits: &[Edit], regroup: bool) -> Result<usize, StoreError> {
        let text = serde_json::to_string(edits)
            .map_err(|error| StoreError::Damaged { reason: error.to_string(), path: self.path.clone() })?;
        self.transaction(|connection| {
            let cursor = meta(connection, "cursor")?;
            connection.execute("DELETE FROM step WHERE number >= ?1", [cursor])?;
            connection.execute("INSERT INTO step VALUES (?1, ?2)", params![cursor, text])?;
            set_meta(connection, "cursor", cursor + 1)?;
            if let Some(person) = edits.iter().filter_map(made_person).max() {
                let next = meta(connection, "next_person")?.max(i64::from(person) + 1);
                set_meta(connection, "next_person", next)?;
            }
            if regroup {
                bump(connection)?;
            }
            Ok(cursor as usize + 1)
        })
    }

    /// Moves the cursor: undo and redo. On disk when it returns. `regroup`: as for [`Self::push_step`].
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn set_cursor(&mut self, cursor: usize, regroup: bool) -> Result<(), StoreError> {
        self.transaction(|connection| {
            set_meta(connection, "cursor", cursor as i64)?;
            if regroup { bump(connection) } else { Ok(()) }
        })
    }
}

/// Steps, cursor and the next person. A step that cannot be read is kept in the file and counts as empty.
pub(super) fn steps(connection: &Connection) -> Sql<(Vec<Vec<Edit>>, usize, u32)> {
    let steps: Vec<Vec<Edit>> = texts(connection)?.iter().map(|text| parsed(text)).collect();
    let cursor = (meta(connection, "cursor")? as usize).min(steps.len());
    Ok((steps, cursor, meta(connection, "next_person")? as u32))
}

/// Every step as it is stored, in order.
pub(super) fn texts(connection: &Connection) -> Sql<Vec<String>> {
    let mut statement = connection.prepare("SELECT edits FROM step ORDER BY number")?;
    let texts = statement.query_map([], |row| row.get(0))?;
    texts.collect()
}

pub(super) fn parsed(text: &str) -> Vec<Edit> {
    serde_json::from_str(text).unwrap_or_else(|error| {
        tracing::error!("an edit in the library cannot be read and is passed over: {error}");
        Vec::new()
    })
}

pub(super) fn made_person(edit: &Edit) -> Option<u32> {
    match edit {
        Edit::MakePerson { person, .. } => Some(person.0),
        _ => None,
    }
}

/// The highest number of a person the edit speaks of.
pub(super) fn highest_person(edit: &Edit) -> Option<u32> {
    let ended = match edit {
        Edit::MergePersons { from, .. } => Some(from.0),
        _ => None,
    };
    edit.person().map(|person| person.0).max(ended)
}

pub(super) fn meta(connection: &Connection, name: &str) -> Sql<i64> {
    let value = connection
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(value.unwrap_or(0))
}

pub(super) fn set_meta(connection: &Connection, name: &str, value: i64) -> Sql<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?
        .execute(params![name, value])
        .map(|_rows| ())
}

/// Counts a change that makes stored groups old.
pub(super) fn bump(connection: &Connection) -> Sql<()> {
    let next = meta(connection, "revision")? + 1;
    set_meta(connection, "revision", next)
}
