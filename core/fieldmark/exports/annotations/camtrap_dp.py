"""Camtrap DP 1.0.2, the exchange format of camera-trap data: a folder of three tables.

Every box is an observation of one medium; every individual in an encounter is an observation of
the event, which capture histories are made of. `individualID` holds the names. The format has no
word for the side of an animal; it is in `observationTags` as `side:left`.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fieldmark.exports.annotations.camtrap_deployments import rows as deployment_rows
from fieldmark.exports.annotations.camtrap_deployments import stands
from fieldmark.exports.annotations.camtrap_observations import Places, observations
from fieldmark.exports.annotations.camtrap_package import datapackage
from fieldmark.exports.annotations.camtrap_terms import TABLES, flag
from fieldmark.exports.annotations.outgoing import Exported, Outgoing
from fieldmark.exports.annotations.wildlife_insights import WITHOUT_TIME
from fieldmark.exports.annotations.zones import Zones
from fieldmark.exports.csvfile import write_csv
from fieldmark.exports.sharing import DIGITS
from fieldmark.exports.shots import Shot
from fieldmark.files import replacing

_KINDS = {".png": "image/png", ".tif": "image/tiff", ".tiff": "image/tiff", ".webp": "image/webp",
          ".bmp": "image/bmp"}  # fmt: skip


def write_camtrap_dp(outgoing: Outgoing, out: Path) -> Exported:
    """Write the package into a folder; its four files appear together, or none of them does.

    Photos without a time are left out, because the format demands one.

    Raises:
        UserError: if a clock's zone, or a place, is known to nobody.
    """
    zones = Zones(outgoing.session)
    found = stands(outgoing, zones)
    places = Places(zones, {one.number: one.key for one in found})
    rows = {
        "deployments": deployment_rows(outgoing, found),
        "media": _media(outgoing, places),
        "observations": observations(outgoing, places),
    }
    with ExitStack() as files:
        # Entered first, so it takes its place last: where it lies, the tables lie, too.
        package = files.enter_context(replacing(out / "datapackage.json"))
        package.write(_json(datapackage(outgoing, found)))
        for name, columns in TABLES.items():
            file = files.enter_context(replacing(out / f"{name}.csv"))
            write_csv(file, columns, rows[name], mark=False)
    return outgoing.exported(*(out / f"{name}.csv" for name in TABLES), out / "datapackage.json")


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _media(outgoing: Outgoing, places: Places) -> Iterator[dict[str, Any]]:
    for shot in outgoing.shots():
        if shot.time is None:
            outgoing.leave_out(shot, WITHOUT_TIME)
            continue
        path = outgoing.file(shot)
        yield {
            "mediaID": shot.sha256[:DIGITS],
            "deploymentID": places.deployments[shot.deployment],
            "captureMethod": "activityDetection",
            "timestamp": places.zones.stamp(shot.time, shot.zone, shot.deployment),
            "filePath": path,
            "filePublic": flag(not outgoing.terms.private and _harmless(shot)),
            "fileName": path.rpartition("/")[2],
            "fileMediatype": _KINDS.get(Path(path).suffix.lower(), "image/jpeg"),
            "mediaComments": _comments(shot),
        }


def _harmless(shot: Shot) -> bool:
    """Say whether it is known that nobody is in the photo but animals."""
    return shot.looked and all(mark.animal for mark in shot.marks)


def _comments(shot: Shot) -> str:
    day = "only the day is known, not the time" if shot.whole_day else ""
    doubt = f"the time is not believed: {shot.time_flag}" if shot.time_flag else ""
    return "; ".join(part for part in (day, doubt) if part)
