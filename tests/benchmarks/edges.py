"""Compares the edge channel with the 26 edge pictures that spotID published beside its crops."""

import argparse
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.reports import say
from fieldmark.components import Component, Context
from fieldmark.images import open_photo
from fieldmark.types import Chip, Pixels
from fieldmark_chips import BACKGROUND, RESIZE
from fieldmark_leopard import EDGE_CHANNEL

Edges: TypeAlias = NDArray[np.bool_]
TOLERANCE = 2
"""Pixels that an edge may be off."""
_ANIMAL = 12
"""What lies within so many pixels of a reference edge is taken for the animal."""


_FEWEST = 0.01
"""Share of edges below which background removal took the animal, too."""


@dataclass(frozen=True)
class Agreement:
    """How well edges agree with reference edges.

    Attributes:
        precision: of ours, those with a reference edge within `TOLERANCE` pixels.
        recall: of the reference's, those with one of ours.
        f1: their harmonic mean.
        correlation: Pearson's, of both after a Gaussian blur of σ = `TOLERANCE` pixels.
    """

    precision: float
    recall: float
    f1: float
    correlation: float


@dataclass(frozen=True)
class Variant:
    """One way to make edges.

    Attributes:
        make: edges (h, w) of a crop.
        size: height and width to which the reference is brought; None: left as it is.
        other: compare with the reference of the next crop instead, as a control.
    """

    name: str
    make: Callable[[Pixels], Edges]
    size: tuple[int, int] | None = None
    other: bool = False


def agreement(found: Edges, wanted: Edges) -> Agreement:
    """Return how edges agree with reference edges of the same shape."""
    hit = float((found & grown(wanted, TOLERANCE)).sum() / max(found.sum(), 1))
    seen = float((wanted & grown(found, TOLERANCE)).sum() / max(wanted.sum(), 1))
    first, second = (
        cv2.GaussianBlur(each.astype(np.float32), (0, 0), TOLERANCE).ravel()
        for each in (found, wanted)
    )
    alike = float(np.corrcoef(first, second)[0, 1]) if found.any() and wanted.any() else 0.0
    return Agreement(hit, seen, 2 * hit * seen / max(hit + seen, 1e-9), alike)


def grown(marked: Edges, distance: int) -> Edges:
    """Return the pixels within a distance of marked ones."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * distance + 1,) * 2)
    return cv2.dilate(marked.astype(np.uint8), disc) > 0


def reference(path: Path, size: tuple[int, int] | None = None) -> Edges:
    """Return reference edges.

    The published pictures are JPEGs, and some were shrunk: lines are grey and surrounded by noise.
    What is at least a quarter as bright as the brightest pixel is taken for an edge.
    """
    grey = open_photo(path)[:, :, 0].astype(np.float32)
    if size is None:
        return np.asarray(grey >= grey.max() / 4)
    resized = cv2.resize(grey, size[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(resized >= resized.max() / 4)


def chain(*steps: tuple[Component[Any, Any], Mapping[str, object]]) -> Callable[[Pixels], Edges]:
    """Return what makes edges with preprocessors and their options."""
    built = [step.build(step.options.model_validate(given), Context()) for step, given in steps]

    def make(crop: Pixels) -> Edges:
        chip = Chip(crop)
        for step in built:
            chip = step.apply(chip)
        return np.asarray(chip.pixels[:, :, chip.channels.index("edge")] >= 64)

    return make


def variants() -> Iterator[Variant]:
    """Yield what is compared."""
    size, whole = {"height": 256, "width": 512}, (256, 512)
    yield Variant("**defaults**: blur 5, 80/200", chain((EDGE_CHANNEL, {})))
    yield Variant("control: another crop's reference", chain((EDGE_CHANNEL, {})), other=True)
    for blur, low, high in (
        (1, 80, 200), (3, 80, 200), (7, 80, 200),
        (5, 30, 90), (5, 55, 160), (5, 70, 180), (5, 100, 200), (5, 120, 300),
    ):  # fmt: skip
        given = {"blur": blur, "low": low, "high": high}
        yield Variant(f"blur {blur}, {low}/{high}", chain((EDGE_CHANNEL, given)))
    found = (BACKGROUND, {"tighten": False})
    yield Variant("background (GrabCut), masked", chain(found, (EDGE_CHANNEL, {"masked": True})))
    yield Variant("resize, then edges", chain((RESIZE, size), (EDGE_CHANNEL, {})), whole)
    yield Variant("edges, then resize", chain((EDGE_CHANNEL, {}), (RESIZE, size)), whole)


def measured(variant: Variant, crops: Sequence[tuple[Path, Path]]) -> list[float]:
    """Return the means over all crops: on the whole crop, then on the animal alone."""
    rows = []
    for i, (crop, _) in enumerate(crops):
        pixels = open_photo(crop)
        found = variant.make(pixels)
        theirs = crops[(i + 1) % len(crops)][1] if variant.other else crops[i][1]
        wanted = reference(theirs, found.shape[:2] if variant.other else variant.size)
        inside = found & grown(wanted, _ANIMAL)
        rows.append([*astuple(agreement(found, wanted)), *astuple(agreement(inside, wanted))])
    return [float(value) for value in np.mean(rows, axis=0)]


def crops_in(folder: Path) -> list[tuple[Path, Path]]:
    """Return the crops of the data set with their reference pictures, where these show anything."""
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = [row["image_path"] for row in csv.DictReader(file) if row["kind"] == "crop"]
    pairs = [(folder / path, folder / path.replace("/cropped/", "/binary/")) for path in rows]
    usable = [pair for pair in pairs if reference(pair[1]).mean() >= _FEWEST]
    for _, empty in sorted(set(pairs) - set(usable)):
        say(f"left out, as it is all but empty: {empty.relative_to(folder)}")
    return usable


def main() -> None:
    """Print a row for each variant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the data set SpotIDLeopard")
    crops = crops_in(parser.parse_args().folder)
    say("| edges | precision | recall | F1 | corr. | on the animal: precision | F1 | corr. |")
    say("|---|---|---|---|---|---|---|---|")
    for variant in variants():
        p, r, f1, corr, near, _, near_f1, near_corr = measured(variant, crops)
        numbers = " | ".join(f"{value:.3f}" for value in (p, r, f1, corr, near, near_f1, near_corr))
        say(f"| {variant.name} | {numbers} |")


if __name__ == "__main__":
    main()
