//! Every file below some folders.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use walkdir::{DirEntry, WalkDir};

use super::watch::{Times, UNSURE};
use crate::domain::{Problem, ProblemKind};

/// A file as the folder lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Absolute.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Time of the last change in nanoseconds since 1970, negative before.
    pub modified_ns: i64,
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The roots that could be opened, absolute; none lies in another.
    pub roots: Vec<PathBuf>,
    /// Sorted by path, none twice.
    pub files: Vec<Entry>,
    /// Folders and links that could not be followed, sorted by path.
    pub problems: Vec<Problem>,
    /// Roots that are not there or cannot be opened, as they were given.
    pub unreachable: Vec<PathBuf>,
    /// Folders with nothing at all in them, not even anything hidden, sorted by path: perhaps the place of a disk that
    /// is not connected.
    pub empty: Vec<PathBuf>,
    /// Every folder that was listed, by its real path, and when it had changed last.
    pub folders: Times,
}

/// Folders of other programs' thumbnails and bins.
const OTHERS: &[&str] =
    &["@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found", "node_modules"];
/// This program's own files.
const OURS: &[&str] = &[".albumen", ".albumen-wal", ".albumen-shm", ".albumen-journal", ".albumen-lock"];
/// Copies of it, with a day or a time behind the name.
const OUR_COPIES: &[&str] = &[".albumen.backup-", ".albumen.damaged-"];
/// Links to folders in linked folders, and so on: more is no order anybody keeps.
const MOST_LINKS: usize = 10_000;

/// Looks through folders; a root may also be a single file. Hidden files and folders, other programs' thumbnails and
/// bins, and Albumen's libraries are left out; a root itself never is.
///
/// Nested and repeated roots count once. A link to a file is a file like others. A link to a folder is followed once
/// everything else was seen, and only to where the walk has not been: a folder that is reached on two ways is listed
/// on the way without links, and links in a circle end. A link to a folder around it becomes a problem, as does one to
/// nothing. `progress` is told before every entry, and at the end of every folder, how many files were seen, and stops the
/// walk with `false`; such a walk is not complete and must not be compared.
pub fn walk(roots: &[PathBuf], progress: &mut dyn FnMut(usize) -> bool) -> Walk {
    let mut state = State::default();
    state.find_roots(roots);
    let goes_on = state.found.roots.clone().iter().all(|root| state.folder(root, root, progress));
    if goes_on {
        state.follow_links(MOST_LINKS, progress);
    }
    state.found.roots.retain(|root| !state.found.unreachable.contains(root));
    state.seen()
}

/// Looks at single files and folders again, each under the path it is known by: a link is not taken for what it leads to,
/// or its problem would stay, and the file it leads to would be one more. Links to folders are left to the next walk, which
/// knows what else is listed. What is not there is neither a file nor a problem, and no path is unreachable. `progress` as
/// for [`walk`].
pub fn again(paths: &[PathBuf], progress: &mut dyn FnMut(usize) -> bool) -> Walk {
    let mut state = State::default();
    state.found.roots = paths.to_vec();
    for path in paths {
        if !state.one(path, progress) {
            break;
        }
    }
    state.seen()
}

#[derive(Default)]
struct State {
    found: Walk,
    files: BTreeMap<PathBuf, Entry>,
    /// Folders in canonical form.
    visited: BTreeSet<PathBuf>,
    /// Links to folders as the walk met them, and where they lead.
    links: Vec<(PathBuf, PathBuf)>,
}

impl State {
    /// What was seen, in order.
    fn seen(self) -> Walk {
        let Self { mut found, files, .. } = self;
        found.problems.sort_by(|a, b| a.path.cmp(&b.path));
        found.empty.sort();
        found.files = files.into_values().collect();
        found
    }

