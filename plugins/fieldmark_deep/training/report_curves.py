"""The curves of a training as drawings: numbers → paths, axes and a text alternative."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import TypeAlias

WIDTH, HEIGHT = 560, 250
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 34, 40
"""Room for the axes around the curves, in pixels."""
Points: TypeAlias = Sequence[tuple[float, float]]
Row: TypeAlias = Mapping[str, float]
_FEW = 40
"""Up to so many points are marked; more would hide the curve."""


@dataclass(frozen=True)
class Tick:
    """A number on an axis: where, in pixels, and what is written."""

    at: float
    text: str


@dataclass(frozen=True)
class Curve:
    """One drawn line: its name, its SVG path and its marked points, in pixels."""

    name: str
    path: str
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chart:
    """One drawing.

    Attributes:
        told: the same in words, for those who do not see it.
        best: where the best epoch is, in pixels from the left; None: outside.
    """

    title: str
    told: str
    curves: tuple[Curve, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    best: float | None


def charts(
    history: Sequence[Row], holdouts: Mapping[str, Sequence[str]], best: float
) -> Iterator[Chart]:
    """Yield the loss, the learning rate, and one chart for each holdout.

    Args:
        history: one row for each epoch; see `fieldmark_deep.training.checkpoints.Progress`.
        holdouts: the measurements to draw of each, e.g. `top-1` and `mAP`: shares, 0–1.
        best: the best epoch.
    """
    wanted = [("loss", {"loss": "loss"}), ("learning rate", {"learning rate": "rate"})]
    wanted += [(name, {m: f"{name} {m}" for m in kinds}) for name, kinds in holdouts.items()]
    for title, lines in wanted:
        found = {name: _points(history, key) for name, key in lines.items()}
        found = {name: points for name, points in found.items() if points}
        if found:
            yield _chart(title, found, best, share=title in holdouts)


def _points(history: Sequence[Row], key: str) -> Points:
    return [(row["epoch"], row[key]) for row in history if key in row and isfinite(row[key])]


def _chart(title: str, lines: Mapping[str, Points], best: float, *, share: bool) -> Chart:
    every = [point for points in lines.values() for point in points]
    epochs = [x for x, _ in every]
    first, last = min(epochs), max(epochs)
    up = steps(0.0, 1.0) if share else steps(min(0.0, *(y for _, y in every)), _top(every))
    across = scale(first, max(last, first + 1), LEFT, WIDTH - RIGHT)
    down = scale(up[0], up[-1], HEIGHT - BOTTOM, TOP)
    marks = [x for x in steps(first, max(last, first + 1), 8) if first < x <= last and x == int(x)]
    return Chart(
        title,
        "; ".join(_told(name, points) for name, points in lines.items()),
        tuple(_curve(name, points, across, down) for name, points in lines.items()),
        tuple(Tick(across(x), f"{x:.0f}") for x in (first, *marks)),
        tuple(Tick(down(y), f"{100 * y:.0f} %" if share else f"{y:.4g}") for y in up),
        across(best) if first <= best <= last else None,
    )


def _top(points: Points) -> float:
    return max(y for _, y in points) or 1.0


def steps(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers that enclose a range: 1, 2 or 5 times a power of ten apart."""
    width = max(high - low, 1e-12)
    rough = width / max(most - 1, 1)
    power = 10.0 ** floor(log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    return [
        round(n * step, 12) for n in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)
    ]


def scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Return what maps numbers from `low` to `high` to pixels from `start` to `end`."""
    return lambda value: round(start + (value - low) / (high - low) * (end - start), 1)


def _curve(
    name: str, points: Points, across: Callable[[float], float], down: Callable[[float], float]
) -> Curve:
    drawn = [(across(x), down(y)) for x, y in points]
    path = "M" + " L".join(f"{x},{y}" for x, y in drawn)
    return Curve(name, path, tuple(drawn) if len(drawn) <= _FEW else ())


def _told(name: str, points: Points) -> str:
    (x0, y0), (x1, y1) = points[0], points[-1]
    highest, lowest = max(points, key=lambda p: p[1]), min(points, key=lambda p: p[1])
    return (
        f"{name}: {y0:.3g} at epoch {x0:.0f}, {y1:.3g} at epoch {x1:.0f}, lowest {lowest[1]:.3g}"
        f" at epoch {lowest[0]:.0f}, highest {highest[1]:.3g} at epoch {highest[0]:.0f}"
    )
