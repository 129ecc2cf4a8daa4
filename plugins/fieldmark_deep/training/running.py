"""A training from its data to its report, in one process or several."""

from dataclasses import replace
from functools import partial

import torch

from fieldmark.training import Trained, TrainingContext, TrainingData
from fieldmark_deep.settings import Settings
from fieldmark_deep.storage import WEIGHTS
from fieldmark_deep.training.course import make_course
from fieldmark_deep.training.loop import Loop
from fieldmark_deep.training.ranks import Rank, together
from fieldmark_deep.training.report import write_report
from fieldmark_deep.training.start import make_learner


def run(settings: Settings, data: TrainingData, context: TrainingContext) -> Trained:
    """Train a network; see `fieldmark.training.Training.run`.

    Raises:
        UserError: if the data, the settings or the weights to start from cannot be used.
        ProjectError: if the disk is full.
    """
    quiet = replace(context, progress=_silent, say=_hushed)
    work = partial(_work, settings=settings, data=data, context=quiet)
    here = partial(_train, settings=settings, data=data, context=context)
    return together(settings.processes, context.device, work, here)


def _silent(_done: int, _total: int, _what: str) -> None:
    """Show nothing: only one of several processes talks."""


def _hushed(_sentence: str) -> None:
    """Say nothing."""


def _work(rank: Rank, *, settings: Settings, data: TrainingData, context: TrainingContext) -> None:
    _train(rank, settings=settings, data=data, context=context)


def _train(
    rank: Rank, *, settings: Settings, data: TrainingData, context: TrainingContext
) -> Trained:
    _repeatable()
    course = make_course(settings, data, context, rank)
    learner = make_learner(course)
    loop = Loop(course, learner)
    loop.run()
    weights = context.folder / WEIGHTS
    report = write_report(course, weights, loop.progress) if rank.first else None
    return Trained(weights, loop.progress.epoch - 1, loop.progress.best, report)


def _repeatable() -> None:
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    # Filling every new tensor with NaN, as this otherwise does, finds no fault of ours and costs.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
