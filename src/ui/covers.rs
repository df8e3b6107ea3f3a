//! The faces that libraries of lately are known by on the start: asked for whenever it is opened, since those libraries
//! may have changed, and forgotten with the window. Nothing of them is kept elsewhere: what a library forgets is gone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use egui::{ColorImage, Context, TextureHandle, TextureOptions};

use crate::domain::Pixels;

/// A library, and the faces it is known by: none when it cannot be read.
pub type Covered = (PathBuf, Vec<Pixels>);

/// See the module.
#[derive(Default)]
pub(super) struct Covers {
    /// Somebody was asked since the start was opened.
    asked: bool,
    ready: BTreeMap<PathBuf, Vec<TextureHandle>>,
}

impl Covers {
    /// Whether to ask now: once each time the start comes up.
    pub(super) fn ask(&mut self, start: bool) -> bool {
        let before = std::mem::replace(&mut self.asked, start);
        start && !before
    }

    /// Takes in what has come.
    pub(super) fn take(&mut self, ctx: &Context, covered: Vec<Covered>) {
        for (library, faces) in covered {
            let texture = |face: &Pixels| {
                let image = ColorImage::from_rgb([face.width as usize, face.height as usize], &face.rgb);
                ctx.load_texture("cover", image, TextureOptions::LINEAR)
            };
            self.ready.insert(library, faces.iter().map(texture).collect());
        }
    }

    /// Of one library, as far as they are known.
    pub(super) fn of(&self, library: &Path) -> &[TextureHandle] {
        self.ready.get(library).map(Vec::as_slice).unwrap_or_default()
    }
}
