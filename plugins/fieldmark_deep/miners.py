"""Choosing triplets as the leopard paper does, which no library can."""

from typing import TypeAlias

import torch
from torch import Tensor

Triplets: TypeAlias = tuple[Tensor, Tensor, Tensor]
"""Places of anchors, positives and negatives in the batch, each (t,) int64."""
_NEAREST = 1e-6
"""Distances below count as this, so that no weight is infinite."""


def weighted_semi_hard(
    distances: Tensor, labels: Tensor, margin: float, generator: torch.Generator
) -> Triplets:
    """Return a triplet for every anchor and positive, with one semi-hard negative.

    Semi-hard: d(a, p) < d(a, n) < d(a, p) + margin (Schroff et al. 2015). Among those one is
    drawn with weights 1/d(a, n); where there are none, any negative is drawn. Every pair of one
    class comes twice, each of the two being the anchor once. From the leopard work (Imperial
    College London, 2024); its code skips what has no semi-hard negative, its paper does not.

    Args:
        distances: (n, n) between the embeddings of a batch.
        labels: (n,) int64.
        margin: in the unit of the distances.
        generator: on the processor; nothing else is random here.

    Returns:
        Indices on the device of `labels`; empty where all or no labels are equal.
    """
    near, pairs = distances.detach().float().cpu(), _pairs(labels.cpu())
    anchors, positives = pairs
    others = _others(labels.cpu(), anchors)
    own = near[anchors, positives][:, None]
    semi_hard = others & (near[anchors] > own) & (near[anchors] < own + margin)
    weights = semi_hard / near[anchors].clamp_min(_NEAREST)
    chances = torch.where(semi_hard.any(1, keepdim=True), weights, others.float())
    return _drawn(anchors, positives, chances, generator, labels.device)


def random_negatives(labels: Tensor, generator: torch.Generator) -> Triplets:
    """Return a triplet for every anchor and positive, with any negative.

    Args:
        labels: (n,) int64.
        generator: on the processor.

    Returns:
        Indices on the device of `labels`; empty where all or no labels are equal.
    """
    anchors, positives = _pairs(labels.cpu())
    chances = _others(labels.cpu(), anchors).float()
    return _drawn(anchors, positives, chances, generator, labels.device)


def _pairs(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return all (anchor, positive), in both orders, that have a negative."""
    same = labels[:, None] == labels
    usable = same & ~torch.eye(len(labels), dtype=torch.bool) & ~same.all(1, keepdim=True)
    anchors, positives = torch.where(usable)
    return anchors, positives


def _others(labels: Tensor, anchors: Tensor) -> Tensor:
    """Return for each anchor (t, n) which of the batch are of another class."""
    return labels[anchors][:, None] != labels


def _drawn(
    anchors: Tensor,
    positives: Tensor,
    chances: Tensor,
    generator: torch.Generator,
    device: torch.device,
) -> Triplets:
    if not len(anchors):
        negatives = anchors
    else:
        negatives = torch.multinomial(chances, 1, generator=generator)[:, 0]
    return anchors.to(device), positives.to(device), negatives.to(device)
