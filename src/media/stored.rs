//! Pixels as a file stores them: 8-bit RGB in sRGB over white, not yet turned upright. The one place where the decoders
//! of the `image` crate are called, and where memory is counted before it is taken.

use std::io::Cursor;
use std::sync::{Mutex, MutexGuard, PoisonError};

use image::error::{ImageError, LimitErrorKind};
use image::{ColorType, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use super::MediaError;
use super::camera::Camera;
use super::colour::{self, Space};
use super::jpeg::{self, Coding, Outline};
use super::{tiff, webp};
use crate::domain::Pixels;

/// 200 megapixels: the largest phone sensors.
pub(super) const MOST_PIXELS: u64 = 200_000_000;
/// The longest side that a JPEG can have, and so every panorama.
const LONGEST_SIDE: u32 = 65_535;
/// What one file may need at its worst moment, itself included.
pub(super) const MOST_MEMORY: u64 = 3 << 29;
/// From here on photos are decoded one after the other, so that many workers need no more memory than one: a progressive
/// JPEG of 24 megapixels takes 270 MiB, a plain one 140.
const HEAVY: u64 = 256 << 20;
/// Pixels × passes of a progressive JPEG, about 6 seconds: a hostile one has a hundred passes over an enormous picture,
/// the largest phone's has ten.
const MOST_EFFORT: u64 = 2_000_000_000;
/// Looking twice at a JPEG whose end is in doubt needs two pictures in memory.
const MOST_COMPARED: u64 = 60_000_000;

/// Below this, looking twice costs nothing.
const ALWAYS_COMPARED: u64 = 65_536;

/// A picture as it is stored, and what the camera says of it.
pub(super) struct Stored {
    pub(super) pixels: Pixels,
    pub(super) camera: Camera,
}

/// Whether a picture of this size may be opened.
pub(super) fn check_size(width: u32, height: u32) -> Result<(), MediaError> {
    if width == 0 || height == 0 {
        return Err(MediaError::NoPixels);
    }
    if u64::from(width) * u64::from(height) > MOST_PIXELS || width.max(height) > LONGEST_SIDE {
        return Err(MediaError::TooLarge(format!("{width} × {height} pixels")));
    }
    Ok(())
}

/// Whether so much may be taken, and how much it is: `per_pixel` bytes at the worst moment, and `fixed` besides.
pub(super) fn check_memory(width: u32, height: u32, per_pixel: u64, fixed: u64) -> Result<u64, MediaError> {
    let needed = (u64::from(width) * u64::from(height)).saturating_mul(per_pixel).saturating_add(fixed);
    if needed > MOST_MEMORY {
        return Err(MediaError::TooLarge(format!("{width} × {height} pixels need {} MiB of memory", needed >> 20)));
    }
    Ok(needed)
}

/// To be held while a photo is decoded that needs so much: at most one heavy one at a time.
pub(super) fn heavy(needed: u64) -> Option<MutexGuard<'static, ()>> {
    static ONE: Mutex<()> = Mutex::new(());
    (needed > HEAVY).then(|| ONE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A JPEG, refused when it breaks off.
///
/// The decoder shows grey where data are missing, so the end is looked at here: a file with its end marker is whole
/// unless its last blocks repeat themselves and change when rubbish is put before the marker, which a decoder that had
/// everything would not look at; small ones are always tried with rubbish. A file without the marker passes only if that test shows that nothing but the marker
/// is missing; in a progressive one whole passes may be missing, so it never does.
pub(super) fn jpeg(bytes: &[u8]) -> Result<Stored, MediaError> {
    let outline = jpeg::outline(bytes);
    let rare = |what: &str| Err(MediaError::Unsupported(format!("a JPEG {what}")));
    match outline.coding {
        Coding::Lossless => return rare("with lossless coding"),
        Coding::Arithmetic => return rare("with arithmetic coding"),
        Coding::None if outline.end.is_none() => return Err(MediaError::Truncated),
        Coding::None => return Err(MediaError::Damaged("it has no picture in it".to_owned())),
        Coding::Sequential | Coding::Progressive if outline.precision != 8 => {
            return rare(&format!("with {} bits a colour", outline.precision));
        }
        Coding::Sequential | Coding::Progressive => {}
    }
    check_size(outline.width, outline.height)?;
    let area = u64::from(outline.width) * u64::from(outline.height);
    let progressive = outline.coding == Coding::Progressive;
    if outline.scans == 0 || (outline.end.is_none() && (progressive || area > MOST_COMPARED)) {
        return Err(MediaError::Truncated);
    }
    if progressive && area * u64::from(outline.scans) > MOST_EFFORT {
        return Err(MediaError::TooLarge(format!("{} passes over {} megapixels", outline.scans, area / 1_000_000)));
    }
    // More than one scan is kept whole, two bytes a sample, and the decoder has its own copy of the file.
    let per_pixel = if outline.scans > 1 { 11 } else { 6 };
    let needed = check_memory(outline.width, outline.height, per_pixel, 2 * bytes.len() as u64)?;
    let _turn = heavy(needed);
    let stored = stored(bytes, ImageFormat::Jpeg)?;
    let doubtful = outline.end.is_none()
        || area <= ALWAYS_COMPARED
        || (area <= MOST_COMPARED && ends_in_repetition(&stored.pixels));
    if doubtful && !nothing_is_missing(bytes, &outline, &stored.pixels) {
        return Err(MediaError::Truncated);
    }
    Ok(stored)
}

/// Whether the last row of blocks repeats itself at its end, as it does where the decoder had nothing but zeros: each
/// block is then like the one before it, 8 pixels to the left or 16. One colour repeats itself too.
fn ends_in_repetition(pixels: &Pixels) -> bool {
    const PERIOD: usize = 3 * 16;
    let rows = (pixels.height as usize).saturating_sub(1) % 8 + 1;
    let mut last = pixels.rgb.rchunks_exact((3 * pixels.width as usize).max(3)).take(rows);
    last.all(|row| {
        row.len() >= 2 * PERIOD && row[row.len() - PERIOD..] == row[row.len() - 2 * PERIOD..row.len() - PERIOD]
    })
}

fn nothing_is_missing(bytes: &[u8], outline: &Outline, pixels: &Pixels) -> bool {
    // No markers among them, and no pattern that a picture would have.
    let rubbish: Vec<u8> = (1..=96u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8 & 0xf7).collect();
    let other = jpeg::filled(bytes, outline.end, &rubbish);
    stored(&other, ImageFormat::Jpeg).is_ok_and(|other| other.pixels == *pixels)
}

/// The picture of any other format of the `image` crate; the first one of an animation.
pub(super) fn plain(bytes: &[u8], format: ImageFormat) -> Result<Stored, MediaError> {
    if let Some((width, height)) = declared(bytes, format) {
        check_size(width, height)?;
    }
    match stored(bytes, format) {
        // Scanners' JPEG in TIFF, which the crate decodes and then refuses for its colours.
        Err(error @ MediaError::Unsupported(_)) if format == ImageFormat::Tiff => {
            let pixels = tiff::luma_and_chroma(bytes).ok_or(error)?;
            Ok(Stored { pixels, camera: Camera::from_container(bytes) })
        }
        result => result,
    }
}

fn stored(bytes: &[u8], format: ImageFormat) -> Result<Stored, MediaError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let colour = decoder.color_type();
    let sample = u64::from(colour.bytes_per_pixel());
    let mut turn = None;
    if format != ImageFormat::Jpeg {
        let working = match format {
            ImageFormat::WebP | ImageFormat::Gif => sample + 8,
            ImageFormat::Tiff => 2 * sample,
            _ => sample,
        };
        // Afterwards the picture is turned, which takes another one.
        turn = heavy(check_memory(width, height, working.max(sample.max(3) + 3), bytes.len() as u64)?);
    }
    let mut camera = match decoder.exif_metadata() {
        Ok(Some(block)) => Camera::from_block(block),
        _ => Camera::default(),
    };
    if format == ImageFormat::Tiff {
        camera = Camera::from_container(bytes);
    }
    let orientation = decoder.orientation().ok().map(image::metadata::Orientation::to_exif);
    camera.orientation = camera.orientation.or(orientation.filter(|orientation| *orientation != 1));
    let profile = decoder.icc_profile().ok().flatten();
    let length = usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX);
    let mut buffer = vec![0; length];
    decoder.read_image(&mut buffer).map_err(failed)?;
    let wrong = || MediaError::Damaged("it has a wrong number of pixels".to_owned());
    let mut rgb = flattened(buffer, colour).ok_or_else(wrong)?;
    match profile {
        Some(profile) => colour::to_srgb(&mut rgb, Space::Profile(&profile)),
        None if camera.adobe_rgb => colour::to_srgb(&mut rgb, Space::AdobeRgb),
        None => {}
    }
    drop(turn);
    let pixels = Pixels::new(width, height, rgb).map_err(|_bytes| wrong())?;
    Ok(Stored { pixels, camera })
}

