//! What the camera wrote beside the pixels: date and orientation, from an EXIF block.

use exif::{Exif, In, Reader, Tag, Value};

use super::tiff;
use crate::domain::Taken;

/// The things of an EXIF block that count here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Camera {
    /// 1 to 8; `None` where the block does not say or says nonsense.
    pub(super) orientation: Option<u8>,
    /// `None` without a date that can be true.
    pub(super) taken: Option<Taken>,
    /// The pixels are Adobe RGB, by the rule that cameras follow: a colour space that is not sRGB, and the
    /// interoperability index `R03`.
    pub(super) adobe_rgb: bool,
}

impl Camera {
    /// Reads an EXIF block, which is a small TIFF file. Whatever is broken in it counts as not there.
    pub(super) fn from_block(block: Vec<u8>) -> Self {
        let mut reader = Reader::new();
        reader.continue_on_error(true);
        match reader.read_raw(block).or_else(|error| error.distill_partial_result(|_problems| ())) {
            Ok(exif) => Self { orientation: orientation(&exif), taken: taken(&exif), adobe_rgb: adobe_rgb(&exif) },
            Err(_nothing_readable) => Self::default(),
        }
    }

    /// Reads a TIFF file or a camera RAW built like one, whatever number its maker put after the byte order. Such files
    /// are large, so they are not copied.
    pub(super) fn from_container(bytes: &[u8]) -> Self {
        if bytes.get(4..8) != Some(b"ftyp") {
            return tiff::camera(bytes);
        }
        // Canon's CR3 keeps the main block and the one with the date in boxes of their own near the beginning.
        let head = bytes.get(..bytes.len().min(1 << 16)).unwrap_or_default();
        let block = |name: &[u8; 4]| {
            let found = head.windows(4).position(|four| four == name)?;
            bytes.get(found + 4..(found + 4 + (1 << 16)).min(bytes.len()))
        };
        let read = |name| block(name).map_or_else(Self::default, tiff::camera);
        read(b"CMT1").or(read(b"CMT2"))
    }

    /// What is missing here, from another block.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            orientation: self.orientation.or(other.orientation),
            taken: self.taken.or(other.taken),
            adobe_rgb: self.adobe_rgb,
        }
    }
}

fn orientation(exif: &Exif) -> Option<u8> {
    let number = exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    u8::try_from(number).ok().filter(|number| (1..=8).contains(number))
}

fn taken(exif: &Exif) -> Option<Taken> {
    [Tag::DateTimeOriginal, Tag::DateTimeDigitized, Tag::DateTime].into_iter().find_map(|tag| {
        let Value::Ascii(texts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
        date(texts.first()?)
    })
}

fn adobe_rgb(exif: &Exif) -> bool {
    let number = |tag| exif.get_field(tag, In::PRIMARY).and_then(|field| field.value.get_uint(0));
    let index = exif.get_field(Tag::InteroperabilityIndex, In::PRIMARY).map(|field| &field.value);
    let other =
        matches!(index, Some(Value::Ascii(texts)) if texts.first().is_some_and(|text| text.starts_with(b"R03")));
    number(Tag::ColorSpace).is_some_and(|space| space != 1) && other
}

/// `2019:07:31 16:05:09`, if that day and time exist. Clocks that were never set write zeros or blanks.
pub(super) fn date(text: &[u8]) -> Option<Taken> {
    let time = exif::DateTime::from_ascii(text).ok()?;
    let leap = time.year % 4 == 0 && (time.year % 100 != 0 || time.year % 400 == 0);
    let days = match time.month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    let sane = (1826..=2200).contains(&time.year) // the first photograph, and a clock that is centuries off
        && (1..=12).contains(&time.month)
        && (1..=days).contains(&time.day)
        && (time.hour < 24 && time.minute < 60 && time.second <= 60);
    sane.then(|| Taken {
        year: time.year as i16,
        month: time.month,
        day: time.day,
        second: (u32::from(time.hour) * 3600 + u32::from(time.minute) * 60 + u32::from(time.second)).min(86_399),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_count() {
        let check = |text: &str, expected: Option<(i16, u8, u8, u32)>| {
            let found = date(text.as_bytes()).map(|taken| (taken.year, taken.month, taken.day, taken.second));
            assert_eq!(found, expected, "{text}");
        };
        check("2019:07:31 16:05:09", Some((2019, 7, 31, 57_909)));
        check("2020:02:29 00:00:00", Some((2020, 2, 29, 0)));
        check("2019:02:29 00:00:00", None);
        check("2019:04:31 00:00:00", None);
        check("0000:00:00 00:00:00", None);
        check("2019:13:01 00:00:00", None);
        check("2019:12:01 25:00:00", None);
        check("    :  :     :  :  ", None);
        check("yesterday", None);
        check("", None);
    }

    #[test]
    fn rubbish_says_nothing() {
        for bytes in [&b""[..], b"II", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"Exif", &[0; 64]] {
            assert_eq!(Camera::from_block(bytes.to_vec()), Camera::default());
            assert_eq!(Camera::from_container(bytes), Camera::default());
        }
    }
}
