"""Weights are named exactly, without downloading them."""

import hashlib
import os
from pathlib import Path

import pytest

from fieldmark_registry.pin import pin
from fieldmark_registry.problems import HubProblem, ReferenceProblem, WeightsProblem
from fieldmark_registry.references import FileReference, HubReference
from fieldmark_registry.weights import Shelf
from support.hub import LocalHub
from support.shelves import WEIGHTS, card_in, published


@pytest.mark.parametrize(
    "what",
    [
        "org/net",
        "org/net@main",
        "org/net@main/model.safetensors",
        "org/net/model.safetensors",
        "hf-hub:org/net",
        "hf://org/net",
        "hf://org/net@main/model.safetensors",
        " org/net ",
    ],
)
def test_repository_is_pinned_without_a_download(site: LocalHub, shelf: Shelf, what: str) -> None:
    """However a repository is written, its newest commit and its weights' digest are found."""
    reference = published(site)
    pinned = pin(shelf, what)
    assert (pinned.reference, pinned.size, pinned.licence.text) == (reference, 300_000, "MIT")
    assert (pinned.card, pinned.written, pinned.newest) == (None, None, None)
    assert site.asked("/resolve/") == []


def test_old_commit_can_be_pinned(site: LocalHub, shelf: Shelf) -> None:
    """A commit that is named is kept, though the branch has moved; the digest is its own."""
    old = published(site)
    published(site)
    assert pin(shelf, f"org/net@{old.revision}").reference == old
    assert pin(shelf, str(old)).reference == old


def test_weights_are_chosen_as_the_hub_names_them(site: LocalHub, shelf: Shelf) -> None:
    """Of several files the usual one is meant, safetensors first; else one is asked for."""
    content = os.urandom(2000)
    site.publish("org/both", {"pytorch_model.bin": content, WEIGHTS: content, "x.bin": content})
    assert str(pin(shelf, "org/both").reference).partition("/model.safetensors")[1]
    site.publish("org/one", {"deep/net.safetensors": content, "a.bin": content})
    one = pin(shelf, "org/one").reference
    assert isinstance(one, HubReference)
    assert one.file == "deep/net.safetensors"
    site.publish("org/two", {"a.safetensors": content, "b.safetensors": content})
    with pytest.raises(WeightsProblem, match=r"several.*as in org/two@.*/a.safetensors; there are"):
        pin(shelf, "org/two")
    site.publish("org/none", {"config.json": b"{}"})
    with pytest.raises(WeightsProblem, match="org/none holds no weights"):
        pin(shelf, "org/none")


def test_small_weights_are_read_for_their_digest(site: LocalHub, shelf: Shelf) -> None:
    """Where the hub keeps no digest, as of small files, the file itself is read."""
    site.publish("org/small", {"notes.txt": b"small"})
    pinned = pin(shelf, "org/small/notes.txt")
    assert pinned.reference.sha256 == hashlib.sha256(b"small").hexdigest()


def test_file_is_pinned_by_its_full_path(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of this computer is named by its full path and its digest, however it is written."""
    file = tmp_path / "my net.safetensors"
    file.write_bytes(b"weights")
    (tmp_path / "README.md").write_text("---\nlicense: isc\n---\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    reference = FileReference(file.resolve(), hashlib.sha256(b"weights").hexdigest())
    for what in ("my net.safetensors", str(file), f"file://{file}", str(reference)):
        pinned = pin(shelf, what)
        assert (pinned.reference, pinned.size, pinned.licence.text) == (reference, 7, "ISC")
    assert shelf.verified(str(reference)) == file
    with pytest.raises(WeightsProblem, match=r"gone.safetensors cannot be read: No such file"):
        pin(shelf, "file:///gone.safetensors")


def test_card_is_pinned_in_the_users_copy(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """A card that names no version gets the newest, in the user's own folder; the shipped stays."""
    reference = published(site)
    shipped = card_in(tmp_path / "shipped")
    pinned = pin(shelf, "net-1")
    assert pinned.reference == reference
    assert pinned.written == shelf.home / "models" / "net-1.yaml"
    card = shelf.cards.get("net-1")
    assert (
        card
        == pinned.card
        == shipped.model_copy(
            update={"revision": reference.revision, "sha256": reference.sha256, "size": 300_000}
        )
    )
    assert pinned.licence.kind == "non-commercial"


def test_pinned_card_stays_and_the_newer_commit_is_told(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """A card that names a version keeps it; that the repository has moved on is said."""
    old = published(site)
    card_in(tmp_path / "shipped", revision=old.revision, sha256=old.sha256)
    assert pin(shelf, "net-1").newest is None
    new = published(site)
    pinned = pin(shelf, "net-1")
    assert (pinned.reference, pinned.newest, pinned.written) == (old, new.revision, None)
    assert not (shelf.home / "models").exists()


@pytest.mark.parametrize("what", ["", "tiger", "a/b/../c", "http://example.org/a/b", "a b/c"])
def test_what_is_nothing_of_all_is_refused(shelf: Shelf, what: str) -> None:
    """What is neither file, card nor repository is refused, with what may be written."""
    words = "neither a file|no repository|outside"
    with pytest.raises((ReferenceProblem, HubProblem), match=words):
        pin(shelf, what)
