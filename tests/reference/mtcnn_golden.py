#!/usr/bin/env python3
"""Make mtcnn.json: boxes, scores and landmarks by facenet-pytorch's MTCNN, for the golden test tests/app/golden_mtcnn.rs.

    pip install torch==2.2.2 torchvision==0.17.2 'numpy<2' pillow requests tqdm
    pip install --no-deps facenet-pytorch==2.6.0
    python3 tests/reference/mtcnn_golden.py assets/sample tests/reference

Every photo is turned upright first. No photo of the sample has a side over 1,280 pixels, so that none is reduced. Pillow
and the decoder of the program differ by one or two levels in some pixels of a JPEG; the PNG is the same on both sides.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from facenet_pytorch import MTCNN
from PIL import Image, ImageOps

MIN_FACE = 20


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sample, out = Path(sys.argv[1]), Path(sys.argv[2])
    detector = MTCNN(keep_all=True, min_face_size=MIN_FACE, select_largest=False)
    photos = []
    for path in sorted(sample.iterdir()):
        if path.suffix not in (".jpg", ".png") or path.name == "truncated.jpg":
            continue
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
        photos.append({"file": path.name, "width": picture.width, "height": picture.height, "faces": faces})
    report = {
        "made_by": "tests/reference/mtcnn_golden.py",
        "reference": f"facenet-pytorch {version('facenet-pytorch')}, torch {version('torch')}",
        "min_face": MIN_FACE,
        "photos": photos,
    }
    (out / "mtcnn.json").write_text(json.dumps(report, indent=1) + "\n")
    print(f"{sum(len(photo['faces']) for photo in photos)} faces in {len(photos)} photos")


main()
