"""Weights are fetched as planned: nothing is downloaded that was not shown before."""

import hashlib
import os
from pathlib import Path

import pytest

from fieldmark_registry.problems import HubProblem, WeightsProblem
from fieldmark_registry.pull import plan, pull
from fieldmark_registry.references import FileReference, HubReference
from fieldmark_registry.weights import Shelf
from support.hub import LocalHub
from support.shelves import WEIGHTS, card_in, published, shelf_of

OTHER = hashlib.sha256(b"other").hexdigest()


def pickled(folder: Path, content: object) -> bytes:
    """Return what torch.save writes."""
    torch = pytest.importorskip("torch")
    torch.save(content, folder / "saved.bin")
    return (folder / "saved.bin").read_bytes()


def test_plan_shows_what_will_come(site: LocalHub, shelf: Shelf) -> None:
    """Before anything is downloaded, every file, the bytes in all and the licence are known."""
    reference = published(site, more={"extra.txt": b"x" * 50})
    planned = plan(shelf, str(reference))
    assert [file.name for file in planned.files] == [WEIGHTS, "config.json", "README.md"]
    assert planned.total == sum(file.size for file in planned.files) > 300_000
    assert (planned.reference, planned.repo) == (reference, "org/net")
    assert planned.licence.text == "MIT"
    assert (planned.here, planned.convert, planned.pins) == (False, False, False)
    assert site.asked("/resolve/") == []
    assert not shelf.hub.folder.exists()


def test_pull_fetches_verifies_and_notes(site: LocalHub, shelf: Shelf) -> None:
    """What was planned comes, is verified and noted as fetched by fieldmark, and is here then."""
    reference = published(site)
    told: list[tuple[int, int, str]] = []
    path = pull(shelf, plan(shelf, reference), lambda *progress: told.append(progress))
    assert path == shelf.verified(reference)
    assert path.with_name("README.md").is_file()
    notes = [receipt for _, receipt in shelf.receipts.all() if receipt and receipt.pulled]
    assert [(note.sha256, note.reference) for note in notes] == [(reference.sha256, str(reference))]
    assert (300_000, 300_000, f"downloading {WEIGHTS} of org/net") in told
    site.requests.clear()
    again = plan(shelf, reference)
    assert (again.here, again.files, again.total) == (True, (), 0)
    assert pull(shelf, again) == path
    assert site.requests == []


def test_weights_of_another_tool_are_not_noted_as_ours(site: LocalHub, shelf: Shelf) -> None:
    """Files that were in the shared cache before are used, and never count as fieldmark's."""
    reference = published(site)
    shelf.hub.fetch(reference.repo, reference.revision, WEIGHTS)
    pull(shelf, plan(shelf, reference))
    assert not [receipt for _, receipt in shelf.receipts.all() if receipt and receipt.pulled]


