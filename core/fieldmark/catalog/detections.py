"""What a detector, or nobody, says about a photo: boxes, or the whole photo as one animal.

A whole-photo annotation stands for an animal that nobody has boxed. It steps back when a detector
has looked. Where it was decided on, its decisions must not be lost: if the detector saw exactly
one animal, that one is recorded as the same; otherwise it stays.
"""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.decisions import Kind, NewDecision, decide
from fieldmark.types import WHOLE, Box, Detection, Side

WHOLE_PHOTO = "photo"
"""The source of an annotation that nobody drew."""

_DIGITS = 6  # of a box; finer than a pixel, so that one box read twice is one annotation


def is_animal(label: str) -> bool:
    """Say whether a detector's label means an animal; people and vehicles are never identified."""
    return label.strip().lower() == "animal"


def record_detections(
    session: Session,
    photo_id: int,
    detections: Sequence[Detection],
    source: str,
    species: str,
    run_id: int | None = None,
) -> list[int]:
    """Record what a detector saw in a photo, perhaps nothing; return the animals' annotations.

    Recording the same twice adds nothing.
    """
    photo = session.get_one(t.Photo, photo_id)
    photo.detector = source
    animals = []
    for one in detections:
        label = "animal" if is_animal(one.label) else one.label.strip().lower()
        made, _new = annotation_at(session, photo_id, one.box, source, species, run_id)
        made.label, made.score = label, one.score
        if label == "animal":
            animals.append(made.id)
    session.flush()
    _step_back(session, photo_id, animals, source, run_id)
    return animals


def annotation_at(
    session: Session, photo_id: int, box: Box, source: str, species: str, run_id: int | None
) -> tuple[t.Annotation, bool]:
    """Return the annotation with this box, whoever drew it first, and whether it is new."""
    a = t.Annotation
    x, y, w, h = (round(value, _DIGITS) for value in (box.x, box.y, box.w, box.h))
    same_box = (a.photo_id == photo_id, a.x == x, a.y == y, a.w == w, a.h == h)
    found = session.scalar(select(a).where(*same_box).order_by(a.id))
    if found is not None:
        return found, False
    made = a(
        photo_id=photo_id, x=x, y=y, w=w, h=h, species=species, side=str(Side.UNKNOWN),
        label="animal", source=source, run_id=run_id, replaced=False,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made, True


def animals_in(session: Session, photo_id: int) -> list[t.Annotation]:
    """Return the photo's annotations that may be identified."""
    a = t.Annotation
    query = select(a).where(a.photo_id == photo_id, a.label == "animal", a.replaced.is_(False))
    return list(session.scalars(query.order_by(a.id)))


def whole_photo(
    session: Session, photo: t.Photo, species: str, run_id: int | None, *, wanted: bool
) -> tuple[t.Annotation | None, bool]:
    """Return the annotation that a statement about the whole photo is about, and if it is new.

    That is the photo's only animal, or a new annotation of the whole photo where it has none. None
    if there are several; also if a detector saw no animal, unless somebody says that there is one
    (`wanted`).
    """
    present = animals_in(session, photo.id)
    if len(present) == 1:
        return present[0], False
    if present or (photo.detector is not None and not wanted):
        return None, False
    made, new = annotation_at(session, photo.id, WHOLE, WHOLE_PHOTO, species, run_id)
    made.replaced = False
    return made, new


def _step_back(
    session: Session, photo_id: int, animals: list[int], source: str, run_id: int | None
) -> None:
    a, d = t.Annotation, t.Decision
    query = select(a).where(
        a.photo_id == photo_id, a.source == WHOLE_PHOTO, a.replaced.is_(False), a.id.not_in(animals)
    )
    for whole in session.scalars(query).all():
        about = or_(d.annotation_id == whole.id, d.other_id == whole.id)
        decided = session.scalar(select(d.id).where(about).limit(1)) is not None
        if decided and len(animals) == 1:
            why = "the only animal in a photo that was decided on as a whole"
            decide(
                session,
                NewDecision(
                    Kind.SAME, whole.id, source, other=animals[0], reason=why, run_id=run_id
                ),
            )
        whole.replaced = not decided or len(animals) == 1
    session.flush()
