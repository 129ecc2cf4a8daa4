"""A gate: a classifier that sets aside what is of no use, such as other species."""

import numpy as np
from numpy.typing import NDArray

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.types import Chip, SetAside
from fieldmark_deep.classifier import Classifier, load_classifier, probabilities
from fieldmark_deep.embedder import load_embedder
from fieldmark_deep.gate_settings import GateOptions


class Gate:
    """Lets chips of some classes through; others are set aside, with what they look like."""

    def __init__(self, classifier: Classifier, options: GateOptions) -> None:
        unknown = [name for name in options.keep if name not in classifier.classes]
        if unknown or not options.keep:
            fault = f"was not trained on {', '.join(unknown)}" if unknown else "keeps nothing"
            raise UserError(
                f"the gate {fault}; write under keep some of: {', '.join(classifier.classes)}"
            )
        self._classifier = classifier
        self._options = options

    def apply(self, chip: Chip) -> Chip | SetAside:
        """Return the chip itself, or why it is set aside."""
        (logits,) = self._classifier.logits([chip])
        return self._judge(chip, probabilities(logits))

    def _judge(self, chip: Chip, shares: NDArray[np.float64]) -> Chip | SetAside:
        classes = self._classifier.classes
        keep = [classes.index(name) for name in self._options.keep]
        passed = float(shares[keep].sum())
        if passed >= self._options.threshold:
            return chip
        seen = classes[int(shares.argmax())]
        wanted = " or ".join(self._options.keep)
        return SetAside(
            f"the gate sees {seen} ({shares.max():.0%}), and {wanted} with {passed:.0%} only;"
            f" its threshold is {self._options.threshold:.0%}"
        )


def load_gate(options: GateOptions, context: Context, name: str) -> Gate:
    """Return the gate of the weights that the profile names.

    Args:
        options: of the component.
        context: gives the weights.
        name: of the component, which is also that of the recipe that trains it.

    Raises:
        UserError: if the weights are no gate's, or know none of the classes to keep.
    """
    if options.untrained is None:
        return Gate(load_classifier(options.inference(), context, "gate", name), options)
    others = (options.untrained.embedding_size or 2) - len(options.keep)
    classes = [*options.keep, *(f"other {n}" for n in range(others))]
    return Gate(Classifier(load_embedder(options.inference(), context), classes), options)
