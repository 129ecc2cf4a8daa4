"""What is kept for the calibration shares nothing with what is learnt from."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.errors import UserError
from fieldmark.training import Sample
from fieldmark.types import Side
from fieldmark_sides.parts import groups, kept_apart
from fieldmark_sides.settings import SideSettings

SETTINGS = SideSettings(calibration_least=2)


def sample(number: int, who: str, visit: str | None) -> Sample:
    """Return a labelled photo."""
    side = Side.LEFT if number % 2 else Side.RIGHT
    return Sample(Path(f"{number}.jpg"), who, "cat", side=side, encounter=visit)


def test_individuals_of_one_visit_are_one_group() -> None:
    """A and b met once, so all their photos stay together; c is alone."""
    samples = [sample(0, "a", "1"), sample(1, "b", "1"), sample(2, "b", "2"), sample(3, "c", None)]
    first, second, third, alone = groups(samples)
    assert first == second == third != alone


photos = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 30)), min_size=20, max_size=80)


@given(photos, st.integers(0, 3))
def test_nobody_and_no_visit_is_on_both_sides(rows: list[tuple[int, int]], seed: int) -> None:
    """Individuals and visits of the calibration are never learnt from, and nothing is lost."""
    samples = [sample(n, f"i{who}", f"v{visit}") for n, (who, visit) in enumerate(rows)]
    settings = SETTINGS.model_copy(update={"seed": seed, "calibration_least": 0})
    learnt, apart = kept_apart(samples, settings)
    assert sorted(map(str, (*learnt, *apart))) == sorted(map(str, samples))
    assert not {s.individual for s in learnt} & {s.individual for s in apart}
    assert not {s.encounter for s in learnt} & {s.encounter for s in apart}


def test_the_order_of_the_data_does_not_matter() -> None:
    """The same photos in another order are parted in the same way, and another seed in another."""
    samples = [sample(n, f"i{n // 4}", None) for n in range(80)]
    one, back = (set(kept_apart(each, SETTINGS)[1]) for each in (samples, samples[::-1]))
    assert one == back
    assert 10 <= len(one) <= 22
    other = SETTINGS.model_copy(update={"seed": 1})
    assert set(kept_apart(samples, other)[1]) != one


def test_too_few_are_refused() -> None:
    """One single visit cannot be parted; the message says what to do."""
    samples = [sample(n, "a", "1") for n in range(50)]
    with pytest.raises(UserError, match=r"^0 photos are left .* --set train\.calibration="):
        kept_apart(samples, SETTINGS)
