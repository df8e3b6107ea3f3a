//! Photos made here, so that no data is needed to measure what is done with them.

use std::io::Cursor;

use albumen::domain::Pixels;
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, Rgb, RgbImage};

/// Clouds, an edge here and there, some grain: about as many bytes a pixel as a photo.
pub fn scene(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (fx, fy) = (f64::from(x) / 190.0, f64::from(y) / 140.0);
        let cloud = 128.0 + 60.0 * (fx.sin() + (fy * 1.7).cos()) * (fx * 0.31 + fy * 0.17).sin();
        let edge = if (x / 310 + y / 270).is_multiple_of(3) { 24.0 } else { 0.0 };
        let grain = f64::from((x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_mul(97) >> 28);
        Rgb([cloud + edge + grain, cloud * 0.8 + grain, 200.0 - cloud * 0.5 + edge].map(|value| value as u8))
    })
}

/// The scene as the program holds photos.
pub fn pixels(scene: &RgbImage) -> Pixels {
    Pixels { width: scene.width(), height: scene.height(), rgb: scene.as_raw().clone() }
}

/// The scene as a file: JPEG of quality 90, other formats as their encoders have it. Empty, which no decoder takes, when
/// the format holds no such picture.
pub fn encoded(scene: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let written = if format == ImageFormat::Jpeg {
        scene.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 90))
    } else {
        scene.write_to(&mut bytes, format)
    };
    written.map_or_else(|_refused| Vec::new(), |()| bytes.into_inner())
}

/// The JPEG with an EXIF block that says how it is to be turned.
pub fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let head = [0xff, 0xe1, 0, 34, b'E', b'x', b'i', b'f', 0, 0];
    let block = [&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation], &[0; 6]].concat();
    [jpeg.get(..2).unwrap_or_default(), &head, &block, jpeg.get(2..).unwrap_or_default()].concat()
}
