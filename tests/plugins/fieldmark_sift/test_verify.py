"""Spatial verification: what agrees stays, what does not goes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark_sift.verify import Places, Refinement, Verification

RULE = Verification(tolerance=0.05, scale_ratio=1.5, turn=np.pi / 4, minimum=3, refine="none")


def scene(count: int, seed: int) -> Places:
    """Return keypoints somewhere in a picture of diagonal 1."""
    rng = np.random.default_rng(seed)
    return Places(
        rng.uniform(0, 0.7, (count, 2)).astype(np.float32),
        rng.uniform(0.02, 0.1, count).astype(np.float32),
        rng.uniform(-np.pi, np.pi, count).astype(np.float32),
    )


def seen_from(places: Places, turn: float, growth: float, shift: tuple[float, float]) -> Places:
    """Return the keypoints in a picture that is turned, scaled and shifted."""
    cos, sin = growth * np.cos(turn), growth * np.sin(turn)
    moved = places.xy @ np.array([[cos, sin], [-sin, cos]]) + np.array(shift)
    return Places(
        moved.astype(np.float32),
        (places.scale * growth).astype(np.float32),
        (places.angle + turn).astype(np.float32),
    )


def mixed(one: Places, other: Places) -> Places:
    """Return both."""
    parts = zip((one.xy, one.scale, one.angle), (other.xy, other.scale, other.angle), strict=True)
    return Places(*(np.concatenate(pair) for pair in parts))


@pytest.mark.parametrize("refine", ["none", "affine", "homography"])
@given(
    st.floats(-3, 3),
    st.floats(0.6, 1.9),
    st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
    st.integers(0, 50),
)
def test_one_similarity_explains_everything(
    refine: Refinement, turn: float, growth: float, shift: tuple[float, float], seed: int
) -> None:
    """However the animal is turned, scaled and shifted, its matches agree."""
    places = scene(12, seed)
    moved = seen_from(places, turn, growth, shift)
    agree = replace(RULE, refine=refine).agreeing(places, moved, np.ones(12, np.float32))
    assert agree.tolist() == list(range(12))


@pytest.mark.parametrize("refine", ["none", "affine", "homography"])
def test_wrong_matches_go(refine: Refinement) -> None:
    """Matches that lie elsewhere are left out, though they weigh more."""
    right, wrong, elsewhere = scene(12, 1), scene(8, 2), scene(8, 3)
    one = mixed(right, wrong)
    other = mixed(seen_from(right, 0.2, 1.1, (0.1, 0.0)), elsewhere)
    weights = np.r_[np.ones(12), np.full(8, 1.3)].astype(np.float32)
    agree = replace(RULE, refine=refine).agreeing(one, other, weights)
    assert set(range(12)) <= set(agree.tolist())
    assert len(agree) <= 14


def test_wrong_scale_goes() -> None:
    """A match in the right place whose size has changed otherwise is left out."""
    places = scene(6, 4)
    scale = places.scale.copy()
    scale[0] *= 2
    agree = RULE.agreeing(places, replace(places, scale=scale), np.ones(6, np.float32))
    assert agree.tolist() == [1, 2, 3, 4, 5]


def test_two_matches_prove_nothing() -> None:
    """Fewer matches than the minimum agree on nothing."""
    places = scene(2, 5)
    assert not len(RULE.agreeing(places, places, np.ones(2, np.float32)))


@given(st.integers(0, 30), st.integers(3, 25))
def test_order_does_not_matter(seed: int, count: int) -> None:
    """The same matches in another order agree alike."""
    one, other = scene(count, seed), scene(count, seed + 1)
    weights = np.random.default_rng(seed).uniform(0.1, 1, count).astype(np.float32)
    order = np.random.default_rng(seed).permutation(count)
    first = RULE.agreeing(one, other, weights)
    second = RULE.agreeing(one.at(order), other.at(order), weights[order])
    assert sorted(order[second].tolist()) == first.tolist()