/// The size a header claims, where the decoders would call 0 pixels or too many by another name.
fn declared(bytes: &[u8], format: ImageFormat) -> Option<(u32, u32)> {
    let four = |at: usize| bytes.get(at..)?.first_chunk::<4>().copied();
    let two = |at: usize| bytes.get(at..)?.first_chunk::<2>().copied();
    match format {
        ImageFormat::Png => Some((u32::from_be_bytes(four(16)?), u32::from_be_bytes(four(20)?))),
        ImageFormat::WebP => webp::size(bytes),
        ImageFormat::Gif => Some((u16::from_le_bytes(two(6)?).into(), u16::from_le_bytes(two(8)?).into())),
        ImageFormat::Bmp if u32::from_le_bytes(four(14)?) >= 40 => {
            let side = |at: usize| Some(i32::from_le_bytes(four(at)?).unsigned_abs());
            Some((side(18)?, side(22)?))
        }
        _ => None,
    }
}

/// 8-bit RGB over white from whatever a decoder gave, in place where it fits. `None` for an unknown colour type.
pub(super) fn flattened(buffer: Vec<u8>, colour: ColorType) -> Option<Vec<u8>> {
    let two = |s: &[u8], at: usize| {
        let value = s.get(at..).and_then(|rest| rest.first_chunk::<2>()).map_or(0, |two| u16::from_ne_bytes(*two));
        ((u32::from(value) * 255 + 32_767) / 65_535) as u8
    };
    let real = |s: &[u8], at: usize| {
        let value = s.get(at..).and_then(|rest| rest.first_chunk::<4>()).map_or(0.0, |four| f32::from_ne_bytes(*four));
        (value.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    Some(match colour {
        ColorType::Rgb8 => buffer,
        ColorType::L8 => repacked(buffer, 1, |s| [s[0]; 3]),
        ColorType::La8 => repacked(buffer, 2, |s| over_white([s[0]; 3], s[1])),
        ColorType::Rgba8 => repacked(buffer, 4, |s| over_white([s[0], s[1], s[2]], s[3])),
        ColorType::L16 => repacked(buffer, 2, |s| [two(s, 0); 3]),
        ColorType::La16 => repacked(buffer, 4, |s| over_white([two(s, 0); 3], two(s, 2))),
        ColorType::Rgb16 => repacked(buffer, 6, |s| [two(s, 0), two(s, 2), two(s, 4)]),
        ColorType::Rgba16 => repacked(buffer, 8, |s| over_white([two(s, 0), two(s, 2), two(s, 4)], two(s, 6))),
        ColorType::Rgb32F => repacked(buffer, 12, |s| [real(s, 0), real(s, 4), real(s, 8)]),
        ColorType::Rgba32F => repacked(buffer, 16, |s| over_white([real(s, 0), real(s, 4), real(s, 8)], real(s, 12))),
        _ => return None,
    })
}

/// Puts white under `rgb` as far as `alpha`, one number a pixel, lets it through.
pub(super) fn lay_over_white(rgb: &mut [u8], alpha: impl Iterator<Item = u8>) {
    for (pixel, alpha) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(alpha) {
        *pixel = over_white(*pixel, alpha);
    }
}

fn over_white(colour: [u8; 3], alpha: u8) -> [u8; 3] {
    let alpha = u32::from(alpha);
    colour.map(|value| ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
}

/// Three bytes for every `step` bytes; in the same buffer unless the picture grows. `colour` gets `step` bytes.
fn repacked(mut buffer: Vec<u8>, step: usize, colour: impl Fn(&[u8]) -> [u8; 3]) -> Vec<u8> {
    if step < 3 {
        return buffer.chunks_exact(step).flat_map(&colour).collect();
    }
    let count = buffer.len() / step;
    for index in 0..count {
        let pixel = colour(&buffer[index * step..(index + 1) * step]);
        buffer[3 * index..3 * index + 3].copy_from_slice(&pixel);
    }
    buffer.truncate(3 * count);
    buffer.shrink_to_fit();
    buffer
}

fn failed(error: ImageError) -> MediaError {
    let text = error.to_string();
    match error {
        ImageError::Limits(limit) => match limit.kind() {
            LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory => {
                MediaError::TooLarge("over the limits of this program".to_owned())
            }
            _ => MediaError::TooLarge(first_sentence(&text)),
        },
        ImageError::Unsupported(_) => MediaError::Unsupported("this variant of its format".to_owned()),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => MediaError::Truncated,
        _ if [
            "nexpected end",
            "UnexpectedEof",
            "end of file",
            "fill whole buffer",
            "EndOfImage",
            "exhausted data",
            "No more bytes",
        ]
        .iter()
        .any(|word| text.contains(word)) =>
        {
            MediaError::Truncated
        }
        _ => MediaError::Damaged(first_sentence(&text)),
    }
}

/// Decoders write long texts with line breaks and their own names before them; the rest of the first line says it.
pub(super) fn first_sentence(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line =
        line.strip_prefix("Format error decoding ").and_then(|rest| rest.split_once(": ")).map_or(line, |rest| rest.1);
    line.trim().trim_end_matches('.').chars().take(120).collect()
}
