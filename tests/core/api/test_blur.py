"""Copies of photos in which no person can be recognised."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fieldmark.api.blur import Blurred, Request, blur_people
from fieldmark.api.cover import write_copy
from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.catalog.imports import import_folder
from fieldmark.errors import UserError
from fieldmark.images import open_photo
from fieldmark.types import Pixels

PERSON = "Waterhole North/IMG_0003.jpg"


def _blur(folder: Path, out: Path, request: Request | None = None) -> Blurred:
    with Project.open(folder) as project:
        return blur_people(project, out, request or Request())


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _person(shot: Path) -> NDArray[np.int64]:
    """Return the pixels of the person, whose box is (0.5, 0.1, 0.2, 0.8) of 160 × 120."""
    return open_photo(shot)[12:108, 80:112].astype(np.int64)


def test_the_person_is_gone_and_the_rest_is_there(
    secret: Path, secret_photos: Path, tmp_path: Path
) -> None:
    """By default only photos with people are copied, with every box whatever its score."""
    done = _blur(secret, tmp_path / "out")
    (copy,) = (tmp_path / "out").rglob("*.jpg")
    assert (done.written, done.hidden, done.undetected) == (1, 1, 1)
    assert np.ptp(_person(copy), axis=(0, 1)).max() < 12
    assert np.ptp(_person(secret_photos / PERSON), axis=(0, 1)).min() > 60
    rest = open_photo(copy)[:, :64].astype(int) - open_photo(secret_photos / PERSON)[:, :64]
    assert np.abs(rest).mean() < 3


def test_originals_are_only_read(secret: Path, secret_photos: Path, tmp_path: Path) -> None:
    """Whatever is asked for, the imported folder is as it was."""
    before = _digests(secret_photos)
    _blur(secret, tmp_path / "out", Request(everything=True, undetected=True, keep_names=True))
    assert _digests(secret_photos) == before


def test_what_is_copied(secret: Path, tmp_path: Path) -> None:
    """Photos with people; with `everything` all that were looked at; the unseen only if asked."""
    assert _blur(secret, tmp_path / "a").written == 1
    assert _blur(secret, tmp_path / "b", Request(everything=True)).written == 6
    assert _blur(secret, tmp_path / "c", Request(undetected=True)).written == 2
    assert _blur(secret, tmp_path / "d", Request(vehicles=True)).written == 2
    assert _blur(secret, tmp_path / "e", Request(threshold=0.05)).written == 0


def test_a_box_that_is_neither_animal_nor_vehicle_may_be_a_person(
    secret: Path, tmp_path: Path
) -> None:
    """Some detectors have words of their own; what is not known to be harmless is hidden."""
    with Project.open(secret) as project, project.writing() as session:
        session.query(t.Annotation).filter_by(label="person").one().label = "ranger"
    assert _blur(secret, tmp_path / "out").hidden == 1


def test_names_are_new_unless_kept(secret: Path, secret_photos: Path, tmp_path: Path) -> None:
    """A new name is that of the shareable exports; a kept one the path below the photos' folder."""
    _blur(secret, tmp_path / "new")
    _blur(secret, tmp_path / "kept", Request(keep_names=True))
    digest = hashlib.sha256((secret_photos / PERSON).read_bytes()).hexdigest()
    assert list(_digests(tmp_path / "new")) == [f"S02/{digest[:16]}.jpg"]
    assert list(_digests(tmp_path / "kept")) == [PERSON]


