"""What is held out, as the plugin measures it: who searches where, and which sides are compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from fieldmark.learn.looking import Entry
from fieldmark.learn.split import ENCOUNTERS, INDIVIDUALS, TRAIN, Parts
from fieldmark.profile import Profile, find_profile, list_profiles, load_profile
from fieldmark.training import Holdout, Sample

ANY = "any"
"""The profile that knows no species; a species' own profile then says what it knows."""
SideRules: TypeAlias = Mapping[str, bool]
"""For each species, whether opposite sides are never compared."""


def side_rules(species: Iterable[str], profile: Profile, home: Path) -> dict[str, bool]:
    """Return the side rule of each species: the recipe's profile's, or, for `any`, its own.

    Raises:
        ProfileError: if a species' profile has mistakes.
    """
    known = {found.name for found in list_profiles(home)} if profile.name == ANY else set()
    rules = {}
    for each in species:
        own = load_profile(find_profile(each, home)) if each in known else profile
        rules[each] = own.sides.opposite == "incomparable"
    return rules


def holdouts(parts: Parts, rules: SideRules) -> Iterator[Holdout]:
    """Yield what retrieval is measured on.

    New individuals search among themselves; new encounters among the training photos of the same
    individuals.
    """
    yield from by_rule(INDIVIDUALS, samples(parts.at(INDIVIDUALS)), (), rules)
    known = samples(parts.at(ENCOUNTERS))
    who = {sample.individual for sample in known}
    gallery = [s for s in samples(parts.at(TRAIN)) if s.individual in who]
    yield from by_rule(ENCOUNTERS, known, gallery, rules)


def by_rule(
    name: str, queries: Sequence[Sample], gallery: Sequence[Sample], rules: SideRules
) -> Iterator[Holdout]:
    """Yield one holdout, or, where species differ in their side rule, one for each species."""
    species = sorted({sample.species for sample in queries})
    if len({rules[each] for each in species}) <= 1:
        if queries:
            yield Holdout(name, tuple(queries), tuple(gallery), rules[species[0]])
        return
    for each in species:
        asked, searched = (
            tuple(s for s in side if s.species == each) for side in (queries, gallery)
        )
        yield Holdout(f"{name} ({each})", asked, searched, rules[each])


def samples(entries: Iterable[Entry]) -> tuple[Sample, ...]:
    """Return the entries' samples, in order."""
    return tuple(entry.sample for entry in entries)
