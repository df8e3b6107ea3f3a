//! Convolutions, dense layers and pools over pictures that lie as pixels with their channels together.

#[cfg(target_arch = "x86_64")]
use super::amx::Tiles;
#[cfg(target_arch = "x86_64")]
use super::kernel::Fixed;
use super::kernel::{Kernels, MOST_ROWS, Tile, Wide, widely};
#[cfg(target_arch = "x86_64")]
use super::pairs::Pairs;
use super::winograd::Winograd;

/// 64 bytes: a cache line, and one register of AVX-512.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Line(pub(super) [f32; 16]);

/// Weights in the order the kernels read them: panels of 32 or 16 columns, each `depth` rows.
pub(super) struct Packed {
    lines: Vec<Line>,
    /// Columns of each panel.
    panels: Vec<usize>,
    bias: Vec<f32>,
    slope: Option<Vec<f32>>,
    depth: usize,
    kernels: Kernels,
    /// In place of the lines, where fixed point pays.
    #[cfg(target_arch = "x86_64")]
    fixed: Option<FixedWeights>,
}

/// Weights in fixed point.
#[cfg(target_arch = "x86_64")]
enum FixedWeights {
    Pairs(Pairs),
    Tiles(Tiles),
}

/// Activation of a layer.
pub(super) enum Activation {
    /// None.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `max(x, 0) + slope · min(x, 0)`, a slope a column.
    Prelu(Vec<f32>),
}

/// Layers with fewer taps than this stay in f32: bringing them to fixed point would cost more than it saves.
#[cfg(target_arch = "x86_64")]
const LEAST_TAPS: usize = 64;

/// What happens to sums in fixed point: bias, what is in the output already, activation.
#[cfg(target_arch = "x86_64")]
pub(super) struct Finish<'a, 'b> {
    pub(super) bias: &'a [f32],
    pub(super) slope: Option<&'a [f32]>,
    pub(super) outputs: &'a mut [Output<'b>],
    pub(super) add: bool,
}

/// Where so many columns of every row go: row `i` to `data[rows[i]..]`.
pub(super) struct Output<'a> {
    pub(super) data: &'a mut [f32],
    pub(super) rows: &'a [u32],
    pub(super) columns: usize,
}

/// The output that holds a column, and the column's place in it.
pub(super) fn place(outputs: &[Output<'_>], mut column: usize) -> (usize, usize) {
    let mut number = 0;
    while column >= outputs[number].columns {
        column -= outputs[number].columns;
        number += 1;
    }
    (number, column)
}

/// Where the rows' input lies: `rows[i] + segments[j] ..+ depth`.
#[derive(Clone, Copy)]
pub(super) struct Gather<'a> {
    pub(super) data: &'a [f32],
    pub(super) rows: &'a [u32],
    pub(super) segments: &'a [usize],
    pub(super) depth: usize,
    /// Numbers of one of the pictures that lie in the data one behind the other.
    pub(super) picture: usize,
}

/// Bias and slope (see [`Packed`]) for so many columns, filled up with zeros.
pub(super) fn ends(bias: &[f32], activation: &Activation, padded: usize) -> (Vec<f32>, Option<Vec<f32>>) {
    let filled = |values: &[f32]| {
        let mut values = values.to_vec();
        values.resize(padded, 0.0);
        values
    };
    let slope = match activation {
        Activation::Identity => None,
        Activation::Relu => Some(vec![0.0; padded]),
        Activation::Prelu(slope) => Some(filled(slope)),
    };
    (filled(bias), slope)
}

impl Packed {
    /// Packs `depth` rows of `columns` weights, row by row. Columns are filled up with zeros to a multiple of 16.
    pub(super) fn new(kernels: Kernels, weights: &[f32], bias: &[f32], activation: &Activation) -> Self {
        let columns = bias.len();
        let depth = weights.len() / columns;
        let padded = columns.next_multiple_of(16);
        let mut panels = Vec::new();
        let mut left = padded;
        while left > 0 {
            let panel = if left >= kernels.columns { kernels.columns } else { 16 };
            panels.push(panel);
            left -= panel;
        }
        let mut lines = vec![Line([0.0; 16]); depth * padded / 16];
        let mut at = 0;
        let mut first = 0;
        for panel in &panels {
            for row in 0..depth {
                for part in (0..*panel).step_by(16) {
                    let from = (first + part).min(columns);
                    let to = (first + part + 16).min(columns);
                    lines[at].0[..to - from].copy_from_slice(&weights[row * columns + from..row * columns + to]);
                    at += 1;
                }
            }
            first += panel;
        }
        let (bias, slope) = ends(bias, activation, padded);
        Self {
            lines,
            panels,
            bias,
            slope,
            depth,
            kernels,
            #[cfg(target_arch = "x86_64")]
            fixed: None,
        }
    }

