"""Weights of others, as they lie on disk: random numbers under the true names and shapes."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import timm
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

WEIGHTS, CONFIG, PICKLE = "model.safetensors", "config.json", "pytorch_model.bin"
TINY = "test_efficientnet"
"""timm's own for tests: 0.4 M parameters, and a MiewID can be built on it."""
EXPONENT = 2.5
"""Of the pooling of `miewid_shaped`: not 3, with which every pooling begins."""
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def tiny_timm(folder: Path, seed: int = 0, *, size: int = 64, architecture: str = TINY) -> Path:
    """Write a small network of timm's with its classifier, as timm puts it on the Hub.

    Returns:
        The weights file; `config.json` lies beside it. About 1.5 MB.
    """
    known = timm.get_pretrained_cfg(architecture)
    fixed = known is not None and known.fixed_input_size
    network = _seeded(seed, architecture, img_size=size if fixed else None)
    cfg = {
        "tag": "random",
        "custom_load": False,
        "input_size": [3, size, size],
        "fixed_input_size": fixed,
        "interpolation": "bicubic",
        "crop_pct": 0.875,
        "crop_mode": "center",
        **IMAGENET,
        "num_classes": network.num_classes,
        "first_conv": network.default_cfg["first_conv"],
        "classifier": network.default_cfg["classifier"],
    }
    config = {
        "architecture": architecture,
        "num_classes": network.num_classes,
        "num_features": network.num_features,
        "global_pool": "avg",
        "pretrained_cfg": cfg,
    }
    return _written(folder, config, network.state_dict())


def miewid_shaped(folder: Path, seed: int = 0, *, full: bool = True) -> Path:
    """Write weights under the names and shapes of conservationxlabs/miewid-msv3.

    The whole one has 1,210 tensors and 205,809,924 bytes, as the file on the Hub has: the backbone
    with the exponent of its pooling inside, `bn`, and a classifier of ten that nothing uses.

    Args:
        folder: is made if need be.
        seed: of the numbers.
        full: 51 million parameters; else on a tiny backbone, which the configuration names, 1.5 MB.

    Returns:
        The weights file; `config.json` lies beside it.
    """
    name = "efficientnetv2_rw_m" if full else TINY
    backbone = _seeded(seed, name, num_classes=0)
    maps = _settle(backbone)
    parts = {
        "backbone": backbone.state_dict() | {"global_pool.p": torch.tensor([EXPONENT])},
        "bn": _normalisation(maps).state_dict(),
        "final": nn.Linear(maps.shape[1], 10).state_dict(),
    }
    tensors = {f"{part}.{k}": v for part, values in parts.items() for k, v in values.items()}
    return _written(folder, miewid_config(name), tensors)


def miewid_config(backbone: str, **changes: Any) -> dict[str, Any]:
    """Return MiewID's `config.json`; the keys are those that its readers ask for."""
    return {
        "architectures": ["MiewIdNet"],
        "auto_map": {
            "AutoConfig": "configuration_miewid.MiewIdNetConfig",
            "AutoModel": "modeling_miewid.MiewIdNet",
        },
        "model_type": "miewid",
        "model_name": backbone,
        "n_classes": 10,
        "use_fc": False,
        "fc_dim": 512,
        "dropout": 0.0,
        "loss_module": "softmax",
        "pretrained": False,
        **changes,
    }


