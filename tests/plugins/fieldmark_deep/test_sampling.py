from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_metric_learning.utils import common_functions

from fieldmark.errors import UserError
from fieldmark.training import Sample
from fieldmark.types import Side
from fieldmark_deep.sampling import Visit, batches, packed, visits
from fieldmark_deep.settings import Sampling

LEFT, RIGHT = Side.LEFT, Side.RIGHT


def sample(individual: str, side: Side = Side.UNKNOWN, species: str = "tiger") -> Sample:
    """Return a photo that nobody opens."""
    return Sample(Path("photo.jpg"), individual, species, side=side)


def animals(counts: Mapping[str, int], species: str = "tiger") -> list[Sample]:
    """Return so many photos of each animal."""
    return [
        sample(f"{species}/{who}", species=species) for who, n in counts.items() for _ in range(n)
    ]


def flat(lists: list[list[int]]) -> list[int]:
    """Return all places of an epoch."""
    return [p for members in lists for p in members]


INDIVIDUALS = Sampling(kind="individuals", per_individual=4)
HERDS = st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 12), min_size=2, max_size=8)


@given(HERDS, st.integers(0, 9), st.integers(1, 9))
def test_shuffle_shows_every_photo_once(herd: dict[str, int], seed: int, epoch: int) -> None:
    """All batches are full but the last, and only a single left-over photo is missing."""
    samples = animals(herd)
    lists = batches(samples, Sampling(), 4, seed, epoch)
    assert all(len(members) == 4 for members in lists[:-1])
    shown = flat(lists)
    assert len(shown) == len(set(shown)) == len(samples) - (len(samples) % 4 == 1)


@given(HERDS, st.integers(0, 9), st.integers(1, 9))
def test_individuals_shows_every_photo_once(herd: dict[str, int], seed: int, epoch: int) -> None:
    """Everybody comes with all photos; only a batch of a single photo is missing."""
    samples = animals(herd)
    shown = flat(batches(samples, INDIVIDUALS, 8, seed, epoch))
    assert len(shown) == len(set(shown)) >= len(samples) - 1


def test_individuals_come_together() -> None:
    """With four photos each and batches of eight, each batch shows two animals, whole."""
    samples = animals(dict.fromkeys("abcdef", 4))
    lists = batches(samples, INDIVIDUALS, 8, 0, 1)
    assert len(lists) == 3
    for members in lists:
        assert sorted(Counter(samples[p].individual for p in members).values()) == [4, 4]


@given(st.integers(1, 40), st.integers(1, 8), st.integers(0, 9))
def test_many_photos_make_several_visits(count: int, most: int, seed: int) -> None:
    """⌈n/N⌉ visits of at most N photos, whose sizes differ by one at most, at spread times."""
    samples = animals({"a": count})
    generator = np.random.default_rng(seed)
    made = list(visits(samples, range(count), most, generator))
    sizes = [len(visit.photos) for visit in made]
    assert len(made) == -(-count // most)
    assert max(sizes) <= most
    assert max(sizes) - min(sizes) <= 1
    times = sorted(visit.when for visit in made)
    assert all(abs(b - a - 1 / len(made)) < 1e-9 for a, b in pairwise(times))


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 9))
def test_both_flanks_meet_in_every_visit(left: int, right: int, seed: int) -> None:
    """Each flank is dealt over an individual's visits so that they differ by one photo at most."""
    samples = [*[sample("a", LEFT)] * left, *[sample("a", RIGHT)] * right]
    generator = np.random.default_rng(seed)
    made = list(visits(samples, range(len(samples)), 4, generator))
    for side in (LEFT, RIGHT):
        counts = [sum(samples[p].side is side for p in visit.photos) for visit in made]
        assert max(counts, default=0) - min(counts, default=0) <= 1


def test_singles_are_dropped_or_kept() -> None:
    """Who has one photo is left out, or fills the batches of the others."""
    samples = animals({"a": 4, "b": 1, "c": 4})
    kept = batches(samples, INDIVIDUALS, 8, 0, 1)
    dropped = batches(samples, INDIVIDUALS.model_copy(update={"singles": "drop"}), 8, 0, 1)
    assert len(flat(dropped)) == 8
    assert {samples[p].individual for p in flat(dropped)} == {"tiger/a", "tiger/c"}
    assert 4 not in flat(dropped)
    assert sum(map(len, kept)) in {8, 9}


