"""The ATRW measures against a naive reading of the rules of its evaluation script."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from fieldmark.evaluate.metrics import Shots, atrw_plain


def by_the_rules(
    values: np.ndarray, tigers: list[int], shots: list[tuple[int, int]], group: list[bool]
) -> tuple[float, float, float]:
    """Return mAP, top-1 and top-5 of a group of queries, one after the other.

    Each query ranks all photos. Frames of its own tiger and camera at most three apart are out, and
    so is whoever is −1; what is out stays at the end of the list as a wrong one.
    """
    found: list[tuple[float, bool, bool]] = []
    for query, row in enumerate(values.tolist()):
        if not group[query]:
            continue
        answer = sorted(range(len(row)), key=lambda column: -row[column])
        kept = []
        for column in answer:
            same = tigers[column] == tigers[query]
            one_camera = shots[column][0] == shots[query][0]
            near = abs(shots[column][1] - shots[query][1]) <= 3
            kept.append(tigers[column] != -1 and not (same and one_camera and near))
        right = [tigers[column] == tigers[query] for column in answer]
        right = [a and b for a, b in zip(right, kept, strict=True)]
        scores = [1 / place if k else 0.0 for place, k in enumerate(kept, start=1)]
        first = [r for r, k in zip(right, kept, strict=True) if k]
        ap = average_precision_score(right, scores) if any(right) else 0.0
        found.append((float(ap), any(first[:1]), any(first[:5])))
    means = np.mean(found, axis=0)
    return float(means[0]), float(means[1]), float(means[2])


def survey(seed: int) -> tuple[np.ndarray, np.ndarray, Shots]:
    """Return scores of 80 photos among themselves, their tigers (some −1), and their shots."""
    rng = np.random.default_rng(seed)
    tigers = rng.integers(-1, 9, 80)
    tigers[0] = 50  # has one photo only
    camera = np.where(
        tigers % 2 == 0, tigers, rng.integers(0, 3, 80)
    )  # even tigers have one camera
    values = rng.permutation(6400).reshape(80, 80) + 1500 * (tigers == tigers[:, None])
    return values.astype(np.float32), tigers, Shots(camera, rng.integers(0, 12, 80))


def test_measures_are_those_of_the_rules() -> None:
    """mAP, top-1 and top-5 of both groups are what the rules give; mmAP is their mean."""
    values, tigers, shots = survey(0)
    queries = tigers >= 0
    pairs = list(zip(shots.camera.tolist(), shots.frame.tolist(), strict=True))
    several = [
        len(set(shots.camera[tigers == who].tolist())) > 1 and who >= 0 for who in tigers.tolist()
    ]
    single = [who >= 0 and not many for who, many in zip(tigers.tolist(), several, strict=True)]
    asked = Shots(shots.camera[queries], shots.frame[queries])
    found = atrw_plain(values[queries], tigers, tigers[queries], asked, shots)
    for track, group in ((found.single, single), (found.cross, several)):
        expected = by_the_rules(values, tigers.tolist(), pairs, group)
        assert (track.map, track.top1, track.top5) == pytest.approx(expected)
        assert track.queries == sum(group) > 20
    assert found.mmap == pytest.approx((found.single.map + found.cross.map) / 2)


def test_neighbouring_frames_of_one_camera_are_dropped() -> None:
    """A frame three later does not count, four later does, and so does any of another camera."""
    values = np.array([[9, 8, 7, 1]], np.float32)
    owners, truth = np.array([1, 1, 2, 1]), np.array([1])
    asked = Shots(np.array([0]), np.array([10]))

    def ap(camera: int, frame: int) -> float:
        shown = Shots(np.array([0, camera, 0, 0]), np.array([10, frame, 10, 99]))
        cross = np.array([False])
        return atrw_plain(values, owners, truth, asked, shown, cross).single.map

    assert ap(0, 13) == pytest.approx(1 / 2)  # only the last photo is left to find
    assert ap(0, 14) == pytest.approx((1 + 2 / 3) / 2)
    assert ap(1, 10) == pytest.approx((1 + 2 / 3) / 2)


def test_query_without_a_photo_to_find_counts_as_nothing() -> None:
    """It stays in the denominator, as in the script; a group without queries is not a number."""
    values, shots = np.zeros((1, 1), np.float32), Shots(np.array([0]), np.array([0]))
    found = atrw_plain(values, np.array([1]), np.array([1]), shots, shots)
    assert (found.single.map, found.single.top5, found.single.queries) == (0.0, 0.0, 1)
    assert np.isnan(found.cross.map)
    assert np.isnan(found.mmap)
