"""Nothing that is made to be shared holds a place, a camera, or a person's name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldmark.api.blur import Request, blur_people
from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.exports.annotations import FORMATS, Terms, export_annotations, place_for
from fieldmark.exports.table import export_csv

SECRETS = (
    "Waterhole North", "Kopje Camp", "Anna Smith", "Kabelo", "IMG_00", "24.123", "31.654",
    "SN-4711", "Trapmaster", "saw her limp",
)  # fmt: skip
MARKS = (b"Exif\0", b"http://ns.adobe.com", b"xmpmeta", b"Photoshop", b"ICC_PROFILE")
"""Beginnings of what a camera or an editor writes into a picture."""


@pytest.fixture
def shared(secret: Path, tmp_path: Path) -> Path:
    """Return a folder with everything that is shareable by default."""
    folder = tmp_path / "shared"
    with Project.open(secret) as project:
        with project.writing() as session:
            session.add(t.Setting(key="timezone", value="Africa/Johannesburg"))
            session.query(t.Deployment).first().name = "Waterhole North 2024, Anna Smith"  # type: ignore[union-attr]
            for photo in session.query(t.Photo).limit(2):
                photo.detector = "megadetector:/home/Anna Smith/md_v5a.pt"
        _write(project, folder, Terms())
        blur_people(project, folder / "blurred", Request(everything=True, undetected=True))
    return folder


def _write(project: Project, folder: Path, terms: Terms) -> None:
    for name in FORMATS:
        (folder / name).mkdir(parents=True)
        export_annotations(project, name, place_for(project, name, terms, folder / name), terms)
    export_csv(project, folder / "csv", terms)


def _leaks(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the files that hold a secret, in their name or in their content, and the secret."""
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        name = str(path.relative_to(folder))
        for secret in SECRETS:
            forms = (secret.encode(), secret.encode("utf-16-le"))
            if secret in name or any(form in content for form in forms):
                yield name, secret
        if path.suffix == ".jpg":
            yield from ((name, str(mark)) for mark in MARKS if mark in content)


def test_shareable_outputs_hold_no_secret(shared: Path) -> None:
    """Of every format and every copy, neither names nor bytes tell where, by whom, with what."""
    assert len([path for path in shared.rglob("*") if path.is_file()]) == 19
    assert list(_leaks(shared)) == []


def test_the_search_finds_what_is_there(secret: Path, secret_photos: Path, tmp_path: Path) -> None:
    """The search above is no empty one: private exports and originals are full of secrets."""
    with Project.open(secret) as project:
        with project.writing() as session:
            session.add(t.Setting(key="timezone", value="Africa/Johannesburg"))
        _write(project, tmp_path / "private", Terms(private=True))
    in_tables = {found for _, found in _leaks(tmp_path / "private")}
    in_photos = {found for _, found in _leaks(secret_photos)}
    assert in_tables >= {"Waterhole North", "Anna Smith", "Kabelo", "IMG_00", "24.123", "31.654"}
    assert in_photos >= {"Anna Smith", "SN-4711", "Trapmaster", str(MARKS[0]), str(MARKS[1])}
