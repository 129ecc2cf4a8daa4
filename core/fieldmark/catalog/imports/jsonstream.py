"""Reading a large JSON file element by element, in memory for one element."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from fieldmark.errors import UserError

_CHUNK = 1 << 16
_LARGEST = 1 << 26  # characters of one element; more is not a list of photos
_SPACE = " \t\r\n"


def elements(
    path: Path, streamed: Collection[str], chunk: int = _CHUNK
) -> Iterator[tuple[str | None, Any]]:
    """Yield the file's parts: (None, element) of a list, (key, value) of an object.

    The lists under the keys `streamed` come element by element.

    Raises:
        UserError: if the file cannot be read or is not JSON.
    """
    with _explained(path), path.open(encoding="utf-8-sig") as file:
        yield from _Text(file, chunk).parts(streamed)


def is_list(path: Path) -> bool:
    """Say whether the file holds a list rather than an object.

    Raises:
        UserError: if the file cannot be read or is neither.
    """
    with _explained(path), path.open(encoding="utf-8-sig") as file:
        return _Text(file, _CHUNK).opening() == "["


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror})") from error
    except RecursionError as error:
        raise UserError(f"{path.name} is nested too deeply for a list of detections") from error
    except ValueError as error:  # also a wrong encoding
        raise UserError(
            f"{path.name} is not complete JSON ({error}); write it again, or copy it again"
        ) from error


class _Text:
    """A window that moves over the text."""

    def __init__(self, file: TextIO, chunk: int) -> None:
        self._file = file
        self._chunk = chunk
        self._text = ""
        self._at = 0
        self._decoder = json.JSONDecoder()

    def opening(self) -> str:
        first = self._next()
        if first not in {"[", "{"}:
            raise ValueError("expected a list or an object")
        return first

    def parts(self, streamed: Collection[str]) -> Iterator[tuple[str | None, Any]]:
        if self.opening() == "[":
            yield from ((None, value) for value in self._list())
        else:
            yield from self._object(streamed)
        if self._next():
            raise ValueError("there is text behind the end")

    def _object(self, streamed: Collection[str]) -> Iterator[tuple[str, Any]]:
        self._take("{")
        while self._next() != "}":
            key = self._value()
            if not isinstance(key, str):
                raise ValueError(f"expected a key in quotes, got {key!r:.40}")
            self._take(":")
            if key in streamed and self._next() == "[":
                yield from ((key, value) for value in self._list())
            else:
                yield key, self._value()
            self._separate("}")
        self._take("}")

    def _list(self) -> Iterator[Any]:
        self._take("[")
        while self._next() != "]":
            yield self._value()
            self._separate("]")
        self._take("]")

    def _separate(self, closing: str) -> None:
        if self._next() != closing:
            self._take(",")
            if self._next() == closing:
                raise ValueError(f"expected a value between ',' and {closing!r}")

    def _take(self, character: str) -> None:
        if self._next() != character:
            raise ValueError(f"expected {character!r}, got {self._next()!r}")
        self._at += 1

    def _next(self) -> str:
        """Return the next character that is not a blank; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        left = self._text[self._at :]
        if len(left) > _LARGEST:
            raise ValueError("one element is too large")
        # Twice as much each time, so that a large element is not parsed over and over.
        read = self._file.read(max(self._chunk, len(left)))
        self._text, self._at = left + read, 0
        return bool(read)

    def _value(self) -> object:
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except ValueError:
                if not self._more():
                    raise
                continue
            size = end - self._at
            # A number may go on behind the window.
            if self._text[end : end + 1] in {*_SPACE, *",:]}"} or not self._more():
                self._at += size
                return value
