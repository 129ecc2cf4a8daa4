"""What speaks against the data of a comparison, in sentences."""

from collections import Counter
from collections.abc import Callable, Iterator

from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.evaluate.barriers import near_duplicates
from fieldmark.evaluate.protocols.parts import individual, visit
from fieldmark.evaluate.split import Split
from fieldmark.types import Side

FEW = 10
"""Individuals below which an interval over individuals is wide, and is said to be."""
TOO_FEW = 5
"""Individuals below which no interval is given; see `fieldmark.evaluate.bootstrap`."""


def warnings(animals: Animals, split: Split) -> tuple[str, ...]:
    """Return what a reader must know of the data under this split, the gravest first."""
    checks = (_few, _both_sides, _repeats, _mislabelled, _single, _stations, _sides, _rejected)
    return tuple(sentence for check in checks for sentence in check(animals, split))


def _few(animals: Animals, split: Split) -> Iterator[str]:
    people = {row.individual_id for row in _rows(animals, split.queries.tolist())}
    if len(people) < TOO_FEW:
        yield (
            f"only {len(people)} individuals ask, too few to say anything: no interval is given"
            f" below {TOO_FEW}"
        )
    elif len(people) < FEW:
        yield f"only {len(people)} individuals ask, so the intervals are wide"


def _both_sides(animals: Animals, split: Split) -> Iterator[str]:
    if split.encounters == "removed":
        return
    enrolled = {visit(row) for row in _rows(animals, split.gallery.tolist()) if row.encounter}
    leaks = [
        row
        for row in _rows(animals, split.queries.tolist())
        if row.encounter and visit(row) in enrolled
    ]
    if leaks:
        yield (
            f"the encounters of {len(leaks)} of {len(split.queries)} queries are also in the"
            " gallery, so the background may answer for the animal"
        )


def _repeats(animals: Animals, split: Split) -> Iterator[str]:
    gallery, queries = set(split.gallery.tolist()), set(split.queries.tolist())
    near = near_duplicates(row for row in animals.rows if row.id in gallery | queries)
    hit = [number for number in queries if near.get(number, frozenset()) & gallery]
    if not hit:
        return
    what = "these pairs are not compared"
    if split.encounters == "kept":
        what = "they flatter what is measured"
    yield f"{len(hit)} queries have a near-duplicate among the gallery's photos; {what}"


def _mislabelled(animals: Animals, split: Split) -> Iterator[str]:
    used = set(split.ids.tolist())
    near = near_duplicates(row for row in animals.rows if row.id in used)
    pairs = [
        (animals.by_id[one], animals.by_id[other])
        for one, others in near.items()
        for other in others
        if one < other
    ]
    wrong = [(a, b) for a, b in pairs if a.individual_id != b.individual_id]
    if wrong:
        first, second = wrong[0]
        yield (
            f"{len(wrong)} pairs of photos look the same but carry different names, such as"
            f" {first.shown!r} ({first.label}) and {second.shown!r} ({second.label}); one of the"
            " names may be wrong"
        )


def _single(animals: Animals, split: Split) -> Iterator[str]:
    rows = [*_rows(animals, split.ids.tolist())]
    people = {individual(row) for row in rows}
    photos = Counter(individual(row) for row in rows)
    once = sum(count == 1 for count in photos.values())
    if once:
        yield f"{once} of {len(people)} individuals have one photo, and cannot be found again"
    visits = _several(rows, visit)
    if split.encounters == "removed" and (alone := len(people) - len(visits) - once):
        yield (
            f"{alone} of {len(people)} individuals have several photos of one encounter alone, and"
            " cannot be found again in another"
        )


def _stations(animals: Animals, split: Split) -> Iterator[str]:
    """Yield how many individuals were only ever seen at one station: the place gives them away."""
    rows = [row for row in _rows(animals, split.ids.tolist()) if row.station is not None]
    stations = {row.station for row in rows}
    if len(stations) < 2:
        return
    people = _several(rows, visit)
    fixed = people - _several(rows, lambda row: str(row.station))
    if fixed:
        yield (
            f"{len(fixed)} of {len(people)} individuals with several encounters were photographed"
            " at one station alone, so the place may answer for the animal"
        )


def _sides(animals: Animals, split: Split) -> Iterator[str]:
    rows = [*_rows(animals, split.ids.tolist())]
    unknown = sum(row.side is Side.UNKNOWN for row in rows)
    if unknown:
        yield (
            f"the side of {unknown} of {len(rows)} photos is not known, so opposite flanks may be"
            " compared"
        )


def _rejected(animals: Animals, split: Split) -> Iterator[str]:  # noqa: ARG001 - as the others
    if animals.rejected:
        name, why = animals.rejected[0]
        yield f"{len(animals.rejected)} photos could not be used (the first: {name}: {why})"


def _rows(animals: Animals, numbers: list[int]) -> Iterator[Animal]:
    return (animals.by_id[number] for number in numbers)


def _several(rows: list[Animal], unit: Callable[[Animal], str]) -> set[str]:
    """Return the individuals that were seen in more than one unit."""
    units: dict[str, set[str]] = {}
    for row in rows:
        units.setdefault(individual(row), set()).add(unit(row))
    return {name for name, mine in units.items() if len(mine) > 1}
