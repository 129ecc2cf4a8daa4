"""Reading boxes, sides, times and JSON: a value or a refusal, whatever the text."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmark.catalog.imports.fields import (
    matches_species,
    parse_box,
    parse_side,
    parse_time,
    slug,
)
from fieldmark.catalog.imports.items import PixelBox, known_name
from fieldmark.catalog.imports.jsonstream import elements
from fieldmark.errors import UserError
from fieldmark.types import Side

PIXELS = st.floats(-1e6, 1e6, allow_nan=False)
SIZES = st.floats(1e-3, 1e6)

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For a machine that is busy with something else."""


@pytest.mark.parametrize(
    "text",
    ["[1, 2, 3, 4]", "(1,2,3,4)", "1 2 3 4", "[1;2;3;4]", " [1.0, 2.0, 3e0, 4.] ", "1\t2\t3\t4"],
)
def test_a_box_has_many_spellings(text: str) -> None:
    """Brackets are optional, and commas, semicolons and blanks separate."""
    assert parse_box(text) == PixelBox(1, 2, 3, 4)


@pytest.mark.parametrize("text", ["", "  ", "nan", "NaN", "None", "[]", "[nan]"])
def test_no_box_is_no_box(text: str) -> None:
    """What other programs write for an absent box is one."""
    assert parse_box(text) is None


@pytest.mark.parametrize(
    "text",
    ["1,2,3", "[1,2,3,4,5]", "[1,2,0,4]", "[1,2,3,-4]", "[1,2,nan,4]", "[1,2,inf,4]", "[1,,2,3]",
     "__import__('os')", "[1,2,3,4", "[1,2,1e300,4]"],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    """The refusal says what was expected."""
    with pytest.raises(ValueError, match="expected a box"):
        parse_box(text)


@CALM
@given(PIXELS, PIXELS, SIZES, SIZES)
def test_a_written_box_is_read_back(x: float, y: float, w: float, h: float) -> None:
    """What Python or JSON writes is what is read."""
    assert (
        parse_box(str([x, y, w, h])) == PixelBox(x, y, w, h) == parse_box(json.dumps([x, y, w, h]))
    )


@CALM
@given(st.text())
def test_no_text_breaks_the_box_parser(text: str) -> None:
    """Any text gives a box, none, or a refusal."""
    with contextlib.suppress(ValueError):
        box = parse_box(text)
        assert box is None or (box.w > 0 and box.h > 0)


@CALM
@given(PIXELS, PIXELS, SIZES, SIZES, st.integers(1, 20_000), st.integers(1, 20_000))
def test_a_box_is_cut_at_the_photos_edge(
    x: float, y: float, w: float, h: float, width: int, height: int
) -> None:
    """The part inside the photo is a valid box; nothing inside is no box."""
    box, clipped = PixelBox(x, y, w, h).in_photo(width, height)
    outside = x > width or y > height or x + w < 0 or y + h < 0
    if outside:
        assert (box, clipped) == (None, False)
    if box is not None:
        assert 0 <= box.x <= 1
        assert box.x + box.w <= 1 + 1e-9


def test_a_box_inside_is_not_called_cut() -> None:
    """Only more than a pixel beyond the edge is worth a note."""
    assert PixelBox(0, 0, 100, 50).in_photo(100, 50)[1] is False
    assert PixelBox(-0.5, 0, 100, 50).in_photo(100, 50)[1] is False
    assert PixelBox(-5, 0, 100, 50).in_photo(100, 50)[1] is True


@pytest.mark.parametrize(
    ("text", "side"),
    [("left", Side.LEFT), (" Right ", Side.RIGHT), ("L", Side.LEFT), ("rear", Side.BACK),
     ("up", Side.TOP), ("", Side.UNKNOWN), ("nan", Side.UNKNOWN), ("front-left", None)],
)  # fmt: skip
def test_sides(text: str, side: Side | None) -> None:
    """Known words are sides; an unknown word is told from no word."""
    assert parse_side(text) == side


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2019-03-04 03:04:50", "2019-03-04T03:04:50"),
        ("2019:03:04 03:04:50", "2019-03-04T03:04:50"),
        ("2019-03-04T03:04:50.25+02:00", "2019-03-04T03:04:50"),
        ("2019/3/4 3:04", "2019-03-04T03:04:00"),
        ("2019-03-04", "2019-03-04"),
        ("04/03/2019", None),
        ("2019-13-04", None),
        ("yesterday", None),
    ],
)
def test_times(text: str, time: str | None) -> None:
    """The year comes first, a zone is dropped, and a day without a time stays a day."""
    assert parse_time(text) == time


@CALM
@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    """Times, sides, names and species take any text."""
    parse_time(text)
    parse_side(text)
    known_name(text)
    assert matches_species(slug(text), text)


def test_species_are_compared_as_whole_names() -> None:
    """A snow leopard is not a leopard, with or without its scientific name."""
    assert matches_species("Snow leopard (Panthera uncia)", "snow-leopard")
    assert not matches_species("Snow leopard (Panthera uncia)", "leopard")
    assert matches_species("leopard", "leopard")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@CALM
@given(st.lists(JSON, max_size=6), st.dictionaries(st.text(max_size=4), JSON), st.integers(1, 40))
def test_streaming_equals_reading_at_once(
    tmp_path_factory: pytest.TempPathFactory, images: list[Any], others: dict[str, Any], chunk: int
) -> None:
    """However small the window, the elements are those that `json.loads` finds."""
    path = tmp_path_factory.getbasetemp() / "stream.json"
    for indent in (None, 2):
        path.write_text(json.dumps(images, indent=indent), "utf-8")
        assert list(elements(path, {"images"}, chunk)) == [(None, one) for one in images]
        path.write_text(json.dumps(others | {"images": images}, indent=indent), "utf-8")
        found = list(elements(path, {"images"}, chunk))
        assert [one for key, one in found if key == "images"] == images
        assert {key: one for key, one in found if key != "images"} == {
            key: one for key, one in others.items() if key != "images"
        }


@CALM
@given(st.text(max_size=40) | st.text('[]{},:"01 tn', max_size=20))
def test_streaming_refuses_what_is_not_json(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """Any text gives elements or a sentence, and agrees with `json.loads` on which."""
    path = tmp_path_factory.getbasetemp() / "text.json"
    path.write_text(text, "utf-8", "surrogatepass", newline="")
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    if isinstance(whole, list | dict):
        assert len(list(elements(path, {"images"}, 3))) == len(whole)
    else:
        with pytest.raises(UserError):
            list(elements(path, {"images"}, 3))
