import numpy as np
import pytest

from fieldmark.errors import UserError
from fieldmark.synthetic.noise import FloatArray
from fieldmark.synthetic.patterns import DETAIL, FLANKS, GRID, KINDS, Coat, Kind, grow_coat

WEAK = 0.3


def likeness(first: FloatArray, second: FloatArray) -> float:
    """Correlate two fields."""
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def stretch(field: FloatArray, axis: int, lag: int = 6 * DETAIL) -> float:
    """Correlate a field with itself a few cells along an axis."""
    return likeness(field, np.roll(field, lag, axis=axis))


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_coat(kind: Kind) -> None:
    """A coat is a function of kind, individual and flank: grown anew, it is the same to the bit."""
    again = grow_coat.__wrapped__(kind, 3, "left")
    assert np.array_equal(grow_coat(kind, 3, "left").dark, again.dark)
    assert np.array_equal(grow_coat(kind, 3, "left").fill, again.fill)


@pytest.mark.parametrize("kind", KINDS)
def test_coat_is_what_it_says(kind: Kind) -> None:
    """A coat has the documented shape, type and range, and neither ground nor markings win."""
    coat = grow_coat(kind, 3, "left")
    for field in (coat.dark, coat.fill):
        assert field.shape == (GRID[0] * DETAIL, GRID[1] * DETAIL)
        assert field.dtype == np.float32
        assert field.min() >= 0
        assert field.max() <= 1
    assert 0.1 < coat.dark.mean() < 0.65


@pytest.mark.parametrize("kind", KINDS)
def test_every_flank_of_every_individual_is_its_own(kind: Kind) -> None:
    """Coats of other individuals, and of the other flank, also mirrored, correlate weakly."""
    coats: list[Coat] = [grow_coat(kind, seed, flank) for seed in (3, 4) for flank in FLANKS]
    for place, first in enumerate(coats):
        for second in coats[place + 1 :]:
            assert abs(likeness(first.dark, second.dark)) < WEAK
            assert abs(likeness(first.dark, second.dark[:, ::-1])) < WEAK


def test_stripes_run_down_the_body() -> None:
    """Stripes stay alike from back to belly and change from rump to nose; spots favour neither."""
    stripes, spots = grow_coat("stripes", 3, "left").dark, grow_coat("spots", 3, "left").dark
    assert stretch(stripes, axis=0) > stretch(stripes, axis=1) + 0.3
    assert abs(stretch(spots, axis=0) - stretch(spots, axis=1)) < 0.3


def test_rosettes_are_rings() -> None:
    """Rosettes, and only they, tint the ground inside; dark rims lie around the tinted cores."""
    coat = grow_coat("rosettes", 3, "left")
    assert coat.fill.mean() > 0.05
    assert not grow_coat("spots", 3, "left").fill.any()
    core, far = coat.fill > 0.9, coat.fill < 0.01
    rim = (coat.fill > 0.01) & (coat.fill < 0.9)
    assert coat.dark[rim].mean() > 1.3 * coat.dark[core].mean()
    assert coat.dark[rim].mean() > 1.3 * coat.dark[far].mean()


def test_unknown_kind_is_refused() -> None:
    """A kind of coat that does not exist gives an error that names those that do."""
    with pytest.raises(UserError, match=r"stripes.*got 'plaid'"):
        grow_coat("plaid", 3, "left")
