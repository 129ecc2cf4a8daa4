"""What each of two processes does with its part of a batch; the processes import it from here."""

from pathlib import Path

import torch
from torch import Tensor, nn

from fieldmark_deep.training.ranks import Rank

ROWS = 6


def rows() -> Tensor:
    """Return the whole batch, (6, 3)."""
    return torch.randn(ROWS, 3, generator=torch.Generator().manual_seed(1))


def model() -> nn.Linear:
    """Return what learns; the same in every process."""
    torch.manual_seed(2)
    return nn.Linear(3, 2)


def loss(embeddings: Tensor) -> Tensor:
    """Return a loss that needs the pairs of the whole batch, in whatever order."""
    return (embeddings @ embeddings.T).pow(3).mean()


def gradients(rank: Rank) -> tuple[dict[str, Tensor], list[int]]:
    """Return this process's gradients, and whose rows the loss saw, in their order."""
    mine = list(rank.part(range(ROWS)))
    own = model()
    shared = rank.shared(own)  # averages only as long as it is held
    everyone = rank.gather(shared(rows()[mine]))
    loss(everyone).backward()  # type: ignore[no-untyped-call]
    seen = rank.gather(torch.tensor(mine)).tolist()
    rank.wait()
    return {name: each.grad for name, each in own.named_parameters() if each.grad is not None}, seen


def keep(rank: Rank, folder: Path) -> None:
    """Write the gradients of a process that nobody hears otherwise."""
    torch.save(gradients(rank), folder / f"{rank.number}.pt")
    rank.wait()


def kept(rank: Rank, folder: Path) -> list[tuple[dict[str, Tensor], list[int]]]:
    """Return the gradients of both processes."""
    here = gradients(rank)
    rank.wait()
    return [here, torch.load(folder / "1.pt")]
