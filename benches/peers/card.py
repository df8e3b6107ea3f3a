"""PyTorch's FaceNet on a graphics card, the same weights: faces a second in f32, TF32 and f16 (channels last), on crops that are
on the card already. For the machine of `networks embed --isa cuda`; needs torch and onnx.

    python3 benches/peers/card.py models/facenet.safetensors [BATCH…]
"""

import sys
import time

import torch
import torch.nn.functional as F
from export import BLOCK_8, BLOCK_17, BLOCK_35, MIXED_6A, MIXED_7A, Graph, read_safetensors


class Layers(Graph):
    """Export's walk over the layers, with tensors for values."""

    def __init__(self, weights, kind):
        super().__init__(weights)
        self.kind = kind
        self.kept = {}

    def conv(self, value, name, stride=1, same=True, relu=True, scale=1.0):
        if name not in self.kept:
            weight = torch.from_numpy(self.weights[f"{name}.weight"].transpose(3, 2, 0, 1) * scale).to("cuda", self.kind)
            bias = torch.from_numpy(self.weights[f"{name}.bias"] * scale).to("cuda", self.kind)
            self.kept[name] = weight.contiguous(memory_format=torch.channels_last), bias
        weight, bias = self.kept[name]
        padding = (weight.shape[2] // 2, weight.shape[3] // 2) if same else 0
        value = F.conv2d(value, weight, bias, stride=stride, padding=padding)
        return F.relu_(value) if relu else value

    def add(self, kind, inputs, **_):
        if kind == "Concat":
            return torch.cat(inputs, 1)
        if kind == "MaxPool":
            return F.max_pool2d(inputs[0], 3, 2)
        if kind == "Relu":
            return F.relu_(inputs[0])
        return inputs[0] + inputs[1]

    def forward(self, value):
        value = self.conv(value, "Conv2d_1a_3x3", stride=2, same=False)
        value = self.conv(value, "Conv2d_2a_3x3", same=False)
        value = self.pool(self.conv(value, "Conv2d_2b_3x3"))
        value = self.conv(value, "Conv2d_3b_1x1", same=False)
        value = self.conv(value, "Conv2d_4a_3x3", same=False)
        value = self.conv(value, "Conv2d_4b_3x3", stride=2, same=False)
        for number in range(1, 6):
            value = self.residual(value, f"Repeat.block35_{number}.", BLOCK_35, 0.17)
        value = self.reduction(value, "Mixed_6a.", MIXED_6A)
        for number in range(1, 11):
            value = self.residual(value, f"Repeat_1.block17_{number}.", BLOCK_17, 0.10)
        value = self.reduction(value, "Mixed_7a.", MIXED_7A)
        for number in range(1, 6):
            value = self.residual(value, f"Repeat_2.block8_{number}.", BLOCK_8, 0.20)
        value = self.residual(value, "Block8.", BLOCK_8, 1.0, relu=False).mean((2, 3)).float()
        weight = torch.from_numpy(self.weights["Bottleneck.weight"]).cuda()
        bias = torch.from_numpy(self.weights["Bottleneck.bias"]).cuda()
        return F.normalize(value @ weight + bias)


def main():
    weights = read_safetensors(sys.argv[1])
    batches = [int(word) for word in sys.argv[2:]] or [128, 256]
    torch.backends.cudnn.benchmark = True
    for name, kind, tf32 in [("f32", torch.float32, False), ("TF32", torch.float32, True), ("f16", torch.float16, False)]:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
        network = Layers(weights, kind)
        for batch in batches:
            crops = torch.rand(batch, 3, 160, 160, device="cuda").to(kind, memory_format=torch.channels_last)
            with torch.inference_mode():
                for _ in range(3):
                    network.forward(crops)
                torch.cuda.synchronize()
                start, faces = time.perf_counter(), 0
                while time.perf_counter() - start < 1.0:
                    network.forward(crops)
                    torch.cuda.synchronize()
                    faces += batch
            print(f"PyTorch {torch.__version__}, {name}, batch {batch}: {faces / (time.perf_counter() - start):.0f} faces/s")


main()
