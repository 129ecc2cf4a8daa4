"""Metrics in which every photo stands for itself, against other implementations and plain loops."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from fieldmark.evaluate import metrics
from fieldmark.evaluate.metrics import Floats64, arrays
from fieldmark.types import Floats, Ids
from support.scored import Scored, listed, scored


def by_hand(table: Scored, measure: Callable[[list[bool]], float]) -> list[float]:
    """Return a measure of the right and wrong ones in order, NaN where none is right."""
    found = []
    for row, who in zip(table.values, table.truth.tolist(), strict=True):
        right = [owner == who for owner in listed(row, table.owners)]
        found.append(measure(right) if any(right) else np.nan)
    return found


def precision(right: list[bool], j: int) -> float:
    """Return the share of right ones among the first j places, empty places being wrong."""
    return sum(right[:j]) / j


def t5rmd(right: list[bool]) -> float:
    """Return TkRMD as the leopard report defines it."""
    return float(True in right[:5])


def dt5ap(right: list[bool]) -> float:
    """Return DTkAP as the leopard report defines it; `right` leaves the query itself out."""
    k = min(sum(right), 5)
    return sum(precision(right, j) for j in range(1, k + 1)) / k


def map_at_5(right: list[bool]) -> float:
    """Return the mean of the precision at the right ones among the first five."""
    hits = [precision(right, j) for j in range(1, 6) if right[j - 1 : j] == [True]]
    return sum(hits) / len(hits) if hits else 0.0


def average(right: list[bool]) -> float:
    """Return the average precision."""
    hits = [precision(right, j) for j in range(1, len(right) + 1) if right[j - 1]]
    return sum(hits) / len(hits)


def at_r(right: list[bool]) -> float:
    """Return MAP@R as Musgrave et al. define it."""
    r = sum(right)
    return sum(precision(right, j) for j in range(1, r + 1) if right[j - 1]) / r


def r_precise(right: list[bool]) -> float:
    """Return the R-precision."""
    return precision(right, sum(right))


def test_average_precision_is_that_of_scikit_learn() -> None:
    """Without ties, average precision is what scikit-learn says of the comparable columns."""
    values, owners, truth = scored(1)
    found = metrics.average_precision(values, owners, truth)
    for row, who, ours in zip(values, truth, found, strict=True):
        asked = ~np.isnan(row)
        same = owners[asked] == who
        if same.any():
            assert ours == pytest.approx(average_precision_score(same, row[asked]), abs=1e-12)
        else:
            assert np.isnan(ours)
    assert 5 < np.isnan(found).sum() < 55


@pytest.mark.parametrize("per_class", [False, True])
def test_metrics_at_r_are_those_of_pytorch_metric_learning(per_class: bool) -> None:
    """MAP@R, R-precision and precision@1 are what its AccuracyCalculator says, also per class."""
    calculator = pytest.importorskip("pytorch_metric_learning.utils.accuracy_calculator")
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(90, 4)).astype(np.float32)
    labels = rng.permutation(np.repeat(np.arange(10), 9))
    names = ("mean_average_precision_at_r", "r_precision", "precision_at_1")
    theirs = calculator.AccuracyCalculator(
        include=names, avg_of_avgs=False, return_per_class=per_class, k="max_bin_count"
    ).get_accuracy(vectors, labels)
    apart = ((vectors[:, None].astype(np.float64) - vectors) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.nan)
    table = Scored((-apart).astype(np.float32), labels, labels)
    ours = (
        metrics.map_at_r(*table),
        metrics.r_precision(*table),
        metrics.top_k(metrics.ranks(*table), 1),
    )
    for name, found in zip(names, ours, strict=True):
        means = metrics.per_class(found, labels)[1] if per_class else found.mean()
        assert theirs[name] == pytest.approx(means, abs=1e-6)


@pytest.mark.parametrize("levels", [0, 4])
@pytest.mark.parametrize(
    ("metric", "reference"),
    [
        (metrics.average_precision, average),
        (metrics.map_at_r, at_r),
        (metrics.r_precision, r_precise),
        (metrics.tk_rmd, t5rmd),
        (metrics.dtk_ap, dt5ap),
        (partial(metrics.map_at_k, k=5), map_at_5),
    ],
    ids=["mAP", "MAP@R", "R-precision", "T5RMD", "DT5AP", "MAP@5"],
)
def test_metric_is_that_of_the_plain_loop(
    metric: Callable[[Floats, Ids, Ids], Floats64],
    reference: Callable[[list[bool]], float],
    levels: int,
) -> None:
    """Each metric is what a loop over its definition gives, with and without ties and −inf."""
    table = scored(2, levels=levels)
    assert metric(*table).tolist() == pytest.approx(by_hand(table, reference), nan_ok=True)


def test_all_at_once_is_each_by_itself() -> None:
    """`photo_metrics` says of each name what the single function says, from one sort."""
    table = scored(3, levels=7)
    expected = {
        "mAP": metrics.average_precision(*table),
        **{f"MAP@{k}": metrics.map_at_k(*table, k) for k in (1, 3, 5, 7)},
        "MAP@R": metrics.map_at_r(*table),
        "T5RMD": metrics.tk_rmd(*table),
        "DT5AP": metrics.dtk_ap(*table),
    }
    found = metrics.photo_metrics(*table)
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows are worked at once, the results are the same."""
    table = scored(4, levels=5)
    whole = {**metrics.photo_metrics(*table), **metrics.individual_metrics(*table)}
    monkeypatch.setattr(arrays, "CELLS", 3 * len(table.owners) + 1)
    parts = {**metrics.photo_metrics(*table), **metrics.individual_metrics(*table)}
    for name, values in whole.items():
        np.testing.assert_array_equal(parts[name], values)


def test_leopard_example() -> None:
    """Three other photos of a leopard at places 1, 3 and 7 give DT5AP (1 + 1/2 + 2/3) / 3."""
    owners = np.array([1, 0, 1, 0, 0, 0, 1])
    values = np.arange(7, 0, -1, dtype=np.float32)[None]
    truth = np.array([1])
    assert metrics.dtk_ap(values, owners, truth) == pytest.approx([(1 + 1 / 2 + 2 / 3) / 3])
    assert metrics.tk_rmd(values, owners, truth).tolist() == [1.0]
    assert metrics.map_at_k(values, owners, truth, 1).tolist() == [1.0]


@pytest.mark.parametrize(("q", "m"), [(0, 3), (3, 0), (0, 0)])
def test_empty_tables_are_answered(q: int, m: int) -> None:
    """Without queries there is no value; without columns every value is NaN."""
    values, owners, truth = np.empty((q, m), np.float32), np.arange(m), np.arange(q)
    for found in {
        **metrics.photo_metrics(values, owners, truth),
        **metrics.individual_metrics(values, owners, truth),
    }.values():
        assert found.shape == (q,)
        assert np.isnan(found).all()


def test_wrong_tables_are_refused() -> None:
    """A shape that does not fit, or another type than float32, is refused with both shapes."""
    with pytest.raises(ValueError, match=r"expected values \(2, 3\), got \(2, 2\)"):
        metrics.average_precision(np.zeros((2, 2), np.float32), np.arange(3), np.arange(2))
    with pytest.raises(ValueError, match="expected values of float32, got float64"):
        metrics.ranks(np.zeros((2, 3)), np.arange(3), np.arange(2))  # type: ignore[arg-type]
