"""What a classifier confuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fieldmark.training import Sample
from fieldmark_deep.training.report_classes import confusion, judge, mistakes
from fieldmark_deep.training.report_pictures import Pictures
from fieldmark_deep.training.validation import Place


class Album:
    """Chips of plain grey, by place, for what asks for nothing else."""

    def __init__(self, samples: list[Sample]) -> None:
        self.samples = samples
        self.failed: dict[int, str] = {}

    def batch(self, numbers: list[int]) -> Any:
        """Return grey chips."""
        return torch.full((len(numbers), 3, 8, 8), 128, dtype=torch.uint8)


def test_confusions_by_hand() -> None:
    """Rows are what a photo shows, columns what was said; classes never learnt are left out."""
    samples = [Sample(Path(f"{n}.jpg"), str(n), s) for n, s in enumerate("xxyz")]
    logits = ([2, 0], [0, 1], [0, 3], [9, 9])
    made = {n: np.array(row, np.float32) for n, row in enumerate(logits)}
    chips: Any = Album(samples)
    judged = judge(Place("hand", (0, 1, 2, 3), ()), made, chips, ["x", "y"], "species")
    assert confusion(judged) == [("x", [1, 1]), ("y", [0, 1])]
    (wrong,) = mistakes(judged, chips, Pictures(chips))
    assert (wrong.wanted, wrong.said) == ("x", "y")
    assert wrong.share == pytest.approx(1 / (1 + np.exp(-1)))  # the softmax of 0 and 1
