//! FaceNet on the processor; the same network as [`crate::vision::FaceNet`], layer for layer.
//!
//! Stem and first blocks run one face at a time, so that everything stays in the second-level cache; from `Mixed_6a` on
//! all faces of a batch run together, so that the weights are read once for all of them. Branches write into slices of
//! one buffer; the scale of a residual is folded into its weights.

use std::sync::{Mutex, PoisonError};

use candle_core::Device;

use super::Isa;
use super::kernel::Kernels;
use super::layer::{Activation, Kernel, Layer, Numbers, Shape, max_pool};
use crate::domain::Pixels;
use crate::vision::VisionError;
use crate::vision::checkpoint::Model;
use crate::vision::facenet::{CROP_SIDE, FaceEmbedder, MODEL};
use crate::vision::weights::Weights;

/// Faces in one pass: the weights are read once for all of them.
const BATCH: usize = 16;

const CROP: Shape = Shape::new(CROP_SIDE as usize, CROP_SIDE as usize, 3);
const STEM: [Shape; 7] = [
    Shape::new(79, 79, 32),
    Shape::new(77, 77, 32).bordered(1, 1),
    Shape::new(77, 77, 64),
    Shape::new(38, 38, 64),
    Shape::new(38, 38, 80),
    Shape::new(36, 36, 192),
    Shape::new(17, 17, 256),
];
const TRUNK_35: Shape = STEM[6];
const TRUNK_17: Shape = Shape::new(8, 8, 896);
const TRUNK_8: Shape = Shape::new(3, 3, 1792);
/// Branches of the blocks and of the reductions.
const INNER_35: Shape = Shape::new(17, 17, 32).bordered(1, 1);
const JOINED_35: Shape = Shape::new(17, 17, 96);
const WIDE_6A: Shape = Shape::new(17, 17, 192);
const ROW_17: Shape = Shape::new(8, 8, 128).bordered(0, 3);
const COLUMN_17: Shape = Shape::new(8, 8, 128).bordered(3, 0);
const JOINED_17: Shape = Shape::new(8, 8, 256);
const ROW_8: Shape = Shape::new(3, 3, 192).bordered(0, 1);
const COLUMN_8: Shape = Shape::new(3, 3, 192).bordered(1, 0);
const JOINED_8: Shape = Shape::new(3, 3, 384);
const POOLED: Shape = Shape::new(1, 1, 1792);
/// The widest embedding.
const EMBEDDING: Shape = Shape::new(1, 1, 512);

/// Branches that begin with a 1×1 convolution each, joined and added to the trunk.
struct Block {
    /// The 1×1 convolutions in one pass over the trunk: the first straight into the joined buffer, the others into buffers of
    /// their own.
    down: Layer,
    /// What follows in the second branch, and in the third, which only `Block35` has.
    second: Vec<Layer>,
    third: Vec<Layer>,
    up: Layer,
}

/// The network.
pub(in crate::vision) struct CpuFaceNet {
    stem: Vec<Layer>,
    block35: Vec<Block>,
    mixed_6a: [Layer; 4],
    block17: Vec<Block>,
    /// The 1×1 convolutions of the three branches in one, and what follows.
    mixed_7a: [Layer; 5],
    block8: Vec<Block>,
    bottleneck: Layer,
    width: usize,
    name: String,
    rooms: Mutex<Vec<Room>>,
}

/// Buffers of one thread, used again and again.
struct Room {
    crop: Vec<f32>,
    stem: [Vec<f32>; 6],
    inner_35: [Vec<f32>; 3],
    joined_35: Vec<f32>,
    trunk_35: Vec<f32>,
    wide_6a: [Vec<f32>; 2],
    trunk_17: Vec<f32>,
    row_17: Vec<f32>,
    column_17: Vec<f32>,
    joined_17: Vec<f32>,
    inner_7a: [Vec<f32>; 4],
    trunk_8: Vec<f32>,
    row_8: Vec<f32>,
    column_8: Vec<f32>,
    joined_8: Vec<f32>,
    pooled: Vec<f32>,
    embedding: Vec<f32>,
}

