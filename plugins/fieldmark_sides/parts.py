"""Which training photos are kept for the calibration: whole individuals, and whole visits."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from fieldmark.errors import UserError
from fieldmark.training import Sample
from fieldmark_sides.settings import SideSettings


def kept_apart(
    samples: Sequence[Sample], settings: SideSettings
) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Return the samples to learn from, and those to calibrate on.

    No individual and no visit is in both. Groups stand in the order of the digests of their names
    and the seed, so the order of the data does not matter.

    Raises:
        UserError: if there are too few to calibrate on.
    """
    owners = groups(samples)
    wanted = settings.calibration * len(samples)
    chosen: set[str] = set()
    count = 0
    for name, size in _ordered(owners, settings.seed):
        if count + size / 2 > wanted:
            continue  # too large for what is left of the share
        chosen.add(name)
        count += size
    if count < settings.calibration_least:
        raise UserError(
            f"{count} photos are left to find out how sure the classifier may be, and"
            f" {settings.calibration_least} are needed; add photos of further individuals or"
            " visits, or give more of them with --set train.calibration=0.4"
        )
    pairs = list(zip(samples, owners, strict=True))
    learnt = tuple(sample for sample, name in pairs if name not in chosen)
    return learnt, tuple(sample for sample, name in pairs if name in chosen)


def groups(samples: Sequence[Sample]) -> list[str]:
    """Return for each sample the name of its group: who shares an individual or a visit.

    Also indirectly: two individuals of one visit are in one group with all their other visits.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for sample in samples:
        if sample.encounter is not None:
            first, second = sorted((root(_who(sample)), root(f"visit {sample.encounter}")))
            parent[second] = first
    return [root(_who(sample)) for sample in samples]


def _who(sample: Sample) -> str:
    return f"individual {sample.individual}"


def _ordered(owners: Sequence[str], seed: int) -> list[tuple[str, int]]:
    def digest(name: str) -> bytes:
        return hashlib.sha256(f"{seed}:calibration:{name}".encode()).digest()

    return sorted(Counter(owners).items(), key=lambda pair: digest(pair[0]))
