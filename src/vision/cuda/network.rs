//! FaceNet's layers on the card, in numbers of 16 bits. Sibling 1 × 1 convolutions are one.

use std::sync::Arc;

use candle_core::cuda_backend::cudarc;
use cudarc::driver::{CudaSlice, CudaStream};
use half::f16;

use super::super::VisionError;
use super::super::weights::Weights;
use super::failed;

/// Columns of the first convolution's rows: 27, filled up for the matrix units.
pub(super) const FIRST: usize = 32;

/// A convolution's numbers: `inputs · taps` rows of `outputs`.
pub(super) struct Conv {
    pub(super) weight: CudaSlice<f16>,
    pub(super) bias: CudaSlice<f16>,
    pub(super) taps: (usize, usize),
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) stride: usize,
    /// Zeros above and left.
    pub(super) padding: (usize, usize),
}

/// `input + scale · up(branches(input))`. All branches begin with a 1 × 1 convolution, and those are one.
pub(super) struct Residual {
    pub(super) down: Conv,
    /// Convolutions of the branches' channels from a given one on, in place.
    pub(super) steps: Vec<(usize, Conv)>,
    pub(super) up: Conv,
    pub(super) scale: f32,
    pub(super) relu: bool,
}

/// Branches that halve the picture, and a max pool beside them.
pub(super) struct Reduction {
    pub(super) down: Conv,
    pub(super) steps: Vec<(usize, Conv)>,
    /// From which channel of the branches (`None`: the input), to which of the output.
    pub(super) ends: Vec<(Option<usize>, Conv, usize)>,
    pub(super) pool_to: usize,
}

/// The network's numbers on the card, shared by all lanes.
pub(super) struct Network {
    pub(super) stem: [Conv; 6],
    pub(super) block35: Vec<Residual>,
    pub(super) mixed_6a: Reduction,
    pub(super) block17: Vec<Residual>,
    pub(super) mixed_7a: Reduction,
    pub(super) block8: Vec<Residual>,
    pub(super) bottleneck: Conv,
}

/// `(name, tap rows, tap columns, in, out, stride, same padding)`.
type Layer<'a> = (&'a str, usize, usize, usize, usize, usize, bool);

struct Loader<'a> {
    weights: &'a Weights<'a>,
    stream: Arc<CudaStream>,
}

