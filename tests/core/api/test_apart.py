"""Decisions keep annotations apart: all of an individual, or one pair."""

from pathlib import Path

from fieldmark.api.apart import apart
from fieldmark.catalog import Kind, NewDecision, Project, annotations, decide, decisions, withdraw


def kept_apart(folder: Path) -> dict[int, frozenset[int]]:
    """Return what the log keeps apart."""
    with Project.open(folder) as project, project.reading() as session:
        rows = {row.id: row for row in annotations(session)}
        return apart(decisions(session, in_force=True), rows)


def record(folder: Path, kind: Kind, one: int, other: int) -> int:
    """Record a decision of a person."""
    with Project.open(folder) as project, project.deciding() as session:
        return decide(session, NewDecision(kind, one, "anna", other=other))[0]


def groups(folder: Path) -> dict[str | None, list[int]]:
    """Return the annotations by name."""
    found: dict[str | None, list[int]] = {}
    with Project.open(folder) as project, project.reading() as session:
        for row in annotations(session):
            found.setdefault(row.individual_name, []).append(row.id)
    return found


def test_different_holds_for_every_photo_of_both(project_folder: Path) -> None:
    """Who is not one photo of an animal is not the animal."""
    one, other = [g for name, g in groups(project_folder).items() if name and len(g) > 1][:2]
    record(project_folder, Kind.DIFFERENT, one[0], other[0])
    found = kept_apart(project_folder)
    assert all(found[number] == frozenset(other) for number in one)
    assert all(found[number] == frozenset(one) for number in other)


def test_incomparable_holds_for_that_pair_alone(project_folder: Path) -> None:
    """Another photo of the same animal may well be comparable."""
    one, other = [g for name, g in groups(project_folder).items() if name and len(g) > 1][:2]
    record(project_folder, Kind.INCOMPARABLE, one[0], other[0])
    assert kept_apart(project_folder) == {
        one[0]: frozenset({other[0]}),
        other[0]: frozenset({one[0]}),
    }


def test_a_withdrawn_decision_keeps_nothing_apart(project_folder: Path) -> None:
    """People may change their minds."""
    first, second = groups(project_folder)[None][:2]
    number = record(project_folder, Kind.DIFFERENT, first, second)
    with Project.open(project_folder) as project, project.deciding() as session:
        withdraw(session, number, "anna")
    assert kept_apart(project_folder) == {}