impl Room {
    fn new() -> Self {
        let one = |shape: Shape| vec![0.0; shape.len()];
        let all = |shape: Shape| vec![0.0; BATCH * shape.len()];
        let [a, b, c, d, e, f, _trunk] = STEM;
        Self {
            crop: one(CROP),
            stem: [a, b, c, d, e, f].map(one),
            inner_35: [one(INNER_35), one(INNER_35), one(INNER_35)],
            joined_35: one(JOINED_35),
            trunk_35: all(TRUNK_35),
            wide_6a: [all(WIDE_6A.bordered(1, 1)), all(WIDE_6A)],
            trunk_17: all(TRUNK_17),
            row_17: all(ROW_17),
            column_17: all(COLUMN_17),
            joined_17: all(JOINED_17),
            inner_7a: [all(JOINED_17), all(JOINED_17), all(JOINED_17.bordered(1, 1)), all(JOINED_17)],
            trunk_8: all(TRUNK_8),
            row_8: all(ROW_8),
            column_8: all(COLUMN_8),
            joined_8: all(JOINED_8),
            pooled: all(POOLED),
            embedding: all(EMBEDDING),
        }
    }
}

/// Makes layers from the weights by their names.
struct Builder<'a> {
    weights: &'a Weights<'a>,
    kernels: Kernels,
}

/// Where a layer reads and writes, and for how many pictures.
struct Place {
    from: Shape,
    to: Shape,
    channel: usize,
    pictures: usize,
}

