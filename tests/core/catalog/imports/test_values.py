"""Numbers and boxes of files that others wrote."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.catalog.imports.places import coordinates
from fieldmark.catalog.imports.times import instant, zoned
from fieldmark.catalog.imports.values import (
    UnusableError,
    confidence,
    corners,
    fractions,
    number,
    pixels,
    text,
)


@pytest.mark.parametrize("value", [0.5, "0.5", " 5e-1 "])
def test_a_number_may_be_in_quotes(value: object) -> None:
    """Some programs write numbers as text."""
    assert number(value) == 0.5


@pytest.mark.parametrize(
    "value", [None, True, "high", "nan", "1_0", math.nan, math.inf, [], 10**400]
)
def test_what_is_no_number_is_refused(value: object) -> None:
    """NaN, words and truth are no numbers."""
    with pytest.raises(UnusableError, match="expected a"):
        number(value)


def test_a_confidence_is_between_0_and_1() -> None:
    """Rounding is forgiven, percentages are not."""
    assert confidence("1.0004") == 1
    with pytest.raises(UnusableError, match="from 0 to 1"):
        confidence(92)


@given(st.lists(st.floats(-3, 3), min_size=4, max_size=4))
def test_a_box_is_inside_the_photo_or_refused(box: list[float]) -> None:
    """What leaves the photo is cut; what is not in it is an error."""
    try:
        cut = fractions(box)
    except UnusableError:
        return
    assert cut.x >= 0
    assert cut.y >= 0
    assert cut.x + cut.w <= 1 + 1e-9
    assert cut.y + cut.h <= 1 + 1e-9


def test_boxes_without_area() -> None:
    """Neither form may be empty, or turned inside out."""
    for make in (pixels, corners):
        with pytest.raises(UnusableError, match="an area"):
            make([5, 5, 0, 5])


@pytest.mark.parametrize(
    ("value", "written"),
    [(7, "7"), (7.0, "7"), (" a ", "a"), (None, ""), (math.nan, ""), ([1], ""), (True, ""),
     ("\ud800", "\\ud800"), (10**300, "1" + "0" * 79)],
)  # fmt: skip
def test_text_can_be_stored(value: object, written: str) -> None:
    """Numbers become text, and nothing that is not text remains."""
    assert text(value) == written


@pytest.mark.parametrize(
    ("written", "time", "zone"),
    [
        ("2020-05-30T02:57:37+02:00", "2020-05-30T02:57:37", "+02:00"),
        ("2020-05-30T02:57:37Z", "2020-05-30T02:57:37", "+00:00"),
        ("2020-05-30 02:57:37-0530", "2020-05-30T02:57:37", "-05:30"),
        ("2020-05-30 02:57", "2020-05-30T02:57:00", ""),
        ("2020-05-30", "2020-05-30", ""),
        ("30/05/2020", "", ""),
        ("2020-05-30T02:57:37+99:00", "2020-05-30T02:57:37", ""),
    ],
)
def test_a_time_and_its_zone(written: str, time: str, zone: str) -> None:
    """The time stays as recorded; the zone is what the source states."""
    assert zoned(written) == (time, zone)


def test_instants_of_different_zones() -> None:
    """The same moment is the same number in every zone; a day is no moment."""
    assert instant("2020-05-30T02:00:00", "+02:00") == instant("2020-05-30T00:00:00", "+00:00")
    assert instant("2020-05-30T00:00:00", "") == instant("2020-05-30T00:00:00", "+00:00")
    assert instant("2020-05-30", "") is None


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(written: str) -> None:
    """No text makes the reader of times fail."""
    instant(*zoned(written))


@pytest.mark.parametrize(
    ("given_", "place"),
    [(("1.5", "-2"), (1.5, -2.0)), (("0", "0"), (None, None)), (("91", "0"), (None, None)),
     (("", "2"), (None, None)), (("north", "2"), (None, None))],
)  # fmt: skip
def test_a_place_on_earth(
    given_: tuple[str, str], place: tuple[float | None, float | None]
) -> None:
    """A missing fix, or a place that is none, is no position."""
    assert coordinates(*given_) == place
