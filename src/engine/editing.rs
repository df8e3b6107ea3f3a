//! What the user says: made durable, then shown.

use super::run::Engine;
use super::state::Leads;
use super::{Command, Forget, commands, opening, overruled};
use crate::domain::{Changes, Edit, NoticeLevel, count};
use crate::store::{Forgotten, StoreError};

impl Engine<'_> {
    pub(super) fn edit(&mut self, command: &Command) {
        match commands::edits(command, &self.state.view()) {
            Ok(edits) => self.apply(edits),
            Err(text) => self.say(NoticeLevel::Error, text),
        }
    }

    /// Makes a step durable, then shows it.
    pub(super) fn apply(&mut self, edits: Vec<Edit>) {
        if edits.is_empty() {
            return;
        }
        let (library, changes) = self.state.history.foresee(&edits);
        if changes.is_empty() {
            return self.say(NoticeLevel::Info, "Nothing to change: it was so already");
        }
        let regroup = matters_to_groups(&changes);
        let overruled = overruled::sentences(&edits, self.state.history.library(), &library, &changes);
        self.back_up();
        match self.store.push_step(&edits, regroup) {
            Ok(_cursor) => {
                let made = edits.iter().filter_map(|edit| match edit {
                    Edit::MakePerson { person, .. } => Some(person.0 + 1),
                    _ => None,
                });
                self.state.next_person = made.max().unwrap_or(0).max(self.state.next_person);
                self.state.history.push(edits, library);
                self.words_changed(&changes);
                let text = self.state.history.text(self.state.history.cursor() - 1).unwrap_or_default();
                self.state.say(NoticeLevel::Info, text + &overruled, Leads::Undo);
            }
            Err(error) => self.say(NoticeLevel::Error, error.to_string()),
        }
    }

    /// The backup of the day, before its first edit: a window may stay open for weeks. After an opening it is written once
    /// the library is on the screen.
    pub(super) fn back_up(&mut self) {
        let today = opening::today();
        if today != self.backed_up && !self.store.is_read_only() {
            if let Err(error) = self.store.back_up(&today) {
                self.say(NoticeLevel::Error, error.to_string());
            }
            self.backed_up = today;
        }
    }

    pub(super) fn step(&mut self, by: isize) {
        let history = &self.state.history;
        if let Some(cursor) = history.cursor().checked_add_signed(by).filter(|cursor| *cursor <= history.len()) {
            self.go_to(cursor);
        }
    }

    /// Makes so many steps count.
    pub(super) fn go_to(&mut self, cursor: usize) {
        let history = &self.state.history;
        let before = history.cursor();
        let cursor = cursor.min(history.len());
        if cursor == before {
            return;
        }
        let text = if cursor < before { history.text(cursor) } else { history.text(cursor - 1) }.unwrap_or_default();
        let text = match (cursor < before, before.abs_diff(cursor)) {
            (true, 1) => format!("Undone: {text}"),
            (false, 1) => format!("Done again: {text}"),
            (true, steps) => format!("Undone: {}, back to before: {text}", count(steps, "edit", "edits")),
            (false, steps) => format!("Done again: {}, up to: {text}", count(steps, "edit", "edits")),
        };
        self.back_up();
        // Looked at before it is written: the file notes whether its groups are old now.
        let changes = self.state.history.go_to(cursor);
        match self.store.set_cursor(cursor, matters_to_groups(&changes)) {
            Ok(()) => {
                self.words_changed(&changes);
                self.say(NoticeLevel::Info, text);
            }
            Err(error) => {
                self.state.history.go_to(before);
                self.say(NoticeLevel::Error, error.to_string());
            }
        }
    }

    fn words_changed(&mut self, changes: &Changes) {
        self.state.words_changed(changes);
        if matters_to_groups(changes) {
            self.words_matter(changes.settings);
        }
        self.changed = true;
    }

    pub(super) fn forget(&mut self, what: &Forget) {
        if self.scan.is_some() || !self.queued.is_empty() {
            return self.say(NoticeLevel::Error, "A scan is running. Cancel it before anything is forgotten");
        }
        let (done, name) = match what {
            Forget::Folder(folder) => {
                let folder = std::path::absolute(folder).unwrap_or_else(|_no_current_folder| folder.clone());
                // A folder that is there is known by its real path; one that is gone by the path it had.
                let folder = folder.canonicalize().unwrap_or(folder);
                let inside = |known: &std::path::PathBuf| known.starts_with(&folder) || folder.starts_with(known);
                if !self.state.folders.iter().any(inside) {
                    let text = format!("This folder is not in the library: {}", folder.display());
                    return self.say(NoticeLevel::Error, text);
                }
                (self.store.forget_folder(&folder), folder.display().to_string())
            }
            Forget::Person(person) => {
                let Some(known) = self.state.history.library().persons().get(person) else {
                    return self.say(NoticeLevel::Error, "That person is not in the library any more");
                };
                let name = known.name.clone().unwrap_or_else(|| "an unnamed person".to_owned());
                let faces = self.state.faces_of(*person);
                (self.store.forget_person(*person, &faces), name)
            }
        };
        match done.and_then(|done| self.wipe().map(|()| done)) {
            Ok(Forgotten { photos, faces, .. }) => {
                let photos = (photos > 0).then(|| format!(" of {}", count(photos, "photo", "photos")));
                let what = super::words::faces(faces) + &photos.unwrap_or_default();
                let text = format!("Forgotten for good: {name} ({what})");
                self.reload();
                self.say(NoticeLevel::Info, text);
            }
            Err(error) => {
                self.reload();
                self.say(NoticeLevel::Error, error.to_string());
            }
        }
    }

    /// No byte of what was forgotten stays in the file or in a backup.
    fn wipe(&self) -> Result<(), StoreError> {
        self.store.vacuum()?;
        self.store.renew_backups(&opening::today())
    }
}

/// Whether groups may come out differently.
fn matters_to_groups(changes: &Changes) -> bool {
    changes.settings || !changes.faces.is_empty()
}
