"""Checks for matchers: what a search and an explanation return."""

from itertools import pairwise

import numpy as np

from fieldmark.components import Index
from fieldmark.testing.galleries import (
    ANIMALS,
    OpenRules,
    annotation,
    featureless,
    gallery,
    individual_of,
    queries,
    query,
    same,
    search,
)
from fieldmark.testing.subjects import ContractError, Subject, require
from fieldmark.types import Candidate, Explanation, FeatureKind, Keypoints, Query


def _best(candidates: list[Candidate]) -> Candidate | None:
    return max(candidates, key=lambda each: each.score, default=None)


def _require_found(candidates: list[Candidate], number: int) -> None:
    best, wanted = _best(candidates), individual_of(annotation(number, 0))
    got = f"got {best.individual}" if best else "got nobody"
    require(best and best.individual == wanted, f"expected the individual {wanted} first, {got}")


def search_finds_the_animal(subject: Subject) -> None:
    """Another photo of an animal scores highest for that animal, with its own annotations."""
    index = gallery(subject).index(subject)
    require(isinstance(index, Index), "index() returns something without the methods of an Index")
    for number, candidates in zip(ANIMALS, search(index, queries(subject)), strict=True):
        _require_found(candidates, number)
        for each in candidates:
            owners = {individual_of(i) for i in each.annotations}
            got = f"the candidate {each.individual} names annotations of {sorted(owners)}"
            require(owners == {each.individual}, got)


