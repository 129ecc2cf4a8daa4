"""Drawing with matplotlib, and what has to be changed until an SVG may stand inside a page.

Equal charts have equal bytes: the ids are salted with a constant, nothing is dated, and the
settings of the person's own matplotlib are not used.
"""

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, MILD = "#010203", "#040506"
"""Stand for the page's own colours of text and of lines, which differ between light and dark."""
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "fieldmark",
    "text.parse_math": False,
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MILD,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": MILD,
    "grid.linewidth": 0.4,
    "grid.alpha": 0.5,
    "xtick.color": MILD,
    "ytick.color": MILD,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
}
LEFT, BOTTOM, RIGHT, TOP = 0.52, 0.42, 0.1, 0.1
"""Margins in inches, for ticks of three digits and one line of label."""


@dataclass(frozen=True)
class Table:
    """The numbers of a chart."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """One chart as the page shows it.

    Attributes:
        title: what it shows, a few words.
        text: the same in a sentence or two, for whoever does not see it.
    """

    svg: Markup
    title: str
    text: str
    table: Table


def draw(
    name: str, title: str, text: str, size: tuple[float, float], paint: Callable[[Axes], None]
) -> Markup:
    """Return an SVG element for a page.

    Args:
        name: unique within the page.
        title: what it shows, a few words.
        text: what there is to see, for whoever does not see it.
        size: width and height in inches; text is 9 units high, of which 72 make an inch.
        paint: fills the axes.
    """
    buffer = io.StringIO()
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        # The browser has fonts for names that matplotlib's own cannot write.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size)
        width, height = size
        inside = (width - LEFT - RIGHT) / width, (height - BOTTOM - TOP) / height
        axes = figure.add_axes((LEFT / width, BOTTOM / height, *inside))
        paint(axes)
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return Markup(_inline(buffer.getvalue(), name, title, text))  # noqa: S704 - escaped below


def _inline(svg: str, name: str, title: str, text: str) -> str:
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.S)
    box = re.search(r'viewBox="[^"]*"', body)
    body = body[body.index(">", body.index("<svg")) + 1 :].replace("xlink:href", "href")
    body = _own_ids(body, name)
    body = re.sub(r' (d|x|y|points|transform)="[^"]*"', _rounded, body)
    body = re.sub(r"font: ?([\d.]+px)[^;\"]*|font-family:[^;\"]*;? ?", _font, body)
    body = body.replace(INK, "currentColor").replace(MILD, "var(--mild)")
    body = re.sub(r"\s*\n\s*", "\n", body)
    return (
        f'<svg {box.group() if box else ""} role="img" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(text)}</desc>'
        f"{body}"
    )


def _own_ids(body: str, name: str) -> str:
    """Drop the ids that nothing refers to; make the others unique within the page."""
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", body)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body)


def _rounded(attribute: re.Match[str]) -> str:
    # A hundredth of a unit is less than a pixel shows, and half the size of the file.
    return re.sub(r"(\.\d\d)\d+", r"\1", attribute[0])


def _font(style: re.Match[str]) -> str:
    return f"font-size: {style[1]}" if style[1] else ""
