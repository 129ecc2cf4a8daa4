"""Installing a pack: nothing in it is believed, and nothing is written before all was checked.

A pack comes from a USB stick. So every name, size and digest is compared with the manifest first;
then each weights file, card and profile is written in one step. A kill between two steps leaves
whole pieces only, and installing again adds the rest.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import yaml

from fieldmark_registry.cards import Card, read_card
from fieldmark_registry.digests import Progress
from fieldmark_registry.licences import Policy, licence_of, refuse
from fieldmark_registry.pack import Manifest, PackedWeights
from fieldmark_registry.packcheck import (
    broken,
    cards_of,
    check_contents,
    digest_of,
    manifest_of,
    words,
)
from fieldmark_registry.places import write_bytes
from fieldmark_registry.problems import CardProblem, WeightsProblem
from fieldmark_registry.references import HubReference, parse_reference
from fieldmark_registry.weights import Shelf

_BLOCK = 1 << 20
# The store knows this beginning: what a killed process leaves is found and removed later.
_UNFINISHED = ".unfinished-pack-"


@dataclass(frozen=True, slots=True)
class Installed:
    """What installing a pack did.

    Attributes:
        weights: references to the weights that were added.
        there: references to the weights that were there already.
        written: the files of cards and profiles that were written.
        kept: files of cards and profiles that were there with another content and stayed.
    """

    weights: tuple[str, ...]
    there: tuple[str, ...]
    written: tuple[Path, ...]
    kept: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A card or profile that is not here yet, and whether another has its place."""

    path: Path
    content: bytes
    taken: bool


def install(
    shelf: Shelf,
    file: Path,
    species_folder: Path,
    policy: Policy = "any",
    progress: Progress | None = None,
    replace: bool = False,
) -> Installed:
    """Add what a pack holds to this computer.

    A card or profile of the user that has the same name and another content is kept.

    Args:
        shelf: where the weights and cards go.
        file: the zip.
        species_folder: where the profiles go.
        policy: which licences are allowed.
        progress: told the bytes done, the bytes in all and what is done.
        replace: overwrite the user's own cards and profiles.

    Raises:
        LicenceProblem: if the policy refuses a licence; nothing was written.
        WeightsProblem: if the pack is not what its manifest says (nothing was written), or
            something cannot be written.
    """
    with words(file), ZipFile(file) as archive:
        manifest = manifest_of(archive, file)
        check_contents(archive, manifest, file, progress)
        cards = cards_of(archive, manifest, file)
        _refuse_licences(shelf, manifest, cards, policy)
        missing = [each for each in manifest.weights if not shelf.store.find(digest_of(each))]
        _refuse_if_no_room(shelf, manifest, missing)
        texts = [
            *_cards(shelf, archive, cards),
            *_profiles(archive, manifest, species_folder, file),
        ]
        _store(shelf, archive, (manifest, missing), progress)
        for each in texts:
            if replace or not each.taken:
                write_bytes(each.path, each.content)
    return Installed(
        tuple(each.references[0] for each in missing),
        tuple(each.references[0] for each in manifest.weights if each not in missing),
        tuple(each.path for each in texts if replace or not each.taken),
        tuple(each.path for each in texts if each.taken and not replace),
    )


def read_manifest(file: Path) -> Manifest:
    """Return what a pack says it holds; its names are checked, its contents are not.

    Raises:
        WeightsProblem: if it is no pack, or was changed.
    """
    with words(file), ZipFile(file) as archive:
        return manifest_of(archive, file)


def _refuse_licences(
    shelf: Shelf, manifest: Manifest, cards: Mapping[str, Card], policy: Policy
) -> None:
    """Refuse what the policy refuses: by the pack, by its card and by the card that is here."""
    for weights in manifest.weights:
        reference = _hub_reference(weights)
        here = shelf.cards.find(reference.repo, reference.revision) if reference else None
        carded = (cards.get(weights.card or ""), here)
        stated = [weights.licence, *(card.licence for card in carded if card)]
        for licence in dict.fromkeys(stated):
            refuse(licence_of(licence), policy, weights.card or weights.references[0])


