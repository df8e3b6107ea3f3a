//! Pictures for the screens, decoded off the engine's thread.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::handle::{Outbox, PictureKey};
use crate::media;

/// What the loader needs to make a picture.
pub(super) enum Source {
    /// A thumbnail's JPEG bytes.
    Bytes(Vec<u8>),
    /// The photo, under any of its paths.
    Paths(Vec<PathBuf>),
}

/// Longer side of a photo on the screen, and of a small one.
const PHOTO_SIDE: u32 = 2048;
const THUMB_SIDE: u32 = 320;
/// Longer side of a photo that one has come near to: 100 MB as a texture.
pub const WHOLE_SIDE: u32 = 6000;
/// Requests that may wait, a screenful: what is not begun can still be replaced by what is wanted now.
const AHEAD: usize = 64;

/// Of these, photos: each takes as long as a hundred thumbnails, and whoever opens one waits for those before it.
const PHOTOS_AHEAD: usize = 2;

/// The loader's end of the line.
pub(super) struct Loader {
    requests: Sender<(u64, PictureKey, Source)>,
    /// Photos handed over and not yet decoded.
    photos: Arc<AtomicUsize>,
    /// Grows with every library: pictures of another one are dropped, since the same rows are other faces there.
    generation: Arc<AtomicU64>,
}

/// Starts the loader; its pictures go into the outbox.
pub(super) fn start(outbox: &Arc<Outbox>, wake: &Arc<dyn Fn() + Send + Sync>) -> Loader {
    let (requests, receiver) = bounded(AHEAD);
    let (photos, generation) = (Arc::<AtomicUsize>::default(), Arc::<AtomicU64>::default());
    let (outbox, wake, left, of) = (Arc::clone(outbox), Arc::clone(wake), Arc::clone(&photos), Arc::clone(&generation));
    let work = move || run(&receiver, &outbox, &wake, &left, &of);
    if let Err(error) = std::thread::Builder::new().name("pictures".to_owned()).spawn(work) {
        tracing::error!("no thread for pictures: {error}");
    }
    Loader { requests, photos, generation }
}

impl Loader {
    /// Takes out of the list what may be begun now, most wanted first; what stays can still be replaced.
    pub(super) fn next(&self, wanted: &mut Vec<PictureKey>) -> Vec<PictureKey> {
        let room = AHEAD.saturating_sub(self.requests.len());
        let mut photos = self.photos.load(Ordering::SeqCst);
        let mut now = Vec::new();
        wanted.retain(|key| {
            let goes = now.len() < room && (!is_photo(*key) || photos < PHOTOS_AHEAD);
            if goes {
                photos += usize::from(is_photo(*key));
                now.push(*key);
            }
            !goes
        });
        now
    }

    /// Hands a request over.
    pub(super) fn load(&self, key: PictureKey, source: Source) {
        self.photos.fetch_add(usize::from(is_photo(key)), Ordering::SeqCst);
        // There was room, and nobody else hands anything over.
        drop(self.requests.try_send((self.generation.load(Ordering::SeqCst), key, source)));
    }

