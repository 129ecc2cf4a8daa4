"""What a network is trained to lower: one module for every loss that a recipe can name.

The losses themselves are those of pytorch-metric-learning and torch; only the margins and the
miner that neither has are ours.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import ContrastiveLoss, CosFaceLoss, TripletMarginLoss
from pytorch_metric_learning.miners import TripletMarginMiner
from torch import Tensor, nn

from fieldmark_deep import settings
from fieldmark_deep.margins import AdaptiveCosFaceLoss, MarginArcFaceLoss, dynamic_margins
from fieldmark_deep.miners import Triplets, random_negatives, weighted_semi_hard


class Objective(nn.Module):
    """The loss of a training, with its class centres where it has them.

    Args:
        loss: which, and its settings.
        counts: training photos of each class; its length is the number of classes.
        embedding_size: d.
    """

    def __init__(self, loss: settings.Loss, counts: Sequence[int], embedding_size: int) -> None:
        super().__init__()
        self.term = _term(loss, counts, embedding_size)

    @property
    def has_centres(self) -> bool:
        """Whether there are class centres to learn."""
        return _centred(self.term) is not None

    @torch.no_grad()
    def imprint(self, embeddings: Tensor, labels: Tensor) -> None:
        """Put the class centres where a trained network sees the classes.

        Each is the mean of its class, and with sub-centers each of a part of it. Qi et al.,
        Low-Shot Learning with Imprinted Weights (2018): with a few photos of each individual
        random centres would pull the network apart before they had found their places.

        Args:
            embeddings: (n, d) of length 1; every class has one at least.
            labels: (n,) int64.
        """
        loss = _centred(self.term)
        if loss is None:
            return
        centers = int(getattr(loss, "sub_centers", 1))
        for number in range(loss.W.shape[1] // centers):
            own = embeddings[labels == number].to(loss.W)
            for j in range(centers):
                part = own[j::centers] if j < len(own) else own
                loss.W[:, number * centers + j] = nn.functional.normalize(part.mean(0), dim=0)

    def forward(self, embeddings: Tensor, labels: Tensor, *, epoch: int, seed: int) -> Tensor:
        """Return the loss of a batch, a float32 scalar.

        Always computed in float32, even under autocast: with scale 64, bfloat16's steps near
        cosine 1 would be worth half a unit of the loss. Where a batch holds nothing to learn
        (no pairs, no triplets) it is 0, with gradients of 0.

        Args:
            embeddings: (n, d); of length 1 for pairs and triplets, logits for cross-entropy.
            labels: (n,) int64, 0 to classes − 1.
            epoch: from 1.
            seed: with the epoch, of everything that is drawn at random.
        """
        with torch.autocast(embeddings.device.type, enabled=False):
            loss: Tensor = self.term(embeddings.float(), labels, epoch, seed)
        return loss


def _centred(term: nn.Module) -> Any:  # noqa: ANN401 -- the library has no types
    """Return the library's loss that has class centres W (d, classes), if this is one."""
    loss = getattr(term, "loss", None)
    return loss if hasattr(loss, "W") else None


class ExactDistance(LpDistance):  # type: ignore[misc]  # the library has no types
    """Euclidean distances, (n, n); of the embeddings as they are, not brought to length 1.

    Never by matrix multiplication, as torch.cdist does for more than 25 rows: that is off by
    about 3e-4 where distances are near 0, and its gradients there by far more.
    """

    def __init__(self) -> None:
        super().__init__(normalize_embeddings=False)

    def compute_mat(self, query_emb: Tensor, ref_emb: Tensor | None) -> Tensor:
        """Return all distances (n, m); the gradient of a distance of 0 is 0."""
        others = query_emb if ref_emb is None else ref_emb
        return torch.cdist(query_emb, others, compute_mode="donot_use_mm_for_euclid_dist")


class _Plain(nn.Module):
    """A loss that takes embeddings and labels alone."""

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, embeddings: Tensor, labels: Tensor, epoch: int, seed: int) -> Tensor:  # noqa: ARG002
        loss: Tensor = self.loss(embeddings, labels)
        return loss


class _Triplets(nn.Module):
    """The triplet loss on embeddings scaled to a length, with mining."""

    def __init__(self, chosen: settings.Triplet) -> None:
        super().__init__()
        self._chosen = chosen
        self._distance = ExactDistance()
        self.loss = TripletMarginLoss(
            margin=chosen.margin, smooth_loss=chosen.soft, distance=self._distance
        )
        self.semi_hard = TripletMarginMiner(
            margin=chosen.margin, type_of_triplets="semihard", distance=self._distance
        )

    def forward(self, embeddings: Tensor, labels: Tensor, epoch: int, seed: int) -> Tensor:
        scaled = embeddings * self._chosen.length
        triplets = self._mined(scaled, labels, epoch, seed)
        loss: Tensor = self.loss(scaled, labels, triplets)
        return loss

    def _mined(self, scaled: Tensor, labels: Tensor, epoch: int, seed: int) -> Triplets | None:
        if self._chosen.mining == "all":
            return None
        if self._chosen.mining == "semi-hard":
            mined: Triplets = self.semi_hard(scaled, labels)
            return mined
        generator = torch.Generator().manual_seed(_mixed(seed, epoch))
        if epoch < self._chosen.mining_from:
            return random_negatives(labels, generator)
        near = self._distance(scaled.detach())
        return weighted_semi_hard(near, labels, self._chosen.margin, generator)


def _mixed(seed: int, epoch: int) -> int:
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0])


def _term(loss: settings.Loss, counts: Sequence[int], embedding_size: int) -> nn.Module:
    match loss:
        case settings.Contrastive():
            # The library's form is linear, d and max(0, m − d), where Hadsell's is quadratic.
            return _Plain(ContrastiveLoss(neg_margin=loss.margin, distance=ExactDistance()))
        case settings.Triplet():
            return _Triplets(loss)
        case settings.CosFace():
            kind = AdaptiveCosFaceLoss if loss.adaptive else CosFaceLoss
            return _Plain(kind(len(counts), embedding_size, margin=loss.margin, scale=loss.scale))
        case settings.ArcFace():
            margins = _margins(loss, counts)
            return _Plain(MarginArcFaceLoss(margins, embedding_size, loss.scale, loss.centers))
        case settings.CrossEntropy():
            weights = class_weights(counts, loss.balance)
            return _Plain(nn.CrossEntropyLoss(weights, label_smoothing=loss.smoothing))


def class_weights(counts: Sequence[int], balance: float) -> Tensor | None:
    """Return what a photo of each class weighs: n^−b, scaled so that all photos weigh 1 on average.

    None where all weigh the same.
    """
    if not balance:
        return None
    found = torch.tensor(counts, dtype=torch.float32)
    weights = found**-balance
    return weights * found.sum() / (weights * found).sum()


def _margins(loss: settings.ArcFace, counts: Sequence[int]) -> Tensor:
    if loss.margin_min is None:
        return torch.full((len(counts),), loss.margin)
    return dynamic_margins(counts, loss.margin_min, loss.margin)
