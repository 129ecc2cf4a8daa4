"""What learns: the network, the loss, the optimiser and the running mean, one step at a time."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch
from timm.optim._param_groups import param_groups_layer_decay
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from fieldmark_deep.augment import augment
from fieldmark_deep.losses import Objective
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.settings import Optimiser, Settings
from fieldmark_deep.training.ranks import Rank
from fieldmark_deep.training.schedule import factor

_MASK = 2**63 - 1


class NotFiniteError(ArithmeticError):
    """The loss is not a number any more."""


def derived(*numbers: int) -> int:
    """Return a seed that depends on all the numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0]) & _MASK


def derived_many(count: int, *numbers: int) -> list[int]:
    """Return `count` seeds that depend on all the numbers."""
    state = np.random.SeedSequence(numbers).generate_state(count, np.uint64)
    return [int(value) & _MASK for value in state]


class Learner:
    """One training's moving parts.

    Every random draw of a step comes from a seed that depends on the training's seed, the epoch
    and the step alone, so that a resumed training needs no generator's state.
    """

    def __init__(
        self,
        network: EmbeddingNetwork,
        counts: Sequence[int],
        settings: Settings,
        device: torch.device,
        precision: torch.dtype,
        rank: Rank,
    ) -> None:
        self.settings = settings
        self.device = device
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.objective = Objective(settings.loss, counts, network.embedding_size).to(device)
        self.optimiser = _optimiser(self.network, self.objective, settings.optimiser)
        self.mean = None if settings.ema is None else _running_mean(network, settings.ema)
        self._precision = precision
        self._rank = rank
        self._model: nn.Module = self.network
        self._frozen: bool | None = None

    @property
    def best(self) -> EmbeddingNetwork:
        """The network to measure and to keep: the running mean where there is one."""
        if self.mean is None:
            return self.network
        return cast("EmbeddingNetwork", self.mean.module)

    def begin(self, epoch: int) -> None:
        """Freeze or free the backbone, as the epoch (from 1) asks.

        A network that is nothing but its backbone, under a loss without centres, is never frozen:
        nothing would be left to learn.
        """
        frozen = epoch <= self.settings.frozen_epochs and self._learns_besides()
        self.network.train()
        if frozen:  # statistics of a frozen backbone stay, too
            self.network.backbone.eval()
        if self.settings.frozen_statistics:
            for layer in self.network.modules():
                if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
                    layer.eval()
        if frozen is not self._frozen:
            for parameter in self.network.body():
                parameter.requires_grad_(not frozen)
            self._model = self._rank.shared(self.network)
            self._frozen = frozen

    def _learns_besides(self) -> bool:
        """Return whether anything but the backbone has parameters."""
        body = {id(parameter) for parameter in self.network.body()}
        others = (*self.network.parameters(), *self.objective.parameters())
        return any(id(parameter) not in body for parameter in others)

    def step(
        self, chips: Tensor, labels: Tensor, epoch: int, step: int, passed: float
    ) -> tuple[float, float]:
        """Learn from one batch; return the loss and the learning rate.

        Args:
            chips: (n, c, h, w) uint8; this process's part of the batch.
            labels: (n,) int64.
            epoch: from 1.
            step: within the epoch, from 0.
            passed: epochs that have passed, with fractions.

        Raises:
            NotFiniteError: if the loss is NaN or infinite; the weights are as before.
        """
        rate = self._set_rate(passed)
        seeds = (self.settings.seed, epoch, step, self._rank.number)
        torch.manual_seed(derived(*seeds))
        loss = self._loss(chips, labels, epoch, seeds)
        if not bool(torch.isfinite(loss)):
            raise NotFiniteError
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.settings.optimiser.clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.optimiser.clip)
        self.optimiser.step()
        if self.mean is not None:
            self.mean.update_parameters(self.network)
        return float(loss.detach()), rate

    def _loss(self, chips: Tensor, labels: Tensor, epoch: int, seeds: Sequence[int]) -> Tensor:
        moved = chips.to(self.device, non_blocking=True)
        own = derived_many(len(chips), *seeds, 1)
        pictures = augment(moved, self.settings.augment, own, min(3, chips.shape[1]))
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        reduced = self._precision is not torch.float32
        with torch.autocast(self.device.type, self._precision, enabled=reduced):
            made = self._model(pictures)
        everyone = self._rank.gather(made.float())
        theirs = self._rank.gather(labels.to(self.device))
        loss: Tensor = self.objective(everyone, theirs, epoch=epoch, seed=derived(*seeds[:3], 2))
        return loss

    def _set_rate(self, passed: float) -> float:
        share = factor(self.settings.schedule, passed, self.settings.epochs)
        for group in self.optimiser.param_groups:
            group["lr"] = group["full_rate"] * share
        return self.settings.optimiser.learning_rate * share

    def state(self) -> dict[str, Any]:
        """Return everything that `restore` needs."""
        return {
            "network": self.network.state_dict(),
            "objective": self.objective.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "mean": None if self.mean is None else self.mean.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned.

        Raises:
            RuntimeError, ValueError: if it belongs to another network.
        """
        self.network.load_state_dict(state["network"])
        self.objective.load_state_dict(state["objective"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.mean is not None:
            self.mean.load_state_dict(state["mean"])


def _running_mean(network: EmbeddingNetwork, decay: float) -> AveragedModel:
    mean = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    return AveragedModel(network, multi_avg_fn=mean, use_buffers=True)


def _optimiser(
    network: EmbeddingNetwork, objective: nn.Module, settings: Optimiser
) -> torch.optim.Optimizer:
    groups = list(_groups(network, objective, settings))
    if settings.kind == "sgd":
        return torch.optim.SGD(groups, lr=settings.learning_rate, momentum=0.9)
    kind = torch.optim.AdamW if settings.kind == "adamw" else torch.optim.Adam
    return kind(groups, lr=settings.learning_rate)


def _groups(
    network: EmbeddingNetwork, objective: nn.Module, settings: Optimiser
) -> Iterator[dict[str, Any]]:
    """Yield parameter groups, each with the full rate that the schedule scales."""
    rate, decay = settings.learning_rate, settings.weight_decay
    for group in _body(network, settings):
        share = group.pop("lr_scale", 1.0)
        yield {**group, "full_rate": rate * share, "lr": rate * share}
    inside = {id(parameter) for parameter in network.body()}
    head = [parameter for parameter in network.parameters() if id(parameter) not in inside]
    if head:
        yield {"params": head, "weight_decay": decay, "full_rate": rate, "lr": rate}
    centres = list(objective.parameters())
    if centres:
        own = settings.loss_learning_rate or rate
        yield {"params": centres, "weight_decay": decay, "full_rate": own, "lr": own}


def _body(network: EmbeddingNetwork, settings: Optimiser) -> list[dict[str, Any]]:
    if settings.layer_decay == 1.0:
        return [{"params": list(network.body()), "weight_decay": settings.weight_decay}]
    groups = param_groups_layer_decay(
        network.backbone, settings.weight_decay, layer_decay=settings.layer_decay
    )
    return [{key: group[key] for key in ("params", "weight_decay", "lr_scale")} for group in groups]
