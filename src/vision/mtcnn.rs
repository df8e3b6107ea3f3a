//! The three networks of MTCNN (Zhang et al. 2016, arXiv 1604.02878) as facenet-pytorch 2.6.0 defines and trains them.
//!
//! Pools round up, as Caffe's do. Inputs are `(n, 3, h, w)` with values `(x − 127.5) / 128`.

use candle_core::{D, Device, Tensor};

use super::VisionError;
use super::resample::{Window, interleaved, mirror};
use super::weights::Weights;
use crate::domain::Pixels;

/// Convolution without padding, stride 1, and the `PReLU` after it.
struct Conv {
    weight: Tensor,
    bias: Tensor,
    slope: Option<Tensor>,
}

impl Conv {
    fn new(
        weights: &Weights<'_>,
        net: &str,
        name: &str,
        prelu: Option<&str>,
        (outputs, inputs, side): (usize, usize, usize),
    ) -> Result<Self, VisionError> {
        let shape = (1, outputs, 1, 1);
        let slope = match prelu {
            Some(prelu) => Some(weights.get(&format!("{net}.{prelu}.weight"), &[outputs])?.reshape(shape)?),
            None => None,
        };
        Ok(Self {
            weight: weights.get(&format!("{net}.{name}.weight"), &[outputs, inputs, side, side])?,
            bias: weights.get(&format!("{net}.{name}.bias"), &[outputs])?.reshape(shape)?,
            slope,
        })
    }

    fn forward(&self, input: &Tensor) -> candle_core::Result<Tensor> {
        let value = input.conv2d(&self.weight, 0, 1, 1, 1)?.broadcast_add(&self.bias)?;
        self.slope.as_ref().map_or(Ok(value.clone()), |slope| prelu(&value, slope))
    }
}

/// `max(x, 0) + slope · min(x, 0)`.
fn prelu(value: &Tensor, slope: &Tensor) -> candle_core::Result<Tensor> {
    value.relu()? + value.minimum(0.0)?.broadcast_mul(slope)?
}

/// A dense layer `(out, in)`, transposed once.
struct Dense {
    weight: Tensor,
    bias: Tensor,
    slope: Option<Tensor>,
}

impl Dense {
    fn new(
        weights: &Weights<'_>,
        net: &str,
        name: &str,
        prelu: Option<&str>,
        (outputs, inputs): (usize, usize),
    ) -> Result<Self, VisionError> {
        let slope = match prelu {
            Some(prelu) => Some(weights.get(&format!("{net}.{prelu}.weight"), &[outputs])?.reshape((1, outputs))?),
            None => None,
        };
        Ok(Self {
            weight: weights.get(&format!("{net}.{name}.weight"), &[outputs, inputs])?.t()?.contiguous()?,
            bias: weights.get(&format!("{net}.{name}.bias"), &[outputs])?,
            slope,
        })
    }

    fn forward(&self, input: &Tensor) -> candle_core::Result<Tensor> {
        let value = input.matmul(&self.weight)?.broadcast_add(&self.bias)?;
        self.slope.as_ref().map_or(Ok(value.clone()), |slope| prelu(&value, slope))
    }
}

/// Max pool that rounds its output size up. What hangs over the edge repeats the last row and column, which lie in
/// the window anyway, so the maximum is the same.
fn pool(input: &Tensor, size: usize, stride: usize) -> candle_core::Result<Tensor> {
    let (_, _, height, width) = input.dims4()?;
    let over = |length: usize| (length.saturating_sub(size).div_ceil(stride) * stride + size).saturating_sub(length);
    let mut value = input.clone();
    if over(height) > 0 {
        value = value.pad_with_same(2, 0, over(height))?;
    }
    if over(width) > 0 {
        value = value.pad_with_same(3, 0, over(width))?;
    }
    value.max_pool2d_with_stride(size, stride)
}

/// Scores of class 1 out of two, along dimension 1.
fn face_probability(logits: &Tensor) -> candle_core::Result<Tensor> {
    let other = logits.narrow(1, 0, 1)?;
    let face = logits.narrow(1, 1, 1)?;
    // softmax over two is a sigmoid of the difference
    candle_nn::ops::sigmoid(&(face - other)?)
}

/// `(n, channels, h, w)` → `(n, w · h · channels)`, the order Caffe's weights were trained with.
fn flatten(value: &Tensor) -> candle_core::Result<Tensor> {
    value.permute((0, 3, 2, 1))?.contiguous()?.flatten(1, D::Minus1)
}

