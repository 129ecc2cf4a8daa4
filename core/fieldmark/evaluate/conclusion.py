"""What a comparison shows, in sentences that claim no more than the intervals allow."""

from collections.abc import Iterator

from fieldmark.evaluate.results import Cell, Comparison, Decided
from fieldmark.evaluate.saying import both, count, difference, names, percent, quoted, whole
from fieldmark.evaluate.standing import FEW, METRIC, NONE, Standing, strictest, where
from fieldmark.evaluate.suspicions import controls, leaks

WIDE = 0.4
"""An interval that leaves open whether one in three queries is answered, or nearly three in four,
tells nobody whether to rely on a pipeline; our judgement, not a rule of statistics."""
MANY = 3
"""With so many pipelines the best of them owes part of its lead to having been picked."""
CALIBRATED = 0.05
"""Calibration error up to which probabilities are taken at their word; the project's own aim."""
TARGET = 0.05
"""Rate of wrong names at which the work that remains for a person is reported."""


def conclude(comparison: Comparison) -> tuple[str, ...]:
    """Return the conclusion; the first sentence answers which pipeline is best.

    Args:
        comparison: whose own `conclusion` is not looked at.
    """
    data = dict.fromkeys(cell.data for cell in comparison.cells)
    standings = [found for name in data if (found := strictest(comparison, name)) is not None]
    if not standings:
        return ("Nothing can be concluded: no pipeline gave a result.",)
    sentences = [_overall(standings)] if len(standings) > 1 else []
    for found in standings:
        first, *others = _of_one(comparison, found)
        place = f"{found.data}: " if len(standings) > 1 else ""
        sentences += [first, *(place + sentence for sentence in others)]
    return tuple(sentences)


def too_few(found: Standing) -> bool:
    """Return whether the data are too few to say which pipeline is best."""
    return found.top1.individuals < FEW


def clear(found: Standing) -> bool:
    """Return whether the best pipeline is surely ahead of every other."""
    return not too_few(found) and bool(found.rivals) and not found.equals


def _overall(standings: list[Standing]) -> str:
    told = [found for found in standings if not too_few(found)]
    total = f"{len(standings)} sets of data"
    if not told:
        return f"The data are too few to say anything: none of the {total} has {FEW} individuals."
    if not any(found.rivals for found in told):
        return f"Only one pipeline was measured on each of {total}: none is better than another."
    sure = [found for found in told if clear(found)]
    leaders = dict.fromkeys(found.best.pipeline for found in told)
    if len(leaders) == 1 and len(told) == len(standings):
        text = f"{quoted(*leaders)} is first on all {total}"
    else:
        text = "; ".join(_places(leader, told) for leader in leaders)
        text = f"Of {total}: {text}"
    if len(told) < len(standings):
        text += f"; {len(standings) - len(told)} are too few to say anything"
    if not sure:
        return f"{text}. Nowhere is the lead over every other pipeline sure."
    return f"{text}. The lead over every other pipeline is sure on {_data(sure)}."


def _places(leader: str, told: list[Standing]) -> str:
    return f"{quoted(leader)} is first on " + _data(
        [found for found in told if found.best.pipeline == leader]
    )


def _of_one(comparison: Comparison, found: Standing) -> Iterator[str]:
    if too_few(found):
        yield _few(found)
        yield from leaks(comparison, found)
        return
    yield _best(found)
    yield from _picked(found)
    yield from _wide(found)
    yield from controls(comparison, found)
    yield from leaks(comparison, found)
    yield _calibration(found.best)
    yield from _work(found.best)


def _few(found: Standing) -> str:
    having = count(found.top1.individuals, "individual")
    why = (
        "not even an interval can be given"
        if found.top1.individuals < NONE
        else "with so few, intervals come out too narrow"
    )
    return (
        f"{where(found)} the data are too few to say anything: the queries that can be answered"
        f" are of {having}, and {why}; at least {FEW} are needed."
    )


