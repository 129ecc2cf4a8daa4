"""Where in two photos a network finds their likeness.

The cosine of two embeddings is taken apart into what each place of the last map of features adds
to it: gradient times feature, summed over the channels. That is Grad-CAM (Selvaraju et al. 2017,
arXiv 1610.02391) of the likeness of a pair (Stylianou et al. 2019, Visualizing Deep Similarity
Networks), with two choices, both measured in `docs/explain.md`:

- The gradient is not averaged over the places first, because under GeM the places count
  differently; under average pooling it is the same (Draelos and Carin 2020, arXiv 2011.08891).
- The photo's own length is held fixed, as Stylianou et al. do. The gradient of the whole cosine
  vanishes where two vectors are alike, so a perfect match would have no map at all.

So, behind average or GeM pooling and a linear head, the parts add up to the cosine, but for what
biases add everywhere. What speaks against the likeness is left out of the map.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fieldmark.errors import UserError
from fieldmark.types import Chip, Mask
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.pixels import to_batch


def heat(network: EmbeddingNetwork, query: Chip, candidate: Chip) -> tuple[Mask, Mask]:
    """Return for each of two chips where its likeness to the other comes from.

    Each chip goes through the network alone, in float32, so that the maps are the same in any
    order and beside any others.

    Args:
        network: in evaluation mode; on any device.
        query: its channels are those of the network, as of the other.
        candidate: the other.

    Returns:
        Two maps over the pixels of the chips: 0 where nothing speaks for the likeness, 1 at the
        place of this chip that speaks most for it. All 0 where nothing does.

    Raises:
        UserError: if the channels differ, or the backbone keeps no map of places.
    """
    # The caller may run without gradients, or as inference; both end here.
    with torch.inference_mode(mode=False), torch.enable_grad():
        one, other = _see(network, query), _see(network, candidate)
        return _over(query, parts(one, other)), _over(candidate, parts(other, one))


@dataclass(frozen=True)
class Seen:
    """What a network saw of one chip, with the way from the places to the embedding.

    Attributes:
        places: the last map of features, with gradients.
        embedding: (1, d) made from it, not yet of length 1.
        grid: takes a tensor shaped as `places` to (h, w), summed over the channels.
    """

    places: Tensor
    embedding: Tensor
    grid: Callable[[Tensor], Tensor]


def parts(one: Seen, other: Seen) -> Tensor:
    """Return what each place of `one` adds to the cosine of the two: (h, w), also below 0."""
    toward = functional.normalize(other.embedding.detach())
    length = one.embedding.detach().norm().clamp(min=1e-12)
    likeness = (one.embedding * toward).sum() / length
    (gradient,) = torch.autograd.grad(likeness, one.places, retain_graph=True)
    return one.grid(gradient * one.places.detach())


def _over(chip: Chip, added: Tensor) -> Mask:
    """Return the places that speak for the likeness, laid over the chip's pixels."""
    speaking = added.clamp(min=0)
    speaking = speaking / speaking.max().clamp(min=1e-12)
    laid = functional.interpolate(
        speaking[None, None], chip.size, mode="bilinear", align_corners=False
    )
    return np.ascontiguousarray(laid[0, 0].cpu().numpy(), np.float32)


def _see(network: EmbeddingNetwork, chip: Chip) -> Seen:
    settings, backbone = network.settings, network.backbone
    pixels = to_batch([chip], settings).to(network.mean.device).float().div_(255)
    normal = (pixels - network.mean) / network.std
    see = _before_last_block if _sums_up_in_a_token(backbone) else _after_features
    places, made = see(network, normal)
    return Seen(places, network.head(network.neck(made)), _grid(settings.backbone, backbone))


def _after_features(network: EmbeddingNetwork, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Take the map that the backbone pools; the layers before it need no gradients."""
    backbone: Any = network.backbone
    with torch.no_grad():
        places = backbone.forward_features(pixels)
    places = places.detach().requires_grad_()
    return places, network.pool(backbone.forward_head(places))


def _before_last_block(network: EmbeddingNetwork, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Take what enters the last block of a transformer whose class token sums up the places.

    Behind that block nothing is read from the places any more, so no gradient reaches them.
    """
    kept: list[Tensor] = []

    def keep(_block: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        kept.append(inputs[0].detach().requires_grad_())
        return (kept[0], *inputs[1:])

    backbone: Any = network.backbone
    hook = backbone.blocks[-1].register_forward_pre_hook(keep)
    try:
        made = network.pool(backbone(pixels))
    finally:
        hook.remove()
    return kept[0], made


def _sums_up_in_a_token(backbone: nn.Module) -> bool:
    return getattr(backbone, "global_pool", None) == "token" and hasattr(backbone, "blocks")


def _grid(name: str, backbone: nn.Module) -> Callable[[Tensor], Tensor]:
    """Return what sums a map (1, …) over its channels, wherever timm keeps them.

    Convolutional networks have (n, c, h, w), Swin and its like (n, h, w, c), transformers
    (n, tokens, c), where the first tokens are of no place.
    """
    last = str(getattr(backbone, "output_fmt", "NCHW")) == "NHWC"
    shape = getattr(getattr(backbone, "patch_embed", None), "grid_size", None)

    def summed(values: Tensor) -> Tensor:
        if values.dim() == 4:
            return values.sum(dim=-1 if last else 1)[0]
        if values.dim() == 3 and shape is not None and values.shape[1] >= shape[0] * shape[1]:
            return values.sum(dim=-1)[0, -shape[0] * shape[1] :].view(*shape)
        raise UserError(
            f"{name} keeps no map of places that can be read, so no heat map can be drawn for it;"
            " convolutional networks, Swin and ViT keep one"
        )

    return summed
