"""The lines of a profile that use what was trained."""

from pathlib import Path
from typing import Any

import yaml

from fieldmark.components import Role
from fieldmark.files import sha256
from fieldmark.learn.models import TrainedStep
from fieldmark.learn.recipes import Resolved
from fieldmark.profile import PreprocessStep


def snippet(resolved: Resolved, weights: Path) -> str:
    """Return the lines that prepare pictures as in training and use the weights.

    They belong into a pipeline; those of a classifier of sides into the profile itself.
    """
    recipe = resolved.written
    reference = f"{weights.resolve().as_uri()}#sha256={sha256(weights)}"
    before = [_step(step, step.weights) for step in recipe.preprocess]
    trained = _step(recipe.component, reference)
    if resolved.training.label == "side":
        lines: dict[str, Any] = {"sides": {"classifier": {"preprocess": before, **trained}}}
    elif recipe.role is Role.PREPROCESSOR:
        lines = {"preprocess": [*before, trained]}
    else:
        lines = {"preprocess": before, recipe.key: trained}
    if recipe.role is Role.EMBEDDER:  # a pipeline needs one, and vectors have this one
        lines["match"] = {"use": "nearest"}
    return yaml.safe_dump(lines, sort_keys=False, default_flow_style=None, width=10_000)


def _step(step: TrainedStep | PreprocessStep, weights: str | None) -> dict[str, Any]:
    said = {"use": step.use, "options": dict(step.options), "weights": weights}
    return {key: value for key, value in said.items() if value}
