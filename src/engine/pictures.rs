//! Pictures for the screens, decoded off the engine's thread.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
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
/// Requests that may wait, a screenful: what is not begun can still be replaced by what is wanted now.
const AHEAD: usize = 64;

/// Of these, photos: each takes as long as a hundred thumbnails, and whoever opens one waits for those before it.
const PHOTOS_AHEAD: usize = 2;

/// The loader's end of the line.
pub(super) struct Loader {
    requests: Sender<(PictureKey, Source)>,
    /// Photos handed over and not yet decoded.
    photos: Arc<AtomicUsize>,
}

/// Starts the loader; its pictures go into the outbox.
pub(super) fn start(outbox: &Arc<Outbox>, wake: &Arc<dyn Fn() + Send + Sync>) -> Loader {
    let (requests, receiver) = bounded(AHEAD);
    let photos = Arc::new(AtomicUsize::new(0));
    let (outbox, wake, left) = (Arc::clone(outbox), Arc::clone(wake), Arc::clone(&photos));
    let work = move || run(&receiver, &outbox, &wake, &left);
    if let Err(error) = std::thread::Builder::new().name("pictures".to_owned()).spawn(work) {
        tracing::error!("no thread for pictures: {error}");
    }
    Loader { requests, photos }
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
        drop(self.requests.try_send((key, source)));
    }
}

fn is_photo(key: PictureKey) -> bool {
    matches!(key, PictureKey::Photo(_) | PictureKey::PhotoThumb(_))
}

fn run(
    requests: &Receiver<(PictureKey, Source)>,
    outbox: &Outbox,
    wake: &Arc<dyn Fn() + Send + Sync>,
    photos: &AtomicUsize,
) {
    for (key, source) in requests {
        let picture = match source {
            Source::Bytes(bytes) => media::decode_thumbnail(&bytes),
            Source::Paths(paths) => paths.iter().find_map(|path| {
                let photo = media::decode(&media::read(path).ok()?).ok()?;
                let side = if matches!(key, PictureKey::PhotoThumb(_)) { THUMB_SIDE } else { PHOTO_SIDE };
                Some(media::fit(&photo.pixels, side))
            }),
        };
        photos.fetch_sub(usize::from(is_photo(key)), Ordering::SeqCst);
        outbox.ready.lock().unwrap_or_else(PoisonError::into_inner).push((key, picture.map(Arc::new)));
        wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FaceId, PhotoId};

    #[test]
    fn few_photos_go_ahead_so_that_the_one_that_is_opened_comes_soon() {
        let (requests, _receiver) = bounded(AHEAD);
        let loader = Loader { requests, photos: Arc::default() };
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
}
