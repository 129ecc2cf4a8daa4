"""Somebody at a computer with a hub, for tests of `fieldmark models`."""

import os
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_table
from fieldmark.cli import main
from fieldmark_registry.cards import Cards
from fieldmark_registry.hub import Hub
from fieldmark_registry.places import home
from fieldmark_registry.weights import Shelf
from support.hub import LocalHub, without_xet
from support.learnable import write_data


@dataclass(frozen=True)
class User:
    """Somebody at a computer that knows this hub and no other."""

    hub: LocalHub
    folder: Path
    environment: Mapping[str, str]

    def types(self, *arguments: str | Path) -> CompletedProcess[str]:
        """Run a command of fieldmark, in this process, which has the user's environment."""
        out, err = StringIO(), StringIO()
        typed = [str(each) for each in arguments]
        with chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            status = main(typed)
        return CompletedProcess(typed, status, out.getvalue(), err.getvalue())

    @property
    def home(self) -> Path:
        """Where the user's own profiles, cards and weights are."""
        return Path(self.environment["FIELDMARK_HOME"])

    def project(self, *pipelines: str, individuals: int = 6) -> Path:
        """Make a project `survey` of named and unnamed animals, under a profile of its own."""
        table = write_data(self.folder / "data", individuals=individuals)
        lines = table.read_text(encoding="utf-8").splitlines()
        names = [line.split(",")[1] for line in lines]
        half = [
            line.replace(name, "unknown") if number % 4 == 1 else line
            for number, (line, name) in enumerate(zip(lines, names, strict=True))
        ]
        table.write_text("\n".join(half) + "\n", encoding="utf-8")
        project = self.folder / "survey"
        with Project.create(project, "okapi") as opened:
            (project / "species").mkdir()
            text = "\n".join((HEAD, *pipelines, ""))
            (project / "species" / "okapi.yaml").write_text(text, encoding="utf-8")
            import_table(opened, table)
        return project


HEAD = """\
name: okapi
scientific_name: Okapia johnstoni
sides: {views: [left], opposite: comparable}
default: colours
pipelines:
  colours: {embed: {use: colour-histogram}, match: {use: nearest}}"""


@dataclass(frozen=True)
class Shared:
    """Weights on the hub, and the file they were published from."""

    reference: str
    file: Path

    @property
    def step(self) -> str:
        """A pipeline that uses them, as a line of a profile."""
        embed = f'{{use: timm, weights: "{self.reference}"}}'
        return f"  deep: {{embed: {embed}, match: {{use: nearest}}}}"


def live_as(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this process, and those it starts, the user's environment.

    The hub's library reads its variables when it is imported, and by then it is too late; so the
    shelf is told of the hub. That the variables count is proved with processes of their own.
    """
    for name in os.environ.keys() - user.environment.keys():
        monkeypatch.delenv(name)
    for name, value in user.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "160")
    without_xet(monkeypatch)
    cache = Path(user.environment["HF_HOME"]) / "hub"

    def standard() -> Shelf:
        token = user.environment.get("HF_TOKEN", False)
        return Shelf(Hub(user.hub.endpoint, cache, token), home(), Cards.standard())

    monkeypatch.setattr(Shelf, "standard", standard)
