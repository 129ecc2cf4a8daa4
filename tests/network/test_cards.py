"""What the cards say is what the hub and the web have; nothing is downloaded, some kB are asked."""

from pathlib import Path

import pytest

from fieldmark_registry.cards import Card, Cards
from fieldmark_registry.licences import licence_of
from fieldmark_registry.pin import pin
from fieldmark_registry.problems import HubProblem
from fieldmark_registry.pull import settled
from fieldmark_registry.remote import Repo
from fieldmark_registry.web import look
from fieldmark_registry.weights import Shelf
from network.place import Place, cards, to_write

pytestmark = pytest.mark.network

CARDS = cards()
WEB = [name for name in CARDS.names() if CARDS.get(name).url]
"""Of files at an address; no hub says anything of them."""
NAMES = [name for name in CARDS.names() if name not in WEB]
PINNED = [name for name in NAMES if CARDS.get(name).pinned]
OPEN = [name for name in NAMES if not CARDS.get(name).pinned]


def pinned_commit(place: Place, card: Card) -> Repo:
    """Return the commit that a card names; where there is none, say which is the newest."""
    try:
        return place.look(card.place, card.revision)
    except HubProblem:
        place.say(to_write(settled(card, place.look(card.place))))
        raise


@pytest.mark.parametrize("name", PINNED)
def test_a_pin_names_what_the_hub_has(place: Place, name: str) -> None:
    """The commit exists, and its file has the digest and the size that the card states.

    Where the authors have published other weights since, the end of the output says so: that is no
    fault of the card.
    """
    card = CARDS.get(name)
    found, newest = settled(card, pinned_commit(place, card)), settled(card, place.look(card.place))
    if found != card:
        place.say(to_write(found))
    if newest.sha256 != found.sha256:
        place.say(f"# newer weights, to be compared before they are pinned:\n{to_write(newest)}")
    unstated = {"size": None} if card.size is None else {}
    assert found.model_copy(update=unstated) == card, to_write(found)


@pytest.mark.parametrize("name", OPEN)
def test_a_card_without_a_pin_can_be_pinned(place: Place, tmp_path: Path, name: str) -> None:
    """The hub knows commit, digest and size of the weights; the end of the output names them."""
    found = pin(Shelf(place.hub, tmp_path, CARDS), name)
    written = Cards([tmp_path / "models"]).get(name)
    place.say(to_write(written))
    assert written.reference() == found.reference
    assert written.size is not None
    assert written.size == found.size


@pytest.mark.parametrize("name", NAMES)
def test_the_licence_is_the_one_that_the_hub_states(place: Place, name: str) -> None:
    """A card promises neither more nor less than the repository does."""
    card = CARDS.get(name)
    assert licence_of(card.licence) == licence_of(pinned_commit(place, card).licence)


@pytest.mark.parametrize("name", NAMES)
def test_anybody_may_fetch_it(place: Place, name: str) -> None:
    """No card names a repository that asks for an account."""
    card = CARDS.get(name)
    repo = pinned_commit(place, card)
    assert (repo.private, repo.gated) == (False, False)


@pytest.mark.parametrize("name", WEB)
def test_a_file_lies_at_the_address(place: Place, name: str) -> None:
    """The server has it, says how long it is, and that is what a card states that knows it."""
    card = CARDS.get(name)
    found = look(place.hub, card.place)
    assert found.size > 0
    assert card.size in (None, found.size)
