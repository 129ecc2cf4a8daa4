"""What is held out: who searches where, and which sides are compared."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldmark.learn.held import holdouts, samples, side_rules
from fieldmark.learn.looking import Entry
from fieldmark.learn.split import ENCOUNTERS, INDIVIDUALS, TRAIN, Parts
from fieldmark.profile import find_profile, load_profile

MakeEntry = Callable[..., Entry]


@pytest.fixture
def parts(entry: MakeEntry) -> Parts:
    """Return two species: a, b trained on, a once more held out, c and d held out whole."""
    told = [
        ("a", "nyala", TRAIN), ("b", "cow", TRAIN), ("a", "nyala", ENCOUNTERS),
        ("c", "nyala", INDIVIDUALS), ("d", "cow", INDIVIDUALS),
    ]  # fmt: skip
    entries = [entry(who, f"{n}.jpg", species=kind) for n, (who, kind, _) in enumerate(told)]
    return Parts(tuple(entries), tuple(place for *_, place in told))


def test_holdouts_search_where_they_should(parts: Parts) -> None:
    """New individuals search among themselves, new encounters among what was learnt of them."""
    strangers, known = holdouts(parts, {"nyala": True, "cow": True})
    assert (strangers.name, strangers.gallery, strangers.incomparable) == (INDIVIDUALS, (), True)
    assert strangers.queries == samples(parts.entries[3:])
    assert (known.name, known.queries) == (ENCOUNTERS, samples(parts.entries[2:3]))
    assert known.gallery == samples(parts.entries[:1])


def test_species_with_other_side_rules_are_measured_apart(parts: Parts) -> None:
    """Each with its own rule, under its own name."""
    found = {held.name: held for held in holdouts(parts, {"nyala": True, "cow": False})}
    assert {name: held.incomparable for name, held in found.items()} == {
        "new individuals (cow)": False, "new individuals (nyala)": True, "new encounters": True,
    }  # fmt: skip


def test_nothing_held_out_is_nothing_measured(parts: Parts) -> None:
    """An empty holdout is not made."""
    assert not list(holdouts(Parts(parts.entries, (TRAIN,) * 5), {"nyala": True, "cow": True}))


def test_a_species_profile_says_its_side_rule_where_the_recipe_says_any(tmp_path: Path) -> None:
    """A recipe's own profile wins over it; a species without a profile follows the recipe."""
    anything, tiger = (load_profile(find_profile(name)) for name in ("any", "tiger"))
    assert side_rules(["nyala", "cow"], anything, tmp_path) == {"nyala": True, "cow": False}
    assert side_rules(["nyala", "cow"], tiger, tmp_path) == {"nyala": True, "cow": True}
