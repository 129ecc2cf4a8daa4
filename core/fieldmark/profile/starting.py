"""Writing a new profile: its name, its base and its text, as far as they can be told."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from fieldmark.components import NAME
from fieldmark.errors import UserError
from fieldmark.profile.loading import load_profile
from fieldmark.profile.models import Profile, Sides
from fieldmark.profile.shelf import candidates, extendable, shipped_folder
from fieldmark.wording import did_you_mean, listing
from fieldmark.yamlfile import Document

PATTERNED = "patterned"
"""The base of an animal of which nothing more is known."""
UNNAMED = "Genus species"
"""What stands in a new profile until somebody writes the species."""
_SCIENTIFIC = re.compile(r"[A-Z][a-z-]+( [a-z][a-z-]+){1,2}")


@dataclass(frozen=True)
class Kin:
    """A shipped profile as far as its kinship goes."""

    name: str
    scientific_name: str
    base: str | None

    @property
    def genus(self) -> str:
        """The first word of the scientific name, in small letters."""
        return self.scientific_name.split()[0].lower()


def is_scientific(what: str) -> bool:
    """Say whether words are written as a scientific name: `Panthera onca`."""
    return _SCIENTIFIC.fullmatch(_tidy(what)) is not None


def file_name(what: str) -> str:
    """Return the profile's name for a scientific name: `panthera-onca`."""
    return "-".join(re.findall(r"[a-z0-9]+", what.lower())).lstrip("0123456789-")


def shipped_kin() -> list[Kin]:
    """Return what the shipped profiles say of themselves, in order of their names."""
    kin = []
    for path in sorted(shipped_folder().glob("*.yaml")):
        text = Document.open(path)
        scientific, base = text.get(("scientific_name",)), text.get(("extends",))
        kin.append(Kin(path.stem, str(scientific), None if base is None else str(base)))
    return kin


def same_species(scientific_name: str) -> Kin | None:
    """Return the shipped profile of a species, if there is one."""
    wanted = _tidy(scientific_name).lower()
    found = (kin for kin in shipped_kin() if kin.scientific_name.lower() == wanted)
    return next(found, None)


def base_for(scientific_name: str) -> str:
    """Return what a new profile should extend.

    The shipped profile of the same species; otherwise what most shipped profiles of the genus
    extend, so that a Panthera becomes a patterned cat; otherwise `patterned`.
    """
    own = same_species(scientific_name)
    if own is not None:
        return own.name
    genus = _tidy(scientific_name).split(" ")[0].lower()
    bases = [kin.base for kin in shipped_kin() if kin.genus == genus and kin.base is not None]
    return max(bases, key=bases.count) if bases else PATTERNED


def new_profile_text(
    name: str,
    scientific_name: str = UNNAMED,
    common_name: str | None = None,
    base: str = PATTERNED,
    folder: Path | None = None,
) -> str:
    """Return a short, commented profile that passes every check, for a person to edit.

    Args:
        name: of the profile.
        scientific_name: of the species.
        common_name: what people call it.
        base: the base or profile that it extends.
        folder: where it will lie; None: among the user's own profiles.

    Raises:
        UserError: if the name cannot be a profile's name, or there is no such base.
        ProfileError: if the base has mistakes.
    """
    refuse_name(name)
    inherited = _inherited(base, folder)
    template = (shipped_folder() / "new-profile.txt").read_text(encoding="utf-8")
    words = {
        "name": name,
        "scientific_name": _quoted(_tidy(scientific_name) or UNNAMED),
        "common_name": _common(common_name),
        "base": base,
        "sides": _sides(inherited.sides),
        "gap_seconds": f"{inherited.encounter.gap_seconds:g}",
        "default": inherited.default,
        "pipelines": ", ".join(inherited.pipelines),
    }
    return re.sub(r"\{([a-z_]+)\}", lambda found: words.get(found[1], found[0]), template)


def refuse_name(name: str) -> None:
    """Refuse what cannot be a profile's name.

    Raises:
        UserError: with a name that can.
    """
    if not NAME.fullmatch(name) or len(name) > 60:
        words = file_name(name)[:60].rstrip("-")
        hint = f", for example {words!r}" if NAME.fullmatch(words) else ""
        raise UserError(
            f"{name!r} cannot be a profile's name: write small letters, digits and hyphens{hint}"
        )


def _inherited(base: str, folder: Path | None) -> Profile:
    """Return the profile that a new one would extend.

    Raises:
        UserError: if there is none of that name.
        ProfileError: if it has mistakes.
    """
    found = candidates(base, folder) if NAME.fullmatch(base) else []
    if not found:
        bases, profiles = extendable(folder)
        hint = did_you_mean(base, [*bases, *profiles])
        raise UserError(
            f"there is no base or profile {base!r} to extend; bases: {listing(bases)};"
            f" any profile will do, too{hint}"
        )
    return load_profile(found[0])


def _common(name: str | None) -> str:
    if not _tidy(name):
        return "# common_name: what people call it"
    return f"common_name: {_quoted(name)}"


def _sides(sides: Sides) -> str:
    views = ", ".join(str(view) for view in sides.views)
    text = f"  views: [{views}]\n  opposite: {sides.opposite}"
    return text + (f"\n  soft_weight: {sides.soft_weight:g}" if sides.opposite == "soft" else "")


def _tidy(text: str | None) -> str:
    return " ".join((text or "").split())


def _quoted(text: str | None) -> str:
    return json.dumps(_tidy(text), ensure_ascii=False)
