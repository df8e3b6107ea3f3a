//! Pictures for the screens, decoded off the engine's thread.

use std::path::PathBuf;
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
pub(super) const AHEAD: usize = 64;

/// Starts the loader; requests go into the channel, pictures into the outbox.
pub(super) fn start(outbox: &Arc<Outbox>, wake: &Arc<dyn Fn() + Send + Sync>) -> Sender<(PictureKey, Source)> {
    let (sender, receiver) = bounded(AHEAD);
    let (outbox, wake) = (Arc::clone(outbox), Arc::clone(wake));
    let spawned = std::thread::Builder::new().name("pictures".to_owned()).spawn(move || run(&receiver, &outbox, &wake));
    if let Err(error) = spawned {
        tracing::error!("no thread for pictures: {error}");
    }
    sender
}

fn run(requests: &Receiver<(PictureKey, Source)>, outbox: &Outbox, wake: &Arc<dyn Fn() + Send + Sync>) {
    for (key, source) in requests {
        let picture = match source {
            Source::Bytes(bytes) => media::decode_thumbnail(&bytes),
            Source::Paths(paths) => paths.iter().find_map(|path| {
                let photo = media::decode(&media::read(path).ok()?).ok()?;
                let side = if matches!(key, PictureKey::PhotoThumb(_)) { THUMB_SIDE } else { PHOTO_SIDE };
                Some(media::fit(&photo.pixels, side))
            }),
        };
        outbox.ready.lock().unwrap_or_else(PoisonError::into_inner).push((key, picture.map(Arc::new)));
        wake();
    }
}
