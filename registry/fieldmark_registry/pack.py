"""One file for a computer without a network: weights, cards and profiles in a zip.

The same content makes the same file, byte for byte: members are sorted, have one date, and are
stored as they are (weights cannot be compressed). `manifest.json` comes first and tells the sha256
of every other member; `fieldmark_registry.install` believes nothing else.
"""

import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeAlias
from zipfile import ZipFile, ZipInfo

from pydantic import BaseModel, ConfigDict, Field

from fieldmark_registry.cardfields import Sha256
from fieldmark_registry.digests import Progress
from fieldmark_registry.problems import WeightsProblem
from fieldmark_registry.readme import README
from fieldmark_registry.references import Reference
from fieldmark_registry.weights import CONFIG, SELF_TEST, Shelf

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
PLAIN_NAME: Final = re.compile(r"[^/\\:*?\"<>|\x00-\x1f.][^/\\:*?\"<>|\x00-\x1f]{0,200}")
"""What a file in a pack may be called, on every system."""
_BLOCK = 1 << 20
_FILE = 0o100644 << 16  # an ordinary file, as zip writes it down
_UNIX = 3
_Content: TypeAlias = bytes | Path


class Part(BaseModel):
    """Base of every part of a manifest: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Member(Part):
    """One file of a pack.

    Attributes:
        name: its path in the zip.
        size: in bytes.
        sha256: its digest, 64 hex digits.
    """

    name: str
    size: int = Field(ge=0)
    sha256: Sha256


class PackedWeights(Part):
    """One weights file of a pack.

    Attributes:
        member: its path in the zip, `weights/<sha256>/<file>`; what belongs to it lies beside it.
        references: every reference that names it.
        card: the name of its model card, or None.
        licence: as the card or the README beside it states it, or `none stated`.
        origin: what the store keeps of where it came from.
    """

    member: str
    references: tuple[str, ...] = Field(min_length=1)
    card: str | None
    licence: str
    origin: dict[str, str]


class Manifest(Part):
    """What a pack holds.

    Attributes:
        format: of the pack; see `FORMAT`.
        weights: in order of their paths.
        members: every file but the manifest, in order.
    """

    format: Literal[1]
    weights: tuple[PackedWeights, ...]
    members: tuple[Member, ...]

    def named(self, folder: str) -> tuple[Member, ...]:
        """Return the members in a folder: `weights`, `cards` or `profiles`."""
        return tuple(each for each in self.members if each.name.startswith(f"{folder}/"))

    @property
    def size(self) -> int:
        """How many bytes all members hold."""
        return sum(each.size for each in self.members)


@dataclass(frozen=True, slots=True)
class _Item:
    """A weights file and what goes with it."""

    weights: PackedWeights
    sha256: str
    files: dict[str, _Content]


def pack(
    shelf: Shelf,
    references: Sequence[str | Reference],
    profiles: Sequence[Path],
    out: Path,
    progress: Progress | None = None,
) -> Manifest:
    """Write weights, their cards and some profiles into one zip.

    Weights that were converted from a pickle are packed as they were converted.

    Args:
        shelf: where the weights are.
        references: what to pack; all of it must be on this computer.
        profiles: files of species profiles.
        out: the zip; it appears whole or not at all.
        progress: told the bytes done, the bytes in all and what is done.

    Raises:
        RegistryProblem: if something is not here, is not what was named, or cannot be written; the
            message says what to type.
    """
    items = _merged(_item(shelf, each, progress) for each in references)
    files: dict[str, _Content] = {}
    for item in items:
        files |= item.files
    files |= {f"profiles/{name}": path for name, path in _profiles(profiles).items()}
    known = {item.weights.member: item.sha256 for item in items}
    try:
        members = tuple(_member(name, files[name], known.get(name)) for name in sorted(files))
        manifest = Manifest(
            format=FORMAT, weights=tuple(item.weights for item in items), members=members
        )
        _write(out, manifest, files, progress)
    except OSError as error:
        raise WeightsProblem(
            f"{error.filename or out} cannot be read or written: {error.strerror}; make room, or"
            " name another file for the pack"
        ) from error
    return manifest


def _item(shelf: Shelf, what: str | Reference, progress: Progress | None) -> _Item:
    reference, located = shelf.exact(what), shelf.locate(what)
    path = shelf.verified(what, progress)
    stored = shelf.store.converted(reference.sha256) if located.pickle else None
    sha256 = stored.sha256 if stored else reference.sha256
    if path.suffix != ".safetensors" and located.card and located.card.as_is:
        raise WeightsProblem(
            f"{path} is no safetensors file, and nothing else is packed; carry the file itself, and"
            f" there type: fieldmark models pin {path.name}"
        )
    if path.suffix != ".safetensors":
        raise WeightsProblem(
            f"{path} is not a safetensors file, and nothing else is packed; to convert it:"
            f" fieldmark models pull --convert {located.typed}"
        )
    name = path.name if PLAIN_NAME.fullmatch(path.name) else "model.safetensors"
    folder = f"weights/{sha256}"
    files: dict[str, _Content] = {f"{folder}/{name}": path}
    files |= {f"{folder}/{each.name}": each for each in _beside(path)}
    if located.card:
        file = shelf.cards.path(located.card.name)
        files[f"cards/{file.name}"] = file.read_bytes()
    origin = {"reference": str(reference), **(stored.origin if stored else {})}
    weights = PackedWeights(
        member=f"{folder}/{name}",
        references=(str(reference),),
        card=located.card.name if located.card else None,
        licence=located.licence.text,
        origin={key: value for key, value in origin.items() if key != "file"},
    )
    return _Item(weights, sha256, files)


def _merged(items: Iterator[_Item]) -> list[_Item]:
    """Return the items in order of their digests; one file that has two references is one item."""
    merged: dict[str, _Item] = {}
    for item in items:
        first = merged.get(item.sha256)
        if first is None:
            merged[item.sha256] = item
            continue
        both = dict.fromkeys((*first.weights.references, *item.weights.references))
        card = first.weights.card or item.weights.card
        weights = first.weights.model_copy(update={"references": tuple(both), "card": card})
        files = {k: v for k, v in item.files.items() if not k.startswith("weights/")}
        merged[item.sha256] = _Item(weights, item.sha256, {**files, **first.files})
    return [merged[key] for key in sorted(merged)]


def _beside(weights: Path) -> Iterator[Path]:
    """Yield what belongs to weights; a snapshot of the Hub's cache has its README on top."""
    for name in (CONFIG, SELF_TEST):
        if (path := weights.with_name(name)).is_file():
            yield path
    tops = (each for each in weights.parents if each.parent.name == "snapshots")
    readmes = (folder / README for folder in (weights.parent, *tops))
    yield from [readme for readme in readmes if readme.is_file()][:1]


