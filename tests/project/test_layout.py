"""Folders, entry points and tables that must agree."""

import subprocess
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("core", "plugins", "registry")


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def packages(folder: str) -> set[str]:
    """Return the import packages of a source root."""
    return {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")}


def test_every_plugin_folder_is_registered(config: dict[str, Any]) -> None:
    """Every folder of plugins/ has an entry point, and every entry point a folder."""
    registered = set(config["project"]["entry-points"]["fieldmark"].values())
    # Neither offers anything itself: the toolbox of the deep plugins, and what runs in a process
    # of its own.
    libraries = {"fieldmark_deep", "fieldmark_megadetector_worker"}
    assert packages("plugins") - libraries == registered - libraries


def test_installed_entry_points_are_those_of_the_project(config: dict[str, Any]) -> None:
    """The installed metadata is up to date; after adding a plugin, install again."""
    ours = [e for e in entry_points(group="fieldmark") if e.dist and e.dist.name == "fieldmark"]
    declared = config["project"]["entry-points"]["fieldmark"]
    assert {entry.name: entry.value for entry in ours} == declared


def test_import_contracts_cover_every_package(config: dict[str, Any]) -> None:
    """A new package is checked like all others, and the core may not know a new plugin."""
    linter = config["tool"]["importlinter"]
    everything = set().union(*map(packages, SOURCES))
    assert set(linter["root_packages"]) == everything
    contracts = {contract["name"]: contract for contract in linter["contracts"]}
    assert set(contracts["the core knows no plugin"]["forbidden_modules"]) == packages("plugins")
    limited = contracts["plugins see only the plugin contract"]["source_modules"]
    assert set(limited) == packages("plugins")


def test_every_package_is_typed() -> None:
    """Every package tells type checkers that it has annotations."""
    for folder in SOURCES:
        for package in packages(folder):
            assert (ROOT / folder / package / "py.typed").is_file(), package


def test_no_package_registry_is_named() -> None:
    """No tracked file names a package registry's host: what is installed is the user's choice."""
    hosts = [
        "py" + "pi.org",
        "pythonhosted" + ".org",
        "conda" + ".anaconda.org",
        "registry.npm" + "js",
    ]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        text = path.read_bytes() if path.is_file() else b""
        named = [host for host in hosts if host.encode() in text]
        assert not named, f"{name} names {named}"
