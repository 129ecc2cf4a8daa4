"""Metrics in which every photo of the gallery stands for itself.

Each returns a value of each query: (q,) float64, NaN where no right column may be compared, so that
the query cannot be asked. Only comparable columns have a place; equal values stand in the order of
their columns, and −inf after all others.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from fieldmark.evaluate.metrics.arrays import Floats64
from fieldmark.evaluate.metrics.hits import Hits, measured
from fieldmark.types import Floats, Ids

KS = (1, 3, 5, 7)
"""Of MAP@k, as the report on tigers states it (1, 3, 5, 7)."""


def average_precision(values: Floats, owners: Ids, truth: Ids) -> Floats64:
    """Return the average precision of each query; their mean is mAP.

    The mean, over the right columns, of the share of right ones among the columns up to it.

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    return measured(values, owners, truth, {"": _average_precision})[""]


def map_at_k(values: Floats, owners: Ids, truth: Ids, k: int) -> Floats64:
    """Return the mean of the precision at each right column among the first k; 0 where none is.

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    return measured(values, owners, truth, {"": partial(_map_at_k, k=k)})[""]


def map_at_r(values: Floats, owners: Ids, truth: Ids) -> Floats64:
    """Return MAP@R: the sum of the precision at the right columns among the first R, by R.

    R is how many columns are right: Musgrave, Belongie and Lim, A Metric Learning Reality Check,
    2020, section 3.2.

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    return measured(values, owners, truth, {"": _map_at_r})[""]


def r_precision(values: Floats, owners: Ids, truth: Ids) -> Floats64:
    """Return the share of right ones among the first R columns, where R is how many are right.

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    return measured(values, owners, truth, {"": _r_precision})[""]


def tk_rmd(values: Floats, owners: Ids, truth: Ids, k: int = 5) -> Floats64:
    """Return TkRMD: 1 where a right column is among the first k.

    As defined with the leopard network (Imperial College London, 2024): over photos whose
    individual has another one. Here: another one that may be compared.

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    return measured(values, owners, truth, {"": partial(_tk_rmd, k=k)})[""]


def dtk_ap(values: Floats, owners: Ids, truth: Ids, k_max: int = 5) -> Floats64:
    """Return DTkAP: the mean over j ≤ k of the precision at j.

    k is the number of right columns, at most `k_max`. As defined with the leopard network (Imperial
    College London, 2024), where it is the individual's photos but one; here those that may be
    compared.

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    return measured(values, owners, truth, {"": partial(_dtk_ap, k_max=k_max)})[""]


def photo_metrics(values: Floats, owners: Ids, truth: Ids) -> Mapping[str, Floats64]:
    """Return all of them by the name that results give them, from one sort of each row.

    Returns:
        `mAP`, `MAP@1`, `MAP@3`, `MAP@5`, `MAP@7`, `MAP@R`, `T5RMD`, `DT5AP`: each (q,).

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    several = {f"MAP@{k}": partial(_map_at_k, k=k) for k in KS}
    return measured(
        values,
        owners,
        truth,
        {
            "mAP": _average_precision,
            **several,
            "MAP@R": _map_at_r,
            "T5RMD": partial(_tk_rmd, k=5),
            "DT5AP": partial(_dtk_ap, k_max=5),
        },
    )


def _average_precision(hits: Hits) -> Floats64:
    return hits.share(hits.total(hits.precision), hits.right)


def _map_at_k(hits: Hits, k: int) -> Floats64:
    near = hits.place <= k
    return hits.share(hits.total(hits.precision * near), hits.total(near))


def _map_at_r(hits: Hits) -> Floats64:
    near = hits.place <= hits.right[hits.row]
    return hits.share(hits.total(hits.precision * near), hits.right)


def _r_precision(hits: Hits) -> Floats64:
    return hits.share(hits.total(hits.place <= hits.right[hits.row]), hits.right)


def _tk_rmd(hits: Hits, k: int) -> Floats64:
    return hits.share(np.minimum(hits.total(hits.place <= k), 1), np.ones(1))


def _dtk_ap(hits: Hits, k_max: int) -> Floats64:
    k = np.minimum(hits.right, k_max)
    total = np.zeros(len(k))
    for j in range(1, k_max + 1):
        total += np.where(j <= k, hits.total(hits.place <= j) / j, 0.0)
    return hits.share(total, k)
