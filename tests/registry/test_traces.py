"""Paths and places are found however they are written, and ordinary numbers are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark_registry.traces import coordinates, full_paths, is_place


@given(
    st.lists(st.from_regex(r"[a-z][a-zA-Z0-9_-]{0,8}", fullmatch=True), min_size=2, max_size=5),
    st.booleans(),
)
def test_any_full_path_is_found(parts: list[str], windows: bool) -> None:
    """Whatever its folders are called, a full path is found."""
    path = "C:\\" + "\\".join(parts) if windows else "/" + "/".join(parts)
    assert full_paths(f"weights: {path}")


@given(
    st.floats(1.001, 89).map(lambda v: f"{v:.4f}"),
    st.floats(1.001, 179).map(lambda v: f"{v:.4f}"),
    st.sampled_from([", ", "; ", " ", " / ", "° "]),
    st.sampled_from(["The station stands at", "Location:", "GPS", "coordinates =", "WGS84 of it"]),
)
def test_planted_pair_is_found(lat: str, lon: str, between: str, word: str) -> None:
    """Two numbers like decimal degrees beside a word for a place are found in text."""
    assert coordinates(f"{word} {lat}{between}{lon}.")


@pytest.mark.parametrize(
    "text",
    [
        "mean 0.485, 0.456, 0.406", "rotate: 15.0", "photos at one station within 120 seconds",
        "GPS data are not published", "flat: 0.5", "the location of 3.141 and nothing", "43 P 1",
        "a starting point (3 epochs)", "top-1 0.2968 at 12 stations", "version 1.2.3, 4.5.6",
        "coordinates of boxes: 0.1234, 0.5678", "plateau: 12.5", "length 12.345, 23.456",
    ],
)  # fmt: skip
def test_what_is_no_place(text: str) -> None:
    """Words about places without numbers, and numbers without places, are left in peace."""
    assert coordinates(text) == []


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("location", [12.97, 77.59], True),
        ("coordinates", {"x": 77.59, "y": 12.97}, True),
        ("utm", "512345 E", False),
        ("utm_x", 512345, True),
        ("lat", None, False),
        ("lat", True, False),
        ("lat_channels", 256, False),
        ("location", [0.25, 0.75], False),
        ("stations", 12, False),
        ("station", "A12", False),
        ("longSide", 256, False),
    ],
)
def test_keys_that_tell_a_place(key: str, value: object, place: bool) -> None:
    """A key tells a place only together with numbers that can be one."""
    assert is_place(key, value) is place
