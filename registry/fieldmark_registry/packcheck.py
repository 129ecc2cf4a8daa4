"""Reading a pack without believing it: what is checked before anything of it is used."""

import hashlib
import json
import re
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import ValidationError

from fieldmark_registry.cards import Card, read_card
from fieldmark_registry.digests import Progress
from fieldmark_registry.pack import FORMAT, MANIFEST, PLAIN_NAME, Manifest, Member, PackedWeights
from fieldmark_registry.privacy import header_of
from fieldmark_registry.problems import CardProblem, WeightsProblem
from fieldmark_registry.readme import README
from fieldmark_registry.store import ORIGIN
from fieldmark_registry.weights import CONFIG, SELF_TEST

_MANIFEST_AT_MOST = 10_000_000
_TEXT_AT_MOST = 20_000_000
_RATIO = 200  # text compresses to a tenth, weights hardly at all
_BLOCK = 1 << 20
_WEIGHTS: Final = re.compile(r"weights/(?P<sha256>[0-9a-f]{64})/(?P<file>[^/]+)")
_TEXT: Final = re.compile(r"(?P<folder>cards|profiles)/(?P<file>[^/]+)")


@contextmanager
def words(file: Path) -> Iterator[None]:
    """Say in words what is wrong with a zip.

    Raises:
        WeightsProblem: in place of what the zip or the disk raised.
    """
    try:
        yield
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise broken(file, "it is not a whole zip file") from error
    except OSError as error:
        raise WeightsProblem(
            f"{error.filename or file} cannot be read or written: {error.strerror}; copy the pack"
            " again, make room, or name another folder with FIELDMARK_HOME"
        ) from error


def broken(file: Path, why: str) -> WeightsProblem:
    """Return the problem of a pack that is not what it should be."""
    return WeightsProblem(
        f"{file} cannot be installed: {why}; nothing was written; copy it again, or make it again"
        " with: fieldmark models pack"
    )


def manifest_of(archive: ZipFile, file: Path) -> Manifest:
    """Return the manifest, when the members are those it names, each a plain file of its size.

    Raises:
        WeightsProblem: if they are not.
    """
    infos = {info.filename: info for info in archive.infolist()}
    if len({name.casefold() for name in infos}) != len(archive.infolist()):
        raise broken(file, "two of its members have one name")
    told = infos.pop(MANIFEST, None)
    if told is None or told.file_size > _MANIFEST_AT_MOST:
        raise broken(file, f"it has no {MANIFEST}, so it is no pack of fieldmark")
    manifest = _parsed(_read(archive, told, file), file)
    members = {member.name: member for member in manifest.members}
    if len(members) != len(manifest.members) or set(members) != set(infos):
        odd = sorted(set(members) ^ set(infos))[:1] or [MANIFEST]
        raise broken(file, f"its members are not those of its {MANIFEST} ({odd[0]!r})")
    for name, info in infos.items():
        _refuse_member(info, members[name], file)
    _refuse_weights(manifest, file)
    return manifest


def _read(archive: ZipFile, info: ZipInfo, file: Path) -> bytes:
    _refuse_kind(info, file)
    return archive.read(info)


def _parsed(text: bytes, file: Path) -> Manifest:
    try:
        plain = json.loads(text)
        newest = plain["format"]
        if isinstance(newest, int) and newest > FORMAT:
            raise WeightsProblem(
                f"{file} was made by a newer fieldmark (format {newest}, this one reads {FORMAT});"
                " update with: pip install -U fieldmark"
            )
        return Manifest.model_validate(plain)
    except WeightsProblem:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, ValidationError) as error:
        raise broken(file, f"its {MANIFEST} cannot be understood") from error


def _refuse_kind(info: ZipInfo, file: Path) -> None:
    """Refuse what is not a plain file, or would grow without end when it is unpacked."""
    mode = info.external_attr >> 16
    plain = stat.S_ISREG(mode) or stat.S_IFMT(mode) == 0
    if info.is_dir() or not plain or info.flag_bits & 1:
        raise broken(file, f"{info.filename!r} is a link, a folder or locked")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise broken(file, f"{info.filename!r} is compressed in a way that packs are not")
    if info.file_size > _RATIO * max(info.compress_size, 1):
        raise broken(file, f"{info.filename!r} would grow to {info.file_size} bytes")