impl Builder<'_> {
    /// A convolution: `HWIO` weights times `scale`, ReLU when `relu`.
    fn layer(
        &self,
        name: &str,
        (kernel, outputs): (Kernel, usize),
        place: &Place,
        (scale, relu): (f32, bool),
    ) -> Result<Layer, VisionError> {
        let (mut weights, mut bias) = self.numbers(name, kernel, outputs)?;
        if scale != 1.0 {
            for value in weights.iter_mut().chain(&mut bias) {
                *value *= scale;
            }
        }
        let activation = if relu { Activation::Relu } else { Activation::Identity };
        let numbers = Numbers { kernels: self.kernels, weights, bias, activation };
        Ok(Layer::new(&numbers, kernel, (place.from, place.to), place.channel, place.pictures))
    }

    /// `HWIO` weights, a row a tap, and the bias.
    fn numbers(&self, name: &str, kernel: Kernel, outputs: usize) -> Result<(Vec<f32>, Vec<f32>), VisionError> {
        let shape = [kernel.height, kernel.width, kernel.inputs, outputs];
        let weights = self.weights.numbers(&format!("{name}.weight"), &shape)?;
        Ok((weights, self.weights.numbers(&format!("{name}.bias"), &[outputs])?))
    }

    /// The 1×1 convolutions with ReLU that several branches begin with, of so many outputs each, in one.
    fn downs<const N: usize>(
        &self,
        names: [&str; N],
        from: Shape,
        places: [Shape; N],
        outputs: usize,
    ) -> Result<Layer, VisionError> {
        let kernel = Kernel { height: 1, width: 1, inputs: from.channels, stride: 1, same: true };
        let mut weights = vec![0.0; from.channels * N * outputs];
        let mut bias = Vec::with_capacity(N * outputs);
        for (number, name) in names.into_iter().enumerate() {
            let (own, own_bias) = self.numbers(name, kernel, outputs)?;
            for (row, own) in weights.chunks_exact_mut(N * outputs).zip(own.chunks_exact(outputs)) {
                row[number * outputs..][..outputs].copy_from_slice(own);
            }
            bias.extend(own_bias);
        }
        let numbers = Numbers { kernels: self.kernels, weights, bias, activation: Activation::Relu };
        Ok(Layer::joined(&numbers, kernel, from, &places.map(|to| (to, 0, outputs)), BATCH))
    }

    /// A convolution with ReLU that keeps the size.
    fn same(
        &self,
        name: &str,
        (height, width): (usize, usize),
        (from, to): (Shape, Shape),
        channel: usize,
        outputs: usize,
    ) -> Result<Layer, VisionError> {
        let kernel = Kernel { height, width, inputs: from.channels, stride: 1, same: true };
        self.layer(name, (kernel, outputs), &Place { from, to, channel, pictures: BATCH }, (1.0, true))
    }

    /// A 3×3 convolution with ReLU that halves the size.
    fn halving(
        &self,
        name: &str,
        (from, to): (Shape, Shape),
        channel: usize,
        outputs: usize,
    ) -> Result<Layer, VisionError> {
        let kernel = Kernel { height: 3, width: 3, inputs: from.channels, stride: 2, same: false };
        self.layer(name, (kernel, outputs), &Place { from, to, channel, pictures: BATCH }, (1.0, true))
    }

    /// The 1×1 convolution at a block's end, added to the trunk.
    fn up(&self, name: &str, (from, to): (Shape, Shape), scale: f32, relu: bool) -> Result<Layer, VisionError> {
        let kernel = Kernel { height: 1, width: 1, inputs: from.channels, stride: 1, same: true };
        self.layer(name, (kernel, to.channels), &Place { from, to, channel: 0, pictures: BATCH }, (scale, relu))
    }

    fn stem(&self) -> Result<Vec<Layer>, VisionError> {
        let layers = [
            ("Conv2d_1a_3x3", 3, 2, false, CROP, STEM[0]),
            ("Conv2d_2a_3x3", 3, 1, false, STEM[0], STEM[1]),
            ("Conv2d_2b_3x3", 3, 1, true, STEM[1], STEM[2]),
            ("Conv2d_3b_1x1", 1, 1, false, STEM[3], STEM[4]),
            ("Conv2d_4a_3x3", 3, 1, false, STEM[4], STEM[5]),
            ("Conv2d_4b_3x3", 3, 2, false, STEM[5], STEM[6]),
        ];
        let build = |(name, side, stride, same, from, to): (&str, usize, usize, bool, Shape, Shape)| {
            let kernel = Kernel { height: side, width: side, inputs: from.channels, stride, same };
            let place = Place { from, to, channel: 0, pictures: 1 };
            self.layer(name, (kernel, to.channels), &place, (1.0, true))
        };
        layers.into_iter().map(build).collect()
    }

    fn block35(&self, number: usize) -> Result<Block, VisionError> {
        let name = |part: &str| format!("Repeat.block35_{number}.{part}");
        let downs = ["Branch_0.Conv2d_1x1", "Branch_1.Conv2d_0a_1x1", "Branch_2.Conv2d_0a_1x1"].map(name);
        let wide = |part: &str, to: Shape, channel| self.same(&name(part), (3, 3), (INNER_35, to), channel, 32);
        Ok(Block {
            down: self.downs(downs.each_ref().map(String::as_str), TRUNK_35, [JOINED_35, INNER_35, INNER_35], 32)?,
            second: vec![wide("Branch_1.Conv2d_0b_3x3", JOINED_35, 32)?],
            third: vec![wide("Branch_2.Conv2d_0b_3x3", INNER_35, 0)?, wide("Branch_2.Conv2d_0c_3x3", JOINED_35, 64)?],
            up: self.up(&name("Conv2d_1x1"), (JOINED_35, TRUNK_35), 0.17, true)?,
        })
    }

    fn block17(&self, number: usize) -> Result<Block, VisionError> {
        let name = |part: &str| format!("Repeat_1.block17_{number}.{part}");
        let downs = ["Branch_0.Conv2d_1x1", "Branch_1.Conv2d_0a_1x1"].map(name);
        Ok(Block {
            down: self.downs(downs.each_ref().map(String::as_str), TRUNK_17, [JOINED_17, ROW_17], 128)?,
            second: vec![
                self.same(&name("Branch_1.Conv2d_0b_1x7"), (1, 7), (ROW_17, COLUMN_17), 0, 128)?,
                self.same(&name("Branch_1.Conv2d_0c_7x1"), (7, 1), (COLUMN_17, JOINED_17), 128, 128)?,
            ],
            third: Vec::new(),
            up: self.up(&name("Conv2d_1x1"), (JOINED_17, TRUNK_17), 0.10, true)?,
        })
    }

    fn block8(&self, scope: &str, scale: f32, relu: bool) -> Result<Block, VisionError> {
        let name = |part: &str| format!("{scope}{part}");
        let downs = ["Branch_0.Conv2d_1x1", "Branch_1.Conv2d_0a_1x1"].map(name);
        Ok(Block {
            down: self.downs(downs.each_ref().map(String::as_str), TRUNK_8, [JOINED_8, ROW_8], 192)?,
            second: vec![
                self.same(&name("Branch_1.Conv2d_0b_1x3"), (1, 3), (ROW_8, COLUMN_8), 0, 192)?,
                self.same(&name("Branch_1.Conv2d_0c_3x1"), (3, 1), (COLUMN_8, JOINED_8), 192, 192)?,
            ],
            third: Vec::new(),
            up: self.up(&name("Conv2d_1x1"), (JOINED_8, TRUNK_8), scale, relu)?,
        })
    }

    fn mixed_6a(&self) -> Result<[Layer; 4], VisionError> {
        let name = |part: &str| format!("Mixed_6a.{part}");
        let padded = WIDE_6A.bordered(1, 1);
        Ok([
            self.halving(&name("Branch_0.Conv2d_1a_3x3"), (TRUNK_35, TRUNK_17), 0, 384)?,
            self.same(&name("Branch_1.Conv2d_0a_1x1"), (1, 1), (TRUNK_35, padded), 0, 192)?,
            self.same(&name("Branch_1.Conv2d_0b_3x3"), (3, 3), (padded, WIDE_6A), 0, 192)?,
            self.halving(&name("Branch_1.Conv2d_1a_3x3"), (WIDE_6A, TRUNK_17), 384, 256)?,
        ])
    }

    fn mixed_7a(&self) -> Result<[Layer; 5], VisionError> {
        let name = |part: &str| format!("Mixed_7a.{part}");
        let (plain, padded) = (JOINED_17, JOINED_17.bordered(1, 1));
        let downs = ["Branch_0.Conv2d_0a_1x1", "Branch_1.Conv2d_0a_1x1", "Branch_2.Conv2d_0a_1x1"].map(name);
        Ok([
            self.downs(downs.each_ref().map(String::as_str), TRUNK_17, [plain, plain, padded], 256)?,
            self.halving(&name("Branch_0.Conv2d_1a_3x3"), (plain, TRUNK_8), 0, 384)?,
            self.halving(&name("Branch_1.Conv2d_1a_3x3"), (plain, TRUNK_8), 384, 256)?,
            self.same(&name("Branch_2.Conv2d_0b_3x3"), (3, 3), (padded, plain), 0, 256)?,
            self.halving(&name("Branch_2.Conv2d_1a_3x3"), (plain, TRUNK_8), 640, 256)?,
        ])
    }

    fn bottleneck(&self, width: usize) -> Result<Layer, VisionError> {
        let weights = self.weights.numbers("Bottleneck.weight", &[1792, width])?;
        let bias = self.weights.numbers("Bottleneck.bias", &[width])?;
        // What it reads may be negative, which pairs cannot hold; and it is a row a face, too few for tiles.
        let kernels = self.kernels.in_f32();
        let numbers = Numbers { kernels, weights, bias, activation: Activation::Identity };
        let kernel = Kernel { height: 1, width: 1, inputs: 1792, stride: 1, same: true };
        Ok(Layer::new(&numbers, kernel, (POOLED, Shape::new(1, 1, width)), 0, BATCH))
    }
}

