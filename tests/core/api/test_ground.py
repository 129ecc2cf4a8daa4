"""What a search stands on follows what is known of the photos."""

from pathlib import Path

import numpy as np
from sqlalchemy import update

from fieldmark.api.ground import Ground, gap_of, lay_ground, method_of, read_rows
from fieldmark.catalog import Kind, NewDecision, Project, decide
from fieldmark.catalog import tables as t
from fieldmark.jobs import silent


def ground_of(project: Project, only: tuple[int, int] | None = None) -> Ground:
    """Return what a search of all annotations, or of one for another, stands on."""
    method = method_of(project, None)
    rows = read_rows(project, method.profile)
    queries, gallery = ([one] for one in only) if only else (list(rows), list(rows))
    return lay_ground(project, method, rows, queries, gallery, 1, silent)


def test_near_duplicates_are_no_evidence_and_ask_for_a_new_search(project_folder: Path) -> None:
    """A photo that repeats another is not compared with it, and older answers do not hold."""
    with Project.open(project_folder) as project:
        before = ground_of(project)
        queries = list(before.rows)
        one = queries[0]
        ids = np.array(queries)
        other = int(ids[before.rules.weights(one, ids) > 0][0])
        photos = before.rows[one].photo_id, before.rows[other].photo_id
        with project.writing() as session:
            later = update(t.Photo).where(t.Photo.id == max(photos))
            session.execute(later.values(duplicate_of=min(photos)))
        after = ground_of(project)
    assert after.pictures == {max(photos): min(photos)}
    assert after.rules.weights(one, np.array([other])).tolist() == [0.0]
    assert after.rules.weights(other, np.array([one])).tolist() == [0.0]
    assert after.state(queries) != before.state(queries)
    assert ground_of_again(project_folder).state(queries) == after.state(queries)


def ground_of_again(folder: Path) -> Ground:
    """Return what a search stands on after the project was closed and opened."""
    with Project.open(folder) as project:
        return ground_of(project)


def test_what_a_mate_is_named_asks_for_a_new_search(project_folder: Path) -> None:
    """A name that is given beside a query changes what may be offered to it."""
    with Project.open(project_folder) as project:
        rows = ground_of(project).rows
        query, mate, other = list(rows)[:3]
        with project.writing() as session:
            moved = update(t.Annotation).where(t.Annotation.id == mate)
            session.execute(moved.values(photo_id=rows[query].photo_id))
        before = ground_of(project, (query, other)).state([query])
        with project.deciding() as session:
            decide(session, NewDecision(Kind.NAME, mate, "anna", name="Zawadi"))
        assert ground_of(project, (query, other)).state([query]) != before


def test_the_gap_is_that_of_the_profile(project_folder: Path) -> None:
    """The project's own species says how far photos of one visit may be apart."""
    with Project.open(project_folder) as project:
        assert gap_of(project) == 120
