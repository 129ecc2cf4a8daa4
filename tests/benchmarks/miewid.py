r"""Compare MiewID's network in fieldmark's embedder with the bare network, in one run.

::

    PYTHONPATH=tests python -m benchmarks.miewid --report docs/benchmarks/miewid.md

Contenders take turns in every round: timm's features, GeM and batch normalisation written out here
(float32, as timm makes them) on tensors that lie ready at the input's size, and the embedder of
`fieldmark_deep` with each engine, from chips of another size, which it resizes itself. The weights
are random in MiewID's true shapes, unless `--weights` names its file; the time is the same.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import timm
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.reports import processor, say, write_report
from fieldmark.components import Context
from fieldmark.types import Chip
from fieldmark_deep.embedder import load_embedder
from fieldmark_deep.pixels import to_batch
from fieldmark_deep.settings import Inference, Network
from fieldmark_deep.storage import read_config
from support.models import IMAGENET, miewid_shaped

SIZE = 440
ENGINES = {"torch": "torch, float32", "onnx": "ONNX Runtime, float32"}


@dataclass(frozen=True)
class Run:
    """What a contender needed, and what it made: vectors (n, d) of length 1."""

    seconds: float
    vectors: NDArray[np.float32]


Contender = Callable[[], Run]


class Bare(nn.Module):
    """MiewID as its training repository describes it, and nothing around it."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        tensors = load_file(weights)
        name = str(read_config(weights)["network"]["backbone"])
        backbone: Any = timm.create_model(name, num_classes=0, global_pool="")
        self.bn = nn.BatchNorm1d(backbone.num_features)
        self.backbone = backbone
        exponents = [k for k in tensors if k.endswith(("global_pool.p", "pooling.p"))]
        self.exponent = float(tensors[exponents[0]].item())
        wanted = self.state_dict().keys()
        self.load_state_dict({k: v for k, v in tensors.items() if k in wanted})
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Return the embeddings (n, d) of prepared pictures (n, 3, h, w)."""
        features = self.backbone.forward_features(x)
        maps = features.clamp(min=1e-6).pow(self.exponent)
        pooled = functional.avg_pool2d(maps, maps.shape[-2:]).pow(1 / self.exponent)
        made: Tensor = self.bn(pooled.flatten(1))
        return made


def bare(weights: Path, chips: Sequence[Chip], batch: int) -> Contender:
    """Return the network alone, on tensors that lie ready.

    They are resized as fieldmark does it, because a network of random numbers is chaotic: noise of
    one grey level, which cv2's rounding may add, turns its vectors as far as another picture does.
    """
    network = Bare(weights)
    shape = Network.model_validate(read_config(weights)["network"])
    mean, std = (torch.tensor(IMAGENET[name]).view(1, 3, 1, 1) for name in ("mean", "std"))
    ready = (to_batch(chips, shape).float() / 255 - mean) / std

    def run() -> Run:
        started = time.perf_counter()
        with torch.inference_mode():
            rows = torch.cat([network(part) for part in torch.split(ready, batch)])
        seconds = time.perf_counter() - started
        return Run(seconds, functional.normalize(rows).numpy())

    return run


def ours(weights: Path, chips: Sequence[Chip], options: Inference, cache: Path) -> Contender:
    """Return the embedder as a pipeline builds it; building is not counted."""
    context = Context(weights=lambda: weights, cache=cache)
    embedder = load_embedder(options, context)

    def run() -> Run:
        started = time.perf_counter()
        made = embedder.embed(chips)
        seconds = time.perf_counter() - started
        return Run(seconds, np.stack([vector.values for vector in made]))

    return run


def pictures(count: int, seed: int) -> list[Chip]:
    """Return chips (600, 800, 3) of smooth random colours."""
    rng = np.random.default_rng(seed)
    rough = rng.integers(0, 256, (count, 12, 16, 3), np.uint8)
    return [Chip(cv2.resize(r, (800, 600), interpolation=cv2.INTER_CUBIC)) for r in rough]


def contenders(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Contender]]:
    """Yield every contender by name, the bare network first."""
    chips = pictures(options.count, options.seed)
    weights = options.weights or miewid_shaped(folder, options.seed, full=not options.tiny)
    yield "bare network on ready tensors", bare(weights, chips, options.batch)
    for engine in options.engine or ENGINES:
        wanted = {"engine": engine, "precision": "float32", "batch_size": options.batch}
        run = ours(weights, chips, Inference.model_validate(wanted), folder / "cache")
        yield f"fieldmark, {ENGINES[engine]}", run


def table(names: Sequence[str], rounds: Sequence[Sequence[Run]]) -> Iterator[str]:
    """Yield the rows: medians over rounds, ratios of the same round, and what came out."""
    yield "| contender | photos a second | of the bare network | least cosine with it |"
    yield "|---|---|---|---|"
    count = len(rounds[0][0].vectors)
    for i, name in enumerate(names):
        speed = median(count / each[i].seconds for each in rounds)
        ratio = median(each[0].seconds / each[i].seconds for each in rounds)
        cosine = (rounds[0][0].vectors * rounds[0][i].vectors).sum(axis=1).min()
        yield f"| {name} | {speed:.2f} | {ratio:.2f} | {cosine:.5f} |"


def circumstances(options: argparse.Namespace, load: float) -> Iterator[str]:
    """Yield what the numbers depend on."""
    kind = options.weights.name if options.weights else "random weights in MiewID's shapes"
    what = "random weights on a tiny backbone" if options.tiny else kind
    yield ""
    yield (
        f"{options.count} chips of 800 × 600, {SIZE} × {SIZE} for the network, batches of"
        f" {options.batch}, {options.rounds} rounds after one that is not counted, seed"
        f" {options.seed}, {what}."
    )
    yield (
        f"{processor()}, {torch.get_num_threads()} threads, torch"
        f" {torch.__version__}, timm {timm.__version__}, load before the run {load:.1f}."
    )


def main() -> None:
    """Read the command line, measure, print."""
    options = _parser().parse_args()
    torch.set_num_threads(options.threads)
    load = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        named = list(contenders(options, Path(folder)))
        for _, run in named:
            run()  # the first run of each warms up and is not counted
        rounds = [[run() for _, run in named] for _ in range(options.rounds)]
    lines = [*table([name for name, _ in named], rounds), *circumstances(options, load)]
    for text in lines:
        say(text)
    if options.report:
        write_report(options.report, "benchmarks.miewid", lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Compare MiewID's throughput.")
    parser.add_argument("--weights", type=Path, help="MiewID's model.safetensors; else random")
    parser.add_argument("--count", type=int, default=32)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", action="append", choices=list(ENGINES))
    parser.add_argument("--tiny", action="store_true", help="a tiny backbone, to try this out")
    parser.add_argument("--report", type=Path)
    return parser


if __name__ == "__main__":
    main()
