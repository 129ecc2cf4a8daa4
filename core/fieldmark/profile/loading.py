"""Reading a profile, with everything that it inherits."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fieldmark.errors import Mistake
from fieldmark.profile.checks import Installed, component_mistakes, name_mistakes
from fieldmark.profile.inheritance import Member, ProfileText, family
from fieldmark.profile.models import Profile


def load_profile(path: Path, installed: Installed | None = None) -> Profile:
    """Return the profile in a file, with what it inherits filled in.

    Args:
        path: the file; its name must be the profile's name.
        installed: the installed plugins, against which components and options are checked;
            None checks the form alone.

    Raises:
        ProfileError: with every mistake, each with line and column; mistakes in what it inherits
            are told first, in the file that makes them.
    """
    return checked(family(ProfileText.open(path), path.parent, path), installed)


def read_profile(
    text: str | bytes,
    installed: Installed | None = None,
    file: str = "profile",
    folder: Path | None = None,
) -> Profile:
    """Return the profile that a text holds; see `load_profile`.

    Args:
        text: YAML; bytes must be UTF-8.
        installed: as for `load_profile`.
        file: the name used in messages.
        folder: where the profile would lie, which decides what it can extend; None: among the
            user's own profiles.

    Raises:
        ProfileError: naming `file`, with every mistake, each with line and column.
    """
    return checked(family(ProfileText(text, file), folder), installed)


def checked(members: Sequence[Member], installed: Installed | None = None) -> Profile:
    """Return the profile of a family, whose texts inherit from each other on the way.

    Raises:
        ProfileError: with every mistake in the first text that has any, the oldest first.
    """
    oldest, *younger = reversed(members)
    profile, base = _profile(oldest, installed), oldest.text.value
    for member in younger:
        member.text.inherit(base)
        profile, base = _profile(member, installed), member.text.value
    return profile


def _profile(member: Member, installed: Installed | None) -> Profile:
    text = member.text
    mistakes = [*_misnamed(member), *text.mistakes(Profile), *name_mistakes(text)]
    if installed is not None:
        mistakes += component_mistakes(text, installed)
    text.refuse(mistakes)
    return text.read(Profile)


def _misnamed(member: Member) -> Iterator[Mistake]:
    name, path = member.text.get(("name",)), member.path
    if path is not None and isinstance(name, str) and name != path.stem:
        message = f"is {name!r}, but the file is {path.name!r}; make the two agree"
        yield member.text.mistake(("name",), message)
