"""Numbers of a comparison in words, the same in every sentence and table."""

import math

from fieldmark.evaluate.results import Estimate

LOWER_IS_BETTER = frozenset({"ECE", "ECE first", "CCDR"})
"""Metrics of which less is better."""
UNKNOWN = "–"
"""What stands where there is no number."""


def in_percent(metric: str) -> bool:
    """Return whether a metric is a share of queries, and so is written in per cent."""
    return metric.startswith(("top-", "balanced top-", "BAKS", "BAUS"))


def percent(share: float) -> str:
    """Return a share 0–1 as `56.2 %`."""
    return f"{100 * share:z.1f} %".replace("-", "−") if math.isfinite(share) else UNKNOWN


def whole(share: float) -> str:
    """Return a share that somebody asked for, with no more digits than it needs: `5 %`."""
    return f"{100 * share:g} %"


def plain(value: float) -> str:
    """Return a value with three digits after the point."""
    return f"{value:z.3f}".replace("-", "−") if math.isfinite(value) else UNKNOWN


def value(metric: str, estimate: Estimate) -> str:
    """Return the value of an estimate, as its metric is written."""
    return percent(estimate.value) if in_percent(metric) else plain(estimate.value)


def interval(metric: str, estimate: Estimate) -> str:
    """Return `48.0–64.1 %`, or nothing where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return ""
    if in_percent(metric):
        low, high = percent(estimate.low), percent(estimate.high)
        return f"{low.removesuffix(' %')}–{high}"
    return f"{plain(estimate.low)}–{plain(estimate.high)}"


def both(metric: str, estimate: Estimate) -> str:
    """Return `56.2 % (48.0–64.1 %)`, or the value alone."""
    between = interval(metric, estimate)
    return value(metric, estimate) + (f" ({between})" if between else "")


def difference(metric: str, estimate: Estimate) -> str:
    """Return `3.1 points (1.0 to 5.2)`; a point is a hundredth, and only shares have points."""
    scale, digits = (100, 1) if in_percent(metric) else (1, 3)

    def say(number: float) -> str:
        return f"{scale * number:z.{digits}f}".replace("-", "−")

    unit = " points" if in_percent(metric) else ""
    if estimate.low is None or estimate.high is None:
        return say(estimate.value) + unit
    return f"{say(estimate.value)}{unit} ({say(estimate.low)} to {say(estimate.high)})"


def real(estimate: Estimate) -> bool:
    """Return whether the interval of a difference leaves zero out."""
    if estimate.low is None or estimate.high is None:
        return False
    return estimate.low > 0 or estimate.high < 0


def quoted(name: str) -> str:
    """Return the name of a pipeline or a protocol as it stands in a sentence."""
    return f"`{name}`"


def names(words: list[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 query` or `3 queries`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
