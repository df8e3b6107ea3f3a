//! A window without a screen on a real engine, and made-up libraries for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use albumen::domain::{DetectedFace, Edit, FaceBox, FaceId, FaceKey, PersonId, PhotoHash, Pixels, Snapshot, Taken};
use albumen::engine::{Engine, FinderSource, Handle, Options};
use albumen::media;
use albumen::store::{FileOutcome, NewFace, NewPhoto, Outcome, Store, StoredFace};
use albumen::ui::{AlbumenApp, Look, Services, Settings};
use egui::{Event, RawInput};

/// Seconds between two frames of an ordinary screen.
pub const TICK: f64 = 1.0 / 60.0;
/// The size the window opens with.
const SIZE: egui::Vec2 = egui::vec2(1180.0, 780.0);
/// Different thumbnails.
const PICTURES: usize = 24;

/// An engine and the window on it.
pub struct Stage {
    pub ctx: egui::Context,
    pub app: AlbumenApp,
    pub handle: Handle,
    /// Times the engine said that there is something new.
    pub woken: Arc<AtomicUsize>,
    /// Pictures that were handed to the graphics card.
    pub pictures: usize,
    /// Files to be dropped in the next frame.
    pub dropped: Vec<egui::DroppedFileHandle>,
    since: Instant,
    engine: Engine,
}

impl Stage {
    /// Opens a library as the window does: one core stays free of two.
    pub fn open(library: &Path, finder: FinderSource) -> Self {
        let woken: Arc<AtomicUsize> = Arc::default();
        let counter = Arc::clone(&woken);
        let usual = Options::new(library.to_owned(), finder);
        let workers = usual.workers.saturating_sub(1).max(1);
        let wake = Arc::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        let engine = Engine::start(Options { workers, wake, ..usual }).unwrap();
        let ctx = egui::Context::default();
        let settings = Settings { look: Look::Light, ..Settings::default() };
        let app = AlbumenApp::new(&ctx, engine.handle(), Services { settings, ..Services::default() });
        let handle = engine.handle();
        Self { ctx, app, handle, woken, pictures: 0, dropped: Vec::new(), since: Instant::now(), engine }
    }

