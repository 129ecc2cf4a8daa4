"""How many animals are in a survey that nobody has named? Every sighting asks all others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fieldmark.api.answers import Asking
from fieldmark.api.calibrations import Trusted, find
from fieldmark.api.cluster_asking import asked_all
from fieldmark.api.cluster_groups import Grouping, Request
from fieldmark.api.clustering import EachVisit, nodes_of
from fieldmark.api.ground import Ground, Way, lay_ground, read_rows, way_of
from fieldmark.api.models_used import models_of, with_unseen
from fieldmark.api.named import asking_of, spots
from fieldmark.catalog import Project, finish_run, start_run
from fieldmark.errors import UserError
from fieldmark.jobs import Progress, silent
from fieldmark.report.groups import Group, Survey, write_groups


@dataclass(frozen=True)
class Grouped:
    """What came out.

    Attributes:
        groups: named ones first, then the largest.
        files: the CSV, the JSON and the pages of the HTML report.
    """

    run: int
    groups: tuple[Group, ...]
    survey: Survey
    files: tuple[Path, ...]


def group(
    project: Project, request: Request, out: Path | None = None, progress: Progress = silent
) -> Grouped:
    """Group all sightings into proposed individuals, and write CSV, JSON and HTML.

    Nothing is decided: no name is written. A killed run continues when it is asked for again.

    Args:
        project: the catalogue.
        request: how to cluster.
        out: the folder for the files; None: `cluster/run-<number>` in the project.
        progress: told how far it is.

    Raises:
        UserError: if there is nothing to cluster, the pipeline is not calibrated, or weights are
            not here or not allowed.
        PluginError: if a component is missing.
        ProjectError: if the disk is full.
    """
    way = way_of(project, request.pipeline)
    used = [each for part in way.parts for each in models_of(part.recipe, request.licences)]
    trusted = _trusted(project, way)
    rows = read_rows(project, way.profile)
    if not rows:
        raise UserError(
            "the project holds no animals yet; add photos with: fieldmark import FOLDER"
        )
    grounds = tuple(
        lay_ground(project, part, rows, rows, rows, request.workers, progress) for part in way.parts
    )
    asking, nodes = _asking(way, grounds, trusted, request)
    with project.writing() as session:
        options = {"state": asking.state, "join": request.join_from, "visit": request.same_visit}
        run = start_run(session, "cluster", options, way.recipe.fingerprint).id
    said = asked_all(asking, nodes, trusted, spots(project, rows), progress)
    work = Grouping(project, way, request, grounds, nodes, trusted)
    groups, survey = work.groups(said)
    models = tuple(with_unseen(each, way.profile, list(rows.values())) for each in used)
    survey = replace(survey, models=models)
    files = write_groups(groups, survey, out or project.folder / "cluster" / f"run-{run}")
    with project.writing() as session:
        finish_run(session, run, {"groups": len(groups), "files": [str(f) for f in files]})
    asking.forget()
    return Grouped(run, groups, survey, files)


def _trusted(project: Project, way: Way) -> Trusted:
    found = find(project, way)
    if found.trusted is None:
        raise UserError(f"groups are made from probabilities, but {found.why}")
    return found.trusted


def _asking(
    way: Way, grounds: Sequence[Ground], trusted: Trusted, request: Request
) -> tuple[Asking, dict[int, int]]:
    """Return who asks whom, and the node of each annotation."""
    queries = tuple(sorted(grounds[0].embedded.keys))
    asking = asking_of(way, grounds, queries, trusted.model.length)
    visits = request.same_visit == 1
    rules = EachVisit(asking.rules, grounds[0].rows, visits=visits)
    asking = replace(asking, rules=rules, state=f"{asking.state} visits {visits}")
    return asking, nodes_of(queries, asking.rules)
