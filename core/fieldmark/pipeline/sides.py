"""Annotations → which side of the animal is seen; chips are made ready while others are judged."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from fieldmark.components import Preprocessor, SideJudge
from fieldmark.errors import UserError
from fieldmark.jobs import Failed, failed
from fieldmark.pipeline.ahead import ahead
from fieldmark.pipeline.recipe import ResolveWeights, Step
from fieldmark.pipeline.stages import (
    Benches,
    Chain,
    Prepared,
    Subject,
    chains,
    preprocessor,
    size_of,
)
from fieldmark.plugins import Plugins
from fieldmark.types import Chip, Judged, SetAside

AHEAD = 128
"""Chips prepared, or being prepared, while others are judged."""

Verdict: TypeAlias = Judged | SetAside | Failed


@dataclass(frozen=True)
class Asked:
    """One annotation whose side is asked for; `subject` None: its photo cannot be found now."""

    annotation: int
    subject: Subject | None


@dataclass(frozen=True)
class Court:
    """A classifier of sides, and a chain of preprocessors for each thread."""

    judge: SideJudge
    chains: tuple[Chain, ...]


@dataclass(frozen=True)
class Places:
    """Where components find what they need; see `fieldmark.pipeline.stages`."""

    plugins: Plugins
    weights: ResolveWeights
    cache: Path


def build_court(steps: Sequence[Step], places: Places, threads: int) -> Court:
    """Build a profile's side classifier, the last step, and what prepares its pictures.

    Raises:
        PluginError: if a component, or a library it needs, is missing.
        UserError: if weights are missing or damaged, or the last step tells no sides.
    """
    *before, last = steps
    judge = _built(last, places)
    if not isinstance(judge, SideJudge):
        raise UserError(
            f"the preprocessor {last.name!r} does not tell sides apart; name one that does under"
            " sides: classifier: in the profile, such as 'side'"
        )
    first = tuple(_built(step, places) for step in before)
    where = places.plugins, places.weights, places.cache
    copies = tuple(chains(first, before, *where, threads))
    return Court(judge, copies)


def _built(step: Step, places: Places) -> Preprocessor:
    return preprocessor(step, places.plugins, places.weights, places.cache)


def verdicts(asked: Iterable[Asked], court: Court) -> Iterator[tuple[Asked, Verdict]]:
    """Yield every annotation with what is seen, in order; one that fails stops no other."""
    benches = Benches(court.chains)

    def chip_of(one: Asked) -> Prepared:
        if one.subject is None:
            return Failed("the photo is not where it was; import its folder again")
        return benches.prepare(one.subject)

    with ahead(asked, chip_of, size_of, len(court.chains), AHEAD) as prepared:
        for one, chip in prepared:
            yield one, _judged(chip, court.judge) if isinstance(chip, Chip) else chip


def _judged(chip: Chip, judge: SideJudge) -> Judged | Failed:
    try:
        return judge.judge(chip)
    except Exception as problem:  # noqa: BLE001 - one bad chip must not stop the others
        return failed(problem)
