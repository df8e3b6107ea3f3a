//! Made-up libraries: photos that nobody took, with faces that are no faces, for what only their number matters to.

use std::path::{Path, PathBuf};

use albumen::domain::{DetectedFace, Edit, FaceBox, FaceId, FaceKey, PersonId, PhotoHash, Taken};
use albumen::store::{FileOutcome, NewFace, NewPhoto, Outcome, Store, StoredFace};

/// Numbers that look random and are the same every time.
pub struct Noise(u64);

impl Default for Noise {
    fn default() -> Self {
        Self(88_172_645_463_325_252)
    }
}

impl Noise {
    /// The next of them (xorshift, Marsaglia 2003).
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A direction of so many numbers, of length one.
    pub fn direction(&mut self, width: usize) -> Vec<f32> {
        unit((0..width).map(|_| (self.next() % 2001) as f32 / 1000.0 - 1.0).collect())
    }
}

/// Brings a vector to length one.
pub fn unit(mut values: Vec<f32>) -> Vec<f32> {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    for value in &mut values {
        *value /= length;
    }
    values
}

/// Faces of a person, or strangers, one after the other.
const BLOCK: usize = 50;

/// What the user has said about a block of faces; of every fifth, which are strangers, nothing.
fn said(number: usize, block: impl Iterator<Item = FaceKey>) -> Option<Edit> {
    let (person, name) = (PersonId(number as u32 + 1), Some(format!("Person {number}")));
    (number % 5 != 4).then(|| Edit::MakePerson { person, name, faces: block.take(40).collect(), rest: Vec::new() })
}

/// What a made-up library is made of.
pub struct Recipe<'a> {
    /// The model that is said to have found the faces.
    pub model: &'a str,
    /// Numbers an embedding.
    pub width: usize,
    /// Thumbnails, of which each face gets one.
    pub thumbnails: &'a [Vec<u8>],
}

impl Recipe<'_> {
    fn photo(&self, number: usize, noise: &mut Noise) -> FileOutcome {
        let mut hash = [0; 16];
        hash[..8].copy_from_slice(&noise.next().to_le_bytes());
        hash[8..].copy_from_slice(&(number as u64).to_le_bytes());
        let face = |place: usize, noise: &mut Noise| {
            let bounds = FaceBox::new(200.0 + 700.0 * place as f32, 300.0 + (noise.next() % 900) as f32, 240.0, 300.0);
            let point = |x: f32, y: f32| [bounds.x + x * 240.0, bounds.y + y * 300.0];
            let landmarks = [point(0.3, 0.4), point(0.7, 0.4), point(0.5, 0.6), point(0.35, 0.8), point(0.65, 0.8)];
            let embedding = noise.direction(self.width);
            let score = 0.9 + (noise.next() % 100) as f32 / 1000.0;
            NewFace {
                detected: DetectedFace { bounds, score, landmarks, sharpness: 0.5 },
                embedding,
                thumbnail: self.thumbnails[noise.next() as usize % self.thumbnails.len()].clone(),
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

    /// What the user has said in a library of so many photos, an edit a step, without the library.
    #[allow(dead_code, reason = "one of the benches that share this file uses it")]
    pub fn edits(&self, photos: usize) -> Vec<Edit> {
        let mut noise = Noise::default();
        let mut keys: Vec<FaceKey> = Vec::new();
        for number in 0..photos {
            if let Outcome::Photo(NewPhoto { hash, width, height, faces, .. }) = self.photo(number, &mut noise).outcome
            {
                keys.extend(faces.iter().map(|face| FaceKey::new(hash, &face.detected.bounds, width, height)));
            }
        }
        let blocks = keys.chunks(BLOCK).enumerate();
        blocks.filter_map(|(number, block)| said(number, block.iter().copied())).collect()
    }

    /// A library of so many photos with 2.5 faces each. Every 50 faces are a person of whom 40 were named in one edit;
    /// every fifth block of 50 is strangers. `there` may put a file where a photo is said to be. Gives the number of
    /// faces.
    pub fn fill(&self, library: &Path, folder: &Path, photos: usize, there: &dyn Fn(&mut FileOutcome)) -> usize {
        let mut store = Store::open(library).unwrap();
        store.set_model(self.model).unwrap();
        store.add_folder(folder).unwrap();
        let mut noise = Noise::default();
        let mut faces: Vec<(FaceId, FaceKey)> = Vec::new();
        for first in (0..photos).step_by(1000) {
            let made = |number| {
                let mut file = self.photo(number, &mut noise);
                there(&mut file);
                file
            };
            let outcomes: Vec<FileOutcome> = (first..photos.min(first + 1000)).map(made).collect();
            let written = store.write(&outcomes, self.model, &|_| Vec::new()).unwrap();
            faces.extend(written.faces.iter().map(|StoredFace { face, .. }| (face.id, face.key)));
        }
        let mut clusters = Vec::new();
        for (number, block) in faces.chunks(BLOCK).enumerate() {
            let Some(edit) = said(number, block.iter().map(|(_, key)| *key)) else {
                clusters.extend(block.iter().map(|(face, _)| vec![*face]));
                continue;
            };
            clusters.push(block.iter().map(|(face, _)| *face).collect());
            store.push_step(&[edit], true).unwrap();
        }
        let way = albumen::engine::way_of(albumen::cluster::Method::default());
        store.save_clusters(&clusters, store.revision().unwrap(), &way).unwrap();
        faces.len()
    }
}

/// So many photos to read: those of the sample many times over, with a few bytes behind their ends, so that none is known
/// yet.
pub fn photos_to_read(folder: &Path, photos: usize) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
    std::fs::create_dir_all(folder).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(sample).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension().is_some_and(|ending| ending == "jpg")
            && file.file_stem().is_some_and(|name| name != "truncated")
    });
    files.sort();
    for (number, file) in files.iter().cycle().take(photos).enumerate() {
        let (time, mut bytes) = (number / files.len(), std::fs::read(file).unwrap());
        bytes.extend((time as u64).to_le_bytes());
        std::fs::write(folder.join(format!("{time:05} {}", file.file_name().unwrap().display())), bytes).unwrap();
    }
}
