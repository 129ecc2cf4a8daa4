"""Networks whose batch normalisation was folded into the weights before it.

Exported and quantised weights come so: every normalisation has mean 0, variance 1 and factor 1,
and only its bias is left. Such a network predicts as before, but it cannot be trained: the first
batch would be normalised to something that the layers behind it have never seen.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


def is_folded(network: nn.Module) -> bool:
    """Return whether the network has batch normalisations, and none of them does anything."""
    layers = list(_normalisations(network))
    return bool(layers) and all(_idle(layer) for layer in layers)


def _normalisations(network: nn.Module) -> Iterable[nn.BatchNorm2d]:
    return (each for each in network.modules() if isinstance(each, nn.BatchNorm2d))


def _idle(layer: nn.BatchNorm2d) -> bool:
    mean, variance = layer.running_mean, layer.running_var
    if mean is None or variance is None:
        return False
    plain = bool((mean == 0).all()) and bool((variance == 1).all())
    trained = bool((layer.bias != 0).any())  # fresh random layers are idle, too, but unbiased
    return plain and trained and bool((layer.weight == 1).all())


@dataclass
class _Seen:
    """Sums over everything that reached a layer, for each channel."""

    count: int
    total: Tensor
    squares: Tensor

    def add(self, x: Tensor) -> None:
        wide = x.double()
        self.count += x.numel() // x.shape[1]
        self.total += wide.sum(dim=(0, 2, 3))
        self.squares += wide.square().sum(dim=(0, 2, 3))


def unfold(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Give every batch normalisation the statistics of some pictures, and what undoes them.

    With mean μ and variance σ² of what reaches a layer, its factor becomes √(σ² + ε) and its bias
    grows by μ: the network predicts as before, and in training, where batches of like pictures
    have like statistics, it starts from nearly the same function.

    Args:
        network: as `is_folded` finds it; changed in place.
        batches: what the network takes, a few hundred pictures in all.
    """
    seen: dict[nn.BatchNorm2d, _Seen] = {}
    hooks = []
    for layer in _normalisations(network):
        zeros = torch.zeros(layer.num_features, dtype=torch.float64, device=layer.weight.device)
        seen[layer] = _Seen(0, zeros, zeros.clone())
        hooks.append(layer.register_forward_pre_hook(_watch(seen[layer])))
    network.eval()
    with torch.no_grad():
        for batch in batches:
            network(batch)
        for layer, sums in seen.items():
            _settle(layer, sums)
    for hook in hooks:
        hook.remove()


def _watch(sums: _Seen) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    def hook(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        sums.add(inputs[0])

    return hook


def _settle(layer: nn.BatchNorm2d, sums: _Seen) -> None:
    if not sums.count:
        return
    mean = sums.total / sums.count
    variance = (sums.squares / sums.count - mean.square()).clamp_min(0)
    if layer.running_mean is not None and layer.running_var is not None:
        layer.running_mean.copy_(mean)
        layer.running_var.copy_(variance)
    layer.weight.copy_((variance + layer.eps).sqrt())
    layer.bias.add_(mean)
