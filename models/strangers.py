#!/usr/bin/env python3
"""Makes strangers.safetensors: 256 people who do not exist, to see how near strangers come to a face.

    albumen scan ../shared/data/lfw-dev --library lfw-dev.albumen
    python3 models/strangers.py lfw-dev.albumen models/strangers.safetensors

Each is drawn from the normal distribution that the mean embeddings of lfw-dev's people have (their mean, their covariance), and as
long as such means are on average, so that a cosine to it is like the average cosine to a person's photos. No row is anybody, and
nobody can be had back from them. Needs numpy. The embeddings are those of the built-in models as a scan stores them, so another
kind of processor may change the last bits.
"""

import os
import sqlite3
import sys

import numpy as np

from project import write

STRANGERS = 256
LEAST_PHOTOS = 3


def people(path):
    """The mean embedding of every person with enough photos, by name; of a photo's faces the large, central one counts."""
    library = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    folders = {}
    for name, photo in library.execute("SELECT path, photo FROM file WHERE photo IS NOT NULL ORDER BY path"):
        folders.setdefault(photo, os.path.dirname(os.fsdecode(name)))
    best = {}
    rows = library.execute(
        "SELECT photo, x, y, face.width, face.height, photo.width, photo.height, value"
        " FROM face JOIN photo ON photo.id = photo JOIN embedding ON face = face.id ORDER BY face.id"
    )
    for photo, x, y, width, height, whole_width, whole_height, value in rows:
        aside, below = x + width / 2 - whole_width / 2, y + height / 2 - whole_height / 2
        worth = width * height - 2 * (aside**2 + below**2)
        if photo not in best or worth > best[photo][0]:
            best[photo] = worth, np.frombuffer(value, "<f2").astype(np.float64)
    by_person = {}
    for photo, (_, embedding) in sorted(best.items()):
        by_person.setdefault(folders[photo], []).append(embedding)
    return np.array([np.mean(faces, axis=0) for _, faces in sorted(by_person.items()) if len(faces) >= LEAST_PHOTOS])


def strangers(means):
    """So many draws, one a row."""
    centre = means.mean(axis=0)
    scatter = (means - centre) / np.sqrt(len(means) - 1)
    drawn = centre + np.random.default_rng(1).normal(size=(STRANGERS, len(means))) @ scatter
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True) * np.linalg.norm(means, axis=1).mean()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    means = people(sys.argv[1])
    if len(means) < STRANGERS:
        sys.exit(f"{sys.argv[1]}: {len(means)} people of {LEAST_PHOTOS} photos and more, {STRANGERS} are needed")
    write(sys.argv[2], "strangers", strangers(means))


if __name__ == "__main__":
    main()
