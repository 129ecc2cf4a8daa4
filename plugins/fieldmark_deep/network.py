"""An embedding network: a timm backbone, pooling, a neck and a head."""

from collections.abc import Iterable
from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from fieldmark.errors import UserError
from fieldmark_deep.settings import Network


class GeM(nn.Module):
    """Generalised-mean pooling with a learnable exponent: (n, c, h, w) → (n, c).

    (mean over places of max(x, eps)^p)^(1/p); p = 1 is average, p → ∞ maximum pooling. Radenović
    et al., Fine-tuning CNN Image Retrieval with No Human Annotation (2018), equation 3.
    """

    def __init__(self, p: float = 3.0, eps: float = 1e-6) -> None:
        super().__init__()
        self.p = nn.Parameter(torch.tensor([p]))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Pool over the last two axes, in float32 whatever the precision around it."""
        with torch.autocast(x.device.type, enabled=False):
            powers = x.float().clamp(min=self.eps).pow(self.p)
            return powers.mean(dim=(-2, -1)).pow(1.0 / self.p)


_MISFITS = (AssertionError, ArithmeticError, RuntimeError, TypeError, ValueError)
"""What timm's networks raise at sizes that they cannot take, while made or at the first picture."""


class EmbeddingNetwork(nn.Module):
    """Chips (n, c, h, w) float32, 0–1 → embeddings (n, d) float32.

    The embeddings have length 1, but for a classifier, whose outputs are logits.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, settings: Network) -> None:
        super().__init__()
        self.settings = settings
        self.backbone = _backbone(settings)
        self.pool = GeM() if settings.pooling == "gem" else nn.Identity()
        width = _features(self.backbone, self.pool, settings)
        self.neck = nn.BatchNorm1d(width) if settings.neck else nn.Identity()
        self.dropout = nn.Dropout(settings.dropout)
        size = settings.embedding_size
        self.head = nn.Identity() if size is None else nn.Linear(width, size)
        self.embedding_size = width if size is None else size
        for name, values in (("mean", settings.mean), ("std", settings.std)):
            extra = 0.0 if name == "mean" else 1.0
            wide = (*values, *[extra] * settings.channels)[: settings.channels]
            self.register_buffer(name, torch.tensor(wide).view(1, -1, 1, 1), persistent=False)

    def forward(self, chips: Tensor) -> Tensor:
        """Return the embeddings; see the class."""
        x = self.backbone((chips - self.mean) / self.std)
        x = self.head(self.dropout(self.neck(self.pool(x))))
        # Lengths are taken in float32: bfloat16 has 3 digits, too few for distances.
        return functional.normalize(x.float()) if self.settings.normalise else x.float()

    def body(self) -> Iterable[nn.Parameter]:
        """Yield the backbone's parameters: what stays frozen while only the head learns."""
        return self.backbone.parameters()


def _backbone(settings: Network) -> nn.Module:
    """Return a randomly initialised timm backbone without a classifier.

    Raises:
        UserError: if timm does not know the name, or the input does not fit it.
    """
    if not timm.is_model(settings.backbone):
        raise UserError(_unknown(settings.backbone))
    wanted: dict[str, Any] = {
        **settings.arguments,
        "num_classes": 0,
        "in_chans": settings.channels,
    }
    if settings.pooling == "gem":
        wanted["global_pool"] = ""
    if settings.same_padding:
        wanted["pad_type"] = "same"
    size = (settings.height, settings.width)
    try:
        try:
            return timm.create_model(settings.backbone, img_size=size, **wanted)
        except TypeError:  # convolutional networks take any size and do not ask
            return timm.create_model(settings.backbone, **wanted)
    except _MISFITS as error:
        raise _misfit(settings, error) from error


def _misfit(settings: Network, error: Exception) -> UserError:
    what = f"{settings.backbone} cannot be made for {settings.height}×{settings.width} pixels"
    return UserError(f"{what} ({type(error).__name__}: {error}); most take multiples of 32")


def _unknown(name: str) -> str:
    near = timm.list_models(f"*{name.split('_', maxsplit=1)[0]}*")[:5]
    hint = f"; near: {', '.join(near)}" if near else ""
    return f"timm knows no network {name!r}{hint}; all of them: timm.list_models()"


def _features(backbone: nn.Module, pool: nn.Module, settings: Network) -> int:
    """Return how many numbers leave the pooling; asked of the network itself.

    Raises:
        UserError: if the input does not fit, or GeM is to pool what has no two axes of places.
    """
    training = backbone.training
    backbone.eval()
    try:
        with torch.no_grad():
            out = backbone(torch.zeros(1, settings.channels, settings.height, settings.width))
    except _MISFITS as error:
        raise _misfit(settings, error) from error
    backbone.train(training)
    # Swin and its like put the channels last; pooled over the wrong axes nothing would complain.
    places_last = out.dim() == 4 and str(getattr(backbone, "output_fmt", "NCHW")) == "NCHW"
    if settings.pooling == "gem" and not places_last:
        raise UserError(
            f"{settings.backbone} has no feature maps that GeM could pool; write pooling: avg"
        )
    return int(pool(out).shape[1])


def widen_stem(weight: Tensor, channels: int) -> Tensor:
    """Return pretrained stem weights for more channels: (o, 3, k, k) → (o, channels, k, k).

    The first three are as they were, so an image whose further channels are zero gives exactly
    the output of the 3-channel network; the others start as the mean of the three, so that edges
    are seen like a grey picture from the first step.
    """
    known = weight.shape[1]
    if channels <= known:
        return weight[:, :channels]
    mean = weight.mean(dim=1, keepdim=True).expand(-1, channels - known, -1, -1)
    return torch.cat([weight, mean], dim=1)
