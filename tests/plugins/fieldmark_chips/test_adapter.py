"""The library rembg: only a network on this computer, or words about what is missing."""

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from fieldmark.components import Context, Role
from fieldmark.errors import MissingLibraryError, UserError
from fieldmark.plugins import Plugins
from fieldmark.types import Chip
from fieldmark_chips import BACKGROUND
from fieldmark_chips.settings import BackgroundOptions

HERE = find_spec("rembg") is not None
with_rembg = pytest.mark.skipif(not HERE, reason="rembg is not installed")


@pytest.mark.skipif(HERE, reason="rembg is installed")
def test_without_rembg_the_message_says_what_to_type(tmp_path: Path) -> None:
    """The extra is named, and the way that needs no rembg."""
    context = Context(weights=lambda: tmp_path / "net.onnx")
    with pytest.raises(MissingLibraryError, match=r"pip install 'fieldmark\[rembg\]', or use"):
        Plugins.installed().build(Role.PREPROCESSOR, "background", {"method": "rembg"}, context)


@pytest.mark.parametrize("session", ["atlascloud", "withoutbg", "u2net", "bria-rmbg"])
def test_sessions_that_leave_the_computer_are_refused(session: str) -> None:
    """A session that sends pictures away, or downloads its network, cannot be chosen."""
    with pytest.raises(ValidationError, match="u2net_custom"):
        BackgroundOptions.model_validate({"method": "rembg", "session": session})


@with_rembg
def test_rembg_finds_the_animal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network in a folder of its own is opened, and the variable is as it was before."""
    from support import segmenters  # noqa: PLC0415 -- needs onnx

    monkeypatch.setenv("U2NET_HOME", "/elsewhere")
    path = segmenters.salient(tmp_path / "net.onnx", side=320)
    pixels = np.full((90, 140, 3), 120, np.uint8)
    pixels[30:70, 40:100] = (250, 30, 20)
    options = BACKGROUND.options.model_validate({"method": "rembg", "tighten": False})
    done = BACKGROUND.build(options, Context(weights=lambda: path)).apply(Chip(pixels))
    assert isinstance(done, Chip)
    assert done.mask is not None
    assert done.mask[50, 70] > 0.9
    assert done.mask[10, 10] < 0.1
    assert os.environ["U2NET_HOME"] == "/elsewhere"


@with_rembg
def test_blank_picture_gets_the_centre_prior(tmp_path: Path) -> None:
    """Where rembg's network gives one number everywhere, the centre of the box weighs most."""
    from support import segmenters  # noqa: PLC0415 -- needs onnx

    path = segmenters.salient(tmp_path / "net.onnx", side=320)
    options = BACKGROUND.options.model_validate({"method": "rembg", "tighten": False})
    chip = Chip(np.full((90, 140, 3), 120, np.uint8))
    done = BACKGROUND.build(options, Context(weights=lambda: path)).apply(chip)
    assert isinstance(done, Chip)
    assert done.mask is not None
    assert done.mask[45, 70] > 0.9
    assert done.mask[5, 5] < 0.1


@with_rembg
def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    """The message names the file and the session."""
    path = tmp_path / "net.onnx"
    path.write_bytes(b"hello" * 100)
    options = BACKGROUND.options.model_validate({"method": "rembg"})
    with pytest.raises(UserError, match=r"cannot open net\.onnx as a network of the session u2net"):
        BACKGROUND.build(options, Context(weights=lambda: path))
