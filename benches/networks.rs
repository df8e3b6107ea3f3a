//! The networks' speed on this processor: `cargo bench --bench networks` prints a table of every kernel, and the
//! commands below print one JSON object each, for `benches/peers/peers.py`, which runs them in turn with other programs.
//!
//! ```text
//! networks embed --isa avx2 --threads 1 --batch 16 --seconds 2     ms a face
//! networks embeddings --isa avx2 FILE                              of raw crops, 160 × 160 × 3 bytes each
//! networks detect --isa avx2 --threads 1 DIR                       ms a photo, decoding left out; the boxes
//! networks job --isa avx2 --threads 2 DIR                          load, decode, detect and embed
//! networks serve                                                   commands from stdin, a JSON list of words a line
//! ```
//!
//! Threads take whole batches and whole photos: one face a thread is quicker than one face on all threads.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use albumen::domain::{DetectedFace, Pixels};
use albumen::vision::{BoxCrop, CROP_SIDE, FaceFinder, FaceNet, Isa, Mtcnn, NetworkFinder};
use albumen::{media, pipeline};
use anyhow::{Context as _, bail};
use candle_core::Device;
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};
use walkdir::WalkDir;

#[derive(Parser)]
struct Words {
    #[command(subcommand)]
    command: Option<Command>,
    /// `cargo bench` says so.
    #[arg(long, global = true, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Command {
    Embed(Embed),
    Embeddings {
        #[arg(long)]
        isa: String,
        file: PathBuf,
    },
    Detect(Photos),
    Job(Photos),
    Serve,
}

#[derive(Args)]
struct Embed {
    #[arg(long)]
    isa: String,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    #[arg(long, default_value_t = 16)]
    batch: usize,
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
}

#[derive(Args)]
struct Photos {
    #[arg(long)]
    isa: String,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    #[arg(long, default_value_t = 20.0)]
    min_face: f32,
    /// At most so many photos, taken evenly.
    #[arg(long, default_value_t = usize::MAX)]
    limit: usize,
    folder: PathBuf,
}

/// Finders by name, each made once.
#[derive(Default)]
struct Finders(BTreeMap<String, Arc<dyn FaceFinder>>);

impl Finders {
    /// `portable`, `avx2`, `avx512`, …: the kernels of an instruction set; `candle`: its plain forward pass.
    fn get(&mut self, name: &str) -> anyhow::Result<Arc<dyn FaceFinder>> {
        if let Some(finder) = self.0.get(name) {
            return Ok(Arc::clone(finder));
        }
        let finder: Arc<dyn FaceFinder> = if name == "candle" {
            let (detector, embedder) = (Mtcnn::new(&Device::Cpu)?, FaceNet::new(&Device::Cpu)?);
            let boxed = (Box::new(detector), Box::new(BoxCrop::default()), Box::new(embedder));
            Arc::new(NetworkFinder::with(boxed.0, boxed.1, boxed.2, "CPU (candle)".to_owned()))
        } else {
            let isa = Isa::here().into_iter().find(|isa| word(*isa) == name);
            let Some(isa) = isa else { bail!("this processor has no {name}; it has {}", names().join(", ")) };
            Arc::new(NetworkFinder::on_cpu(isa)?)
        };
        self.0.insert(name.to_owned(), Arc::clone(&finder));
        Ok(finder)
    }
}

/// As `ALBUMEN_CPU` spells it.
fn word(isa: Isa) -> String {
    isa.name().to_lowercase().replace('-', "")
}

/// Every kernel of this processor.
fn names() -> Vec<String> {
    Isa::here().into_iter().map(word).collect()
}

