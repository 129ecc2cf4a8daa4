"""The log of decisions: who said what about which animals; only ever appended to.

A decision is withdrawn by a later one that names it in `supersedes`; each can be withdrawn once.
What a withdrawn decision said counts for nothing, but stays readable.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldmark.catalog import identities
from fieldmark.catalog import tables as t
from fieldmark.catalog.database import AnySelect
from fieldmark.catalog.identities import LATER
from fieldmark.catalog.places import in_pages
from fieldmark.catalog.rows import DecisionRow
from fieldmark.errors import UserError


class Kind(StrEnum):
    """What a decision says: of a pair of annotations, or (`NAME`) of one."""

    SAME = "same"
    DIFFERENT = "different"
    INCOMPARABLE = "incomparable"
    CANT_TELL = "cant-tell"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision to record.

    Attributes:
        kind: what it says.
        annotation: the annotation, or either one of the pair.
        by: who says it: a person, or `import:<file>`.
        other: the other one of the pair; None for a name.
        name: the individual's name; None withdraws a name (with `supersedes`) or a pair.
        reason: in the decider's own words.
        pipeline: the fingerprint of what proposed the pair.
        run_id: the run that proposed it.
        score: what the decider was shown.
        supersedes: the decision on the same annotations that this one withdraws.

    Raises:
        ValueError: if kind, pair and name do not go together.
    """

    kind: Kind
    annotation: int
    by: str
    other: int | None = None
    name: str | None = None
    reason: str = ""
    pipeline: str | None = None
    run_id: int | None = None
    score: float | None = None
    supersedes: int | None = None

    def __post_init__(self) -> None:
        pair = self.kind is not Kind.NAME
        if pair and (self.other in {None, self.annotation} or self.name is not None):
            raise ValueError(f"expected two different annotations and no name, got {self}")
        if not pair and self.other is not None:
            raise ValueError(f"expected one annotation with a name, got {self}")
        if not pair and self.name is None and self.supersedes is None:
            raise ValueError(f"expected a name, or the decision that is withdrawn, got {self}")
        if not pair and self.name is not None and not clean_name(self.name):
            raise ValueError(f"expected a name with at least one letter, got {self.name!r}")
        if not self.by.strip():
            raise ValueError("expected who decides, got nothing")

    @property
    def subjects(self) -> tuple[int, int | None]:
        """The annotations, the smaller number first."""
        if self.other is None:
            return self.annotation, None
        return min(self.annotation, self.other), max(self.annotation, self.other)


def clean_name(name: str) -> str:
    """Return a name without blanks around it, and one form for letters with accents."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def decide(session: Session, *new: NewDecision) -> list[int]:
    """Append decisions, in order, and bring the individuals up to date; return their numbers.

    Use a session from `Project.deciding`.

    Raises:
        UserError: if an annotation does not exist, or `supersedes` names a decision that does not
            exist, is about other annotations, or has been withdrawn already.
    """
    touched = {number for one in new for number in one.subjects if number is not None}
    _refuse_unknown(session, touched)
    entries = [_entry(session, one) for one in new]
    session.flush()
    identities.refresh(session, touched)
    return [entry.id for entry in entries]


def _refuse_unknown(session: Session, numbers: set[int]) -> None:
    for page in in_pages(numbers):
        known = session.scalars(select(t.Annotation.id).where(t.Annotation.id.in_(page)))
        for number in sorted(set(page) - set(known)):
            raise UserError(f"there is no annotation {number}; `fieldmark export csv` lists them")


def _entry(session: Session, new: NewDecision) -> t.Decision:
    first, second = new.subjects
    if new.supersedes is not None:
        _refuse_wrong_withdrawal(session, new)
    values = asdict(new)
    del values["annotation"], values["other"]
    entry = t.Decision(**values, annotation_id=first, other_id=second, at=t.utc_now())
    entry.name = None if new.name is None else clean_name(new.name)
    session.add(entry)
    return entry


def _refuse_wrong_withdrawal(session: Session, new: NewDecision) -> None:
    old = session.get(t.Decision, new.supersedes)
    if old is None or (old.annotation_id, old.other_id) != new.subjects:
        raise UserError(
            f"decision {new.supersedes} is not about the same annotations,"
            " so this one cannot withdraw it"
        )
    later = session.scalar(select(t.Decision).where(t.Decision.supersedes == old.id))
    if later is not None:
        raise UserError(
            f"decision {old.id} was withdrawn by {later.by} on {later.at} (decision {later.id});"
            f" withdraw that one instead"
        )


def withdraw(session: Session, decision: int, by: str, reason: str = "") -> int:
    """Take a decision back; return the number of the entry that does it.

    Raises:
        UserError: if there is no such decision, or it has been withdrawn already.
    """
    old = session.get(t.Decision, decision)
    if old is None:
        raise UserError(f"there is no decision {decision}")
    kind = Kind.NAME if old.kind == Kind.NAME else Kind.CANT_TELL
    new = NewDecision(
        kind, old.annotation_id, by, other=old.other_id, reason=reason, supersedes=old.id
    )
    return decide(session, new)[0]


def decisions(
    session: Session, *, annotation: int | None = None, in_force: bool = False
) -> Iterator[DecisionRow]:
    """Yield the log in its order.

    Args:
        session: from the project.
        annotation: only decisions about this one.
        in_force: only those that were not withdrawn.
    """
    query = _log()
    if annotation is not None:
        about = or_(t.Decision.annotation_id == annotation, t.Decision.other_id == annotation)
        query = query.where(about)
    if in_force:
        query = query.where(LATER.id.is_(None))
    last = 0
    while page := session.execute(query.where(t.Decision.id > last).limit(500)).all():
        yield from (DecisionRow(*row) for row in page)
        last = page[-1].id


def _log() -> AnySelect:
    d, later = t.Decision, LATER
    columns = (
        d.id, d.kind, d.annotation_id, d.other_id, d.name, d.by, d.at, d.pipeline, d.run_id,
        d.score, d.reason, d.supersedes, later.id.label("superseded_by"),
    )  # fmt: skip
    return select(*columns).outerjoin(later, later.supersedes == d.id).order_by(d.id)
