//! The user's steps, and the library they fold into at any of them. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::words::edits as words;
use crate::domain::{Changes, Edit, HistoryEntry, Library};

/// Folded libraries that are kept at regular distances at most: a jump folds the steps since the nearest one only.
const MARKS: usize = 8;
/// Libraries of the latest steps that are kept besides, for the usual undo.
const RECENT: usize = 16;
/// Steps between the regular ones, doubled while there would be too many.
const FIRST_SPACING: usize = 64;

/// Steps, and how many of them count.
pub(super) struct History {
    steps: Vec<Vec<Edit>>,
    cursor: usize,
    library: Library,
    entries: Arc<Vec<HistoryEntry>>,
    /// Libraries after so many steps. They share what they have in common.
    marks: BTreeMap<usize, Library>,
    spacing: usize,
}

impl Default for History {
    fn default() -> Self {
        Self::new(Vec::new(), 0)
    }
}

impl History {
    pub(super) fn new(steps: Vec<Vec<Edit>>, cursor: usize) -> Self {
        let mut history = Self {
            cursor: cursor.min(steps.len()),
            steps: Vec::new(),
            library: Library::default(),
            entries: Arc::default(),
            marks: BTreeMap::from([(0, Library::default())]),
            spacing: FIRST_SPACING,
        };
        while steps.len() / history.spacing > MARKS {
            history.spacing *= 2;
        }
        let mut library = Library::default();
        let mut entries = Vec::with_capacity(steps.len());
        for (number, step) in steps.iter().enumerate() {
            if number == history.cursor {
                history.library = library.clone();
            }
            for edit in step {
                library.apply(edit);
            }
            entries.push(HistoryEntry { text: words::step(step, &library).into(), active: number < history.cursor });
            // A library that is kept is copied, part by part, by the steps after it: only those that stay are.
            if history.is_kept(number + 1, steps.len()) {
                history.marks.insert(number + 1, library.clone());
            }
        }
        if history.cursor == steps.len() {
            history.library = library;
        }
        history.entries = Arc::new(entries);
        history.steps = steps;
        history
    }

    /// The library of the steps that count.
    pub(super) fn library(&self) -> &Library {
        &self.library
    }

    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Sentences, oldest first.
    pub(super) fn entries(&self) -> &Arc<Vec<HistoryEntry>> {
        &self.entries
    }

    /// The sentence of a step.
    pub(super) fn text(&self, step: usize) -> Option<String> {
        self.entries.get(step).map(|entry| entry.text.to_string())
    }

    /// What one more step would change; nothing is changed yet.
    pub(super) fn foresee(&self, edits: &[Edit]) -> (Library, Changes) {
        let mut library = self.library.clone();
        for edit in edits {
            library.apply(edit);
        }
        let changes = library.changes(&self.library);
        (library, changes)
    }

    /// One more step, whose library was foreseen. Undone steps are dropped.
    pub(super) fn push(&mut self, edits: Vec<Edit>, library: Library) {
        self.steps.truncate(self.cursor);
        self.marks.retain(|number, _| *number <= self.cursor);
        let entries = Arc::make_mut(&mut self.entries);
        entries.truncate(self.cursor);
        entries.push(HistoryEntry { text: words::step(&edits, &library).into(), active: true });
        self.steps.push(edits);
        self.cursor += 1;
        self.library = library;
        let library = self.library.clone();
        self.mark(self.cursor, &library);
    }

    /// Makes the first `cursor` steps count; gives what changes.
    pub(super) fn go_to(&mut self, cursor: usize) -> Changes {
        let cursor = cursor.min(self.steps.len());
        let library = self.at(cursor);
        let (spacing, len) = (self.spacing, self.steps.len());
        self.marks.retain(|at, _| kept(*at, spacing, &[len, cursor]));
        let changes = library.changes(&self.library);
        for (number, entry) in Arc::make_mut(&mut self.entries).iter_mut().enumerate() {
            entry.active = number < cursor;
        }
        (self.library, self.cursor) = (library, cursor);
        changes
    }

    /// The library after so many steps; those of the steps before it are kept as well, for the next undo.
    fn at(&mut self, cursor: usize) -> Library {
        let nearest = self.marks.range(..=cursor).next_back();
        let (start, mut library) = nearest.map(|(number, library)| (*number, library.clone())).unwrap_or_default();
        for (step, number) in self.steps.get(start..cursor).unwrap_or_default().iter().zip(start + 1..) {
            for edit in step {
                library.apply(edit);
            }
            if number + RECENT > cursor {
                self.marks.insert(number, library.clone());
            }
        }
        library
    }

