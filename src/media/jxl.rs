//! JPEG XL, as Lightroom and some phones write it. Boxes are opened here, so that the decoder sees the picture's stream
//! alone: neither compressed metadata nor the JPEG that a file was made from (ISO/IEC 18181-2).

use std::borrow::Cow;
use std::error::Error;
use std::io::Read as _;

use brotli_decompressor::Decompressor;
use image::ColorType;
use jxl_oxide::{
    AllocTracker, EnumColourEncoding, InitializeResult, JxlImage, JxlThreadPool, RenderingIntent, UninitializedJxlImage,
};

use super::MediaError;
use super::camera::Camera;
use super::colour::{self, Space};
use super::decode::Decoded;
use super::stored::{MOST_MEMORY, MOST_PIXELS, check_memory, check_size, first_sentence, flattened, heavy};
use crate::domain::Pixels;

/// Bytes a pixel that a plain photo takes at its worst moment: planes of f32, before and after their colours are turned.
const PER_PIXEL: u64 = 32;
/// Bytes given to the decoder at first; then ever twice as many.
const FIRST_BYTES: usize = 1 << 16;

/// What an EXIF block may have when it is unpacked; in a JPEG it has a sixteenth of that.
const MOST_EXIF: u64 = 1 << 20;

type Failure = Box<dyn Error + Send + Sync>;

/// The first picture of a JPEG XL file, upright.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, MediaError> {
    let (stream, exif) = opened(bytes);
    let (width, height) = declared(&stream).ok_or(MediaError::Truncated)?;
    check_size(width, height)?;
    let area = u64::from(width) * u64::from(height);
    let fixed = 2 * bytes.len() as u64;
    let _turn = heavy(check_memory(width, height, PER_PIXEL, fixed)?);
    // What is written at the end is not the decoder's.
    let memory = MOST_MEMORY.saturating_sub(fixed + 5 * area);
    let image = loaded(&stream, memory as usize)?;
    let frames = image.num_loaded_frames() as u64;
    if frames > 1 && frames * area > MOST_PIXELS {
        return Err(MediaError::TooLarge(format!("{frames} layers of {} megapixels", area / 1_000_000)));
    }
    let pixels = rendered(image, (width, height))?;
    let taken = exif.and_then(|block| Camera::from_block(block.into_owned()).taken);
    Ok(Decoded { pixels, taken, orientation: 1 })
}

/// The picture's stream, and the EXIF block beside it.
fn opened(bytes: &[u8]) -> (Vec<u8>, Option<Cow<'_, [u8]>>) {
    if bytes.starts_with(&[0xff, 0x0a]) {
        return (bytes.to_vec(), None);
    }
    let (mut stream, mut exif) = (Vec::new(), None);
    let mut rest = bytes;
    while let Some((kind, content, after)) = next_box(rest) {
        match kind {
            b"jxlc" => stream.extend_from_slice(content),
            // A part, behind its number.
            b"jxlp" => stream.extend_from_slice(content.get(4..).unwrap_or_default()),
            b"Exif" => exif = exif.or_else(|| block(content).map(Cow::Borrowed)),
            b"brob" if content.starts_with(b"Exif") => exif = exif.or_else(|| unpacked(content.get(4..)?)),
            _ => {}
        }
        rest = after;
    }
    (stream, exif)
}

/// The EXIF block of a box: behind the offset at which it begins, which some writers leave out.
fn block(content: &[u8]) -> Option<&[u8]> {
    if content.starts_with(b"II*\0") || content.starts_with(b"MM\0*") {
        return Some(content);
    }
    let (offset, rest) = content.split_first_chunk::<4>()?;
    rest.get(u32::from_be_bytes(*offset) as usize..)
}

fn unpacked(packed: &[u8]) -> Option<Cow<'static, [u8]>> {
    let mut content = Vec::new();
    Decompressor::new(packed, 4096).take(MOST_EXIF).read_to_end(&mut content).ok()?;
    block(&content).map(|block| Cow::Owned(block.to_vec()))
}

