"""What is installed, what is missing, and what to type: the checks of `fieldmark doctor`."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from fieldmark import __version__
from fieldmark.plugins import Plugins

State = Literal["ok", "optional", "broken"]

REQUIRED = {
    "numpy": "numpy",
    "PIL": "pillow",
    "cv2": "opencv-contrib-python-headless",
    "faiss": "faiss-cpu",
    "sklearn": "scikit-learn",
    "sqlalchemy": "sqlalchemy",
    "alembic": "alembic",
    "jinja2": "jinja2",
    "huggingface_hub": "huggingface-hub",
    "safetensors": "safetensors",
}
"""Modules of the light install and the distributions that bring them."""

EXTRAS = {
    "deep": ("torch", "timm", "kornia"),
    "megadetector": ("PytorchWildlife",),
    "datasets": ("wildlife_datasets",),
    "review": ("fastapi", "uvicorn"),
}

OPENCV_WHEELS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
LOW_DISK = 2 * 1024**3


@dataclass(frozen=True)
class Check:
    """One finding: `ok`, `optional` (missing, but only some work needs it) or `broken`."""

    name: str
    state: State
    detail: str
    advice: str = ""


def examine(folder: Path) -> Iterator[Check]:
    """Yield every finding about this machine, this environment and `folder`."""
    yield Check("fieldmark", "ok", f"{__version__} on Python {platform.python_version()}")
    yield Check("machine", "ok", f"{platform.platform()}, {os.cpu_count()} cores")
    for module, distribution in REQUIRED.items():
        yield _required(module, distribution)
    yield from _opencv()
    for extra, modules in EXTRAS.items():
        yield _extra(extra, modules)
    yield from _plugins()
    yield _disk(folder)


def _required(module: str, distribution: str) -> Check:
    # In a process of its own: a library that crashes at import must not take the doctor along.
    tried = subprocess.run(  # noqa: S603 - our own interpreter and a module name from above
        [sys.executable, "-c", f"import {module}; print({module}.__version__)"],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode == 0:
        return Check(distribution, "ok", tried.stdout.strip())
    reason = (tried.stderr.strip().splitlines() or [f"exit status {tried.returncode}"])[-1]
    return Check(
        distribution, "broken", reason, f"pip install --force-reinstall --no-deps {distribution}"
    )


def _opencv() -> Iterator[Check]:
    """All OpenCV wheels write the same `cv2` folder; the last one installed wins."""
    installed = [wheel for wheel in OPENCV_WHEELS if _version(wheel)]
    if len(installed) > 1:
        yield Check(
            "OpenCV",
            "broken",
            f"{', '.join(installed)} overwrite one another's files",
            "pip install --force-reinstall --no-deps opencv-contrib-python-headless",
        )


def _extra(extra: str, modules: tuple[str, ...]) -> Check:
    missing = [module for module in modules if not _findable(module)]
    if not missing:
        return Check(f"extra {extra}", "ok", "installed")
    return Check(
        f"extra {extra}",
        "optional",
        f"{', '.join(missing)} not installed",
        f"pip install 'fieldmark[{extra}]'",
    )


def _plugins() -> Iterator[Check]:
    catalogue = Plugins.installed()
    for broken in catalogue.broken:
        yield Check(f"plugin {broken.name}", "broken", broken.reason, f"see {broken.source}")
    if not catalogue.broken:
        yield Check("plugins", "ok", "all load")


def _disk(folder: Path) -> Check:
    here = folder if folder.exists() else Path.cwd()
    free = shutil.disk_usage(here).free
    detail = f"{free / 1024**3:.1f} GB free"
    if not os.access(here, os.W_OK):
        return Check(f"folder {here}", "broken", "cannot be written", "choose another folder")
    if free < LOW_DISK:
        return Check(
            f"folder {here}",
            "broken",
            detail,
            "free some space: features need about 0.2 MB for each photo",
        )
    return Check(f"folder {here}", "ok", detail)


def _findable(module: str) -> bool:
    return find_spec(module) is not None


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
