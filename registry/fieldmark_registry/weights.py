"""Where weights are on this computer, and that they are the ones that were named.

Nothing here uses the network. Weights are looked for in the store first, then where their
reference says: in the cache of the Hub, or in a file. What was downloaded by hand is where it was
pinned.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from fieldmark_registry.cards import Card, Cards
from fieldmark_registry.digests import Progress, sha256_of
from fieldmark_registry.hub import Hub
from fieldmark_registry.licences import Licence, licence_of
from fieldmark_registry.places import home
from fieldmark_registry.problems import WeightsProblem
from fieldmark_registry.readme import licence_beside
from fieldmark_registry.receipts import Receipts
from fieldmark_registry.references import (
    CardReference,
    FileReference,
    HubReference,
    Reference,
    WebReference,
    parse_reference,
)
from fieldmark_registry.remote import is_pickle
from fieldmark_registry.store import Store

Exact: TypeAlias = HubReference | WebReference | FileReference
"""A reference that names one content."""
CONFIG = "config.json"
"""The file beside weights that says how the network is built."""
SELF_TEST = "self_test.json"
"""The file beside weights that says what they must give."""


@dataclass(frozen=True, slots=True)
class Located:
    """What is known of weights on this computer.

    Attributes:
        reference: to exactly these weights; None for a card that is not pinned.
        card: the model card, if there is one.
        path: where they are, not verified; None if they are not here. For a pickle, the
            safetensors file that it was converted to.
        licence: the card's, else that of a README beside the weights, else none stated.
        size: in bytes, if it is known.
        pickle: whether the reference names a pickle whose tensors must be copied out of it; not
            where the component opens such a file itself.
    """

    reference: Exact | None
    card: Card | None
    path: Path | None
    licence: Licence
    size: int | None
    pickle: bool

    @property
    def typed(self) -> str:
        """How the weights are named on a command line."""
        return self.card.name if self.card else shlex.quote(str(self.reference))


class Shelf:
    """The weights of one computer and its user.

    Attributes:
        hub: the model hub and its cache.
        cards: the model cards.
        store: weights that came otherwise, or were converted.
        receipts: which files were verified.
        home: the user's own folder.
    """

    def __init__(self, hub: Hub, folder: Path, cards: Cards) -> None:
        self.hub = hub
        self.home = folder
        self.cards = cards
        self.store = Store(folder / "weights")
        self.receipts = Receipts(folder / "receipts")

    @classmethod
    def standard(cls) -> "Shelf":
        """Return what the settings of this computer and its user say."""
        return cls(Hub(), home(), Cards.standard())

    def named(self, what: str | Reference) -> tuple[Exact | None, Card | None]:
        """Return the exact reference that is meant, and the card; None if the card has no pin.

        Raises:
            ReferenceProblem: if it is no reference.
            CardProblem: if the card cannot be used.
        """
        reference = parse_reference(what, self.cards.names()) if isinstance(what, str) else what
        if isinstance(reference, CardReference):
            card = self.cards.get(reference.name)
            return (card.reference() if card.pinned else None), card
        return reference, self._card_of(reference)

    def exact(self, what: str | Reference) -> Exact:
        """Return the exact reference that is meant: that of the card, where a card is named.

        Raises:
            ReferenceProblem: if it is no reference.
            CardProblem: if the card cannot be used, or names no exact version yet.
        """
        reference, card = self.named(what)
        return _pinned(reference, card)

    def locate(self, what: str | Reference, *, as_is: bool = False) -> Located:
        """Return what is known of weights on this computer; nothing is read but small files.

        Args:
            what: a card's name or a reference.
            as_is: whether what runs the weights opens also a pickle itself.

        Raises:
            ReferenceProblem: if it is no reference.
            CardProblem: if the card cannot be used.
        """
        return self._located(*self.named(what), as_is=as_is)[0]

    def verified(
        self,
        what: str | Reference,
        progress: Progress | None = None,
        *,
        anew: bool = False,
        as_is: bool = False,
    ) -> Path:
        """Return where weights are, when they are exactly those that were named.

        Args:
            what: a card's name or a reference.
            progress: told how far the digest is computed.
            anew: compute it whatever the receipts say.
            as_is: as in `locate`.

        Raises:
            ReferenceProblem: if it is no reference.
            CardProblem: if the card cannot be used, or names no exact version yet.
            WeightsProblem: if they are not here or are others, with what to type.
        """
        reference, card = self.named(what)
        located, digest = self._located(_pinned(reference, card), card, as_is=as_is)
        if located.path is None:
            raise WeightsProblem(_absent(located))
        if anew and sha256_of(located.path, progress) != digest:
            self.receipts.forget(digest)
        self.check(located.path, digest, located, progress)
        config = located.path.with_name(CONFIG)
        if card and card.config and card.config.sha256 and config.is_file():
            self.check(config, card.config.sha256, located)
        return located.path

    def check(
        self, path: Path, sha256: str, located: Located, progress: Progress | None = None
    ) -> None:
        """Refuse a file that is not the one that was named.

        Raises:
            WeightsProblem: with both digests and what to type.
        """
        try:
            found = self.receipts.digest(path, sha256, progress)
        except OSError as error:
            raise WeightsProblem(f"{path} cannot be read: {error.strerror}") from error
        if found != sha256:
            raise WeightsProblem(
                f"{path} is not the file that was named: its sha256 is {found}, expected {sha256};"
                f" nothing was deleted; {_mend(located)}"
            )

    def raw(self, reference: Exact) -> Path | None:
        """Return where the very file that a reference names lies, converted or not, or None."""
        if stored := self.store.find(reference.sha256):
            return stored.path
        if isinstance(reference, HubReference):
            return self.hub.cached(reference.repo, reference.revision, reference.file)
        if isinstance(reference, WebReference):
            return self.receipts.place(reference.sha256)
        return reference.path if reference.path.is_file() else None

    def _located(
        self, reference: Exact | None, card: Card | None, *, as_is: bool = False
    ) -> tuple[Located, str]:
        """Return what is known of weights, and the digest that the file to load must have."""
        pickle = is_pickle(_name(reference, card)) and not (as_is or (card and card.as_is))
        raw = self.raw(reference) if reference else None
        digest, path = reference.sha256 if reference else "", raw
        if pickle:
            stored = self.store.converted(digest)
            digest, path = (stored.sha256, stored.path) if stored else (digest, None)
        file = path or raw
        stated = card.licence if card else licence_beside(file) if file else None
        size = path.stat().st_size if path else card.size if card else None
        return Located(reference, card, path, licence_of(stated), size, pickle), digest

    def _card_of(self, reference: Reference) -> Card | None:
        if isinstance(reference, WebReference | FileReference):
            known = self.cards.of_content(reference.sha256)
            if known is None and isinstance(reference, WebReference):
                return self.cards.at(reference.url)
            return known
        if not isinstance(reference, HubReference):
            return None
        card = self.cards.find(reference.repo, reference.revision)
        return card if card and card.pinned and card.reference() == reference else None


def _pinned(reference: Exact | None, card: Card | None) -> Exact:
    """Return the reference; a card that has none refuses, in its own words."""
    if reference is not None:
        return reference
    if card is not None:
        return card.reference()
    raise WeightsProblem("no weights are named; type: fieldmark models list")


def _name(reference: Exact | None, card: Card | None) -> str:
    if isinstance(reference, FileReference):
        return reference.path.name
    if reference is not None:
        return reference.file
    return card.file if card else ""


def _mend(located: Located) -> str:
    if located.pickle:
        return f"to copy its tensors again: fieldmark models pull --again --convert {located.typed}"
    if isinstance(located.reference, FileReference):
        path = shlex.quote(str(located.reference.path))
        return f"put the right file there, or name this one: fieldmark models pin {path}"
    return f"to download it anew: fieldmark models pull --again {located.typed}"


def _absent(located: Located) -> str:
    reference = located.reference
    if isinstance(reference, FileReference):
        return _absent_file(reference, located)
    name = located.card.name if located.card else _name(reference, None)
    if located.pickle:
        return (
            f"the weights {name} are a pickle, which is a program and is never opened as it is; to"
            " download it and copy its tensors out of it, once:"
            f" fieldmark models pull --convert {located.typed}"
        )
    size = f"{located.size / 1e6:.0f} MB, " if located.size else ""
    return (
        f"the weights {name} are not on this computer ({size}licence:"
        f" {located.licence.text}); to download them: fieldmark models pull {located.typed}"
    )


def _absent_file(reference: FileReference, located: Located) -> str:
    if located.pickle and reference.path.is_file():
        return (
            f"{reference.path} is a pickle, which is a program and is never opened as it is; to"
            f" copy its tensors out of it, once: fieldmark models pull --convert {located.typed}"
        )
    return (
        f"{reference.path} cannot be read: there is no such file; put it there, or name another:"
        " fieldmark models pin FILE"
    )