/// The first box of `bytes`, as far as it is there: its name, what is in it, and what is behind it.
fn next_box(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (length, rest) = match u32::from_be_bytes(*size) {
        0 => (rest.len(), rest),
        1 => {
            let (long, rest) = rest.split_first_chunk::<8>()?;
            (usize::try_from(u64::from_be_bytes(*long).checked_sub(16)?).unwrap_or(usize::MAX), rest)
        }
        short => (short.checked_sub(8)? as usize, rest),
    };
    let (content, after) = rest.split_at(length.min(rest.len()));
    Some((kind, content, after))
}

/// Width and height as they are stored, from the size header (ISO/IEC 18181-1, D.2), before the decoder takes memory for them.
fn declared(stream: &[u8]) -> Option<(u32, u32)> {
    let mut bits = Bits { bytes: stream.get(2..)?, at: 0 };
    let eighths = bits.take(1)? == 1;
    let height = if eighths { 8 * (bits.take(5)? + 1) } else { bits.size()? };
    let wide = |numerator: u64, denominator: u64| (height * numerator / denominator, height);
    let (width, height) = match bits.take(3)? {
        0 if eighths => (8 * (bits.take(5)? + 1), height),
        0 => (bits.size()?, height),
        1 => wide(1, 1),
        2 => wide(12, 10),
        3 => wide(4, 3),
        4 => wide(3, 2),
        5 => wide(16, 9),
        6 => wide(5, 4),
        _ => wide(2, 1),
    };
    Some((u32::try_from(width).unwrap_or(u32::MAX), u32::try_from(height).unwrap_or(u32::MAX)))
}

/// Bits from the lowest of each byte up.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u64> {
        let mut value = 0;
        for step in 0..count {
            let byte = *self.bytes.get((self.at + step) / 8)?;
            value |= u64::from(byte >> ((self.at + step) % 8) & 1) << step;
        }
        self.at += count;
        Some(value)
    }

    /// A side that is no multiple of 8.
    fn size(&mut self) -> Option<u64> {
        let count = [9, 13, 18, 30][self.take(2)? as usize];
        Some(self.take(count)? + 1)
    }
}

/// The decoder, fed until it has the first picture whole.
fn loaded(stream: &[u8], memory: usize) -> Result<JxlImage, MediaError> {
    // One thread: photos are decoded side by side already.
    let builder = JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(AllocTracker::with_limit(memory));
    let mut waiting = builder.build_uninit();
    let mut pieces = Pieces { rest: stream, length: FIRST_BYTES };
    let mut image = loop {
        let piece = pieces.next().ok_or(MediaError::Truncated)?;
        feed(piece, |bytes| UninitializedJxlImage::feed_bytes(&mut waiting, bytes))?;
        match waiting.try_init().map_err(|error| failed(&*error))? {
            InitializeResult::NeedMoreData(more) => waiting = more,
            InitializeResult::Initialized(image) => break image,
        }
    };
    while image.num_loaded_keyframes() == 0 {
        let piece = pieces.next().ok_or(MediaError::Truncated)?;
        feed(piece, |bytes| image.feed_bytes(bytes))?;
    }
    Ok(image)
}

/// Pieces of growing length: each try to begin looks at all that came before.
struct Pieces<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (piece, rest) = self.rest.split_at(self.length.min(self.rest.len()));
        (self.rest, self.length) = (rest, 2 * self.length);
        (!piece.is_empty()).then_some(piece)
    }
}

fn feed(mut piece: &[u8], mut feed: impl FnMut(&[u8]) -> Result<usize, Failure>) -> Result<(), MediaError> {
    while !piece.is_empty() {
        match feed(piece).map_err(|error| failed(&*error))? {
            // A decoder that wants no more has what it needs, or never will.
            0 => break,
            used => piece = piece.get(used..).unwrap_or_default(),
        }
    }
    Ok(())
}

