//! The constants of a frozen TensorFlow graph: a `GraphDef`, of whose protocol buffers only these are looked at:
//! `GraphDef.node` = 1; `NodeDef.name` = 1, `op` = 2, `attr` = 5; `AttrValue.tensor` = 8; `TensorProto.dtype` = 1,
//! `tensor_shape` = 2, `tensor_content` = 4, `float_val` = 5; `TensorShapeProto.dim` = 2, `Dim.size` = 1.

use super::tensors::{Array, Tensors, numbers};
use super::wrong;
use crate::vision::VisionError;
use safetensors::Dtype;

/// `DT_FLOAT`.
const FLOAT: u64 = 1;

/// Every float constant by its node's name.
pub(super) fn constants(bytes: &[u8]) -> Result<Tensors, VisionError> {
    let broken = || wrong("the file", "this is no checkpoint: neither safetensors nor .pt nor a frozen .pb graph");
    let mut found = Tensors::new();
    for field in Fields(bytes) {
        if let (1, Value::Bytes(node)) = field.ok_or_else(broken)?
            && let Some((name, array)) = constant(node)
        {
            found.insert(name, array);
        }
    }
    if found.is_empty() { Err(broken()) } else { Ok(found) }
}

fn constant(node: &[u8]) -> Option<(String, Array)> {
    if bytes_of(node, 2)? != b"Const" {
        return None;
    }
    let name = String::from_utf8(bytes_of(node, 1)?.to_vec()).ok()?;
    let entry = all_of(node, 5).find(|entry| bytes_of(entry, 1) == Some(b"value"))?;
    let tensor = bytes_of(bytes_of(entry, 2)?, 8)?;
    if number_of(tensor, 1) != Some(FLOAT) {
        return None;
    }
    let shape: Vec<usize> = bytes_of(tensor, 2)
        .map(|shape| all_of(shape, 2).map(|size| number_of(size, 1).unwrap_or(0) as usize).collect())
        .unwrap_or_default();
    let count = shape.iter().try_fold(1usize, |all, side| all.checked_mul(*side))?;
    let content = bytes_of(tensor, 4).filter(|content| !content.is_empty()).or_else(|| bytes_of(tensor, 5));
    let mut numbers = numbers(Dtype::F32, content.unwrap_or_default())?;
    // One number stands for all.
    if let [one] = numbers.as_slice()
        && count <= 1 << 24
    {
        numbers = vec![*one; count];
    }
    Some((name, Array { shape, numbers }))
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message; `None` when it breaks off, and then nothing more.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Number(self.varint()?),
            1 => Value::Bytes(self.take(8)?),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Bytes(self.take(4)?),
            _ => return None,
        };
        Some((key >> 3, value))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(first & 127) << shift;
            if *first < 128 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

fn all_of(message: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    Fields(message).flatten().filter_map(move |field| match field {
        (found, Value::Bytes(bytes)) if found == number => Some(bytes),
        _ => None,
    })
}

fn bytes_of(message: &[u8], number: u64) -> Option<&[u8]> {
    all_of(message, number).next()
}

fn number_of(message: &[u8], wanted: u64) -> Option<u64> {
    Fields(message).flatten().find_map(|field| match field {
        (found, Value::Number(number)) if found == wanted => Some(number),
        _ => None,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A field of bytes.
    pub(in crate::vision::checkpoint) fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
        [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
    }

    fn varint(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value > 127 {
            bytes.push(value as u8 | 128);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    /// A node that is a constant of floats.
    pub(in crate::vision::checkpoint) fn node(name: &str, shape: &[usize], numbers: &[f32]) -> Vec<u8> {
        let sides: Vec<u8> =
            shape.iter().flat_map(|side| field(2, &[vec![8], varint(*side as u64)].concat())).collect();
        let data: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let tensor = [vec![8, 1], field(2, &sides), field(4, &data)].concat();
        let entry = [field(1, b"value"), field(2, &field(8, &tensor))].concat();
        field(1, &[field(1, name.as_bytes()), field(2, b"Const"), field(5, &entry)].concat())
    }

    #[test]
    fn constants_are_read_and_other_nodes_left() {
        let other = field(1, &[field(1, b"input"), field(2, b"Placeholder")].concat());
        let graph = [node("a/weights", &[2, 2], &[1.0, 2.0, 3.0, 4.0]), other, node("b", &[3], &[7.0])].concat();
        let found = constants(&graph).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found["a/weights"], Array { shape: vec![2, 2], numbers: vec![1.0, 2.0, 3.0, 4.0] });
        assert_eq!(found["b"].numbers, [7.0; 3]);
    }

    #[test]
    fn what_breaks_off_is_refused() {
        let graph = node("a", &[2], &[1.0, 2.0]);
        for length in 1..graph.len() {
            assert!(constants(&graph[..length]).is_err(), "{length}");
        }
        assert!(constants(b"").is_err());
        assert!(constants(&[255; 40]).is_err());
    }
}
