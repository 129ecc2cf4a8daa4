r"""Compare how fast photos become embeddings, from the file to the vector, in one run.

::

    PYTHONPATH=tests:PEER python -m benchmarks.throughput DATA/NyalaData --peer \
        --weights WEIGHTS/model.safetensors --report docs/benchmarks/throughput.md

Contenders take turns in every round: the bare network on ready tensors (float32, as timm makes it),
wildlife-tools' `DeepFeatures` with its defaults where that library can be imported (from PEER),
and fieldmark's own `embed` stage with each engine, its cache written as always.
"""

import argparse
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from PIL import Image

from benchmarks.photos import Photo, read
from benchmarks.reports import say, write_report
from fieldmark.api.ground import method_of, read_rows
from fieldmark.api.weights import resolve_weights
from fieldmark.cache import FeatureCache
from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_table
from fieldmark.files import sha256
from fieldmark.jobs import silent
from fieldmark.pipeline.features import Workshop, embed
from fieldmark.types import Vector
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.storage import load

Vectors = NDArray[np.float32]
ENGINES = {
    "torch, float32": {"precision": "float32"},
    "torch, bfloat16": {"precision": "bfloat16"},
    "torch.compile, float32": {"precision": "float32", "engine": "compile"},
    "torch.compile, bfloat16": {"precision": "bfloat16", "engine": "compile"},
    "ONNX Runtime, float32": {"engine": "onnx"},
}


@dataclass(frozen=True)
class Run:
    """What a contender needed, and what it made."""

    seconds: float
    vectors: Vectors


Contender = Callable[[], Run]


def bare(network: EmbeddingNetwork, photos: Sequence[Photo], batch: int) -> Contender:
    """Return the network's forward pass alone, on tensors that lie ready."""
    plain = timm.create_model(network.settings.backbone, num_classes=0)
    plain.load_state_dict(network.backbone.state_dict())
    plain.eval()
    ready = torch.stack([_picture(photo, network) for photo in photos])

    def run() -> Run:
        started = time.perf_counter()
        with torch.inference_mode():
            rows = [plain(part) for part in torch.split(ready, batch)]
        return Run(time.perf_counter() - started, torch.cat(rows).numpy())

    return run


def _picture(photo: Photo, network: EmbeddingNetwork) -> torch.Tensor:
    s = network.settings
    with Image.open(photo.path) as image:
        small = image.convert("RGB").resize((s.width, s.height), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1).float() / 255
    return (pixels - network.mean[0]) / network.std[0]


def peer(network: EmbeddingNetwork, photos: Sequence[Photo], workers: int) -> Contender:
    """Return wildlife-tools' extraction, with its default batch of 128."""
    import pandas as pd  # type: ignore[import-untyped]
    import torchvision.transforms as T  # noqa: N812
    from wildlife_tools.data import WildlifeDataset  # type: ignore[import-not-found]
    from wildlife_tools.features.deep import DeepFeatures  # type: ignore[import-not-found]

    s = network.settings
    plain = timm.create_model(s.backbone, num_classes=0, pretrained=False)
    plain.load_state_dict(network.backbone.state_dict())
    steps = [T.Resize((s.height, s.width)), T.ToTensor(), T.Normalize(s.mean, s.std)]
    table = pd.DataFrame({"path": [str(p.path) for p in photos], "identity": "any"})
    dataset = WildlifeDataset(table, transform=T.Compose(steps))
    extract = DeepFeatures(plain, num_workers=workers)

    def run() -> Run:
        started = time.perf_counter()
        rows = extract(dataset)
        return Run(time.perf_counter() - started, np.asarray(rows, np.float32))

    return run


