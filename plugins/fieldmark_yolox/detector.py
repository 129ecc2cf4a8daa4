"""The detector: photos in, boxes with labels and scores out."""

from collections.abc import Sequence

import numpy as np

from fieldmark.components import Context
from fieldmark.types import Box, Detection, Floats, Ids, Pixels
from fieldmark_yolox.decoding import Grid, apart, boxes, judged
from fieldmark_yolox.letterbox import letter
from fieldmark_yolox.network import Network, OnnxNetwork, Untrained
from fieldmark_yolox.settings import YoloxOptions, labels_of

_DROPPED = -1
_USUAL = 416
"""Pixels; the size of the smallest YOLOX networks."""


class Yolox:
    """Finds what a YOLOX network was trained to see, photo by photo.

    What is seen in a photo cannot depend on others: each goes through the network alone, since
    the usual ONNX files take one picture at a time.
    """

    def __init__(self, network: Network, options: YoloxOptions) -> None:
        labels = labels_of(options.classes, network.classes)
        self._network = network
        self._grid = Grid.of(*network.size)
        self._iou = options.iou
        self._labels = tuple(sorted({label for label in labels if label is not None}))
        self._thresholds = np.array([options.threshold(label) for label in self._labels])
        self._kinds: Ids = np.array(
            [_DROPPED if label is None else self._labels.index(label) for label in labels]
        )

    @property
    def longest(self) -> int:
        """Photos need not be decoded with a longer side than this, in pixels."""
        return 2 * max(self._network.size)

    def detect(self, photos: Sequence[Pixels]) -> list[list[Detection]]:
        """Return for each photo (H×W×3 uint8, RGB) what it shows, the highest score first.

        Raises:
            UserError: if OpenCV cannot run the network.
        """
        return [self._seen(photo) for photo in photos]

    def _seen(self, photo: Pixels) -> list[Detection]:
        picture = letter(photo, self._network.size)
        rows = self._network.rows(picture.blob)
        classes, scores = judged(rows)
        kinds = self._kinds[classes]
        good = (kinds != _DROPPED) & (scores >= self._thresholds[kinds])
        chosen = np.flatnonzero(good & np.isfinite(rows).all(axis=1))
        cells = Grid(self._grid.cells[chosen], self._grid.strides[chosen])
        found = picture.fractions(boxes(rows[chosen], cells))
        # Less than half a pixel of what the network saw lies outside the photo, or is nothing.
        least = np.array([0.5 / picture.width, 0.5 / picture.height])
        real = ((found[:, 2:] - found[:, :2]) >= least).all(axis=1)
        return self._told(found[real], kinds[chosen][real], scores[chosen][real])

    def _told(self, found: Floats, kinds: Ids, scores: Floats) -> list[Detection]:
        """Return one detection for each thing: a zebra that also looks like a horse is one."""
        told: list[Detection] = []
        for kind, label in enumerate(self._labels):
            mine = np.flatnonzero(kinds == kind)
            best = mine[apart(found[mine], scores[mine], self._iou)]
            told += [Detection(_box(found[i]), label, float(scores[i])) for i in best]
        return sorted(told, key=lambda each: -each.score)


def _box(found: Floats) -> Box:
    left, top, right, bottom = (float(side) for side in found)
    return Box(left, top, right - left, bottom - top)


def load_detector(options: YoloxOptions, context: Context) -> Yolox:
    """Return the detector with the weights that the profile names.

    Raises:
        UserError: if they are no YOLOX network's, or have not the classes that the options name.
    """
    if options.untrained:
        return Yolox(Untrained(options.size or _USUAL), options)
    return Yolox(OnnxNetwork(context.weights(), options.size), options)
