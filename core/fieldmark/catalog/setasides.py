"""Annotations that a pipeline does not identify: kept with the reason, brought back at will."""

from collections.abc import Collection, Iterator
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.places import in_pages
from fieldmark.catalog.rows import SetAsideRow


def set_aside(session: Session, annotation: int, pipeline: str, reason: str) -> None:
    """Remember why `pipeline` (a fingerprint) leaves an annotation out; the last reason counts."""
    values = {"reason": reason, "at": t.utc_now()}
    row = insert(t.SetAside).values(annotation_id=annotation, pipeline=pipeline, **values)
    columns = [t.SetAside.annotation_id, t.SetAside.pipeline]
    session.execute(row.on_conflict_do_update(index_elements=columns, set_=values))


def set_asides(session: Session, pipeline: str | None = None) -> Iterator[SetAsideRow]:
    """Yield what is set aside, in the order of annotations; by any pipeline for None."""
    s = t.SetAside
    query = select(s.annotation_id, s.pipeline, s.reason, s.at).order_by(s.annotation_id, s.id)
    if pipeline is not None:
        query = query.where(s.pipeline == pipeline)
    for row in session.execute(query).all():
        yield SetAsideRow(*row)


def bring_back(
    session: Session, *, annotations: Collection[int] | None = None, pipeline: str | None = None
) -> int:
    """Forget set-asides: all, or those of some annotations or of one pipeline; return how many."""
    query = delete(t.SetAside)
    if pipeline is not None:
        query = query.where(t.SetAside.pipeline == pipeline)
    if annotations is None:
        return _rows(session, query)
    pages = in_pages(annotations)
    return sum(_rows(session, query.where(t.SetAside.annotation_id.in_(page))) for page in pages)


def _rows(session: Session, query: Delete) -> int:
    return cast("CursorResult[Any]", session.execute(query)).rowcount
