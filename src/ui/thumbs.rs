//! Pictures as textures: asked for while drawing, drawn when they are there, forgotten when others need the room.

use std::collections::BTreeMap;

use egui::{ColorImage, Context, TextureHandle, TextureOptions};

use crate::domain::PhotoId;
use crate::engine::{Handle, PictureKey};

/// Bytes of textures kept.
const MOST_BYTES: usize = 256 << 20;
/// A picture that was asked for and did not come is asked for again after this many seconds.
const PATIENCE: f64 = 4.0;
/// Seconds after which one that could not be had is asked for again: a disk may have been plugged in.
const AGAIN: f64 = 10.0;

enum Entry {
    Asked { at: f64 },
    Ready { texture: TextureHandle, bytes: usize, used: u64 },
    Missing { at: f64 },
}

/// The cache.
pub struct Thumbs {
    handle: Handle,
    entries: BTreeMap<PictureKey, Entry>,
    /// What this frame would show and has not got.
    wanted: Vec<PictureKey>,
    /// Some of it was never asked for.
    news: bool,
    /// The photo at its full size that somebody looks at in this frame.
    whole: Option<PictureKey>,
    frame: u64,
    now: f64,
    bytes: usize,
}

impl Thumbs {
    /// An empty cache on this engine.
    #[must_use]
    pub fn new(handle: Handle) -> Self {
        Self {
            handle,
            entries: BTreeMap::new(),
            wanted: Vec::new(),
            news: false,
            whole: None,
            frame: 0,
            now: 0.0,
            bytes: 0,
        }
    }

    /// Takes in what has come. Before a frame is drawn.
    pub fn begin(&mut self, ctx: &Context) {
        self.frame += 1;
        self.now = ctx.input(|input| input.time);
        let most = ctx.input(|input| input.max_texture_side);
        for (key, picture) in self.handle.take_pictures() {
            if matches!(key, PictureKey::Whole(_)) && !self.entries.contains_key(&key) {
                continue; // nobody looks any more
            }
            // A file may have grown since it was asked for.
            let picture = picture.filter(|picture| picture.width.max(picture.height) as usize <= most);
            let entry = match picture {
                Some(picture) => {
                    let size = [picture.width as usize, picture.height as usize];
                    let image = ColorImage::from_rgb(size, &picture.rgb);
                    let texture = ctx.load_texture(format!("{key:?}"), image, TextureOptions::LINEAR);
                    let bytes = 4 * size[0] * size[1];
                    self.bytes += bytes;
                    Entry::Ready { texture, bytes, used: self.frame }
                }
                None => Entry::Missing { at: self.now },
            };
            if let Some(Entry::Ready { bytes, .. }) = self.entries.insert(key, entry) {
                self.bytes -= bytes;
            }
        }
    }

    /// The picture, if it is there; else it is asked for. `Err` when it cannot be had.
    pub(super) fn get(&mut self, key: PictureKey) -> Result<Option<TextureHandle>, ()> {
        let (frame, now) = (self.frame, self.now);
        match self.entries.get_mut(&key) {
            Some(Entry::Ready { texture, used, .. }) => {
                *used = frame;
                Ok(Some(texture.clone()))
            }
            Some(Entry::Missing { at }) => {
                if now - *at >= AGAIN {
                    *at = now;
                    self.wanted.push(key);
                    self.news = true;
                }
                Err(())
            }
            Some(Entry::Asked { at }) if now - *at < PATIENCE => {
                self.wanted.push(key);
                Ok(None)
            }
            _ => {
                self.wanted.push(key);
                self.news = true;
                Ok(None)
            }
        }
    }

    /// A photo at its full size, once it is there. It is asked for when it is wanted, and kept from then on as long as
    /// somebody looks for it in every frame: no other picture is as large.
    pub(super) fn whole(&mut self, photo: PhotoId, wanted: bool) -> Option<TextureHandle> {
        let key = PictureKey::Whole(photo);
        if !wanted && !self.entries.contains_key(&key) {
            return None;
        }
        self.whole = Some(key);
        self.get(key).ok().flatten()
    }

    /// Asks for what was wanted and makes room. After a frame is drawn.
    pub fn end(&mut self) {
        let wanted = std::mem::take(&mut self.wanted);
        // A wish replaces the one before: what is still missing is asked for along with what is new.
        if std::mem::take(&mut self.news) {
            for key in &wanted {
                // What is asked for once more is shown as missing until it comes.
                if !matches!(self.entries.get(key), Some(Entry::Missing { .. })) {
                    self.entries.insert(*key, Entry::Asked { at: self.now });
                }
            }
            self.handle.want(wanted);
        }
        let looked_at = self.whole.take();
        let wholes = self.entries.range(PictureKey::Whole(PhotoId(0))..).map(|(key, _)| *key);
        let left: Vec<PictureKey> = wholes.filter(|key| Some(*key) != looked_at).collect();
        for key in left {
            if let Some(Entry::Ready { bytes, .. }) = self.entries.remove(&key) {
                self.bytes -= bytes;
            }
        }
        if self.bytes > MOST_BYTES {
            let mut old: Vec<(u64, PictureKey, usize)> = self
                .entries
                .iter()
                .filter_map(|(key, entry)| match entry {
                    Entry::Ready { bytes, used, .. } if *used < self.frame => Some((*used, *key, *bytes)),
                    _ => None,
                })
                .collect();
            old.sort_unstable();
            for (_, key, bytes) in old {
                if self.bytes <= MOST_BYTES / 2 {
                    break;
                }
                self.entries.remove(&key);
                self.bytes -= bytes;
            }
        }
    }

    /// Another library: its rows mean other faces.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }
}
