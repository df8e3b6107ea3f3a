//! FaceNet's forward pass on the card: pictures as rows of pixels with their channels together, and a convolution as one
//! matrix product whose end adds the bias, the residual and the `ReLU`.
//!
//! Buffers are reused by all layers. Branches are written into slices of one buffer, where they lie side by side as the next
//! layer wants them.

use std::sync::Arc;

use candle_core::cuda_backend::cudarc;
use cudarc::cublaslt::{Activation, CudaBlasLT, Matmul as _, MatmulConfig};
use cudarc::driver::{CudaFunction, CudaModule, CudaSlice, CudaStream, CudaView, PushKernelArg as _};
use half::f16;

use super::super::VisionError;
use super::super::facenet::CROP_SIDE;
use super::network::{Conv, FIRST, Network, Reduction, Residual};
use super::{failed, grid};

/// Bytes of a crop.
pub(super) const CROP_BYTES: usize = 3 * (CROP_SIDE * CROP_SIDE) as usize;
/// Crops that go through the stem together: its pictures are large, and so many fill the card.
const STEM: usize = 32;

/// Numbers of a crop's picture after the stem, after `Mixed_6a`, and the most that branches need.
const VALUE: usize = 17 * 17 * 256;
const NEXT: usize = 8 * 8 * 896;
const BRANCHES: usize = 17 * 17 * 192;
/// Numbers of a crop's largest picture in the stem, of its widest rows of taps there, and after it.
const STEM_VALUE: usize = 77 * 77 * 64;
const STEM_COLUMNS: usize = 77 * 77 * 288;
const COLUMNS: usize = 17 * 17 * 1728;

/// Where pictures lie: their first channel's numbers, sizes, and the channels from one pixel to the next.
struct Pictures<'a> {
    numbers: CudaView<'a, f16>,
    count: usize,
    side: usize,
    channels: usize,
}

impl<'a> Pictures<'a> {
    /// A whole buffer, by count, side and channels.
    fn all(numbers: &'a CudaSlice<f16>, (count, side, channels): (usize, usize, usize)) -> Self {
        Self { numbers: numbers.as_view(), count, side, channels }
    }
}

/// A stream of its own with what it computes in.
pub(super) struct Lane {
    run: Run,
    crops: CudaSlice<u8>,
    columns: CudaSlice<f16>,
    one: CudaSlice<f16>,
    two: CudaSlice<f16>,
    value: CudaSlice<f16>,
    next: CudaSlice<f16>,
    branches: CudaSlice<f16>,
}

impl Lane {
    /// Room for `most` crops.
    pub(super) fn new(stream: &Arc<CudaStream>, module: &Arc<CudaModule>, most: usize) -> Result<Self, VisionError> {
        let stem = most.min(STEM);
        let room = |numbers: usize| stream.alloc_zeros::<f16>(numbers).map_err(failed);
        let function = |name: &str| module.load_function(name).map_err(failed);
        Ok(Self {
            crops: stream.alloc_zeros(most * CROP_BYTES).map_err(failed)?,
            columns: room((stem * STEM_COLUMNS).max(most * COLUMNS))?,
            one: room(stem * STEM_VALUE)?,
            two: room(stem * STEM_VALUE)?,
            value: room(most * VALUE)?,
            next: room(most * NEXT)?,
            branches: room(most * BRANCHES)?,
            run: Run {
                blas: CudaBlasLT::new(Arc::clone(stream)).map_err(failed)?,
                first_columns: function("first_columns")?,
                columns: function("columns")?,
                pool: function("pool")?,
                means: function("means")?,
                stream: Arc::clone(stream),
            },
        })
    }

    /// Embeddings, not normalised, of crops given in pieces, one after another.
    pub(super) fn embed<'a>(
        &mut self,
        network: &Network,
        pieces: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Vec<f16>, VisionError> {
        let mut at = 0;
        for piece in pieces {
            self.run.stream.memcpy_htod(piece, &mut self.crops.slice_mut(at..at + piece.len())).map_err(failed)?;
            at += piece.len();
        }
        let count = at / CROP_BYTES;
        for start in (0..count).step_by(STEM) {
            self.stem(network, start, STEM.min(count - start))?;
        }
        let Self { run, columns, value, next, branches, .. } = self;
        for block in &network.block35 {
            run.residual(block, value, (count, 17), branches, columns)?;
        }
        run.reduce(&network.mixed_6a, value, (count, 17), next, branches, columns)?;
        for block in &network.block17 {
            run.residual(block, next, (count, 8), branches, columns)?;
        }
        run.reduce(&network.mixed_7a, next, (count, 8), value, branches, columns)?;
        for block in &network.block8 {
            run.residual(block, value, (count, 3), branches, columns)?;
        }
        let width = network.bottleneck.outputs;
        run.means(value, branches, count)?;
        run.product(&network.bottleneck, (&branches.as_view(), 1792), count, (next, 0, width), End::Plain)?;
        let mut embeddings = vec![f16::ZERO; count * width];
        run.stream.memcpy_dtoh(&next.slice(..count * width), &mut embeddings).map_err(failed)?;
        run.stream.synchronize().map_err(failed)?;
        Ok(embeddings)
    }

