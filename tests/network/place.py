"""Where the network tests work: a cache, a home of fieldmark's, and the cards under test.

Three variables of the environment change it, so that these tests can themselves be tested:
`FIELDMARK_NETWORK_CACHE` names the folder, `FIELDMARK_NETWORK_CARDS` one with other cards than
those shipped, `FIELDMARK_NETWORK_MINUTES` how long one test may take.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from fieldmark.cli import main
from fieldmark_registry.cards import Card, Cards
from fieldmark_registry.hub import Hub
from fieldmark_registry.places import shipped_cards
from fieldmark_registry.remote import Repo, is_pickle
from fieldmark_registry.weights import Shelf

CACHE = "FIELDMARK_NETWORK_CACHE"
CARDS = "FIELDMARK_NETWORK_CARDS"
MINUTES = "FIELDMARK_NETWORK_MINUTES"
_SPARE = 200_000_000
"""Bytes that a download leaves free."""


def cards_folder() -> Path:
    """Return the folder of the cards that are compared with the hub."""
    named = os.environ.get(CARDS)
    return Path(named) if named else shipped_cards()


def cards() -> Cards:
    """Return these cards, and no others of this computer."""
    return Cards([cards_folder()])


@dataclass(frozen=True)
class Place:
    """A computer that has nothing but what these tests fetched.

    Attributes:
        folder: of the cache and the home.
        say: adds a line to what is shown at the end.
    """

    folder: Path
    say: Callable[[str], None]
    _looked: dict[tuple[str, str | None], Repo] = field(default_factory=dict, repr=False)

    @property
    def hub(self) -> Hub:
        """The hub as anybody sees it, without a token."""
        return Hub(cache=self.folder / "hub", token=False)

    def look(self, repo: str, revision: str | None = None) -> Repo:
        """Return what the hub says of a repository; each is asked for once."""
        if (repo, revision) not in self._looked:
            self._looked[repo, revision] = self.hub.look(repo, revision)
        return self._looked[repo, revision]

    def types(self, *arguments: str | Path) -> CompletedProcess[str]:
        """Run a command of fieldmark in this process."""
        out, err = StringIO(), StringIO()
        typed = [str(each) for each in arguments]
        with redirect_stdout(out), redirect_stderr(err):
            status = main(typed)
        return CompletedProcess(typed, status, out.getvalue(), err.getvalue())

    def pulled(self, name: str) -> Path:
        """Return the verified weights of a card, fetched and converted where they are not here."""
        found = Shelf.standard().locate(name)
        if found.path is None and found.card is not None:
            skip_if_short(self.folder, _bytes_for(found.card, self.look(found.card.place)))
        done = self.types("models", "pull", "--quiet", "--yes", "--convert", name)
        assert done.returncode == 0, done.stderr
        return Shelf.standard().verified(name)


def _bytes_for(card: Card, repo: Repo) -> int:
    """Return what the weights take: a pickle lies there thrice while it is converted."""
    file = repo.find(card.file)
    size = card.size or (file.size if file else 0)
    return size * (3 if is_pickle(card.file) else 1) + _SPARE


def skip_if_short(folder: Path, needed: int) -> None:
    """Skip a test whose download would fill the disk."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        pytest.skip(
            f"{folder} has {free / 1e6:.0f} MB left, and this needs {needed / 1e6:.0f} MB; name a"
            f" folder on a larger disk in {CACHE}"
        )


def to_write(card: Card) -> str:
    """Return the lines that pin a card, as they stand in its file."""
    return (
        f"# registry/fieldmark_registry/models/{card.name}.yaml\n"
        f"revision: {card.revision}\nsha256: {card.sha256}\nsize: {card.size}\n"
    )
