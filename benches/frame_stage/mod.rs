//! A window without a screen on a real engine.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use albumen::domain::{Pixels, Snapshot};
use albumen::engine::{Engine, FinderSource, Handle, Options};
use albumen::media;
use albumen::ui::{AlbumenApp, Look, Screen, Services, Settings};
use albumen::vision::{FaceFinder, FakeFinder};
use egui::{Event, Pos2, RawInput};

use crate::made_up::Recipe;

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
            screen_rect: Some(egui::Rect::from_min_size(Pos2::ZERO, SIZE)),
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

/// Opens a library and draws until the board is there; gives the seconds to that frame.
pub fn opened(library: &Path) -> (f64, Stage) {
    let start = Instant::now();
    let finder: FinderSource = Box::new(|| Ok(Arc::new(FakeFinder) as Arc<dyn FaceFinder>));
    let mut stage = Stage::open(library, finder);
    stage.until(|snapshot, stage| snapshot.ready && stage.app.view.screen == Screen::People).unwrap();
    (start.elapsed().as_secs_f64(), stage)
}

/// The wheel turned by so many points in every frame, back and forth.
pub fn wheel(at: Pos2, points: f32) -> impl FnMut(usize) -> Vec<Event> {
    move |number| {
        // Down for longer than up, so that it goes on to what was not seen yet.
        let down = number % 120 < 90;
        let turn = Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, if down { -points } else { points }),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: egui::Modifiers::NONE,
        };
        vec![Event::PointerMoved(at), turn]
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

/// A library of so many photos with 2.5 faces each, whose thumbnails are pictures. Gives the number of faces.
pub fn fill(library: &Path, photos: usize, model: &str, width: usize) -> usize {
    let pictures: Vec<Vec<u8>> = (0..PICTURES).map(thumbnail).collect();
    Recipe { model, width, thumbnails: &pictures }.fill(library, Path::new("/photos"), photos, &|_| {})
}
