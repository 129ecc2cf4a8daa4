"""The classifier of sides at work."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fieldmark.components import Context, SideJudge
from fieldmark.errors import UserError
from fieldmark.types import Chip, Side
from fieldmark_deep.classifier import Classifier, record_of
from fieldmark_deep.embedder import DeepEmbedder
from fieldmark_deep.settings import Network
from fieldmark_deep.storage import load, save
from fieldmark_sides.classifier import Sides, load_sides
from fieldmark_sides.settings import SideOptions
from support.flanks import flank

CHIP = Chip(np.full((8, 8, 3), 120, np.uint8))
BOTH = (Side.LEFT, Side.RIGHT)


def of(logits: list[float], *, temperature: float = 1.0, threshold: float = 0.0) -> Sides:
    """Return a classifier that gives every chip these logits for left and right."""
    network = DeepEmbedder(
        Network(embedding_size=2, normalise=False),
        lambda _chips: torch.tensor([logits], dtype=torch.float32),
        1,
    )
    return Sides(Classifier(network, ("left", "right")), temperature, threshold)


def test_shares_are_calibrated_by_hand() -> None:
    """With a temperature of 2, logits 0 and 2 ln 3 are a quarter and three quarters."""
    found = of([0.0, 2 * np.log(3)], temperature=2.0).judge(CHIP)
    assert found.side is Side.RIGHT
    assert found.probability == pytest.approx(0.75)
    assert dict(found.shares) == pytest.approx({Side.LEFT: 0.25, Side.RIGHT: 0.75})


@pytest.mark.parametrize(
    ("threshold", "side"), [(0.0, Side.RIGHT), (0.74, Side.RIGHT), (0.76, Side.UNKNOWN)]
)
def test_below_the_threshold_the_side_is_unknown(threshold: float, side: Side) -> None:
    """The probability of the likeliest side is told all the same."""
    found = of([0.0, np.log(3)], threshold=threshold).judge(CHIP)
    assert found.side is side
    assert found.probability == pytest.approx(0.75)


def test_a_side_that_is_given_stays() -> None:
    """What a person or an import said always wins; only an unknown side is filled."""
    sure = of([0.0, 9.0])
    given = Chip(CHIP.pixels, side=Side.LEFT)
    assert sure.apply(given) is given
    assert sure.judge(given).side is Side.RIGHT
    assert sure.apply(CHIP).side is Side.RIGHT
    assert CHIP.side is Side.UNKNOWN


def test_an_unsure_classifier_changes_nothing() -> None:
    """The side of a chip stays unknown below the threshold."""
    assert of([0.0, 0.1], threshold=0.9).apply(CHIP).side is Side.UNKNOWN


def test_a_trained_classifier_knows_sides(sides: Path) -> None:
    """Of animals that it never saw it tells which way they stand, and says how sure it is."""
    made = load_sides(SideOptions(threshold=0.0), Context(weights=lambda: sides))
    assert isinstance(made, SideJudge)
    for side in BOTH:
        told = [made.judge(Chip(flank(side, 50 + n, 0))) for n in range(10)]
        assert [each.side for each in told] == [side] * 10
        assert all(sum(each.shares.values()) == pytest.approx(1) for each in told)


def test_a_mirrored_flank_is_the_other_side(sides: Path) -> None:
    """The trap: what was trained without mirroring takes a mirrored left side for a right one."""
    made = load_sides(SideOptions(threshold=0.0), Context(weights=lambda: sides))
    for side in BOTH:
        for n in range(6):
            mirrored = np.ascontiguousarray(flank(side, 70 + n, 0)[:, ::-1])
            assert made.judge(Chip(mirrored)).side is side.opposite


def test_the_threshold_comes_with_the_weights(sides: Path) -> None:
    """Without an option that of the calibration holds: what is less sure than it stays unknown."""
    calibrated = load_sides(SideOptions(), Context(weights=lambda: sides))
    least = record_of(sides)["calibration"]["threshold"]
    chips = [Chip(flank(side, 90 + n, 0)) for n in range(10) for side in BOTH]
    chips.append(Chip(np.full((32, 48, 3), 90, np.uint8)))
    told = [calibrated.judge(chip) for chip in chips]
    assert [each.side is Side.UNKNOWN for each in told] == [p.probability < least for p in told]
    assert any(each.side is not Side.UNKNOWN for each in told)


def test_a_gate_is_no_classifier_of_sides(tmp_path: Path, sides: Path) -> None:
    """Weights without a calibration, or without classes, are refused in one sentence."""
    network, config = load(sides)
    record = dict(config["record"])
    del record["calibration"]
    bare = save(tmp_path, network, record)
    with pytest.raises(UserError, match="do not say how sure they may be"):
        load_sides(SideOptions(), Context(weights=lambda: bare))
    nothing = save(tmp_path, network, {"component": "timm"})
    with pytest.raises(UserError, match="fieldmark train side"):
        load_sides(SideOptions(), Context(weights=lambda: nothing))
