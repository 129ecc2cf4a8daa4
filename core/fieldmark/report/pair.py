"""One pair of sightings side by side, with what the matcher found alike, as one picture."""

from PIL import Image, ImageDraw, ImageFont

from fieldmark.report.crops import Crop, crop
from fieldmark.report.matches import strongest
from fieldmark.report.view import Sighting, gap_between, whereabouts
from fieldmark.types import Explanation

WIDTH, HEIGHT, CAPTION, GAP = 760, 620, 84, 12
TEXT_SIZE = 17
LINES = 80


def draw_pair(one: Sighting, other: Sighting, explanation: Explanation) -> Image.Image:
    """Return an RGB picture: `one` at the left, `other` at the right, matched points joined."""
    left, right = crop(one, WIDTH, HEIGHT), crop(other, WIDTH, HEIGHT)
    shift = left.picture.width + GAP
    height = max(left.picture.height, right.picture.height) + CAPTION
    canvas = Image.new("RGB", (shift + right.picture.width, height), "white")
    canvas.paste(left.picture, (0, 0))
    canvas.paste(right.picture, (shift, 0))
    draw = ImageDraw.Draw(canvas)
    _draw_matches(draw, left, right, shift, explanation)
    font = ImageFont.load_default(TEXT_SIZE)
    captions = _caption(one), f"{_caption(other)}\n{gap_between(one, other)}"
    for x, caption in zip((4, shift + 4), captions, strict=True):
        draw.multiline_text((x, height - CAPTION + 6), caption, "black", font, spacing=4)
    return canvas


def _draw_matches(
    draw: ImageDraw.ImageDraw, left: Crop, right: Crop, shift: int, explanation: Explanation
) -> None:
    # The strongest are drawn last, on top.
    for pair in reversed(list(strongest(explanation, left, right, LINES))):
        end = pair.end[0] + shift, pair.end[1]
        draw.line((*pair.start, *end), fill=pair.colour, width=1)
        for x, y in (pair.start, end):
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), outline=pair.colour, width=2)


def _caption(sighting: Sighting) -> str:
    return f"{sighting.individual or 'unnamed'}: {sighting.name}\n{whereabouts(sighting)}"
