"""Writing what a source says about the animals in a photo."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.decisions import Kind, NewDecision, clean_name, decide
from fieldmark.catalog.detections import (
    annotation_at,
    matched,
    record_detections,
    step_back_if_agreed,
    whole_photo,
)
from fieldmark.catalog.identities import LATER, name_key
from fieldmark.catalog.imports.items import UNSAID, Animal, Detections, Item, PixelBox, Seen
from fieldmark.catalog.imports.plan import Plan
from fieldmark.catalog.imports.stations import deployment_stated, station_named, station_near
from fieldmark.catalog.imports.summary import Tally
from fieldmark.catalog.places import in_pages
from fieldmark.types import Box, Detection, Side


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
            self._detections(item.detections, photo)
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
        self._tally.counts["names_given"] += len(self._names)
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
            return  # the stated zone is that of the other time
        if photo.captured_zone is None and item.zone:
            photo.captured_zone = item.zone

    def _station(self, item: Item, photo: t.Photo) -> None:
        if photo.deployment_id is not None and not self._says_more(item, photo.deployment_id):
            if item.station and not self._is_at(photo.deployment_id, item):
                self._tally.remark("the station differs from an earlier import's, which was kept")
            return
        how, place = self._plan.stations, (photo.latitude, photo.longitude)
        said = self._plan.table and item.station
        if how in {"auto", "gps"} and place[0] is not None and place[1] is not None and not said:
            photo.deployment_id = station_near(self._session, place[0], place[1])
            self._tally.stations["photos by their GPS position"] += 1
        elif item.station and how != "none":
            photo.deployment_id = self._deployment(item)
            self._tally.stations[f"photos by {self._plan.station_words}"] += 1

    def _deployment(self, item: Item) -> int:
        if item.placement is None:
            return station_named(self._session, item.station)
        return deployment_stated(self._session, item.placement, self._tally)

    def _says_more(self, item: Item, deployment: int) -> bool:
        """Say whether the source knows the deployment where so far only the station is known."""
        if item.placement is None or self._plan.stations == "none":
            return False
        now = self._session.get_one(t.Deployment, deployment)
        return now.station == item.station and now.name is None and now.starts is None

    def _is_at(self, deployment: int, item: Item) -> bool:
        now = self._session.get_one(t.Deployment, deployment)
        named = item.placement.name if item.placement is not None else now.name
        return now.station == item.station and named == now.name

    def _detections(self, detections: Detections, photo: t.Photo) -> None:
        """Record what a detector saw, and what is said of the animals in its boxes."""
        seen = list(_in_fractions(detections, photo, self._tally))
        found = [detection for detection, _ in seen]
        plan = self._plan
        numbers = record_detections(
            self._session, photo.id, found, plan.source, plan.species, self._run
        )
        now = [self._session.get_one(t.Annotation, number) for number in numbers]
        places = matched(found, [Box(one.x, one.y, one.w, one.h) for one in now])
        for place, annotation in places.items():
            self._told(seen[place][1], now[annotation])

    def _told(self, seen: Seen, annotation: t.Annotation) -> None:
        if seen.score is None:  # drawn by a person
            annotation.score = None
            self._boxed.add(annotation.photo_id)
        if seen.animal != UNSAID:
            self._say(seen.animal, annotation)

    def _animal(self, animal: Animal, item: Item, photo: t.Photo) -> None:
        species = animal.species or self._plan.species
        annotation = self._annotation(animal, species, item, photo)
        if annotation is not None:
            self._say(animal, annotation)

    def _say(self, animal: Animal, annotation: t.Annotation) -> None:
        """Write down what is said of an animal beside where it is."""
        if animal.species and annotation.species == self._plan.species:
            annotation.species = animal.species
        self._side(animal.side, annotation)
        if animal.encounter:
            self._encounter(annotation, animal.encounter)
        if animal.name:
            self._names[annotation.id, name_key(clean_name(animal.name))] = animal.name

    def _side(self, side: Side, annotation: t.Annotation) -> None:
        """Write the side down, unless a person or another import has said another."""
        by = annotation.side_by or ""
        if side == Side.UNKNOWN:
            return
        if annotation.side == Side.UNKNOWN or by.startswith("model:"):
            annotation.side, annotation.side_by = str(side), f"import:{self._plan.name}"
            annotation.side_probability = None
        elif annotation.side != side:
            whose = "what a person said" if by.startswith("person:") else "an earlier import's"
            self._tally.remark(f"the side differs from {whose}, which was kept")

    def _annotation(
        self, animal: Animal, species: str, item: Item, photo: t.Photo
    ) -> t.Annotation | None:
        if animal.box is None:
            wanted = bool(animal.name) or animal.certain
            found = whole_photo(self._session, photo, species, self._run, wanted=wanted)
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


def _in_fractions(
    detections: Detections, photo: t.Photo, tally: Tally
) -> Iterator[tuple[Detection, Seen]]:
    for one in detections:
        box = one.box
        if isinstance(box, PixelBox):
            inside, _clipped = box.in_photo(photo.width, photo.height)
            if inside is None:
                tally.remark("a detection outside the photo was left out")
                continue
            box = inside
        score = 1.0 if one.score is None else one.score
        yield Detection(box, one.label, score), one


def _same_time(first: str, second: str) -> bool:
    """Say whether two times agree to the second, or to the day where one knows only the day."""
    shorter = min(len(first), len(second))
    return datetime.fromisoformat(first[:shorter]) == datetime.fromisoformat(second[:shorter])
