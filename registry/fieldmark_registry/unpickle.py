"""Copy the tensors of a pickle to safetensors; run as a program of its own by `convert`.

It imports nothing of the registry, so that it can run with `python -I`, which takes nothing from
the environment or the current folder. Its arguments are the pickle, the file to write and the
folders in which torch and safetensors lie. What it has to say is one line of JSON on its standard
output: `{}`, or `{"problem": "code" | "content", "what": …}`.
"""

import json
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

WRAPPERS = ("state_dict", "model")
"""The keys under which training programs put the tensors, beside what else they keep."""
_UNREADABLE = (RuntimeError, ValueError, KeyError, TypeError, AttributeError, EOFError, OSError)
_GLOBAL = re.compile(r"GLOBAL\s+(\S+)")


class ContentProblem(ValueError):  # noqa: N818 -- read as a sentence
    """The pickle opened, but holds something else than named tensors."""


def main(source: str, target: str, *folders: str) -> dict[str, str]:
    """Write the tensors of the pickle `source` to `target`; return what went wrong, or nothing."""
    sys.path.extend(folders)
    try:
        _save(_tensors(_opened(source)), target)
    except ContentProblem as problem:
        return {"problem": "content", "what": str(problem)}
    except _Code as problem:
        return {"problem": "code", "what": str(problem)}
    return {}


class _Code(Exception):  # noqa: N818 -- not an error of ours: what a pickle tried
    """The pickle names code, which would have to run to open it."""


def _opened(source: str) -> object:
    import pickle

    import torch

    try:
        # `weights_only` builds tensors and plain containers; everything else it refuses to look up.
        return torch.load(source, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        found = _GLOBAL.search(str(error))
        raise _Code(found[1] if found else "") from None
    except _UNREADABLE as error:
        raise ContentProblem(f"torch cannot read it ({type(error).__name__})") from None


def _tensors(content: object) -> "dict[str, torch.Tensor]":
    """Return the named tensors, which may lie one level deep among other things."""
    for key in WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
            break
    if not isinstance(content, dict) or not content:
        raise ContentProblem(f"it holds no named tensors ({type(content).__name__})")
    strange = next((key for key, value in content.items() if not _is_plain(key, value)), None)
    if strange is not None:
        kind = type(content[strange]).__name__
        raise ContentProblem(f"under {str(strange)[:60]!r} it holds no plain tensor ({kind})")
    return content


def _is_plain(key: object, value: object) -> bool:
    import torch

    if not isinstance(key, str) or not isinstance(value, torch.Tensor):
        return False
    return value.layout == torch.strided and not value.is_quantized and value.device.type == "cpu"


def _save(tensors: "dict[str, torch.Tensor]", target: str) -> None:
    from safetensors.torch import save_file

    # Each tensor gets memory of its own: safetensors refuses shared memory, and the rest of a
    # larger tensor that one is cut from must not be copied along. The header is deterministic:
    # safetensors orders the tensors itself, and there is one entry beside them.
    own = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
    save_file(own, target, metadata={"format": "pt"})


if __name__ == "__main__":
    answer = main(*sys.argv[1:])
    sys.stdout.write(json.dumps(answer) + "\n")
