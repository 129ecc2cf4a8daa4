"""How far the probabilities of a run can be trusted, in words."""

from fieldmark.report.view import Calibrated, Limit


def calibration_in_words(found: Calibrated) -> str:
    """Return how the probabilities came about, and what the proposals keep."""
    return " ".join((
        f"fitted on {found.made} on {found.data}: {found.n} queries of {found.individuals}"
        " individuals.",
        error_in_words(found.error, found.low, found.high),
        f"They suppose that {percent(found.new_share)} of the queries are new individuals.",
        f"Target: at most {percent(found.target)} of the proposals are wrong.",
        f"Single photos: {limit_in_words('same as', found.photos.same)};"
        f" {limit_in_words('new', found.photos.new)}.",
        f"Whole encounters: {limit_in_words('same as', found.visits.same)};"
        f" {limit_in_words('new', found.visits.new)}.",
    ))  # fmt: skip


def error_in_words(error: float, low: float | None, high: float | None) -> str:
    """Return the calibration error with its interval, or why it has none."""
    span = "too few individuals for an interval"
    if low is not None and high is not None:
        span = f"95 % interval {low:.3f}–{high:.3f}"
    return (
        f"Calibration error of the first candidates, on individuals left out: {error:.3f} ({span})."
    )


def limit_in_words(what: str, limit: Limit) -> str:
    """Return from where on something is proposed, how often, and how often that is wrong."""
    if limit.threshold is None:
        return f"'{what}' is never proposed, because no threshold keeps the target"
    said = f"'{what}' from {percent(limit.threshold)} on, for {percent(limit.decided)} of them"
    if limit.rate is None:
        return said
    if limit.low is None or limit.high is None:
        return f"{said}, wrong in {percent(limit.rate)} (too few individuals for an interval)"
    return (
        f"{said}, wrong in {percent(limit.rate)} (95 % interval {percent(limit.low)} to"
        f" {percent(limit.high)})"
    )


def percent(share: float) -> str:
    """Return a share as people write it; never 0 or 100 % of what is only nearly so."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    digits = 1 if 0 < share < 0.1 or 0.9 < share < 1 else 0
    return f"{100 * share:.{digits}f}".removesuffix(".0") + " %"