def _hub_reference(weights: PackedWeights) -> HubReference | None:
    hub = (each for each in weights.references if each.startswith("hf://"))
    found = (parse_reference(each, ()) for each in hub)
    return next((each for each in found if isinstance(each, HubReference)), None)


def _refuse_if_no_room(shelf: Shelf, manifest: Manifest, missing: Sequence[PackedWeights]) -> None:
    sizes = {each.name: each.size for each in manifest.members}
    needed = [sizes[each.member] for each in missing]
    folder = next(each for each in (shelf.home, *shelf.home.parents) if each.is_dir())
    room = shutil.disk_usage(folder).free
    # One file more, because each is unpacked before it is put in its place.
    if needed and sum(needed) + max(needed) > room:
        raise WeightsProblem(
            f"the pack needs {(sum(needed) + max(needed)) / 1e6:.0f} MB and the disk that holds"
            f" {folder} has {room / 1e6:.0f} MB left; make room, or name another folder with"
            " FIELDMARK_HOME"
        )


def _store(
    shelf: Shelf,
    archive: ZipFile,
    what: tuple[Manifest, Sequence[PackedWeights]],
    progress: Progress | None,
) -> None:
    manifest, missing = what
    if not missing:
        return
    shelf.store.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=shelf.store.folder, prefix=_UNFINISHED) as folder:
        for weights in missing:
            path = Path(folder) / weights.member.rpartition("/")[2]
            _unpack(archive, weights, path, progress)
            beside = {
                name: archive.read(each.name)
                for each in manifest.named(weights.member.rpartition("/")[0])
                if (name := each.name.rpartition("/")[2]) != path.name
            }
            shelf.store.put(path, digest_of(weights), weights.origin, beside, progress)
            path.unlink()


def _unpack(
    archive: ZipFile, weights: PackedWeights, path: Path, progress: Progress | None
) -> None:
    size, done = archive.getinfo(weights.member).file_size, 0
    with archive.open(weights.member) as source, path.open("wb") as target:
        while block := source.read(_BLOCK):
            target.write(block)
            done += len(block)
            if progress is not None:
                progress(done, size, f"installing {path.name}")


def _cards(shelf: Shelf, archive: ZipFile, cards: Mapping[str, Card]) -> Iterator[_Text]:
    """Yield the cards that are not here; one without a pin gives way to the same with one."""
    for name, card in cards.items():
        path = shelf.home / "models" / f"{name}.yaml"
        here = _card_here(shelf, name, path)
        if here == card:
            continue
        same = isinstance(here, Card) and (here.place, here.file) == (card.place, card.file)
        pins = same and isinstance(here, Card) and not here.pinned
        yield _Text(path, archive.read(f"cards/{name}.yaml"), here is not None and not pins)


def _card_here(shelf: Shelf, name: str, path: Path) -> Card | CardProblem | None:
    try:
        if path.is_file():
            return read_card(path)
        return shelf.cards.get(name) if name in shelf.cards.names() else None
    except CardProblem as problem:
        return problem


def _profiles(archive: ZipFile, manifest: Manifest, folder: Path, file: Path) -> Iterator[_Text]:
    for member in manifest.named("profiles"):
        content = archive.read(member.name)
        _refuse_profile(content, member.name, file)
        path = folder / member.name.removeprefix("profiles/")
        if not path.is_file():
            yield _Text(path, content, taken=path.exists())
        elif path.read_bytes() != content:
            yield _Text(path, content, taken=True)


def _refuse_profile(content: bytes, name: str, file: Path) -> None:
    try:
        profile = isinstance(yaml.safe_load(content), dict)
    except (yaml.YAMLError, ValueError, RecursionError):
        profile = False
    if not profile:
        raise broken(file, f"{name!r} is not a species profile")