def test_small_visits_fill_batches() -> None:
    """A visit goes, in its turn, into the first batch with room; a batch of one photo is lost."""
    sizes, photos = (4, 3, 5, 1, 2, 7, 1), iter(range(100))
    drawn = [Visit("", tuple(next(photos) for _ in range(n)), i) for i, n in enumerate(sizes)]
    found = packed(drawn, 8)
    assert found == [[*range(7), 12], [*range(7, 12), 13, 14, 22], [*range(15, 22)]]
    assert packed([Visit("", (5,), 0.0)], 8) == []


@pytest.mark.parametrize("kind", ["shuffle", "individuals", "m-per-class"])
def test_batches_depend_on_seed_and_epoch_alone(kind: str) -> None:
    """The same arguments give the same batches, others differ, and numpy's state is as before."""
    samples = animals(dict.fromkeys("abcdefgh", 6))
    chosen = Sampling.model_validate({"kind": kind})
    np.random.seed(7)  # the generator that the library draws from
    following = np.random.random()
    np.random.seed(7)
    made = [
        batches(samples, chosen, 8, seed, epoch) for seed, epoch in ((1, 1), (1, 1), (1, 2), (2, 1))
    ]
    assert made[0] == made[1]
    assert made[0] != made[2] != made[3] != made[0]
    assert np.random.random() == following
    assert common_functions.NUMPY_RANDOM is np.random


def test_m_per_class_composes_every_batch() -> None:
    """Each batch has four photos of each of two individuals."""
    samples = animals({"a": 6, "b": 5, "c": 9, "d": 4})
    for members in batches(samples, Sampling(kind="m-per-class"), 8, 0, 1):
        assert sorted(Counter(samples[p].individual for p in members).values()) == [4, 4]


def test_m_per_class_needs_enough_individuals() -> None:
    """Too few are refused, with what to write instead."""
    with pytest.raises(UserError, match="need 2 individuals, and there are 1"):
        batches(animals({"a": 9}), Sampling(kind="m-per-class"), 8, 0, 1)


def test_m_per_class_cannot_balance() -> None:
    """It draws all individuals equally often, and says so."""
    with pytest.raises(UserError, match="cannot balance species"):
        batches(animals({"a": 9, "b": 9}), Sampling(kind="m-per-class", balance_species=1), 8, 0, 1)


def test_too_few_photos_are_refused() -> None:
    """A training without two photos to compare never begins."""
    with pytest.raises(UserError, match="only 0 of 2 photos"):
        batches(animals({"a": 1, "b": 1}), Sampling(singles="drop"), 8, 0, 1)


TWO = animals(dict.fromkeys("abcdefgh", 8)) + animals({"a": 4, "b": 4}, "nyala")


def shares(balance: float, kind: str, epochs: int = 30) -> dict[str, float]:
    """Return the photos of each species in an epoch, on average."""
    chosen = Sampling.model_validate({"kind": kind, "balance_species": balance})
    shown = [TWO[p].species for e in range(epochs) for p in flat(batches(TWO, chosen, 8, 0, e + 1))]
    return {species: count / epochs for species, count in Counter(shown).items()}


@pytest.mark.parametrize("kind", ["shuffle", "individuals"])
@pytest.mark.parametrize(
    ("balance", "tigers"),
    [(0.0, 64.0), (1.0, 36.0), (0.5, 72 * 8 / (8 + 8**0.5))],
)
def test_species_are_balanced(balance: float, tigers: float, kind: str) -> None:
    """64 and 8 photos come as they are, as 36 and 36, or in the ratio of their roots."""
    found = shares(balance, kind)
    assert found["tiger"] == pytest.approx(tigers, abs=1.0)
    assert found["nyala"] == pytest.approx(72 - tigers, abs=1.0)


@settings(max_examples=25)
@given(st.floats(0, 1), st.integers(0, 5))
def test_balancing_shows_all_photos_before_any_again(balance: float, seed: int) -> None:
    """A species that must come more often repeats its photos evenly; the epoch keeps its length."""
    lists = batches(TWO, Sampling(balance_species=balance), 8, seed, 1)
    shown = Counter(flat(lists))
    assert shown.total() == 72
    nyalas = [shown[p] for p, s in enumerate(TWO) if s.species == "nyala"]
    assert max(nyalas) - min(nyalas) <= 1
