//! MTCNN's networks on the processor: R- and O-Net run over batches of crops, P-Net row by row (`propose`).

use std::sync::{Mutex, PoisonError};

use super::Isa;
use super::kernel::Kernels;
use super::layer::{Activation, Kernel, Layer, Numbers, Shape, max_pool};
use super::propose::{Propose, probability};
use crate::domain::Pixels;
use crate::vision::VisionError;
use crate::vision::mtcnn::{Cascade, Cell, Decision, Refinement};
use crate::vision::resample::{Window, interleaved, interleaved_mirrored};
use crate::vision::weights::Weights;

/// Crops in one pass of R- or O-Net: their pictures stay in the caches.
const BATCH: usize = 8;

/// Channels a pixel takes up: whole registers.
const REGISTER: usize = 16;

/// R- or O-Net: convolutions with a pool after some of them, then dense layers.
struct Judge {
    side: usize,
    steps: Vec<Step>,
    /// The buffers' shapes: the crop first, each step's result after it.
    shapes: Vec<Shape>,
    rooms: Mutex<Vec<Vec<Vec<f32>>>>,
}

/// How a part of a photo is seen: [`interleaved`] or [`interleaved_mirrored`].
type See = fn(&Pixels, Window, usize, usize, &mut [f32]);

enum Step {
    Layer(Box<Layer>),
    /// Max pool of this size, stride 2.
    Pool(usize),
}

/// The cascade.
pub(in crate::vision) struct CpuMtcnn {
    propose: Propose,
    refine: Judge,
    decide: Judge,
}

struct Builder<'a> {
    weights: &'a Weights<'a>,
    kernels: Kernels,
}

impl Builder<'_> {
    /// A convolution `(outputs, inputs, side, side)` as rows of taps, row by row, channel by channel.
    fn convolution(&self, name: &str, prelu: &str, shape: (usize, usize, usize)) -> Result<Numbers, VisionError> {
        let (outputs, inputs, side) = shape;
        let weights = self.weights.numbers(&format!("{name}.weight"), &[outputs, inputs, side, side])?;
        let bias = self.weights.numbers(&format!("{name}.bias"), &[outputs])?;
        let slope = self.weights.numbers(&format!("{prelu}.weight"), &[outputs])?;
        let taps = side * side;
        let mut rows = Vec::with_capacity(weights.len());
        for tap in 0..taps {
            for input in 0..inputs {
                rows.extend((0..outputs).map(|output| weights[(output * inputs + input) * taps + tap]));
            }
        }
        Ok(Numbers { kernels: self.kernels, weights: rows, bias, activation: Activation::Prelu(slope) })
    }

    /// Dense layers `(outputs, inputs)` side by side. `picture` is the shape of what they read: Caffe's weights count its
    /// columns first, then rows, then channels; here it lies by rows, columns, channels.
    fn dense(
        &self,
        names: &[(&str, usize)],
        prelu: Option<&str>,
        picture: (usize, usize, usize),
    ) -> Result<Numbers, VisionError> {
        let (height, width, channels) = picture;
        let inputs = height * width * channels;
        let outputs = names.iter().map(|(_, outputs)| outputs).sum::<usize>();
        let mut rows = vec![0.0; inputs * outputs];
        let (mut bias, mut first) = (Vec::new(), 0);
        for (name, count) in names {
            let weights = self.weights.numbers(&format!("{name}.weight"), &[*count, inputs])?;
            bias.extend(self.weights.numbers(&format!("{name}.bias"), &[*count])?);
            for row in 0..inputs {
                let (y, x, channel) = (row / channels / width, row / channels % width, row % channels);
                let theirs = (x * height + y) * channels + channel;
                for output in 0..*count {
                    rows[row * outputs + first + output] = weights[output * inputs + theirs];
                }
            }
            first += count;
        }
        let activation = match prelu {
            Some(prelu) => Activation::Prelu(self.weights.numbers(&format!("{prelu}.weight"), &[outputs])?),
            None => Activation::Identity,
        };
        Ok(Numbers { kernels: self.kernels, weights: rows, bias, activation })
    }

    /// A convolution without padding from the last shape.
    fn step(&self, judge: &mut Judge, name: (&str, &str), shape: (usize, usize, usize)) -> Result<(), VisionError> {
        let (outputs, inputs, side) = shape;
        let numbers = self.convolution(name.0, name.1, shape)?;
        let Some(from) = judge.shapes.last().copied() else { return Ok(()) };
        let to = Shape::new(from.height + 1 - side, from.width + 1 - side, outputs.next_multiple_of(REGISTER));
        let kernel = Kernel { height: side, width: side, inputs, stride: 1, same: false };
        judge.steps.push(Step::Layer(Box::new(Layer::new(&numbers, kernel, (from, to), 0, BATCH))));
        judge.shapes.push(to);
        Ok(())
    }

    fn finish(
        &self,
        judge: &mut Judge,
        hidden: (&str, &str, usize),
        heads: &[(&str, usize)],
    ) -> Result<(), VisionError> {
        let Some(from) = judge.shapes.last().copied() else { return Ok(()) };
        let picture = (from.height, from.width, from.channels);
        let flat = Shape::new(1, 1, from.height * from.width * from.channels);
        let middle = Shape::new(1, 1, hidden.2);
        let to = Shape::new(1, 1, REGISTER);
        let whole = |from: Shape| Kernel { height: 1, width: 1, inputs: from.channels, stride: 1, same: false };
        let numbers = self.dense(&[(hidden.0, hidden.2)], Some(hidden.1), picture)?;
        judge.steps.push(Step::Layer(Box::new(Layer::new(&numbers, whole(flat), (flat, middle), 0, BATCH))));
        let numbers = self.dense(heads, None, (1, 1, hidden.2))?;
        judge.steps.push(Step::Layer(Box::new(Layer::new(&numbers, whole(middle), (middle, to), 0, BATCH))));
        judge.shapes.extend([middle, to]);
        Ok(())
    }

    fn refine(&self) -> Result<Judge, VisionError> {
        let mut judge = Judge::new(24);
        self.step(&mut judge, ("rnet.conv1", "rnet.prelu1"), (28, 3, 3))?;
        judge.pool(3);
        self.step(&mut judge, ("rnet.conv2", "rnet.prelu2"), (48, 28, 3))?;
        judge.pool(3);
        self.step(&mut judge, ("rnet.conv3", "rnet.prelu3"), (64, 48, 2))?;
        self.finish(&mut judge, ("rnet.dense4", "rnet.prelu4", 128), &[("rnet.dense5_1", 2), ("rnet.dense5_2", 4)])?;
        Ok(judge)
    }

    fn decide(&self) -> Result<Judge, VisionError> {
        let mut judge = Judge::new(48);
        self.step(&mut judge, ("onet.conv1", "onet.prelu1"), (32, 3, 3))?;
        judge.pool(3);
        self.step(&mut judge, ("onet.conv2", "onet.prelu2"), (64, 32, 3))?;
        judge.pool(3);
        self.step(&mut judge, ("onet.conv3", "onet.prelu3"), (64, 64, 3))?;
        judge.pool(2);
        self.step(&mut judge, ("onet.conv4", "onet.prelu4"), (128, 64, 2))?;
        let heads = [("onet.dense6_1", 2), ("onet.dense6_2", 4), ("onet.dense6_3", 10)];
        self.finish(&mut judge, ("onet.dense5", "onet.prelu5", 256), &heads)?;
        Ok(judge)
    }
}

