//! MTCNN's networks on the card. Each thread that asks gets a *lane* (a stream and buffers) of its own, so that photos
//! overlap. P-Net sees the photo once, all pictures of its pyramid together; only the cells that count come back.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::Device;
use candle_core::cuda_backend::cudarc;
use cudarc::driver::{
    CudaContext, CudaFunction, CudaModule, CudaSlice, CudaStream, DeviceRepr, LaunchConfig, PushKernelArg as _,
};
use cudarc::nvrtc::compile_ptx;

use super::super::VisionError;
use super::super::mtcnn::{Cascade, Cell, Decision, Refinement};
use super::super::resample::{Window, interleaved};
use super::super::weights::Weights;
use super::{failed, grid, open};
use crate::domain::Pixels;

/// Pictures of the pyramid in one pass; no pyramid has more unless a photo is larger than any camera's.
const LEVELS: usize = 24;
/// Side of the square of cells that a block of P-Net works on.
const TILE: usize = 16;
/// Cells that are read back at once; where there are more, the rest is fetched.
const FEW: usize = 2047;

/// As `Level` in the kernels.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Level {
    width: i32,
    height: i32,
    pixels: i32,
    tiles: i32,
}

/// As `Pyramid` in the kernels.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Pyramid {
    count: i32,
    pixels: i32,
    levels: [Level; LEVELS],
}

// SAFETY: plain numbers, laid out as the kernels' structure.
unsafe impl DeviceRepr for Pyramid {}

/// As `Cell` in the kernels; the first of a list counts the others in `level`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Found {
    level: i32,
    x: i32,
    y: i32,
    score: f32,
    offsets: [f32; 4],
}

// SAFETY: plain numbers, laid out as the kernels' structure.
unsafe impl DeviceRepr for Found {}
// SAFETY: all zeros are a value.
unsafe impl cudarc::driver::ValidAsZeroBits for Found {}

enum Step {
    /// A convolution without padding and, with `slope`, the `PReLU` after it.
    Conv { weight: CudaSlice<f32>, bias: CudaSlice<f32>, slope: Option<CudaSlice<f32>>, shape: (usize, usize, usize) },
    /// Max pool of this size, stride 2, that rounds its size up.
    Pool(usize),
}

/// R- or O-Net.
struct Judge {
    side: usize,
    /// Crops in one pass: bounds a lane's memory, some 30 MiB.
    batch: usize,
    steps: Vec<Step>,
    /// Numbers it gives for a crop.
    heads: usize,
}

/// A stream with its buffers, which grow as needed.
struct Lane {
    stream: Arc<CudaStream>,
    photo: CudaSlice<u8>,
    pictures: CudaSlice<f32>,
    found: CudaSlice<Found>,
    one: CudaSlice<f32>,
    two: CudaSlice<f32>,
}

/// The cascade on a card.
pub(in crate::vision) struct CudaMtcnn {
    context: Arc<CudaContext>,
    refine: Judge,
    decide: Judge,
    pyramid_of: CudaFunction,
    propose: CudaFunction,
    convolve: CudaFunction,
    pool: CudaFunction,
    lanes: Mutex<Vec<Lane>>,
}

struct Loader<'a> {
    weights: Weights<'a>,
    stream: Arc<CudaStream>,
}

