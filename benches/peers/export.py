"""The committed FaceNet as an ONNX file: float32, NCHW, any number of faces, batch norm folded in as in the weights.

Layer for layer what src/vision/facenet.rs does; peers.py holds its embeddings against Albumen's own.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def read_safetensors(path):
    """Every tensor of the file as float32."""
    data = Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    kinds = {"F16": np.float16, "F32": np.float32}
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        numbers = np.frombuffer(data[begin:end], kinds[entry["dtype"]])
        tensors[name] = numbers.reshape(entry["shape"]).astype(np.float32)
    return tensors


class Graph:
    """Collects nodes; a value is known by its name."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.initializers = []

    def constant(self, name, numbers):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(numbers), name))
        return name

    def add(self, kind, inputs, **attributes):
        output = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def conv(self, value, name, stride=1, same=True, relu=True, scale=1.0):
        weight = self.weights[f"{name}.weight"].transpose(3, 2, 0, 1) * np.float32(scale)
        bias = self.weights[f"{name}.bias"] * np.float32(scale)
        rows, columns = (weight.shape[2] // 2, weight.shape[3] // 2) if same else (0, 0)
        inputs = [value, self.constant(f"{name}.weight", weight), self.constant(f"{name}.bias", bias)]
        pads = [rows, columns, rows, columns]
        value = self.add("Conv", inputs, strides=[stride, stride], pads=pads, kernel_shape=list(weight.shape[2:]))
        return self.add("Relu", [value]) if relu else value

    def pool(self, value):
        return self.add("MaxPool", [value], kernel_shape=[3, 3], strides=[2, 2])

    def branch(self, value, scope, names):
        for name in names:
            halving = "_1a_" in name
            value = self.conv(value, scope + name, stride=2 if halving else 1, same=not halving)
        return value

    def residual(self, value, scope, branches, scale, relu=True):
        """The scale is folded into the last convolution, as every runtime would do it."""
        parts = [self.branch(value, scope, names) for names in branches]
        up = self.conv(self.add("Concat", parts, axis=1), f"{scope}Conv2d_1x1", relu=False, scale=scale)
        value = self.add("Add", [value, up])
        return self.add("Relu", [value]) if relu else value

    def reduction(self, value, scope, branches):
        parts = [self.branch(value, scope, names) for names in branches]
        return self.add("Concat", [*parts, self.pool(value)], axis=1)


BLOCK_35 = [
    ["Branch_0.Conv2d_1x1"],
    ["Branch_1.Conv2d_0a_1x1", "Branch_1.Conv2d_0b_3x3"],
    ["Branch_2.Conv2d_0a_1x1", "Branch_2.Conv2d_0b_3x3", "Branch_2.Conv2d_0c_3x3"],
]
BLOCK_17 = [["Branch_0.Conv2d_1x1"], [f"Branch_1.Conv2d_{part}" for part in ("0a_1x1", "0b_1x7", "0c_7x1")]]
BLOCK_8 = [["Branch_0.Conv2d_1x1"], [f"Branch_1.Conv2d_{part}" for part in ("0a_1x1", "0b_1x3", "0c_3x1")]]
MIXED_6A = [["Branch_0.Conv2d_1a_3x3"], [f"Branch_1.Conv2d_{part}" for part in ("0a_1x1", "0b_3x3", "1a_3x3")]]
MIXED_7A = [
    ["Branch_0.Conv2d_0a_1x1", "Branch_0.Conv2d_1a_3x3"],
    ["Branch_1.Conv2d_0a_1x1", "Branch_1.Conv2d_1a_3x3"],
    [f"Branch_2.Conv2d_{part}" for part in ("0a_1x1", "0b_3x3", "1a_3x3")],
]


def facenet(weights):
    graph = Graph(weights)
    value = graph.conv("crops", "Conv2d_1a_3x3", stride=2, same=False)
    value = graph.conv(value, "Conv2d_2a_3x3", same=False)
    value = graph.pool(graph.conv(value, "Conv2d_2b_3x3"))
    value = graph.conv(value, "Conv2d_3b_1x1", same=False)
    value = graph.conv(value, "Conv2d_4a_3x3", same=False)
    value = graph.conv(value, "Conv2d_4b_3x3", stride=2, same=False)
    for number in range(1, 6):
        value = graph.residual(value, f"Repeat.block35_{number}.", BLOCK_35, 0.17)
    value = graph.reduction(value, "Mixed_6a.", MIXED_6A)
    for number in range(1, 11):
        value = graph.residual(value, f"Repeat_1.block17_{number}.", BLOCK_17, 0.10)
    value = graph.reduction(value, "Mixed_7a.", MIXED_7A)
    for number in range(1, 6):
        value = graph.residual(value, f"Repeat_2.block8_{number}.", BLOCK_8, 0.20)
    value = graph.residual(value, "Block8.", BLOCK_8, 1.0, relu=False)
    value = graph.add("Flatten", [graph.add("GlobalAveragePool", [value])])
    weight = graph.constant("Bottleneck.weight", weights["Bottleneck.weight"])
    bias = graph.constant("Bottleneck.bias", weights["Bottleneck.bias"])
    value = graph.add("Gemm", [value, weight, bias])
    value = graph.add("LpNormalization", [value], axis=1, p=2)
    crops = helper.make_tensor_value_info("crops", TensorProto.FLOAT, ["faces", 3, 160, 160])
    embeddings = helper.make_tensor_value_info(value, TensorProto.FLOAT, ["faces", 512])
    body = helper.make_graph(graph.nodes, "facenet", [crops], [embeddings], graph.initializers)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    onnx.save(facenet(read_safetensors(sys.argv[1])), sys.argv[2])
