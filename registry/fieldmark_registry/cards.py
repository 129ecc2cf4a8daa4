"""Model cards: what is known of a model, and where its weights are.

One YAML file per model, in the folder `models/` of this package or in the user's own, which wins.
The weights lie in a repository of the hub, or at an address of the web. A card that names their
digest, and their commit in a repository, is *pinned* and can be used; one that does not can be
looked at, and is pinned by `fieldmark models pin NAME` or `pull NAME`.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, PositiveInt, ValidationError, ValidationInfo, field_validator

from fieldmark_registry.cardfields import (
    Address,
    Commit,
    ConfigFile,
    File,
    Input,
    Md5,
    Name,
    Part,
    Repo,
    Score,
    Sha256,
    Text,
)
from fieldmark_registry.cardtext import faults, plain
from fieldmark_registry.places import card_folders, shipped_cards, write_bytes
from fieldmark_registry.problems import CardProblem
from fieldmark_registry.references import HubReference, WebReference, cards_in, web_name


class Card(Part):
    """What is known of one model.

    Attributes:
        name: the card's name, that of its file without `.yaml`.
        title: what people call the model.
        summary: what it is, in a sentence.
        repo: its repository on the hub, `ORG/NAME`; or
        url: the address of its weights, `https://…/FILE`, where no hub has them.
        revision: the commit, 40 hex digits; None while it is not known, and for an address.
        file: the path of the weights in the repository; the last part of an address.
        sha256: the digest of the weights, 64 hex digits; None while it is not known.
        md5: the same by MD5, 32 hex digits, where their makers publish that one.
        size: of the weights, in bytes.
        config: the file that says how the network is built.
        licence: of the weights, as SPDX writes it, or `none stated`.
        licence_source: where the licence is stated, or was looked for.
        embedder: the component that runs it, the `use:` of a profile, if it makes vectors.
        detector: the component that runs it, if it finds animals in photos.
        options: of that component, which these weights need.
        as_is: whether that component opens the file itself, also a pickle; others are given
            tensors that were copied out of it.
        input: the pictures it takes.
        dimensions: the length of its vectors; None for a detector.
        parameters: how many numbers were trained.
        species: the scientific names of the species it was trained on.
        species_complete: whether `species` names all of them.
        species_source: where they are listed.
        scores: published results.
        good_for: what it may be used for.
        not_for: what it should not be used for.
        source: the address of the model.
        checked: the day on which all this was looked up.
    """

    name: Name
    title: Text
    summary: Text
    repo: Repo | None = None
    url: Address | None = Field(None, validate_default=True)
    revision: Commit | None = None
    file: File
    sha256: Sha256 | None = None
    md5: Md5 | None = None
    size: PositiveInt | None = None
    config: ConfigFile | None = None
    licence: Text
    licence_source: Text
    embedder: Text | None = None
    detector: Text | None = Field(None, validate_default=True)
    options: dict[str, Text | int | float | bool] = Field({})
    as_is: bool = False
    input: Input
    dimensions: PositiveInt | None = Field(None, validate_default=True)
    parameters: PositiveInt | None = None
    species: tuple[Text, ...] = ()
    species_complete: bool
    species_source: Text
    scores: tuple[Score, ...] = ()
    good_for: Text
    not_for: Text
    source: Text
    checked: date

    @field_validator("url")
    @classmethod
    def _one_place(cls, url: str | None, info: ValidationInfo) -> str | None:
        if "repo" in info.data and (url is None) == (info.data["repo"] is None):
            raise ValueError("must say where the weights are, unless repo does: one of both")
        return url

    @field_validator("revision")
    @classmethod
    def _of_a_repository(cls, revision: str | None, info: ValidationInfo) -> str | None:
        if revision is not None and info.data.get("url") is not None:
            raise ValueError("must not be there: an address has no commits")
        return revision

    @field_validator("file")
    @classmethod
    def _of_the_address(cls, file: str, info: ValidationInfo) -> str:
        url = info.data.get("url")
        if url is not None and file != web_name(url):
            raise ValueError(f"must be the last part of url, {web_name(url)!r}")
        return file

    @field_validator("detector")
    @classmethod
    def _one_component(cls, detector: str | None, info: ValidationInfo) -> str | None:
        if "embedder" in info.data and (detector is None) == (info.data["embedder"] is None):
            raise ValueError("must name what runs the weights, unless embedder does: one of both")
        return detector

    @field_validator("dimensions")
    @classmethod
    def _vectors_have_a_length(cls, length: int | None, info: ValidationInfo) -> int | None:
        if length is None and info.data.get("embedder") is not None:
            raise ValueError("is missing; an embedder makes vectors of so many numbers")
        return length

    @property
    def component(self) -> str:
        """The component that runs the weights: the `use:` of a profile."""
        return self.embedder or self.detector or ""

    @property
    def place(self) -> str:
        """Where the weights are: the repository, or the address."""
        return self.repo or self.url or ""

    @property
    def pinned(self) -> bool:
        """Whether the card names one exact file."""
        return self.sha256 is not None and (self.revision or self.url) is not None

    def reference(self) -> HubReference | WebReference:
        """Return the reference to the weights.

        Raises:
            CardProblem: if the card is not pinned.
        """
        if self.sha256 is not None and self.url is not None:
            return WebReference(self.url, self.sha256)
        if self.sha256 is not None and self.repo is not None and self.revision is not None:
            return HubReference(self.repo, self.revision, self.file, self.sha256)
        if self.url is not None:
            raise CardProblem(
                f"the weights {self.name} are not on this computer, and their digest is written"
                f" down when they come (licence: {self.licence}); to download them:"
                f" fieldmark models pull {self.name}"
            )
        raise CardProblem(
            f"the model card {self.name!r} does not name one exact version of {self.repo} yet;"
            f" to look it up and write it down: fieldmark models pin {self.name}"
        )


class Cards:
    """The model cards in some folders; of two with one name, that in the first folder counts.

    Only `get`, `find` and `search` read files, and each file once until it changes.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)

    @classmethod
    def standard(cls) -> "Cards":
        """Return the user's own cards and those shipped."""
        return cls(card_folders())

    def names(self) -> tuple[str, ...]:
        """Return the names of all cards, in order."""
        return cards_in(self.folders)

    def path(self, name: str) -> Path:
        """Return the file of a card.

        Raises:
            CardProblem: if there is no such card.
        """
        names = self.names()
        if name not in names:
            close = get_close_matches(name, names, n=1, cutoff=0.6)
            hint = f", did you mean {close[0]!r}?" if close else ""
            raise CardProblem(
                f"there is no model card {name!r}{hint or ';'} to see all: fieldmark models list"
            )
        files = (folder / f"{name}.yaml" for folder in self.folders)
        return next(file for file in files if file.is_file())

    def get(self, name: str) -> Card:
        """Return a card.

        Raises:
            CardProblem: if there is none, or its file cannot be used.
        """
        return read_card(self.path(name))

    def origin(self, name: str) -> Literal["yours", "shipped"]:
        """Return whose card it is.

        Raises:
            CardProblem: if there is no such card.
        """
        return "shipped" if self.path(name).parent == shipped_cards() else "yours"

    def find(self, repo: str, revision: str | None = None) -> Card | None:
        """Return the card of a repository, or None.

        Args:
            repo: `ORG/NAME`; the hub does not mind the case of letters.
            revision: a commit: its card, else one of the repository that names no commit.
        """
        cards = [card for card in self._usable() if (card.repo or "").casefold() == repo.casefold()]
        wanted = (revision, None) if revision else tuple({card.revision: 0 for card in cards})
        return next((card for each in wanted for card in cards if card.revision == each), None)

    def of_content(self, sha256: str, md5: str | None = None) -> Card | None:
        """Return the card that states a digest of some weights, or None."""
        for card in self._usable():
            if card.sha256 == sha256 or (card.sha256 is None and md5 and card.md5 == md5):
                return card
        return None

    def at(self, url: str) -> Card | None:
        """Return the card of an address that states no sha256, or None: it speaks of any file."""
        found = (card for card in self._usable() if card.url == url and card.sha256 is None)
        return next(found, None)

    def search(self, text: str) -> list[Card]:
        """Return the cards that hold every word in what they say of the model and its species."""
        words = text.casefold().split()
        return [card for card in self._usable() if all(word in _searched(card) for word in words)]

    def faults(self) -> tuple[CardProblem, ...]:
        """Return what is wrong with the cards that `find` and `search` had to leave out."""
        return tuple(each for each in self._read() if isinstance(each, CardProblem))

    def _usable(self) -> Iterator[Card]:
        return (each for each in self._read() if isinstance(each, Card))

    def _read(self) -> Iterator[Card | CardProblem]:
        for name in self.names():
            try:
                yield self.get(name)
            except CardProblem as problem:
                yield problem


