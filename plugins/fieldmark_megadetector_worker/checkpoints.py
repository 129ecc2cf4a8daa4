"""Reading checkpoints without running what else they hold.

A checkpoint is a pickle, and a pickle is a program. torch's reader `weights_only` builds tensors
and plain containers, and nothing else but the classes that it is given; it is given layers of
networks and plain values, never a function that acts.
"""

import importlib
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from fieldmark_megadetector_worker.library import module

LAYERS = ("torch.nn.modules.", "yolov5.models.")
"""Where the layers are that may be built."""
MOVED = {"models": "yolov5.models"}
"""MegaDetector v5 was saved by yolov5's own folder, where the package had no name yet."""
VALUES = (
    "omegaconf.dictconfig.DictConfig",
    "omegaconf.listconfig.ListConfig",
    "omegaconf.base.ContainerMetadata",
    "omegaconf.base.Metadata",
    "omegaconf.nodes.AnyNode",
    "collections.defaultdict",
    "typing.Any",
    "builtins.dict",
    "builtins.list",
    "builtins.int",
    "numpy.dtype",
)
"""Plain values of other kinds that training programs leave in a checkpoint."""


class CheckpointProblem(Exception):  # noqa: N818 -- read as a sentence
    """The weights cannot be used; the message says why."""


def read(path: Path) -> Any:  # noqa: ANN401 -- whatever the training program saved
    """Return what a checkpoint holds, on the CPU.

    Raises:
        CheckpointProblem: if it names code that is not a known layer, or cannot be read.
    """
    torch = module("torch")
    safetensors = module("safetensors")
    try:
        if path.suffix == ".safetensors":
            return dict(module("safetensors.torch").load_file(path))
        known: list[Any] = [each for name in _asked(path) if (each := _known(name))]
        # The kinds of numpy's numbers are made at run time and asked for by no name.
        known += [type(np.dtype(kind)) for kind in ("f4", "f8", "i8")]
        with torch.serialization.safe_globals(known):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        named = str(error).partition("GLOBAL ")[2].split(" ")[0]
        raise CheckpointProblem(
            f"the weights {path.name} name code that would have to run to open them"
            f" ({named or 'unknown'}), so they were not opened; use the published file"
        ) from error
    except (RuntimeError, ValueError, EOFError, OSError, safetensors.SafetensorError) as error:
        raise CheckpointProblem(
            f"the weights {path.name} cannot be read: the file is damaged, or no file of torch's"
        ) from error


def _asked(path: Path) -> list[str]:
    """Return the names that a checkpoint uses and torch does not know by itself."""
    names: list[str] = module("torch").serialization.get_unsafe_globals_in_checkpoint(path)
    return names


def _known(name: str) -> tuple[Any, str] | None:
    """Return the object behind a name that may be built, with the name; None for all others."""
    if name in VALUES:
        return _object(name), name
    if name in ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"):
        return np.float64(0).__reduce__()[0], name
    first, _, rest = name.partition(".")
    real = f"{MOVED[first]}.{rest}" if first in MOVED else name
    if not real.startswith(LAYERS):
        return None
    found = _object(real)
    layer = isinstance(found, type) and issubclass(found, module("torch").nn.Module)
    return (found, name) if layer else None


def _object(name: str) -> Any:  # noqa: ANN401 -- a class, by its name
    home, _, last = name.rpartition(".")
    try:
        return getattr(importlib.import_module(home), last, None)
    except ImportError:
        return None


def tensors(content: Any, *wrappers: str) -> dict[str, Any]:  # noqa: ANN401 -- as `read` gives it
    """Return the named tensors of a checkpoint, which may lie under one of some keys.

    Raises:
        CheckpointProblem: if there are none.
    """
    for key in wrappers:
        inner = content.get(key) if isinstance(content, Mapping) else None
        if isinstance(inner, Mapping):
            content = inner
            break
    tensor = module("torch").Tensor
    if not isinstance(content, Mapping):
        raise CheckpointProblem(f"the weights hold no named tensors but a {type(content).__name__}")
    found = {str(key): value for key, value in content.items() if isinstance(value, tensor)}
    if not found:
        raise CheckpointProblem("the weights hold no named tensors")
    return found


def fill(network: Any, state: Mapping[str, Any], version: str) -> None:  # noqa: ANN401
    """Put tensors into a network, every one that it has.

    The library itself leaves layers as they were drawn at random where the weights do not fit.

    Raises:
        CheckpointProblem: if one is missing or has another shape.
    """
    wanted = network.state_dict()
    missing = [key for key in wanted if key not in state]
    other = [key for key in wanted if key in state and state[key].shape != wanted[key].shape]
    if missing or other:
        first = (missing or other)[0]
        raise CheckpointProblem(
            f"these are not weights of {version}: of its {len(wanted)} tensors {len(missing)} are"
            f" missing and {len(other)} have another shape (the first is {first})"
        )
    network.load_state_dict({key: state[key] for key in wanted})


@contextmanager
def handed_over(content: object) -> Iterator[None]:
    """Let `torch.load` return what was read safely, while the library's constructor runs.

    MegaDetectorV5 calls it without `weights_only=False`, which fails with torch 2.6 and later; the
    only setting with which it succeeds would run whatever the file says.
    """
    torch = module("torch")
    original = torch.load
    torch.load = lambda *_arguments, **_keywords: content
    try:
        yield
    finally:
        torch.load = original
