"""Checks for embedders."""

from collections.abc import Sequence

import numpy as np

from fieldmark.errors import UserError
from fieldmark.testing.subjects import (
    Subject,
    blank,
    chips,
    close,
    one_pixel,
    other_channels,
    require,
    same_pixels,
    scattered,
)
from fieldmark.types import Chip, FeatureKind, Features, Keypoints, Vector

_TYPES = {FeatureKind.VECTOR: Vector, FeatureKind.KEYPOINTS: Keypoints}


def _embed(subject: Subject, given: Sequence[Chip]) -> list[Features]:
    made = subject.made.embed(given)
    got = f"{len(given)} chips give {len(made)} features; expected one per chip, in order"
    require(len(made) == len(given), got)
    return list(made)


def _same(one: Features, other: Features) -> bool:
    if isinstance(one, Vector) and isinstance(other, Vector):
        return close(one.values, other.values)
    if isinstance(one, Keypoints) and isinstance(other, Keypoints):
        return all(
            close(getattr(one, part), getattr(other, part))
            for part in ("xy", "scale", "angle", "weight", "descriptors")
        )
    return False


def embed_makes_features(subject: Subject) -> None:
    """Every chip gives features of the declared kind: float32, finite, of one length."""
    given = chips()
    made = _embed(subject, given)
    for chip, features in zip(given, made, strict=True):
        _check_features(subject, chip, features)
    lengths = {_length(features) for features in made}
    require(len(lengths) == 1, f"features have different lengths: {sorted(lengths)}")


def _length(features: Features) -> int:
    return int(
        (features.values if isinstance(features, Vector) else features.descriptors).shape[-1]
    )


def _check_features(subject: Subject, chip: Chip, features: object) -> None:
    kind = subject.record.emits
    got = f"declares to emit {kind}, but emits a {type(features).__name__}"
    wanted = _TYPES[kind] if kind else (Vector, Keypoints)
    require(isinstance(features, wanted), got)
    if isinstance(features, Vector):
        got = f"expected float32, got {features.values.dtype}"
        require(features.values.dtype == np.float32, got)
        require(np.isfinite(features.values).all(), "the vector holds NaN or infinity")
    if isinstance(features, Keypoints):
        _check_keypoints(chip, features)


def _check_keypoints(chip: Chip, points: Keypoints) -> None:
    parts = (points.xy, points.scale, points.angle, points.weight)
    require(all(part.dtype == np.float32 for part in parts), "keypoints must be float32")
    finite = all(np.isfinite(part).all() for part in (*parts, points.descriptors))
    require(finite, "keypoints hold NaN or infinity")
    require(points.size == chip.size, f"size is {points.size}, but the chip's is {chip.size}")
    places = (points.region, points.animal) == (chip.region, chip.animal)
    require(places, "region and animal must be the chip's, or points are drawn in the wrong place")
    height, width = chip.size
    inside = ((points.xy >= -0.5) & (points.xy <= [width + 0.5, height + 0.5])).all()
    require(inside, "keypoints lie outside the chip; xy is in pixels of the chip")
    weighted = ((points.weight >= 0) & (points.weight <= 1)).all()
    require(weighted, "weights of keypoints must lie in 0–1")


def embed_of_nothing_is_nothing(subject: Subject) -> None:
    """No chips give no features."""
    _embed(subject, [])


def embed_is_deterministic(subject: Subject) -> None:
    """The same chips give the same features, also from a second copy of the embedder."""
    first = _embed(subject, chips())
    for again in (_embed(subject, chips()), _embed(subject.fresh(), chips())):
        same = all(_same(a, b) for a, b in zip(first, again, strict=True))
        require(same, "the same chips give other features the second time; fix the seeds")


def embed_ignores_the_batch(subject: Subject) -> None:
    """A chip's features do not depend on the other chips of the call."""
    together = _embed(subject, chips())
    for i, chip in enumerate(chips()):
        alone = _embed(subject, [chip])[0]
        require(_same(together[i], alone), f"chip {i} gives other features when it is alone")
    reverse = _embed(subject, chips()[::-1])[::-1]
    same = all(_same(a, b) for a, b in zip(together, reverse, strict=True))
    require(same, "features depend on the order of the chips")


def embed_leaves_chips_alone(subject: Subject) -> None:
    """The chips are not written to."""
    given = chips()
    _embed(subject, given)
    same = all(same_pixels(a, b) for a, b in zip(given, chips(), strict=True))
    require(same, "embed changes the chips it was given; work on a copy")


def embed_survives_odd_chips(subject: Subject) -> None:
    """A chip of one colour and a chip of one pixel have features of the declared kind, too."""
    for chip in (*blank(), one_pixel()):
        _check_features(subject, chip, _embed(subject, [chip])[0])


def embed_takes_scattered_pixels(subject: Subject) -> None:
    """Pixels that do not lie side by side in memory give the same features."""
    for chip in chips():
        apart = scattered(chip)
        one, other = _embed(subject, [chip])[0], _embed(subject, [apart])[0]
        require(_same(one, other), "non-contiguous pixels give other features")


def embed_takes_or_refuses_other_channels(subject: Subject) -> None:
    """Grey or additional channels give features of the declared kind, or are refused in words."""
    for chip in other_channels():
        try:
            _check_features(subject, chip, _embed(subject, [chip])[0])
        except (UserError, ValueError) as error:
            require(str(error), f"channels {chip.channels} are refused without a word")


GATES = (embed_makes_features, embed_is_deterministic)
CHECKS = (
    embed_of_nothing_is_nothing,
    embed_ignores_the_batch,
    embed_leaves_chips_alone,
    embed_survives_odd_chips,
    embed_takes_scattered_pixels,
    embed_takes_or_refuses_other_channels,
)
