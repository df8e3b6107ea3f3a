//! Folders of all kinds, walked.

use super::*;

fn names(found: &Walk, root: &Path) -> Vec<String> {
    let root = root.canonicalize().unwrap();
    let inside = |entry: &Entry| entry.path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    found.files.iter().map(inside).collect()
}

/// A folder with these files in it.
fn tree(files: &[&str]) -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    for file in files {
        let path = temp.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }
    temp
}

#[test]
fn files_are_sorted_hidden_ones_left_out_and_nested_roots_counted_once() {
    let temp = tree(&["b.jpg", "a/x.jpg", "a/.hidden.jpg", ".git/y.jpg", "@eaDir/z.jpg", "a/b/c.txt"]);
    let roots = [temp.path().join("a"), temp.path().to_owned(), temp.path().join("a/../a"), temp.path().join("no")];
    let found = walk(&roots, &mut |_| true);
    assert_eq!(names(&found, temp.path()), ["a/b/c.txt", "a/x.jpg", "b.jpg"]);
    assert_eq!(found.unreachable, [temp.path().join("no")]);
    assert_eq!(found.roots, [temp.path().canonicalize().unwrap()]);
    let stopped = walk(&roots, &mut |found| found == 0);
    assert_eq!(stopped.files.len(), 1);
    let mut counts = Vec::new();
    walk(&roots, &mut |count| {
        counts.push(count);
        true
    });
    counts.dedup();
    assert_eq!(counts, [0, 1, 2, 3]);
}

#[test]
fn folders_without_a_file_are_walked_no_farther_than_wanted() {
    let temp = tempfile::tempdir().unwrap();
    for folder in ["a/b", "c/d", "e/f"] {
        fs::create_dir_all(temp.path().join(folder)).unwrap();
    }
    let mut asked = 0;
    let stopped = walk(&[temp.path().to_owned()], &mut |_| {
        asked += 1;
        asked < 4
    });
    let root = temp.path().canonicalize().unwrap();
    assert_eq!((asked, stopped.folders.len()), (4, 3), "the root, a, b");
    assert_eq!(stopped.empty, [root.join("a/b")]);
}

#[test]
fn libraries_are_no_photos_and_a_root_may_be_hidden_or_a_file() {
    let temp = tree(&["x.albumen", "x.albumen-wal", "x.albumen-shm", "y.albumen.jpg", ".camera/a.jpg"]);
    for copy in
        ["backup-2026-11-26", "backup-2026-11-26-part", "damaged-20261126-120000", "damaged-20261126-120000-wal"]
    {
        fs::write(temp.path().join(format!("x.albumen.{copy}")), b"x").unwrap();
    }
    assert_eq!(names(&walk(&[temp.path().to_owned()], &mut |_| true), temp.path()), ["y.albumen.jpg"]);
    assert_eq!(names(&walk(&[temp.path().join(".camera")], &mut |_| true), temp.path()), [".camera/a.jpg"]);
    let file = walk(&[temp.path().join("y.albumen.jpg")], &mut |_| true);
    assert_eq!((file.files.len(), file.files[0].size), (1, 1));
    assert!(file.files[0].modified_ns > 1_500_000_000_000_000_000);
}

#[cfg(unix)]
#[test]
fn loops_broken_links_and_odd_names_do_not_stop_the_walk() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    let temp = tree(&["a/x.jpg"]);
    symlink(temp.path(), temp.path().join("a/loop")).unwrap();
    symlink("nowhere", temp.path().join("broken.jpg")).unwrap();
    symlink("itself.jpg", temp.path().join("itself.jpg")).unwrap();
    symlink("a/x.jpg", temp.path().join("link.jpg")).unwrap();
    // Not every file system takes such a name.
    let odd = usize::from(fs::write(temp.path().join(OsStr::from_bytes(b"odd\xff.jpg")), b"x").is_ok());
    let found = walk(&[temp.path().to_owned()], &mut |_| true);
    assert_eq!(found.files.len(), 2 + odd);
    let kinds: Vec<ProblemKind> = found.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::BrokenLink; 3], "{:?}", found.problems);
    assert!(found.problems[0].path.ends_with("a/loop"), "{:?}", found.problems);
}

#[cfg(unix)]
#[test]
fn linked_folders_are_listed_once() {
    use std::os::unix::fs::symlink;

    let outside = tree(&["far/p.jpg", "far/deep/q.jpg"]);
    let temp = tree(&["z/x.jpg", "b/y.jpg"]);
    symlink(temp.path().join("z"), temp.path().join("a")).unwrap();
    symlink(outside.path().join("far"), temp.path().join("album")).unwrap();
    symlink(outside.path().join("far"), temp.path().join("z/album")).unwrap();
    // Each of two folders links to the other: without a memory this would go on for ever.
    symlink(outside.path().join("far"), outside.path().join("far/deep/up")).unwrap();
    symlink(temp.path().join("b"), temp.path().join("z/to-b")).unwrap();
    symlink(temp.path().join("z"), temp.path().join("b/to-z")).unwrap();
    let found = walk(&[temp.path().to_owned()], &mut |_| true);
    assert_eq!(names(&found, temp.path()), ["album/deep/q.jpg", "album/p.jpg", "b/y.jpg", "z/x.jpg"]);
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    assert_eq!(found.problems[0].path, temp.path().canonicalize().unwrap().join("album/deep/up"));
}

