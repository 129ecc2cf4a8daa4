"""A trained network as an embedder."""

from collections.abc import Sequence

import torch

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.types import Chip, Mask, Vector
from fieldmark_deep.devices import choose_device, choose_precision, in_words
from fieldmark_deep.engines import Engine, onnx_engine, torch_engine
from fieldmark_deep.heat import heat
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.pixels import to_batch
from fieldmark_deep.settings import Inference, Network
from fieldmark_deep.storage import load


class DeepEmbedder:
    """Chips → vectors of length 1, in batches.

    The vectors do not depend on the batch but for rounding: they differ by less than 1e-5 in
    float32, and by a cosine of more than 0.998 in bfloat16.

    Args:
        network: its shape.
        engine: runs it.
        batch_size: chips given to the engine at once.
        layers: the network itself; without it no heat maps can be made.
    """

    def __init__(
        self,
        network: Network,
        engine: Engine,
        batch_size: int,
        layers: EmbeddingNetwork | None = None,
    ) -> None:
        self._network = network
        self._engine = engine
        self._batch = batch_size
        self._layers = layers

    def embed(self, chips: Sequence[Chip]) -> list[Vector]:
        """Return one vector (d,) per chip.

        Raises:
            UserError: if a chip has other channels than the network takes.
        """
        made: list[Vector] = []
        for start in range(0, len(chips), self._batch):
            rows = self._engine(to_batch(chips[start : start + self._batch], self._network))
            made += [Vector(row.copy()) for row in rows.numpy()]
        return made

    def heat(self, query: Chip, candidate: Chip) -> tuple[Mask, Mask]:
        """Return for each of two chips where its likeness to the other comes from.

        Made by torch in float32, whatever engine makes the vectors; see `fieldmark_deep.heat`.

        Raises:
            UserError: if the network cannot show it, or takes other channels.
        """
        if self._layers is None:
            raise UserError(
                "this network was given without its layers, so no heat map can be drawn; name"
                " its weights in the profile"
            )
        return heat(self._layers, query, candidate)


def load_embedder(options: Inference, context: Context) -> DeepEmbedder:
    """Return the embedder of the weights that the profile names, or an untrained one.

    Raises:
        UserError: if the profile names none, or they cannot be read, or there is no such device.
    """
    chosen = {"resize": options.resize, "mean": options.mean, "std": options.std}
    changes = {key: value for key, value in chosen.items() if value is not None}
    if options.untrained is None:
        network, _ = load(context.weights(), changes)
    else:
        network = _untrained(options.untrained.model_copy(update=changes))
    return make_embedder(network, options, context)


def _untrained(shape: Network) -> EmbeddingNetwork:
    """Return a network with random weights, the same ones every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return EmbeddingNetwork(shape)


def make_embedder(network: EmbeddingNetwork, options: Inference, context: Context) -> DeepEmbedder:
    """Return an embedder over a network, on the device that the context names."""
    device = choose_device(context.device)
    precision = choose_precision(options.precision, device)
    if options.engine == "onnx":
        engine = onnx_engine(network, context.cache)
        context.progress("runs on the processor, in ONNX Runtime, in float32")
    else:
        compiled = options.engine == "compile"
        engine = torch_engine(network, device, precision, compiled=compiled)
        context.progress(in_words(device, precision))
    return DeepEmbedder(network.settings, engine, options.batch_size, network)