    /// A single path; `false` when told to stop.
    fn one(&mut self, path: &Path, progress: &mut dyn FnMut(usize) -> bool) -> bool {
        if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            let real = fs::read_dir(path).and_then(|_it_opens| path.canonicalize());
            return match real {
                Ok(real) => self.folder(&simplified(real), path, progress),
                Err(error) => {
                    self.trouble(path.to_owned(), &error);
                    progress(self.files.len())
                }
            };
        }
        // Where the file itself lies, to know a link that leads back.
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        let at = folder.zip(path.file_name()).map(|(folder, name)| simplified(folder).join(name));
        self.file(at.as_deref().unwrap_or(path), path.to_owned());
        progress(self.files.len())
    }

    fn find_roots(&mut self, roots: &[PathBuf]) {
        let found = &mut self.found;
        for root in roots {
            match root.canonicalize() {
                Ok(path) => found.roots.push(simplified(path)),
                Err(_not_there) => found.unreachable.push(root.clone()),
            }
        }
        found.roots.sort();
        found.roots.dedup();
        let all = found.roots.clone();
        found.roots.retain(|root| !all.iter().any(|other| other != root && root.starts_with(other)));
    }

    /// Lists what is below the folder `real`, in canonical form, as if it were at `shown`. `false` when told to stop.
    fn folder(&mut self, real: &Path, shown: &Path, progress: &mut dyn FnMut(usize) -> bool) -> bool {
        let mut entries = WalkDir::new(real).follow_links(false).sort_by_file_name().into_iter();
        let mut listed = real.to_owned();
        loop {
            // Not only where there is a file: a tree of nothing but folders takes its time, too.
            if !progress(self.files.len()) {
                return false;
            }
            let Some(entry) = entries.next() else { return true };
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.depth() == 0 && real == shown => {
                    self.found.unreachable.push(real.to_owned());
                    continue;
                }
                Err(error) => {
                    match (error.path(), error.io_error()) {
                        (Some(path), Some(cause)) => self.trouble(seen_as(path, real, shown), cause),
                        // In the middle of a listing: walkdir sorts such errors before the folder's entries.
                        (_, cause) => self.broke_off(seen_as(&listed, real, shown), cause),
                    }
                    continue;
                }
            };
            let kind = entry.file_type();
            if (entry.depth() > 0 && !wanted(&entry))
                || (kind.is_dir() && !self.visited.insert(entry.path().to_owned()))
            {
                if kind.is_dir() {
                    entries.skip_current_dir();
                }
                continue;
            }
            if kind.is_dir() {
                entry.path().clone_into(&mut listed);
                self.note_time(entry.path());
                if fs::read_dir(entry.path()).is_ok_and(|mut inside| inside.next().is_none()) {
                    self.found.empty.push(seen_as(entry.path(), real, shown));
                }
                continue;
            }
            self.file(entry.path(), seen_as(entry.path(), real, shown));
        }
    }

    /// A folder that changed just now may change once more without showing it.
    fn note_time(&mut self, folder: &Path) {
        let Ok(metadata) = fs::metadata(folder) else { return };
        let rested = |time: SystemTime| time.elapsed().map_or(true, |since| since > Duration::from_secs(3));
        let time = if metadata.modified().is_ok_and(rested) { modified_ns(&metadata) } else { UNSURE };
        self.found.folders.insert(folder.to_owned(), time);
    }

    /// What lies at a path, to be known by another.
    fn file(&mut self, at: &Path, path: PathBuf) {
        // Follows links, unlike what a listing says.
        let metadata = match fs::metadata(at) {
            Ok(metadata) => metadata,
            Err(error) => return self.trouble(path, &error),
        };
        if metadata.is_file() {
            let size = metadata.len();
            self.files.insert(path.clone(), Entry { path, size, modified_ns: modified_ns(&metadata) });
        } else if metadata.is_dir() {
            match at.canonicalize() {
                Ok(target) if at.starts_with(simplified(target.clone())) => {
                    let message = "the link leads back to a folder around it, so it was not followed".to_owned();
                    self.found.problems.push(Problem { path, kind: ProblemKind::BrokenLink, message });
                }
                Ok(target) => self.links.push((path, simplified(target))),
                Err(error) => self.trouble(path, &error),
            }
        }
        // Anything else is a pipe, a socket or a device: no photo, and opening it might never end.
    }

    fn follow_links(&mut self, most: usize, progress: &mut dyn FnMut(usize) -> bool) {
        let mut next = 0;
        while let Some((shown, real)) = self.links.get(next).cloned().filter(|_| next < most) {
            next += 1;
            if !self.visited.contains(&real) && !self.folder(&real, &shown, progress) {
                return;
            }
        }
        // What lies behind the others was not looked at, so it is not gone either.
        for (path, real) in self.links.split_off(next.min(self.links.len())) {
            if !self.visited.contains(&real) {
                let message = format!("more than {most} links lead to folders, so this one was not followed");
                self.found.problems.push(Problem { path, kind: ProblemKind::BrokenLink, message });
            }
        }
    }

    /// A folder of which only a part could be listed: the rest is not gone, and neither is what is below.
    fn broke_off(&mut self, folder: PathBuf, cause: Option<&io::Error>) {
        if self.found.problems.last().is_some_and(|problem| problem.path == folder) {
            return;
        }
        let cause = cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
        let message = format!("the folder could not be listed to its end{cause}; check its disk");
        self.found.problems.push(Problem { path: folder, kind: ProblemKind::Unreadable, message });
    }

    fn trouble(&mut self, path: PathBuf, error: &io::Error) {
        let link = path.symlink_metadata().ok().map(|metadata| metadata.is_symlink());
        let (kind, message) = match (error.kind(), link) {
            (io::ErrorKind::PermissionDenied, _) => {
                (ProblemKind::Unreadable, "permission denied; check who may open it".to_owned())
            }
            (_, Some(true)) => {
                let message = "the link leads nowhere; restore the file it points to, or delete the link";
                (ProblemKind::BrokenLink, message.to_owned())
            }
            // Deleted while we looked: then it is gone. With the folder it was in, the disk may be.
            (io::ErrorKind::NotFound, None) => {
                if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
                    self.broke_off(folder.to_owned(), Some(error));
                }
                return;
            }
            _ => (ProblemKind::Unreadable, format!("it cannot be opened ({error}); check its disk")),
        };
        self.found.problems.push(Problem { path, kind, message });
    }
}

