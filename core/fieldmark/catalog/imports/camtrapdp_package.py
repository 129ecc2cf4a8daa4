"""Opening a Camtrap DP package: where its tables are, and which version it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldmark.catalog.imports.jsonstream import elements
from fieldmark.catalog.imports.sniff import header_of
from fieldmark.errors import UserError

TABLES = ("deployments", "media", "observations")
DESCRIPTION = "datapackage.json"


@dataclass(frozen=True)
class Package:
    """The parts of a package.

    Attributes:
        folder: that its paths start from.
        tables: where the three tables are.
        common: the common names of a scientific name, as the package gives them.
    """

    folder: Path
    tables: Mapping[str, Path]
    common: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def open_package(source: Path) -> Package:
    """Find the tables of a package.

    Args:
        source: its folder, its `datapackage.json`, or one of its tables.

    Raises:
        UserError: if a table is missing, is not on this computer, or is of version 0.1.
    """
    folder = source if source.is_dir() else source.parent
    description = source if source.suffix.lower() == ".json" else folder / DESCRIPTION
    said: dict[str, Any] = {}
    if description.is_file():
        said = {key: value for key, value in elements(description, ()) if key is not None}
    if "/0.1" in str(said.get("profile", "")):
        raise _old(description.parent)
    tables = {name: folder / f"{name}.csv" for name in TABLES} | _stated(said, folder)
    for name, path in tables.items():
        if not path.is_file():
            raise UserError(
                f"the Camtrap DP package {folder} has no table of its {name} ({path.name}); give"
                " the folder that holds it with the photos"
            )
    if "deploymentstart" not in header_of(tables["deployments"]):
        raise _old(folder)
    return Package(folder, tables, _common(said.get("taxonomic")))


def _stated(said: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Return the tables that the description names elsewhere than usual."""
    listed = said.get("resources")
    found = {}
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("name") in TABLES:
            path = one.get("path")
            if isinstance(path, list) and len(path) == 1:
                path = path[0]
            if not isinstance(path, str) or "://" in path or not path.lower().endswith(".csv"):
                raise UserError(
                    f"the table {one['name']} of the Camtrap DP package is {path!r}; it must be a"
                    " CSV file in the package's folder, so download or unpack it"
                )
            found[one["name"]] = folder / path
    return found


def _common(listed: object) -> dict[str, tuple[str, ...]]:
    found = {}
    for one in listed if isinstance(listed, list) else []:
        names = one.get("vernacularNames") if isinstance(one, dict) else None
        if isinstance(names, dict) and isinstance(one.get("scientificName"), str):
            found[one["scientificName"]] = tuple(n for n in names.values() if isinstance(n, str))
    return found


def _old(folder: Path) -> UserError:
    return UserError(
        f"{folder} is a Camtrap DP package of version 0.1, whose tables are other ones; only"
        " version 1 is read, so export it again from the program that made it"
    )
