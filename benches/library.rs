//! Size and speed of a large library, made synthetically: 100,000 photos, 250,000 faces, 4,000 named people. Prints the
//! figures beside their limits and fails when one is over. Run: `cargo bench --bench library` (or `cargo build --release
//! --bench library` and the program itself; an argument sets the number of photos). With `growth` it measures 1,000,
//! 10,000 and 100,000 photos and prints how each figure grows; with `lists 5000 20000 …`, what it saves to keep the
//! neighbour lists of so many faces. Nothing is decoded or recognised but with `scans 100 1000 …`: so many files are
//! scanned, and it prints how time, memory and the library grow.

#![allow(clippy::unwrap_used, clippy::iter_over_hash_type, reason = "a bench ends where it cannot go on")]

mod growth;
mod made_up;

use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use albumen::cluster::{NewFace as Row, ORDINARY_NEARNESS, Session, stored_faces};
use albumen::domain::{FaceId, GroupId, Snapshot};
use albumen::engine::{Command, Engine, Handle, Options};
use albumen::store::{FileOutcome, Reader, Store};
use albumen::vision::{self, DeviceChoice, FaceFinder, FakeFinder, Purpose};

use growth::Figures;
use made_up::{Noise, Recipe, photos_to_read, unit};

const MODEL: &str = "fake-1";
/// The library whose opening and edits a process of its own measures.
const MEASURE: &str = "ALBUMEN_BENCH_MEASURE";
/// The library whose unchanged folders a process of its own scans.
const RESCAN: &str = "ALBUMEN_BENCH_RESCAN";
/// The library, not there yet, that a process of its own scans the folder beside it into.
const SCAN: &str = "ALBUMEN_BENCH_SCAN";
/// That folder.
const FOLDER: &str = "photos";
/// Photos of the scan that finds nothing new.
const UNCHANGED: usize = 10_000;
/// Numbers an embedding, as libraries hold them.
const WIDTH: usize = 128;
/// Bytes of a thumbnail here; they are taken off the size.
const THUMBNAIL: usize = 64;

fn fill(library: &Path, folder: &Path, photos: usize, there: &dyn Fn(&mut FileOutcome)) -> usize {
    Recipe { model: MODEL, width: WIDTH, thumbnails: &[vec![0; THUMBNAIL]] }.fill(library, folder, photos, there)
}

/// A folder of small files, each known to a library as a photo with faces.
fn fill_with_files(temp: &Path, photos: usize) -> PathBuf {
    let (library, folder) = (temp.join("files.albumen"), temp.canonicalize().unwrap().join("photos"));
    std::fs::create_dir(&folder).unwrap();
    fill(&library, &folder, photos, &|file| {
        file.path = folder.join(file.path.strip_prefix("/photos").unwrap());
        std::fs::create_dir_all(file.path.parent().unwrap()).unwrap();
        std::fs::write(&file.path, b"a photo").unwrap();
        let metadata = file.path.metadata().unwrap();
        file.size = metadata.len();
        file.modified_ns = metadata.modified().unwrap().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64;
    });
    library
}

