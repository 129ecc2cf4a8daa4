"""How an identification was made: what a reader needs to judge it and to repeat it."""

from collections.abc import Collection, Iterator, Sequence

from fieldmark import __version__
from fieldmark.api.ground import Ground, Way
from fieldmark.api.sightings import sighting
from fieldmark.catalog import Contradiction, Counts
from fieldmark.report.view import Facts, Identified
from fieldmark.types import Side

_SIDES = {
    "incomparable": "opposite flanks are never compared",
    "comparable": "all sides are compared with one another",
    "soft": "opposite flanks are compared, and count for less",
}


def facts_of(
    way: Way,
    grounds: Sequence[Ground],
    counts: Counts,
    clashes: Sequence[Contradiction],
    gallery: Collection[int],
    queries: Collection[int],
    results: Sequence[Identified],
) -> Facts:
    """Return the facts of one identification.

    Args:
        way: the pipeline.
        grounds: of its parts, the one that looks at everybody first.
        counts: of the catalogue.
        clashes: decisions that cannot all be true.
        gallery: annotations that were to be searched in.
        queries: annotations that were to be searched for.
        results: what was found.
    """
    ground = grounds[0]
    named = {ground.rows[n].individual_id for n in gallery if ground.rows[n].individual_name}
    return Facts(
        species=f"{way.profile.name} ({way.profile.scientific_name})",
        pipeline=way.recipe.name,
        components=tuple(_components(way)),
        fingerprint=way.recipe.fingerprint,
        version=__version__,
        side_rule=_SIDES[way.recipe.sides.opposite],
        gallery=len(ground.index.ids),
        individuals=len(named),
        queries=len(queries),
        skipped=tuple(dict.fromkeys(each for one in grounds for each in skipped(one))),
        remarks=(
            *_remarks(ground, counts, queries, results),
            *(f"contradiction: {clash.sentence}" for clash in clashes),
        ),
    )


def _components(way: Way) -> Iterator[str]:
    for place, part in enumerate(way.parts):
        names = [step.name for step in part.recipe.steps]
        # Where several are combined, a reader must see where the next one begins.
        yield from names if not place else (f"and {part.recipe.name}: {names[0]}", *names[1:])


def skipped(ground: Ground) -> Iterator[tuple[str, str]]:
    """Yield what has no features: its name, and why."""
    for number, reason in sorted(ground.embedded.failed.items()):
        yield sighting(ground.rows[number]).name, reason
    for number, reason in sorted(ground.embedded.set_aside.items()):
        yield sighting(ground.rows[number]).name, f"set aside: {reason}"


def _remarks(
    ground: Ground, counts: Counts, queries: Collection[int], results: Sequence[Identified]
) -> Iterator[str]:
    unknown = sum(ground.rows[number].side is Side.UNKNOWN for number in queries)
    if unknown and ground.method.recipe.sides.opposite != "comparable":
        yield (
            f"the side is unknown for {unknown} of {len(queries)} queries: they were compared"
            " with both flanks, which proposes more wrong candidates"
        )
    if counts.rejected:
        yield f"{counts.rejected} files of this project could not be used as photos"
    yield from _agreement(results)


def _agreement(results: Sequence[Identified]) -> Iterator[str]:
    """Compare the candidates with the names that the queries have already."""
    named = [result for result in results if result.query.individual]
    if not named:
        return
    ranks = [_rank_of_own_name(result) for result in named]
    first = sum(rank == 1 for rank in ranks)
    five = sum(rank is not None and rank <= 5 for rank in ranks)
    yield (
        f"of {len(named)} queries that have a name already, {first} ({first / len(named):.1%})"
        f" have it as the first candidate and {five} ({five / len(named):.1%}) among the first"
        " five; their own encounters were left out"
    )


def _rank_of_own_name(result: Identified) -> int | None:
    own = result.query.individual
    return next((c.rank for c in result.candidates if c.best.individual == own), None)