    /// The same for rows that lie in `segments` runs of `depth` numbers; in fixed point where the kernels have it.
    fn in_segments(
        kernels: Kernels,
        weights: &[f32],
        bias: &[f32],
        activation: &Activation,
        (segments, depth): (usize, usize),
    ) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(fixed) = kernels.fixed.filter(|_| segments * depth >= LEAST_TAPS) {
            let fixed = match fixed {
                Fixed::Pairs(width) => FixedWeights::Pairs(Pairs::new(width, weights, bias.len(), (segments, depth))),
                Fixed::Tiles => FixedWeights::Tiles(Tiles::new(weights, bias.len(), segments * depth)),
            };
            let plain = Self::new(kernels, &[], bias, activation);
            return Self { fixed: Some(fixed), depth: segments * depth, ..plain };
        }
        debug_assert_eq!(weights.len(), segments * depth * bias.len());
        Self::new(kernels, weights, bias, activation)
    }

    /// Columns written for each row.
    pub(super) fn columns(&self) -> usize {
        self.bias.len()
    }

    /// Computes every row of `input` into the outputs, which take the columns one after the other; adds to what is there
    /// when `add`.
    ///
    /// # Panics
    /// When a row would read or write outside its slice, and when an output that is not the only one begins or ends inside
    /// a panel.
    pub(super) fn run(&self, input: Gather<'_>, outputs: &mut [Output<'_>], add: bool) {
        let Gather { data, rows: from, segments, depth, .. } = input;
        let count = from.len();
        let furthest = |rows: &[u32]| rows.iter().max().map_or(0, |row| *row as usize);
        let reach = segments.iter().max().map_or(0, |segment| segment + depth);
        assert!(segments.len() * depth == self.depth);
        assert!(count == 0 || furthest(from) + reach <= data.len());
        let mut columns = 0;
        for output in outputs.iter() {
            assert!(output.rows.len() == count && output.columns > 0);
            assert!(count == 0 || furthest(output.rows) + output.columns <= output.data.len());
            columns += output.columns;
        }
        assert!(columns == self.columns());
        assert!(outputs.len() == 1 || outputs.iter().all(|output| output.columns.is_multiple_of(WIDEST_PANEL)));
        #[cfg(target_arch = "x86_64")]
        if let Some(fixed) = &self.fixed {
            let finish = &mut Finish { bias: &self.bias, slope: self.slope.as_deref(), outputs, add };
            return match fixed {
                FixedWeights::Pairs(pairs) => pairs.run(input, finish),
                FixedWeights::Tiles(tiles) => tiles.run(input, finish),
            };
        }
        let mut scrap = [0.0f32; 32];
        let scrap = scrap.as_mut_ptr();
        let height = self.kernels.rows;
        // As many rows at once as leave their input in the second-level cache while all columns pass by.
        let block = (BLOCK_NUMBERS / self.depth.max(1)).next_multiple_of(height).max(height);
        for start in (0..count).step_by(block) {
            let end = (start + block).min(count);
            let (mut line, mut column) = (0, 0);
            for panel in &self.panels {
                let kernel = if *panel == 16 { self.kernels.narrow } else { self.kernels.wide };
                let (number, first_column) = place(outputs, column);
                let (output, rows) = (outputs[number].data.as_mut_ptr(), outputs[number].rows);
                let mut tile = Tile {
                    input: [data.as_ptr(); MOST_ROWS],
                    output: [scrap; MOST_ROWS],
                    segments: segments.as_ptr(),
                    segment_count: segments.len(),
                    depth,
                    weights: self.lines[line..].as_ptr().cast(),
                    bias: self.bias[column..].as_ptr(),
                    slope: self.slope.as_ref().map_or(std::ptr::null(), |slope| slope[column..].as_ptr()),
                    add,
                };
                for first in (start..end).step_by(height) {
                    let rest = (end - first).min(height);
                    for row in 0..height {
                        if row < rest {
                            tile.input[row] = data.as_ptr().wrapping_add(from[first + row] as usize);
                            tile.output[row] = output.wrapping_add(rows[first + row] as usize + first_column);
                        } else {
                            tile.input[row] = tile.input[0];
                            tile.output[row] = scrap;
                        }
                    }
                    // SAFETY: the asserts above bound every row's input and output; a panel's weights, bias and slope
                    // were made with `depth` rows and `panel` columns; `Isa::choose` checked the instruction set.
                    unsafe { kernel(&tile) };
                }
                line += self.depth * panel / 16;
                column += panel;
            }
        }
    }
}

