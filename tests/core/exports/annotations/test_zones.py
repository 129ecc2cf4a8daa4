"""Times with an offset from UTC."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.errors import UserError
from fieldmark.exports.annotations.zones import Zones, zone_named


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Africa/Johannesburg", "+02:00"), ("+05:30", "+05:30"), ("-03:00", "-03:00")],
)
def test_a_zone_is_a_place_or_an_offset(name: str, expected: str) -> None:
    """Both are what the catalogue holds."""
    assert datetime(2024, 7, 1, tzinfo=zone_named(name)).isoformat().endswith(expected)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "+99", "+2x", "../etc/passwd", "/etc/passwd"])
def test_anything_else_is_refused(name: str) -> None:
    """The sentence says what is allowed, and what to type."""
    with pytest.raises(UserError, match="fieldmark photos clock --timezone"):
        zone_named(name)


def test_summer_time_is_that_of_the_day(tmp_path: Path) -> None:
    """A zone with summer time has another offset in July than in January."""
    with Project.create(tmp_path, "tiger") as project, project.writing() as session:
        session.add(t.Setting(key="timezone", value="Europe/Paris"))
        session.flush()
        zones = Zones(session)
        assert zones.stamp(datetime(2024, 1, 1), None, None) == "2024-01-01T00:00:00+01:00"
        assert zones.stamp(datetime(2024, 7, 1), None, None) == "2024-07-01T00:00:00+02:00"
        assert zones.stamp(datetime(2024, 7, 1), "+09:00", None) == "2024-07-01T00:00:00+09:00"
        with_zone = datetime(2024, 7, 1, tzinfo=UTC)
        assert zones.stamp(with_zone, "+09:00", None) == "2024-07-01T00:00:00+00:00"
