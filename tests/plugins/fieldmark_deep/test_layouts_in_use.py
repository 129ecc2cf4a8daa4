"""Weights of others in a pipeline, and as the beginning of a training."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from fieldmark.components import Component, Context, Embedder
from fieldmark.training import TrainingContext
from fieldmark.types import Chip, Floats
from fieldmark_deep import TIMM
from fieldmark_deep.settings import Inference
from fieldmark_deep.storage import load, read_config
from fieldmark_deep.training import run
from fieldmark_multispecies import MULTISPECIES
from support.learning import data_of, settings_of, write_photos
from support.models import miewid_shaped, tiny_timm

Maker = Callable[[Path], Path]
CHIPS = [
    Chip(np.random.default_rng(n).integers(0, 256, (70 + n, 90, 3), np.uint8)) for n in range(3)
]


def tiny_miewid(folder: Path) -> Path:
    """Write a MiewID on a tiny backbone."""
    return miewid_shaped(folder, full=False)


def vectors(record: Component[Inference, Embedder], weights: Path, **options: object) -> Floats:
    """Return the vectors of the chips, as a pipeline makes them."""
    embedder = record.build(Inference.model_validate(options), Context(weights=lambda: weights))
    made = embedder.embed(CHIPS)
    return np.stack([vector.values for vector in made])  # type: ignore[union-attr]


@pytest.mark.parametrize("made", [tiny_timm, tiny_miewid])
def test_any_deep_embedder_takes_them(tmp_path: Path, made: Maker) -> None:
    """Which embedder a profile names makes no difference to weights that lie beside it."""
    path = made(tmp_path)
    one, other = vectors(TIMM, path), vectors(MULTISPECIES, path)
    np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(np.linalg.norm(one, axis=1), 1, atol=1e-6)
    assert len(np.unique(one, axis=0)) == len(CHIPS)


def test_a_profile_may_prepare_otherwise(tmp_path: Path) -> None:
    """Mean, std and resizing of a model card count where the configuration says others."""
    path = tiny_timm(tmp_path)
    said = {"resize": "smooth", "mean": [0.5] * 3, "std": [0.5] * 3}
    network, _ = load(path, said)
    assert (network.settings.resize, network.settings.mean) == ("smooth", (0.5,) * 3)
    plain, changed = vectors(TIMM, path), vectors(TIMM, path, **said)
    assert np.abs(plain - changed).max() > 1e-3
    half = (torch.rand(1, 3, 64, 64) - 0.5) / 0.5
    with torch.inference_mode():
        torch.testing.assert_close(
            network((half * 0.5) + 0.5), torch.nn.functional.normalize(network.backbone(half))
        )


def test_nothing_said_is_as_the_weights_say(tmp_path: Path) -> None:
    """Options that repeat the configuration change nothing."""
    path = tiny_miewid(tmp_path)
    shape = load(path)[0].settings
    same = vectors(TIMM, path, resize=shape.resize, mean=shape.mean, std=shape.std)
    np.testing.assert_array_equal(vectors(TIMM, path), same)


@pytest.mark.parametrize("made", [tiny_timm, tiny_miewid])
def test_training_goes_on_from_them(tmp_path: Path, made: Maker) -> None:
    """The shape and the preparation stay, the weights move, and the result is a file of ours."""
    path = made(tmp_path / "theirs")
    settings = settings_of(epochs=1, frozen_epochs=0, ema=None)
    context = TrainingContext(
        tmp_path / "run", {"component": "timm", "preprocess": []}, device="cpu", start=path
    )
    context.folder.mkdir()
    data = data_of(write_photos(tmp_path / "photos", individuals=4, photos=3))
    done = run(settings, data, context)
    before, after = load(path)[0], load(done.weights)[0]
    assert after.settings == before.settings
    assert "layout" not in read_config(done.weights)
    moved, still = after.backbone.state_dict(), before.backbone.state_dict()
    assert moved.keys() == still.keys()
    steps = [float((moved[k].float() - still[k].float()).abs().max()) for k in still]
    assert 0 < max(steps[:1]) < 0.1
