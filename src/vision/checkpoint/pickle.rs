//! PyTorch's state dicts: a pickle that describes tensors, and their numbers beside it, in the older container (pickles
//! one after the other, then the numbers) or the newer one (a zip).
//!
//! The pickle machine here knows lists, dicts, numbers, texts and the one call that makes a tensor of a storage. It builds
//! and calls nothing else, so that a pickle from the internet can do no harm.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use safetensors::Dtype;
use zip::ZipArchive;

use super::tensors::{Array, Tensors, numbers};
use super::wrong;
use crate::vision::VisionError;

/// How files of the older container begin: protocol 2, and their magic number.
pub(super) const OLD_CONTAINER: [u8; 14] =
    [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// Numbers all tensors may have together: the network has 23 million.
const MOST_NUMBERS: usize = 1 << 26;
/// Bytes of the pickle inside a zip.
const MOST_PICKLE: u64 = 64 << 20;
/// Bytes of all storages together.
const MOST_STORAGE: u64 = 512 << 20;
/// Lists in lists: a state dict has four.
const MOST_DEPTH: usize = 32;
/// Values that a pickle may remember or take up again, with all that is in them: a state dict has some ten thousand.
const MOST_VALUES: usize = 1 << 22;

/// What a pickle can hold here.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    /// None, a flag, an object nobody asks for.
    Nothing,
    Mark,
    Number(i64),
    Text(String),
    /// A list or a tuple.
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    /// The name of a class or function.
    Global(String),
    /// `storage key, kind`.
    Storage(String, Option<Dtype>),
    Tensor(View),
}

/// A tensor as a view of a storage.
#[derive(Clone, Debug, PartialEq)]
struct View {
    storage: String,
    /// `None`: counters and other whole numbers.
    kind: Option<Dtype>,
    offset: usize,
    shape: Vec<usize>,
    stride: Vec<usize>,
}

