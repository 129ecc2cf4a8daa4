"""Detectors and preprocessors that break one rule each."""

# ruff: noqa: ARG002 -- the protocols prescribe the arguments

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from fieldmark_toy.pictures import Contrast, Trim

from fieldmark.types import Chip, Detection, Pixels, SetAside


class _Writes(Contrast):
    def detect(self, photos: Sequence[Pixels]) -> list[list[Detection]]:
        found = super().detect(photos)
        for photo in photos:
            photo[0, 0] = 0
        return found


class _Flat(Contrast):
    def detect(self, photos: Sequence[Pixels]) -> Any:
        return [found for photo in photos for found in self.find(photo) * 2]


class _Tuples(Contrast):
    def detect(self, photos: Sequence[Pixels]) -> Any:
        return [[(0.1, 0.1, 0.5, 0.5, 0.9)] for _ in photos]


class _Overconfident(Contrast):
    def find(self, photo: Pixels) -> list[Detection]:
        found = super().find(photo)
        for each in found:
            object.__setattr__(each, "score", 1.5)
        return found


class _Stacks(Contrast):
    def detect(self, photos: Sequence[Pixels]) -> list[list[Detection]]:
        np.concatenate([photo.reshape(-1) for photo in photos])
        return super().detect(photos)


class _Neighbourly(Contrast):
    def detect(self, photos: Sequence[Pixels]) -> list[list[Detection]]:
        share = min(1.0, 0.5 + len(photos) / 10)
        return [[replace(d, score=share) for d in found] for found in super().detect(photos)]


class _Moody(Contrast):
    def __init__(self) -> None:
        self.calls = itertools.count()

    def find(self, photo: Pixels) -> list[Detection]:
        return [replace(each, score=1 / (2 + next(self.calls))) for each in super().find(photo)]


class _NeedsContrast(Contrast):
    def find(self, photo: Pixels) -> list[Detection]:
        if photo.max() == photo.min():
            raise ZeroDivisionError("no contrast")
        return super().find(photo)


class _ReadsMemory(Contrast):
    def find(self, photo: Pixels) -> list[Detection]:
        return super().find(photo.ravel(order="K").reshape(photo.shape))


class _Shouts(Contrast):
    def find(self, photo: Pixels) -> list[Detection]:
        return [replace(each, label="Animal") for each in super().find(photo)]


class _LooksBeyond(Contrast):
    def find(self, photo: Pixels) -> list[Detection]:
        found = super().find(photo)
        for each in found:
            object.__setattr__(each.box, "x", -0.1)
        return found


class _NeedsRoom(Contrast):
    def find(self, photo: Pixels) -> list[Detection]:
        if max(photo.shape[:2]) > 100 * min(photo.shape[:2]):
            raise MemoryError("a panorama")
        return super().find(photo)


class _NeedsColour(Contrast):
    def find(self, photo: Pixels) -> list[Detection]:
        found = super().find(photo)
        if found and not np.ptp(photo, axis=2).any():
            raise ZeroDivisionError("no colour")
        return found


class _HalfSize(Contrast):
    longest = 0.5


class _ClosesOnce(Contrast):
    def __init__(self) -> None:
        self.open: list[str] = ["worker"]

    def close(self) -> None:
        self.open.pop()


class Detectors:
    """Faulty detectors."""

    FAULTS: ClassVar = [
        ("flat", "detect_gives_a_list_per_photo", _Flat),
        ("tuples", "detect_gives_a_list_per_photo", _Tuples),
        ("overconfident", "detect_gives_a_list_per_photo", _Overconfident),
        ("shouts", "detect_gives_a_list_per_photo", _Shouts),
        ("looks-beyond", "detect_gives_a_list_per_photo", _LooksBeyond),
        ("stacks", "detect_of_nothing_is_nothing", _Stacks),
        ("moody", "detect_is_deterministic", _Moody),
        ("neighbourly", "detect_ignores_the_batch", _Neighbourly),
        ("writes", "detect_leaves_photos_alone", _Writes),
        ("needs-contrast", "detect_survives_odd_photos", _NeedsContrast),
        ("needs-colour", "detect_survives_odd_photos", _NeedsColour),
        ("needs-room", "detect_survives_odd_photos", _NeedsRoom),
        ("reads-memory", "detect_takes_scattered_pixels", _ReadsMemory),
        ("half-size", "longest_is_a_size", _HalfSize),
        ("closes-once", "close_can_be_repeated", _ClosesOnce),
    ]


class _Trim(Trim):
    def __init__(self) -> None:
        super().__init__(0.1)


class _FloatPixels(_Trim):
    def apply(self, chip: Chip) -> Chip:
        return replace(chip, pixels=chip.pixels / 255)


class _Wordless(_Trim):
    def apply(self, chip: Chip) -> Any:
        return SetAside(" ")


class _Drops(_Trim):
    def apply(self, chip: Chip) -> Any:
        return None


class _Paints(_Trim):
    def apply(self, chip: Chip) -> Chip:
        done = super().apply(chip)
        chip.pixels[:] = 0
        return done


class _Fickle(_Trim):
    def __init__(self) -> None:
        super().__init__()
        self.calls = itertools.count()

    def apply(self, chip: Chip) -> Chip:
        return replace(chip, pixels=chip.pixels // (1 + next(self.calls)))


class _Forgets(_Trim):
    def apply(self, chip: Chip) -> Chip:
        done = super().apply(chip)
        return replace(done, region=chip.region)


class _Wanders(_Trim):
    def apply(self, chip: Chip) -> Chip:
        done = super().apply(chip)
        return replace(done, region=replace(done.region, w=1 - done.region.x))


class _NeedsTwo(_Trim):
    def apply(self, chip: Chip) -> Chip:
        if min(chip.size) < 2:
            raise IndexError("one pixel")
        return super().apply(chip)


class _InMemoryOrder(_Trim):
    def apply(self, chip: Chip) -> Chip:
        pixels = chip.pixels.ravel(order="K").reshape(chip.pixels.shape)
        return super().apply(replace(chip, pixels=pixels))


class _NeedsBlue(_Trim):
    def apply(self, chip: Chip) -> Chip:
        chip.pixels[:, :, {"blue": 2}[chip.channels[2]]].mean()
        return super().apply(chip)


class Preprocessors:
    """Faulty preprocessors."""

    FAULTS: ClassVar = [
        ("float-pixels", "apply_makes_a_chip", _FloatPixels),
        ("wordless", "apply_makes_a_chip", _Wordless),
        ("drops", "apply_makes_a_chip", _Drops),
        ("paints", "apply_leaves_the_chip_alone", _Paints),
        ("fickle", "apply_is_deterministic", _Fickle),
        ("forgets", "apply_knows_where_the_animal_is", _Forgets),
        ("wanders", "apply_knows_where_the_animal_is", _Wanders),
        ("needs-two", "apply_survives_odd_chips", _NeedsTwo),
        ("in-memory-order", "apply_takes_scattered_pixels", _InMemoryOrder),
        ("needs-blue", "apply_takes_or_refuses_other_channels", _NeedsBlue),
    ]