def test_pull_continues_after_a_break(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """A pull that broke is continued by the same command, and asks for the rest only."""
    reference = published(site)
    site.cut("/cdn/", after=120_000)
    impatient = shelf_of(site, tmp_path, pauses=())
    planned = plan(impatient, reference)
    with pytest.raises(HubProblem, match="the same command continues"):
        pull(impatient, planned)
    site.requests.clear()
    pull(shelf, plan(shelf, reference))
    assert site.served("/cdn/") == 300_000 - 120_000


def test_offline_plan_of_what_is_missing_is_in_words(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """Offline, what is here is planned as here, and what is missing is named."""
    reference = published(site)
    offline = shelf_of(site, tmp_path, offline=True)
    with pytest.raises(HubProblem, match="downloads are switched off"):
        plan(offline, reference)
    pull(shelf, plan(shelf, reference))
    assert plan(offline, reference).here


def test_other_content_on_the_hub_is_refused_before_the_download(
    site: LocalHub, shelf: Shelf
) -> None:
    """Where the hub has another file under the name, nothing is downloaded."""
    reference = published(site)
    wrong = HubReference("org/net", reference.revision, WEIGHTS, OTHER)
    with pytest.raises(WeightsProblem, match=f"sha256 {reference.sha256}, expected {OTHER}.*pin"):
        plan(shelf, wrong)
    assert site.asked("/resolve/") == []


def test_wrong_digest_after_the_download_deletes_nothing(site: LocalHub, shelf: Shelf) -> None:
    """A file that came and is not the named one stays where it is, and is refused."""
    commit = site.publish("org/small", {"weights.txt": b"{}"})
    # Small files have no digest on the hub: only what came can tell.
    reference = HubReference("org/small", commit, "weights.txt", OTHER)
    assert shelf.hub.look("org/small").file("weights.txt").sha256 is None
    with pytest.raises(
        WeightsProblem, match=r"is not the file that was named.*nothing was deleted"
    ):
        pull(shelf, plan(shelf, reference))
    path = shelf.hub.cached("org/small", commit, "weights.txt")
    assert path is not None
    assert path.read_bytes() == b"{}"


def test_again_fetches_what_is_damaged(site: LocalHub, shelf: Shelf) -> None:
    """What is damaged is refused by a plain pull, and fetched anew on request."""
    reference = published(site)
    path = pull(shelf, plan(shelf, reference))
    good = path.read_bytes()
    path.write_bytes(b"damaged")
    with pytest.raises(WeightsProblem, match=r"nothing was deleted.*pull --again"):
        plan(shelf, reference)
    planned = plan(shelf, reference, again=True)
    assert not planned.here
    assert pull(shelf, planned, again=True) == path
    assert path.read_bytes() == good


def test_missing_file_of_the_hub_is_named(site: LocalHub, shelf: Shelf) -> None:
    """A reference to a file that its commit does not have is refused with what there is."""
    reference = published(site)
    gone = HubReference("org/net", reference.revision, "x.safetensors", OTHER)
    with pytest.raises(HubProblem, match=r"has no file 'x.safetensors'.*model.safetensors"):
        plan(shelf, gone)


def test_card_without_a_version_gets_one(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """A card without a version gets the newest, in the user's own copy, once its weights came."""
    reference = published(site)
    card_in(tmp_path / "shipped")
    planned = plan(shelf, "net-1")
    assert (planned.pins, planned.reference) == (True, reference)
    assert planned.licence.kind == "non-commercial"
    assert shelf.cards.origin("net-1") == "yours"  # what is not in the package is the user's
    assert not shelf.cards.get("net-1").pinned
    path = pull(shelf, planned)
    assert (shelf.home / "models" / "net-1.yaml").is_file()
    published(site)
    assert shelf.verified("net-1") == path
    assert shelf.cards.get("net-1").reference() == reference
    assert plan(shelf, "net-1").here


def test_pin_is_not_written_when_the_download_fails(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """A card stays without a version until its weights are here."""
    published(site)
    card_in(tmp_path / "shipped")
    planned = plan(shelf, "net-1")
    site.fail("/cdn/", 404, times=-1)
    with pytest.raises(HubProblem):
        pull(shelf, planned)
    assert not shelf.cards.get("net-1").pinned


def test_file_of_this_computer_needs_no_network(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """A file of this computer is verified where it lies."""
    file = tmp_path / "net.safetensors"
    file.write_bytes(b"other")
    planned = plan(shelf, FileReference(file, OTHER))
    assert (planned.here, planned.repo, planned.files) == (True, "", ())
    assert pull(shelf, planned) == file
    file.unlink()
    with pytest.raises(WeightsProblem, match="there is no such file"):
        plan(shelf, FileReference(file, OTHER))
    assert site.requests == []


def test_pickle_is_converted_once(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """A pickle is converted when the user agrees; from then on its tensors are simply here."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file  # noqa: PLC0415

    content = pickled(tmp_path, {"state_dict": {"w": torch.arange(100.0)}})
    digest = hashlib.sha256(content).hexdigest()
    files = {"pytorch_model.bin": content, "config.json": b'{"a": 1}'}
    commit = site.publish("org/old", files, licence="mit")
    reference = HubReference("org/old", commit, "pytorch_model.bin", digest)
    planned = plan(shelf, reference)
    assert (planned.convert, planned.here) == (True, False)
    with pytest.raises(WeightsProblem, match=r"is a pickle.*fieldmark models pull --convert"):
        pull(shelf, planned)
    assert site.asked("/resolve/") == []
    path = pull(shelf, planned, convert=True)
    assert load_file(path)["w"].tolist() == list(range(100))
    assert path.with_name("config.json").read_bytes() == b'{"a": 1}'
    assert path.is_relative_to(shelf.store.folder)
    written = path.stat().st_mtime_ns
    site.requests.clear()
    later = plan(shelf, reference)
    assert (later.here, later.convert) == (True, False)
    assert pull(shelf, later, convert=True) == shelf.verified(reference) == path
    assert path.stat().st_mtime_ns == written
    assert site.requests == []
    assert shelf.locate(reference).licence.text == "MIT"


def test_pickle_that_is_here_is_converted_without_the_hub(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """A pickle in the cache or in a file is converted where there is no network."""
    torch = pytest.importorskip("torch")
    content = pickled(tmp_path, {"w": torch.ones(3)})
    file = tmp_path / "saved.bin"
    reference = FileReference(file, hashlib.sha256(content).hexdigest())
    planned = plan(shelf, reference)
    assert (planned.convert, planned.here, planned.files) == (True, False, ())
    path = pull(shelf, planned, convert=True)
    assert path == shelf.verified(reference)
    assert file.read_bytes() == content
    assert site.requests == []


def test_again_replaces_what_is_damaged_in_the_store(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """Weights of the store that are damaged give way, on request, to what is fetched anew."""
    reference = published(site)
    good = pull(shelf, plan(shelf, reference))
    stored = shelf.store.put(good, reference.sha256, {})
    stored.path.write_bytes(b"damaged")
    with pytest.raises(WeightsProblem, match="nothing was deleted"):
        plan(shelf, reference)
    assert stored.path.read_bytes() == b"damaged"
    assert pull(shelf, plan(shelf, reference, again=True), again=True) == good
    assert not stored.folder.exists()


def test_again_converts_a_pickle_again(shelf: Shelf, tmp_path: Path) -> None:
    """Tensors that were copied and are damaged since are copied again on request."""
    torch = pytest.importorskip("torch")
    content = pickled(tmp_path, {"w": torch.ones(3)})
    reference = FileReference(tmp_path / "saved.bin", hashlib.sha256(content).hexdigest())
    path = pull(shelf, plan(shelf, reference), convert=True)
    good = path.read_bytes()
    path.write_bytes(b"damaged")
    with pytest.raises(WeightsProblem, match=r"fieldmark models pull --again --convert"):
        plan(shelf, reference)
    planned = plan(shelf, reference, again=True)
    assert (planned.convert, planned.here) == (True, False)
    assert pull(shelf, planned, convert=True, again=True).read_bytes() == good


def test_files_of_one_name_do_not_meet(site: LocalHub, shelf: Shelf) -> None:
    """Two repositories with files of one name do not disturb each other."""
    first, second = published(site, "org/a"), published(site, "org/b")
    paths = [pull(shelf, plan(shelf, each)) for each in (first, second)]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    assert digests == [first.sha256, second.sha256]
    assert os.path.commonpath(paths) == str(shelf.hub.folder)