    /// Draws a frame, up to the triangles; gives how long it took in milliseconds.
    pub fn frame(&mut self, events: Vec<Event>) -> f64 {
        let input = RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, SIZE)),
            max_texture_side: Some(8192),
            time: Some(self.since.elapsed().as_secs_f64()),
            predicted_dt: TICK as f32,
            focused: true,
            events,
            dropped_files: std::mem::take(&mut self.dropped),
            ..RawInput::default()
        };
        let start = Instant::now();
        let output = self.ctx.run_ui(input, |ui| self.app.show(ui));
        let triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = start.elapsed().as_secs_f64() * 1e3;
        drop(std::hint::black_box(triangles));
        // The first texture holds the letters.
        self.pictures += output.textures_delta.set.keys().filter(|id| **id != egui::TextureId::default()).count();
        took
    }

    /// Draws sixty frames a second for a while; a frame that is late is drawn at once. Gives the times.
    pub fn play(&mut self, seconds: f64, mut events: impl FnMut(usize) -> Vec<Event>) -> Vec<f64> {
        let count = (seconds / TICK) as usize;
        let mut due = Instant::now();
        let mut times = Vec::with_capacity(count);
        for number in 0..count {
            times.push(self.frame(events(number)));
            due = (due + Duration::from_secs_f64(TICK)).max(Instant::now());
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        times
    }

    /// Draws until something is so. `None` after a minute.
    pub fn until(&mut self, mut fits: impl FnMut(&Snapshot, &mut Self) -> bool) -> Option<()> {
        let start = Instant::now();
        loop {
            let snapshot = self.handle.snapshot();
            self.frame(Vec::new());
            if fits(&snapshot, self) {
                return Some(());
            }
            if start.elapsed() > Duration::from_mins(1) {
                return None;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Ends the engine.
    pub fn close(self) {
        drop(self.app);
        self.engine.close();
    }
}

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

/// A small picture as a JPEG, of another colour for each number.
fn thumbnail(number: usize) -> Vec<u8> {
    const SIDE: u32 = 160;
    let mut picture = Pixels::filled(SIDE, SIDE, [0; 3]);
    for (place, pixel) in picture.rgb.chunks_exact_mut(3).enumerate() {
        let (x, y) = (place % SIDE as usize, place / SIDE as usize);
        let value = |shift: usize| ((x + shift * y + number * 37 * shift) % 200 + 40) as u8;
        pixel.copy_from_slice(&[value(1), value(2), value(3)]);
    }
    media::encode_jpeg(&picture, 60)
}

fn photo(number: usize, width: usize, pictures: &[Vec<u8>], noise: &mut Noise) -> FileOutcome {
    let mut hash = [0; 16];
    hash[..8].copy_from_slice(&noise.next().to_le_bytes());
    hash[8..].copy_from_slice(&(number as u64).to_le_bytes());
    let face = |place: usize, noise: &mut Noise| {
        let bounds = FaceBox::new(200.0 + 700.0 * place as f32, 300.0 + (noise.next() % 900) as f32, 240.0, 300.0);
        let point = |x: f32, y: f32| [bounds.x + x * 240.0, bounds.y + y * 300.0];
        let landmarks = [point(0.3, 0.4), point(0.7, 0.4), point(0.5, 0.6), point(0.35, 0.8), point(0.65, 0.8)];
        let mut embedding: Vec<f32> = (0..width).map(|_| (noise.next() % 2001) as f32 / 1000.0 - 1.0).collect();
        let length = embedding.iter().map(|value| value * value).sum::<f32>().sqrt();
        for value in &mut embedding {
            *value /= length;
        }
        let score = 0.9 + (noise.next() % 100) as f32 / 1000.0;
        NewFace {
            detected: DetectedFace { bounds, score, landmarks, sharpness: 0.5 },
            embedding,
            thumbnail: pictures[noise.next() as usize % pictures.len()].clone(),
        }
    };
    let faces = (0..2 + number % 2).map(|place| face(place, noise)).collect();
    let taken = Taken { year: 2005 + (number % 20) as i16, month: 7, day: 14, second: number as u32 % 86_400 };
    FileOutcome {
        path: PathBuf::from(format!("/photos/{:04}/IMG_{number:06}.jpg", number / 500)),
        size: 3_000_000 + number as u64,
        modified_ns: 1_600_000_000_000_000_000 + number as i64,
        outcome: Outcome::Photo(NewPhoto {
            hash: PhotoHash(hash),
            width: 4000,
            height: 3000,
            orientation: 1,
            taken: Some(taken),
            faces,
        }),
    }
}

/// A library of so many photos with 2.5 faces each. Every 50 faces are a person of whom 40 were named in one edit; every
/// fifth block of 50 is strangers. Gives the number of faces.
pub fn fill(library: &Path, photos: usize, model: &str, width: usize) -> usize {
    let pictures: Vec<Vec<u8>> = (0..PICTURES).map(thumbnail).collect();
    let mut store = Store::open(library).unwrap();
    store.set_model(model).unwrap();
    store.add_folder(Path::new("/photos")).unwrap();
    let mut noise = Noise(88_172_645_463_325_252);
    let mut faces: Vec<(FaceId, FaceKey)> = Vec::new();
    for first in (0..photos).step_by(1000) {
        let numbers = first..photos.min(first + 1000);
        let made: Vec<FileOutcome> = numbers.map(|number| photo(number, width, &pictures, &mut noise)).collect();
        let written = store.write(&made, model, &|_| Vec::new()).unwrap();
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
        let (person, name) = (PersonId(number as u32 + 1), Some(format!("Person {number}")));
        store.push_step(&[Edit::MakePerson { person, name, faces: named, rest: Vec::new() }], true).unwrap();
    }
    let way = albumen::engine::way_of(albumen::cluster::Method::default());
    store.save_clusters(&clusters, store.revision().unwrap(), &way).unwrap();
    faces.len()
}

/// Photos to read: each of the sample many times over, with a few bytes behind its end, so that none is known yet.
pub fn photos_to_read(folder: &Path, times: usize) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
    std::fs::create_dir_all(folder).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(sample).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "jpg" || ending == "webp"));
    files.sort();
    for time in 0..times {
        for file in &files {
            let mut bytes = std::fs::read(file).unwrap();
            bytes.extend((time as u64).to_le_bytes());
            std::fs::write(folder.join(format!("{time:03} {}", file.file_name().unwrap().display())), bytes).unwrap();
        }
    }
}
