"""Writing what a source says about the animals in a photo."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.decisions import Kind, NewDecision, clean_name, decide
from fieldmark.catalog.detections import (
    annotation_at,
    record_detections,
    step_back_if_agreed,
    whole_photo,
)
from fieldmark.catalog.identities import LATER, name_key
from fieldmark.catalog.imports.items import Animal, Detections, Item, PixelDetection
from fieldmark.catalog.imports.plan import Plan
from fieldmark.catalog.imports.stations import station_named, station_near
from fieldmark.catalog.imports.summary import Tally
from fieldmark.catalog.places import in_pages
from fieldmark.types import Detection, Side


class AnimalWriter:
    """Writes annotations, stations, encounters and names within one transaction."""

    def __init__(self, session: Session, tally: Tally, run_id: int, plan: Plan) -> None:
        self._session = session
        self._tally = tally
        self._run = run_id
        self._plan = plan
        self._names: dict[tuple[int, str], str] = {}
        self._boxed: set[int] = set()
        self._before = self._numbers()

    def write(self, item: Item, photo: t.Photo) -> None:
        """Record everything the item says about a photo that is in the catalogue."""
        self._time(item, photo)
        self._station(item, photo)
        if item.detections is not None:
            seen = _in_fractions(item.detections, photo, self._tally)
            record_detections(
                self._session, photo.id, seen, self._plan.source, self._plan.species, self._run
            )
        for animal in item.animals:
            self._animal(animal, item, photo)

    def finish(self) -> None:
        """Record the names; once per transaction, because each one may touch a whole group.

        Then whole-photo annotations of photos that were given boxes step back.
        """
        by = f"import:{self._plan.name}"
        for held in self._held(by):
            self._names.pop(held, None)
        decide(
            self._session,
            *(
                NewDecision(Kind.NAME, annotation, by, name=name, run_id=self._run)
                for (annotation, _), name in self._names.items()
            ),
        )
        for photo in sorted(self._boxed):
            step_back_if_agreed(self._session, photo)
        for what, number in self._numbers().items():
            self._tally.counts[what] += number - self._before[what]

    def _held(self, by: str) -> Iterator[tuple[int, str]]:
        """Yield names that hold already, and those whose giver, this source, was corrected."""
        d = t.Decision
        query = (
            select(d.annotation_id, d.name, d.by, LATER.supersedes)
            .outerjoin(LATER, LATER.supersedes == d.id)
            .where(d.name.is_not(None))
        )
        for page in in_pages(annotation for annotation, _ in self._names):
            for number, name, who, withdrawn in self._session.execute(
                query.where(d.annotation_id.in_(page))
            ):
                if name is not None and (withdrawn is None or who == by):
                    yield number, name_key(name)

    def _numbers(self) -> dict[str, int]:
        named = select(func.count(t.Individual.id)).where(t.Individual.name.is_not(None))
        return {
            "annotations_added": self._session.scalar(select(func.max(t.Annotation.id))) or 0,
            "individuals_added": self._session.scalar(named) or 0,
        }

    def _time(self, item: Item, photo: t.Photo) -> None:
        if not item.captured_at:
            return
        if photo.captured_at is None:
            photo.captured_at = item.captured_at
        elif not _same_time(photo.captured_at, item.captured_at):
            self._tally.remark("the table's time differs from the camera's, which was kept")

    def _station(self, item: Item, photo: t.Photo) -> None:
        if photo.deployment_id is not None:
            if item.station and not self._is_at(photo.deployment_id, item.station):
                self._tally.remark("the station differs from an earlier import's, which was kept")
            return
        how, place = self._plan.stations, (photo.latitude, photo.longitude)
        said = self._plan.table and item.station
        if how in {"auto", "gps"} and place[0] is not None and place[1] is not None and not said:
            photo.deployment_id = station_near(self._session, place[0], place[1])
            self._tally.stations["photos by their GPS position"] += 1
        elif item.station and how != "none":
            photo.deployment_id = station_named(self._session, item.station)
            self._tally.stations[f"photos by {self._plan.station_words}"] += 1

    def _is_at(self, deployment: int, station: str) -> bool:
        return self._session.get_one(t.Deployment, deployment).station == station

    def _animal(self, animal: Animal, item: Item, photo: t.Photo) -> None:
        species = animal.species or self._plan.species
        annotation = self._annotation(animal, species, item, photo)
        if annotation is None:
            return
        if annotation.side == Side.UNKNOWN:
            annotation.side = str(animal.side)
        elif animal.side not in {Side.UNKNOWN, annotation.side}:
            self._tally.remark("the side differs from an earlier import's, which was kept")
        if animal.encounter:
            self._encounter(annotation, animal.encounter)
        if animal.name:
            self._names[annotation.id, name_key(clean_name(animal.name))] = animal.name

    def _annotation(
        self, animal: Animal, species: str, item: Item, photo: t.Photo
    ) -> t.Annotation | None:
        if animal.box is None:
            found = whole_photo(self._session, photo, species, self._run, wanted=bool(animal.name))
            if found is None and animal.name:
                self._tally.remark("the photo shows several animals, so its name was not used")
            return found
        box, clipped = animal.box.in_photo(photo.width, photo.height)
        if box is None:
            size = f"{photo.width} × {photo.height}"
            self._tally.reject(item.shown, f"the box lies outside the photo of {size} pixels")
            return None
        if clipped:
            self._tally.remark("the box reached beyond the photo and was cut at its edge")
        self._boxed.add(photo.id)
        source, run = self._plan.source, self._run
        return annotation_at(
            self._session, photo.id, box, source=source, species=species, run_id=run
        )

    def _encounter(self, annotation: t.Annotation, label: str) -> None:
        e = t.Encounter
        if annotation.encounter_id is not None:
            now = self._session.get_one(e, annotation.encounter_id)
            if now.label is not None:
                return
        key = f"given:{self._plan.scope}:{annotation.species}:{label}"
        given = self._session.scalar(select(e).where(e.key == key))
        if given is None:
            given = e(key=key, label=label, species=annotation.species)
            self._session.add(given)
            self._session.flush()
        annotation.encounter_id = given.id


def _in_fractions(detections: Detections, photo: t.Photo, tally: Tally) -> list[Detection]:
    found = []
    for one in detections:
        if isinstance(one, PixelDetection):
            box, _clipped = one.box.in_photo(photo.width, photo.height)
            if box is None:
                tally.remark("a detection outside the photo was left out")
                continue
            found.append(Detection(box, one.label, one.score))
        else:
            found.append(one)
    return found


def _same_time(first: str, second: str) -> bool:
    """Say whether two times agree to the second, or to the day where one knows only the day."""
    shorter = min(len(first), len(second))
    return datetime.fromisoformat(first[:shorter]) == datetime.fromisoformat(second[:shorter])
