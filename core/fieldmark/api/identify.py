"""The main job: who is on each photo?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from fieldmark.api.calibrations import Found, find
from fieldmark.api.facts import facts_of
from fieldmark.api.ground import Ground, Way, lay_ground, read_rows, way_of
from fieldmark.api.models_used import models_of, with_unseen
from fieldmark.api.named import asking_of
from fieldmark.api.probable import Run, search_probable
from fieldmark.api.rivals import with_rivals
from fieldmark.api.sightings import ranked, sighting
from fieldmark.api.threshold import threshold_of
from fieldmark.cache import FeatureCache
from fieldmark.catalog import (
    AnnotationRow,
    Project,
    StoredCandidate,
    annotation_by_reference,
    answered,
    contradictions,
    counts,
    finish_run,
    read_candidates,
    start_run,
    write_candidates,
)
from fieldmark.errors import UserError
from fieldmark.jobs import Progress, default_workers, silent
from fieldmark.pipeline.search import read_query, search
from fieldmark.report.html import CANDIDATES, write_report
from fieldmark.report.tables import write_csv, write_json
from fieldmark.report.view import Facts, Identified
from fieldmark.types import Candidate, Explanation
from fieldmark_registry.licences import Policy


@dataclass(frozen=True)
class Request:
    """What to identify, and how.

    Attributes:
        pipeline: of the project's profile; None: its default.
        queries: `new` (annotations without a name), `all`, or references to annotations.
        gallery: `all`, or only `named` annotations.
        k: how many candidates to keep for each query.
        workers: processes that make features.
        species: another profile than the project's; None: the project's.
        licences: `permissive` refuses weights whose licence does not allow every use.
        false_match: the share of the proposals that may be wrong; None: that of the calibration.
        new_share: the share of the queries that you expect to be new animals; None: as calibrated.
    """

    pipeline: str | None = None
    queries: Literal["new", "all"] | tuple[str, ...] = "new"
    gallery: Literal["all", "named"] = "all"
    k: int = 10
    workers: int = field(default_factory=default_workers)
    species: str | None = None
    licences: Policy = "any"
    false_match: float | None = None
    new_share: float | None = None


@dataclass(frozen=True)
class Identification:
    """What came out.

    Attributes:
        run: its number in the catalogue.
        results: one for each query that could be worked, in the order of annotations.
        facts: how it was made, and what was left out.
        files: the CSV, the JSON and the pages of the HTML report.
    """

    run: int
    results: tuple[Identified, ...]
    facts: Facts
    files: tuple[Path, ...]


def identify(
    project: Project, request: Request, out: Path | None = None, progress: Progress = silent
) -> Identification:
    """Rank the individuals that each query may be, and write CSV, JSON and an HTML report.

    Where the pipeline is calibrated, they come with probabilities and proposals. Nothing is
    decided. A killed identification continues when it is asked for again.

    Args:
        project: the catalogue.
        request: what to identify.
        out: the folder for the files; None: `identify/run-<number>` in the project.
        progress: told how far it is.

    Raises:
        UserError: if there is nothing to identify, the profile or a reference is wrong, weights
            are not here or not allowed, or a pipeline that combines others is not calibrated.
        PluginError: if a component is missing.
        ProjectError: if the disk is full.
    """
    way = way_of(project, request.pipeline, request.species)
    used = [each for part in way.parts for each in models_of(part.recipe, request.licences)]
    found = _calibration(project, way, request)
    rows = read_rows(project, way.profile)
    queries = _queries(project, request, rows)
    found = _among_named(found, way, rows)
    named = request.gallery == "named" or found.trusted is not None
    gallery = [row.id for row in rows.values() if not named or row.individual_name]
    grounds = tuple(
        lay_ground(project, part, rows, queries, gallery, request.workers, progress)
        for part in way.parts
    )
    asked = [number for number in queries if number in grounds[0].embedded.keys]
    run = _search(project, request, (way, grounds, found), asked, progress)
    results = with_rivals(tuple(_results(project, run, grounds, progress)), rows, grounds[0].rules)
    with project.reading() as session:
        clashes = contradictions(session)
        facts = facts_of(way, grounds, counts(session), clashes, gallery, queries, results)
    asked_for = [rows[number] for number in queries]
    models = tuple(with_unseen(each, way.profile, asked_for) for each in used)
    facts = replace(_trusted(facts, found, request, grounds), models=models)
    files = _write(results, facts, out or project.folder / "identify" / f"run-{run.id}", progress)
    with project.writing() as session:
        finish_run(session, run.id, {"queries": len(queries), "files": [str(f) for f in files]})
    run.forget()
    return Identification(run.id, results, facts, files)


def _calibration(project: Project, way: Way, request: Request) -> Found:
    """Return the calibration at the rate of error that is asked for; raises as `find`."""
    found = find(project, way)
    if found.trusted is not None:
        return replace(found, trusted=found.trusted.at(request.false_match))
    if request.false_match is not None or request.new_share is not None:
        raise UserError(f"a rate of error can only be kept by probabilities, but {found.why}")
    return found


def _among_named(found: Found, way: Way, rows: Mapping[int, AnnotationRow]) -> Found:
    """Return the calibration if anybody has a name: probabilities are about named animals.

    They are learnt among those. A second photo of one animal without a name would stand as another
    candidate, and make the right one look doubtful.
    """
    if found.trusted is None or any(row.individual_name for row in rows.values()):
        return found
    why = "nobody here has a name yet, and probabilities are about named animals"
    if len(way.parts) > 1:
        raise UserError(
            f"{way.recipe.name} needs probabilities, but {why}; name some animals first"
        )
    return replace(found, trusted=None, why=why)


def _trusted(facts: Facts, found: Found, request: Request, grounds: Sequence[Ground]) -> Facts:
    """Return the facts with how far the result can be trusted."""
    if found.trusted is None:
        facts = replace(facts, remarks=(*facts.remarks, f"no probabilities: {found.why}"))
        return replace(facts, threshold=threshold_of(grounds[0]))
    calibrated = found.trusted.facts(request.new_share)
    if unnamed := sum(not row.individual_name for row in grounds[0].rows.values()):
        remark = (
            f"the {unnamed} annotations without a name were compared with named animals alone, and"
            " not with one another, because probabilities are learnt from names; to group them,"
            " type: fieldmark cluster"
        )
        facts = replace(facts, remarks=(*facts.remarks, remark))
    fitted, here = calibrated.individuals, facts.individuals
    if max(fitted, here) > 2 * min(fitted, here):
        remark = (
            f"the probabilities were fitted among {fitted} individuals and this gallery names"
            f" {here}; what a score means changes with the gallery, so calibrate again"
        )
        facts = replace(facts, remarks=(*facts.remarks, remark))
    return replace(facts, calibrated=calibrated)


def _queries(project: Project, request: Request, rows: Mapping[int, AnnotationRow]) -> list[int]:
    if isinstance(request.queries, tuple):
        with project.reading() as session:
            found = [annotation_by_reference(session, text).id for text in request.queries]
        return sorted(set(found) & rows.keys())
    queries = [r.id for r in rows.values() if request.queries == "all" or not r.individual_name]
    if not queries:
        raise UserError(_nothing(len(rows)))
    return queries


def _nothing(annotations: int) -> str:
    if not annotations:
        return "the project holds no animals yet; add photos with: fieldmark import FOLDER"
    return (
        "every annotation has a name already; add new photos with: fieldmark import FOLDER,"
        " or test the pipeline on the named ones with: fieldmark identify --queries all"
    )


def _search(
    project: Project,
    request: Request,
    means: tuple[Way, Sequence[Ground], Found],
    asked: Sequence[int],
    progress: Progress,
) -> Run:
    """Search with probabilities where the pipeline is calibrated, with scores where it is not."""
    way, grounds, found = means
    if found.trusted is None:
        return Run(_search_scores(project, request, grounds[0], asked, progress))
    asking = asking_of(way, grounds, asked, found.trusted.model.length)
    wanted = request.k, request.new_share
    return search_probable(project, found.trusted, grounds, asking, asked, wanted, progress)


def _search_scores(
    project: Project, request: Request, ground: Ground, asked: Sequence[int], progress: Progress
) -> int:
    """Search what this run has not answered yet; return the run's number."""
    recipe = ground.method.recipe
    options = {"k": request.k, "pipeline": recipe.name, "state": ground.state(asked)}
    with project.writing() as session:
        run = start_run(session, "identify", options, recipe.fingerprint).id
        done = answered(session, run)
    left = [number for number in asked if number not in done]
    count = len(asked) - len(left)
    for answers in search(
        left, ground.embedded.keys, ground.index, ground.rules, ground.cache, request.k
    ):
        with project.writing() as session:
            for answer in answers:
                stored = [_stored(candidate) for candidate in answer.candidates]
                write_candidates(session, run, answer.query, stored, answer.note or "")
        count += len(answers)
        progress(count, len(asked), f"search ({recipe.match.name})")
    return run


