"""Does a network give on this machine what it gave where it was published?

The reference embeddings are of drawn pictures, not of photos, because a model may be published
and photos of rare animals may not. The pictures are made of the bytes of a hash, so that every
machine and every version of every library draws the same ones.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fieldmark.components import Context, Embedder, Role
from fieldmark.errors import UserError
from fieldmark.files import sha256, write_text
from fieldmark.plugins import Plugins
from fieldmark.types import Chip, Pixels, Vector
from fieldmark_registry.places import home
from fieldmark_registry.weights import SELF_TEST

FORMAT = 1
PICTURES = 4
TOLERANCE = 0.999
"""The lowest cosine. Photos resized by another library turned MiewID's vectors by 3 degrees
(0.9986), which reorders candidates; rounding on another processor stays above 0.99999."""
_BLOCKS = (60, 80)
_SCALE = 12


@dataclass(frozen=True)
class Subject:
    """Weights to test, and what loads them."""

    component: str
    options: Mapping[str, object]
    weights: Path
    channels: int = 3


@dataclass(frozen=True)
class Outcome:
    """What a self-test found.

    Attributes:
        cosine: the lowest between a vector of this machine and its reference; None where the
            references were only now written.
        against: where the references come from.
    """

    cosine: float | None
    tolerance: float
    against: str

    @property
    def passed(self) -> bool:
        """Whether every vector is what it should be."""
        return self.cosine is None or self.cosine >= self.tolerance


def pictures(channels: int) -> list[Pixels]:
    """Return the pictures of the test: each (720, 960, channels) uint8, coloured blocks.

    They are larger than the input of any common network, so that the test notices when the way of
    shrinking changes.
    """
    return [_picture(number, channels) for number in range(PICTURES)]


def _picture(number: int, channels: int) -> Pixels:
    rows, columns = _BLOCKS
    seed = f"fieldmark self-test {number}".encode()
    content = hashlib.shake_256(seed).digest(rows * columns * channels)
    blocks = np.frombuffer(content, np.uint8).reshape(rows, columns, channels)
    pixels: Pixels = blocks.repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)
    return pixels


def embeddings(subject: Subject, device: str = "auto") -> list[list[float]]:
    """Return the vectors of the test's pictures.

    Raises:
        UserError: if the weights cannot be used, or make no vectors.
        PluginError: if the component or a library is missing.
    """
    context = Context(device, weights=lambda: subject.weights)
    built: Embedder = Plugins.installed().build(
        Role.EMBEDDER, subject.component, subject.options, context
    )
    names = ("red", "green", "blue", *(f"extra{n}" for n in range(3, subject.channels)))
    chips = [Chip(each, channels=names[: subject.channels]) for each in pictures(subject.channels)]
    made = built.embed(chips)
    if not all(isinstance(each, Vector) for each in made):
        raise UserError(f"{subject.component} makes no vectors, so it has no self-test")
    return [each.values.tolist() for each in made if isinstance(each, Vector)]


def written_test(subject: Subject) -> bytes:
    """Return the content of a self-test file for weights; raises as `embeddings`."""
    test = {
        "format": FORMAT,
        "component": subject.component,
        "channels": subject.channels,
        "tolerance": TOLERANCE,
        "embeddings": [
            [round(value, 7) for value in row] for row in embeddings(subject, device="cpu")
        ],
    }
    return (json.dumps(test) + "\n").encode()


def run_self_test(subject: Subject) -> Outcome:
    """Compare the vectors of this machine with the references.

    Where the weights come without any, those of this machine are kept, so that the next test tells
    whether an update of a library has changed the network.

    Raises:
        UserError, PluginError: as `embeddings`; a reference file that cannot be read.
    """
    beside = subject.weights.with_name(SELF_TEST)
    own = home() / "self-tests" / f"{sha256(subject.weights)}.json"
    for path, against in (
        (beside, "the reference embeddings that were published with it"),
        (own, "the embeddings that this computer made when it was first tested"),
    ):
        if path.is_file():
            test = _read(path)
            cosine = lowest_cosine(embeddings(subject), test["embeddings"])
            return Outcome(cosine, float(test["tolerance"]), against)
    write_text(own, written_test(subject).decode())
    return Outcome(None, TOLERANCE, f"nothing: no references were published; kept now in {own}")


def _read(path: Path) -> dict[str, Any]:
    try:
        test = json.loads(path.read_text(encoding="utf-8"))
        whole = test["format"] == FORMAT and test["embeddings"] and 0 < test["tolerance"] <= 1
    except (OSError, ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise UserError(f"{path} is no self-test that this fieldmark can read; update fieldmark")
    return dict(test)


def lowest_cosine(made: Sequence[Sequence[float]], expected: Sequence[Sequence[float]]) -> float:
    """Return the lowest cosine between vectors and their references; 0 where the shapes differ."""
    one, other = np.array(made, np.float64), np.array(expected, np.float64)
    if one.shape != other.shape:
        return 0.0
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / lengths).min())
