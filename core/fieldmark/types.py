"""The values that the core and the plugins exchange; each checks itself.

All are immutable by agreement: a plugin that wants other pixels makes a new array. The array
aliases exist at run time, because plugins import them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
"""H×W×C, uint8."""
Mask: TypeAlias = NDArray[np.float32]
"""H×W, float32, 0 (background) to 1 (animal)."""
Floats: TypeAlias = NDArray[np.float32]
Ids: TypeAlias = NDArray[np.int64]
Descriptors: TypeAlias = NDArray[np.uint8] | NDArray[np.float32]

RGB = ("red", "green", "blue")


class Side(StrEnum):
    """Which side of the animal the camera saw."""

    LEFT = "left"
    RIGHT = "right"
    FRONT = "front"
    BACK = "back"
    TOP = "top"
    UNKNOWN = "unknown"

    @property
    def opposite(self) -> "Side | None":
        """The other flank, or the other end; None for `top` and `unknown`."""
        return _OPPOSITE.get(self)


_OPPOSITE = {
    Side.LEFT: Side.RIGHT,
    Side.RIGHT: Side.LEFT,
    Side.FRONT: Side.BACK,
    Side.BACK: Side.FRONT,
}


class FeatureKind(StrEnum):
    """What an embedder emits and a matcher takes."""

    VECTOR = "vector"
    KEYPOINTS = "keypoints"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle as fractions 0–1 of an image, from its top left corner.

    The convention of MegaDetector's JSON and of Camtrap DP.

    Raises:
        ValueError: if a value is not a number in 0–1, or the rectangle leaves the image by more
            than rounding (1e-3), or has no area. Smaller overshoots are clipped.
    """

    x: float = 0.0
    y: float = 0.0
    w: float = 1.0
    h: float = 1.0

    def __post_init__(self) -> None:
        values = (self.x, self.y, self.w, self.h)
        slack = 1e-3
        inside = all(-slack <= v <= 1 + slack for v in values)
        if not (inside and self.x + self.w <= 1 + slack and self.y + self.h <= 1 + slack):
            raise ValueError(f"expected a box (x, y, w, h) in fractions 0–1, got {values}")
        x, y = min(max(self.x, 0.0), 1.0), min(max(self.y, 0.0), 1.0)
        w, h = min(self.w, 1.0 - x), min(self.h, 1.0 - y)
        if not (w > 0 and h > 0):
            raise ValueError(f"expected a box with an area, got {values}")
        for name, value in zip(("x", "y", "w", "h"), (x, y, w, h), strict=True):
            object.__setattr__(self, name, float(value))

    @classmethod
    def from_pixels(cls, x: float, y: float, w: float, h: float, size: tuple[int, int]) -> Self:
        """Make a box from pixels in an image of `size` (width, height)."""
        width, height = size
        return cls(x / width, y / height, w / width, h / height)

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom) in whole pixels, at least one pixel large."""
        left, top = min(int(self.x * width), width - 1), min(int(self.y * height), height - 1)
        right = min(max(round((self.x + self.w) * width), left + 1), width)
        bottom = min(max(round((self.y + self.h) * height), top + 1), height)
        return left, top, right, bottom

    def grown(self, margin: float) -> "Box":
        """Return the box with `margin` of its width and height added at each side, clipped."""
        left, top = max(self.x - margin * self.w, 0.0), max(self.y - margin * self.h, 0.0)
        right = min(self.x + self.w * (1 + margin), 1.0)
        bottom = min(self.y + self.h * (1 + margin), 1.0)
        return Box(left, top, right - left, bottom - top)

    def seen_from(self, region: "Box") -> "Box":
        """Return this box in the coordinates of `region`, clipped to it.

        Raises:
            ValueError: if the two do not overlap.
        """
        left = max((self.x - region.x) / region.w, 0.0)
        top = max((self.y - region.y) / region.h, 0.0)
        right = min((self.x + self.w - region.x) / region.w, 1.0)
        bottom = min((self.y + self.h - region.y) / region.h, 1.0)
        return Box(left, top, right - left, bottom - top)

    def placed_in(self, region: "Box") -> "Box":
        """Return this box, given in the coordinates of `region`, in those of the whole image."""
        return Box(
            region.x + self.x * region.w,
            region.y + self.y * region.h,
            self.w * region.w,
            self.h * region.h,
        )


WHOLE = Box()


@dataclass(frozen=True, slots=True)
class Chip:
    """The pixels cut out for one annotation, as the preprocessors make them.

    Attributes:
        pixels: H×W×C uint8.
        channels: C names; a photo starts as red, green, blue.
        animal: where the animal is *in this chip*.
        region: which part of the photo this chip shows. Chips are axis-aligned, so a point at the
            fraction (u, v) of the chip lies at (region.x + u·region.w, region.y + v·region.h).
        mask: H×W float32, 0 (background) to 1 (animal); None when nobody has said.
        side: the side of the animal that is seen.

    Raises:
        ValueError: on a wrong shape or type.
    """

    pixels: Pixels
    channels: tuple[str, ...] = RGB
    animal: Box = WHOLE
    region: Box = WHOLE
    mask: Mask | None = None
    side: Side = Side.UNKNOWN

    def __post_init__(self) -> None:
        shape, dtype = self.pixels.shape, self.pixels.dtype
        if len(shape) != 3 or dtype != np.uint8 or 0 in shape:
            raise ValueError(f"expected pixels H×W×C of uint8, got {shape} of {dtype}")
        if shape[2] != len(self.channels):
            raise ValueError(f"expected {shape[2]} channel names, got {self.channels}")
        if self.mask is not None:
            _expect("a mask", self.mask, shape[:2], np.float32)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A preprocessor's answer when a chip should not be identified; it stays in the catalogue."""

    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a classifier of sides says of a chip.

    Attributes:
        side: the likeliest one; `unknown` where the classifier is not sure enough.
        probability: of the likeliest one, 0–1, calibrated.
        shares: of all sides that it tells apart; they sum to 1.

    Raises:
        ValueError: if the probability is none.
    """

    side: Side
    probability: float
    shares: Mapping[Side, float]

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"expected a probability in 0–1, got {self.probability}")


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing a detector saw in a photo.

    Attributes:
        box: where it is, in fractions of the photo.
        label: `animal`, `person`, `vehicle`, or a detector's own word.
        score: 0–1.
        mask: H×W float32 of the whole photo, if the detector makes one.
    """

    box: Box
    label: str
    score: float
    mask: Mask | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"expected a score in 0–1, got {self.score}")


