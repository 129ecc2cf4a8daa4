"""Which photos meet in one batch: pure functions of seed and epoch.

A resumed training needs no sampler's state: it asks for the epoch's batches again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from pytorch_metric_learning.samplers import MPerClassSampler
from pytorch_metric_learning.utils import common_functions

from fieldmark.errors import UserError
from fieldmark.training import Sample
from fieldmark_deep.settings import Sampling


def batches(
    samples: Sequence[Sample], settings: Sampling, batch_size: int, seed: int, epoch: int
) -> list[list[int]]:
    """Return the batches of an epoch, as places among the samples.

    The same arguments give the same batches; no global generator is left changed.

    - `shuffle`: every photo once; what is left over makes a last, smaller batch.
    - `m-per-class`: `per_individual` photos of each of batch_size / per_individual individuals,
      drawn anew for each batch, as pytorch-metric-learning's MPerClassSampler does it.
    - `individuals`: an individual with n photos comes ⌈n / per_individual⌉ times, with different
      photos each time, evenly spread over the epoch; see `visits`.

    Batches have `batch_size` photos wherever the visits add up to it. A batch of a single photo
    is left out: it compares nothing, and batch normalisation needs two.

    Args:
        samples: of the training set.
        settings: of the recipe.
        batch_size: photos; at least 2.
        seed: of the training.
        epoch: from 1.

    Raises:
        UserError: if fewer than two photos are left, or too few individuals for `m-per-class`.
    """
    generator = np.random.default_rng((seed, epoch))
    places = _usable(samples, settings)
    if settings.kind == "m-per-class":
        return _per_class(samples, places, settings, batch_size, generator)

    def once() -> list[Visit]:
        if settings.kind == "shuffle":
            return [Visit(samples[p].species, (p,), generator.random()) for p in places]
        return list(visits(samples, places, settings.per_individual, generator))

    drawn = balanced(once, settings.balance_species, generator)
    return packed(drawn, batch_size)


@dataclass(frozen=True, slots=True)
class Visit:
    """Photos of one individual that meet in one batch.

    Attributes:
        when: 0–1, its turn within the epoch.
    """

    species: str
    photos: tuple[int, ...]
    when: float


def visits(
    samples: Sequence[Sample], places: Sequence[int], most: int, generator: np.random.Generator
) -> Iterator[Visit]:
    """Yield every photo once, in visits of one individual each.

    n photos make ⌈n / most⌉ visits, whose sizes differ by one at most, so that none is left with
    a single photo while another is full. Each side of the animal is dealt evenly over the visits:
    where both flanks have enough photos, every visit shows both. The visits of one individual are
    equally far apart in the epoch, the first at a random time.

    Args:
        samples: of the training set.
        places: those to use.
        most: photos of a visit.
        generator: of everything random here.
    """
    for members in _by_individual(samples, places).values():
        mixed = [members[i] for i in generator.permutation(len(members))]
        dealt = sorted(mixed, key=lambda p: samples[p].side)
        count = -(-len(dealt) // most)
        first, start = int(generator.integers(count)), generator.random()
        for j in range(count):
            photos = tuple(dealt[(first + j) % count :: count])
            yield Visit(samples[photos[0]].species, photos, (j + start) / count)


def balanced(
    once: Callable[[], list[Visit]], balance: float, generator: np.random.Generator
) -> list[Visit]:
    """Return as many visits as there are in an epoch, with other shares of the species.

    A species with v of the V visits gets V·v^(1 − b) / Σ v^(1 − b) of them in expectation: as
    they come with b = 0, equally many of every species with b = 1. One that needs more than v
    passes through all its photos before any comes again; one that needs fewer has a random part.

    Args:
        once: makes all the visits of one pass.
        balance: b, 0–1.
        generator: of everything random here.
    """
    first = once()
    if balance == 0:
        return first
    have = Counter(visit.species for visit in first)
    left = _quotas(have, balance, generator)
    drawn, made = [], first
    while any(left.values()):
        for i in generator.permutation(len(made)):
            if left[made[i].species]:
                left[made[i].species] -= 1
                drawn.append(made[i])
        made = once()
    return drawn


def packed(drawn: Sequence[Visit], batch_size: int) -> list[list[int]]:
    """Return batches of visits in their turn, each in the first batch that has room for it."""
    filled: list[list[int]] = []
    roomy: list[list[int]] = []
    for visit in sorted(drawn, key=lambda v: v.when):
        for batch in roomy:
            if len(batch) + len(visit.photos) <= batch_size:
                break
        else:
            batch = []
            filled.append(batch)
            roomy.append(batch)
        batch.extend(visit.photos)
        if len(batch) == batch_size:
            roomy.remove(batch)
    return [batch for batch in filled if len(batch) > 1]


def _usable(samples: Sequence[Sample], settings: Sampling) -> list[int]:
    """Return the places of the photos to learn from, ascending."""
    fewest = 2 if settings.singles == "drop" else 1
    members = _by_individual(samples, range(len(samples))).values()
    places = sorted(p for photos in members if len(photos) >= fewest for p in photos)
    if len(places) < 2:
        raise UserError(
            f"only {len(places)} of {len(samples)} photos can be learnt from, and training needs"
            " at least 2; add photos, or keep individuals with one photo: singles: keep"
        )
    return places


def _by_individual(samples: Sequence[Sample], places: Sequence[int]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = defaultdict(list)
    for p in places:
        members[samples[p].individual].append(p)
    return members


def _quotas(have: Counter[str], balance: float, generator: np.random.Generator) -> dict[str, int]:
    """Return whole numbers with the same sum and the expectations that `balanced` names."""
    powers = np.array([count ** (1 - balance) for count in have.values()])
    ends = np.cumsum(powers / powers.sum() * have.total())
    # One random shift for all (systematic sampling) keeps both the sum and every expectation.
    steps = np.floor(np.concatenate([[0.0], ends[:-1], [have.total()]]) + generator.random())
    return dict(zip(have, np.diff(steps).astype(int).tolist(), strict=True))


def _per_class(
    samples: Sequence[Sample],
    places: Sequence[int],
    settings: Sampling,
    batch_size: int,
    generator: np.random.Generator,
) -> list[list[int]]:
    if settings.balance_species:
        raise UserError(
            "m-per-class draws all individuals equally often and cannot balance species; write"
            " sampling: {kind: individuals}, or balance_species: 0"
        )
    names, labels = np.unique([samples[p].individual for p in places], return_inverse=True)
    if len(names) * settings.per_individual < batch_size:
        raise UserError(
            f"batches of {batch_size} with {settings.per_individual} photos of each individual"
            f" need {batch_size // settings.per_individual} individuals, and there are"
            f" {len(names)}; write a smaller batch_size, or sampling: {{kind: individuals}}"
        )
    length = max(len(places), batch_size)
    with _drawing_from(generator):
        sampler = MPerClassSampler(labels, settings.per_individual, batch_size, length)
        drawn = [places[i] for i in sampler]
    return [drawn[i : i + batch_size] for i in range(0, len(drawn), batch_size)]


@contextmanager
def _drawing_from(generator: np.random.Generator) -> Iterator[None]:
    """Let pytorch-metric-learning draw from a generator of its own for a while."""
    before = common_functions.NUMPY_RANDOM
    common_functions.NUMPY_RANDOM = np.random.RandomState(int(generator.integers(2**32)))
    try:
        yield
    finally:
        common_functions.NUMPY_RANDOM = before
