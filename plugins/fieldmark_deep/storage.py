"""Networks on disk: `config.json` + `model.safetensors`, as timm and the Hub have them.

The same configuration lies in the header of the safetensors file too, so that one digest pins both
and a single file is enough. A network that is nothing but a timm backbone is written with timm's
own names. What others made is read as `fieldmark_deep.layouts` says.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import timm
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from fieldmark.errors import ProjectError, UserError
from fieldmark.files import replacing, write_text
from fieldmark_deep.layouts import as_timm, named, read_layout
from fieldmark_deep.network import EmbeddingNetwork, widen_stem
from fieldmark_deep.settings import Network

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
FORMAT = 1
_HEADER = "fieldmark"
_BACKBONE = "backbone."


def save(folder: Path, network: EmbeddingNetwork, record: Mapping[str, Any]) -> Path:
    """Write a network, and how it was made, into a folder; return the weights file.

    Args:
        folder: a kill while writing leaves the old files, or the new ones.
        network: on any device.
        record: JSON values; see `fieldmark.training.TrainingContext.record`.

    Raises:
        ProjectError: if there is no space; what was there stays.
    """
    config = _config(network, record)
    tensors = {k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()}
    if all(name.startswith(_BACKBONE) for name in tensors):
        tensors = {name.removeprefix(_BACKBONE): value for name, value in tensors.items()}
    path = folder / WEIGHTS
    try:
        with replacing(path) as file:
            header = {"format": "pt", _HEADER: json.dumps(config["fieldmark"])}
            file.write(in_order(save_tensors(tensors, metadata=header)))
        write_text(folder / CONFIG, json.dumps(config, indent=2) + "\n")
    except (OSError, SafetensorError) as error:
        raise ProjectError(
            f"the weights cannot be kept in {folder}: {error}; those written before are still there"
        ) from error
    return path


def in_order(content: bytes) -> bytes:
    """Return a safetensors file with its header's keys sorted.

    The library writes them in another order each time, and equal weights would have digests that
    differ. The header is padded so that tensors stay aligned to 8 bytes.
    """
    size = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8 : 8 + size]), sort_keys=True).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[8 + size :]


def _config(network: EmbeddingNetwork, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return timm's configuration, with ours under `fieldmark`."""
    settings = network.settings
    return {
        "architecture": settings.backbone,
        "model_args": settings.arguments,
        "num_classes": 0,
        "num_features": network.embedding_size,
        "pretrained_cfg": {
            "input_size": [settings.channels, settings.height, settings.width],
            "mean": list(settings.mean),
            "std": list(settings.std),
            "interpolation": "bicubic" if settings.resize == "bicubic" else "bilinear",
            "crop_pct": 1.0,
            "num_classes": 0,
        },
        "fieldmark": {
            "format": FORMAT,
            "network": settings.model_dump(mode="json"),
            "record": dict(record),
        },
    }


def read_config(path: Path) -> dict[str, Any]:
    """Return what a weights file, or the `config.json` beside it, says of its network.

    Returns:
        `network` (the keys of `Network`), `record`, and `layout` where it is one of others.

    Raises:
        UserError: if neither says it, or the file is no safetensors file.
    """
    if (own := _header(path)) is not None:
        return own
    beside = path.with_name(CONFIG)
    if not beside.is_file():
        raise UserError(
            f"{path.name} does not say which network its weights belong to; put timm's or MiewID's"
            f" {CONFIG} beside it, or train with: fieldmark train"
        )
    try:
        config = json.loads(beside.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(
            f"the {CONFIG} beside {path.name} is no JSON ({error}); fetch it anew"
        ) from error
    if isinstance(config, dict) and "fieldmark" in config:
        return dict(config["fieldmark"])
    return read_layout(config, path.name)


def _header(path: Path) -> dict[str, Any] | None:
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path.name} is no safetensors file that can be read: {error}") from error
    return dict(json.loads(header[_HEADER])) if _HEADER in header else None


def load(
    path: Path, changes: Mapping[str, Any] | None = None
) -> tuple[EmbeddingNetwork, dict[str, Any]]:
    """Return the network of a weights file, in evaluation mode, and its configuration.

    Args:
        path: `config.json` lies beside it where others made the weights.
        changes: keys of `Network` in place of what the weights say.

    Raises:
        UserError: if the file cannot be read, or its tensors are not those of its network.
    """
    config = read_config(path)
    try:
        settings = Network.model_validate({**config["network"], **(changes or {})})
    except (ValidationError, KeyError) as error:
        raise UserError(
            f"{path.name} was written by another version of fieldmark and cannot be read by this"
            " one; update fieldmark"
        ) from error
    network = EmbeddingNetwork(settings)
    fill_from(network, path)
    return network.eval(), config


