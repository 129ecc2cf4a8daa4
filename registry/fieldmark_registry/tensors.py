"""The tensors of a pickle, copied out once and kept in the store."""

import tempfile
from pathlib import Path

from fieldmark_registry.convert import convert as copy_tensors
from fieldmark_registry.digests import Progress, sha256_of
from fieldmark_registry.problems import WeightsProblem
from fieldmark_registry.readme import README
from fieldmark_registry.weights import CONFIG, SELF_TEST, Exact, Shelf

_UNFINISHED = ".unfinished-"  # as the store calls its own, so that leftovers are found together


def store_tensors(
    shelf: Shelf,
    reference: Exact,
    raw: Path,
    progress: Progress | None,
) -> None:
    """Keep the tensors of a pickle in the store, under the digest that they have there.

    Args:
        shelf: the weights of this computer.
        reference: to the pickle.
        raw: the pickle, verified.
        progress: told how far the copy is checked.

    Raises:
        WeightsProblem: if it cannot be converted, or the store cannot be written to.
    """
    if shelf.store.converted(reference.sha256) is not None:
        return
    origin = {"reference": str(reference), "converted_from": reference.sha256}
    with _room(shelf.store.folder) as folder:
        tensors = Path(folder) / "model.safetensors"
        copy_tensors(raw, tensors, progress)
        shelf.store.put(tensors, sha256_of(tensors), origin, _beside(raw), progress)


def _room(folder: Path) -> "tempfile.TemporaryDirectory[str]":
    """Return a new folder inside one: the computer's own for such things may be too small."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=folder, prefix=_UNFINISHED)
    except OSError as error:
        raise WeightsProblem(
            f"{folder} cannot be written: {error.strerror}; make it writable, or name another"
            " with FIELDMARK_HOME"
        ) from error


def _beside(raw: Path) -> dict[str, bytes]:
    paths = (raw.with_name(name) for name in (CONFIG, README, SELF_TEST))
    return {path.name: path.read_bytes() for path in paths if path.is_file()}