impl CpuFaceNet {
    /// Packs the built-in weights for an instruction set.
    ///
    /// # Errors
    /// [`VisionError`] when a tensor is missing or wrong.
    pub(in crate::vision) fn new(weights: &Weights<'_>, isa: Isa) -> Result<Self, VisionError> {
        Self::load(weights, MODEL, isa)
    }

    /// Packs a checkpoint for an instruction set.
    ///
    /// # Errors
    /// [`VisionError`] when a tensor is wrong.
    pub(in crate::vision) fn of(model: &Model, isa: Isa) -> Result<Self, VisionError> {
        Self::load(&Weights::of(model, &Device::Cpu), model.name(), isa)
    }

    fn load(weights: &Weights<'_>, name: &str, isa: Isa) -> Result<Self, VisionError> {
        let width = weights.embedding_width()?;
        let build = Builder { weights, kernels: Kernels::of(isa) };
        let mut block8 = (1..=5)
            .map(|number| build.block8(&format!("Repeat_2.block8_{number}."), 0.20, true))
            .collect::<Result<Vec<_>, _>>()?;
        block8.push(build.block8("Block8.", 1.0, false)?);
        Ok(Self {
            stem: build.stem()?,
            block35: (1..=5).map(|number| build.block35(number)).collect::<Result<_, _>>()?,
            mixed_6a: build.mixed_6a()?,
            block17: (1..=10).map(|number| build.block17(number)).collect::<Result<_, _>>()?,
            mixed_7a: build.mixed_7a()?,
            block8,
            bottleneck: build.bottleneck(width)?,
            width,
            name: name.to_owned(),
            rooms: Mutex::default(),
        })
    }