/// The newer container.
pub(super) fn zipped(bytes: &[u8]) -> Result<Tensors, VisionError> {
    let broken = |error: &dyn std::fmt::Display| wrong("data.pkl", &format!("this is no whole .pt file ({error})"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let pickle = archive
        .file_names()
        .filter_map(Result::ok)
        .find(|name| *name == "data.pkl" || name.ends_with("/data.pkl"))
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| broken(&"there is no data.pkl in it"))?;
    let scope = pickle.strip_suffix("data.pkl").unwrap_or_default().to_owned();
    let mut read = |name: &str, most: u64| -> Result<Vec<u8>, VisionError> {
        let file =
            archive.by_name(name).map_err(|error| wrong(name, &format!("the .pt file is not whole ({error})")))?;
        let mut data = Vec::new();
        file.take(most).read_to_end(&mut data).map_err(|error| wrong(name, &format!("it cannot be read ({error})")))?;
        Ok(data)
    };
    let text = read(&pickle, MOST_PICKLE)?;
    let views = state_dict(Machine::new(&text).run().ok_or_else(|| broken(&"its pickle cannot be read"))?)?;
    let mut storages: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut left = MOST_STORAGE;
    for (_, view) in views.iter().filter(|(_, view)| view.kind.is_some()) {
        if !storages.contains_key(&view.storage) {
            let data = read(&format!("{scope}data/{}", view.storage), left)?;
            left -= data.len() as u64;
            storages.insert(view.storage.clone(), data);
        }
    }
    tensors(&views, &storages)
}

/// The older container: magic number, version and system, the state dict, the keys of the storages, then for each key its
/// count as eight bytes and its numbers.
pub(super) fn old(bytes: &[u8]) -> Result<Tensors, VisionError> {
    let broken = || wrong("the file", "this .pt file is not whole");
    let mut machine = Machine::new(bytes);
    for _ in 0..3 {
        machine.run().ok_or_else(broken)?;
    }
    let views = state_dict(machine.run().ok_or_else(broken)?)?;
    let Value::List(keys) = machine.run().ok_or_else(broken)? else { return Err(broken()) };
    let mut kinds = machine.kinds;
    let mut rest = machine.rest;
    let mut storages = BTreeMap::new();
    for key in keys {
        let Value::Text(key) = key else { return Err(broken()) };
        let (count, after) = rest.split_first_chunk::<8>().ok_or_else(broken)?;
        let size = kinds.remove(&key).unwrap_or(4);
        let length = usize::try_from(u64::from_le_bytes(*count)).ok().and_then(|count| count.checked_mul(size));
        let (data, after) = length.and_then(|length| after.split_at_checked(length)).ok_or_else(broken)?;
        storages.insert(key, data.to_vec());
        rest = after;
    }
    tensors(&views, &storages)
}

/// The tensors of a dict from text to tensor, or of the `state_dict` inside a larger one.
fn state_dict(value: Value) -> Result<Vec<(String, View)>, VisionError> {
    let none = || wrong("the file", "there is no state dict in this .pt file; save model.state_dict()");
    let Value::Dict(entries) = value else { return Err(none()) };
    let mut views = Vec::new();
    for (key, value) in entries {
        match (key, value) {
            (Value::Text(name), Value::Tensor(view)) => views.push((name, view)),
            (Value::Text(name), inner @ Value::Dict(_)) if name == "state_dict" => return state_dict(inner),
            _ => {}
        }
    }
    if views.is_empty() { Err(none()) } else { Ok(views) }
}

fn tensors(views: &[(String, View)], storages: &BTreeMap<String, Vec<u8>>) -> Result<Tensors, VisionError> {
    let mut decoded: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
    let mut found = Tensors::new();
    let mut left = MOST_NUMBERS;
    for (name, view) in views {
        let Some(kind) = view.kind else { continue };
        let bytes = storages.get(&view.storage).ok_or_else(|| wrong(name, "a tensor's numbers are missing"))?;
        let all = decoded.entry(&view.storage).or_insert_with(|| numbers(kind, bytes).unwrap_or_default());
        let numbers = view.read(all, left).ok_or_else(|| wrong(name, "a tensor is not whole"))?;
        left -= numbers.len();
        found.insert(name.clone(), Array { shape: view.shape.clone(), numbers });
    }
    Ok(found)
}

impl View {
    /// Its numbers row by row; `None` when they lie outside the storage or are more than `most`.
    fn read(&self, storage: &[f32], most: usize) -> Option<Vec<f32>> {
        let count = self.shape.iter().try_fold(1usize, |all, side| all.checked_mul(*side))?;
        if count > most || self.shape.len() != self.stride.len() {
            return None;
        }
        (0..count)
            .map(|index| {
                let mut left = index;
                let mut at = self.offset;
                for (side, step) in self.shape.iter().zip(&self.stride).rev() {
                    at = at.checked_add((left % side).checked_mul(*step)?)?;
                    left /= side;
                }
                storage.get(at).copied()
            })
            .collect()
    }
}

/// Bytes of a number in a storage of this class, and its kind if it holds real numbers.
fn storage_kind(class: &str) -> Option<(usize, Option<Dtype>)> {
    Some(match class.strip_prefix("torch.")? {
        "FloatStorage" => (4, Some(Dtype::F32)),
        "HalfStorage" => (2, Some(Dtype::F16)),
        "BFloat16Storage" => (2, Some(Dtype::BF16)),
        "DoubleStorage" => (8, Some(Dtype::F64)),
        "LongStorage" => (8, None),
        "IntStorage" => (4, None),
        "ShortStorage" => (2, None),
        "CharStorage" | "ByteStorage" | "BoolStorage" => (1, None),
        _ => return None,
    })
}

/// Runs one pickle after the other.
struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    memo: BTreeMap<u32, Value>,
    /// Bytes a number takes, by storage key.
    kinds: BTreeMap<String, usize>,
    /// Values that may still be copied, see [`MOST_VALUES`].
    left: usize,
}

impl Value {
    /// How many values it is; `None` when they lie too deep in one another to be taken apart safely.
    fn count(&self, depth: usize) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        match self {
            Self::List(values) => values.iter().try_fold(1usize, |count, value| Some(count + value.count(depth)?)),
            Self::Dict(entries) => entries
                .iter()
                .try_fold(1usize, |count, (key, value)| Some(count + key.count(depth)? + value.count(depth)?)),
            _ => Some(1),
        }
    }
}

