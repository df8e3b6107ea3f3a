//! Convolutions of 3 × 3 by Winograd's F(2 × 2, 3 × 3) (Lavin and Gray 2015, arXiv 1509.09308): four pixels of the output at a
//! time, from 16 mixtures of 16 pixels of the input, so 16 products for 36. Sums are as exact as those of plain taps to a few
//! of the last bits, since all mixtures are sums of few numbers.

use std::cell::RefCell;

use super::kernel::{Kernels, Square};
use super::layer::{Activation, Gather, Numbers, Output, Packed, Shape, ends};

/// Squares of 2 × 2 pixels in one pass: their mixtures stay in the second-level cache, and every kernel's tile fits in.
const SQUARES: usize = 24;
/// Mixtures of a square.
const MIXTURES: usize = 16;
/// Channels come in whole registers of the widest kind.
const LANES: usize = 16;

thread_local! {
    /// Mixtures of the input, their products with the weights, and what nobody looks at.
    static ROOM: RefCell<[Vec<f32>; 3]> = const { RefCell::new([Vec::new(), Vec::new(), Vec::new()]) };
}

/// One layer.
pub(super) struct Winograd {
    kernels: Kernels,
    /// The weights of each mixture.
    products: Vec<Packed>,
    bias: Vec<f32>,
    /// See [`Packed`].
    slope: Option<Vec<f32>>,
    inputs: usize,
    from: Shape,
    /// Where the window of the first pixel begins.
    first: (usize, usize),
    to: Shape,
    channel: usize,
    /// Where each square's mixtures begin, and its products.
    rows: [Vec<u32>; 2],
}

/// Numbers from one mixture of a pass to the next: a cache line more than there are, or all of a square's would want the same few
/// places of the innermost cache.
const fn step(channels: usize) -> usize {
    SQUARES * channels + LANES
}

/// Three weights as the four that the mixtures are multiplied with.
fn mixed_weights([a, b, c]: [f64; 3]) -> [f64; 4] {
    [a, 0.5 * (a + b + c), 0.5 * (a - b + c), c]
}

impl Winograd {
    /// Whether a layer that reads so many channels of a picture with so many is quicker this way.
    pub(super) fn pays(inputs: usize, from: Shape) -> bool {
        inputs >= 16 && from.channels.is_multiple_of(LANES)
    }

    /// A layer whose windows begin at `first` in the input; it writes `to`'s channels from `channel` on.
    pub(super) fn new(
        numbers: &Numbers,
        inputs: usize,
        (from, first): (Shape, (usize, usize)),
        (to, channel): (Shape, usize),
    ) -> Self {
        let Numbers { kernels, weights, bias, activation } = numbers;
        let columns = bias.len();
        let mut mixtures = vec![vec![0.0; inputs * columns]; MIXTURES];
        for at in 0..inputs * columns {
            let rows: [[f64; 4]; 3] = std::array::from_fn(|row| {
                mixed_weights(std::array::from_fn(|tap| f64::from(weights[(3 * row + tap) * inputs * columns + at])))
            });
            for column in 0..4 {
                let down = mixed_weights(rows.map(|row| row[column]));
                for (row, value) in down.into_iter().enumerate() {
                    mixtures[4 * row + column][at] = value as f32;
                }
            }
        }
        let plain = kernels.in_f32();
        let nothing = vec![0.0; columns];
        let pack = |weights: Vec<f32>| Packed::new(plain, &weights, &nothing, &Activation::Identity);
        let padded = columns.next_multiple_of(16);
        let (bias, slope) = ends(bias, activation, padded);
        let places = |step: usize| (0..SQUARES).map(|square| (square * step) as u32).collect();
        Self {
            products: mixtures.into_iter().map(pack).collect(),
            bias,
            slope,
            kernels: plain,
            inputs,
            from,
            first,
            to,
            channel,
            rows: [places(from.channels), places(padded)],
        }
    }

