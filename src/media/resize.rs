//! Smaller pictures.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use crate::domain::{FaceBox, Pixels};

/// Width and height of a face's thumbnail.
pub const THUMBNAIL_SIDE: u32 = 160;

/// The photo with its longer side at most `longest` pixels. Never larger than it was.
#[must_use]
pub fn fit(photo: &Pixels, longest: u32) -> Pixels {
    let side = photo.width.max(photo.height);
    if side <= longest || side == 0 {
        return photo.clone();
    }
    let factor = f64::from(longest) / f64::from(side);
    let scaled = |length: u32| ((f64::from(length) * factor).round() as u32).max(1);
    let whole = [0.0, 0.0, f64::from(photo.width), f64::from(photo.height)];
    resample(photo, whole, scaled(photo.width), scaled(photo.height))
}

/// The square about a face, [`THUMBNAIL_SIDE`] pixels wide: the longer side of the box and half as much again, moved
/// and shrunk so that it stays on the photo.
#[must_use]
pub fn thumbnail(photo: &Pixels, face: &FaceBox) -> Pixels {
    let (width, height) = (f64::from(photo.width), f64::from(photo.height));
    let side = f64::from(face.width.max(face.height)).max(1.0) * 1.5;
    let side = side.min(width).min(height);
    let [x, y] = face.centre().map(f64::from);
    let place = |centre: f64, length: f64| (centre - side / 2.0).clamp(0.0, (length - side).max(0.0));
    resample(photo, [place(x, width), place(y, height), side, side], THUMBNAIL_SIDE, THUMBNAIL_SIDE)
}

/// Part of the photo `[left, top, width, height]` at a new size; grey when there is nothing to show.
fn resample(photo: &Pixels, part: [f64; 4], width: u32, height: u32) -> Pixels {
    let grey = || Pixels::filled(width, height, [127; 3]);
    let Ok(source) = ImageRef::new(photo.width, photo.height, &photo.rgb, PixelType::U8x3) else { return grey() };
    let mut target = Image::new(width, height, PixelType::U8x3);
    let [left, top, part_width, part_height] = part;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).crop(
        left,
        top,
        part_width,
        part_height,
    );
    match Resizer::new().resize(&source, &mut target, &options) {
        Ok(()) => Pixels { width, height, rgb: target.into_vec() },
        Err(_nothing_to_show) => grey(),
    }
}

/// The picture as a JPEG file; quality 1 to 100. Empty when the picture has no pixels.
#[must_use]
pub fn encode_jpeg(picture: &Pixels, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    match image::ImageEncoder::write_image(
        encoder,
        &picture.rgb,
        picture.width,
        picture.height,
        ExtendedColorType::Rgb8,
    ) {
        Ok(()) => bytes,
        Err(_no_pixels) => Vec::new(),
    }
}

/// A thumbnail back from its JPEG bytes.
#[must_use]
pub fn decode_thumbnail(bytes: &[u8]) -> Option<Pixels> {
    let picture = image::load_from_memory_with_format(bytes, image::ImageFormat::Jpeg).ok()?.into_rgb8();
    let (width, height) = picture.dimensions();
    Pixels::new(width, height, picture.into_raw()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_only_shrink() {
        let size = |width, height, longest| {
            let small = fit(&Pixels::filled(width, height, [10, 20, 30]), longest);
            assert!(small.rgb.chunks(3).all(|pixel| pixel == [10, 20, 30]));
            (small.width, small.height)
        };
        assert_eq!(size(400, 200, 100), (100, 50));
        assert_eq!(size(50, 20, 100), (50, 20));
        assert_eq!(size(3000, 1, 100), (100, 1));
    }

    #[test]
    fn thumbnails_are_square_wherever_the_face_is() {
        let photo = Pixels::filled(300, 200, [200, 100, 50]);
        for face in [
            FaceBox::new(100.0, 50.0, 60.0, 80.0),
            FaceBox::new(-40.0, -40.0, 60.0, 60.0),
            FaceBox::new(280.0, 190.0, 90.0, 90.0),
            FaceBox::new(0.0, 0.0, 900.0, 900.0),
        ] {
            let picture = thumbnail(&photo, &face);
            assert_eq!((picture.width, picture.height), (THUMBNAIL_SIDE, THUMBNAIL_SIDE));
            let again = decode_thumbnail(&encode_jpeg(&picture, 90)).unwrap();
            let middle = again.get(80, 80).unwrap();
            assert!(middle.iter().zip([200u8, 100, 50]).all(|(a, b)| a.abs_diff(b) < 6), "{middle:?}");
        }
        assert_eq!(decode_thumbnail(b"no jpeg"), None);
    }
}
