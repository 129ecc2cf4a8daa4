"""How many animals are in a survey that nobody has named? Every sighting asks all others."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from fieldmark import __version__
from fieldmark.api.answers import Asking
from fieldmark.api.calibrations import Trusted, find
from fieldmark.api.clustering import EachVisit, flanks_of, known_of, nodes_of, unseen_pairs
from fieldmark.api.ground import Ground, Way, lay_ground, read_rows, way_of
from fieldmark.api.models_used import models_of, with_unseen
from fieldmark.api.named import asking_of, spots
from fieldmark.api.proposing import in_visits
from fieldmark.api.sightings import sighting
from fieldmark.catalog import AnnotationRow, Project, decisions, finish_run, start_run
from fieldmark.decide.calibration import fit_calibration
from fieldmark.decide.cluster import Clustering, cluster, probability
from fieldmark.decide.evidence import Placed, measure
from fieldmark.decide.links import Contradiction, Evidence, Known, both_ways, plus
from fieldmark.decide.scores import Scores
from fieldmark.decide.verdict import Floats64, log_odds
from fieldmark.decide.visits import combine
from fieldmark.errors import UserError
from fieldmark.jobs import Progress, default_workers, silent
from fieldmark.report.groups import Group, Nearest, Survey, count_flanks, write_groups
from fieldmark.types import Ids
from fieldmark_registry.licences import Policy

BATCH = 64
"""Queries between two writes: what a kill can cost."""
KEPT = 50
"""Candidates of each node that are kept one by one; the others count as what they are on average,
so that memory grows with the nodes and not with their pairs."""

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
class Grouped:
    """What came out.

    Attributes:
        groups: named ones first, then the largest.
        files: the CSV, the JSON and the pages of the HTML report.
    """

    run: int
    groups: tuple[Group, ...]
    survey: Survey
    files: tuple[Path, ...]


def group(
    project: Project, request: Request, out: Path | None = None, progress: Progress = silent
) -> Grouped:
    """Group all sightings into proposed individuals, and write CSV, JSON and HTML.

    Nothing is decided: no name is written. A killed run continues when it is asked for again.

    Args:
        project: the catalogue.
        request: how to cluster.
        out: the folder for the files; None: `cluster/run-<number>` in the project.
        progress: told how far it is.

    Raises:
        UserError: if there is nothing to cluster, the pipeline is not calibrated, or weights are
            not here or not allowed.
        PluginError: if a component is missing.
        ProjectError: if the disk is full.
    """
    way = way_of(project, request.pipeline)
    used = [each for part in way.parts for each in models_of(part.recipe, request.licences)]
    trusted = _trusted(project, way)
    rows = read_rows(project, way.profile)
    if not rows:
        raise UserError(
            "the project holds no animals yet; add photos with: fieldmark import FOLDER"
        )
    grounds = tuple(
        lay_ground(project, part, rows, rows, rows, request.workers, progress) for part in way.parts
    )
    asking, nodes = _asking(way, grounds, trusted, request)
    with project.writing() as session:
        options = {"state": asking.state, "join": request.join_from, "visit": request.same_visit}
        run = start_run(session, "cluster", options, way.recipe.fingerprint).id
    said = _said(asking, nodes, trusted, spots(project, rows), progress)
    work = _Work(project, way, request, grounds, nodes, trusted)
    groups, survey = work.groups(said)
    models = tuple(with_unseen(each, way.profile, list(rows.values())) for each in used)
    survey = replace(survey, models=models)
    files = write_groups(groups, survey, out or project.folder / "cluster" / f"run-{run}")
    with project.writing() as session:
        finish_run(session, run, {"groups": len(groups), "files": [str(f) for f in files]})
    asking.forget()
    return Grouped(run, groups, survey, files)


def _trusted(project: Project, way: Way) -> Trusted:
    found = find(project, way)
    if found.trusted is None:
        raise UserError(f"groups are made from probabilities, but {found.why}")
    return found.trusted


def _asking(
    way: Way, grounds: Sequence[Ground], trusted: Trusted, request: Request
) -> tuple[Asking, dict[int, int]]:
    """Return who asks whom, and the node of each annotation."""
    queries = tuple(sorted(grounds[0].embedded.keys))
    asking = asking_of(way, grounds, queries, trusted.model.length)
    visits = request.same_visit == 1
    rules = EachVisit(asking.rules, grounds[0].rows, visits=visits)
    asking = replace(asking, rules=rules, state=f"{asking.state} visits {visits}")
    return asking, nodes_of(queries, asking.rules)


@dataclass(frozen=True)
class _Said:
    """What nodes said of each other.

    Attributes:
        asking, answer, told: of e pairs, each in one direction: the nodes, and the log odds.
        silent: the mean log odds of those who were compared and are not among them; None: all are.
    """

    asking: Ids
    answer: Ids
    told: Floats64
    silent: float | None


def _said(
    asking: Asking,
    nodes: Mapping[int, int],
    trusted: Trusted,
    places: Mapping[int, Placed],
    progress: Progress,
) -> _Said:
    """Ask every node about all others; several photos of one node speak together."""
    pieces, left = [], np.zeros(2)
    done = 0
    for parts in asking.each(in_visits(list(nodes), nodes, BATCH)):
        probable = trusted.model.apply(parts, measure(parts[0], places, trusted.gaps))
        mine = np.array([nodes[number] for number in probable.queries.tolist()], np.int64)
        together = combine(probable, mine, trusted.rule)
        piece, rest = _kept(together, nodes)
        pieces.append(piece)
        left += rest
        done += len(mine)
        progress(done, len(nodes), "search")
    who, whom, told = (np.concatenate(column) for column in zip(*pieces, strict=True))
    silent = min(float(left[0] / left[1]), 0.0) if left[1] else None
    return _Said(who, whom, told, silent)


def _kept(
    table: Scores, nodes: Mapping[int, int]
) -> tuple[tuple[Ids, Ids, Floats64], tuple[float, int]]:
    """Return each node's likeliest candidates, and the sum and number of the others' log odds."""
    mine = np.array([nodes[number] for number in table.queries.tolist()], np.int64)
    told = log_odds(table.values)
    told[table.columns == mine[:, None]] = np.nan
    rank = np.argsort(np.argsort(-np.where(np.isnan(told), -np.inf, told), axis=1), axis=1)
    kept = ~np.isnan(told) & (rank < KEPT)
    other = ~np.isnan(told) & ~kept
    row, column = np.nonzero(kept)
    pairs = mine[row], table.columns[column], told[row, column]
    return pairs, (float(told[other].sum()), int(other.sum()))


@dataclass(frozen=True)
class _Work:
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

    def groups(self, said: _Said) -> tuple[tuple[Group, ...], Survey]:
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

    def _calibrated(self, said: _Said) -> tuple[_Said, str]:
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
            skipped=tuple(dict.fromkeys(each for one in self.grounds for each in _skipped(one))),
        )

    def _doubles(self, looks: Evidence) -> Iterator[tuple[str, str, float]]:
        """Yield named animals that look like one."""
        name = {
            node: self.rows[number].individual_name
            for number, node in self.nodes.items()
            if self.rows[number].individual_name is not None
        }
        likest: dict[tuple[str, str], float] = {}
        said = probability(looks.log_odds)
        for place in np.flatnonzero(said >= self.request.join_from).tolist():
            one, other = (name.get(int(end[place])) for end in (looks.first, looks.second))
            if one is not None and other is not None and one != other:
                pair = min(one, other), max(one, other)
                likest[pair] = max(likest.get(pair, 0.0), float(said[place]))
        for (one, other), likeness in sorted(likest.items()):
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


def _skipped(ground: Ground) -> Iterator[tuple[str, str]]:
    for number, reason in sorted(ground.embedded.failed.items()):
        yield sighting(ground.rows[number]).name, reason
    for number, reason in sorted(ground.embedded.set_aside.items()):
        yield sighting(ground.rows[number]).name, f"set aside: {reason}"
