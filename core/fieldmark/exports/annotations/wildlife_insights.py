"""images.csv of Wildlife Insights' batch upload: one row per animal, or one for a blank photo.

The format: github.com/ConservationInternational/Wildlife-Insights----Data-Migration. Its other
three tables (projects, cameras, deployments) describe the study, and are written by hand.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fieldmark.exports.annotations.outgoing import Exported, Outgoing
from fieldmark.exports.csvfile import write_csv
from fieldmark.exports.shots import Mark, Shot
from fieldmark.files import replacing

COLUMNS = (
    "project_id", "deployment_id", "image_id", "location", "identified_by", "wi_taxon_id",
    "class", "order", "family", "genus", "species", "common_name", "uncertainty", "timestamp",
    "number_of_objects", "highlighted", "age", "sex", "animal_recognizable", "individual_id",
    "individual_animal_notes", "markings",
)  # fmt: skip
WITHOUT_TIME = "photos were left out because nobody knows when they were taken"
_WORDS = {"person": "Human", "vehicle": "Vehicle"}


def write_wildlife_insights(outgoing: Outgoing, out: Path) -> Exported:
    """Write images.csv in a folder; unseen photos, and those without a time, are left out."""
    path = out / "images.csv"
    with replacing(path) as file:
        write_csv(file, COLUMNS, _rows(outgoing), mark=False)
    return outgoing.exported(path)


def _rows(outgoing: Outgoing) -> Iterator[dict[str, Any]]:
    for shot in outgoing.looked_at():
        if shot.time is None:
            outgoing.leave_out(shot, WITHOUT_TIME)
            continue
        photo = _photo(outgoing, shot)
        for mark in shot.marks:
            yield photo | _described(outgoing, mark)
        if not shot.marks:
            yield photo | {"common_name": "Blank", "number_of_objects": 1}


def _photo(outgoing: Outgoing, shot: Shot) -> dict[str, Any]:
    assert shot.time is not None  # noqa: S101 - the caller left the others out
    return {
        "project_id": outgoing.species,
        "deployment_id": outgoing.names.station(shot.station) or "no-station",
        "image_id": shot.sha256[:16],
        "location": outgoing.file(shot),
        "timestamp": shot.time.isoformat(" ", timespec="seconds"),
        "highlighted": 0,
    }


def _described(outgoing: Outgoing, mark: Mark) -> dict[str, Any]:
    if not mark.animal:
        word = _WORDS.get(mark.label, mark.label)
        return {"common_name": word, "number_of_objects": 1}
    genus, _, species = outgoing.scientific(mark.species).partition(" ")
    known = mark.name is not None
    return {
        "identified_by": outgoing.names.person(mark.named_by),
        "genus": genus if species else "",
        "species": species,
        "common_name": mark.species,
        "number_of_objects": 1,
        "animal_recognizable": "Yes" if known else "",
        "individual_id": mark.name or "",
        "individual_animal_notes": "" if mark.side == "unknown" else f"side:{mark.side}",
    }