    /// Runs over the first `pictures` pictures.
    ///
    /// # Panics
    /// When a slice is too short.
    pub(super) fn run(&self, pictures: usize, input: &[f32], output: &mut [f32]) {
        let (channels, columns) = (self.from.channels, self.bias.len());
        assert!(input.len() >= pictures * self.from.len() && output.len() >= pictures * self.to.len());
        assert!(self.channel + columns <= self.to.channels);
        let squares = pictures * self.to.height.div_ceil(2) * self.to.width.div_ceil(2);
        ROOM.with_borrow_mut(|[mixed, products, scrap]| {
            let grow = |room: &mut Vec<f32>, length: usize| room.resize(length.max(room.len()), 0.0);
            grow(mixed, MIXTURES * step(channels));
            grow(products, MIXTURES * step(columns));
            grow(scrap, columns);
            for start in (0..squares).step_by(SQUARES) {
                let count = (squares - start).min(SQUARES);
                for number in 0..count {
                    let square = self.window(start + number, input, &mut mixed[number * channels..]);
                    // SAFETY: the asserts above bound the pixels, which are `channels` numbers each, and the room holds
                    // `MIXTURES` times a `step` of them; `Isa::choose` checked the instruction set.
                    unsafe { (self.kernels.mix)(&square) };
                }
                for (mixture, packed) in self.products.iter().enumerate() {
                    let data = &mixed[mixture * step(channels)..][..SQUARES * channels];
                    let rows = &self.rows[0][..count];
                    let gather = Gather { data, rows, segments: &[0], depth: self.inputs, picture: channels };
                    let data = &mut products[mixture * step(columns)..][..SQUARES * columns];
                    packed.run(gather, &mut [Output { data, rows: &self.rows[1][..count], columns }], false);
                }
                for number in 0..count {
                    let square = self.result(start + number, &products[number * columns..], output, scrap);
                    // SAFETY: as above, with `columns` numbers a pixel.
                    unsafe { (self.kernels.unmix)(&square) };
                }
            }
        });
    }

    /// The picture that a square lies in, and its row and column there.
    fn place(&self, square: usize) -> (usize, usize, usize) {
        let (high, wide) = (self.to.height.div_ceil(2), self.to.width.div_ceil(2));
        (square / (high * wide), 2 * (square / wide % high), 2 * (square % wide))
    }

    /// A square's window and where its mixtures go, each a [`step`] behind the one before. Where the window hangs over the
    /// edge, any pixel may stand for what is not there: only what hangs over depends on it.
    fn window(&self, square: usize, input: &[f32], mixed: &mut [f32]) -> Square {
        let Shape { height, width, channels, border } = self.from;
        let (picture, y, x) = self.place(square);
        let (last_y, last_x) = (height + 2 * border.0 - 1, width + 2 * border.1 - 1);
        let pixel = |at: usize| {
            let y = (y + at / 4 + self.first.0).min(last_y);
            input[self.from.at(picture, y, (x + at % 4 + self.first.1).min(last_x))..].as_ptr()
        };
        Square {
            from: std::array::from_fn(pixel),
            to: [mixed.as_mut_ptr(); 4],
            step: step(channels),
            channels,
            bias: std::ptr::null(),
            slope: std::ptr::null(),
        }
    }

    /// A square's products and where its pixels go; those that hang over the edge into the scrap.
    fn result(&self, square: usize, products: &[f32], output: &mut [f32], scrap: &mut [f32]) -> Square {
        let (picture, y, x) = self.place(square);
        let pixel = |at: usize| {
            let (y, x) = (y + at / 2, x + at % 2);
            if y < self.to.height && x < self.to.width {
                let place = self.to.at(picture, y + self.to.border.0, x + self.to.border.1);
                output[place + self.channel..].as_mut_ptr()
            } else {
                scrap.as_mut_ptr()
            }
        };
        Square {
            from: [products.as_ptr(); 16],
            to: [0, 1, 2, 3].map(pixel),
            step: step(self.bias.len()),
            channels: self.bias.len(),
            bias: self.bias.as_ptr(),
            slope: self.slope.as_ref().map_or(std::ptr::null(), Vec::as_ptr),
        }
    }
}
