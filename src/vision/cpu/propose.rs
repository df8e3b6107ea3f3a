//! P-Net on the processor: it runs over a picture of the pyramid row by row. The picture is resampled, convolved, pooled and judged
//! in a few rows that never leave the caches, and nothing the size of the picture is ever stored.

use super::Isa;
use super::planar::{HEADS, Heads, Planar, halve};
use super::ring::Ring;
use crate::domain::Pixels;
use crate::vision::VisionError;
use crate::vision::mtcnn::Cell;
use crate::vision::resample::{Rows, Window};
use crate::vision::weights::Weights;

/// The network.
pub(super) struct Propose {
    first: Planar,
    second: Planar,
    third: Planar,
    /// Scores of "no face" and "face", then four offsets.
    head: Heads,
    isa: Isa,
}

impl Propose {
    pub(super) fn new(weights: &Weights<'_>, isa: Isa) -> Result<Self, VisionError> {
        let layer = |number: usize, outputs: usize, inputs: usize| {
            let name = format!("pnet.conv{number}");
            let numbers = weights.numbers(&format!("{name}.weight"), &[outputs, inputs, 3, 3])?;
            let bias = weights.numbers(&format!("{name}.bias"), &[outputs])?;
            let slope = weights.numbers(&format!("pnet.prelu{number}.weight"), &[outputs])?;
            Ok::<_, VisionError>(Planar::new(isa, &numbers, bias, slope))
        };
        let (mut head, mut bias, mut first) = (Vec::new(), [0.0; HEADS], 0);
        for (name, count) in [("pnet.conv4_1", 2), ("pnet.conv4_2", 4)] {
            head.extend(weights.numbers(&format!("{name}.weight"), &[count, 32, 1, 1])?);
            bias[first..first + count].copy_from_slice(&weights.numbers(&format!("{name}.bias"), &[count])?);
            first += count;
        }
        Ok(Self {
            first: layer(1, 10, 3)?,
            second: layer(2, 16, 10)?,
            third: layer(3, 32, 16)?,
            head: Heads::new(isa, &head, bias),
            isa,
        })
    }

    /// The cells of the photo at this width and height whose score is at least `threshold`, row by row.
    pub(super) fn run(&self, photo: &Pixels, (width, height): (usize, usize), threshold: f32) -> Vec<Cell> {
        let mut cells = Vec::new();
        // Smaller than a cell of 12 pixels: nothing to look at.
        if width < 12 || height < 12 {
            return cells;
        }
        // Of what the first convolution gives, of its pool, and of what follows.
        let (wide, high) = (width - 2, height - 2);
        let (pooled, rows_pooled) = (wide.div_ceil(2), high.div_ceil(2));
        let (rows_third, rows_last) = (rows_pooled - 2, rows_pooled - 4);
        let mut rows = Rows::new(photo, Window::all(photo), width, height);
        let mut picture = Ring::new(4, width, 3);
        let mut first = Ring::new(2, wide, self.first.outputs());
        let mut second = Ring::new(4, pooled, self.first.outputs());
        let mut third = Ring::new(4, pooled - 2, self.second.outputs());
        let mut last = Ring::new(2, pooled - 4, self.third.outputs());
        let mut heads = Ring::new(2, pooled - 4, HEADS);
        let (mut read, mut next_third, mut next_last) = (0, 0, 0);
        for y in 0..rows_pooled {
            // The pool reads two rows, or one when the number of rows is odd.
            let both = 2 * y + 1 < high;
            while read < (2 * y + 4).min(height) {
                let stride = picture.stride();
                let (red, rest) = picture.row_mut(read).split_at_mut(stride);
                let (green, blue) = rest.split_at_mut(stride);
                rows.next_planes(read, [red, green, blue]);
                read += 1;
            }
            self.first.run(&picture, 2 * y, &mut first, 2 * y, wide);
            halve(self.isa, &mut first, (y, both), &mut second, wide);
            // Two rows of each layer as soon as there are the four that they need, or all there will be.
            let all = y + 1 == rows_pooled;
            while next_third < rows_third && (y >= next_third + 3 || all) {
                self.second.run(&second, next_third, &mut third, next_third, pooled - 2);
                next_third += 2;
                let ended = next_third >= rows_third;
                while next_last < rows_last && (next_third >= next_last + 4 || ended) {
                    self.third.run(&third, next_last, &mut last, next_last, pooled - 4);
                    for row in (next_last..rows_last).take(2) {
                        self.head.run(&last, &mut heads, row, pooled - 4);
                        judge(&heads, (row, pooled - 4), threshold, &mut cells);
                    }
                    next_last += 2;
                }
            }
        }
        cells
    }
}

/// The cells of row `y` whose score is at least `threshold`.
fn judge(heads: &Ring, (y, width): (usize, usize), threshold: f32, cells: &mut Vec<Cell>) {
    // The sigmoid of what is far below the threshold need not be known.
    let least = (threshold / (1.0 - threshold)).ln() - 0.01;
    let [other, face, left, top, right, bottom] = heads.channels(y);
    for x in (0..width).filter(|x| face[*x] - other[*x] >= least) {
        let score = probability(other[x], face[x]);
        if score >= threshold {
            cells.push(Cell { x, y, score, offsets: [left[x], top[x], right[x], bottom[x]] });
        }
    }
}

/// Softmax over the scores of "no face" and "face" is a sigmoid of their difference.
pub(super) fn probability(other: f32, face: f32) -> f32 {
    1.0 / (1.0 + (other - face).exp())
}
