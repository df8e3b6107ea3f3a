//! MTCNN's networks on the card. Each photo gets a *lane* (a stream and buffers) of its own, so that photos overlap. It is
//! uploaded once; P-Net sees all pictures of its pyramid together, crops are made there too, and only the cells that count
//! and the networks' answers come back.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::Device;
use candle_core::cuda_backend::cudarc;
use cudarc::driver::{
    CudaContext, CudaFunction, CudaModule, CudaSlice, CudaStream, DeviceRepr, LaunchConfig, PinnedHostSlice,
    PushKernelArg as _,
};
use cudarc::nvrtc::compile_ptx;

use super::super::VisionError;
use super::super::mtcnn::{Cell, Decision, OnPhoto, Refinement, TakesPhotos};
use super::super::resample::Window;
use super::super::weights::Weights;
use super::judges::{Judge, Loader, Step};
use super::{failed, grid, open};
use crate::domain::Pixels;

/// Pictures of the pyramid in one pass; no pyramid has more unless a photo is larger than any camera's.
const LEVELS: usize = 24;
/// Side of the square of cells that a block of P-Net works on.
const TILE: usize = 16;
/// Up to so many pixels of the photo under one of the pyramid's, one thread adds them up, and above it eight do.
const SPREAD: usize = 24;
/// Cells that are read back at once; where there are more, the rest is fetched.
const FEW: usize = 1023;

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

/// A stream with its buffers, which grow as needed.
struct Lane {
    stream: Arc<CudaStream>,
    /// The photo in memory that the card reads by itself.
    host: Option<PinnedHostSlice<u8>>,
    photo: CudaSlice<u8>,
    windows: CudaSlice<i32>,
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
    crops_of: CudaFunction,
    propose: CudaFunction,
    convolve: CudaFunction,
    pool: CudaFunction,
    lanes: Mutex<Vec<Lane>>,
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
            crops_of: function("crops_of")?,
            propose: function("propose")?,
            convolve: function("convolve")?,
            pool: function("pool")?,
            lanes: Mutex::default(),
            context,
        };
        stream.synchronize().map_err(failed)?;
        Ok(networks)
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
        grow(stream, pictures, 3 * pixels)?;
        grow(stream, found, 1 + most.max(FEW))?;
        let (width, height, room) = (photo.width as i32, photo.height as i32, most as i32);
        // Large pictures have few pixels of the photo under each of theirs, small ones have many.
        let large = |size: &(usize, usize)| size.0 * size.1 * SPREAD > photo.rgb.len() / 3;
        let split: usize = sizes.iter().take_while(|size| large(size)).map(|(width, height)| width * height).sum();
        for (start, end, lanes) in [(0, split, 1), (split, pixels, 8)] {
            if start == end {
                continue;
            }
            let range = [start as i32, end as i32, lanes];
            let mut launch = stream.launch_builder(&self.pyramid_of);
            launch.arg(&*place).arg(&width).arg(&height).arg(&pyramid).arg(&mut *pictures);
            for number in &range {
                launch.arg(number);
            }
            // SAFETY: the buffers hold the photo and all pictures.
            unsafe { launch.launch(grid((end - start) as i32 * lanes)) }.map_err(failed)?;
        }
        stream.memset_zeros(&mut found.slice_mut(..1)).map_err(failed)?;
        let mut launch = stream.launch_builder(&self.propose);
        launch.arg(&*pictures).arg(&pyramid).arg(&threshold).arg(&mut *found).arg(&room);
        let blocks = LaunchConfig { grid_dim: (tiles as u32, 1, 1), block_dim: (128, 1, 1), shared_mem_bytes: 0 };
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

    /// A network's heads for some windows of the photo, or for their mirror images.
    fn run(
        &self,
        lane: &mut Lane,
        judge: &Judge,
        (photo, windows, mirrored): (&Pixels, &[Window], bool),
    ) -> Result<Vec<f32>, VisionError> {
        let Lane { stream, photo: place, windows: edges, one, two, .. } = lane;
        let (mut from, mut to) = (one, two);
        let (mut side, mut channels) = (judge.side, 3);
        let count = windows.len();
        let numbers: Vec<i32> = (windows.iter())
            .flat_map(|window| [window.left, window.top, window.right, window.bottom].map(|edge| edge as i32))
            .collect();
        grow(stream, edges, numbers.len())?;
        grow(stream, from, count * side * side * channels)?;
        stream.memcpy_htod(&numbers, edges).map_err(failed)?;
        let sizes = [(count * side * side) as i32, side as i32, i32::from(mirrored)];
        let width = photo.width as i32;
        let mut launch = stream.launch_builder(&self.crops_of);
        launch.arg(&*place).arg(&width).arg(&*edges).arg(&mut *from);
        for size in &sizes {
            launch.arg(size);
        }
        // SAFETY: the buffers hold the photo, all windows, which lie on the photo, and all crops.
        unsafe { launch.launch(grid(4 * sizes[0])) }.map_err(failed)?;
        for step in &judge.steps {
            let in_side = side as i32;
            match step {
                Step::Conv { weight, bias, slope, shape: (outputs, inputs, taps) } => {
                    (side, channels) = (side + 1 - taps, *outputs);
                    let pixels = count * side * side;
                    grow(stream, to, pixels * channels)?;
                    let sizes = [pixels as i32, in_side, *inputs as i32, *outputs as i32, *taps as i32];
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
                    unsafe { launch.launch(grid((pixels.div_ceil(4) * channels / 4) as i32)) }.map_err(failed)?;
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
            host: None,
            photo: stream.alloc_zeros(1).map_err(failed)?,
            windows: stream.alloc_zeros(1).map_err(failed)?,
            pictures: stream.alloc_zeros(1).map_err(failed)?,
            found: stream.alloc_zeros(1).map_err(failed)?,
            one: stream.alloc_zeros(1).map_err(failed)?,
            two: stream.alloc_zeros(1).map_err(failed)?,
            stream,
        })
    }
}

