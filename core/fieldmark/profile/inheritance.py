"""Following `extends` from a profile to its base, and saying where mistakes lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from fieldmark.errors import Mistake
from fieldmark.profile.merging import EXTENDS, merged
from fieldmark.profile.models import Name
from fieldmark.profile.shelf import candidates, extendable
from fieldmark.wording import Loc, did_you_mean, dotted, listing
from fieldmark.yamlfile import Document


class ProfileText(Document):
    """A profile as it is written, and, once it has inherited, with what it inherits.

    Attributes:
        own: what the text itself says.
    """

    def __init__(self, text: str | bytes, file: str = "profile") -> None:
        super().__init__(text, file)
        self.own: Any = self.value

    @classmethod
    def open(cls, path: Path) -> "ProfileText":
        """Read a file; raises as `Document.open`."""
        return cast("ProfileText", super().open(path))  # it makes a `cls`

    def inherit(self, base: Mapping[str, Any]) -> None:
        """Take over what the text does not say itself."""
        if isinstance(self.own, Mapping):
            self.value = merged(base, self.own)

    def mistake(self, at: Loc, message: str, *, about_key: bool = False) -> Mistake:
        """Return a mistake; one in what is inherited whole lies where the base is named."""
        inherited = at and isinstance(self.own, Mapping) and at[0] not in self.own
        if not inherited or EXTENDS not in self.own or at[0] not in self.value:
            return super().mistake(at, message, about_key=about_key)
        place = super().mistake((EXTENDS,), f"{message} (inherited from {self.own[EXTENDS]!r})")
        return replace(place, path=dotted(at))


class _Extends(BaseModel):
    extends: Name | None = None


@dataclass(frozen=True)
class Member:
    """One text of a family: a profile, or one that it inherits from.

    Attributes:
        path: its file; None for a text that lies in none.
    """

    text: ProfileText
    path: Path | None


def family(text: ProfileText, folder: Path | None, path: Path | None = None) -> list[Member]:
    """Return a profile and everything that it inherits from, nearest first.

    Args:
        text: the profile.
        folder: where it lies, or will lie: there the search for its base begins.
        path: its file, if it has one.

    Raises:
        ProfileError: if a base is not there, cannot be read, or the profile would inherit from
            itself; it names the file that says `extends`.
    """
    members = [Member(text, path)]
    while True:
        last = members[-1]
        named = last.text.get((EXTENDS,))
        if named is None:
            return members
        last.text.refuse(last.text.mistakes(_Extends))
        where = folder if last.path is None else last.path.parent
        base = _base(last.text, str(named), where, members)
        members.append(Member(ProfileText.open(base), base))


def _base(text: ProfileText, name: str, folder: Path | None, members: Sequence[Member]) -> Path:
    """Return the nearest file of the name that is not of the family yet.

    A project's `tiger` may so extend `tiger`, the user's or the shipped one.
    """
    seen = {member.path.resolve() for member in members if member.path is not None}
    found = candidates(name, folder)
    new = [path for path in found if path.resolve() not in seen]
    if not new:
        fault = _circle(name, members) if found else _unknown(name, folder)
        text.refuse([text.mistake((EXTENDS,), fault)])
    return new[0]


def _circle(name: str, members: Sequence[Member]) -> str:
    names = [str(member.text.get(("name",))) for member in members]
    way = " → ".join([*names[names.index(name) if name in names else 0 :], name])
    return f"leads back to {name!r} ({way}); a profile cannot inherit from itself"


def _unknown(name: str, folder: Path | None) -> str:
    bases, profiles = extendable(folder)
    hint = did_you_mean(name, [*bases, *profiles])
    return f"there is no base or profile {name!r}; bases: {listing(bases)}{hint}"
