"""Pythons for the worker: one with the true library, and one with a stand-in for it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from fieldmark.components import Context
from fieldmark.images import open_photo
from fieldmark.testing.subjects import picture
from fieldmark_megadetector.detector import MegaDetector
from fieldmark_megadetector.options import PYTHON, MegaDetectorOptions
from fieldmark_megadetector.process import WorkerProcess

HERE = Path(__file__).parent
DATA = Path(os.environ.get("FIELDMARK_DATA", HERE.parents[3] / "shared" / "data"))


@pytest.fixture(scope="session")
def worker_python() -> str:
    """Return a Python that has PyTorch-Wildlife; skips where there is none."""
    named = os.environ.get(PYTHON)
    if named:
        return named
    if find_spec("PytorchWildlife") is None:
        pytest.skip(f"PyTorch-Wildlife is not installed; a Python that has it: {PYTHON}=…")
    return sys.executable


@pytest.fixture(scope="session")
def stand_in_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a Python that has the stand-in where PyTorch-Wildlife would be."""
    if os.name != "posix":
        pytest.skip("the stand-in is found through a shell script")
    folder = tmp_path_factory.mktemp("stand-in")
    package = folder / "PytorchWildlife" / "models"
    package.mkdir(parents=True)
    for empty in (package.parent, package):
        (empty / "__init__.py").touch()
    shutil.copy(HERE / "stand_in.py", package / "detection.py")
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{folder}" exec "{sys.executable}" "$@"\n')
    script.chmod(0o755)
    return str(script)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Return a file for the stand-in, which does not look into it."""
    path = tmp_path / "weights.pt"
    path.write_bytes(b"numbers")
    return path


@pytest.fixture
def detector(stand_in_python: str, weights: Path) -> Iterator[MegaDetector]:
    """Return a detector whose worker runs the stand-in; it starts with the first photo."""
    options = MegaDetectorOptions(version="MDV6-yolov9-c", python=stand_in_python, batch_size=4)
    made = MegaDetector(options, Context(weights=lambda: weights))
    yield made
    made.close()


@pytest.fixture(scope="session")
def worker(worker_python: str) -> Iterator[WorkerProcess]:
    """Return a worker that has the true library; tests load into it what they need."""
    process = WorkerProcess(worker_python)
    process.ask({"do": "hello"})
    yield process
    process.close()


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two camera-trap photos of two sizes: real, or drawn where there are none."""
    folder = tmp_path_factory.mktemp("photos")
    samples = DATA / "CameraTrapSamples" / "images" / "animl"
    real = sorted(samples.glob("*/*.jpg"))[:4:3]
    drawn = [picture(i, *size) for i, size in enumerate(((480, 640), (360, 640)))]
    for i, pixels in enumerate([open_photo(path) for path in real] or drawn):
        # Without loss: the library's decoder of JPEG rounds otherwise than ours.
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return sorted(folder.iterdir())


@pytest.fixture(scope="session")
def upstream(
    worker_python: str, photos: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the folder in which `upstream.py` has written what the library does by itself."""
    folder = tmp_path_factory.mktemp("upstream")
    for photo in photos:
        (folder / "photos").mkdir(exist_ok=True)
        shutil.copy(photo, folder / "photos")
    done = subprocess.run(
        [worker_python, str(HERE / "upstream.py"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder
