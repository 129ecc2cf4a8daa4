"""Who is who, derived from the log of decisions alone.

Annotations joined by "same" form a group; the names given to its members name it. The result is
kept in `annotations.individual_id`, and can be computed again from the log at any time.

What contradicts itself is never settled here. In a group with two names each annotation keeps
the name that was given to itself, and the others belong to nobody until a person decides.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from fieldmark.catalog import tables as t
from fieldmark.catalog.places import in_pages
from fieldmark.catalog.queries import ANIMAL, CURRENT

LATER = aliased(t.Decision)
"""A decision that withdraws another."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Decisions that cannot all be true.

    Attributes:
        kind: `names` (two names in one group), `different` (a pair that is said to differ inside
            one individual) or `photo` (two animals of one photo that are said to be one).
        sentence: what is wrong, for a person.
        annotations: those concerned, in the order of their numbers.
        decisions: the entries of the log that clash, in their order.
    """

    kind: str
    sentence: str
    annotations: tuple[int, ...]
    decisions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """The decisions in force about some annotations."""

    same: list[tuple[int, int]]
    names: dict[int, dict[str, str]]  # annotation → key of the name → the name


class Groups:
    """Disjoint sets of numbers, joined pair by pair."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def top(self, number: int) -> int:
        """Return the number that stands for the group: its smallest member."""
        parent = self._parent
        while (above := parent.get(number, number)) != number:
            parent[number] = parent.get(above, above)
            number = above
        return number

    def join(self, first: int, second: int) -> None:
        """Make one group of two."""
        low, high = sorted((self.top(first), self.top(second)))
        self._parent[high] = low

    def of(self, numbers: Iterable[int]) -> dict[int, list[int]]:
        """Return the numbers by group, each group in the order given."""
        groups: dict[int, list[int]] = defaultdict(list)
        for number in numbers:
            groups[self.top(number)].append(number)
        return groups


def name_key(name: str) -> str:
    """Return what two spellings of one name have in common."""
    return name.casefold()


def refresh(session: Session, touched: Collection[int]) -> int:
    """Bring the individuals of these annotations, and of all joined to them, up to date.

    Returns the number of annotations whose individual changed.
    """
    # Whoever shared an individual with a touched annotation may have been cut off from it.
    everybody = _with_same_individual(session, touched) | set(touched)
    return _write(session, _reachable(session, everybody))


def rebuild_identities(session: Session) -> int:
    """Compute every individual again from the log; return how many annotations changed.

    0 unless the stored result was tampered with.
    """
    in_log = _in_force()
    spoken_of = set(session.scalars(select(t.Decision.annotation_id).where(in_log)))
    other = t.Decision.other_id
    spoken_of |= {one for one in session.scalars(select(other).where(in_log)) if one is not None}
    held = select(t.Annotation.id).where(t.Annotation.individual_id.is_not(None))
    return _write(session, spoken_of | set(session.scalars(held)))


def contradictions(session: Session) -> list[Contradiction]:
    """Return what cannot all be true, in the order of the log."""
    said = _said(session, None)
    groups = Groups()
    for first, second in said.same:
        groups.join(first, second)
    return [
        *_two_names(session, said, groups),
        *_differing_within(session, said, groups),
        *_twice_in_a_photo(session),
    ]


def _in_force() -> ColumnElement[bool]:
    return ~select(LATER.id).where(LATER.supersedes == t.Decision.id).exists()


def _with_same_individual(session: Session, numbers: Collection[int]) -> set[int]:
    mates = aliased(t.Annotation)
    query = select(mates.id).join(t.Annotation, t.Annotation.individual_id == mates.individual_id)
    return {
        mate
        for page in in_pages(numbers)
        for mate in session.scalars(query.where(t.Annotation.id.in_(page)))
    }


def _reachable(session: Session, start: Collection[int]) -> set[int]:
    """Return `start` and everything joined to it by "same"."""
    found, frontier = set(start), set(start)
    while frontier:
        pairs = _said(session, frontier).same
        frontier = {number for pair in pairs for number in pair} - found
        found |= frontier
    return found


def _said(session: Session, about: Collection[int] | None) -> _Said:
    """Return what is in force about the annotations; about all of them for None."""
    d = t.Decision
    query = select(d.annotation_id, d.other_id, d.name).where(
        _in_force(), or_(d.kind == "same", d.name.is_not(None))
    )
    pages = [query]
    if about is not None:
        pages = [
            query.where(or_(d.annotation_id.in_(page), d.other_id.in_(page)))
            for page in in_pages(about)
        ]
    said = _Said([], defaultdict(dict))
    for page in pages:
        for first, second, name in session.execute(page.order_by(d.id)):
            if second is not None:
                said.same.append((first, second))
            elif name is not None:
                said.names[first].setdefault(name_key(name), name)
    return said


def _write(session: Session, numbers: Collection[int]) -> int:
    """Store the individual of each annotation; `numbers` must be whole groups."""
    said = _said(session, numbers)
    groups = Groups()
    for first, second in said.same:
        groups.join(first, second)
    wanted: dict[int, int | None] = {}
    for anchor, members in groups.of(sorted(numbers)).items():
        wanted |= _individuals_of(session, anchor, members, said)
    return _store(session, wanted)


