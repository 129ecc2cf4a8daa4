"""The log keeps everything, and who is who follows from it alone."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldmark.catalog import (
    Kind,
    NewDecision,
    Project,
    contradictions,
    decide,
    decisions,
    individuals,
    rebuild_identities,
    withdraw,
)
from fieldmark.catalog import tables as t
from fieldmark.errors import UserError

SAME, DIFFERENT, NAME = Kind.SAME, Kind.DIFFERENT, Kind.NAME


@pytest.fixture
def animals(project: Project) -> Project:
    """A project with the annotations 1 to 8."""
    with project.writing() as session:
        for number in range(1, 9):
            add_annotation(session, number)
    return project


def add_annotation(session: Session, number: int) -> None:
    """Add a photo with one annotation, both with the same number."""
    sha256 = f"{number:064d}"
    values = {"id": number, "sha256": sha256, "size": 1, "width": 9, "height": 9, "orientation": 1}
    session.execute(insert(t.Photo), values)
    place = {"x": 0, "y": 0, "w": 1, "h": 1, "species": "tiger", "side": "left", "source": "photo"}
    session.execute(insert(t.Annotation), {"id": number, "photo_id": number} | place)


def same(first: int, second: int, by: str = "anna") -> NewDecision:
    """Say that two annotations show one animal."""
    return NewDecision(SAME, first, by, other=second)


def name(annotation: int, text: str, by: str = "anna") -> NewDecision:
    """Give an annotation a name."""
    return NewDecision(NAME, annotation, by, name=text)


def groups(session: Session) -> dict[int, str | int]:
    """Return for each identified annotation its individual: the name, or the anchor."""
    a, i = t.Annotation, t.Individual
    rows = session.execute(select(a.id, i.name, i.anchor).join(i, i.id == a.individual_id))
    return {number: called or anchor or 0 for number, called, anchor in rows}


def test_same_joins_and_a_name_names_the_whole_group(animals: Project) -> None:
    """A name given to one annotation is the name of all that are joined to it."""
    with animals.deciding() as session:
        decide(session, same(1, 2), same(3, 2))
        assert groups(session) == {1: 1, 2: 1, 3: 1}
        decide(session, name(3, "  Anna   Karenina "))
        assert groups(session) == dict.fromkeys([1, 2, 3], "Anna Karenina")


def test_names_are_one_whatever_their_case(animals: Project) -> None:
    """`T-12` and ` t-12 ` are one individual, spelt as it was first."""
    with animals.deciding() as session:
        decide(session, name(1, "T-12"), name(2, " t-12 "))
        assert groups(session) == {1: "T-12", 2: "T-12"}
        assert [row.annotations for row in individuals(session, named=True)] == [2]


def test_different_and_cant_tell_join_nothing(animals: Project) -> None:
    """Only "same" joins."""
    with animals.deciding() as session:
        others = [Kind.DIFFERENT, Kind.INCOMPARABLE, Kind.CANT_TELL]
        decide(session, *(NewDecision(kind, 1, "anna", other=2) for kind in others))
        assert groups(session) == {}


def test_a_withdrawn_same_separates(animals: Project) -> None:
    """After the withdrawal each half is what its own decisions make it."""
    with animals.deciding() as session:
        _, bridge, *_ = decide(session, same(1, 2), same(2, 3), same(3, 4), name(1, "T-1"))
        withdraw(session, bridge, "ben", "another tail")
        assert groups(session) == {1: "T-1", 2: "T-1", 3: 3, 4: 3}
        log = list(decisions(session, annotation=3))
        assert [(row.kind, row.by, row.superseded_by) for row in log] == [
            ("same", "anna", 5),
            ("same", "anna", None),
            ("cant-tell", "ben", None),
        ]


def test_a_name_can_be_corrected(animals: Project) -> None:
    """A decision that supersedes a name replaces it."""
    with animals.deciding() as session:
        (first,) = decide(session, name(1, "T-1"))
        decide(session, NewDecision(NAME, 1, "ben", name="T-2", supersedes=first))
        assert groups(session) == {1: "T-2"}
        assert contradictions(session) == []
        assert [row.name for row in decisions(session, in_force=True)] == ["T-2"]


def test_a_decision_is_withdrawn_once_and_by_its_own_pair(animals: Project) -> None:
    """Withdrawing twice, or with another pair, or something unknown, is refused in words."""
    with animals.deciding() as session:
        (number,) = decide(session, same(1, 2))
        with pytest.raises(UserError, match="not about the same annotations"):
            decide(session, NewDecision(SAME, 1, "ben", other=3, supersedes=number))
        withdraw(session, number, "ben")
        with pytest.raises(UserError, match="was withdrawn by ben"):
            withdraw(session, number, "carla")
        with pytest.raises(UserError, match="no decision 77"):
            withdraw(session, 77, "carla")
        with pytest.raises(UserError, match="no annotation 99"):
            decide(session, same(1, 99))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: NewDecision(SAME, 1, "anna"),
        lambda: NewDecision(SAME, 1, "anna", other=1),
        lambda: NewDecision(SAME, 1, "anna", other=2, name="T-1"),
        lambda: NewDecision(NAME, 1, "anna", other=2, name="T-1"),
        lambda: NewDecision(NAME, 1, "anna"),
        lambda: NewDecision(NAME, 1, "anna", name="  "),
        lambda: NewDecision(NAME, 1, " ", name="T-1"),
    ],
)
def test_a_decision_checks_itself(wrong: Callable[[], NewDecision]) -> None:
    """A pair has two annotations, a name has one and a letter, and somebody decides."""
    with pytest.raises(ValueError, match="expected"):
        wrong()


def test_two_names_in_one_group_are_reported_and_not_settled(animals: Project) -> None:
    """Each keeps the name given to itself, the others belong to nobody."""
    with animals.deciding() as session:
        decide(session, name(1, "T-1"), name(2, "T-2"), same(1, 3), same(2, 3))
        assert groups(session) == {1: "T-1", 2: "T-2"}
        (found,) = contradictions(session)
        assert (found.kind, found.annotations) == ("names", (1, 2, 3))
        assert found.decisions == (1, 2, 3, 4)
        assert "'T-1' and 'T-2'" in found.sentence


def test_a_difference_inside_an_individual_is_reported(animals: Project) -> None:
    """Also when only the name, not a "same", makes them one animal."""
    with animals.deciding() as session:
        decide(session, same(1, 2), same(2, 3), NewDecision(DIFFERENT, 3, "ben", other=1))
        decide(session, name(5, "T-5"), name(6, "t-5"), NewDecision(DIFFERENT, 5, "ben", other=6))
        assert [found.annotations for found in contradictions(session)] == [(1, 3), (5, 6)]


def test_two_animals_of_a_photo_are_never_one_individual(animals: Project) -> None:
    """Reported with the decisions that make them one; a box that stepped back does not count."""
    with animals.deciding() as session:
        mates = t.Annotation.id.in_([3, 4])
        session.execute(update(t.Annotation).where(mates).values(photo_id=3, x=t.Annotation.id))
        decide(session, name(3, "Jua"), name(1, "Jua"), same(1, 4), name(5, "Neema"))
        (found,) = contradictions(session)
        assert (found.kind, found.annotations, found.decisions) == ("photo", (3, 4), (1, 3))
        assert "annotations 3 and 4 are animals in one photo" in found.sentence
        session.execute(update(t.Annotation).where(t.Annotation.id == 4).values(replaced=True))
        assert contradictions(session) == []


@pytest.mark.parametrize(
    "change",
    [
        update(t.Decision).values(by="nobody"),
        delete(t.Decision),
        text("INSERT OR REPLACE INTO decisions (id, kind, annotation_id, name, by, at)"
             " VALUES (1, 'name', 1, 'T-9', 'nobody', '')"),
    ],
)  # fmt: skip
def test_the_database_itself_refuses_to_change_the_log(animals: Project, change: object) -> None:
    """Neither UPDATE nor DELETE nor REPLACE gets at a decision."""
    with animals.deciding() as session:
        decide(session, name(1, "T-1"))
    with pytest.raises(IntegrityError, match="a decision is never"), animals.writing() as session:
        session.execute(change)  # type: ignore[call-overload]
    with animals.reading() as session:
        assert [row.name for row in decisions(session)] == ["T-1"]


def test_rebuilding_repairs_a_tampered_result(animals: Project) -> None:
    """Whatever stands in the annotations, the log alone says who is who."""
    with animals.deciding() as session:
        decide(session, same(1, 2), name(1, "T-1"))
        right = groups(session)
        session.execute(update(t.Annotation).values(individual_id=None))
        assert rebuild_identities(session) == 2
        assert groups(session) == right
        session.execute(update(t.Annotation).values(individual_id=1))
        rebuild_identities(session)
        assert groups(session) == right


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("same"), st.integers(1, 8), st.integers(1, 8)),
        st.tuples(st.just("different"), st.integers(1, 8), st.integers(1, 8)),
        st.tuples(st.just("name"), st.integers(1, 8), st.sampled_from(["A", "a ", "B", "C"])),
        st.tuples(st.just("withdraw"), st.integers(1, 20), st.just(0)),
    ),
    max_size=20,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_the_kept_result_equals_the_rebuilt_one(
    animals: Project, steps: list[tuple[str, int, int | str]]
) -> None:
    """After any sequence of decisions, rebuilding from the log changes nothing."""
    with animals.deciding() as session:
        for step in steps:
            take(session, *step)
        kept = groups(session)
        assert rebuild_identities(session) == 0
        session.execute(update(t.Annotation).values(individual_id=None))
        rebuild_identities(session)
        assert groups(session) == kept
        assert kept == expected(session)
        session.rollback()


def take(session: Session, kind: str, first: int, second: int | str) -> None:
    """Take one step, leaving out those that make no sense."""
    if kind == "withdraw":
        in_force = [row.id for row in decisions(session, in_force=True)]
        if in_force:
            withdraw(session, in_force[first % len(in_force)], "ben")
    elif kind == "name":
        decide(session, name(first, str(second)))
    elif first != second:
        decide(session, NewDecision(Kind(kind), first, "anna", other=int(second)))


def expected(session: Session) -> dict[int, str | int]:
    """Work out the individuals slowly: spread every group until nothing changes."""
    log = list(decisions(session, in_force=True))
    pairs = [(row.annotation_id, row.other_id) for row in log if row.kind == "same"]
    group = {number: {number} for number in range(1, 9)}
    for _ in range(8):
        for first, second in pairs:
            assert second is not None
            group[first] = group[second] = group[first] | group[second]
    own = {number: {row.name.strip().lower() for row in log
                    if row.name and row.annotation_id == number} for number in group}  # fmt: skip
    spelt = dict(session.execute(select(t.Individual.name_key, t.Individual.name)).all())
    result: dict[int, str | int] = {}
    for number, members in group.items():
        names = set().union(*(own[one] for one in members))
        mine = names if len(names) == 1 else own[number]
        if len(mine) == 1:
            result[number] = spelt[next(iter(mine))] or ""
        elif not names and len(members) > 1:
            result[number] = min(members)
    return result
