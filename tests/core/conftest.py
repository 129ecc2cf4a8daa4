"""A project whose photos, folders, log and import name places and people."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldmark.catalog import Kind, NewDecision, Project, decide, group_encounters
from fieldmark.catalog import tables as t
from fieldmark.catalog.detections import record_detections
from fieldmark.catalog.imports import import_folder
from fieldmark.types import Box, Detection

DETECTOR = "megadetector 0123456789ab"
LATITUDE, LONGITUDE = -24.123456, 31.654321
SCENE = {
    "Waterhole North/IMG_0001.jpg": "2024:03:04 05:00:00",
    "Waterhole North/IMG_0002.jpg": "2024:03:04 05:00:30",
    "Waterhole North/IMG_0003.jpg": "2024:03:04 18:00:00",
    "Kopje Camp/IMG_0004.jpg": "2024:03:05 06:00:00",
    "Kopje Camp/IMG_0005.jpg": "2024:03:06 06:00:00",
    "Kopje Camp/IMG_0006.jpg": None,
    "Kopje Camp/IMG_0007.jpg": "2024:03:07 06:00:00",
}


def write_photo(
    path: Path, seed: int, time: str | None, size: tuple[int, int] = (160, 120)
) -> None:
    """Write a JPEG with everything in it that a camera writes: place, time, serial number."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (6, 8, 3), np.uint8)
    picture = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x013B] = "Trapmaster", "Trapmaster 3000", "Anna Smith"
    exif[0x8769] = {0xA431: "SN-4711"} | ({0x9003: time} if time else {})
    exif[0x8825] = {
        1: "S", 2: (abs(LATITUDE), 0.0, 0.0), 3: "E", 4: (LONGITUDE, 0.0, 0.0),
    }  # fmt: skip
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>Waterhole North, Anna Smith</x:xmpmeta>"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, "JPEG", quality=95, exif=exif, xmp=xmp, comment=b"Anna Smith")


@pytest.fixture(scope="session")
def secret_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of photos that tell where they were taken, and by whom."""
    folder = tmp_path_factory.mktemp("Anna Smith") / "photos"
    for seed, (name, time) in enumerate(SCENE.items()):
        write_photo(folder / name, seed, time)
    (folder / "Kopje Camp" / "IMG_0008.jpg").write_bytes(b"\xff\xd8 no photo")
    return folder


@pytest.fixture
def secret(tmp_path: Path, _secret: Path) -> Path:
    """Return a project of them: boxes, people, names and sides; photo 7 nobody has looked at."""
    shutil.copytree(_secret, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture(scope="session")
def _secret(tmp_path_factory: pytest.TempPathFactory, secret_photos: Path) -> Path:
    folder = tmp_path_factory.mktemp("secret") / "project"
    with Project.create(folder, "tiger") as project:
        import_folder(project, secret_photos, stations="folder")
        with project.deciding() as session:
            for photo, found in zip(_in_order(session), _seen(), strict=True):
                record_detections(session, photo, found, DETECTOR, "tiger")
            _say(session)
            group_encounters(session)
    return folder


def _in_order(session: Session) -> list[int]:
    """Return the numbers of the first six photos in the order of the scene."""
    query = select(t.Location.path, t.Location.photo_id)
    numbers = {row.path: row.photo_id for row in session.execute(query)}
    return [numbers[name] for name in list(SCENE)[:-1]]


def _seen() -> list[list[Detection]]:
    return [
        [Detection(Box(0.1, 0.2, 0.4, 0.5), "animal", 0.91)],
        [
            Detection(Box(0.15, 0.2, 0.3, 0.5), "animal", 0.83),
            Detection(Box(0.6, 0.3, 0.333333, 0.4), "animal", 0.77),
        ],
        [Detection(Box(0.5, 0.1, 0.2, 0.8), "person", 0.04)],
        [
            Detection(Box(0.1, 0.1, 0.3, 0.3), "animal", 0.66),
            Detection(Box(0.5, 0.5, 0.4, 0.4), "vehicle", 0.5),
        ],
        [],
        [Detection(Box(0.2, 0.2, 0.2, 0.2), "animal", 0.5)],
    ]


def _say(session: Session) -> None:
    """Name two animals and give their sides, as people do."""
    a = t.Annotation
    query = select(a).where(a.label == "animal", a.replaced.is_(False), a.source == DETECTOR)
    first, second, third, *_ = session.scalars(query.order_by(a.id))
    for one, name, by in ((first, "T-17", "Anna Smith"), (third, "T-18", "Kabelo")):
        decide(session, NewDecision(Kind.NAME, one.id, by, name=name, reason="saw her limp"))
    decide(session, NewDecision(Kind.SAME, first.id, "Kabelo", other=second.id))
    for one, side in ((first, "left"), (second, "left"), (third, "right")):
        one.side, one.side_by = side, "person:Anna Smith"