/// Proposes faces of 12 × 12 pixels at every second pixel of a picture of any size.
struct PNet {
    convs: [Conv; 3],
    probability: Conv,
    offsets: Conv,
}

impl PNet {
    fn new(weights: &Weights<'_>) -> Result<Self, VisionError> {
        let conv = |name, prelu, shape| Conv::new(weights, "pnet", name, prelu, shape);
        Ok(Self {
            convs: [
                conv("conv1", Some("prelu1"), (10, 3, 3))?,
                conv("conv2", Some("prelu2"), (16, 10, 3))?,
                conv("conv3", Some("prelu3"), (32, 16, 3))?,
            ],
            probability: conv("conv4_1", None, (2, 32, 1))?,
            offsets: conv("conv4_2", None, (4, 32, 1))?,
        })
    }

    /// `(1, 3, h, w)` → face probability `(1, 1, h', w')` and box offsets `(1, 4, h', w')`.
    fn forward(&self, input: &Tensor) -> candle_core::Result<(Tensor, Tensor)> {
        let [first, second, third] = &self.convs;
        let value = pool(&first.forward(input)?, 2, 2)?;
        let value = third.forward(&second.forward(&value)?)?;
        Ok((face_probability(&self.probability.forward(&value)?)?, self.offsets.forward(&value)?))
    }
}

/// Refines proposals, 24 × 24 pixels.
struct RNet {
    convs: [Conv; 3],
    dense: Dense,
    probability: Dense,
    offsets: Dense,
}

impl RNet {
    fn new(weights: &Weights<'_>) -> Result<Self, VisionError> {
        let conv = |name, prelu, shape| Conv::new(weights, "rnet", name, Some(prelu), shape);
        let dense = |name, prelu, shape| Dense::new(weights, "rnet", name, prelu, shape);
        Ok(Self {
            convs: [
                conv("conv1", "prelu1", (28, 3, 3))?,
                conv("conv2", "prelu2", (48, 28, 3))?,
                conv("conv3", "prelu3", (64, 48, 2))?,
            ],
            dense: dense("dense4", Some("prelu4"), (128, 576))?,
            probability: dense("dense5_1", None, (2, 128))?,
            offsets: dense("dense5_2", None, (4, 128))?,
        })
    }

    /// `(n, 3, 24, 24)` → face probability `(n, 1)` and box offsets `(n, 4)`.
    fn forward(&self, input: &Tensor) -> candle_core::Result<(Tensor, Tensor)> {
        let [first, second, third] = &self.convs;
        let value = pool(&first.forward(input)?, 3, 2)?;
        let value = pool(&second.forward(&value)?, 3, 2)?;
        let value = self.dense.forward(&flatten(&third.forward(&value)?)?)?;
        Ok((face_probability(&self.probability.forward(&value)?)?, self.offsets.forward(&value)?))
    }
}

/// Decides, and finds five landmarks, 48 × 48 pixels.
struct ONet {
    convs: [Conv; 4],
    dense: Dense,
    probability: Dense,
    offsets: Dense,
    landmarks: Dense,
}

impl ONet {
    fn new(weights: &Weights<'_>) -> Result<Self, VisionError> {
        let conv = |name, prelu, shape| Conv::new(weights, "onet", name, Some(prelu), shape);
        let dense = |name, prelu, shape| Dense::new(weights, "onet", name, prelu, shape);
        Ok(Self {
            convs: [
                conv("conv1", "prelu1", (32, 3, 3))?,
                conv("conv2", "prelu2", (64, 32, 3))?,
                conv("conv3", "prelu3", (64, 64, 3))?,
                conv("conv4", "prelu4", (128, 64, 2))?,
            ],
            dense: dense("dense5", Some("prelu5"), (256, 1152))?,
            probability: dense("dense6_1", None, (2, 256))?,
            offsets: dense("dense6_2", None, (4, 256))?,
            landmarks: dense("dense6_3", None, (10, 256))?,
        })
    }

