//! Whole checkpoints of other programs through `albumen model convert`: the same random network as facenet-pytorch saves it, in
//! PyTorch's newer and older container, and as Sandberg's frozen graphs hold it. Names, shapes and containers are written
//! here from what those programs do, not with the code that reads them.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use albumen::vision::Model;
use half::f16;
use safetensors::SafeTensors;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::albumen_json;

/// One layer: facenet-pytorch's name, the graph's, and `[outputs, inputs, height, width]`; `up` has a bias and no batch norm.
struct Layer {
    torch: String,
    graph: String,
    shape: [usize; 4],
    up: bool,
}

/// Branches of a block: the name of each layer in the graph, and its shape.
type Branches = &'static [&'static [(&'static str, [usize; 4])]];

impl Layer {
    /// What facenet-pytorch calls its weights.
    fn weight(&self) -> String {
        format!("{}{}.weight", self.torch, if self.up { "" } else { ".conv" })
    }
}

fn layers() -> Vec<Layer> {
    let mut all = Vec::new();
    let mut add = |torch: String, graph: String, shape: [usize; 4], up: bool| {
        all.push(Layer { torch, graph: format!("InceptionResnetV1/{graph}"), shape, up });
    };
    for (name, graph, shape) in [
        ("conv2d_1a", "Conv2d_1a_3x3", [32, 3, 3, 3]),
        ("conv2d_2a", "Conv2d_2a_3x3", [32, 32, 3, 3]),
        ("conv2d_2b", "Conv2d_2b_3x3", [64, 32, 3, 3]),
        ("conv2d_3b", "Conv2d_3b_1x1", [80, 64, 1, 1]),
        ("conv2d_4a", "Conv2d_4a_3x3", [192, 80, 3, 3]),
        ("conv2d_4b", "Conv2d_4b_3x3", [256, 192, 3, 3]),
    ] {
        add(name.to_owned(), graph.to_owned(), shape, false);
    }
    let block35: Branches = &[
        &[("Conv2d_1x1", [32, 256, 1, 1])],
        &[("Conv2d_0a_1x1", [32, 256, 1, 1]), ("Conv2d_0b_3x3", [32, 32, 3, 3])],
        &[("Conv2d_0a_1x1", [32, 256, 1, 1]), ("Conv2d_0b_3x3", [32, 32, 3, 3]), ("Conv2d_0c_3x3", [32, 32, 3, 3])],
    ];
    let mixed_6a: Branches = &[
        &[("Conv2d_1a_3x3", [384, 256, 3, 3])],
        &[
            ("Conv2d_0a_1x1", [192, 256, 1, 1]),
            ("Conv2d_0b_3x3", [192, 192, 3, 3]),
            ("Conv2d_1a_3x3", [256, 192, 3, 3]),
        ],
    ];
    let block17: Branches = &[
        &[("Conv2d_1x1", [128, 896, 1, 1])],
        &[
            ("Conv2d_0a_1x1", [128, 896, 1, 1]),
            ("Conv2d_0b_1x7", [128, 128, 1, 7]),
            ("Conv2d_0c_7x1", [128, 128, 7, 1]),
        ],
    ];
    let mixed_7a: Branches = &[
        &[("Conv2d_0a_1x1", [256, 896, 1, 1]), ("Conv2d_1a_3x3", [384, 256, 3, 3])],
        &[("Conv2d_0a_1x1", [256, 896, 1, 1]), ("Conv2d_1a_3x3", [256, 256, 3, 3])],
        &[
            ("Conv2d_0a_1x1", [256, 896, 1, 1]),
            ("Conv2d_0b_3x3", [256, 256, 3, 3]),
            ("Conv2d_1a_3x3", [256, 256, 3, 3]),
        ],
    ];
    let block8: Branches = &[
        &[("Conv2d_1x1", [192, 1792, 1, 1])],
        &[
            ("Conv2d_0a_1x1", [192, 1792, 1, 1]),
            ("Conv2d_0b_1x3", [192, 192, 1, 3]),
            ("Conv2d_0c_3x1", [192, 192, 3, 1]),
        ],
    ];
    let mut block = |torch: String, graph: String, branches: Branches, up: Option<[usize; 4]>| {
        for (index, branch) in branches.iter().enumerate() {
            for (place, (name, shape)) in branch.iter().enumerate() {
                let place = if branch.len() == 1 { String::new() } else { format!(".{place}") };
                add(format!("{torch}.branch{index}{place}"), format!("{graph}/Branch_{index}/{name}"), *shape, false);
            }
        }
        if let Some(shape) = up {
            add(format!("{torch}.conv2d"), format!("{graph}/Conv2d_1x1"), shape, true);
        }
    };
    for index in 0..5 {
        let names = (format!("repeat_1.{index}"), format!("Repeat/block35_{}", index + 1));
        block(names.0, names.1, block35, Some([256, 96, 1, 1]));
    }
    block("mixed_6a".to_owned(), "Mixed_6a".to_owned(), mixed_6a, None);
    for index in 0..10 {
        let names = (format!("repeat_2.{index}"), format!("Repeat_1/block17_{}", index + 1));
        block(names.0, names.1, block17, Some([896, 256, 1, 1]));
    }
    block("mixed_7a".to_owned(), "Mixed_7a".to_owned(), mixed_7a, None);
    for index in 0..5 {
        let names = (format!("repeat_3.{index}"), format!("Repeat_2/block8_{}", index + 1));
        block(names.0, names.1, block8, Some([1792, 384, 1, 1]));
    }
    block("block8".to_owned(), "Block8".to_owned(), block8, Some([1792, 384, 1, 1]));
    all
}

/// A tensor of a file: its name, its shape, its bytes (little-endian, f32 unless `count`).
struct Tensor {
    name: String,
    shape: Vec<usize>,
    data: Vec<u8>,
    /// A counter of 64 bits, as batch norm keeps it.
    counter: bool,
}

/// A number for a place of a tensor, the same whoever writes it: evenly spread, with a variance of 1 over `fan`.
fn number(seed: usize, place: usize, fan: usize) -> f32 {
    let mixed = (place as u32).wrapping_mul(2_654_435_761) ^ (seed as u32).wrapping_mul(0x9e37_79b9);
    let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d);
    ((mixed >> 8) as f32 / 16_777_216.0 - 0.5) * (12.0 / fan as f32).sqrt()
}

/// What batch norm adds, its mean and its variance, by output.
fn norm(seed: usize, output: usize) -> [f32; 3] {
    let wave = ((seed * 31 + output * 7) % 64) as f32 / 64.0;
    [wave - 0.5, 0.25 - wave / 2.0, 0.5 + wave]
}

fn bytes(numbers: impl Iterator<Item = f32>) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 * numbers.size_hint().0);
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out
}

