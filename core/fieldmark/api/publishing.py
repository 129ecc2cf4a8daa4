"""From what was trained here to what is published, and to what travels on a stick."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldmark.api.models import references, subject_of_training
from fieldmark.api.selftest import written_test
from fieldmark.api.weights import in_words, shelf
from fieldmark.components import Role
from fieldmark.errors import UserError
from fieldmark.learn.header import read_record, weights_file
from fieldmark.profile import find_profile, shipped_folder
from fieldmark.profile.inheritance import ProfileText, family
from fieldmark_registry.about import About
from fieldmark_registry.licences import licence_of


@dataclass(frozen=True)
class Said:
    """What the publisher says of a model.

    Attributes:
        repo: where it goes, `ORG/NAME`.
        licence: of the weights, as SPDX writes it.
        permission: who allowed publishing what was made from weights that do not allow it.
        base_licence: of the weights that the training began with, where they do not say it.
    """

    repo: str
    licence: str
    title: str | None = None
    permission: str | None = None
    contact: str | None = None
    base_licence: str | None = None


def about_training(folder: Path, said: Said) -> About:
    """Return what is known of the result of a training, with a self-test made now.

    Raises:
        UserError: if the folder holds no weights that fieldmark trained.
        PluginError: if the component or a library is missing.
    """
    weights = weights_file(folder)
    record = read_record(weights)
    base = _base(record)
    return About(
        title=said.title or said.repo.rpartition("/")[2],
        licence=said.licence,
        species=tuple(record["species"]),
        viewpoints=tuple(record["sides"]["views"]),
        base_model=_base_name(base) if base else None,
        base_licence=licence_of(base.get("licence") or said.base_licence) if base else None,
        permission=said.permission,
        record=record,
        self_test=_self_test(weights, record),
        contact=said.contact,
        repo=said.repo,
    )


def _base(record: dict[str, Any]) -> dict[str, str] | None:
    """Return what the training began with: shared weights, or those of a backbone."""
    if "base" in record:
        return dict(record["base"])
    backbone = record.get("settings", {}).get("backbone_weights")
    return {"name": str(backbone)} if backbone else None


def _base_name(base: dict[str, str]) -> str:
    """Return the repository of shared weights on the hub, else their name."""
    address = base.get("reference", "").removeprefix("hf://").partition("@")[0]
    on_hub = base.get("reference", "").startswith("hf://")
    return address if on_hub else base.get("name", "weights without a name")


def _self_test(weights: Path, record: dict[str, Any]) -> bytes | None:
    if record["role"] != str(Role.EMBEDDER):
        return None
    return written_test(subject_of_training(weights, record))


@dataclass(frozen=True)
class Parcel:
    """What is to be carried to a computer without a network."""

    references: tuple[str, ...]
    profiles: tuple[Path, ...]


def parcel_of(names: Sequence[str], species: Sequence[str], project: Path) -> Parcel:
    """Return the weights and the profiles that are meant; a profile brings its weights and bases.

    Raises:
        UserError: if a name is not known, or nothing is meant.
    """
    wanted, files = list(names), []
    for each in species:
        files += _own_files(find_profile(each, project))
        wanted += references([], each, None)
    if not wanted:
        raise UserError(
            "name what to pack: model cards (fieldmark models list), or profiles with --species"
        )
    with in_words():
        for text in wanted:
            shelf().named(text)
    return Parcel(tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(files)))


def _own_files(profile: Path) -> list[Path]:
    """Return a profile and its bases, without those that every fieldmark brings along.

    A copy of a shipped profile would hide the better one of a later version.
    """
    members = family(ProfileText.open(profile), profile.parent, profile)
    paths = [member.path for member in members if member.path is not None]
    return [path for path in paths if shipped_folder() not in path.resolve().parents]
