"""Clock corrections and time zones are read as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.catalog.clocks_text import (
    LONGEST,
    checked_zone,
    offset_between,
    offset_in_words,
    parse_offset,
)
from fieldmark.errors import UserError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("+1d2h", 93_600), ("-00:17:30", -1_050), ("1d 02:00", 93_600), ("0", 0), ("-0", 0),
        ("3m20s", 200), (" + 2h 5m ", 7_500), ("-90s", -90), ("26:00", 93_600),
        ("\u22121H", -3_600), ("365d", 31_536_000),
    ],
)  # fmt: skip
def test_corrections_are_read(text: str, seconds: int) -> None:
    """Days, hours, minutes and seconds, or a clock, with a sign or without."""
    assert parse_offset(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "+", "1", "2h1d", "1:60", "00:00:99", "a day", "1h1h", "--1h"]
)
def test_what_is_no_correction_is_refused(text: str) -> None:
    """The message says what to type."""
    with pytest.raises(UserError, match=r"\+1d2h"):
        parse_offset(text)


def test_a_correction_of_centuries_is_a_slip() -> None:
    """It would move photos out of the calendar."""
    with pytest.raises(UserError, match="150 years"):
        parse_offset("99999d")


@given(st.integers(-LONGEST, LONGEST))
def test_what_is_written_is_read_back(seconds: int) -> None:
    """Every correction has words, and they mean it."""
    assert parse_offset(offset_in_words(seconds)) == seconds


@given(st.text(alphabet="+-0123456789dhms: ", max_size=12))
def test_no_text_breaks_the_reader(text: str) -> None:
    """A correction is read, within its limits, or refused in words."""
    try:
        seconds = parse_offset(text)
    except UserError:
        return
    assert abs(seconds) <= LONGEST
    assert parse_offset(offset_in_words(seconds)) == seconds


def test_a_known_photo_tells_the_correction() -> None:
    """What the camera showed, and when it was."""
    assert offset_between("2019-03-04 03:04:50", "2019-03-04T05:04:49") == 7_199
    assert offset_between("2026-03-04 03:04:50", "2019-03-04 03:04:50") == -2557 * 86_400
    with pytest.raises(UserError, match="'yesterday' is not a date"):
        offset_between("yesterday", "2019-03-04 03:04:50")
    with pytest.raises(UserError, match="'2019-03-04' is not a date with a time"):
        offset_between("2019-03-04", "2020-01-01 10:00:00")


@pytest.mark.parametrize("zone", ["Africa/Johannesburg", "+02:00", "-09:30", "UTC", "+14:00"])
def test_zones_are_places_or_hours(zone: str) -> None:
    """Both are kept as they were typed."""
    assert checked_zone(f" {zone}") == zone


@pytest.mark.parametrize(
    "zone", ["johannesburg", "Africa/Johanesburg", "+2", "+15:00", "", "../UTC"]
)
def test_an_unknown_zone_is_refused(zone: str) -> None:
    """The message says what is allowed."""
    with pytest.raises(UserError, match="Africa/Johannesburg"):
        checked_zone(zone)