fn main() -> anyhow::Result<()> {
    let mut finders = Finders::default();
    match Words::parse().command {
        None => table(&mut finders),
        Some(Command::Serve) => {
            for line in std::io::stdin().lock().lines() {
                let words: Vec<String> = serde_json::from_str(&line?)?;
                let words = Words::try_parse_from(std::iter::once("networks".to_owned()).chain(words))?;
                let Some(command) = words.command else { bail!("a line names a command") };
                println!("{}", answer(&mut finders, &command)?);
            }
            Ok(())
        }
        Some(command) => {
            println!("{}", answer(&mut finders, &command)?);
            Ok(())
        }
    }
}

fn answer(finders: &mut Finders, command: &Command) -> anyhow::Result<Value> {
    match command {
        Command::Embed(what) => {
            let finder = finders.get(&what.isa)?;
            let ms = embed(finder.as_ref(), what.threads, what.batch, what.seconds)?;
            Ok(json!({ "ms_per_face": ms }))
        }
        Command::Embeddings { isa, file } => {
            let bytes = std::fs::read(file)?;
            let crops = bytes
                .chunks_exact((3 * CROP_SIDE * CROP_SIDE) as usize)
                .map(|rgb| Pixels { width: CROP_SIDE, height: CROP_SIDE, rgb: rgb.to_vec() })
                .collect::<Vec<_>>();
            Ok(json!({ "embeddings": finders.get(isa)?.embed(&crops)? }))
        }
        Command::Detect(what) => detect(finders.get(&what.isa)?.as_ref(), what),
        Command::Job(what) => job(finders.get(&what.isa)?.as_ref(), what),
        Command::Serve => bail!("serve is no command of a line"),
    }
}

/// Every kernel on one thread and on all cores, the median of five rounds taken in turn.
fn table(finders: &mut Finders) -> anyhow::Result<()> {
    const ROUNDS: usize = 5;
    let threads = pipeline::default_workers();
    let photos = Photos {
        isa: String::new(),
        threads: 1,
        min_face: 20.0,
        limit: 20,
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample"),
    };
    let mut kernels = vec!["candle".to_owned()];
    kernels.extend(names());
    let mut times: BTreeMap<&str, [Vec<f64>; 3]> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for kernel in &kernels {
            let finder = finders.get(kernel)?;
            let [one, all, detection] = times.entry(kernel).or_default();
            one.push(embed(finder.as_ref(), 1, 16, 0.5)?);
            all.push(embed(finder.as_ref(), threads, 16, 0.5)?);
            detection.push(detect(finder.as_ref(), &photos)?["ms_per_photo"].as_f64().unwrap_or(f64::NAN));
        }
    }
    println!("kernel      ms a face, 1 thread  {threads} threads  ms a photo to detect, assets/sample, 1 thread");
    for kernel in &kernels {
        if let Some(columns) = times.get(kernel.as_str()) {
            let [one, all, detection] = columns.clone().map(median);
            println!("{kernel:<10} {one:>20.2} {all:>10.2} {detection:>48.1}");
        }
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A crop with soft shapes: the networks' speed does not depend on what they see.
fn crop(seed: usize) -> Pixels {
    let mut crop = Pixels::filled(CROP_SIDE, CROP_SIDE, [0; 3]);
    for (index, value) in crop.rgb.iter_mut().enumerate() {
        *value = ((index / 7 + index / 480 * (seed + 3)) % 256) as u8;
    }
    crop
}

/// Milliseconds a face when every thread embeds batches of its own for so many seconds, the first one not counted.
fn embed(finder: &dyn FaceFinder, threads: usize, batch: usize, seconds: f64) -> anyhow::Result<f64> {
    let crops: Vec<Pixels> = (0..batch).map(crop).collect();
    let one = || -> anyhow::Result<f64> {
        finder.embed(&crops)?;
        let (start, mut faces) = (Instant::now(), 0);
        while start.elapsed().as_secs_f64() < seconds {
            faces += finder.embed(&crops)?.len();
        }
        Ok(faces as f64 / start.elapsed().as_secs_f64())
    };
    let per_second = side_by_side(threads, &one)?.into_iter().sum::<f64>();
    Ok(1e3 / per_second)
}

/// Photos of a folder in the order of their paths.
fn listed(what: &Photos) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in WalkDir::new(&what.folder).sort_by_file_name() {
        let entry = entry.with_context(|| format!("{} cannot be listed", what.folder.display()))?;
        let picture =
            entry.path().extension().is_some_and(|ending| ["jpg", "jpeg", "png"].iter().any(|e| ending == *e));
        if entry.file_type().is_file() && picture {
            paths.push(entry.into_path());
        }
    }
    let step = paths.len().div_ceil(what.limit.max(1)).max(1);
    Ok(paths.into_iter().step_by(step).collect())
}

