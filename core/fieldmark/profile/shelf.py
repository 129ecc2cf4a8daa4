"""Where profiles and bases are found: the project's, then the user's own, then those shipped.

In each of the three folders `bases/` holds what profiles inherit from: profiles of no species of
their own, which are not listed.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fieldmark.errors import UserError
from fieldmark.wording import did_you_mean, listing

HOME = "FIELDMARK_HOME"
"""The environment variable that names the folder of the user's own settings and profiles."""
BASES = "bases"
"""The folder of the bases, beside the profiles."""


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


def every_profile(project: Path | None = None) -> list[Found]:
    """Return every profile in the three folders, in order of their names.

    Where several have one name, the one that is used comes first: the project's before the
    user's, and the user's before the shipped one. The files are not read.
    """
    return _found(project, Path())


def list_profiles(project: Path | None = None) -> list[Found]:
    """Return every profile that can be used by name, in order of their names.

    Where two have one name, the project's comes before the user's, and the user's before the
    shipped one. The files are not read.
    """
    return _first(every_profile(project))


def list_bases(project: Path | None = None) -> list[Found]:
    """Return every base that a profile may inherit from, as `list_profiles` does."""
    return _first(_found(project, Path(BASES)))


def _found(project: Path | None, part: Path) -> list[Found]:
    files: dict[Path, Found] = {}
    for origin, folder in _folders(project):
        for path in (folder / part).glob("*.yaml"):
            # Two of the folders may be one, as in a checkout of fieldmark itself.
            files.setdefault(path.resolve(), Found(path.stem, path, origin))
    return sorted(files.values(), key=lambda each: each.name)


def _first(found: list[Found]) -> list[Found]:
    named: dict[str, Found] = {}
    for each in found:
        named.setdefault(each.name, each)
    return list(named.values())


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
        raise UserError(_unknown(text, known, project))
    return known[text]


def _unknown(name: str, known: dict[str, Path], project: Path | None) -> str:
    if name in [base.name for base in list_bases(project)]:
        return (
            f"{name!r} is a base, not a species: profiles inherit from it; write one with:"
            f" fieldmark species new NAME --base {name}"
        )
    return (
        f"there is no species profile {name!r}; there is {listing(known)};"
        f" or write your own: fieldmark species new NAME{did_you_mean(name, known)}"
    )


def find_profile_or_base(name_or_path: str, project: Path | None = None) -> Path:
    """Return the file of a profile, or of a base where no profile has the name.

    Raises:
        UserError: if there is neither.
    """
    known = {each.name: each.path for each in [*list_bases(project), *list_profiles(project)]}
    return known.get(name_or_path) or find_profile(name_or_path, project)


def candidates(name: str, folder: Path | None) -> list[Path]:
    """Return the files that a profile in `folder` may mean when it extends `name`, nearest first.

    A profile finds what lies in its own folder, then the user's, then the shipped; a shipped one
    finds the shipped alone, so that nobody's own files change what it says. None: the user's
    folder, then the shipped.
    """
    paths = [level / part for level in _levels(folder) for part in _named(name)]
    return [path for path in paths if path.is_file()]


def extendable(folder: Path | None) -> tuple[list[str], list[str]]:
    """Return the names of the bases, and of the profiles, that a profile in `folder` may extend."""
    levels = _levels(folder)
    bases = {path.stem for level in levels for path in (level / BASES).glob("*.yaml")}
    profiles = {path.stem for level in levels for path in level.glob("*.yaml")}
    return sorted(bases), sorted(profiles)


def _named(name: str) -> tuple[Path, Path]:
    return Path(BASES) / f"{name}.yaml", Path(f"{name}.yaml")


def _levels(folder: Path | None) -> list[Path]:
    general = [user_folder(), shipped_folder()]
    if folder is None:
        return general
    here = folder.parent if folder.name == BASES else folder
    places = [place.resolve() for place in general]
    at = places.index(here.resolve()) if here.resolve() in places else None
    return [here, *general] if at is None else general[at:]


def _has_folder(text: str) -> bool:
    return "/" in text or os.sep in text


def _folders(project: Path | None) -> Iterator[tuple[str, Path]]:
    if project is not None:
        yield "project", project / "species"
    yield "user", user_folder()
    yield "shipped", shipped_folder()
