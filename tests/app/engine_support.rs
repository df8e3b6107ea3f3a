//! Generated folders of coloured squares, and engines with the fake finder on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use albumen::domain::{DetectedFace, Group, GroupId, NoticeLevel, Pixels, Snapshot};
use albumen::engine::{Command, Engine, Handle, Options};
use albumen::media;
use albumen::vision::{FaceFinder, FakeFinder, VisionError, paint};

/// Something a finder does before it looks at a photo.
pub type Hook = Arc<dyn Fn(usize) + Send + Sync>;

/// The fake finder, counted, with something to do before each photo, another name, and boxes that may be off.
#[derive(Clone)]
pub struct Finder {
    pub model: &'static str,
    /// Detected boxes are moved by this part of their size.
    pub shift: f32,
    /// How much everybody looks like everybody: at 1 the cosine of two strangers is about a half.
    pub alike: f32,
    /// Faces of the first identity take after the second by so much: at 0.65 their cosine is 0.56, at 0.75 it is 0.62.
    pub kin: &'static [(usize, usize, f32)],
    pub looked: Arc<AtomicUsize>,
    pub before: Hook,
}

impl Default for Finder {
    fn default() -> Self {
        Self { model: "fake-1", shift: 0.0, alike: 0.0, kin: &[], looked: Arc::default(), before: Arc::new(|_| {}) }
    }
}

impl Finder {
    pub fn before(hook: impl Fn(usize) + Send + Sync + 'static) -> Self {
        Self { before: Arc::new(hook), ..Self::default() }
    }

    pub fn looked(&self) -> usize {
        self.looked.load(Ordering::SeqCst)
    }
}

impl FaceFinder for Finder {
    fn model_id(&self) -> &str {
        self.model
    }

    fn device(&self) -> String {
        "no networks".to_owned()
    }

    fn detect(&self, photo: &Pixels, min_face: f32) -> Result<Vec<DetectedFace>, VisionError> {
        (self.before)(self.looked.fetch_add(1, Ordering::SeqCst));
        let mut faces = FakeFinder.detect(photo, min_face)?;
        for face in &mut faces {
            face.bounds.x += self.shift * face.bounds.width;
            face.bounds.y += self.shift * face.bounds.height;
        }
        Ok(faces)
    }

    fn crops(&self, photo: &Pixels, faces: &[DetectedFace]) -> Vec<Pixels> {
        FakeFinder.crops(photo, faces)
    }

    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
        let mut embeddings = FakeFinder.embed(crops)?;
        for embedding in &mut embeddings {
            // Of the numbers one is large, that of the identity.
            let who = (0..12).find(|who| embedding[*who] > 0.5);
            for (_, other, much) in self.kin.iter().filter(|(one, ..)| Some(*one) == who) {
                embedding[*other] += much;
            }
            // The last number is no identity's.
            *embedding.last_mut().unwrap() += self.alike;
            let length = embedding.iter().map(|value| value * value).sum::<f32>().sqrt();
            for value in embedding.iter_mut() {
                *value /= length;
            }
        }
        Ok(embeddings)
    }
}

/// A folder of photos and a library beside it.
pub struct Place {
    pub temp: tempfile::TempDir,
    pub photos: PathBuf,
    pub library: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        let (photos, library) = (root.join("photos"), root.join("data/library.albumen"));
        fs::create_dir(&photos).unwrap();
        Self { temp, photos, library }
    }

    /// Photos of people: `(file, identities)`, each a JPEG of its own.
    pub fn with(files: &[(&str, &[u8])]) -> Self {
        let place = Self::new();
        for (number, (file, people)) in files.iter().enumerate() {
            place.put(file, &photo(people, number as u8));
        }
        place
    }

    pub fn put(&self, file: &str, bytes: &[u8]) {
        let path = self.photos.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn start(&self, finder: &Finder) -> Engine {
        self.start_with(finder, 2)
    }

    /// With so many workers; with one, photos are looked at in the order of their results.
    pub fn start_with(&self, finder: &Finder, workers: usize) -> Engine {
        let finder = finder.clone();
        let source = Box::new(move || Ok(Arc::new(finder.clone()) as Arc<dyn FaceFinder>));
        let options = Options { workers, min_face: 12.0, ..Options::new(self.library.clone(), source) };
        let engine = Engine::start(options).unwrap();
        engine.handle().wait(|snapshot| snapshot.ready).unwrap();
        engine
    }

    pub fn scan(&self, engine: &Engine) -> Arc<Snapshot> {
        engine.handle().run(Command::Scan(vec![self.photos.clone()]), |_| {}).unwrap()
    }

    /// A scan by an engine that is closed again.
    pub fn scan_once(&self, finder: &Finder) -> Arc<Snapshot> {
        let engine = self.start(finder);
        let snapshot = self.scan(&engine);
        engine.close();
        snapshot
    }
}

