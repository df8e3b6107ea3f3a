#!/usr/bin/env python3
"""Makes compact.safetensors: the 128 directions in which FaceNet's embeddings lie.

    albumen faces ../shared/data/lfw-dev --json --embeddings > faces.jsonl
    python3 models/project.py faces.jsonl models/compact.safetensors

The directions are the strongest eigenvectors of the mean of e e^T over all embeddings e (not centred, so that cosines stay
what they are). Prints how much of the embeddings is lost. Needs numpy. Another build of LAPACK may change the last bits.
"""

import json
import struct
import sys

import numpy as np

WIDTH = 128


def read(path):
    """Embeddings, one row a face."""
    with open(path, encoding="utf-8") as lines:
        photos = (json.loads(line) for line in lines)
        rows = [face["embedding"] for photo in photos for face in photo.get("faces", [])]
    return np.array(rows, dtype=np.float64)


def directions(rows):
    """The WIDTH strongest, one a row; of each vector and its opposite the one whose largest number is positive."""
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    basis = vectors[:, ::-1][:, :WIDTH].T
    largest = np.abs(basis).argmax(axis=1)
    return basis * np.sign(basis[np.arange(WIDTH), largest])[:, None]


def write(path, name, rows):
    """A safetensors file of one tensor."""
    numbers = rows.astype("<f4")
    entry = {"dtype": "F32", "shape": list(numbers.shape), "data_offsets": [0, numbers.nbytes]}
    header = json.dumps({name: entry}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + numbers.tobytes())


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    rows = read(sys.argv[1])
    if rows.ndim != 2 or rows.shape[0] < 2 * WIDTH or rows.shape[1] <= WIDTH:
        sys.exit(f"{sys.argv[1]}: {rows.shape}, hundreds of embeddings wider than {WIDTH} are needed")
    basis = directions(rows)
    lost = 1.0 - ((rows @ basis.T) ** 2).sum(axis=1)
    print(f"{len(rows)} embeddings; lost of their squared length: mean {lost.mean():.1e}, most {lost.max():.1e}")
    write(sys.argv[2], "basis", basis)


if __name__ == "__main__":
    main()
