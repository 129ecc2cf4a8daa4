"""Retrieval: by hand, and against another implementation."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_metric_learning.distances import CosineSimilarity
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from pytorch_metric_learning.utils.inference import CustomKNN

from fieldmark.training import Sample
from fieldmark.types import Floats, Side
from fieldmark_deep.training.retrieval import Batch, answer


def at(*degrees: float) -> Floats:
    """Return vectors of length 1 at angles: (n, 2)."""
    turned = np.deg2rad(degrees)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def batch(angles: Sequence[float], whose: str, visits: str = "", sides: str = "") -> Batch:
    """Return samples; a letter each for individual, encounter (- for none), and side (l, r, u)."""
    side = {"l": Side.LEFT, "r": Side.RIGHT, "f": Side.FRONT, "b": Side.BACK}
    samples = [
        Sample(
            Path(f"{n}.jpg"),
            who,
            "cat",
            side=side.get(sides[n : n + 1], Side.UNKNOWN),
            encounter=None if visits[n : n + 1] in {"", "-"} else visits[n],
        )
        for n, who in enumerate(whose)
    ]
    return Batch(at(*angles), samples)


def test_a_query_is_not_its_own_answer() -> None:
    """Searching among themselves, a query finds the nearest other one: a at 0° finds b at 10°."""
    got = answer(batch([0, 10, 30], "aba"), None)
    assert got.queries.tolist() == [0, 2]
    assert got.nearest.tolist() == [[1, 2, -1], [1, 0, -1]]
    assert got.rank.tolist() == [2, 2]
    assert got.precision.tolist() == [0.5, 0.5]
    assert got.chance.tolist() == [0.5, 0.5]


def test_average_precision_by_hand() -> None:
    """Right ones at places 1, 3 and 4 of five: (1/1 + 2/3 + 3/4)/3."""
    got = answer(batch([0], "a"), batch([1, 2, 3, 4, 5], "abaab"))
    assert got.right.tolist() == [[True, False, True, True, False]]
    assert got.precision[0] == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert got.chance[0] == pytest.approx(3 / 5)
    assert got.measures() == pytest.approx(
        {"top-1": 1.0, "top-5": 1.0, "mAP": (1 + 2 / 3 + 3 / 4) / 3, "queries": 1.0}
    )


def test_the_own_encounter_does_not_count() -> None:
    """The nearest photo of the same visit is passed over; the next visit's stands."""
    query, gallery = batch([0], "a", "v"), batch([1, 5, 9], "aba", "vvw")
    got = answer(query, gallery)
    assert got.nearest.tolist() == [[2, -1, -1]]
    assert (got.rank[0], got.precision[0]) == (1, 1.0)


def test_other_animals_of_the_own_encounter_are_no_evidence_either() -> None:
    """A stranger of the same visit is neither right nor wrong: it is not there."""
    got = answer(batch([0], "a", "v"), batch([1, 5], "ba", "v-"))
    assert got.nearest.tolist() == [[1, -1]]


def test_unknown_encounters_are_all_different() -> None:
    """Photos whose encounter nobody knows are each other's evidence."""
    got = answer(batch([0, 5], "aa", "--"), None)
    assert got.rank.tolist() == [1, 1]


def test_queries_that_cannot_be_answered_do_not_count() -> None:
    """Who is in the gallery with the own encounter alone, or not at all, is left out."""
    got = answer(batch([0, 0, 0], "abc", "v--"), batch([1, 2], "ab", "v-"))
    assert got.queries.tolist() == [1]
    nobody = answer(batch([0], "z"), batch([1], "a"))
    assert nobody.measures() == {"queries": 0.0}


def test_opposite_sides_are_not_compared() -> None:
    """Where flanks are incomparable a left one never meets a right one; unknown ones meet all."""
    query, gallery = batch([0], "a", sides="l"), batch([1, 2, 3, 4], "abaa", sides="rlul")
    assert answer(query, gallery, incomparable=True).nearest.tolist() == [[1, 2, 3, -1]]
    assert answer(query, gallery).nearest.tolist() == [[0, 1, 2, 3]]


def test_front_and_left_are_compared() -> None:
    """Only opposites are incomparable: left and right, front and back."""
    query = batch([0], "a", sides="f")
    gallery = batch([1, 2, 3, 4], "aaaa", sides="lrfb")
    got = answer(query, gallery, incomparable=True)
    assert got.nearest.tolist() == [[0, 1, 2, -1]]


def test_only_the_other_flank_is_no_answer() -> None:
    """A query whose individual shows only its other flank is left out."""
    got = answer(batch([0], "a", sides="l"), batch([1, 2], "ab", sides="rl"), incomparable=True)
    assert len(got.queries) == 0


def test_many_queries_are_answered_in_blocks() -> None:
    """More queries than are compared at once give what each gives alone."""
    rng = np.random.default_rng(0)
    whose = "".join(rng.choice(list("abcdefgh"), 1100))
    everyone = batch(rng.uniform(0, 360, 1100).tolist(), whose)
    whole = answer(everyone, None)
    lone = answer(
        Batch(everyone.embeddings[1050:1051], everyone.samples[1050:1051]),
        Batch(
            np.delete(everyone.embeddings, 1050, 0),
            [*everyone.samples[:1050], *everyone.samples[1051:]],
        ),
    )
    row = whole.queries.tolist().index(1050)
    assert whole.precision[row] == pytest.approx(lone.precision[0])
    assert whole.rank[row] == lone.rank[0]


def test_k_cuts_the_list_not_the_measures() -> None:
    """The first right one is found beyond the listed ones."""
    got = answer(batch([0], "a"), batch([1, 2, 3], "bba"), k=1)
    assert got.nearest.tolist() == [[0]]
    assert (got.rank[0], got.precision[0]) == (3, pytest.approx(1 / 3))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(4, 40))
def test_as_in_pytorch_metric_learning(seed: int, individuals: int, count: int) -> None:
    """Without encounters, top-1 and mAP are those of pytorch-metric-learning."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = rng.integers(0, individuals, count)
    labels[:4] = [0, 0, 1, 1]  # somebody can be found
    samples = [Sample(Path(f"{n}.jpg"), str(label), "cat") for n, label in enumerate(labels)]
    ours = answer(Batch(vectors, samples), None).measures()
    theirs = AccuracyCalculator(
        include=("precision_at_1", "mean_average_precision"),
        k=count - 1,
        device=torch.device("cpu"),
        knn_func=CustomKNN(CosineSimilarity()),
    ).get_accuracy(torch.from_numpy(vectors), torch.from_numpy(labels))
    assert ours["top-1"] == pytest.approx(theirs["precision_at_1"], abs=1e-6)
    assert ours["mAP"] == pytest.approx(theirs["mean_average_precision"], abs=1e-6)
