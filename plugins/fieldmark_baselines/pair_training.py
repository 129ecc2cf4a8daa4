"""Training the classifier of pairs: LightGBM on ORB, SIFT and BRISK.

It takes minutes at most, so nothing is kept on the way: a training that was killed begins again,
and ends as it would have ended.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from fieldmark.errors import ProjectError, UserError
from fieldmark.files import write_text
from fieldmark.training import Preview, Trained, TrainingContext, TrainingData
from fieldmark.types import Floats
from fieldmark_baselines.descriptors import LENGTH, OrbSiftBrisk
from fieldmark_baselines.lessons import Lessons, peak_bytes, prepared
from fieldmark_baselines.pair_choice import Pairs, choose, split
from fieldmark_baselines.pairs import pair_features
from fieldmark_baselines.settings import PairOptions, PairSettings

WEIGHTS = "model.txt"
CONFIG = "config.json"
FORMAT = 1
_TRIED = 16
"""Photos that a preview opens."""


@dataclass(frozen=True)
class Lesson:
    """Pairs of some individuals.

    Attributes:
        features: see `pair_features`.
        pairs: whose.
    """

    features: Floats
    pairs: Pairs

    @classmethod
    def of(cls, lessons: Lessons, among: Sequence[int], settings: PairSettings) -> "Lesson":
        """Choose pairs among some photos, and compare them."""
        pairs = choose(lessons.samples, among, settings.pairs, settings.seed)
        rows = np.stack(lessons.rows)
        return cls(pair_features(rows[pairs.one], rows[pairs.other]), pairs)


def run(
    options: PairOptions,  # noqa: ARG001 -- nothing in them concerns training
    settings: PairSettings,
    data: TrainingData,
    context: TrainingContext,
) -> Trained:
    """Train, and write LightGBM's `model.txt` and a `config.json`.

    Raises:
        UserError: if no individual has two photos that may be compared.
        ProjectError: if the disk is full.
    """
    maker = OrbSiftBrisk(settings.descriptors.long_side)
    lessons = prepared(data.train, data.load, maker.values, context)
    held = split(lessons.samples, settings.held_out, settings.seed)
    learn = Lesson.of(lessons, np.flatnonzero(~held).tolist(), settings)
    check = Lesson.of(lessons, np.flatnonzero(held).tolist(), settings)
    if not len(learn.pairs):
        raise UserError(
            "there is no pair to learn from: it takes two individuals or more with two photos of"
            " one side, from two encounters; add photos, or correct sides and encounters"
        )
    if not len(check.pairs):
        context.say("the held-out individuals have no pairs, so all trees are grown")
    model = _fit(learn, check, settings, context)
    best = _accuracy(model, check)
    _keep(model, settings, best, context)
    return Trained(context.folder / WEIGHTS, model.current_iteration(), best)


def preview(
    options: PairOptions,  # noqa: ARG001
    settings: PairSettings,
    data: TrainingData,
    context: TrainingContext,
) -> Preview:
    """Describe a few photos, grow a few trees on made-up pairs, and reckon."""
    start = time.perf_counter()
    maker = OrbSiftBrisk(settings.descriptors.long_side)
    lessons = prepared(data.train[:_TRIED], data.load, maker.values, context)
    each = (time.perf_counter() - start) / len(lessons)
    everyone = range(len(data.train))
    pairs = choose(data.train, everyone, settings.pairs, settings.seed)
    facts = (
        f"photos are described once, in about {each * len(data.train):.0f} s",
        f"{len(pairs)} pairs, half of them of one animal",
        "an epoch is one tree",
    )
    return Preview(1, _tree_seconds(len(pairs), settings), peak_bytes(), facts)


def _tree_seconds(pairs: int, settings: PairSettings) -> float:
    """Return how long one tree takes, measured on random numbers of the same shape."""
    rng = np.random.default_rng(0)
    count = max(min(pairs, 2000), 100)
    rows = rng.random((count, 2 * LENGTH), np.float32)
    dataset = lightgbm.Dataset(rows, np.arange(count) % 2, free_raw_data=False).construct()
    start = time.perf_counter()
    lightgbm.train(_parameters(settings), dataset, num_boost_round=5)
    return (time.perf_counter() - start) / 5 * max(pairs, count) / count


def _parameters(settings: PairSettings) -> dict[str, Any]:
    return {
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_leaf,
        "seed": settings.seed,
        "num_threads": settings.threads,
        # The sums of the histograms are then the same with any number of threads.
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def _fit(
    learn: Lesson, check: Lesson, settings: PairSettings, context: TrainingContext
) -> lightgbm.Booster:
    dataset = lightgbm.Dataset(learn.features, learn.pairs.same.astype(np.float32))

    def tell(state: Any) -> None:  # noqa: ANN401 -- LightGBM's own, without type hints
        context.progress(state.iteration + 1, settings.rounds, "trees")

    if not len(check.pairs):
        return lightgbm.train(_parameters(settings), dataset, settings.rounds, callbacks=[tell])
    held = dataset.create_valid(check.features, check.pairs.same.astype(np.float32))
    stop = lightgbm.early_stopping(settings.patience, verbose=False)
    return lightgbm.train(
        _parameters(settings), dataset, settings.rounds, valid_sets=[held], callbacks=[tell, stop]
    )


def _accuracy(model: lightgbm.Booster, check: Lesson) -> dict[str, float]:
    """Return the share of held-out pairs that are told right; a coin reaches 0.5."""
    if not len(check.pairs):
        return {}
    right = (np.asarray(model.predict(check.features)) > 0.5) == check.pairs.same
    return {"held-out pairs accuracy": float(right.mean())}


def _keep(
    model: lightgbm.Booster,
    settings: PairSettings,
    best: dict[str, float],
    context: TrainingContext,
) -> None:
    facts = {
        "architecture": "pair-lightgbm",
        "settings": settings.model_dump(mode="json"),
        "best": best,
        "fieldmark": {"format": FORMAT, "record": dict(context.record)},
    }
    kept = model.best_iteration or None
    try:
        write_text(context.folder / WEIGHTS, model.model_to_string(num_iteration=kept))
        write_text(context.folder / CONFIG, json.dumps(facts, indent=2) + "\n")
    except OSError as error:
        raise ProjectError(
            f"the model cannot be kept in {context.folder}: {error.strerror}; free some space"
        ) from error