impl<'a> Machine<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, stack: Vec::new(), memo: BTreeMap::new(), kinds: BTreeMap::new(), left: MOST_VALUES }
    }

    /// The value of the next pickle; `None` when it breaks off or wants more than this machine does.
    fn run(&mut self) -> Option<Value> {
        self.stack.clear();
        self.memo.clear();
        loop {
            let [code] = self.take::<1>()?;
            if code == b'.' {
                return self.stack.pop();
            }
            self.step(code)?;
        }
    }

    fn step(&mut self, code: u8) -> Option<()> {
        match code {
            0x80 => {
                self.take::<1>()?;
            }
            b'(' => self.stack.push(Value::Mark),
            b'N' | 0x88 | 0x89 => self.stack.push(Value::Nothing),
            b'G' => {
                self.take::<8>()?;
                self.stack.push(Value::Nothing);
            }
            b'K' | b'M' | b'J' | 0x8a => self.number(code)?,
            b'X' | 0x8c | b'U' | b'T' => self.text(code)?,
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.stack.push(Value::Global(format!("{module}.{name}")));
            }
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.remember(code)?,
            b']' | b')' => self.stack.push(Value::List(Vec::new())),
            b'}' => self.stack.push(Value::Dict(Vec::new())),
            0x85..=0x87 => {
                let items = self.stack.split_off(self.stack.len().checked_sub(usize::from(code - 0x84))?);
                self.stack.push(Value::List(Vec::new()));
                self.extend(items)?;
            }
            b't' | b'l' => {
                let items = self.since_mark()?;
                self.stack.push(Value::List(Vec::new()));
                self.extend(items)?;
            }
            b'a' => {
                let item = self.stack.pop()?;
                self.extend(vec![item])?;
            }
            b'e' | b'u' => {
                let items = self.since_mark()?;
                self.extend(items)?;
            }
            b's' => {
                let items = self.stack.split_off(self.stack.len().checked_sub(2)?);
                self.extend(items)?;
            }
            b'Q' => self.storage()?,
            b'R' => self.call()?,
            // An object's attributes are of no interest.
            b'b' | b'0' => {
                self.stack.pop()?;
            }
            _ => return None,
        }
        Some(())
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn line(&mut self) -> Option<String> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let line = self.bytes(end + 1)?.strip_suffix(b"\n")?;
        String::from_utf8(line.to_vec()).ok()
    }

    fn number(&mut self, code: u8) -> Option<()> {
        let number = match code {
            b'K' => i64::from(self.take::<1>()?[0]),
            b'M' => i64::from(u16::from_le_bytes(self.take()?)),
            b'J' => i64::from(i32::from_le_bytes(self.take()?)),
            _ => {
                let length = usize::from(self.take::<1>()?[0]);
                let bytes = self.bytes(length)?;
                let sign = if bytes.last().is_some_and(|last| last & 128 != 0) { 255 } else { 0 };
                let mut eight = [sign; 8];
                // The magic number has ten bytes; nobody asks for its value.
                for (to, from) in eight.iter_mut().zip(bytes) {
                    *to = *from;
                }
                i64::from_le_bytes(eight)
            }
        };
        self.stack.push(Value::Number(number));
        Some(())
    }

    fn text(&mut self, code: u8) -> Option<()> {
        let length = match code {
            b'X' | b'T' => usize::try_from(u32::from_le_bytes(self.take()?)).ok()?,
            _ => usize::from(self.take::<1>()?[0]),
        };
        let text = String::from_utf8_lossy(self.bytes(length)?).into_owned();
        self.stack.push(Value::Text(text));
        Some(())
    }

    fn remember(&mut self, code: u8) -> Option<()> {
        let place = match code {
            b'q' | b'h' => u32::from(self.take::<1>()?[0]),
            b'r' | b'j' => u32::from_le_bytes(self.take()?),
            _ => self.memo.len() as u32,
        };
        let known = matches!(code, b'h' | b'j');
        let value = if known { self.memo.get(&place) } else { self.stack.last() }?;
        // Each copy of a list of copies is twice as large as the one before.
        self.left = self.left.checked_sub(value.count(MOST_DEPTH)?)?;
        let value = value.clone();
        if known {
            self.stack.push(value);
        } else {
            self.memo.insert(place, value);
        }
        Some(())
    }

    fn since_mark(&mut self) -> Option<Vec<Value>> {
        let mark = self.stack.iter().rposition(|value| *value == Value::Mark)?;
        let items = self.stack.split_off(mark + 1);
        self.stack.pop();
        Some(items)
    }

    /// Into the list or dict on top of the stack; of other objects (with items of their own) nothing is kept.
    fn extend(&mut self, items: Vec<Value>) -> Option<()> {
        // Taking lists apart that lie a million deep in one another would overflow the stack.
        items.iter().try_for_each(|item| item.count(MOST_DEPTH).map(|_count| ()))?;
        match self.stack.last_mut()? {
            Value::List(list) => list.extend(items),
            Value::Dict(entries) => {
                let mut items = items.into_iter();
                while let (Some(key), Some(value)) = (items.next(), items.next()) {
                    entries.push((key, value));
                }
            }
            _ => {}
        }
        Some(())
    }

    /// A persistent id: `("storage", class, key, device, count)`.
    fn storage(&mut self) -> Option<()> {
        let Value::List(id) = self.stack.pop()? else { return None };
        let [Value::Text(word), Value::Global(class), Value::Text(key), ..] = id.as_slice() else { return None };
        let (size, kind) = storage_kind(class).filter(|_| word == "storage")?;
        self.kinds.insert(key.clone(), size);
        self.stack.push(Value::Storage(key.clone(), kind));
        Some(())
    }

    fn call(&mut self) -> Option<()> {
        let (arguments, function) = (self.stack.pop()?, self.stack.pop()?);
        let (Value::List(arguments), Value::Global(function)) = (arguments, function) else { return None };
        let made = match function.as_str() {
            "collections.OrderedDict" => Value::Dict(Vec::new()),
            "torch._utils._rebuild_tensor_v2" | "torch._utils._rebuild_tensor" => tensor(&arguments)?,
            // A parameter is its tensor.
            "torch._utils._rebuild_parameter" => arguments.into_iter().next()?,
            _ => Value::Nothing,
        };
        self.stack.push(made);
        Some(())
    }
}

