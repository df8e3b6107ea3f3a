//! Whole files, made here: every format, every way to be broken.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder as _, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::colour::tests::{DISPLAY_P3, profile, srgb_curve};
use super::{MediaError, decode, jpeg};
use crate::domain::{Pixels, Taken};

const FORMATS: [ImageFormat; 6] =
    [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Gif, ImageFormat::Bmp];

pub(super) fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Four corners that cannot be mistaken, and noise between them.
pub(super) fn picture(width: u32, height: u32) -> DynamicImage {
    let (left, top) = (width / 2, height / 2);
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        let noise = ((x * 7 + y * 13) % 20) as u8;
        match (x < left, y < top) {
            (true, true) => Rgb([235 + noise, noise, noise]),
            (false, true) => Rgb([noise, 235 + noise, noise]),
            (true, false) => Rgb([noise, noise, 235 + noise]),
            (false, false) => Rgb([235 + noise, 235 + noise, noise]),
        }
    }))
}

/// The colours of the corners from the top left, row by row: `rgby` when it is upright.
pub(super) fn corners(pixels: &Pixels) -> String {
    let (right, bottom) = (pixels.width - 3, pixels.height - 3);
    [(2, 2), (right, 2), (2, bottom), (right, bottom)]
        .iter()
        .map(|(x, y)| match pixels.get(*x, *y).unwrap().map(|value| value > 127) {
            [true, false, false] => 'r',
            [false, true, false] => 'g',
            [false, false, true] => 'b',
            [true, true, false] => 'y',
            _ => '?',
        })
        .collect()
}

/// What has to be stored so that the picture is upright when it is turned as the number says.
fn stored_as(orientation: u16, upright: &DynamicImage) -> DynamicImage {
    match orientation {
        2 => upright.fliph(),
        3 => upright.rotate180(),
        4 => upright.flipv(),
        5 => upright.rotate90().fliph(),
        6 => upright.rotate270(),
        7 => upright.rotate270().fliph(),
        8 => upright.rotate90(),
        _ => upright.clone(),
    }
}

/// An EXIF block: orientation, and in an IFD of its own the date of the photo.
fn exif_block(orientation: u16, date: &str) -> Vec<u8> {
    let mut bytes = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    bytes.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1]);
    bytes.extend(orientation.to_be_bytes());
    bytes.extend([0, 0, 0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0]);
    assert_eq!(bytes.len(), 38);
    bytes.extend([0, 1, 0x90, 0x03, 0, 2, 0, 0, 0, 20, 0, 0, 0, 56, 0, 0, 0, 0]);
    bytes.extend(date.as_bytes());
    bytes.push(0);
    bytes
}

fn with_exif(picture: &DynamicImage, format: ImageFormat, exif: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (rgb, colour) = (picture.to_rgb8(), ExtendedColorType::Rgb8);
    match format {
        ImageFormat::Jpeg => {
            let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
            encoder.set_exif_metadata(exif).unwrap();
            encoder.write_image(&rgb, rgb.width(), rgb.height(), colour).unwrap();
        }
        ImageFormat::Png => {
            let mut encoder = PngEncoder::new(&mut bytes);
            encoder.set_exif_metadata(exif).unwrap();
            encoder.write_image(&rgb, rgb.width(), rgb.height(), colour).unwrap();
        }
        _ => {
            let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut bytes);
            encoder.set_exif_metadata(exif).unwrap();
            encoder.write_image(&rgb, rgb.width(), rgb.height(), colour).unwrap();
        }
    }
    bytes
}

fn kind(bytes: &[u8]) -> &'static str {
    let error = decode(bytes).map(|decoded| (decoded.pixels.width, decoded.pixels.height)).unwrap_err();
    assert!(!error.to_string().contains('\n') && error.to_string().len() > 20, "{error}");
    error.kind().name()
}

#[test]
fn every_common_format_is_read() {
    for format in FORMATS {
        let decoded = decode(&written(&picture(48, 32), format)).unwrap_or_else(|error| panic!("{format:?}: {error}"));
        assert_eq!((decoded.pixels.width, decoded.pixels.height, decoded.orientation), (48, 32, 1), "{format:?}");
        assert_eq!((corners(&decoded.pixels).as_str(), decoded.taken), ("rgby", None), "{format:?}");
    }
}

