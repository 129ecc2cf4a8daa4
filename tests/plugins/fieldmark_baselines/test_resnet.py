"""The triplet network trains through its record, and its weights embed."""

from pathlib import Path

import numpy as np

from fieldmark.components import Context
from fieldmark.training import TrainingContext, TrainingData
from fieldmark.types import Chip, Vector
from fieldmark_baselines import RESNET, TINY
from fieldmark_baselines.settings import TripletSettings
from fieldmark_deep.settings import Inference


def test_an_epoch_leaves_weights_that_embed(tmp_path: Path, data: TrainingData) -> None:
    """Two batches of four animals each, with the report's loss, in a small network."""
    changes = {"network": TINY, "backbone_weights": None, "epochs": 1, "batch_size": 16}
    settings = TripletSettings.model_validate(changes)
    assert RESNET.training is not None
    context = TrainingContext(tmp_path, device="cpu")
    trained = RESNET.training.run(Inference(), settings, data, context)
    assert trained.epochs == 1
    embedder = RESNET.build(Inference(), Context(weights=lambda: trained.weights))
    chip = data.load(data.train[0])
    assert isinstance(chip, Chip)
    (made,) = embedder.embed([chip])
    assert isinstance(made, Vector)
    assert made.values.shape == (16,)
    assert abs(np.linalg.norm(made.values) - 1) < 1e-5
