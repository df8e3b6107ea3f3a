//! MTCNN's numbers on the card.

use std::sync::Arc;

use candle_core::cuda_backend::cudarc;
use cudarc::driver::{CudaSlice, CudaStream};

use super::super::VisionError;
use super::super::weights::Weights;
use super::failed;

/// A layer of R- or O-Net.
pub(super) enum Step {
    /// A convolution without padding and, with `slope`, the `PReLU` after it.
    Conv { weight: CudaSlice<f32>, bias: CudaSlice<f32>, slope: Option<CudaSlice<f32>>, shape: (usize, usize, usize) },
    /// Max pool of this size, stride 2, that rounds its size up.
    Pool(usize),
}

/// R- or O-Net.
pub(super) struct Judge {
    pub(super) side: usize,
    /// Crops in one pass: bounds a lane's memory, some 30 MiB.
    pub(super) batch: usize,
    pub(super) steps: Vec<Step>,
    /// Numbers it gives for a crop.
    pub(super) heads: usize,
}

/// Uploads the numbers.
pub(super) struct Loader<'a> {
    pub(super) weights: Weights<'a>,
    pub(super) stream: Arc<CudaStream>,
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
    pub(super) fn propose(&self) -> Result<Vec<f32>, VisionError> {
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

    pub(super) fn refine(&self) -> Result<Judge, VisionError> {
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

    pub(super) fn decide(&self) -> Result<Judge, VisionError> {
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
