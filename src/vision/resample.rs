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

/// The window at `width` × `height` as planes: red, then green, then blue, values 0 to 255. Appends to `planes`.
pub(super) fn area(photo: &Pixels, window: Window, width: usize, height: usize, planes: &mut Vec<f32>) {
    let (in_width, in_height) = (window.right - window.left, window.bottom - window.top);
    let start = planes.len();
    planes.resize(start + 3 * width * height, 0.0);
    let columns: Vec<(usize, usize)> = (0..width).map(|x| span(x, in_width, width)).collect();
    let stride = 3 * photo.width as usize;
    let mut sums = vec![0u32; 3 * in_width];
    let (red, rest) = planes[start..].split_at_mut(width * height);
    let (green, blue) = rest.split_at_mut(width * height);
    for y in 0..height {
        let (top, bottom) = span(y, in_height, height);
        sums.fill(0);
        for row in top..bottom {
            let at = (window.top + row) * stride + 3 * window.left;
            for (sum, value) in sums.iter_mut().zip(&photo.rgb[at..at + 3 * in_width]) {
                *sum += u32::from(*value);
            }
        }
        for (x, &(left, right)) in columns.iter().enumerate() {
            let mut total = [0u32; 3];
            for pixel in sums[3 * left..3 * right].chunks_exact(3) {
                total[0] += pixel[0];
                total[1] += pixel[1];
                total[2] += pixel[2];
            }
            let count = ((right - left) * (bottom - top)) as f32;
            red[y * width + x] = total[0] as f32 / count;
            green[y * width + x] = total[1] as f32 / count;
            blue[y * width + x] = total[2] as f32 / count;
        }
    }
}

/// The rows of a window at `width` × `height`, one after the other, as the networks of MTCNN want them: red, green and blue
/// of a pixel together, `(x − 127.5) / 128`.
pub(super) struct Rows<'a> {
    photo: &'a Pixels,
    window: Window,
    height: usize,
    columns: Vec<(usize, usize)>,
    sums: Vec<u32>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(photo: &'a Pixels, window: Window, width: usize, height: usize) -> Self {
        let in_width = window.right - window.left;
        let columns = (0..width).map(|x| span(x, in_width, width)).collect();
        Self { photo, window, height, columns, sums: vec![0; 3 * in_width] }
    }

    /// Row `y`; `row` holds three numbers a pixel.
    pub(super) fn next_into(&mut self, y: usize, row: &mut [f32]) {
        let window = self.window;
        let (top, bottom) = span(y, window.bottom - window.top, self.height);
        let stride = 3 * self.photo.width as usize;
        let length = self.sums.len();
        let line = |row: usize| {
            let at = (window.top + row) * stride + 3 * window.left;
            &self.photo.rgb[at..at + length]
        };
        for (sum, value) in self.sums.iter_mut().zip(line(top)) {
            *sum = u32::from(*value);
        }
        for row in top + 1..bottom {
            for (sum, value) in self.sums.iter_mut().zip(line(row)) {
                *sum += u32::from(*value);
            }
        }
        for (pixel, &(left, right)) in row.as_chunks_mut::<3>().0.iter_mut().zip(&self.columns) {
            let mut total = [0u32; 3];
            for [r, g, b] in self.sums[3 * left..3 * right].as_chunks::<3>().0 {
                total[0] += r;
                total[1] += g;
                total[2] += b;
            }
            let count = ((right - left) * (bottom - top)) as f32;
            *pixel = total.map(|sum| (sum as f32 / count - 127.5) * 0.007_812_5);
        }
    }
}

/// All rows of a window at once; see [`Rows`].
pub(super) fn interleaved(photo: &Pixels, window: Window, width: usize, height: usize, numbers: &mut [f32]) {
    let mut rows = Rows::new(photo, window, width, height);
    for (y, row) in numbers.chunks_exact_mut(3 * width).enumerate() {
        rows.next_into(y, row);
    }
}

/// The window at `width` × `height` as a picture.
pub(super) fn area_pixels(photo: &Pixels, window: Window, width: u32, height: u32) -> Pixels {
    let mut planes = Vec::new();
    area(photo, window, width as usize, height as usize, &mut planes);
    let plane = width as usize * height as usize;
    let mut rgb = Vec::with_capacity(3 * plane);
    for at in 0..plane {
        // The reference truncates to bytes; so the crops are the same to the last bit.
        rgb.extend([planes[at] as u8, planes[plane + at] as u8, planes[2 * plane + at] as u8]);
    }
    Pixels { width, height, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_whole_and_overlapping_windows() {
        // One row, red = 0, 10, 20: down to 2 pixels the windows are 0..2 and 1..3 (PyTorch's rule), up to 6 each repeats.
        let photo = Pixels::new(3, 1, vec![0, 1, 2, 10, 1, 2, 20, 1, 2]).unwrap();
        let red = |width: usize| {
            let mut planes = Vec::new();
            area(&photo, Window::all(&photo), width, 1, &mut planes);
            planes[..width].to_vec()
        };
        assert_eq!(red(2), [5.0, 15.0]);
        assert_eq!(red(1), [10.0]);
        assert_eq!(red(6), [0.0, 0.0, 10.0, 10.0, 20.0, 20.0]);
    }

    #[test]
    fn a_window_sees_only_its_part() {
        let mut photo = Pixels::filled(4, 4, [0, 0, 0]);
        photo.rgb[3 * (2 * 4 + 2)] = 200;
        let part = area_pixels(&photo, Window { left: 2, top: 2, right: 3, bottom: 3 }, 1, 1);
        assert_eq!(part.rgb, [200, 0, 0]);
    }
}
