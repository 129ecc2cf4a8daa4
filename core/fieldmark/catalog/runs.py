"""Runs and what they answered, so that a killed command continues where it stopped."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.places import Roots
from fieldmark.catalog.rows import RejectedRow, RunRow, StoredCandidate


def start_run(
    session: Session,
    command: str,
    options: Mapping[str, Any],
    pipeline: str | None = None,
) -> RunRow:
    """Return the newest unfinished run of the same command, options and pipeline, or a new one.

    Args:
        session: from `Project.writing`.
        command: such as `identify`.
        options: values that JSON can hold; they tell this run from others.
        pipeline: the fingerprint of everything that the results depend on.
    """
    r = t.Run
    query = select(r).where(r.command == command, r.state == "running", r.pipeline == pipeline)
    for run in session.scalars(query.order_by(r.id.desc())):
        if run.options == dict(options):
            return _run(run)
    run = t.Run(
        command=command,
        options=dict(options),
        pipeline=pipeline,
        started=t.utc_now(),
        state="running",
        summary={},
    )
    session.add(run)
    session.flush()
    return _run(run)


def finish_run(
    session: Session,
    run_id: int,
    summary: Mapping[str, Any],
    state: Literal["done", "failed"] = "done",
) -> None:
    """Close a run with what it did; a failed one is not continued."""
    run = session.get_one(t.Run, run_id)
    run.state, run.finished, run.summary = state, t.utc_now(), dict(summary)


def runs(session: Session, command: str | None = None) -> list[RunRow]:
    """Return the runs, the newest first."""
    query = select(t.Run).order_by(t.Run.id.desc())
    if command is not None:
        query = query.where(t.Run.command == command)
    return [_run(run) for run in session.scalars(query)]


def _run(run: t.Run) -> RunRow:
    return RunRow(
        run.id, run.command, run.options, run.pipeline, run.started, run.finished,
        run.state, run.summary,
    )  # fmt: skip


def write_candidates(
    session: Session,
    run_id: int,
    annotation: int,
    candidates: Sequence[StoredCandidate],
    note: str = "",
) -> None:
    """Store the answer to a query, the best candidate first; an empty one counts as answered.

    A query that the run has answered already keeps its answer: another process was given the
    same command, continues the same run, and was quicker.
    """
    if session.get(t.Answer, (run_id, annotation)) is not None:
        return
    session.add(t.Answer(run_id=run_id, annotation_id=annotation, note=note))
    session.add_all(
        t.Candidate(
            run_id=run_id,
            annotation_id=annotation,
            rank=rank,
            individual_id=one.individual_id,
            score=one.score,
            probability=one.probability,
            annotations=list(one.annotations),
        )
        for rank, one in enumerate(candidates, start=1)
    )
    session.flush()


def answered(session: Session, run_id: int) -> dict[int, str]:
    """Return the queries that a run has answered, each with its note (mostly empty)."""
    a = t.Answer
    query = select(a.annotation_id, a.note).where(a.run_id == run_id).order_by(a.annotation_id)
    return {row.annotation_id: row.note for row in session.execute(query)}


def read_candidates(
    session: Session, run_id: int
) -> Iterator[tuple[int, tuple[StoredCandidate, ...]]]:
    """Yield (query, its candidates, the best first), in the order of queries."""
    for annotation in answered(session, run_id):
        c = t.Candidate
        query = select(c).where(c.run_id == run_id, c.annotation_id == annotation)
        yield annotation, tuple(_candidate(one) for one in session.scalars(query.order_by(c.rank)))


def _candidate(one: t.Candidate) -> StoredCandidate:
    return StoredCandidate(one.individual_id, one.score, one.probability, tuple(one.annotations))


def rejected_files(session: Session) -> Iterator[RejectedRow]:
    """Yield the files that could not be used, in the order of their paths."""
    roots, f = Roots(session), t.RejectedFile
    for row in session.scalars(select(f).order_by(f.root_id, f.path)):
        yield RejectedRow(roots.path(row.root_id, row.path), row.reason, row.run_id, row.at)
