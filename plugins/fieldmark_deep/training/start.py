"""The learner at the beginning of a training: random, pretrained, or fine-tuned weights."""

from collections.abc import Iterator

import torch
from torch import Tensor

from fieldmark_deep.folded import is_folded, unfold
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.storage import fill_backbone, fill_from
from fieldmark_deep.training.course import Course
from fieldmark_deep.training.learner import Learner
from fieldmark_deep.training.validation import embed

_UNFOLDED = 256
"""Chips on which the statistics of folded batch normalisation are measured."""


def make_learner(course: Course) -> Learner:
    """Return the learner that a course begins with; the same one for the same seed.

    Raises:
        UserError: if the weights to start from cannot be had, or belong to another network.
    """
    settings = course.settings
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = EmbeddingNetwork(settings.network)
        _fill(network, course)
        learner = Learner(
            network, course.labels.counts, settings, course.device, course.precision, course.rank
        )
    if course.context.start is not None and learner.objective.has_centres:
        _imprint(learner, course)
    return learner


def _imprint(learner: Learner, course: Course) -> None:
    """Let fine-tuning begin with the centres that the trained network gives the new classes."""
    network, device = learner.network, course.device
    made = embed(network.eval(), course.chips, course.train, device, course.precision)
    labels = torch.tensor(course.labels.numbers, device=device)
    learner.objective.imprint(torch.from_numpy(made).to(device), labels)


def _fill(network: EmbeddingNetwork, course: Course) -> None:
    start, source = course.context.start, course.settings.backbone_weights
    if start is not None and course.settings.loss.kind == "cross-entropy":
        fill_backbone(network, str(start))  # the classes may be others
    elif start is not None:
        fill_from(network, start)
    elif source is not None:
        fill_backbone(network, source)
    if is_folded(network.backbone):
        course.context.say(
            "batch normalisation was folded into these weights; its statistics are measured again"
            f" on {_UNFOLDED} training photos"
        )
        unfold(network, _some_chips(course))


def _some_chips(course: Course) -> Iterator[Tensor]:
    """Yield training chips from all over the data, as the network takes them."""
    places = course.train[:: max(1, len(course.train) // _UNFOLDED)][:_UNFOLDED]
    for start in range(0, len(places), 32):
        yield course.chips.batch(places[start : start + 32]).float() / 255
