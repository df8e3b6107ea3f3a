//! FaceNet: Inception-ResNet-v1 (Szegedy et al. 2016, arXiv 1602.07261, as in Sandberg's facenet, checkpoint
//! 20180408-102900), 160 × 160 × 3 in, an L2-normalised embedding out: 512 numbers, or the width of another checkpoint.
//!
//! Batch norm is folded into the convolutions. `SAME` padding occurs only at stride 1.

use candle_core::{D, Device, Tensor};

use super::VisionError;
use super::checkpoint::Model;
use super::weights::Weights;
use crate::domain::Pixels;

/// What embeddings of the built-in weights are marked with.
pub(super) const MODEL: &str = "facenet-20180408-102900-512";

/// Width and height of the crops.
pub const CROP_SIDE: u32 = 160;

/// Turns crops of faces into embeddings.
pub trait FaceEmbedder: Send + Sync {
    /// What embeddings of this model are marked with.
    fn name(&self) -> &str;

    /// One L2-normalised embedding a crop. The crops are [`CROP_SIDE`] pixels wide and high.
    ///
    /// # Errors
    /// [`VisionError`] when the device fails.
    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError>;
}

/// Faces in one pass: enough to fill the processor's matrix kernels, little enough memory (about 60 MiB).
const BATCH: usize = 16;

struct Conv {
    weight: Tensor,
    bias: Tensor,
    stride: usize,
    /// Zeros above and below, left and right.
    padding: (usize, usize),
}

impl Conv {
    fn forward(&self, input: &Tensor) -> candle_core::Result<Tensor> {
        let (rows, columns) = self.padding;
        let padded = match (rows, columns) {
            (0, 0) => input.clone(),
            (rows, 0) => input.pad_with_zeros(2, rows, rows)?,
            (0, columns) => input.pad_with_zeros(3, columns, columns)?,
            (rows, columns) => input.pad_with_zeros(2, rows, rows)?.pad_with_zeros(3, columns, columns)?,
        };
        padded.conv2d(&self.weight, 0, self.stride, 1, 1)?.broadcast_add(&self.bias)
    }

    fn relu(&self, input: &Tensor) -> candle_core::Result<Tensor> {
        self.forward(input)?.relu()
    }
}

/// A chain of convolutions with `ReLU` after each.
struct Branch(Vec<Conv>);

impl Branch {
    fn forward(&self, input: &Tensor) -> candle_core::Result<Tensor> {
        self.0.iter().try_fold(input.clone(), |value, conv| conv.relu(&value))
    }
}

/// `input + scale · up(concat(branches(input)))`, with `ReLU` unless it is the last block.
struct Residual {
    branches: Vec<Branch>,
    up: Conv,
    scale: f64,
    relu: bool,
}

impl Residual {
    fn forward(&self, input: &Tensor) -> candle_core::Result<Tensor> {
        let parts = self.branches.iter().map(|branch| branch.forward(input)).collect::<Result<Vec<_>, _>>()?;
        let sum = (input + (self.up.forward(&Tensor::cat(&parts, 1)?)? * self.scale)?)?;
        if self.relu { sum.relu() } else { Ok(sum) }
    }
}

/// Branches that halve the picture, and a max pool beside them.
struct Reduction(Vec<Branch>);

impl Reduction {
    fn forward(&self, input: &Tensor) -> candle_core::Result<Tensor> {
        let mut parts = self.0.iter().map(|branch| branch.forward(input)).collect::<Result<Vec<_>, _>>()?;
        parts.push(input.max_pool2d_with_stride(3, 2)?);
        Tensor::cat(&parts, 1)
    }
}

/// The network on one device.
pub struct FaceNet {
    stem: Vec<Conv>,
    pool_after: usize,
    block35: Vec<Residual>,
    mixed_6a: Reduction,
    block17: Vec<Residual>,
    mixed_7a: Reduction,
    block8: Vec<Residual>,
    bottleneck: (Tensor, Tensor),
    name: String,
    device: Device,
}

/// Builds layers from the weights by their names.
struct Builder<'a>(&'a Weights<'a>);

/// `(name, height, width, in, out, stride, same padding)`.
type Layer<'a> = (&'a str, usize, usize, usize, usize, usize, bool);

