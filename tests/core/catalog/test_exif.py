"""What the camera wrote is read where it makes sense, and left out where it does not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmark.catalog.exif import Exif, from_tags, read_exif

MakePhoto = Callable[..., Path]

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For a machine that is busy with something else."""


def test_time_and_place_of_a_photo(tmp_path: Path, photo: MakePhoto) -> None:
    """DateTimeOriginal and GPS are read from a file."""
    path = photo(tmp_path / "a.jpg", time="2019:03:04 03:04:50", place=(-1.5, 36.25))
    found = read_exif(path)
    assert found.captured_at == "2019-03-04T03:04:50"
    assert (found.latitude, found.longitude) == (-1.5, 36.25)


def test_the_camera(tmp_path: Path) -> None:
    """Make, model and serial are words, whatever bytes stand around them."""
    found = from_tags({271: "RECONYX\0", 272: b"HC600 \0"}, {42033: 1234}, {})
    assert (found.make, found.model, found.serial) == ("RECONYX", "HC600", "1234")


def test_the_first_time_that_makes_sense() -> None:
    """A clock that was never set is passed over for the next time."""
    main, camera = {306: "2020:01:02 03:04:05"}, {36867: "0000:00:00 00:00:00"}
    assert from_tags(main, camera, {}).captured_at == "2020-01-02T03:04:05"
    assert from_tags({}, camera, {}).captured_at is None


@pytest.mark.parametrize(
    ("gps", "place"),
    [
        ({1: "S", 2: (1, 30, 0), 3: "W", 4: (36, 0, 36)}, (-1.5, -36.01)),
        ({1: "N", 2: (0, 0, 0), 3: "E", 4: (0, 0, 0)}, (None, None)),
        ({1: "N", 2: (95, 0, 0), 3: "E", 4: (10, 0, 0)}, (None, None)),
        ({1: "N", 2: (float("nan"), 0, 0), 3: "E", 4: (10, 0, 0)}, (None, None)),
        ({1: "N", 2: (10, 0, 0)}, (None, None)),
        ({2: 7, 4: "x"}, (None, None)),
    ],
)
def test_places(gps: dict[int, Any], place: tuple[float | None, float | None]) -> None:
    """A whole position on Earth other than 0°, 0°, or none."""
    found = from_tags({}, {}, gps)
    assert (found.latitude, found.longitude) == place


def test_a_file_without_exif_is_empty(tmp_path: Path, photo: MakePhoto) -> None:
    """No EXIF, no photo, no file: nothing is known, and nothing is raised."""
    (tmp_path / "b.jpg").write_bytes(b"junk")
    for path in (photo(tmp_path / "a.jpg"), tmp_path / "b.jpg", tmp_path / "c.jpg"):
        assert read_exif(path) == Exif()


TAGS = st.dictionaries(
    st.sampled_from([1, 2, 3, 4, 271, 272, 306, 36867, 42033]),
    st.none() | st.text() | st.binary() | st.floats() | st.integers() | st.tuples(st.floats()) |
    st.tuples(st.floats(), st.floats(), st.floats()),
)  # fmt: skip


@CALM
@given(TAGS, TAGS, TAGS)
def test_no_tags_break_the_reader(
    main: dict[int, Any], camera: dict[int, Any], gps: dict[int, Any]
) -> None:
    """Any values give an answer that the database can hold."""
    found = from_tags(main, camera, gps)
    for word in (found.make, found.model, found.serial, found.captured_at):
        assert word is None or word.encode()


@pytest.mark.parametrize(
    ("tags", "zone"),
    [
        ({36867: "2019:03:04 03:04:50", 36881: "+02:00"}, "+02:00"),
        ({36867: "2019:03:04 03:04:50", 36881: b"-05:30 "}, "-05:30"),
        ({36867: "2019:03:04 03:04:50", 36881: "+99:00"}, None),
        ({36867: "2019:03:04 03:04:50", 36881: "   :  "}, None),
        ({36867: "2019:03:04 03:04:50", 36882: "+02:00"}, None),
        ({36868: "2019:03:04 03:04:50", 36882: "+01:00"}, "+01:00"),
        ({36881: "+02:00"}, None),
    ],
)
def test_the_zone_belongs_to_the_time_that_was_read(tags: dict[int, Any], zone: str | None) -> None:
    """Each of EXIF's times has an offset of its own; what is no offset is none."""
    assert from_tags({}, tags, {}).zone == zone
