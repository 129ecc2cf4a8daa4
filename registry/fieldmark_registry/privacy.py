"""What must not be published: photos, places, full paths, pickles and programs.

The rule is the other way round from a search for bad files: only files with known names are
published, and each must be what its name says, so that nothing can hide under a harmless name. Text
is then searched for places and full paths. Some things no program can tell: see `UNSEEN`.
"""

import io
import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final, Protocol, TypeAlias

import yaml

from fieldmark_registry.traces import coordinates, full_paths, is_full_path, is_place

Content: TypeAlias = bytes | Path
NAMES: Final = (
    "README.md", "LICENSE", "model.safetensors", "config.json", "recipe.yaml", "self_test.json",
    "eval.json",
)  # fmt: skip
"""The only files that are published."""
UNSEEN: Final = (
    "names of people, places told in words, and what the numbers of a network remember of its"
    " photos cannot be found by a program: read the card and the recipe before you upload them"
)
"""What `faults` cannot tell; whoever publishes should be shown it."""

_Fault: TypeAlias = tuple[str, str]
_TEXT_AT_MOST = 64_000_000
_HEADER_AT_MOST = 100_000_000  # bytes; the limit of safetensors itself

_MAGIC: Final = tuple(
    (re.compile(pattern, re.DOTALL), what)
    for pattern, what in (
        (rb"\xff\xd8\xff", "a photo (JPEG)"),
        (rb"\x89PNG\r\n", "a photo (PNG)"),
        (rb"II[*+]\0|MM\0[*+]", "a photo (TIFF or a camera's raw format)"),
        (rb"IIR[OS]|MMOR|IIU\0|FUJIFILMCCD-RAW|FOVb|\0MRM", "a photo (a camera's raw format)"),
        (rb"GIF8[79]a", "a photo (GIF)"),
        (rb"RIFF.{4}(WEBP|AVI )", "a photo or film (WebP or AVI)"),
        (rb".{4}ftyp", "a photo or film (HEIC, AVIF, CR3 or MP4)"),
        (rb"\0\0\0\x0c(jP|JXL)|\xff\x0a|BM.{4}\0\0\0\0", "a photo"),
        (rb"\x80[\x02-\x05]|\([dl]p\d+\n|c[\w.]+\n[\w.]+\n[p(]", "a pickle, which can run code"),
        (rb"MZ.{62}|\x7fELF|\xfe\xed\xfa.|.\xfa\xed\xfe|\xca\xfe\xba\xbe|#!", "a program"),
        (rb"PK\x03\x04|PK\x05\x06|\x1f\x8b|7z\xbc\xaf|Rar!|BZh\d|\xfd7zXZ",
         "an archive, or a pickle in one, which could hold anything"),
    )
)  # fmt: skip
_PICTURE = re.compile(
    r"data:(?:image|video|audio|application)/[\w.+-]+[;,]"
    # how JPEG, PNG, GIF, TIFF and WebP begin in base64
    r"|(?<![A-Za-z0-9+/])(?:/9j/|iVBORw0KGgo|R0lGOD|SUkqA|TU0AK|UklGR)[A-Za-z0-9+/\s]{40}"
)
_BLOB = re.compile(r"[A-Za-z0-9+/]{200,}={0,2}")


class Publishable(Protocol):
    """What is about to be published."""

    @property
    def files(self) -> Mapping[str, Content]:
        """The contents, or the files that hold them, by name."""
        ...


def faults(prepared: Publishable) -> list[str]:
    """Return every reason not to publish; each names the file, the place in it and what to do."""
    return [
        f"{name}{', ' if place else ''}{place}: {what}"
        for name, content in sorted(prepared.files.items())
        for place, what in dict.fromkeys(_file(name, content))
    ]


def _file(name: str, content: Content) -> Iterator[_Fault]:
    if name not in NAMES:
        yield "", f"only {', '.join(NAMES)} are published; leave it out"
    if isinstance(content, Path) and _leaves(content):
        yield "", "is a link that leaves the folder; put the file itself there"
        return
    try:
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
            yield from _content(name, file)
    except OSError as error:
        yield "", f"cannot be read ({error.strerror}); put the file there again"


def _leaves(path: Path) -> bool:
    return path.is_symlink() and path.resolve().parent != path.parent.resolve()


