"""Writing JSON whose lists are longer than the memory."""

import json
from collections.abc import Iterable, Mapping
from typing import IO, Any


def write_json(
    file: IO[bytes], head: Mapping[str, Any], **lists: Iterable[Mapping[str, Any]]
) -> None:
    """Write an object: the entries of `head`, then each list, entry by entry, one to a line."""
    opening = json.dumps(head, indent=1, ensure_ascii=False)
    file.write(opening.removesuffix("\n}").encode())
    for name, entries in lists.items():
        file.write(f",\n {json.dumps(name)}: [".encode())
        for number, entry in enumerate(entries):
            text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
            file.write(f"{',' if number else ''}\n  {text}".encode())
        file.write(b"\n ]")
    file.write(b"\n}\n")