impl Loader<'_> {
    /// A convolution `(outputs, inputs, side, side)` as rows of outputs, by tap and input; its bias and slope.
    fn numbers(&self, names: (&str, &str), shape: (usize, usize, usize)) -> Result<[Vec<f32>; 3], VisionError> {
        let (outputs, inputs, side) = shape;
        let weights = self.weights.numbers(&format!("{}.weight", names.0), &[outputs, inputs, side, side])?;
        let taps = side * side;
        let mut rows = Vec::with_capacity(weights.len());
        for (tap, input) in (0..taps).flat_map(|tap| (0..inputs).map(move |input| (tap, input))) {
            rows.extend((0..outputs).map(|output| weights[(output * inputs + input) * taps + tap]));
        }
        let bias = self.weights.numbers(&format!("{}.bias", names.0), &[outputs])?;
        Ok([rows, bias, self.weights.numbers(&format!("{}.weight", names.1), &[outputs])?])
    }

    fn conv(&self, net: &str, number: usize, shape: (usize, usize, usize)) -> Result<Step, VisionError> {
        let [weight, bias, slope] =
            self.numbers((&format!("{net}.conv{number}"), &format!("{net}.prelu{number}")), shape)?;
        self.step(&weight, &bias, Some(&slope), shape)
    }

    fn step(
        &self,
        weight: &[f32],
        bias: &[f32],
        slope: Option<&[f32]>,
        shape: (usize, usize, usize),
    ) -> Result<Step, VisionError> {
        let upload = |numbers: &[f32]| self.stream.clone_htod(numbers).map_err(failed);
        Ok(Step::Conv { weight: upload(weight)?, bias: upload(bias)?, slope: slope.map(upload).transpose()?, shape })
    }

    /// A dense layer as the convolution of a whole picture of 3 × 3 pixels. Caffe's weights count a picture's columns
    /// first, then rows, then channels.
    fn hidden(&self, name: &str, prelu: &str, (outputs, channels): (usize, usize)) -> Result<Step, VisionError> {
        let weights = self.weights.numbers(&format!("{name}.weight"), &[outputs, 9 * channels])?;
        let mut rows = Vec::with_capacity(weights.len());
        for row in 0..9 * channels {
            let (y, x, channel) = (row / channels / 3, row / channels % 3, row % channels);
            rows.extend((0..outputs).map(|output| weights[output * 9 * channels + (x * 3 + y) * channels + channel]));
        }
        let bias = self.weights.numbers(&format!("{name}.bias"), &[outputs])?;
        let slope = self.weights.numbers(&format!("{prelu}.weight"), &[outputs])?;
        self.step(&rows, &bias, Some(&slope), (outputs, channels, 3))
    }

    /// The last layers side by side, filled up with zeros to `outputs`.
    fn heads(&self, names: &[(&str, usize)], inputs: usize, outputs: usize) -> Result<Step, VisionError> {
        let (mut rows, mut bias) = (vec![0.0; inputs * outputs], Vec::new());
        for (name, count) in names {
            let weights = self.weights.numbers(&format!("{name}.weight"), &[*count, inputs])?;
            for (head, weights) in weights.chunks_exact(inputs).enumerate() {
                for (input, weight) in weights.iter().enumerate() {
                    rows[input * outputs + bias.len() + head] = *weight;
                }
            }
            bias.extend(self.weights.numbers(&format!("{name}.bias"), &[*count])?);
        }
        bias.resize(outputs, 0.0);
        self.step(&rows, &bias, None, (outputs, inputs, 1))
    }

    /// P-Net's numbers in the kernel's order.
    fn propose(&self) -> Result<Vec<f32>, VisionError> {
        let mut all = Vec::new();
        for (number, shape) in [(1, (10, 3, 3)), (2, (16, 10, 3)), (3, (32, 16, 3))] {
            let names = (format!("pnet.conv{number}"), format!("pnet.prelu{number}"));
            all.extend(self.numbers((&names.0, &names.1), shape)?.concat());
        }
        let (mut rows, mut bias) = (vec![0.0; 32 * 6], Vec::new());
        for (name, count) in [("pnet.conv4_1", 2), ("pnet.conv4_2", 4)] {
            let weights = self.weights.numbers(&format!("{name}.weight"), &[count, 32, 1, 1])?;
            for (head, weights) in weights.chunks_exact(32).enumerate() {
                for (input, weight) in weights.iter().enumerate() {
                    rows[input * 6 + bias.len() + head] = *weight;
                }
            }
            bias.extend(self.weights.numbers(&format!("{name}.bias"), &[count])?);
        }
        all.extend(rows);
        all.extend(bias);
        Ok(all)
    }

    fn refine(&self) -> Result<Judge, VisionError> {
        let steps = vec![
            self.conv("rnet", 1, (28, 3, 3))?,
            Step::Pool(3),
            self.conv("rnet", 2, (48, 28, 3))?,
            Step::Pool(3),
            self.conv("rnet", 3, (64, 48, 2))?,
            self.hidden("rnet.dense4", "rnet.prelu4", (128, 64))?,
            self.heads(&[("rnet.dense5_1", 2), ("rnet.dense5_2", 4)], 128, 8)?,
        ];
        Ok(Judge { side: 24, batch: 256, steps, heads: 8 })
    }

    fn decide(&self) -> Result<Judge, VisionError> {
        let steps = vec![
            self.conv("onet", 1, (32, 3, 3))?,
            Step::Pool(3),
            self.conv("onet", 2, (64, 32, 3))?,
            Step::Pool(3),
            self.conv("onet", 3, (64, 64, 3))?,
            Step::Pool(2),
            self.conv("onet", 4, (128, 64, 2))?,
            self.hidden("onet.dense5", "onet.prelu5", (256, 128))?,
            self.heads(&[("onet.dense6_1", 2), ("onet.dense6_2", 4), ("onet.dense6_3", 10)], 256, 16)?,
        ];
        Ok(Judge { side: 48, batch: 64, steps, heads: 16 })
    }
}