def ours(project: Project, pipeline: str, workers: int, photos: Sequence[Photo]) -> Contender:
    """Return our own stage, into an empty cache; building the network is not counted."""
    method = method_of(project, pipeline)
    rows = list(read_rows(project, method.profile).values())

    def run() -> Run:
        cache = project.folder / "bench-cache"
        shutil.rmtree(cache, ignore_errors=True)
        workshop = Workshop(method.recipe, resolve_weights, project.folder, cache)
        embed(rows[:1], workshop, workers, silent)  # opens libraries; compiles nothing big
        started = time.perf_counter()
        made = embed(rows, workshop, workers, silent)
        seconds = time.perf_counter() - started
        by_path = {str(row.path): row.id for row in rows}
        store = FeatureCache(cache)
        vectors = [store.read(made.keys[by_path[str(p.path.resolve())]]) for p in photos]
        return Run(seconds, np.stack([v.values for v in vectors if isinstance(v, Vector)]))

    return run


def make_project(folder: Path, photos: Sequence[Photo], weights: Path) -> Project:
    """Import the photos under a profile with a pipeline for each engine."""
    table = folder / "photos.csv"
    lines = ["path,identity", *(f"{p.path.resolve()},{p.identity}" for p in photos)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    project = Project.create(folder / "project", "bench")
    reference = f"file://{weights.resolve()}#sha256={sha256(weights)}"
    profile: dict[str, Any] = {
        "name": "bench",
        "scientific_name": "Species of benchmarks",
        "pipelines": {
            f"engine-{i}": {
                "embed": {"use": "timm", "weights": reference, "options": options},
                "match": {"use": "nearest"},
            }
            for i, options in enumerate(ENGINES.values())
        },
        "default": "engine-0",
    }
    home = project.folder / "species"
    home.mkdir()
    (home / "bench.yaml").write_text(json.dumps(profile), encoding="utf-8")  # JSON is YAML
    import_table(project, table, root=folder)
    return project


def cosines(one: Vectors, other: Vectors) -> NDArray[np.float32]:
    """Return the cosine of each row with its counterpart."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray((one * other).sum(axis=1) / lengths)


def contenders(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Contender]]:
    """Yield every contender by name."""
    photos = [p for p in read(options.data) if p.path.is_file()][: options.count]
    network, _ = load(options.weights)
    yield "bare network on ready tensors", bare(network, photos, 32)
    if options.peer:
        for workers in (1, 2):
            name = f"wildlife-tools DeepFeatures, {workers} loading process(es)"
            yield name, peer(network, photos, workers)
    project = make_project(folder, photos, options.weights)
    for i, name in enumerate(ENGINES):
        if not options.only or name in options.only:
            yield f"fieldmark, {name}", ours(project, f"engine-{i}", options.workers, photos)


def table(names: Sequence[str], runs: Sequence[Sequence[Run]], count: int) -> Iterator[str]:
    """Yield the rows: medians over rounds, and ratios of the same round."""
    yield "| contender | photos a second | of the bare network | of wildlife-tools | least cosine |"
    yield "|---|---|---|---|---|"
    peers = [i for i, name in enumerate(names) if name.startswith("wildlife-tools")]
    for i, name in enumerate(names):
        speed = median(count / round_[i].seconds for round_ in runs)
        of_bare = median(round_[0].seconds / round_[i].seconds for round_ in runs)
        of_peer = (
            f"{median(min(r[p].seconds for p in peers) / r[i].seconds for r in runs):.2f}"
            if peers
            else "–"
        )
        cosine = cosines(runs[0][0].vectors, runs[0][i].vectors).min()
        yield f"| {name} | {speed:.1f} | {of_bare:.2f} | {of_peer} | {cosine:.5f} |"


def main() -> None:
    """Read the command line, measure, print."""
    options = _parser().parse_args()
    torch.set_num_threads(options.workers)
    with TemporaryDirectory() as folder:
        named = list(contenders(options, Path(folder)))
        for _, run in named:
            run()  # the first run of each warms up and is not counted
        runs = [[run() for _, run in named] for _ in range(options.rounds)]
    lines = list(table([name for name, _ in named], runs, len(runs[0][0].vectors)))
    for text in lines:
        say(text)
    if options.report:
        write_report(options.report, "benchmarks.throughput", lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Compare embedding throughput.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--peer", action="store_true", help="wildlife-tools, too")
    parser.add_argument("--only", action="append", choices=list(ENGINES))
    parser.add_argument("--report", type=Path)
    return parser


if __name__ == "__main__":
    main()
