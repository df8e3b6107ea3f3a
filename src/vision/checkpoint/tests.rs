//! The built-in network in the clothes of other programs.

use std::fs;
use std::path::Path;

use super::graph::tests::node;
use super::layout::tests::all_layers;
use super::*;

fn built_in() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/facenet.safetensors")).unwrap()
}

fn array<'a>(tensors: &'a Tensors, layer: &str, kind: &str) -> &'a Array {
    &tensors[&format!("{layer}.{kind}")]
}

/// HWIO as OIHW, (in, out) as (out, in).
fn pytorch(array: &Array) -> Array {
    let outputs = *array.shape.last().unwrap();
    let (area, inputs) = match array.shape.as_slice() {
        [height, width, inputs, _] => (height * width, *inputs),
        [inputs, _] => (1, *inputs),
        other => panic!("{other:?}"),
    };
    let mut numbers = Vec::with_capacity(array.numbers.len());
    for output in 0..outputs {
        for input in 0..inputs {
            numbers.extend((0..area).map(|place| array.numbers[(place * inputs + input) * outputs + output]));
        }
    }
    let shape = match array.shape.as_slice() {
        [height, width, inputs, outputs] => vec![*outputs, *inputs, *height, *width],
        other => other.iter().rev().copied().collect(),
    };
    Array { shape, numbers }
}

/// Weights, gamma, beta, mean and variance that fold into a given convolution: gamma = 2, variance = 4 − ε.
fn unfolded(weight: &Array, bias: &Array) -> (Array, [Array; 4]) {
    let vector = |numbers: Vec<f32>| Array { shape: bias.shape.clone(), numbers };
    let outputs = bias.numbers.len();
    let mean: Vec<f32> = (0..outputs).map(|at| at as f32 / 64.0).collect();
    let beta = bias.numbers.iter().zip(&mean).map(|(bias, mean)| bias + mean).collect();
    let gamma = vector(vec![2.0; outputs]);
    (weight.clone(), [gamma, vector(beta), vector(mean), vector(vec![3.999; outputs])])
}