impl CudaMtcnn {
    /// On the first card.
    ///
    /// # Errors
    /// [`VisionError`] when there is no card, its memory does not suffice, or a tensor is missing or wrong.
    pub(in crate::vision) fn new() -> Result<Self, VisionError> {
        let context = open()?;
        let stream = context.new_stream().map_err(failed)?;
        let module = context.load_module(compile_ptx(include_str!("cascade.cu")).map_err(failed)?).map_err(failed)?;
        let load = Loader { weights: Weights::mtcnn(&Device::Cpu)?, stream: Arc::clone(&stream) };
        upload(&module, &stream, &load.propose()?)?;
        let function = |name: &str| module.load_function(name).map_err(failed);
        let networks = Self {
            refine: load.refine()?,
            decide: load.decide()?,
            pyramid_of: function("pyramid_of")?,
            propose: function("propose")?,
            convolve: function("convolve")?,
            pool: function("pool")?,
            lanes: Mutex::default(),
            context,
        };
        stream.synchronize().map_err(failed)?;
        Ok(networks)
    }

    /// Does the work in a lane that nobody else uses. After an error the lane is not used again.
    fn in_lane<T>(&self, work: impl FnOnce(&mut Lane) -> Result<T, VisionError>) -> Result<T, VisionError> {
        let lanes = || self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let free = lanes().pop();
        let mut lane = match free {
            Some(lane) => lane,
            None => Lane::new(self.context.new_stream().map_err(failed)?)?,
        };
        let done = work(&mut lane)?;
        lanes().push(lane);
        Ok(done)
    }

    /// Cells of up to [`LEVELS`] pictures, in no order.
    fn cells(
        &self,
        lane: &mut Lane,
        photo: &Pixels,
        sizes: &[(usize, usize)],
        threshold: f32,
    ) -> Result<Vec<Found>, VisionError> {
        let mut pyramid = Pyramid { count: sizes.len() as i32, ..Pyramid::default() };
        let (mut pixels, mut tiles, mut most) = (0, 0, 0);
        for (level, (width, height)) in pyramid.levels.iter_mut().zip(sizes) {
            *level = Level { width: *width as i32, height: *height as i32, pixels: pixels as i32, tiles: tiles as i32 };
            let cells = |length: usize| (length.saturating_sub(1) / 2).saturating_sub(4);
            pixels += width * height;
            tiles += cells(*width).div_ceil(TILE) * cells(*height).div_ceil(TILE);
            most += cells(*width) * cells(*height);
        }
        if tiles == 0 {
            return Ok(Vec::new());
        }
        pyramid.pixels = pixels as i32;
        let Lane { stream, photo: place, pictures, found, .. } = lane;
        grow(stream, place, photo.rgb.len())?;
        grow(stream, pictures, 3 * pixels)?;
        grow(stream, found, 1 + most.max(FEW))?;
        stream.memcpy_htod(&photo.rgb, place).map_err(failed)?;
        let (width, height, room) = (photo.width as i32, photo.height as i32, most as i32);
        let mut launch = stream.launch_builder(&self.pyramid_of);
        launch.arg(&*place).arg(&width).arg(&height).arg(&pyramid).arg(&mut *pictures);
        // SAFETY: the buffers hold the photo and all pictures.
        unsafe { launch.launch(grid(8 * pixels as i32)) }.map_err(failed)?;
        stream.memset_zeros(&mut found.slice_mut(..1)).map_err(failed)?;
        let mut launch = stream.launch_builder(&self.propose);
        launch.arg(&*pictures).arg(&pyramid).arg(&threshold).arg(&mut *found).arg(&room);
        let blocks = LaunchConfig { grid_dim: (tiles as u32, 1, 1), block_dim: (256, 1, 1), shared_mem_bytes: 0 };
        // SAFETY: a block a tile, which its level's numbers describe; `found` holds every cell there is.
        unsafe { launch.launch(blocks) }.map_err(failed)?;
        let mut cells = vec![Found::default(); 1 + FEW];
        stream.memcpy_dtoh(&found.slice(..=FEW), &mut cells).map_err(failed)?;
        stream.synchronize().map_err(failed)?;
        let count = (cells[0].level as usize).min(most);
        if count > FEW {
            cells.resize(1 + count, Found::default());
            stream.memcpy_dtoh(&found.slice(1 + FEW..=count), &mut cells[1 + FEW..]).map_err(failed)?;
            stream.synchronize().map_err(failed)?;
        }
        Ok(cells[1..=count].to_vec())
    }

