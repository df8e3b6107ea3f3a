//! How sharp a face is.

use crate::domain::Pixels;

/// Pixels of the crop that make one of the picture that is looked at: what an embedder of 160 pixels can use is not finer.
const STEP: usize = 2;

/// The energy of the Laplacian over the variance of the brightness, in the middle three fifths of a crop at half size: about
/// 0.05 for a blurred or much enlarged face, 0.5 for a usual one, above 1 for a noisy one. Contrast cancels out. 1 for
/// a crop of one colour, which says nothing. (Variance of the Laplacian: Pech-Pacheco and others, ICPR 2000.)
#[must_use]
pub fn sharpness(crop: &Pixels) -> f32 {
    let (width, side) = (crop.width as usize, (crop.width.min(crop.height) as usize) / STEP);
    let mut grey = vec![0.0f32; side * side];
    for (y, row) in crop.rgb.chunks_exact((3 * width).max(1)).take(side * STEP).enumerate() {
        for (x, pixel) in row.chunks_exact(3).take(side * STEP).enumerate() {
            let sum: f32 = pixel.iter().map(|value| f32::from(*value)).sum();
            grey[y / STEP * side + x / STEP] += sum / (3 * STEP * STEP) as f32;
        }
    }
    let (from, to) = ((side / 5).max(1), side - (side / 5).max(1).min(side));
    let (mut sum, mut square, mut energy, mut count) = (0.0f64, 0.0f64, 0.0f64, 0.0f64);
    for y in from..to {
        for x in from..to {
            let at = y * side + x;
            let value = grey[at];
            let edge = 4.0 * value - grey[at - 1] - grey[at + 1] - grey[at - side] - grey[at + side];
            sum += f64::from(value);
            square += f64::from(value * value);
            energy += f64::from(edge * edge);
            count += 1.0;
        }
    }
    // Less than a level of scatter is no picture.
    let scatter = square - sum * sum / f64::max(count, 1.0);
    if scatter < count.max(1.0) { 1.0 } else { (energy / scatter) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stripes of a width, from 60 to 60 + `contrast`.
    fn stripes(width: usize, contrast: u8) -> Pixels {
        let rgb =
            (0..160 * 160).flat_map(|at| [60 + contrast * u8::from((at % 160 / width).is_multiple_of(2)); 3]).collect();
        Pixels { width: 160, height: 160, rgb }
    }

    #[test]
    fn finer_is_sharper_whatever_the_contrast() {
        assert!(sharpness(&stripes(4, 100)) > 2.0 * sharpness(&stripes(16, 100)));
        assert!((sharpness(&stripes(8, 100)) / sharpness(&stripes(8, 40)) - 1.0).abs() < 0.01);
    }

    #[test]
    fn nothing_and_odd_shapes_say_nothing() {
        for (width, height) in [(160, 160), (0, 0), (1, 1), (3, 200), (7, 7)] {
            assert_eq!(sharpness(&Pixels::filled(width, height, [80; 3])), 1.0, "{width} × {height}");
        }
    }
}
