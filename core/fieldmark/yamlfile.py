"""YAML files whose every mistake is reported with line and column, all at once.

A stricter, smaller YAML than PyYAML's: text, numbers, true/false, null, lists and mappings.
Numbers and words are read as YAML 1.2 reads them, so `no` stays a word. Refused, each with its
place: duplicate keys (PyYAML silently keeps the last), anchors and aliases (they can nest without
end), tags, more than one document, deep nesting, large files.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from fieldmark.errors import Mistake, ProfileError
from fieldmark.wording import Loc, sentences
from fieldmark.yamltext import MAX_BYTES, compose, mistake_at, plain, refusal

ModelT = TypeVar("ModelT", bound=BaseModel)
Place: TypeAlias = tuple[yaml.Node, yaml.Node]
"""The nodes of a key and of its value; for an entry of a list, twice the entry."""


class Document:
    """One YAML document with the place of everything in it.

    Attributes:
        file: the name used in messages.
        value: the whole document as plain Python values.
        faults: mistakes that do not depend on any model, such as a key that is set twice.

    Raises:
        ProfileError: if it is not YAML, or uses what this module refuses.
    """

    def __init__(self, text: str | bytes, file: str = "profile") -> None:
        self.file = file
        self._node = compose(text, file)
        self._inside: dict[int, Mapping[int | str, Place]] = {}
        found: list[Mistake] = []
        self.value: Any = plain(self._node, (), found)
        self.faults = tuple(found)

    @classmethod
    def open(cls, path: Path) -> "Document":
        """Read a file.

        Raises:
            ProfileError: if it cannot be read, is not YAML, or uses what this module refuses.
        """
        try:
            with path.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            raise refusal(str(path), 1, 1, f"cannot be read: {_reason(error)}") from error
        return cls(text, str(path))

    def read(self, model: type[ModelT], at: Loc = ()) -> ModelT:
        """Return the part at the path `at` as a pydantic model.

        Raises:
            ProfileError: with every mistake in that part, and every one of `faults`.
        """
        self.refuse(self.mistakes(model, at))
        return model.model_validate(self._part(at))

    def mistakes(self, model: type[BaseModel], at: Loc = ()) -> list[Mistake]:
        """Return the mistakes in the part at the path `at`; a part left out counts as empty."""
        try:
            model.model_validate(self._part(at))
        except ValidationError as error:
            return [
                self.mistake((*at, *loc), message, about_key=about_key)
                for loc, message, about_key in sentences(error, model)
            ]
        return []

    def get(self, at: Loc) -> Any:  # noqa: ANN401 -- whatever the file says
        """Return the plain value at a path, or None."""
        value = self.value
        for part in at:
            items = dict(enumerate(value)) if isinstance(value, list) else value
            if not isinstance(items, dict) or part not in items:
                return None
            value = items[part]
        return value

    def _part(self, at: Loc) -> Any:  # noqa: ANN401
        part = self.get(at)
        return {} if at and part is None else part

    def mistake(self, at: Loc, message: str, *, about_key: bool = False) -> Mistake:
        """Return a mistake at the value that lies at a path, or at what comes nearest to it."""
        key = node = self._node
        for part in at:
            found = self._children(node).get(part)
            if found is None:
                break
            key, node = found
        return mistake_at((key if about_key else node).start_mark, at, message)

    def _children(self, node: yaml.Node) -> Mapping[int | str, Place]:
        """Return what lies directly in a node; remembered, because a file may hold many faults."""
        if id(node) not in self._inside:
            self._inside[id(node)] = dict(_places(node))
        return self._inside[id(node)]

    def refuse(self, mistakes: Sequence[Mistake]) -> None:
        """Raise a ProfileError with the mistakes and with `faults`, if there are any.

        Where one of `faults` lies, what else is said about the same place would only confuse.
        """
        places = {(fault.line, fault.column) for fault in self.faults}
        others = [m for m in mistakes if (m.line, m.column) not in places]
        if self.faults or others:
            raise ProfileError(self.file, [*self.faults, *dict.fromkeys(others)])


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _places(node: yaml.Node) -> Iterator[tuple[int | str, Place]]:
    """Yield what lies in a node; of two equal keys, the first counts."""
    if isinstance(node, yaml.SequenceNode):
        yield from ((i, (child, child)) for i, child in enumerate(node.value))
    if isinstance(node, yaml.MappingNode):
        named = ((key.value, (key, value)) for key, value in reversed(node.value))
        yield from (each for each in named if isinstance(each[0], str))
