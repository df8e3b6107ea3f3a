//! Writing the plan. A file appears under its name only when it is whole: it is written beside it, flushed, renamed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{Existing, Plan, Step};
use crate::domain::{PhotoHash, Problem, ProblemKind};
use crate::metadata;

/// How files come to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Byte for byte.
    #[default]
    Copy,
    /// A second name for the same bytes; same disk only.
    Hardlink,
    /// A pointer to the original.
    Symlink,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Photos written.
    pub written: usize,
    /// Photos that were there already.
    pub unchanged: usize,
    /// Photos that could not be written, and why.
    pub failed: Vec<Problem>,
    /// The user stopped it; whole files stay.
    pub cancelled: bool,
}

/// What stands at `to`, compared with `from` byte for byte.
#[must_use]
pub fn existing(from: &Path, to: &Path) -> Existing {
    if to.symlink_metadata().is_err() {
        return Existing::Nothing;
    }
    // Nor is anything else opened than a file: a pipe would never answer.
    if !to.is_file() {
        return Existing::Other;
    }
    if same_bytes(from, to).unwrap_or(false) { Existing::Same } else { Existing::Other }
}

fn same_bytes(a: &Path, b: &Path) -> io::Result<bool> {
    let (mut a, mut b) = (File::open(a)?, File::open(b)?);
    if a.metadata()?.len() != b.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let count = a.read(&mut left)?;
        if count == 0 {
            return Ok(true);
        }
        b.read_exact(&mut right[..count])?;
        if left[..count] != right[..count] {
            return Ok(false);
        }
    }
}

/// Writes everything that is not there yet. `progress` is told done and all, and stops with `false`. A photo that cannot
/// be written is reported and the rest goes on; once the disk is full, what is not there yet is reported without another
/// try. What an export that was killed has left half written in the plan's folders is removed first.
pub fn run(plan: &Plan, mode: Mode, progress: &mut dyn FnMut(usize, usize) -> bool) -> Report {
    sweep(plan);
    run_by(plan, progress, &mut |step| write(step, mode))
}

fn run_by(
    plan: &Plan,
    progress: &mut dyn FnMut(usize, usize) -> bool,
    write: &mut dyn FnMut(&Step) -> io::Result<()>,
) -> Report {
    let mut report = Report::default();
    let mut full = None;
    for (done, step) in plan.steps.iter().enumerate() {
        if !progress(done, plan.steps.len()) {
            report.cancelled = true;
            return report;
        }
        let written = match full {
            Some(kind) if !step.done => Err(io::Error::from(kind)),
            _ => write(step),
        };
        match written {
            Ok(()) if step.done => report.unchanged += 1,
            Ok(()) => report.written += 1,
            Err(error) => {
                full = full.or(Some(error.kind()).filter(|kind| is_the_disks(*kind)));
                report.failed.push(failed(step, &error));
            }
        }
    }
    progress(plan.steps.len(), plan.steps.len());
    report
}

/// Removes files that were never given their name. Their own name says what they are; a photo that happens to be called so
/// is one of the plan's.
fn sweep(plan: &Plan) {
    let wanted: BTreeSet<&Path> = plan.steps.iter().map(|step| step.to.as_path()).collect();
    for folder in &plan.folders {
        // Most folders are new.
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().ends_with(PART)) {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_file()) && !wanted.contains(path.as_path()) {
                // What cannot be removed is only in the way.
                drop(fs::remove_file(path));
            }
        }
    }
}

fn failed(step: &Step, error: &io::Error) -> Problem {
    let message = format!("not written to {} ({})", step.to.display(), reason(error));
    Problem { path: step.from.clone(), kind: ProblemKind::Unreadable, message }
}

/// Trouble that the next file will meet as well.
fn is_the_disks(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::ReadOnlyFilesystem)
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full; make room and export again".to_owned(),
        io::ErrorKind::AlreadyExists => "another file has come to stand there; nothing is overwritten".to_owned(),
        io::ErrorKind::NotFound => "the photo is not there any more".to_owned(),
        io::ErrorKind::CrossesDevices => "hard links need one disk; write copies instead".to_owned(),
        _ => error.to_string(),
    }
}

