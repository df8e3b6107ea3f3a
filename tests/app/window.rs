//! The real window, on a virtual display, with real keys and a real mouse: open a folder, wait for the groups, set the
//! threshold, answer a question, name, merge and move by dragging, rename, split, undo, export, and look at the albums on
//! disk. What came of it is asked of the library by another process. `ALBUMEN_SCREENSHOTS=1` renews `screenshots/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};

use crate::support::{albumen_json, repository, skip};

const WIDTH: u32 = 1180;
const HEIGHT: u32 = 780;
/// A scan of the sample takes seconds; a loaded machine with an unoptimised program may take minutes.
const PATIENCE: Duration = Duration::from_mins(7);

/// Ends a program when the test is over, however it ends.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A virtual screen whose pixels lie in a file.
struct Display {
    name: String,
    pixels: PathBuf,
    _server: Ends,
}

impl Display {
    /// `Err` says what is missing.
    fn start(folder: &Path) -> Result<Self, String> {
        let there =
            |program: &str| Command::new(program).arg("-help").stdout(Stdio::null()).stderr(Stdio::null()).status();
        there("xdotool").map_err(|_missing| "xdotool is not installed".to_owned())?;
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{WIDTH}x{HEIGHT}x24"), "-fbdir"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_missing| "Xvfb is not installed".to_owned())?;
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let server = Ends(server);
        let number = line.trim();
        assert!(!number.is_empty(), "Xvfb did not start");
        Ok(Self { name: format!(":{number}"), pixels: folder.join("Xvfb_screen0"), _server: server })
    }

    fn tool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.name).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn keys(&self, keys: &[&str]) {
        for key in keys {
            self.tool(&["key", "--clearmodifiers", key]);
            std::thread::sleep(Duration::from_millis(150));
        }
        self.settle();
    }

    fn click(&self, x: i32, y: i32) {
        self.tool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]);
        self.settle();
    }

    fn type_text(&self, text: &str) {
        self.tool(&["type", "--delay", "20", text]);
        self.settle();
    }

    /// Presses here, moves in steps, and lets go there.
    fn drag(&self, from: (i32, i32), to: (i32, i32)) {
        self.drag_along(&[from, to]);
    }

    /// Presses at the first place, moves along the others in steps, and lets go at the last.
    fn drag_along(&self, places: &[(i32, i32)]) {
        let at = |(x, y): (i32, i32)| self.tool(&["mousemove", &x.to_string(), &y.to_string()]);
        at(places[0]);
        self.tool(&["mousedown", "1"]);
        for two in places.windows(2) {
            let (from, to) = (two[0], two[1]);
            for step in 1..=8 {
                at((from.0 + (to.0 - from.0) * step / 8, from.1 + (to.1 - from.1) * step / 8));
                std::thread::sleep(Duration::from_millis(60));
            }
        }
        self.settle();
        self.tool(&["mouseup", "1"]);
        self.settle();
    }

    /// Waits until the picture has not changed for a while.
    fn settle(&self) {
        let start = Instant::now();
        let mut last = self.picture();
        let mut since = Instant::now();
        while since.elapsed() < Duration::from_millis(500) && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(100));
            let now = self.picture();
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
    }

    /// The screen now. The file is an X window dump: 25 big-endian numbers, a name, a colour map, rows of `BGRx`.
    fn picture(&self) -> RgbImage {
        let bytes = fs::read(&self.pixels).unwrap();
        let number = |place: usize| u32::from_be_bytes(bytes[4 * place..4 * place + 4].try_into().unwrap()) as usize;
        let (header, width, height, row, colours) = (number(0), number(4), number(5), number(12), number(19));
        let start = header + 12 * colours;
        RgbImage::from_fn(width as u32, height as u32, |x, y| {
            let at = start + y as usize * row + 4 * x as usize;
            Rgb([bytes[at + 2], bytes[at + 1], bytes[at]])
        })
    }

    /// Keeps the picture for the README, when that is asked for.
    fn keep(&self, name: &str) {
        if std::env::var_os("ALBUMEN_SCREENSHOTS").is_some() {
            let folder = repository("screenshots");
            fs::create_dir_all(&folder).unwrap();
            self.picture().save(folder.join(format!("{name}.png"))).unwrap();
        }
    }
}