#[test]
fn every_way_to_store_colours_becomes_rgb() {
    let source = picture(16, 16);
    let check = |picture: DynamicImage, format: ImageFormat, expected: [u8; 3]| {
        let decoded = decode(&written(&picture, format)).unwrap_or_else(|error| panic!("{format:?}: {error}"));
        let found = decoded.pixels.get(1, 1).unwrap();
        // JPEG does not keep the noise of the picture.
        let most = if format == ImageFormat::Jpeg { 12 } else { 2 };
        let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= most);
        assert!(near, "{format:?} {:?}: {found:?} is not {expected:?}", picture.color());
    };
    let colour = source.to_rgb8().get_pixel(1, 1).0;
    let grey = [source.to_luma8().get_pixel(1, 1).0[0]; 3];
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        check(source.to_rgb16().into(), format, colour);
        check(source.to_rgba16().into(), format, colour);
        check(source.to_luma16().into(), format, grey);
        check(source.to_luma8().into(), format, grey);
        check(source.to_rgba8().into(), format, colour);
    }
    check(source.to_luma_alpha8().into(), ImageFormat::Png, grey);
    check(source.to_luma_alpha16().into(), ImageFormat::Png, grey);
    check(source.to_luma8().into(), ImageFormat::Jpeg, grey);
    check(source.to_rgb32f().into(), ImageFormat::Tiff, colour);
    check(source.to_rgba32f().into(), ImageFormat::Tiff, colour);
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Gif] {
        check(RgbaImage::from_pixel(4, 4, Rgba([10, 20, 30, 0])).into(), format, [255; 3]);
    }
    check(RgbaImage::from_pixel(4, 4, Rgba([0, 100, 255, 128])).into(), ImageFormat::Png, [127, 177, 255]);
}

#[test]
fn every_orientation_comes_out_upright_with_its_date() {
    let expected = Taken { year: 2019, month: 7, day: 31, second: 57_909 };
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        for orientation in 1..=8 {
            let bytes = with_exif(
                &stored_as(orientation, &picture(40, 24)),
                format,
                exif_block(orientation, "2019:07:31 16:05:09"),
            );
            let decoded = decode(&bytes).unwrap();
            assert_eq!(corners(&decoded.pixels), "rgby", "{format:?} {orientation}");
            assert_eq!((decoded.pixels.width, decoded.pixels.height), (40, 24), "{format:?} {orientation}");
            assert_eq!(decoded.orientation, orientation as u8);
            assert_eq!(decoded.taken, Some(expected), "{format:?} {orientation}");
        }
        let bytes = with_exif(&picture(40, 24), format, exif_block(9, "0000:00:00 00:00:00"));
        let decoded = decode(&bytes).unwrap();
        assert_eq!((decoded.orientation, decoded.taken), (1, None), "{format:?}: nonsense counts as not there");
    }
}

#[test]
fn tiff_has_an_orientation_of_its_own() {
    let mut bytes = written(&picture(40, 24), ImageFormat::Tiff);
    // The field of a tag this program does not look at becomes the orientation, in place.
    let at = bytes.windows(4).position(|four| four == [0x1a, 0x01, 5, 0]).unwrap(); // XResolution
    let entries = bytes.windows(4).position(|four| four == [0x11, 0x01, 4, 0] || four == [0x11, 0x01, 3, 0]).unwrap();
    assert!(entries < at);
    bytes[at..at + 12].copy_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0]);
    let decoded = decode(&bytes).unwrap();
    assert_eq!((corners(&decoded.pixels).as_str(), decoded.orientation), ("ybgr", 3));
}

#[test]
fn a_file_cut_anywhere_is_never_a_panic_and_almost_always_an_error() {
    for format in FORMATS {
        let whole = written(&picture(96, 64), format);
        let complete = decode(&whole).unwrap();
        for length in (1..whole.len() - 12).step_by(37) {
            let result = decode(&whole[..length]);
            match format {
                ImageFormat::Jpeg if length > 2 => assert_eq!(result, Err(MediaError::Truncated), "cut at {length}"),
                // What is behind the pixels of a TIFF, the decoder may do without.
                ImageFormat::Tiff => assert!(result.is_err() || result == Ok(complete.clone()), "cut at {length}"),
                _ => assert!(result.is_err(), "{format:?} cut at {length} of {}", whole.len()),
            }
        }
    }
}

