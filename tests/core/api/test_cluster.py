"""Who is whom in a survey, when half of it has no names?"""

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from fieldmark.api.calibrate import Request as Calibration
from fieldmark.api.calibrate import calibrate
from fieldmark.api.cluster import Grouped, group
from fieldmark.api.cluster_groups import Request
from fieldmark.catalog import Kind, NewDecision, Project, annotations, decide, runs
from fieldmark.cli.commands.cluster import command
from fieldmark.errors import UserError
from fieldmark.evaluate.metrics import abundance_error, adjusted_rand
from support.palettes import NAMED, STRANGERS, palette_project


@pytest.fixture(scope="module")
def _calibrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = palette_project(tmp_path_factory.mktemp("palettes"))
    with Project.open(folder) as project:
        calibrate(project, Calibration(workers=1))
    return folder


@pytest.fixture
def folder(_calibrated: Path, tmp_path: Path) -> Path:
    """Return a calibrated project of its own; with its photos."""
    shutil.copytree(_calibrated.parent, tmp_path / "palettes")
    return tmp_path / "palettes" / _calibrated.name


def animal(name: str) -> int:
    """Return whom a photo of the palettes shows."""
    found = re.search(r"(\d+)-\d+-\d+\.png", name)
    assert found
    return int(found[1])


def labels(found: Grouped) -> tuple[np.ndarray, np.ndarray]:
    """Return the group of each sighting, and the truth."""
    pairs = [(each.number, animal(s.name)) for each in found.groups for s in each.sightings]
    return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])


def photo(project: Project, name: str) -> int:
    """Return the annotation of a photo."""
    with project.reading() as session:
        rows = list(annotations(session))
    return next(row.id for row in rows if row.path is not None and row.path.name == name)


def test_finds_the_animals(folder: Path) -> None:
    """Every animal is one group, the named ones by their names; nothing enters the catalogue."""
    with Project.open(folder) as project:
        with project.reading() as session:
            before = [(row.id, row.individual_id) for row in annotations(session)]
        found = group(project, Request(workers=1))
        with project.reading() as session:
            after = [(row.id, row.individual_id) for row in annotations(session)]
            last = runs(session, "cluster")[0]
    assert before == after
    assert last.state == "done"
    assert adjusted_rand(*labels(found)) == 1
    assert abundance_error(*labels(found)) == 0
    assert sum(each.name is not None for each in found.groups) == NAMED
    assert len(found.groups) == NAMED + STRANGERS
    assert any(each.weakest is not None for each in found.groups)
    assert all(each.weakest is None or each.weakest > 0.5 for each in found.groups)
    assert all(each.nearest is not None and each.nearest.probability < 0.5 for each in found.groups)


def test_visits_as_evidence(folder: Path) -> None:
    """Without trust in visits, two photos of one visit that met nobody else stay apart."""
    with Project.open(folder) as project:
        sure = group(project, Request(workers=1, same_visit=0.9))
        unknown = group(project, Request(workers=1, same_visit=0.5))
    assert adjusted_rand(*labels(sure)) > 0.95
    assert len(unknown.groups) >= NAMED + 2 * STRANGERS


def test_decisions_are_obeyed(folder: Path) -> None:
    """What people said to differ is in two groups; a visit of two animals joins nothing."""
    with Project.open(folder) as project:
        one, mate, named = (photo(project, f"{n}.png") for n in ("0-2-0", "0-2-1", "0-0-0"))
        with project.deciding() as session:
            decide(session, NewDecision(Kind.DIFFERENT, one, "you", named))
        found = group(project, Request(workers=1))
        of = {s.id: each.number for each in found.groups for s in each.sightings}
        assert of[one] != of[named]
        assert not found.survey.contradictions
        with project.deciding() as session:
            decide(session, NewDecision(Kind.NAME, mate, "you", name="a0"))
            decide(session, NewDecision(Kind.NAME, one, "you", name="someone else"))
        again = group(project, Request(workers=1))
    of = {s.id: each.number for each in again.groups for s in each.sightings}
    assert of[one] != of[mate] == of[named]
    (sentence,) = again.survey.contradictions
    assert "are two animals" in sentence


def test_files(folder: Path, tmp_path: Path) -> None:
    """The CSV has a row for each sighting, the JSON the same groups, the page their pictures."""
    with Project.open(folder) as project:
        found = group(project, Request(workers=1), tmp_path / "out")
    table, document, page = found.files
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    told = json.loads(document.read_text(encoding="utf-8"))
    assert len(rows) == found.survey.annotations
    assert {row["group"] for row in rows} == {str(each["group"]) for each in told["groups"]}
    html = page.read_text(encoding="utf-8")
    assert html.count('<img src="data:image/jpeg') == found.survey.annotations
    assert "no name was written" in html


def test_strict_joins(folder: Path) -> None:
    """A higher bar never joins more."""
    with Project.open(folder) as project:
        loose = group(project, Request(workers=1, join_from=0.5))
        strict = group(project, Request(workers=1, join_from=0.999))
    assert len(strict.groups) > len(loose.groups)


def test_without_calibration(folder: Path) -> None:
    """A pipeline that nothing is known of is refused in a sentence that says what to type."""
    shutil.rmtree(folder / "calibrations")
    with (
        Project.open(folder) as project,
        pytest.raises(UserError, match=r"but nothing has been learnt .*type: fieldmark calibrate"),
    ):
        group(project, Request(workers=1))


def test_empty(tmp_path: Path, folder: Path) -> None:
    """A project without animals is told how to get some, or what to learn first."""
    with Project.create(tmp_path / "empty", "tiger") as project, pytest.raises(UserError) as said:
        group(project, Request(workers=1))
    assert "type: fieldmark" in str(said.value)


def test_command(folder: Path) -> None:
    """The command says how many groups there are, that none is a decision, and where they are."""
    said = CliRunner().invoke(command, ["-p", str(folder), "-q", "--workers", "1"])
    assert said.exit_code == 0
    assert f"in {NAMED + STRANGERS} groups, {NAMED} of them named" in said.output
    assert "A person decides." in said.output
    assert "groups.html" in said.output
