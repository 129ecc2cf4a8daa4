"""An import of boxes that is killed, and repeated, ends like one that was not."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_any

Dump = Callable[[Path], object]
MakePhoto = Callable[..., Path]

CHILD = """
import sys
from pathlib import Path
from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_any, intake
intake.BATCH = 4
with Project.open(sys.argv[1]) as project:
    import_any(project, Path(sys.argv[2]), progress=lambda *_: print("batch", flush=True))
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_killed_import_ends_like_an_undisturbed_one(
    tmp_path: Path, template: Path, photo: MakePhoto, dump: Dump
) -> None:
    """SIGKILL between and in batches, the same command again: the same content, row for row."""
    images, drawn = [], []
    for number in range(30):
        photo(tmp_path / "s" / f"cam{number % 3}" / f"{number}.jpg", number)
        images.append({"id": number, "file_name": f"cam{number % 3}\\{number}.JPG"})
        for x in range(number % 4):
            named = {"name": f"T-{number % 5}", "viewpoint": "left"} if x == 0 else {}
            box = [x * 0.2, 0.1, 0.2, 0.4]
            drawn.append({"image_id": number, "category_id": 1, "bbox_relative": box, **named})
    content = {"images": images, "annotations": drawn, "categories": [{"id": 1, "name": "tiger"}]}
    source = tmp_path / "s" / "x.json"
    source.write_text(json.dumps(content))
    for folder in ("calm", "killed"):
        shutil.copytree(template, tmp_path / folder)
    with Project.open(tmp_path / "calm") as project:
        assert import_any(project, source).photos_added == 30
    for batches in (1, 3):
        kill_after(batches, tmp_path / "killed", source)
    with Project.open(tmp_path / "killed") as project:
        summary = import_any(project, source)
    assert 0 < summary.photos_known < 30
    assert dump(tmp_path / "killed") == dump(tmp_path / "calm")


def kill_after(batches: int, project: Path, source: Path) -> None:
    """Start an import in another process, and kill it after some batches."""
    command = [sys.executable, "-c", CHILD, str(project), str(source)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        for _ in range(batches):
            assert worker.stdout.readline()
        worker.send_signal(signal.SIGKILL)
    assert worker.returncode == -signal.SIGKILL
