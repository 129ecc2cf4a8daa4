"""Weights that others made, in their own layouts: timm's on the Hub, and MiewID's.

Only `config.json` and a safetensors file are read. None of their code is run, and what does not fit
is refused: a network that is filled in part would give vectors that look right and are not.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import timm
import torch
from timm.models import model_entrypoint
from torch import Tensor, nn

from fieldmark.errors import UserError
from fieldmark_deep.settings import MIEWID_SHAPE, Network

Layout: TypeAlias = Literal["timm", "miewid"]
_RESIZES = {"bilinear": "smooth", "bicubic": "bicubic"}
_MIEWID_HEAD = "final."
"""The classifier that MiewID's training left in the published file: `final.weight` (10, 2152) and
`final.bias` in miewid-msv3. Its embedding does not pass through it. Told by animl-py (MIT),
animl/utils/test_utils.py, which fills its own copy of that network from the file and allows no
other key."""
_MIEWID_NAMES = {
    "backbone.global_pool.p": "pool.p",  # in the file on the Hub; the same source
    "pooling.p": "pool.p",  # in checkpoints of wbia-plugin-miew-id, wbia_miew_id/models/model.py
    **{f"bn.{k}": f"neck.{k}" for k in nn.BatchNorm1d(1).state_dict()},
}
_FAULTS = (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)
"""What parsing raises on a file that is not as it should be."""


def read_layout(config: object, name: str) -> dict[str, Any]:
    """Return what the `config.json` of others says of a network.

    Args:
        config: parsed JSON, whatever it is.
        name: of the weights file, for messages.

    Returns:
        `network` (the keys of `Network`), an empty `record`, and `layout`.

    Raises:
        UserError: if it is of no layout that can be read, or says what cannot be done here.
    """
    try:
        layout, network = _network(dict(config))  # type: ignore[call-overload]
        shape = Network.model_validate(network).model_dump(mode="json")
    except UserError:
        raise
    except _FAULTS as error:
        raise UserError(
            f"the config.json beside {name} does not describe a network of timm's or a MiewID"
            f" ({_reason(error)}); put the config.json of the same repository beside the weights"
        ) from error
    return {"network": shape, "record": {}, "layout": layout}


def _reason(error: Exception) -> str:
    """Return one line of an error: pydantic's have many."""
    if isinstance(error, KeyError):
        return f"no {error}"
    return " ".join(str(error).split("[type=")[0].split())


def _network(config: Mapping[str, Any]) -> tuple[Layout, dict[str, Any]]:
    names = config.get("architectures") or ()
    if config.get("model_type") == "miewid" or "MiewIdNet" in names:
        return "miewid", _of_miewid(config)
    return "timm", _of_timm(config)


def _of_timm(config: Mapping[str, Any]) -> dict[str, Any]:
    """Read it as timm 1.0 does in `timm/models/_hub.py`; what is left out has timm's defaults.

    `crop_pct` is left aside on purpose. It cuts off the borders of a photo, around whatever is in
    its middle; a chip ends where the animal ends. For the same reason a chip is stretched to the
    input and keeps no sides' ratio. A `global_pool` beside the architecture says how the network
    was saved; timm builds from `model_args` alone.
    """
    cfg = config.get("pretrained_cfg", config)  # in older files all keys lie at the top
    arguments = dict(config.get("model_args") or {})
    channels, height, width = cfg.get("input_size", (3, 224, 224))
    size = arguments.pop("img_size", None) or (height, width)
    height, width = (size, size) if isinstance(size, int) else size
    channels = arguments.pop("in_chans", None) or channels
    arguments.pop("num_classes", None)
    return {
        "backbone": config["architecture"],
        "arguments": arguments,
        "channels": channels,
        "height": height,
        "width": width,
        "embedding_size": None,
        "mean": _for_each(cfg.get("mean", Network().mean), channels),
        "std": _for_each(cfg.get("std", Network().std), channels),
        "resize": _resize(cfg.get("interpolation", "bicubic")),
    }


def _for_each(values: list[float], channels: int) -> list[float]:
    return list(values) * channels if len(values) == 1 else list(values)


def _resize(interpolation: str) -> str:
    if interpolation not in _RESIZES:
        raise UserError(
            f"these weights want pictures resized with {interpolation!r}, which fieldmark does not"
            f" do; it does {' and '.join(_RESIZES)}, so choose other weights"
        )
    return _RESIZES[interpolation]


def _of_miewid(config: Mapping[str, Any]) -> dict[str, Any]:
    if config.get("use_fc"):
        raise UserError(
            "this MiewID has a fully connected layer (use_fc in its config.json), which fieldmark"
            " does not build; use miewid-msv2, miewid-msv3, or another one without it"
        )
    name = config.get("model_name", MIEWID_SHAPE.backbone)
    return {**MIEWID_SHAPE.model_dump(), "backbone": name, "resize": "plain"}


def named(
    tensors: Mapping[str, Tensor], layout: Layout, shape: Network, backbone: nn.Module, name: str
) -> dict[str, Tensor]:
    """Return the tensors of others under the names that they have in our networks.

    Args:
        tensors: of a file.
        layout: of that file.
        shape: what `read_layout` said.
        backbone: timm's network without a head, in that shape; it is not changed.
        name: of the file, for messages.

    Raises:
        UserError: if timm cannot make sense of them.
    """
    if layout == "miewid":
        return _from_miewid(tensors)
    return {f"backbone.{k}": v for k, v in as_timm(tensors, shape, backbone, name).items()}


def _from_miewid(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    kept = {k: v for k, v in tensors.items() if not k.startswith(_MIEWID_HEAD)}
    if all(pool in kept for pool, ours in _MIEWID_NAMES.items() if ours == "pool.p"):
        return kept  # two exponents: which one would count? The strict filling refuses them
    return {_MIEWID_NAMES.get(k, k): v for k, v in kept.items()}


def as_timm(
    tensors: Mapping[str, Tensor], shape: Network, backbone: nn.Module, name: str
) -> dict[str, Tensor]:
    """Return tensors as timm's own loading makes them, without the classifier.

    timm renames, reshapes and drops what older checkpoints hold, for example the buffers and the
    numbering of a Swin's; each family of networks has a function for it.

    Raises:
        UserError: if that function fails on them.
    """
    family = sys.modules[model_entrypoint(shape.backbone).__module__]
    adapt: Callable[..., dict[str, Tensor]] = getattr(family, "checkpoint_filter_fn", _as_it_is)
    try:
        made = adapt(dict(tensors), backbone)
    except _FAULTS as error:
        raise UserError(
            f"timm cannot read the weights in {name} as those of {shape.backbone}"
            f" ({type(error).__name__}: {_reason(error)}); the config.json beside them is probably"
            " that of another network"
        ) from error
    if made.keys() <= backbone.state_dict().keys():
        return made
    head = _head(shape, backbone)
    return {name: value for name, value in made.items() if name not in head}


def _as_it_is(tensors: dict[str, Tensor], _backbone: nn.Module) -> dict[str, Tensor]:
    return tensors


def _head(shape: Network, backbone: nn.Module) -> set[str]:
    """Return what timm's network has for its classes; timm drops that where none are wanted."""
    wanted: dict[str, Any] = {**shape.arguments, "num_classes": 1, "in_chans": shape.channels}
    with torch.device("meta"):  # names alone, no memory
        whole = timm.create_model(shape.backbone, **wanted)
    return set(whole.state_dict().keys() - backbone.state_dict().keys())
