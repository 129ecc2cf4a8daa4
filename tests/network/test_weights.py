"""Real weights, pulled as a user pulls them: verified, loaded strictly, used.

Downloaded once into the cache: MiewID msv3 and msv2, 206 MB each; MegaDescriptor-B-224, 473 MB and
as much again for its tensors (347 MB and more); ResNet-50, 102 MB.
"""

import numpy as np
import pytest

from fieldmark.api.selftest import PICTURES, Subject, embeddings
from fieldmark_deep.storage import load
from fieldmark_registry.weights import Shelf
from network.place import Place, cards

pytestmark = pytest.mark.network

CARDS = cards()
PULLED = ["miewid-msv3", "miewid-msv2", "megadescriptor-b-224", "resnet50-a1-in1k"]


@pytest.mark.parametrize("name", PULLED)
def test_what_was_pulled_is_verified_and_stays(
    place: Place, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest is computed anew, and from then on the hub is not needed."""
    path = place.pulled(name)
    verified = place.types("models", "verify", name)
    assert verified.returncode == 0, verified.stderr
    assert f"ok  {name}  {path}" in verified.stdout
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    again = place.types("models", "pull", name)
    assert again.returncode == 0, again.stderr
    assert "here already" in again.stdout


@pytest.mark.parametrize("name", PULLED)
def test_every_tensor_has_its_place(place: Place, name: str) -> None:
    """The strict load neither misses a tensor nor meets a strange one."""
    network, config = load(place.pulled(name))
    assert network.embedding_size == CARDS.get(name).dimensions
    assert config["layout"] == ("miewid" if name.startswith("miewid") else "timm")


@pytest.mark.parametrize("name", PULLED)
def test_pictures_become_vectors(place: Place, name: str) -> None:
    """As many numbers as on the card, finite, of length 1, and others for other pictures."""
    path, card = place.pulled(name), CARDS.get(name)
    rows = np.array(embeddings(Subject(card.component, {}, path), device="cpu"))
    assert rows.shape == (PICTURES, card.dimensions)
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    among = rows @ rows.T - 2 * np.eye(PICTURES)
    assert among.max() < 1 - 1e-6


@pytest.mark.parametrize("name", PULLED)
def test_the_self_test_comes_out_the_same_twice(place: Place, name: str) -> None:
    """`models test` keeps the vectors of a network that brings none, and finds them again."""
    place.pulled(name)
    for _ in range(2):
        done = place.types("models", "test", name)
        assert done.returncode == 0, done.stderr
    assert f"ok  {name}: lowest cosine 1.000" in done.stdout


def test_one_pull_pins_a_card_for_good(place: Place) -> None:
    """After a pull every card names one version, also one that is shipped without."""
    for name in PULLED:
        place.pulled(name)
        assert Shelf.standard().cards.get(name).pinned
