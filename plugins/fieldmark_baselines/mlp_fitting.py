"""Fitting the perceptron: scikit-learn's, with Adam, early stopping and a grid of settings."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

from fieldmark.errors import UserError
from fieldmark.training import TrainingContext
from fieldmark.types import Floats
from fieldmark_baselines.lessons import Lessons
from fieldmark_baselines.mlp import Layers
from fieldmark_baselines.settings import MlpSettings

_TOLERANCE = 1e-4
"""By how much the cross-entropy must fall to count as better; scikit-learn's own `tol`."""


@dataclass(frozen=True)
class Labelled:
    """Photos and whose they are.

    Attributes:
        rows: (n, 4096) float32.
        who: (n,) int64, from 0.
        everyone: (individuals,) all that there are, in these photos or not.
    """

    rows: Floats
    who: NDArray[np.int64]
    everyone: NDArray[np.int64]

    def at(self, chosen: NDArray[np.int64]) -> "Labelled":
        """Return some of the photos."""
        return Labelled(self.rows[chosen], self.who[chosen], self.everyone)


@dataclass(frozen=True)
class Fitted:
    """The best epoch of one training.

    Attributes:
        accuracy: on the photos held out, 0–1.
        epochs: how many were run.
    """

    layers: Layers
    accuracy: float
    epochs: int


def labelled(lessons: Lessons) -> Labelled:
    """Return lessons with numbers in place of names.

    Raises:
        UserError: if there are fewer than two individuals.
    """
    names = [sample.individual for sample in lessons.samples]
    if len(set(names)) < 2:
        raise UserError(
            f"a classifier needs photos of two individuals or more, got {len(set(names))}; add some"
        )
    everyone, who = np.unique(names, return_inverse=True)
    numbers = np.arange(len(everyone), dtype=np.int64)
    return Labelled(np.stack(lessons.rows), who.astype(np.int64), numbers)


def held_out(who: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """Return which photos are not learnt from: about a share of them, drawn at random: (n,).

    Every individual keeps a photo to be learnt from, so of small sets fewer are held out.
    """
    wanted = max(round(share * len(who)), 1)
    left = np.bincount(who)
    held = np.zeros(len(who), np.bool_)
    for photo in np.random.default_rng(seed).permutation(len(who)).tolist():
        if held.sum() < wanted and left[who[photo]] > 1:
            held[photo] = True
            left[who[photo]] -= 1
    return held


def fit(
    learn: Labelled,
    check: Labelled,
    settings: MlpSettings,
    tell: Callable[[int], None] = lambda _epoch: None,
) -> Fitted:
    """Train until the cross-entropy on `check` has not fallen for `patience` epochs.

    With nothing to check, every epoch counts as a better one.
    """
    model = classifier(settings)
    best, least, epoch = Fitted(Layers((), ()), 0.0, 0), np.inf, 0
    for epoch in range(1, settings.epochs + 1):
        _learn(model, learn)
        loss, accuracy = _checked(model, check) if len(check.who) else (-float(epoch), 0.0)
        if loss < least - _TOLERANCE:
            best, least = Fitted(_layers(model), accuracy, epoch), loss
        tell(epoch)
        if epoch - best.epochs >= settings.patience:
            break
    return Fitted(best.layers, best.accuracy, epoch)


def _checked(model: Any, check: Labelled) -> tuple[float, float]:  # noqa: ANN401
    """Return cross-entropy and accuracy."""
    likely = model.predict_proba(check.rows)
    right = likely.argmax(axis=1) == check.who
    return float(log_loss(check.who, likely, labels=check.everyone)), float(right.mean())


def classifier(settings: MlpSettings) -> Any:  # noqa: ANN401 -- scikit-learn has no type hints
    """Return a classifier that has learnt nothing yet."""
    return MLPClassifier(
        settings.hidden,
        activation="relu",
        solver="adam",
        batch_size=settings.batch_size,
        learning_rate_init=settings.learning_rate,
        # A generator rather than a number: with a number every epoch has the same order.
        random_state=np.random.RandomState(settings.seed),
    )


def _learn(model: Any, learn: Labelled) -> None:  # noqa: ANN401
    with warnings.catch_warnings():
        # A batch larger than the set is cut to it, and said; here nobody needs to know.
        warnings.simplefilter("ignore", UserWarning)
        model.partial_fit(learn.rows, learn.who, classes=learn.everyone)


def _layers(model: Any) -> Layers:  # noqa: ANN401
    return Layers(
        tuple(np.array(matrix, np.float32) for matrix in model.coefs_),
        tuple(np.array(offset, np.float32) for offset in model.intercepts_),
    )


def fitted(learnt: Labelled, settings: MlpSettings, tell: Callable[[int], None]) -> Fitted:
    """Train on most of the photos, and stop by the others."""
    held = held_out(learnt.who, settings.held_out, settings.seed)
    check, learn = learnt.at(np.flatnonzero(held)), learnt.at(np.flatnonzero(~held))
    return fit(learn, check, settings, tell)


def chosen(learnt: Labelled, settings: MlpSettings, context: TrainingContext) -> MlpSettings:
    """Return the settings with the batch size and learning rate that validate best."""
    grid = list(product(settings.grid_batch_sizes, settings.grid_learning_rates))
    tried = [
        settings.model_copy(update={"batch_size": size, "learning_rate": rate})
        for size, rate in grid
    ]
    found = []
    for done, each in enumerate(tried, 1):
        found.append(fmean(fit(*fold, each).accuracy for fold in _folds(learnt, each)))
        context.progress(done, len(tried), "grid")
    best = tried[int(np.argmax(found))]
    context.say(
        f"batches of {best.batch_size} and a learning rate of {best.learning_rate:g} were best of"
        f" {len(tried)} by {settings.folds}-fold cross-validation (accuracy {max(found):.3f})"
    )
    return best


def _folds(learnt: Labelled, settings: MlpSettings) -> Iterator[tuple[Labelled, Labelled]]:
    """Yield what to learn from and what to check on, every photo checked once."""
    order = np.random.default_rng(settings.seed).permutation(len(learnt.who))
    for part in np.array_split(order, min(settings.folds, len(order))):
        yield learnt.at(np.setdiff1d(order, part)), learnt.at(part)
