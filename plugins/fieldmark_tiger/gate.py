"""The tiger gate: a classifier that sets aside what is no tiger."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.types import Chip, Floats, SetAside
from fieldmark_deep.embedder import DeepEmbedder, load_embedder
from fieldmark_deep.storage import read_config
from fieldmark_tiger.settings import GateOptions


class Gate:
    """Lets chips of some classes through; others are set aside, with what they look like."""

    def __init__(
        self, classifier: DeepEmbedder, classes: Sequence[str], options: GateOptions
    ) -> None:
        unknown = [name for name in options.keep if name not in classes]
        if unknown:
            raise UserError(
                f"the gate was not trained on {', '.join(unknown)}; write under keep some of:"
                f" {', '.join(classes)}"
            )
        self._classifier = classifier
        self._classes = classes
        self._options = options

    def apply(self, chip: Chip) -> Chip | SetAside:
        """Return the chip itself, or why it is set aside."""
        (logits,) = self._classifier.embed([chip])
        return self._judge(chip, probabilities(logits.values))

    def _judge(self, chip: Chip, shares: NDArray[np.float64]) -> Chip | SetAside:
        keep = [self._classes.index(name) for name in self._options.keep]
        passed = float(shares[keep].sum())
        if passed >= self._options.threshold:
            return chip
        seen = self._classes[int(shares.argmax())]
        wanted = " or ".join(self._options.keep)
        return SetAside(
            f"the gate sees {seen} ({shares.max():.0%}), and {wanted} with {passed:.0%} only;"
            f" its threshold is {self._options.threshold:.0%}"
        )


def probabilities(logits: Floats) -> NDArray[np.float64]:
    """Return softmax of logits (c,): shares that sum to 1."""
    powers = np.exp(logits.astype(np.float64) - logits.max())
    return np.asarray(powers / powers.sum())


def load_gate(options: GateOptions, context: Context) -> Gate:
    """Return the gate of the weights that the profile names.

    Raises:
        UserError: if the weights are no gate's, or know none of the classes to keep.
    """
    classifier = load_embedder(options.inference(), context)
    if options.untrained is not None:
        others = (options.untrained.embedding_size or 2) - len(options.keep)
        return Gate(classifier, [*options.keep, *(f"other {n}" for n in range(others))], options)
    classes = read_config(context.weights())["record"].get("classes")
    if not classes:
        raise UserError(
            "these weights are no gate's: they do not name the classes that they tell apart;"
            " train one with: fieldmark train tiger-gate"
        )
    return Gate(classifier, classes, options)
