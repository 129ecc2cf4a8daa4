"""Checks for components that can be trained, on sixteen drawn photos of four animals."""

import math
import shutil
import tempfile
import weakref
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydantic import ValidationError

from fieldmark.components import Component, Context, Matcher, Role
from fieldmark.images import open_photo
from fieldmark.testing.embedders import embed_makes_features
from fieldmark.testing.subjects import ContractError, Subject, offline, picture, require
from fieldmark.training import (
    Holdout,
    Preview,
    Sample,
    Trained,
    Training,
    TrainingContext,
    TrainingData,
)
from fieldmark.types import Chip, Side

ANIMALS, STRANGERS, PHOTOS = 4, 2, 4
"""Animals to learn from, animals that are held out, and photos of each."""
SIDES = (Side.LEFT, Side.RIGHT)


class Trial:
    """A component with drawn photos, and a folder that lasts as long as its checks."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    @property
    def training(self) -> Training:
        """How the component is trained."""
        training = self.subject.record.training
        if not isinstance(training, Training):
            raise ContractError("training must be a fieldmark.training.Training")
        return training

    @cached_property
    def folder(self) -> Path:
        """A folder of its own, deleted with the trial."""
        folder = tempfile.mkdtemp(prefix="fieldmark-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    @cached_property
    def data(self) -> TrainingData:
        """Four animals to learn from, and two that are held out.

        Two species if it is a gate; every other photo is of the right, and mirrored.
        """
        species = ("drawn", "sketched") if self.training.label == "species" else ("drawn",)
        animals = [
            [
                _draw(self.folder, animal, photo, species[animal % len(species)])
                for photo in range(PHOTOS)
            ]
            for animal in range(ANIMALS + STRANGERS)
        ]
        known = tuple(sample for photos in animals[:ANIMALS] for sample in photos)
        strangers = tuple(sample for photos in animals[ANIMALS:] for sample in photos)
        return TrainingData(known, (Holdout("new individuals", strangers),), load)

    @cached_property
    def first(self) -> Trained:
        """What a training with the example settings leaves."""
        return self.train("first")

    def train(self, name: str, *, resume: bool = False) -> Trained:
        """Train in a folder of that name."""
        options, settings, context = self._arguments(name, resume=resume)
        with offline():
            return self.training.run(options, settings, self.data, context)

    def preview(self, name: str) -> Preview:
        """Measure in a folder of that name."""
        options, settings, context = self._arguments(name, resume=False)
        with offline():
            return self.training.preview(options, settings, self.data, context)

    def _arguments(self, name: str, *, resume: bool) -> tuple[Any, Any, TrainingContext]:
        record = self.subject.record
        (self.folder / name).mkdir(exist_ok=True)
        told = {"component": record.name, "role": str(self.subject.role), "preprocess": []}
        context = TrainingContext(self.folder / name, told, device="cpu", resume=resume)
        options = record.options.model_validate(dict(record.example))
        return options, self.training.settings.model_validate(dict(self.training.example)), context


def load(sample: Sample) -> Chip:
    """Open a drawn photo; nothing is prepared."""
    return Chip(open_photo(sample.photo), side=sample.side)


def _draw(folder: Path, animal: int, photo: int, species: str) -> Sample:
    """Write a photo of an animal: a coat of its own, moved a little."""
    path = folder / f"{animal}-{photo}.png"
    moved = np.roll(picture(animal, 64, 96), (photo, 2 * photo), axis=(0, 1))
    side = SIDES[photo % len(SIDES)]
    Image.fromarray(moved if side is Side.LEFT else moved[:, ::-1]).save(path)
    return Sample(path, f"{species}/{animal}", species, side=side, encounter=path.stem)


def training_settings_have_defaults(trial: Trial) -> None:
    """A recipe may be silent about every setting, and the example's settings are valid."""
    for what, value in (("a recipe of no settings", {}), ("the example", trial.training.example)):
        try:
            trial.training.settings.model_validate(dict(value))
        except ValidationError as error:
            require(condition=False, message=f"{what} is refused: {error}")


def preview_measures_and_writes_nothing(trial: Trial) -> None:
    """A preview says what an epoch costs, and leaves the folder as it was."""
    found = trial.preview("preview")
    require(found.batches >= 1, f"an epoch has {found.batches} batches; expected 1 or more")
    sane = math.isfinite(found.epoch_seconds) and found.epoch_seconds >= 0
    require(sane, f"an epoch takes {found.epoch_seconds} seconds; expected 0 or more")
    require(found.peak_bytes >= 0, f"peak_bytes is {found.peak_bytes}; expected 0 or more")
    left = ", ".join(sorted(path.name for path in (trial.folder / "preview").iterdir()))
    require(not left, f"a preview must write nothing, but leaves {left}")


def training_leaves_weights(trial: Trial) -> None:
    """A training leaves one file of weights in its folder, and says how long it took."""
    made = trial.first
    require(made.weights.is_file(), f"weights names {made.weights}, which is no file")
    folder = (trial.folder / "first").resolve()
    inside = made.weights.resolve().is_relative_to(folder)
    require(inside, f"the weights {made.weights} lie outside the folder that was given")
    require(made.weights.stat().st_size, "the file of weights is empty")
    require(made.epochs >= 1, f"epochs is {made.epochs}; expected 1 or more")
    require(made.report is None or made.report.is_file(), f"the report {made.report} is no file")


def training_is_deterministic(trial: Trial) -> None:
    """The same data and settings leave the same weights, byte for byte."""
    again = trial.train("second").weights.read_bytes()
    same = again == trial.first.weights.read_bytes()
    require(same, "the same training leaves other weights the second time; fix the seeds")


def training_that_is_over_stays_over(trial: Trial) -> None:
    """A finished training that is resumed returns what it returned, and the same weights."""
    before, content = trial.first, trial.first.weights.read_bytes()
    after = trial.train("first", resume=True)
    got = f"a finished training, resumed, ran {after.epochs} epochs instead of {before.epochs}"
    require(after.epochs == before.epochs, got)
    require(_same(before, after), "a finished training, resumed, measures something else")
    same = after.weights.read_bytes() == content
    require(same, "a finished training, resumed, leaves other weights")


def _same(one: Trained, other: Trained) -> bool:
    return one.best.keys() == other.best.keys() and np.array_equal(
        list(one.best.values()), [other.best[key] for key in one.best], equal_nan=True
    )


def trained_weights_can_be_used(trial: Trial) -> None:
    """An embedder or a matcher is built from the weights that its training leaves.

    Whether a preprocessor can be depends on what its options say of the data.
    """
    asked: list[Path] = []

    def weights() -> Path:
        asked.append(trial.first.weights)
        return trial.first.weights

    subject = _with_weights(trial.subject, Context(weights=weights))
    if subject.role is Role.EMBEDDER:
        embed_makes_features(subject)
    elif subject.role is Role.MATCHER:
        matcher = subject.made
        require(isinstance(matcher, Matcher), f"build returns a {type(matcher).__name__}")
        matcher.index()
    else:
        return
    require(asked, "the component never asks for the weights; call context.weights()")


def _with_weights(subject: Subject, context: Context) -> Subject:
    """Return the component as a profile that names weights has it, with default options."""
    record = subject.record
    build = record.build
    trained: Component[Any, Any] = replace(
        record, build=lambda options, _context: build(options, context), example={}
    )
    return Subject(subject.role, trained)


GATES = (training_settings_have_defaults, training_leaves_weights)
CHECKS = (
    preview_measures_and_writes_nothing,
    training_is_deterministic,
    training_that_is_over_stays_over,
    trained_weights_can_be_used,
)