fn rendered(mut image: JxlImage, (width, height): (u32, u32)) -> Result<Pixels, MediaError> {
    let metadata = &image.image_header().metadata;
    let premultiplied = metadata.ec_info.iter().any(|extra| extra.alpha_associated() == Some(true));
    let turned = metadata.orientation >= 5;
    // Without a colour engine the decoder can turn its own kind of colours, and those with a name, into sRGB.
    let profile = if metadata.xyb_encoded { None } else { image.original_icc().map(<[u8]>::to_vec) };
    let format = image.pixel_format();
    if format.has_black() {
        return Err(MediaError::Unsupported("a JPEG XL for print".to_owned()));
    }
    if profile.is_none() {
        let intent = RenderingIntent::Relative;
        let grey = format.is_grayscale();
        image.request_color_encoding(if grey {
            EnumColourEncoding::gray_srgb(intent)
        } else {
            EnumColourEncoding::srgb(intent)
        });
    }
    let render = image.render_frame(0).map_err(|error| failed(&*error))?;
    drop(image);
    let mut stream = render.stream();
    let wrong = || MediaError::Damaged("it has a wrong number of pixels".to_owned());
    let (width, height) = if turned { (height, width) } else { (width, height) };
    if (stream.width(), stream.height()) != (width, height) {
        return Err(wrong());
    }
    let channels = stream.channels() as usize;
    let colour = match channels {
        1 => ColorType::L8,
        2 => ColorType::La8,
        3 => ColorType::Rgb8,
        _ => ColorType::Rgba8,
    };
    let mut buffer = vec![0; width as usize * height as usize * channels];
    stream.write_to_buffer(&mut buffer);
    if premultiplied && channels.is_multiple_of(2) {
        lay_premultiplied_over_white(&mut buffer, channels);
    }
    let mut rgb = flattened(buffer, colour).ok_or_else(wrong)?;
    if let Some(profile) = profile {
        colour::to_srgb(&mut rgb, Space::Profile(&profile));
    }
    Pixels::new(width, height, rgb).map_err(|_bytes| wrong())
}

/// The colours hold their share already; what is left is white's.
fn lay_premultiplied_over_white(buffer: &mut [u8], channels: usize) {
    for pixel in buffer.chunks_exact_mut(channels) {
        if let Some((alpha, colours)) = pixel.split_last_mut() {
            for colour in colours {
                *colour = colour.saturating_add(255 - *alpha);
            }
            *alpha = 255;
        }
    }
}