def _best(found: Standing) -> str:
    best, reached = quoted(found.best.pipeline), both(METRIC, found.top1)
    if not found.rivals:
        return f"{where(found)} {best} finds the right individual first in {reached} of queries."
    following = found.rivals[0]
    if not found.equals:
        gap = "" if following.lead is None else difference(METRIC, following.lead)
        return (
            f"{where(found)} {best} is the best pipeline: it finds the right individual first in"
            f" {reached} of the queries, {gap} more than {quoted(following.cell.pipeline)}, the"
            f" next; the difference is real, its interval excludes zero."
        )
    return (
        f"{where(found)} it cannot be told which pipeline is best: {best} is first with"
        f" {reached} of the queries, but {_why_not(found)}."
    )


def _why_not(found: Standing) -> str:
    measured = [rival for rival in found.equals if rival.lead is not None]
    if not measured:
        return "the others were not compared with it query by query"
    equals, nearest = [quoted(rival.cell.pipeline) for rival in found.equals], measured[0]
    gap = nearest.lead
    leading = "" if gap is None else difference(METRIC, gap)
    why = "has no interval" if gap is None or gap.low is None else "has an interval with zero in it"
    return (
        f"{names(equals)} may be as good: its lead over {quoted(nearest.cell.pipeline)},"
        f" {leading}, {why}"
    )


def _picked(found: Standing) -> Iterator[str]:
    compared = len(found.rivals) + 1
    if compared >= MANY and not found.equals:
        yield (
            f"It was picked as the best of {compared} on these same queries, so expect a little"
            f" less of it on new ones."
        )


def _wide(found: Standing) -> Iterator[str]:
    low, high = found.top1.low, found.top1.high
    if low is not None and high is not None and high - low > WIDE:
        yield (
            f"The data are too few to say how good {quoted(found.best.pipeline)} is: its interval"
            f" reaches from {percent(low)} to {percent(high)}."
        )


def _calibration(best: Cell) -> str:
    error = best.metrics.get("ECE")
    who = f"The probabilities of {quoted(best.pipeline)}"
    if error is None:
        return f"{quoted(best.pipeline)} is not calibrated: its scores only rank."
    worst = error.value if error.high is None else error.high
    if first := _first_off(best):
        return first
    if error.value > CALIBRATED:
        return (
            f"{who} cannot be taken at their word: those of the ten first candidates are off by"
            f" {both('ECE', error)} on average,"
            f" more than {CALIBRATED}."
        )
    if worst > CALIBRATED or error.high is None:
        return (
            f"{who} are off by {both('ECE', error)} on average; whether by more than"
            f" {CALIBRATED} cannot be told."
        )
    return (
        f"{who} can be taken at their word: those of the ten first candidates are off by"
        f" {both('ECE', error)} on average,"
        f" less than {CALIBRATED}."
    )


def _first_off(best: Cell) -> str:
    """Return a sentence if the probabilities of first candidates are off by more than chance."""
    first, chance = (best.metrics.get(name) for name in ("ECE first", "ECE first by chance"))
    if first is None or chance is None or first.value <= max(CALIBRATED, chance.high or 0.0):
        return ""
    return (
        f"The probabilities of {quoted(best.pipeline)} cannot be taken at their word: those of the"
        f" first candidates are off by {both('ECE', first)} on average, where true ones would be"
        f" off by {chance.value:.3f} with so few queries."
    )


def _work(best: Cell) -> Iterator[str]:
    for found in best.decided:
        if found.kind == "false-match" and found.target == TARGET:
            yield _decided(best, found)


def _decided(best: Cell, found: Decided) -> str:
    who, rate = quoted(best.pipeline), f"at most {whole(TARGET)} wrong names"
    if found.threshold is None:
        return f"No threshold of {who} keeps {rate}: a person looks at every query."
    number = round(found.decided.value * found.decided.n)
    text = (
        f"{who} decides {both(METRIC, found.decided)} of the queries without a"
        f" person ({number:,} of {found.decided.n:,}) when asked for {rate}"
    )
    if found.rate is None:
        return f"{text}; how many were wrong could not be measured."
    beyond = found.rate.high is None or found.rate.high > TARGET
    doubt = ", so it may be more than asked for" if beyond else ""
    return f"{text}; of those names {both(METRIC, found.rate)} were wrong{doubt}."


def _data(standings: list[Standing]) -> str:
    return names([found.data for found in standings])
