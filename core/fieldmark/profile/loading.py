"""Reading a profile, and writing a new one."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from fieldmark.components import NAME
from fieldmark.errors import Mistake, UserError
from fieldmark.profile.checks import Installed, component_mistakes, name_mistakes
from fieldmark.profile.models import Profile
from fieldmark.profile.shelf import shipped_folder
from fieldmark.yamlfile import Document


def load_profile(path: Path, installed: Installed | None = None) -> Profile:
    """Return the profile in a file.

    Args:
        path: the file; its name must be the profile's name.
        installed: the installed plugins, against which components and options are checked;
            None checks the form alone.

    Raises:
        ProfileError: with every mistake, each with line and column.
    """
    document = Document.open(path)
    name = document.get(("name",))
    misnamed = []
    if isinstance(name, str) and name != path.stem:
        message = f"is {name!r}, but the file is {path.name!r}; make the two agree"
        misnamed = [document.mistake(("name",), message)]
    return _profile(document, installed, misnamed)


def read_profile(
    text: str | bytes, installed: Installed | None = None, file: str = "profile"
) -> Profile:
    """Return the profile that a text holds; see `load_profile`.

    Raises:
        ProfileError: naming `file`, with every mistake, each with line and column.
    """
    return _profile(Document(text, file), installed)


def _profile(
    document: Document, installed: Installed | None, others: Sequence[Mistake] = ()
) -> Profile:
    mistakes = [*others, *document.mistakes(Profile), *name_mistakes(document)]
    if installed is not None:
        mistakes += component_mistakes(document, installed)
    document.refuse(mistakes)
    return document.read(Profile)


def new_profile_text(name: str, scientific_name: str = "Genus species") -> str:
    """Return a commented profile that passes every check, for a person to edit.

    Raises:
        UserError: if the name cannot be a profile's name.
    """
    if not NAME.fullmatch(name):
        words = "-".join(re.findall(r"[a-z0-9]+", name.lower())).lstrip("0123456789-")
        hint = f", for example {words!r}" if NAME.fullmatch(words) else ""
        raise UserError(
            f"{name!r} cannot be a profile's name: write small letters, digits and hyphens{hint}"
        )
    template = (shipped_folder() / "new-profile.txt").read_text(encoding="utf-8")
    quoted = json.dumps(scientific_name.strip() or "Genus species", ensure_ascii=False)
    return template.replace("{name}", name).replace("{scientific_name}", quoted)
