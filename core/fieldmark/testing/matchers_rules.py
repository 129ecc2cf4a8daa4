"""Checks for matchers: the rules of what may be compared are obeyed."""

from collections.abc import Mapping

from fieldmark.testing.galleries import (
    ANIMALS,
    OpenRules,
    annotation,
    gallery,
    individual_of,
    queries,
    query,
    search,
)
from fieldmark.testing.subjects import Subject, require


def _scores(
    subject: Subject, rules: OpenRules, number: int, without: tuple[int, ...] = ()
) -> dict[int, float]:
    index = gallery(subject).without(*without).index(subject)
    found = search(index, [query(subject, number)], rules)[0]
    return {each.individual: each.score for each in found}


def rules_forbid_candidates(subject: Subject) -> None:
    """What has weight 0 is never returned, even when it is the best there is."""
    index = gallery(subject).index(subject)
    for number, given in zip(ANIMALS, queries(subject), strict=True):
        one, both = annotation(number, 0), (annotation(number, 0), annotation(number, 1))
        found = search(index, [given], OpenRules({one: 0.0}))[0]
        named = any(one in each.annotations for each in found)
        require(not named, f"the annotation {one} is returned although its weight is 0")
        found = search(index, [given], OpenRules(dict.fromkeys(both, 0.0)))[0]
        named = any(each.individual == individual_of(one) for each in found)
        require(not named, f"an individual is returned whose annotations {both} have weight 0")


def rules_forbid_everything(subject: Subject) -> None:
    """When nothing may be compared, nobody is found."""
    shown = gallery(subject)
    found = search(shown.index(subject), queries(subject), OpenRules(dict.fromkeys(shown.ids, 0.0)))
    require(not any(found), "candidates are returned although every weight is 0")


def rules_forbid_evidence(subject: Subject) -> None:
    """What has weight 0 adds nothing to the score of its individual's other photos.

    An individual is put together from a photo of the query's animal, which is forbidden, and a
    photo of another animal: the score must be about what the other photo alone deserves.
    """
    true, other = annotation(1, 0), annotation(2, 0)
    named = {true: 777, other: 777}
    rest = (annotation(1, 1), annotation(2, 1))
    forbidden = _scores(subject, OpenRules({true: 0.0}, named), 1, rest).get(777)
    absent = _scores(subject, OpenRules({}, named), 1, (true, *rest)).get(777)
    full = _scores(subject, OpenRules({}, named), 1, rest).get(777)
    if forbidden is None or full is None:
        return
    deserved = absent if absent is not None else min(0.0, full)
    share = (forbidden - deserved) / (full - deserved) if full > deserved else 0.0
    text = f"{share:.0%} of the score of a forbidden photo counts for its individual"
    require(share < 0.2, text)


def rules_weigh_evidence(subject: Subject) -> None:
    """Evidence of weight below 1 counts for less, and never for more."""
    individual = individual_of(annotation(1, 0))
    both = (annotation(1, 0), annotation(1, 1))
    full = _scores(subject, OpenRules(), 1).get(individual)
    low = _scores(subject, OpenRules(_all(both, 0.25)), 1).get(individual)
    less = low is None or (full is not None and low < full)
    require(less, f"a weight of 0.25 gives the score {low}, a weight of 1 gives {full}")


def _all(ids: tuple[int, ...], weight: float) -> Mapping[int, float]:
    return dict.fromkeys(ids, weight)


CHECKS = (
    rules_forbid_candidates,
    rules_forbid_everything,
    rules_forbid_evidence,
    rules_weigh_evidence,
)
