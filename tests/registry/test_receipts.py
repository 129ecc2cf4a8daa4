"""Receipts: a digest is computed once, and never believed of another file."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from fieldmark_registry.receipts import Receipts

CONTENT = b"numbers"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Reads:
    """Counts how often a file is read through."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _done: int, _total: int, _what: str) -> None:
        """Count one reading: the file is one block."""
        self.count += 1


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Return a small file of one block."""
    path = tmp_path / "weights"
    path.write_bytes(CONTENT)
    return path


def test_a_file_is_read_once(tmp_path: Path, weights: Path) -> None:
    """The second check believes the receipt, also in another process's eyes."""
    reads = Reads()
    assert Receipts(tmp_path / "receipts").check(weights, DIGEST, reads)
    assert Receipts(tmp_path / "receipts").check(weights, DIGEST, reads)
    assert reads.count == 1


def test_another_digest_gets_no_receipt(tmp_path: Path, weights: Path) -> None:
    """A file that is not what was named is told by its digest, and leaves no receipt."""
    receipts = Receipts(tmp_path / "receipts")
    assert not receipts.check(weights, "0" * 64)
    assert receipts.digest(weights, "0" * 64) == DIGEST
    assert receipts.all() == ()


@pytest.mark.parametrize("change", ["content", "size", "time", "inode"])
def test_a_changed_file_is_read_again(tmp_path: Path, weights: Path, change: str) -> None:
    """Whatever the file system says differently of a file, its receipt is not believed."""
    receipts, reads = Receipts(tmp_path / "receipts"), Reads()
    receipts.check(weights, DIGEST)
    stat = weights.stat()
    if change == "inode":
        (tmp_path / "new").write_bytes(b"NUMBERS")
        (tmp_path / "new").replace(weights)
    else:
        weights.write_bytes({"size": b"numbers!", "content": b"NUMBERS"}.get(change, CONTENT))
    later = stat.st_mtime_ns + (change in ("time", "content"))
    os.utime(weights, ns=(stat.st_atime_ns, later))
    assert receipts.check(weights, DIGEST, reads) == (change == "time")
    assert reads.count == 1


def test_a_link_is_its_target(tmp_path: Path, weights: Path) -> None:
    """The cache of the hub names one file by several links; it is read once."""
    receipts, reads = Receipts(tmp_path / "receipts"), Reads()
    (tmp_path / "link").symlink_to(weights)
    assert receipts.check(tmp_path / "link", DIGEST, reads)
    assert receipts.check(weights, DIGEST, reads)
    assert reads.count == 1


def test_a_copy_is_read(tmp_path: Path, weights: Path) -> None:
    """A receipt speaks of one file: a copy elsewhere is read, and then has its own."""
    receipts, reads = Receipts(tmp_path / "receipts"), Reads()
    copy = tmp_path / "copy"
    copy.write_bytes(CONTENT)
    for _ in range(2):
        assert receipts.check(weights, DIGEST, reads)
        assert receipts.check(copy, DIGEST, reads)
    assert reads.count == 2


@pytest.mark.parametrize(
    "damage",
    [b"", b"\xff", b"null", b"[]", b"{}", b"[" * 100_000, b'{"sha256": 1}', b'{"x": "y"}'],
)
def test_a_damaged_receipt_is_none(tmp_path: Path, weights: Path, damage: bytes) -> None:
    """A receipt that cannot be read is as none, and is written anew."""
    receipts, reads = Receipts(tmp_path / "receipts"), Reads()
    receipts.check(weights, DIGEST)
    [(file, before)] = receipts.all()
    file.write_bytes(damage)
    assert receipts.all() == ((file, None),)
    assert receipts.check(weights, DIGEST, reads)
    assert reads.count == 1
    [(_, after)] = receipts.all()
    assert before is not None
    assert after is not None
    assert after.path == before.path


def test_a_receipt_with_a_wrong_type_is_none(tmp_path: Path, weights: Path) -> None:
    """A receipt whose size is text is not believed."""
    receipts = Receipts(tmp_path / "receipts")
    receipts.check(weights, DIGEST)
    [(file, _)] = receipts.all()
    file.write_text(json.dumps({**json.loads(file.read_bytes()), "size": "7"}), encoding="utf-8")
    assert receipts.all() == ((file, None),)


def test_a_receipt_under_another_digest_is_not_believed(tmp_path: Path, weights: Path) -> None:
    """A receipt counts for the digest that it holds, not for the name of its file."""
    receipts, reads = Receipts(tmp_path / "receipts"), Reads()
    receipts.check(weights, DIGEST)
    [(file, _)] = receipts.all()
    file.replace(file.with_name(file.name.replace(DIGEST, "0" * 64)))
    assert not receipts.check(weights, "0" * 64, reads)
    assert reads.count == 1


def test_without_a_folder_every_check_reads(tmp_path: Path, weights: Path) -> None:
    """Where receipts cannot be written the digest is computed each time, and that is all."""
    (tmp_path / "blocked").touch()
    receipts, reads = Receipts(tmp_path / "blocked" / "receipts"), Reads()
    assert receipts.check(weights, DIGEST, reads)
    assert receipts.check(weights, DIGEST, reads)
    assert reads.count == 2


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    """A file that is gone is not vouched for."""
    with pytest.raises(FileNotFoundError):
        Receipts(tmp_path).check(tmp_path / "weights", DIGEST)
    with pytest.raises(FileNotFoundError):
        Receipts(tmp_path).record(tmp_path / "weights", DIGEST)


def test_what_was_fetched_is_recorded(tmp_path: Path, weights: Path) -> None:
    """A recorded file needs no reading; that fieldmark fetched it is never forgotten again."""
    receipts, reads = Receipts(tmp_path / "receipts"), Reads()
    receipts.record(weights, DIGEST, "hf://a", pulled=True)
    receipts.record(weights, DIGEST, "hf://a")
    receipts.record(weights, DIGEST, "hf://b", pulled=True)
    assert receipts.check(weights, DIGEST, reads)
    assert reads.count == 0
    found = [receipt for _, receipt in receipts.all() if receipt]
    assert {each.reference for each in found if each.pulled} == {"hf://a", "hf://b"}
    assert {(each.sha256, each.path, each.size) for each in found} == {
        (DIGEST, str(weights.resolve()), len(CONTENT))
    }
    assert all(each.at.endswith("+00:00") for each in found)