/// Columns of the widest panel of any kernel.
const WIDEST_PANEL: usize = 32;

/// Numbers of input that stay in the second-level cache (1 MiB) beside the weights that pass by.
const BLOCK_NUMBERS: usize = 128 * 1024;

/// A batch of pictures: `height × width` pixels of `channels` numbers, with a border of zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    /// Rows of zeros above and below, columns left and right.
    pub(super) border: (usize, usize),
}

impl Shape {
    pub(super) const fn new(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels, border: (0, 0) }
    }

    pub(super) const fn bordered(self, rows: usize, columns: usize) -> Self {
        Self { border: (rows, columns), ..self }
    }

    fn row(&self) -> usize {
        (self.width + 2 * self.border.1) * self.channels
    }

    /// Numbers of one picture.
    pub(super) fn len(&self) -> usize {
        (self.height + 2 * self.border.0) * self.row()
    }

    /// Where a pixel's channels begin; `y` and `x` count from the border's edge.
    pub(super) fn at(&self, picture: usize, y: usize, x: usize) -> usize {
        picture * self.len() + y * self.row() + x * self.channels
    }
}

/// A convolution between two shapes.
pub(super) enum Layer {
    /// Tap by tap.
    Plain(Plain),
    /// Of 3 × 3, where that is quicker.
    Mixed(Winograd),
}

/// A convolution that reads its taps where they lie.
pub(super) struct Plain {
    packed: Packed,
    from: Vec<u32>,
    /// Rows of each output, and its columns.
    to: Vec<(Vec<u32>, usize)>,
    segments: Vec<usize>,
    depth: usize,
    /// Numbers of one picture.
    picture: usize,
    /// Output pixels of one picture.
    pixels: usize,
}

/// A layer's numbers: weights row by row, a row a tap, a column an output.
pub(super) struct Numbers {
    pub(super) kernels: Kernels,
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) activation: Activation,
}

/// The window of a convolution.
#[derive(Clone, Copy)]
pub(super) struct Kernel {
    pub(super) height: usize,
    pub(super) width: usize,
    /// Channels read; may be fewer than the input has.
    pub(super) inputs: usize,
    pub(super) stride: usize,
    /// Zeros all round, so that the size stays: taken from the input's border.
    pub(super) same: bool,
}

impl Layer {
    /// A layer for up to `pictures` pictures, into `to`'s channels from `channel` on.
    pub(super) fn new(
        numbers: &Numbers,
        kernel: Kernel,
        (from, to): (Shape, Shape),
        channel: usize,
        pictures: usize,
    ) -> Self {
        let columns = numbers.bias.len().next_multiple_of(16);
        Self::joined(numbers, kernel, from, &[(to, channel, columns)], pictures)
    }