/// Takes a tensor: name, shape, bytes.
type Adding<'a> = dyn FnMut(String, &[usize], Vec<u8>) + 'a;

/// facenet-pytorch's state dict, its classifier included.
fn facenet_pytorch() -> Vec<Tensor> {
    let mut all = Vec::new();
    let mut add = |name: String, shape: &[usize], data: Vec<u8>| {
        all.push(Tensor { name, shape: shape.to_vec(), data, counter: false });
    };
    let norms = |add: &mut Adding, scope: &str, seed: usize, outputs: usize| {
        add(format!("{scope}.weight"), &[outputs], bytes((0..outputs).map(|_| 1.0)));
        for (at, kind) in ["bias", "running_mean", "running_var"].iter().enumerate() {
            add(format!("{scope}.{kind}"), &[outputs], bytes((0..outputs).map(|output| norm(seed, output)[at])));
        }
    };
    for (seed, layer) in layers().iter().enumerate() {
        let [outputs, inputs, height, width] = layer.shape;
        let fan = inputs * height * width;
        let data = bytes((0..outputs * fan).map(|place| number(seed, place, fan)));
        add(layer.weight(), &layer.shape, data);
        if layer.up {
            let data = bytes((0..outputs).map(|output| norm(seed, output)[0]));
            add(format!("{}.bias", layer.torch), &[outputs], data);
        } else {
            norms(&mut add, &format!("{}.bn", layer.torch), seed, outputs);
        }
    }
    add("last_linear.weight".to_owned(), &[512, 1792], bytes((0..512 * 1792).map(|place| number(999, place, 1792))));
    norms(&mut add, "last_bn", 999, 512);
    add("logits.weight".to_owned(), &[8631, 512], vec![0; 4 * 8631 * 512]);
    add("logits.bias".to_owned(), &[8631], vec![0; 4 * 8631]);
    let counter = Tensor {
        name: "last_bn.num_batches_tracked".to_owned(),
        shape: Vec::new(),
        data: 7i64.to_le_bytes().to_vec(),
        counter: true,
    };
    all.push(counter);
    all
}

