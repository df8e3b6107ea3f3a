//! The user's words: undo steps in order, and the cursor.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Store, StoreError};
use crate::domain::Edit;

impl Store {
    /// Appends one undo step after the cursor, dropping undone steps there; gives the new cursor. On disk when it returns.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; then nothing has changed.
    pub fn push_step(&mut self, edits: &[Edit]) -> Result<usize, StoreError> {
        let path = self.path.clone();
        let named = |error: rusqlite::Error| super::error::named(&error, &path);
        let text = serde_json::to_string(edits)
            .map_err(|error| StoreError::Damaged { reason: error.to_string(), path: path.clone() })?;
        let transaction = self.connection.transaction().map_err(named)?;
        let cursor = meta(&transaction, "cursor").map_err(named)?;
        transaction.execute("DELETE FROM step WHERE number >= ?1", [cursor]).map_err(named)?;
        transaction.execute("INSERT INTO step VALUES (?1, ?2)", params![cursor, text]).map_err(named)?;
        set_meta(&transaction, "cursor", cursor + 1).map_err(named)?;
        let highest = edits.iter().filter_map(made_person).max();
        if let Some(person) = highest {
            let next = meta(&transaction, "next_person").map_err(named)?.max(i64::from(person) + 1);
            set_meta(&transaction, "next_person", next).map_err(named)?;
        }
        transaction.commit().map_err(named)?;
        Ok(cursor as usize + 1)
    }

    /// Moves the cursor: undo and redo. On disk when it returns.
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses.
    pub fn set_cursor(&mut self, cursor: usize) -> Result<(), StoreError> {
        set_meta(&self.connection, "cursor", cursor as i64).map_err(self.named())
    }

    /// Steps, cursor and the next person. A step that cannot be read is kept in the file and counts as empty.
    pub(super) fn steps(&self) -> Result<(Vec<Vec<Edit>>, usize, u32), rusqlite::Error> {
        let mut statement = self.connection.prepare("SELECT edits FROM step ORDER BY number")?;
        let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut steps: Vec<Vec<Edit>> = Vec::new();
        for text in texts {
            steps.push(serde_json::from_str(&text?).unwrap_or_else(|error| {
                tracing::error!("an edit in the library cannot be read and is passed over: {error}");
                Vec::new()
            }));
        }
        let cursor = (meta(&self.connection, "cursor")? as usize).min(steps.len());
        Ok((steps, cursor, meta(&self.connection, "next_person")? as u32))
    }
}

fn made_person(edit: &Edit) -> Option<u32> {
    match edit {
        Edit::MakePerson { person, .. } => Some(person.0),
        _ => None,
    }
}

fn meta(connection: &Connection, name: &str) -> Result<i64, rusqlite::Error> {
    let value = connection.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0)).optional()?;
    Ok(value.unwrap_or(0))
}

fn set_meta(connection: &Connection, name: &str, value: i64) -> Result<(), rusqlite::Error> {
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", params![name, value]).map(|_rows| ())
}
