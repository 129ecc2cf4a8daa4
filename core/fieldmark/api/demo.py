"""The demonstration: a synthetic survey, identified by the same code as a real one."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from fieldmark.api.identify import Identification, Request, identify
from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_table
from fieldmark.catalog.project import DATABASE
from fieldmark.files import write_text
from fieldmark.jobs import Progress
from fieldmark.report.view import Identified
from fieldmark.synthetic import Survey, SurveyPlan, demo_plan, write_survey

COLUMNS = ("identity", "path", "bbox", "orientation", "date", "station", "encounter")
PROFILE = "tiger"
"""The synthetic animals have another coat on each flank, as a tiger has."""
NAMED_SHARE = 0.6
"""The part of the survey's encounters, in the order of time, that somebody has named already."""
STRANGERS = 2
"""Individuals that nobody has named: whoever is proposed for them must be wrong."""


@dataclass(frozen=True)
class Demo:
    """What the demonstration gave, against the truth that only a synthetic survey knows.

    Attributes:
        known: queries whose individual has a named photo of the same side.
        first: those of `known` with the right individual first.
        five: those of `known` with the right individual among the first five.
        strangers: queries of animals that are not in the catalogue from that side.
    """

    identification: Identification
    known: int
    first: int
    five: int
    strangers: int


def run_demo(folder: Path, progress: Progress, plan: SurveyPlan | None = None) -> Demo:
    """Make a survey in `folder`, name its first part, identify the rest and check the answers.

    The same command continues after a kill.

    Raises:
        UserError: if the folder holds something else.
    """
    survey = write_survey(
        plan or demo_plan(),
        folder / "survey",
        lambda done, total: progress(done, total, "synthetic photos"),
    )
    truth = _read(survey.truth)
    table = _write_catalogue(survey, truth)
    with _project(folder / "project") as project:
        import_table(project, table, root=survey.folder)
        found = identify(project, Request(), folder / "report", progress)
    return _verdict(found, truth, _read(table))


def _project(folder: Path) -> Project:
    if (folder / DATABASE).exists():
        return Project.open(folder)
    return Project.create(folder, PROFILE)


def _read(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write_catalogue(survey: Survey, truth: Sequence[dict[str, str]]) -> Path:
    """Write the table that a field team would have: names for the first part only."""
    strangers = sorted({row["identity"] for row in truth})[-STRANGERS:]
    visits = list(dict.fromkeys(row["encounter"] for row in sorted(truth, key=itemgetter("date"))))
    first = set(visits[: round(NAMED_SHARE * len(visits))])
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for row in truth:
        named = row["encounter"] in first and row["identity"] not in strangers
        writer.writerow(row | {"identity": row["identity"] if named else "unknown"})
    # Beside the photos' folder there may be only what the generator wrote.
    path = survey.folder.parent / "catalogue.csv"
    write_text(path, text.getvalue())
    return path


def _verdict(
    found: Identification, truth: Sequence[dict[str, str]], catalogue: Sequence[dict[str, str]]
) -> Demo:
    who = {_name(row["path"]): (row["identity"], row["orientation"]) for row in truth}
    named = {(row["identity"], row["orientation"]) for row in catalogue}
    ranks = [
        _rank(result, who[result.query.name][0])
        for result in found.results
        if who[result.query.name] in named
    ]
    return Demo(
        found,
        known=len(ranks),
        first=sum(rank == 1 for rank in ranks),
        five=sum(rank is not None and rank <= 5 for rank in ranks),
        strangers=len(found.results) - len(ranks),
    )


def _rank(result: Identified, individual: str) -> int | None:
    return next((c.rank for c in result.candidates if c.label == individual), None)


def _name(path: str) -> str:
    return "/".join(Path(path).parts[-2:])