impl Builder<'_> {
    fn conv(&self, scope: &str, layer: Layer<'_>) -> Result<Conv, VisionError> {
        let (name, height, width, inputs, outputs, stride, same) = layer;
        let name = format!("{scope}{name}");
        let weight = self.0.get(&format!("{name}.weight"), &[height, width, inputs, outputs])?;
        // candle wants OIHW.
        let weight = weight.permute((3, 2, 0, 1))?.contiguous()?;
        let bias = self.0.get(&format!("{name}.bias"), &[outputs])?.reshape((1, outputs, 1, 1))?;
        let padding = if same { (height / 2, width / 2) } else { (0, 0) };
        Ok(Conv { weight, bias, stride, padding })
    }

    fn branch(&self, scope: &str, layers: &[Layer<'_>]) -> Result<Branch, VisionError> {
        Ok(Branch(layers.iter().map(|layer| self.conv(scope, *layer)).collect::<Result<_, _>>()?))
    }

    fn block35(&self, number: usize) -> Result<Residual, VisionError> {
        let scope = format!("Repeat.block35_{number}.");
        let down = |name| (name, 1, 1, 256, 32, 1, true);
        let wide = |name| (name, 3, 3, 32, 32, 1, true);
        Ok(Residual {
            branches: vec![
                self.branch(&scope, &[down("Branch_0.Conv2d_1x1")])?,
                self.branch(&scope, &[down("Branch_1.Conv2d_0a_1x1"), wide("Branch_1.Conv2d_0b_3x3")])?,
                self.branch(
                    &scope,
                    &[down("Branch_2.Conv2d_0a_1x1"), wide("Branch_2.Conv2d_0b_3x3"), wide("Branch_2.Conv2d_0c_3x3")],
                )?,
            ],
            up: self.conv(&scope, ("Conv2d_1x1", 1, 1, 96, 256, 1, true))?,
            scale: 0.17,
            relu: true,
        })
    }

    fn block17(&self, number: usize) -> Result<Residual, VisionError> {
        let scope = format!("Repeat_1.block17_{number}.");
        Ok(Residual {
            branches: vec![
                self.branch(&scope, &[("Branch_0.Conv2d_1x1", 1, 1, 896, 128, 1, true)])?,
                self.branch(
                    &scope,
                    &[
                        ("Branch_1.Conv2d_0a_1x1", 1, 1, 896, 128, 1, true),
                        ("Branch_1.Conv2d_0b_1x7", 1, 7, 128, 128, 1, true),
                        ("Branch_1.Conv2d_0c_7x1", 7, 1, 128, 128, 1, true),
                    ],
                )?,
            ],
            up: self.conv(&scope, ("Conv2d_1x1", 1, 1, 256, 896, 1, true))?,
            scale: 0.10,
            relu: true,
        })
    }

    fn block8(&self, scope: &str, scale: f64, relu: bool) -> Result<Residual, VisionError> {
        Ok(Residual {
            branches: vec![
                self.branch(scope, &[("Branch_0.Conv2d_1x1", 1, 1, 1792, 192, 1, true)])?,
                self.branch(
                    scope,
                    &[
                        ("Branch_1.Conv2d_0a_1x1", 1, 1, 1792, 192, 1, true),
                        ("Branch_1.Conv2d_0b_1x3", 1, 3, 192, 192, 1, true),
                        ("Branch_1.Conv2d_0c_3x1", 3, 1, 192, 192, 1, true),
                    ],
                )?,
            ],
            up: self.conv(scope, ("Conv2d_1x1", 1, 1, 384, 1792, 1, true))?,
            scale,
            relu,
        })
    }

    fn mixed_6a(&self) -> Result<Reduction, VisionError> {
        let scope = "Mixed_6a.";
        Ok(Reduction(vec![
            self.branch(scope, &[("Branch_0.Conv2d_1a_3x3", 3, 3, 256, 384, 2, false)])?,
            self.branch(
                scope,
                &[
                    ("Branch_1.Conv2d_0a_1x1", 1, 1, 256, 192, 1, true),
                    ("Branch_1.Conv2d_0b_3x3", 3, 3, 192, 192, 1, true),
                    ("Branch_1.Conv2d_1a_3x3", 3, 3, 192, 256, 2, false),
                ],
            )?,
        ]))
    }

    fn mixed_7a(&self) -> Result<Reduction, VisionError> {
        let scope = "Mixed_7a.";
        let down = |name| (name, 1, 1, 896, 256, 1, true);
        Ok(Reduction(vec![
            self.branch(
                scope,
                &[down("Branch_0.Conv2d_0a_1x1"), ("Branch_0.Conv2d_1a_3x3", 3, 3, 256, 384, 2, false)],
            )?,
            self.branch(
                scope,
                &[down("Branch_1.Conv2d_0a_1x1"), ("Branch_1.Conv2d_1a_3x3", 3, 3, 256, 256, 2, false)],
            )?,
            self.branch(
                scope,
                &[
                    down("Branch_2.Conv2d_0a_1x1"),
                    ("Branch_2.Conv2d_0b_3x3", 3, 3, 256, 256, 1, true),
                    ("Branch_2.Conv2d_1a_3x3", 3, 3, 256, 256, 2, false),
                ],
            )?,
        ]))
    }
}