impl Lane {
    /// Puts the photo on its way; what is launched after it waits for it.
    fn upload(&mut self, context: &Arc<CudaContext>, photo: &Pixels) -> Result<(), VisionError> {
        let length = photo.rgb.len();
        let host = match self.host.take() {
            Some(host) if host.len() >= length => host,
            // SAFETY: it is written before it is read.
            _ => unsafe { context.alloc_pinned(length + length / 4 + 1) }.map_err(failed)?,
        };
        let host = self.host.insert(host);
        let bytes = &mut host.as_mut_slice().map_err(failed)?[..length];
        // The photo before was read from here by work that has been waited for, or by work that failed.
        self.stream.synchronize().map_err(failed)?;
        bytes.copy_from_slice(&photo.rgb);
        grow(&self.stream, &mut self.photo, length.max(1))?;
        self.stream.memcpy_htod(&*bytes, &mut self.photo).map_err(failed)
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

/// The probability of the second of two classes.
fn face(other: f32, face: f32) -> f32 {
    1.0 / (1.0 + (other - face).exp())
}

impl TakesPhotos for CudaMtcnn {
    fn on<'a>(&'a self, photo: &'a Pixels) -> Result<Box<dyn OnPhoto + 'a>, VisionError> {
        let free = self.lanes.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut lane = match free {
            Some(lane) => lane,
            None => Lane::new(self.context.new_stream().map_err(failed)?)?,
        };
        lane.upload(&self.context, photo)?;
        Ok(Box::new(InLane { card: self, photo, lane: Some(lane) }))
    }
}

/// A photo in the lane that holds it.
struct InLane<'a> {
    card: &'a CudaMtcnn,
    photo: &'a Pixels,
    lane: Option<Lane>,
}

impl Drop for InLane<'_> {
    fn drop(&mut self) {
        // After an error too: what still runs there comes before what is asked next.
        self.card.lanes.lock().unwrap_or_else(PoisonError::into_inner).extend(self.lane.take());
    }
}

impl InLane<'_> {
    fn judge<const HEADS: usize>(
        &mut self,
        judge: &Judge,
        windows: &[Window],
        mirrored: bool,
    ) -> Result<Vec<[f32; HEADS]>, VisionError> {
        let Some(lane) = &mut self.lane else { return Ok(Vec::new()) };
        let mut answers = Vec::with_capacity(windows.len());
        for batch in windows.chunks(judge.batch) {
            let heads = self.card.run(lane, judge, (self.photo, batch, mirrored))?;
            answers.extend_from_slice(heads.as_chunks().0);
        }
        Ok(answers)
    }
}

impl OnPhoto for InLane<'_> {
    fn propose(&mut self, sizes: &[(usize, usize)], threshold: f32) -> Result<Vec<Vec<Cell>>, VisionError> {
        let Some(lane) = &mut self.lane else { return Ok(Vec::new()) };
        let mut all = Vec::with_capacity(sizes.len());
        for sizes in sizes.chunks(LEVELS) {
            let mut found = self.card.cells(lane, self.photo, sizes, threshold)?;
            found.sort_unstable_by_key(|cell| (cell.level, cell.y, cell.x));
            let mut levels: Vec<Vec<Cell>> = sizes.iter().map(|_| Vec::new()).collect();
            for Found { level, x, y, score, offsets } in found {
                levels[level as usize].push(Cell { x: x as usize, y: y as usize, score, offsets });
            }
            all.append(&mut levels);
        }
        Ok(all)
    }

    fn refine(&mut self, windows: &[Window]) -> Result<Vec<Refinement>, VisionError> {
        let answer =
            |[other, score, a, b, c, d, ..]: [f32; 8]| Refinement { score: face(other, score), offsets: [a, b, c, d] };
        Ok(self.judge(&self.card.refine, windows, false)?.into_iter().map(answer).collect())
    }

    fn decide(&mut self, windows: &[Window]) -> Result<Vec<Decision>, VisionError> {
        Ok(self.judge(&self.card.decide, windows, false)?.into_iter().map(decision).collect())
    }

    fn decide_mirrored(&mut self, windows: &[Window]) -> Result<Vec<Decision>, VisionError> {
        Ok(self.judge(&self.card.decide, windows, true)?.into_iter().map(decision).collect())
    }
}

fn decision([other, score, a, b, c, d, landmarks @ ..]: [f32; 16]) -> Decision {
    Decision { score: face(other, score), offsets: [a, b, c, d], landmarks }
}
