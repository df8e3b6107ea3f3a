//! Is the window quick? Frame times while a scan adds faces to a library of 50,000, in a grid of 250,000, the start with
//! 100,000 photos, the way from a dropped folder to the first face, and what a window at rest costs. Prints the figures
//! beside their limits and fails when one is over. Run: `cargo bench --bench frame`; `-- scan`, `large` or `drop` runs
//! one part, a number divides the sizes.
//!
//! A frame here is everything from the input to the triangles: taking in the snapshot, laying out, tessellating, decoded
//! thumbnails becoming textures. Not in it: handing textures and triangles to the graphics card and its work, the
//! system's window. Frames come sixty times a second beside the engine's threads, as in the window. The start is from
//! opening the library to the first frame with the board on it, within a running program.

#![allow(clippy::unwrap_used, reason = "a bench ends where it cannot go on")]

mod frame_stage;
mod made_up;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use albumen::domain::{Activity, GroupId, Snapshot};
use albumen::engine::{Command, FinderSource};
use albumen::ui::Screen;
use albumen::vision::{self, DeviceChoice, Purpose};
use egui::{Event, Modifiers, PointerButton, Pos2, pos2};

use frame_stage::{Stage, fill, opened, wheel};
use made_up::photos_to_read;

/// Milliseconds a frame may take at the 99th percentile: sixty a second.
const FRAME: f64 = 16.0;
/// Seconds a way of moving about is measured.
const SPAN: f64 = 6.0;

/// Says a figure beside its limit.
fn figure(name: &str, value: f64, unit: &str, limit: f64) -> bool {
    let verdict = if value <= limit { "ok" } else { "OVER" };
    println!("{name:<52} {value:>9.3} {unit:<4} limit {limit} {unit}: {verdict}");
    value <= limit
}

/// Says a figure that has no limit.
fn also(name: &str, value: f64, unit: &str) {
    println!("{name:<52} {value:>9.3} {unit}");
}

/// Says median, 99th percentile and the slowest of some frames.
fn frames(name: &str, mut times: Vec<f64>) -> bool {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("{name}, {} frames: median {:.2} ms, slowest {:.2} ms", times.len(), at(0.5), at(1.0));
    figure(&format!("  99th percentile: {name}"), at(0.99), "ms", FRAME)
}

fn real_finder() -> FinderSource {
    Box::new(|| vision::finder(DeviceChoice::Cpu, None, Purpose::Grouping))
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE }
}