fn failed(error: &(dyn Error + Send + Sync)) -> MediaError {
    let text = error.to_string();
    let chain = format!("{error:?}").to_lowercase();
    if chain.contains("outofmemory") || chain.contains("out of memory") {
        MediaError::TooLarge("it needs more memory than this program takes".to_owned())
    } else if chain.contains("eof") || text.contains("end of") {
        MediaError::Truncated
    } else {
        MediaError::Damaged(first_sentence(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::super::tests::{corners, jxl};
    use super::{Cow, declared, lay_premultiplied_over_white, opened};

    /// The mark and these bits: each value with its width, the lowest bit first.
    fn stream(bits: &[(u64, usize)]) -> Vec<u8> {
        let mut bytes = vec![0xff, 0x0a];
        let mut at = 0;
        for (value, count) in bits {
            for step in 0..*count {
                if at % 8 == 0 {
                    bytes.push(0);
                }
                *bytes.last_mut().unwrap() |= (value >> step & 1) as u8 * (1 << (at % 8));
                at += 1;
            }
        }
        bytes
    }

    #[test]
    fn sizes_are_read_as_the_standard_writes_them() {
        let check = |bits: &[(u64, usize)], expected: Option<(u32, u32)>| {
            assert_eq!(declared(&stream(bits)), expected, "{bits:?}");
        };
        check(&[(1, 1), (2, 5), (0, 3), (4, 5)], Some((40, 24)));
        check(&[(1, 1), (31, 5), (5, 3)], Some((455, 256)));
        check(&[(0, 1), (0, 2), (99, 9), (0, 3), (1, 2), (4031, 13)], Some((4032, 100)));
        check(&[(0, 1), (3, 2), ((1 << 30) - 1, 30), (7, 3)], Some((2_147_483_648, 1 << 30)));
        check(&[(0, 1), (3, 2), (7, 5)], None);
    }

    #[test]
    fn boxes_are_opened_and_their_parts_put_together() {
        let file = [
            &b"\0\0\0\x0cJXL \r\n\x87\n"[..],
            b"\0\0\0\x0ejxlp\0\0\0\0\xff\x0a",
            b"\0\0\0\x0eExif\0\0\0\0MM",
            b"\0\0\0\x01jxlp\0\0\0\0\0\0\0\x16\x80\0\0\x01\x05\x08",
            b"\0\0\0\0jxlc\x09",
        ]
        .concat();
        assert_eq!(opened(&file), (vec![0xff, 0x0a, 5, 8, 9], Some(Cow::Borrowed(&b"MM"[..]))));
        assert_eq!(opened(&file[..25]), (vec![0xff], None));
        assert_eq!(opened(b"\0\0\0\x07jxlc123"), (Vec::new(), None), "a box smaller than its head");
        assert_eq!(opened(b""), (Vec::new(), None));
        let bare = opened(b"\0\0\0\x0cExifII*\0");
        assert_eq!(bare.1.as_deref(), Some(&b"II*\0"[..]), "without the offset");
        assert_eq!(opened(b"\0\0\0\x0eExif\0\0\0\x09MM").1, None, "an offset that leads nowhere");
        assert_eq!(opened(b"\0\0\0\x10brobExif\xff\xff\xff\xff").1, None, "no Brotli");
    }

    #[test]
    fn premultiplied_colours_get_white_behind_them() {
        let mut buffer = [10, 20, 30, 255, 10, 20, 30, 40, 0, 0, 0, 0];
        lay_premultiplied_over_white(&mut buffer, 4);
        assert_eq!(buffer, [10, 20, 30, 255, 225, 235, 245, 255, 255, 255, 255, 255]);
    }

    #[test]
    fn every_kind_of_jpeg_xl_is_read() {
        let check = |bytes: &[u8], at: (u32, u32), expected: [u8; 3], what: &str| {
            let decoded = decode(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
            let found = decoded.pixels.get(at.0, at.1).unwrap();
            assert!(
                found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 10),
                "{what}: {found:?} is not {expected:?}"
            );
        };
        check(include_bytes!("fixtures/plain.jxl"), (5, 5), [240, 10, 10], "lossy");
        check(include_bytes!("fixtures/plain.jxl"), (35, 20), [240, 240, 10], "lossy");
        check(include_bytes!("fixtures/grey.jxl"), (35, 20), [217; 3], "grey");
        check(include_bytes!("fixtures/alpha.jxl"), (5, 5), [255; 3], "transparent");
        check(include_bytes!("fixtures/alpha.jxl"), (35, 20), [240, 240, 10], "opaque");
        let solid = include_bytes!("fixtures/solid.jxl");
        check(solid, (4, 4), [200, 120, 100], "sRGB");
        // The same frame behind a header that calls its numbers Display P3: 8 × 8, 8 bits, nothing else beside; no profile,
        // RGB, D65, primaries 11, transfer 13, relative intent; no extensions.
        let header = |colours: &[(u64, usize)]| {
            let before = [(1, 1), (0, 5), (1, 3), (0, 2), (0, 3), (1, 1), (0, 2), (0, 1)];
            stream(&[&before[..], colours, &[(0, 2), (1, 1)]].concat())
        };
        let plain = header(&[(1, 1)]);
        assert!(solid.starts_with(&plain));
        let wide = header(&[(0, 2), (0, 2), (1, 2), (2, 2), (9, 4), (0, 1), (2, 2), (11, 4), (1, 2)]);
        let [r, g, b] = decode(&[&wide, &solid[plain.len()..]].concat()).unwrap().pixels.get(4, 4).unwrap();
        assert!(r > 208 && g < 120 && b < 98, "{r} {g} {b}");
    }

    #[test]
    fn jpeg_xl_is_turned_by_its_stream() {
        for orientation in 1..=8 {
            let decoded = decode(jxl(orientation)).unwrap_or_else(|error| panic!("{orientation}: {error}"));
            assert_eq!(corners(&decoded.pixels), "rgby", "{orientation}");
            assert_eq!((decoded.pixels.width, decoded.pixels.height), (40, 24), "{orientation}");
            assert_eq!(decoded.orientation, 1, "nothing is left to turn");
            assert_eq!(decoded.taken.map(|taken| (taken.year, taken.second)), Some((2019, 57_909)));
        }
    }
}
