"""One query against the whole gallery: rules, growth, storage."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fieldmark.components import Context, Index
from fieldmark.errors import UserError
from fieldmark.testing.galleries import OpenRules
from fieldmark.types import Candidate, Explanation, Keypoints, Query, Vector
from fieldmark_sift import LNBNN
from fieldmark_sift.lnbnn import Lnbnn

PEOPLE = 12
POINTS = 60
MANY = 450
"""Keypoints for each photo, so that a gallery is large enough for inverted lists."""


def photo(person: int, view: int, points: int = POINTS) -> Keypoints:
    """Return keypoints of one animal; its views differ by noise in descriptors and places."""
    own, seen = np.random.default_rng(person), np.random.default_rng((person, view))
    xy = own.uniform(20, 180, (points, 2)) + seen.normal(0, 1, (points, 2))
    parts = own.gamma(0.6, size=(points, 128)) * seen.uniform(0.8, 1.2, (points, 128))
    roots = 512 * np.sqrt(parts / parts.sum(axis=1, keepdims=True))
    return Keypoints(
        xy=xy.astype(np.float32),
        scale=own.uniform(5, 20, points).astype(np.float32),
        angle=np.zeros(points, np.float32),
        weight=np.ones(points, np.float32),
        descriptors=np.clip(roots, 0, 255).astype(np.uint8),
        size=(200, 200),
    )


def build(**options: object) -> Lnbnn:
    """Return the matcher."""
    made = LNBNN.build(LNBNN.options.model_validate(options), Context())
    assert isinstance(made, Lnbnn)
    return made


def gallery(index: Index, views: range = range(2), points: int = POINTS) -> Index:
    """Fill an index: annotation 10·person + view."""
    shown = [(person, view) for person in range(PEOPLE) for view in views]
    index.add([10 * p + v for p, v in shown], [photo(p, v, points) for p, v in shown])
    return index


def ask(
    index: Index, person: int, rules: OpenRules | None = None, points: int = POINTS
) -> list[Candidate]:
    """Search for an unseen view of an animal."""
    query = Query(9000, photo(person, 7, points))
    (found,) = index.search([query], 50, rules or OpenRules())
    return found


def test_own_encounter_never_votes() -> None:
    """A forbidden photo neither appears, nor takes the place of the normaliser or of a voter."""
    index, without = gallery(build().index()), gallery(build().index())
    without.remove([30])
    forbidden = ask(index, 3, OpenRules({30: 0.0}))
    assert forbidden == ask(without, 3)
    assert forbidden[0].annotations == (31,)


@pytest.mark.parametrize("options", [{}, {"exact_up_to": 0}, {"exact_up_to": 0, "pq_bytes": 32}])
def test_every_storage_finds_the_animal(options: dict[str, object]) -> None:
    """Exact search, inverted lists and product quantisation name the right individual."""
    index = gallery(build(probes=64, **options).index(), points=MANY)
    best = [ask(index, p, points=MANY)[0].annotations[0] // 10 for p in range(PEOPLE)]
    assert best == list(range(PEOPLE))


def test_lists_and_exact_search_agree() -> None:
    """When every list is looked at, inverted lists give the exact result."""
    exact = gallery(build().index(), points=MANY)
    lists = gallery(build(exact_up_to=0, probes=4096).index(), points=MANY)
    for person in range(PEOPLE):
        one, other = ask(lists, person, points=MANY), ask(exact, person, points=MANY)
        assert [c.individual for c in one] == [c.individual for c in other]
        assert [c.score for c in one] == pytest.approx([c.score for c in other], rel=1e-3)


@pytest.mark.parametrize(("limit", "points"), [(10**6, POINTS), (0, MANY)])
def test_removed_rows_are_dropped(limit: int, points: int, tmp_path: Path) -> None:
    """After removing half the gallery and saving, an index is as one that never held it."""
    index = gallery(build(exact_up_to=limit, probes=4096).index(), range(4), points)
    index.remove([10 * p + v for p in range(PEOPLE) for v in (1, 3)])
    index.add([31], [photo(3, 1, points)])
    index.save(tmp_path)
    loaded = build(exact_up_to=limit, probes=4096).load(tmp_path)
    fresh = build().index()
    shown = [(p, v) for p in range(PEOPLE) for v in range(4) if v in (0, 2) or (p, v) == (3, 1)]
    fresh.add([10 * p + v for p, v in shown], [photo(p, v, points) for p, v in shown])
    for made in (index, loaded):
        assert made.ids.tolist() == fresh.ids.tolist()
        for person in range(PEOPLE):
            one, other = ask(made, person, points=points), ask(fresh, person, points=points)
            assert [c.annotations for c in one] == [c.annotations for c in other]
            assert [c.score for c in one] == pytest.approx([c.score for c in other], rel=1e-3)


def test_votes_per_annotation_count_the_best_photo() -> None:
    """Per annotation, a second photo of the same individual adds nothing."""
    rules = OpenRules(named={10 * p + v: p for p in range(PEOPLE) for v in range(2)})
    index = gallery(build(votes="annotation").index())
    both = ask(index, 3, rules)[0]
    index.remove([both.annotations[1]])
    assert ask(index, 3, rules)[0].score == pytest.approx(both.score, rel=0.05)


def test_explain_shows_the_votes() -> None:
    """An explanation's weights add up to the verified score of a photo that votes alone."""
    index = gallery(build().index())
    best = ask(index, 3, OpenRules({31: 0.0}))[0]
    (shown,) = index.explain(Query(9000, photo(3, 7)), [30], OpenRules({31: 0.0}))
    assert shown.weights.sum() == pytest.approx(best.score, rel=0.01)
    assert np.abs(shown.query_xy - shown.candidate_xy).max() < 0.05


def test_explain_answers_for_a_forbidden_photo() -> None:
    """People may ask why two photos are alike even where identification must not compare them."""
    index = gallery(build().index())
    (shown,) = index.explain(Query(9000, photo(3, 7)), [30], OpenRules({30: 0.0, 31: 0.0}))
    assert isinstance(shown, Explanation)
    assert len(shown) > POINTS / 2


def test_descriptors_of_another_kind_are_refused() -> None:
    """A gallery of RootSIFT takes no descriptors of another length, and stays as it was."""
    index = gallery(build().index())
    other = replace(photo(1, 1), descriptors=np.zeros((POINTS, 64), np.float32))
    with pytest.raises(UserError, match="one embedder"):
        index.add([11], [other])
    assert 11 in index.ids
    assert ask(index, 1)[0].annotations[0] // 10 == 1


def test_float_descriptors_are_taken() -> None:
    """Descriptors of other embedders, float32 of any length, are matched, too."""
    index = build().index()
    floats = [
        replace(photo(p, 0), descriptors=photo(p, 0).descriptors[:, :96].astype(np.float32))
        for p in range(PEOPLE)
    ]
    index.add(range(PEOPLE), floats)
    query = replace(photo(5, 7), descriptors=photo(5, 7).descriptors[:, :96].astype(np.float32))
    assert index.search([Query(99, query)], 1, OpenRules())[0][0].annotations[0] == 5


def test_vectors_are_refused() -> None:
    """A vector has no keypoints; the message says so."""
    with pytest.raises(UserError, match="lnbnn compares keypoints"):
        build().index().add([1], [Vector(np.zeros(8, np.float32))])


def test_index_of_another_file_is_refused(tmp_path: Path) -> None:
    """A file with other arrays is no index."""
    np.savez(tmp_path / "lnbnn.npz", ids=np.arange(3))
    with pytest.raises(UserError, match="no index that can be read"):
        build().load(tmp_path)
