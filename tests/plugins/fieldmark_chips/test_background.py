"""The background: weights in the mask, never paint on the picture."""

import numpy as np
import pytest

from fieldmark.components import Role
from fieldmark.errors import UnknownComponentError, UserError
from fieldmark.plugins import Plugins
from fieldmark.types import Box, Chip
from fieldmark_chips.background import Background
from fieldmark_chips.grabcut import GrabCut


def scene() -> tuple[Chip, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Return an orange animal on green noise, and where it is."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(40, 90, (120, 180, 3), dtype=np.uint8)
    pixels[:, :, 1] += 60
    y, x = np.mgrid[:120, :180]
    animal = ((x - 90) / 60) ** 2 + ((y - 60) / 32) ** 2 < 1
    pixels[animal] = (210, 120, 40)
    noise = rng.integers(0, 20, pixels.shape, dtype=np.uint8)
    return Chip(pixels + noise), animal


def found(chip: Chip, method: str = "grabcut", *, tighten: bool = False) -> Chip:
    """Return the chip with the animal found in it."""
    finder = GrabCut(256) if method == "grabcut" else None
    return Background(finder, tighten=tighten, margin=0.05).apply(chip)


def test_grabcut_finds_the_animal() -> None:
    """Inside the animal the weights are near 1, outside near 0, and pixels stay as they are."""
    chip, animal = scene()
    done = found(chip)
    assert done.mask is not None
    assert done.mask[animal].mean() > 0.9
    assert done.mask[~animal].mean() < 0.1
    assert np.array_equal(done.pixels, chip.pixels)


def test_tighten_cuts_to_the_animal() -> None:
    """The cut-out chip is as large as the animal and its margin."""
    done = found(scene()[0], tighten=True)
    assert done.region.w == pytest.approx(2 * 60 / 180 * 1.1, abs=0.08)
    assert done.region.h == pytest.approx(2 * 32 / 120 * 1.1, abs=0.08)


def test_given_mask_is_kept() -> None:
    """What the annotation says of the animal's shape is taken as it is."""
    chip, animal = scene()
    given = Chip(chip.pixels, mask=animal.astype(np.float32))
    assert found(given).mask is given.mask


@pytest.mark.parametrize("method", ["grabcut", "centre"])
def test_blank_picture_gets_the_centre_prior(method: str) -> None:
    """Where nothing can be cut out, the centre of the box weighs most."""
    blank = Chip(np.full((100, 140, 3), 128, np.uint8), animal=Box(0.5, 0.2, 0.4, 0.6))
    mask = found(blank, method).mask
    assert mask is not None
    assert mask[50, 98] > 0.9
    assert mask[50, 10] < 0.1


def test_empty_mask_is_not_cut_to() -> None:
    """A mask without any animal leaves the chip whole."""
    chip = Chip(scene()[0].pixels, mask=np.zeros((120, 180), np.float32))
    assert found(chip, tighten=True).size == chip.size


def test_unknown_channels_are_refused() -> None:
    """A picture without colours or grey is refused, and the message says what to do."""
    chip = Chip(np.zeros((40, 40, 1), np.uint8), channels=("edges",))
    with pytest.raises(UserError, match="channels red, green, blue"):
        found(chip)


def test_the_old_name_leads_to_the_new_one() -> None:
    """A profile that still says `foreground` is told of `background`."""
    with pytest.raises(UnknownComponentError, match="did you mean 'background'"):
        Plugins.installed().get(Role.PREPROCESSOR, "foreground")
