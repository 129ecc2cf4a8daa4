"""Where the weights that a profile names are found."""

from pathlib import Path

from fieldmark.errors import UserError
from fieldmark_registry.files import WeightsProblem, resolve_file
from fieldmark_registry.references import FileReference, parse_reference


def resolve_weights(reference: str) -> Path:
    """Return the local, verified file of a reference to weights.

    Raises:
        UserError: if the file is missing or damaged, or lies on a hub: this version reads local
            files only.
    """
    parsed = parse_reference(reference)
    if not isinstance(parsed, FileReference):
        raise UserError(
            f"the weights {reference!r} are not on this computer, and this version cannot fetch"
            " them; download the file and name it as file:///path/file#sha256=<64-hex>"
        )
    try:
        return resolve_file(parsed)
    except WeightsProblem as problem:
        raise UserError(str(problem)) from problem
