"""What the words of detectors and classifiers mean: people, vehicles, nothing, and species.

How an annotation gets its species. What a person wrote is believed. What a classifier wrote is
believed from a score of `CERTAIN` on. If that is the project's species, under its profile's name
or another name of it, the annotation has the project's species. If it is another species, the
annotation has that name, so it is kept, and never identified as the project's. What is no species
(`blank`, `animal`, a family, or a less certain class) says nothing against the project's species,
which the annotation then has. `--species` overrules all of this.
"""

import re
from collections.abc import Collection

from fieldmark.catalog.imports.fields import matches_species
from fieldmark.catalog.imports.files import printable
from fieldmark.catalog.imports.items import known_name
from fieldmark.catalog.imports.summary import Tally

CERTAIN = 0.65
"""The score from which a classification is believed: that at which SpeciesNet's own ensemble takes
the class of an animal that its detector saw (threshold 4b of its prediction combiner)."""

_PEOPLE = frozenset({"person", "people", "human", "humans", "homo sapiens", "pedestrian"})
_VEHICLES = frozenset({
    "vehicle", "vehicles", "car", "truck", "bus", "motorcycle", "bicycle", "train",
})  # fmt: skip
_NOTHING = frozenset({"blank", "empty", "nothing", "background", "misfire", "false trigger"})
_NO_SPECIES = frozenset({
    "animal", "animals", "wildlife", "unclassified", "unidentifiable", "other", "no cv result",
    "unknown animal", "mammal", "bird", "reptile",
})  # fmt: skip


def meaning(word: str) -> str:
    """Return `person`, `vehicle`, `blank`, or `animal` for everything else."""
    plain = _plain(word)
    for label, words in (("person", _PEOPLE), ("vehicle", _VEHICLES), ("blank", _NOTHING)):
        if plain in words:
            return label
    return "animal"


class Naming:
    """Names species after the rule of this module."""

    def __init__(self, species: str, *, forced: bool, names: Collection[str], tally: Tally) -> None:
        """Remember the project's species.

        Args:
            species: its profile's name.
            forced: whether every animal is of it, whatever the source says.
            names: further names of it, such as the scientific one.
            tally: counts what was not taken as the project's.
        """
        self._names = (species, *names)
        self._forced = forced
        self._tally = tally

    def said(self, *names: str) -> str:
        """Return another species than the project's; empty for that, and where none is said.

        Args:
            names: the names of one species; the first that is not empty is kept.
        """
        known = [name for name in map(_species, names) if name]
        ours = any(matches_species(name, mine) for name in known for mine in self._names)
        if self._forced or not known or ours:
            return ""
        self._tally.remark(
            f"the species is {known[0]!r}, not {self._names[0]}, so it is not identified as one;"
            f" to treat it as {self._names[0]}, import with `--species {self._names[0]}`"
        )
        return known[0]

    def classified(self, score: float, *names: str) -> str:
        """Return what a classifier says as `said` does; empty where it is not certain."""
        if score >= CERTAIN:
            return self.said(*names)
        if any(map(_species, names)) and not self._forced:
            self._tally.remark(
                f"a classification below {CERTAIN} did not name the species; it is taken as"
                f" {self._names[0]}"
            )
        return ""


def lineage(label: str) -> tuple[str, ...] | None:
    """Return the names in a label of SpeciesNet (`id;class;order;family;genus;species;common`).

    They are the common and the scientific name; empty if the label stops at a higher rank, and
    None if it is no such label. People, vehicles and blanks have their common name alone.
    """
    parts = [" ".join(part.split()) for part in printable(label).split(";")]
    if len(parts) != 7:
        return None
    *_, genus, species, common = parts
    if meaning(common) != "animal":
        return (common,)
    return (common, f"{genus} {species}") if genus and species else ()


def _species(word: str) -> str:
    name = known_name(printable(word))
    nothing = meaning(name) != "animal" or _plain(name) in _NO_SPECIES
    return "" if nothing else name


def _plain(word: str) -> str:
    return " ".join(re.split(r"[\s_-]+", word.strip().lower()))
