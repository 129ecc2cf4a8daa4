"""Three ways to run a network agree."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from fieldmark_deep.engines import onnx_engine, torch_engine
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.settings import Network

CPU = torch.device("cpu")
CHIPS = torch.randint(
    0, 256, (5, 3, 32, 48), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
)


def network(pooling: str = "gem", seed: int = 0) -> EmbeddingNetwork:
    """Return a small network with random weights."""
    torch.manual_seed(seed)
    shape = {"backbone": "mobilenetv3_small_050", "height": 32, "width": 48, "embedding_size": 8}
    return EmbeddingNetwork(Network.model_validate({**shape, "pooling": pooling})).eval()


def agree(one: Tensor, two: Tensor) -> bool:
    """Return whether every row points the same way: a cosine above 0.9999."""
    return bool((torch.nn.functional.cosine_similarity(one, two) > 0.9999).all())


def test_torch_gives_what_the_network_gives() -> None:
    """The engine turns bytes into 0–1 and changes nothing else; the chips stay as they were."""
    made, before = network(), CHIPS.clone()
    with torch.no_grad():
        expected = made(CHIPS.float() / 255)
    got = torch_engine(made, CPU, torch.float32, compiled=False)(CHIPS)
    assert torch.allclose(got, expected, atol=1e-6)
    assert torch.equal(CHIPS, before)
    assert (got.dtype, got.device) == (torch.float32, CPU)


@pytest.mark.slow
def test_onnx_agrees(tmp_path: Path) -> None:
    """ONNX Runtime gives the same for any batch, and a kept export is used again."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    made = network()
    expected = torch_engine(made, CPU, torch.float32, compiled=False)(CHIPS)
    first = onnx_engine(made, tmp_path)
    assert agree(first(CHIPS), expected)
    assert agree(first(CHIPS[:1]), expected[:1])
    (kept,) = (tmp_path / "onnx").iterdir()
    written = kept.stat().st_mtime_ns
    assert torch.equal(onnx_engine(made, tmp_path)(CHIPS), first(CHIPS))
    assert kept.stat().st_mtime_ns == written
    onnx_engine(network(seed=1), tmp_path)
    assert len(list((tmp_path / "onnx").iterdir())) == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # the compiler's own parts warn of each other
def test_compiled_agrees() -> None:
    """torch.compile gives the same for any batch."""
    made = network()
    expected = torch_engine(made, CPU, torch.float32, compiled=False)(CHIPS)
    engine = torch_engine(made, CPU, torch.float32, compiled=True)
    assert agree(engine(CHIPS), expected)
    assert agree(engine(CHIPS[:1]), expected[:1])
