//! One file: read, hash, decode, detect, embed, thumbnails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Instant;

use crate::domain::{DetectedFace, EmbeddedFace, FaceBox, PhotoHash, PhotoId, Pixels, Problem, ProblemKind, Taken};
use crate::media::{self, FileKind};
use crate::vision::FaceFinder;

/// Seconds a photo's stages took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seconds {
    /// Reading and decoding.
    pub decode: f64,
    /// Finding faces.
    pub detect: f64,
    /// Cropping and embedding them.
    pub embed: f64,
}

/// A photo's faces, nothing stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Upright width.
    pub width: u32,
    /// Upright height.
    pub height: u32,
    /// Highest score first; embeddings are empty when they were not asked for.
    pub faces: Vec<EmbeddedFace>,
    /// How long it took.
    pub seconds: Seconds,
}

/// A face on its way into a library.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundFace {
    /// Where and how sure.
    pub detected: DetectedFace,
    /// L2-normalised.
    pub embedding: Vec<f32>,
    /// A JPEG.
    pub thumbnail: Vec<u8>,
}

/// A photo on its way into a library.
#[derive(Clone, Debug, PartialEq)]
pub struct Fresh {
    /// Content.
    pub hash: PhotoHash,
    /// Upright width.
    pub width: u32,
    /// Upright height.
    pub height: u32,
    /// EXIF orientation of the stored pixels.
    pub orientation: u8,
    /// By the camera's clock.
    pub taken: Option<Taken>,
    /// Highest score first.
    pub faces: Vec<FoundFace>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// A photo that was decoded.
    Photo(Fresh),
    /// Content that is known already; nothing was decoded.
    Known(PhotoId),
    /// No photo: the plural for the report.
    Skipped(&'static str),
    /// Could not be used.
    Failed(Problem),
}

/// A photo's faces; embeddings only when `embed`.
///
/// # Errors
/// The [`Problem`] with the file, or with the networks on it.
pub fn read_photo(path: &Path, finder: &dyn FaceFinder, min_face: f32, embed: bool) -> Result<Reading, Problem> {
    read(path, finder, min_face, embed, &|_width, _height, _faces| {})
}

/// A photo's faces; `choose` sees the photo's size and may drop faces before the rest are embedded.
///
/// # Errors
/// The [`Problem`] with the file, or with the networks on it.
pub fn read_photo_with(
    path: &Path,
    finder: &dyn FaceFinder,
    min_face: f32,
    choose: &dyn Fn(u32, u32, &mut Vec<DetectedFace>),
) -> Result<Reading, Problem> {
    read(path, finder, min_face, true, choose)
}

fn read(
    path: &Path,
    finder: &dyn FaceFinder,
    min_face: f32,
    embed: bool,
    choose: &dyn Fn(u32, u32, &mut Vec<DetectedFace>),
) -> Result<Reading, Problem> {
    let mut seconds = Seconds::default();
    let start = Instant::now();
    let bytes = media::read(path).map_err(|error| error.into_problem(path.to_owned()))?;
    if let FileKind::Skip(what) = media::file_kind(path, bytes.get(..64).unwrap_or(&bytes)) {
        let message = format!("this is not a photo but belongs to the {what}, which are skipped");
        return Err(Problem { path: path.to_owned(), kind: ProblemKind::NotAPhoto, message });
    }
    let photo = media::decode(&bytes).map_err(|error| error.into_problem(path.to_owned()))?.pixels;
    seconds.decode = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let mut faces = guarded(path, || finder.detect(&photo, min_face))?;
    choose(photo.width, photo.height, &mut faces);
    seconds.detect = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let embeddings =
        if embed { guarded(path, || finder.embed(&photo, &faces))? } else { vec![Vec::new(); faces.len()] };
    seconds.embed = start.elapsed().as_secs_f64();
    let faces =
        faces.into_iter().zip(embeddings).map(|(detected, embedding)| EmbeddedFace { detected, embedding }).collect();
    Ok(Reading { width: photo.width, height: photo.height, faces, seconds })
}

/// A file on its way into a library. `known` finds content that needs no second look.
pub fn process(
    path: &Path,
    finder: &dyn FaceFinder,
    min_face: f32,
    known: &dyn Fn(&PhotoHash) -> Option<PhotoId>,
) -> Done {
    let bytes = match media::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return Done::Failed(error.into_problem(path.to_owned())),
    };
    if let FileKind::Skip(what) = media::file_kind(path, bytes.get(..64).unwrap_or(&bytes)) {
        return Done::Skipped(what);
    }
    let hash = media::hash(&bytes);
    if let Some(photo) = known(&hash) {
        return Done::Known(photo);
    }
    match media::decode(&bytes) {
        Ok(photo) => {
            drop(bytes);
            match find(path, finder, min_face, &photo.pixels) {
                Ok(faces) => Done::Photo(Fresh {
                    hash,
                    width: photo.pixels.width,
                    height: photo.pixels.height,
                    orientation: photo.orientation,
                    taken: photo.taken,
                    faces,
                }),
                Err(problem) => Done::Failed(problem),
            }
        }
        Err(error) => Done::Failed(error.into_problem(path.to_owned())),
    }
}

/// One face of a photo, at a box somebody drew: its embedding and thumbnail. `hash` is the content that is expected.
///
/// # Errors
/// The [`Problem`] with the file, with the networks on it, or with a content that has changed.
pub fn read_face(
    path: &Path,
    hash: PhotoHash,
    bounds: &FaceBox,
    finder: &dyn FaceFinder,
) -> Result<FoundFace, Problem> {
    let bytes = media::read(path).map_err(|error| error.into_problem(path.to_owned()))?;
    if media::hash(&bytes) != hash {
        let message = "the photo has changed; scan its folder again".to_owned();
        return Err(Problem { path: path.to_owned(), kind: ProblemKind::Unreadable, message });
    }
    let photo = media::decode(&bytes).map_err(|error| error.into_problem(path.to_owned()))?.pixels;
    // The points of an average face; what a crop by the box needs of them is only that they lie inside.
    let point = |x: f32, y: f32| [bounds.x + x * bounds.width, bounds.y + y * bounds.height];
    let landmarks = [point(0.31, 0.40), point(0.69, 0.40), point(0.50, 0.58), point(0.35, 0.77), point(0.65, 0.77)];
    let detected = DetectedFace { bounds: *bounds, score: 1.0, landmarks };
    let embedding = guarded(path, || finder.embed(&photo, &[detected]))?.pop().unwrap_or_default();
    let thumbnail = media::encode_jpeg(&media::thumbnail(&photo, bounds), 85);
    Ok(FoundFace { detected, embedding, thumbnail })
}

fn find(path: &Path, finder: &dyn FaceFinder, min_face: f32, photo: &Pixels) -> Result<Vec<FoundFace>, Problem> {
    let faces = guarded(path, || finder.find(photo, min_face))?;
    Ok(faces
        .into_iter()
        .map(|face| FoundFace {
            thumbnail: media::encode_jpeg(&media::thumbnail(photo, &face.detected.bounds), 85),
            detected: face.detected,
            embedding: face.embedding,
        })
        .collect())
}

/// The networks' answer; an error or a panic becomes the photo's problem.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, crate::vision::VisionError>) -> Result<T, Problem> {
    let failed = |reason: String| Problem {
        path: path.to_owned(),
        kind: ProblemKind::Recognition,
        message: format!("the photo was read, but looking for faces failed ({reason})"),
    };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| failed(error.to_string())),
        Err(_panic) => Err(failed("an internal error".to_owned())),
    }
}
