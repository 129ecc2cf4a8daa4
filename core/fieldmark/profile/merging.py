"""What a profile inherits: the values of its base, with its own laid over them.

Groups of keys are merged key by key, at any depth; numbers, words and lists are replaced whole.
`null` removes an inherited key; inside `options` it is a value, because an option may be null.
A step that names another component, and a pipeline that combines others where the base's compares
pictures (or the other way round), begin anew: nothing that was said of the old one fits.
"""

from collections.abc import Mapping
from typing import Any

from fieldmark.wording import Loc

EXTENDS = "extends"
OWN = frozenset({EXTENDS, "name", "scientific_name", "common_name"})
"""Keys that are never inherited: they say which profile, and which species, this is."""


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a profile says together with what it inherits, without `extends`.

    Args:
        base: the values of the profile it extends, itself merged.
        own: the values of the profile; none is changed.
    """
    below = {key: value for key, value in base.items() if key not in OWN}
    return _laid(below, {key: value for key, value in own.items() if key != EXTENDS}, ())


def _laid(below: Mapping[str, Any], above: Mapping[str, Any], at: Loc) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        here = (*at, key)
        if value is None and key in below and not _in_options(here):
            del result[key]
        elif merges(below.get(key), value, here):
            result[key] = _laid(below[key], value, here)
        else:
            result[key] = value
    return result


def merges(below: object, above: object, at: Loc) -> bool:
    """Say whether what is said at a place is merged with what is inherited there.

    Otherwise it replaces it.
    """
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)):
        return False
    if len(at) == 2 and at[0] == "pipelines":
        return ("fuse" in below) == ("fuse" in above)
    if _is_step(at):
        return "use" not in above or above["use"] == below.get("use")
    return True


def _is_step(at: Loc) -> bool:
    return at in (("detect",), ("sides", "classifier")) or (len(at) == 3 and at[0] == "pipelines")


def _in_options(at: Loc) -> bool:
    return any(_is_step(at[:end]) and at[end] == "options" for end in range(1, len(at) - 1))
