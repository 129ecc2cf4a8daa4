"""A disk that is too small, or becomes so: said in words, and the same command continues."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.hub.pulling import Puller

MOUNT = 'mount -t tmpfs -o size="$1" none "$2" && shift 2 && exec "$@"'
FULL = """
import sys
from pathlib import Path
from fieldmark_registry.problems import RegistryProblem
from fieldmark_registry.pull import plan, pull
from fieldmark_registry.weights import Shelf

what, filler = sys.argv[1], Path(sys.argv[2])
shelf = Shelf.standard()

def fill(done, total, what):
    if not filler.exists():
        filler.write_bytes(bytes(4_000_000))

try:
    pull(shelf, plan(shelf, what), fill)
except RegistryProblem as problem:
    print(problem)
filler.unlink()
print(pull(shelf, plan(shelf, what)).read_bytes() == Path(sys.argv[3]).read_bytes())
"""


def small_disk(user: Puller, disk: Path, size: str) -> list[str]:
    """Return a command that runs another one where the disk of the cache is small."""
    disk.mkdir()
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("there is no unshare to make a disk with")
    prefix = [unshare, "--mount", "--map-root-user", "sh", "-c", MOUNT, "sh", size, str(disk)]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("disks may not be mounted here")
    user.extra = {"HF_HUB_CACHE": str(disk / "hub")}
    return prefix


def test_disk_that_is_too_small(user: Puller, tmp_path: Path) -> None:
    """Before a byte is sent it is said how much is needed and how much there is."""
    user.prefix = small_disk(user, tmp_path / "disk", "2m")
    said = user.run("pull", user.publish()).sentence
    assert "needs 6 MB" in said
    assert "has 2 MB left" in said
    assert user.hub.served("/cdn/") == 0


def test_disk_that_fills_up(user: Puller, tmp_path: Path) -> None:
    """When another program fills the disk, the beginning stays, and is continued from."""
    disk = tmp_path / "disk"
    prefix = small_disk(user, disk, "8m")
    (tmp_path / "true").write_bytes(user.content)
    reference = user.publish()
    ended = subprocess.run(
        [*prefix, sys.executable, "-c", FULL, str(reference), disk / "filler", tmp_path / "true"],
        env={**user.hub.environment(user.home), **user.extra},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    said, same = ended.stdout.splitlines()
    assert "is full" in said
    assert "the same command continues" in said
    assert same == "True"
    assert user.hub.asked("/cdn/")[-1].status == 206