/// A JPEG of some people side by side. Others of the same people are told apart by `number`, a shade of the ground.
pub fn photo(people: &[u8], number: u8) -> Vec<u8> {
    let mut picture = picture(people);
    picture.rgb.iter_mut().filter(|value| **value == 128).for_each(|value| *value = 100 + number % 50);
    media::encode_jpeg(&picture, 95)
}

pub fn picture(people: &[u8]) -> Pixels {
    let squares: Vec<(u32, u32, u32, u8)> =
        people.iter().enumerate().map(|(place, who)| (16 + 80 * place as u32, 24, 48, *who)).collect();
    paint(80 * people.len().max(1) as u32 + 20, 96, &squares)
}

/// Runs a command and gives what follows; an error notice fails the test.
pub fn run(handle: &Handle, command: Command) -> Arc<Snapshot> {
    let before = handle.snapshot().notices.last().map_or(0, |notice| notice.number);
    let text = format!("{command:?}");
    let after = handle.run(command, |_| {}).unwrap();
    let error = after.notices.iter().find(|notice| notice.number > before && notice.level == NoticeLevel::Error);
    assert_eq!(error, None, "{text}");
    after
}

/// The groups as sets of file names, by name or `-`.
pub fn groups(snapshot: &Snapshot) -> Vec<(String, BTreeSet<String>)> {
    let mut found: Vec<(String, BTreeSet<String>)> = snapshot
        .groups
        .iter()
        .map(|group| (group.name.clone().unwrap_or_else(|| "-".to_owned()), files(snapshot, group)))
        .collect();
    found.sort();
    found
}

/// The names of the files a group's faces are in.
pub fn files(snapshot: &Snapshot, group: &Group) -> BTreeSet<String> {
    let photos = group.faces.iter().filter_map(|face| snapshot.photo_of_face(*face));
    let paths = photos.flat_map(|photo| photo.paths.iter());
    paths.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// The group in which a file's first face is.
pub fn group_of(snapshot: &Snapshot, file: &str) -> GroupId {
    let photo = snapshot.photos.values().find(|photo| photo.paths.iter().any(|path| path.ends_with(file))).unwrap();
    let face = snapshot.faces_of_photo(photo.id)[0].id;
    *snapshot.group_of.get(&face).unwrap_or_else(|| panic!("{file} is in no group"))
}

/// `found = with faces + without + skipped + failed`, and the counts are those of the rows.
pub fn check_counts(snapshot: &Snapshot) {
    let counts = snapshot.counts;
    let sum = counts.with_faces + counts.without_faces + counts.skipped + counts.failed;
    assert_eq!(counts.found, sum, "{counts:?}");
    let paths = |with: bool| -> usize {
        let photos = snapshot.photos.values();
        photos.filter(|photo| snapshot.photo_faces.contains_key(&photo.id) == with).map(|photo| photo.paths.len()).sum()
    };
    assert_eq!((counts.with_faces, counts.without_faces), (paths(true), paths(false)));
    assert_eq!((counts.failed, counts.faces), (snapshot.problems.len(), snapshot.faces.len()));
}

/// Every file below a folder with its bytes and time of change.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let changed = entry.metadata().unwrap().modified().unwrap();
            (entry.path().strip_prefix(folder).unwrap().to_owned(), (fs::read(entry.path()).unwrap(), changed))
        })
        .collect()
}