impl Loader<'_> {
    fn upload(&self, name: &str, numbers: impl Iterator<Item = f32>) -> Result<CudaSlice<f16>, VisionError> {
        let halves: Vec<f16> = numbers.map(f16::from_f32).collect();
        if halves.iter().any(|number| !number.is_finite()) {
            let message =
                "a tensor holds numbers that are too large for this card's 16 bits; use --device cpu".to_owned();
            return Err(VisionError::Weights { message, tensor: name.to_owned() });
        }
        self.stream.clone_htod(&halves).map_err(failed)
    }

    /// `scale` goes into the bias; the product is scaled when it is made.
    fn scaled(&self, scope: &str, layer: Layer<'_>, scale: f32) -> Result<Conv, VisionError> {
        let (name, rows, columns, inputs, outputs, stride, same) = layer;
        let name = format!("{scope}{name}");
        let mut weight = self.weights.numbers(&format!("{name}.weight"), &[rows, columns, inputs, outputs])?;
        if inputs == 3 {
            weight.resize(FIRST * outputs, 0.0);
        }
        let bias = self.weights.numbers(&format!("{name}.bias"), &[outputs])?;
        Ok(Conv {
            weight: self.upload(&name, weight.into_iter())?,
            bias: self.upload(&name, bias.into_iter().map(|number| number * scale))?,
            taps: (rows, columns),
            inputs,
            outputs,
            stride,
            padding: if same { (rows / 2, columns / 2) } else { (0, 0) },
        })
    }

    fn conv(&self, scope: &str, layer: Layer<'_>) -> Result<Conv, VisionError> {
        self.scaled(scope, layer, 1.0)
    }

    /// Sibling 1 × 1 convolutions as one: their outputs side by side.
    fn down(&self, scope: &str, names: &[&str], inputs: usize, outputs: usize) -> Result<Conv, VisionError> {
        let (mut rows, mut bias) = (vec![Vec::new(); inputs], Vec::new());
        for name in names {
            let weight = self.weights.numbers(&format!("{scope}{name}.weight"), &[1, 1, inputs, outputs])?;
            for (row, part) in rows.iter_mut().zip(weight.chunks_exact(outputs)) {
                row.extend_from_slice(part);
            }
            bias.extend(self.weights.numbers(&format!("{scope}{name}.bias"), &[outputs])?);
        }
        Ok(Conv {
            outputs: bias.len(),
            weight: self.upload(scope, rows.into_iter().flatten())?,
            bias: self.upload(scope, bias.into_iter())?,
            taps: (1, 1),
            inputs,
            stride: 1,
            padding: (0, 0),
        })
    }

    fn block35(&self, number: usize) -> Result<Residual, VisionError> {
        let scope = format!("Repeat.block35_{number}.");
        let wide = |name| self.conv(&scope, (name, 3, 3, 32, 32, 1, true));
        Ok(Residual {
            down: self.down(
                &scope,
                &["Branch_0.Conv2d_1x1", "Branch_1.Conv2d_0a_1x1", "Branch_2.Conv2d_0a_1x1"],
                256,
                32,
            )?,
            steps: vec![
                (32, wide("Branch_1.Conv2d_0b_3x3")?),
                (64, wide("Branch_2.Conv2d_0b_3x3")?),
                (64, wide("Branch_2.Conv2d_0c_3x3")?),
            ],
            up: self.scaled(&scope, ("Conv2d_1x1", 1, 1, 96, 256, 1, true), 0.17)?,
            scale: 0.17,
            relu: true,
        })
    }

    fn block17(&self, number: usize) -> Result<Residual, VisionError> {
        let scope = format!("Repeat_1.block17_{number}.");
        Ok(Residual {
            down: self.down(&scope, &["Branch_0.Conv2d_1x1", "Branch_1.Conv2d_0a_1x1"], 896, 128)?,
            steps: vec![
                (128, self.conv(&scope, ("Branch_1.Conv2d_0b_1x7", 1, 7, 128, 128, 1, true))?),
                (128, self.conv(&scope, ("Branch_1.Conv2d_0c_7x1", 7, 1, 128, 128, 1, true))?),
            ],
            up: self.scaled(&scope, ("Conv2d_1x1", 1, 1, 256, 896, 1, true), 0.10)?,
            scale: 0.10,
            relu: true,
        })
    }

    fn block8(&self, scope: &str, scale: f32, relu: bool) -> Result<Residual, VisionError> {
        Ok(Residual {
            down: self.down(scope, &["Branch_0.Conv2d_1x1", "Branch_1.Conv2d_0a_1x1"], 1792, 192)?,
            steps: vec![
                (192, self.conv(scope, ("Branch_1.Conv2d_0b_1x3", 1, 3, 192, 192, 1, true))?),
                (192, self.conv(scope, ("Branch_1.Conv2d_0c_3x1", 3, 1, 192, 192, 1, true))?),
            ],
            up: self.scaled(scope, ("Conv2d_1x1", 1, 1, 384, 1792, 1, true), scale)?,
            scale,
            relu,
        })
    }

    fn mixed_6a(&self) -> Result<Reduction, VisionError> {
        let conv = |layer| self.conv("Mixed_6a.", layer);
        Ok(Reduction {
            down: self.down("Mixed_6a.", &["Branch_1.Conv2d_0a_1x1"], 256, 192)?,
            steps: vec![(0, conv(("Branch_1.Conv2d_0b_3x3", 3, 3, 192, 192, 1, true))?)],
            ends: vec![
                (None, conv(("Branch_0.Conv2d_1a_3x3", 3, 3, 256, 384, 2, false))?, 0),
                (Some(0), conv(("Branch_1.Conv2d_1a_3x3", 3, 3, 192, 256, 2, false))?, 384),
            ],
            pool_to: 640,
        })
    }

    fn mixed_7a(&self) -> Result<Reduction, VisionError> {
        let conv = |layer| self.conv("Mixed_7a.", layer);
        let names = ["Branch_0.Conv2d_0a_1x1", "Branch_1.Conv2d_0a_1x1", "Branch_2.Conv2d_0a_1x1"];
        Ok(Reduction {
            down: self.down("Mixed_7a.", &names, 896, 256)?,
            steps: vec![(512, conv(("Branch_2.Conv2d_0b_3x3", 3, 3, 256, 256, 1, true))?)],
            ends: vec![
                (Some(0), conv(("Branch_0.Conv2d_1a_3x3", 3, 3, 256, 384, 2, false))?, 0),
                (Some(256), conv(("Branch_1.Conv2d_1a_3x3", 3, 3, 256, 256, 2, false))?, 384),
                (Some(512), conv(("Branch_2.Conv2d_1a_3x3", 3, 3, 256, 256, 2, false))?, 640),
            ],
            pool_to: 896,
        })
    }
}

impl Network {
    /// Uploads all weights; they are there when it returns.
    pub(super) fn new(weights: &Weights<'_>, stream: &Arc<CudaStream>) -> Result<Self, VisionError> {
        let load = Loader { weights, stream: Arc::clone(stream) };
        let stem = |layer| load.conv("", layer);
        let width = weights.embedding_width()?;
        let blocks = |count, block: &dyn Fn(usize) -> Result<Residual, VisionError>| {
            (1..=count).map(block).collect::<Result<Vec<_>, _>>()
        };
        let mut block8 = blocks(5, &|number| load.block8(&format!("Repeat_2.block8_{number}."), 0.20, true))?;
        block8.push(load.block8("Block8.", 1.0, false)?);
        let bottleneck = Conv {
            weight: load.upload("Bottleneck", weights.numbers("Bottleneck.weight", &[1792, width])?.into_iter())?,
            bias: load.upload("Bottleneck", weights.numbers("Bottleneck.bias", &[width])?.into_iter())?,
            taps: (1, 1),
            inputs: 1792,
            outputs: width,
            stride: 1,
            padding: (0, 0),
        };
        let network = Self {
            stem: [
                stem(("Conv2d_1a_3x3", 3, 3, 3, 32, 2, false))?,
                stem(("Conv2d_2a_3x3", 3, 3, 32, 32, 1, false))?,
                stem(("Conv2d_2b_3x3", 3, 3, 32, 64, 1, true))?,
                stem(("Conv2d_3b_1x1", 1, 1, 64, 80, 1, false))?,
                stem(("Conv2d_4a_3x3", 3, 3, 80, 192, 1, false))?,
                stem(("Conv2d_4b_3x3", 3, 3, 192, 256, 2, false))?,
            ],
            block35: blocks(5, &|number| load.block35(number))?,
            mixed_6a: load.mixed_6a()?,
            block17: blocks(10, &|number| load.block17(number))?,
            mixed_7a: load.mixed_7a()?,
            block8,
            bottleneck,
        };
        stream.synchronize().map_err(failed)?;
        Ok(network)
    }
}