/// Protocol 2, as `torch.save` writes it.
#[derive(Default)]
struct Pickle(Vec<u8>);

impl Pickle {
    fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.raw(b"X");
        self.raw(&(text.len() as u32).to_le_bytes());
        self.raw(text.as_bytes());
    }

    fn whole(&mut self, number: usize) {
        match number {
            0..=0xff => self.raw(&[b'K', number as u8]),
            0x100..=0xffff => {
                self.raw(b"M");
                self.raw(&(number as u16).to_le_bytes());
            }
            _ => {
                self.raw(b"J");
                self.raw(&(number as u32).to_le_bytes());
            }
        }
    }

    fn tuple(&mut self, numbers: &[usize]) {
        self.raw(b"(");
        for number in numbers {
            self.whole(*number);
        }
        self.raw(b"t");
    }

    /// An ordered dict of tensors, each a view of the whole storage named by its place.
    fn state_dict(tensors: &[Tensor], old: bool) -> Self {
        let mut pickle = Self(b"\x80\x02ccollections\nOrderedDict\n)R(".to_vec());
        for (place, tensor) in tensors.iter().enumerate() {
            let size = if tensor.counter { 8 } else { 4 };
            pickle.text(&tensor.name);
            pickle.raw(b"ctorch._utils\n_rebuild_tensor_v2\n((");
            pickle.text("storage");
            pickle.raw(if tensor.counter { b"ctorch\nLongStorage\n" } else { b"ctorch\nFloatStorage\n" });
            pickle.text(&place.to_string());
            pickle.text("cpu");
            pickle.whole(tensor.data.len() / size);
            // The older container says here whether the storage is a part of another.
            pickle.raw(if old { b"NtQ" } else { b"tQ" });
            pickle.whole(0);
            pickle.tuple(&tensor.shape);
            let stride: Vec<usize> =
                (1..=tensor.shape.len()).map(|from| tensor.shape[from..].iter().product()).collect();
            pickle.tuple(&stride);
            pickle.raw(b"\x89ccollections\nOrderedDict\n)RtR");
        }
        pickle.raw(b"u}");
        pickle.text("_metadata");
        pickle.raw(b"ccollections\nOrderedDict\n)Rsb.");
        pickle
    }
}

/// PyTorch's newer container: a zip without compression.
fn newer(path: &Path, tensors: &[Tensor]) {
    let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut add = |name: &str, data: &[u8]| {
        zip.start_file(format!("archive/{name}"), options).unwrap();
        zip.write_all(data).unwrap();
    };
    add("data.pkl", &Pickle::state_dict(tensors, false).0);
    for (place, tensor) in tensors.iter().enumerate() {
        add(&format!("data/{place}"), &tensor.data);
    }
    add("version", b"3\n");
    zip.finish().unwrap();
}

