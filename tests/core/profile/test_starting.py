"""Beginning a new profile: its name, its base, its text."""

from pathlib import Path

import pytest

from fieldmark.errors import UserError
from fieldmark.profile import load_profile, new_profile_text, read_profile
from fieldmark.profile.starting import base_for, file_name, is_scientific, same_species


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Panthera onca", True),
        ("Panthera  pardus kotiya", True),
        ("Snow Leopard", False),
        ("panthera onca", False),
        ("okapi", False),
        ("Okapia", False),
        ("", False),
    ],
)
def test_a_scientific_name_is_recognised(words: str, expected: bool) -> None:
    """A capital genus and a small species."""
    assert is_scientific(words) is expected


def test_the_file_is_named_after_the_species() -> None:
    """Small letters and hyphens."""
    assert file_name("Panthera onca") == "panthera-onca"


@pytest.mark.parametrize(
    ("species", "base"),
    [
        ("Panthera onca", "jaguar"),
        ("panthera ONCA", "jaguar"),
        ("Panthera spelaea", "patterned-cat"),
        ("Acinonyx kurteni", "patterned-cat"),
        ("Equus grevyi", "patterned"),
        ("Okapia johnstoni", "patterned"),
        ("Genus species", "patterned"),
    ],
)
def test_the_base_follows_kinship(species: str, base: str) -> None:
    """The species' own profile, else what most of its genus extend, else `patterned`."""
    assert base_for(species) == base


def test_the_same_species_is_found_by_its_name() -> None:
    """However it is written; a species without a profile is none."""
    found = same_species("panthera  Tigris")
    assert found is not None
    assert found.name == "tiger"
    assert same_species("Okapia johnstoni") is None


@pytest.mark.parametrize("base", ["patterned", "patterned-cat", "close-up", "any", "cattle"])
def test_the_text_is_that_of_the_base(base: str) -> None:
    """A new profile is short, says the side rule, and changes nothing of what it extends."""
    text = new_profile_text("okapi", "Okapia johnstoni", "okapi", base)
    profile = read_profile(text)
    inherited = read_profile(f"name: x\nscientific_name: y\nextends: {base}")
    names = {"name", "scientific_name", "common_name"}
    assert profile.model_dump(exclude=names) == inherited.model_dump(exclude=names)
    assert (profile.common_name, profile.scientific_name) == ("okapi", "Okapia johnstoni")
    assert f"opposite: {inherited.sides.opposite}" in text
    said = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(said) <= 8
    assert max(map(len, text.splitlines())) <= 100


def test_what_is_shown_can_be_used(tmp_path: Path) -> None:
    """The lines that a new profile offers are valid once their `# ` is deleted."""
    text = new_profile_text("okapi")
    offered = text[text.index("Everything below is inherited") :].splitlines()
    used = [line.removeprefix("# ") for line in offered if line.startswith(tuple(OFFERED))]
    path = tmp_path / "okapi.yaml"
    path.write_text("\n".join([text, *used]), encoding="utf-8")
    profile = load_profile(path)
    assert "pairwise" not in profile.pipelines
    assert len(used) == 7


OFFERED = ("# encounter:", "#   ", "# pipelines:", "# default:")


def test_an_unknown_base_is_refused_with_those_there_are() -> None:
    """A slip of the finger is answered with what was probably meant."""
    with pytest.raises(UserError, match=r"bases: .*'patterned-cat'.*did you mean 'patterned'"):
        new_profile_text("okapi", base="paterned")
    with pytest.raises(UserError, match=r"there is no base or profile '\.\./x'"):
        new_profile_text("okapi", base="../x")