    /// Another library: nothing that was wanted or made so far is shown any more.
    pub(super) fn forget(&self, outbox: &Outbox) {
        let mut ready = outbox.ready.lock().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::SeqCst);
        ready.clear();
        drop(ready);
        outbox.wanted.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn is_photo(key: PictureKey) -> bool {
    !matches!(key, PictureKey::Face(_))
}

/// How long the longer side of a photo may be at most.
fn longest(key: PictureKey) -> u32 {
    match key {
        PictureKey::PhotoThumb(_) => THUMB_SIDE,
        PictureKey::Whole(_) => WHOLE_SIDE,
        PictureKey::Photo(_) | PictureKey::Face(_) => PHOTO_SIDE,
    }
}

fn run(
    requests: &Receiver<(u64, PictureKey, Source)>,
    outbox: &Outbox,
    wake: &Arc<dyn Fn() + Send + Sync>,
    photos: &AtomicUsize,
    generation: &AtomicU64,
) {
    for (of, key, source) in requests {
        let picture = match source {
            Source::Bytes(bytes) => media::decode_thumbnail(&bytes),
            Source::Paths(paths) => paths.iter().find_map(|path| {
                let photo = media::decode(&media::read(path).ok()?).ok()?;
                Some(media::fit(&photo.pixels, longest(key)))
            }),
        };
        photos.fetch_sub(usize::from(is_photo(key)), Ordering::SeqCst);
        let mut ready = outbox.ready.lock().unwrap_or_else(PoisonError::into_inner);
        // Asked with the list held: whoever opens another library empties it.
        if of == generation.load(Ordering::SeqCst) {
            ready.push((key, picture.map(Arc::new)));
            drop(ready);
            wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FaceId, PhotoId};

    #[test]
    fn few_photos_go_ahead_so_that_the_one_that_is_opened_comes_soon() {
        let (requests, _receiver) = bounded(AHEAD);
        let loader = Loader { requests, photos: Arc::default(), generation: Arc::default() };
        let thumb = |number| PictureKey::PhotoThumb(PhotoId(number));
        let face = |number| PictureKey::Face(FaceId(number));
        let mut wanted: Vec<PictureKey> = (0..30).map(thumb).chain((0..100).map(face)).collect();
        let now = loader.next(&mut wanted);
        assert_eq!((now.len(), &now[..3]), (AHEAD, &[thumb(0), thumb(1), face(0)][..]));
        assert_eq!((wanted.len(), wanted[0]), (130 - AHEAD, thumb(2)), "the others can still be replaced");
        loader.load(thumb(0), Source::Paths(Vec::new()));
        loader.load(thumb(1), Source::Paths(Vec::new()));
        let mut wanted = vec![PictureKey::Photo(PhotoId(7)), face(7)];
        assert_eq!(loader.next(&mut wanted), [face(7)]);
        loader.photos.store(1, Ordering::SeqCst);
        assert_eq!(loader.next(&mut wanted), [PictureKey::Photo(PhotoId(7))]);
    }

    #[test]
    fn a_photo_comes_as_large_as_it_was_asked_for() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("wide.png");
        image::RgbImage::new(6400, 64).save(&path).unwrap();
        let (requests, receiver) = bounded(AHEAD);
        let loader = Loader { requests, photos: Arc::default(), generation: Arc::default() };
        let (photos, generation) = (Arc::clone(&loader.photos), Arc::clone(&loader.generation));
        let id = PhotoId(1);
        for key in [PictureKey::PhotoThumb(id), PictureKey::Photo(id), PictureKey::Whole(id)] {
            loader.load(key, Source::Paths(vec![path.clone()]));
        }
        drop(loader);
        let outbox = Outbox::default();
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(|| {});
        run(&receiver, &outbox, &wake, &photos, &generation);
        let ready = outbox.ready.lock().unwrap();
        let widths: Vec<u32> = ready.iter().map(|(_, picture)| picture.as_ref().unwrap().width).collect();
        assert_eq!(widths, [320, 2048, 6000]);
    }

    #[test]
    fn pictures_of_another_library_are_dropped() {
        let (requests, receiver) = bounded(AHEAD);
        let loader = Loader { requests, photos: Arc::default(), generation: Arc::default() };
        let (photos, generation) = (Arc::clone(&loader.photos), Arc::clone(&loader.generation));
        let face = |number| PictureKey::Face(FaceId(number));
        let outbox = Outbox::default();
        outbox.ready.lock().unwrap().push((face(1), None));
        outbox.wanted.lock().unwrap().push(face(2));
        loader.load(face(3), Source::Bytes(Vec::new()));
        loader.forget(&outbox);
        loader.load(face(4), Source::Bytes(Vec::new()));
        drop(loader);
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(|| {});
        run(&receiver, &outbox, &wake, &photos, &generation);
        let ready: Vec<PictureKey> = outbox.ready.lock().unwrap().iter().map(|(key, _)| *key).collect();
        assert_eq!((ready, outbox.wanted.lock().unwrap().len()), (vec![face(4)], 0));
    }
}
