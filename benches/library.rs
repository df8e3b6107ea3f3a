//! Size and speed of a large library, made synthetically: 100,000 photos, 250,000 faces, 5,000 named people. Prints the
//! figures beside their limits and fails when one is over. Run: `cargo bench --bench library` (or `cargo build --release
//! --bench library` and the program itself; an argument sets the number of photos). Nothing is decoded or recognised.

#![allow(clippy::unwrap_used, clippy::iter_over_hash_type, reason = "a bench ends where it cannot go on")]

use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::time::{Duration, Instant};

use albumen::domain::{DetectedFace, Edit, FaceBox, FaceId, FaceKey, GroupId, PersonId, PhotoHash, Snapshot};
use albumen::engine::{Command, Engine, Handle, Options};
use albumen::store::{FileOutcome, NewFace, NewPhoto, Outcome, Store, StoredFace};
use albumen::vision::{FaceFinder, FakeFinder};

const MODEL: &str = "fake-1";
const MEASURE: &str = "ALBUMEN_BENCH_MEASURE";
/// Bytes of a thumbnail here; they are taken off the size.
const THUMBNAIL: usize = 64;

/// Numbers that look random and are the same every time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn photo(number: usize, noise: &mut Noise) -> FileOutcome {
    let mut hash = [0; 16];
    hash[..8].copy_from_slice(&noise.next().to_le_bytes());
    hash[8..].copy_from_slice(&(number as u64).to_le_bytes());
    let faces = 2 + number % 2;
    let face = |place: usize, noise: &mut Noise| {
        let bounds = FaceBox::new(200.0 + 700.0 * place as f32, 300.0 + (noise.next() % 900) as f32, 240.0, 300.0);
        let point = |x: f32, y: f32| [bounds.x + x * 240.0, bounds.y + y * 300.0];
        let landmarks = [point(0.3, 0.4), point(0.7, 0.4), point(0.5, 0.6), point(0.35, 0.8), point(0.65, 0.8)];
        let embedding =
            (0..512).map(|_| (noise.next() % 2001) as f32 / 1000.0 - 1.0).map(|value| value / 13.0).collect();
        let score = 0.9 + (noise.next() % 100) as f32 / 1000.0;
        NewFace {
            detected: DetectedFace { bounds, score, landmarks },
            embedding,
            thumbnail: vec![place as u8; THUMBNAIL],
        }
    };
    let faces = (0..faces).map(|place| face(place, noise)).collect();
    FileOutcome {
        path: PathBuf::from(format!("/photos/{:04}/IMG_{number:06}.jpg", number / 500)),
        size: 3_000_000 + number as u64,
        modified_ns: 1_600_000_000_000_000_000 + number as i64,
        outcome: Outcome::Photo(NewPhoto {
            hash: PhotoHash(hash),
            width: 4000,
            height: 3000,
            orientation: 1,
            taken: None,
            faces,
        }),
    }
}

/// Every 50 faces are a person the user has named 40 of; every fifth block of 50 is strangers.
fn fill(library: &Path, photos: usize) -> usize {
    let mut store = Store::open(library).unwrap();
    store.set_model(MODEL).unwrap();
    store.add_folder(Path::new("/photos")).unwrap();
    let mut noise = Noise(88_172_645_463_325_252);
    let mut faces: Vec<(FaceId, FaceKey)> = Vec::new();
    for first in (0..photos).step_by(1000) {
        let outcomes: Vec<FileOutcome> =
            (first..photos.min(first + 1000)).map(|number| photo(number, &mut noise)).collect();
        let written = store.write(&outcomes, MODEL, &|_| Vec::new()).unwrap();
        faces.extend(written.faces.iter().map(|StoredFace { face, .. }| (face.id, face.key)));
    }
    let mut clusters = Vec::new();
    for (number, block) in faces.chunks(50).enumerate() {
        if number % 5 == 4 {
            clusters.extend(block.iter().map(|(face, _)| vec![*face]));
            continue;
        }
        clusters.push(block.iter().map(|(face, _)| *face).collect());
        let named = block.iter().take(40).map(|(_, key)| *key).collect();
        let person = PersonId(number as u32 + 1);
        let name = Some(format!("Person {number}"));
        store.push_step(&[Edit::MakePerson { person, name, faces: named, rest: Vec::new() }], true).unwrap();
    }
    store
        .save_clusters(
            &clusters,
            store.revision().unwrap(),
            &albumen::engine::way_of(albumen::cluster::Method::default()),
        )
        .unwrap();
    faces.len()
}

fn memory_mib(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Says a figure beside its limit.
fn figure(name: &str, value: f64, unit: &str, limit: f64) -> bool {
    let verdict = if value <= limit { "ok" } else { "OVER" };
    println!("{name:<46} {value:>9.2} {unit:<4} limit {limit} {unit}: {verdict}");
    value <= limit
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
    let finder: albumen::engine::FinderSource = Box::new(|| Ok(Arc::new(FakeFinder) as Arc<dyn FaceFinder>));
    let engine = Engine::start(Options::new(library.to_owned(), finder)).unwrap();
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
    println!("{:<46} {:>9.2} ms", "one durable edit, slowest", edits.last().unwrap());
    ok &= figure("undo or redo, median", median(&mut undos), "ms", 50.0);
    println!("{:<46} {:>9.2} ms", "undo or redo, slowest", undos.last().unwrap());
    println!("{:<46} {:>9.2} ms", "jump over the whole history", jump);
    ok &= figure("memory, the most so far", memory_mib("VmHWM"), "MiB", 1024.0);
    println!("{:<46} {:>9.2} MiB", "memory now", memory_mib("VmRSS"));
    std::thread::sleep(Duration::from_millis(200));
    drop(held);
    engine.close();
    ok
}

fn main() {
    if let Some(library) = std::env::var_os(MEASURE).map(PathBuf::from) {
        std::process::exit(i32::from(!measure(&library)));
    }
    let photos = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let temp = tempfile::tempdir().unwrap();
    let library = temp.path().join("library.albumen");
    let start = Instant::now();
    let faces = fill(&library, photos);
    println!("made in {:.0} s", start.elapsed().as_secs_f64());
    let bytes = std::fs::metadata(&library).unwrap().len() as f64;
    let per_face = (bytes / faces as f64 - THUMBNAIL as f64) / 1024.0;
    let mut ok = figure("file, without thumbnails, a face", per_face, "KiB", 2.5);
    // In a process of its own, so that its memory is its own.
    let status = Process::new(std::env::current_exe().unwrap()).env(MEASURE, &library).status().unwrap();
    ok &= status.success();
    std::process::exit(i32::from(!ok));
}
