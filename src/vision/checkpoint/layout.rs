//! The 132 convolutions of Inception-ResNet-v1 and the bottleneck: their names here, in facenet-pytorch and in
//! TensorFlow's graphs, their shapes, and how batch norm is folded into them.

use super::tensors::{Array, Tensors};
use super::wrong;
use crate::vision::VisionError;

/// Added to the variance by every batch norm of the network, in all its implementations.
const EPSILON: f64 = 0.001;
/// What goes into the bottleneck.
const FEATURES: usize = 1792;

/// Who wrote the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// Our own: `Mixed_6a.Branch_0.Conv2d_1a_3x3.weight`, HWIO.
    Ours,
    /// `mixed_6a.branch0.conv.weight`, OIHW.
    Pytorch,
    /// `InceptionResnetV1/Mixed_6a/Branch_0/Conv2d_1a_3x3/weights`, HWIO.
    TensorFlow,
}

/// One convolution.
struct Convolution {
    ours: String,
    pytorch: String,
    /// Height, width, inputs, outputs.
    shape: [usize; 4],
    /// Ends a block: a plain convolution in every dialect.
    up: bool,
}

/// A tower of a block: our names of its layers with their shapes, one after the other.
type Tower<'a> = &'a [(&'a str, [usize; 4])];

/// Every convolution of the network.
fn convolutions() -> Vec<Convolution> {
    let mut all = Vec::new();
    for (ours, pytorch, shape) in [
        ("Conv2d_1a_3x3", "conv2d_1a", [3, 3, 3, 32]),
        ("Conv2d_2a_3x3", "conv2d_2a", [3, 3, 32, 32]),
        ("Conv2d_2b_3x3", "conv2d_2b", [3, 3, 32, 64]),
        ("Conv2d_3b_1x1", "conv2d_3b", [1, 1, 64, 80]),
        ("Conv2d_4a_3x3", "conv2d_4a", [3, 3, 80, 192]),
        ("Conv2d_4b_3x3", "conv2d_4b", [3, 3, 192, 256]),
    ] {
        all.push(Convolution { ours: ours.to_owned(), pytorch: pytorch.to_owned(), shape, up: false });
    }
    for block in 0..5 {
        let names = (format!("Repeat.block35_{}", block + 1), format!("repeat_1.{block}"));
        let down = [1, 1, 256, 32];
        let wide = [3, 3, 32, 32];
        let towers: [Tower<'_>; 3] = [
            &[("Conv2d_1x1", down)],
            &[("Conv2d_0a_1x1", down), ("Conv2d_0b_3x3", wide)],
            &[("Conv2d_0a_1x1", down), ("Conv2d_0b_3x3", wide), ("Conv2d_0c_3x3", wide)],
        ];
        block_into(&mut all, &names, &towers, Some([1, 1, 96, 256]));
    }
    let towers: [Tower<'_>; 2] = [
        &[("Conv2d_1a_3x3", [3, 3, 256, 384])],
        &[
            ("Conv2d_0a_1x1", [1, 1, 256, 192]),
            ("Conv2d_0b_3x3", [3, 3, 192, 192]),
            ("Conv2d_1a_3x3", [3, 3, 192, 256]),
        ],
    ];
    block_into(&mut all, &("Mixed_6a".to_owned(), "mixed_6a".to_owned()), &towers, None);
    for block in 0..10 {
        let names = (format!("Repeat_1.block17_{}", block + 1), format!("repeat_2.{block}"));
        let down = [1, 1, 896, 128];
        let towers: [Tower<'_>; 2] = [
            &[("Conv2d_1x1", down)],
            &[("Conv2d_0a_1x1", down), ("Conv2d_0b_1x7", [1, 7, 128, 128]), ("Conv2d_0c_7x1", [7, 1, 128, 128])],
        ];
        block_into(&mut all, &names, &towers, Some([1, 1, 256, 896]));
    }
    let down = ("Conv2d_0a_1x1", [1, 1, 896, 256]);
    let towers: [Tower<'_>; 3] = [
        &[down, ("Conv2d_1a_3x3", [3, 3, 256, 384])],
        &[down, ("Conv2d_1a_3x3", [3, 3, 256, 256])],
        &[down, ("Conv2d_0b_3x3", [3, 3, 256, 256]), ("Conv2d_1a_3x3", [3, 3, 256, 256])],
    ];
    block_into(&mut all, &("Mixed_7a".to_owned(), "mixed_7a".to_owned()), &towers, None);
    for block in 0..6 {
        let names = if block < 5 {
            (format!("Repeat_2.block8_{}", block + 1), format!("repeat_3.{block}"))
        } else {
            ("Block8".to_owned(), "block8".to_owned())
        };
        let down = [1, 1, FEATURES, 192];
        let towers: [Tower<'_>; 2] = [
            &[("Conv2d_1x1", down)],
            &[("Conv2d_0a_1x1", down), ("Conv2d_0b_1x3", [1, 3, 192, 192]), ("Conv2d_0c_3x1", [3, 1, 192, 192])],
        ];
        block_into(&mut all, &names, &towers, Some([1, 1, 384, FEATURES]));
    }
    all
}

fn block_into(
    all: &mut Vec<Convolution>,
    (ours, pytorch): &(String, String),
    towers: &[Tower<'_>],
    up: Option<[usize; 4]>,
) {
    for (branch, tower) in towers.iter().enumerate() {
        for (place, (name, shape)) in tower.iter().enumerate() {
            // facenet-pytorch numbers the layers of a tower only when there are several.
            let theirs = if tower.len() == 1 { format!("branch{branch}") } else { format!("branch{branch}.{place}") };
            all.push(Convolution {
                ours: format!("{ours}.Branch_{branch}.{name}"),
                pytorch: format!("{pytorch}.{theirs}"),
                shape: *shape,
                up: false,
            });
        }
    }
    if let Some(shape) = up {
        let (ours, pytorch) = (format!("{ours}.Conv2d_1x1"), format!("{pytorch}.conv2d"));
        all.push(Convolution { ours, pytorch, shape, up: true });
    }
}

/// The tensors of a file in our form. What the network does not use is left out.
///
/// # Errors
/// [`VisionError::Weights`] with the file's own name of the tensor that is missing, misshapen or not finite.
pub(super) fn canonical(mut tensors: Tensors) -> Result<Tensors, VisionError> {
    let dialect = dialect(&tensors)?;
    let mut found = Tensors::new();
    for layer in convolutions() {
        let names = Names::of(dialect, &layer.ours, &layer.pytorch, layer.up);
        let (weight, bias) = names.take(&mut tensors, dialect, &layer.shape)?;
        found.insert(format!("{}.weight", layer.ours), Array { shape: layer.shape.to_vec(), numbers: weight });
        found.insert(format!("{}.bias", layer.ours), Array { shape: vec![layer.shape[3]], numbers: bias });
    }
    let names = Names::of(dialect, "Bottleneck", "", false);
    let names = if dialect == Dialect::Pytorch { Names::last_linear() } else { names };
    let width = bottleneck_width(&tensors, &names.weight, dialect)?;
    let (weight, bias) = names.take(&mut tensors, dialect, &[FEATURES, width])?;
    found.insert("Bottleneck.weight".to_owned(), Array { shape: vec![FEATURES, width], numbers: weight });
    found.insert("Bottleneck.bias".to_owned(), Array { shape: vec![width], numbers: bias });
    Ok(found)
}

fn dialect(tensors: &Tensors) -> Result<Dialect, VisionError> {
    if tensors.contains_key("Conv2d_1a_3x3.weight") {
        Ok(Dialect::Ours)
    } else if tensors.contains_key("conv2d_1a.conv.weight") {
        Ok(Dialect::Pytorch)
    } else if tensors.contains_key("InceptionResnetV1/Conv2d_1a_3x3/weights") {
        Ok(Dialect::TensorFlow)
    } else {
        let first = "Conv2d_1a_3x3.weight, conv2d_1a.conv.weight or InceptionResnetV1/Conv2d_1a_3x3/weights";
        Err(wrong(first, "this is no Inception-ResNet-v1; its first tensor is missing"))
    }
}

fn bottleneck_width(tensors: &Tensors, name: &str, dialect: Dialect) -> Result<usize, VisionError> {
    let array = tensors.get(name).ok_or_else(|| wrong(name, "a tensor is missing"))?;
    match (array.shape.as_slice(), dialect) {
        ([width @ (128 | 512), FEATURES], Dialect::Pytorch)
        | ([FEATURES, width @ (128 | 512)], Dialect::Ours | Dialect::TensorFlow) => Ok(*width),
        (shape, _) => {
            let message = format!("a tensor has the shape {shape:?}; embeddings of 128 or 512 numbers are needed");
            Err(wrong(name, &message))
        }
    }
}

/// The names of a layer's tensors in the file; the first of several that is there counts.
struct Names {
    weight: String,
    biases: Vec<String>,
    gammas: Vec<String>,
    betas: Vec<String>,
    means: Vec<String>,
    variances: Vec<String>,
}

impl Names {
    fn of(dialect: Dialect, ours: &str, pytorch: &str, up: bool) -> Self {
        let (layer, norm) = match dialect {
            Dialect::Ours => (ours.to_owned(), format!("{ours}.BatchNorm.")),
            Dialect::Pytorch if up => (pytorch.to_owned(), format!("{pytorch}.bn.")),
            Dialect::Pytorch => (format!("{pytorch}.conv"), format!("{pytorch}.bn.")),
            Dialect::TensorFlow => {
                let path = format!("InceptionResnetV1/{}", ours.replace('.', "/"));
                return Self {
                    biases: vec![format!("{path}/Conv2D_bn_offset"), format!("{path}/biases")],
                    weight: format!("{path}/weights"),
                    ..Self::norm(&format!("{path}/BatchNorm/"))
                };
            }
        };
        Self { weight: format!("{layer}.weight"), biases: vec![format!("{layer}.bias")], ..Self::norm(&norm) }
    }

    /// facenet-pytorch's bottleneck.
    fn last_linear() -> Self {
        Self {
            weight: "last_linear.weight".to_owned(),
            biases: vec!["last_linear.bias".to_owned()],
            ..Self::norm("last_bn.")
        }
    }

    fn norm(scope: &str) -> Self {
        let names = |all: &[&str]| all.iter().map(|name| format!("{scope}{name}")).collect();
        Self {
            weight: String::new(),
            biases: Vec::new(),
            gammas: names(&["weight", "gamma", "Const"]),
            betas: names(&["bias", "beta"]),
            means: names(&["running_mean", "moving_mean"]),
            variances: names(&["running_var", "moving_variance"]),
        }
    }

    /// Weights (HWIO or dense (in, out)) and bias, batch norm folded in.
    fn take(
        &self,
        tensors: &mut Tensors,
        dialect: Dialect,
        shape: &[usize],
    ) -> Result<(Vec<f32>, Vec<f32>), VisionError> {
        let stored = if dialect == Dialect::Pytorch { pytorch_order(shape) } else { shape.to_vec() };
        let weight = tensors.remove(&self.weight).ok_or_else(|| wrong(&self.weight, "a tensor is missing"))?;
        let mut weight = checked(&self.weight, weight, &stored)?;
        if dialect == Dialect::Pytorch {
            weight = outputs_last(&weight, shape);
        }
        let outputs = shape.last().copied().unwrap_or_default();
        let variance_name = self.variances.iter().find(|name| tensors.contains_key(*name)).cloned().unwrap_or_default();
        let mut vector = |names: &[String]| -> Result<Option<Vec<f32>>, VisionError> {
            let Some(name) = names.iter().find(|name| tensors.contains_key(*name)) else { return Ok(None) };
            tensors.remove(name).map(|array| checked(name, array, &[outputs])).transpose()
        };
        let missing = |names: &[String]| {
            wrong(names.first().map_or("", |name| name), "a tensor is missing (a bias, or a batch norm)")
        };
        let bias = vector(&self.biases)?;
        let Some(beta) = vector(&self.betas)? else {
            return Ok((weight, bias.ok_or_else(|| missing(&self.biases))?));
        };
        let mean = vector(&self.means)?.ok_or_else(|| missing(&self.means))?;
        let variance = vector(&self.variances)?.ok_or_else(|| missing(&self.variances))?;
        let gamma = vector(&self.gammas)?.unwrap_or_else(|| vec![1.0; outputs]);
        let scale: Vec<f64> = gamma
            .iter()
            .zip(&variance)
            .map(|(gamma, variance)| f64::from(*gamma) / (f64::from(*variance) + EPSILON).sqrt())
            .collect();
        for row in weight.chunks_exact_mut(outputs) {
            for (number, scale) in row.iter_mut().zip(&scale) {
                *number = (f64::from(*number) * scale) as f32;
            }
        }
        let bias = bias.unwrap_or_else(|| vec![0.0; outputs]);
        let folded: Vec<f32> = (0..outputs)
            .map(|at| (f64::from(beta[at]) + (f64::from(bias[at]) - f64::from(mean[at])) * scale[at]) as f32)
            .collect();
        // A variance below zero is a number like any other until its root is taken.
        if weight.iter().chain(&folded).any(|number| !number.is_finite()) {
            return Err(wrong(&variance_name, "a batch norm with this variance gives numbers that are not finite"));
        }
        Ok((weight, folded))
    }
}

fn checked(name: &str, array: Array, shape: &[usize]) -> Result<Vec<f32>, VisionError> {
    if array.shape != shape {
        let message = format!("a tensor has the shape {:?}, {shape:?} is needed", array.shape);
        return Err(wrong(name, &message));
    }
    if array.numbers.len() != shape.iter().product::<usize>() {
        return Err(wrong(name, "a tensor is not whole"));
    }
    if array.numbers.iter().any(|number| !number.is_finite()) {
        return Err(wrong(name, "a tensor holds numbers that are not finite"));
    }
    Ok(array.numbers)
}

/// Our shape as PyTorch stores it: OIHW, dense layers (out, in).
fn pytorch_order(shape: &[usize]) -> Vec<usize> {
    match shape {
        [height, width, inputs, outputs] => vec![*outputs, *inputs, *height, *width],
        other => other.iter().rev().copied().collect(),
    }
}

/// OIHW as HWIO; (out, in) as (in, out).
fn outputs_last(numbers: &[f32], shape: &[usize]) -> Vec<f32> {
    let (area, inputs, outputs) = match shape {
        [height, width, inputs, outputs] => (height * width, *inputs, *outputs),
        [inputs, outputs] => (1, *inputs, *outputs),
        _ => return numbers.to_vec(),
    };
    let mut turned = Vec::with_capacity(numbers.len());
    for place in 0..area {
        for input in 0..inputs {
            turned.extend((0..outputs).map(|output| numbers[(output * inputs + input) * area + place]));
        }
    }
    turned
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Names and shapes of every convolution, for the tests beside this file.
    pub(in crate::vision::checkpoint) fn all_layers() -> Vec<(String, String, [usize; 4], bool)> {
        convolutions().into_iter().map(|layer| (layer.ours, layer.pytorch, layer.shape, layer.up)).collect()
    }

    #[test]
    fn the_network_has_132_convolutions_with_names_of_their_own() {
        let all = convolutions();
        assert_eq!(all.len(), 132);
        let ours: std::collections::BTreeSet<&String> = all.iter().map(|layer| &layer.ours).collect();
        let theirs: std::collections::BTreeSet<&String> = all.iter().map(|layer| &layer.pytorch).collect();
        assert_eq!((ours.len(), theirs.len()), (132, 132));
        let bottleneck = FEATURES * 512 + 512;
        let numbers: usize = all.iter().map(|layer| layer.shape.iter().product::<usize>() + layer.shape[3]).sum();
        assert_eq!(numbers + bottleneck, 23_467_824);
    }

    #[test]
    fn outputs_come_last() {
        // Two outputs, three inputs, one row of two.
        let oihw: Vec<f32> = (0..12u8).map(f32::from).collect();
        let hwio = outputs_last(&oihw, &[1, 2, 3, 2]);
        assert_eq!(hwio, [0.0, 6.0, 2.0, 8.0, 4.0, 10.0, 1.0, 7.0, 3.0, 9.0, 5.0, 11.0]);
        assert_eq!(outputs_last(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[3, 2]), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }
}
