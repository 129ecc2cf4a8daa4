"""Re-ranking by neighbourhoods."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fieldmark.decide.rerank import k_reciprocal, query_expansion

Rows = NDArray[np.float32]


def unit(rows: NDArray[np.float64]) -> Rows:
    """Return rows of length 1."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def vectors(seed: int, n: int = 30, q: int = 8) -> tuple[Rows, Rows]:
    """Return vectors of queries and of a gallery, in loose groups."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(6, 8))
    both = unit(middles[rng.integers(0, 6, n + q)] + 0.6 * rng.normal(size=(n + q, 8)))
    return both[:q], both[q:]


def slow(query: Rows, gallery: Rows, k1: int, k2: int, original: float) -> list[float]:
    """Return the same for one query, as the paper describes it, with sets and loops."""
    everyone = [query, *gallery]
    far = [[1 - float(a @ b) for b in everyone] for a in everyone]

    def near(i: int, k: int, among: list[int]) -> list[int]:
        return sorted(among, key=lambda j: (far[i][j] if i != j else -1, j))[:k]

    shelf = list(range(1, len(everyone)))

    def mutual(i: int, k: int) -> set[int]:
        return {j for j in near(i, k + 1, shelf) if i in near(j, k + 1, shelf)}

    def grown(mine: set[int]) -> set[int]:
        more = set(mine)
        for j in mine:
            other = mutual(j, k1 // 2)
            if len(other & mine) >= 2 / 3 * len(other):
                more |= other
        return more

    def code(i: int, members: set[int]) -> NDArray[np.float64]:
        made = np.zeros(len(everyone))
        for j in members:
            made[j] = np.exp(-far[i][j] if i != j else 0)
        return made / made.sum() if members else made

    codes = {i: code(i, grown(mutual(i, k1))) for i in shelf}
    codes = {i: np.mean([codes[j] for j in near(i, k2, shelf)], axis=0) for i in shelf}
    asks = {j for j in near(0, k1, shelf) if far[0][j] <= sorted(far[j][m] for m in shelf)[k1]}
    own = code(0, grown(asks))
    own = np.mean([own, *(codes[j] for j in near(0, k2 - 1, shelf))], axis=0)
    shared = [np.minimum(own, codes[j]).sum() / np.maximum(own, codes[j]).sum() for j in shelf]
    return [
        1 - ((1 - original) * (1 - s) + original * far[0][j])
        for s, j in zip(shared, shelf, strict=True)
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("k1", "k2"), [(6, 3), (10, 1), (4, 2)])
def test_k_reciprocal_is_what_the_paper_describes(seed: int, k1: int, k2: int) -> None:
    """The fast way and one with sets and loops agree."""
    queries, gallery = vectors(seed)
    found = k_reciprocal(queries @ gallery.T, gallery @ gallery.T, k1, k2, 0.3)
    expected = [slow(query, gallery, k1, k2, 0.3) for query in queries]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_k_reciprocal_finds_what_only_neighbours_share() -> None:
    """A photo that is no neighbour of the query itself comes forward through shared neighbours."""
    angles = np.radians([0, 8, 16, 24, 32, -35, -75, -115])
    ring = unit(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    query, gallery = ring[:1], ring[1:]
    alike = query @ gallery.T
    found = k_reciprocal(alike, gallery @ gallery.T, k1=3, k2=2, original=0.0)
    assert found[0, 3] > found[0, 4]


def test_each_query_is_alone() -> None:
    """What is said of a query does not depend on which others are asked."""
    queries, gallery = vectors(5)
    among = gallery @ gallery.T
    for way in (k_reciprocal, query_expansion):
        together = way(queries @ gallery.T, among)
        alone = [way(query[None] @ gallery.T, among)[0] for query in queries]
        np.testing.assert_allclose(together, alone, atol=1e-6)


def test_what_may_not_be_compared_stays_out() -> None:
    """A forbidden pair stays NaN, and does not lend the query its neighbours."""
    queries, gallery = vectors(6)
    alike, among = queries @ gallery.T, gallery @ gallery.T
    kept = np.arange(10, len(gallery))
    barred = alike.copy()
    barred[:, :10] = np.nan
    found = query_expansion(barred, among)
    assert np.isnan(found[:, :10]).all()
    fewer = query_expansion(alike[:, kept], among[np.ix_(kept, kept)])
    np.testing.assert_allclose(found[:, kept], fewer, atol=1e-6)
    assert np.isnan(k_reciprocal(barred, among)[:, :10]).all()
    assert np.isfinite(k_reciprocal(barred, among)[:, 10:]).all()


@pytest.mark.parametrize("alpha", [0.0, 1.0, 3.0])
def test_query_expansion_needs_no_vectors(alpha: float) -> None:
    """Over similarities it says what adding vectors says."""
    queries, gallery = vectors(7)
    found = query_expansion(queries @ gallery.T, gallery @ gallery.T, 4, alpha)
    for query, row in zip(queries, found, strict=True):
        alike = gallery @ query
        first = np.argsort(-alike, kind="stable")[:4]
        weight = np.where(alike[first] > 0, np.clip(alike[first], 0, None) ** alpha, 0)
        more = query + weight @ gallery[first]
        np.testing.assert_allclose(row, gallery @ (more / np.linalg.norm(more)), atol=1e-5)
