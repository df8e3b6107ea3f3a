//! Faces in pixels: MTCNN finds them, an aligner crops them, FaceNet embeds them; the weights are built in.
//!
//! Knows nothing of files or libraries: a photo in, faces out. The processor and NVIDIA cards run kernels of our own, all else
//! candle's; which device is chosen once. Detector, aligner and embedder are traits, so that another method is one file.

mod align;
mod checkpoint;
mod compact;
mod cpu;
#[cfg(feature = "cuda")]
mod cuda;
mod detect;
mod device;
mod facenet;
mod fake;
mod finder;
mod mirrored;
mod mtcnn;
mod nms;
mod parts;
mod resample;
mod sharpness;
mod strangers;
mod weights;

use std::sync::Arc;

pub use align::{Aligner, BoxCrop, Similarity};
pub use checkpoint::Model;
pub use cpu::Isa;
pub use detect::{FaceDetector, MOST_PIXELS, Mtcnn};
pub use device::{DeviceChoice, device_name, open_device};
pub use facenet::{CROP_SIDE, FaceEmbedder, FaceNet};
pub use fake::{FakeFinder, paint};
pub use finder::{FaceFinder, NetworkFinder, VisionError};
#[doc(hidden)]
pub use parts::DetectorParts;
pub use sharpness::sharpness;
pub use strangers::strangers;

/// What embeddings are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Grouping: of a crop and its mirror image together, and with the built-in FaceNet 128 numbers in place of 512.
    Grouping,
    /// The network's own, of the crop as it is.
    Plain,
}

/// The finder the program uses: the networks on the chosen device, with the given checkpoint in place of the built-in
/// FaceNet if there is one. `ALBUMEN_FINDER=fake` puts [`FakeFinder`] in their place, for tests of the whole program.
///
/// # Errors
/// [`VisionError`] when the device cannot be used or the weights are damaged.
pub fn finder(
    choice: DeviceChoice,
    model: Option<&Model>,
    purpose: Purpose,
) -> Result<Arc<dyn FaceFinder>, VisionError> {
    if std::env::var_os("ALBUMEN_FINDER").is_some_and(|name| name == "fake") {
        return Ok(Arc::new(FakeFinder));
    }
    let finder = NetworkFinder::with_model(choice, model)?;
    Ok(Arc::new(match (purpose, model) {
        (Purpose::Plain, _) => finder,
        (Purpose::Grouping, Some(_)) => finder.mirrored(),
        (Purpose::Grouping, None) => finder.mirrored().compact()?,
    }))
}
