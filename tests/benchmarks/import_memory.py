"""Measure the memory and the time that an import of photos needs.

::

    python tests/benchmarks/import_memory.py [1000 10000 ...]

Each size is imported twice, in processes of their own: new photos, then the same again. The
photos are made beforehand: tiny JPEGs, all different, in folders of 500 with a name each.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_folder


def make_photos(folder: Path, count: int) -> None:
    """Write `count` different photos of 32 × 24 pixels."""
    random = np.random.default_rng(0)
    for number in range(count):
        place = folder / f"animal {number // 500}"
        place.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 256, (24, 32, 3), np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.jpg")


def import_here(project: Path, photos: Path) -> None:
    """Import in this process, and say how many, how long and how much memory at the most."""
    start = time.perf_counter()
    with Project.open(project) as opened:
        summary = import_folder(opened, photos, individuals_from_folders=True)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    count = summary.photos_added + summary.photos_known
    line = (
        f"{count:>7} photos, {summary.photos_added:>6} new: {seconds:6.1f} s, peak {peak:5.0f} MB"
    )
    sys.stdout.write(line + f", {count / seconds:5.0f} photos/s\n")


def main(sizes: list[int]) -> None:
    """Measure each size in a fresh process, because a process never gives memory back."""
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            project, photos = Path(folder) / "project", Path(folder) / "photos"
            make_photos(photos, size)
            Project.create(project, "tiger").close()
            command = [sys.executable, __file__, "--here", str(project), str(photos)]
            for _ in range(2):
                subprocess.run(command, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        import_here(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main([int(size) for size in sys.argv[1:]] or [1000, 10_000])