fn seen_as(path: &Path, real: &Path, shown: &Path) -> PathBuf {
    match path.strip_prefix(real) {
        Ok(inside) if !inside.as_os_str().is_empty() => shown.join(inside),
        _ => shown.to_owned(),
    }
}

fn wanted(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let ours = OURS.iter().any(|ending| name.ends_with(ending)) || OUR_COPIES.iter().any(|part| name.contains(part));
    let ours = ours && !entry.file_type().is_dir();
    !name.starts_with('.') && !OTHERS.contains(&name.as_ref()) && !ours && !hidden(entry)
}

/// Hidden by an attribute.
#[cfg(windows)]
fn hidden(entry: &DirEntry) -> bool {
    use std::os::windows::fs::MetadataExt as _;
    const HIDDEN: u32 = 2;
    entry.metadata().is_ok_and(|metadata| metadata.file_attributes() & HIDDEN != 0)
}

/// Elsewhere the name alone hides a file.
#[cfg(not(windows))]
fn hidden(_entry: &DirEntry) -> bool {
    false
}

pub(super) fn modified_ns(metadata: &Metadata) -> i64 {
    let Ok(time) = metadata.modified() else { return 0 };
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |before| -before),
    }
}

/// Windows' canonical paths begin with `\\?\`, which no person should have to read.
fn simplified(path: PathBuf) -> PathBuf {
    let plain = path.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|rest| !rest.starts_with("UNC"));
    plain.map(|plain| Path::new(plain).to_owned()).unwrap_or(path)
}

#[cfg(test)]
mod tests;
