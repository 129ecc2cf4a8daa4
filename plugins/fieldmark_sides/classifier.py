"""The classifier of sides at work: chip → side, or `unknown` where it is not sure."""

from dataclasses import replace

import numpy as np

from fieldmark.components import Context
from fieldmark.types import Chip, Judged, Side
from fieldmark_deep.classifier import Classifier, load_classifier, probabilities, record_of
from fieldmark_deep.embedder import load_embedder
from fieldmark_sides.calibration import Calibration
from fieldmark_sides.settings import SideOptions

_CLASSES = ("left", "right")
"""Of an untrained network."""


class Sides:
    """Says which side is seen, with a calibrated probability."""

    def __init__(self, classifier: Classifier, temperature: float, threshold: float) -> None:
        self._classifier = classifier
        self._sides = tuple(Side(name) for name in classifier.classes)
        self._temperature = np.float32(temperature)
        self._threshold = threshold

    def apply(self, chip: Chip) -> Chip:
        """Return the chip with its side, where nobody has said it."""
        if chip.side is not Side.UNKNOWN:
            return chip
        return replace(chip, side=self.judge(chip).side)

    def judge(self, chip: Chip) -> Judged:
        """Return what is seen, whatever the chip says; `unknown` below the threshold."""
        (logits,) = self._classifier.logits([chip])
        shares = probabilities(logits / self._temperature)
        best = int(shares.argmax())
        sure = float(shares[best])
        side = self._sides[best] if sure >= self._threshold else Side.UNKNOWN
        return Judged(side, sure, dict(zip(self._sides, shares.tolist(), strict=True)))


def load_sides(options: SideOptions, context: Context) -> Sides:
    """Return the classifier of the weights that the profile names.

    Raises:
        UserError: if the weights are no classifier's of sides, or were not calibrated.
    """
    if options.untrained is not None:
        network = load_embedder(options.inference(), context)
        return Sides(Classifier(network, _CLASSES), 1.0, options.threshold or 0.0)
    classifier = load_classifier(options.inference(), context, "classifier of sides", "side")
    found = Calibration.read(record_of(context.weights()).get("calibration"))
    threshold = found.threshold if options.threshold is None else options.threshold
    return Sides(classifier, found.temperature, threshold)
