"""Fixtures that many tests share: a small survey, and projects made of it."""

import csv
import shutil
import signal
from pathlib import Path

import pytest

from fieldmark.api.identify import Request, identify
from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_table
from fieldmark.synthetic import Survey, SurveyPlan, write_survey

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts the tests in the background has Ctrl-C ignored, by every process that the
    # tests start and interrupt, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

TOGETHER = ("tests/plugins/fieldmark_megadetector/",)
"""Folders whose tests share what takes long to start, and so run in one process."""

PLAN = SurveyPlan(individuals=4, stations=3, encounters=4, width=320, height=240, days=20)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each test to the next process that is free, and some folders whole to one of them.

    xdist's own groups (3.8) are marked in a part of the test that pytest 9.2 does not read.
    """
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - not in every environment

    scheduling = LoadScopeScheduling(config, log)
    scheduling._split_scope = _together
    return scheduling


def _together(nodeid: str) -> str:
    return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


@pytest.fixture(scope="session")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """Return a written survey of four animals; tests must not change it."""
    return write_survey(PLAN, tmp_path_factory.mktemp("survey"))


@pytest.fixture(scope="session")
def half_named(survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table of the survey in which every second photo has no name."""
    path = tmp_path_factory.mktemp("tables") / "half.csv"
    with survey.truth.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows[::2]:
        row["identity"] = "unknown"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="session")
def _embedded(survey: Survey, half_named: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of the survey whose features are made: the slow part, done once."""
    folder = tmp_path_factory.mktemp("embedded") / "project"
    with Project.create(folder, "tiger") as project:
        import_table(project, half_named, root=survey.folder)
        identify(project, Request(workers=2))
    return folder


@pytest.fixture
def project_folder(_embedded: Path, tmp_path: Path) -> Path:
    """Return a project of the half-named survey with features, and nothing identified yet."""
    folder = tmp_path / "project"
    shutil.copytree(_embedded, folder)
    shutil.rmtree(folder / "identify")
    return folder
