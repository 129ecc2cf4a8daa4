"""The splits of the library wildlife-datasets, for comparison with numbers published on them.

They hang on the order of the data and on the seed, as the library draws them; its own seed is 666.
The library is under the AGPL-3.0-or-later; see `fieldmark.learn.wildlife`.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.protocols.given import kept_or_removed
from fieldmark.evaluate.protocols.parts import (
    LEAKY,
    Protocol,
    Settings,
    individual,
    make,
    share,
    without_encounters,
)
from fieldmark.evaluate.split import Split
from fieldmark.learn.rows import WILDLIFE
from fieldmark.learn.wildlife import library

_Arguments = Callable[[Animals, Settings], Mapping[str, float]]


def _drawer(name: str, kind: str, arguments: _Arguments) -> Protocol:
    """Return the protocol that a class of the library draws."""
    label = f"{WILDLIFE}{name}"

    def draw(animals: Animals, seed: int, settings: Settings) -> Split:
        kept = kept_or_removed(settings["encounters"])
        splitter = getattr(library("splits"), kind)
        first, second = _drawn(splitter(seed=seed, **arguments(animals, settings)), animals)
        queries = [animals.by_id[number] for number in second]
        gallery = queries if name == "disjoint-set" else [animals.by_id[n] for n in first]
        notes = [LEAKY if kept == "kept" else without_encounters(animals)]
        return make(label, seed, gallery, queries, settings, encounters=kept, notes=notes)

    return Protocol(label, f"{kind} of wildlife-datasets (AGPL)", draw, _DEFAULTS[name])


def _drawn(splitter: Any, animals: Animals) -> tuple[list[int], list[int]]:  # noqa: ANN401 - untyped
    """Return the numbers of both parts.

    The library knows the individuals by their labels, and numbers stand in another order than
    words: labels that are all whole numbers are handed over as such.
    """
    labels = [row.label for row in animals.rows]
    if len({individual(row) for row in animals.rows}) != len(set(labels)):
        labels = [individual(row) for row in animals.rows]
    whole = all(label.isdecimal() and str(int(label)) == label for label in labels)
    table = import_module("pandas").DataFrame(  # comes with the library alone
        {
            "identity": [int(label) for label in labels] if whole else labels,
            "date": [row.captured_at for row in animals.rows],
        },
        index=[row.id for row in animals.rows],
    )
    first, second = splitter.split(table)[0]
    return [int(number) for number in first], [int(number) for number in second]


def _last_year(animals: Animals, settings: Settings) -> Mapping[str, float]:
    years = _years(animals)
    text = settings["year"]
    if text and not text.isdecimal():
        raise UserError(f"year must be a year, as in --with year=2019, and is {text!r}")
    return {"year": int(text) if text else max(years)}


def _proportion(animals: Animals, settings: Settings) -> Mapping[str, float]:
    _years(animals)
    return {"ratio": share(settings, "ratio")}


def _years(animals: Animals) -> set[int]:
    years = {row.captured_at.year for row in animals.rows if row.captured_at is not None}
    if not years:
        raise UserError(
            f"{animals.name} names no times, which this protocol needs; add a column `date`, or use"
            " --protocol encounter-disjoint"
        )
    return years


def _ratios(*names: str) -> _Arguments:
    return lambda _animals, settings: {name: share(settings, name) for name in names}


_DEFAULTS: Mapping[str, Settings] = {
    "closed-set": {"ratio_train": "0.8", "encounters": "kept"},
    "open-set": {"ratio_train": "0.8", "ratio_class_test": "0.1", "encounters": "kept"},
    "disjoint-set": {"ratio_class_test": "0.2", "encounters": "kept"},
    "time-proportion": {"ratio": "0.5", "encounters": "kept"},
    "time-cutoff": {"year": "", "encounters": "kept"},
}
WILDLIFE_PROTOCOLS = (
    _drawer("closed-set", "ClosedSetSplit", _ratios("ratio_train")),
    _drawer("open-set", "OpenSetSplit", _ratios("ratio_train", "ratio_class_test")),
    _drawer("disjoint-set", "DisjointSetSplit", _ratios("ratio_class_test")),
    _drawer("time-proportion", "TimeProportionSplit", _proportion),
    _drawer("time-cutoff", "TimeCutoffSplit", _last_year),
)
