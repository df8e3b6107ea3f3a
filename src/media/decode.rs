//! Upright pixels from a photo's bytes, whatever their format.

use std::path::Path;

use image::ImageFormat;

use super::camera::Camera;
use super::guard::caught;
use super::stored::{self, Stored};
use super::{FileKind, Format, MediaError, file_kind, heif, jxl, raw, tiff, webp};
use crate::domain::{Pixels, Taken};

/// A photo in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// Upright, in sRGB where the file says what its colours are, over white where it was transparent.
    pub pixels: Pixels,
    /// By the camera's clock.
    pub taken: Option<Taken>,
    /// EXIF orientation of the stored pixels, 1 to 8. For HEIC, AVIF and JPEG XL always 1: the container turns the
    /// picture, and the EXIF orientation inside is a relic of it.
    pub orientation: u8,
}

/// Decodes a photo of any known format, told by its content. Needs at most 1.5 GiB, the bytes included.
///
/// # Errors
/// [`MediaError`] for everything that is wrong with the bytes; a panic inside a decoder is one of them.
pub fn decode(bytes: &[u8]) -> Result<Decoded, MediaError> {
    if bytes.is_empty() {
        return Err(MediaError::Empty);
    }
    let work = || match file_kind(Path::new(""), bytes.get(..1024).unwrap_or(bytes)) {
        FileKind::Photo(Format::Heic | Format::Avif) => heif::decode(bytes),
        FileKind::Photo(Format::JpegXl) => jxl::decode(bytes),
        FileKind::Photo(Format::Other(what)) => Err(MediaError::Unsupported(what.to_owned())),
        FileKind::Photo(Format::Raw) => preview(bytes),
        FileKind::Photo(Format::Tiff) => tiff_or_raw(bytes),
        FileKind::Photo(Format::Jpeg) => stored::jpeg(bytes).map(upright),
        FileKind::Photo(Format::Png) => stored::plain(bytes, ImageFormat::Png).map(upright),
        FileKind::Photo(Format::WebP) => stored::plain(&webp::readable(bytes), ImageFormat::WebP).map(upright),
        FileKind::Photo(Format::Gif) => stored::plain(bytes, ImageFormat::Gif).map(upright),
        FileKind::Photo(Format::Bmp) => stored::plain(bytes, ImageFormat::Bmp).map(upright),
        // It has its mark at its end.
        FileKind::Unknown if bytes.ends_with(b"TRUEVISION-XFILE.\0") => {
            Err(MediaError::Unsupported("a Targa picture".to_owned()))
        }
        FileKind::Skip(_) | FileKind::Unknown => Err(MediaError::NotAPhoto),
    };
    // Decoders panic on some broken files; that must cost the file only.
    caught(work)
}

fn upright(stored: Stored) -> Decoded {
    let orientation = stored.camera.orientation.unwrap_or(1);
    Decoded { pixels: turned(stored.pixels, orientation), taken: stored.camera.taken, orientation }
}

/// The picture as EXIF orientation `orientation` says it is to be seen; only a quarter turn needs a second buffer.
pub(super) fn turned(pixels: Pixels, orientation: u8) -> Pixels {
    let Pixels { width, height, mut rgb } = pixels;
    let row = 3 * width as usize;
    let mirror = |line: &mut [u8]| {
        line.reverse();
        line.chunks_exact_mut(3).for_each(<[u8]>::reverse);
    };
    match orientation {
        2 => rgb.chunks_exact_mut(row).for_each(mirror),
        3 => mirror(&mut rgb),
        4 => {
            let (top, bottom) = rgb.split_at_mut(row * (height as usize / 2));
            top.chunks_exact_mut(row).zip(bottom.rchunks_exact_mut(row)).for_each(|(a, b)| a.swap_with_slice(b));
        }
        5..=8 => {
            let rgb = quarter(&rgb, width as usize, height as usize, orientation);
            return Pixels { width: height, height: width, rgb };
        }
        _ => {}
    }
    Pixels { width, height, rgb }
}

/// Columns become rows: 5 as they are, 6 upwards, 8 from the last, 7 both. In strips of a few columns, so that what is
/// read once from memory is used while it is near.
fn quarter(rgb: &[u8], width: usize, height: usize, orientation: u8) -> Vec<u8> {
    const STRIP: usize = 16;
    let mut out = vec![0; rgb.len()];
    for (strip, rows) in out.chunks_mut(3 * height * STRIP).enumerate() {
        for y in 0..height {
            let source_y = if matches!(orientation, 6 | 7) { height - 1 - y } else { y };
            for (step, row) in rows.chunks_exact_mut(3 * height).enumerate() {
                let x = strip * STRIP + step;
                let source_x = if matches!(orientation, 7 | 8) { width - 1 - x } else { x };
                let from = 3 * (source_y * width + source_x);
                row[3 * y..3 * y + 3].copy_from_slice(&rgb[from..from + 3]);
            }
        }
    }
    out
}

/// Most camera RAW files are TIFF, and then the first picture the TIFF reader finds is a thumbnail or none at all.
fn tiff_or_raw(bytes: &[u8]) -> Result<Decoded, MediaError> {
    match stored::plain(bytes, ImageFormat::Tiff) {
        Ok(stored) if stored.pixels.width.max(stored.pixels.height) >= 640 => Ok(upright(stored)),
        Ok(stored) => preview(bytes).or_else(|_no_preview| Ok(upright(stored))),
        // Of a RAW it is the preview that is missing, whatever the TIFF reader did not like.
        Err(error) => preview(bytes).map_err(|no_preview| if tiff::is_raw(bytes) { no_preview } else { error }),
    }
}

/// The preview of a camera RAW. Where it does not say how it is to be turned, the file around it does.
fn preview(bytes: &[u8]) -> Result<Decoded, MediaError> {
    let mut stored = stored::jpeg(raw::largest_preview(bytes)?)?;
    stored.camera = stored.camera.or(Camera::from_container(bytes));
    Ok(upright(stored))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation_turns_as_exif_says() {
        // The two pixels a b over c d over e f, as stored.
        let stored = || Pixels { width: 2, height: 3, rgb: b"aaabbbcccdddeeefff".to_vec() };
        let check = |orientation: u8, width: u32, expected: &str| {
            let turned = turned(stored(), orientation);
            let letters: String = turned.rgb.chunks(3).map(|pixel| char::from(pixel[0])).collect();
            assert_eq!((letters.as_str(), turned.width, turned.height), (expected, width, 6 / width), "{orientation}");
        };
        check(1, 2, "abcdef");
        check(2, 2, "badcfe");
        check(3, 2, "fedcba");
        check(4, 2, "efcdab");
        check(5, 3, "acebdf");
        check(6, 3, "ecafdb");
        check(7, 3, "fdbeca");
        check(8, 3, "bdface");
        check(0, 2, "abcdef");
    }

    #[test]
    fn large_pictures_turn_as_small_ones() {
        let (width, height) = (37, 53);
        let rgb: Vec<u8> = (0..width * height).flat_map(|index: u32| [index as u8, (index >> 8) as u8, 0]).collect();
        let picture = Pixels { width, height, rgb };
        for orientation in 5..=8 {
            let back = match orientation {
                6 => 8,
                8 => 6,
                same => same,
            };
            assert_eq!(turned(turned(picture.clone(), orientation), back), picture, "{orientation}");
        }
    }
}
