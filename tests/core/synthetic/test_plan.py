from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.errors import UserError
from fieldmark.synthetic.noise import FloatArray
from fieldmark.synthetic.patterns import KINDS
from fieldmark.synthetic.plan import SurveyPlan, demo_plan, schedule, shot_of
from fieldmark.synthetic.survey import render_photo

plans = st.builds(
    SurveyPlan,
    individuals=st.integers(1, 25),
    stations=st.integers(1, 12),
    encounters=st.integers(1, 8),
    photos=st.integers(1, 3),
    pairs=st.floats(0, 1),
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 2**63 - 1),
    start=st.dates(date(1950, 1, 1), date(2100, 12, 31)),
    days=st.integers(30, 400),
)


@settings(max_examples=60, deadline=None)
@given(plans)
def test_any_valid_plan_has_a_schedule(plan: SurveyPlan) -> None:
    """Every plan gives exactly its photos: own paths, in time order per station, in its days."""
    sightings = schedule(plan)
    assert len(sightings) == len(plan)
    assert len({sighting.path for sighting in sightings}) == len(plan)
    order = [(sighting.station, sighting.when) for sighting in sightings]
    assert order == sorted(order)
    end = plan.start + timedelta(days=plan.days)
    assert all(plan.start <= sighting.when.date() <= end for sighting in sightings)
    assert {sighting.individual for sighting in sightings} == set(range(plan.individuals))
    assert len({sighting.identity for sighting in sightings}) == plan.individuals


@settings(max_examples=30, deadline=None)
@given(plans)
def test_encounters_stand_apart(plan: SurveyPlan) -> None:
    """One encounter is one individual at one station within seconds; two are minutes apart."""
    spans: dict[int, list[datetime]] = {}
    for sighting in schedule(plan):
        spans.setdefault(sighting.encounter, []).append(sighting.when)
    ordered = sorted((min(times), max(times)) for times in spans.values())
    assert all(last - first < timedelta(seconds=60) for first, last in ordered)
    gaps = [after[0] - before[1] for before, after in pairwise(ordered)]
    assert all(gap > timedelta(seconds=120) for gap in gaps)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("individuals", 0, "individuals: expected a whole number from 1 to 100000, got 0"),
        ("stations", 2.5, "stations: expected a whole number from 1 to 9999, got 2.5"),
        ("encounters", True, "encounters: expected a whole number from 1 to 1000, got True"),
        ("photos", -1, "photos: expected a whole number from 1 to 20, got -1"),
        ("pairs", 1.5, "pairs: expected a share from 0 to 1, got 1.5"),
        ("kind", "plaid", "kind: expected one of stripes, spots, rosettes, got 'plaid'"),
        ("width", 10, "width: expected a whole number from 64 to 4096, got 10"),
        ("seed", -1, "seed: expected a whole number from 0 to"),
        ("species", "a\nb", "species: expected a name on one line, got"),
        ("start", "2024-01-01", "start: expected a date from 1950 to 2100, got '2024-01-01'"),
        ("days", 1, r"days: expected room for all encounters \(at most 36\), got 11 individuals"),
    ],
)
def test_wrong_plan_is_refused(name: str, value: object, expected: str) -> None:
    """A plan that cannot be photographed says what was expected and what it got."""
    values: dict[str, Any] = {name: value}
    with pytest.raises(UserError, match=expected):
        replace(SurveyPlan(), **values)


def test_demo_is_small_and_varied() -> None:
    """The demo has 60 to 80 photos, day and night, both flanks of everyone, some side by side."""
    plan = demo_plan()
    sightings = schedule(plan)
    assert 60 <= len(plan) <= 80
    assert len({sighting.station for sighting in sightings}) == plan.stations
    flanks = {(sighting.individual, sighting.flank) for sighting in sightings}
    assert len(flanks) == 2 * plan.individuals
    hours = [sighting.when.hour for sighting in sightings]
    assert any(8 <= hour < 16 for hour in hours)
    assert any(hour < 4 for hour in hours)
    visits = {(sighting.encounter, sighting.flank) for sighting in sightings}
    assert len(visits) > len({encounter for encounter, _ in visits})


def test_every_photo_has_its_own_seed() -> None:
    """No two photos of a survey share pose, place and light."""
    plan = demo_plan()
    assert len({shot_of(plan, index).seed for index in range(len(plan))}) == len(plan)


def test_background_does_not_tell_who() -> None:
    """Backgrounds are no more alike within individuals than between them."""
    plan = SurveyPlan(individuals=4, stations=3, encounters=6, pairs=0, width=96, height=72, seed=5)
    views = np.array([_background(plan, index) for index in range(len(plan))])
    who = np.array([sighting.individual for sighting in schedule(plan)])
    where = np.array([sighting.station for sighting in schedule(plan)])
    alike = np.corrcoef(views)
    other = ~np.eye(len(plan), dtype=bool)
    same_animal, same_place = who[:, None] == who, where[:, None] == where
    assert abs(alike[same_animal & other].mean() - alike[~same_animal].mean()) < 0.1
    assert alike[same_place & other].mean() > alike[~same_place].mean() + 0.08


def _background(plan: SurveyPlan, index: int) -> FloatArray:
    """Return the top of a photo, where no animal reaches, as brightness of blocks, normalised."""
    pixels = render_photo(plan, index).pixels[:18].astype(np.float32).mean(axis=2)
    blocks = pixels.reshape(6, 3, 32, 3).mean(axis=(1, 3)).ravel()
    return np.asarray((blocks - blocks.mean()) / (blocks.std() + 1e-6), np.float32)
