"""Which side of an animal is seen, and who says so.

A person's word stands for ever, an import's until a person speaks. A classifier only fills what
they leave open, and another classifier may say something else.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.queries import ANIMAL, CURRENT
from fieldmark.catalog.runs import finish_run, start_run
from fieldmark.errors import UserError
from fieldmark.types import Side

MODEL, PERSON = "model:", "person:"
SET = "sides set"
"""The command under which what a person said is found among the runs."""

_A = t.Annotation
OPEN = or_(
    _A.side_by.startswith(MODEL),
    and_(
        _A.side == str(Side.UNKNOWN),
        or_(_A.side_by.is_(None), _A.side_by.not_like(f"{PERSON}%")),
    ),
)
"""True of annotations whose side a classifier may say."""


@dataclass(frozen=True, slots=True)
class SideSaid:
    """What a classifier says of one annotation; None: it was set aside before it was judged."""

    annotation: int
    side: Side = Side.UNKNOWN
    probability: float | None = None


@dataclass(frozen=True)
class SideCounts:
    """How many annotations have which side, by whom.

    Attributes:
        told: those of one classifier, by side, without `unknown`.
        unsure: those of which it was not sure enough.
        set_aside: those that it never saw, because a preprocessor set them aside.
        people: those that a person said.
        imports: those that came with an import.
        others: those that nobody has said, or only another classifier.
    """

    told: dict[Side, int]
    unsure: int
    set_aside: int
    people: int
    imports: int
    others: int


def open_sides(session: Session, *, but: str | None = None) -> list[int]:
    """Return the annotations whose side a classifier may say, in order.

    Args:
        session: from the project.
        but: without those of which this classifier (`model:DIGITS`) has said it already.
    """
    query = select(_A.id).where(ANIMAL, CURRENT, OPEN).order_by(_A.id)
    if but is not None:
        query = query.where(or_(_A.side_by.is_(None), _A.side_by != but))
    return list(session.scalars(query))


def write_sides(session: Session, said: Iterable[SideSaid], by: str) -> None:
    """Write what a classifier says; what a person or an import said meanwhile stays."""
    for one in said:
        values = {
            "side": str(one.side),
            "side_by": by,
            "side_probability": one.probability,
        }
        session.execute(update(_A).where(_A.id == one.annotation, OPEN).values(values))


def set_side(session: Session, annotation: int, side: Side, name: str) -> None:
    """Write what a person says, and what stood there before into the log of runs.

    Args:
        session: from `Project.writing`.
        annotation: its number.
        side: also `unknown`: then no classifier is asked again.
        name: the person's.

    Raises:
        UserError: if the annotation stepped back for others in its photo.
    """
    row = session.get_one(_A, annotation)
    if row.replaced:
        raise UserError(_stepped_back(session, row))
    before = _state(row)
    row.side, row.side_by, row.side_probability = str(side), f"{PERSON}{name}", None
    told = {"annotation": annotation, "before": before, "after": _state(row)}
    finish_run(session, start_run(session, SET, told).id, {})


def _stepped_back(session: Session, row: t.Annotation) -> str:
    here = select(_A.id).where(_A.photo_id == row.photo_id, CURRENT, ANIMAL).order_by(_A.id)
    others = ", ".join(map(str, session.scalars(here))) or "none, because no animal was seen"
    return (
        f"annotation {row.id} stepped back when a detector looked at its photo; name one of the"
        f" annotations that took its place: {others}"
    )


def _state(row: t.Annotation) -> dict[str, object]:
    return {"side": row.side, "by": row.side_by, "probability": row.side_probability}


def side_counts(session: Session, by: str) -> SideCounts:
    """Count the current animals; `by` is the classifier, `model:DIGITS`."""
    unjudged = _A.side_probability.is_(None)
    query = (
        select(_A.side, _A.side_by, unjudged, func.count())
        .where(ANIMAL, CURRENT)
        .group_by(_A.side, _A.side_by, unjudged)
    )
    counts: Counter[str] = Counter()
    told: Counter[Side] = Counter()
    for side, who, nothing, number in session.execute(query):
        kind = _kind(Side(side), who, by, never_judged=bool(nothing))
        counts[kind] += number
        if kind == "told":
            told[Side(side)] += number
    order = {side: told[side] for side in Side if told[side]}
    names = ("unsure", "set aside", "person", "import", "other")
    return SideCounts(order, *(counts[name] for name in names))


def _kind(side: Side, who: str | None, by: str, *, never_judged: bool) -> str:
    if who == by and side is not Side.UNKNOWN:
        return "told"
    if who == by:
        return "set aside" if never_judged else "unsure"
    if who is not None and who.startswith(PERSON):
        return "person"
    if side is Side.UNKNOWN or (who or "").startswith(MODEL):
        return "other"
    return "import"