#[cfg(unix)]
#[test]
fn what_is_looked_at_again_keeps_its_path() {
    use std::os::unix::fs::symlink;

    let outside = tree(&["far/p.jpg", "far/deep/q.jpg"]);
    let temp = tree(&["x.jpg", "was-closed/y.jpg"]);
    let root = temp.path().canonicalize().unwrap();
    symlink(outside.path().join("far"), root.join("album")).unwrap();
    symlink(outside.path().join("far"), outside.path().join("far/deep/up")).unwrap();
    symlink(root.join("x.jpg"), root.join("link.jpg")).unwrap();
    symlink("nowhere", root.join("broken.jpg")).unwrap();
    let paths = ["album/p.jpg", "album/deep/up", "album", "link.jpg", "broken.jpg", "was-closed", "deleted.jpg"];
    let paths: Vec<PathBuf> = paths.iter().map(|path| root.join(path)).collect();
    let found = again(&paths, &mut |_| true);
    assert_eq!(names(&found, &root), ["album/p.jpg", "link.jpg", "was-closed/y.jpg"]);
    let troubled: Vec<PathBuf> = found.problems.iter().map(|problem| problem.path.clone()).collect();
    assert_eq!(troubled, [root.join("album/deep/up"), root.join("broken.jpg")], "{:?}", found.problems);
    assert!(found.unreachable.is_empty());
    let known = ["deleted.jpg", "was-closed", "broken.jpg", "x.jpg"].map(|path| (root.join(path), (1, 1)));
    let gone = crate::scan::compare(&found, &known.into()).gone;
    assert_eq!(gone, [root.join("deleted.jpg"), root.join("was-closed")], "a folder that opens is no problem");
}

/// Which of these files below the root a walk takes for gone.
fn gone(found: &Walk, known: &[&str]) -> Vec<PathBuf> {
    let known = known.iter().map(|path| (found.roots[0].join(path), (1, 1))).collect();
    crate::scan::compare(found, &known).gone
}

#[test]
fn what_a_listing_that_broke_off_did_not_show_is_not_gone() {
    let temp = tree(&["a/x.jpg", "b/y.jpg"]);
    let root = temp.path().canonicalize().unwrap();
    let mut state = State::default();
    state.find_roots(std::slice::from_ref(&root));
    assert!(state.folder(&root, &root, &mut |_| true));
    state.broke_off(root.join("a"), Some(&io::Error::from_raw_os_error(5)));
    let found = Walk { files: state.files.into_values().collect(), ..state.found };
    assert_eq!(gone(&found, &["a/x.jpg", "a/unlisted.jpg", "a/deep/z.jpg", "b/z.jpg"]), [root.join("b/z.jpg")]);
    assert!(found.problems[0].message.contains("to its end"), "{:?}", found.problems);
    // A disk that is pulled out in the middle: names were listed, and then there is nothing.
    let mut state = State::default();
    state.find_roots(std::slice::from_ref(&root));
    for name in ["b/deleted.jpg", "away/1.jpg", "away/2.jpg"] {
        state.trouble(root.join(name), &io::ErrorKind::NotFound.into());
    }
    assert_eq!(state.found.problems.len(), 1, "{:?}", state.found.problems);
    assert_eq!(gone(&state.found, &["b/deleted.jpg", "away/1.jpg"]), [root.join("b/deleted.jpg")]);
}

#[cfg(unix)]
#[test]
fn what_lies_behind_too_many_links_is_not_gone() {
    use std::os::unix::fs::symlink;

    let outside = tree(&["1/x.jpg", "2/x.jpg", "3/x.jpg"]);
    let temp = tree(&["z.jpg"]);
    for link in ["1", "2", "3"] {
        symlink(outside.path().join(link), temp.path().join(link)).unwrap();
    }
    let mut state = State::default();
    state.find_roots(&[temp.path().to_owned()]);
    let root = state.found.roots[0].clone();
    assert!(state.folder(&root, &root, &mut |_| true));
    state.follow_links(2, &mut |_| true);
    let found = Walk { files: state.files.into_values().collect(), ..state.found };
    assert_eq!(names(&found, temp.path()), ["1/x.jpg", "2/x.jpg", "z.jpg"]);
    assert_eq!(found.problems.iter().map(|problem| problem.path.clone()).collect::<Vec<_>>(), [root.join("3")]);
    assert_eq!(gone(&found, &["1/gone.jpg", "3/x.jpg"]), [root.join("1/gone.jpg")]);
}

#[cfg(unix)]
#[test]
fn folders_that_cannot_be_opened_are_problems() {
    use std::os::unix::fs::PermissionsExt as _;

    let temp = tree(&["closed/x.jpg", "open/y.jpg"]);
    let closed = temp.path().join("closed");
    let allow = |mode| fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o000);
    if fs::read_dir(&closed).is_ok() {
        allow(0o755);
        return; // The superuser may read everything.
    }
    let found = walk(&[temp.path().to_owned()], &mut |_| true);
    let root = walk(std::slice::from_ref(&closed), &mut |_| true);
    allow(0o755);
    assert_eq!(names(&found, temp.path()), ["open/y.jpg"]);
    assert_eq!(found.problems.len(), 1);
    assert_eq!(found.problems[0].kind, ProblemKind::Unreadable);
    assert_eq!((root.unreachable.len(), root.files.len()), (1, 0));
}
