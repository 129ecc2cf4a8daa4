"""Pairs are scored alike in both directions, and rank individuals."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.testing.galleries import OpenRules, featureless
from fieldmark.types import FeatureKind, Query, Vector
from fieldmark_baselines import PAIRS
from fieldmark_baselines.pairs import Classifier, PairMatcher, cosine, pair_features
from fieldmark_baselines.settings import PairOptions


def vector(*values: float) -> Vector:
    """Return a vector."""
    return Vector(np.array(values, np.float32))


def test_features_of_a_pair() -> None:
    """(1, 4) and (3, −2): differences 2 and 6, products 3 and −8, in either order."""
    one, other = np.array([1, 4], np.float32), np.array([[3, -2]], np.float32)
    assert pair_features(one, other).tolist() == [[2, 6, 3, -8]]
    assert pair_features(other[0], one[None]).tolist() == [[2, 6, 3, -8]]


def test_the_cosine_without_a_model() -> None:
    """Same direction 1, right angle 1/2, opposite 0, and a half for zeros."""
    gallery = np.array([[2, 0], [0, 1], [-1, 0], [0, 0]], np.float32)
    assert cosine(np.array([1, 0], np.float32), gallery).tolist() == [1, 0.5, 0, 0.5]


def test_the_best_photo_stands_for_the_individual() -> None:
    """Scores are weighed by the rules, ties go to the lower number, the forbidden are absent."""
    index = PairMatcher(cosine).index()
    gallery = [vector(1, 0), vector(0, 1), vector(1, 0), vector(1, 0)]
    index.add([1, 2, 3, 4], gallery)
    rules = OpenRules({3: 0.5, 4: 0.0}, {1: 9, 2: 9, 3: 8, 4: 7})
    (found,) = index.search([Query(5, vector(1, 0))], 9, rules)
    assert [(c.individual, c.score, c.annotations) for c in found] == [
        (9, 1.0, (1, 2)),
        (8, 0.5, (3,)),
    ]
    tied = OpenRules(named={1: 9, 2: 6, 3: 8, 4: 7})
    (found,) = index.search([Query(5, vector(1, 0))], 9, tied)
    assert [c.individual for c in found] == [7, 8, 9, 6]


def test_what_cannot_be_compared_is_said() -> None:
    """Keypoints, and vectors of two lengths, are refused in words."""
    index = PairMatcher(cosine).index()
    with pytest.raises(UserError, match="use the embedder orb-sift-brisk"):
        index.add([1], [featureless(FeatureKind.KEYPOINTS)])
    index.add([1], [vector(1, 0)])
    with pytest.raises(UserError, match="got 2 and 3"):
        index.add([2], [vector(1, 0, 0)])
    with pytest.raises(UserError, match="of one length"):
        index.search([Query(9, vector(1, 0, 0))], 1, OpenRules())


def test_without_a_model_it_asks_for_one(tmp_path: Path) -> None:
    """The cosine stands in only when it is asked for, and other files are refused."""
    with pytest.raises(UserError, match="needs weights"):
        PAIRS.build(PairOptions(), Context())
    (tmp_path / "model.txt").write_text("a poem")
    with pytest.raises(UserError, match=r"model\.txt is no model of LightGBM"):
        Classifier(tmp_path / "model.txt", 1)
    with pytest.raises(UserError, match="no model of LightGBM"):
        Classifier(tmp_path / "missing.txt", 1)
