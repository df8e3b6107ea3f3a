//! Rows that were computed last: all that P-Net ever holds of a picture.

/// Numbers of a row that lie behind its last pixel: what the widest kernel computes or reads too much.
pub(super) const SLACK: usize = 64;

/// Rows that were computed last, channel by channel.
pub(super) struct Ring {
    rows: usize,
    channels: usize,
    stride: usize,
    numbers: Vec<f32>,
}

impl Ring {
    /// For so many rows of `width` pixels.
    pub(super) fn new(rows: usize, width: usize, channels: usize) -> Self {
        let stride = width + SLACK;
        Self { rows, channels, stride, numbers: vec![0.0; rows * channels * stride] }
    }

    /// The channels of row `y`, [`Self::stride`] numbers from one to the next.
    pub(super) fn row(&self, y: usize) -> &[f32] {
        let length = self.channels * self.stride;
        &self.numbers[y % self.rows * length..][..length]
    }

    /// The same, to be written.
    pub(super) fn row_mut(&mut self, y: usize) -> &mut [f32] {
        let length = self.channels * self.stride;
        &mut self.numbers[y % self.rows * length..][..length]
    }

    /// How many channels there are.
    pub(super) fn count(&self) -> usize {
        self.channels
    }

    /// From one channel of a row to the next.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// The first channels of row `y`.
    pub(super) fn channels<const N: usize>(&self, y: usize) -> [&[f32]; N] {
        let row = self.row(y);
        std::array::from_fn(|channel| &row[channel * self.stride..][..self.stride])
    }
}
