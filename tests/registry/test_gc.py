"""What nothing names is removed, and never anything of the user's other tools."""

import hashlib
import os
from pathlib import Path

import pytest

from fieldmark_registry.cards import Card, Cards, write_card
from fieldmark_registry.gc import Item, collect, garbage
from fieldmark_registry.hub import Hub
from fieldmark_registry.problems import HubProblem, ReferenceProblem
from fieldmark_registry.weights import Shelf

OLD, NEW = "a" * 40, "b" * 40
REPO = "Zoo/Lion"
NAME = "model.safetensors"


def sha256(content: bytes) -> str:
    """Return a digest."""
    return hashlib.sha256(content).hexdigest()


def reference(content: bytes, commit: str = OLD, repo: str = REPO) -> str:
    """Return the reference of weights in a repository."""
    return f"hf://{repo}@{commit}/{NAME}#sha256={sha256(content)}"


class Place:
    """A user's folder and a cache of the hub, laid out as the hub's library does."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.cache = folder / "cache"
        self.shelf = Shelf(
            Hub(cache=self.cache, token=False, offline=True),
            self.home,
            Cards([self.home / "models"]),
        )

    def repo(self, repo: str = REPO) -> Path:
        """Return the folder of a repository in the cache."""
        return self.cache / f"models--{repo.replace('/', '--')}"

    def lay(self, content: bytes, commit: str = OLD, name: str = NAME, repo: str = REPO) -> Path:
        """Put a file into the cache, as any tool may, and return it."""
        blob = self.repo(repo) / "blobs" / sha256(content)
        file = self.repo(repo) / "snapshots" / commit / name
        for each in (blob, file):
            each.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(content)
        file.symlink_to(os.path.relpath(blob, file.parent))
        return file

    def pull(self, content: bytes, commit: str = OLD, repo: str = REPO) -> Path:
        """Put weights into the cache as fieldmark does, with a receipt, and return them."""
        file = self.lay(content, commit, repo=repo)
        self.lay(b"{}" + content, commit, "config.json", repo)
        text = reference(content, commit, repo)
        self.shelf.receipts.record(file, sha256(content), text, pulled=True)
        return file

    def store(self, content: bytes, origin: dict[str, str]) -> Path:
        """Put weights into the store, and return their folder."""
        weights = self.home / NAME
        weights.parent.mkdir(parents=True, exist_ok=True)
        weights.write_bytes(content)
        return self.shelf.store.put(weights, sha256(content), origin).folder

    def card(self, content: bytes | None) -> None:
        """Write the card `lion` of the repository, pinned to weights or to none."""
        pin = {"revision": OLD, "sha256": sha256(content)} if content else {}
        texts = ("title", "summary", "licence", "licence_source", "embedder", "species_source")
        values = dict.fromkeys((*texts, "good_for", "not_for", "source"), "words")
        size = {"height": 1, "width": 1}
        facts = {"name": "lion", "repo": REPO, "file": NAME, "input": size, "dimensions": 1}
        more = {"species_complete": True, "checked": "2026-07-01"}
        write_card(Card.model_validate({**values, **facts, **pin, **more}), self.home / "models")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return an empty place."""
    return Place(tmp_path)


def kinds(items: tuple[Item, ...]) -> list[str]:
    """Return what kinds of things can be removed."""
    return [item.kind for item in items]


def test_nothing_is_no_garbage(place: Place) -> None:
    """Where there is neither store nor cache, nothing can be removed."""
    assert garbage(place.shelf, []) == ()
    assert collect(()) == 0


def test_what_fieldmark_fetched_is_removed_when_nothing_names_it(place: Place) -> None:
    """A revision goes with its blobs and its receipt; its size and name are told before."""
    file = place.pull(b"lion")
    items = garbage(place.shelf, [])
    assert kinds(items) == ["revision", "receipt"]
    assert items[0].path == file.parent
    assert items[0].what == f"{REPO} at {OLD}, which fieldmark fetched"
    assert items[0].size == len(b"lion") + len(b"{}lion")
    assert file.exists()
    assert collect(items) == sum(item.size for item in items)
    assert not place.repo().exists()
    assert garbage(place.shelf, []) == ()
    assert place.shelf.receipts.all() == ()


@pytest.mark.parametrize(
    "keep",
    [
        reference(b"lion"),
        reference(b"lion", repo="zoo/lion"),
        reference(b"lion", NEW),
        f"hf://{REPO}@{OLD}/other.bin#sha256={'0' * 64}",
        f"file:///elsewhere/model.bin#sha256={sha256(b'lion')}",
        "lion",
    ],
)
def test_what_is_named_stays(place: Place, keep: str) -> None:
    """A revision stays while its commit, its content or its card is named."""
    place.card(b"lion")
    place.pull(b"lion")
    assert garbage(place.shelf, [keep]) == ()


def test_a_card_without_a_pin_keeps_its_whole_repository(place: Place) -> None:
    """Which version such a card means is not known, so that all of them stay."""
    place.card(None)
    place.pull(b"lion")
    place.pull(b"newer lion", NEW)
    place.store(b"stored lion", {"reference": reference(b"pickle")})
    assert garbage(place.shelf, ["lion"]) == ()
    assert kinds(garbage(place.shelf, [])) == ["stored", "revision", "revision", *["receipt"] * 2]


