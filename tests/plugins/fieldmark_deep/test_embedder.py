"""Trained networks as embedders."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.types import Chip, Floats
from fieldmark_deep.devices import choose_precision
from fieldmark_deep.embedder import load_embedder
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.settings import Inference, Network
from fieldmark_deep.storage import save

TINY = Network(backbone="mobilenetv3_small_050", height=32, width=48, embedding_size=16)
CHIPS = [
    Chip(np.random.default_rng(n).integers(0, 256, (40 + n, 60, 3), np.uint8)) for n in range(7)
]
FAST = choose_precision("auto", torch.device("cpu")) is torch.bfloat16


def vectors(precision: str = "float32", batch: int = 32, backbone: str = TINY.backbone) -> Floats:
    """Return the vectors (7, 16) of the untrained network."""
    shape = TINY.model_copy(update={"backbone": backbone})
    options = Inference.model_validate(
        {"untrained": shape, "precision": precision, "batch_size": batch}
    )
    made = load_embedder(options, Context()).embed(CHIPS)
    return np.stack([vector.values for vector in made])


@pytest.mark.parametrize("backbone", ["mobilenetv3_small_050", "resnet18", "test_vit"])
@pytest.mark.parametrize("batch", [1, 2, 3, 7])
def test_vectors_do_not_depend_on_the_batch(batch: int, backbone: str) -> None:
    """Whatever the batch, float32 vectors agree within 1e-5."""
    whole, parts = vectors(backbone=backbone), vectors(batch=batch, backbone=backbone)
    np.testing.assert_allclose(parts, whole, rtol=0, atol=1e-5)


@pytest.mark.skipif(not FAST, reason="the processor is not built for bfloat16")
@pytest.mark.parametrize("batch", [1, 3])
def test_bfloat16_stays_near(batch: int) -> None:
    """In bfloat16 every vector points nearly where the float32 one does, whatever the batch."""
    near, exact = vectors("bfloat16", batch), vectors()
    assert np.min(np.sum(near * exact, axis=1)) > 0.99


def test_vectors_have_length_one() -> None:
    """Embeddings are vectors (16,) of float32, of length 1, and different for different chips."""
    made = vectors()
    assert made.shape == (7, 16)
    assert made.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, atol=1e-6)
    assert len(np.unique(made, axis=0)) == 7


def test_untrained_is_the_same_every_time() -> None:
    """Random weights are a floor that repeats, and take nothing from the caller's generator."""
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first = vectors()
    assert torch.equal(torch.rand(1), expected)
    np.testing.assert_array_equal(first, vectors())


def test_weights_come_from_the_profile(tmp_path: Path) -> None:
    """The embedder runs the network of the weights file, and says on what."""
    torch.manual_seed(11)
    network = EmbeddingNetwork(TINY).eval()
    path = save(tmp_path, network, {})
    said: list[str] = []
    context = Context(weights=lambda: path, progress=said.append)
    made = load_embedder(Inference(precision="float32"), context).embed(CHIPS[:1])
    again = load_embedder(Inference(precision="float32"), context).embed(CHIPS[:1])
    np.testing.assert_array_equal(made[0].values, again[0].values)
    assert said[0].startswith("runs on the processor")


def test_without_weights_it_says_what_to_write() -> None:
    """A profile without weights is told how to name some."""
    with pytest.raises(UserError, match="weights: file:///"):
        load_embedder(Inference(), Context())


def test_no_chips_no_vectors() -> None:
    """An empty call gives an empty answer."""
    assert load_embedder(Inference(untrained=TINY), Context()).embed([]) == []


def test_other_channels_are_refused() -> None:
    """A chip with an edge channel does not go into a network without one."""
    chip = Chip(np.zeros((8, 8, 4), np.uint8), ("red", "green", "blue", "edge"))
    with pytest.raises(UserError, match="takes 3 channels, but the chip has 4"):
        load_embedder(Inference(untrained=TINY), Context()).embed([chip])
