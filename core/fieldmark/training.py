"""What the core gives to a component that can be trained, and what it gets back.

The core reads recipes and data, checks and splits them, and opens photos; the plugin owns the
network and the loop. Nothing here needs torch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from fieldmark.types import WHOLE, Box, Chip, SetAside, Side


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled annotation of a training set.

    Attributes:
        photo: the image file.
        individual: unique over all species of the set, e.g. `tiger/107`.
        species: the profile's name, or whatever the data call it.
        encounter: samples with the same one are never each other's evidence; None: not known.
        mask: a grey picture of the photo's shape, white on the animal; or None.
    """

    photo: Path
    individual: str
    species: str
    box: Box = WHOLE
    side: Side = Side.UNKNOWN
    encounter: str | None = None
    mask: Path | None = None


@dataclass(frozen=True)
class Holdout:
    """Samples kept out of training, on which retrieval is measured.

    Every query searches the gallery without itself and without its own encounter; a query whose
    individual the gallery then lacks is not counted.

    Attributes:
        name: `new individuals` (nobody in it was trained on), `new encounters`, or `kept: …`
            for data of earlier trainings, on which it is watched what fine-tuning forgets.
        gallery: empty: the queries search among themselves.
        incomparable: whether opposite sides of an animal are never compared.
    """

    name: str
    queries: tuple[Sample, ...]
    gallery: tuple[Sample, ...] = ()
    incomparable: bool = False


Label: TypeAlias = Literal["individual", "species", "side"]
"""What a network learns to tell apart."""


def class_of(sample: Sample, label: Label) -> str:
    """Return the name of the class that a sample belongs to."""
    classes = {"individual": sample.individual, "species": sample.species, "side": sample.side}
    return str(classes[label])


LoadChip: TypeAlias = Callable[[Sample], Chip | SetAside]
"""Opens a photo and prepares its chip; picklable, deterministic.

Raises PhotoError if the photo cannot be opened.
"""


@dataclass(frozen=True)
class TrainingData:
    """Everything to learn from, and to measure on."""

    train: tuple[Sample, ...]
    holdouts: tuple[Holdout, ...]
    load: LoadChip


@dataclass(frozen=True)
class TrainingContext:
    """Where and how a training runs.

    Attributes:
        folder: where checkpoints, logs and the result go; it exists.
        record: how the result was made (component, options, preprocessing, data), to be kept
            inside the weights file, so that the file alone says how to use it.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
        start: weights to start from; None: as the options say.
        resume: continue from the last checkpoint in `folder`.
        workers: processes that open photos.
        progress: called with (done, total, what).
        say: called with one sentence that the user should read.
    """

    folder: Path
    record: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    start: Path | None = None
    resume: bool = False
    workers: int = 1
    progress: Callable[[int, int, str], None] = lambda _done, _total, _what: None
    say: Callable[[str], None] = lambda _sentence: None


@dataclass(frozen=True)
class Trained:
    """What a training left in its folder.

    Attributes:
        weights: the best weights, one file.
        epochs: how many were run, over all resumptions.
        best: the measurements of the best epoch, e.g. `new individuals top-1`.
        report: a page for people; None where there is none.
    """

    weights: Path
    epochs: int
    best: Mapping[str, float]
    report: Path | None = None


@dataclass(frozen=True)
class Preview:
    """What a training would cost, measured on a few batches.

    Attributes:
        batches: per epoch.
        epoch_seconds: expected, without validation.
        peak_bytes: the highest memory of the process, or of the graphics card, seen meanwhile.
        facts: further lines for people (parameters, device, precision).
    """

    batches: int
    epoch_seconds: float
    peak_bytes: int
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Training:
    """How a component is trained: the `training` of its record.

    Attributes:
        settings: the pydantic class (a `fieldmark.components.Options`) of a recipe's `train:`.
        run: takes the component's options, the settings, the data and the context; trains until
            done and returns what it left. Killed at any moment, it continues with
            `context.resume` and ends exactly as if it had not been killed.
        preview: the same arguments; measures a few batches and writes nothing.
        label: what the network learns to tell apart.
        fine_tune: settings that differ from their defaults when shared weights are fine-tuned;
            empty: `run` ignores `context.start`, and fine-tuning is refused.
        adopt: takes weights that were not trained by fieldmark and returns the settings that they
            impose, such as the shape of the network; None: such weights need a recipe.
        example: settings for contract tests; must train offline, within seconds.
    """

    settings: type[Any]
    run: Callable[[Any, Any, TrainingData, TrainingContext], Trained]
    preview: Callable[[Any, Any, TrainingData, TrainingContext], Preview]
    label: Label = "individual"
    fine_tune: Mapping[str, object] = field(default_factory=dict)
    adopt: Callable[[Path], Mapping[str, Any]] | None = None
    example: Mapping[str, object] = field(default_factory=dict)


def merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return two groups of settings as one, group by group; the second wins."""
    result = dict(first)
    for key, value in second.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            result[key] = merged(old, value)
        else:
            result[key] = value
    return result
