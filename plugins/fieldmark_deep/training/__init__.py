"""Training of deep networks: what `fieldmark train` calls."""

import hashlib
import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import median

import torch
from torch import Tensor

from fieldmark.errors import UserError
from fieldmark.training import Preview, Sample, Trained, TrainingContext, TrainingData
from fieldmark_deep.devices import choose_device, choose_precision, in_words
from fieldmark_deep.folded import is_folded, unfold
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.sampling import batches
from fieldmark_deep.settings import Network, Settings
from fieldmark_deep.storage import WEIGHTS, fill, fill_backbone, read_config, read_tensors
from fieldmark_deep.training.chips import Chips
from fieldmark_deep.training.labels import Labels
from fieldmark_deep.training.learner import Learner
from fieldmark_deep.training.loop import Course, Loop
from fieldmark_deep.training.ranks import Rank, together
from fieldmark_deep.training.report import write_report
from fieldmark_deep.training.validation import Place

__all__ = ["preview", "run"]

_UNFOLDED = 256
"""Chips on which the statistics of folded batch normalisation are measured."""
_MEASURED = 4
"""Batches that a preview times, after one to warm up."""


def run(settings: Settings, data: TrainingData, context: TrainingContext) -> Trained:
    """Train a network; see `fieldmark.training.Training.run`.

    Raises:
        UserError: if the data, the settings or the weights to start from cannot be used.
        ProjectError: if the disk is full.
    """
    settings = _sized(settings, data)
    quiet = replace(context, progress=_silent, say=_hushed)
    work = partial(_work, settings=settings, data=data, context=quiet)
    here = partial(_train, settings=settings, data=data, context=context)
    return together(settings.processes, work, here)


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
    course = _course(settings, data, context, rank)
    learner = _learner(course)
    loop = Loop(course, learner)
    loop.run()
    weights = context.folder / WEIGHTS
    report = write_report(course, weights, loop.progress) if rank.first else None
    return Trained(weights, len(loop.progress.history), loop.progress.best, report)


def _repeatable() -> None:
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    # Filling every new tensor with NaN, as this otherwise does, finds no fault of ours and costs.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def _sized(settings: Settings, data: TrainingData) -> Settings:
    """Give a classifier as many outputs as there are classes."""
    if settings.loss.kind != "cross-entropy":
        return settings
    classes = len({sample.species for sample in data.train})
    network = settings.network.model_copy(update={"embedding_size": classes, "normalise": False})
    return settings.model_copy(update={"network": network})


def _course(settings: Settings, data: TrainingData, context: TrainingContext, rank: Rank) -> Course:
    """Prepare the chips and place every sample among them."""
    settings = _as_started(settings, context)
    device = _device(context.device, rank)
    precision = choose_precision(settings.precision, device)
    context.say(in_words(device, precision))
    everyone = _everyone(data)
    chips = Chips(everyone, data.load, settings.network, context.workers)
    if chips.gigabytes <= settings.prepared_gb:
        if rank.first:
            _prepare(chips, context)
        rank.wait()
        if not rank.first:
            _prepare(chips, context)
    usable = {s: i for i, s in enumerate(everyone) if i not in chips.failed}
    train = tuple(usable[s] for s in data.train if s in usable)
    labels = Labels.of([everyone[i] for i in train], settings)
    holdouts = tuple(_places(data, usable, settings))
    identity = _identity(settings, [everyone[i] for i in train], context)
    return Course(
        settings, context, chips, train, labels, holdouts, device, precision, rank, identity
    )


def _prepare(chips: Chips, context: TrainingContext) -> None:
    key = json.dumps(context.record.get("preprocess", []), sort_keys=True)
    chips.prepare(context.folder / "cache", key, context.progress)
    for number, reason in chips.failed.items():
        context.say(f"not used: {chips.samples[number].photo}: {reason}")


def _as_started(settings: Settings, context: TrainingContext) -> Settings:
    """Take the network's shape from the weights that are fine-tuned."""
    if context.start is None:
        return settings
    shape = Network.model_validate(read_config(context.start)["network"])
    if settings.loss.kind == "cross-entropy":
        outputs = settings.network.embedding_size
        shape = shape.model_copy(update={"embedding_size": outputs, "normalise": False})
    return settings.model_copy(update={"network": shape})


def _device(name: str, rank: Rank) -> torch.device:
    device = choose_device(name)
    if rank.count > 1 and device.type == "cuda":
        if torch.cuda.device_count() < rank.count:
            raise UserError(
                f"processes: {rank.count} was asked for, but there are"
                f" {torch.cuda.device_count()} graphics cards"
            )
        return torch.device("cuda", rank.number)
    return device


def _everyone(data: TrainingData) -> list[Sample]:
    samples = [*data.train]
    for holdout in data.holdouts:
        samples += [*holdout.queries, *holdout.gallery]
    return list(dict.fromkeys(samples))


def _places(data: TrainingData, usable: dict[Sample, int], settings: Settings) -> Iterator[Place]:
    """Yield every holdout, species by species where there are several to search in."""
    for holdout in data.holdouts:
        species = {sample.species for sample in holdout.queries}
        apart = settings.loss.kind != "cross-entropy"  # a classifier tells the species apart
        for group in ({each} for each in sorted(species)) if apart else (species,):
            queries, gallery = (
                tuple(usable[s] for s in samples if s in usable and s.species in group)
                for samples in (holdout.queries, holdout.gallery)
            )
            name = holdout.name if group == species else f"{holdout.name} ({''.join(group)})"
            if queries and (gallery or not holdout.gallery):
                yield Place(name, queries, gallery, holdout.incomparable)


def _identity(settings: Settings, samples: Sequence[Sample], context: TrainingContext) -> str:
    """Return a digest of what a checkpoint belongs to; how long to train may change."""
    free = {"epochs", "patience", "checkpoint_minutes", "prepared_gb", "validate_every"}
    parts = [settings.model_dump(mode="json", exclude=free), context.record.get("preprocess")]
    text = json.dumps([*parts, *map(str, samples)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _learner(course: Course) -> Learner:
    settings = course.settings
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = EmbeddingNetwork(settings.network)
        _fill(network, course)
        return Learner(
            network, course.labels.counts, settings, course.device, course.precision, course.rank
        )


def _fill(network: EmbeddingNetwork, course: Course) -> None:
    start, source = course.context.start, course.settings.backbone_weights
    if start is not None and course.settings.loss.kind == "cross-entropy":
        fill_backbone(network, str(start))  # the classes may be others
    elif start is not None:
        fill(network, read_tensors(start), start.name)
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


def preview(settings: Settings, data: TrainingData, context: TrainingContext) -> Preview:
    """Measure a few batches; see `fieldmark.training.Training.preview`.

    Raises:
        UserError: as `run`.
    """
    settings = _sized(settings, data).model_copy(update={"prepared_gb": 0.0})
    course = _course(settings, data, context, Rank())
    learner = _learner(course)
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
