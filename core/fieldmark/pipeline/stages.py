"""A recipe's components, built; and what one annotation goes through."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from fieldmark.components import Context, Embedder, Matcher, Preprocessor, Role
from fieldmark.images import open_photo
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


@dataclass(frozen=True)
class Stages:
    """The built components that turn annotations into features."""

    preprocess: tuple[Preprocessor, ...]
    embed: Embedder

    def prepare(self, subject: Subject) -> Chip | SetAside:
        """Open the photo and run the preprocessors over the annotation's chip.

        Raises:
            PhotoError: if the photo cannot be opened.
        """
        chip: Chip | SetAside = cut(subject)
        for preprocessor in self.preprocess:
            if isinstance(chip, SetAside):
                break
            chip = preprocessor.apply(chip)
        return chip

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
    built = [
        plugins.build(Role.PREPROCESSOR, step.name, options(step), context(step, weights, cache))
        for step in recipe.preprocess
    ]
    step = recipe.embed
    embedder = plugins.build(Role.EMBEDDER, step.name, options(step), context(step, weights, cache))
    return Stages(tuple(built), embedder)


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
        return Context(cache=cache)
    return Context(cache=cache, weights=partial(weights, step.weights))


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