/// PyTorch's older container: five pickles and the numbers behind them.
fn older(path: &Path, tensors: &[Tensor]) {
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    file.write_all(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.").unwrap();
    let mut system = Pickle(b"\x80\x02}(".to_vec());
    system.text("protocol_version");
    system.whole(1001);
    system.text("little_endian");
    system.raw(b"\x88u.");
    file.write_all(&system.0).unwrap();
    file.write_all(&Pickle::state_dict(tensors, true).0).unwrap();
    let mut keys = Pickle(b"\x80\x02](".to_vec());
    for place in 0..tensors.len() {
        keys.text(&place.to_string());
    }
    keys.raw(b"e.");
    file.write_all(&keys.0).unwrap();
    for tensor in tensors {
        let count = tensor.data.len() / if tensor.counter { 8 } else { 4 };
        file.write_all(&(count as u64).to_le_bytes()).unwrap();
        file.write_all(&tensor.data).unwrap();
    }
    file.flush().unwrap();
}

/// A field of a protocol buffer that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 127 {
        out.push(length as u8 | 128);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

/// A constant of a frozen graph, and the node that reads it, as freezing leaves them behind.
fn constant(name: &str, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let sides: Vec<u8> = shape
        .iter()
        .flat_map(|side| {
            let mut size = vec![8];
            let mut left = *side;
            while left > 127 {
                size.push(left as u8 | 128);
                left >>= 7;
            }
            size.push(left as u8);
            field(2, &size)
        })
        .collect();
    let tensor = [vec![8, 1], field(2, &sides), field(4, data)].concat();
    let value = field(5, &[field(1, b"value"), field(2, &field(8, &tensor))].concat());
    let kind = field(5, &[field(1, b"dtype"), field(2, &[0x30, 1])].concat());
    let node = [field(1, name.as_bytes()), field(2, b"Const"), kind.clone(), value].concat();
    let read = format!("{name}/read");
    let reader = [field(1, read.as_bytes()), field(2, b"Identity"), field(3, name.as_bytes()), kind].concat();
    [field(1, &node), field(1, &reader)].concat()
}

/// Numbers of OIHW (a kernel of `area`, `fan` inputs and places) as HWIO.
fn outputs_last(oihw: &[u8], fan: usize, area: usize) -> Vec<u8> {
    let rows: Vec<&[[u8; 4]]> = oihw.chunks_exact(4 * fan).map(|row| row.as_chunks::<4>().0).collect();
    let mut out = Vec::with_capacity(oihw.len());
    for place in 0..area {
        for input in 0..fan / area {
            for row in &rows {
                out.extend_from_slice(&row[input * area + place]);
            }
        }
    }
    out
}

/// Sandberg's frozen graph: convolutions HWIO, batch norm beside them and without its factor, which is 1.
fn frozen(path: &Path, tensors: &[Tensor]) {
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    let mut add = |node: Vec<u8>| file.write_all(&node).unwrap();
    add(field(1, &[field(1, b"input"), field(2, b"Placeholder")].concat()));
    let norms = |add: &mut dyn FnMut(Vec<u8>), scope: &str, seed: usize, outputs: usize| {
        for (at, kind) in ["beta", "moving_mean", "moving_variance"].iter().enumerate() {
            let numbers = bytes((0..outputs).map(|output| norm(seed, output)[at]));
            add(constant(&format!("{scope}/BatchNorm/{kind}"), &[outputs], &numbers));
        }
    };
    for (seed, layer) in layers().iter().enumerate() {
        let [outputs, inputs, height, width] = layer.shape;
        let fan = inputs * height * width;
        let oihw = tensors.iter().find(|tensor| tensor.name == layer.weight()).unwrap();
        let kernel = [height, width, inputs, outputs];
        add(constant(&format!("{}/weights", layer.graph), &kernel, &outputs_last(&oihw.data, fan, height * width)));
        if layer.up {
            let biases = bytes((0..outputs).map(|output| norm(seed, output)[0]));
            add(constant(&format!("{}/biases", layer.graph), &[outputs], &biases));
        } else {
            norms(&mut add, &layer.graph, seed, outputs);
        }
    }
    let dense = tensors.iter().find(|tensor| tensor.name == "last_linear.weight").unwrap();
    add(constant("InceptionResnetV1/Bottleneck/weights", &[1792, 512], &outputs_last(&dense.data, 1792, 1)));
    norms(&mut add, "InceptionResnetV1/Bottleneck", 999, 512);
    file.flush().unwrap();
}

/// Converts the file, and checks what is written against numbers worked out here. The model's name holds a hash of all numbers.
fn converted(path: &Path) -> String {
    let temp = path.parent().unwrap();
    let to = path.with_extension("converted.safetensors");
    let arguments = ["model", "convert", "--json", path.to_str().unwrap(), to.to_str().unwrap()];
    let (code, report) = albumen_json(&temp.join("unused.albumen"), &arguments);
    assert_eq!((code, &report["width"]), (0, &512.into()), "{report}");
    let bytes = fs::read(&to).unwrap();
    assert_eq!(Model::read(&bytes).unwrap().name(), report["model"], "what was written is the same network");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let read = |name: &str, at: usize| {
        let pair = file.tensor(name).unwrap().data()[2 * at..][..2].try_into().unwrap();
        f16::from_le_bytes(pair).to_f64()
    };
    let check = |name: &str, seed: usize, [outputs, inputs, height, width]: [usize; 4]| {
        assert_eq!(file.tensor(&format!("{name}.weight")).unwrap().shape(), [height, width, inputs, outputs], "{name}");
        let fan = inputs * height * width;
        for (output, input, place) in [(0, 0, 0), (outputs - 1, inputs / 2, height * width - 1), (outputs / 3, 1, 0)] {
            let [beta, mean, variance] = norm(seed, output).map(f64::from);
            let scale = 1.0 / (variance + 0.001).sqrt();
            let weight = f64::from(number(seed, (output * inputs + input) * height * width + place, fan)) * scale;
            let found = read(&format!("{name}.weight"), (place * inputs + input) * outputs + output);
            assert!((found - weight).abs() <= weight.abs() / 1024.0 + 1e-6, "{name}: {found} is not {weight}");
            let bias = beta - mean * scale;
            let found = read(&format!("{name}.bias"), output);
            assert!((found - bias).abs() <= bias.abs() / 1024.0 + 1e-6, "{name}: bias {found} is not {bias}");
        }
    };
    let all = layers();
    let of = |name: &str| {
        let seed = all.iter().position(|layer| layer.torch == name).unwrap();
        (seed, all[seed].shape)
    };
    for (ours, torch) in [
        ("Conv2d_1a_3x3", "conv2d_1a"),
        ("Repeat.block35_5.Branch_2.Conv2d_0c_3x3", "repeat_1.4.branch2.2"),
        ("Repeat_1.block17_10.Branch_1.Conv2d_0b_1x7", "repeat_2.9.branch1.1"),
        ("Mixed_7a.Branch_0.Conv2d_1a_3x3", "mixed_7a.branch0.1"),
        ("Block8.Branch_0.Conv2d_1x1", "block8.branch0"),
    ] {
        let (seed, shape) = of(torch);
        check(ours, seed, shape);
    }
    let (seed, _) = of("repeat_3.2.conv2d");
    let bias = f64::from(norm(seed, 1000)[0]);
    assert!((read("Repeat_2.block8_3.Conv2d_1x1.bias", 1000) - bias).abs() < 1e-3, "a layer without batch norm");
    report["model"].as_str().unwrap().to_owned()
}

#[test]
fn whole_checkpoints_of_every_program_become_the_same_network() {
    let temp = tempfile::tempdir().unwrap();
    let path = |name: &str| temp.path().join(name);
    assert_eq!(layers().len(), 132);
    let tensors = facenet_pytorch();
    // Side by side, since each writes and reads a hundred megabytes.
    let names = std::thread::scope(|scope| {
        let way = |name: &'static str, write: fn(&Path, &[Tensor])| {
            let (path, tensors) = (path(name), &tensors);
            scope.spawn(move || {
                write(&path, tensors);
                converted(&path)
            })
        };
        let ways = [way("new.pt", newer), way("old.pt", older), way("frozen.pb", frozen)];
        ways.map(|way| way.join().unwrap())
    });
    assert!(names[0].starts_with("facenet-512-"), "{names:?}");
    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
}