fn write(step: &Step, mode: Mode) -> io::Result<()> {
    if let Some(folder) = step.to.parent() {
        fs::create_dir_all(folder)?;
    }
    if !step.done {
        match mode {
            Mode::Copy => copy(&step.from, &step.to)?,
            // A photo may be a link itself, whose way is another one from the album.
            Mode::Hardlink => linked(fs::hard_link(step.from.canonicalize()?, &step.to))?,
            Mode::Symlink => linked(symlink(&step.from, &step.to))?,
        }
    }
    let Some((beside, text)) = step.sidecar.as_ref().and_then(|beside| Some((beside, beside.text()?))) else {
        return Ok(());
    };
    if hash(&step.from)? != beside.photo {
        return Err(io::Error::other(
            "the photo is there, but has changed since its scan, so that faces would be marked at wrong places; scan \
             again for its XMP file",
        ));
    }
    sidecar(&step.sidecar_path(), &text)
}

/// Memory cards and some network disks know no links, and nobody may make a hard link to what is somebody else's: `EPERM`,
/// on Windows `ERROR_INVALID_FUNCTION`.
fn linked(result: io::Result<()>) -> io::Result<()> {
    result.map_err(|error| match error.raw_os_error() {
        Some(1) => io::Error::other(format!("such links are not possible there ({error}); write copies instead")),
        _ => error,
    })
}

/// What a photo's content is known by; see `media::hash`.
fn hash(photo: &Path) -> io::Result<PhotoHash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(photo)?)?;
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Ok(PhotoHash(short))
}

/// Writes a sidecar. One that this program wrote is brought up to date; anybody else's stays as it is.
fn sidecar(target: &Path, text: &str) -> io::Result<()> {
    match fs::read(target) {
        Ok(found) if found == text.as_bytes() => Ok(()),
        Ok(found) if !metadata::is_ours(&String::from_utf8_lossy(&found)) => Err(io::Error::other(
            "the photo is there, but the XMP file beside it is another program's and was left as it is",
        )),
        Ok(_ours) => whole(target, Replace::Ours, |file| file.write_all(text.as_bytes())),
        Err(_not_there) => whole(target, Replace::Nothing, |file| file.write_all(text.as_bytes())),
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let modified = source.metadata().and_then(|metadata| metadata.modified()).ok();
    whole(to, Replace::Nothing, |file| {
        io::copy(&mut source, file)?;
        // The date is part of a photo for many programs; where a file cannot have it (a phone, a network disk), the photo
        // still counts more.
        drop(modified.map(|time| file.set_modified(time)));
        Ok(())
    })
}

/// What may stand at a target.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replace {
    Nothing,
    Ours,
}

/// Comes after a file's name while it is being written.
const PART: &str = ".albumen-part";

/// Writes a file under another name, flushes it to the disk, and gives it its name; and flushes the folder too.
fn whole(target: &Path, replace: Replace, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut name = target.as_os_str().to_owned();
    name.push(PART);
    let part = PathBuf::from(name);
    // What was left there, be it a link to somewhere else, is not written into.
    drop(fs::remove_file(&part));
    let written = File::create_new(&part).and_then(|mut file| {
        fill(&mut file)?;
        file.sync_all()
    });
    let named = written.and_then(|()| match replace {
        Replace::Ours => fs::rename(&part, target),
        Replace::Nothing => name_new(&part, target),
    });
    if named.is_err() {
        // Half a file is worse than none; when even that fails, the first error is the one to tell.
        drop(fs::remove_file(&part));
    }
    named?;
    // A folder cannot be flushed everywhere; the file itself is on the disk already.
    if let Some(folder) = target.parent().and_then(|folder| File::open(folder).ok()) {
        drop(folder.sync_all());
    }
    Ok(())
}

/// Gives a file its name unless something has come to stand there since the plan was made: a link fails then, a renaming
/// would overwrite.
fn name_new(part: &Path, target: &Path) -> io::Result<()> {
    match fs::hard_link(part, target) {
        Ok(()) => fs::remove_file(part),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system without links (a memory card).
        Err(_no_links) if target.symlink_metadata().is_err() => fs::rename(part, target),
        Err(_no_links) => Err(io::ErrorKind::AlreadyExists.into()),
    }
}

#[cfg(unix)]
fn symlink(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(windows)]
fn symlink(from: &Path, to: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(from, to)
}

