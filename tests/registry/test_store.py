"""The store: weights under their digest, whole or not at all."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark_registry.problems import WeightsProblem
from fieldmark_registry.store import ORIGIN, Store

CONTENT = b"numbers" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
ORIGINS = {"reference": "hf://a", "converted_from": "1" * 64}
# Puts a file into a store, and says when the copy has begun and when it is there.
PUT = """
import sys, time
from pathlib import Path
from fieldmark_registry.store import Store
def progress(done, total, what):
    print("begun", flush=True)
    time.sleep(float(sys.argv[4]))
stored = Store(Path(sys.argv[1])).put(Path(sys.argv[2]), sys.argv[3], {}, {}, progress)
print(stored.path.stat().st_size)
"""


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Return a file of weights."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store whose folder does not exist yet."""
    return Store(tmp_path / "home" / "weights")


def test_what_is_put_is_found(store: Store, weights: Path) -> None:
    """Weights lie under their digest, with what a loader reads beside them."""
    assert store.find(DIGEST) is None
    put = store.put(weights, DIGEST, ORIGINS, {"config.json": b"{}", "README.md": b"words"})
    assert put == store.find(DIGEST)
    assert put.folder == store.folder / DIGEST
    assert put.path.read_bytes() == CONTENT
    assert put.origin == {**ORIGINS, "file": "model.safetensors"}
    names = {path.name for path in put.folder.iterdir()}
    assert names == {"model.safetensors", "config.json", "README.md", ORIGIN}
    assert weights.read_bytes() == CONTENT
    assert list(store.folder.iterdir()) == [put.folder]


def test_converted_weights_are_found_by_their_pickle(store: Store, weights: Path) -> None:
    """The digest of the pickle leads to the weights that were made of it."""
    put = store.put(weights, DIGEST, ORIGINS)
    assert store.converted("1" * 64) == put
    assert store.converted("2" * 64) is None


def test_another_file_is_not_stored(store: Store, weights: Path) -> None:
    """A file with another digest is refused with both, and leaves nothing."""
    with pytest.raises(WeightsProblem, match=f"its sha256 is {DIGEST}, expected {'0' * 64}"):
        store.put(weights, "0" * 64, {})
    assert list(store.folder.iterdir()) == []


def test_putting_twice_changes_nothing(store: Store, weights: Path) -> None:
    """What is there already stays as it is."""
    first = store.put(weights, DIGEST, ORIGINS)
    assert store.put(weights, DIGEST, {"reference": "hf://b"}) == first


def test_a_damaged_entry_is_replaced(store: Store, weights: Path) -> None:
    """An entry without its weights or its origin does not count, and is put anew."""
    for name in (ORIGIN, weights.name):
        (store.put(weights, DIGEST, ORIGINS).folder / name).unlink()
        assert store.find(DIGEST) is None
        assert list(store.all()) == []
    assert store.put(weights, DIGEST, ORIGINS).path.read_bytes() == CONTENT
    assert list(store.folder.iterdir()) == [store.folder / DIGEST]


@pytest.mark.parametrize("origin", [b"", b"[]", b"{}", b'{"file": 1}', b'{"file": "../../x"}'])
def test_an_origin_that_cannot_be_believed_is_none(
    store: Store, weights: Path, origin: bytes
) -> None:
    """What an origin says never leads out of its folder or to an error."""
    entry = store.put(weights, DIGEST, ORIGINS)
    (store.folder.parent / "x").touch()
    (entry.folder / ORIGIN).write_bytes(origin)
    assert store.find(DIGEST) is None


@pytest.mark.parametrize("name", ["../config.json", "a/b", "", "..", ORIGIN, "a\nb"])
def test_a_name_that_would_leave_the_folder_is_refused(
    store: Store, weights: Path, name: str
) -> None:
    """Files beside the weights have plain names; nothing is written otherwise."""
    with pytest.raises(WeightsProblem, match="is not a name that a stored file may have"):
        store.put(weights, DIGEST, {}, {name: b"x"})
    assert list(store.folder.iterdir()) == []


def test_a_digest_is_no_path(store: Store, weights: Path) -> None:
    """Only a digest names an entry."""
    entry = store.put(weights, DIGEST, ORIGINS)
    store.remove(f"../weights/{DIGEST}")
    store.remove("")
    store.discard(weights.parent)
    assert store.find(f"../weights/{DIGEST}") is None
    assert store.find(DIGEST) == entry


def test_an_entry_is_removed_whole(store: Store, weights: Path) -> None:
    """A removed entry is gone with everything beside it; removing it again is fine."""
    store.put(weights, DIGEST, ORIGINS, {"config.json": b"{}"})
    store.remove(DIGEST)
    store.remove(DIGEST)
    assert list(store.folder.iterdir()) == []


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path, weights: Path) -> None:
    """A folder that cannot be made is told in words, with what to do."""
    (tmp_path / "blocked").touch()
    with pytest.raises(WeightsProblem, match=r"cannot be changed \(Not a dir.*FIELDMARK_HOME$"):
        Store(tmp_path / "blocked" / "weights").put(weights, DIGEST, {})
    assert Store(tmp_path / "blocked" / "weights").find(DIGEST) is None


def put_elsewhere(store: Store, weights: Path, pause: float) -> "subprocess.Popen[str]":
    """Put weights into a store in another process, which rests while it checks the copy."""
    return subprocess.Popen(
        [sys.executable, "-c", PUT, str(store.folder), str(weights), DIGEST, str(pause)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_may_put_at_once(store: Store, weights: Path) -> None:
    """Both find the entry whole, and nothing else is left."""
    processes = [put_elsewhere(store, weights, 0.5) for _ in range(2)]
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert [text.splitlines()[-1] for text in said] == [str(len(CONTENT))] * 2
    assert list(store.folder.iterdir()) == [store.folder / DIGEST]


def test_a_killed_process_leaves_no_entry(store: Store, weights: Path) -> None:
    """Killed half way, it leaves no entry but a folder known as unfinished, and no obstacle."""
    with put_elsewhere(store, weights, 600) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.kill()
    assert store.find(DIGEST) is None
    [left] = store.left_over()
    assert store.put(weights, DIGEST, ORIGINS).path.read_bytes() == CONTENT
    store.discard(left)
    assert store.left_over() == ()
