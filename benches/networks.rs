//! The networks' speed on this processor: `cargo bench --bench networks` prints a table of every kernel, and the
//! commands below print one JSON object each, for `benches/peers/peers.py`, which runs them in turn with other programs.
//!
//! ```text
//! networks embed --isa avx2 --threads 1 --batch 16 --seconds 2     ms a face
//! networks embeddings --isa avx2 FILE                              of raw crops, 160 × 160 × 3 bytes each
//! networks detect --isa avx2 --threads 1 DIR                       ms a photo, decoding left out; the boxes
//! networks job --isa avx2 --threads 2 DIR                          load, decode, detect and embed
//! networks same --isa cuda DIR                                     the same faces as on the processor, or it fails
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
use albumen::vision::{BoxCrop, CROP_SIDE, DeviceChoice, FaceFinder, FaceNet, Isa, Mtcnn, NetworkFinder, open_device};
use albumen::{cli, media, pipeline};
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
    Same(Photos),
    /// The program itself, without its window.
    Albumen {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
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
    /// `portable`, `avx2`, `avx512`, …: the kernels of an instruction set, with `+mirror` each crop twice as libraries want it;
    /// `candle`: its plain forward pass. With a card also
    /// `cuda`: the program's own; `candle-cuda` and `candle-tf32`: the plain forward pass there.
    fn get(&mut self, name: &str) -> anyhow::Result<Arc<dyn FaceFinder>> {
        if let Some(finder) = self.0.get(name) {
            return Ok(Arc::clone(finder));
        }
        let finder: Arc<dyn FaceFinder> = if name == "cuda" {
            Arc::new(NetworkFinder::new(DeviceChoice::Cuda)?)
        } else if name.starts_with("candle") {
            let device = if name == "candle" { Device::Cpu } else { open_device(DeviceChoice::Cuda)? };
            candle_core::cuda::set_gemm_reduced_precision_f32(name == "candle-tf32");
            let (detector, embedder) = (Mtcnn::new(&device)?, FaceNet::new(&device)?);
            let boxed = (Box::new(detector), Box::new(BoxCrop::default()), Box::new(embedder));
            Arc::new(NetworkFinder::with(boxed.0, boxed.1, boxed.2, name.to_owned()))
        } else {
            let plain = name.strip_suffix("+mirror").unwrap_or(name);
            let isa = Isa::here().into_iter().find(|isa| word(*isa) == plain);
            let Some(isa) = isa else { bail!("this processor has no {plain}; it has {}", names().join(", ")) };
            let finder = NetworkFinder::on_cpu(isa)?;
            Arc::new(if plain == name { finder } else { finder.mirrored().compact()? })
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
        Some(Command::Albumen { words }) => {
            let words = std::iter::once("albumen".to_owned()).chain(words);
            let Some(command) = cli::Arguments::try_parse_from(words)?.command else { bail!("name a command") };
            let code = cli::run(&command);
            println!("{}", json!({ "exit": format!("{code:?}") }));
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
        Command::Same(what) => {
            let processor = NetworkFinder::new(DeviceChoice::Cpu)?;
            same(&processor, finders.get(&what.isa)?.as_ref(), what)
        }
        Command::Albumen { .. } | Command::Serve => bail!("this is no command of a line"),
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

fn decoded(what: &Photos) -> anyhow::Result<Vec<(PathBuf, Pixels)>> {
    let mut photos = Vec::new();
    for path in listed(what)? {
        // Broken files are part of the samples.
        if let Ok(photo) = media::read(&path).and_then(|bytes| media::decode(&bytes)) {
            photos.push((path, photo.pixels));
        }
    }
    Ok(photos)
}

/// Fails when another finder's faces are not the processor's: their number, boxes within 2 pixels or an overlap of 0.95, and
/// embeddings, both of the same crop and of each finder's own, within a cosine of 0.9999.
fn same(processor: &dyn FaceFinder, other: &dyn FaceFinder, what: &Photos) -> anyhow::Result<Value> {
    let (mut faces, mut wrong) = (0, Vec::new());
    let (mut apart, mut overlap, mut crop, mut whole) = (0f32, 1f32, 1f32, 1f32);
    for (path, photo) in decoded(what)? {
        let (ours, theirs) = (processor.detect(&photo, what.min_face)?, other.detect(&photo, what.min_face)?);
        let crops = processor.crops(&photo, &ours);
        let expected = processor.embed(&crops)?;
        let of_crops = other.embed(&crops)?;
        let of_own = other.embed(&other.crops(&photo, &theirs))?;
        if ours.len() != theirs.len() {
            wrong.push(format!("{}: {} and {} faces", path.display(), ours.len(), theirs.len()));
        }
        for (index, face) in ours.iter().enumerate() {
            faces += 1;
            crop = crop.min(cosine(&expected[index], &of_crops[index]));
            let iou = |at: &usize| face.bounds.iou(&theirs[*at].bounds);
            let Some(near) = (0..theirs.len()).max_by(|a, b| iou(a).total_cmp(&iou(b))) else { continue };
            let (one, two) = (&face.bounds, &theirs[near].bounds);
            let edges = [one.x - two.x, one.y - two.y, one.x + one.width - two.x - two.width];
            let edges = edges.into_iter().chain([one.y + one.height - two.y - two.height]);
            let far = edges.map(f32::abs).fold(0.0, f32::max);
            let alike = cosine(&expected[index], &of_own[near]);
            (apart, overlap, whole) = (apart.max(far), overlap.min(iou(&near)), whole.min(alike));
            if (far > 2.0 && iou(&near) < 0.95) || alike < 0.9999 {
                wrong.push(format!("{}: {one:?} and {two:?}, cosine {alike}", path.display()));
            }
        }
    }
    let found = json!({ "faces": faces, "pixels_apart": apart, "least_overlap": overlap, "cosine_of_crops": crop,
        "cosine": whole, "wrong": wrong });
    if faces == 0 || !wrong.is_empty() || crop < 0.9999 {
        bail!("{found}");
    }
    Ok(found)
}

fn cosine(one: &[f32], two: &[f32]) -> f32 {
    one.iter().zip(two).map(|(a, b)| a * b).sum()
}

/// What was found in one photo, and how long its thread took.
struct Found {
    index: usize,
    ms: f64,
    faces: Vec<DetectedFace>,
}

/// Detection on photos decoded before: milliseconds of wall time a photo, and of each photo on its thread.
fn detect(finder: &dyn FaceFinder, what: &Photos) -> anyhow::Result<Value> {
    let photos = decoded(what)?;
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