@dataclass(frozen=True, slots=True)
class Vector:
    """Features as one vector: shape (d,), float32, finite."""

    values: Floats

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.dtype != np.float32:
            got = f"{self.values.shape} of {self.values.dtype}"
            raise ValueError(f"expected a vector (d,) of float32, got {got}")

    @property
    def kind(self) -> FeatureKind:
        """Always `vector`."""
        return FeatureKind.VECTOR


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Features as n keypoints with descriptors; n may be 0.

    Attributes:
        xy: (n, 2) float32, pixels of the chip, x to the right, y down.
        scale: (n,) float32, diameter of the described neighbourhood in chip pixels.
        angle: (n,) float32, radians, clockwise from the x axis in image coordinates.
        weight: (n,) float32, 0–1: how surely the keypoint lies on the animal.
        descriptors: (n, d) uint8 or float32.
        size: height and width of the chip in pixels.
        animal: where the animal is in the chip.
        region: which part of the photo the chip shows (as in `Chip`).

    Raises:
        ValueError: on a wrong shape or type.
    """

    xy: Floats
    scale: Floats
    angle: Floats
    weight: Floats
    descriptors: Descriptors
    size: tuple[int, int]
    animal: Box = WHOLE
    region: Box = WHOLE

    def __post_init__(self) -> None:
        n = len(self.xy)
        _expect("xy", self.xy, (n, 2), np.float32)
        for name in ("scale", "angle", "weight"):
            _expect(name, getattr(self, name), (n,), np.float32)
        rows = self.descriptors.shape
        if len(rows) != 2 or rows[0] != n or self.descriptors.dtype not in (np.uint8, np.float32):
            got = f"{rows} of {self.descriptors.dtype}"
            raise ValueError(f"expected descriptors ({n}, d) of uint8 or float32, got {got}")

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def kind(self) -> FeatureKind:
        """Always `keypoints`."""
        return FeatureKind.KEYPOINTS

    def in_photo(self) -> Floats:
        """Return the keypoints' places as fractions of the photo: (n, 2) float32."""
        height, width = self.size
        scale = np.array([self.region.w / width, self.region.h / height], np.float32)
        origin = np.array([self.region.x, self.region.y], np.float32)
        return self.xy * scale + origin


Features: TypeAlias = Vector | Keypoints


@dataclass(frozen=True, slots=True)
class Query:
    """One annotation to search for: its number in the catalogue and its features."""

    id: int
    features: Features


@dataclass(frozen=True, slots=True)
class Candidate:
    """One individual that a query may be.

    Attributes:
        individual: the number that `Rules.individuals` gave it.
        score: higher = more alike; comparable within one query only, unless calibrated.
        annotations: the gallery annotations that speak for it, the strongest first; never empty.
    """

    individual: int
    score: float
    annotations: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.annotations:
            raise ValueError("expected at least one annotation behind a candidate, got none")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a query and a gallery annotation are alike: m pairs of matched points.

    Attributes:
        query_xy: (m, 2) float32, fractions of the query's photo.
        candidate_xy: (m, 2) float32, fractions of the candidate's photo.
        weights: (m,) float32, ≥ 0: how much each pair adds to the score.
    """

    query_xy: Floats = field(default_factory=lambda: np.empty((0, 2), np.float32))
    candidate_xy: Floats = field(default_factory=lambda: np.empty((0, 2), np.float32))
    weights: Floats = field(default_factory=lambda: np.empty(0, np.float32))

    def __post_init__(self) -> None:
        m = len(self.weights)
        _expect("query_xy", self.query_xy, (m, 2), np.float32)
        _expect("candidate_xy", self.candidate_xy, (m, 2), np.float32)
        _expect("weights", self.weights, (m,), np.float32)

    def __len__(self) -> int:
        return len(self.weights)


@dataclass(frozen=True, slots=True)
class Heat:
    """Where in one photo a likeness comes from.

    Attributes:
        values: H×W float32, ≥ 0: how much each place adds to it.
        region: which part of the photo the map covers.

    Raises:
        ValueError: on a wrong shape or type.
    """

    values: Mask
    region: Box = WHOLE

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or 0 in self.values.shape or self.values.dtype != np.float32:
            got = f"{self.values.shape} of {self.values.dtype}"
            raise ValueError(f"expected a map H×W of float32, got {got}")


def _expect(name: str, array: NDArray[np.generic], shape: tuple[int, ...], dtype: type) -> None:
    if array.shape != shape or array.dtype != dtype:
        wanted = f"{name} {shape} of {np.dtype(dtype)}"
        raise ValueError(f"expected {wanted}, got {array.shape} of {array.dtype}")
