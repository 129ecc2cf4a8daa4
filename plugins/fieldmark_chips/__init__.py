"""Preparing chips: cutting out, size, light, background, quality; every pipeline may use them."""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Context, Preprocessor
from fieldmark.hookspecs import hookimpl
from fieldmark_chips.settings import (
    BackgroundOptions,
    CropOptions,
    EqualiseOptions,
    PaintOptions,
    QualityOptions,
    ResizeOptions,
)


def _crop(options: CropOptions, context: Context) -> Preprocessor:  # noqa: ARG001
    from fieldmark_chips.chips import Crop

    return Crop(options.margin)


def _resize(options: ResizeOptions, context: Context) -> Preprocessor:  # noqa: ARG001
    from fieldmark_chips.chips import Resize

    if options.height is None or options.width is None:
        return Resize(options.long_side, None)
    return Resize(options.long_side, (options.height, options.width))


def _equalise(options: EqualiseOptions, context: Context) -> Preprocessor:  # noqa: ARG001
    from fieldmark_chips.light import Equalise

    return Equalise(options.clip, options.tiles)


def _background(options: BackgroundOptions, context: Context) -> Preprocessor:
    import cv2

    from fieldmark_chips.background import Background
    from fieldmark_chips.finders import finder

    # The core runs one worker for each processor core; threads inside would only compete.
    cv2.setNumThreads(1)
    return Background(finder(options, context), tighten=options.tighten, margin=options.margin)


def _paint(options: PaintOptions, context: Context) -> Preprocessor:  # noqa: ARG001
    from fieldmark_chips.paint import Paint

    return Paint(options)


def _quality(options: QualityOptions, context: Context) -> Preprocessor:  # noqa: ARG001
    from fieldmark_chips.quality import Gate

    return Gate(options.floor)


CROP = Component("crop", "Cuts out the animal, with a margin", CropOptions, _crop)
RESIZE = Component("resize", "Brings all chips to one size", ResizeOptions, _resize)
EQUALISE = Component("equalise", "Evens out light and shade (CLAHE)", EqualiseOptions, _equalise)
BACKGROUND = Component(
    "background",
    "Weighs pixels by how surely they show the animal",
    BackgroundOptions,
    _background,
    extra="fieldmark[onnx]",
)
PAINT = Component("paint", "Paints over the background, or over the animal", PaintOptions, _paint)
QUALITY = Component("quality", "Sets photos of low quality aside", QualityOptions, _quality)


@hookimpl
def fieldmark_preprocessors() -> Iterator[Component[Any, Preprocessor]]:
    """Offer the steps between the photo and the embedder."""
    yield CROP
    yield RESIZE
    yield EQUALISE
    yield BACKGROUND
    yield PAINT
    yield QUALITY
