r"""Measure what masks add to identification, and what the background alone gives away.

::

    PYTHONPATH=tests python -m benchmarks.background DATA/NyalaData --part val --local \
        --network deeplab=deeplab.onnx --weights arcface=RUNS/nyala-arcface/model.safetensors \
        --report docs/benchmarks/background-nyala.md

Every photo asks all others but those of its own encounter and of the opposite flank. Beside each
result stands its control: the same pipeline on photos in which the animal, as found by the same
means, is painted over. Masks and features are kept in the cache, so that a killed run goes on.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import numpy as np

from benchmarks.features import Recipe, make, prepared
from benchmarks.photos import Photo, read
from benchmarks.reports import say, write_report
from benchmarks.vectors import Rows, Score, Scores, Test, cosine, of_index, score
from fieldmark.components import Context, Embedder, Role
from fieldmark.files import replacing, sha256
from fieldmark.plugins import Plugins
from fieldmark.types import Vector
from fieldmark_deep.storage import read_config
from fieldmark_sift import LNBNN

Step: TypeAlias = tuple[str, Mapping[str, object]]
DEEPLAB: Mapping[str, object] = {
    "kind": "classes", "height": 257, "width": 257, "mean": [0.5] * 3, "std": [0.5] * 3,
}  # fmt: skip
"""How the published DeepLabv3 on MobileNetV2 for mobile phones is fed."""


@dataclass(frozen=True)
class Way:
    """One way to prepare photos, and its control.

    Attributes:
        name: as in the table.
        steps: what is done between cutting out and bringing to size.
        hidden: the same for the control, in which the animal is painted over.
    """

    name: str
    steps: tuple[Step, ...]
    hidden: tuple[Step, ...]


def _hidden(found: Mapping[str, object]) -> tuple[Step, ...]:
    return ("background", {**found, "tighten": False}), ("paint", {"hide": "animal"})


def _finders(networks: Sequence[str]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {"centre prior": {"method": "centre"}, "GrabCut": {}}
    for name in networks:
        found[f"network {name}"] = {"method": "model", "network": DEEPLAB}
    return found


def local_ways(networks: Sequence[str]) -> Iterator[Way]:
    """Yield the ways that keypoints can be kept off the background."""
    finders = _finders(networks)
    yield Way("no mask", (), _hidden(finders["GrabCut"]))
    for name, found in finders.items():
        yield Way(f"mask: {name}", (("background", found),), _hidden(found))


def deep_ways(networks: Sequence[str]) -> Iterator[Way]:
    """Yield the ways that a network can be kept from the background."""
    finders = _finders(networks)
    yield Way("no mask", (), _hidden(finders["GrabCut"]))
    for name, found in list(finders.items())[1:]:
        hidden = _hidden(found)
        yield Way(f"cut to the animal: {name}", (("background", found),), hidden)
        loose = ("background", {**found, "tighten": False})
        for fill in ("mean", "grey", "blur") if name == "GrabCut" else ("mean",):
            step: Step = ("paint", {"hide": "background", "fill": fill})
            yield Way(f"painted ({fill}): {name}", (loose, step), hidden)


def strict() -> Way:
    """Return the control that hides the whole middle of the box, whatever was found."""
    hidden = _hidden({"method": "centre"})
    return Way("only what lies outside the ellipse in the box", hidden, hidden)


def _asks(steps: Sequence[Step]) -> bool:
    return any(options.get("method") == "model" for _, options in steps)


@dataclass(frozen=True)
class Local:
    """The local pipeline."""

    test: Test
    cache: Path
    network: Path | None

    def alike(self, steps: Sequence[Step]) -> Scores:
        """Return similarities (q, g) of photos prepared with these steps."""
        whole = (("crop", {}), *steps, ("resize", {}), ("equalise", {}))
        recipe = Recipe(whole, {}, network=self.network if _asks(whole) else None)
        made = make(self.test.photos, recipe, self.cache, 1)
        return of_index(self.test, LNBNN.build(LNBNN.options(), Context()).index(), made)


@dataclass(frozen=True)
class Deep:
    """A network, with the preparation that it was trained with."""

    test: Test
    cache: Path
    network: Path | None
    weights: Path

    def alike(self, steps: Sequence[Step]) -> Scores:
        """Return similarities (q, g) of photos prepared with these steps."""
        return cosine(self.test, self._vectors(self._recipe(steps)))

    def _recipe(self, steps: Sequence[Step]) -> Recipe:
        trained = read_config(self.weights)["record"].get("preprocess", [{"use": "crop"}])
        own = [(step["use"], step.get("options", {})) for step in trained]
        first = [step for step in own if step[0] == "crop"]
        rest = [step for step in own if step[0] != "crop"]
        whole = (*first, *steps, *rest)
        return Recipe(whole, {}, network=self.network if _asks(whole) else None)

    def _vectors(self, recipe: Recipe) -> Rows:
        parts = [recipe.fingerprint, sha256(self.weights), *(p.name for p in self.test.photos)]
        key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        path = self.cache / "vectors" / f"{key}.npy"
        if not path.exists():
            made = self._embedded(recipe)
            with replacing(path, sync=False) as file:
                np.save(file, made)
        return np.asarray(np.load(path), np.float32)

    def _embedded(self, recipe: Recipe) -> Rows:
        embedder, rows = self._embedder(), []
        photos = self.test.photos
        for start in range(0, len(photos), 64):
            few = photos[start : start + 64]
            chips = [prepared(photo, sha256(photo.path), recipe, self.cache) for photo in few]
            rows += [made.values for made in embedder.embed(chips) if isinstance(made, Vector)]
        matrix = np.stack(rows)
        return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), np.float32)

    def _embedder(self) -> Embedder:
        name = read_config(self.weights)["record"].get("component", "timm")
        context = Context(device="cpu", weights=lambda: self.weights)
        return Plugins.installed().build(Role.EMBEDDER, name, {}, context)


Alike: TypeAlias = Callable[[Sequence[Step]], Scores]


def table(test: Test, name: str, ways: Iterator[Way], alike: Alike) -> Iterator[str]:
    """Yield rows: each way, and beside it its control."""
    known: dict[str, Score] = {}

    def scored(steps: Sequence[Step]) -> Score:
        key = json.dumps(steps)
        if key not in known:
            known[key] = score(test, alike(steps))
        return known[key]

    for way in ways:
        shown, control = scored(way.steps), scored(way.hidden)
        cells = [name, way.name, _cell(shown), f"{shown.mean('top-5'):.1%}", _cell(control)]
        yield f"| {' | '.join(cells)} |"
    only = scored(strict().steps)
    yield f"| {name} | {strict().name} | – | – | {_cell(only)} |"


def _cell(found: Score) -> str:
    low, high = found.interval("top-1")
    return f"{found.mean('top-1'):.1%} ({low:.1%}–{high:.1%})"


def heading(test: Test) -> Iterator[str]:
    """Yield what was asked, what guessing reaches, and the head of the table."""
    asks, owns = test.owners()
    usable = (asks[:, None] == owns) & ~test.barred
    answered = usable.any(axis=1)
    count = len(set(asks[answered].tolist()))
    yield (
        f"{int(answered.sum())} queries of {count} individuals that can be answered,"
        f" {len(owns)} photos, {len(set(owns.tolist()))} individuals."
    )
    right, most = usable.sum(axis=1), []
    for mine, barred in zip(asks[answered], test.barred[answered], strict=True):
        names, counts = np.unique(owns[~barred], return_counts=True)
        most.append(names[counts.argmax()] == mine)
    photo = float((right / (~test.barred).sum(axis=1))[answered].mean())
    yield (
        f"Guessing: a photo at random {photo:.1%}; always the individual with most photos"
        f" {np.mean(most):.1%}."
    )
    yield ""
    yield "| pipeline | what is done | top-1 (95 %) | top-5 | control: animal hidden (95 %) |"
    yield "|---|---|---|---|---|"


def rows(test: Test, options: argparse.Namespace) -> Iterator[str]:
    """Yield the rows of all pipelines."""
    named = dict(text.split("=", 1) for text in options.network)
    network = Path(next(iter(named.values()))) if named else None
    if options.local:
        one = Local(test, options.cache, network)
        yield from table(test, "local", local_ways(list(named)), one.alike)
    for text in options.weights:
        name, _, path = text.partition("=")
        other = Deep(test, options.cache, network, Path(path))
        yield from table(test, name, deep_ways(list(named)), other.alike)


def main() -> None:
    """Read the command line, measure, print."""
    options = _parser().parse_args()
    photos = [p for p in read(options.data, "clip") if options.part in ("all", p.part)]
    test = Test.among(_sampled(photos, options.individuals, options.seed))
    lines = []
    for line in chain(heading(test), rows(test, options)):
        lines.append(line)
        say(line)
        if options.report:
            write_report(options.report, "benchmarks.background", lines)


def _sampled(photos: Sequence[Photo], individuals: int | None, seed: int) -> list[Photo]:
    people = sorted({photo.identity for photo in photos})
    if individuals is None or individuals >= len(people):
        return list(photos)
    drawn = set(random.Random(seed).sample(people, individuals))
    return [replace(photo) for photo in photos if photo.identity in drawn]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure masks, and the background alone.")
    parser.add_argument("data", type=Path, help="folder with metadata.csv")
    parser.add_argument("--part", choices=("all", "train", "val"), default="all")
    parser.add_argument("--individuals", type=int, help="draw so many of them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--local", action="store_true", help="the local pipeline")
    parser.add_argument("--weights", action="append", default=[], help="NAME=FILE, repeatable")
    parser.add_argument("--network", action="append", default=[], help="NAME=DeepLab in ONNX, once")
    parser.add_argument("--report", type=Path, help="markdown file to write")
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    return parser


if __name__ == "__main__":
    main()
