"""Which device and which precision a network runs with."""

import torch

from fieldmark.errors import UserError


def choose_device(name: str) -> torch.device:
    """Return the device of a name; `auto`: the first graphics card, else the processor.

    Raises:
        UserError: if the name means nothing, or torch finds no such device.
    """
    if name == "auto":
        return torch.device(_best())
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UserError(
            f"there is no device {name!r}; write auto, cpu, cuda, cuda:1 or mps"
        ) from error
    missing = {"cuda": not torch.cuda.is_available(), "mps": not torch.mps.is_available()}
    if missing.get(device.type, device.type != "cpu"):
        raise UserError(
            f"{name} was asked for, but torch finds no such graphics card here;"
            " write --device auto or --device cpu, or install a torch built for your card"
        )
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"{name} was asked for, but the cards here are cuda:0 to"
            f" cuda:{torch.cuda.device_count() - 1}"
        )
    return device


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.mps.is_available() else "cpu"


def choose_precision(wanted: str, device: torch.device) -> torch.dtype:
    """Return `torch.bfloat16` or `torch.float32`.

    `auto` takes bfloat16 only where the hardware computes with it: elsewhere it is emulated, and
    slower than float32.
    """
    if wanted != "auto":
        return torch.bfloat16 if wanted == "bfloat16" else torch.float32
    return torch.bfloat16 if _has_bfloat16(device) else torch.float32


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu":
        return False
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def in_words(device: torch.device, precision: torch.dtype) -> str:
    """Return the sentence that says what is used."""
    if device.type == "cuda":
        what = f"graphics card {torch.cuda.get_device_name(device)}"
    else:
        what = "the processor" if device.type == "cpu" else "the graphics part (mps)"
        threads = torch.get_num_threads()
        parts = f", {threads} thread{'s' if threads > 1 else ''}"
        what += parts if device.type == "cpu" else ""
    return f"runs on {what}, in {str(precision).removeprefix('torch.')}"
