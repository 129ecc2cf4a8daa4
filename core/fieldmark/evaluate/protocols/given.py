"""Splits that the data themselves give: by their times, or by a column."""

from datetime import datetime
from typing import Literal

from fieldmark.catalog.imports.fields import parse_time
from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.protocols.parts import (
    LEAKY,
    Protocol,
    Settings,
    make,
    share,
    visit,
    without_encounters,
)
from fieldmark.evaluate.split import Split
from fieldmark.wording import listing

GALLERY = frozenset({"train", "training", "trainval", "gallery", "database", "reference"})
QUERIES = frozenset({"test", "query", "queries", "probe", "val", "valid", "validation"})
"""What split columns call the two sides."""


def _time_aware(animals: Animals, seed: int, settings: Settings) -> Split:  # noqa: ARG001 - nothing is drawn
    starts: dict[str, datetime] = {}
    for row in animals.rows:
        if row.captured_at is not None:
            starts[visit(row)] = min(starts.get(visit(row), row.captured_at), row.captured_at)
    if not starts:
        raise UserError(
            f"{animals.name} names no times, which the protocol time-aware needs; add a column"
            " `date` with times as 2019-03-04 03:04:50, or use --protocol encounter-disjoint"
        )
    timed = [row for row in animals.rows if visit(row) in starts]
    moments = sorted(starts[visit(row)] for row in timed)
    cut = _cut(settings["before"]) or moments[int(share(settings, "share") * len(moments))]
    left = len(animals.rows) - len(timed)
    notes = [
        f"enrolled is what was photographed before {cut.isoformat(' ')}, and what came later asks;"
        " whoever was first seen later is new",
        f"{left} photos without a time were left out" if left else "",
        without_encounters(animals),
    ]
    gallery = [row for row in timed if starts[visit(row)] < cut]
    queries = [row for row in timed if starts[visit(row)] >= cut]
    return make(TIME_AWARE.name, None, gallery, queries, settings, notes=notes)


def _cut(text: str) -> datetime | None:
    if not text:
        return None
    told = parse_time(text)
    if told is None:
        raise UserError(f"before must be a time, as in --with before=2019-03-04, and is {text!r}")
    return datetime.fromisoformat(told)


def _as_given(animals: Animals, seed: int, settings: Settings) -> Split:  # noqa: ARG001 - nothing is drawn
    words = [row.part.casefold() for row in animals.rows]
    if not any(words):
        raise UserError(
            "the protocol as-given needs a column that says who is enrolled and who asks; name it,"
            " as in --split-column split"
        )
    kept = kept_or_removed(settings["encounters"])
    pairs = list(zip(animals.rows, words, strict=True))
    gallery = [row for row, word in pairs if word in GALLERY]
    queries = [row for row, word in pairs if word in QUERIES]
    if not gallery or not queries:
        raise UserError(
            f"the split column holds {listing(sorted(set(words)))}; as-given needs both"
            f" {listing(sorted(GALLERY))[:40]} … and {listing(sorted(QUERIES))[:40]} …"
        )
    left = len(pairs) - len(gallery) - len(queries)
    notes = [
        LEAKY if kept == "kept" else without_encounters(animals),
        f"{left} photos of other parts were left out" if left else "",
    ]
    return make(AS_GIVEN.name, None, gallery, queries, settings, encounters=kept, notes=notes)


def kept_or_removed(text: str) -> Literal["removed", "kept"]:
    """Return what becomes of a query's own encounter.

    Raises:
        UserError: if it is neither.
    """
    if text == "removed":
        return "removed"
    if text == "kept":
        return "kept"
    raise UserError(f"encounters must be removed or kept, and is {text!r}")


TIME_AWARE = Protocol(
    "time-aware",
    "what was photographed first is enrolled, and what came later asks",
    _time_aware,
    {"share": "0.7", "before": ""},
)
AS_GIVEN = Protocol(
    "as-given",
    "a column of the data says who is enrolled and who asks, as in published splits",
    _as_given,
    {"encounters": "kept"},
)