def _searched(card: Card) -> str:
    scores = (score.data for score in card.scores)
    said = (card.name, card.title, card.place, card.summary, card.good_for, *card.species, *scores)
    return "\n".join(said).casefold()


_READ: dict[Path, tuple[tuple[int, int], Card]] = {}


def read_card(file: Path) -> Card:
    """Return the card in a file; a file that has not changed is read once per process.

    Raises:
        CardProblem: naming the file and every key that is wrong.
    """
    try:
        stat = file.stat()
        marks = (stat.st_mtime_ns, stat.st_size)
        known = _READ.get(file)
        if known is None or known[0] != marks:
            known = _READ[file] = (marks, _parsed(file))
    except OSError as error:
        raise CardProblem(f"the model card {file} cannot be read: {error.strerror}") from error
    return known[1]


def write_card(card: Card, folder: Path) -> Path:
    """Write a card into a folder in one step, and return its file.

    Raises:
        CardProblem: if it cannot be written.
    """
    file = folder / f"{card.name}.yaml"
    values = card.model_dump(mode="json", exclude_none=True)
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100)
    try:
        write_bytes(file, text.encode())
    except OSError as error:
        raise CardProblem(
            f"the model card {file} cannot be written: {error.strerror};"
            " make its folder writable, or name another with FIELDMARK_HOME"
        ) from error
    return file


def _parsed(file: Path) -> Card:
    try:
        card = Card.model_validate(plain(file))
    except ValidationError as error:
        raise CardProblem(f"the model card {file} cannot be used: {faults(error)}") from error
    if card.name != file.stem:
        raise CardProblem(
            f"the model card {file} cannot be used: name: must be {file.stem!r}, as the file is"
            f" called (got {card.name!r})"
        )
    return card