def megadescriptor_shaped(folder: Path, *, pickle: bool = False, seed: int = 0) -> Path:
    """Write weights as BVRA/MegaDescriptor-T-224 has them: an early Swin without a classifier.

    A stage's `downsample` is numbered by the stage before it, and buffers lie among the weights
    that timm no longer keeps. `config.json` has ImageNet's mean, bicubic and a crop, though the
    model card says 0.5 and a plain resize. 110 MB.

    Args:
        folder: is made if need be.
        pickle: `pytorch_model.bin` by `torch.save`, as on the Hub; else safetensors.
        seed: of the numbers.
    """
    name = "swin_tiny_patch4_window7_224"
    network = _seeded(seed, name, num_classes=0)
    cfg = {
        "input_size": [3, 224, 224],
        "fixed_input_size": True,
        "interpolation": "bicubic",
        "crop_pct": 0.9,
        "crop_mode": "center",
        **IMAGENET,
        "num_classes": 0,
        "pool_size": [7, 7],
        "first_conv": "patch_embed.proj",
        "classifier": "head.fc",
    }
    config = {"architecture": name, "num_classes": 0, "num_features": 768, "pretrained_cfg": cfg}
    return _written(folder, config, _early_swin(network), pickle=pickle)


def hostile_pickle(path: Path, marker: Path) -> Path:
    """Write a checkpoint that makes the file `marker` when it is unpickled without care."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": {"weight": torch.zeros(2)}, "epoch": _Trap(marker)}, path)
    return path


class _Trap:
    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._marker,)


def _seeded(seed: int, name: str, **wanted: Any) -> Any:
    """Return a random network of timm's; the caller's generator stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return timm.create_model(name, **wanted).eval()


_BRANCH = 0.05
"""How much a residual branch adds. With random weights and 1, a deep network is chaotic: a
millionth of a grey level turns its vectors as far as another picture does, and rounding would seem
a fault."""


def _settle(backbone: Any) -> Tensor:
    """Give every normalisation the statistics of some pictures, as training would.

    Without any training numbers grow to millions through the layers, and a power of those leaves
    nothing of the small ones.

    Returns:
        The maps (6, width, 2, 2) of the pictures.
    """
    rough = torch.rand(6, 3, 6, 6, generator=torch.Generator().manual_seed(1))
    pictures = 4 * functional.interpolate(rough, (64, 64), mode="bilinear") - 2
    for layer in backbone.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None  # the statistics are those of the one batch
        norms = (getattr(layer, name, None) for name in ("bn3", "bn2", "bn1"))
        last = next((norm for norm in norms if norm is not None), None)
        if isinstance(last, nn.BatchNorm2d) and getattr(layer, "has_skip", False):
            nn.init.constant_(last.weight, _BRANCH)
    with torch.no_grad():
        backbone.train().forward_features(pictures)
        return cast("Tensor", backbone.eval().forward_features(pictures))


def _normalisation(maps: Tensor) -> nn.BatchNorm1d:
    """Return one that tells the maps apart once they are pooled."""
    made = nn.BatchNorm1d(maps.shape[1])
    pooled = maps.clamp(min=1e-6).pow(EXPONENT).mean(dim=(2, 3)).pow(1 / EXPONENT)
    _measure(made, pooled.T)
    return made


def _measure(layer: nn.BatchNorm1d, channels: Tensor) -> None:
    assert layer.running_mean is not None
    assert layer.running_var is not None
    layer.running_mean.copy_(channels.mean(dim=1))
    layer.running_var.copy_(channels.var(dim=1) + 1e-3)


def _early_swin(network: nn.Module) -> dict[str, Tensor]:
    def early(name: str) -> str:
        return re.sub(
            r"layers\.(\d+)\.downsample", lambda m: f"layers.{int(m[1]) - 1}.downsample", name
        )

    buffers = {k: v for k, v in network.named_buffers() if not k.endswith("num_batches_tracked")}
    return {early(k): v for k, v in {**network.state_dict(), **buffers}.items()}


def _written(
    folder: Path,
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    *,
    pickle: bool = False,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text(json.dumps(config, indent=2), encoding="utf-8")
    kept = {k: v.detach().clone().contiguous() for k, v in tensors.items()}
    path = folder / (PICKLE if pickle else WEIGHTS)
    if pickle:
        torch.save(kept, path)
    else:
        save_file(kept, path, metadata={"format": "pt"})
    return path
