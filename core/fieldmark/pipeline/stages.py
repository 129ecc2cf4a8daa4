"""A recipe's components, built; and what one annotation goes through."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TypeAlias

import numpy as np
from PIL import Image

from fieldmark.components import Context, Embedder, Matcher, Preprocessor, Role
from fieldmark.images import open_photo
from fieldmark.jobs import Failed, failed
from fieldmark.pipeline.recipe import Recipe, ResolveWeights, Step
from fieldmark.plugins import Plugins
from fieldmark.types import Box, Chip, Features, Mask, SetAside, Side


@dataclass(frozen=True)
class Subject:
    """What the pipeline needs to know of one annotation.

    Attributes:
        photo: the image file.
        mask: a grey picture of the photo's shape, white on the animal; or None.
    """

    photo: Path
    box: Box
    side: Side
    mask: Path | None = None


Chain: TypeAlias = tuple[Preprocessor, ...]
"""Preprocessors, built, in the order in which they run."""
Prepared: TypeAlias = Chip | SetAside | Failed
"""What became of an annotation's chip."""


@dataclass(frozen=True)
class Stages:
    """The built components that turn annotations into features."""

    preprocess: Chain
    embed: Embedder

    def prepare(self, subject: Subject) -> Chip | SetAside:
        """Open the photo and run the preprocessors; raises as `prepare`."""
        return prepare(subject, self.preprocess)

    def features(self, subjects: Sequence[Subject]) -> list[Features | SetAside]:
        """Return what each annotation gives, in order."""
        prepared = [self.prepare(subject) for subject in subjects]
        chips = [chip for chip in prepared if isinstance(chip, Chip)]
        made = iter(self.embed.embed(chips) if chips else ())
        return [next(made) if isinstance(chip, Chip) else chip for chip in prepared]


def build_stages(recipe: Recipe, plugins: Plugins, weights: ResolveWeights, cache: Path) -> Stages:
    """Build the preprocessors and the embedder of a recipe.

    Raises:
        PluginError: if a component or a library it needs is missing.
        UserError: if weights are missing or damaged.
    """
    chain = tuple(preprocessor(step, plugins, weights, cache) for step in recipe.preprocess)
    step = recipe.embed
    embedder = plugins.build(Role.EMBEDDER, step.name, options(step), context(step, weights, cache))
    return Stages(chain, embedder)


def chains(
    first: Chain,
    steps: Sequence[Step],
    plugins: Plugins,
    weights: ResolveWeights,
    cache: Path,
    count: int,
) -> list[Chain]:
    """Return chains of preprocessors for several threads, made from one that is built.

    Nothing obliges a component to be safe in threads, so each thread has copies of its own; of
    what may not be copied (`parallel` is false: a network on a graphics card) all share one, in
    turn.

    Raises:
        PluginError, UserError: as `build_stages`.
    """
    shared = [InTurn(built) for built in first]
    return [
        tuple(
            preprocessor(step, plugins, weights, cache) if step.parallel else one
            for step, one in zip(steps, shared, strict=True)
        )
        for _ in range(count)
    ]


class Benches:
    """Chains of preprocessors, one for each thread that prepares chips."""

    def __init__(self, copies: Iterable[Chain]) -> None:
        self._free: SimpleQueue[Chain] = SimpleQueue()
        for chain in copies:
            self._free.put(chain)

    def prepare(self, subject: Subject) -> Prepared:
        """Return an annotation's chip, or why there is none; no two threads use one chain."""
        chain = self._free.get()
        try:
            return prepare(subject, chain)
        except Exception as problem:  # noqa: BLE001 - one bad photo must not stop the others
            return failed(problem)
        finally:
            self._free.put(chain)


def size_of(chip: Prepared) -> int:
    """Return how many bytes a prepared chip takes."""
    if not isinstance(chip, Chip):
        return 0
    return chip.pixels.nbytes + (0 if chip.mask is None else chip.mask.nbytes)


class InTurn:
    """A preprocessor that several threads use, one at a time."""

    def __init__(self, preprocessor: Preprocessor) -> None:
        self._preprocessor = preprocessor
        self._lock = Lock()

    def apply(self, chip: Chip) -> Chip | SetAside:
        """Return what the preprocessor makes of the chip."""
        with self._lock:
            return self._preprocessor.apply(chip)


def preprocessor(
    step: Step, plugins: Plugins, weights: ResolveWeights, cache: Path
) -> Preprocessor:
    """Build one preprocessor; raises as `build_stages`."""
    made = context(step, weights, cache)
    return plugins.build(Role.PREPROCESSOR, step.name, options(step), made)


def build_matcher(
    recipe: Recipe, plugins: Plugins, weights: ResolveWeights, cache: Path
) -> Matcher:
    """Build the matcher of a recipe; raises as `build_stages`."""
    step = recipe.match
    return plugins.build(Role.MATCHER, step.name, options(step), context(step, weights, cache))


def options(step: Step) -> dict[str, object]:
    """Return a step's options as the plugin catalogue takes them."""
    return step.options.model_dump()


def context(step: Step, weights: ResolveWeights, cache: Path) -> Context:
    """Return what the component of a step is built with."""
    if step.weights is None:
        return Context("auto", cache=cache)
    find = partial(weights, step.weights, as_is=step.opens_pickles)
    return Context("auto", cache=cache, weights=find)


def prepare(subject: Subject, chain: Chain) -> Chip | SetAside:
    """Open a photo and run preprocessors over the annotation's chip.

    Raises:
        PhotoError: if the photo cannot be opened.
    """
    chip: Chip | SetAside = cut(subject)
    for preprocessor in chain:
        if isinstance(chip, SetAside):
            break
        chip = preprocessor.apply(chip)
    return chip


def cut(subject: Subject) -> Chip:
    """Return the whole photo as a chip that knows where the animal is.

    Raises:
        PhotoError: if the photo cannot be opened.
    """
    pixels = open_photo(subject.photo)
    mask = None if subject.mask is None else _mask(subject.mask, pixels.shape[:2])
    return Chip(pixels, animal=subject.box, side=subject.side, mask=mask)


def _mask(path: Path, size: tuple[int, ...]) -> Mask:
    grey = Image.fromarray(open_photo(path)[:, :, 0])
    fitted = grey.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(fitted, np.float32) / np.float32(255)
