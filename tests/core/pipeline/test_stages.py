"""What a step's component is built with."""

from dataclasses import replace
from pathlib import Path

import pytest

from fieldmark.api.weights import resolve_weights
from fieldmark.components import NoOptions, Role
from fieldmark.errors import UserError
from fieldmark.pipeline.recipe import Step
from fieldmark.pipeline.stages import context


@pytest.mark.parametrize("role", [Role.PREPROCESSOR, Role.EMBEDDER, Role.MATCHER])
def test_weights_are_fetched_when_they_are_asked_for(role: Role, tmp_path: Path) -> None:
    """Whatever the step is, its component gets the file that the profile names, and no earlier."""
    asked: list[str] = []

    def weights(reference: str, *, as_is: bool = False) -> Path:
        asked.append(reference)
        assert not as_is
        return tmp_path / "model.safetensors"

    made = context(Step(role, "any", NoOptions(), "a-card", "", parallel=True), weights, tmp_path)
    assert not asked
    assert made.weights() == tmp_path / "model.safetensors"
    assert asked == ["a-card"]


def test_without_weights_the_profile_is_to_name_some(tmp_path: Path) -> None:
    """A component that asks for weights that no profile names says what to write."""
    step = Step(Role.MATCHER, "any", NoOptions(), "a-card", "", parallel=True)
    made = context(replace(step, weights=None), resolve_weights, tmp_path)
    with pytest.raises(UserError, match="add the 'weights: file:///"):
        made.weights()


def test_the_best_device_is_taken(tmp_path: Path) -> None:
    """Components that know more than the processor choose for themselves."""
    step = Step(Role.EMBEDDER, "any", NoOptions(), None, "", parallel=True)
    assert context(step, Path, tmp_path).device == "auto"
