"""A network that tells classes apart, one chip at a time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.types import Chip, Floats
from fieldmark_deep.embedder import DeepEmbedder, load_embedder
from fieldmark_deep.settings import Inference
from fieldmark_deep.storage import read_config


class Classifier:
    """Chips → one number for each class, of which the softmax are shares."""

    def __init__(self, network: DeepEmbedder, classes: Sequence[str]) -> None:
        self._network = network
        self.classes = tuple(classes)

    def logits(self, chips: Sequence[Chip]) -> Floats:
        """Return what the network gives each class: (n, classes) float32.

        Raises:
            UserError: if a chip has other channels than the network takes.
        """
        rows = [vector.values for vector in self._network.embed(chips)]
        return np.stack(rows) if rows else np.empty((0, len(self.classes)), np.float32)


def probabilities(logits: Floats) -> NDArray[np.float64]:
    """Return the softmax over the last axis: shares that sum to 1."""
    wide = logits.astype(np.float64)
    powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def load_classifier(options: Inference, context: Context, what: str, train: str) -> Classifier:
    """Return the classifier of the weights that the profile names.

    Args:
        options: how the network is run.
        context: gives the weights.
        what: it should be, for the message: `gate`.
        train: the recipe that trains one.

    Raises:
        UserError: if the weights are no classifier's.
    """
    network = load_embedder(options, context)
    return Classifier(network, classes_of(context.weights(), what, train))


def classes_of(weights: Path, what: str, train: str) -> tuple[str, ...]:
    """Return the classes that the weights tell apart; arguments and errors as above."""
    classes = record_of(weights).get("classes")
    if not classes:
        raise UserError(
            f"these weights are not those of a {what}: they do not name the classes that they tell"
            f" apart; train one with: fieldmark train {train}"
        )
    return tuple(classes)


def record_of(weights: Path) -> dict[str, Any]:
    """Return how weights were made, as they say themselves; empty where they do not."""
    return dict(read_config(weights).get("record", {}))
