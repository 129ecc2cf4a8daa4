"""A table for Timelapse, keyed as Timelapse keys its own: one row per photo.

A data field is filled where the template has one of that label; see docs/annotations.md.
"""

from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from fieldmark.exports.annotations.camtrap_terms import flag
from fieldmark.exports.annotations.outgoing import Exported, Outgoing, sides
from fieldmark.exports.csvfile import write_csv
from fieldmark.exports.shots import Shot
from fieldmark.files import replacing

COLUMNS = (
    "RootFolder", "File", "RelativePath", "DateTime", "DeleteFlag",
    "Station", "Species", "Animals", "IndividualID", "Side", "Encounter", "Person", "Vehicle",
    "Empty",
)  # fmt: skip
UNNAMED = "unknown"
"""An animal without a name, beside others in its photo."""


def write_timelapse(outgoing: Outgoing, out: Path) -> Exported:
    """Write one table; what is said of several animals is joined by `;`, in one order."""
    with replacing(out) as file:
        write_csv(file, COLUMNS, _rows(outgoing))
    return outgoing.exported(out)


def _rows(outgoing: Outgoing) -> Iterator[dict[str, object]]:
    base = outgoing.names.base if outgoing.terms.private else None
    for shot in outgoing.shots():
        folder, _, name = outgoing.file(shot).rpartition("/")
        yield {
            "RootFolder": base.name if base is not None else "",
            "File": name,
            "RelativePath": str(PureWindowsPath(folder)) if folder else "",  # as Timelapse has it
            "DateTime": shot.time.isoformat(" ", timespec="seconds") if shot.time else "",
            "DeleteFlag": "false",
            "Station": outgoing.names.station(shot.station),
            **_contents(shot),
        }


def _contents(shot: Shot) -> dict[str, object]:
    """Return what is in the photo; of one that nobody has looked at, nothing."""
    if not shot.looked:
        return {}
    animals, labels = shot.animals, {mark.label for mark in shot.marks}
    return {
        "Species": ";".join(dict.fromkeys(mark.species for mark in animals)),
        "Animals": len(animals),
        "IndividualID": _joined([mark.name or "" for mark in animals]),
        "Side": _joined(sides(animals)),
        "Encounter": ";".join(dict.fromkeys(str(mark.encounter or "") for mark in animals)),
        "Person": flag("person" in labels),
        "Vehicle": flag("vehicle" in labels),
        "Empty": flag(not labels),
    }


def _joined(values: list[str]) -> str:
    """Join one value per animal; empty where there is none for any."""
    return ";".join(value or UNNAMED for value in values) if any(values) else ""
