//! Some files: read, hash, decode, detect, thumbnails; then all their faces are embedded together.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Instant;

use crate::domain::{DetectedFace, EmbeddedFace, FaceBox, PhotoHash, PhotoId, Pixels, Problem, ProblemKind, Taken};
use crate::media::{self, FileKind, MediaError};
use crate::vision::{FaceFinder, sharpness};

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

/// What is looked for.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The networks.
    pub finder: &'a dyn FaceFinder,
    /// Smaller faces may be missed, in pixels.
    pub min_face: f32,
    /// Whether embeddings are wanted.
    pub embed: bool,
    /// Sees a photo's width and height and may drop faces before the rest are embedded.
    pub choose: &'a (dyn Fn(u32, u32, &mut Vec<DetectedFace>) + Sync),
}

/// Photos that one worker reads before it embeds all their faces at once: the network's weights are read from memory
/// once for all of them. The first are single, so that the first face is there soon; the last are small again, so that no
/// worker waits long for another at the end.
#[must_use]
pub fn batches(count: usize) -> Vec<Range<usize>> {
    let share = 2 * super::default_workers();
    let mut ranges = Vec::new();
    let mut start = 0;
    while start < count {
        let size = (1 << (ranges.len() / 4).min(3)).min((count - start).div_ceil(share));
        ranges.push(start..start + size);
        start += size;
    }
    ranges
}

/// The faces of some photos, nothing stored; in the order of the paths. The [`Problem`] is with the file, or with the
/// networks on it.
pub fn read_photos(paths: &[&Path], look: &Look<'_>) -> Vec<Result<Reading, Problem>> {
    let read = |path: &&Path| media::read(path).map_err(|error| error.into_problem((*path).to_owned()));
    read_all(paths, &read, look)
}

/// The faces of a photo whose bytes came in another way than from a file; its name stands for the path.
///
/// # Errors
/// The [`Problem`] with the bytes, or with the networks on them.
pub fn read_bytes(name: &Path, bytes: &[u8], look: &Look<'_>) -> Result<Reading, Problem> {
    let read =
        |_: &&Path| if bytes.is_empty() { Err(MediaError::Empty.into_problem(name.to_owned())) } else { Ok(bytes) };
    read_all(&[name], &read, look).swap_remove(0)
}

fn read_all<B: AsRef<[u8]>>(
    paths: &[&Path],
    bytes: &dyn Fn(&&Path) -> Result<B, Problem>,
    look: &Look<'_>,
) -> Vec<Result<Reading, Problem>> {
    let mut readings: Vec<Result<Reading, Problem>> = Vec::with_capacity(paths.len());
    let mut crops: Vec<Vec<Pixels>> = Vec::with_capacity(paths.len());
    for path in paths {
        let start = Instant::now();
        let (reading, of_photo) = match bytes(path).and_then(|bytes| read(path, bytes.as_ref(), start, look)) {
            Ok((reading, crops)) => (Ok(reading), crops),
            Err(problem) => (Err(problem), Vec::new()),
        };
        readings.push(reading);
        crops.push(of_photo);
    }
    let start = Instant::now();
    let embeddings = embed_all(look.finder, paths, &crops);
    let seconds = start.elapsed().as_secs_f64() / crops.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    for (reading, embeddings) in readings.iter_mut().zip(embeddings) {
        let Ok(known) = reading else { continue };
        known.seconds.embed = seconds * known.faces.len() as f64;
        match embeddings {
            Ok(embeddings) => {
                for (face, embedding) in known.faces.iter_mut().zip(embeddings) {
                    face.embedding = embedding;
                }
            }
            Err(problem) => *reading = Err(problem),
        }
    }
    readings
}

fn read(path: &Path, bytes: &[u8], start: Instant, look: &Look<'_>) -> Result<(Reading, Vec<Pixels>), Problem> {
    let mut seconds = Seconds::default();
    if let FileKind::Skip(what) = media::file_kind(path, bytes.get(..64).unwrap_or(bytes)) {
        let message = format!("this is not a photo but belongs to the {what}, which are skipped");
        return Err(Problem { path: path.to_owned(), kind: ProblemKind::NotAPhoto, message });
    }
    let photo = media::decode(bytes).map_err(|error| error.into_problem(path.to_owned()))?.pixels;
    seconds.decode = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let mut faces = guarded(path, || look.finder.detect(&photo, look.min_face))?;
    (look.choose)(photo.width, photo.height, &mut faces);
    seconds.detect = start.elapsed().as_secs_f64();
    let crops = if look.embed { guarded(path, || Ok(look.finder.crops(&photo, &faces)))? } else { Vec::new() };
    judge(&mut faces, &crops);
    let faces = faces.into_iter().map(|detected| EmbeddedFace { detected, embedding: Vec::new() }).collect();
    Ok((Reading { width: photo.width, height: photo.height, faces, seconds }, crops))
}

