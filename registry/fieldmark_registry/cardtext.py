"""The text of a model card: plain YAML, and its mistakes in words."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from yaml.constructor import SafeConstructor

from fieldmark_registry.problems import CardProblem

MAX_BYTES = 1 << 16
"""A card is a page of text; a larger file is none."""
_MAX_DEPTH = 8
# The one in C reads the same text ten times faster; PyYAML may be built without it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def plain(file: Path) -> object:
    """Return what the YAML of a card says: text, numbers, dates, lists and mappings.

    Raises:
        OSError: if the file cannot be read.
        CardProblem: naming the file, if it is not YAML or uses what no card needs.
    """
    with file.open("rb") as opened:
        text = opened.read(MAX_BYTES + 1)
    try:
        reason = _refusal(text)
        node = None if reason else yaml.compose(text, Loader=_LOADER)
        twice = sorted(set(_twice(node)))
        reason = f"{', '.join(twice)}: is written twice" if twice else reason
        value: object = None if reason or node is None else _built(node)
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
    if reason:
        raise CardProblem(f"the model card {file} cannot be used: {reason}")
    return value


def faults(error: ValidationError) -> str:
    """Return pydantic's faults in words, each with its key."""
    return "; ".join(_fault(details) for details in error.errors(include_url=False))


def _refusal(text: bytes) -> str | None:
    """Return why a text is no card before anything is built of it: nests can grow without end."""
    if len(text) > MAX_BYTES:
        return f"it is larger than {MAX_BYTES} bytes"
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        marked = isinstance(event, yaml.NodeEvent) and event.anchor is not None
        if marked or getattr(event, "tag", None) is not None:
            return f"{_line(event)}write the value itself, without & * and !"
        if depth > _MAX_DEPTH:
            return f"{_line(event)}it is nested too deeply"
    return None


def _line(event: yaml.Event) -> str:
    return f"line {event.start_mark.line + 1}: " if event.start_mark else ""


def _twice(node: yaml.Node | None) -> Iterator[str]:
    """Yield every key that is written twice; PyYAML would keep the last without a word."""
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _twice(child)
    if isinstance(node, yaml.MappingNode):
        keys = [str(key.value) for key, _ in node.value]
        yield from (key for key in keys if keys.count(key) > 1)
        for _, child in node.value:
            yield from _twice(child)


def _built(node: yaml.Node) -> object:
    value: object = SafeConstructor().construct_document(node)
    return value


_WORDS: Mapping[str, Callable[[ErrorDetails], str]] = {
    "missing": lambda _: "is missing",
    "extra_forbidden": lambda _: "no such key",
    "model_type": lambda _: "must be a group of 'key: value' lines",
    "value_error": lambda details: str(details["ctx"]["error"]),
    "string_type": lambda _: "must be text; put it in quotes",
    "tuple_type": lambda _: "must be a list",
}


def _fault(details: ErrorDetails) -> str:
    """Return one of pydantic's faults in words, with its key."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in details["loc"])
    say = _WORDS.get(details["type"])
    words = say(details) if say else details["msg"].replace("Input should", "must")
    value = repr(details["input"])
    told = f" (got {value[:57]}{'...' if len(value) > 57 else ''})"
    quiet = details["type"] in ("missing", "extra_forbidden", "model_type")
    return f"{''.join(steps).removeprefix('.') or 'card'}: {words}{'' if quiet else told}"
