"""Strict YAML text to nodes and plain values, without recursion traps; see `yamlfile`."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from yaml.reader import Reader

from fieldmark.errors import Mistake, ProfileError
from fieldmark.wording import Loc, dotted

MAX_BYTES = 100_000
MAX_DEPTH = 20


def mistake_at(mark: yaml.Mark, path: Loc, message: str) -> Mistake:
    """Return a mistake at one of PyYAML's marks, which count from 0."""
    return Mistake(mark.line + 1, mark.column + 1, dotted(path), message)


def refusal(file: str, line: int, column: int, message: str) -> ProfileError:
    """Return the error for one mistake that is about the file as a whole."""
    return ProfileError(file, [Mistake(line, column, "", message)])


class _Loader(yaml.SafeLoader):
    """Composes nodes with marks; refuses what the module's docstring refuses."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self.faults: list[Mistake] = []

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self._next()
        mark: Any = event.start_mark
        self._depth += 1
        if self._depth > MAX_DEPTH:
            problem = f"is nested more than {MAX_DEPTH} levels deep"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        self.faults += [mistake_at(mark, (), text) for text in _forbidden(event)]
        if isinstance(event, yaml.AliasEvent):
            node: yaml.Node | None = self._skip_alias(mark)
        else:
            node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _next(self) -> yaml.Event:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call] # PyYAML's stubs
        return event

    def _skip_alias(self, mark: yaml.Mark) -> yaml.Node:
        self.get_event()  # type: ignore[no-untyped-call] # PyYAML's stubs
        return yaml.ScalarNode("tag:yaml.org,2002:null", "", mark, mark)


def _forbidden(event: yaml.Event) -> Iterator[str]:
    anchor = getattr(event, "anchor", None)
    if isinstance(event, yaml.AliasEvent):
        yield f"aliases such as *{anchor} are not allowed; write the value out"
    elif anchor is not None:
        yield f"anchors such as &{anchor} are not allowed; write the value where it is needed"
    if getattr(event, "tag", None) is not None:
        yield "tags such as !!str are not allowed; put the text in quotes instead"


def _resolver(kind: str, pattern: str, first: str) -> None:
    tag = f"tag:yaml.org,2002:{kind}"
    _Loader.add_implicit_resolver(tag, re.compile(f"^(?:{pattern})$"), list(first))


_resolver("null", r"~|null|Null|NULL|", "~nN\0")
_Loader.yaml_implicit_resolvers[""] = _Loader.yaml_implicit_resolvers.pop("\0")
_resolver("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_resolver("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789")
_resolver("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789")


def compose(text: str | bytes, file: str) -> yaml.Node:
    """Return the root node of one YAML document; bytes must be UTF-8.

    Raises:
        ProfileError: naming `file`, if it is not YAML or uses what `yamlfile` forbids.
    """
    if len(text) > MAX_BYTES:
        raise refusal(file, 1, 1, f"is larger than {MAX_BYTES:,} bytes; is this a profile?")
    loader = _Loader(_printable(_decoded(text, file), file))
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fault = mistake_at(mark, (), _in_words(error)) if mark else Mistake(1, 1, "", str(error))
        raise ProfileError(file, [*loader.faults, fault]) from error
    if loader.faults:
        raise ProfileError(file, loader.faults)
    if node is None:
        raise refusal(file, 1, 1, "is empty")
    return node


def _decoded(text: str | bytes, file: str) -> str:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place(text[: error.start].decode("utf-8", "replace"))
        message = "is not UTF-8 text; save the file as UTF-8"
        raise refusal(file, line, column, message) from error


def _printable(text: str, file: str) -> str:
    bad = Reader.NON_PRINTABLE.search(text)
    if bad:
        line, column = _place(text[: bad.start()])
        character = f"U+{ord(bad.group()):04X}"
        raise refusal(file, line, column, f"holds a control character ({character}); delete it")
    return text


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem or error.context or "is not YAML")
    if "'\\t'" in problem:
        return "a tab cannot indent YAML; use spaces"
    if problem == "mapping values are not allowed here":
        return "a ':' is not expected here; check the indentation, or put text with ':' in quotes"
    if "'<document start>'" in problem:
        return "this is not a line of the form 'key: value'"
    if "quoted scalar" in str(error.context):
        return "a quotation mark was opened and is not closed"
    if "single document" in str(error.context):
        return "a second document starts here; a file holds one"
    return problem


def plain(node: yaml.Node, path: Loc, faults: list[Mistake]) -> Any:  # noqa: ANN401
    """Return the plain Python value of a node; what is wrong with it is added to `faults`."""
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, faults)
    if isinstance(node, yaml.SequenceNode):
        return [plain(child, (*path, i), faults) for i, child in enumerate(node.value)]
    convert = _SCALARS.get(node.tag.rpartition(":")[2], str)
    try:
        return convert(node.value)
    except ValueError:
        faults.append(mistake_at(node.start_mark, path, "is a number too large to use"))
        return None


def _mapping(node: yaml.MappingNode, path: Loc, faults: list[Mistake]) -> dict[str, Any]:
    """Return the mapping; keys are always the text as written, so `1:` and `no:` are words."""
    result: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            faults.append(mistake_at(key.start_mark, path, "a key must be a word"))
        elif key.value in result:
            again = f"{key.value!r} is already set on line {lines[key.value]}"
            faults.append(mistake_at(key.start_mark, path, again))
        else:
            lines[key.value] = key.start_mark.line + 1
            result[key.value] = plain(value, (*path, key.value), faults)
    return result


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


_SCALARS: dict[str, Callable[[str], object]] = {
    "null": lambda _text: None,
    "bool": lambda text: text.lower() == "true",
    "int": _whole,
    "float": _finite,
}