#[cfg(not(any(unix, windows)))]
fn symlink(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "symbolic links are not known here; use copies"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FaceBox;
    use crate::export::Sidecar;

    fn step(from: &Path, to: &Path) -> Plan {
        let step = Step { from: from.to_owned(), to: to.to_owned(), sidecar: Some(beside("Ann")), done: false };
        Plan { steps: vec![step], ..Plan::default() }
    }

    fn beside(name: &str) -> Sidecar {
        let region = metadata::Region { name: name.into(), bounds: FaceBox::new(1.0, 1.0, 5.0, 5.0) };
        // The hash of `photo`.
        let photo = hash_of(b"photo");
        Sidecar { regions: [region].into(), size: (10, 10), orientation: 1, photo }
    }

    fn hash_of(bytes: &[u8]) -> PhotoHash {
        PhotoHash(blake3::hash(bytes).as_bytes()[..16].try_into().unwrap())
    }

    #[test]
    fn a_photo_that_has_changed_gets_no_regions_of_the_old_one() {
        let temp = tempfile::tempdir().unwrap();
        let (from, to) = (temp.path().join("a.jpg"), temp.path().join("out/a.jpg"));
        fs::write(&from, b"turned by another program").unwrap();
        for done in [false, true] {
            let mut plan = step(&from, &to);
            plan.steps[0].done = done;
            let report = run(&plan, Mode::Copy, &mut |_, _| true);
            assert!(report.failed[0].message.contains("has changed since its scan"), "{report:?}");
            assert_eq!(fs::read(&to).unwrap(), b"turned by another program");
            assert!(!plan.steps[0].sidecar_path().exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_hard_link_to_a_linked_photo_is_one_to_the_photo() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("real.jpg"), b"photo").unwrap();
        let (from, to) = (temp.path().join("link.jpg"), temp.path().join("out/link.jpg"));
        symlink(Path::new("real.jpg"), &from).unwrap();
        let report = run(&step(&from, &to), Mode::Hardlink, &mut |_, _| true);
        assert_eq!((report.written, report.failed.len()), (1, 0), "{report:?}");
        assert!(fs::symlink_metadata(&to).unwrap().is_file(), "no link that leads nowhere from the album");
        assert_eq!(fs::read(&to).unwrap(), b"photo");
        let refused = linked(Err(io::Error::from_raw_os_error(1))).unwrap_err();
        assert!(reason(&refused).contains("write copies instead"), "{refused}");
    }

    #[test]
    fn a_full_disk_is_said_for_every_photo_and_tried_once() {
        let mut plan = step(Path::new("a.jpg"), Path::new("out/a.jpg"));
        let there = Step { done: true, ..plan.steps[0].clone() };
        plan.steps = vec![plan.steps[0].clone(), plan.steps[0].clone(), there, plan.steps[0].clone()];
        let tried = |kind: io::ErrorKind| {
            let mut tried = 0;
            let report = run_by(&plan, &mut |_, _| true, &mut |step| {
                tried += 1;
                if step.done { Ok(()) } else { Err(kind.into()) }
            });
            assert_eq!((report.written, report.unchanged, report.failed.len()), (0, 1, 3), "{report:?}");
            (tried, report.failed[2].message.clone())
        };
        let (times, message) = tried(io::ErrorKind::StorageFull);
        assert_eq!(times, 2, "the first, and the one that is there");
        assert!(message.contains("the disk is full; make room"), "{message}");
        assert_eq!(tried(io::ErrorKind::PermissionDenied).0, 4, "the next may be readable");
    }

    #[test]
    fn what_a_killed_export_left_is_removed_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        let (from, folder) = (temp.path().join("a.jpg"), temp.path().join("out"));
        fs::write(&from, b"photo").unwrap();
        fs::create_dir_all(folder.join("d.albumen-part")).unwrap();
        for name in ["a.jpg.albumen-part", "gone.jpg.albumen-part", "a.jpg.xmp.albumen-part", "mine.txt"] {
            fs::write(folder.join(name), b"half").unwrap();
        }
        let mut plan = step(&from, &folder.join("a.jpg"));
        // A photo may be called so.
        let odd = Step { to: folder.join("odd.albumen-part"), sidecar: None, done: true, ..plan.steps[0].clone() };
        fs::write(&odd.to, b"photo").unwrap();
        plan.steps.push(odd);
        plan.folders.push(folder.clone());
        let report = run(&plan, Mode::Copy, &mut |_, _| true);
        assert_eq!((report.written, report.unchanged, report.failed.len()), (1, 1, 0), "{report:?}");
        let mut left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["a.jpg", "a.jpg.xmp", "d.albumen-part", "mine.txt", "odd.albumen-part"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_a_half_file_is_not_followed() {
        let temp = tempfile::tempdir().unwrap();
        let (from, other) = (temp.path().join("a.jpg"), temp.path().join("other"));
        fs::write(&from, b"photo").unwrap();
        fs::write(&other, b"somebody's").unwrap();
        let to = temp.path().join("out.jpg");
        symlink(&other, &temp.path().join("out.jpg.albumen-part")).unwrap();
        let report = run(&step(&from, &to), Mode::Copy, &mut |_, _| true);
        assert_eq!(report.written, 1, "{report:?}");
        assert_eq!((fs::read(&to).unwrap(), fs::read(&other).unwrap()), (b"photo".to_vec(), b"somebody's".to_vec()));
    }

    #[test]
    fn every_mode_writes_and_nothing_half_is_left() {
        let temp = tempfile::tempdir().unwrap();
        let from = temp.path().join("a.jpg");
        fs::write(&from, b"photo").unwrap();
        for (mode, name) in [(Mode::Copy, "copy"), (Mode::Hardlink, "hard"), (Mode::Symlink, "soft")] {
            let to = temp.path().join(name).join("a.jpg");
            let report = run(&step(&from, &to), mode, &mut |_, _| true);
            assert_eq!((report.written, report.failed.len()), (1, 0), "{mode:?}: {report:?}");
            assert_eq!(fs::read(&to).unwrap(), b"photo");
            assert_eq!(existing(&from, &to), Existing::Same);
            assert_eq!(fs::read_dir(temp.path().join(name)).unwrap().count(), 2, "the photo and its sidecar");
        }
        assert_eq!(existing(&from, &temp.path().join("nothing")), Existing::Nothing);
        fs::write(temp.path().join("other"), b"PHOTO").unwrap();
        assert_eq!(existing(&from, &temp.path().join("other")), Existing::Other);
    }

    #[test]
    fn a_missing_photo_is_reported_and_leaves_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let to = temp.path().join("out/a.jpg");
        let report = run(&step(&temp.path().join("gone.jpg"), &to), Mode::Copy, &mut |_, _| true);
        assert_eq!((report.written, report.failed.len()), (0, 1));
        assert_eq!(fs::read_dir(temp.path().join("out")).unwrap().count(), 0);
        assert!(report.failed[0].message.contains("not there any more"), "{report:?}");
        let stopped = run(&step(&temp.path().join("gone.jpg"), &to), Mode::Copy, &mut |_, _| false);
        assert!(stopped.cancelled);
    }

    #[test]
    fn nothing_is_overwritten_not_even_what_came_after_the_plan() {
        let temp = tempfile::tempdir().unwrap();
        let (from, to) = (temp.path().join("a.jpg"), temp.path().join("out/a.jpg"));
        fs::write(&from, b"photo").unwrap();
        fs::create_dir(temp.path().join("out")).unwrap();
        fs::write(&to, b"somebody's").unwrap();
        for mode in [Mode::Copy, Mode::Hardlink, Mode::Symlink] {
            let report = run(&step(&from, &to), mode, &mut |_, _| true);
            assert_eq!((report.written, report.failed.len()), (0, 1), "{mode:?}");
            assert!(report.failed[0].message.contains("nothing is overwritten"), "{report:?}");
            assert_eq!(fs::read(&to).unwrap(), b"somebody's");
        }
        assert_eq!(fs::read_dir(temp.path().join("out")).unwrap().count(), 1, "no half file is left");
    }

    #[test]
    fn our_sidecars_follow_and_others_stay() {
        let temp = tempfile::tempdir().unwrap();
        let (from, to) = (temp.path().join("a.jpg"), temp.path().join("out/a.jpg"));
        fs::write(&from, b"photo").unwrap();
        let mut plan = step(&from, &to);
        let target = temp.path().join("out/a.jpg.xmp");
        for (name, done) in [("Ann", false), ("Anna", true)] {
            plan.steps[0].sidecar = Some(beside(name));
            plan.steps[0].done = done;
            let report = run(&plan, Mode::Copy, &mut |_, _| true);
            assert!(report.failed.is_empty(), "{report:?}");
            assert!(fs::read_to_string(&target).unwrap().contains(&format!(">{name}<")));
        }
        fs::write(&target, "<x:xmpmeta x:xmptk=\"Somebody else\"/>").unwrap();
        let report = run(&plan, Mode::Copy, &mut |_, _| true);
        assert!(report.failed[0].message.contains("left as it is"), "{report:?}");
        assert!(fs::read_to_string(&target).unwrap().contains("Somebody else"));
    }
}