    /// One crop through the stem and the first five blocks, into its place in the trunk.
    fn first_half(&self, room: &mut Room, crop: &Pixels, place: usize) {
        for (number, value) in room.crop.iter_mut().zip(&crop.rgb) {
            *number = (f32::from(*value) - 127.5) / 128.0;
        }
        let [a, b, c, d, e, f] = &mut room.stem;
        let trunk = &mut room.trunk_35[place * TRUNK_35.len()..(place + 1) * TRUNK_35.len()];
        if let [conv_1a, conv_2a, conv_2b, conv_3b, conv_4a, conv_4b] = self.stem.as_slice() {
            conv_1a.run(1, &room.crop, a);
            conv_2a.run(1, a, b);
            conv_2b.run(1, b, c);
            max_pool((3, 2), 1, (c, STEM[2]), (d, STEM[3]), 0);
            conv_3b.run(1, d, e);
            conv_4a.run(1, e, f);
            conv_4b.run(1, f, trunk);
        }
        let [one, two, three] = &mut room.inner_35;
        let joined = &mut room.joined_35;
        for block in &self.block35 {
            block.down.run_into(1, trunk, [joined, one, two]);
            if let [wide] = block.second.as_slice() {
                wide.run(1, one, joined);
            }
            if let [wide, wider] = block.third.as_slice() {
                wide.run(1, two, three);
                wider.run(1, three, joined);
            }
            block.up.add(1, joined, trunk);
        }
    }

    /// The rest, for all faces at once, up to the mean over the last picture.
    fn second_half(&self, room: &mut Room, faces: usize) {
        let [padded, plain] = &mut room.wide_6a;
        let (from, to) = (&room.trunk_35, &mut room.trunk_17);
        let [straight, down, wide, halving] = &self.mixed_6a;
        straight.run(faces, from, to);
        down.run(faces, from, padded);
        wide.run(faces, padded, plain);
        halving.run(faces, plain, to);
        max_pool((3, 2), faces, (from, TRUNK_35), (to, TRUNK_17), 640);
        blocks(&self.block17, faces, (&mut room.trunk_17, &mut room.row_17, &mut room.column_17, &mut room.joined_17));
        let [one, two, padded, plain] = &mut room.inner_7a;
        let (from, to) = (&room.trunk_17, &mut room.trunk_8);
        let [down, halving_0, halving_1, wide_2, halving_2] = &self.mixed_7a;
        down.run_into(faces, from, [one, two, padded]);
        halving_0.run(faces, one, to);
        halving_1.run(faces, two, to);
        wide_2.run(faces, padded, plain);
        halving_2.run(faces, plain, to);
        max_pool((3, 2), faces, (from, TRUNK_17), (to, TRUNK_8), 896);
        blocks(&self.block8, faces, (&mut room.trunk_8, &mut room.row_8, &mut room.column_8, &mut room.joined_8));
        for (mean, pixels) in
            room.pooled.chunks_exact_mut(1792).zip(room.trunk_8.chunks_exact(TRUNK_8.len())).take(faces)
        {
            mean.fill(0.0);
            for pixel in pixels.chunks_exact(1792) {
                mean.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value / 9.0);
            }
        }
        self.bottleneck.run(faces, &room.pooled, &mut room.embedding);
    }
}

/// Blocks with two branches: trunk, two inner buffers, joined branches.
fn blocks(
    blocks: &[Block],
    faces: usize,
    (trunk, row, column, joined): (&mut [f32], &mut [f32], &mut [f32], &mut [f32]),
) {
    for block in blocks {
        block.down.run_into(faces, trunk, [joined, row]);
        if let [wide, high] = block.second.as_slice() {
            wide.run(faces, row, column);
            high.run(faces, column, joined);
        }
        block.up.add(faces, joined, trunk);
    }
}

impl FaceEmbedder for CpuFaceNet {
    fn name(&self) -> &str {
        &self.name
    }

    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
        let lock = || self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = lock().pop().unwrap_or_else(Room::new);
        let mut embeddings = Vec::with_capacity(crops.len());
        for batch in crops.chunks(BATCH) {
            for (place, crop) in batch.iter().enumerate() {
                self.first_half(&mut room, crop, place);
            }
            self.second_half(&mut room, batch.len());
            embeddings.extend(room.embedding.chunks_exact(self.width).take(batch.len()).map(normalised));
        }
        lock().push(room);
        Ok(embeddings)
    }
}

/// Divided by its length, guarded against a length of 0 as in the reference graph.
fn normalised(embedding: &[f32]) -> Vec<f32> {
    let length = embedding.iter().map(|value| value * value).sum::<f32>().max(1e-10).sqrt();
    embedding.iter().map(|value| value / length).collect()
}
