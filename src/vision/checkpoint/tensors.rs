//! Named arrays of numbers, as they come out of a container.

use std::collections::BTreeMap;

use half::{bf16, f16};
use safetensors::Dtype;

/// Tensors by name.
pub(in crate::vision) type Tensors = BTreeMap<String, Array>;

/// One tensor, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::vision) struct Array {
    pub(in crate::vision) shape: Vec<usize>,
    pub(in crate::vision) numbers: Vec<f32>,
}

/// Little-endian bytes as numbers; `None` for kinds that are no real numbers (counters, flags).
pub(super) fn numbers(kind: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    Some(match kind {
        Dtype::F32 => chunks(bytes, f32::from_le_bytes),
        Dtype::F16 => chunks(bytes, |pair| f16::from_le_bytes(pair).to_f32()),
        Dtype::BF16 => chunks(bytes, |pair| bf16::from_le_bytes(pair).to_f32()),
        Dtype::F64 => chunks(bytes, |eight| f64::from_le_bytes(eight) as f32),
        _ => return None,
    })
}

fn chunks<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| read(*chunk)).collect()
}
