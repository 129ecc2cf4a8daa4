"""Where profiles are found: the project's, then the user's own, then those shipped."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fieldmark.errors import UserError
from fieldmark.wording import did_you_mean, listing

HOME = "FIELDMARK_HOME"
"""The environment variable that names the folder of the user's own settings and profiles."""


@dataclass(frozen=True)
class Found:
    """A profile that can be used by name.

    Attributes:
        name: the file's name without `.yaml`.
        path: the file.
        origin: `project`, `user` or `shipped`.
    """

    name: str
    path: Path
    origin: str


def shipped_folder() -> Path:
    """Return the folder of the shipped profiles: in an installed wheel, or in a checkout."""
    package = Path(str(files("fieldmark")))
    packaged = package / "_data" / "species"
    return packaged if packaged.is_dir() else package.parents[1] / "species"


def user_folder() -> Path:
    """Return the folder of the user's own profiles; it need not exist."""
    home = os.environ.get(HOME)
    return (Path(home) if home else Path.home() / ".config" / "fieldmark") / "species"


def list_profiles(project: Path | None = None) -> list[Found]:
    """Return every profile that can be used by name, in order of their names.

    Where two have one name, the project's comes before the user's, and the user's before the
    shipped one. The files are not read.
    """
    found: dict[str, Found] = {}
    for origin, folder in _folders(project):
        for path in sorted(folder.glob("*.yaml")):
            found.setdefault(path.stem, Found(path.stem, path, origin))
    return sorted(found.values(), key=lambda each: each.name)


def find_profile(name_or_path: str | Path, project: Path | None = None) -> Path:
    """Return the file of a profile.

    Args:
        name_or_path: a name such as `tiger`, or the path of a file.
        project: a project folder, whose folder `species` is searched first.

    Raises:
        UserError: if there is none; the message names those there are.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith((".yaml", ".yml")) or _has_folder(text):
        path = Path(name_or_path)
        if not path.is_file():
            raise UserError(f"there is no profile file {text}")
        return path
    known = {each.name: each.path for each in list_profiles(project)}
    if text not in known:
        raise UserError(
            f"there is no species profile {text!r}; there is {listing(known)};"
            f" or write your own: fieldmark species new NAME{did_you_mean(text, known)}"
        )
    return known[text]


def _has_folder(text: str) -> bool:
    return "/" in text or os.sep in text


def _folders(project: Path | None) -> Iterator[tuple[str, Path]]:
    if project is not None:
        yield "project", project / "species"
    yield "user", user_folder()
    yield "shipped", shipped_folder()
