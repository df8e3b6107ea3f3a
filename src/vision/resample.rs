//! Area resampling as PyTorch's `interpolate(mode="area")` does it: each output pixel is the mean of the input pixels
//! from `floor(i · in / out)` to `ceil((i + 1) · in / out)`.

use crate::domain::Pixels;

/// A part of a photo: left, top, right and bottom in whole pixels, right and bottom left out, all inside the photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

impl Window {
    pub(super) fn all(photo: &Pixels) -> Self {
        Self { left: 0, top: 0, right: photo.width as usize, bottom: photo.height as usize }
    }
}

fn span(index: usize, input: usize, output: usize) -> (usize, usize) {
    (index * input / output, ((index + 1) * input).div_ceil(output))
}

/// The rows of a window at `width` × `height`, one after the other. Sums are of whole numbers, so their order changes
/// nothing.
pub(super) struct Rows<'a> {
    photo: &'a Pixels,
    window: Window,
    height: usize,
    /// Of each output pixel, its input pixels.
    columns: Vec<(usize, usize)>,
    /// Of the input rows of one output row. One number longer, so that a pixel can be read as four numbers.
    sums: Vec<u32>,
}

/// A mean as the networks of MTCNN want it.
fn wanted(mean: f32) -> f32 {
    (mean - 127.5) * 0.007_812_5
}

/// Rows of bytes whose sum fits 16 bits.
const FIT: usize = 257;

impl<'a> Rows<'a> {
    pub(super) fn new(photo: &'a Pixels, window: Window, width: usize, height: usize) -> Self {
        let in_width = window.right - window.left;
        let columns = (0..width).map(|x| span(x, in_width, width)).collect();
        Self { photo, window, height, columns, sums: vec![0; 3 * in_width + 1] }
    }

    /// Row `y` as the networks of MTCNN want it: red, green and blue of a pixel together, `(x − 127.5) / 128`.
    pub(super) fn next_into(&mut self, y: usize, row: &mut [f32]) {
        let row = row.as_chunks_mut::<3>().0;
        self.means(y, |x, pixel| row[x] = pixel.map(wanted));
    }

    /// The same with red, green and blue in rows of their own.
    pub(super) fn next_planes(&mut self, y: usize, [red, green, blue]: [&mut [f32]; 3]) {
        self.means(y, |x, pixel| [red[x], green[x], blue[x]] = pixel.map(wanted));
    }

    /// The means of row `y`, pixel by pixel.
    fn means(&mut self, y: usize, mut put: impl FnMut(usize, [f32; 3])) {
        let rows = self.add_up(y);
        for (x, &(left, right)) in self.columns.iter().enumerate() {
            let mut total = [0u32; 4];
            // Four numbers are one register; the fourth is the next pixel's and not looked at.
            for numbers in self.sums[3 * left..=3 * right].windows(4).step_by(3) {
                for (sum, value) in total.iter_mut().zip(numbers) {
                    *sum += value;
                }
            }
            let count = ((right - left) * rows) as f32;
            let [red, green, blue, _] = total.map(|sum| sum as f32 / count);
            put(x, [red, green, blue]);
        }
    }

    /// Adds the input rows of row `y` up and says how many they are.
    fn add_up(&mut self, y: usize) -> usize {
        let (top, bottom) = span(y, self.window.bottom - self.window.top, self.height);
        let stride = 3 * self.photo.width as usize;
        let first = (self.window.top + top) * stride + 3 * self.window.left;
        let bytes = &self.photo.rgb[first..];
        let length = self.sums.len() - 1;
        let (blocks, rest) = self.sums[..length].as_chunks_mut::<BLOCK>();
        let few = bottom - top <= FIT;
        let whole = blocks.len() * BLOCK;
        for (number, block) in blocks.iter_mut().enumerate() {
            let column = &bytes[number * BLOCK..];
            *block = if few {
                down::<u16>(column, stride, bottom - top).map(u32::from)
            } else {
                down::<u32>(column, stride, bottom - top)
            };
        }
        for (number, sum) in rest.iter_mut().enumerate() {
            *sum =
                bytes[whole + number..].iter().step_by(stride).take(bottom - top).map(|value| u32::from(*value)).sum();
        }
        bottom - top
    }
}

/// Numbers whose sums stay in registers while the rows pass by.
const BLOCK: usize = 32;

/// The sums of the first bytes of so many rows.
fn down<T: Copy + Default + From<u8> + std::ops::AddAssign>(bytes: &[u8], stride: usize, rows: usize) -> [T; BLOCK] {
    let mut sums = [T::default(); BLOCK];
    for row in 0..rows {
        if let Some(values) = bytes.get(row * stride..).and_then(<[u8]>::first_chunk::<BLOCK>) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += T::from(*value);
            }
        }
    }
    sums
}

/// All rows of a window at once; see [`Rows::next_into`].
pub(super) fn interleaved(photo: &Pixels, window: Window, width: usize, height: usize, numbers: &mut [f32]) {
    let mut rows = Rows::new(photo, window, width, height);
    for (y, row) in numbers.chunks_exact_mut(3 * width).enumerate() {
        rows.next_into(y, row);
    }
}

/// The same as a mirror shows it: as exact as from a mirrored photo, since the pixels of a mean lie the same from both sides.
pub(super) fn interleaved_mirrored(photo: &Pixels, window: Window, width: usize, height: usize, numbers: &mut [f32]) {
    interleaved(photo, window, width, height, numbers);
    for row in numbers.chunks_exact_mut(3 * width) {
        row.as_chunks_mut::<3>().0.reverse();
    }
}

