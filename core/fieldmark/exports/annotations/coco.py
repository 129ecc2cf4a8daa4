"""COCO Camera Traps, with who each animal is and which side it shows.

The format: megadetector/data_management/README.md of github.com/agentmorris/MegaDetector. It has
no field for individuals; `name` and `viewpoint` are those of the re-identification data sets on
LILA, `____` meaning that nobody knows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fieldmark import __version__
from fieldmark.catalog.tables import utc_now
from fieldmark.exports.annotations.jsonfile import write_json
from fieldmark.exports.annotations.outgoing import Exported, Outgoing
from fieldmark.exports.sharing import DIGITS
from fieldmark.exports.shots import Mark, Shot, shots
from fieldmark.files import replacing

NAMELESS = "____"
EMPTY = 0
"""The category of a photo in which a detector saw nothing."""


def write_coco(outgoing: Outgoing, out: Path) -> Exported:
    """Write one JSON file; boxes are in pixels of the upright photo: left, top, width, height.

    A photo that nobody has looked at is among the images and has no annotation.
    """
    categories = _categories(outgoing)
    head = {
        "info": {
            "version": "1.0",
            "description": f"{outgoing.package.title}. {outgoing.terms.sentence}",
            "date_created": utc_now(),
            "contributor": f"fieldmark {__version__}",
        },
        "categories": [{"id": number, "name": name} for name, number in categories.items()],
    }
    with replacing(out) as file:
        write_json(
            file, head, images=_images(outgoing), annotations=_annotations(outgoing, categories)
        )
    return outgoing.exported(out)


def _categories(outgoing: Outgoing) -> dict[str, int]:
    labels = [label for label in outgoing.labels_there() if label != "animal"]
    species = [one for one in outgoing.species_there() if one not in {"empty", *labels}]
    names = ("empty", *species, *labels)
    return {name: number for number, name in enumerate(names)}


def _images(outgoing: Outgoing) -> Iterator[dict[str, Any]]:
    for shot in outgoing.shots():
        yield {
            "id": shot.sha256[:DIGITS],
            "file_name": outgoing.file(shot),
            "width": shot.width,
            "height": shot.height,
            **_context(outgoing, shot),
        }


def _context(outgoing: Outgoing, shot: Shot) -> dict[str, Any]:
    """Return when, where and in which visit, as far as it is known."""
    found: dict[str, Any] = {}
    if shot.time is not None:
        found["datetime"] = shot.time.isoformat(" ", timespec="seconds")
    if shot.station is not None:
        found["location"] = outgoing.names.station(shot.station)
    visits = [mark.encounter for mark in shot.animals if mark.encounter is not None]
    if visits:
        found["seq_id"] = str(min(visits))
    return found


def _annotations(outgoing: Outgoing, categories: dict[str, int]) -> Iterator[dict[str, Any]]:
    for shot in shots(outgoing.session):
        image = shot.sha256[:DIGITS]
        for mark in shot.marks:
            yield {"id": str(mark.id), "image_id": image, **_described(shot, mark, categories)}
        if shot.looked and not shot.marks:
            yield {"id": f"empty-{shot.id}", "image_id": image, "category_id": EMPTY}


def _described(shot: Shot, mark: Mark, categories: dict[str, int]) -> dict[str, Any]:
    category = mark.species if mark.animal else mark.label
    found: dict[str, Any] = {"category_id": categories.get(category, EMPTY)}
    if mark.boxed:
        found["bbox"] = _pixels(shot, mark)
    if mark.score is not None:
        found["score"] = round(mark.score, 4)
    if mark.animal:
        found |= {"name": mark.name or NAMELESS, "viewpoint": str(mark.side)}
    return found


def _pixels(shot: Shot, mark: Mark) -> list[float]:
    box = mark.box
    corners = (box.x * shot.width, box.y * shot.height, box.w * shot.width, box.h * shot.height)
    return [round(value, 3) for value in corners]
