//! From a file to upright pixels, and from pixels to thumbnails. Every file is hostile: limits on bytes, pixels and
//! memory, and a decoder that panics costs its file, not the scan. Knows nothing of faces or libraries; never writes a
//! file.

mod av1;
mod camera;
mod colour;
mod decode;
mod error;
mod format;
mod guard;
mod heif;
#[cfg(test)]
mod hostile;
mod jpeg;
mod jxl;
mod raw;
mod read;
mod resize;
mod stored;
#[cfg(test)]
mod tests;
mod tiff;
mod webp;

pub use decode::{Decoded, decode};
pub use error::MediaError;
pub use format::{FileKind, Format, file_kind};
pub use read::{hash, read};
pub use resize::{THUMBNAIL_SIDE, decode_thumbnail, encode_jpeg, fit, thumbnail};
