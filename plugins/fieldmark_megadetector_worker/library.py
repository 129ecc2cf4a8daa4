"""Importing PyTorch-Wildlife 1.3.0, which does not import after a clean installation.

Three faults stand one behind the other, each got round here by itself; the docstrings say why.
"""

import importlib
import importlib.metadata
import importlib.util
import sys
from types import ModuleType
from typing import Any

DISTRIBUTIONS = ("PytorchWildlife", "torch", "torchvision", "ultralytics", "yolov5")
SOUND = ("PytorchWildlife.data.bioacoustics", "PytorchWildlife.models.bioacoustics")


class LibraryProblem(Exception):  # noqa: N818 -- read as a sentence
    """PyTorch-Wildlife cannot be used in this environment; the message says what to do."""


def without_sound() -> None:
    """Put empty modules in the place of the library's sound half.

    It is imported whether it is wanted or not, and needs soundfile and librosa, which are not
    declared (fault 1), and torchaudio, whose last release refuses newer CUDA builds of torch
    (fault 2). Photos need none of it.
    """
    for name in SOUND:
        empty = ModuleType(name)
        empty.__dict__["__all__"] = []
        sys.modules.setdefault(name, empty)


def with_pkg_resources() -> None:
    """Provide the one function of `pkg_resources` that yolov5 7.0.13 uses.

    setuptools 82 and later no longer bring the module (fault 3).
    """
    try:
        importlib.import_module("pkg_resources")
    except ImportError:
        substitute = ModuleType("pkg_resources")
        substitute.__dict__["parse_version"] = importlib.import_module("packaging.version").parse
        sys.modules["pkg_resources"] = substitute


def detection() -> ModuleType:
    """Import and return the library's detectors.

    Raises:
        LibraryProblem: if the library is missing or does not import nevertheless.
    """
    if importlib.util.find_spec("PytorchWildlife") is None:
        raise LibraryProblem(
            f"PyTorch-Wildlife is not installed for {sys.executable}; install it as"
            " docs/megadetector.md says: pip install 'fieldmark[megadetector]', or name a Python"
            " that has it with FIELDMARK_MEGADETECTOR_PYTHON"
        )
    without_sound()
    with_pkg_resources()
    try:
        return importlib.import_module("PytorchWildlife.models.detection")
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise LibraryProblem(
            f"PyTorch-Wildlife is installed for {sys.executable} but does not import:"
            f" {type(error).__name__}: {reason}; the installation that works is described in"
            " docs/megadetector.md; to see what is broken: fieldmark doctor"
        ) from error


def versions() -> dict[str, str]:
    """Return the versions of the libraries that decide what is detected."""
    found: dict[str, str] = {}
    for name in DISTRIBUTIONS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def module(name: str) -> Any:  # noqa: ANN401 -- modules of a library without type hints
    """Import a module of the library's world by name."""
    return importlib.import_module(name)
