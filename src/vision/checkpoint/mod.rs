//! Checkpoints of Inception-ResNet-v1 from elsewhere, brought into the one form the networks read: our names, convolutions
//! HWIO, batch norm folded in, the bottleneck dense `(1792, width)`.
//!
//! Reads safetensors, facenet-pytorch's state dicts (`.pt`, old and new container) and TensorFlow's frozen graphs (`.pb`).
//! What a file is, its content says. A pickle is only read, never run. Knows nothing of paths: bytes in, [`Model`] out.

mod graph;
mod layout;
mod pickle;
mod tensors;

use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::VisionError;
use tensors::{Array, Tensors};

/// The weights of an Inception-ResNet-v1, checked and complete.
pub struct Model {
    tensors: Tensors,
    width: usize,
    name: String,
}

impl Model {
    /// Reads a checkpoint of any known form.
    ///
    /// # Errors
    /// [`VisionError::Weights`], which names the tensor, when the bytes are no checkpoint, a tensor is missing, has
    /// another shape or holds a number that is not finite.
    pub fn read(bytes: &[u8]) -> Result<Self, VisionError> {
        let tensors = layout::canonical(open(bytes)?)?;
        let width = tensors.get("Bottleneck.bias").map_or(0, |bias| bias.numbers.len());
        let name = format!("facenet-{width}-{}", fingerprint(&tensors));
        Ok(Self { tensors, width, name })
    }

    /// Numbers in an embedding: 128 or 512.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// What embeddings of it are marked with: its width and a hash of its numbers (as f16), so that the same weights in
    /// another container have the same name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes of a safetensors file with f16 numbers, which [`Self::read`] reads again.
    ///
    /// # Errors
    /// [`VisionError::Weights`] when a number is too large for f16.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, VisionError> {
        let mut halves: Vec<(&String, &[usize], Vec<u8>)> = Vec::new();
        for (name, array) in &self.tensors {
            let numbers: Vec<f16> = array.numbers.iter().map(|number| f16::from_f32(*number)).collect();
            if numbers.iter().any(|number| !number.is_finite()) {
                return Err(wrong(name, "a tensor holds numbers too large for f16"));
            }
            halves.push((name, &array.shape, numbers.iter().flat_map(|number| number.to_le_bytes()).collect()));
        }
        let views: Result<Vec<(&String, TensorView<'_>)>, _> = halves
            .iter()
            .map(|(name, shape, data)| TensorView::new(Dtype::F16, shape.to_vec(), data).map(|view| (*name, view)))
            .collect();
        let note = [("model".to_owned(), self.name.clone())].into();
        views
            .and_then(|views| safetensors::serialize(views, Some(note)))
            .map_err(|error| wrong("the header", &format!("the weights cannot be written ({error})")))
    }

    pub(super) fn tensor(&self, name: &str) -> Option<&Array> {
        self.tensors.get(name)
    }
}

/// The shape and the numbers of every tensor the file holds, under the file's own names.
fn open(bytes: &[u8]) -> Result<Tensors, VisionError> {
    if bytes.starts_with(b"PK") {
        pickle::zipped(bytes)
    } else if bytes.starts_with(&pickle::OLD_CONTAINER) {
        pickle::old(bytes)
    } else if bytes.get(8) == Some(&b'{') {
        safe(bytes)
    } else {
        graph::constants(bytes)
    }
}

fn safe(bytes: &[u8]) -> Result<Tensors, VisionError> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| wrong("the header", &format!("this is no whole safetensors file ({error})")))?;
    let mut tensors = Tensors::new();
    for (name, view) in file.iter() {
        if let Some(numbers) = tensors::numbers(view.dtype(), view.data()) {
            tensors.insert(name.to_owned(), Array { shape: view.shape().to_vec(), numbers });
        }
    }
    Ok(tensors)
}

fn fingerprint(tensors: &Tensors) -> String {
    let mut hasher = blake3::Hasher::new();
    for (name, array) in tensors {
        hasher.update(name.as_bytes());
        for number in &array.numbers {
            hasher.update(&f16::from_f32(*number).to_le_bytes());
        }
    }
    hasher.finalize().to_hex().chars().take(12).collect()
}

fn wrong(tensor: &str, message: &str) -> VisionError {
    VisionError::Weights { message: message.to_owned(), tensor: tensor.to_owned() }
}

#[cfg(test)]
mod tests;