/// Takes something up, carries it about, over the lower edge too, where the place scrolls, and puts it back.
fn carry(stage: &mut Stage, from: Pos2, seconds: f64) -> Vec<f64> {
    stage.play(0.1, |_| vec![Event::PointerMoved(from)]);
    stage.frame(vec![button(from, true)]);
    let mut carried = 0;
    let ctx = stage.ctx.clone();
    let times = stage.play(seconds, |number| {
        carried += usize::from(egui::DragAndDrop::has_any_payload(&ctx));
        let turn = number as f32 / 25.0;
        vec![Event::PointerMoved(pos2(620.0 + 380.0 * turn.sin(), 430.0 + 325.0 * (0.7 * turn).sin()))]
    });
    assert!(carried + 20 > times.len(), "nothing was carried: {carried} of {} frames", times.len());
    let key = Event::Key {
        key: egui::Key::Escape,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    stage.frame(vec![key]);
    stage.frame(vec![button(from, false)]);
    times
}

fn scanning(snapshot: &Snapshot) -> bool {
    matches!(snapshot.activity, Activity::Scanning { .. })
}

/// 50,000 faces, and a scan by the networks that adds to them.
fn scan(temp: &Path, part: usize) -> bool {
    let model = vision::finder(DeviceChoice::Cpu, None, Purpose::Grouping).unwrap().model_id().to_owned();
    let library = temp.join("scan.albumen");
    let faces = fill(&library, 20_000 / part, &model, 128);
    let photos = temp.join("photos");
    photos_to_read(&photos, 2400);
    let mut stage = Stage::open(&library, real_finder());
    stage.handle.wait(|snapshot| snapshot.ready).unwrap();
    // The neighbour lists are made once in a library's life; after that a scan adds to them.
    let start = Instant::now();
    stage.handle.run(Command::Review, |_| {}).unwrap();
    println!("{faces} faces; their neighbours and groups were made in {:.1} s", start.elapsed().as_secs_f64());
    stage.handle.send(Command::Scan(vec![photos]));
    stage.until(|snapshot, _| scanning(snapshot) && snapshot.faces.len() > faces + 3).unwrap();
    let before = stage.handle.snapshot();
    let (generation, known, pictures) = (before.generation, before.faces.len(), stage.pictures);
    let middle = pos2(650.0, 450.0);
    let mut ok = true;
    let start = Instant::now();
    stage.app.view.open(Screen::Faces);
    ok &= frames("faces, scrolled", stage.play(SPAN, wheel(middle, 60.0)));
    stage.app.view.open(Screen::People);
    ok &= frames("people, scrolled", stage.play(SPAN, wheel(middle, 60.0)));
    ok &= frames("people, a card carried", carry(&mut stage, pos2(272.0, 180.0), SPAN));
    let person = largest(&stage.handle.snapshot());
    stage.app.view.open(Screen::Person(person));
    stage.play(0.5, |_| Vec::new());
    ok &= frames("a person, a face carried", carry(&mut stage, pos2(240.0, 420.0), SPAN));
    stage.app.view.open(Screen::Faces);
    ok &= frames("faces, nothing done", stage.play(SPAN, |_| Vec::new()));
    let after = stage.handle.snapshot();
    println!(
        "meanwhile {} faces and {} snapshots came in {:.0} s, and {} pictures",
        after.faces.len() - known,
        after.generation - generation,
        start.elapsed().as_secs_f64(),
        stage.pictures - pictures
    );
    assert!(scanning(&after) && after.faces.len() > known, "the scan ended too early: {:?}", after.activity);
    stage.handle.run(Command::Cancel, |_| {}).unwrap();
    stage.close();
    ok
}

fn largest(snapshot: &Snapshot) -> GroupId {
    snapshot.groups.iter().max_by_key(|group| group.faces.len()).unwrap().id
}

/// 100,000 photos: the start, the grid of 250,000 faces, and rest.
fn large(temp: &Path, part: usize) -> bool {
    let library = temp.join("large.albumen");
    let start = Instant::now();
    let faces = fill(&library, 100_000 / part, "fake-1", 128);
    println!("{faces} faces, made in {:.0} s", start.elapsed().as_secs_f64());
    let mut ok = true;
    let mut starts: Vec<f64> = (0..3).map(|_| opened(&library).0).collect();
    starts.sort_by(f64::total_cmp);
    ok &= figure("start to the board, median of three", starts[1], "s", 0.7);
    also("start to the board, slowest", starts[2], "s");
    let (_, mut stage) = opened(&library);
    let middle = pos2(650.0, 450.0);
    stage.app.view.open(Screen::Faces);
    also("the first frame of the grid", stage.frame(Vec::new()), "ms");
    let pictures = stage.pictures;
    ok &= frames(&format!("{faces} faces, scrolled"), stage.play(SPAN, wheel(middle, 60.0)));
    ok &= frames(&format!("{faces} faces, scrolled fast"), stage.play(SPAN, wheel(middle, 3000.0)));
    also("pictures that came meanwhile", (stage.pictures - pictures) as f64, "");
    stage.app.view.open(Screen::People);
    ok &= frames("the board, scrolled", stage.play(SPAN, wheel(middle, 60.0)));
    ok &= rest(&mut stage);
    stage.close();
    ok
}

/// What a window at rest asks for, and what it costs.
fn rest(stage: &mut Stage) -> bool {
    let asked: Arc<AtomicUsize> = Arc::default();
    let counter = Arc::clone(&asked);
    // Pictures come and toasts go.
    stage.play(9.0, |_| Vec::new());
    stage.ctx.set_request_repaint_callback(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    for _ in 0..5 {
        stage.frame(Vec::new());
    }
    let (woken, used) = (stage.woken.load(Ordering::SeqCst), processor_ms());
    std::thread::sleep(Duration::from_secs(5));
    let asks = asked.load(Ordering::SeqCst) + stage.woken.load(Ordering::SeqCst) - woken;
    let mut ok = figure("at rest: frames asked for in 5 s", asks as f64, "", 0.0);
    ok &= figure("at rest: the processor's time in 5 s", processor_ms() - used, "ms", 20.0);
    ok
}

/// The processor's time this program has used; the system counts it in hundredths of a second.
fn processor_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let numbers = stat.rsplit(") ").next().unwrap_or_default();
    numbers.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}

/// A folder as the system drops it.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("a folder".to_owned())
    }
}

/// From the drop of a folder into a new window to the first face in it.
fn drop_folder(temp: &Path) -> bool {
    let (mut known, mut seen) = (Vec::new(), Vec::new());
    for number in 0..3 {
        let mut stage = Stage::open(&temp.join(format!("drop {number}.albumen")), real_finder());
        stage.until(|snapshot, _| snapshot.ready).unwrap();
        stage.play(0.5, |_| Vec::new());
        let pictures = stage.pictures;
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
        stage.dropped.push(Arc::new(Dropped(sample)));
        let start = Instant::now();
        stage.until(|snapshot, _| !snapshot.faces.is_empty()).unwrap();
        known.push(start.elapsed().as_secs_f64());
        // Its picture is on the screen where one is after the drop.
        stage.until(|_, stage| stage.pictures > pictures && stage.app.view.screen == Screen::People).unwrap();
        seen.push(start.elapsed().as_secs_f64());
        stage.handle.run(Command::Cancel, |_| {}).unwrap();
        stage.close();
    }
    known.sort_by(f64::total_cmp);
    seen.sort_by(f64::total_cmp);
    let ok = figure("from the drop to the first face, median of three", known[1], "s", 1.0);
    also("from the drop to its picture, median of three", seen[1], "s");
    ok
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let part: usize = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(1);
    let named: Vec<&String> = arguments.iter().filter(|argument| argument.parse::<usize>().is_err()).collect();
    let wanted = |what: &str| named.is_empty() || named.iter().any(|name| *name == what);
    let temp = tempfile::tempdir().unwrap();
    let mut ok = true;
    if wanted("drop") {
        ok &= drop_folder(temp.path());
    }
    if wanted("scan") {
        ok &= scan(temp.path(), part);
    }
    if wanted("large") {
        ok &= large(temp.path(), part);
    }
    std::process::exit(i32::from(!ok));
}