    /// `(n, 3, 48, 48)` → probability `(n, 1)`, box offsets `(n, 4)`, landmarks `(n, 10)`: five x, then five y.
    fn forward(&self, input: &Tensor) -> candle_core::Result<(Tensor, Tensor, Tensor)> {
        let [first, second, third, fourth] = &self.convs;
        let value = pool(&first.forward(input)?, 3, 2)?;
        let value = pool(&second.forward(&value)?, 3, 2)?;
        let value = pool(&third.forward(&value)?, 2, 2)?;
        let value = self.dense.forward(&flatten(&fourth.forward(&value)?)?)?;
        Ok((
            face_probability(&self.probability.forward(&value)?)?,
            self.offsets.forward(&value)?,
            self.landmarks.forward(&value)?,
        ))
    }
}

/// What P-Net says of 12 × 12 pixels of a picture of the pyramid: `x` and `y` count its outputs, two pixels apart.
pub(super) struct Cell {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) score: f32,
    /// Of the four edges, as shares of the box's size.
    pub(super) offsets: [f32; 4],
}

/// What R-Net says of a crop.
pub(super) struct Refinement {
    pub(super) score: f32,
    pub(super) offsets: [f32; 4],
}

/// What O-Net says of a crop.
pub(super) struct Decision {
    pub(super) score: f32,
    pub(super) offsets: [f32; 4],
    /// Five x, then five y, as shares of the box's size.
    pub(super) landmarks: [f32; 10],
}

/// The three networks, wherever they run. Results are in the order of what was given.
pub(super) trait Cascade: Send + Sync {
    /// P-Net on the photo at `width` × `height`: the cells whose score is at least `threshold`, row by row.
    fn propose(&self, photo: &Pixels, width: usize, height: usize, threshold: f32) -> Result<Vec<Cell>, VisionError>;

    /// R-Net on parts of the photo.
    fn refine(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Refinement>, VisionError>;

    /// O-Net on parts of the photo.
    fn decide(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Decision>, VisionError>;

    /// O-Net on the mirror images of parts of the photo.
    fn decide_mirrored(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Decision>, VisionError> {
        let width = photo.width as usize;
        let turned = |window: &Window| {
            let Window { left, top, right, bottom } = *window;
            Window { left: width - right, top, right: width - left, bottom }
        };
        self.decide(&mirror(photo), &windows.iter().map(turned).collect::<Vec<_>>())
    }
}

/// The three networks on one photo, which some hold on their device.
pub(super) trait OnPhoto {
    /// P-Net at several sizes of the photo: of each, the cells whose score is at least `threshold`, row by row.
    fn propose(&mut self, sizes: &[(usize, usize)], threshold: f32) -> Result<Vec<Vec<Cell>>, VisionError>;

    /// R-Net on parts of the photo.
    fn refine(&mut self, windows: &[Window]) -> Result<Vec<Refinement>, VisionError>;

    /// O-Net on parts of the photo.
    fn decide(&mut self, windows: &[Window]) -> Result<Vec<Decision>, VisionError>;

    /// O-Net on the mirror images of parts of the photo.
    fn decide_mirrored(&mut self, windows: &[Window]) -> Result<Vec<Decision>, VisionError>;
}

/// What takes up photos, from many threads at once.
pub(super) trait TakesPhotos: Send + Sync {
    /// The networks on this photo.
    fn on<'a>(&'a self, photo: &'a Pixels) -> Result<Box<dyn OnPhoto + 'a>, VisionError>;
}

impl<C: Cascade> TakesPhotos for C {
    fn on<'a>(&'a self, photo: &'a Pixels) -> Result<Box<dyn OnPhoto + 'a>, VisionError> {
        Ok(Box::new(Plain { networks: self, photo }))
    }
}

/// A cascade that is handed the photo every time.
struct Plain<'a, C> {
    networks: &'a C,
    photo: &'a Pixels,
}

impl<C: Cascade> OnPhoto for Plain<'_, C> {
    fn propose(&mut self, sizes: &[(usize, usize)], threshold: f32) -> Result<Vec<Vec<Cell>>, VisionError> {
        sizes.iter().map(|(width, height)| self.networks.propose(self.photo, *width, *height, threshold)).collect()
    }

    fn refine(&mut self, windows: &[Window]) -> Result<Vec<Refinement>, VisionError> {
        self.networks.refine(self.photo, windows)
    }

    fn decide(&mut self, windows: &[Window]) -> Result<Vec<Decision>, VisionError> {
        self.networks.decide(self.photo, windows)
    }

    fn decide_mirrored(&mut self, windows: &[Window]) -> Result<Vec<Decision>, VisionError> {
        self.networks.decide_mirrored(self.photo, windows)
    }
}

/// All three on a device of candle's.
pub(super) struct Networks {
    propose: PNet,
    refine: RNet,
    decide: ONet,
    device: Device,
}

/// Crops in one pass of R- or O-Net: bounds memory on crowds.
const BATCH: usize = 256;

impl Networks {
    pub(super) fn new(device: &Device) -> Result<Self, VisionError> {
        let weights = Weights::mtcnn(device)?;
        Ok(Self {
            propose: PNet::new(&weights)?,
            refine: RNet::new(&weights)?,
            decide: ONet::new(&weights)?,
            device: device.clone(),
        })
    }