def _refuse_member(info: ZipInfo, member: Member, file: Path) -> None:
    _refuse_kind(info, file)
    weights, text = _WEIGHTS.fullmatch(info.filename), _TEXT.fullmatch(info.filename)
    found = weights or text
    if found is None or not PLAIN_NAME.fullmatch(found["file"]) or found["file"] == ORIGIN:
        raise broken(file, f"{info.filename!r} is not a name that a pack has")
    if text and not found["file"].endswith(".yaml"):
        raise broken(file, f"{info.filename!r} is not a YAML file")
    if weights and not found["file"].endswith((".safetensors", CONFIG, README, SELF_TEST)):
        raise broken(file, f"{info.filename!r} is neither weights nor what belongs to them")
    if info.file_size != member.size:
        raise broken(file, f"{info.filename!r} has {info.file_size} bytes, not {member.size}")
    if not info.filename.endswith(".safetensors") and info.file_size > _TEXT_AT_MOST:
        raise broken(file, f"{info.filename!r} is too large for a text")


def _refuse_weights(manifest: Manifest, file: Path) -> None:
    """Refuse weights that the manifest does not describe, or describes as something else."""
    held = {each.name: each for each in manifest.named("weights")}
    found = sorted(name for name in held if name.endswith(".safetensors"))
    if found != sorted(each.member for each in manifest.weights):
        raise broken(file, "its weights are not those that it describes")
    digests = [digest_of(each) for each in manifest.weights]
    folders = {name.split("/")[1] for name in held}
    if len(set(digests)) != len(digests) or folders != set(digests):
        raise broken(file, "it holds files that belong to no weights")
    for weights in manifest.weights:
        digest = digest_of(weights)
        known = {digest, weights.origin.get("converted_from", digest)}
        named = {each.rpartition("#sha256=")[2] for each in weights.references}
        if held[weights.member].sha256 != digest or not named <= known:
            raise broken(file, f"{weights.member!r} is not the file that its references name")


def digest_of(weights: PackedWeights) -> str:
    """Return the sha256 of a weights file, which is also its folder in the pack."""
    return weights.member.split("/")[1]


def check_contents(
    archive: ZipFile, manifest: Manifest, file: Path, progress: Progress | None
) -> None:
    """Compare every member with its digest, and see that weights are weights.

    Raises:
        WeightsProblem: naming the member that is another.
    """
    done = 0
    for member in manifest.members:
        digest = hashlib.sha256()
        with archive.open(member.name) as source:
            while block := source.read(_BLOCK):
                digest.update(block)
                done += len(block)
                if progress is not None:
                    progress(done, manifest.size, f"checking {file.name}")
        if digest.hexdigest() != member.sha256:
            raise broken(file, f"{member.name!r} is not the file that its manifest names")
    for weights in manifest.weights:
        with archive.open(weights.member) as source:
            if header_of(source) is None:
                raise broken(file, f"{weights.member!r} is not a safetensors file")


def cards_of(archive: ZipFile, manifest: Manifest, file: Path) -> dict[str, Card]:
    """Return the model cards of a pack by name.

    Raises:
        WeightsProblem: if one cannot be used, or names other weights than the pack says.
    """
    cards = {}
    with tempfile.TemporaryDirectory() as folder:
        for member in manifest.named("cards"):
            path = Path(folder) / member.name.removeprefix("cards/")
            path.write_bytes(archive.read(member.name))
            try:
                cards[path.stem] = read_card(path)
            except CardProblem as error:
                raise broken(file, f"its card {path.stem!r} is faulty") from error
    for weights in manifest.weights:
        card = cards.get(weights.card) if weights.card else None
        named = str(card.reference()) if card and card.pinned else None
        if weights.card and named not in weights.references:
            raise broken(file, f"its card {weights.card!r} names other weights")
    return cards
