"""Checks for detectors."""

from collections.abc import Sequence

import numpy as np

from fieldmark.testing.subjects import Subject, close, picture, require
from fieldmark.types import Box, Detection, Pixels

_WHOLE = 1 + 1e-6
"""The far edge of a photo, but for rounding."""


def _photos() -> list[Pixels]:
    return [picture(1, 120, 180), picture(2, 160, 160), picture(3, 90, 200)]


def _detect(subject: Subject, photos: Sequence[Pixels]) -> list[list[Detection]]:
    found = subject.made.detect(photos)
    got = f"{len(photos)} photos give {len(found)} lists; expected one list per photo, in order"
    require(len(found) == len(photos), got)
    return [list(each) for each in found]


def _same(one: Sequence[Detection], other: Sequence[Detection]) -> bool:
    return len(one) == len(other) and all(
        a.label == b.label and close(_numbers(a), _numbers(b))
        for a, b in zip(one, other, strict=True)
    )


def _numbers(found: Detection) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    box = found.box
    return np.array([box.x, box.y, box.w, box.h, found.score], np.float32)


def detect_gives_a_list_per_photo(subject: Subject) -> None:
    """Every photo gets a list of detections: boxes inside it, scores 0–1, labels, masks."""
    photos = _photos()
    for photo, found in zip(photos, _detect(subject, photos), strict=True):
        for each in found:
            _check_detection(each, photo)


def _check_detection(found: object, photo: Pixels) -> None:
    if not isinstance(found, Detection):
        require(condition=False, message=f"expected a Detection, got {found!r}")
        return
    _check_box(found.box)
    require(0 <= found.score <= 1, f"expected a score in 0–1, got {found.score}")
    label: object = found.label
    plain = isinstance(label, str) and label and label == label.strip().lower()
    require(plain, f"expected a label in small letters, such as 'animal', got {label!r}")
    if found.mask is not None:
        size = photo.shape[:2]
        got = f"a mask is {found.mask.shape}, but the photo is {size}"
        require(found.mask.shape == size and found.mask.dtype == np.float32, got)


def _check_box(box: object) -> None:
    if not isinstance(box, Box):
        require(condition=False, message=f"expected a fieldmark Box, got {box!r}")
        return
    inside = box.x >= 0 and box.y >= 0 and box.x + box.w <= _WHOLE and box.y + box.h <= _WHOLE
    require(inside and box.w > 0 and box.h > 0, f"expected a box inside the photo, got {box}")


def detect_of_nothing_is_nothing(subject: Subject) -> None:
    """No photos give no lists."""
    _detect(subject, [])


def detect_is_deterministic(subject: Subject) -> None:
    """The same photos give the same detections, also from a second copy of the detector."""
    first = _detect(subject, _photos())
    for again in (_detect(subject, _photos()), _detect(subject.fresh(), _photos())):
        same = all(_same(a, b) for a, b in zip(first, again, strict=True))
        require(same, "the same photos give other detections the second time")


def detect_ignores_the_batch(subject: Subject) -> None:
    """What is seen in a photo does not depend on the other photos of the call."""
    together = _detect(subject, _photos())
    for i, photo in enumerate(_photos()):
        alone = _detect(subject, [photo])[0]
        require(_same(together[i], alone), f"photo {i} gives other detections when it is alone")


def detect_leaves_photos_alone(subject: Subject) -> None:
    """The photos are not written to."""
    photos = _photos()
    _detect(subject, photos)
    same = all(np.array_equal(a, b) for a, b in zip(photos, _photos(), strict=True))
    require(same, "detect changes the pixels that it was given; work on a copy")


def detect_survives_odd_photos(subject: Subject) -> None:
    """A photo of one colour, of one pixel, of no colour, and very long ones are no reason to fail.

    Black at night, grey as in infrared, and panoramas: all of it comes out of camera traps.
    """
    grey = picture(4, channels=1).repeat(3, axis=2)
    panorama, tower = picture(5, 6, 1200), picture(6, 1200, 6)
    black, one = np.zeros((64, 96, 3), np.uint8), np.full((1, 1, 3), 90, np.uint8)
    for photo in (black, one, grey, panorama, tower):
        for found in _detect(subject, [photo])[0]:
            _check_detection(found, photo)


def detect_takes_scattered_pixels(subject: Subject) -> None:
    """Pixels that do not lie side by side in memory give the same detections."""
    photo, scattered = picture(1), np.asfortranarray(picture(1))
    same = _same(_detect(subject, [photo])[0], _detect(subject, [scattered])[0])
    require(same, "non-contiguous pixels give other detections")


def detect_keeps_its_thresholds(subject: Subject) -> None:
    """Where the options hold `confidence` or `thresholds`, no box is below that of its label."""
    options = subject.record.options.model_validate(dict(subject.record.example))
    everywhere = getattr(options, "confidence", 0.0)
    thresholds = getattr(options, "thresholds", {})
    for found in _detect(subject, _photos()):
        for each in found:
            least = thresholds.get(each.label, everywhere)
            got = f"{each.label} with a score of {each.score:.3f}, below its threshold of {least}"
            require(each.score >= least - 1e-6, f"a box is returned for {got}")


def longest_is_a_size(subject: Subject) -> None:
    """A detector that says how large it wants photos says so in whole pixels."""
    longest = getattr(subject.made, "longest", None)
    sane = longest is None or (type(longest) is int and longest >= 1)
    require(sane, f"longest must be a whole number of pixels, 1 or more, got {longest!r}")


def close_can_be_repeated(subject: Subject) -> None:
    """A detector that can be closed can be closed twice, used before or not."""
    used, unused = subject.fresh(), subject.fresh()
    _detect(used, _photos()[:1])
    for each in (used, unused):
        close = getattr(each.made, "close", None)
        if close is not None:
            close()
            close()


GATES = (detect_gives_a_list_per_photo, detect_is_deterministic)
CHECKS = (
    detect_of_nothing_is_nothing,
    detect_ignores_the_batch,
    detect_leaves_photos_alone,
    detect_survives_odd_photos,
    detect_takes_scattered_pixels,
    detect_keeps_its_thresholds,
    longest_is_a_size,
    close_can_be_repeated,
)