def fill_from(network: EmbeddingNetwork, path: Path) -> None:
    """Put the tensors of a weights file into a network of its shape, all of them and no others.

    Raises:
        UserError: if the file cannot be read, or is of another network.
    """
    tensors = read_tensors(path)
    if layout := read_config(path).get("layout"):
        tensors = named(tensors, layout, network.settings, network.backbone, path.name)
    fill(network, tensors, path.name)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file in float32, whole numbers as they are.

    Raises:
        UserError: if it cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path.name} is no safetensors file that can be read: {error}") from error
    return {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}


def fill(network: nn.Module, tensors: Mapping[str, Tensor], name: str) -> None:
    """Put tensors into a network, all of them and no others.

    Raises:
        UserError: in one sentence, if they belong to another network.
    """
    named = dict(tensors)
    if not any(key.startswith(_BACKBONE) for key in named):
        named = {_BACKBONE + key: value for key, value in named.items()}
    refuse_strangers(network, named, name)
    network.load_state_dict(named)


def refuse_strangers(network: nn.Module, tensors: Mapping[str, Tensor], name: str) -> None:
    """Refuse tensors that are not those of the network.

    Raises:
        UserError: one sentence with counts, not a list of keys.
    """
    own = network.state_dict()
    missing, unknown = own.keys() - tensors.keys(), tensors.keys() - own.keys()
    shapes = [k for k in own.keys() & tensors.keys() if own[k].shape != tensors[k].shape]
    if missing or unknown or shapes:
        faults = [
            f"{len(keys)} {what}"
            for keys, what in ((missing, "missing"), (unknown, "unknown"), (shapes, "misshapen"))
            if keys
        ]
        example = sorted([*missing, *unknown, *shapes])[0]
        raise UserError(
            f"the weights in {name} belong to another network: of {len(own)} tensors there are"
            f" {', '.join(faults)}, for example {example!r}; use the settings they were made with"
        )


def fill_backbone(network: EmbeddingNetwork, source: str) -> None:
    """Fill the backbone with pretrained weights.

    Args:
        network: its stem is widened where it has more than three channels.
        source: `timm` for those that timm pulls from the hub, or a safetensors file: a plain timm
            backbone, or a network of ours or MiewID's, whose backbone is taken.

    Raises:
        UserError: if they cannot be had, or belong to another backbone.
    """
    hub = source == "timm"
    tensors = _hub_backbone(network.settings) if hub else _file_backbone(source, network)
    own = network.backbone.state_dict()
    tensors = {name: value for name, value in tensors.items() if name in own or not own}
    for name, value in tensors.items():
        if value.dim() == 4 and value.shape[1] != own[name].shape[1] and value.shape[1] == 3:
            tensors[name] = widen_stem(value, own[name].shape[1])
    refuse_strangers(network.backbone, tensors, Path(source).name)
    network.backbone.load_state_dict(tensors)


def _file_backbone(source: str, network: EmbeddingNetwork) -> dict[str, Tensor]:
    path = Path(source).expanduser()
    if not path.is_file():
        raise UserError(
            f"there is no file {source} with weights for the backbone; name a safetensors file,"
            " or write timm to pull them from the hub, or null to begin with random ones"
        )
    tensors = read_tensors(path)
    ours = {k.removeprefix(_BACKBONE): v for k, v in tensors.items() if k.startswith(_BACKBONE)}
    if ours or _header(path) is not None:
        return ours or tensors
    return as_timm(tensors, network.settings, network.backbone, path.name)


def _hub_backbone(settings: Network) -> dict[str, Tensor]:
    wanted: dict[str, Any] = {**settings.arguments, "num_classes": 0}
    try:
        model = timm.create_model(settings.backbone, pretrained=True, **wanted)
    except Exception as error:  # the hub's libraries raise a dozen kinds
        raise UserError(
            f"the pretrained weights of {settings.backbone} cannot be pulled from the hub"
            f" ({type(error).__name__}); go online once, or name a file with"
            " --set train.backbone_weights=FILE, or begin with random weights:"
            " --set train.backbone_weights=null"
        ) from error
    return dict(model.state_dict())
