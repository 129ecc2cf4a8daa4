"""A clustered survey as CSV, JSON and HTML: who is thought to be whom, and how surely."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from fieldmark.files import write_text
from fieldmark.report.crops import crop
from fieldmark.report.view import Model, Sighting, whereabouts

THUMBNAIL = 150
"""Pixels: enough to see a coat, and small enough for hundreds on a page."""
SHOWN = 12
"""Thumbnails of one group; the tables hold all of its photos."""
PER_PAGE = 100
COLUMNS = (
    "group",
    "name",
    "annotation",
    "photo",
    "station",
    "captured_at",
    "side",
    "encounter",
    "photos_in_group",
    "weakest_join",
    "nearest_group",
    "nearest_probability",
)


@dataclass(frozen=True)
class Nearest:
    """The group that comes next.

    Attributes:
        probability: that the likest pair of sightings of the two shows one animal.
    """

    label: str
    probability: float


@dataclass(frozen=True)
class Group:
    """Sightings that are thought to show one animal.

    Attributes:
        number: from 1.
        name: of the individual that it holds; None: nobody has named it.
        weakest: the probability of a pair of sightings at the weakest join; None: nothing was
            joined by evidence.
        nearest: None: it was compared with nobody it could be.
    """

    number: int
    name: str | None
    sightings: tuple[Sighting, ...]
    weakest: float | None
    nearest: Nearest | None

    @property
    def label(self) -> str:
        """What to call it."""
        return self.name or f"group {self.number}"

    @property
    def sides(self) -> frozenset[str]:
        """The sides that are seen."""
        return frozenset(str(sighting.side) for sighting in self.sightings)

    @property
    def encounters(self) -> int:
        """How often it was met; a photo without encounter counts for itself."""
        return len({-s.id if s.encounter is None else s.encounter for s in self.sightings})


@dataclass(frozen=True)
class Flanks:
    """How many groups are known from which flank.

    Attributes:
        left, right: groups with a photo of that flank.
        linked: groups with both.
        least: animals that there must be if the groups are right: those known from one flank may
            be the same as those known from the other.
        most: animals if they are not.
    """

    left: int
    right: int
    linked: int
    least: int
    most: int


@dataclass(frozen=True)
class Survey:
    """How the groups were made, and what a reader must know.

    Attributes:
        flanks: None: the profile compares opposite flanks.
        doubles: named pairs that look like one animal, and the probability.
        contradictions: what could not be joined, because people or photos say both; sentences.
        skipped: what could not be used: its name, and why.
    """

    species: str
    pipeline: str
    fingerprint: str
    version: str
    calibration: str
    annotations: int
    nodes: int
    join_from: float
    same_visit: float
    flanks: Flanks | None
    doubles: tuple[tuple[str, str, float], ...] = ()
    contradictions: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    models: tuple[Model, ...] = ()


def count_flanks(groups: Sequence[Group]) -> Flanks:
    """Return how many groups are known from which flank.

    A group without either is somebody new, or any of the others.
    """
    left = {group.number for group in groups if "left" in group.sides}
    right = {group.number for group in groups if "right" in group.sides}
    linked = len(left & right)
    least = linked + max(len(left - right), len(right - left))
    return Flanks(len(left), len(right), linked, max(least, min(len(groups), 1)), len(groups))


def write_groups(groups: Sequence[Group], survey: Survey, folder: Path) -> tuple[Path, ...]:
    """Write `groups.csv`, `groups.json` and the pages of `groups.html`; return them."""
    tables = folder / "groups.csv", folder / "groups.json"
    _write_csv(groups, tables[0])
    document = {"survey": asdict(survey), "groups": [_entry(group) for group in groups]}
    write_text(tables[1], json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return (*tables, *_write_pages(groups, survey, folder / "groups.html"))


def _write_csv(groups: Sequence[Group], path: Path) -> None:
    """Write UTF-8 CSV with a byte-order mark, which Excel needs to read names rightly."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for group in groups:
        for sighting in group.sightings:
            seen = _described(sighting)
            near = group.nearest
            writer.writerow([
                group.number,
                group.name or "",
                *("" if seen[name] is None else seen[name] for name in COLUMNS[2:8]),
                len(group.sightings),
                "" if group.weakest is None else f"{group.weakest:.3f}",
                "" if near is None else near.label,
                "" if near is None else f"{near.probability:.3f}",
            ])  # fmt: skip
    write_text(path, "\ufeff" + text.getvalue())


def _entry(group: Group) -> dict[str, Any]:
    return {
        "group": group.number,
        "name": group.name,
        "weakest_join": group.weakest,
        "nearest": None if group.nearest is None else asdict(group.nearest),
        "encounters": group.encounters,
        "sightings": [_described(sighting) for sighting in group.sightings],
    }


def _described(sighting: Sighting) -> dict[str, Any]:
    moment = sighting.captured_at
    return {
        "annotation": sighting.id,
        "photo": sighting.name,
        "station": sighting.station,
        "captured_at": moment.isoformat(sep=" ") if moment else None,
        "side": str(sighting.side),
        "encounter": sighting.encounter,
    }


def _write_pages(groups: Sequence[Group], survey: Survey, path: Path) -> Iterator[Path]:
    environment = Environment(
        loader=PackageLoader("fieldmark.report"),
        autoescape=select_autoescape(["html.j2", "j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("groups.html.j2")
    starts = range(0, max(len(groups), 1), PER_PAGE)
    pages = [path, *(path.with_stem(f"{path.stem}-{n}") for n in range(2, len(starts) + 1))]
    for here, (page, start) in enumerate(zip(pages, starts, strict=True)):
        shown = [(group, list(_thumbnails(group))) for group in groups[start : start + PER_PAGE]]
        links = [other.name for other in pages]
        write_text(
            page,
            template.render(
                survey=survey, shown=shown, links=links, here=here, total=len(groups),
                alone=sum(group.encounters == 1 for group in groups), size=THUMBNAIL,
            ),
        )  # fmt: skip
        yield page


def _thumbnails(group: Group) -> Iterator[tuple[str, str]]:
    for sighting in group.sightings[:SHOWN]:
        uri = crop(sighting, THUMBNAIL, THUMBNAIL).data_uri()
        yield uri, " · ".join(filter(None, (sighting.name, whereabouts(sighting))))