#[test]
fn a_file_with_bytes_changed_is_never_a_panic() {
    for format in FORMATS {
        let whole = written(&picture(32, 32), format);
        for at in 0..whole.len().min(700) {
            for value in [0, 0xff, whole[at] ^ 0x40] {
                let mut broken = whole.clone();
                broken[at] = value;
                // The result does not matter, only that there is one, with a sentence.
                if let Err(error) = decode(&broken) {
                    assert!(error.to_string().len() > 20);
                    assert_ne!(
                        error,
                        MediaError::Damaged("its decoder gave up".to_owned()),
                        "{format:?} at {at}: {value}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_jpeg_that_lacks_only_its_end_marker_passes() {
    let whole = written(&picture(96, 64), ImageFormat::Jpeg);
    let end = jpeg::outline(&whole).end.unwrap();
    assert_eq!(decode(&whole[..end - 2]), decode(&whole));
    assert_eq!(decode(&whole[..end - 1]), decode(&whole));
    assert_eq!(decode(&[&whole[..], b"a video behind it"].concat()), decode(&whole));
    for cut in [40, 200, 700] {
        assert_eq!(kind(&whole[..end - cut]), "truncated", "{cut} bytes cut off");
        let patched = [&whole[..end - cut], &[0xff, 0xd9]].concat();
        let found = kind(&patched);
        assert!(["truncated", "damaged"].contains(&found), "{cut} bytes cut off and an end marker put there: {found}");
    }
    // One colour to the last pixel is no sign of trouble in itself.
    let plain = DynamicImage::ImageRgb8(RgbImage::from_pixel(64, 64, Rgb([128; 3])));
    assert!(decode(&written(&plain, ImageFormat::Jpeg)).is_ok());
}

#[test]
fn rare_jpegs_are_refused_by_name() {
    let check = |frame: u8, precision: u8, word: &str| {
        let mut bytes = written(&picture(16, 16), ImageFormat::Jpeg);
        let at = bytes.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
        (bytes[at + 1], bytes[at + 4]) = (frame, precision);
        let error = decode(&bytes).unwrap_err();
        assert!(error.kind().name() == "unsupported" && error.to_string().contains(word), "{error}");
    };
    check(0xc1, 12, "12 bits");
    check(0xc3, 8, "lossless");
    check(0xc9, 8, "arithmetic");
}

#[test]
fn pictures_for_print_are_read() {
    let cmyk = include_bytes!("fixtures/cmyk.jpg").to_vec();
    let decoded = decode(&cmyk).unwrap();
    assert_eq!((corners(&decoded.pixels).as_str(), decoded.pixels.width), ("rgby", 40));
    // The same numbers taken as YCCK, which Adobe's marker says by its last byte: other colours, but still a picture.
    let mut ycck = cmyk;
    let at = ycck.windows(5).position(|five| five == b"Adobe").unwrap() + 11;
    assert_eq!(ycck[at], 0);
    ycck[at] = 2;
    assert_eq!(decode(&ycck).unwrap().pixels.width, 40);
    let progressive = decode(include_bytes!("fixtures/progressive.jpg")).unwrap();
    assert_eq!(corners(&progressive.pixels), "rgby");
}

#[test]
fn bad_bytes_have_a_kind() {
    let check = |bytes: &[u8], expected: &str| assert_eq!(kind(bytes), expected, "{}", bytes.escape_ascii());
    check(b"", "empty");
    check(b"only a text", "not-a-photo");
    check(&[0; 4096], "not-a-photo");
    check(&[&[0; 40][..], b"TRUEVISION-XFILE.\0"].concat(), "unsupported");
    check(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "damaged");
    check(b"\0\0\0\x0cJXL \r\n\x87\n", "truncated");
    check(b"\xff\x0a\x05", "truncated");
    check(b"II*\0\x08\0\0\0\0\0\0\0\0\0", "damaged");
    check(b"FUJIFILMCCD-RAW without anything", "unsupported");
    let dng = b"II*\0\x08\0\0\0\x01\0\x12\xc6\x01\0\x04\0\0\0\x01\x04\0\0\0\0\0\0";
    assert!(decode(dng).unwrap_err().to_string().contains("RAW"), "what is missing is its preview");
    check(b"\x89PNG\r\n\x1a\n and then rubbish that is long enough to look at", "too-large");
    check(b"\xff\xd8\xff\xd9", "damaged");
    check(b"\xff\xd8\xff", "truncated");
    check(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\xff\xff", "truncated");
}

#[test]
fn sizes_are_checked_before_memory_is_taken() {
    let check = |format: ImageFormat, patch: &dyn Fn(&mut Vec<u8>), expected: &str| {
        let mut bytes = written(&picture(16, 16), format);
        patch(&mut bytes);
        assert_eq!(kind(&bytes), expected, "{format:?}");
    };
    let frame = |bytes: &mut Vec<u8>, height: u16, width: u16| {
        let at = bytes.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
        bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
        bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    };
    check(ImageFormat::Jpeg, &|bytes| frame(bytes, 0, 16), "no-pixels");
    check(ImageFormat::Jpeg, &|bytes| frame(bytes, 16, 0), "no-pixels");
    check(ImageFormat::Jpeg, &|bytes| frame(bytes, 65_535, 65_535), "too-large");
    check(ImageFormat::Jpeg, &|bytes| frame(bytes, 2, 65_535), "truncated");
    check(ImageFormat::Png, &|bytes| bytes[16..20].fill(0), "no-pixels");
    check(ImageFormat::Png, &|bytes| bytes[16..24].copy_from_slice(&[0, 0, 100, 0, 0, 0, 100, 0]), "too-large");
    check(ImageFormat::Gif, &|bytes| bytes[6..8].fill(0), "no-pixels");
    check(ImageFormat::Gif, &|bytes| bytes[6..10].fill(0xff), "too-large");
    check(ImageFormat::Bmp, &|bytes| bytes[18..22].fill(0), "no-pixels");
    check(ImageFormat::Bmp, &|bytes| bytes[18..26].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f].repeat(2)), "too-large");
}

#[test]
fn the_first_frame_of_an_animation_counts() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for colour in [[200, 0, 0, 255], [0, 200, 0, 255]] {
        encoder.encode_frame(image::Frame::new(RgbaImage::from_pixel(8, 8, Rgba(colour)))).unwrap();
    }
    drop(encoder);
    assert_eq!(decode(&bytes).unwrap().pixels.get(4, 4), Some([200, 0, 0]));
}

#[test]
fn a_wide_gamut_photo_becomes_srgb() {
    let rgb = RgbImage::from_pixel(8, 8, Rgb([200, 120, 100]));
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile(&DISPLAY_P3, &srgb_curve())).unwrap();
    encoder.write_image(&rgb, 8, 8, ExtendedColorType::Rgb8).unwrap();
    let [r, g, b] = decode(&bytes).unwrap().pixels.get(4, 4).unwrap();
    assert!(r > 208 && g < 120 && b < 98, "{r} {g} {b}");
}

#[test]
fn a_raw_file_shows_its_preview_turned_as_the_file_says() {
    let preview = written(&picture(800, 600).rotate270(), ImageFormat::Jpeg);
    let mut file = exif_block(6, "2019:07:31 16:05:09");
    file.extend(&preview);
    file.extend([0; 100]);
    for magic in [*b"\0*", *b"OR"] {
        file[2..4].copy_from_slice(&magic);
        let decoded = decode(&file).unwrap();
        assert_eq!((corners(&decoded.pixels).as_str(), decoded.orientation), ("rgby", 6));
        assert_eq!(decoded.taken.map(|taken| taken.year), Some(2019));
    }
    // What the preview says of itself counts before what the file says.
    let own = with_exif(&picture(800, 600).rotate180(), ImageFormat::Jpeg, exif_block(3, "2001:01:01 00:00:00"));
    let decoded = decode(&[&exif_block(6, "2019:07:31 16:05:09")[..], &own].concat()).unwrap();
    assert_eq!((corners(&decoded.pixels).as_str(), decoded.orientation), ("rgby", 3));
    assert_eq!(kind(&file[..file.len() - 200]), "truncated");
}

pub(super) fn avif(orientation: u8) -> &'static [u8] {
    match orientation {
        1 => include_bytes!("fixtures/orientation-1.avif"),
        2 => include_bytes!("fixtures/orientation-2.avif"),
        3 => include_bytes!("fixtures/orientation-3.avif"),
        4 => include_bytes!("fixtures/orientation-4.avif"),
        5 => include_bytes!("fixtures/orientation-5.avif"),
        6 => include_bytes!("fixtures/orientation-6.avif"),
        7 => include_bytes!("fixtures/orientation-7.avif"),
        _ => include_bytes!("fixtures/orientation-8.avif"),
    }
}

pub(super) fn jxl(orientation: u8) -> &'static [u8] {
    match orientation {
        1 => include_bytes!("fixtures/orientation-1.jxl"),
        2 => include_bytes!("fixtures/orientation-2.jxl"),
        3 => include_bytes!("fixtures/orientation-3.jxl"),
        4 => include_bytes!("fixtures/orientation-4.jxl"),
        5 => include_bytes!("fixtures/orientation-5.jxl"),
        6 => include_bytes!("fixtures/orientation-6.jxl"),
        7 => include_bytes!("fixtures/orientation-7.jxl"),
        _ => include_bytes!("fixtures/orientation-8.jxl"),
    }
}

