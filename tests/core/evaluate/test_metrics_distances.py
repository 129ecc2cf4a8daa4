"""The class distance ratio against a plain loop."""

import numpy as np
import pytest

from fieldmark.evaluate import metrics
from support.scored import Scored, scored


def by_hand(table: Scored) -> list[float]:
    """Return mean intra by mean inter distance of each photo, as the leopard report defines it."""
    found = []
    for row, who in zip(table.values.tolist(), table.truth.tolist(), strict=True):
        pairs = [
            (distance, int(owner) == who)
            for distance, owner in zip(row, table.owners, strict=True)
            if np.isfinite(distance)
        ]
        inner = [distance for distance, same in pairs if same]
        outer = [distance for distance, same in pairs if not same]
        both = bool(inner and outer)
        found.append(float(np.mean(inner) / np.mean(outer)) if both else np.nan)
    return found


@pytest.mark.parametrize("levels", [0, 5])
def test_ccdr_is_that_of_the_plain_loop(levels: int) -> None:
    """The ratio of the two means of each query, over the finite distances only."""
    table = scored(1, people=30, levels=levels)
    found = metrics.ccdr(*table)
    assert found.tolist() == pytest.approx(by_hand(table), rel=1e-6, nan_ok=True)
    assert np.isnan(found).any()


def test_better_apart_is_lower() -> None:
    """Two tight groups far apart have a ratio near 0; one heap has a ratio near 1."""
    rng = np.random.default_rng(0)
    owners = np.repeat([0, 1], 50)
    heap = rng.normal(size=100)
    for points, low, high in ((heap, 0.8, 1.3), (heap / 100 + owners, 0.0, 0.1)):
        apart = np.abs(points[:, None] - points)
        np.fill_diagonal(apart, np.nan)
        assert low < np.mean(metrics.ccdr(apart, owners, owners)) < high


def test_ccdr_of_one_heap_without_distance_is_not_a_number() -> None:
    """Where all distances are 0, nothing can be said; and wrong shapes are refused."""
    assert np.isnan(metrics.ccdr(np.zeros((1, 2)), np.array([0, 1]), np.array([0]))).all()
    with pytest.raises(ValueError, match=r"expected distances \(1, 3\), got \(1, 2\)"):
        metrics.ccdr(np.zeros((1, 2)), np.arange(3), np.array([0]))