@pytest.mark.parametrize("keep", ["no-such-card", "hf://Zoo/Lion@main/x"])
def test_a_reference_that_is_not_understood_stops_everything(place: Place, keep: str) -> None:
    """What should stay must be known before anything may go."""
    place.pull(b"lion")
    with pytest.raises(ReferenceProblem):
        garbage(place.shelf, [keep])


def test_what_others_fetched_stays(place: Place) -> None:
    """Without a receipt that says so, a revision is not fieldmark's; a check is no such receipt."""
    file = place.lay(b"lion")
    place.pull(b"tiger", repo="Zoo/Tiger")
    assert place.shelf.receipts.check(file, sha256(b"lion"))
    place.shelf.receipts.record(file, sha256(b"lion"), reference(b"lion"))
    collect(garbage(place.shelf, []))
    assert file.exists()
    assert not place.repo("Zoo/Tiger").exists()


def test_a_revision_that_holds_more_stays(place: Place) -> None:
    """What another tool fetched of the same revision keeps it whole."""
    place.pull(b"lion")
    place.lay(b"onnx", name="onnx/model.onnx")
    assert garbage(place.shelf, []) == ()


def test_a_file_that_another_tool_fetched_anew_stays(place: Place) -> None:
    """A receipt that no longer agrees does not make the file fieldmark's."""
    file = place.pull(b"lion")
    file.resolve().write_bytes(b"tame")
    os.utime(file.resolve(), ns=(1, 1))
    items = garbage(place.shelf, [])
    assert kinds(items) == ["receipt"]
    collect(items)
    assert file.read_bytes() == b"tame"


def test_a_download_under_way_keeps_its_repository(place: Place) -> None:
    """The last revision takes the repository's folder along, so nothing else may lie in it."""
    place.pull(b"lion")
    partial = place.repo() / "blobs" / f"{'0' * 64}.incomplete"
    partial.write_bytes(b"half")
    assert garbage(place.shelf, []) == ()
    partial.unlink()
    items = garbage(place.shelf, [])
    partial.write_bytes(b"half")
    with pytest.raises(HubProblem, match="could not be removed: another process uses it"):
        collect(items)
    assert partial.exists()


def test_other_revisions_of_the_repository_stay(place: Place) -> None:
    """One revision goes; content that another one shares stays."""
    old = place.pull(b"lion")
    (place.repo() / "snapshots" / NEW).mkdir()
    shared = place.repo() / "snapshots" / NEW / NAME
    shared.symlink_to(old.readlink())
    items = garbage(place.shelf, [])
    assert items[0].size == len(b"{}lion")
    collect(items)
    assert not old.exists()
    assert shared.read_bytes() == b"lion"


def test_two_repositories_may_share_a_commit(place: Place) -> None:
    """A copy of a repository has the same commits; only that which was fetched goes."""
    copy = place.lay(b"lion", repo="Other/Lion")
    file = place.pull(b"lion")
    collect(garbage(place.shelf, []))
    assert not file.exists()
    assert copy.exists()


def test_the_store_keeps_what_is_named(place: Place) -> None:
    """An entry stays while its digest, or that of the pickle it was made of, is named."""
    pickle = b"pickle"
    converted = place.store(
        b"one", {"reference": reference(pickle), "converted_from": sha256(pickle)}
    )
    place.store(b"two", {})
    keep = [reference(pickle), f"file:///x#sha256={sha256(b'two')}"]
    assert garbage(place.shelf, keep) == ()
    items = garbage(place.shelf, keep[1:])
    assert [item.path for item in items] == [converted]
    assert items[0].what == f"weights in the store, converted from {reference(pickle)}"
    assert items[0].size == sum(file.stat().st_size for file in converted.iterdir())
    collect(items)
    assert not converted.exists()
    assert [item.what for item in garbage(place.shelf, [])] == [
        "weights in the store, a copy of a file that was installed"
    ]


def test_only_old_copies_count_as_unfinished(place: Place) -> None:
    """A young one may belong to a process that still runs."""
    left = place.shelf.store.folder / ".unfinished-x"
    (left / "deep").mkdir(parents=True)
    (left / "deep" / "weights").write_bytes(b"half")
    assert garbage(place.shelf, []) == ()
    os.utime(left, ns=(1, 1))
    items = garbage(place.shelf, [])
    assert [(item.kind, item.size) for item in items] == [("unfinished", 4)]
    collect(items)
    assert not left.exists()


def test_receipts_that_say_nothing_are_removed(place: Place) -> None:
    """A damaged receipt goes, and so does one for a file that is gone; the others stay."""
    here, gone = place.home / "here", place.home / "gone"
    place.home.mkdir()
    for file in (here, gone):
        file.write_bytes(b"x")
        assert place.shelf.receipts.check(file, sha256(b"x"))
    gone.unlink()
    (place.shelf.receipts.folder / "damaged.json").touch()
    collect(garbage(place.shelf, []))
    [(_, receipt)] = place.shelf.receipts.all()
    assert receipt is not None
    assert receipt.path == str(here.resolve())
