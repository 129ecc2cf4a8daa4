from dataclasses import replace

import numpy as np
import pytest

from fieldmark.synthetic.animals import SUPERSAMPLING, Cutout, box_of, outline, render_animal
from fieldmark.synthetic.colours import Lamp
from fieldmark.synthetic.noise import FloatArray
from fieldmark.synthetic.patterns import FLANKS, GRID, KINDS, Flank, Kind
from fieldmark.synthetic.pose import Pose, draw_pose

SCALE = 120.0
POSES = (Pose(), draw_pose(5), replace(draw_pose(8), yaw=0.3, bend=-0.2))
# The flank proper: clear of the back line, belly, tail root and head, in cells of the grid.
FLANK_ROWS, FLANK_COLUMNS = slice(14, 40), slice(12, 112)


def drawn(individual: int, flank: Flank, pose: Pose, kind: Kind = "stripes") -> Cutout:
    """Draw an animal in even light."""
    return render_animal(kind, individual, flank, pose, SCALE, Lamp(sky=1.0))


def unwarped(cutout: Cutout) -> FloatArray:
    """Average the brightness seen at each cell of the coat; NaN where nothing is seen."""
    seen = np.isfinite(cutout.coordinates[..., 0])
    column, row = np.moveaxis(cutout.coordinates[seen].astype(int), -1, 0)
    cell = np.clip(row, 0, GRID[0] - 1) * GRID[1] + np.clip(column, 0, GRID[1] - 1)
    bright = cutout.rgba[seen][:, :3].mean(axis=1)
    cells = GRID[0] * GRID[1]
    count = np.bincount(cell, minlength=cells)
    total = np.bincount(cell, weights=bright, minlength=cells)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean.reshape(GRID)[FLANK_ROWS, FLANK_COLUMNS].astype(np.float32)


def likeness(first: Cutout, second: Cutout) -> float:
    """Correlate the markings of two pictures at the places of the coat that both show."""
    a, b = unwarped(first), unwarped(second)
    both = np.isfinite(a) & np.isfinite(b)
    assert both.mean() > 0.3
    return float(np.corrcoef(a[both], b[both])[0, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_coat_stays_on_the_body(kind: Kind) -> None:
    """The same flank in two poses shows the same markings once warped back; others do not."""
    for flank in FLANKS:
        rest, *moved = (drawn(3, flank, pose, kind) for pose in POSES)
        for cutout in moved:
            assert likeness(rest, cutout) > 0.95
        others = [abs(likeness(rest, drawn(n, flank, POSES[1], kind))) for n in (4, 5, 6)]
        # Two runs of stripes are both nearly periodic, so one pair may agree or clash by chance.
        assert max(others) < 0.6
        assert np.mean(others) < 0.3


def test_right_flank_is_no_mirror_of_the_left() -> None:
    """The two flanks of one individual carry different markings at the same places."""
    assert abs(likeness(drawn(3, "left", Pose()), drawn(3, "right", Pose()))) < 0.35


def test_left_flank_faces_left() -> None:
    """The nose is at the left when the left flank is shown, at the right for the right flank."""
    for flank, sign in zip(FLANKS, (-1, 1), strict=True):
        column = drawn(3, flank, Pose()).coordinates[..., 0]
        x = np.broadcast_to(np.arange(column.shape[1]), column.shape)
        seen = np.isfinite(column)
        assert np.sign(np.corrcoef(x[seen], column[seen])[0, 1]) == sign


def test_build_says_nothing() -> None:
    """Two individuals in the same pose have the same outline to the pixel."""
    assert np.array_equal(drawn(3, "left", POSES[1]).mask, drawn(4, "left", POSES[1]).mask)


@pytest.mark.parametrize("pose", POSES)
def test_mask_box_and_opacity_agree(pose: Pose) -> None:
    """Opacity is the mask, the box just holds it, and the outline alone gives the same mask."""
    for flank in FLANKS:
        cutout = drawn(3, flank, pose)
        mask, feet = outline(pose, SCALE, flank)
        assert np.array_equal(cutout.rgba[..., 3] > 0, cutout.mask)
        assert np.array_equal(mask, cutout.mask)
        assert feet == cutout.feet
        x, y, width, height = cutout.box
        assert cutout.mask[y : y + height, x : x + width].sum() == cutout.mask.sum()
        assert box_of(cutout.mask[y : y + height, x : x + width]) == (0, 0, width, height)


def test_size_follows_the_scale() -> None:
    """Nose to tail is a little over two body units long at any scale."""
    width = drawn(3, "left", Pose()).box[2]
    assert 1.9 < width / (SCALE * SUPERSAMPLING) < 2.2


def test_round_body_is_lit_from_above() -> None:
    """With the sun above, the upper flank is brighter than the lower: the body looks round."""
    lamp = Lamp((0.0, 1.0, 0.0), sky=0.3)
    picture = render_animal("spots", 3, "left", Pose(pitch=0.0), SCALE, lamp)
    row, bright = picture.coordinates[..., 1], picture.rgba[..., :3].max(axis=2)
    upper, lower = (row > 8) & (row < 18), (row > 34) & (row < 44)
    assert np.quantile(bright[upper], 0.8) > 1.15 * np.quantile(bright[lower], 0.8)


def test_empty_mask_has_an_empty_box() -> None:
    """A mask of nothing has the box (0, 0, 0, 0)."""
    assert box_of(np.zeros((4, 5), np.bool_)) == (0, 0, 0, 0)
