"""How a result was made, as it is kept inside the weights; it holds no path of this computer."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from fieldmark import __version__
from fieldmark.learn.facts import count
from fieldmark.learn.header import FORMAT
from fieldmark.learn.looking import Entry
from fieldmark.learn.recipes import Resolved
from fieldmark.learn.split import TRAIN, Parts
from fieldmark.profile import Profile

_FILE = re.compile(r"file://.*/(?P<folder>[^/#]+)/(?P<name>[^/#]+#.*)")


def record_of(
    resolved: Resolved,
    parts: Parts,
    profile: Profile,
    licences: Collection[str],
    base: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return component, options, preprocessing, settings and data, as JSON can hold them.

    `base` says which shared weights the training began with, and on what terms; it stays with
    whatever is trained from them later.
    """
    recipe, counts = resolved.recipe, count(parts, 0)
    plain: dict[str, Any] = without_paths(recipe.model_dump(mode="json"))
    return {
        "format": FORMAT,
        "fieldmark": __version__,
        "component": recipe.component.use,
        "role": str(recipe.role),
        "options": plain[recipe.key]["options"],
        "preprocess": plain["preprocess"],
        "profile": recipe.species,
        "species": list(counts.species),
        "sides": profile.sides.model_dump(mode="json"),
        "photos": counts.parts[TRAIN][0],
        "individuals": counts.parts[TRAIN][1],
        "split": plain["split"],
        "settings": plain["train"],
        "data": sets(parts),
        "licences": sorted(licences),
        **({} if base is None else {"base": dict(base)}),
    }


def without_paths(value: Any) -> Any:  # noqa: ANN401 -- plain values
    """Return a plain value in which full paths are cut to their ends.

    A path on somebody's computer helps nobody else and may tell who they are; a reference
    `file:///…` keeps its digest, which says which file it was.
    """
    if isinstance(value, dict):
        return {key: without_paths(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_paths(each) for each in value]
    if not isinstance(value, str):
        return value
    found = _FILE.fullmatch(value)
    if found:
        return f"file:///{found['folder']}/{found['name']}"
    if PurePosixPath(value).is_absolute():
        return PurePosixPath(value).name
    return PureWindowsPath(value).name if PureWindowsPath(value).is_absolute() else value


def digest(entries: Iterable[tuple[Entry, str]]) -> str:
    """Return 64 hex digits that change with any photo, label, box, side or place in the split."""
    lines = sorted(
        f"{e.row.shown}\t{e.sha256}\t{e.sample.individual}\t{e.sample.box}\t{e.sample.side}"
        f"\t{e.sample.encounter}\t{place}"
        for e, place in entries
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def sets(parts: Parts) -> list[dict[str, Any]]:
    """Return the name, size and digest of each set of data, without any path."""
    pairs = list(zip(parts.entries, parts.places, strict=True))
    names = list(dict.fromkeys(entry.row.data for entry, _ in pairs))
    return [_set(name, [pair for pair in pairs if pair[0].row.data == name]) for name in names]


def _set(name: str, pairs: Sequence[tuple[Entry, str]]) -> dict[str, Any]:
    return {"name": name, "photos": len(pairs), "sha256": digest(pairs)}
