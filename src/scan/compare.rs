//! What is new, what is as it was, what is gone.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::{Entry, Walk};

/// What a scan has to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// New or changed files, in path order.
    pub to_read: Vec<Entry>,
    /// Files known by path, size and time.
    pub unchanged: Vec<PathBuf>,
    /// Known files that are no longer there, although their folder could be looked through.
    pub gone: Vec<PathBuf>,
    /// Empty folders below which files are known: a disk that is not connected leaves its folder behind. The files below
    /// are not gone.
    pub vanished: Vec<PathBuf>,
}

/// Some folders, to ask of many paths whether they lie below one of them: the number of folders costs nothing.
pub struct Folders<'a>(HashSet<&'a Path>);

impl<'a> Folders<'a> {
    /// These folders.
    #[must_use]
    pub fn new(folders: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        Self(folders.into_iter().map(PathBuf::as_path).collect())
    }

    /// Whether a path is one of the folders or lies below one.
    #[must_use]
    pub fn hold(&self, path: &Path) -> bool {
        !self.0.is_empty() && path.ancestors().any(|above| self.0.contains(above))
    }
}

/// Compares a walk with what is known of each path: its size and time of change in nanoseconds.
///
/// Files under a root or folder that could not be opened, or behind a link that leads nowhere, are never gone: the disk
/// may come back. Only for a walk that was not stopped.
#[must_use]
pub fn compare(walk: &Walk, known: &BTreeMap<PathBuf, (u64, i64)>) -> Plan {
    let mut plan = Plan::default();
    for entry in &walk.files {
        if known.get(&entry.path) == Some(&(entry.size, entry.modified_ns)) {
            plan.unchanged.push(entry.path.clone());
        } else {
            plan.to_read.push(entry.clone());
        }
    }
    let seen: BTreeSet<&Path> = walk.files.iter().map(|entry| entry.path.as_path()).collect();
    // Unreachable roots are kept as they were given; what is known is known by its absolute path.
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_no_current_folder| path.clone());
    let closed: Vec<PathBuf> = (walk.problems.iter().map(|problem| problem.path.clone()))
        .chain(walk.unreachable.iter().flat_map(|path| [path.clone(), absolute(path)]))
        .collect();
    let (roots, closed) = (Folders::new(&walk.roots), Folders::new(&closed));
    let missing: Vec<&PathBuf> =
        known.keys().filter(|path| !seen.contains(path.as_path()) && roots.hold(path) && !closed.hold(path)).collect();
    // Paths are in order, and those below a folder come right after it. Its own row is that it could not be opened, or that it
    // was a file: neither is lost with a disk.
    let lost = |folder: &&PathBuf| {
        let at = missing.partition_point(|path| path <= folder);
        missing.get(at).is_some_and(|path| path.starts_with(folder))
    };
    plan.vanished = walk.empty.iter().filter(lost).cloned().collect();
    let vanished = Folders::new(&plan.vanished);
    plan.gone = missing.into_iter().filter(|path| !vanished.hold(path)).cloned().collect();
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Problem, ProblemKind};

    fn entry(path: &str, size: u64) -> Entry {
        Entry { path: path.into(), size, modified_ns: 7 }
    }

    #[test]
    fn files_are_new_changed_unchanged_or_gone() {
        let walk = Walk {
            roots: vec!["/photos".into()],
            files: vec![entry("/photos/a", 1), entry("/photos/b", 2), entry("/photos/c", 3)],
            problems: vec![Problem {
                path: "/photos/closed".into(),
                kind: ProblemKind::Unreadable,
                message: String::new(),
            }],
            unreachable: vec!["/disk".into(), "/photos/mounted".into()],
            empty: vec!["/photos/stick".into(), "/photos/always-empty".into()],
            ..Walk::default()
        };
        let known = [
            ("/photos/a", 1),
            ("/photos/b", 9),
            ("/photos/x", 1),
            ("/photos/closed/y", 1),
            ("/disk/z", 1),
            ("/photos/mounted/v", 1),
            ("/photos/stick/2019/u", 1),
            ("/other/w", 1),
        ]
        .map(|(path, size)| (PathBuf::from(path), (size, 7)))
        .into();
        let plan = compare(&walk, &known);
        assert_eq!(plan.to_read, [entry("/photos/b", 2), entry("/photos/c", 3)]);
        assert_eq!(plan.unchanged, [PathBuf::from("/photos/a")]);
        assert_eq!(plan.gone, [PathBuf::from("/photos/x")], "what cannot be looked at is not gone");
        assert_eq!(plan.vanished, [PathBuf::from("/photos/stick")]);
    }

    #[test]
    fn a_folder_that_opens_now_and_is_empty_has_lost_nothing() {
        let walk = Walk { roots: vec!["/photos".into()], empty: vec!["/photos/closed".into()], ..Walk::default() };
        let plan = compare(&walk, &[(PathBuf::from("/photos/closed"), (0, 0))].into());
        assert_eq!((plan.gone, plan.vanished), (vec![PathBuf::from("/photos/closed")], Vec::new()));
    }

    /// Somebody who put 40,000 photos in another order has left thousands of empty folders behind.
    #[test]
    fn many_empty_folders_are_compared_soon() {
        let folder = |number: usize| PathBuf::from(format!("/photos/{:02}/{number:05}", number % 7));
        let mut empty: Vec<PathBuf> = (0..8_000).map(folder).collect();
        empty.sort();
        let walk = Walk { roots: vec!["/photos".into()], empty, ..Walk::default() };
        let known = (0..40_000).map(|number| (folder(number).join("a.jpg"), (1, 1))).collect();
        // Each path against each folder would take minutes.
        let plan = compare(&walk, &known);
        assert_eq!((plan.vanished.len(), plan.gone.len()), (8_000, 32_000));
    }

    #[test]
    fn folders_hold_themselves_and_what_is_below() {
        let (one, two) = (PathBuf::from("/a/b"), PathBuf::from("/c"));
        let folders = Folders::new([&one, &two]);
        for (path, inside) in [("/a/b", true), ("/a/b/x", true), ("/a/bc", false), ("/a", false), ("/c/d/e", true)] {
            assert_eq!(folders.hold(Path::new(path)), inside, "{path}");
        }
        assert!(!Folders::new([]).hold(Path::new("/a")));
    }
}
