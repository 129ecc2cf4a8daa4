"""An import that is killed at any moment ends like one that was not."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldmark.catalog import Project, counts
from fieldmark.catalog.imports import import_folder

MakePhoto = Callable[..., Path]
Dump = Callable[[Path], object]

CHILD = """
import sys
from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_folder, intake
intake.BATCH = 4
with Project.open(sys.argv[1]) as project:
    print("ready", flush=True)
    import_folder(project, sys.argv[2], individuals_from_folders=True,
                  progress=lambda *_: print("batch", flush=True))
"""


def start(project: Path, photos: Path) -> subprocess.Popen[str]:
    """Start an import in another process; it prints a line per batch."""
    command = [sys.executable, "-c", CHILD, str(project), str(photos)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def fill(photos: Path, photo: MakePhoto) -> None:
    """Write photos of named and unnamed animals, with a copy and a damaged file among them."""
    for number in range(36):
        minute = f"2019:03:04 03:{number:02}:00"
        photo(photos / f"T-{number % 5}" / f"{number}.jpg", number, time=minute)
    photo(photos / "T-1" / "copy.jpg", 1, time="2019:03:04 03:01:00")
    (photos / "T-2" / "cut.jpg").write_bytes((photos / "T-2" / "2.jpg").read_bytes()[:400])
    photo(photos / "unknown" / "x.jpg", 99)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_killed_import_ends_like_an_undisturbed_one(
    tmp_path: Path, photo: MakePhoto, dump: Dump
) -> None:
    """SIGKILL at random moments, the same command again: the same content, row for row."""
    photos, chance = tmp_path / "photos", random.Random(7)
    fill(photos, photo)
    with Project.create(tmp_path / "calm", "tiger"):
        finish(start(tmp_path / "calm", photos))
    for attempt in range(2):
        disturbed = tmp_path / f"killed{attempt}"
        Project.create(disturbed, "tiger").close()
        for _ in range(3):
            kill_somewhere(start(disturbed, photos), chance)
        finish(start(disturbed, photos))
        assert dump(disturbed) == dump(tmp_path / "calm")


def finish(worker: subprocess.Popen[str]) -> None:
    """Let a worker come to its end."""
    worker.communicate()
    assert worker.returncode == 0


def kill_somewhere(worker: subprocess.Popen[str], chance: random.Random) -> None:
    """Kill a worker some of its ten batches and some milliseconds after its start."""
    assert worker.stdout is not None
    for _ in range(chance.randint(1, 6)):
        worker.stdout.readline()
    time.sleep(chance.random() * 0.02)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    assert worker.returncode == -signal.SIGKILL


def test_two_processes_import_into_one_project(tmp_path: Path, photo: MakePhoto) -> None:
    """Both succeed, and photos that both have are in the catalogue once."""
    fill(tmp_path / "a", photo)
    fill(tmp_path / "b", photo)
    photo(tmp_path / "b" / "T-9" / "more.jpg", 1000)
    with Project.create(tmp_path / "p", "tiger") as project:
        workers = [start(project.folder, tmp_path / name) for name in ("a", "b", "a")]
        outputs = [worker.communicate()[0] for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0, 0]
        assert all("batch" in output for output in outputs)
        with project.reading() as session:
            assert counts(session).photos == counts(session).annotations == 38
        summary = import_folder(project, tmp_path / "b", individuals_from_folders=True)
        assert (summary.photos_added, summary.annotations_added) == (0, 0)
