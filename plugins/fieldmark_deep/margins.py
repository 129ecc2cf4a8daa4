"""Margins that no library has: CosFace's scaled by h(θ), ArcFace's by how rare a class is."""

import math
from collections.abc import Sequence

import torch
from pytorch_metric_learning.losses import CosFaceLoss, SubCenterArcFaceLoss
from torch import Tensor

_NEAREST = 1e-6
"""Cosines come no nearer to ±1: the derivative of arccos is infinite there; here it is 707."""


def shrink(cosine: Tensor) -> Tensor:
    """Return h(θ) = ((1 − cos²θ)⁴ + 0.1) / 1.1, by which the adaptive margin is scaled.

    From the adaptive CosFace of the leopard work (Imperial College London, 2024). 1 at a right
    angle, 1/11 where photo and class centre coincide (or oppose each other): what is recognised
    already is pushed no further.

    Args:
        cosine: any shape, −1 to 1.

    Returns:
        The same shape, 1/11 to 1.
    """
    return ((1 - cosine**2) ** 4 + 0.1) / 1.1


class AdaptiveCosFaceLoss(CosFaceLoss):  # type: ignore[misc]  # the library has no types
    """CosFace (Wang et al. 2018) whose margin on the target class is m·h(θ).

    The target's logit is s·(cos θ − m·h(θ)), and the gradient flows through h: the loss is
    differentiated as it is written. Its slope in cos θ is then 1 + 8·m·cos θ·(1 − cos²θ)³ / 1.1,
    steeper than CosFace's for angles below 90° and flatter beyond. The least slope, at
    cos θ = −1/√7, is 1 − 1.732·m: with m below 0.577 a photo is never pushed away from its own
    class; with m = 0.28 the slope is 0.515 at least.

    Takes the arguments of pytorch-metric-learning's `CosFaceLoss`.
    """

    def modify_cosine_of_target_classes(self, cosine_of_target_classes: Tensor) -> Tensor:
        """Return the cosines (n,) to the own classes, less the margins."""
        margins: Tensor = self.margin * shrink(cosine_of_target_classes)
        return cosine_of_target_classes - margins


def dynamic_margins(counts: Sequence[int], least: float, most: float) -> Tensor:
    """Return a margin for each class: the commonest has the least, the rarest the most.

    t_c = √(1/√n_c), m_c = (t_c − min t)/(max t − min t)·(most − least) + least, as MiewID
    (2024, arXiv 2412.05602) computes them. Where all classes have equally many photos none is
    rarer than another, and all have the least. A class without photos counts as if it had one.

    Args:
        counts: photos n_c of each class, ≥ 0.
        least: radians.
        most: radians.

    Returns:
        (classes,) float32, radians.
    """
    photos = torch.tensor(counts, dtype=torch.float64).clamp_min(1)
    rarity = photos**-0.25
    spread = rarity.max() - rarity.min()
    if spread == 0:
        return torch.full((len(counts),), least)
    share = (rarity - rarity.min()) / spread
    return (share * (most - least) + least).float()


class MarginArcFaceLoss(SubCenterArcFaceLoss):  # type: ignore[misc]  # the library has no types
    """Sub-center ArcFace (Deng et al. 2019, 2020) with a margin for each class, in radians.

    As in pytorch-metric-learning, whose class this extends, with its guard: where θ + m would
    pass 180°, and the cosine would rise again, the target's cosine is cos θ − m·sin m instead.
    Unlike there, gradients are finite where photo and centre coincide or oppose each other.

    Args:
        margins: (classes,) radians, 0 to π.
        embedding_size: d.
        scale: s.
        centers: for each class; 1 is ArcFace.
    """

    margins: Tensor

    def __init__(self, margins: Tensor, embedding_size: int, scale: float, centers: int) -> None:
        super().__init__(
            margin=math.degrees(float(margins.max())),  # the library takes degrees
            scale=scale,
            sub_centers=centers,
            num_classes=len(margins),
            embedding_size=embedding_size,
        )
        self.register_buffer("margins", margins, persistent=False)
        self._targets = margins[:0]

    def compute_loss(
        self, embeddings: Tensor, labels: Tensor, *others: object
    ) -> dict[str, object]:
        """Return the library's dictionary of losses for embeddings (n, d) and labels (n,)."""
        # The library hands the cosines alone to what comes next.
        self._targets = self.margins[labels]
        losses: dict[str, object] = super().compute_loss(embeddings, labels, *others)
        return losses

    def get_angles(self, cosine_of_target_classes: Tensor) -> Tensor:
        """Return angles (n,) in radians, 0.0014 or more away from 0 and π."""
        return torch.acos(cosine_of_target_classes.clamp(_NEAREST - 1, 1 - _NEAREST))

    def modify_cosine_of_target_classes(self, cosine_of_target_classes: Tensor) -> Tensor:
        """Return the cosines (n,) to the own classes, with the margins added to the angles."""
        angles, margins = self.get_angles(cosine_of_target_classes), self._targets
        beyond = cosine_of_target_classes - margins * torch.sin(margins)
        return torch.where(angles <= math.pi - margins, torch.cos(angles + margins), beyond)
