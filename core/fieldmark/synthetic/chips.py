"""Chips for training: one animal, cut close, without a survey around it."""

from fieldmark.errors import UserError
from fieldmark.synthetic.noise import ByteArray, FloatArray, Stream, generator
from fieldmark.synthetic.patterns import Flank, Kind
from fieldmark.synthetic.shots import Shot, take

BACKGROUNDS = 15
"""Number of scenes behind chips; each chip's pose seed chooses one."""
_SCENES = 0
_SMALLEST = 32


def render_chip(
    individual_seed: int, flank: Flank, pose_seed: int, size: tuple[int, int], kind: Kind
) -> tuple[ByteArray, FloatArray]:
    """Draw one chip; a pure function of its arguments.

    Args:
        individual_seed: Decides the coat and nothing else.
        flank: The side shown; a right flank faces right.
        pose_seed: Decides pose, light, scene, place and lens, and nothing of the coat.
        size: (height, width) of the chip, at least 32 each.
        kind: Kind of coat.

    Returns:
        Pixels (height, width, 3) uint8, and how much of each pixel is the animal, (height, width)
        float32 in 0..1.
    """
    if min(size) < _SMALLEST:
        raise UserError(f"size: expected (height, width) of at least {_SMALLEST}, got {size}")
    rng = generator(Stream.CHIP, pose_seed)
    shot = Shot(
        kind=kind,
        individual_seed=individual_seed,
        flank=flank,
        scene_seed=_SCENES,
        station=int(rng.integers(BACKGROUNDS)),
        hour=float(rng.uniform(0.0, 24.0)),
        seed=pose_seed,
        size=(size[1], size[0]),
        reach=(0.78, 0.92),
    )
    picture = take(shot)
    return picture.pixels, picture.mask
