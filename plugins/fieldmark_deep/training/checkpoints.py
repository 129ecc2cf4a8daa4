"""Checkpoints: one file, replaced in one step, enough to go on exactly as if nothing happened."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from fieldmark.errors import ProjectError, UserError
from fieldmark.files import replacing
from fieldmark_deep.training.learner import Learner

LAST = "last.pt"
FORMAT = 1


@dataclass
class Progress:
    """How far a training is.

    Attributes:
        epoch: the one under way, from 1.
        step: the next one of that epoch, from 0.
        total: sum of the losses of this epoch's steps so far.
        best: the best measurements so far, and the epoch they are of.
        stale: validations since then.
        history: one row for each finished epoch.
    """

    epoch: int = 1
    step: int = 0
    total: float = 0.0
    best: dict[str, float] = field(default_factory=dict)
    stale: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


def write(folder: Path, learner: Learner, progress: Progress, identity: str) -> None:
    """Replace the last checkpoint.

    `identity` says what the training is of; another one's checkpoint is refused by `read`.

    Raises:
        ProjectError: if it cannot be written; the checkpoint before it stays.
    """
    content = {
        "format": FORMAT,
        "identity": identity,
        "progress": vars(progress),
        **learner.state(),
    }
    try:
        with replacing(folder / LAST) as file:
            torch.save(content, file)
    except (OSError, RuntimeError) as error:
        raise ProjectError(
            f"the checkpoint cannot be kept in {folder}: {_reason(error)}; the one before is still"
            " there: free some space and go on with --resume"
        ) from error


def _reason(error: BaseException) -> str:
    """Return what the system said: torch hides a full disk behind a complaint of its own."""
    hidden = error.__context__
    while hidden is not None and not isinstance(error, OSError):
        error, hidden = hidden, hidden.__context__
    return str(error)


def read(folder: Path, learner: Learner, identity: str) -> Progress:
    """Restore the learner from the last checkpoint; return how far it was.

    Raises:
        UserError: if there is none, or it is of another training, or damaged.
    """
    path = folder / LAST
    if not path.is_file():
        return Progress()
    content = _content(path, learner)
    if content.get("format") != FORMAT or content.get("identity") != identity:
        raise UserError(
            f"the checkpoint in {folder} is of another network or of other settings; go on with"
            " the recipe it was begun with, or train into a new folder with --out"
        )
    try:
        learner.restore(content)
    except (RuntimeError, ValueError, KeyError) as error:
        raise UserError(
            f"the checkpoint in {folder} does not fit this network; go on with the recipe it was"
            " begun with, or train into a new folder with --out"
        ) from error
    return Progress(**content["progress"])


def _content(path: Path, learner: Learner) -> dict[str, Any]:
    try:
        content = torch.load(path, map_location=learner.device, weights_only=True)
    except Exception as error:  # a damaged pickle raises a dozen kinds
        raise UserError(
            f"{path} is damaged and cannot be read; delete it to train from the beginning"
        ) from error
    if not isinstance(content, dict):
        raise UserError(f"{path} is no checkpoint of fieldmark; train into a new folder with --out")
    return content
