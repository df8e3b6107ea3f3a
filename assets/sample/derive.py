#!/usr/bin/env python3
"""Make the sample photos from the public-domain originals, the same every time.

    pip download --no-deps --no-binary :all: face_recognition==1.3.0
    pip download --no-deps scikit-image==0.22.0
    python3 assets/sample/derive.py face_recognition-1.3.0.tar.gz scikit_image-0.22.0-*.whl assets/sample

Needs Pillow. Originals over 1,200 pixels are reduced, so that the repository stays small.
"""

import io
import sys
import tarfile
import zipfile
from pathlib import Path

from PIL import Image, ImageOps

LONGEST = 1200


def load(data):
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    picture.thumbnail((LONGEST, LONGEST), Image.LANCZOS)
    return picture


def save(picture, path, **options):
    picture.save(path, quality=88, optimize=True, **options)


def oriented(picture, number):
    """The pixels as a camera held that way stores them, with the tag that turns them upright again."""
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[number]
    exif = Image.Exif()
    exif[0x0112] = number
    exif[0x0132] = "2009:01:13 12:00:00"
    return picture if stored is None else picture.transpose(stored), exif


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    archive = tarfile.open(sys.argv[1])
    wheel = zipfile.ZipFile(sys.argv[2])
    out = Path(sys.argv[3])
    photos = {
        name: load(archive.extractfile(f"face_recognition-1.3.0/tests/test_images/{name}").read())
        for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")
    }
    photos["collins.jpg"] = load(wheel.read("skimage/data/astronaut.png"))
    for name, picture in photos.items():
        save(picture, out / name)
    small = photos["obama.jpg"].copy()
    small.thumbnail((400, 400), Image.LANCZOS)
    for number in range(1, 9):
        stored, exif = oriented(small, number)
        save(stored, out / f"obama-orientation-{number}.jpg", exif=exif)
    smaller = photos["obama2.jpg"].copy()
    smaller.thumbnail((300, 300), Image.LANCZOS)
    save(smaller, out / "obama-small.jpg")
    picture = photos["biden.jpg"].copy()
    picture.thumbnail((420, 420), Image.LANCZOS)
    picture.save(out / "biden.png", optimize=True)
    together = Image.new("RGB", (1180, 420), (236, 232, 224))
    at = 20
    for name in ("obama3.jpg", "biden.jpg", "collins.jpg"):
        part = ImageOps.fit(photos[name], (370, 380), Image.LANCZOS, centering=(0.5, 0.2))
        together.paste(part, (at, 20))
        at += 385
    save(together, out / "together.jpg")
    whole = io.BytesIO()
    save(photos["obama3.jpg"], whole, format="JPEG")
    (out / "truncated.jpg").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])


main()