def test_the_same_command_continues(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed run left is not made again, and ends as if it had not been killed."""
    request = Request(everything=True)
    _blur(secret, tmp_path / "whole", request)
    made: list[Path] = []

    def dying(pixels: Pixels, path: Path, comment: str) -> None:
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(path)
        write_copy(pixels, path, comment)

    monkeypatch.setattr("fieldmark.api.blur.write_copy", dying)
    monkeypatch.setattr("fieldmark.api.blur.WORKERS", 1)
    with pytest.raises(KeyboardInterrupt):
        _blur(secret, tmp_path / "out", request)
    monkeypatch.undo()
    done = _blur(secret, tmp_path / "out", request)
    assert (done.there, done.written) == (3, 3)
    assert _digests(tmp_path / "out") == _digests(tmp_path / "whole")


def test_a_copy_that_hides_too_little_is_made_again(secret: Path, tmp_path: Path) -> None:
    """A person found since, or another margin: an old copy must not pass for a safe one."""
    request = Request(everything=True)
    _blur(secret, tmp_path / "out", request)
    with Project.open(secret) as project, project.writing() as session:
        blank = session.query(t.Annotation).filter_by(label="vehicle").one()
        blank.label = "person"
    done = _blur(secret, tmp_path / "out", request)
    assert (done.written, done.there, done.hidden) == (1, 5, 2)
    assert _blur(secret, tmp_path / "out", Request(everything=True, margin=0.5)).written == 2


def test_the_strip_where_a_camera_prints_the_place_can_be_hidden(
    secret: Path, tmp_path: Path
) -> None:
    """The top and the bottom, by their part of the height."""
    _blur(secret, tmp_path / "out", Request(everything=True, top=0.2, bottom=0.25))
    for copy in (tmp_path / "out").rglob("*.jpg"):
        pixels = open_photo(copy).astype(int)
        assert np.ptp(pixels[:12], axis=(0, 1)).max() < 12
        assert np.ptp(pixels[102:], axis=(0, 1)).max() < 12
        assert np.ptp(pixels[40:80], axis=(0, 1)).max() > 60


def test_the_orientation_is_applied(secret: Path, secret_photos: Path, tmp_path: Path) -> None:
    """A copy has no tag that says how to turn it, so its pixels are upright."""
    (tmp_path / "turned").mkdir()
    with Image.open(secret_photos / PERSON) as image:
        exif = image.getexif()
        exif[0x0112] = 6
        image.save(tmp_path / "turned" / "a.jpg", exif=exif)
    with Project.create(tmp_path / "second", "tiger") as project:
        import_folder(project, tmp_path / "turned")
    _blur(tmp_path / "second", tmp_path / "out", Request(undetected=True))
    (copy,) = (tmp_path / "out").rglob("*.jpg")
    assert open_photo(copy).shape[:2] == (160, 120)


def test_one_bad_photo_is_listed(secret: Path, secret_photos: Path, tmp_path: Path) -> None:
    """A damaged photo, and another one in its place, are named; the others are copied."""
    away = tmp_path / "away"
    with Project.open(secret) as project, project.writing() as session:
        for place in session.query(t.Location):
            source, target = secret_photos / place.path, away / place.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
        session.query(t.Root).one().path = str(away)
    (away / PERSON).write_bytes((away / "Kopje Camp/IMG_0007.jpg").read_bytes())
    done = _blur(secret, tmp_path / "out", Request(everything=True))
    assert done.written == 5
    ((name, reason),) = done.failed
    assert name.endswith(PERSON)
    assert "type fieldmark import" in reason


def test_a_copy_that_was_cut_off_is_made_again(secret: Path, tmp_path: Path) -> None:
    """As after a full stick, or a cable that was pulled."""
    _blur(secret, tmp_path / "out")
    (copy,) = (tmp_path / "out").rglob("*.jpg")
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    assert _blur(secret, tmp_path / "out").written == 1
    assert copy.read_bytes() == whole


def test_files_of_others_are_never_replaced(secret: Path, tmp_path: Path) -> None:
    """Only copies that this command made are made again."""
    target = tmp_path / "out" / PERSON
    target.parent.mkdir(parents=True)
    target.write_bytes(b"somebody's own")
    done = _blur(secret, tmp_path / "out", Request(keep_names=True))
    assert "no copy of ours" in done.failed[0][1]
    assert target.read_bytes() == b"somebody's own"


def test_copies_do_not_lie_among_the_originals(
    secret: Path, secret_photos: Path, tmp_path: Path
) -> None:
    """The next import would take them for photos."""
    with pytest.raises(UserError, match="--out"):
        _blur(secret, secret_photos / "blurred", Request(keep_names=True))
    assert not (secret_photos / "blurred").exists()


@pytest.mark.parametrize("request_", [Request(threshold=2), Request(margin=-1), Request(top=0.9)])
def test_senseless_values_are_refused(secret: Path, tmp_path: Path, request_: Request) -> None:
    """The sentence says which value, and from where to where."""
    with pytest.raises(UserError, match=r"expected --\w+ from 0 to"):
        _blur(secret, tmp_path / "out", request_)


def test_two_photos_never_share_a_copy(tmp_path: Path) -> None:
    """With kept names, `a.png` and `a.jpg` of one folder are two copies."""
    (tmp_path / "two").mkdir()
    for seed, name in enumerate(("a.jpg", "a.png")):
        pixels = np.random.default_rng(seed).integers(0, 256, (20, 30, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "two" / name)
    with Project.create(tmp_path / "second", "tiger") as project:
        import_folder(project, tmp_path / "two")
    request = Request(undetected=True, keep_names=True)
    assert _blur(tmp_path / "second", tmp_path / "out", request).written == 2
    assert sorted(_digests(tmp_path / "out")) == ["a.jpg", "a.png.jpg"]
    assert _blur(tmp_path / "second", tmp_path / "out", request).there == 2
