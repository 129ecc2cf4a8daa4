"""Metrics, each a plain function over arrays; `arrays` says what they take.

Equal values stand in the order of their columns, so a result never depends on how a sort settles
them.
Rows are worked through in blocks: the extra memory does not grow with the table.
"""

from fieldmark.evaluate.metrics.arrays import Floats64
from fieldmark.evaluate.metrics.atrw import AtrwPlain, Shots, Track, atrw_plain
from fieldmark.evaluate.metrics.clusters import (
    Singletons,
    abundance_error,
    adjusted_rand,
    singletons,
)
from fieldmark.evaluate.metrics.distances import ccdr
from fieldmark.evaluate.metrics.individuals import (
    cmc,
    individual_metrics,
    per_class,
    ranks,
    reciprocal,
    top_k,
)
from fieldmark.evaluate.metrics.openset import (
    NEW,
    KnownUnknown,
    auroc_new,
    decided_right,
    known_unknown,
)
from fieldmark.evaluate.metrics.photos import (
    average_precision,
    dtk_ap,
    map_at_k,
    map_at_r,
    photo_metrics,
    r_precision,
    tk_rmd,
)
from fieldmark.evaluate.metrics.reliability import (
    Range,
    expected_calibration_error,
    reliability,
)

__all__ = [
    "NEW",
    "AtrwPlain",
    "Floats64",
    "KnownUnknown",
    "Range",
    "Shots",
    "Singletons",
    "Track",
    "abundance_error",
    "adjusted_rand",
    "atrw_plain",
    "auroc_new",
    "average_precision",
    "ccdr",
    "cmc",
    "decided_right",
    "dtk_ap",
    "expected_calibration_error",
    "individual_metrics",
    "known_unknown",
    "map_at_k",
    "map_at_r",
    "per_class",
    "photo_metrics",
    "r_precision",
    "ranks",
    "reciprocal",
    "reliability",
    "singletons",
    "tk_rmd",
    "top_k",
]
