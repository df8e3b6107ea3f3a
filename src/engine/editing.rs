//! What the user says: made durable, then shown.

use std::path::PathBuf;

use super::run::Engine;
use super::state::Leads;
use super::words::{self, forgetting, refused};
use super::{Command, Forget, commands, opening, overruled};
use crate::domain::{Changes, Edit, Library, NoticeLevel, PersonId};
use crate::store::{Forgotten, StoreError};

impl Engine<'_> {
    pub(super) fn edit(&mut self, command: &Command) {
        match commands::edits(command, &self.state.view()) {
            Ok(edits) => {
                self.apply(edits);
            }
            Err(text) => self.say(NoticeLevel::Error, text),
        }
    }

    /// Makes a step durable, then shows it. Whether what it says holds now.
    pub(super) fn apply(&mut self, edits: Vec<Edit>) -> bool {
        if edits.is_empty() {
            return true;
        }
        let (library, changes) = self.state.history.foresee(&edits);
        if changes.is_empty() {
            let lost = edits.iter().any(|edit| speaks_of_nobody(edit, &library));
            if lost {
                self.say(NoticeLevel::Error, refused::PERSON_GONE);
            } else {
                self.say(NoticeLevel::Info, words::edits::NOTHING_TO_CHANGE);
            }
            return !lost;
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
                self.state.say(NoticeLevel::Info, words::overruled::after(text, &overruled), Leads::Undo);
                true
            }
            Err(error) => {
                self.say(NoticeLevel::Error, error.to_string());
                false
            }
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
        let told = if cursor < before { words::edits::undone } else { words::edits::done_again };
        let text = told(before.abs_diff(cursor), &text);
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

    /// Whoever still reads it keeps its log from being emptied; and what is grouped now is not what will be there.
    fn let_go_of_the_file(&mut self) {
        self.grouping.give_up();
        if self.grouping.outlining {
            self.stop_map();
        }
    }

    pub(super) fn forget(&mut self, what: &Forget) {
        if self.scan.is_some() || !self.queued.is_empty() {
            return self.say(NoticeLevel::Error, forgetting::SCAN_FIRST);
        }
        let (done, name) = match what {
            Forget::Folder(folder) => {
                let folder = std::path::absolute(folder).unwrap_or_else(|_no_current_folder| folder.clone());
                // A folder that is there is known by its real path; one that is gone by the path it had.
                let folder = folder.canonicalize().unwrap_or(folder);
                let inside = |known: &PathBuf| known.starts_with(&folder) || folder.starts_with(known);
                if !self.state.folders.iter().any(inside) {
                    return self.say(NoticeLevel::Error, forgetting::no_such_folder(&folder));
                }
                self.let_go_of_the_file();
                (self.store.forget_folder(&folder), folder.display().to_string())
            }
            Forget::Person(person) => {
                let Some(known) = self.state.history.library().persons().get(person) else {
                    return self.say(NoticeLevel::Error, forgetting::NOBODY);
                };
                let name = known.name.clone().unwrap_or_else(|| words::SOMEBODY.to_owned());
                let faces = self.state.faces_of(*person);
                self.let_go_of_the_file();
                (self.store.forget_person(*person, &faces), name)
            }
        };
        let Forgotten { photos, faces, .. } = match done {
            Ok(done) => done,
            // Nothing has changed.
            Err(error) => return self.say(NoticeLevel::Error, error.to_string()),
        };
        let wiped = self.wipe();
        self.reload();
        match wiped {
            // Opened anew, it has been tried once more.
            Err(error) if self.store.vacuum_is_due().unwrap_or(true) => {
                let text = forgetting::not_wiped(&name, faces, photos, &error.to_string());
                self.say(NoticeLevel::Error, text);
            }
            _ => {
                // They are all that is left of a library as it was, so nobody but the user removes them.
                let copies = self.store.damaged_copies();
                self.say(NoticeLevel::Info, forgetting::for_good(&name, faces, photos, &copies));
            }
        }
    }

    /// No byte of what was forgotten stays in the file or in a backup.
    fn wipe(&self) -> Result<(), StoreError> {
        self.store.vacuum()?;
        self.store.renew_backups(&opening::today())
    }
}

/// Whether an edit is about a person who is not there: merged into another meanwhile, or undone.
fn speaks_of_nobody(edit: &Edit, library: &Library) -> bool {
    let gone = |person: &PersonId| !library.persons().contains_key(person);
    edit.person().as_ref().is_some_and(gone) || matches!(edit, Edit::MergePersons { from, .. } if gone(from))
}

/// Whether groups may come out differently.
fn matters_to_groups(changes: &Changes) -> bool {
    changes.settings || !changes.faces.is_empty()
}