/// Waits for something; `Err` when the program ended first.
fn wait_for<T>(program: &mut Child, what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T, String> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if let Some(status) = program.try_wait().unwrap() {
            return Err(format!("the program ended ({status}) before {what}"));
        }
        assert!(start.elapsed() < PATIENCE, "no {what} after {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn start(display: &Display, temp: &Path, library: &Path, log: &Path) -> Ends {
    fs::write(temp.join("window.json"), r#"{"look":"light","still":true}"#).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_albumen"))
        .arg(repository("assets/sample"))
        .env("DISPLAY", &display.name)
        .env("HOME", temp)
        .env("ALBUMEN_LIBRARY", library)
        .env("ALBUMEN_SETTINGS", temp.join("window.json"))
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("ALBUMEN_FINDER")
        .stderr(fs::File::create(log).unwrap())
        .spawn()
        .unwrap();
    Ends(child)
}

fn file_names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// The map, by key; a line drawn around everything with the mouse selects, Escape takes it back.
fn map(display: &Display) {
    display.keys(&["ctrl+9"]);
    std::thread::sleep(Duration::from_secs(3)); // it is drawn in the background
    display.settle();
    display.keep("map");
    let before = display.picture();
    let (left, top, right, bottom) = (180, 110, WIDTH as i32 - 12, HEIGHT as i32 - 12);
    display.drag_along(&[(left, top), (right, top), (right, bottom), (left, bottom), (left, top + 10)]);
    let accent = |picture: &RgbImage| picture.pixels().filter(|pixel| pixel.0 == [0xe8, 0xa3, 0x17]).count();
    let after = display.picture();
    assert!(accent(&after) > accent(&before) + 50, "what is inside is selected");
    display.keys(&["Escape"]);
}

/// Who is in the library, as another process sees it: faces by name, and the sizes of the groups without one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct People {
    named: BTreeMap<String, u64>,
    unnamed: Vec<u64>,
}

impl People {
    fn of(library: &Path) -> Self {
        let (_, rows) = albumen_json(library, &["people", "--json"]);
        let mut people = Self::default();
        for row in rows.as_array().unwrap() {
            let faces = row["faces"].as_u64().unwrap();
            if let Some(name) = row["name"].as_str() {
                people.named.insert(name.to_owned(), faces);
            } else {
                people.unnamed.push(faces);
            }
        }
        people.unnamed.sort_unstable();
        people
    }

    fn faces(&self, name: &str) -> u64 {
        self.named.get(name).copied().unwrap_or_default()
    }
}

/// Something is done in the window, shows in the library, and is taken back with Ctrl+Z.
fn done_and_undone(display: &Display, library: &Path, what: &str, act: impl FnOnce(), came: impl Fn(&People) -> bool) {
    let before = People::of(library);
    act();
    let shows = |fits: &dyn Fn(&People) -> bool, what: &str| {
        let start = Instant::now();
        loop {
            let people = People::of(library);
            if fits(&people) {
                return;
            }
            assert!(start.elapsed() < Duration::from_mins(1), "{what}: {people:?}, before: {before:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    shows(&came, what);
    display.keys(&["ctrl+z"]);
    shows(&|people| *people == before, &format!("{what}, undone"));
}

/// The strictest threshold, by mouse, and a question it brings up, by key; both are taken back.
fn threshold_and_review(display: &Display, library: &Path) {
    display.keys(&["ctrl+4"]);
    display.drag((464, 104), (188, 104));
    display.click(1136, 70);
    std::thread::sleep(Duration::from_secs(8)); // the toast goes
    display.keys(&["ctrl+3"]);
    display.keep("review");
    let groups = |people: &People| people.unnamed.iter().filter(|faces| **faces > 1).count();
    let before = groups(&People::of(library));
    let no = || display.keys(&["n"]);
    done_and_undone(display, library, "two people", no, |people| groups(people) == before + 1);
    display.keys(&["ctrl+z", "ctrl+1"]);
}

/// Merges and moves by dragging, renames and splits; each is looked up in the library and taken back.
fn by_hand(display: &Display, library: &Path) {
    let (first, second) = ((184 + 88, 180), (184 + 88 + 192, 180));
    let before = People::of(library);
    // Both cards have a name: the window asks which one stays.
    let merge = || {
        display.drag(second, first);
        display.keys(&["Tab", "space"]);
    };
    let sum = before.faces("Barack Obama") + before.faces("Joe Biden");
    done_and_undone(display, library, "merged", merge, |people| {
        people.faces("Barack Obama") == sum && people.faces("Joe Biden") == 0
    });
    let rename = || {
        display.keys(&["Home", "F2"]);
        display.type_text("B. H. Obama");
        display.keys(&["Return"]);
    };
    done_and_undone(display, library, "renamed", rename, |people| {
        people.faces("B. H. Obama") == before.faces("Barack Obama") && people.faces("Barack Obama") == 0
    });
    // The person's screen: the first face onto the first of the other people.
    display.keys(&["Home", "space"]);
    let move_face = || display.drag((250, 194), (1088, 215));
    done_and_undone(display, library, "moved", move_face, |people| {
        people.faces("Barack Obama") + 1 == before.faces("Barack Obama")
            && people.faces("Joe Biden") == before.faces("Joe Biden") + 1
    });
    let split = || display.keys(&["Home", "ctrl+b"]);
    done_and_undone(display, library, "split", split, |people| {
        people.faces("Barack Obama") + 1 == before.faces("Barack Obama")
            && people.unnamed.len() == before.unnamed.len() + 1
    });
    display.keys(&["Escape", "ctrl+1"]);
    display.tool(&["mousemove", "300", "700"]); // nothing lies there
}

#[test]
fn the_real_window_from_folder_to_albums() {
    const NAME: &str = "the_real_window_from_folder_to_albums";
    let temp = tempfile::tempdir().unwrap();
    let display = match Display::start(temp.path()) {
        Ok(display) => display,
        Err(why) => return skip(NAME, &why),
    };
    let (library, log) = (temp.path().join("sample.albumen"), temp.path().join("log"));
    let mut program = start(&display, temp.path(), &library, &log);
    let title = |display: &Display| {
        let window = display.tool(&["search", "--onlyvisible", "--name", "Albumen"]);
        let window = window.lines().next()?.to_owned();
        Some((window.clone(), display.tool(&["getwindowname", &window])))
    };
    let window = match wait_for(&mut program.0, "window", || title(&display)) {
        Ok((window, _)) => window,
        Err(why) => {
            let log = fs::read_to_string(&log).unwrap_or_default();
            assert!(log.contains("window cannot be opened"), "{why}: {log}");
            return skip(NAME, "no Vulkan or OpenGL driver");
        }
    };
    display.tool(&["windowfocus", &window]);
    let people = |title: &str| title.strip_prefix("Albumen · ")?.split(' ').next()?.parse::<usize>().ok();
    // Well under way, the first faces are there to see; on a quick machine it is over by then.
    let percent = |title: &str| title.split_once(" % ").and_then(|(done, _)| done.parse::<usize>().ok());
    let underway = |title: &str| percent(title).is_some_and(|done| done >= 40) || people(title).is_some();
    wait_for(&mut program.0, "scan", || title(&display).filter(|(_, title)| underway(title))).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    display.keep("scan");
    let groups = wait_for(&mut program.0, "groups", || title(&display).and_then(|(_, title)| people(&title))).unwrap();
    assert!(groups >= 2, "Obama and Biden at least, and Collins where the collage shows her again: {groups}");
    display.settle();
    let picture = display.picture();
    let colours: BTreeSet<[u8; 3]> = picture.pixels().map(|pixel| pixel.0).collect();
    assert!(colours.len() > 2000, "faces are on the screen: {} colours", colours.len());
    assert_eq!(picture.get_pixel(WIDTH - 4, HEIGHT / 2).0, [0xfb, 0xfa, 0xf7], "in light");

    threshold_and_review(&display, &library);
    // By keys: to the first card, its name, and the name of the next.
    display.keys(&["Right", "Return"]);
    display.type_text("Barack Obama");
    display.keys(&["Return"]);
    if groups > 3 {
        // A hand on dark cloth is taken for a face: set aside as a whole.
        display.keys(&["Escape", "ctrl+i", "Home", "Right", "Return"]);
    }
    display.type_text("Joe Biden");
    display.keys(&["Return"]);
    display.type_text("Eileen Collins");
    // One after the other: a machine so slow that both come in one frame leaves the name before it is kept.
    display.keys(&["Return"]);
    display.keys(&["Escape", "ctrl+1"]);
    display.settle();
    display.tool(&["mousemove", "300", "700"]);
    std::thread::sleep(Duration::from_secs(8)); // the toast goes
    display.settle();
    display.keep("people");

    by_hand(&display, &library);
    for (keys, name) in [("ctrl+2", "faces"), ("ctrl+1", "board")] {
        display.keys(&[keys]);
        if name == "faces" {
            display.keep(name);
        }
    }
    display.keys(&["Home", "space"]);
    display.keep("person");
    display.keys(&["Right", "space"]);
    display.settle();
    display.keep("photo");
    display.keys(&["Escape", "Escape", "Escape"]);
    map(&display);
    display.keys(&["ctrl+1", "ctrl+d"]);
    let dark = display.picture();
    assert_eq!(dark.get_pixel(WIDTH - 4, HEIGHT / 2).0, [0x17, 0x18, 0x1a], "and in dark");
    display.keep("dark");
    display.keys(&["ctrl+d", "ctrl+n"]);
    display.keep("start");
    display.keys(&["ctrl+1"]);

    // Albums, by keys.
    let albums = temp.path().join("albums");
    display.keys(&["ctrl+e"]);
    display.type_text(albums.to_str().unwrap());
    display.keep("export");
    display.keys(&["Return"]);
    let sample = file_names(&repository("assets/sample"));
    let collins = albums.join("Eileen Collins");
    wait_for(&mut program.0, "albums", || collins.exists().then_some(())).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    display.settle();
    let obama = file_names(&albums.join("Barack Obama"));
    assert!(sample.iter().filter(|file| file.starts_with("obama")).all(|file| obama.contains(file)), "{obama:?}");
    for file in &obama {
        let (copy, original) = (albums.join("Barack Obama").join(file), repository("assets/sample").join(file));
        assert_eq!(fs::read(copy).unwrap(), fs::read(original).unwrap(), "{file} is not the same byte for byte");
    }

    // The program is killed, not closed: what was shown as done is on disk.
    drop(program);
    let (_, people) = albumen_json(&library, &["people", "--json"]);
    let names: BTreeSet<&str> = people.as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(names, ["Barack Obama", "Eileen Collins", "Joe Biden"].into());
    for row in people.as_array().unwrap().iter().filter(|row| row["name"].is_string()) {
        let album = file_names(&albums.join(row["name"].as_str().unwrap()));
        let photos = row["photos"].as_array().unwrap().iter().map(|path| Path::new(path.as_str().unwrap()));
        let photos: BTreeSet<String> =
            photos.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(album, photos, "{}", row["name"]);
    }
}