/// What was found in one photo, and how long its thread took.
struct Found {
    index: usize,
    ms: f64,
    faces: Vec<DetectedFace>,
}

/// Detection on photos decoded before: milliseconds of wall time a photo, and of each photo on its thread.
fn detect(finder: &dyn FaceFinder, what: &Photos) -> anyhow::Result<Value> {
    let mut photos = Vec::new();
    for path in listed(what)? {
        // Broken files are part of the samples.
        if let Ok(photo) = media::read(&path).and_then(|bytes| media::decode(&bytes)) {
            photos.push((path, photo.pixels));
        }
    }
    let next = AtomicUsize::new(0);
    let worker = || -> anyhow::Result<Vec<Found>> {
        let mut all = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((_, photo)) = photos.get(index) else { return Ok(all) };
            let start = Instant::now();
            let faces = finder.detect(photo, what.min_face)?;
            all.push(Found { index, ms: start.elapsed().as_secs_f64() * 1e3, faces });
        }
    };
    let start = Instant::now();
    let mut found: Vec<Found> = side_by_side(what.threads, &worker)?.into_iter().flatten().collect();
    let ms = start.elapsed().as_secs_f64() * 1e3;
    found.sort_by_key(|one| one.index);
    let faces: usize = found.iter().map(|one| one.faces.len()).sum();
    let sides = |face: &DetectedFace| [face.bounds.x, face.bounds.y, face.bounds.width, face.bounds.height];
    let list: Vec<Value> = found
        .iter()
        .map(|one| {
            let boxes: Vec<[f32; 4]> = one.faces.iter().map(sides).collect();
            json!({ "path": photos[one.index].0, "ms": one.ms, "boxes": boxes })
        })
        .collect();
    Ok(json!({ "ms_per_photo": ms / photos.len().max(1) as f64, "photos": photos.len(), "faces": faces, "list": list }))
}

/// The same work on several threads.
fn side_by_side<T: Send>(threads: usize, work: &(dyn Fn() -> anyhow::Result<T> + Sync)) -> anyhow::Result<Vec<T>> {
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| bail!("a thread panicked"))).collect()
    })
}

/// The whole of `albumen faces --embeddings` on a folder.
fn job(finder: &dyn FaceFinder, what: &Photos) -> anyhow::Result<Value> {
    let paths = listed(what)?;
    let look = pipeline::Look { finder, min_face: what.min_face, embed: true, choose: &|_, _, _| {} };
    let batches = pipeline::batches(paths.len());
    let work = |index: usize| {
        let paths: Vec<&Path> = paths.get(batches.get(index)?.clone())?.iter().map(PathBuf::as_path).collect();
        Some(pipeline::read_photos(&paths, &look))
    };
    let (mut photos, mut faces, mut failed) = (0, 0, 0);
    let start = Instant::now();
    pipeline::ordered(batches.len(), what.threads, &work, &mut |readings| {
        for reading in readings {
            match reading {
                Ok(reading) => (photos, faces) = (photos + 1, faces + reading.faces.len()),
                Err(_) => failed += 1,
            }
        }
        true
    });
    let seconds = start.elapsed().as_secs_f64();
    Ok(json!({ "photos": photos, "faces": faces, "failed": failed, "seconds": seconds }))
}