/// Some files on their way into a library, in their order; fewer when `go_on` says no before one of them. `known` finds
/// content that needs no second look.
pub fn process(
    paths: &[&Path],
    look: &Look<'_>,
    known: &dyn Fn(&PhotoHash) -> Option<PhotoId>,
    go_on: &dyn Fn() -> bool,
) -> Vec<Done> {
    let mut done = Vec::with_capacity(paths.len());
    let mut crops: Vec<Vec<Pixels>> = Vec::with_capacity(paths.len());
    for path in paths.iter().take_while(|_| go_on()) {
        let (one, of_photo) = process_one(path, look, known);
        done.push(one);
        crops.push(of_photo);
    }
    let embeddings = embed_all(look.finder, paths, &crops);
    for (done, embeddings) in done.iter_mut().zip(embeddings) {
        let Done::Photo(photo) = done else { continue };
        match embeddings {
            Ok(embeddings) => {
                for (face, embedding) in photo.faces.iter_mut().zip(embeddings) {
                    face.embedding = embedding;
                }
            }
            Err(problem) => *done = Done::Failed(problem),
        }
    }
    done
}

fn process_one(path: &Path, look: &Look<'_>, known: &dyn Fn(&PhotoHash) -> Option<PhotoId>) -> (Done, Vec<Pixels>) {
    let bytes = match media::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return (Done::Failed(error.into_problem(path.to_owned())), Vec::new()),
    };
    if let FileKind::Skip(what) = media::file_kind(path, bytes.get(..64).unwrap_or(&bytes)) {
        return (Done::Skipped(what), Vec::new());
    }
    let hash = media::hash(&bytes);
    if let Some(photo) = known(&hash) {
        return (Done::Known(photo), Vec::new());
    }
    let photo = match media::decode(&bytes) {
        Ok(photo) => photo,
        Err(error) => return (Done::Failed(error.into_problem(path.to_owned())), Vec::new()),
    };
    drop(bytes);
    let found = guarded(path, || {
        let mut faces = look.finder.detect(&photo.pixels, look.min_face)?;
        let crops = look.finder.crops(&photo.pixels, &faces);
        judge(&mut faces, &crops);
        Ok((faces, crops))
    });
    let (faces, crops) = match found {
        Ok(found) => found,
        Err(problem) => return (Done::Failed(problem), Vec::new()),
    };
    let face = |detected: DetectedFace| FoundFace {
        thumbnail: media::encode_jpeg(&media::thumbnail(&photo.pixels, &detected.bounds), 85),
        detected,
        embedding: Vec::new(),
    };
    let fresh = Fresh {
        hash,
        width: photo.pixels.width,
        height: photo.pixels.height,
        orientation: photo.orientation,
        taken: photo.taken,
        faces: faces.into_iter().map(face).collect(),
    };
    (Done::Photo(fresh), crops)
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
    let mut detected = [DetectedFace { bounds: *bounds, score: 1.0, landmarks, sharpness: 1.0 }];
    let crops = guarded(path, || Ok(finder.crops(&photo, &detected)))?;
    judge(&mut detected, &crops);
    let [detected] = detected;
    let embeddings = guarded(path, || finder.embed(&crops))?;
    let thumbnail = media::encode_jpeg(&media::thumbnail(&photo, bounds), 85);
    Ok(FoundFace { detected, embedding: embeddings.into_iter().next().unwrap_or_default(), thumbnail })
}

/// Notes how sharp each face's crop is.
fn judge(faces: &mut [DetectedFace], crops: &[Pixels]) {
    for (face, crop) in faces.iter_mut().zip(crops) {
        face.sharpness = sharpness(crop);
    }
}

/// The embeddings of each photo's crops. When the networks fail on all of them together, every photo is tried on its
/// own, so that one costs only itself.
fn embed_all(finder: &dyn FaceFinder, paths: &[&Path], crops: &[Vec<Pixels>]) -> Vec<Result<Vec<Vec<f32>>, Problem>> {
    let all: Vec<Pixels> = crops.iter().flatten().cloned().collect();
    let together = match (all.is_empty(), paths.first()) {
        (false, Some(path)) => guarded(path, || finder.embed(&all)),
        _ => Ok(Vec::new()),
    };
    match together {
        Ok(embeddings) if embeddings.len() == all.len() => {
            let mut rest = embeddings.into_iter();
            crops.iter().map(|crops| Ok(rest.by_ref().take(crops.len()).collect())).collect()
        }
        _ => crops.iter().zip(paths).map(|(crops, path)| guarded(path, || finder.embed(crops))).collect(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_grow_and_cover_everything_once() {
        for count in [0, 1, 3, 17, 1000] {
            let ranges = batches(count);
            assert!(ranges.iter().cloned().flatten().eq(0..count));
        }
        assert_eq!(batches(1000).first(), Some(&(0..1)));
        assert!(batches(1000).iter().all(|range| range.len() <= 8));
        assert!(batches(24).iter().rev().take(2).all(|range| range.len() == 1));
    }
}
