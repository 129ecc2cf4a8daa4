"""What a profile can do on this computer, and beginning a new one."""

import hashlib
from pathlib import Path

import pytest

from fieldmark.api.species import (
    Readiness,
    Wanted,
    begin_profile,
    components,
    doubts,
    readiness,
    side_rule,
)
from fieldmark.errors import UserError
from fieldmark.plugins import Plugins
from fieldmark.profile import HOME, find_profile, load_profile, read_profile, shipped_folder
from fieldmark_registry.cards import Cards
from fieldmark_registry.hub import Hub
from fieldmark_registry.places import shipped_cards
from fieldmark_registry.weights import Shelf

HEAD = "name: okapi\nscientific_name: Okapia johnstoni\nextends: patterned\n"


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """Return what is installed."""
    return Plugins.installed()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Return an empty shelf with the shipped cards; a network would be refused."""
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    hub = Hub(endpoint="http://127.0.0.1:9", cache=tmp_path / "hub", token=False)
    return Shelf(hub, tmp_path / "home", Cards([shipped_cards()]))


def needs(text: str, plugins: Plugins, shelf: Shelf) -> dict[str, tuple[str, ...]]:
    """Return what each pipeline of a profile still needs."""
    found = readiness(read_profile(text, plugins), plugins, shelf)
    return {each.pipeline: each.needs for each in found}


def test_a_shipped_profile_says_what_each_pipeline_needs(plugins: Plugins, shelf: Shelf) -> None:
    """Nothing; weights that can be pulled, with size and licence; training."""
    tiger = load_profile(find_profile("tiger"), plugins)
    found = {each.pipeline: each for each in readiness(tiger, plugins, shelf)}
    assert found["local"] == Readiness("local", "keypoints", ())
    assert found["pairwise"].needs == ()
    assert found["zero-shot"] == Readiness(
        "zero-shot",
        "vector",
        ("weights: fieldmark models pull miewid-msv3 (206 MB, licence: none stated)",),
    )
    (pull,) = found["megadescriptor"].needs
    assert pull.startswith("weights: fieldmark models pull --convert megadescriptor-b-224 (")
    assert "CC-BY-NC-4.0" in pull
    assert found["deep"].needs == (
        "training: fieldmark train --species tiger --pipeline deep --data PROJECT",
    )


def test_weights_that_are_here_are_usable(plugins: Plugins, shelf: Shelf, tmp_path: Path) -> None:
    """A file is enough to see that they are here; a file that is not there is named."""
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    step = "pipelines: {zero-shot: {embed: {weights: '%s#sha256=%s'}}}\n"
    assert needs(HEAD + step % (file.as_uri(), digest), plugins, shelf)["zero-shot"] == ()
    file.unlink()
    (missing,) = needs(HEAD + step % (file.as_uri(), digest), plugins, shelf)["zero-shot"]
    assert missing == f"weights: there is no file {file}"


def test_weights_on_the_hub_are_named_as_they_are_pulled(plugins: Plugins, shelf: Shelf) -> None:
    """A reference that no card knows is pulled by itself."""
    reference = f"hf://org/name@{'0a' * 20}/model.safetensors#sha256={'0b' * 32}"
    text = f"{HEAD}pipelines: {{zero-shot: {{embed: {{weights: '{reference}'}}}}}}\n"
    (pull,) = needs(text, plugins, shelf)["zero-shot"]
    assert pull.startswith("weights: fieldmark models pull ")
    assert reference in pull


def test_a_card_that_cannot_be_used_is_told(plugins: Plugins, shelf: Shelf) -> None:
    """The profile is right, the card is not: the pipeline needs it mended."""
    own = shelf.home / "models" / "mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("name: mine\n", encoding="utf-8")
    mine = Shelf(shelf.hub, shelf.home, Cards([own.parent]))
    text = HEAD + "pipelines: {zero-shot: {embed: {weights: mine}}, megadescriptor: null}\n"
    (fault,) = needs(text, plugins, mine)["zero-shot"]
    assert str(own) in fault


def test_untrained_on_purpose_needs_nothing(plugins: Plugins, shelf: Shelf) -> None:
    """A floor to compare with names no weights and wants none; a gate without weights does."""
    text = HEAD + (
        "pipelines:\n"
        "  floor: {embed: {use: mlp-grey, options: {untrained: true}}, match: {use: nearest}}\n"
        "  gated: {preprocess: [{use: tiger-gate}], embed: {use: sift}, match: {use: lnbnn}}\n"
        "  both: {fuse: [local, floor]}\n"
    )
    found = needs(text, plugins, shelf)
    assert found["floor"] == ()
    assert found["gated"] == (
        "training of the preprocessor 'tiger-gate': fieldmark train RECIPE --data PROJECT",
    )
    assert found["both"] == ("named animals to learn from: fieldmark calibrate --pipeline both",)


def test_missing_libraries_are_named_once(
    plugins: Plugins, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a light install, what must be installed comes first; nothing heavy is imported for it."""
    monkeypatch.setattr("fieldmark.api.species.find_spec", lambda _module: None)
    found = needs(HEAD, plugins, shelf)
    assert found["local"] == ()
    assert found["zero-shot"][0] == "libraries: pip install 'fieldmark[deep]'"
    assert len(found["zero-shot"]) == 2


