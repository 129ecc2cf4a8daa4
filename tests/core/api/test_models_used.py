"""Whether a model knows the species, in words that claim no more than is known."""

from dataclasses import dataclass, replace
from typing import cast

import pytest

from fieldmark.api.models_used import Used, with_unseen
from fieldmark.catalog import AnnotationRow
from fieldmark.profile import find_profile, load_profile
from fieldmark.report.view import Model

MODEL = Model("timm", "net-1", "hf://…", "MIT", "MIT: …", permissive=True)


@dataclass(frozen=True)
class Row:
    """The part of an annotation that counts here."""

    species: str


def said(profile: str, animal: str, known: tuple[str, ...], *, complete: bool) -> str:
    """Return what is said of a query of an animal."""
    row = cast("AnnotationRow", Row(animal))
    loaded = load_profile(find_profile(profile))
    return with_unseen(Used(MODEL, known, complete), loaded, [row]).unseen


@pytest.mark.parametrize("name", ["Panthera tigris", "tiger", "Tiger", "panthera_tigris"])
def test_a_species_that_was_learnt_is_not_called_unseen(name: str) -> None:
    """The scientific name, the profile's and the common one count, however they are written."""
    assert said("tiger", "tiger", ("Lynx lynx", name), complete=True) == ""
    assert said("tiger", "tiger", (name,), complete=False) == ""


def test_a_whole_list_without_the_species_says_no() -> None:
    """Only a complete list can say that a species was not learnt."""
    text = said("tiger", "tiger", ("Lynx lynx",), complete=True)
    assert text.startswith("net-1 was not trained on Panthera tigris;")
    assert "was never measured" in text


def test_a_list_with_gaps_says_not_known() -> None:
    """Where the makers do not list all species, nobody knows."""
    text = said("tiger", "tiger", ("Lynx lynx",), complete=False)
    assert text.startswith("it is not known whether net-1 was trained on Panthera tigris")
    assert "count as unseen" in text


def test_the_profile_for_any_animal_knows_no_species() -> None:
    """Animals of no named species count as unseen, whatever the model has learnt."""
    text = said("any", "any", ("Panthera tigris",), complete=True)
    assert text.startswith("the profile names no species")


def test_animals_of_another_profile_are_called_by_their_name() -> None:
    """Under `--species any`, annotations of a project keep the species they were imported with."""
    assert said("any", "okapi", ("Okapia johnstoni", "okapi"), complete=True) == ""
    assert "was not trained on okapi" in said("any", "okapi", ("tiger",), complete=True)


def test_the_model_is_otherwise_left_as_it_was() -> None:
    """Only the sentence is added."""
    row = cast("AnnotationRow", Row("tiger"))
    loaded = load_profile(find_profile("tiger"))
    found = with_unseen(Used(MODEL, (), complete=True), loaded, [row])
    assert replace(found, unseen="") == MODEL