/// A HEIC file that is turned by its container as the number says: two properties that nobody needs become `irot` and
/// `imir`, in this order.
pub(super) fn heic(orientation: u8, upright: &DynamicImage) -> Vec<u8> {
    let stored = stored_as(orientation.into(), upright).to_rgb8();
    let options = heifer::EncodeOptions { quality: 95, max_threads: 1 };
    let mut bytes = heifer::encode_rgb8(stored.width(), stored.height(), &stored, &options).unwrap();
    // Quarters against the clock, and whether the lines (0) or the columns (1) are mirrored.
    let (quarters, mirrored) = match orientation {
        2 => (0, Some(1)),
        3 => (2, None),
        4 => (0, Some(0)),
        5 => (1, Some(0)),
        6 => (3, None),
        7 => (3, Some(0)),
        8 => (1, None),
        _ => (0, None),
    };
    let put = |bytes: &mut Vec<u8>, over: &[u8; 4], name: &[u8; 4], value: u8| {
        let at = bytes.windows(4).position(|four| four == over).unwrap();
        bytes[at..at + 4].copy_from_slice(name);
        bytes[at + 4] = value;
    };
    put(&mut bytes, b"pixi", b"irot", quarters);
    if let Some(axis) = mirrored {
        put(&mut bytes, b"colr", b"imir", axis);
    }
    bytes
}