fn tensor(arguments: &[Value]) -> Option<Value> {
    let [Value::Storage(storage, kind), Value::Number(offset), Value::List(shape), Value::List(stride), ..] = arguments
    else {
        return None;
    };
    let sizes = |values: &[Value]| -> Option<Vec<usize>> {
        let size = |value: &Value| if let Value::Number(number) = value { usize::try_from(*number).ok() } else { None };
        values.iter().map(size).collect()
    };
    Some(Value::Tensor(View {
        storage: storage.clone(),
        kind: *kind,
        offset: usize::try_from(*offset).ok()?,
        shape: sizes(shape)?,
        stride: sizes(stride)?,
    }))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Made by `tests/reference/checkpoints.py`.
    fn saved(name: &str) -> Vec<u8> {
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/checkpoints").join(name)).unwrap()
    }

    fn check(found: &Tensors) {
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["conv.weight", "double", "half", "turned"]);
        let quarters: Vec<f32> = (0..24u8).map(|number| f32::from(number) / 4.0).collect();
        assert_eq!(found["conv.weight"], Array { shape: vec![2, 3, 2, 2], numbers: quarters });
        let turned = vec![1.0, 7.0, 13.0, 19.0, 2.0, 8.0, 14.0, 20.0];
        assert_eq!(found["turned"], Array { shape: vec![2, 4], numbers: turned });
        assert_eq!(found["half"].numbers, [0.5, -2.0, 1024.0]);
        assert_eq!(found["double"].numbers, [0.1, 0.2]);
    }

    #[test]
    fn both_containers_are_read() {
        check(&zipped(&saved("new.pt")).unwrap());
        let bytes = saved("old.pt");
        assert!(bytes.starts_with(&OLD_CONTAINER));
        check(&old(&bytes).unwrap());
    }

    #[test]
    fn a_file_that_breaks_off_is_refused() {
        let bytes = saved("old.pt");
        for length in 0..bytes.len() {
            assert!(old(&bytes[..length]).is_err(), "{length}");
        }
        let bytes = saved("new.pt");
        for length in (0..bytes.len()).step_by(7) {
            assert!(zipped(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn lists_too_deep_or_copied_too_often_are_refused() {
        let check = |pickle: &[u8], read: bool| {
            assert_eq!(Machine::new(pickle).run().is_some(), read);
        };
        let nested = |depth: usize| [vec![b'N'], vec![0x85; depth], vec![b'.']].concat();
        check(&nested(20), true);
        check(&nested(1_000_000), false);
        let appended = [vec![b']'; 1_000_000], vec![b'a'; 999_999], vec![b'.']].concat();
        check(&appended, false);
        // Each tuple holds the one before twice: a few bytes a step, and in the end 2^30 values.
        let mut doubled = vec![b'N'];
        for place in 0..30 {
            doubled.extend([b'q', place, b'h', place, 0x86]);
        }
        doubled.push(b'.');
        check(&doubled, false);
        check(&[&doubled[..=5 * 10], b"."].concat(), true);
    }

    #[test]
    fn a_pickle_can_call_nothing() {
        // os.system("true"): refused as no state dict, and nothing runs.
        let pickle = b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.";
        assert_eq!(Machine::new(pickle).run(), Some(Value::Nothing));
        assert!(state_dict(Value::Nothing).is_err());
    }
}
