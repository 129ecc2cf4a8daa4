"""Three ways to run a trained network: torch, torch.compile, ONNX Runtime."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor

from fieldmark.files import replacing
from fieldmark_deep.network import EmbeddingNetwork

Engine: TypeAlias = Callable[[Tensor], Tensor]
"""Chips (n, c, h, w) uint8 on the processor → embeddings (n, d) float32 on the processor."""


def torch_engine(
    network: EmbeddingNetwork, device: torch.device, precision: torch.dtype, *, compiled: bool
) -> Engine:
    """Return an engine that runs in torch, with the channels last in memory."""
    placed = network.eval().to(device).to(memory_format=torch.channels_last)
    model = cast("Callable[[Tensor], Tensor]", torch.compile(placed) if compiled else placed)
    reduced = precision is not torch.float32

    def run(chips: Tensor) -> Tensor:
        moved = chips.to(device, non_blocking=True).float().div_(255)
        moved = moved.contiguous(memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast(device.type, precision, enabled=reduced):
            return model(moved).float().cpu()

    return run


def onnx_engine(network: EmbeddingNetwork, cache: Path | None) -> Engine:
    """Return an engine that runs in ONNX Runtime on the processor, in float32.

    The exported network is kept in `cache`, under the digest of its weights.
    """
    import onnxruntime  # noqa: PLC0415 - an extra of its own

    threads = onnxruntime.SessionOptions()
    threads.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(
        _exported(network.eval().cpu(), cache), threads, providers=["CPUExecutionProvider"]
    )

    def run(chips: Tensor) -> Tensor:
        (made,) = session.run(None, {"chips": chips.float().div_(255).numpy()})
        return torch.from_numpy(made)

    return run


def _exported(network: EmbeddingNetwork, cache: Path | None) -> bytes:
    path = None if cache is None else cache / "onnx" / f"{_digest(network)}.onnx"
    if path is not None and path.is_file():
        return path.read_bytes()
    made = _export(network)
    if path is not None:
        with replacing(path, sync=False) as file:
            file.write(made)
    return made


def _export(network: EmbeddingNetwork) -> bytes:
    s = network.settings
    example = (torch.rand(2, s.channels, s.height, s.width),)
    program: Any = torch.onnx.export(
        network,
        example,
        dynamo=True,
        input_names=["chips"],
        output_names=["embeddings"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        verbose=False,
    )
    return cast("bytes", program.model_proto.SerializeToString())


def _digest(network: EmbeddingNetwork) -> str:
    digest = hashlib.sha256(network.settings.model_dump_json().encode())
    for name, value in network.state_dict().items():
        digest.update(name.encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()[:32]
