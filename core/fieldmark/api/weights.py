"""Where the weights that a profile names are found; nothing here uses the network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fieldmark.errors import UserError
from fieldmark_registry.cards import Card
from fieldmark_registry.problems import RegistryProblem
from fieldmark_registry.weights import Shelf


def shelf() -> Shelf:
    """Return the weights and cards of this computer and its user."""
    return Shelf.standard()


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what the registry reports into an error of fieldmark's."""
    try:
        yield
    except RegistryProblem as problem:
        raise UserError(str(problem)) from problem


def resolve_weights(reference: str, *, as_is: bool = False) -> Path:
    """Return the local, verified file of a reference to weights; never downloads.

    Args:
        reference: a card's name, or where exactly they are.
        as_is: whether what runs the weights opens also a pickle itself.

    Raises:
        UserError: if the file is not here, with the command that fetches it, or is damaged.
    """
    with in_words():
        return shelf().verified(reference, as_is=as_is)


def exact_weights(reference: str) -> str:
    """Return a reference that names one content: that of the card, where it names a card.

    Raises:
        UserError: if there is no such card, or it names no exact version yet.
    """
    with in_words():
        return str(shelf().exact(reference))


def card_of(reference: str) -> Card | None:
    """Return the model card that a reference names, or that stands for it; None for other weights.

    Raises:
        UserError: if it is no reference, or its card cannot be read.
    """
    with in_words():
        return shelf().named(reference)[1]
