"""From which score on is a candidate more than the best of strangers?

Vectors of one network are compared on one scale, so the named animals of a project tell how alike
two different animals look to it: each of their photos is searched among the *other* named animals
only, where every candidate is wrong. The score that one in twenty of these wrong answers exceeds
is the threshold. It is set anew for every gallery, because the best of many strangers scores
higher than the best of few; and it needs no photo of the species to have been seen in training.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from fieldmark.api.ground import Ground
from fieldmark.cache import FeatureCache
from fieldmark.components import Role, Rules
from fieldmark.pipeline.search import read_query
from fieldmark.report.view import Threshold
from fieldmark.types import FeatureKind, Floats, Ids

FALSE_MATCHES = 0.05
"""The share of photos of strangers that may score higher than the threshold."""
NEEDED = 20
"""Named individuals: with fewer, the highest twentieth is less than one animal."""
ASKED = 400
"""Photos of named animals that are searched; more would take time and change little."""
DRAWS = 1000
"""Bootstrap samples of individuals for the interval."""


class NamedOnly:
    """Rules under which unnamed annotations, who may be anybody, are never compared."""

    def __init__(self, rules: Rules, named: Iterable[int]) -> None:
        self._rules = rules
        self._named = np.array(sorted(named), np.int64)

    def weights(self, query: int, ids: Ids) -> Floats:
        """Return the weights of the rules, and 0 for who has no name."""
        weights = np.array(self._rules.weights(query, ids))
        weights[~np.isin(ids, self._named)] = 0
        return weights

    def individuals(self, ids: Ids) -> Ids:
        """Return the number of each annotation's individual."""
        return self._rules.individuals(ids)


def threshold_of(ground: Ground) -> Threshold | None:
    """Return the threshold of a gallery; None for pipelines whose scores have no common scale."""
    step = ground.method.recipe.embed
    if ground.method.plugins.get(Role.EMBEDDER, step.name).emits is not FeatureKind.VECTOR:
        return None
    named = [n for n in ground.index.ids.tolist() if ground.rows[n].individual_name]
    count = len({ground.rows[n].individual_id for n in named})
    if count < NEEDED:
        return _none(f"it takes {NEEDED} named animals to see how alike strangers look, and this"
                     f" gallery has {count}")  # fmt: skip
    owners, scores = strangers(ground, named)
    if len(np.unique(owners)) < NEEDED:
        return _none("too few of the named animals may be compared with one another")
    value = float(np.quantile(scores, 1 - FALSE_MATCHES))
    low, high = interval(owners, scores)
    return Threshold(value, low, high, _why(len(scores), len(np.unique(owners))))


def _none(reason: str) -> Threshold:
    return Threshold(
        None, None, None, f"no threshold: {reason}; take every candidate for a mere proposal"
    )


def _why(photos: int, individuals: int) -> str:
    return (
        f"{FALSE_MATCHES:.0%} of {photos} photos of {individuals} named animals found somebody else"
        " with a higher score when they were searched among the other named animals only; it"
        " holds for this gallery and this pipeline, and is no probability"
    )


def strangers(ground: Ground, named: Sequence[int]) -> tuple[Ids, Floats]:
    """Return for photos of named animals whose they are, and the best score of anybody else."""
    features = FeatureCache(ground.cache)
    step = -(-len(named) // ASKED)
    asked = [
        query
        for number in named[::step]
        if (query := read_query(number, ground.embedded.keys, features))
    ]
    found = ground.index.search(asked, 2, NamedOnly(ground.rules, named))
    pairs = []
    for query, candidates in zip(asked, found, strict=True):
        own = int(ground.rules.individuals(np.array([query.id], np.int64))[0])
        others = [c.score for c in candidates if c.individual != own]
        if others:
            pairs.append((own, others[0]))
    owners, scores = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(owners, np.int64), np.array(scores, np.float32)


def interval(owners: Ids, scores: Floats, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the threshold, from resampling individuals.

    Photos of one animal are alike, so that the animals are drawn and not the photos.
    """
    rng = np.random.default_rng(seed)
    groups = [scores[owners == owner] for owner in np.unique(owners)]
    drawn = rng.integers(len(groups), size=(DRAWS, len(groups)))
    values = [
        np.quantile(np.concatenate([groups[i] for i in row]), 1 - FALSE_MATCHES) for row in drawn
    ]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
