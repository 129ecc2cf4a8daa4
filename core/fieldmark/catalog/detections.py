"""What a detector, or nobody, says about a photo: boxes, or the whole photo as one animal.

A whole-photo annotation stands for an animal that nobody has boxed. It steps back when a detector
has looked. Where it was decided on, its decisions must not be lost: if the detector saw exactly
one animal, that one is recorded as the same; otherwise it stays.

A second detector's box of an animal that has one already is that animal, so what was decided on it
holds. A box that only an earlier detector drew steps back, unless somebody decided on it. People
and vehicles once boxed stay, each box as it was drawn: whatever any detector took for a part of a
person must be covered before a photo is shared.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.decisions import Kind, NewDecision, decide
from fieldmark.types import WHOLE, Box, Detection, Mask, Side

WHOLE_PHOTO = "photo"
"""The source of an annotation that nobody drew."""

KeepMask: TypeAlias = Callable[[int, Mask], str | None]
"""Writes a mask, and returns the file's path from the project's folder."""
ANIMAL = "animal"
SAME_BOX = 0.5
SAME_RECTANGLE = 0.9
"""IoU of one rectangle written twice: programs round boxes to pixels, or to thousandths."""
_DIGITS = 6  # of a box; finer than a pixel, so that one box read twice is one annotation


def is_animal(label: str) -> bool:
    """Say whether a detector's label means an animal; people and vehicles are never identified."""
    return label.strip().lower() == ANIMAL


def no_mask(_annotation: int, _mask: Mask) -> str | None:
    """Keep no mask."""
    return None


def record_detections(
    session: Session,
    photo_id: int,
    detections: Sequence[Detection],
    source: str,
    species: str,
    run_id: int | None = None,
    keep_mask: KeepMask = no_mask,
) -> list[int]:
    """Record what a detector saw in a photo, perhaps nothing; return the animals' annotations.

    Recording the same twice adds nothing.

    Args:
        session: that may write decisions.
        photo_id: the photo.
        detections: what it saw.
        source: the detector.
        species: of the animals.
        run_id: the run that this is part of.
        keep_mask: takes an annotation and a detection's mask, and returns where it was written.
    """
    photo = session.get_one(t.Photo, photo_id)
    known = _boxed_animals(session, photo_id)
    if known and detections and all(one.box == WHOLE for one in detections):
        # It says what the photo shows and not where: less than the boxes that are there.
        return [one.id for one in known if not one.replaced]
    photo.detector = source
    taken = matched(detections, [Box(a.x, a.y, a.w, a.h) for a in known])
    animals = set()
    for place, one in enumerate(detections):
        label = label_of(one)
        if place in taken:
            made = _seen_again(known[taken[place]], one.score)
        else:
            made = annotation_at(
                session, photo_id, one.box, source=source, species=species, run_id=run_id,
                label=label,
            )  # fmt: skip
            made.score = one.score
        if one.mask is not None:
            made.mask = keep_mask(made.id, one.mask)
        if label == ANIMAL:
            animals.add(made.id)
    session.flush()
    _retire(session, [a for a in known if a.id not in animals])
    _step_back(session, photo_id, sorted(animals), source, run_id)
    return sorted(animals)


def label_of(detection: Detection) -> str:
    """Return the label under which a detection is kept: lower case, `animal` for any animal."""
    return ANIMAL if is_animal(detection.label) else detection.label.strip().lower()


