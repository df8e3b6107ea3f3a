#!/usr/bin/env python3
"""Make old.pt and new.pt: one small state dict in PyTorch's two containers, for the tests in src/vision/checkpoint.

    pip install torch==2.2.2 'numpy<2'
    python3 tests/reference/checkpoints.py tests/reference/checkpoints
"""

import sys
from collections import OrderedDict
from pathlib import Path

import torch


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = Path(sys.argv[1])
    out.mkdir(exist_ok=True)
    numbers = torch.arange(24, dtype=torch.float32)
    state = OrderedDict()
    state["conv.weight"] = numbers.reshape(2, 3, 2, 2) / 4
    state["turned"] = numbers.reshape(4, 6).t()[1:3]  # a view with an offset and strides of its own
    state["half"] = torch.tensor([0.5, -2.0, 1024.0], dtype=torch.float16)
    state["double"] = torch.tensor([[0.1, 0.2]], dtype=torch.float64)
    state["bn.num_batches_tracked"] = torch.tensor(7)  # a counter, which is left out
    torch.save(state, out / "new.pt")
    torch.save({"epoch": 3, "state_dict": state}, out / "old.pt", _use_new_zipfile_serialization=False)


main()
