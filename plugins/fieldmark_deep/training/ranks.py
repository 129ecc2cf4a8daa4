"""Several processes that share every batch: one for each graphics card, or on the processor.

Each process embeds its part of a batch. The embeddings are gathered, with gradients, before the
loss, so that the loss sees the pairs of the whole batch and the result is that of one process.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn.parallel import DistributedDataParallel

T = TypeVar("T")
_TIMEOUT = timedelta(minutes=30)
"""A rank waits so long for another, which may be validating or writing meanwhile."""


@dataclass(frozen=True)
class Rank:
    """One of the processes that train together."""

    number: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this one keeps the logs and checkpoints."""
        return self.number == 0

    def part(self, batch: Sequence[T]) -> Sequence[T]:
        """Return this process's part of a batch; a rest that cannot be shared is left out."""
        whole = len(batch) // self.count * self.count
        return batch[self.number : whole : self.count]

    def gather(self, tensor: Tensor) -> Tensor:
        """Return the rows of all processes; gradients flow back to where each came from."""
        if self.count == 1:
            return tensor
        gathered: Tensor = _Gather.apply(tensor)
        return gathered

    def shared(self, model: nn.Module) -> nn.Module:
        """Return the model so that the processes average their gradients."""
        return model if self.count == 1 else DistributedDataParallel(model)

    def agreed(self, number: int) -> int:
        """Return the first process's number, in all of them."""
        if self.count == 1:
            return number
        told = [number]
        dist.broadcast_object_list(told, src=0)
        return told[0]

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.count > 1:
            dist.barrier()


class _Gather(torch.autograd.Function):
    """Rows of all processes; the gradient of a process's rows is the sum over processes."""

    @staticmethod
    def forward(ctx: FunctionCtx, rows: Tensor) -> Tensor:
        ctx.count = len(rows)  # type: ignore[attr-defined]
        parts = [torch.empty_like(rows) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Tensor) -> Tensor:
        gradient = gradients[0].contiguous()
        dist.all_reduce(gradient)
        first = dist.get_rank() * ctx.count  # type: ignore[attr-defined]
        return gradient[first : first + ctx.count]  # type: ignore[attr-defined]


def together(count: int, device: str, work: Callable[[Rank], None], here: Callable[[Rank], T]) -> T:
    """Run `here` as the first of `count` processes and `work` in the others.

    Args:
        count: processes in all.
        device: `cpu`, or what asks for graphics cards.
        work: picklable; what the other processes do.
        here: the same in this process, which may talk to the user.
    """
    if count == 1:
        return here(Rank())
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{Path(folder) / 'meeting'}"
        context = get_context("spawn")
        others = [
            context.Process(
                target=_other, args=(work, Rank(n, count), meeting, device), daemon=True
            )
            for n in range(1, count)
        ]
        for process in others:
            process.start()
        try:
            with _joined(Rank(0, count), meeting, device):
                return here(Rank(0, count))
        finally:
            for process in others:
                process.join(timeout=10)
                process.kill()


def _other(work: Callable[[Rank], None], rank: Rank, meeting: str, device: str) -> None:
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // rank.count))
    with _joined(rank, meeting, device):
        work(rank)


@contextmanager
def _joined(rank: Rank, meeting: str, device: str) -> Iterator[None]:
    on_cards = torch.cuda.is_available() and device != "cpu"
    backend = "nccl" if on_cards else "gloo"
    dist.init_process_group(
        backend, init_method=meeting, rank=rank.number, world_size=rank.count, timeout=_TIMEOUT
    )
    try:
        yield
    finally:
        dist.destroy_process_group()