def _content(name: str, file: IO[bytes]) -> Iterator[_Fault]:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(64)
    file.seek(0)
    if name.endswith(".safetensors"):
        yield from _weights(file, size)
    elif what := next((what for magic, what in _MAGIC if magic.match(head)), None):
        yield "", f"is {what}; such files are never published: take it out"
    elif size > _TEXT_AT_MOST:
        yield "", "is too large for text (over 64 MB), so it is not looked through; take it out"
    else:
        yield from _text_file(name, file.read())


def _weights(file: IO[bytes], size: int) -> Iterator[_Fault]:
    """Check that a file is a safetensors file to its last byte, and what its header tells."""
    header = header_of(file)
    if header is None:
        yield "", "is not a safetensors file; give the model.safetensors of a training"
        return
    start, tensors = file.tell(), {k: v for k, v in header.items() if k != "__metadata__"}
    if not _covered(tensors, size - start):
        yield "", "has bytes that belong to no tensor, which could be anything; export it again"
    yield from _values(list(tensors), "header")
    for key, value in (header.get("__metadata__") or {}).items():
        yield from _values({key: _decoded(value)}, "header")


def header_of(file: IO[bytes]) -> dict[str, Any] | None:
    """Return the header of a safetensors file read from its beginning; None if it is none."""
    try:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length)) if length <= _HEADER_AT_MOST else None
    except (struct.error, ValueError, RecursionError):
        return None
    known = isinstance(header, dict) and isinstance(header.get("__metadata__", {}), dict)
    return header if known else None


def _covered(tensors: Mapping[str, Any], size: int) -> bool:
    """Say whether the tensors lie one after another and fill the rest of the file."""
    try:
        spans = sorted((int(a), int(b)) for a, b in (t["data_offsets"] for t in tensors.values()))
    except (TypeError, KeyError, ValueError):
        return False
    begins, ends = [0, *(b for _, b in spans)], [*(a for a, _ in spans), size]
    return begins == ends


def _decoded(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _text_file(name: str, content: bytes) -> Iterator[_Fault]:
    try:
        text = content.decode()
        value = _parsed(name, text)
    except (ValueError, yaml.YAMLError, RecursionError):
        yield "", "is not the text that its name promises; mend it, or take it out"
        return
    if value is None:
        yield from _lines(text, lambda line: line)
        return
    yield from _values(value, "")
    if name.endswith(".yaml"):
        yield from _lines(text, lambda line: (re.search(r"(?:^|\s)#.*", line) or [""])[0])


def _parsed(name: str, text: str) -> object:
    """Return plain values, or None for text without a structure."""
    if "\0" in text:
        raise ValueError(name)
    if name.endswith(".json"):
        return json.loads(text)
    if not name.endswith(".yaml"):
        return None
    # Through JSON, because YAML can write a list that holds itself.
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def _values(value: object, where: str) -> Iterator[_Fault]:
    """Search plain values; where something stands is told by its keys, such as `data.0.name`."""
    if isinstance(value, str):
        yield from ((where, what) for _, what in _found(value, whole=True))
    if not isinstance(value, dict | list):
        return
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        inner = f"{where}.{key}".removeprefix(".")
        yield from ((where, what) for _, what in _found(str(key), whole=True))
        if is_place(str(key), each):
            yield inner, _place(f"{key}: {each}")
        else:
            yield from _values(each, inner)


def _lines(text: str, part: Callable[[str], str]) -> Iterator[_Fault]:
    """Search a part of every line; a pair of numbers may stand lines after the word beside it."""
    kept = "\n".join(part(line) for line in text.split("\n"))
    for at, what in _found(kept, whole=False):
        yield f"line {kept.count(chr(10), 0, at) + 1}", what


def _found(text: str, *, whole: bool) -> Iterator[tuple[int, str]]:
    """Yield where and what is wrong in a text, which may be one whole value."""
    if picture := _PICTURE.search(text):
        yield picture.start(), "holds a picture or a file as text; photos are never published"
        return
    if _BLOB.fullmatch(text):  # numbers in base64: a slash is a digit there
        return
    full = [(0, text)] if whole and is_full_path(text) else full_paths(text)
    for at, path in full:
        yield at, f"tells a full path ({_short(path)}); write the name of the file alone"
    for at, words in coordinates(text):
        yield at, _place(words)


def _place(words: str) -> str:
    return f"tells a place ({_short(words)}); where animals live is never published: take it out"


def _short(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= 60 else f"{plain[:57]}…"
