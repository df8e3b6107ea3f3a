//! Faces to measure on: a made-up library, or the embeddings of a real one.

use std::path::Path;

/// Embeddings, row by row, and who each face is.
pub struct Library {
    /// 128 numbers a face, as libraries hold them, L2-normalised.
    pub values: Vec<f32>,
    /// Number of the person.
    pub truth: Vec<u32>,
}

/// Numbers in an embedding.
pub const WIDTH: usize = 128;
/// Directions people differ in: two strangers' cosines then scatter as FaceNet's do (standard deviation 0.14).
const DIRECTIONS: usize = 48;
/// Scatter of one person's pictures; cosines of about 0.67.
const SCATTER: f32 = 0.7;

/// A fixed sequence of numbers (xorshift64*).
pub struct Numbers(u64);

impl Numbers {
    /// A sequence; other seeds give others.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1u64 << 24) as f32
    }

    /// About normal: the sum of twelve.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.next()).sum::<f32>() - 6.0
    }
}

/// A third of the faces are alone, the others are people of 2 to 60 faces, few of them large.
pub fn made_up(faces: usize, seed: u64) -> Library {
    let mut numbers = Numbers::new(seed);
    let mut library = Library { values: Vec::with_capacity(faces * WIDTH), truth: Vec::with_capacity(faces) };
    let mut person = 0;
    while library.truth.len() < faces {
        let wanted = if numbers.next() < 0.78 { 1 } else { (2.0 / (numbers.next() + 0.033)) as usize + 2 };
        let centre: Vec<f32> = (0..DIRECTIONS).map(|_| numbers.normal()).collect();
        for _ in 0..wanted.min(faces - library.truth.len()) {
            let mut row = [0.0f32; WIDTH];
            for (place, value) in row.iter_mut().enumerate() {
                // The other directions hold what is left, little in each.
                let (middle, spread) = centre.get(place).map_or((0.0, 0.05), |middle| (*middle, SCATTER));
                *value = middle + spread * if spread > 0.1 { numbers.normal() } else { numbers.next() - 0.5 };
            }
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            library.values.extend(row.iter().map(|value| value / length));
            library.truth.push(person);
        }
        person += 1;
    }
    library
}

/// What `albumen faces DIR/… --json --embeddings` printed, with the folder of a photo as its person, and the large,
/// central face of a photo as that person's.
#[allow(dead_code, reason = "one of the two benches that share this file uses it")]
pub fn read(file: &Path) -> Result<Library, Box<dyn std::error::Error>> {
    let mut library = Library { values: Vec::new(), truth: Vec::new() };
    let mut people = std::collections::BTreeMap::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let photo: serde_json::Value = serde_json::from_str(line)?;
        let number = |value: &serde_json::Value| value.as_f64().unwrap_or(0.0);
        let middle = [number(&photo["width"]) / 2.0, number(&photo["height"]) / 2.0];
        // The rule of the LFW protocol scripts, as `albumen evaluate` has it.
        let central = |face: &serde_json::Value| {
            let [x, y, width, height] = [0, 1, 2, 3].map(|at| number(&face["box"][at]));
            let (dx, dy) = (x + width / 2.0 - middle[0], y + height / 2.0 - middle[1]);
            width * height - 2.0 * (dx * dx + dy * dy)
        };
        let faces = photo["faces"].as_array().into_iter().flatten();
        let Some(face) = faces.max_by(|one, two| central(one).total_cmp(&central(two))) else { continue };
        let row = face["embedding"].as_array().into_iter().flatten();
        library.values.extend(row.filter_map(serde_json::Value::as_f64).map(|value| value as f32));
        let path = Path::new(photo["path"].as_str().unwrap_or_default());
        let number = people.len() as u32;
        library.truth.push(*people.entry(path.parent().map(Path::to_owned)).or_insert(number));
    }
    Ok(library)
}