    /// A network's heads for every window, or for its mirror image.
    fn judge<const HEADS: usize>(
        &self,
        judge: &Judge,
        photo: &Pixels,
        windows: &[Window],
        mirrored: bool,
    ) -> Result<Vec<[f32; HEADS]>, VisionError> {
        let length = 3 * judge.side * judge.side;
        let mut answers = Vec::with_capacity(windows.len());
        for batch in windows.chunks(judge.batch) {
            let mut crops = vec![0.0; length * batch.len()];
            for (crop, window) in crops.chunks_exact_mut(length).zip(batch) {
                interleaved(photo, *window, judge.side, judge.side, crop);
                if mirrored {
                    flipped(crop, judge.side);
                }
            }
            let heads = self.in_lane(|lane| self.run(lane, judge, &crops, batch.len()))?;
            answers.extend_from_slice(heads.as_chunks().0);
        }
        Ok(answers)
    }

    fn run(&self, lane: &mut Lane, judge: &Judge, crops: &[f32], count: usize) -> Result<Vec<f32>, VisionError> {
        let Lane { stream, one, two, .. } = lane;
        let (mut from, mut to) = (one, two);
        let (mut side, mut channels) = (judge.side, 3);
        grow(stream, from, crops.len())?;
        stream.memcpy_htod(crops, from).map_err(failed)?;
        for step in &judge.steps {
            let in_side = side as i32;
            match step {
                Step::Conv { weight, bias, slope, shape: (outputs, inputs, taps) } => {
                    (side, channels) = (side + 1 - taps, *outputs);
                    let total = count * side * side * channels;
                    grow(stream, to, total)?;
                    let sizes = [(total / 4) as i32, in_side, *inputs as i32, *outputs as i32, *taps as i32];
                    let mut launch = stream.launch_builder(&self.convolve);
                    launch.arg(&*from).arg(weight).arg(bias);
                    match slope {
                        Some(slope) => launch.arg(slope),
                        None => launch.arg(&0u64),
                    };
                    launch.arg(&mut *to);
                    for size in &sizes {
                        launch.arg(size);
                    }
                    // SAFETY: the buffers hold `count` pictures of these sizes.
                    unsafe { launch.launch(grid(sizes[0])) }.map_err(failed)?;
                }
                Step::Pool(size) => {
                    side = (side - size).div_ceil(2) + 1;
                    let total = count * side * side * channels;
                    grow(stream, to, total)?;
                    let sizes = [total as i32, in_side, side as i32, channels as i32, *size as i32];
                    let mut launch = stream.launch_builder(&self.pool);
                    launch.arg(&*from).arg(&mut *to);
                    for size in &sizes {
                        launch.arg(size);
                    }
                    // SAFETY: the buffers hold `count` pictures of these sizes.
                    unsafe { launch.launch(grid(sizes[0])) }.map_err(failed)?;
                }
            }
            std::mem::swap(&mut from, &mut to);
        }
        let mut heads = vec![0.0; count * judge.heads];
        stream.memcpy_dtoh(&from.slice(..count * judge.heads), &mut heads).map_err(failed)?;
        stream.synchronize().map_err(failed)?;
        Ok(heads)
    }
}

