"""What is installed, what is missing, and what to type: the checks of `fieldmark doctor`."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
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
_MEND_OPENCV = "pip install --force-reinstall --no-deps opencv-contrib-python-headless"
_ASK_OPENCV = """\
import cv2
if not hasattr(cv2, "getBuildInformation"):
    raise SystemExit("its folder is empty, as after one of several wheels of OpenCV was removed")
print(cv2.__version__, "contrib" if "xfeatures2d" in cv2.getBuildInformation() else "main")
"""
MEGADETECTOR_PYTHON = "FIELDMARK_MEGADETECTOR_PYTHON"
"""The variable that names a Python with PyTorch-Wildlife, where that is not fieldmark's own."""
_ASK_VERSIONS = """\
import importlib.metadata, importlib.util, json
found = {}
for name in ("PytorchWildlife", "torch", "torchaudio", "soundfile", "librosa"):
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
if importlib.util.find_spec("pkg_resources"):
    found["pkg_resources"] = ""
print(json.dumps(found))
"""
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
    yield _opencv()
    for extra, modules in EXTRAS.items():
        if extra == "megadetector":  # it may lie in another Python
            yield _megadetector(os.environ.get(MEGADETECTOR_PYTHON))
        else:
            yield _extra(extra, modules)
    yield from _plugins()
    yield _disk(folder)


def _required(module: str, distribution: str) -> Check:
    # In a process of its own: a library that crashes at import must not take the doctor along.
    told, reason = _ask(sys.executable, f"import {module}; print({module}.__version__)")
    if told:
        return Check(distribution, "ok", told)
    return Check(
        distribution, "broken", reason, f"pip install --force-reinstall --no-deps {distribution}"
    )


def _ask(python: str, program: str) -> tuple[str, str]:
    """Return what a program prints, or an empty text and why there is none."""
    try:
        tried = subprocess.run(  # noqa: S603 - the Python that the user named, and our own words
            [python, "-c", program], capture_output=True, text=True, check=False
        )
    except OSError as error:
        return "", f"{python} cannot be started: {error.strerror}"
    if tried.returncode == 0:
        return tried.stdout.strip(), ""
    return "", (tried.stderr.strip().splitlines() or [f"exit status {tried.returncode}"])[-1]


def _opencv(python: str = sys.executable) -> Check:
    """All OpenCV wheels write the same `cv2` folder; the last one installed wins."""
    installed = [wheel for wheel in OPENCV_WHEELS if _version(wheel)]
    several = f"{', '.join(installed)} write the same folder" if len(installed) > 1 else ""
    told, reason = _ask(python, _ASK_OPENCV)
    if not told:
        return Check("OpenCV", "broken", f"cv2 does not work: {reason}", _MEND_OPENCV)
    version, _, parts = told.partition(" ")
    if parts != "contrib":
        why = several or "another wheel than opencv-contrib-python-headless is installed"
        detail = f"{version} without its contrib parts: {why}"
        return Check("OpenCV", "broken", detail, _MEND_OPENCV)
    note = f"; {several}: the right one is there now, after the next installation look again"
    return Check("OpenCV", "ok", version + (note if several else ""))


def _megadetector(named: str | None) -> Check:
    """Ask the Python that will run MegaDetector what it has; nothing large is imported."""
    name, where = "extra megadetector", f" for {named}" if named else ""
    told, reason = _ask(named or sys.executable, _ASK_VERSIONS)
    if not told:
        advice = f"let {MEGADETECTOR_PYTHON} name a Python that has PytorchWildlife, or unset it"
        return Check(name, "broken", reason, advice)
    found: dict[str, str] = json.loads(told)
    if "PytorchWildlife" not in found:
        advice = "pip install 'fieldmark[megadetector]', as docs/megadetector.md says"
        return Check(name, "optional", f"PytorchWildlife not installed{where}", advice)
    faults = "; ".join(_import_faults(found))
    note = f"; by itself it does not import ({faults}); fieldmark goes round that" if faults else ""
    return Check(name, "ok", f"PytorchWildlife {found['PytorchWildlife']}{where}{note}")


def _import_faults(found: Mapping[str, str]) -> Iterator[str]:
    """Yield why `import PytorchWildlife` fails, each with what one would type for it."""
    if missing := [each for each in ("soundfile", "librosa") if each not in found]:
        yield f"it needs {' and '.join(missing)}: pip install {' '.join(missing)}"
    torch, audio = (found.get(each, "").split(".")[:2] for each in ("torch", "torchaudio"))
    if torch != audio:
        number = ".".join(audio)
        wanted = f"pip install 'torch=={number}.*'"
        yield f"torchaudio {number} is not made for torch {'.'.join(torch)}: {wanted}"
    if "pkg_resources" not in found:
        yield "yolov5 needs pkg_resources: pip install 'setuptools<82'"


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
