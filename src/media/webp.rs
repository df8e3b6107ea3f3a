//! WebP pictures of 16,384 columns or rows, the most the format has: the decoder takes the size of a lossless one for 0.

use std::borrow::Cow;

/// Behind `RIFF`, the length, `WEBP`, the chunk's name and its length.
const CONTENT: usize = 20;

/// Width and height of a file that is one chunk. `None` for files of several, whose size the decoder knows.
pub(super) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let name = bytes.get(12..)?.first_chunk::<4>()?;
    let content = bytes.get(CONTENT..)?;
    match (name, content) {
        (b"VP8L", [0x2f, rest @ ..]) => {
            let header = u32::from_le_bytes(*rest.first_chunk::<4>()?);
            Some(((header & 0x3fff) + 1, (header >> 14 & 0x3fff) + 1))
        }
        (b"VP8 ", [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..]) => {
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            Some((side(*w0, *w1), side(*h0, *h1)))
        }
        _ => None,
    }
}

/// The file as the decoder reads it. A lossless picture whose size it would get wrong is put behind a header of the
/// extended format (RFC 9649, section 2.7), whose sizes it takes as they are.
pub(super) fn readable(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wrapped = || {
        let (width, height) = size(bytes).filter(|(width, height)| *width.max(height) == 1 << 14)?;
        let chunk = bytes.get(12..).filter(|chunk| chunk.starts_with(b"VP8L"))?;
        let alpha = bytes.get(CONTENT + 4)? >> 4 & 1;
        let mut file = b"RIFF".to_vec();
        file.extend((chunk.len() as u32).saturating_add(22).to_le_bytes());
        file.extend(b"WEBPVP8X\x0a\0\0\0");
        file.extend([alpha << 4, 0, 0, 0]);
        for side in [width, height] {
            file.extend((side - 1).to_le_bytes().iter().take(3));
        }
        file.extend(chunk);
        Some(file)
    };
    wrapped().map_or(Cow::Borrowed(bytes), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

    use super::super::decode;
    use super::super::tests::written;
    use super::*;

    #[test]
    fn the_widest_and_the_tallest_are_read() {
        for (width, height) in [(16_384, 3), (3, 16_384), (16_383, 3)] {
            let colour = |x: u32, y: u32| [(x / 64) as u8, (y / 64) as u8, ((x + y) % 7) as u8];
            let plain = RgbImage::from_fn(width, height, |x, y| Rgb(colour(x, y)));
            let decoded = decode(&written(&plain.clone().into(), ImageFormat::WebP)).unwrap().pixels;
            assert_eq!((decoded.width, decoded.height), (width, height));
            assert!(decoded.rgb == plain.into_raw(), "{width} × {height}");
            let half_clear = RgbaImage::from_fn(width, height, |x, y| {
                let [r, g, b] = colour(x, y);
                Rgba([r, g, b, if x + y < 2 { 0 } else { 255 }])
            });
            let decoded = decode(&written(&DynamicImage::ImageRgba8(half_clear), ImageFormat::WebP)).unwrap().pixels;
            assert_eq!((decoded.width, decoded.height), (width, height));
            assert_eq!(decoded.get(0, 0), Some([255; 3]), "over white");
            assert_eq!(decoded.get(width - 1, height - 1), Some(colour(width - 1, height - 1)));
        }
    }

    #[test]
    fn a_bomb_of_the_largest_size_is_too_large_and_says_how_large() {
        let mut bytes = written(&RgbImage::new(16, 16).into(), ImageFormat::WebP);
        assert_eq!(&bytes[12..16], b"VP8L");
        bytes[CONTENT + 1..CONTENT + 5].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]);
        assert_eq!(size(&bytes), Some((16_384, 16_384)));
        let error = decode(&bytes).unwrap_err();
        assert_eq!(error.kind().name(), "too-large");
        assert!(error.to_string().contains("16384 × 16384 pixels"), "{error}");
        // Wide, small enough to open, and nothing behind the header that could fill it.
        bytes[CONTENT + 1..CONTENT + 5].copy_from_slice(&[0xff, 0xff, 0x03, 0]);
        assert_eq!(size(&bytes), Some((16_384, 16)));
        let error = decode(&bytes).unwrap_err();
        assert!(["truncated", "damaged"].contains(&error.kind().name()), "{error}");
    }

    #[test]
    fn a_lossy_picture_without_pixels_is_named() {
        let bytes = [&b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x10\0\0\x9d\x01\x2a"[..], &[0, 0, 9, 0]].concat();
        assert_eq!(decode(&bytes).unwrap_err().kind().name(), "no-pixels");
    }
}
