"""Poses: how a body at rest is bent, how its legs swing and from where it is seen."""

from dataclasses import dataclass

import numpy as np

from fieldmark.synthetic.body import Part
from fieldmark.synthetic.noise import FloatArray, Stream, generator, smoothstep


@dataclass(frozen=True)
class Pose:
    """Angles in radians; lengths in body units (shoulder height is near 0.8)."""

    yaw: float = 0.0
    """Turn of the whole body: positive swings the head towards the viewer."""
    pitch: float = 0.05
    """How far the camera looks down."""
    roll: float = 0.0
    """Slope of the ground in the picture."""
    bend: float = 0.0
    """Sideways curve of the back: positive brings head and rump towards the viewer."""
    arch: float = 0.0
    """How far the back rises."""
    head: float = 0.0
    """Raise of the neck."""
    turn: float = 0.0
    """Turn of the head towards the viewer."""
    tail: float = 0.0
    """Raise of the tail."""
    phase: float = 0.0
    """Place in the walking cycle, 0..1."""
    stride: float = 0.0
    """Swing of the legs; 0 stands still."""


# Hind then front, near before far: the lateral sequence of a walking cat, a quarter cycle apart.
_FOOTFALL = {
    ("hind", True): 0.0,
    ("front", True): 0.25,
    ("hind", False): 0.5,
    ("front", False): 0.75,
}
_JOINT = {"front": (-0.385, 0.62), "hind": (0.40, 0.64)}
_KNEE = {"front": (-0.372, 0.36), "hind": (0.34, 0.38)}
_FOLD = {"front": 1.5, "hind": 1.2}
_NECK = (-0.42, 0.64)
_SKULL = (-0.74, 0.78)
_TAIL_ROOT = (0.56, 0.68)


def draw_pose(pose_seed: int) -> Pose:
    """Draw a pose as a walking or standing animal may show to a camera beside its path."""
    rng = generator(Stream.POSE, pose_seed)
    walking = rng.random() < 0.75
    return Pose(
        yaw=float(np.clip(rng.normal(0.0, 0.22), -0.5, 0.5)),
        pitch=rng.uniform(0.0, 0.12),
        roll=rng.normal(0.0, 0.03),
        bend=rng.normal(0.0, 0.10),
        arch=rng.normal(0.0, 0.018),
        head=float(np.clip(rng.normal(-0.05, 0.22), -0.55, 0.4)),
        turn=rng.normal(0.0, 0.25),
        tail=rng.normal(0.0, 0.3),
        phase=rng.random(),
        stride=rng.uniform(0.22, 0.45) if walking else rng.uniform(0.0, 0.12),
    )


def posed(part: Part, pose: Pose) -> FloatArray:
    """Return the part's vertices in the pose as the camera sees them; (rings, sides, 3) float32.

    x runs to the right and y upwards in the picture, z towards the viewer, in body units.
    """
    points = part.vertices.copy()
    if part.limb in ("front", "hind"):
        _step(points, part, pose)
    elif part.limb == "tail":
        _raise_tail(points, pose)
    _curve(points, pose)
    _view(points, pose)
    return points


def _rotate(
    points: FloatArray, axes: tuple[int, int], pivot: tuple[float, float], angle: FloatArray | float
) -> None:
    """Turn points in place about a pivot in the plane of two axes, each by its own angle."""
    first, second = (points[..., axis] - centre for axis, centre in zip(axes, pivot, strict=True))
    cos, sin = np.cos(angle), np.sin(angle)
    points[..., axes[0]] = pivot[0] + first * cos - second * sin
    points[..., axes[1]] = pivot[1] + first * sin + second * cos


def _step(points: FloatArray, part: Part, pose: Pose) -> None:
    """Swing a leg about its joint, fold it while it travels forwards, and set it on the ground."""
    cycle = 2.0 * np.pi * (pose.phase + _FOOTFALL[part.limb, part.near])
    lift = max(0.0, float(np.cos(cycle))) * pose.stride
    rest = part.vertices[..., 1]
    knee = smoothstep(rest, _KNEE[part.limb][1] + 0.08, _KNEE[part.limb][1] - 0.08)
    _rotate(points, (0, 1), _KNEE[part.limb], _FOLD[part.limb] * lift * knee)
    swing = -pose.stride * float(np.sin(cycle))
    _rotate(points, (0, 1), _JOINT[part.limb], swing * smoothstep(rest, 0.66, 0.36))
    top, floor = float(rest.max()), 0.08 * lift
    points[..., 1] = top - (top - points[..., 1]) * (top - floor) / (top - points[..., 1].min())


def _raise_tail(points: FloatArray, pose: Pose) -> None:
    along = smoothstep(points[..., 0], 0.52, 0.90)
    _rotate(points, (0, 1), _TAIL_ROOT, pose.tail * (0.4 + 0.6 * along))


def _curve(points: FloatArray, pose: Pose) -> None:
    """Bend the back, then raise and turn the neck; legs go with the place they hang from."""
    x, high = points[..., 0].copy(), smoothstep(points[..., 1], 0.15, 0.5)
    points[..., 1] += pose.arch * np.clip(1.0 - (x / 0.6) ** 2, 0.0, 1.0) * high
    points[..., 2] += pose.bend * (x**2)
    neck = smoothstep(x, -0.42, -0.74) * high
    skull = smoothstep(x, -0.70, -0.84) * high
    _rotate(points, (0, 1), _SKULL, 0.55 * pose.head * skull)
    _rotate(points, (0, 1), _NECK, -pose.head * neck)
    _rotate(points, (0, 2), (_SKULL[0], 0.0), -pose.turn * skull)


def _view(points: FloatArray, pose: Pose) -> None:
    """Turn the body before the camera: yaw about the vertical, then the camera's own tilt."""
    _rotate(points, (0, 2), (0.0, 0.0), -pose.yaw)
    _rotate(points, (1, 2), (0.0, 0.0), pose.pitch)
    _rotate(points, (0, 1), (0.0, 0.0), pose.roll)