/// The window at `width` × `height` as a picture; `byte` makes a byte of a mean.
pub(super) fn area_pixels(
    photo: &Pixels,
    window: Window,
    (width, height): (u32, u32),
    byte: impl Fn(f32) -> u8,
) -> Pixels {
    let mut rows = Rows::new(photo, window, width as usize, height as usize);
    let mut picture = Pixels::filled(width, height, [0; 3]);
    for (y, row) in picture.rgb.as_chunks_mut::<3>().0.chunks_exact_mut(width as usize).enumerate() {
        rows.means(y, |x, pixel| row[x] = pixel.map(&byte));
    }
    picture
}

/// The photo as a mirror shows it.
pub(super) fn mirror(photo: &Pixels) -> Pixels {
    let row = 3 * photo.width.max(1) as usize;
    let mut mirrored = Pixels { width: photo.width, height: photo.height, rgb: Vec::with_capacity(photo.rgb.len()) };
    for row in photo.rgb.chunks_exact(row) {
        for pixel in row.rchunks_exact(3) {
            mirrored.rgb.extend_from_slice(pixel);
        }
    }
    mirrored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_whole_and_overlapping_windows() {
        // One row, red = 0, 10, 20: down to 2 pixels the windows are 0..2 and 1..3 (PyTorch's rule), up to 6 each repeats.
        let photo = Pixels::new(3, 1, vec![0, 1, 2, 10, 1, 2, 20, 1, 2]).unwrap();
        let red = |width: usize| {
            let mut row = vec![[0.0; 3]; width];
            Rows::new(&photo, Window::all(&photo), width, 1).means(0, |x, pixel| row[x] = pixel);
            row.iter().map(|pixel| pixel[0]).collect::<Vec<f32>>()
        };
        assert_eq!(red(2), [5.0, 15.0]);
        assert_eq!(red(1), [10.0]);
        assert_eq!(red(6), [0.0, 0.0, 10.0, 10.0, 20.0, 20.0]);
    }

    #[test]
    fn a_window_sees_only_its_part() {
        let mut photo = Pixels::filled(4, 4, [0, 0, 0]);
        photo.rgb[3 * (2 * 4 + 2)] = 200;
        let part = area_pixels(&photo, Window { left: 2, top: 2, right: 3, bottom: 3 }, (1, 1), |mean| mean as u8);
        assert_eq!(part.rgb, [200, 0, 0]);
    }

    #[test]
    fn any_size_from_any_window_is_the_mean_of_its_pixels() {
        // Wide enough for blocks and a rest, high enough for sums of more than 16 bits.
        let rgb = (0..3 * 61 * 700u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 | 0x80).collect();
        let photo = Pixels::new(61, 700, rgb).unwrap();
        for (window, width, height) in [
            (Window::all(&photo), 61, 700),
            (Window::all(&photo), 17, 2),
            (Window { left: 3, top: 5, right: 60, bottom: 20 }, 24, 24),
            (Window { left: 57, top: 690, right: 61, bottom: 700 }, 1, 3),
        ] {
            let (in_width, in_height) = (window.right - window.left, window.bottom - window.top);
            let mut rows = Rows::new(&photo, window, width, height);
            let mut row = vec![[0.0; 3]; width];
            for y in 0..height {
                rows.means(y, |x, pixel| row[x] = pixel);
                let (top, bottom) = span(y, in_height, height);
                for (x, pixel) in row.iter().enumerate() {
                    let (left, right) = span(x, in_width, width);
                    for (channel, mean) in pixel.iter().enumerate() {
                        let at = |row: usize, column: usize| {
                            let pixel = (window.top + row) * 61 + window.left + column;
                            u64::from(photo.rgb[3 * pixel + channel])
                        };
                        let sum: u64 = (top..bottom)
                            .flat_map(|row| (left..right).map(move |column| (row, column)))
                            .map(|(row, column)| at(row, column))
                            .sum();
                        let count = (right - left) * (bottom - top);
                        assert_eq!(*mean, sum as f32 / count as f32, "{window:?}, {x}, {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_part_in_the_mirror_is_the_mirrored_part() {
        let rgb = (0..3 * 61 * 40u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let photo = Pixels::new(61, 40, rgb).unwrap();
        for (left, right) in [(0, 61), (7, 60), (3, 8)] {
            let window = Window { left, top: 2, right, bottom: 33 };
            let turned = Window { left: 61 - right, right: 61 - left, ..window };
            let (mut one, mut two) = (vec![0.0; 3 * 24 * 24], vec![0.0; 3 * 24 * 24]);
            interleaved_mirrored(&photo, window, 24, 24, &mut one);
            interleaved(&mirror(&photo), turned, 24, 24, &mut two);
            assert_eq!(one, two, "{window:?}");
        }
    }

    #[test]
    fn mirrors_swap_left_and_right() {
        let photo = Pixels::new(3, 2, (0..18).collect()).unwrap();
        let seen = mirror(&photo);
        assert_eq!(seen.get(0, 1), photo.get(2, 1));
        assert_eq!(seen.get(1, 0), photo.get(1, 0));
        assert_eq!(mirror(&seen), photo);
        assert_eq!(mirror(&Pixels::default()), Pixels::default());
    }
}
