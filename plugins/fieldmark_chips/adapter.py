"""Finding the animal with the library rembg, from a network that is on this computer.

Only rembg's sessions for a user's own file are used: all others download their network, or send the
picture to a server.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from fieldmark.errors import MissingLibraryError, UserError
from fieldmark.types import Mask, Pixels
from fieldmark_chips.networks import plausible
from fieldmark_chips.places import Grid

_HOME = "U2NET_HOME"
"""The variable that names the only folder from which rembg opens networks."""


class Rembg:
    """Finds the animal with rembg.

    Args:
        path: the ONNX file; rembg is shown this file's folder as its home, and no other.
        session: which kind of network it is: `u2net_custom`, `dis_custom` or `ben_custom`.

    Raises:
        MissingLibraryError: if rembg is not installed.
        UserError: if rembg cannot open the file as such a network.
    """

    size = 1024

    def __init__(self, path: Path, session: str) -> None:
        self._library = _library()
        try:
            with _home(path.resolve().parent):
                self._session = self._library.new_session(session, model_path=str(path.resolve()))
        except Exception as error:  # rembg passes on whatever ONNX Runtime raises
            raise UserError(
                f"rembg cannot open {path.name} as a network of the session {session};"
                " name an ONNX file in 'weights', and the session that it belongs to"
            ) from error

    def find(self, picture: Pixels, grid: Grid) -> Mask | None:
        """Return 0 to 1 for each pixel of an H×W×3 picture; None when nothing plausible is found.

        rembg stretches what it finds to 0–1, also where there is nothing: only the share of the
        box that it takes for the animal says whether to believe it.
        """
        # Where a network gives one number everywhere, rembg divides by zero.
        with np.errstate(divide="ignore", invalid="ignore"):
            mask = self._library.remove(
                Image.fromarray(picture), session=self._session, only_mask=True
            )
        return plausible(np.asarray(mask, np.float32) / np.float32(255), grid)


def _library() -> Any:  # noqa: ANN401 -- an extra of its own, without type hints
    try:
        return import_module("rembg")
    except ModuleNotFoundError as error:
        raise MissingLibraryError(
            "preprocessor 'background' with method: rembg needs rembg, which is not installed;"
            " run: pip install 'fieldmark[rembg]', or use method: model, which reads the same files"
        ) from error


@contextmanager
def _home(folder: Path) -> Iterator[None]:
    before = os.environ.get(_HOME)
    os.environ[_HOME] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_HOME]
        else:
            os.environ[_HOME] = before
