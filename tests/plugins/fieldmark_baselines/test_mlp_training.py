"""A trained perceptron is a file that the embedder takes."""

import json
from pathlib import Path

import numpy as np

from fieldmark.components import Context
from fieldmark.training import TrainingContext, TrainingData
from fieldmark.types import Chip
from fieldmark_baselines import MLP
from fieldmark_baselines.settings import MlpOptions, MlpSettings

SETTINGS = MlpSettings(hidden=(16,), epochs=12, batch_size=8)


def test_training_leaves_weights_that_embed(tmp_path: Path, data: TrainingData) -> None:
    """The folder holds the network and its description; the measures are those of the holdout."""
    assert MLP.training is not None
    context = TrainingContext(tmp_path, {"component": "mlp-grey"})
    trained = MLP.training.run(MlpOptions(), SETTINGS, data, context)
    assert trained.weights == tmp_path / "model.safetensors"
    assert 0 <= trained.best["new individuals top-1"] <= 1
    assert trained.best["new individuals queries"] == 16
    assert 1 <= trained.epochs <= 12
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config["fieldmark"] == {"format": 1, "record": {"component": "mlp-grey"}}
    embedder = MLP.build(MlpOptions(), Context(weights=lambda: trained.weights))
    chip = data.load(data.train[0])
    assert isinstance(chip, Chip)
    (made,) = embedder.embed([chip])
    assert np.shape(getattr(made, "values")) == (16,)  # noqa: B009 -- a vector


def test_the_same_training_leaves_the_same_bytes(tmp_path: Path, data: TrainingData) -> None:
    """One that was killed begins again, and so ends as it would have ended."""
    assert MLP.training is not None
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        context = TrainingContext(tmp_path / name, resume=name == "two")
        MLP.training.run(MlpOptions(), SETTINGS, data, context)
    one, two = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_preview_writes_nothing(tmp_path: Path, data: TrainingData) -> None:
    """It counts the batches of an epoch and measures the rest."""
    assert MLP.training is not None
    found = MLP.training.preview(MlpOptions(), SETTINGS, data, TrainingContext(tmp_path))
    assert found.batches == 4  # 32 photos, 8 in a batch
    assert found.epoch_seconds > 0
    assert found.peak_bytes > 1 << 20
    assert list(tmp_path.iterdir()) == []
