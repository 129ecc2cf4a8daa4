"""Random weights that see things: an untrained network sees nothing, which proves little.

With the usual random weights the signal dies out on the way through the layers, and all boxes get
the same score. Here the layers that normalise are first measured on noise, so that the signal has
the same strength everywhere, and the last layers are drawn so that scores spread over 0–1.
"""

from collections.abc import Iterable
from typing import Any

from fieldmark_megadetector_worker.library import module

SEED = 0


def start() -> None:
    """Make what is drawn from now on repeatable."""
    module("torch").manual_seed(SEED)


def settle(network: Any, side: int = 128) -> Any:  # noqa: ANN401 -- networks without type hints
    """Measure the layers that normalise on noise, and return the network in evaluation mode."""
    torch = module("torch")
    network.eval()
    normalising = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for layer in normalising:
        layer.momentum = None  # the plain mean of what is seen
        layer.train()
    with torch.no_grad():
        for cells in (side // 32, side // 8):  # patches, as in photos, rather than fine grain
            coarse = torch.rand(1, 3, cells, cells)
            network(torch.nn.functional.interpolate(coarse, size=(side, side)))
    for layer in normalising:
        layer.momentum = 0.1
    return network.eval()


def spread(layers: Iterable[Any], *, strength: float, bias: float) -> None:
    """Draw last layers: random weights of a strength, and one bias that makes scores rare."""
    init = module("torch").nn.init
    for layer in layers:
        init.normal_(layer.weight, std=strength)
        init.constant_(layer.bias, bias)