#[test]
fn heic_and_avif_are_turned_by_their_container() {
    for orientation in 1..=8 {
        for (what, bytes) in [("AVIF", avif(orientation).to_vec()), ("HEIC", heic(orientation, &picture(40, 24)))] {
            let decoded = decode(&bytes).unwrap_or_else(|error| panic!("{what} {orientation}: {error}"));
            assert_eq!(corners(&decoded.pixels), "rgby", "{what} {orientation}");
            assert_eq!((decoded.pixels.width, decoded.pixels.height), (40, 24), "{what} {orientation}");
            assert_eq!(decoded.orientation, 1, "{what}: nothing is left to turn");
            if what == "AVIF" {
                assert_eq!(decoded.taken.map(|taken| (taken.year, taken.second)), Some((2019, 57_909)));
            }
        }
    }
}

#[test]
fn every_kind_of_avif_is_read() {
    let check = |bytes: &[u8], at: (u32, u32), expected: [u8; 3], what: &str| {
        let decoded = decode(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        let found = decoded.pixels.get(at.0, at.1).unwrap();
        assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 12), "{what}: {found:?} is not {expected:?}");
    };
    check(avif(1), (5, 5), [240, 10, 10], "4:2:0");
    check(include_bytes!("fixtures/444.avif"), (35, 20), [240, 240, 10], "4:4:4");
    check(include_bytes!("fixtures/grey.avif"), (35, 20), [217; 3], "grey");
    check(include_bytes!("fixtures/alpha.avif"), (5, 5), [255; 3], "transparent");
    check(include_bytes!("fixtures/alpha.avif"), (35, 20), [240, 240, 10], "opaque");
}

#[test]
fn scanners_tiffs_with_jpeg_inside_are_read() {
    // One strip of one JPEG stream, luma and chroma.
    let jpeg = written(&picture(48, 32), ImageFormat::Jpeg);
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let entries: [(u16, u16, u32, u32); 10] = [
        (256, 3, 1, 48),
        (257, 3, 1, 32),
        (258, 3, 3, 134),
        (259, 3, 1, 7),
        (262, 3, 1, 6),
        (273, 4, 1, 140),
        (274, 3, 1, 3),
        (277, 3, 1, 3),
        (278, 3, 1, 32),
        (279, 4, 1, jpeg.len() as u32),
    ];
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    assert_eq!(bytes.len(), 134);
    bytes.extend([8, 0, 8, 0, 8, 0]);
    bytes.extend(&jpeg);
    let decoded = decode(&bytes).unwrap();
    assert_eq!((corners(&decoded.pixels).as_str(), decoded.pixels.width, decoded.orientation), ("ybgr", 48, 3));
}

#[test]
fn fill_bytes_before_the_end_are_no_sign_of_trouble() {
    // A flat end makes the decoder look twice; a camera that fills up with 0xff must still pass.
    let plain = DynamicImage::ImageRgb8(RgbImage::from_pixel(64, 64, Rgb([40; 3])));
    let whole = written(&plain, ImageFormat::Jpeg);
    let end = jpeg::outline(&whole).end.unwrap();
    let filled = [&whole[..end - 2], &[0xff, 0xff, 0xff, 0xd9]].concat();
    assert_eq!(decode(&filled), decode(&whole));
}
