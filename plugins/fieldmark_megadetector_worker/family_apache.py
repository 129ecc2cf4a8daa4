"""MegaDetector v6 under the Apache licence: `MegaDetectorV6Apache`, an RT-DETR.

Faults of PyTorch-Wildlife 1.3.0 that are got round here:

- it downloads a backbone trained on ImageNet and overwrites it at once with its own weights: the
  setting `pretrained` is taken out while it is built;
- its batch divides x by the height of the photo and y by the width: its fractions are not used,
  see `networks.rows`;
- gradients are recorded while it looks: it looks in inference mode.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from fieldmark_megadetector_worker.checkpoints import (
    CheckpointProblem,
    handed_over,
    read,
    tensors,
)
from fieldmark_megadetector_worker.library import module
from fieldmark_megadetector_worker.networks import Network, OneByOne, Order
from fieldmark_megadetector_worker.random_weights import settle, spread, start

_CONFIGS = {
    "MDV6-apa-rtdetr-c": "rtdetrv2_r18vd_120e_megadetector.yml",
    "MDV6-apa-rtdetr-e": "rtdetrv2_r101vd_6x_megadetector.yml",
}
_BASE = "PytorchWildlife.models.detection.rtdetr_apache.rtdetr_apache_base"


def build(detection: ModuleType, order: Order) -> Network:
    """Load one of the two variants.

    Raises:
        CheckpointProblem: if the weights are not those of the variant.
    """
    variant = order.variant.version
    with without_backbone() as config:
        state = _state(read(order.weights)) if order.weights else untrained(config, variant)
        try:
            with handed_over({"model": state}):
                detector = detection.MegaDetectorV6Apache(
                    weights="read", device=order.device, version=variant
                )
        except RuntimeError as error:
            first = str(error).strip().splitlines()[-1].strip()[:200]
            raise CheckpointProblem(f"these are not weights of {variant}: {first}") from error
    return OneByOne(detector, order.floor)


@contextmanager
def without_backbone() -> Iterator[Any]:
    """Let the library read its configurations without the wish for a pretrained backbone."""
    base = module(_BASE)
    original = base.YAMLConfig

    class Config(original):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: object, **keywords: object) -> None:
            super().__init__(*arguments, **keywords)
            self.yaml_cfg["PResNet"]["pretrained"] = False

    base.YAMLConfig = Config
    try:
        yield Config
    finally:
        base.YAMLConfig = original


def _state(content: Any) -> dict[str, Any]:  # noqa: ANN401 -- what a checkpoint held
    """Return the averaged weights where there are some, else the last, as the library does."""
    averaged = content.get("ema") if isinstance(content, dict) else None
    if isinstance(averaged, dict):
        return tensors(averaged, "module")
    return tensors(content, "model")


def untrained(config: Any, version: str) -> dict[str, Any]:  # noqa: ANN401 -- a class of the library
    """Return random weights of a variant, which see something in every picture."""
    start()
    folder = Path(module(_BASE).__file__).parent / "rtdetrv2_pytorch" / "configs" / "rtdetrv2"
    network = config(str(folder / _CONFIGS[version])).model
    decoder = network.decoder
    spread((decoder.enc_score_head, *decoder.dec_score_head), strength=0.1, bias=-2.0)
    state: dict[str, Any] = settle(network, 640).state_dict()
    return state
