"""Scores are kept piece by piece, and made again when anything that they hang on changes."""

from dataclasses import replace

import numpy as np
import pytest

from fieldmark.evaluate import scoring
from fieldmark.evaluate.preparing import Place, Prepared, prepare
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.scoring import How, score
from fieldmark.pipeline.recipe import Recipe


def test_a_stopped_search_continues(
    monkeypatch: pytest.MonkeyPatch,
    question: Question,
    prepared: tuple[Prepared, Place],
    place: Place,
) -> None:
    """What was answered before a stop is not asked again, and the table is the same."""
    made, shared = prepared
    monkeypatch.setattr(scoring, "PIECE", 16)
    here = replace(shared, cells=place.cells)

    def stop(done: int, total: int | None, what: str) -> None:
        if what.startswith("search") and done >= 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score(made, question.split, replace(here, progress=stop))
    kept = {path: path.stat().st_mtime_ns for path in place.cells.rglob("*.npz")}
    assert len(kept) == 2
    found = score(made, question.split, here)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    whole = score(made, question.split, replace(shared, cells=place.cells / "other"))
    assert np.array_equal(found.scores.values, whole.scores.values, equal_nan=True)


def test_another_name_for_an_animal_makes_other_scores(
    question: Question, prepared: tuple[Prepared, Place]
) -> None:
    """Finished scores are not used when the data say something else of who is who."""
    made, place = prepared
    score(made, question.split, place)
    before = set(place.cells.rglob("*.npz"))
    first = question.animals.rows[0]
    renamed = (replace(first, individual_id=12), *question.animals.rows[1:])
    animals = replace(question.animals, rows=renamed)
    score(replace(made, animals=animals), question.split, place)
    assert set(place.cells.rglob("*.npz")) > before


def test_a_photo_that_cannot_be_read_is_named(
    question: Question, colours: Recipe, place: Place
) -> None:
    """It is listed with the reason, everything else goes on, and it finds nobody."""
    first = question.animals.rows[0]
    gone = replace(first, path=first.path.with_name("gone.png"), sha256="0" * 64)
    animals = replace(question.animals, rows=(gone, *question.animals.rows[1:]))
    found = score(prepare(colours, animals, place), question.split, place)
    assert [name for name, _ in found.failed] == [first.shown]
    assert not np.isfinite(found.scores.values[0]).any()
    assert np.isfinite(found.scores.values[1:]).any(axis=1).all()


def test_vectors_have_a_class_distance_ratio(
    question: Question, prepared: tuple[Prepared, Place]
) -> None:
    """Photos of one animal are nearer than those of others here: the ratio is below 1."""
    made, place = prepared
    found = score(made, question.split, place)
    assert found.ccdr is not None
    assert np.nanmean(found.ccdr) < 0.98


def test_candidates_can_be_sorted_anew(
    question: Question, prepared: tuple[Prepared, Place]
) -> None:
    """Sorted by whom they are like themselves, the same pairs are compared, in another order."""
    made, place = prepared
    usual = score(made, question.split, place).scores
    anew = score(made, question.split, place, How(photos=False, rerank="k-reciprocal")).scores
    assert np.array_equal(np.isnan(usual.values), np.isnan(anew.values))
    assert not np.array_equal(usual.values, anew.values, equal_nan=True)
