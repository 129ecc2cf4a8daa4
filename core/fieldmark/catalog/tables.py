"""The tables of a project, as SQLAlchemy models; no other module defines one.

Camera times are ISO text without a zone, exactly as recorded (`2019-03-04T03:04:50`, or
`2019-03-04` where only the day is known). Our own times are ISO text in UTC (`…Z`).
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    MetaData,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def utc_now() -> str:
    """Return the time, in UTC, as it is stored."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Base(DeclarativeBase):
    """Base of every model; its constraints have names, so that migrations can change them."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar = {dict[str, Any]: JSON, list[int]: JSON, float: Double}


class Setting(Base):
    """One fact about the project, such as its species."""

    __tablename__ = "settings"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Root(Base):
    """A folder that photos were imported from.

    `path` is relative to the project folder where the photos lie beside or inside it, so that a
    project on a USB stick moves with its photos; `last_seen` is where it was, for the case that
    only the project moved.
    """

    __tablename__ = "roots"
    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(unique=True)
    last_seen: Mapped[str]


class Run(Base):
    """One command that changed or read the catalogue."""

    __tablename__ = "runs"
    __table_args__ = (CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    command: Mapped[str]
    options: Mapped[dict[str, Any]]
    pipeline: Mapped[str | None]
    started: Mapped[str]
    finished: Mapped[str | None]
    state: Mapped[str]
    summary: Mapped[dict[str, Any]]


class Deployment(Base):
    """A camera at a station for some time; `clock_offset` seconds are added to its times.

    `name` is what an import called it; `timezone` is that of its clock, `Africa/Johannesburg` or
    `+02:00`, and None where nobody has said.
    """

    __tablename__ = "deployments"
    id: Mapped[int] = mapped_column(primary_key=True)
    station: Mapped[str] = mapped_column(index=True)
    name: Mapped[str | None]
    starts: Mapped[str | None]
    ends: Mapped[str | None]
    timezone: Mapped[str | None]
    clock_offset: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class Photo(Base):
    """One picture, known by its content; width and height are those of the upright picture.

    `detector` names the last detector that looked at it; without one, the whole photo stands for
    the animal. `captured_zone` is the offset from UTC that the source itself stated (`+02:00`).
    `time_flag` says why the camera's time is not believed; it is empty where nothing is against it.
    `duplicate_of` is the first photo that this one nearly repeats, by `phash` (16 hex digits).
    """

    __tablename__ = "photos"
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    captured_at: Mapped[str | None]
    captured_zone: Mapped[str | None]
    time_flag: Mapped[str] = mapped_column(default="", server_default="")
    orientation: Mapped[int]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    make: Mapped[str | None]
    model: Mapped[str | None]
    serial: Mapped[str | None]
    notes: Mapped[str] = mapped_column(default="", server_default="")
    detector: Mapped[str | None]
    phash: Mapped[str | None]
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("photos.id"))
    deployment_id: Mapped[int | None] = mapped_column(ForeignKey("deployments.id"), index=True)


class Location(Base):
    """Where a copy of a photo lies; `missing` when the file there is now another one."""

    __tablename__ = "locations"
    __table_args__ = (
        UniqueConstraint("root_id", "path", "photo_id"),
        Index(
            "ix_locations_present", "root_id", "path", unique=True, sqlite_where=text("missing = 0")
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("roots.id"))
    path: Mapped[str]
    photo_id: Mapped[int] = mapped_column(ForeignKey("photos.id"), index=True)
    size: Mapped[int]
    mtime_ns: Mapped[int]
    missing: Mapped[bool] = mapped_column(default=False, server_default=text("0"))


class RejectedFile(Base):
    """A file that could not be used; removed when it later imports well."""

    __tablename__ = "rejected_files"
    __table_args__ = (UniqueConstraint("root_id", "path"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("roots.id"))
    path: Mapped[str]
    reason: Mapped[str]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    at: Mapped[str]


class Encounter(Base):
    """One visit; `label` is set when an import gave it, and such a one is never regrouped."""

    __tablename__ = "encounters"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str | None]
    species: Mapped[str]
    deployment_id: Mapped[int | None] = mapped_column(ForeignKey("deployments.id"))


class Individual(Base):
    """One animal: named (`name`, unique as `name_key`), or known only as a group of annotations.

    An unnamed one is found again by its `anchor`, the smallest annotation number of the group.
    """

    __tablename__ = "individuals"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    name_key: Mapped[str | None] = mapped_column(unique=True)
    anchor: Mapped[int | None] = mapped_column(unique=True)


class Annotation(Base):
    """One animal in one photo.

    `individual_id` only repeats what the decisions say. `replaced` marks one that stepped back when
    a detector gave boxes. `side_by` is `person:NAME`, `import:FILE` or `model:DIGITS`; a model
    never replaces what the others said, and its `side_probability` is kept also where that was too
    low to say anything but `unknown`.
    """

    __tablename__ = "annotations"
    __table_args__ = (
        UniqueConstraint("photo_id", "x", "y", "w", "h", "source", "label"),
        CheckConstraint(
            "side IN ('left', 'right', 'front', 'back', 'top', 'unknown')", name="side"
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photos.id"))
    x: Mapped[float]
    y: Mapped[float]
    w: Mapped[float]
    h: Mapped[float]
    species: Mapped[str]
    side: Mapped[str]
    side_by: Mapped[str | None]
    side_probability: Mapped[float | None]
    mask: Mapped[str | None]
    label: Mapped[str] = mapped_column(default="animal", server_default="animal")
    score: Mapped[float | None]
    source: Mapped[str]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"), index=True)
    encounter_id: Mapped[int | None] = mapped_column(ForeignKey("encounters.id"), index=True)
    individual_id: Mapped[int | None] = mapped_column(ForeignKey("individuals.id"), index=True)
    replaced: Mapped[bool] = mapped_column(default=False, server_default=text("0"))


class Decision(Base):
    """One entry of the log; triggers refuse to change or delete it.

    A pair has `annotation_id` < `other_id`; the kind `name` has a name instead, or none at all
    when a name is withdrawn.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        CheckConstraint(
            "(kind IN ('same', 'different', 'incomparable', 'cant-tell')"
            " AND other_id IS NOT NULL AND annotation_id < other_id AND name IS NULL)"
            " OR (kind = 'name' AND other_id IS NULL)",
            name="kind",
        ),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotations.id"), index=True)
    other_id: Mapped[int | None] = mapped_column(ForeignKey("annotations.id"), index=True)
    name: Mapped[str | None]
    by: Mapped[str]
    at: Mapped[str]
    pipeline: Mapped[str | None]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    score: Mapped[float | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"), unique=True)


class SetAside(Base):
    """An annotation that a pipeline does not identify, and why."""

    __tablename__ = "set_asides"
    __table_args__ = (UniqueConstraint("annotation_id", "pipeline"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotations.id"))
    pipeline: Mapped[str]
    reason: Mapped[str]
    at: Mapped[str]


class Answer(Base):
    """A query that a run has answered, perhaps with no candidate; `note` says why there is none."""

    __tablename__ = "answers"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotations.id"), primary_key=True)
    note: Mapped[str] = mapped_column(default="", server_default="")


class Candidate(Base):
    """An individual, or unnamed annotation, that a run proposed for a query; rank 1 is best."""

    __tablename__ = "candidates"
    __table_args__ = (UniqueConstraint("run_id", "annotation_id", "rank"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotations.id"))
    rank: Mapped[int]
    individual_id: Mapped[int | None] = mapped_column(ForeignKey("individuals.id"))
    score: Mapped[float]
    probability: Mapped[float | None]
    annotations: Mapped[list[int]]
