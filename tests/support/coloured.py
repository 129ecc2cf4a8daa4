"""A small labelled set of tiny pictures, told apart by their colours."""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PROFILE = """
name: blots
scientific_name: Pictura colorata
sides: {views: [left, right], opposite: incomparable}
pipelines:
  colours:
    embed: {use: colour-histogram}
    match: {use: nearest}
  grey:
    embed: {use: mlp-grey, options: {untrained: true}}
    match: {use: nearest}
  fused: {fuse: [colours, grey], shortlist: [4, 8]}
default: colours
"""


def write_blots(folder: Path, individuals: int = 12, visits: int = 4, noise: float = 25) -> Path:
    """Write photos and their table into a folder; return the table.

    Every individual has colours of its own, and each visit a light of its own; two photos of a
    visit, of one side; the sides alternate from visit to visit.
    """
    rng = np.random.default_rng(0)
    rows = []
    for number in range(individuals):
        coat = rng.uniform(0, 255, (4, 6, 3))
        for visit in range(visits):
            light = rng.normal(0, 10, 3)
            for shot in range(2):
                name = f"photos/{number:02d}-{visit}-{shot}.png"
                seen = coat + light + rng.normal(0, noise, coat.shape)
                _write(folder / name, seen)
                side = "left" if visit % 4 else "right"
                rows.append([name, f"blot {number:02d}", side, f"{number:02d}-{visit}"])
    table = folder / "metadata.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["path", "identity", "orientation", "encounter"])
        writer.writerows(rows)
    return table


def write_profile(folder: Path) -> Path:
    """Write the profile `blots`; return its file."""
    path = folder / "blots.yaml"
    path.write_text(PROFILE, encoding="utf-8")
    return path


def _write(path: Path, blocks: NDArray[np.float64]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = Image.fromarray(blocks.clip(0, 255).astype(np.uint8))
    pixels.resize((48, 32), Image.Resampling.NEAREST).save(path)
