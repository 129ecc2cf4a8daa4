"""What goes in and what comes out: requests as they are recorded, answers, refusals."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Request:
    """A request as it came.

    Attributes:
        method: `GET`, `HEAD`, `POST` or `PUT`.
        path: the address without the host, with the query.
        headers: as sent; the names in small letters.
        status: of the answer; 0 until there is one.
        served: how many bytes of the answer's body were sent, or tried to.
    """

    method: str
    path: str
    headers: dict[str, str]
    status: int = 0
    served: int = 0

    @property
    def token(self) -> str | None:
        """Return the token that was sent, if one was."""
        given = self.headers.get("authorization", "")
        return given.removeprefix("Bearer ") if given.startswith("Bearer ") else None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its body is at hand, or lies in a file and is streamed."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: Path | None = None

    @property
    def size(self) -> int:
        """Return the length of the whole body in bytes."""
        return len(self.body) if self.file is None else self.file.stat().st_size


class Refusal(Exception):  # noqa: N818 -- an answer, not a fault of the server
    """A request is refused, in the words and with the code of the true Hub."""

    def __init__(self, status: int, message: str, code: str | None = None, **extra: str) -> None:
        super().__init__(message)
        named = {"X-Error-Message": message}
        if code is not None:
            named["X-Error-Code"] = code
        self.answer = as_json({"error": message}, status, {**named, **extra})


def as_json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """Return an answer in JSON."""
    named = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return Answer(status, named, json.dumps(content).encode())
