"""Queries → candidates, a batch at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldmark.cache import FeatureCache
from fieldmark.components import Index, Rules
from fieldmark.pipeline.gallery import batches
from fieldmark.types import Candidate, Keypoints, Query, SetAside

BATCH = 16
"""Queries searched between two writes to the catalogue: what a kill can cost."""

NOTHING_SEEN = "no features were found on it: too dark, too blurred, or too small"
NOTHING_TO_COMPARE = (
    "nothing in the gallery may be compared with it: no photo of another encounter shows this side"
)
NOTHING_ALIKE = "nothing in the gallery is like it"


@dataclass(frozen=True)
class Answer:
    """What was found for one query; `note` says why there is no candidate."""

    query: int
    candidates: tuple[Candidate, ...]
    note: str | None = None


def search(
    queries: Sequence[int],
    keys: Mapping[int, str],
    index: Index,
    rules: Rules,
    cache: Path,
    k: int,
) -> Iterator[list[Answer]]:
    """Yield the answers to the queries, in order, in lists of at most `BATCH`."""
    features = FeatureCache(cache)
    for batch in batches(queries, BATCH):
        asked = [q for number in batch if (q := read_query(number, keys, features))]
        found = dict(
            zip((q.id for q in asked), index.search(asked, k, rules), strict=True) if asked else ()
        )
        seen = {q.id for q in asked}
        yield [
            Answer(n, tuple(found.get(n, ())), _note(n, found.get(n), n in seen, index, rules))
            for n in batch
        ]


def read_query(number: int, keys: Mapping[int, str], cache: FeatureCache) -> Query | None:
    """Return an annotation as a query; None if it has no features to search with."""
    features = cache.read(keys[number])
    if features is None or isinstance(features, SetAside):
        return None
    if isinstance(features, Keypoints) and not len(features):
        return None
    return Query(number, features)


def _note(
    number: int, found: Sequence[Candidate] | None, seen: bool, index: Index, rules: Rules
) -> str | None:
    if found:
        return None
    if not seen:
        return NOTHING_SEEN
    others = index.ids[index.ids != number]
    comparable = len(others) and (rules.weights(number, others) > 0).any()
    return NOTHING_ALIKE if comparable else NOTHING_TO_COMPARE