def _stored(candidate: Candidate) -> StoredCandidate:
    # The rules give negative numbers to animals that nobody has named yet.
    individual = candidate.individual if candidate.individual > 0 else None
    return StoredCandidate(individual, candidate.score, None, candidate.annotations)


def _results(
    project: Project, run: Run, grounds: Sequence[Ground], progress: Progress
) -> Iterator[Identified]:
    rows = grounds[0].rows
    with project.reading() as session:
        notes = answered(session, run.id)
        stored = dict(read_candidates(session, run.id))
    for done, (number, candidates) in enumerate(stored.items(), start=1):
        explained = _explained(number, candidates[:CANDIDATES], grounds)
        found = ranked(candidates, rows, explained)
        yield run.with_said(Identified(sighting(rows[number]), found, notes[number] or None))
        progress(done, len(stored), "explanations")


def _explained(
    query: int, candidates: Sequence[StoredCandidate], grounds: Sequence[Ground]
) -> Mapping[int, Explanation]:
    """Return why each candidate is alike, by the first part that can say where."""
    found: dict[int, Explanation] = {}
    for ground in grounds:
        new = explanations(query, candidates, ground)
        found |= {number: why for number, why in new.items() if not len(found.get(number, ()))}
    return found


def _write(
    results: Sequence[Identified], facts: Facts, out: Path, progress: Progress
) -> tuple[Path, ...]:
    tables = out / "candidates.csv", out / "candidates.json"
    write_csv(results, facts, tables[0])
    write_json(results, facts, tables[1])

    def page_done(done: int, total: int) -> None:
        progress(done, total, "report pages")

    return (*tables, *write_report(results, facts, out / "report.html", page_done))


def explanations(
    query: int, candidates: Sequence[StoredCandidate], ground: Ground
) -> dict[int, Explanation]:
    """Return what the query shares with the best annotation of each candidate."""
    keys = ground.embedded.keys
    asked = read_query(query, keys, FeatureCache(ground.cache)) if query in keys else None
    if asked is None:
        return {}
    here = set(ground.index.ids.tolist())
    best = [each.annotations[0] for each in candidates if each.annotations[0] in here]
    return dict(zip(best, ground.index.explain(asked, best, ground.rules), strict=True))
