"""Importing Camtrap DP 1.0 packages: deployments, media, and observations of media or of events.

https://camtrap-dp.tdwg.org, version 1.0.2. How the three are joined: an observation of a medium is
about that photo. One of an event is about the photos of its deployment between `eventStart` and
`eventEnd`, where these have no observation of their own. Where it is the event's only animal, and
a photo shows only one that nobody names, its name is that of the animal in the photo. `eventID`
becomes the encounter. Camtrap DP has no word for the side: it is read from `observationTags`, as
`viewpoint:left` or `side:left`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fieldmark.catalog.imports.camtrapdp_package import Package, open_package
from fieldmark.catalog.imports.camtrapdp_words import Observation, observation
from fieldmark.catalog.imports.csvrows import Row, Rows, said
from fieldmark.catalog.imports.gather import Gathered
from fieldmark.catalog.imports.index import Index, Spans
from fieldmark.catalog.imports.items import Animal, Item, Placement, Seen
from fieldmark.catalog.imports.labels import Naming
from fieldmark.catalog.imports.paths import PhotoFinder
from fieldmark.catalog.imports.places import coordinates
from fieldmark.catalog.imports.reading import Asked, Reading
from fieldmark.catalog.imports.summary import Tally
from fieldmark.catalog.imports.times import instant, zoned
from fieldmark.catalog.imports.values import UnusableError
from fieldmark.catalog.imports.videos import is_video
from fieldmark.catalog.project import Project
from fieldmark.types import Side


def read_camtrapdp(project: Project, asked: Asked, tally: Tally) -> Reading:
    """Look at the whole package, keep its observations in a temporary file, return what it says.

    Raises:
        UserError: if a table is missing, damaged, or of version 0.1.
    """
    package = open_package(asked.source)
    deployments = _deployments(package, tally)
    media = Rows(package.tables["media"], tally, ("mediaid", "deploymentid", "filepath"))
    total = media.count()
    about = Rows(package.tables["observations"], tally, ("observationid", "observationtype"))
    spans = Spans()
    try:
        index = Index(_about_media(about, spans, tally))
    except BaseException:
        spans.close()
        raise
    folder = asked.root or package.folder
    join = _Join(package, asked.naming(project, tally), tally)
    finder = PhotoFinder(folder, tally)
    reader = _Reader(media, folder, deployments, index, spans, join, finder, tally)
    words = "the deployment's location"
    return Reading("camtrap-dp", "camtrap-dp", reader.items(), total, words, table=True)


def _deployments(package: Package, tally: Tally) -> dict[str, Placement]:
    """Return the deployments; there are few of them, so they are kept in memory."""
    found = {}
    for where, row in Rows(package.tables["deployments"], tally, ("deploymentid",)):
        name = said(row, "deploymentid")
        if not name:
            tally.reject(where, "the deployment has no deploymentID")
            continue
        starts, zone = zoned(said(row, "deploymentstart"))
        ends, last_zone = zoned(said(row, "deploymentend"))
        latitude, longitude = coordinates(said(row, "latitude"), said(row, "longitude"))
        station = said(row, "locationname", "locationid") or name
        timezone = zone if zone == last_zone else ""  # two offsets: summer time, not one zone
        found[name] = Placement(
            name, station, starts or None, ends or None, latitude, longitude, timezone or None
        )
    return found


def _about_media(rows: Rows, spans: Spans, tally: Tally) -> Iterator[tuple[str, object]]:
    """Yield the observations of media by their medium, and keep those of events as spans."""
    for where, row in rows:
        try:
            one = observation(where, row)
            if one is None:
                tally.remark("an observation that says nothing (unknown or unclassified)")
            elif said(row, "mediaid"):
                yield said(row, "mediaid"), one.as_json()
            else:
                spans.add(said(row, "deploymentid"), *_span(row), one.as_json())
        except UnusableError as error:
            tally.reject(where, str(error))


def _span(row: Row) -> tuple[float, float]:
    ends = [instant(*zoned(said(row, column))) for column in ("eventstart", "eventend")]
    if ends[0] is None or ends[1] is None or ends[1] < ends[0]:
        raise UnusableError("the observation names no medium, and its event has no start and end")
    return ends[0], ends[1]


@dataclass(frozen=True)
class _Reader:
    """Turns media and their observations into items."""

    media: Rows
    folder: Path
    deployments: Mapping[str, Placement]
    index: Index
    spans: Spans
    join: "_Join"
    finder: PhotoFinder
    tally: Tally

    def items(self) -> Iterator[Item]:
        with self.index, self.spans:
            for where, row in self.media:
                try:
                    item = self._item(where, row)
                except UnusableError as error:
                    self.tally.reject(where, str(error))
                    continue
                if item is not None:
                    yield item
            for _, one in self.index.left_over():
                self.tally.reject(one["where"], "media.csv has no medium of that mediaID")

    def _item(self, where: str, row: Row) -> Item | None:
        about = [Observation.of_json(one) for one in self.index.pop(said(row, "mediaid"))]
        file = said(row, "filepath")
        film = said(row, "filemediatype").lower().startswith("video")
        if is_video(file, self.tally, certain=film):
            return None
        path = self._path(row)
        time, zone = zoned(said(row, "timestamp"))
        deployment = said(row, "deploymentid")
        placement = self.deployments.get(deployment)
        if placement is None:
            self.tally.remark("the deployment of a photo is not in deployments.csv")
            placement = Placement(deployment, deployment) if deployment else None
        events = self.spans.around(deployment, instant(time, zone))
        gathered = self.join.gathered(about, [Observation.of_json(one) for one in events])
        return Item(
            path, f"{where}: {file}", self.folder, gathered.animals(self.tally),
            gathered.detections(), placement.station if placement else "", time, zone, placement,
        )  # fmt: skip

    def _path(self, row: Row) -> Path:
        """Return the photo's path; of one on the web, that of a copy with the same name."""
        name, deployment = said(row, "filename"), said(row, "deploymentid")
        try:
            return self.finder.find(said(row, "filepath"))
        except UnusableError:
            copy = self.finder.guess((f"{deployment}/{name}", name), deployment) if name else None
            if copy is None:
                raise
            return copy


