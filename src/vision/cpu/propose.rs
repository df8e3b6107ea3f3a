//! P-Net on the processor: it runs over a picture of the pyramid row by row. The picture is resampled, convolved, pooled and judged
//! in a few rows that never leave the caches, and nothing the size of the picture is ever stored.

use super::Isa;
use super::planar::{Planar, PlanarWeights, Ring, halve};
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
    head: Planar,
    isa: Isa,
}

impl Propose {
    pub(super) fn new(weights: &Weights<'_>, isa: Isa) -> Result<Self, VisionError> {
        let layer = |number: usize, outputs: usize, inputs: usize| {
            let name = format!("pnet.conv{number}");
            Ok::<_, VisionError>(Planar::new(
                isa,
                PlanarWeights {
                    weights: &weights.numbers(&format!("{name}.weight"), &[outputs, inputs, 3, 3])?,
                    bias: weights.numbers(&format!("{name}.bias"), &[outputs])?,
                    slope: Some(weights.numbers(&format!("pnet.prelu{number}.weight"), &[outputs])?),
                    inputs,
                    side: 3,
                },
            ))
        };
        let (mut head, mut bias) = (Vec::new(), Vec::new());
        for (name, count) in [("pnet.conv4_1", 2), ("pnet.conv4_2", 4)] {
            head.extend(weights.numbers(&format!("{name}.weight"), &[count, 32, 1, 1])?);
            bias.extend(weights.numbers(&format!("{name}.bias"), &[count])?);
        }
        Ok(Self {
            first: layer(1, 10, 3)?,
            second: layer(2, 16, 10)?,
            third: layer(3, 32, 16)?,
            head: Planar::new(isa, PlanarWeights { weights: &head, bias, slope: None, inputs: 32, side: 1 }),
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
        let (wide, high) = (width - 2, height - 2);
        let pooled = wide.div_ceil(2);
        let mut rows = Rows::new(photo, Window::all(photo), width, height);
        let mut picture = Ring::new(4, width, 3);
        let mut first = Ring::new(2, wide, self.first.outputs());
        let mut second = Ring::new(3, pooled, self.first.outputs());
        let mut third = Ring::new(3, pooled - 2, self.second.outputs());
        let mut last = Ring::new(1, pooled - 4, self.third.outputs());
        let mut heads = Ring::new(1, pooled - 4, self.head.outputs());
        let mut read = 0;
        for y in 0..high.div_ceil(2) {
            // The pool reads two rows, or one when the number of rows is odd.
            let last_row = (2 * y + 1).min(high - 1);
            for row in 2 * y..=last_row {
                while read < row + 3 {
                    let stride = picture.stride();
                    let (red, rest) = picture.row_mut(read).split_at_mut(stride);
                    let (green, blue) = rest.split_at_mut(stride);
                    rows.next_planes(read, [red, green, blue]);
                    read += 1;
                }
                self.first.run(&picture, row, &mut first, row, wide);
            }
            halve(self.isa, &mut first, (y, last_row > 2 * y), &mut second, wide);
            if y >= 2 {
                self.second.run(&second, y - 2, &mut third, y - 2, pooled - 2);
            }
            if y >= 4 {
                self.third.run(&third, y - 4, &mut last, 0, pooled - 4);
                self.head.run(&last, 0, &mut heads, 0, pooled - 4);
                // The sigmoid of what is far below the threshold need not be known.
                let least = (threshold / (1.0 - threshold)).ln() - 0.01;
                let [other, face, left, top, right, bottom] = heads.channels(0);
                for x in (0..pooled - 4).filter(|x| face[*x] - other[*x] >= least) {
                    let score = probability(other[x], face[x]);
                    if score >= threshold {
                        cells.push(Cell { x, y: y - 4, score, offsets: [left[x], top[x], right[x], bottom[x]] });
                    }
                }
            }
        }
        cells
    }
}

/// Softmax over the scores of "no face" and "face" is a sigmoid of their difference.
pub(super) fn probability(other: f32, face: f32) -> f32 {
    1.0 / (1.0 + (other - face).exp())
}
