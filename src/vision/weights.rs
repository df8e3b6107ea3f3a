//! The weights, as they were built in, and the checks that make a wrong file a clear error.

use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors};

use super::VisionError;
use super::checkpoint::Model;

static MTCNN: &[u8] = include_bytes!("../../models/mtcnn.safetensors");
static FACENET: &[u8] = include_bytes!("../../models/facenet.safetensors");
static COMPACT: &[u8] = include_bytes!("../../models/compact.safetensors");
static STRANGERS: &[u8] = include_bytes!("../../models/strangers.safetensors");

/// Named tensors of one file, handed out as f32 on one device.
pub(super) struct Weights<'a> {
    source: Source<'a>,
    device: Device,
}

enum Source<'a> {
    File(SafeTensors<'a>),
    /// A checkpoint of the user's, checked already.
    Model(&'a Model),
}

impl Weights<'static> {
    /// The three networks of MTCNN, laid out as in PyTorch: convolutions OIHW, dense layers (out, in).
    pub(super) fn mtcnn(device: &Device) -> Result<Self, VisionError> {
        Self::read(MTCNN, device)
    }

    /// Inception-ResNet-v1: convolutions HWIO, batch norm folded in.
    pub(super) fn facenet(device: &Device) -> Result<Self, VisionError> {
        Self::read(FACENET, device)
    }

    /// The directions of compact embeddings.
    pub(super) fn compact(device: &Device) -> Result<Self, VisionError> {
        Self::read(COMPACT, device)
    }

    /// People who do not exist.
    pub(super) fn strangers(device: &Device) -> Result<Self, VisionError> {
        Self::read(STRANGERS, device)
    }
}

impl<'a> Weights<'a> {
    /// A checkpoint in place of the built-in FaceNet.
    pub(super) fn of(model: &'a Model, device: &Device) -> Self {
        Self { source: Source::Model(model), device: device.clone() }
    }

    /// Numbers in an embedding: 128 or 512.
    pub(super) fn embedding_width(&self) -> Result<usize, VisionError> {
        match &self.source {
            Source::Model(model) => Ok(model.width()),
            Source::File(file) => {
                let bias = file.tensor("Bottleneck.bias").ok();
                bias.and_then(|view| view.shape().first().copied()).ok_or_else(|| VisionError::Weights {
                    message: "a tensor is missing".to_owned(),
                    tensor: "Bottleneck.bias".to_owned(),
                })
            }
        }
    }

    fn read(bytes: &'a [u8], device: &Device) -> Result<Self, VisionError> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| VisionError::Weights {
            message: format!("this is no file of weights ({error})"),
            tensor: "the header".to_owned(),
        })?;
        Ok(Self { source: Source::File(file), device: device.clone() })
    }

    /// One tensor of exactly this shape, every number finite.
    pub(super) fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, VisionError> {
        let wrong = |message: String| VisionError::Weights { message, tensor: name.to_owned() };
        let missing = || wrong("a tensor is missing".to_owned());
        let file = match &self.source {
            Source::File(file) => file,
            Source::Model(model) => {
                let array = model.tensor(name).filter(|array| array.shape == shape).ok_or_else(missing)?;
                return Ok(Tensor::from_vec(array.numbers.clone(), shape, &self.device)?);
            }
        };
        let view = file.tensor(name).map_err(|_missing| missing())?;
        if view.shape() != shape {
            return Err(wrong(format!("a tensor has the shape {:?}, {shape:?} is needed", view.shape())));
        }
        let dtype = match view.dtype() {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            other => return Err(wrong(format!("a tensor holds {other:?}, f32 or f16 is needed"))),
        };
        let tensor = Tensor::from_raw_buffer(view.data(), dtype, shape, &Device::Cpu)?.to_dtype(DType::F32)?;
        let sum = tensor.abs()?.sum_all()?.to_scalar::<f32>()?;
        if !sum.is_finite() {
            return Err(wrong("a tensor holds numbers that are not finite".to_owned()));
        }
        Ok(tensor.to_device(&self.device)?)
    }

    /// The same as plain numbers, row by row.
    pub(super) fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, VisionError> {
        Ok(self.get(name, shape)?.to_device(&Device::Cpu)?.flatten_all()?.to_vec1()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_or_tensor_is_named() {
        let weights = Weights::mtcnn(&Device::Cpu).unwrap();
        assert_eq!(weights.get("pnet.conv1.bias", &[10]).unwrap().dims(), [10]);
        let text = |result: Result<Tensor, VisionError>| result.unwrap_err().to_string();
        assert!(text(weights.get("pnet.conv9.bias", &[10])).contains("pnet.conv9.bias"));
        assert!(text(weights.get("pnet.conv1.bias", &[11])).contains("[11]"));
        assert!(Weights::read(b"not weights", &Device::Cpu).is_err());
    }
}
