"""A plugin whose embedder can be trained: colours, each weighted by how well it tells apart.

Small, and real in all parts: it opens photos through the core's loader, measures the holdouts,
keeps a checkpoint after every epoch and writes a safetensors file that holds its record.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from fieldmark.components import Component, Context, Embedder, NoOptions, Options, Preprocessor
from fieldmark.errors import PhotoError, UserError
from fieldmark.files import replacing
from fieldmark.hookspecs import hookimpl
from fieldmark.training import Preview, Sample, Trained, Training, TrainingContext, TrainingData
from fieldmark.types import Chip, FeatureKind, Features, SetAside, Vector

Array = NDArray[np.float64]
FAIL = "FAIL"
"""A file of this name in the working folder stops a training after its first epoch."""


class Sharp(Options):
    """One way of weighting."""

    kind: str = Field("sharp", pattern="^sharp$")
    power: float = Field(1.0, gt=0)


class Settings(Options):
    """How the colours are weighted."""

    epochs: int = Field(3, ge=1)
    weighting: Sharp = Sharp()
    seed: int = Field(0, ge=0)


class Colours:
    """Embeds a chip as its mean red, green and blue, weighted."""

    def __init__(self, weights: Array) -> None:
        self._weights = weights

    def embed(self, chips: Sequence[Chip]) -> list[Features]:
        """Return one vector (3,) per chip."""
        return [Vector((colour(chip) * self._weights).astype(np.float32)) for chip in chips]


class Darker:
    """Halves the light, so that the tests see whether it was applied."""

    def apply(self, chip: Chip) -> Chip | SetAside:
        """Return a darker chip; sets aside what is black already."""
        if not chip.pixels.any():
            return SetAside("it is black")
        return Chip(chip.pixels // 2, chip.channels, chip.animal, chip.region, side=chip.side)


def colour(chip: Chip) -> Array:
    """Return the mean of each channel (3,), 0–1."""
    return np.asarray(chip.pixels.reshape(-1, 3).mean(axis=0) / 255)


def _build(_options: NoOptions, context: Context) -> Embedder:
    return Colours(read(context.weights()))


def read(path: Path) -> Array:
    """Return the weights (3,) of a file."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    return np.frombuffer(content[8 + length :], np.float64)


def write(path: Path, weights: Array, record: Any) -> None:
    """Write the weights as safetensors, with the record in the header."""
    tensor = {"dtype": "F64", "shape": [3], "data_offsets": [0, 24]}
    held = {"fieldmark": json.dumps({"record": dict(record)})}
    header = json.dumps({"__metadata__": held, "weights": tensor}).encode()
    with replacing(path) as file:
        file.write(struct.pack("<Q", len(header)) + header + weights.tobytes())


def _opened(samples: Sequence[Sample], data: TrainingData) -> Iterator[tuple[Sample, Array]]:
    for sample in samples:
        try:
            chip = data.load(sample)
        except PhotoError:
            continue
        if isinstance(chip, Chip):
            yield sample, colour(chip)


def run(
    _options: NoOptions, settings: Settings, data: TrainingData, context: TrainingContext
) -> Trained:
    """Weight each colour by its spread between individuals over that within them."""
    rows = list(_opened(data.train, data))
    state = context.folder / "state.json"
    done, weights = 0, np.ones(3) if context.start is None else read(context.start).copy()
    if context.resume and state.exists():
        done, weights = _restored(state)
    for epoch in range(done, settings.epochs):
        weights = (weights + _ratio(rows, settings.weighting.power)) / 2
        state.write_text(json.dumps([epoch + 1, weights.tolist()]))
        context.progress(epoch + 1, settings.epochs, "epochs")
        if Path(FAIL).exists():
            raise UserError("stopped, as the test asked")
    path = context.folder / "model.safetensors"
    write(path, weights, context.record)
    best = {f"{held.name} queries": float(len(held.queries)) for held in data.holdouts}
    return Trained(path, settings.epochs, best)


def _restored(state: Path) -> tuple[int, Array]:
    done, weights = json.loads(state.read_text())
    return done, np.array(weights)


def _ratio(rows: list[tuple[Sample, Array]], power: float) -> Array:
    names = sorted({sample.individual for sample, _ in rows})
    groups = [np.stack([c for s, c in rows if s.individual == name]) for name in names]
    within = np.mean([group.std(axis=0) for group in groups], axis=0) + 1e-3
    between = np.stack([group.mean(axis=0) for group in groups]).std(axis=0)
    return np.asarray((between / within) ** power)


def preview(
    _options: NoOptions, settings: Settings, data: TrainingData, context: TrainingContext
) -> Preview:
    """Count; there is one batch for every eight photos."""
    return Preview(-(-len(data.train) // 8), 0.5, 1 << 20, (f"power {settings.weighting.power}",))


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer the colours, and one that cannot be trained."""
    yield Component(
        "toy-colours", "Weighted colours", NoOptions, _build, parallel=False,
        emits=FeatureKind.VECTOR,
        training=Training(Settings, run, preview, fine_tune={"epochs": 1}),
    )  # fmt: skip
    yield Component("toy-fixed", "Cannot learn", NoOptions, _build, emits=FeatureKind.VECTOR)


@hookimpl
def fieldmark_preprocessors() -> Iterator[Component[Any, Preprocessor]]:
    """Offer the one that darkens."""
    yield Component("toy-darker", "Halves the light", NoOptions, lambda _o, _c: Darker())


RECIPE = """\
name: toy
summary: Colours
embed: {use: toy-colours}
preprocess:
  - {use: toy-darker}
split: {individuals: 0.2, encounters: 0.1}
train:
  epochs: 2
  weighting: {kind: sharp, power: 0.5}
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this module an installed plugin, in this process and in its worker processes."""
    info = folder / "site" / "learnable-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: learnable\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[fieldmark]\nlearnable = support.learnable\n")
    monkeypatch.syspath_prepend(str(info.parent))
    monkeypatch.setenv("FIELDMARK_HOME", str(folder / "home"))


def write_data(folder: Path, individuals: int = 12, photos: int = 4) -> Path:
    """Write photos of animals, each of a colour of its own, and their table; return the table."""
    (folder / "images").mkdir(parents=True)
    lines = ["image_path,identity,species,orientation,sighting,dev_split,licence"]
    for number in range(individuals):
        for photo in range(photos):
            path = folder / "images" / f"{number}-{photo}.png"
            Image.fromarray(_picture(number, photo)).save(path)
            part = "val" if number % 4 == 3 else "train"
            visit = f"v{number}-{photo // 2}"
            lines.append(f"images/{path.name},a{number},,left,{visit},{part},CC0")
    table = folder / "metadata.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table


def _picture(number: int, photo: int) -> NDArray[np.uint8]:
    """Return noise (24, 32, 3) in the animal's colour; no two photos are alike."""
    own, shot = np.random.default_rng(number), np.random.default_rng((number, photo))
    coarse = shot.normal(0, 40, (6, 8, 3)).repeat(4, axis=0).repeat(4, axis=1)
    return np.asarray((own.uniform(60, 200, 3) + coarse).clip(0, 255), np.uint8)
