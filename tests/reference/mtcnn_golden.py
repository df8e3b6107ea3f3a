#!/usr/bin/env python3
"""Make mtcnn.json: boxes, scores and landmarks by facenet-pytorch's MTCNN, for the golden test tests/app/golden_mtcnn.rs.

    pip install torch==2.2.2 torchvision==0.17.2 'numpy<2' pillow requests tqdm
    pip install --no-deps facenet-pytorch==2.6.0
    python3 tests/reference/mtcnn_golden.py assets/sample tests/reference

It also makes the photos of the strict comparison, lossless copies of some sample photos in tests/reference/photos: Pillow
and the decoder of the program differ by some levels in an eighth of a JPEG's numbers, which is enough to let another
candidate win, so that numbers of JPEGs agree less well. No photo has a side over 1,280 pixels: none is reduced.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from facenet_pytorch import MTCNN
from PIL import Image, ImageOps

MIN_FACE = 20
# sample photo and the longest side of its lossless copy
COPIES = {"obama.jpg": 440, "obama2.jpg": 440, "obama3.jpg": 440, "collins.jpg": 300, "together.jpg": 720}


def found(detector, path, name):
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    boxes, scores, landmarks = detector.detect(picture, landmarks=True)
    faces = []
    for (left, top, right, bottom), score, points in zip(boxes, scores, landmarks):
        faces.append(
            {
                "box": [round(float(value), 3) for value in (left, top, right - left, bottom - top)],
                "score": round(float(score), 6),
                "landmarks": [[round(float(value), 3) for value in point] for point in points],
            }
        )
    return {"file": name, "width": picture.width, "height": picture.height, "faces": faces}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sample, out = Path(sys.argv[1]), Path(sys.argv[2])
    (out / "photos").mkdir(exist_ok=True)
    exact = [sample / "biden.png"]
    for name, longest in COPIES.items():
        picture = Image.open(sample / name).convert("RGB")
        picture.thumbnail((longest, longest), Image.LANCZOS)
        exact.append(out / "photos" / f"{Path(name).stem}.webp")
        picture.save(exact[-1], lossless=True, quality=100, method=6)
    jpegs = sorted(path for path in sample.glob("*.jpg") if path.name != "truncated.jpg")
    detector = MTCNN(keep_all=True, min_face_size=MIN_FACE, select_largest=False)
    report = {
        "made_by": "tests/reference/mtcnn_golden.py",
        "reference": f"facenet-pytorch {version('facenet-pytorch')}, torch {version('torch')}",
        "min_face": MIN_FACE,
        "exact": [found(detector, path, path.name) for path in exact],
        "jpegs": [found(detector, path, path.name) for path in jpegs],
    }
    (out / "mtcnn.json").write_text(json.dumps(report, indent=1) + "\n")
    for kind in ("exact", "jpegs"):
        print(f"{kind}: {sum(len(photo['faces']) for photo in report[kind])} faces in {len(report[kind])} photos")


main()