    /// Several layers that read the same pixels as one: its columns go, so many at a time, to the channels of each place in turn.
    ///
    /// # Panics
    /// When the places are not of one size.
    pub(super) fn joined(
        numbers: &Numbers,
        kernel: Kernel,
        from: Shape,
        places: &[(Shape, usize, usize)],
        pictures: usize,
    ) -> Self {
        let pad = if kernel.same { (kernel.height / 2, kernel.width / 2) } else { (0, 0) };
        assert!(from.border.0 >= pad.0 && from.border.1 >= pad.1, "the input's border is too narrow");
        let first = (from.border.0 - pad.0, from.border.1 - pad.1);
        if let ((3, 3, 1), [(to, channel, _)]) = ((kernel.height, kernel.width, kernel.stride), places)
            && numbers.kernels.is_f32()
            && Winograd::pays(kernel.inputs, from)
        {
            return Self::Mixed(Winograd::new(numbers, kernel.inputs, (from, first), (*to, *channel)));
        }
        // Neighbouring taps lie together when a pixel has no channels beside those that are read.
        let together = kernel.inputs == from.channels;
        let depth = if together { kernel.width * kernel.inputs } else { kernel.inputs };
        let columns = if together { 1 } else { kernel.width };
        let segments: Vec<usize> =
            (0..kernel.height).flat_map(|y| (0..columns).map(move |x| y * from.row() + x * from.channels)).collect();
        let Numbers { kernels, weights, bias, activation } = numbers;
        let packed = Packed::in_segments(*kernels, weights, bias, activation, (segments.len(), depth));
        let (height, width) = places.first().map_or((0, 0), |(to, ..)| (to.height, to.width));
        assert!(places.iter().all(|(to, ..)| (to.height, to.width) == (height, width)), "places of one size");
        let mut layer = Plain {
            packed,
            from: Vec::new(),
            to: places.iter().map(|(.., columns)| (Vec::new(), *columns)).collect(),
            segments,
            depth,
            picture: from.len(),
            pixels: height * width,
        };
        for picture in 0..pictures {
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                let input = from.at(picture, y * kernel.stride + first.0, x * kernel.stride + first.1);
                layer.from.push(input as u32);
                for ((to, channel, _), (rows, _)) in places.iter().zip(&mut layer.to) {
                    rows.push((to.at(picture, y + to.border.0, x + to.border.1) + channel) as u32);
                }
            }
        }
        Self::Plain(layer)
    }

    /// Runs over the first `pictures` pictures.
    pub(super) fn run(&self, pictures: usize, input: &[f32], output: &mut [f32]) {
        self.pass(pictures, input, [output], false);
    }

    /// The same for a layer with several outputs.
    pub(super) fn run_into<const N: usize>(&self, pictures: usize, input: &[f32], outputs: [&mut [f32]; N]) {
        self.pass(pictures, input, outputs, false);
    }

    /// The same, added to what is in the output.
    pub(super) fn add(&self, pictures: usize, input: &[f32], output: &mut [f32]) {
        self.pass(pictures, input, [output], true);
    }

    fn pass<const N: usize>(&self, pictures: usize, data: &[f32], outputs: [&mut [f32]; N], add: bool) {
        match self {
            Self::Plain(plain) => plain.pass(pictures, data, outputs, add),
            Self::Mixed(mixed) => {
                assert!(!add, "a residual is added by a convolution of 1 × 1");
                for output in outputs {
                    mixed.run(pictures, data, output);
                }
            }
        }
    }
}

impl Plain {
    fn pass<const N: usize>(&self, pictures: usize, data: &[f32], outputs: [&mut [f32]; N], add: bool) {
        assert!(self.to.len() == N, "an output for each place");
        let count = pictures * self.pixels;
        let gather = Gather {
            data: &data[..pictures * self.picture],
            rows: &self.from[..count],
            segments: &self.segments,
            depth: self.depth,
            picture: self.picture,
        };
        let mut number = 0;
        let mut outputs = outputs.map(|data| {
            let (rows, columns) = &self.to[number];
            number += 1;
            Output { data, rows: &rows[..count], columns: *columns }
        });
        self.packed.run(gather, &mut outputs, add);
    }
}

/// Max pool into `to`'s channels from `channel` on, sixteen channels at a time; windows that hang over the edge are cut. Borders of `from` are not
/// looked at.
pub(super) fn max_pool(
    window: (usize, usize),
    pictures: usize,
    input: (&[f32], Shape),
    output: (&mut [f32], Shape),
    channel: usize,
) {
    widely(Pooling { window, pictures, input, output, channel });
}

/// What [`max_pool`] is given.
struct Pooling<'a> {
    window: (usize, usize),
    pictures: usize,
    input: (&'a [f32], Shape),
    output: (&'a mut [f32], Shape),
    channel: usize,
}

impl Wide for Pooling<'_> {
    #[allow(clippy::inline_always, reason = "compiled inside a function that has the instruction set")]
    #[inline(always)]
    fn run(self) {
        let Self { window: (size, stride), pictures, input: (input, from), output: (output, to), channel } = self;
        let pixels = (0..to.height).flat_map(|y| (0..to.width).map(move |x| (y, x)));
        for (picture, (y, x)) in (0..pictures).flat_map(|picture| pixels.clone().map(move |pixel| (picture, pixel))) {
            let at = to.at(picture, y + to.border.0, x + to.border.1) + channel;
            let (rows, columns) = (size.min(from.height - y * stride), size.min(from.width - x * stride));
            let window = &input[from.at(picture, y * stride + from.border.0, x * stride + from.border.1)..];
            for (block, best) in output[at..at + from.channels].as_chunks_mut::<16>().0.iter_mut().enumerate() {
                // The maxima of 16 channels stay in registers while the window passes by.
                let mut most = [f32::NEG_INFINITY; 16];
                for row in 0..rows {
                    for column in 0..columns {
                        let tap = row * from.row() + column * from.channels + 16 * block;
                        for (most, value) in most.iter_mut().zip(&window[tap..tap + 16]) {
                            *most = if *value > *most { *value } else { *most };
                        }
                    }
                }
                *best = most;
            }
        }
    }
}
