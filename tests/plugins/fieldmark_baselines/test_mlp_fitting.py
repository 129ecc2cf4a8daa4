"""Early stopping, held-out photos and the grid of settings."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.errors import UserError
from fieldmark.training import Sample, TrainingContext
from fieldmark_baselines.lessons import Lessons
from fieldmark_baselines.mlp_fitting import Labelled, chosen, fit, held_out, labelled
from fieldmark_baselines.settings import MlpSettings


def spots(count: int = 40) -> Labelled:
    """Return rows of 4,096 numbers whose first half is bright for one of two animals."""
    rng = np.random.default_rng(0)
    who = np.arange(count, dtype=np.int64) % 2
    rows = rng.normal(0.5, 0.1, (count, 4096))
    rows[:, :2048] += 0.3 * who[:, None]
    return Labelled(rows.astype(np.float32), who, np.arange(2))


def test_every_individual_keeps_a_photo() -> None:
    """Of animals with 1, 2 and 3 photos at most 0, 1 and 2 are held out."""
    who = np.array([0, 1, 1, 2, 2, 2])
    held = held_out(who, 0.5, 0)
    assert held.sum() == 3
    assert np.bincount(who[~held], minlength=3).min() == 1
    assert not held_out(np.arange(9), 0.5, 0).any()


def test_the_same_seed_holds_out_the_same() -> None:
    """Shares are drawn, and drawn again the same."""
    who = np.arange(100) % 10
    assert np.array_equal(held_out(who, 0.1, 1), held_out(who, 0.1, 1))
    assert not np.array_equal(held_out(who, 0.1, 1), held_out(who, 0.1, 2))
    assert held_out(who, 0.1, 1).sum() == 10


def test_training_stops_when_it_gets_no_better() -> None:
    """What is learnt in the first epochs is kept; after `patience` more it ends."""
    settings = MlpSettings(hidden=(16,), batch_size=8, patience=3, epochs=200)
    data = spots()
    found = fit(data, data, settings)
    assert found.accuracy == 1
    assert found.epochs < 200
    told: list[int] = []
    fit(data, data, settings, told.append)
    assert told == list(range(1, found.epochs + 1))


def test_without_anything_to_check_all_epochs_are_run() -> None:
    """The last one counts."""
    nothing = spots().at(np.empty(0, np.int64))
    assert fit(spots(), nothing, MlpSettings(hidden=(4,), epochs=7, patience=1)).epochs == 7


def test_the_same_seed_trains_the_same_network() -> None:
    """Two trainings agree to the last bit; another seed gives another network."""
    settings = MlpSettings(hidden=(4,), epochs=3)
    one, other = fit(spots(), spots(), settings), fit(spots(), spots(), settings)
    assert all(map(np.array_equal, one.layers.matrices, other.layers.matrices))
    third = fit(spots(), spots(), settings.model_copy(update={"seed": 1}))
    assert not np.array_equal(one.layers.matrices[0], third.layers.matrices[0])


def test_the_grid_takes_what_validates_best(tmp_path: Path) -> None:
    """A learning rate that moves nothing loses against one that learns; both are said."""
    said: list[str] = []
    settings = MlpSettings(
        hidden=(16,),
        epochs=15,
        patience=15,
        grid_batch_sizes=(8,),
        grid_learning_rates=(1e-9, 1e-3),
        folds=2,
    )
    best = chosen(spots(24), settings, TrainingContext(tmp_path, say=said.append))
    assert (best.batch_size, best.learning_rate) == (8, 1e-3)
    assert said[0].startswith("batches of 8 and a learning rate of 0.001 were best of 2 by 2-fold")


def test_one_individual_is_too_few() -> None:
    """There is nothing to tell apart."""
    one = Lessons((Sample(Path("a.jpg"), "zebra/1", "zebra"),), (np.zeros(4096, np.float32),))
    with pytest.raises(UserError, match="needs photos of two individuals or more, got 1"):
        labelled(one)
