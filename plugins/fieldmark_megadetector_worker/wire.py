r"""Messages between fieldmark and the worker: one line of JSON, then as many raw bytes as it says.

::

    {"do": "detect", "shapes": [[480, 640]], "bytes": 921600}\n<921600 bytes>

Both sides speak in turn over the worker's standard input and output: one request, one answer. The
end of the stream is the end of the talk.
"""

import json
from collections.abc import Mapping, Sequence
from typing import IO, Any, TypeAlias

Header: TypeAlias = dict[str, Any]
PROTOCOL = 1
"""Raised whenever a message changes its meaning."""
LONGEST_LINE = 1 << 20
"""In bytes; a header is short, so a longer line means that something else speaks."""


class WireError(Exception):
    """What came is no message of this protocol."""


def send(stream: IO[bytes], header: Mapping[str, Any], body: Sequence[bytes | memoryview]) -> None:
    """Write one message and flush."""
    size = sum(memoryview(part).nbytes for part in body)
    stream.write(json.dumps({**header, "bytes": size}).encode() + b"\n")
    for part in body:
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[Header, bytes] | None:
    """Read one message; None where the stream ends between messages.

    Raises:
        WireError: if the line is no header, or the stream ends inside a message.
    """
    line = stream.readline(LONGEST_LINE)
    if not line:
        return None
    header = _header(line)
    body = stream.read(header["bytes"])
    if len(body) != header["bytes"]:
        raise WireError(f"the stream ended after {len(body)} of {header['bytes']} bytes")
    return header, body


def _header(line: bytes) -> Header:
    try:
        header = json.loads(line)
    except ValueError:
        raise WireError(f"expected a line of JSON, got {line[:60]!r}") from None
    if not (isinstance(header, dict) and isinstance(header.get("bytes"), int)):
        raise WireError(f"expected a header with a count of bytes, got {line[:60]!r}")
    return header
