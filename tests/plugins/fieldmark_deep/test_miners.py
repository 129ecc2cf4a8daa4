import pytest
import torch
from torch import Tensor

from fieldmark_deep.miners import Triplets, random_negatives, weighted_semi_hard

LABELS = torch.tensor([0, 0, 1, 1, 2])
# On a line: the two of class 0 are 1 apart, the others 2, 4 and 9 from the first of them.
PLACES = torch.tensor([0.0, 1.0, 2.0, 4.0, 9.0])
DISTANCES = (PLACES[:, None] - PLACES).abs()


def generator(seed: int = 0) -> torch.Generator:
    """Return a generator that is nobody else's."""
    return torch.Generator().manual_seed(seed)


def pairs(triplets: Triplets) -> set[tuple[int, int]]:
    """Return the anchors with their positives."""
    return set(zip(triplets[0].tolist(), triplets[1].tolist(), strict=True))


def negatives_of(anchor: int, positive: int, margin: float, draws: int) -> Tensor:
    """Return how often each photo was drawn as the negative of a pair."""
    shared, counts = generator(), torch.zeros(len(LABELS))
    for _ in range(draws):
        a, p, n = weighted_semi_hard(DISTANCES, LABELS, margin, shared)
        counts[n[(a == anchor) & (p == positive)]] += 1
    return counts


def test_every_pair_comes_in_both_orders_once() -> None:
    """All positives of every anchor are taken, each once; who is alone is no anchor."""
    triplets = weighted_semi_hard(DISTANCES, LABELS, 2.0, generator())
    assert pairs(triplets) == {(0, 1), (1, 0), (2, 3), (3, 2)}
    assert len(triplets[0]) == 4


def test_only_semi_hard_negatives_are_drawn() -> None:
    """For 0 and 1, 1 apart, margin 4 allows distances in (1, 5): photos 2 and 3, never 4."""
    counts = negatives_of(0, 1, 4.0, 200)
    assert counts.nonzero()[:, 0].tolist() == [2, 3]


def test_bounds_are_strict() -> None:
    """For 1 and 0, 1 apart, photo 2 at distance 1 is too near, and 3 at distance 3 beyond 1 + 2."""
    counts = negatives_of(1, 0, 2.0, 100)
    assert counts.nonzero()[:, 0].tolist() == [2, 3, 4]  # none is semi-hard: any may come


def test_nearer_negatives_are_drawn_more_often() -> None:
    """Photos 2 and 3, at distances 2 and 4 from 0, come as 1/2 to 1/4."""
    counts = negatives_of(0, 1, 4.0, 1500)
    assert (counts[2] / counts.sum()).item() == pytest.approx(2 / 3, abs=0.04)


def test_without_a_semi_hard_negative_any_is_drawn() -> None:
    """Where none lies within the margin, all negatives are equally likely."""
    counts = negatives_of(0, 1, 0.5, 1500)
    torch.testing.assert_close(
        counts / counts.sum(), torch.tensor([0, 0, 1, 1, 1]) / 3, atol=0.05, rtol=0
    )


def test_random_negatives_ignore_distances() -> None:
    """Before mining begins every negative of every pair is equally likely."""
    shared, counts = generator(), torch.zeros(5)
    for _ in range(1000):
        a, p, n = random_negatives(LABELS, shared)
        assert pairs((a, p, n)) == {(0, 1), (1, 0), (2, 3), (3, 2)}
        counts[n[a == 2]] += 1
    torch.testing.assert_close(
        counts / counts.sum(), torch.tensor([1, 1, 0, 0, 1]) / 3, atol=0.06, rtol=0
    )


def test_the_generator_alone_decides() -> None:
    """Equal seeds draw equal triplets, others differ, and the global generator stays as it is."""
    torch.manual_seed(5)
    before = torch.get_rng_state()
    labels = torch.arange(32) // 4
    distances = (torch.arange(32.0)[:, None] - torch.arange(32.0)).abs()
    first, again, other = (
        weighted_semi_hard(distances, labels, 9.0, generator(seed))[2] for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2], [0]])
def test_a_batch_without_triplets_gives_none(labels: list[int]) -> None:
    """One class, or none with two photos: the three lists are empty."""
    n = len(labels)
    for triplets in (
        weighted_semi_hard(torch.zeros(n, n), torch.tensor(labels), 1.0, generator()),
        random_negatives(torch.tensor(labels), generator()),
    ):
        assert [len(part) for part in triplets] == [0, 0, 0]


def test_duplicates_break_nothing() -> None:
    """Distances of 0 everywhere still give a triplet for every pair."""
    triplets = weighted_semi_hard(torch.zeros(4, 4), torch.tensor([0, 0, 1, 1]), 1.0, generator())
    assert len(triplets[0]) == 4
