"""Searching with a calibrated pipeline: probabilities into the catalogue, proposals beside it.

Nothing here is a decision: the log of decisions is written by people alone.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fieldmark.api.answers import Asking
from fieldmark.api.calibrations import Trusted
from fieldmark.api.ground import Ground
from fieldmark.api.named import spots
from fieldmark.api.proposing import Said, Terms, propose, visits_of
from fieldmark.api.sightings import label
from fieldmark.cache import FeatureCache
from fieldmark.catalog import Project, start_run, write_candidates
from fieldmark.jobs import Progress
from fieldmark.pipeline.search import (
    BATCH,
    NOTHING_ALIKE,
    NOTHING_SEEN,
    NOTHING_TO_COMPARE,
    read_query,
)
from fieldmark.report.view import Identified


@dataclass(frozen=True)
class Run:
    """A run whose candidates are in the catalogue.

    Attributes:
        said: what else is said of each query; empty where nothing is calibrated.
    """

    id: int
    said: Mapping[int, Said] = field(default_factory=dict)
    asking: Asking | None = None

    def with_said(self, result: Identified) -> Identified:
        """Return a result with what is proposed for it."""
        if (said := self.said.get(result.query.id)) is None:
            return result
        proposal = said.proposal
        if proposal.kind == "same" and result.candidates:
            proposal = replace(proposal, label=result.candidates[0].label)
        return replace(result, new=said.new, proposal=proposal, visit=said.visit)

    def forget(self) -> None:
        """Delete what was kept for the case of a kill."""
        if self.asking is not None:
            self.asking.forget()


def search_probable(
    project: Project,
    trusted: Trusted,
    grounds: Sequence[Ground],
    asking: Asking,
    asked: Sequence[int],
    wanted: tuple[int, float | None],
    progress: Progress,
) -> Run:
    """Search with one pipeline or several; return the run and what is proposed.

    Args:
        project: the catalogue.
        trusted: the calibration.
        grounds: of the pipeline's parts, the one that looks at everybody first.
        asking: the parts, and where answers are kept.
        asked: the queries.
        wanted: how many candidates to keep, and the share of new individuals to expect.
        progress: told how far it is.
    """
    k, new_share = wanted
    terms = Terms(
        trusted, _names(grounds[0]), spots(project, grounds[0].rows),
        visits_of(grounds[0].rows, asked), k, new_share,
    )  # fmt: skip
    run = _run(project, trusted, asking, wanted)
    said: dict[int, Said] = {}
    for some in propose(asking, asked, terms, BATCH):
        with project.writing() as session:
            for one in some:
                note = _note(one, grounds)
                write_candidates(session, run, one.query, one.candidates, note)
        said |= {one.query: one for one in some}
        progress(len(said), len(asked), f"search ({trusted.pipeline})")
    return Run(run, said, asking)


def _run(
    project: Project, trusted: Trusted, asking: Asking, wanted: tuple[int, float | None]
) -> int:
    learnt = hashlib.sha256(json.dumps(trusted.to_json()).encode()).hexdigest()
    options = {
        "k": wanted[0],
        "pipeline": trusted.pipeline,
        "state": asking.state,
        "calibration": learnt,
        "new_share": wanted[1],
    }
    with project.writing() as session:
        return start_run(session, "identify", options, trusted.fingerprint).id


def _names(ground: Ground) -> dict[int, str]:
    """Return what to call each individual of the gallery."""
    ids = ground.index.ids
    people, first = np.unique(ground.rules.individuals(ids), return_index=True)
    shown = (label(ground.rows[number]) for number in ids[first].tolist())
    return dict(zip(people.tolist(), shown, strict=True))


def _note(said: Said, grounds: Sequence[Ground]) -> str:
    """Return why there is no candidate; empty where there is one."""
    if said.candidates:
        return ""
    ground = grounds[0]
    if read_query(said.query, ground.embedded.keys, FeatureCache(ground.cache)) is None:
        return NOTHING_SEEN
    return NOTHING_TO_COMPARE if said.new is None else NOTHING_ALIKE