fn to_bytes(tensors: &Tensors) -> Vec<u8> {
    let data: Vec<(&String, &Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, array)| (name, &array.shape, array.numbers.iter().flat_map(|n| n.to_le_bytes()).collect()))
        .collect();
    let views =
        data.iter().map(|(name, shape, data)| (*name, TensorView::new(Dtype::F32, (*shape).clone(), data).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

/// The largest difference between two networks' numbers.
fn difference(a: &Tensors, b: &Tensors) -> f32 {
    assert!(a.keys().eq(b.keys()));
    a.iter()
        .map(|(name, array)| {
            assert_eq!(array.shape, b[name].shape, "{name}");
            let pairs = array.numbers.iter().zip(&b[name].numbers);
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        })
        .fold(0.0, f32::max)
}

/// facenet-pytorch's state dict of the given network, batch norm apart.
fn as_facenet_pytorch(ours: &Tensors) -> Tensors {
    let mut theirs = Tensors::new();
    for (layer, name, _, up) in all_layers() {
        let (weight, bias) = (array(ours, &layer, "weight"), array(ours, &layer, "bias"));
        if up {
            theirs.insert(format!("{name}.weight"), pytorch(weight));
            theirs.insert(format!("{name}.bias"), bias.clone());
            continue;
        }
        let (weight, norm) = unfolded(weight, bias);
        theirs.insert(format!("{name}.conv.weight"), pytorch(&weight));
        for (kind, array) in ["weight", "bias", "running_mean", "running_var"].iter().zip(norm) {
            theirs.insert(format!("{name}.bn.{kind}"), array);
        }
    }
    let (weight, norm) = unfolded(array(ours, "Bottleneck", "weight"), array(ours, "Bottleneck", "bias"));
    theirs.insert("last_linear.weight".to_owned(), pytorch(&weight));
    for (kind, array) in ["weight", "bias", "running_mean", "running_var"].iter().zip(norm) {
        theirs.insert(format!("last_bn.{kind}"), array);
    }
    theirs.insert("logits.weight".to_owned(), Array { shape: vec![2, 1], numbers: vec![f32::NAN, 1.0] });
    theirs
}

#[test]
fn our_own_file_is_read_and_written_again() {
    let model = Model::read(&built_in()).unwrap();
    assert_eq!(model.width(), 512);
    assert_eq!(model.tensors.len(), 266);
    let again = Model::read(&model.to_safetensors().unwrap()).unwrap();
    assert_eq!(difference(&model.tensors, &again.tensors), 0.0);
    assert_eq!(again.name(), model.name());
    assert!(model.name().starts_with("facenet-512-"), "{}", model.name());
}

#[test]
fn facenet_pytorch_names_and_batch_norm_give_the_same_network() {
    let model = Model::read(&built_in()).unwrap();
    let mut theirs = as_facenet_pytorch(&model.tensors);
    let read = Model::read(&to_bytes(&theirs)).unwrap();
    assert!(difference(&model.tensors, &read.tensors) < 1e-5);

    // What is wrong with a file is said with the tensor's name, as the file has it.
    let mut check = |name: &str, change: &dyn Fn(&mut Array), word: &str| {
        let kept = theirs[name].clone();
        change(theirs.get_mut(name).unwrap());
        let error = Model::read(&to_bytes(&theirs)).err().unwrap().to_string();
        assert!(error.contains(name) && error.contains(word), "{name}: {error}");
        theirs.insert(name.to_owned(), kept);
    };
    check("repeat_2.4.branch1.1.conv.weight", &|array| array.numbers[77] = f32::NAN, "not finite");
    check("mixed_7a.branch2.1.bn.running_var", &|array| array.numbers[3] = f32::INFINITY, "not finite");
    check("mixed_7a.branch2.1.bn.running_var", &|array| array.numbers[3] = -1.0, "not finite");
    check("conv2d_4a.conv.weight", &|array| array.shape = vec![80, 192, 3, 3], "[80, 192, 3, 3]");
    check("last_linear.weight", &|array| array.shape = vec![1792, 512], "128 or 512");
    theirs.remove("block8.conv2d.bias");
    let error = Model::read(&to_bytes(&theirs)).err().unwrap().to_string();
    assert!(error.contains("block8.conv2d.bias") && error.contains("missing"), "{error}");
}

#[test]
fn a_frozen_graph_of_width_128_is_read() {
    let model = Model::read(&built_in()).unwrap();
    let mut graph = Vec::new();
    let mut add = |name: String, array: &Array| {
        graph.extend(node(&format!("InceptionResnetV1/{name}"), &array.shape, &array.numbers));
    };
    for (layer, _, _, up) in all_layers() {
        let (weight, bias) = (array(&model.tensors, &layer, "weight"), array(&model.tensors, &layer, "bias"));
        let path = layer.replace('.', "/");
        let (weight, [_, beta, mean, _]) = unfolded(weight, bias);
        add(format!("{path}/weights"), &weight);
        if up {
            add(format!("{path}/biases"), bias);
        } else {
            // Sandberg's graphs have no gamma; it is 1.
            add(format!("{path}/BatchNorm/beta"), &beta);
            add(format!("{path}/BatchNorm/moving_mean"), &mean);
            let one = Array { shape: mean.shape.clone(), numbers: vec![0.999; mean.numbers.len()] };
            add(format!("{path}/BatchNorm/moving_variance"), &one);
        }
    }
    let narrow: Vec<f32> =
        array(&model.tensors, "Bottleneck", "weight").numbers.chunks(512).flat_map(|row| row[..128].to_vec()).collect();
    add("Bottleneck/weights".to_owned(), &Array { shape: vec![1792, 128], numbers: narrow.clone() });
    add("Bottleneck/biases".to_owned(), &Array { shape: vec![128], numbers: vec![0.5; 128] });
    let read = Model::read(&graph).unwrap();
    assert_eq!(read.width(), 128);
    assert!(read.name().starts_with("facenet-128-"), "{}", read.name());
    assert_eq!(read.tensors["Bottleneck.weight"].numbers, narrow);
    for name in ["Conv2d_1a_3x3.weight", "Mixed_6a.Branch_1.Conv2d_0b_3x3.bias", "Block8.Conv2d_1x1.bias"] {
        let pairs = model.tensors[name].numbers.iter().zip(&read.tensors[name].numbers);
        assert!(pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-5, "{name}");
    }
}

#[test]
fn other_files_are_refused_in_a_sentence() {
    let check = |bytes: &[u8], word: &str| {
        let error = Model::read(bytes).err().unwrap().to_string();
        assert!(error.contains(word), "{error}");
    };
    check(b"", "no checkpoint");
    check(b"some text that is no model at all", "no checkpoint");
    check(b"PK\x03\x04 broken", ".pt");
    check(&pickle::OLD_CONTAINER, "not whole");
    let whole = built_in();
    check(&whole[..whole.len() / 2], "safetensors");
    let other: Tensors = [("a.weight".to_owned(), Array { shape: vec![1], numbers: vec![1.0] })].into();
    check(&to_bytes(&other), "Inception-ResNet-v1");
}
