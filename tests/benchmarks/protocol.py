"""Who is in the gallery, who asks, and how good the answers are."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from benchmarks.photos import Photo
from fieldmark.components import Rules
from fieldmark.rules import CatalogueRules, SideRule
from fieldmark.types import Candidate, Side


@dataclass(frozen=True)
class Row:
    """An annotation as the rules want it described."""

    id: int
    photo_id: int
    encounter_id: int | None
    individual_id: int | None
    side: Side


@dataclass(frozen=True)
class Split:
    """A gallery and queries; an encounter is never on both sides."""

    gallery: list[Photo]
    queries: list[Photo]

    @classmethod
    def drawn(cls, photos: Sequence[Photo], seed: int, share: float = 0.7) -> "Split":
        """Draw `share` of each individual's encounters, at least one, for the gallery."""
        draw = random.Random(seed)
        visits: dict[str, set[str]] = {}
        for photo in photos:
            visits.setdefault(photo.identity, set()).add(photo.encounter)
        chosen = set()
        for identity in sorted(visits):
            mine = sorted(visits[identity])
            draw.shuffle(mine)
            count = max(1, round(share * len(mine)))
            chosen |= {(identity, visit) for visit in mine[: count - (count == len(mine) > 1)]}
        inside = [(photo.identity, photo.encounter) in chosen for photo in photos]
        return cls(
            [photo for photo, it_is in zip(photos, inside, strict=True) if it_is],
            [photo for photo, it_is in zip(photos, inside, strict=True) if not it_is],
        )

    @classmethod
    def read(cls, photos: Sequence[Photo], path: Path) -> "Split":
        """Replay a split that `write` wrote."""
        with path.open(encoding="utf-8", newline="") as file:
            use = {row["photo"]: row["use"] for row in csv.DictReader(file)}
        return cls(
            [photo for photo in photos if use.get(photo.name) == "gallery"],
            [photo for photo in photos if use.get(photo.name) == "query"],
        )

    def write(self, path: Path) -> None:
        """Write which photo is used for what, so that others can repeat it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["photo", "use", "identity", "encounter"])
            for use, photos in (("gallery", self.gallery), ("query", self.queries)):
                writer.writerows([p.name, use, p.identity, p.encounter] for p in photos)

    def rules(self, sides: SideRule) -> Rules:
        """Return the rules of identification over this split; annotations are numbered 0, 1, …."""
        people = {name: i for i, name in enumerate(sorted({p.identity for p in self.everyone}))}
        visits = {name: i for i, name in enumerate(sorted({p.encounter for p in self.everyone}))}
        return CatalogueRules(
            (
                Row(i, i, visits[p.encounter], people[p.identity], p.side)
                for i, p in enumerate(self.everyone)
            ),
            sides,
        )

    @property
    def everyone(self) -> list[Photo]:
        """The gallery, then the queries."""
        return self.gallery + self.queries


@dataclass(frozen=True)
class Score:
    """How often the right individual is found.

    Attributes:
        asked: how many queries could be answered: the gallery holds a comparable photo.
        top1, top5: share of them whose individual comes first, or among the first five.
        map: mean average precision; with one right individual, the mean of 1/rank.
        all_top1: share of *all* queries whose individual comes first.
        chance: expected top-1 of a guess among the comparable individuals.
    """

    asked: int
    top1: float
    top5: float
    map: float
    all_top1: float
    chance: float

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of top-1."""
        n, p, z = self.asked, self.top1, 1.96
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        reach = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return middle - reach, middle + reach


def score(
    split: Split, rules: Rules, answers: Sequence[Sequence[Candidate]]
) -> tuple[Score, list[int]]:
    """Return how good the answers to the queries are, and each answerable query's rank.

    An individual that is not listed at all counts as the last of the gallery.
    """
    ids = np.arange(len(split.gallery))
    owners = rules.individuals(ids)
    ranks, chances = [], []
    for number, found in enumerate(answers, len(ids)):
        wanted = int(rules.individuals(np.array([number]))[0])
        comparable = set(owners[rules.weights(number, ids) > 0].tolist())
        if wanted in comparable:
            order = [each.individual for each in found]
            ranks.append(order.index(wanted) + 1 if wanted in order else len(set(owners.tolist())))
            chances.append(1 / len(comparable))
    rank = np.array(ranks, np.float64)
    result = Score(
        asked=len(rank),
        top1=float((rank == 1).mean()),
        top5=float((rank <= 5).mean()),
        map=float((1 / rank).mean()),
        all_top1=float((rank == 1).sum() / len(answers)),
        chance=float(np.mean(chances)),
    )
    return result, ranks
