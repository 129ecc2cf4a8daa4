"""observations.csv of Camtrap DP: by medium with its boxes, then by event with its individuals."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fieldmark.exports.annotations.camtrap_terms import observation_type
from fieldmark.exports.annotations.outgoing import Outgoing
from fieldmark.exports.annotations.visits import Present, Visit, visits
from fieldmark.exports.annotations.zones import Zones
from fieldmark.exports.sharing import DIGITS
from fieldmark.exports.shots import Mark, Shot, shots

_PAGE = 500


@dataclass(frozen=True)
class Places:
    """The zones of the clocks, and the ID of each deployment by its number in the catalogue."""

    zones: Zones
    deployments: dict[int | None, str]


def observations(outgoing: Outgoing, places: Places) -> Iterator[dict[str, Any]]:
    """Yield the rows of the table."""
    for page in _pages(outgoing):
        wanted = {mark.encounter for shot in page for mark in shot.animals}
        known = {number for number in wanted if number is not None}
        events = {one.encounter: one for one in visits(outgoing.session, known)}
        for shot in page:
            yield from _of_photo(outgoing, places, shot, events)
    for visit in visits(outgoing.session):
        yield from _of_event(outgoing, places, visit)


def _pages(outgoing: Outgoing) -> Iterator[list[Shot]]:
    stream = (shot for shot in shots(outgoing.session) if shot.time is not None)
    while page := list(islice(stream, _PAGE)):
        yield page


def _of_photo(
    outgoing: Outgoing, places: Places, shot: Shot, events: dict[int, Visit]
) -> Iterator[dict[str, Any]]:
    media = {
        "deploymentID": places.deployments[shot.deployment],
        "mediaID": shot.sha256[:DIGITS],
        "observationLevel": "media",
    }
    moment = _moment(places, shot)
    for mark in shot.marks:
        event = events.get(mark.encounter or 0) if mark.animal else None
        when = moment if event is None else _period(places, event)
        yield media | when | {"observationID": f"A{mark.id}", **_described(outgoing, mark)}
    if not shot.marks:
        kind = "blank" if shot.looked else "unclassified"
        yield media | moment | {"observationID": f"P{shot.id}", "observationType": kind}


def _moment(places: Places, shot: Shot) -> dict[str, str]:
    assert shot.time is not None  # noqa: S101 - the caller left the others out
    stamp = places.zones.stamp(shot.time, shot.zone, shot.deployment)
    return {"eventStart": stamp, "eventEnd": stamp}


def _period(places: Places, visit: Visit) -> dict[str, str]:
    return {
        "eventID": f"E{visit.encounter}",
        "eventStart": places.zones.stamp(visit.begin, visit.zone, visit.deployment),
        "eventEnd": places.zones.stamp(visit.end, visit.zone, visit.deployment),
    }


def _described(outgoing: Outgoing, mark: Mark) -> dict[str, Any]:
    found: dict[str, Any] = {"observationType": observation_type(mark.label), "count": 1}
    if mark.animal:
        found |= {
            "scientificName": outgoing.scientific(mark.species),
            "individualID": mark.name or "",
            "observationTags": _tags([str(mark.side)]),
        }
    return found | _box(mark) | _classified(outgoing, mark)


def _box(mark: Mark) -> dict[str, float]:
    if not mark.boxed:
        return {}
    box = mark.box
    corners = {"bboxX": box.x, "bboxY": box.y, "bboxWidth": box.w, "bboxHeight": box.h}
    return {name: round(value, 6) for name, value in corners.items()}


def _classified(outgoing: Outgoing, mark: Mark) -> dict[str, Any]:
    """Say whether a person or a machine says what it is; nothing where an import said so."""
    by = mark.named_by
    if by is not None and by != mark.source and not by.startswith("import:"):
        return {"classificationMethod": "human", "classifiedBy": outgoing.names.person(by)}
    if mark.score is None:
        return {}
    return {
        "classificationMethod": "machine",
        "classifiedBy": outgoing.names.detector(mark.source),
    }


def _of_event(outgoing: Outgoing, places: Places, visit: Visit) -> Iterator[dict[str, Any]]:
    event = {
        "deploymentID": places.deployments[visit.deployment],
        "observationLevel": "event",
        "observationType": "animal",
        **_period(places, visit),
    }
    for number, present in enumerate(visit.present, 1):
        one = f"E{visit.encounter}-{number}"
        yield event | {"observationID": one, **_counted(outgoing, present)}


def _counted(outgoing: Outgoing, present: Present) -> dict[str, Any]:
    return {
        "scientificName": outgoing.scientific(present.species),
        "count": present.count,
        "individualID": present.name or "",
        "observationTags": _tags(list(present.sides)),
    }


def _tags(sides: list[str]) -> str:
    return " | ".join(f"side:{side}" for side in sides if side != "unknown")
