"""MegaDetector's JSON, format 1.6: boxes by photo, for every program that reads detections.

The format: https://lila.science/megadetector-output-format.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from fieldmark import __version__
from fieldmark.catalog import tables as t
from fieldmark.catalog.places import Roots
from fieldmark.exports.annotations.jsonfile import write_json
from fieldmark.exports.annotations.outgoing import Exported, Outgoing
from fieldmark.exports.shots import Mark, Shot
from fieldmark.files import replacing

VERSION = "1.6"
UNBOXED = "photos were left out because nobody boxed what is in them; run: fieldmark detect"
_PAGE = 500


def write_megadetector(outgoing: Outgoing, out: Path) -> Exported:
    """Write one JSON file; photos without animals have an empty list, unreadable ones a failure.

    A box that a person or a table drew has the confidence 1.
    """
    categories = {label: str(n) for n, label in enumerate(outgoing.labels_there(), 1)}
    head = {
        "info": {
            "format_version": VERSION,
            "detector": _detectors(outgoing),
            "detection_completion_time": t.utc_now().replace("T", " ").removesuffix("Z"),
            "fieldmark": {"version": __version__, "terms": outgoing.terms.sentence},
        },
        "detection_categories": {number: label for label, number in categories.items()},
    }
    with replacing(out) as file:
        write_json(file, head, images=_entries(outgoing, categories))
    return outgoing.exported(out)


def _detectors(outgoing: Outgoing) -> str:
    p = t.Photo
    query = select(p.detector).where(p.detector.is_not(None)).distinct().order_by(p.detector)
    found = {outgoing.names.detector(one): None for one in outgoing.session.scalars(query)}
    return ", ".join(found) or "none: boxes were drawn by people"


def _entries(outgoing: Outgoing, categories: dict[str, str]) -> Iterator[dict[str, Any]]:
    for shot in outgoing.looked_at():
        if shot.detector is None and not any(mark.boxed for mark in shot.marks):
            outgoing.leave_out(shot, UNBOXED)  # the format knows boxes and nothing else
        else:
            yield _entry(outgoing, shot, categories)
    yield from _failures(outgoing)


def _entry(outgoing: Outgoing, shot: Shot, categories: dict[str, str]) -> dict[str, Any]:
    seen = [_detection(mark, categories) for mark in shot.marks if mark.boxed]
    return {"file": outgoing.file(shot), "detections": seen}


def _detection(mark: Mark, categories: dict[str, str]) -> dict[str, Any]:
    box = [round(value, 6) for value in (mark.box.x, mark.box.y, mark.box.w, mark.box.h)]
    score = 1.0 if mark.score is None else round(mark.score, 4)
    return {"category": categories[mark.label], "conf": score, "bbox": box}


def _failures(outgoing: Outgoing) -> Iterator[dict[str, Any]]:
    """Yield the files that are no photos; a shareable export tells neither their name nor place."""
    r, private, last = t.RejectedFile, outgoing.terms.private, 0
    roots, session = Roots(outgoing.session), outgoing.session
    query = select(r.id, r.root_id, r.path, r.reason).order_by(r.id).limit(_PAGE)
    while page := session.execute(query.where(r.id > last)).all():
        for number, root, below, reason in page:
            path = outgoing.names.file("", None, roots.path(root, below)) if private else None
            yield {
                "file": path or f"unreadable/{number}.jpg",
                "detections": None,
                "failure": reason if private else "the file could not be read as a photo",
            }
        last = page[-1].id
