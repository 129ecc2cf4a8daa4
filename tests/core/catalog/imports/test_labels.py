"""What words of detectors and classifiers mean."""

import pytest

from fieldmark.catalog.imports.labels import CERTAIN, Naming, lineage, meaning
from fieldmark.catalog.imports.summary import Tally

TIGER = "x;mammalia;carnivora;felidae;panthera;tigris;tiger"


def naming(tally: Tally | None = None, *, forced: bool = False) -> Naming:
    """Name species in a project of tigers."""
    names = ("Panthera tigris",)
    return Naming("tiger", forced=forced, names=names, tally=tally or Tally())


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("Human", "person"), ("homo sapiens", "person"), ("Vehicle", "vehicle"), ("car", "vehicle"),
        ("blank", "blank"), ("Empty", "blank"), ("animal", "animal"), ("tiger", "animal"),
        ("carnivore", "animal"), ("false-trigger", "blank"),
    ],
)  # fmt: skip
def test_meaning(word: str, label: str) -> None:
    """People, vehicles and nothing are known by name; everything else is an animal."""
    assert meaning(word) == label


@pytest.mark.parametrize(
    ("names", "species"),
    [
        (("tiger",), ""), (("Panthera tigris",), ""), (("panthera_tigris",), ""),
        (("Bengal tiger", "Panthera tigris"), ""), (("leopard", "Panthera pardus"), "leopard"),
        (("animal",), ""), (("",), ""), ((), ""), (("no cv result",), ""),
    ],
)  # fmt: skip
def test_the_projects_species_has_several_names(names: tuple[str, ...], species: str) -> None:
    """Whatever is the project's species, or none at all, needs no other name."""
    assert naming().said(*names) == species


def test_another_species_is_said() -> None:
    """What is not identified as the project's species is noted, with how to change that."""
    tally = Tally()
    assert naming(tally).said("leopard") == "leopard"
    (note,) = tally.remarks
    assert "'leopard', not tiger" in note
    assert "--species tiger" in note
    assert naming(tally, forced=True).said("leopard") == ""


def test_a_classifier_must_be_certain() -> None:
    """Below the threshold the species is the project's, and that is noted."""
    tally = Tally()
    assert naming(tally).classified(CERTAIN, "leopard") == "leopard"
    assert naming(tally).classified(CERTAIN - 0.01, "leopard") == ""
    assert naming(tally).classified(0.1) == ""
    assert sum("below 0.65" in note for note in tally.remarks) == 1


@pytest.mark.parametrize(
    ("label", "names"),
    [
        (TIGER, ("tiger", "panthera tigris")),
        ("x;mammalia;carnivora;felidae;;;cat family", ()),
        ("x;;;;;;blank", ("blank",)),
        ("x;mammalia;primates;hominidae;homo;sapiens;human", ("human",)),
        ("tiger", None),
        ("a;b", None),
    ],
)
def test_the_lineage_of_speciesnet(label: str, names: tuple[str, ...] | None) -> None:
    """Only a label down to the species names one."""
    assert lineage(label) == names
