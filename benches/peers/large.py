"""Large photos for the scan: the photos of a folder, enlarged to 12 megapixels, every second one four of them together.

    python large.py FROM TO [COUNT]
"""

import sys
from pathlib import Path

from PIL import Image

from rivals import photos_under

SIZE = (4000, 3000)


def fitted(path, size):
    """The photo's middle in exactly this size, as a camera with more pixels would have seen it."""
    photo = Image.open(path).convert("RGB")
    scale = max(size[0] / photo.width, size[1] / photo.height)
    width, height = size[0] / scale, size[1] / scale
    # Not below zero by a rounding.
    left, top = max((photo.width - width) / 2, 0), max((photo.height - height) / 2, 0)
    width, height = min(width, photo.width - left), min(height, photo.height - top)
    return photo.resize(size, Image.Resampling.BICUBIC, box=(left, top, left + width, top + height))


def main(source, target, count):
    paths = photos_under(source, sys.maxsize)
    target.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        picked = [paths[(number + step * len(paths) // 4) % len(paths)] for step in range(4)]
        if number % 2 == 0:
            photo = fitted(picked[0], SIZE)
        else:
            half = (SIZE[0] // 2, SIZE[1] // 2)
            photo = Image.new("RGB", SIZE)
            for place, path in enumerate(picked):
                photo.paste(fitted(path, half), (place % 2 * half[0], place // 2 * half[1]))
        photo.save(target / f"{number:04}.jpg", quality=92)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 200)