def search_never_finds_itself(subject: Subject) -> None:
    """A query that is in the gallery finds the animal's other photo, never itself."""
    shown = gallery(subject)
    index = shown.index(subject)
    for id_, features in zip(shown.ids, shown.features, strict=True):
        found = search(index, [Query(id_, features)])[0]
        itself = any(id_ in each.annotations for each in found)
        require(not itself, f"the query {id_} is among its own candidates")
        _require_found(found, id_ // 10)


def search_names_each_individual_once(subject: Subject) -> None:
    """All photos of one individual stand behind one candidate."""
    for found in search(gallery(subject).index(subject), queries(subject)):
        names = [each.individual for each in found]
        require(len(names) == len(set(names)), f"individuals are listed more than once: {names}")


def search_sorts_by_score(subject: Subject) -> None:
    """The highest score comes first."""
    for found in search(gallery(subject).index(subject), queries(subject)):
        scores = [each.score for each in found]
        descending = scores == sorted(scores, reverse=True)
        require(descending, f"scores are not in descending order: {scores}")


def search_returns_at_most_k(subject: Subject) -> None:
    """At most k candidates come back, the best ones, and fewer when there are fewer."""
    index = gallery(subject).index(subject)
    for k in (1, 2, 1000):
        for number, found in zip(ANIMALS, search(index, queries(subject), k=k), strict=True):
            require(len(found) <= k, f"k is {k}, but {len(found)} candidates come back")
            _require_found(found, number)


def search_is_repeatable(subject: Subject) -> None:
    """The same search gives the same result, whatever was searched before or is beside it."""
    index = gallery(subject).index(subject)
    first = search(index, queries(subject))
    require(same(first, search(index, queries(subject))), "the second search gives other results")
    alone = [search(index, [each])[0] for each in queries(subject)]
    require(same(first, alone), "a query gives other results when it is alone")
    second = gallery(subject).index(subject.fresh())
    again = search(second, queries(subject))
    require(same(first, again), "a second copy of the matcher gives other results")


def indexes_share_nothing(subject: Subject) -> None:
    """Two indexes of one matcher do not know of each other."""
    shown = gallery(subject)
    first: Index = shown.index(subject)
    before = search(first, queries(subject))
    second: Index = subject.made.index()
    require(len(second.ids) == 0, "a new index holds what was added to another one")
    second.add(shown.ids[:1], shown.features[:1])
    after = search(first, queries(subject))
    require(same(before, after), "adding to one index changes what another one finds")


def search_breaks_ties_by_number(subject: Subject) -> None:
    """Where scores are equal, the lower individual comes first, in whatever order it was added."""
    shown = gallery(subject)
    twin = (annotation(0, 0), shown.features[0])
    rules = OpenRules(named={twin[0]: individual_of(annotation(0, 0))})
    for order in (shown, shown.reversed()):
        index = order.index(subject)
        index.add([twin[0]], [twin[1]])
        found = search(index, [query(subject, 1)], rules)[0]
        for one, other in pairwise(found):
            ordered = one.score != other.score or one.individual <= other.individual
            got = f"{one.individual} before {other.individual}, both {one.score}"
            require(ordered, f"equal scores must be ordered by the individual's number, got {got}")


def search_survives_an_empty_gallery(subject: Subject) -> None:
    """Nobody is found in an empty gallery, and no queries give no lists."""
    empty: Index = subject.made.index()
    found = search(empty, queries(subject))
    require(not any(found), "candidates come out of an empty gallery")
    require(len(empty.ids) == 0, f"an empty index has the ids {empty.ids}")
    empty.add([], [])
    empty.remove([])
    search(gallery(subject).index(subject), [])


def search_survives_a_gallery_of_one(subject: Subject) -> None:
    """A gallery of one photo gives that photo's individual, or nobody."""
    shown = gallery(subject)
    index = shown.without(*shown.ids[1:]).index(subject)
    for found in search(index, queries(subject)):
        names = {(each.individual, each.annotations) for each in found}
        only = {(individual_of(shown.ids[0]), (shown.ids[0],))}
        require(names <= only, f"a gallery of one gives {names}")


def search_survives_no_features(subject: Subject) -> None:
    """A query without features finds nobody; one in the gallery disturbs nobody."""
    empty = featureless(subject.record.takes)
    index = gallery(subject).index(subject)
    found = search(index, [Query(9999, empty)])[0]
    silent = not found or subject.record.takes is not FeatureKind.KEYPOINTS
    require(silent, "a query without keypoints has candidates")
    index.add([9999], [empty])
    for number, found in zip(ANIMALS, search(index, queries(subject)), strict=True):
        _require_found(found, number)


def search_leaves_features_alone(subject: Subject) -> None:
    """Neither adding nor searching writes to the features."""
    shown, given = gallery(subject), queries(subject)
    index = shown.index(subject)
    search(index, given)
    index.explain(given[0], [shown.ids[0]], OpenRules())
    untouched = [*gallery(subject).features, *(each.features for each in queries(subject))]
    for one, other in zip([*shown.features, *(q.features for q in given)], untouched, strict=True):
        require(repr_of(one) == repr_of(other), "the matcher changes the features it was given")


def repr_of(features: object) -> bytes:
    """Return the bytes of the numbers that features hold."""
    if isinstance(features, Keypoints):
        parts = (features.xy, features.scale, features.angle, features.weight, features.descriptors)
        return b"".join(part.tobytes() for part in parts)
    values: bytes = features.values.tobytes()  # type: ignore[attr-defined] # a Vector
    return values


def explain_shows_matched_points(subject: Subject) -> None:
    """An explanation's points lie in both photos; keypoints of one animal have some."""
    index, given = gallery(subject).index(subject), query(subject, 1)
    asked = [annotation(1, 0), annotation(2, 0)]
    both = index.explain(given, asked, OpenRules())
    require(len(both) == len(asked), f"{len(asked)} annotations have {len(both)} explanations")
    shown = both[0]
    require(isinstance(shown, Explanation), f"explain returns a {type(shown).__name__}")
    for name in ("query_xy", "candidate_xy"):
        points = getattr(shown, name)
        inside = ((points >= -0.01) & (points <= 1.01)).all()
        require(inside, f"{name} must be fractions of the photo, 0–1")
    positive = (shown.weights >= 0).all() and np.isfinite(shown.weights).all()
    require(positive, "weights of matched points must be finite and not negative")
    silent = subject.record.takes is not FeatureKind.KEYPOINTS or len(shown) > 0
    require(silent, "two photos of one animal share no points in the explanation")


def explain_refuses_strangers(subject: Subject) -> None:
    """An annotation that is not in the index is a KeyError."""
    index = gallery(subject).index(subject)
    try:
        index.explain(query(subject, 1), [123456], OpenRules())
    except KeyError:
        return
    raise ContractError("explain accepts an annotation that is not in the index; raise KeyError")


GATES = (search_finds_the_animal, search_is_repeatable, indexes_share_nothing)
CHECKS = (
    search_never_finds_itself,
    search_names_each_individual_once,
    search_sorts_by_score,
    search_returns_at_most_k,
    search_breaks_ties_by_number,
    search_survives_an_empty_gallery,
    search_survives_a_gallery_of_one,
    search_survives_no_features,
    search_leaves_features_alone,
    explain_shows_matched_points,
    explain_refuses_strangers,
)
