"""A recipe is a profile's pipeline, resolved; its fingerprint stands for its results."""

import pytest

from fieldmark.errors import UserError
from fieldmark.pipeline.recipe import FusedRecipe, Recipe, resolve, resolve_any
from fieldmark.plugins import Plugins
from fieldmark.profile import Profile, find_profile, read_profile, resolved_text


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """Return what is installed."""
    return Plugins.installed()


def recipe(plugins: Plugins, old: str = "", new: str = "", name: str | None = None) -> Recipe:
    """Return a recipe of the tiger profile with one change of its text."""
    return resolve(profile_of(old, new), name, plugins)


def profile_of(old: str = "", new: str = "") -> Profile:
    """Return the tiger profile with one change of its text."""
    text = resolved_text(find_profile("tiger"))
    assert old in text
    return read_profile(text.replace(old, new, 1), Plugins.installed())


def test_the_default_pipeline_is_taken_unless_one_is_named(plugins: Plugins) -> None:
    """Without a name the profile decides."""
    assert recipe(plugins).name == "local"
    assert recipe(plugins, name="pairwise").match.name == "ratio"


def test_an_unknown_pipeline_is_refused_with_those_there_are(plugins: Plugins) -> None:
    """The message lists the profile's pipelines."""
    with pytest.raises(UserError, match="local"):
        recipe(plugins, name="lokal")


def test_a_fusion_is_refused_where_one_pipeline_is_needed(plugins: Plugins) -> None:
    """The message names the parts, each of which would do."""
    both = "default: local", "  both: {fuse: [local, pairwise]}\ndefault: local"
    with pytest.raises(UserError, match="local, pairwise"):
        recipe(plugins, *both, name="both")


def test_a_fusion_resolves_to_its_parts(plugins: Plugins) -> None:
    """Its fingerprint changes with any part, and with how they are combined."""
    both = "default: local", "  both: {fuse: [local, pairwise]}\ndefault: local"
    profile = profile_of(*both)
    found = resolve_any(profile, "both", plugins)
    assert isinstance(found, FusedRecipe)
    assert [part.name for part in found.parts] == ["local", "pairwise"]
    mean = profile_of(both[0], both[1].replace("]}", "], combine: mean}"))
    assert resolve_any(mean, "both", plugins).fingerprint != found.fingerprint
    assert resolve_any(profile, "local", plugins) == resolve(profile, "local", plugins)


def test_the_same_profile_has_the_same_fingerprint(plugins: Plugins) -> None:
    """Fingerprints repeat, in this process and in any other."""
    one, two = recipe(plugins), recipe(Plugins.installed())
    assert one.fingerprint == two.fingerprint
    assert one.features_fingerprint == two.features_fingerprint


def test_a_changed_preprocessor_changes_the_features(plugins: Plugins) -> None:
    """A pipeline without a step is another one, so stale features are never served."""
    without = recipe(plugins, "- {use: equalise}")
    assert without.features_fingerprint != recipe(plugins).features_fingerprint


def test_a_changed_option_changes_the_features(plugins: Plugins) -> None:
    """An option other than its default counts; the default written out does not."""
    margin = recipe(plugins, "- {use: crop}", "- {use: crop, options: {margin: 0.31}}")
    assert margin.features_fingerprint != recipe(plugins).features_fingerprint
    empty = recipe(plugins, "- {use: crop}", "- {use: crop, options: {}}")
    assert empty.features_fingerprint == recipe(plugins).features_fingerprint


def test_a_changed_matcher_or_side_rule_keeps_the_features(plugins: Plugins) -> None:
    """Features are made again only when they would be different; candidates are."""
    tiger, pairs = recipe(plugins), recipe(plugins, name="pairwise")
    loose = recipe(plugins, "opposite: incomparable", "opposite: comparable")
    assert tiger.features_fingerprint == pairs.features_fingerprint == loose.features_fingerprint
    assert len({tiger.fingerprint, pairs.fingerprint, loose.fingerprint}) == 3


def test_weights_of_any_step_count(plugins: Plugins) -> None:
    """A preprocessor's weights change the features, a matcher's the candidates alone."""
    weights = f"file:///full/path/model.safetensors#sha256={'0b' * 32}"
    plain = recipe(plugins)
    gate = recipe(plugins, "- {use: equalise}", f'- {{use: equalise, weights: "{weights}"}}')
    pairs = recipe(plugins, "{use: lnbnn}", f'{{use: lnbnn, weights: "{weights}"}}')
    assert [step.weights for step in gate.steps if step.weights] == [weights]
    assert gate.features_fingerprint != plain.features_fingerprint
    assert pairs.match.weights == weights
    assert pairs.features_fingerprint == plain.features_fingerprint
    assert pairs.fingerprint != plain.fingerprint