impl Lane {
    fn new(stream: Arc<CudaStream>) -> Result<Self, VisionError> {
        Ok(Self {
            photo: stream.alloc_zeros(1).map_err(failed)?,
            pictures: stream.alloc_zeros(1).map_err(failed)?,
            found: stream.alloc_zeros(1).map_err(failed)?,
            one: stream.alloc_zeros(1).map_err(failed)?,
            two: stream.alloc_zeros(1).map_err(failed)?,
            stream,
        })
    }
}

/// Makes room for so many. What was in the buffer is lost.
fn grow<T: DeviceRepr + cudarc::driver::ValidAsZeroBits>(
    stream: &Arc<CudaStream>,
    buffer: &mut CudaSlice<T>,
    length: usize,
) -> Result<(), VisionError> {
    if buffer.len() < length {
        *buffer = stream.alloc_zeros(length + length / 4).map_err(failed)?;
    }
    Ok(())
}

/// P-Net's numbers into the kernels' constants.
fn upload(module: &Arc<CudaModule>, stream: &Arc<CudaStream>, numbers: &[f32]) -> Result<(), VisionError> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
    let mut place = module.get_global("PNET", stream).map_err(failed)?;
    if place.len() != bytes.len() {
        return Err(failed("the kernels do not fit the weights"));
    }
    stream.memcpy_htod(&bytes, &mut place).map_err(failed)
}

/// Pixels of a square crop, three numbers each, as a mirror shows them.
fn flipped(crop: &mut [f32], side: usize) {
    for row in crop.chunks_exact_mut(3 * side) {
        row.as_chunks_mut::<3>().0.reverse();
    }
}

/// The probability of the second of two classes.
fn face(other: f32, face: f32) -> f32 {
    1.0 / (1.0 + (other - face).exp())
}

impl Cascade for CudaMtcnn {
    fn propose(&self, photo: &Pixels, width: usize, height: usize, threshold: f32) -> Result<Vec<Cell>, VisionError> {
        Ok(self.propose_all(photo, &[(width, height)], threshold)?.pop().unwrap_or_default())
    }

    fn propose_all(
        &self,
        photo: &Pixels,
        sizes: &[(usize, usize)],
        threshold: f32,
    ) -> Result<Vec<Vec<Cell>>, VisionError> {
        let mut all = Vec::with_capacity(sizes.len());
        for sizes in sizes.chunks(LEVELS) {
            let mut found = self.in_lane(|lane| self.cells(lane, photo, sizes, threshold))?;
            found.sort_unstable_by_key(|cell| (cell.level, cell.y, cell.x));
            let mut levels: Vec<Vec<Cell>> = sizes.iter().map(|_| Vec::new()).collect();
            for Found { level, x, y, score, offsets } in found {
                levels[level as usize].push(Cell { x: x as usize, y: y as usize, score, offsets });
            }
            all.append(&mut levels);
        }
        Ok(all)
    }

    fn refine(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Refinement>, VisionError> {
        let answer = |[other, score, a, b, c, d, ..]: [f32; 8]| Refinement {
            score: face(other, score),
            offsets: [a, b, c, d],
        };
        Ok(self.judge(&self.refine, photo, windows, false)?.into_iter().map(answer).collect())
    }

    fn decide(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Decision>, VisionError> {
        Ok(self.judge(&self.decide, photo, windows, false)?.into_iter().map(decision).collect())
    }

    fn decide_mirrored(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Decision>, VisionError> {
        Ok(self.judge(&self.decide, photo, windows, true)?.into_iter().map(decision).collect())
    }
}

fn decision([other, score, a, b, c, d, landmarks @ ..]: [f32; 16]) -> Decision {
    Decision { score: face(other, score), offsets: [a, b, c, d], landmarks }
}