    fn mark(&mut self, number: usize, library: &Library) {
        self.marks.insert(number, library.clone());
        if number / self.spacing > MARKS {
            self.spacing *= 2;
        }
        let spacing = self.spacing;
        self.marks.retain(|at, _| kept(*at, spacing, &[number]));
    }

    /// Whether the library after so many of `len` steps is worth keeping at the start.
    fn is_kept(&self, number: usize, len: usize) -> bool {
        kept(number, self.spacing, &[len, self.cursor])
    }
}

/// Whether the library after so many steps is kept: at regular distances, and before each of these numbers of steps.
fn kept(number: usize, spacing: usize, before: &[usize]) -> bool {
    number.is_multiple_of(spacing) || before.iter().any(|end| number <= *end && number + RECENT > *end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{FaceKey, PersonId, PhotoHash};

    fn key(number: u8) -> FaceKey {
        FaceKey { photo: PhotoHash([number; 16]), cell: [0; 4] }
    }

    fn any_step() -> impl Strategy<Value = Vec<Edit>> {
        let keys = || proptest::collection::vec((0u8..20).prop_map(key), 0..4);
        let edit = prop_oneof![
            (1u32..8, "[ab]", keys(), keys()).prop_map(|(person, name, faces, rest)| Edit::MakePerson {
                person: PersonId(person),
                name: Some(name),
                faces,
                rest
            }),
            (1u32..8, keys()).prop_map(|(person, faces)| Edit::Assign { person: PersonId(person), faces }),
            (1u32..8, keys()).prop_map(|(person, faces)| Edit::NotThisPerson { person: PersonId(person), faces }),
            (1u32..8, 1u32..8).prop_map(|(a, b)| Edit::MergePersons { from: PersonId(a), into: PersonId(b) }),
            (1u32..8, 1900i16..2000).prop_map(|(a, year)| Edit::BirthYear { person: PersonId(a), year: Some(year) }),
        ];
        proptest::collection::vec(edit, 1..3)
    }

    proptest! {
        /// Undo and redo, in steps and in jumps, lead to the fold of the steps that count; redo after undo is where one
        /// was.
        #[test]
        fn undo_and_redo_are_inverse(
            steps in proptest::collection::vec(any_step(), 1..90),
            jumps in proptest::collection::vec(0usize..95, 1..8),
        ) {
            let fold = |count: usize| Library::fold(steps[..count].iter().flatten());
            let mut history = History::default();
            for step in &steps {
                let before = history.library().clone();
                let (library, changes) = history.foresee(step);
                prop_assert_eq!(changes.is_empty(), library == before);
                history.push(step.clone(), library);
                let after = history.library().clone();
                history.go_to(history.cursor() - 1);
                prop_assert_eq!(history.library(), &before, "undo");
                history.go_to(history.cursor() + 1);
                prop_assert_eq!(history.library(), &after, "undo and redo");
            }
            for jump in jumps {
                let cursor = jump.min(steps.len());
                history.go_to(jump);
                prop_assert_eq!((history.cursor(), history.library()), (cursor, &fold(cursor)));
                let active = history.entries().iter().filter(|entry| entry.active).count();
                prop_assert_eq!(active, cursor);
                let again = History::new(steps.clone(), cursor);
                prop_assert_eq!(again.library(), history.library(), "as after a restart");
                prop_assert_eq!(again.entries(), history.entries());
            }
            // A new step drops what was undone.
            let cursor = history.cursor();
            let (library, _) = history.foresee(&steps[0]);
            history.push(steps[0].clone(), library);
            prop_assert_eq!(history.len(), cursor + 1);
            let expected: Vec<&Edit> = steps[..cursor].iter().flatten().chain(&steps[0]).collect();
            prop_assert_eq!(history.library(), &Library::fold(expected));
            history.go_to(cursor);
            prop_assert_eq!(history.library(), &fold(cursor));
        }
    }

    #[test]
    fn few_libraries_are_kept_however_many_steps() {
        let mut history = History::default();
        for number in 0..3000u32 {
            let step = vec![Edit::Assign { person: PersonId(1), faces: vec![key(number as u8)] }];
            let (library, _) = history.foresee(&step);
            history.push(step, library);
        }
        assert!(history.marks.len() <= 2 * MARKS + RECENT + 2, "{}", history.marks.len());
        assert_eq!(history.len(), 3000);
    }
}