    /// Crops from `start` on, up to the picture of 17 × 17 pixels.
    fn stem(&mut self, network: &Network, start: usize, count: usize) -> Result<(), VisionError> {
        let Self { run, crops, columns, one, two, value, .. } = self;
        let [first, second, third, fourth, fifth, sixth] = &network.stem;
        let crops = crops.slice(start * CROP_BYTES..(start + count) * CROP_BYTES);
        run.first_columns(&crops, columns, count)?;
        run.product(first, (&columns.as_view(), FIRST), count * 79 * 79, (one, 0, 32), End::Relu)?;
        run.conv(second, &Pictures::all(one, (count, 79, 32)), (two, 0, 32), columns)?;
        run.conv(third, &Pictures::all(two, (count, 77, 32)), (one, 0, 64), columns)?;
        run.pool(&Pictures::all(one, (count, 77, 64)), (two, 0, 64))?;
        run.conv(fourth, &Pictures::all(two, (count, 38, 64)), (one, 0, 80), columns)?;
        run.conv(fifth, &Pictures::all(one, (count, 38, 80)), (two, 0, 192), columns)?;
        run.conv(sixth, &Pictures::all(two, (count, 36, 192)), (value, start * VALUE, 256), columns)
    }
}

/// What ends a product.
#[derive(Clone, Copy)]
enum End {
    Plain,
    Relu,
    /// The product times a number is added to what is there; with `ReLU` or without.
    Added(f32, bool),
}

/// A buffer, the first number in it, and the numbers from one row to the next.
type Place<'a> = (&'a mut CudaSlice<f16>, usize, usize);

/// Puts work on a stream.
struct Run {
    stream: Arc<CudaStream>,
    blas: CudaBlasLT,
    first_columns: CudaFunction,
    columns: CudaFunction,
    pool: CudaFunction,
    means: CudaFunction,
}

impl Run {
    fn residual(
        &self,
        block: &Residual,
        value: &mut CudaSlice<f16>,
        (count, side): (usize, usize),
        branches: &mut CudaSlice<f16>,
        columns: &mut CudaSlice<f16>,
    ) -> Result<(), VisionError> {
        let (rows, channels, width) = (count * side * side, block.down.inputs, block.down.outputs);
        self.product(&block.down, (&value.as_view(), channels), rows, (branches, 0, width), End::Relu)?;
        for (from, conv) in &block.steps {
            self.in_place(conv, branches, (count, side), (*from, width), columns)?;
        }
        let end = End::Added(block.scale, block.relu);
        self.product(&block.up, (&branches.as_view(), width), rows, (value, 0, channels), end)
    }

    fn reduce(
        &self,
        block: &Reduction,
        value: &CudaSlice<f16>,
        (count, side): (usize, usize),
        to: &mut CudaSlice<f16>,
        branches: &mut CudaSlice<f16>,
        columns: &mut CudaSlice<f16>,
    ) -> Result<(), VisionError> {
        let (channels, width, all) = (block.down.inputs, block.down.outputs, block.pool_to + block.down.inputs);
        self.product(&block.down, (&value.as_view(), channels), count * side * side, (branches, 0, width), End::Relu)?;
        for (from, conv) in &block.steps {
            self.in_place(conv, branches, (count, side), (*from, width), columns)?;
        }
        for (from, conv, place) in &block.ends {
            let (numbers, channels) = from.map_or((value.as_view(), channels), |from| (branches.slice(from..), width));
            self.conv(conv, &Pictures { numbers, count, side, channels }, (to, *place, all), columns)?;
        }
        self.pool(&Pictures { numbers: value.as_view(), count, side, channels }, (to, block.pool_to, all))
    }

    /// The channels from `from` on become their convolution, which does not change the picture's size.
    fn in_place(
        &self,
        conv: &Conv,
        branches: &mut CudaSlice<f16>,
        (count, side): (usize, usize),
        (from, channels): (usize, usize),
        columns: &mut CudaSlice<f16>,
    ) -> Result<(), VisionError> {
        let pictures = Pictures { numbers: branches.slice(from..), count, side, channels };
        let (rows, row) = self.columns(conv, &pictures, columns)?;
        self.product(conv, (&columns.as_view(), row), rows, (branches, from, channels), End::Relu)
    }

    fn conv(
        &self,
        conv: &Conv,
        from: &Pictures<'_>,
        to: Place<'_>,
        columns: &mut CudaSlice<f16>,
    ) -> Result<(), VisionError> {
        if conv.taps == (1, 1) {
            let rows = from.count * from.side * from.side;
            return self.product(conv, (&from.numbers, from.channels), rows, to, End::Relu);
        }
        let (rows, row) = self.columns(conv, from, columns)?;
        self.product(conv, (&columns.as_view(), row), rows, to, End::Relu)
    }

