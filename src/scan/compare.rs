//! What is new, what is as it was, what is gone.

use std::collections::{BTreeMap, BTreeSet};
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
    let under = |path: &Path, folders: &[PathBuf]| folders.iter().any(|folder| path.starts_with(folder));
    // Unreachable roots are kept as they were given; what is known is known by its absolute path.
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_no_current_folder| path.clone());
    let closed: Vec<PathBuf> = (walk.problems.iter().map(|problem| problem.path.clone()))
        .chain(walk.unreachable.iter().flat_map(|path| [path.clone(), absolute(path)]))
        .collect();
    let missing: Vec<&PathBuf> = known
        .keys()
        .filter(|path| !seen.contains(path.as_path()) && under(path, &walk.roots) && !under(path, &closed))
        .collect();
    let lost = |folder: &&PathBuf| missing.iter().any(|path| path.starts_with(folder));
    plan.vanished = walk.empty.iter().filter(lost).cloned().collect();
    plan.gone = missing.into_iter().filter(|path| !under(path, &plan.vanished)).cloned().collect();
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
}
