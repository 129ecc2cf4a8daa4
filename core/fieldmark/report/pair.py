"""One pair of sightings side by side, with what was found alike, as one picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

from fieldmark.decide.background import within
from fieldmark.report.crops import Crop, crop
from fieldmark.report.heat import legend, over
from fieldmark.report.matches import strongest
from fieldmark.report.view import Sighting, gap_between, whereabouts
from fieldmark.types import Explanation, Heat

WIDTH, HEIGHT, CAPTION, GAP = 760, 620, 84, 12
TEXT_SIZE = 17
LINES = 80
LEGEND = 160, 12
"""Width and height of the colours' legend."""
_LINE = TEXT_SIZE + 7
_LEAST = 560
"""Width below which the sentences would be cut into too many lines."""
_WARNING = "#a02000"


@dataclass(frozen=True)
class Shown:
    """What one pipeline finds alike in a pair.

    Attributes:
        explanation: matched points.
        heats: a map of each of the two photos; None where the pipeline has none.
        sentences: said under the photos.
        warnings: said after them, in red.
    """

    explanation: Explanation = field(default_factory=Explanation)
    heats: tuple[Heat, Heat] | None = None
    sentences: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def draw_pair(one: Sighting, other: Sighting, explanation: Explanation) -> Image.Image:
    """Return an RGB picture: `one` at the left, `other` at the right, matched points joined.

    Points outside the animals' boxes are not drawn.
    """
    return draw_shown(one, other, Shown(explanation))


def draw_shown(one: Sighting, other: Sighting, shown: Shown) -> Image.Image:
    """Return an RGB picture of a pair with what one pipeline finds alike, and what is said of it.

    Matched points are joined, maps are laid over the photos; neither outside the animals' boxes.
    """
    left, right = _pictures(one, other, shown.heats)
    shift = left.picture.width + GAP
    height = max(left.picture.height, right.picture.height)
    width = max(shift + right.picture.width, _LEAST)
    said = [*_wrapped(shown.sentences, width, "black"), *_wrapped(shown.warnings, width, _WARNING)]
    bar = _LINE if shown.heats else 0
    canvas = Image.new("RGB", (width, height + CAPTION + bar + _LINE * len(said)), "white")
    canvas.paste(left.picture, (0, 0))
    canvas.paste(right.picture, (shift, 0))
    draw = ImageDraw.Draw(canvas)
    _draw_matches(draw, left, right, shift, within(shown.explanation, one.box, other.box))
    captions = _caption(one), f"{_caption(other)}\n{gap_between(one, other)}"
    font = ImageFont.load_default(TEXT_SIZE)
    for x, caption in zip((4, shift + 4), captions, strict=True):
        draw.multiline_text((x, height + 6), caption, "black", font, spacing=4)
    if bar:
        _draw_legend(canvas, draw, height + CAPTION)
    for line, (text, colour) in enumerate(said):
        draw.text((4, height + CAPTION + bar + line * _LINE), text, colour, font)
    return canvas


def titled(picture: Image.Image, title: str) -> Image.Image:
    """Return a picture under a line of text."""
    canvas = Image.new("RGB", (picture.width, picture.height + _LINE), "white")
    canvas.paste(picture, (0, _LINE))
    font = ImageFont.load_default(TEXT_SIZE)
    ImageDraw.Draw(canvas).text((4, 0), title, "black", font)
    return canvas


def stacked(pictures: Sequence[Image.Image]) -> Image.Image:
    """Return pictures one under another, on white."""
    width = max(each.width for each in pictures)
    height = sum(each.height for each in pictures) + GAP * (len(pictures) - 1)
    canvas, top = Image.new("RGB", (width, height), "white"), 0
    for each in pictures:
        canvas.paste(each, (0, top))
        top += each.height + GAP
    return canvas


def _pictures(one: Sighting, other: Sighting, heats: tuple[Heat, Heat] | None) -> tuple[Crop, Crop]:
    left, right = crop(one, WIDTH, HEIGHT), crop(other, WIDTH, HEIGHT)
    if heats is None:
        return left, right
    return (
        Crop(over(left.picture, left.region, heats[0], one.box), left.region),
        Crop(over(right.picture, right.region, heats[1], other.box), right.region),
    )


def _wrapped(sentences: Sequence[str], width: int, colour: str) -> list[tuple[str, str]]:
    """Return the sentences as lines that fit the width, each with its colour."""
    font = ImageFont.load_default(TEXT_SIZE)
    lines: list[str] = []
    for sentence in sentences:
        line = ""
        for word in sentence.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width - 8:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return [(line, colour) for line in lines]


def _draw_legend(canvas: Image.Image, draw: ImageDraw.ImageDraw, top: int) -> None:
    font = ImageFont.load_default(TEXT_SIZE)
    before, after = "nothing", "what makes the two alike most"
    start = 4 + round(font.getlength(before)) + 8
    draw.text((4, top), before, "black", font)
    canvas.paste(legend(*LEGEND), (start, top + 5))
    draw.text((start + LEGEND[0] + 8, top), after, "black", font)


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