def _individuals_of(
    session: Session, anchor: int, members: list[int], said: _Said
) -> dict[int, int | None]:
    names = {key: name for one in members for key, name in said.names.get(one, {}).items()}
    if len(names) == 1:
        number = _named(session, *names.items())
        return dict.fromkeys(members, number)
    if not names:
        return dict.fromkeys(members, _unnamed(session, anchor) if len(members) > 1 else None)
    own = {one: said.names.get(one, {}) for one in members}
    return {
        one: _named(session, *its.items()) if len(its) == 1 else None for one, its in own.items()
    }


def _named(session: Session, name: tuple[str, str]) -> int:
    key, spelling = name
    found = session.scalar(select(t.Individual.id).where(t.Individual.name_key == key))
    return found or _new(session, t.Individual(name=spelling, name_key=key))


def _unnamed(session: Session, anchor: int) -> int:
    found = session.scalar(select(t.Individual.id).where(t.Individual.anchor == anchor))
    return found or _new(session, t.Individual(anchor=anchor))


def _new(session: Session, individual: t.Individual) -> int:
    session.add(individual)
    session.flush()
    return individual.id


def _store(session: Session, wanted: dict[int, int | None]) -> int:
    a, changes = t.Annotation, []
    for page in in_pages(wanted):
        query = select(a.id, a.individual_id).where(a.id.in_(page))
        for number, now in session.execute(query).all():
            if now != wanted[number]:
                changes.append({"of": number, "to": wanted[number]})
    if changes:
        table = t.Base.metadata.tables["annotations"]
        change = update(table).where(table.c.id == bindparam("of"))
        session.connection().execute(change.values(individual_id=bindparam("to")), changes)
    return len(changes)


def _two_names(session: Session, said: _Said, groups: Groups) -> list[Contradiction]:
    found = []
    everybody = {number for pair in said.same for number in pair} | set(said.names)
    for members in groups.of(sorted(everybody)).values():
        names = {k: name for one in members for k, name in said.names.get(one, {}).items()}
        if len(names) > 1:
            listed = " and ".join(repr(names[key]) for key in sorted(names))
            sentence = f"one animal has the names {listed}; withdraw a name or a “same”"
            found.append(_contradiction(session, "names", sentence, members))
    return found


def _contradiction(session: Session, kind: str, sentence: str, members: list[int]) -> Contradiction:
    d = t.Decision
    entries = {
        number
        for page in in_pages(members)
        for number in session.scalars(
            select(d.id).where(
                _in_force(), d.annotation_id.in_(page), or_(d.kind == "same", d.name.is_not(None))
            )
        )
    }
    return Contradiction(kind, sentence, tuple(members), tuple(sorted(entries)))


def _differing_within(session: Session, said: _Said, groups: Groups) -> list[Contradiction]:
    """Find pairs said to differ inside a group, or inside groups of one name."""
    by_name: dict[str, int] = {}
    for number, names in said.names.items():
        for key in names:
            groups.join(number, by_name.setdefault(key, number))
    d = t.Decision
    query = select(d.id, d.annotation_id, d.other_id).where(_in_force(), d.kind == "different")
    return [
        Contradiction(
            "different",
            f"annotations {first} and {second} are said to differ, and to be one animal;"
            " withdraw one of the decisions",
            (first, second),
            (number,),
        )
        for number, first, second in session.execute(query.order_by(d.id))
        if second is not None and groups.top(first) == groups.top(second)
    ]


def _twice_in_a_photo(session: Session) -> list[Contradiction]:
    """Find animals that stand side by side in one photo and are said to be one individual."""
    a = t.Annotation
    crowd = (
        select(a.photo_id, a.individual_id)
        .where(ANIMAL, CURRENT, a.individual_id.is_not(None))
        .group_by(a.photo_id, a.individual_id)
        .having(func.count() > 1)
        .subquery()
    )
    alike = and_(crowd.c.photo_id == a.photo_id, crowd.c.individual_id == a.individual_id)
    query = select(a.id, a.photo_id, a.individual_id).join(crowd, alike).where(ANIMAL, CURRENT)
    found: dict[tuple[int, int | None], list[int]] = defaultdict(list)
    for number, photo, individual in session.execute(query.order_by(a.id)):
        found[photo, individual].append(number)
    return [
        Contradiction(
            "photo",
            f"annotations {' and '.join(map(str, members))} are animals in one photo, and are said"
            " to be one individual; withdraw a name or a “same”",
            tuple(members),
            tuple(_entries_about(session, members)),
        )
        for members in found.values()
    ]


def _entries_about(session: Session, members: list[int]) -> list[int]:
    d = t.Decision
    joins = or_(d.kind == "same", d.name.is_not(None))
    return sorted(
        {
            number
            for page in in_pages(members)
            for number in session.scalars(
                select(d.id).where(
                    _in_force(), joins, or_(d.annotation_id.in_(page), d.other_id.in_(page))
                )
            )
        }
    )
