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


def draw_sward(
    habitat: Habitat, seed: int, size: tuple[int, int], feet_row: float, scale: float
) -> tuple[FloatArray, int]:
    """Draw grass before an animal whose feet are at that row of the photo.

    Returns:
        Colours multiplied by their opacity, (h, w, 4) float32 in 0..1, and the row of the photo at
        which this strip begins; it reaches to the bottom.
    """
    rng = generator(Stream.FOREGROUND, seed)
    width, height = size
    tallest = habitat.sward * height
    top = max(0, int(feet_row - 1.2 * tallest))
    canvas = Canvas((width, height - top))
    few, many = 150, 20 + habitat.blades // 11
    for count, first, spread, tall in (
        (few, 0.0, 0.03 * scale, 0.5 * tallest),
        (many, 0.03 * scale, 0.16 * height, tallest),
    ):
        rows = np.sort(feet_row + first + np.abs(rng.normal(0.0, spread, count)))
        tufts = rng.uniform(0.0, width, count // 6 + 1)
        columns = rng.choice(tufts, count) + rng.normal(0.0, 0.012 * width, count)
        heights = tall * rng.uniform(0.4, 1.2, count) * np.minimum(rows / height, 1.0)
        roots = np.stack([columns, rows - top], axis=1)
        draw_grass(canvas, rng, roots, heights, habitat.grass, nearness=1.0)
    return canvas.picture(), top


def draw_lens_twig(habitat: Habitat, seed: int, size: tuple[int, int]) -> FloatArray | None:
    """Draw a twig out of focus before the lens, as ``draw_sward``; most photos have none."""
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