@dataclass(frozen=True)
class _Join:
    """Says what a photo shows, after its own observations and those of its event."""

    package: Package
    naming: Naming
    tally: Tally

    def gathered(self, own: Sequence[Observation], events: Sequence[Observation]) -> Gathered:
        gathered = Gathered()
        for one in own or events:
            self._add(gathered, one)
        animals = [one for one in events if one.label == "animal"]
        if own and len(animals) == 1:
            _name(gathered, animals[0])
        return gathered

    def _add(self, gathered: Gathered, one: Observation) -> None:
        place = one.place
        seen = None if place is None else Seen(place, one.label, one.score)
        gathered.add(one.label, seen, self._animal(one))

    def _animal(self, one: Observation) -> Animal:
        if one.label != "animal":
            return Animal()
        names = (one.species, *self.package.common.get(one.species, ()))
        score = 1.0 if one.score is None else one.score
        species = self.naming.classified(score, *names)
        return Animal(None, one.name, species, Side(one.side), one.event, certain=True)


def _name(gathered: Gathered, event: Observation) -> None:
    """Give the photo's only animal the name that the event's only animal has."""
    boxed = [one for one in gathered.boxed if one.label == "animal"]
    if len(boxed) + len(gathered.whole) != 1:
        return
    now = boxed[0].animal if boxed else gathered.whole[0]
    told = replace(now, name=now.name or event.name, encounter=now.encounter or event.event)
    if boxed:
        place = gathered.boxed.index(boxed[0])
        gathered.boxed[place] = replace(boxed[0], animal=told)
    else:
        gathered.whole[0] = told