fn memory_mib(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Where the number of a line begins.
const NAME: usize = 46;

/// Says a figure beside its limit.
fn figure(name: &str, value: f64, unit: &str, limit: f64) -> bool {
    let verdict = if value <= limit { "ok" } else { "OVER" };
    println!("{name:<NAME$} {value:>9.3} {unit:<4} limit {limit} {unit}: {verdict}");
    value <= limit
}

/// Says a figure that has no limit.
fn also(name: &str, value: f64, unit: &str) {
    println!("{name:<NAME$} {value:>9.3} {unit}");
}

fn started(library: &Path) -> Engine {
    let finder: albumen::engine::FinderSource = Box::new(|| Ok(Arc::new(FakeFinder) as Arc<dyn FaceFinder>));
    Engine::start(Options::new(library.to_owned(), finder)).unwrap()
}

/// Scans a folder in which nothing has changed, twice.
fn rescan(library: &Path) -> bool {
    let engine = started(library);
    let handle = engine.handle();
    let known = handle.wait(|snapshot| snapshot.ready).unwrap().counts.found;
    let scan = || {
        let start = Instant::now();
        let done = handle.run(Command::Scan(Vec::new()), |_| {}).unwrap();
        let report = done.last_scan.clone().unwrap();
        assert_eq!((report.unchanged, report.decoded, report.gone), (known, 0, 0));
        start.elapsed().as_secs_f64()
    };
    let (first, second) = (scan(), scan());
    println!("{known} photos in a folder, none of them changed");
    let limit = if known <= UNCHANGED { 2.0 } else { 2.0 * known as f64 / UNCHANGED as f64 };
    let ok = figure("scan, nothing new", first, "s", limit);
    also("the same again", second, "s");
    engine.close();
    ok
}

/// Milliseconds until a snapshot shows what a command did.
fn time(handle: &Handle, command: Command, shown: impl Fn(&Snapshot) -> bool) -> f64 {
    let start = Instant::now();
    assert!(handle.send(command));
    handle.wait(shown).unwrap();
    start.elapsed().as_secs_f64() * 1000.0
}

fn measure(library: &Path) -> bool {
    let start = Instant::now();
    let engine = started(library);
    let handle = engine.handle();
    let first = handle.wait(|snapshot| snapshot.ready).unwrap();
    let mut ok = figure("open to first snapshot", start.elapsed().as_secs_f64(), "s", 1.5);
    assert!(!first.groups.is_empty() && !first.faces.is_empty());
    println!(
        "{} photos, {} faces, {} cards, {} edits",
        first.photos.len(),
        first.faces.len(),
        first.groups.len(),
        first.history.len()
    );
    // A screen holds an old snapshot while edits come.
    let held = Arc::clone(&first);
    let (mut edits, mut undos) = (Vec::new(), Vec::new());
    let singles: Vec<GroupId> =
        first.groups.iter().filter(|group| group.name.is_none()).map(|group| group.id).take(120).collect();
    let persons: Vec<GroupId> =
        first.groups.iter().filter(|group| group.name.is_some()).map(|group| group.id).take(40).collect();
    for (number, id) in singles.iter().enumerate().take(40) {
        let before = handle.snapshot().history.len();
        edits.push(time(&handle, Command::NameGroup(*id, format!("New {number}")), |now| now.history.len() > before));
    }
    for (id, person) in singles.iter().skip(40).zip(&persons) {
        let faces = first.group(*id).unwrap().faces.clone();
        let before = handle.snapshot().history.len();
        edits.push(time(&handle, Command::MoveFaces(faces, *person), |now| now.history.len() > before));
    }
    for pair in persons.chunks(2).take(10) {
        let before = handle.snapshot().history.len();
        edits.push(time(&handle, Command::MergeGroups(pair.to_vec()), |now| now.history.len() > before));
    }
    let active = |now: &Snapshot| now.history.iter().filter(|entry| entry.active).count();
    for _ in 0..40 {
        let before = active(&handle.snapshot());
        undos.push(time(&handle, Command::Undo, |now| active(now) < before));
    }
    for _ in 0..20 {
        let before = active(&handle.snapshot());
        undos.push(time(&handle, Command::Redo, |now| active(now) > before));
    }
    let jump = time(&handle, Command::GoTo(10), |now| active(now) == 10);
    let median = |list: &mut Vec<f64>| {
        list.sort_by(f64::total_cmp);
        list[list.len() / 2]
    };
    ok &= figure("one durable edit, median", median(&mut edits), "ms", 20.0);
    also("one durable edit, slowest", *edits.last().unwrap(), "ms");
    ok &= figure("undo or redo, median", median(&mut undos), "ms", 50.0);
    also("undo or redo, slowest", *undos.last().unwrap(), "ms");
    also("jump over the whole history", jump, "ms");
    ok &= figure("memory, the most so far", memory_mib("VmHWM"), "MiB", 1024.0);
    also("memory now", memory_mib("VmRSS"), "MiB");
    std::thread::sleep(Duration::from_millis(200));
    drop(held);
    engine.close();
    ok
}

/// Runs this program in a process of its own, so that its memory is its own; gives what it printed.
fn alone(what: &str, library: &Path) -> (bool, String) {
    let output = Process::new(std::env::current_exe().unwrap()).env(what, library).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    print!("{text}{}", String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

/// The figures that a process printed.
fn numbers(text: &str) -> Figures {
    let number = |line: &str| {
        let (name, rest) = line.split_at_checked(NAME)?;
        Some((name.trim_end().to_owned(), rest.split_whitespace().next()?.parse::<f64>().ok()?))
    };
    text.lines().filter_map(number).collect()
}

/// Every figure of a library of so many photos, by name, and whether all keep their limits.
fn figures(photos: usize, unchanged: usize) -> (bool, Figures) {
    let temp = tempfile::tempdir().unwrap();
    let library = temp.path().join("library.albumen");
    let start = Instant::now();
    let faces = fill(&library, Path::new("/photos"), photos, &|_| {});
    println!("made in {:.0} s", start.elapsed().as_secs_f64());
    let bytes = std::fs::metadata(&library).unwrap().len() as f64;
    let per_face = (bytes / faces as f64 - THUMBNAIL as f64) / 1024.0;
    let mut ok = figure("file, without thumbnails, a face", per_face, "KiB", 2.5);
    let size = (bytes - (THUMBNAIL * faces) as f64) / 1024.0 / 1024.0;
    also("file, without thumbnails", size, "MiB");
    let (fine, mut text) = alone(MEASURE, &library);
    ok &= fine;
    let (fine, scanned) = alone(RESCAN, &fill_with_files(temp.path(), unchanged));
    ok &= fine;
    text.push_str(&scanned);
    let mut found = numbers(&text);
    found.push(("file, without thumbnails".to_owned(), size));
    (ok, found)
}

/// How the figures of made-up libraries grow.
fn grown(sizes: &[usize]) -> bool {
    let (ok, all): (Vec<bool>, Vec<Figures>) = sizes.iter().map(|photos| figures(*photos, *photos)).unzip();
    growth::table(sizes, &all);
    ok.into_iter().all(|ok| ok)
}

/// How a scan by the networks grows, with files that are read: the sample's, many times over.
fn scans(sizes: &[usize]) -> bool {
    let mut all = Vec::new();
    for photos in sizes {
        let temp = tempfile::tempdir().unwrap();
        photos_to_read(&temp.path().join(FOLDER), *photos);
        let (fine, text) = alone(SCAN, &temp.path().join("scan.albumen"));
        if !fine {
            return false;
        }
        all.push(numbers(&text));
    }
    growth::table(sizes, &all);
    true
}

/// Scans the folder beside a library that is not there yet.
fn scan(library: &Path) -> bool {
    let finder: albumen::engine::FinderSource = Box::new(|| vision::finder(DeviceChoice::Cpu, None, Purpose::Grouping));
    let engine = Engine::start(Options::new(library.to_owned(), finder)).unwrap();
    let handle = engine.handle();
    handle.wait(|snapshot| snapshot.ready).unwrap();
    let start = Instant::now();
    let done = handle.run(Command::Scan(vec![library.with_file_name(FOLDER)]), |_| {}).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!("{} photos, {} faces", done.photos.len(), done.faces.len());
    also("scan, from the files to groups", seconds, "s");
    also("memory, the most so far", memory_mib("VmHWM"), "MiB");
    engine.close();
    also("file", std::fs::metadata(library).unwrap().len() as f64 / 1024.0 / 1024.0, "MiB");
    true
}

/// Faces of people with 20 photos each, as far from each other as real ones.
fn rows(count: usize) -> Vec<Row> {
    let mut noise = Noise::default();
    let mut person = Vec::new();
    let mut row = |number: usize| {
        if number.is_multiple_of(20) {
            person = noise.direction(WIDTH);
        }
        let sum = person.iter().zip(noise.direction(WIDTH)).map(|(one, two)| one + 0.8 * two).collect();
        Row {
            face: FaceId(number as u32 + 1),
            photo: number as u32,
            quality: 1.0,
            nearness: ORDINARY_NEARNESS,
            embedding: unit(sum),
        }
    };
    (0..count).map(&mut row).collect()
}

/// What it takes to look for all neighbours, to keep them, and to take them up again.
fn lists(faces: usize) {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("library.albumen");
    let mut store = Store::open(&path).unwrap();
    let rows = rows(faces);
    let seconds = |since: Instant| since.elapsed().as_secs_f64();
    let start = Instant::now();
    let mut session = Session::default();
    session.update(&[], &rows);
    let made = seconds(start);
    let start = Instant::now();
    let bytes = session.stored();
    let packed = seconds(start);
    let mut pieces = Vec::new();
    loop {
        let start = Instant::now();
        let last = store.save_lists(&bytes, pieces.len(), MODEL).unwrap();
        pieces.push(seconds(start));
        if last {
            break;
        }
    }
    drop(session);
    let start = Instant::now();
    let bytes = Reader::open(&path).unwrap().lists(MODEL).unwrap().unwrap();
    assert_eq!(stored_faces(&bytes).unwrap().len(), faces);
    let read = seconds(start);
    let again = Session::restored(&bytes, &rows).unwrap();
    let restored = seconds(start);
    assert_eq!(again.len(), faces);
    let slowest = pieces.iter().copied().fold(0.0, f64::max);
    println!("{faces} faces, {} pieces", pieces.len());
    also("neighbours looked for", made, "s");
    also("packed", packed, "s");
    also("written", pieces.iter().sum(), "s");
    also("slowest piece", slowest * 1000.0, "ms");
    also("bytes a face", bytes.len() as f64 / faces as f64, "");
    also("read", read, "s");
    also("read and taken up again", restored, "s");
}

fn main() {
    for (what, measure) in [(MEASURE, measure as fn(&Path) -> bool), (RESCAN, rescan), (SCAN, scan)] {
        if let Some(library) = std::env::var_os(what).map(PathBuf::from) {
            std::process::exit(i32::from(!measure(&library)));
        }
    }
    let asked = |what: &str| std::env::args().any(|argument| argument == what);
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let ok = if asked("lists") {
        for faces in &sizes {
            lists(*faces);
        }
        true
    } else if asked("growth") {
        grown(&[1_000, 10_000, 100_000])
    } else if asked("scans") {
        scans(if sizes.is_empty() { &[100, 1_000] } else { &sizes })
    } else {
        figures(sizes.first().copied().unwrap_or(100_000), UNCHANGED).0
    };
    std::process::exit(i32::from(!ok));
}
