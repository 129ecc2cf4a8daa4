"""Weights are found without the network, and used only when they are those that were named."""

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fieldmark_registry.problems import CardProblem, ReferenceProblem, WeightsProblem
from fieldmark_registry.pull import plan, pull
from fieldmark_registry.references import CardReference, FileReference, HubReference
from fieldmark_registry.weights import Shelf
from support.hub import LocalHub
from support.shelves import WEIGHTS, card_in, published, shelf_of

CONTENT = os.urandom(1000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()
README = b"---\nlicense: apache-2.0\ntags:\n- re-id\n---\n# Net\n"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LocalHub]:
    """Return an empty hub."""
    with LocalHub(tmp_path / "site") as opened:
        yield opened


@pytest.fixture
def shelf(site: LocalHub, tmp_path: Path) -> Shelf:
    """Return a computer without any weights."""
    return shelf_of(site, tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> FileReference:
    """Return weights in a file of this computer, with a README beside them."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "README.md").write_bytes(README)
    (folder / "net.safetensors").write_bytes(CONTENT)
    return FileReference(folder / "net.safetensors", DIGEST)


def test_pulled_weights_are_used_without_the_network(site: LocalHub, shelf: Shelf) -> None:
    """What was pulled is found and verified without one request, with its configuration beside."""
    reference = published(site)
    pull(shelf, plan(shelf, reference))
    site.requests.clear()
    path = shelf.verified(str(reference))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == reference.sha256
    assert path.with_name("config.json").read_bytes() == b"{}"
    found = shelf.locate(reference)
    assert (found.reference, found.path, found.size) == (reference, path, 300_000)
    assert (found.licence.text, found.pickle, found.card) == ("MIT", False, None)
    assert site.requests == []


def test_verified_weights_are_not_read_again(
    site: LocalHub, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest is computed once, and afterwards believed while the file is the same."""
    reference = published(site)
    path = pull(shelf, plan(shelf, reference))
    monkeypatch.setattr("fieldmark_registry.receipts.sha256_of", lambda *_: pytest.fail("read"))
    assert shelf.verified(reference) == path
    monkeypatch.undo()
    stat = path.stat()
    changed = bytearray(path.read_bytes())
    changed[7] ^= 1
    time.sleep(0.01)
    path.write_bytes(changed)
    assert path.stat().st_size == stat.st_size
    with pytest.raises(WeightsProblem, match="is not the file that was named"):
        shelf.verified(reference)


def test_missing_weights_say_how_to_get_them(shelf: Shelf) -> None:
    """Weights that are not here are named, with the command that downloads them."""
    reference = HubReference("org/net", "0" * 40, WEIGHTS, DIGEST)
    with pytest.raises(WeightsProblem) as caught:
        shelf.verified(reference)
    assert str(caught.value) == (
        "the weights model.safetensors are not on this computer (licence: none stated); to download"
        f" them: fieldmark models pull 'hf://org/net@{'0' * 40}/model.safetensors#sha256={DIGEST}'"
    )


def test_missing_weights_of_a_card_tell_size_and_licence(shelf: Shelf, tmp_path: Path) -> None:
    """Where the card knows, the size and the licence are told before any download."""
    card_in(tmp_path / "shipped", revision="0" * 40, sha256=DIGEST, size=205_800_000)
    with pytest.raises(WeightsProblem) as caught:
        shelf.verified("net-1")
    assert str(caught.value) == (
        "the weights net-1 are not on this computer (206 MB, licence: CC-BY-NC-4.0); to download"
        " them: fieldmark models pull net-1"
    )


def test_changed_weights_are_refused_and_kept(site: LocalHub, shelf: Shelf) -> None:
    """Weights with another digest are refused and stay, and the way out is told."""
    reference = published(site)
    path = pull(shelf, plan(shelf, reference))
    path.write_bytes(b"other")
    found = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(WeightsProblem) as caught:
        shelf.verified(reference)
    assert str(caught.value) == (
        f"{path} is not the file that was named: its sha256 is {found}, expected"
        f" {reference.sha256}; nothing was deleted; to download it anew:"
        f" fieldmark models pull --again '{reference}'"
    )
    assert path.read_bytes() == b"other"


def test_changed_configuration_is_refused(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """Where a card names the digest of the configuration, that is checked, too."""
    reference = published(site)
    digest = hashlib.sha256(b"{}").hexdigest()
    pinned = {"revision": reference.revision, "sha256": reference.sha256}
    card_in(tmp_path / "shipped", config={"file": "config.json", "sha256": digest}, **pinned)
    path = pull(shelf, plan(shelf, "net-1"))
    path.with_name("config.json").write_bytes(b"[]")
    with pytest.raises(WeightsProblem, match=r"config.json is not the file that was named"):
        shelf.verified("net-1")


def test_card_stands_for_its_weights(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """A card's name, its reference and the parsed reference mean the same, with one licence."""
    reference = published(site)
    pinned = {"revision": reference.revision, "sha256": reference.sha256, "size": 300_000}
    card = card_in(tmp_path / "shipped", **pinned)
    pull(shelf, plan(shelf, "net-1"))
    found = shelf.locate("net-1")
    assert found == shelf.locate(str(reference)) == shelf.locate(CardReference("net-1"))
    assert (found.card, found.licence.kind) == (card, "non-commercial")
    assert shelf.exact("net-1") == shelf.exact(reference) == reference


def test_card_of_another_version_says_nothing_of_this_one(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """A card counts for the very weights that it names, not for others of the repository."""
    reference = published(site)
    card_in(tmp_path / "shipped", revision=reference.revision, sha256=DIGEST)
    assert shelf.locate(reference).card is None


def test_card_without_a_version_can_be_looked_at(shelf: Shelf, tmp_path: Path) -> None:
    """A card that is not pinned is known, but gives no weights before it is pinned."""
    card = card_in(tmp_path / "shipped")
    found = shelf.locate("net-1")
    assert (found.reference, found.card, found.path) == (None, card, None)
    for call in (shelf.exact, shelf.verified):
        with pytest.raises(CardProblem, match="fieldmark models pin net-1"):
            call("net-1")


def test_file_is_verified_where_it_lies(shelf: Shelf, file: FileReference) -> None:
    """A file of this computer is used where it is; its licence is that of the README beside it."""
    assert shelf.verified(str(file)) == file.path
    found = shelf.locate(file)
    assert (found.path, found.size, found.licence.text) == (file.path, 1000, "Apache-2.0")


def test_file_that_is_missing_or_changed_is_named(shelf: Shelf, file: FileReference) -> None:
    """A file that is not there or is another is named, with what to do."""
    file.path.write_bytes(b"other")
    with pytest.raises(WeightsProblem, match="put the right file there, or name this one: field"):
        shelf.verified(file)
    assert file.path.read_bytes() == b"other"
    file.path.unlink()
    with pytest.raises(WeightsProblem, match="there is no such file; put it there, or name"):
        shelf.verified(file)


def test_store_comes_first(shelf: Shelf, file: FileReference) -> None:
    """What is in the store is used whatever reference names it, as after an installation."""
    stored = shelf.store.put(file.path, DIGEST, {}, {"README.md": README})
    file.path.unlink()
    elsewhere = HubReference("org/net", "0" * 40, WEIGHTS, DIGEST)
    for reference in (file, elsewhere):
        assert shelf.verified(reference) == stored.path
        assert shelf.locate(reference).licence.text == "Apache-2.0"
    stored.path.write_bytes(b"other")
    with pytest.raises(WeightsProblem, match="nothing was deleted"):
        shelf.verified(elsewhere)


def test_pickle_is_not_given_as_it_is(shelf: Shelf, file: FileReference) -> None:
    """A pickle is never given; the message names the command that converts it."""
    pickle = file.path.rename(file.path.with_suffix(".pth"))
    reference = replace(file, path=pickle)
    found = shelf.locate(reference)
    assert (found.path, found.pickle) == (None, True)
    with pytest.raises(WeightsProblem, match=r"is a pickle.*fieldmark models pull --convert"):
        shelf.verified(reference)
    on_hub = HubReference("org/net", "0" * 40, "pytorch_model.bin", DIGEST)
    with pytest.raises(WeightsProblem, match=r"are a pickle.*fieldmark models pull --convert"):
        shelf.verified(on_hub)


def test_pickle_is_given_to_what_opens_it_itself(shelf: Shelf, file: FileReference) -> None:
    """A component that opens pickles gets the very file, verified like any other."""
    reference = replace(file, path=file.path.rename(file.path.with_suffix(".pt")))
    assert not shelf.locate(reference, as_is=True).pickle
    assert shelf.verified(reference, as_is=True) == reference.path
    reference.path.write_bytes(b"another file")
    with pytest.raises(WeightsProblem, match="is not the file that was named"):
        shelf.verified(reference, as_is=True)


def test_card_says_that_its_pickle_is_opened_as_it_is(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """What is pulled by such a card is neither converted nor refused."""
    content = b"\x80\x04N."
    commit = site.publish("org/net", {"net.pt": content}, licence="mit")
    digest = hashlib.sha256(content).hexdigest()
    card_in(
        tmp_path / "shipped", file="net.pt", revision=commit, sha256=digest, as_is=True,
        detector="megadetector", embedder=None, dimensions=None,
    )  # fmt: skip
    planned = plan(shelf, "net-1")
    assert not planned.convert
    assert pull(shelf, planned) == shelf.verified("net-1")
    assert shelf.verified("net-1").read_bytes() == content


@pytest.mark.parametrize(
    ("readme", "licence"),
    [
        (b"---\nlicense: mit\n---\n", "MIT"),
        (b"\xef\xbb\xbf---\r\nlicense: 'cc-by-nc-4.0'\r\n---\r\n", "CC-BY-NC-4.0"),
        (b"---\nlicense:\n- mit\n- apache-2.0\n---\n", "mit and apache-2.0"),
        (b"---\nlicense: other\nlicense_name: own\n---\n", "own"),
        (b"---\nlicense: other\n---\n", "other"),
        (b"---\ntags: [a]\n---\nlicense: mit\n", "none stated"),
        (b"---\nlicense: [\n---\n", "none stated"),
        (b"---\nlicense: {a: b}\n---\n", "{'a': 'b'}"),
        (b"# Net\nlicense: mit\n", "none stated"),
        (b"---\nmodel-index:\n- {a: [\n  license: mit\nlicense: isc\n---\n", "ISC"),
        (b"", "none stated"),
        (b"\xff\xfe---", "none stated"),
    ],
)
def test_licence_is_read_from_the_head_of_a_readme(
    shelf: Shelf, file: FileReference, readme: bytes, licence: str
) -> None:
    """Only the head states the licence; whatever else stands there, reading it does not fail."""
    (file.path.parent / "README.md").write_bytes(readme)
    assert shelf.locate(file).licence.text == licence


def test_licence_of_weights_in_a_folder_is_that_of_the_repository(
    site: LocalHub, shelf: Shelf
) -> None:
    """Weights in a folder of a repository are told by the README of the repository."""
    commit = site.publish("org/net", {"deep/down/a.safetensors": CONTENT}, licence="gpl-3.0")
    reference = HubReference("org/net", commit, "deep/down/a.safetensors", DIGEST)
    pull(shelf, plan(shelf, reference))
    assert shelf.locate(reference).licence.kind == "copyleft"


def test_path_that_leaves_the_cache_is_no_reference(shelf: Shelf) -> None:
    """A reference cannot lead out of the cache."""
    with pytest.raises(ReferenceProblem):
        shelf.locate(f"hf://org/net@{'0' * 40}/../../x.safetensors#sha256={DIGEST}")


def test_standard_follows_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: FileReference
) -> None:
    """Of itself the shelf is the user's own: FIELDMARK_HOME names its folder."""
    monkeypatch.setenv("FIELDMARK_HOME", str(tmp_path / "own"))
    card_in(tmp_path / "own" / "models")
    shelf = Shelf.standard()
    assert shelf.cards.origin("net-1") == "yours"
    assert shelf.verified(file) == file.path
    assert list((tmp_path / "own" / "receipts").glob(f"{DIGEST}*"))