def matched(detections: Sequence[Detection], boxes: Sequence[Box]) -> dict[int, int]:
    """Return which of some animals' boxes each detected animal is, by their places.

    Those that overlap most are taken first, each at most once, and only if they share half of the
    area that they cover together (an IoU of 0.5, the usual bound: Everingham et al. 2010, the
    PASCAL VOC challenge).
    """
    pairs = [
        (overlap(one.box, box), i, j)
        for i, one in enumerate(detections)
        if is_animal(one.label)
        for j, box in enumerate(boxes)
    ]
    found: dict[int, int] = {}
    for share, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if share >= SAME_BOX and i not in found and j not in found.values():
            found[i] = j
    return found


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes, 0–1."""
    width = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    height = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (one.w * one.h + other.w * other.h - shared)


def _seen_again(known: t.Annotation, score: float) -> t.Annotation:
    known.replaced = False
    if known.score is not None:  # what a person drew stays a person's box
        known.score = score
    return known


def _boxed_animals(session: Session, photo_id: int) -> list[t.Annotation]:
    """Return the animals that anybody has boxed in a photo, also those that stepped back."""
    a = t.Annotation
    boxed = a.photo_id == photo_id, a.source != WHOLE_PHOTO, a.label == ANIMAL
    return list(session.scalars(select(a).where(*boxed).order_by(a.id)))


def _retire(session: Session, unseen: Sequence[t.Annotation]) -> None:
    """Let animals step back that only an earlier detector saw, and nobody decided on."""
    for one in unseen:
        drawn = one.score is None  # by a person, or from a table
        one.replaced = not (drawn or _decided(session, one))
    session.flush()


def annotation_at(
    session: Session,
    photo_id: int,
    box: Box,
    *,
    source: str,
    species: str,
    run_id: int | None,
    label: str = ANIMAL,
) -> t.Annotation:
    """Return the annotation with this box and label, whoever drew it first, or a new one.

    A box is the same if it differs by no more than programs do that write it with fewer digits.
    """
    a = t.Annotation
    x, y, w, h = _rounded(box)
    there = select(a).where(a.photo_id == photo_id, a.label == label).order_by(a.id)
    if box != WHOLE:  # an animal that fills the photo is boxed, and says more than the photo
        there = there.where(a.source != WHOLE_PHOTO)
    shares = [(overlap(box, Box(b.x, b.y, b.w, b.h)), -b.id, b) for b in session.scalars(there)]
    share, _, found = max(shares, default=(0.0, 0, None))
    if found is not None and share >= SAME_RECTANGLE:
        return found
    made = a(
        photo_id=photo_id, x=x, y=y, w=w, h=h, species=species, side=str(Side.UNKNOWN),
        label=label, source=source, run_id=run_id, replaced=False,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def animals_in(session: Session, photo_id: int) -> list[t.Annotation]:
    """Return the photo's annotations that may be identified."""
    a = t.Annotation
    query = select(a).where(a.photo_id == photo_id, a.label == ANIMAL, a.replaced.is_(False))
    return list(session.scalars(query.order_by(a.id)))


def whole_photo(
    session: Session, photo: t.Photo, species: str, run_id: int | None, *, wanted: bool
) -> t.Annotation | None:
    """Return the annotation that a statement about the whole photo is about.

    That is the photo's only animal, or a new annotation of the whole photo where it has none. None
    if there are several; also if a detector saw no animal, unless somebody says that there is one
    (`wanted`).
    """
    present = animals_in(session, photo.id)
    if len(present) == 1:
        return present[0]
    if present or (photo.detector is not None and not wanted):
        return None
    made = annotation_at(
        session, photo.id, WHOLE, source=WHOLE_PHOTO, species=species, run_id=run_id
    )
    made.replaced = False
    return made


def step_back_if_agreed(session: Session, photo_id: int) -> None:
    """Retire the photo's whole-photo annotation beside boxes, unless it says more than they do.

    It says no more if nobody decided on it, or if a box shows the same individual.
    """
    animals = animals_in(session, photo_id)
    wholes = [one for one in animals if one.source == WHOLE_PHOTO]
    boxed = {one.individual_id for one in animals if one.source != WHOLE_PHOTO}
    for whole in wholes if boxed else []:
        whole.replaced = not _decided(session, whole) or (
            whole.individual_id is not None and whole.individual_id in boxed
        )
    session.flush()


def _step_back(
    session: Session, photo_id: int, animals: list[int], source: str, run_id: int | None
) -> None:
    for whole in animals_in(session, photo_id):
        if whole.source != WHOLE_PHOTO or whole.id in animals:
            continue
        decided = _decided(session, whole)
        if decided and len(animals) == 1:
            why = "the only animal in a photo that was decided on as a whole"
            same = NewDecision(
                Kind.SAME, whole.id, source, other=animals[0], reason=why, run_id=run_id
            )
            decide(session, same)
        whole.replaced = not decided or len(animals) == 1
    session.flush()


def _decided(session: Session, annotation: t.Annotation) -> bool:
    d = t.Decision
    about = or_(d.annotation_id == annotation.id, d.other_id == annotation.id)
    return session.scalar(select(d.id).where(about).limit(1)) is not None


def _rounded(box: Box) -> tuple[float, float, float, float]:
    """Return a box as it is stored; one smaller than the last digit keeps an area."""
    least = 10**-_DIGITS
    x, y = (min(round(value, _DIGITS), 1 - least) for value in (box.x, box.y))
    w, h = (max(round(value, _DIGITS), least) for value in (box.w, box.h))
    return x, y, w, h