    /// Parts of the photo as `(n, 3, side, side)`.
    fn crops(&self, photo: &Pixels, windows: &[Window], side: usize) -> Result<Tensor, VisionError> {
        let mut numbers = vec![0.0; 3 * side * side * windows.len()];
        for (crop, window) in numbers.chunks_exact_mut(3 * side * side).zip(windows) {
            interleaved(photo, *window, side, side, crop);
        }
        self.input(numbers, (windows.len(), side, side))
    }

    /// Pixels with their channels together as planes on the device.
    fn input(&self, numbers: Vec<f32>, (count, height, width): (usize, usize, usize)) -> Result<Tensor, VisionError> {
        let pixels = Tensor::from_vec(numbers, (count, height, width, 3), &Device::Cpu)?;
        Ok(pixels.permute((0, 3, 1, 2))?.contiguous()?.to_device(&self.device)?)
    }
}

impl Cascade for Networks {
    fn propose(&self, photo: &Pixels, width: usize, height: usize, threshold: f32) -> Result<Vec<Cell>, VisionError> {
        let mut picture = vec![0.0; 3 * width * height];
        interleaved(photo, Window::all(photo), width, height, &mut picture);
        let (probability, offsets) = self.propose.forward(&self.input(picture, (1, height, width))?)?;
        let (_, _, rows, columns) = probability.dims4()?;
        let (probability, offsets) = (numbers(&probability)?, numbers(&offsets)?);
        let plane = rows * columns;
        let cell = |(at, score): (usize, &f32)| Cell {
            x: at % columns,
            y: at / columns,
            score: *score,
            offsets: [0, 1, 2, 3].map(|edge| offsets[edge * plane + at]),
        };
        Ok(probability.iter().enumerate().filter(|(_, score)| **score >= threshold).map(cell).collect())
    }

    fn refine(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Refinement>, VisionError> {
        let mut found = Vec::with_capacity(windows.len());
        for batch in windows.chunks(BATCH) {
            let (probability, offsets) = self.refine.forward(&self.crops(photo, batch, 24)?)?;
            let (probability, offsets) = (numbers(&probability)?, numbers(&offsets)?);
            let offsets = offsets.as_chunks().0;
            found.extend(
                probability.iter().zip(offsets).map(|(score, offsets)| Refinement { score: *score, offsets: *offsets }),
            );
        }
        Ok(found)
    }

    fn decide(&self, photo: &Pixels, windows: &[Window]) -> Result<Vec<Decision>, VisionError> {
        let mut found = Vec::with_capacity(windows.len());
        for batch in windows.chunks(BATCH) {
            let (probability, offsets, landmarks) = self.decide.forward(&self.crops(photo, batch, 48)?)?;
            let (probability, offsets, landmarks) = (numbers(&probability)?, numbers(&offsets)?, numbers(&landmarks)?);
            let heads = probability.iter().zip(offsets.as_chunks().0).zip(landmarks.as_chunks().0);
            found.extend(heads.map(|((score, offsets), landmarks)| Decision {
                score: *score,
                offsets: *offsets,
                landmarks: *landmarks,
            }));
        }
        Ok(found)
    }
}

fn numbers(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
    tensor.to_device(&Device::Cpu)?.flatten_all()?.to_vec1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_round_up() {
        let input = Tensor::arange(0f32, 25.0, &Device::Cpu).unwrap().reshape((1, 1, 5, 5)).unwrap();
        let out = pool(&input, 2, 2).unwrap();
        assert_eq!(out.dims(), [1, 1, 3, 3]);
        let values = out.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(values, [6.0, 8.0, 9.0, 16.0, 18.0, 19.0, 21.0, 23.0, 24.0]);
    }
}
