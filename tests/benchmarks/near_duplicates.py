"""What the limits of near-duplicates find, and what they wrongly find.

::

    PYTHONPATH=tests python -m benchmarks.near_duplicates DATA

Three questions. Of photos that are saved anew (stronger compression, half the size, brighter), how
many are recognised? Of different photos, how many pairs are taken for one picture? How long does a
project of 100,000 photos take?
"""

import argparse
import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
from PIL import Image

from fieldmark.api.photos_near import ALIKE, LOCAL, NEAR, alike, near_duplicates
from fieldmark.api.photos_thumbnails import LONGEST, look, thumbnail
from fieldmark.errors import PhotoError
from fieldmark.images import open_photo
from fieldmark.learn.hashes import perceptual_hash
from fieldmark.types import Pixels

SETS = ("NyalaData", "CameraTrapSamples", "ATRW")
COPIED = 100


def main() -> None:
    """Print a table for each data set, and the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    folder = parser.parse_args().data
    click.echo(f"limits: {NEAR} bits, correlation {ALIKE}, any cell within {LOCAL}")
    for name in SETS:
        if (folder / name / "metadata.csv").is_file():
            measure(folder / name)
    for kind in ("all different", "50 scenes", "one scene"):
        clock(100_000, kind)


def measure(folder: Path) -> None:
    """Print what is found in one data set."""
    photos = []
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                found = look(folder / row["image_path"])
            except PhotoError:
                continue
            photos.append((row, found[0], np.frombuffer(found[1], np.uint8)))
    looks = {place: one[2] for place, one in enumerate(photos)}
    click.echo(f"\n{folder.name}: {len(photos)} photos")
    recognised: dict[str, list[bool]] = {}
    for place in range(0, len(photos), max(1, len(photos) // COPIED)):
        row, bits, grey = photos[place]
        for kind, pixels in copies(open_photo(folder / row["image_path"])):
            near = (perceptual_hash(pixels) ^ bits).bit_count() <= NEAR
            same = alike(grey, thumbnail(pixels).reshape(1, -1))[0]
            recognised.setdefault(kind, []).append(bool(near and same))
    for kind, hits in recognised.items():
        click.echo(f"  {kind}: {sum(hits)} of {len(hits)} recognised")
    pairs = near_duplicates(
        [one[1] for one in photos], lambda wanted: {p: looks[p] for p in wanted}
    )
    hashed = close_hashes([one[1] for one in photos])
    click.echo(f"  pairs with near hashes: {hashed}; taken for one picture: {len(pairs)}")
    for later, first in pairs.items():
        bits = (photos[later][1] ^ photos[first][1]).bit_count()
        exact = np.array_equal(photos[later][2], photos[first][2])
        names = photos[first][0]["image_path"], photos[later][0]["image_path"]
        click.echo(f"    {bits} bits, {'the same thumbnail' if exact else 'alike'}: {names}")


def copies(pixels: Pixels) -> Iterator[tuple[str, Pixels]]:
    """Yield the picture saved anew in several ways, read as a project reads it."""
    image = Image.fromarray(pixels)
    half = image.resize((max(1, image.width // 2), max(1, image.height // 2)))
    edge = image.width // 50, image.height // 50
    cut = image.crop((*edge, image.width - edge[0], image.height - edge[1]))
    yield "quality 50", saved(image, 50)
    yield "quality 20", saved(image, 20)
    yield "half the size", saved(half, 80)
    yield "15 % brighter", saved(Image.eval(image, lambda v: min(255, int(v * 1.15 + 8))), 85)
    yield "2 % cut off each edge", saved(cut, 85)


def saved(image: Image.Image, quality: int) -> Pixels:
    """Return a picture after it was a JPEG, as small as a project reads it."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    with Image.open(file) as again:
        shown = again.convert("RGB")
    shown.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return np.asarray(shown, np.uint8)


def close_hashes(hashes: list[int]) -> int:
    """Return how many pairs have near hashes, by comparing all with all."""
    values = np.array(hashes, np.uint64)
    count = 0
    for place, value in enumerate(hashes[:-1]):
        bits = (int(value) ^ int(other) for other in values[place + 1 :])
        count += sum(each.bit_count() <= NEAR for each in bits)
    return count


def clock(count: int, kind: str) -> None:
    """Print the processor time for so many photos."""
    chance = np.random.default_rng(0)
    scenes = {"all different": count, "50 scenes": 50, "one scene": 1}[kind]
    base = chance.integers(0, 2**63, scenes, dtype=np.uint64)
    hashes = base[np.arange(count) % scenes]
    if kind == "50 scenes":
        for _ in range(6):
            hashes = hashes ^ (np.uint64(1) << chance.integers(0, 64, count).astype(np.uint64))
    looks = chance.integers(0, 256, (100, 1024), np.uint8)
    pick = 1 if kind == "one scene" else 100
    begun = time.process_time()
    found = near_duplicates(hashes.tolist(), lambda wanted: {p: looks[p % pick] for p in wanted})
    spent = time.process_time() - begun
    click.echo(
        f"{count} photos, {kind}: {spent:.1f} s of processor time, {len(found)} repeat another"
    )


if __name__ == "__main__":
    main()
