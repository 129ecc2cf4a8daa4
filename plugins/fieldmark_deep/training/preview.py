"""What a training would cost: a few batches, measured."""

import resource
import sys
import time
from collections.abc import Sequence
from statistics import median

import torch

from fieldmark.training import Preview, TrainingContext, TrainingData
from fieldmark_deep.devices import in_words
from fieldmark_deep.sampling import batches
from fieldmark_deep.settings import Settings
from fieldmark_deep.training.course import Course, make_course
from fieldmark_deep.training.learner import Learner
from fieldmark_deep.training.ranks import Rank
from fieldmark_deep.training.start import make_learner

_MEASURED = 4
"""Batches that are timed, after one to warm up."""


def preview(settings: Settings, data: TrainingData, context: TrainingContext) -> Preview:
    """Measure a few batches; see `fieldmark.training.Training.preview`.

    Raises:
        UserError: as `run`.
    """
    unprepared = settings.model_copy(update={"prepared_gb": 0.0})
    course = make_course(unprepared, data, context, Rank())
    learner = make_learner(course)
    lists = _lists(course)
    learner.begin(settings.frozen_epochs + 1)
    longest = sorted(lists, key=len, reverse=True)[: _MEASURED + 1]  # the last one may be short
    seconds = [_timed(course, learner, members) for members in longest]
    per_batch = median(seconds[1:] or seconds)
    parameters = sum(p.numel() for p in learner.network.parameters())
    facts = (
        f"{course.settings.network.backbone}: {parameters / 1e6:.1f} million parameters,"
        f" {learner.network.embedding_size} outputs",
        in_words(course.device, course.precision),
        f"{course.settings.batch_size / per_batch:.0f} chips a second once they are prepared",
    )
    return Preview(len(lists), per_batch * len(lists), _peak(course.device), facts)


def _lists(course: Course) -> list[list[int]]:
    settings = course.settings
    samples = [course.chips.samples[p] for p in course.train]
    return batches(samples, settings.sampling, settings.batch_size, settings.seed, 1)


def _timed(course: Course, learner: Learner, members: Sequence[int]) -> float:
    chips = course.chips.batch([course.train[m] for m in members])
    labels = torch.tensor([course.labels.numbers[m] for m in members])
    started = time.monotonic()
    learner.step(chips, labels, course.settings.frozen_epochs + 1, 0, 0.0)
    return time.monotonic() - started


def _peak(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    # Linux counts in kibibytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