impl Judge {
    fn new(side: usize) -> Self {
        Self { side, steps: Vec::new(), shapes: vec![Shape::new(side, side, 3)], rooms: Mutex::default() }
    }

    /// A max pool with stride 2 that rounds its size up, as Caffe's do.
    fn pool(&mut self, size: usize) {
        let Some(from) = self.shapes.last().copied() else { return };
        let less = |length: usize| (length - size).div_ceil(2) + 1;
        self.steps.push(Step::Pool(size));
        self.shapes.push(Shape::new(less(from.height), less(from.width), from.channels));
    }

    /// The heads' numbers for every window: logits of "no face" and "face", offsets, landmarks.
    fn run(&self, photo: &Pixels, windows: &[Window], see: See) -> Vec<[f32; REGISTER]> {
        let lock = || self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = || self.shapes.iter().map(|shape| vec![0.0; BATCH * shape.len()]).collect();
        let mut room: Vec<Vec<f32>> = lock().pop().unwrap_or_else(empty);
        let mut found = Vec::with_capacity(windows.len());
        for batch in windows.chunks(BATCH) {
            for (crop, window) in room[0].chunks_exact_mut(3 * self.side * self.side).zip(batch) {
                see(photo, *window, self.side, self.side, crop);
            }
            for (number, step) in self.steps.iter().enumerate() {
                let (before, after) = room.split_at_mut(number + 1);
                let (Some(from), Some(to)) = (before.last(), after.first_mut()) else { continue };
                match step {
                    Step::Layer(layer) => layer.run(batch.len(), from, to),
                    Step::Pool(size) => {
                        let (from, to) =
                            ((from.as_slice(), self.shapes[number]), (to.as_mut_slice(), self.shapes[number + 1]));
                        max_pool((*size, 2), batch.len(), from, to, 0);
                    }
                }
            }
            if let Some(heads) = room.last() {
                found.extend(heads.as_chunks::<REGISTER>().0.iter().take(batch.len()));
            }
        }
        lock().push(room);
        found
    }
}

impl CpuMtcnn {
    /// Packs the built-in weights for an instruction set.
    ///
    /// # Errors
    /// [`VisionError`] when a tensor is missing or wrong.
    pub(in crate::vision) fn new(weights: &Weights<'_>, isa: Isa) -> Result<Self, VisionError> {
        let build = Builder { weights, kernels: Kernels::of(isa).in_f32() };
        Ok(Self { propose: Propose::new(weights, isa)?, refine: build.refine()?, decide: build.decide()? })
    }
}

impl Cascade for CpuMtcnn {
    fn propose(&self, photo: &Pixels, width: usize, height: usize, threshold: f32) -> Result<Vec<Cell>, VisionError> {
        Ok(self.propose.run(photo, (width, height), threshold))
    }

    fn refine(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Refinement>, VisionError> {
        let heads = self.refine.run(photo, windows, interleaved);
        Ok(heads
            .iter()
            .map(|head| Refinement {
                score: probability(head[0], head[1]),
                offsets: [head[2], head[3], head[4], head[5]],
            })
            .collect())
    }

    fn decide(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Decision>, VisionError> {
        Ok(self.decide.run(photo, windows, interleaved).iter().map(decision).collect())
    }

    fn decide_mirrored(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Decision>, VisionError> {
        Ok(self.decide.run(photo, windows, interleaved_mirrored).iter().map(decision).collect())
    }
}

fn decision(head: &[f32; REGISTER]) -> Decision {
    Decision {
        score: probability(head[0], head[1]),
        offsets: [head[2], head[3], head[4], head[5]],
        landmarks: std::array::from_fn(|at| head[6 + at]),
    }
}
