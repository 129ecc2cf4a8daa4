"""Annotations become verdicts on their side, in order, whatever fails on the way."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.api.weights import resolve_weights
from fieldmark.components import SideJudge
from fieldmark.errors import UserError
from fieldmark.jobs import Failed
from fieldmark.pipeline.recipe import Step, resolve_side_classifier
from fieldmark.pipeline.sides import Asked, Court, Places, build_court, verdicts
from fieldmark.pipeline.stages import Subject
from fieldmark.plugins import Plugins
from fieldmark.profile import Profile, read_profile
from fieldmark.types import Box, Chip, Judged, SetAside, Side

PROFILE = """\
name: cat
scientific_name: Felis picta
sides:
  classifier:
    preprocess: [{use: crop, options: {margin: 0}}]
    use: USED
    options: OPTIONS
pipelines:
  local: {preprocess: [], embed: {use: sift}, match: {use: lnbnn}}
default: local
"""


class Bright:
    """Takes the brighter half for the head; sets aside what is black, fails on what is white."""

    def apply(self, chip: Chip) -> Chip | SetAside:
        """Set black chips aside."""
        return chip if chip.pixels.any() else SetAside("it is black")

    def judge(self, chip: Chip) -> Judged:
        """Return left where the left half is brighter."""
        if chip.pixels.min() == 255:
            raise ValueError("too bright")
        half = chip.pixels.shape[1] // 2
        left = chip.pixels[:, :half].mean() > chip.pixels[:, half:].mean()
        side = Side.LEFT if left else Side.RIGHT
        return Judged(side, 0.9, {side: 0.9, side.opposite or side: 0.1})


def profile(used: str, options: str = "{}") -> Profile:
    """Return a profile whose classifier is this component."""
    return read_profile(PROFILE.replace("USED", used).replace("OPTIONS", options))


def steps(used: str, options: str = "{}") -> tuple[Step, ...]:
    """Return the steps of its classifier."""
    return resolve_side_classifier(profile(used, options), Plugins.installed())


def photo(folder: Path, name: str, left: int, right: int) -> Path:
    """Write a photo with two halves of these greys."""
    pixels = np.full((16, 32, 3), left, np.uint8)
    pixels[:, 16:] = right
    Image.fromarray(pixels).save(folder / name)
    return folder / name


def asked(number: int, path: Path, box: Box | None = None) -> Asked:
    """Return a question about a photo."""
    return Asked(number, Subject(path, box or Box(), Side.UNKNOWN))


def test_verdicts_come_in_order_and_one_failure_stops_no_other(tmp_path: Path) -> None:
    """Missing and damaged photos, set-asides and a judge that fails stand among the others."""
    (tmp_path / "damaged.png").write_bytes(b"no picture")
    bright = Bright()
    court = Court(bright, ((bright,), (bright,)))
    questions = [
        asked(1, photo(tmp_path, "l.png", 200, 20)),
        Asked(2, None),
        asked(3, photo(tmp_path, "r.png", 20, 200)),
        asked(4, tmp_path / "damaged.png"),
        asked(5, photo(tmp_path, "black.png", 0, 0)),
        asked(6, photo(tmp_path, "white.png", 255, 255)),
        *(asked(n, tmp_path / "l.png") for n in range(7, 40)),
    ]
    found = dict((one.annotation, verdict) for one, verdict in verdicts(questions, court))  # noqa: C402
    assert list(found) == list(range(1, 40))
    sides = {n: v.side for n, v in found.items() if isinstance(v, Judged)}
    assert sides == {1: Side.LEFT, 3: Side.RIGHT, **dict.fromkeys(range(7, 40), Side.LEFT)}
    reasons = {n: v.reason for n, v in found.items() if isinstance(v, Failed)}
    assert reasons.keys() == {2, 4, 6}
    assert "import its folder again" in reasons[2]
    assert reasons[6] == "ValueError: too bright"
    assert found[5] == SetAside("it is black")


def test_a_court_is_built_from_the_profile(tmp_path: Path) -> None:
    """The last step judges; each thread has a chain of what prepares its pictures."""
    pytest.importorskip("torch")
    small = "{threshold: 0, untrained: {backbone: mobilenetv3_small_050, height: 32, width: 32,"
    made = steps("side", small + " embedding_size: 2, normalise: false}}")
    places = Places(Plugins.installed(), resolve_weights, tmp_path)
    court = build_court(made, places, 3)
    assert isinstance(court.judge, SideJudge)
    assert [len(chain) for chain in court.chains] == [1, 1, 1]
    assert len({id(chain[0]) for chain in court.chains}) == 3
    question = asked(1, photo(tmp_path, "l.png", 200, 20), Box(0, 0, 0.5, 1))
    ((_, verdict),) = verdicts([question], court)
    assert isinstance(verdict, Judged)
    assert verdict.side in {Side.LEFT, Side.RIGHT}


def test_what_tells_no_sides_is_refused(tmp_path: Path) -> None:
    """A preprocessor without a verdict cannot be a profile's classifier."""
    places = Places(Plugins.installed(), resolve_weights, tmp_path)
    with pytest.raises(UserError, match=r"^the preprocessor 'resize' does not tell sides apart"):
        build_court(steps("resize"), places, 1)
