import pytest
import torch
from kornia.geometry.transform import warp_affine
from torch import Tensor
from torch.nn import functional

from fieldmark_deep.augment import _drawn, _grid, _maps, augment
from fieldmark_deep.settings import Augment

NOTHING = Augment(rotate=0, crop=0, flip=0, colour=0, grey=0, erase=0)
EVERYTHING = Augment(rotate=20, crop=0.2, flip=0.5, colour=0.3, grey=0.3, erase=0.7)
SEEDS = list(range(100, 116))


def only(**chosen: float) -> Augment:
    """Return settings of which all but these are 0."""
    return NOTHING.model_copy(update=chosen)


def pictures(channels: int = 3, n: int = 16) -> Tensor:
    """Return random chips, (n, channels, 24, 48)."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, channels, 24, 48), dtype=torch.uint8, generator=generator)


def smooth(channels: int = 1, n: int = 16) -> Tensor:
    """Return chips whose brightness rises from left to right, (n, channels, 40, 80)."""
    return torch.linspace(0, 255, 80).byte().expand(n, channels, 40, 80)


def grey(colours: Tensor) -> Tensor:
    """Return the luma (n, h, w)."""
    return torch.einsum("nchw,c->nhw", colours, torch.tensor([0.299, 0.587, 0.114]))


def test_zero_settings_change_nothing() -> None:
    """The chips come back as they were, divided by 255, bit for bit."""
    batch = pictures(4)
    assert torch.equal(augment(batch, NOTHING, SEEDS), batch.float() / 255)


def test_everything_stays_a_picture() -> None:
    """Shape, type and limits are kept, and the given batch is not touched."""
    batch = pictures(4)
    before = batch.clone()
    found = augment(batch, EVERYTHING, SEEDS)
    assert found.shape == batch.shape
    assert found.dtype is torch.float32
    assert 0 <= float(found.min()) <= float(found.max()) <= 1
    assert torch.equal(batch, before)


@pytest.mark.parametrize(
    "chosen", [only(rotate=10), only(crop=0.1), only(flip=0.5), only(erase=1), only(colour=0.2)]
)
def test_each_setting_changes_something(chosen: Augment) -> None:
    """Rotation, crop, mirroring, painting and colour each have an effect of their own."""
    batch = pictures()
    assert not torch.equal(augment(batch, chosen, SEEDS), batch.float() / 255)


def test_a_sample_depends_on_its_own_seed_alone() -> None:
    """Alone, in another order or beside others, a chip is changed in the same way."""
    batch = pictures(4)
    together = augment(batch, EVERYTHING, SEEDS)
    order = list(reversed(range(16)))
    turned = augment(batch[order], EVERYTHING, [SEEDS[i] for i in order])
    torch.testing.assert_close(turned[order], together, atol=1e-6, rtol=0)
    alone = augment(batch[5:6], EVERYTHING, SEEDS[5:6])
    torch.testing.assert_close(alone[0], together[5], atol=1e-6, rtol=0)


def test_equal_seeds_change_equally_and_no_generator_is_used() -> None:
    """The same call gives the same chips, and torch's global generator stays as it is."""
    before = torch.get_rng_state()
    first, again = (augment(pictures(), EVERYTHING, SEEDS) for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(torch.get_rng_state(), before)
    other = augment(pictures(), EVERYTHING, [seed + 1000 for seed in SEEDS])
    assert not torch.equal(first, other)


def test_large_batches_are_changed_in_parts() -> None:
    """Where a batch exceeds what is changed at once, its parts are what they are alone."""
    batch = pictures(n=1).expand(400, -1, -1, -1)  # 1.4 million numbers
    found = augment(batch, EVERYTHING, list(range(400)))
    alone = augment(batch[399:], EVERYTHING, [399])
    torch.testing.assert_close(found[399:], alone, atol=1e-6, rtol=0)


def test_all_channels_move_together() -> None:
    """A copy of red in the edge channel is still a copy after rotation, crop and mirroring."""
    batch = pictures(4)
    batch[:, 3] = batch[:, 0]
    found = augment(batch, only(rotate=20, crop=0.2, flip=0.5), SEEDS)
    assert torch.equal(found[:, 3], found[:, 0])
    assert not torch.equal(found[:, 0], batch[:, 0].float() / 255)


def test_colour_leaves_edges_alone() -> None:
    """Brightness, contrast, saturation and grey never reach the fourth channel."""
    batch = pictures(4)
    found = augment(batch, only(colour=0.3, grey=0.5), SEEDS)
    assert torch.equal(found[:, 3], batch[:, 3].float() / 255)
    assert not torch.equal(found[:, :3], batch[:, :3].float() / 255)


def test_colour_has_its_formula() -> None:
    """Contrast about the mean grey of c, brightness b and saturation s, by their draws."""
    batch = pictures(n=3)
    found, x = augment(batch, only(colour=0.2), SEEDS[:3]), batch.float() / 255
    draws = _drawn(SEEDS[:3], batch.device)
    b, c, s = (
        (0.8 + 0.4 * draw).view(3, 1, 1, 1)
        for draw in (draws.brightness, draws.contrast, draws.saturation)
    )
    bright = x * b
    mean = grey(bright).mean((1, 2)).view(3, 1, 1, 1)
    contrasted = (bright - mean) * c + mean
    wanted = contrasted * s + (1 - s) * grey(contrasted)[:, None]
    torch.testing.assert_close(found, wanted.clamp(0, 1), atol=1e-5, rtol=0)


def test_grey_takes_colour_away() -> None:
    """With grey at 1, all three channels are the luma."""
    batch = pictures()
    found = augment(batch, only(grey=1), SEEDS)
    wanted = grey(batch.float() / 255)[:, None].expand(-1, 3, -1, -1)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_grey_chips_have_brightness_and_contrast() -> None:
    """One channel is changed as a colour without saturation."""
    found = augment(smooth(), only(colour=0.2), SEEDS, rgb=1)
    assert not torch.equal(found, smooth().float() / 255)


def test_flip_mirrors() -> None:
    """With flip at 1, left is right."""
    batch = pictures()
    wanted = batch.float().flip(3) / 255
    torch.testing.assert_close(augment(batch, only(flip=1), SEEDS), wanted, atol=1e-4, rtol=0)


def test_crop_cuts_at_most_its_share_from_each_side() -> None:
    """The brightness at both ends tells what was cut: between 0 and 20 % of the width."""
    row = augment(smooth(n=16), only(crop=0.2), SEEDS)[:, 0, 20]
    left, right = row[:, 0], 1 - row[:, -1]
    for cut in (left, right):
        assert float(cut.min()) >= 0
        assert float(cut.max()) <= 0.2 + 0.01
        assert float(cut.max()) > 0.12


def test_rotation_is_of_pixels_and_limited() -> None:
    """A horizontal ramp stays a ramp of the same slope, turned by 30° at most."""
    found = augment(smooth(), only(rotate=30), SEEDS)[:, 0, 14:26, 30:50]
    across, down = found.diff(dim=2).mean((1, 2)), found.diff(dim=1).mean((1, 2))
    slope = torch.hypot(across, down) * 79
    torch.testing.assert_close(slope, torch.ones(16), atol=0.02, rtol=0)
    turned = torch.rad2deg(torch.atan2(down, across)).abs()
    assert 15 < float(turned.max()) <= 30.5


def test_the_border_is_reflected() -> None:
    """No black corners come in with rotation: a white chip stays white."""
    white = torch.full((16, 3, 24, 48), 255, dtype=torch.uint8)
    found = augment(white, only(rotate=45, crop=0.1), SEEDS)
    torch.testing.assert_close(found, torch.ones(16, 3, 24, 48), atol=1e-5, rtol=0)


def test_the_grid_is_torchs() -> None:
    """The own, quicker grid has the places of affine_grid."""
    maps = _maps(EVERYTHING, _drawn(SEEDS, torch.device("cpu")), 2.0)
    wanted = functional.affine_grid(maps, [16, 1, 24, 48], align_corners=False)
    torch.testing.assert_close(_grid(maps, 24, 48), wanted, atol=1e-6, rtol=0)


def test_the_geometry_is_kornias() -> None:
    """The same draws, as pixels, give the same pictures when kornia moves them."""
    height, width = 24, 48
    chosen = EVERYTHING.model_copy(update={"colour": 0, "grey": 0, "erase": 0})
    maps = torch.eye(3).repeat(16, 1, 1)
    maps[:, :2] = _maps(chosen, _drawn(SEEDS, torch.device("cpu")), width / height)
    # A pixel's middle (x + ½, y + ½) lies at these shares of −1 to 1.
    shares = torch.tensor([
        [2 / width, 0, 1 / width - 1], [0, 2 / height, 1 / height - 1], [0, 0, 1],
    ])  # fmt: skip
    there = torch.linalg.inv(torch.linalg.inv(shares) @ maps @ shares)[:, :2]
    plain = pictures().float() / 255
    wanted = warp_affine(
        plain, there, (height, width), padding_mode="reflection", align_corners=False
    )
    found = augment(pictures(), chosen, SEEDS)
    torch.testing.assert_close(found, wanted, atol=1e-3, rtol=0)


def test_erase_paints_one_rectangle_over_all_channels() -> None:
    """It covers 2–20 % of the chip, in the same place of every channel, with the mean."""
    batch = pictures(4)
    found, x = augment(batch, only(erase=1), SEEDS), batch.float() / 255
    means = x.mean((2, 3), keepdim=True).expand_as(x)
    painted = torch.isclose(found, means, atol=1e-6)
    assert torch.equal(painted | (found == x), torch.ones_like(painted))
    inside = painted.all(1)
    for i in range(16):
        rows, columns = inside[i].any(1).nonzero()[:, 0], inside[i].any(0).nonzero()[:, 0]
        size = (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1)
        assert int(inside[i].sum()) == int(size)
        assert 0.01 < int(size) / (24 * 48) < 0.22


def test_erase_is_as_frequent_as_asked() -> None:
    """With erase at 0.3, about 30 of 100 chips are painted on."""
    batch = smooth(n=1).expand(400, -1, -1, -1)
    found = augment(batch, only(erase=0.3), list(range(400)))
    changed = (found != batch.float() / 255).flatten(1).any(1).float().mean()
    assert float(changed) == pytest.approx(0.3, abs=0.06)
