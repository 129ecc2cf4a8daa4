"""Checks for preprocessors."""

import numpy as np

from fieldmark.errors import UserError
from fieldmark.testing.subjects import (
    Subject,
    blank,
    chips,
    one_pixel,
    other_channels,
    require,
    same_pixels,
    scattered,
)
from fieldmark.types import Box, Chip, SetAside

_SLACK = 0.03
"""How far a box may move, as a fraction of the photo: small chips round to whole pixels."""


def _apply(subject: Subject, chip: Chip) -> Chip | SetAside:
    done = subject.made.apply(chip)
    got = f"apply returns a {type(done).__name__}, expected a Chip or SetAside"
    require(isinstance(done, Chip | SetAside), got)
    result: Chip | SetAside = done
    return result


def _same(one: Chip | SetAside, other: Chip | SetAside) -> bool:
    if isinstance(one, Chip) and isinstance(other, Chip):
        return same_pixels(one, other)
    return one == other


def apply_makes_a_chip(subject: Subject) -> None:
    """Every chip becomes a chip of uint8 pixels, or is set aside with a reason."""
    for chip in chips():
        done = _apply(subject, chip)
        if isinstance(done, SetAside):
            require(done.reason.strip(), "a chip is set aside without a reason")
        else:
            require(done.pixels.dtype == np.uint8, f"pixels are {done.pixels.dtype}, not uint8")


def apply_leaves_the_chip_alone(subject: Subject) -> None:
    """The chip that is given is not written to."""
    for chip, untouched in zip(chips(), chips(), strict=True):
        _apply(subject, chip)
        require(same_pixels(chip, untouched), "apply changes the chip it was given; make a new one")


def apply_is_deterministic(subject: Subject) -> None:
    """The same chip gives the same result, also from a second copy of the preprocessor."""
    for first, second, third in zip(chips(), chips(), chips(), strict=True):
        done = _apply(subject, first)
        again = [_apply(subject, second), _apply(subject.fresh(), third)]
        same = all(_same(done, other) for other in again)
        require(same, "the same chip gives another result the second time")


def apply_knows_where_the_animal_is(subject: Subject) -> None:
    """The new chip shows part of the old one, and the animal stays where it is in the photo."""
    for chip in chips():
        done = _apply(subject, chip)
        if isinstance(done, Chip):
            _check_places(chip, done)


def _check_places(before: Chip, after: Chip) -> None:
    old, new = before.region, after.region
    inside = (
        new.x >= old.x - _SLACK
        and new.y >= old.y - _SLACK
        and new.x + new.w <= old.x + old.w + _SLACK
        and new.y + new.h <= old.y + old.h + _SLACK
    )
    require(inside, f"the new chip shows {new}, which leaves the old chip's {old}")
    wanted = before.animal.placed_in(old).seen_from(new).placed_in(new)
    got = after.animal.placed_in(new)
    same = _near(wanted, got)
    require(same, f"the animal moves in the photo from {wanted} to {got}; update animal and region")


def _near(one: Box, other: Box) -> bool:
    return all(
        abs(getattr(one, side) - getattr(other, side)) <= _SLACK for side in ("x", "y", "w", "h")
    )


def apply_survives_odd_chips(subject: Subject) -> None:
    """A chip of one colour and a chip of one pixel are no reason to fail."""
    for chip in (*blank(), one_pixel()):
        _apply(subject, chip)


def apply_takes_scattered_pixels(subject: Subject) -> None:
    """Pixels that do not lie side by side in memory give the same result."""
    for chip in chips():
        apart = scattered(chip)
        same = _same(_apply(subject, chip), _apply(subject, apart))
        require(same, "non-contiguous pixels give another result")


def apply_takes_or_refuses_other_channels(subject: Subject) -> None:
    """Grey or additional channels are kept or changed, set aside, or refused in words."""
    for chip in other_channels():
        try:
            _apply(subject, chip)
        except (UserError, ValueError) as error:
            require(str(error), f"channels {chip.channels} are refused without a word")


GATES = (apply_makes_a_chip, apply_is_deterministic)
CHECKS = (
    apply_leaves_the_chip_alone,
    apply_knows_where_the_animal_is,
    apply_survives_odd_chips,
    apply_takes_scattered_pixels,
    apply_takes_or_refuses_other_channels,
)
