//! What TIFF files need besides the `image` crate. Date and orientation of a TIFF file or a camera RAW are read where
//! they lie, because such files are too large to copy.

use std::io::Cursor;

use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::camera::{Camera, date};
use super::stored::{check_memory, check_size};
use crate::domain::Pixels;

/// More entries than any camera writes in one directory.
const MOST_ENTRIES: usize = 1000;

/// What the first directory says, and the EXIF directory that it points to. Whatever is broken counts as not there.
pub(super) fn camera(bytes: &[u8]) -> Camera {
    let Some(file) = File::new(bytes) else { return Camera::default() };
    let Some(first) = file.four(4).map(|at| at as usize) else { return Camera::default() };
    let inner = file.number(first, 0x8769).map_or(first, |at| at as usize);
    let orientation = file.number(first, 0x0112).and_then(|number| u8::try_from(number).ok());
    let dates = [(inner, 0x9003), (inner, 0x9004), (first, 0x9003), (first, 0x0132)];
    Camera {
        orientation: orientation.filter(|number| (1..=8).contains(number)),
        taken: dates.into_iter().find_map(|(at, tag)| date(file.text(at, tag)?)),
        // Only pixels that a camera finished have a colour space, and they carry a block of their own.
        adobe_rgb: false,
    }
}

/// Whether it is a camera RAW: a DNG, a Canon CR2, or one whose first picture is bare sensor data.
pub(super) fn is_raw(bytes: &[u8]) -> bool {
    let directory = || {
        let file = File::new(bytes)?;
        let first = file.four(4)? as usize;
        Some(file.entry(first, 0xc612).is_some() || file.number(first, 0x0106) == Some(32_803))
    };
    bytes.get(8..10) == Some(b"CR") || directory().unwrap_or(false)
}

/// The first picture of a file that stores luma and chroma, as scanners do with JPEG inside; the numbers of JFIF.
/// `None` for any other.
pub(super) fn luma_and_chroma(bytes: &[u8]) -> Option<Pixels> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).ok()?;
    let (width, height) = decoder.dimensions().ok()?;
    check_size(width, height).ok()?;
    check_memory(width, height, 9, bytes.len() as u64).ok()?;
    if decoder.colortype().ok()? != ColorType::YCbCr(8) {
        return None;
    }
    let mut limits = Limits::default();
    limits.decoding_buffer_size = 3 * width as usize * height as usize;
    let DecodingResult::U8(mut rgb) = decoder.with_limits(limits).read_image().ok()? else { return None };
    for pixel in rgb.as_chunks_mut::<3>().0 {
        let [y, cb, cr] = pixel.map(f32::from);
        let (cb, cr) = (cb - 128.0, cr - 128.0);
        // A cast of a float stays within 0 and 255.
        *pixel = [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|value| (value + 0.5) as u8);
    }
    Pixels::new(width, height, rgb).ok()
}

struct File<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl<'a> File<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        match bytes.first_chunk::<2>()? {
            b"II" => Some(Self { bytes, little: true }),
            b"MM" => Some(Self { bytes, little: false }),
            _ => None,
        }
    }

    fn two(&self, at: usize) -> Option<u16> {
        let two = *self.bytes.get(at..)?.first_chunk::<2>()?;
        Some(if self.little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    }

    fn four(&self, at: usize) -> Option<u32> {
        let four = *self.bytes.get(at..)?.first_chunk::<4>()?;
        Some(if self.little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    }

    /// Where the entry of `tag` lies in the directory at `at`.
    fn entry(&self, at: usize, tag: u16) -> Option<usize> {
        let count = usize::from(self.two(at)?).min(MOST_ENTRIES);
        (0..count).map(|index| at + 2 + 12 * index).find(|entry| self.two(*entry) == Some(tag))
    }

    /// A value of one short or long number.
    fn number(&self, at: usize, tag: u16) -> Option<u32> {
        let entry = self.entry(at, tag)?;
        match self.two(entry + 2)? {
            3 => self.two(entry + 8).map(u32::from),
            4 | 13 => self.four(entry + 8),
            _ => None,
        }
    }

    fn text(&self, at: usize, tag: u16) -> Option<&'a [u8]> {
        let entry = self.entry(at, tag)?;
        let count = self.four(entry + 4)? as usize;
        let start = if count <= 4 { entry + 8 } else { self.four(entry + 8)? as usize };
        let text = self.bytes.get(start..start.checked_add(count)?)?;
        (self.two(entry + 2)? == 2).then(|| text.strip_suffix(b"\0").unwrap_or(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_is_told_by_its_tags() {
        let check = |entry: &[u8; 12], expected: bool| {
            assert_eq!(is_raw(&[&b"II*\0\x08\0\0\0\x01\0"[..], entry, &[0; 4]].concat()), expected, "{entry:?}");
        };
        check(b"\x12\xc6\x01\0\x04\0\0\0\x01\x04\0\0", true);
        check(b"\x06\x01\x03\0\x01\0\0\0\x23\x80\0\0", true);
        check(b"\x06\x01\x03\0\x01\0\0\0\x02\0\0\0", false);
        assert!(is_raw(b"II*\0\x10\0\0\0CR\x02\0"));
        assert!(!is_raw(b""));
    }

    #[test]
    fn rubbish_says_nothing() {
        let directory = [&b"II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"[..], &[0xff; 40]].concat();
        assert_eq!(camera(&directory).orientation, Some(6));
        for length in 0..20 {
            assert_eq!(camera(&directory[..length]), Camera::default(), "{length}");
        }
        for bytes in [&b""[..], b"II", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"Exif", &[0; 64], &[b'I'; 64], &[b'M'; 64]]
        {
            assert_eq!(camera(bytes), Camera::default());
        }
    }
}
