"""The head of a README, in which a repository of the Hub states its licence."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from fieldmark_registry.remote import stated_licence

README = "README.md"
_FENCE = "---"
_LICENCE = re.compile(r"license(_name)?:")
_MORE = (" ", "-")
_MAX_BYTES = 1 << 20


def licence_beside(weights: Path) -> str | None:
    """Return the licence that a README beside weights states, or None.

    Weights in a folder of a snapshot of the Hub's cache are told by the README of the snapshot.
    """
    for folder in _folders(weights):
        readme = folder / README
        if readme.is_file():
            return licence_in(readme)
    return None


def licence_in(readme: Path) -> str | None:
    """Return the licence that a README states in its head, or None."""
    try:
        with readme.open("rb") as file:
            text = file.read(_MAX_BYTES).decode(errors="replace")
        said = yaml.safe_load("\n".join(_lines(text)))
    except (OSError, yaml.YAMLError, ValueError):
        return None
    return stated_licence(said) if isinstance(said, dict) else None


def _lines(text: str) -> Iterator[str]:
    """Yield the lines about the licence.

    The rest of a head can hold the results of thousands of benchmarks, seconds of reading.
    """
    lines = iter(text.lstrip("\ufeff").splitlines())
    if next(lines, "").strip() != _FENCE:
        return
    wanted = False
    for line in lines:
        if line.strip() == _FENCE:
            return
        wanted = bool(_LICENCE.match(line)) or (wanted and line.startswith(_MORE))
        if wanted:
            yield line


def _folders(weights: Path) -> Iterator[Path]:
    """Yield the folder of weights, and those above it inside a snapshot of the Hub's cache."""
    yield weights.parent
    for folder in weights.parents:
        if folder.parent.name == "snapshots":
            yield folder