@pytest.mark.parametrize(
    ("sides", "rule", "doubtful"),
    [
        ("", "left, right; opposite flanks are never compared", False),
        ("sides: {opposite: comparable}", "compared like any others", True),
        ("sides: {opposite: soft, soft_weight: 0.25}", "and count 0.25", True),
        ("sides: {opposite: comparable, views: [top]}", "top; opposite flanks are compared", False),
    ],
)
def test_flanks_that_are_compared_are_doubted(sides: str, rule: str, doubtful: bool) -> None:
    """Only where left and right are both photographed."""
    profile = read_profile(f"{HEAD}{sides}\n")
    assert rule in side_rule(profile)
    assert bool(doubts(profile)) is doubtful


def test_components_are_named_once(plugins: Plugins) -> None:
    """In the order of their use."""
    profile = read_profile(HEAD, plugins)
    local = ["crop", "background", "resize", "equalise", "sift", "lnbnn"]
    assert components(profile)[:7] == ["megadetector", *local]
    assert len(set(components(profile))) == len(components(profile))


# --- new profiles -------------------------------------------------------------------------------


def test_a_scientific_name_is_enough(shelf: Shelf, plugins: Plugins) -> None:
    """File, name and base follow from it."""
    begun = begin_profile(Wanted("Panthera  spelaea"))
    assert begun.path == shelf.home / "species" / "panthera-spelaea.yaml"
    assert begun.base == "patterned-cat"
    profile = load_profile(begun.path, plugins)
    assert profile.scientific_name == "Panthera spelaea"


def test_what_is_typed_wins(shelf: Shelf, tmp_path: Path) -> None:
    """Name, species, base and folder can all be said."""
    wanted = Wanted("okapi", "forest-giraffe", "Okapia johnstoni", "okapi", "close-up", tmp_path)
    begun = begin_profile(wanted)
    assert begun.path == tmp_path / "forest-giraffe.yaml"
    profile = load_profile(begun.path)
    assert (profile.scientific_name, profile.common_name) == ("Okapia johnstoni", "okapi")
    assert "extends: close-up\n" in begun.path.read_text(encoding="utf-8")


def test_a_species_with_a_profile_is_told(shelf: Shelf) -> None:
    """One of its own lies beside the shipped one and inherits from it; both are named."""
    begun = begin_profile(Wanted("Panthera onca"))
    assert (begun.name, begun.base, begun.shipped) == ("panthera-onca", "jaguar", "jaguar")
    assert load_profile(begun.path).scientific_name == "Panthera onca"
    assert begin_profile(Wanted("Panthera onca", name="my-jaguar")).base == "jaguar"
    assert begin_profile(Wanted("pantanal", scientific="Panthera onca")).base == "jaguar"


def test_a_shipped_profile_is_never_hidden_by_chance(shelf: Shelf) -> None:
    """A name that is taken is refused with another."""
    with pytest.raises(UserError, match=r"'tiger' is a shipped profile already.*my-tiger"):
        begin_profile(Wanted("tiger"))


def test_an_own_profile_is_never_overwritten(shelf: Shelf) -> None:
    """The second `new` of a name says that it is there."""
    path = begin_profile(Wanted("okapi")).path
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="exists already"):
        begin_profile(Wanted("okapi"))
    assert path.read_text(encoding="utf-8") == "mine"


def test_every_shipped_profile_can_be_a_base(shelf: Shelf, plugins: Plugins) -> None:
    """Whatever is extended, the new profile passes the full check."""
    for path in sorted(shipped_folder().rglob("*.yaml")):
        if path.parent.name != "recipes":
            begun = begin_profile(Wanted(f"my-{path.stem}", base=path.stem))
            assert load_profile(begun.path, plugins).name == f"my-{path.stem}"