    /// `rows` of pixels times the weights. The card's library counts rows where we count columns.
    fn product(
        &self,
        conv: &Conv,
        (from, from_row): (&CudaView<'_, f16>, usize),
        rows: usize,
        (to, start, to_row): Place<'_>,
        end: End,
    ) -> Result<(), VisionError> {
        let depth = if conv.inputs == 3 { FIRST } else { conv.inputs * conv.taps.0 * conv.taps.1 };
        let (alpha, beta, relu) = match end {
            End::Plain => (1.0, 0.0, false),
            End::Relu => (1.0, 0.0, true),
            End::Added(scale, relu) => (scale, 1.0, relu),
        };
        let sizes = MatmulConfig {
            transa: false,
            transb: false,
            transc: false,
            m: conv.outputs as u64,
            n: rows as u64,
            k: depth as u64,
            alpha,
            lda: conv.outputs as i64,
            ldb: from_row as i64,
            beta,
            ldc: to_row as i64,
            stride_a: None,
            stride_b: None,
            stride_c: None,
            stride_bias: None,
            batch_size: None,
        };
        // The last row ends with its own numbers, which the slices' bounds check.
        let from = from.slice(..(rows - 1) * from_row + depth);
        let mut to = to.slice_mut(start..start + (rows - 1) * to_row + conv.outputs);
        let (weight, bias) = (conv.weight.as_view(), conv.bias.as_view());
        // SAFETY: the slices hold all rows of these sizes, and nothing else runs on this lane's buffers.
        unsafe { self.blas.matmul(sizes, &weight, &from, &mut to, Some(&bias), relu.then_some(&Activation::Relu)) }
            .map_err(failed)
    }

    /// The taps of every output pixel as a row; how many rows, and how long.
    fn columns(
        &self,
        conv: &Conv,
        from: &Pictures<'_>,
        to: &mut CudaSlice<f16>,
    ) -> Result<(usize, usize), VisionError> {
        let ((tap_rows, tap_columns), (above, left)) = (conv.taps, conv.padding);
        let out = |padding: usize, taps: usize| (from.side + 2 * padding - taps) / conv.stride + 1;
        let (height, width) = (out(above, tap_rows), out(left, tap_columns));
        let (rows, row) = (from.count * height * width, conv.inputs * tap_rows * tap_columns);
        let total = (rows * row / 8) as i32;
        let mut to = to.slice_mut(..rows * row);
        let side = from.side as i32;
        let (eights, row_eights) = ((conv.inputs / 8) as i32, (from.channels / 8) as i32);
        let sizes = [height, width, tap_rows, tap_columns, conv.stride, above, left].map(|size| size as i32);
        let mut launch = self.stream.launch_builder(&self.columns);
        launch.arg(&from.numbers).arg(&mut to).arg(&total).arg(&side).arg(&side).arg(&eights).arg(&row_eights);
        for size in &sizes {
            launch.arg(size);
        }
        // SAFETY: `total` eights are written, which the slice holds; read is what lies in the pictures.
        unsafe { launch.launch(grid(total)) }.map_err(failed)?;
        Ok((rows, row))
    }

    fn first_columns(
        &self,
        crops: &CudaView<'_, u8>,
        to: &mut CudaSlice<f16>,
        count: usize,
    ) -> Result<(), VisionError> {
        let mut to = to.slice_mut(..count * 79 * 79 * FIRST);
        let crop_count = count as i32;
        let mut launch = self.stream.launch_builder(&self.first_columns);
        launch.arg(crops).arg(&mut to).arg(&crop_count);
        // SAFETY: so many eights are written, which the slice holds; read is what lies in the crops.
        unsafe { launch.launch(grid(crop_count * 79 * 79 * 4)) }.map_err(failed)?;
        Ok(())
    }

    /// 3 × 3 pixels at every second one, inside the picture.
    fn pool(&self, from: &Pictures<'_>, (to, start, row): Place<'_>) -> Result<(), VisionError> {
        let out = (from.side - 3) / 2 + 1;
        let pixels = from.count * out * out;
        let mut to = to.slice_mut(start..start + (pixels - 1) * row + from.channels);
        let total = (pixels * from.channels / 8) as i32;
        let sizes = [total, from.side as i32, from.side as i32, (from.channels / 8) as i32, out as i32, out as i32];
        let row_eights = (row / 8) as i32;
        let mut launch = self.stream.launch_builder(&self.pool);
        launch.arg(&from.numbers).arg(&mut to);
        for size in &sizes {
            launch.arg(size);
        }
        launch.arg(&row_eights);
        // SAFETY: the slice holds all pixels' rows; read is what lies in the pictures.
        unsafe { launch.launch(grid(total)) }.map_err(failed)?;
        Ok(())
    }

    fn means(&self, from: &CudaSlice<f16>, to: &mut CudaSlice<f16>, count: usize) -> Result<(), VisionError> {
        let (total, channels) = ((count * 1792) as i32, 1792);
        let mut launch = self.stream.launch_builder(&self.means);
        launch.arg(from).arg(to).arg(&total).arg(&channels);
        // SAFETY: both buffers hold more than a crop's numbers for every crop.
        unsafe { launch.launch(grid(total)) }.map_err(failed)?;
        Ok(())
    }
}
