"""What a training runs on: prepared chips, and where every sample is among them."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from fieldmark.errors import UserError
from fieldmark.training import Sample, TrainingContext, TrainingData, class_of
from fieldmark_deep.devices import choose_device, choose_precision, in_words
from fieldmark_deep.settings import Network, Settings
from fieldmark_deep.storage import read_config
from fieldmark_deep.training.chips import Chips
from fieldmark_deep.training.labels import Labels
from fieldmark_deep.training.ranks import Rank
from fieldmark_deep.training.validation import Place


@dataclass(frozen=True)
class Course:
    """Everything that stays the same during a training.

    Attributes:
        train: places of the training samples among the chips.
        labels: their classes, in the same order.
        identity: refuses the checkpoints of other trainings.
    """

    settings: Settings
    context: TrainingContext
    chips: Chips
    train: tuple[int, ...]
    labels: Labels
    holdouts: tuple[Place, ...]
    device: torch.device
    precision: torch.dtype
    rank: Rank
    identity: str


def make_course(
    settings: Settings, data: TrainingData, context: TrainingContext, rank: Rank
) -> Course:
    """Prepare the chips and place every sample among them.

    Raises:
        UserError: if there is no such device, too little to learn from, or the weights to start
            from cannot be read.
        ProjectError: if there is no space for the chips.
    """
    settings = _as_started(_sized(settings, data), context)
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
    if not train:
        _, reason = next(iter(chips.failed.items()))
        raise UserError(
            f"none of the {len(data.train)} training photos can be used; of the first: {reason}"
        )
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
        apart = settings.loss.kind != "cross-entropy"  # a classifier is asked once for all
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


def _sized(settings: Settings, data: TrainingData) -> Settings:
    """Give a classifier as many outputs as there are classes."""
    if settings.loss.kind != "cross-entropy":
        return settings
    classes = len({class_of(sample, settings.label) for sample in data.train})
    network = settings.network.model_copy(update={"embedding_size": classes, "normalise": False})
    return settings.model_copy(update={"network": network})