def _profiles(paths: Sequence[Path]) -> dict[str, Path]:
    named: dict[str, Path] = {}
    for path in paths:
        if not path.is_file() or path.suffix != ".yaml" or not PLAIN_NAME.fullmatch(path.name):
            raise WeightsProblem(f"{path} is not a species profile; give a file NAME.yaml")
        if named.setdefault(path.name, path) != path:
            raise WeightsProblem(
                f"{path} and {named[path.name]} have one name; give only one of them"
            )
    return named


def _member(name: str, content: _Content, sha256: str | None) -> Member:
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if sha256 is None:
        text = content if isinstance(content, bytes) else content.read_bytes()
        sha256 = hashlib.sha256(text).hexdigest()
    return Member(name=name, size=size, sha256=sha256)


def _write(
    out: Path, manifest: Manifest, files: dict[str, _Content], progress: Progress | None
) -> None:
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, manifest.size, f"packing {out.name}")

    told(0)
    with _replacing(out) as file, ZipFile(file, "w") as archive:
        text = json.dumps(manifest.model_dump(mode="json"), indent=1, ensure_ascii=False)
        archive.writestr(_info(MANIFEST, 0), text.encode())
        for member in manifest.members:
            _add(archive, member, files[member.name], told)


def _info(name: str, size: int) -> ZipInfo:
    info = ZipInfo(name)  # its date is the first that zip knows, 1980
    info.create_system, info.external_attr, info.file_size = _UNIX, _FILE, size
    return info


def _add(archive: ZipFile, member: Member, content: _Content, told: Callable[[int], None]) -> None:
    """Store one file, which must still be what the manifest says."""
    digest = hashlib.sha256()
    with (
        _opened(content) as source,
        archive.open(_info(member.name, member.size), "w") as target,
    ):
        while block := source.read(_BLOCK):
            digest.update(block)
            target.write(block)
            told(len(block))
    if digest.hexdigest() != member.sha256:
        raise WeightsProblem(
            f"{content if isinstance(content, Path) else member.name} changed while it was packed,"
            " so nothing was packed; type the same again"
        )


@contextmanager
def _opened(content: _Content) -> Iterator[BinaryIO]:
    if isinstance(content, Path):
        with content.open("rb") as file:
            yield file
    else:
        yield io.BytesIO(content)


@contextmanager
def _replacing(out: Path) -> Iterator[BinaryIO]:
    """Give a temporary file that takes its place once all of it is written."""
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
