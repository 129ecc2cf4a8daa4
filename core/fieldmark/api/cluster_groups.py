"""What sightings said of each other → groups, and what a reader must know of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fieldmark import __version__
from fieldmark.api.calibrations import Trusted
from fieldmark.api.cluster_asking import Said
from fieldmark.api.clustering import flanks_of, known_of, unseen_pairs
from fieldmark.api.facts import skipped
from fieldmark.api.ground import Ground, Way
from fieldmark.api.sightings import sighting
from fieldmark.catalog import AnnotationRow, Project, decisions
from fieldmark.decide.calibration import fit_calibration
from fieldmark.decide.cluster import Clustering, cluster, probability
from fieldmark.decide.links import Contradiction, Evidence, Known, both_ways, plus
from fieldmark.decide.verdict import log_odds
from fieldmark.jobs import default_workers
from fieldmark.report.groups import Group, Nearest, Survey, count_flanks
from fieldmark_registry.licences import Policy

TOO_FEW = (
    "too few animals have names and several encounters to learn what single visits mean; expect"
    " far too many groups, and name some animals first"
)


@dataclass(frozen=True)
class Request:
    """How to cluster.

    Attributes:
        pipeline: of the project's profile; None: its default.
        join_from: join from this probability on, 0–1 exclusive; higher: fewer wrong joins, and
            more animals that are counted twice.
        same_visit: how sure it is that an encounter without two animals in a photo shows one
            animal: 0.5 (nothing is known) to 1 (certain).
        workers: processes that make features.
        licences: `permissive` refuses weights whose licence does not allow every use.
    """

    pipeline: str | None = None
    join_from: float = 0.5
    same_visit: float = 1.0
    workers: int = field(default_factory=default_workers)
    licences: Policy = "any"


@dataclass(frozen=True)
class Grouping:
    """Everything that the groups are made of."""

    project: Project
    way: Way
    request: Request
    grounds: tuple[Ground, ...]
    nodes: Mapping[int, int]
    trusted: Trusted

    @property
    def rows(self) -> Mapping[int, AnnotationRow]:
        """All annotations."""
        return self.grounds[0].rows

    def groups(self, said: Said) -> tuple[tuple[Group, ...], Survey]:
        """Return the groups, and what a reader must know of them."""
        before = self._known()
        said, why = self._calibrated(said)
        looks = both_ways(said.asking, said.answer, said.told, said.silent)
        bar = float(log_odds(np.array([self.request.join_from], np.float32))[0])
        evidence = Evidence(looks.first, looks.second, looks.log_odds - bar)
        absent = 0.0 if said.silent is None else min(said.silent - bar, 0.0)
        sides = self.way.recipe.sides
        flank = flanks_of(self.rows, self.nodes, sides)
        found = cluster(before, plus(evidence, self._visits()), absent, flank)
        groups = self._described(found, _nearest(found, before, looks), bar)
        flanks = None if flank is None else count_flanks(groups)
        return groups, replace(self._survey(before, looks), flanks=flanks, remarks=(why,))

    def _calibrated(self, said: Said) -> tuple[Said, str]:
        """Learn from the named animals what likeness of single visits means, if there are enough.

        The stored calibration knows individuals with all their photos. A single visit is less
        like another one of the same animal, so that by it far too many animals are found.
        """
        who = {node: self.rows[number].individual_id for number, node in self.nodes.items()}
        ends = [[who[node] for node in end.tolist()] for end in (said.asking, said.answer)]
        one, other = (np.array([each or 0 for each in end], np.int64) for end in ends)
        both = (one > 0) & (other > 0)
        try:
            learnt = fit_calibration(said.told[both], one[both] == other[both])
        except ValueError:
            return said, TOO_FEW
        silent = said.silent
        if silent is not None:
            silent = min(float(learnt.evidence(np.array([silent]))[0]), 0.0)
        why = f"what single visits mean was learnt from {learnt.n} pairs of named ones"
        return replace(said, told=learnt.evidence(said.told), silent=silent), why

    def _known(self) -> Known:
        ground = self.grounds[0]
        with self.project.reading() as session:
            decided = list(decisions(session, in_force=True))
        certain = self.request.same_visit == 1
        return known_of(self.rows, self.nodes, decided, ground.pictures, visits=certain)

    def _visits(self) -> Evidence:
        """Return what is thought of nodes that met in one encounter; mostly that is known."""
        first, second, single = unseen_pairs(self.rows, self.nodes)
        sure = float(log_odds(np.array([self.request.same_visit], np.float32))[0])
        return Evidence(first, second, single * sure)

    def _described(
        self, found: Clustering, nearest: Mapping[int, tuple[int, float]], bar: float
    ) -> tuple[Group, ...]:
        label = dict(zip(found.nodes.tolist(), found.labels.tolist(), strict=True))
        members: dict[int, list[AnnotationRow]] = defaultdict(list)
        for number in sorted(self.nodes):
            members[label[self.nodes[number]]].append(self.rows[number])
        order = sorted(members, key=lambda key: _order(members[key]))
        place = {key: number for number, key in enumerate(order, start=1)}
        weakest = {k: float(probability(v.mean + bar)) for k, v in found.weakest().items()}
        plain = [_group(place[key], members[key], weakest.get(key)) for key in order]
        return tuple(
            replace(each, nearest=_next(nearest.get(key), place, plain))
            for key, each in zip(order, plain, strict=True)
        )

    def _survey(self, before: Known, looks: Evidence) -> Survey:
        way, trusted = self.way, self.trusted
        return Survey(
            species=f"{way.profile.name} ({way.profile.scientific_name})",
            pipeline=way.recipe.name,
            fingerprint=way.recipe.fingerprint,
            version=__version__,
            calibration=f"fitted on {trusted.made} on {trusted.n} photos of {trusted.individuals}"
            f" named animals ({trusted.data})",
            annotations=len(self.nodes),
            nodes=len(before.nodes),
            join_from=self.request.join_from,
            same_visit=self.request.same_visit,
            flanks=None,
            doubles=tuple(self._doubles(looks)),
            contradictions=tuple(self._sentences(before.contradictions)),
            skipped=tuple(dict.fromkeys(each for one in self.grounds for each in skipped(one))),
        )

    def _doubles(self, looks: Evidence) -> Iterator[tuple[str, str, float]]:
        """Yield named animals that look like one, by the mean over their pairs of visits.

        A single pair of visits that looks alike is no reason: of many pairs, some do.
        """
        name = {
            node: self.rows[number].individual_name
            for number, node in self.nodes.items()
            if self.rows[number].individual_name is not None
        }
        told: dict[tuple[str, str], list[float]] = defaultdict(list)
        for first, second, odds in zip(
            looks.first.tolist(), looks.second.tolist(), looks.log_odds.tolist(), strict=True
        ):
            one, other = name.get(first), name.get(second)
            if one is not None and other is not None and one != other:
                told[min(one, other), max(one, other)].append(odds)
        for (one, other), each in sorted(told.items()):
            likeness = float(probability(sum(each) / len(each)))
            if likeness >= self.request.join_from:
                yield one, other, likeness

    def _sentences(self, contradictions: Sequence[Contradiction]) -> Iterator[str]:
        some = {node: number for number, node in sorted(self.nodes.items(), reverse=True)}
        for clash in contradictions:
            first, second = (sighting(self.rows[some[node]]).name for node in clash.cannot[0])
            yield (
                f"{len(clash.nodes)} sightings or visits are joined by one visit or one picture,"
                f" but {first} and {second} among them are two animals"
            )


def _order(members: Sequence[AnnotationRow]) -> tuple[str, int, int]:
    """Names first, in their order; then the largest."""
    name = next((row.individual_name for row in members if row.individual_name), None)
    return (name or "\U0010ffff", -len(members), members[0].id)


def _group(number: int, members: Sequence[AnnotationRow], weakest: float | None) -> Group:
    name = next((row.individual_name for row in members if row.individual_name), None)
    return Group(number, name, tuple(sighting(row) for row in members), weakest, None)


def _next(
    near: tuple[int, float] | None, place: Mapping[int, int], groups: Sequence[Group]
) -> Nearest | None:
    if near is None:
        return None
    return Nearest(groups[place[near[0]] - 1].label, near[1])


def _nearest(found: Clustering, before: Known, looks: Evidence) -> dict[int, tuple[int, float]]:
    """Return for each group the other one that has the likest sighting, and its probability.

    Groups that cannot be the same animal are passed over.
    """
    label = dict(zip(found.nodes.tolist(), found.labels.tolist(), strict=True))
    apart = {(label[a], label[b]) for pair in before.cannot for a, b in (pair, pair[::-1])}
    distinct = {label[node] for node in before.distinct}
    nearest: dict[int, tuple[int, float]] = {}
    for place in np.argsort(-looks.log_odds, kind="stable").tolist():
        one, other = label[int(looks.first[place])], label[int(looks.second[place])]
        if one == other or (one, other) in apart or {one, other} <= distinct:
            continue
        said = float(probability(looks.log_odds[place]))
        nearest.setdefault(one, (other, said))
        nearest.setdefault(other, (one, said))
    return nearest
