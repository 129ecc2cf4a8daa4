"""Plants between the camera and the animal."""

import numpy as np
from PIL import Image, ImageFilter

from fieldmark.synthetic.canvas import Canvas
from fieldmark.synthetic.habitats import Habitat
from fieldmark.synthetic.noise import FloatArray, Stream, generator
from fieldmark.synthetic.plants import draw_grass, draw_twig

_TWIG_SHARE = 0.3
"""Share of the photos in which a twig hangs before the lens."""
TWIG_NEARNESS = 0.95


def draw_foreground(
    habitat: Habitat, seed: int, size: tuple[int, int], feet_row: float, scale: float
) -> FloatArray:
    """Draw grass before an animal whose feet are at that row.

    Returns:
        (h, w, 4) float32 in 0..1, colours multiplied by their opacity.
    """
    rng = generator(Stream.FOREGROUND, seed)
    canvas = Canvas(size)
    width, height = size
    tall = habitat.sward * height
    for count, first, spread, lowest in (
        (150, 0.0, 0.03 * scale, 0.5),
        (20 + habitat.blades // 11, 0.03 * scale, 0.16 * height, 1.0),
    ):
        rows = np.sort(feet_row + first + np.abs(rng.normal(0.0, spread, count)))
        tufts = rng.uniform(0.0, width, count // 6 + 1)
        columns = rng.choice(tufts, count) + rng.normal(0.0, 0.012 * width, count)
        roots = np.stack([columns, rows], axis=1).astype(np.float32)
        heights = (lowest * tall * rng.uniform(0.4, 1.2, count) * rows / height).astype(np.float32)
        draw_grass(canvas, rng, roots, heights, habitat.grass, nearness=1.0)
    return canvas.picture()


def draw_lens_twig(habitat: Habitat, seed: int, size: tuple[int, int]) -> FloatArray | None:
    """Draw a twig out of focus before the lens, as ``draw_foreground``; most photos have none."""
    rng = generator(Stream.FOREGROUND, seed, 1)
    if rng.random() > _TWIG_SHARE:
        return None
    width, height = size
    leaf = float(rng.uniform(0.014, 0.028)) * width
    start = (float(rng.choice([-0.02, 1.02])) * width, float(rng.uniform(-0.05, 0.9)) * height)
    inward = float(rng.uniform(0.15, 0.4)) * width * (1.0 if start[0] < 0 else -1.0)
    end = (start[0] + inward, start[1] + float(rng.uniform(-0.25, 0.25)) * height)
    canvas = Canvas(size)
    draw_twig(canvas, rng, start, end, habitat.leaf, leaf)
    image = Image.fromarray((canvas.picture() * 255 + 0.5).astype(np.uint8))
    soft = image.filter(ImageFilter.GaussianBlur(leaf * 0.12))
    return np.asarray(soft, dtype=np.float32) / np.float32(255)
