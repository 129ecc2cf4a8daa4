r"""Compare the training loop with a bare one, in one run: steps of the same network and loss.

::

    PYTHONPATH=tests python -m benchmarks.training_speed DATA/ATRW --weights BACKBONE.safetensors \
        --report docs/benchmarks/training-speed.md

The bare loop takes float tensors that lie ready in memory and neither augments, logs nor keeps
anything: forward, loss, backward, Adam. Ours reads prepared chips from the disk, augments them,
sets the rate, checks the loss, and counts. Both take turns in every round.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch

from benchmarks.photos import Photo, read
from benchmarks.reports import say, write_report
from fieldmark.images import open_photo
from fieldmark.training import Sample, TrainingContext, TrainingData
from fieldmark.types import Chip
from fieldmark_deep.losses import Objective
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.settings import CosFace, Network, Settings
from fieldmark_deep.storage import fill_backbone
from fieldmark_deep.training.course import Course, make_course
from fieldmark_deep.training.loop import Loop
from fieldmark_deep.training.ranks import Rank
from fieldmark_deep.training.start import make_learner

MEAN = (0.5, 0.5, 0.5)


def load(sample: Sample) -> Chip:
    """Open a photo."""
    return Chip(open_photo(sample.photo))


def settings_of(options: argparse.Namespace) -> Settings:
    """Return a small recipe: MobileNetV2 at 96×192, adaptive CosFace, Adam."""
    shape = Network(
        backbone="mobilenetv2_100", same_padding=True, height=96, width=192, mean=MEAN, std=MEAN
    )
    weights = str(options.weights)
    loss = CosFace(adaptive=True)
    return Settings(network=shape, backbone_weights=weights, loss=loss, batch_size=options.batch)


def ours(course: Course) -> float:
    """Return the seconds of an epoch of our loop, without validation."""
    loop = Loop(course, make_learner(course))
    started = time.perf_counter()
    loop.steps()
    return time.perf_counter() - started


class Bare:
    """The loop that anybody would write first."""

    def __init__(self, course: Course) -> None:
        self._course = course
        settings = course.settings
        self.network = EmbeddingNetwork(settings.network)
        fill_backbone(self.network, str(settings.backbone_weights))
        self.network.to(memory_format=torch.channels_last)
        self.objective = Objective(settings.loss, course.labels.counts, 512)
        parameters = [*self.network.parameters(), *self.objective.parameters()]
        self.optimiser = torch.optim.Adam(parameters, lr=1e-3)
        self.batches = list(self._ready())

    def _ready(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        course, size = self._course, self._course.settings.batch_size
        for start in range(0, len(course.train), size):
            chips = course.chips.batch(course.train[start : start + size]).float() / 255
            labels = torch.tensor(course.labels.numbers[start : start + size])
            yield chips.contiguous(memory_format=torch.channels_last), labels

    def epoch(self) -> float:
        """Return the seconds of an epoch."""
        reduced = self._course.precision is not torch.float32
        self.network.train()
        started = time.perf_counter()
        for chips, labels in self.batches:
            with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
                made = self.network(chips)
            loss = self.objective(made.float(), labels, epoch=1, seed=0)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self.optimiser.step()
        return time.perf_counter() - started


def table(course: Course, rounds: int) -> Iterator[str]:
    """Yield the report's lines."""
    bare = Bare(course)
    photos = len(course.train)
    ours(course)
    bare.epoch()  # the first of each warms up and is not counted
    pairs = [(ours(course), bare.epoch()) for _ in range(rounds)]
    yield f"{photos} chips an epoch, batches of {course.settings.batch_size}, {rounds} rounds."
    yield ""
    yield "| loop | chips a second | of the bare loop |"
    yield "|---|---|---|"
    yield f"| bare, on ready tensors | {median(photos / b for _, b in pairs):.1f} | 1.00 |"
    ratio = median(b / o for o, b in pairs)
    yield f"| fieldmark | {median(photos / o for o, _ in pairs):.1f} | {ratio:.2f} |"


def data_of(photos: Sequence[Photo]) -> TrainingData:
    """Return the photos to learn from."""
    return TrainingData(tuple(Sample(p.path, p.identity, "tiger") for p in photos), (), load)


def main() -> None:
    """Read the command line, measure, print."""
    options = _parser().parse_args()
    photos = [p for p in read(options.data, "frame") if p.part == "train"][: options.count]
    with TemporaryDirectory() as folder:
        context = TrainingContext(Path(folder), device="cpu", workers=2)
        course = make_course(settings_of(options), data_of(photos), context, Rank())
        lines = []
        for line in table(course, options.rounds):
            lines.append(line)
            say(line)
    if options.report:
        write_report(options.report, "benchmarks.training_speed", lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Compare training loops.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--count", type=int, default=320)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--report", type=Path)
    return parser


if __name__ == "__main__":
    main()
