"""Asking a classifier which side of each animal is seen, where nobody has said so.

Every batch is one transaction, so a kill loses at most the batch that was being judged, and the
same command continues. Each annotation is judged for itself: the photos of one encounter may show
different sides.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice

from fieldmark.api.models_used import model_of
from fieldmark.api.weights import exact_weights, resolve_weights
from fieldmark.catalog import (
    AnnotationRow,
    Project,
    annotation_by_reference,
    annotations,
    bring_back,
    finish_run,
    set_aside,
    start_run,
)
from fieldmark.catalog.sides import (
    MODEL,
    SideCounts,
    SideSaid,
    open_sides,
    set_side,
    side_counts,
    write_sides,
)
from fieldmark.errors import UserError
from fieldmark.jobs import Failed, Progress, default_workers, silent
from fieldmark.pipeline.recipe import Step, resolve_side_classifier
from fieldmark.pipeline.sides import Asked, Court, Places, Verdict, build_court, verdicts
from fieldmark.pipeline.stages import Subject
from fieldmark.plugins import Plugins
from fieldmark.profile import Profile, find_profile, load_profile
from fieldmark.report.view import Model
from fieldmark.types import Judged, SetAside, Side
from fieldmark_registry.licences import Policy

BATCH = 64
"""Annotations kept in one transaction."""
ASIDE = "sides"
"""Under which word annotations are set aside that were never judged."""
_DIGITS = 12


@dataclass(frozen=True)
class SidesRequest:
    """What to judge.

    Attributes:
        redo: also annotations that this very classifier has judged before.
        workers: threads that prepare chips.
        species: another profile than the project's; None: the project's.
        licences: `permissive` refuses weights whose licence does not allow every use.
    """

    redo: bool = False
    workers: int = field(default_factory=default_workers)
    species: str | None = None
    licences: Policy = "any"


@dataclass(frozen=True)
class SidesTold:
    """What came of it.

    Attributes:
        by: the classifier: `model:` and the first digits of its fingerprint.
        done: annotations that were judged now, or set aside.
        counts: who says what in the whole catalogue.
        set_aside: why annotations were set aside now, and how many.
        failed: annotations that could not be judged, and why; they are tried again next time.
        models: the weights, and on what terms.
    """

    by: str
    done: int
    counts: SideCounts
    set_aside: Counter[str]
    failed: Sequence[tuple[str, str]]
    models: tuple[Model, ...]


def tell_sides(project: Project, request: SidesRequest, progress: Progress = silent) -> SidesTold:
    """Judge every annotation whose side no person and no import has said.

    Those that this classifier has judged stay as they are; those of another one, with other
    weights or options, are judged anew.

    Raises:
        UserError: if the profile names no classifier, or weights are not here or not allowed.
        PluginError: if a component, or a library it needs, is missing.
        ProjectError: if the disk is full.
    """
    plugins = Plugins.installed()
    found = find_profile(request.species or project.species, project.folder)
    steps = _steps(load_profile(found, plugins), plugins)
    models = tuple(model_of(step, request.licences).model for step in steps if step.weights)
    work = _Work(project, _by(steps), progress)
    with project.reading() as session:
        wanted = open_sides(session, but=None if request.redo else work.by)
    if wanted:
        places = Places(plugins, resolve_weights, project.cache)
        work.do(wanted, build_court(steps, places, request.workers))
    with project.reading() as session:
        counts = side_counts(session, work.by)
    return SidesTold(work.by, work.done, counts, work.aside, work.failed, models)


def _steps(profile: Profile, plugins: Plugins) -> tuple[Step, ...]:
    steps = resolve_side_classifier(profile, plugins, exact_weights)
    if not steps:
        raise UserError(
            f"the profile {profile.name} names no classifier of sides; train one with 'fieldmark"
            " train side --data PROJECT', and write the lines that it prints under 'sides:' of the"
            " profile"
        )
    return steps


def _by(steps: Iterable[Step]) -> str:
    text = "\n".join(step.fingerprint for step in steps)
    return MODEL + hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


class _Work:
    """One run over annotations, and what became of them."""

    def __init__(self, project: Project, by: str, progress: Progress) -> None:
        self._project = project
        self._progress = progress
        self.by = by
        self.done = 0
        self.aside: Counter[str] = Counter()
        self.failed: list[tuple[str, str]] = []

    def do(self, wanted: Collection[int], court: Court) -> None:
        """Judge the annotations and write what is seen, batch by batch."""
        project, total = self._project, len(wanted)
        with project.writing() as session:
            run = start_run(session, "sides", {"by": self.by}).id
        self._progress(0, total, "sides")
        judged = verdicts(self._asked(wanted), court)
        while batch := list(islice(judged, BATCH)):
            self._keep(batch)
            self._progress(self.done + len(self.failed), total, "sides")
        with project.writing() as session:
            facts = asdict(side_counts(session, self.by))
            facts["told"] = {str(side): number for side, number in facts["told"].items()}
            finish_run(session, run, {**facts, "judged": self.done, "failed": len(self.failed)})

    def _asked(self, wanted: Collection[int]) -> Iterator[Asked]:
        queue = iter(wanted)
        while numbers := list(islice(queue, BATCH)):
            with self._project.reading() as session:
                rows = list(annotations(session, ids=numbers))
            yield from (Asked(row.id, _subject(row, self._project)) for row in rows)

    def _keep(self, batch: Sequence[tuple[Asked, Verdict]]) -> None:
        with self._project.writing() as session:
            bring_back(session, annotations=[one.annotation for one, _ in batch], pipeline=ASIDE)
            for one, verdict in batch:
                if isinstance(verdict, SetAside):
                    set_aside(session, one.annotation, ASIDE, verdict.reason)
                    self.aside[verdict.reason] += 1
            write_sides(session, self._said(batch), self.by)

    def _said(self, batch: Sequence[tuple[Asked, Verdict]]) -> Iterator[SideSaid]:
        for one, verdict in batch:
            if isinstance(verdict, Failed):
                where = one.subject.photo if one.subject else f"annotation {one.annotation}"
                self.failed.append((str(where), verdict.reason))
                continue
            self.done += 1
            if isinstance(verdict, Judged):
                yield SideSaid(one.annotation, verdict.side, verdict.probability)
            else:
                yield SideSaid(one.annotation)


def _subject(row: AnnotationRow, project: Project) -> Subject | None:
    if row.path is None:
        return None
    mask = None if row.mask is None else project.folder / row.mask
    return Subject(row.path, row.box, row.side, mask)


def decide_side(project: Project, reference: str, side: Side, name: str) -> AnnotationRow:
    """Write what a person says of an annotation; return it as it was before.

    Raises:
        UserError: if there is no such annotation, or the name is empty.
    """
    if not name.strip():
        raise UserError("say who decides, as in: fieldmark sides set 17 left --by Ana")
    with project.reading() as session:
        row = annotation_by_reference(session, reference)
    with project.writing() as session:
        set_side(session, row.id, side, name.strip())
    return row