impl FaceNet {
    /// Loads the built-in weights onto a device.
    ///
    /// # Errors
    /// [`VisionError`] when a tensor is missing or wrong, or the device fails.
    pub fn new(device: &Device) -> Result<Self, VisionError> {
        Self::load(&Weights::facenet(device)?, MODEL, device)
    }

    /// Loads a checkpoint onto a device.
    ///
    /// # Errors
    /// [`VisionError`] when the device fails.
    pub fn of(model: &Model, device: &Device) -> Result<Self, VisionError> {
        Self::load(&Weights::of(model, device), model.name(), device)
    }

    fn load(weights: &Weights<'_>, name: &str, device: &Device) -> Result<Self, VisionError> {
        let build = Builder(weights);
        let width = weights.embedding_width()?;
        let stem: [Layer<'_>; 6] = [
            ("Conv2d_1a_3x3", 3, 3, 3, 32, 2, false),
            ("Conv2d_2a_3x3", 3, 3, 32, 32, 1, false),
            ("Conv2d_2b_3x3", 3, 3, 32, 64, 1, true),
            ("Conv2d_3b_1x1", 1, 1, 64, 80, 1, false),
            ("Conv2d_4a_3x3", 3, 3, 80, 192, 1, false),
            ("Conv2d_4b_3x3", 3, 3, 192, 256, 2, false),
        ];
        let mut block8 = (1..=5)
            .map(|number| build.block8(&format!("Repeat_2.block8_{number}."), 0.20, true))
            .collect::<Result<Vec<_>, _>>()?;
        block8.push(build.block8("Block8.", 1.0, false)?);
        Ok(Self {
            stem: stem.iter().map(|layer| build.conv("", *layer)).collect::<Result<_, _>>()?,
            pool_after: 3,
            block35: (1..=5).map(|number| build.block35(number)).collect::<Result<_, _>>()?,
            mixed_6a: build.mixed_6a()?,
            block17: (1..=10).map(|number| build.block17(number)).collect::<Result<_, _>>()?,
            mixed_7a: build.mixed_7a()?,
            block8,
            bottleneck: (weights.get("Bottleneck.weight", &[1792, width])?, weights.get("Bottleneck.bias", &[width])?),
            name: name.to_owned(),
            device: device.clone(),
        })
    }

    /// `(n, 3, 160, 160)` → `(n, width)`, L2-normalised.
    fn forward(&self, input: &Tensor) -> candle_core::Result<Tensor> {
        let mut value = input.clone();
        for (index, conv) in self.stem.iter().enumerate() {
            if index == self.pool_after {
                value = value.max_pool2d_with_stride(3, 2)?;
            }
            value = conv.relu(&value)?;
        }
        for block in &self.block35 {
            value = block.forward(&value)?;
        }
        value = self.mixed_6a.forward(&value)?;
        for block in &self.block17 {
            value = block.forward(&value)?;
        }
        value = self.mixed_7a.forward(&value)?;
        for block in &self.block8 {
            value = block.forward(&value)?;
        }
        let pooled = value.mean(D::Minus1)?.mean(D::Minus1)?;
        let (weight, bias) = &self.bottleneck;
        let embedding = pooled.matmul(weight)?.broadcast_add(bias)?;
        // The graph's own guard against a length of 0.
        let length = (embedding.sqr()?.sum_keepdim(1)?.maximum(1e-10)?).sqrt()?;
        embedding.broadcast_div(&length)
    }
}

impl FaceEmbedder for FaceNet {
    fn name(&self) -> &str {
        &self.name
    }

    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
        let mut embeddings = Vec::with_capacity(crops.len());
        for batch in crops.chunks(BATCH) {
            let side = CROP_SIDE as usize;
            let numbers: Vec<f32> =
                batch.iter().flat_map(|crop| &crop.rgb).map(|value| (f32::from(*value) - 127.5) / 128.0).collect();
            let input = Tensor::from_vec(numbers, (batch.len(), side, side, 3), &Device::Cpu)?;
            let input = input.permute((0, 3, 1, 2))?.contiguous()?.to_device(&self.device)?;
            embeddings.extend(self.forward(&input)?.to_device(&Device::Cpu)?.to_vec2::<f32>()?);
        }
        Ok(embeddings)
    }
}
