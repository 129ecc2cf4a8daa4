"""One set of data under one protocol: every pipeline, every control, and their differences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from fieldmark.api.comparison.bench import Bench
from fieldmark.evaluate.bootstrap import difference
from fieldmark.evaluate.costs import joined
from fieldmark.evaluate.learnt import Learnt, bins, decided, learn, metrics
from fieldmark.evaluate.measuring import (
    Measured,
    by_individual,
    by_side,
    chance,
    histogram,
    measure,
)
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.results import Cell, Difference, Estimate
from fieldmark.evaluate.scoring import How, Scored
from fieldmark.pipeline.fused import shortlisted
from fieldmark.pipeline.recipe import FusedRecipe, Recipe
from fieldmark.profile import Fusion

COMPARED = ("top-1", "MRR")
"""Metrics of which differences are reported."""


@dataclass
class Round:
    """What was found under one protocol.

    Attributes:
        measured: by pipeline.
        learnt: by pipeline; those that could be calibrated.
        scored: by pipeline.
    """

    question: Question
    cells: list[Cell] = field(default_factory=list)
    measured: dict[str, Measured] = field(default_factory=dict)
    learnt: dict[str, Learnt] = field(default_factory=dict)
    scored: dict[str, Scored] = field(default_factory=dict)

    @property
    def title(self) -> tuple[str, str]:
        """The names of the data and the protocol."""
        return self.question.animals.name, self.question.split.protocol


def run_round(bench: Bench, question: Question, *, controls: bool) -> Round:
    """Ask every pipeline, and every control if wanted."""
    found = Round(question)
    for single in bench.methods.singles:
        found.scored[single.name] = bench.score(single, question)
    for recipe in bench.methods.recipes:
        if isinstance(recipe, FusedRecipe):
            _fused(bench, found, recipe)
        else:
            _single(bench, found, recipe)
    for name, scored in bench.controls(question) if controls else ():
        _record(found, name, scored, None, ())
    return found


def _single(bench: Bench, found: Round, recipe: Recipe) -> None:
    scored = found.scored[recipe.name]
    learnt, notes = _learnt(found.question, [scored], None, bench)
    _record(found, recipe.name, scored, learnt, notes)


def _fused(bench: Bench, found: Round, recipe: FusedRecipe) -> None:
    first = _first(bench, found, recipe)
    others = (_on_shortlist(bench, found, recipe, part, first) for part in recipe.parts[1:])
    parts = [first, *others]
    learnt, notes = _learnt(found.question, parts, recipe.settings, bench)
    if learnt is None:
        bench.remarks.append(f"{recipe.name} on {' under '.join(found.title)}: {notes[0]}")
        return
    costs = joined([cost for scored in parts for cost in scored.costs])
    failed = tuple(dict.fromkeys(each for scored in parts for each in scored.failed))
    scored = Scored(learnt.probabilities, None, None, costs, failed)
    found.scored[recipe.name] = scored
    _record(found, recipe.name, scored, learnt, (*notes, _lengths(learnt, recipe.settings)))


def _first(bench: Bench, found: Round, fused: FusedRecipe) -> Scored:
    """Return what the first pipeline says, sorted anew if the profile wants it."""
    how, part = fused.settings.rerank, fused.parts[0]
    if how == "none":
        return found.scored[part.name]
    return bench.score(part, found.question, How(photos=False, rerank=how))


def _on_shortlist(
    bench: Bench, found: Round, fused: FusedRecipe, part: Recipe, first: Scored
) -> Scored:
    """Let a pipeline look at the longest shortlist alone; at everybody where there is none."""
    lengths, question = fused.settings.shortlist, found.question
    if lengths is None or max(lengths) >= len(first.scores.columns):
        return found.scored[part.name]
    rules = question.split.rules(question.animals, part.sides)
    only = shortlisted(first.scores, question.split.gallery, rules, max(lengths))
    return bench.score(part, question, How(only, fused.fingerprint, photos=False))


def _lengths(learnt: Learnt, settings: Fusion) -> str:
    """Say which lengths of the shortlist were chosen, one for each fold."""
    if settings.shortlist is None:
        return "every pipeline looked at everybody"
    chosen = sorted({str(model.length or "everybody") for model in learnt.models})
    return f"length of the shortlist, chosen on other individuals: {', '.join(chosen)}"


def _learnt(
    question: Question, parts: Sequence[Scored], fusion: Fusion | None, bench: Bench
) -> tuple[Learnt | None, tuple[str, ...]]:
    try:
        return learn(question, [part.scores for part in parts], fusion, bench.request.way), ()
    except ValueError as problem:
        return None, (f"not calibrated: {problem}",)


def _record(
    found: Round, name: str, scored: Scored, learnt: Learnt | None, notes: Sequence[str]
) -> None:
    question, scores = found.question, scored.scores
    measured = measure(question, scored)
    found.measured[name] = measured
    if learnt is not None:
        found.learnt[name] = learnt
    data, protocol = found.title
    found.cells.append(
        Cell(
            data=data,
            protocol=protocol,
            pipeline=name,
            metrics=_metrics(question, measured, learnt),
            cmc=measured.cmc,
            asked=len(question.truth),
            answerable=int(question.answerable(scores).sum()),
            new=int(question.new.sum()),
            gallery=len(question.split.gallery),
            individuals=len(question.enrolled),
            chance=chance(question, scores),
            histogram=histogram(question, scores) if name in found.scored else None,
            reliability=() if learnt is None else bins(question, learnt),
            decided=() if learnt is None else decided(learnt),
            per_individual=by_individual(question, measured),
            per_side=by_side(question, measured),
            costs=scored.costs,
            failed=scored.failed,
            notes=tuple(notes),
        )
    )


def _metrics(
    question: Question, measured: Measured, learnt: Learnt | None
) -> Mapping[str, Estimate]:
    return {**measured.metrics, **(dict(metrics(question, learnt)) if learnt else {})}


def differences(found: Round, names: Sequence[str]) -> Iterator[Difference]:
    """Yield how far each two pipelines are apart on the same queries."""
    data, protocol = found.title
    known = [name for name in names if name in found.measured]
    for first, second in combinations(known, 2):
        one, other = (found.measured[name].per_query for name in (first, second))
        for metric in COMPARED:
            both = ~np.isnan(one[metric]) & ~np.isnan(other[metric])
            if both.any():
                yield Difference(
                    data=data,
                    protocol=protocol,
                    metric=metric,
                    first=first,
                    second=second,
                    estimate=difference(one[metric], other[metric], found.question.truth),
                )
