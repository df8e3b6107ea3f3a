//! The weights, as they were built in, and the checks that make a wrong file a clear error.

use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors};

use super::VisionError;

static MTCNN: &[u8] = include_bytes!("../../models/mtcnn.safetensors");
static FACENET: &[u8] = include_bytes!("../../models/facenet.safetensors");

/// Named tensors of one file, handed out as f32 on one device.
pub(super) struct Weights<'a> {
    file: SafeTensors<'a>,
    device: Device,
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
}

impl<'a> Weights<'a> {
    fn read(bytes: &'a [u8], device: &Device) -> Result<Self, VisionError> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| VisionError::Weights {
            message: format!("this is no file of weights ({error})"),
            tensor: "the header".to_owned(),
        })?;
        Ok(Self { file, device: device.clone() })
    }

    /// One tensor of exactly this shape, every number finite.
    pub(super) fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, VisionError> {
        let wrong = |message: String| VisionError::Weights { message, tensor: name.to_owned() };
        let view = self.file.tensor(name).map_err(|_missing| wrong("a tensor is missing".to_owned()))?;
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
