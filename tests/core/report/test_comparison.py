"""The report of a comparison is whole, safe to open, and readable without seeing colours."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fieldmark.evaluate.results import Cell, Comparison, Curve, Estimate, Example, Shown, SizeStudy
from fieldmark.jobs import silent
from fieldmark.report.comparison import write_comparison
from fieldmark.report.comparison.blocks import INDIVIDUALS, better, blocks, warnings
from fieldmark.report.comparison.costs import duration, expenses
from fieldmark.report.comparison.examples import PICTURE_HEIGHT, Pictures, cards
from fieldmark.report.comparison.looks import COLOURS, looks_of
from fieldmark.synthetic import Survey
from support import compared

PIPELINES = "fused", "local", "deep", "random"
HOSTILE = "<script>alert('$1_{2}')</script>\" onload=\"x"
VOID = {"meta", "line", "path", "use", "image", "rect", "circle", "input", "br", "polyline"}


class Page(HTMLParser):
    """A page taken apart; complains of tags that close nothing."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag, and remember that it is open."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag that is empty."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Check that a tag closes the last one that is open."""
        if tag not in VOID:
            assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all tags of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def written(comparison: Comparison, folder: Path) -> str:
    """Return the page of a comparison."""
    write_comparison(comparison, folder / "page.html")
    return (folder / "page.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def whole(survey: Survey) -> Comparison:
    """Return a comparison with every part, over two protocols."""
    protocols = compared.PROTOCOLS[:1]
    return compared.comparison(survey.photos, pipelines=PIPELINES, protocols=protocols)


@pytest.fixture(scope="module")
def text(whole: Comparison, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return its page."""
    return written(whole, tmp_path_factory.mktemp("report"))


def test_the_page_needs_nothing_from_outside(text: str) -> None:
    """No address, script or style is fetched, so it opens offline and tells nobody."""
    assert not re.findall(r"https?:|<script|<link|@import|<iframe|srcset|src=", text)
    targets = re.findall(r'(?:href="|url\()([^")]*)', text)
    assert targets
    assert {target[:1] for target in targets if not target.startswith("data:image/")} == {"#"}


def test_equal_results_give_equal_bytes(whole: Comparison, text: str, tmp_path: Path) -> None:
    """Nothing is dated or drawn at random, so two pages can be compared."""
    assert written(whole, tmp_path) == text


def test_the_page_is_well_formed(text: str) -> None:
    """Every tag closes, every id is there once, and every reference finds its id."""
    page = Page(text)
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= set(ids)


def test_the_parts_come_in_the_order_in_which_they_are_read(text: str) -> None:
    """The answer stands first, and what speaks against it second."""
    parts = (
        'id="conclusion"',
        "What speaks against the data",
        "How often the right individual is found",
        "Differences, query by query",
        "(CMC)",
        "What can be decided without a person",
        "Whether the probabilities can be believed",
        "Scores of the same and of different individuals",
        "How much training data it takes",
        "Results for each side",
        "Results for each individual",
        "What it costs",
        "The hardest pairs",
        "Where the evidence of these examples lies",
        "Licences of the models and the data",
        "How it was made",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_everything_that_was_measured_is_there(text: str) -> None:
    """Numbers, intervals, counts, failures, notes, licences and the command can all be read."""
    for wanted in (
        "<p>On Nyala <code>fused</code> is the best pipeline.</p>",
        "62.0 %",
        "55.0–69.0 %",
        "14 pairs of photos are nearly equal.",
        "calibration error 0.030 (0.020–0.040)",
        "fused is better",
        "nothing: no threshold keeps this rate",
        "From 8 photos of each individual on",
        "the file is cut off",
        "The shortlist of 50 was chosen.",
        "3.63 min",
        "611 MiB",
        "on a sample",
        "The right individual comes at place 14",
        "not in the gallery",
        "65.0 % of the evidence lies outside the animal",
        "most of the evidence lies outside the animal: it may recognise the place",
        "CC-BY-NC-4.0",
        "CC-BY-4.0",
        "fieldmark compare --data nyala=photos.csv",
        "splits/Nyala-encounter-disjoint.csv",
        "2 cores, 24 GB",
        "The features were at hand already.",
    ):
        assert wanted.replace(" %", "\N{NO-BREAK SPACE}%") in text or wanted in text, wanted


def test_who_asked_is_counted(text: str) -> None:
    """Answerable, new and incomparable queries stand beside each other."""
    row = '<td>all</td><td class="n">320</td><td class="n">300</td><td class="n">12</td>'
    assert f'{row}<td class="n">8</td>' in text


def test_every_drawing_has_words(text: str) -> None:
    """A chart has a title, a description and its numbers; a decoration is hidden from readers."""
    page = Page(text)
    for attributes in page.of("svg"):
        if attributes.get("aria-hidden") == "true":
            continue
        assert attributes["role"] == "img"
        named = (attributes.get("aria-labelledby") or "").split()
        assert attributes.get("aria-label") or len(named) == 2
        assert all(f'id="{name}"' in text for name in named)
    charts = text.count('<figure class="chart')
    assert charts == text.count("<summary>The numbers</summary>") == 3 + 4 + 1 + 1


def test_tables_can_be_read_aloud_and_scrolled_by_key(text: str) -> None:
    """Heads have a scope, and what scrolls has a name and can be reached by keyboard."""
    page = Page(text)
    assert all("scope" in attributes for attributes in page.of("th"))
    wide = [each for each in page.of("div") if each.get("class") == "scroll"]
    named = [each for each in wide if each.get("tabindex") == "0" and each.get("aria-label")]
    assert len(wide) - len(named) <= 1  # the list of failures has two columns and no head


def test_each_photo_is_embedded_once(survey: Survey, text: str) -> None:
    """However many examples show a photo, its picture is there once."""
    pictures = re.findall(r'<image id="picture-\d+" href="(data:image/jpeg;base64,[^"]+)"', text)
    assert 0 < len(pictures) <= len(survey.photos)
    assert len(pictures) == len(set(pictures)) == text.count("data:image/jpeg")


def test_what_was_found_alike_is_drawn(text: str) -> None:
    """Local pipelines show joined points, networks show maps laid over the animal."""
    joined = re.findall(r'<g class="lines"><line', text)
    assert len(joined) == 6
    assert text.count('<image class="heat"') == 2 * 6


@pytest.mark.parametrize("number", [2, 12])
def test_pipelines_differ_in_more_than_colour(number: int) -> None:
    """No two of eight pipelines share dashes and marker; controls are grey."""
    looks = looks_of([f"p{n}" for n in range(number)], ["random"])
    shapes = {(look.dashes, look.marker) for look in looks.values()}
    assert len(shapes) == number + 1
    assert looks["random"].colour not in COLOURS


def test_names_cannot_become_markup(survey: Survey, tmp_path: Path) -> None:
    """A name with angle brackets, quotes or dollars is shown, not executed and not typeset."""
    study = SizeStudy(
        data=HOSTILE,
        protocol=HOSTILE,
        metric="top-1",
        varied="photos",
        curves=(
            Curve(name=HOSTILE, kind="local", points=compared.study("a", "b").curves[0].points),
        ),
        crossing=(HOSTILE,),
    )
    seen = compared.shown(survey.photos, 0, HOSTILE).model_copy(
        update={"shown": HOSTILE, "side": HOSTILE}
    )
    example = compared.example(survey.photos, 0, "deep").model_copy(
        update={"query": seen, "proposed": seen, "heat": ('data:text/html,"><script>',) * 2}
    )
    known = compared.comparison(pipelines=("local",)).model_copy(
        update={"sizes": (study,), "command": HOSTILE, "conclusion": (HOSTILE,), "profile": HOSTILE}
    )
    full = known.cells[0].model_copy(
        update={
            "data": HOSTILE,
            "pipeline": HOSTILE,
            "examples": (example,),
            "failed": ((HOSTILE, HOSTILE),),
            "reliability": (),
        }
    )
    page = written(known.model_copy(update={"cells": (full,)}), tmp_path)
    assert "<script" not in page
    assert "data:text/html" not in page
    assert 'onload="x' not in page
    assert Page(page).open == []
    assert "&lt;script&gt;alert(" in page


def test_an_empty_comparison_gives_a_page(tmp_path: Path) -> None:
    """Where nothing was measured the page says so and does not break."""
    nothing = Comparison(
        version="1", command="", machine="", made="", profile="", pipelines=(), data=(), cells=()
    )
    page = written(nothing.model_copy(update={"remarks": tuple("abcdefghi")}), tmp_path)
    assert Page(page).open == []
    assert "3 more remarks" in page
    assert "No conclusion was drawn" in page
    assert "No pipeline uses trained weights." in page


def test_what_is_not_known_breaks_nothing(tmp_path: Path) -> None:
    """Missing intervals, photos, boxes, scores and parts leave gaps and not errors."""
    gone = Shown(
        annotation=1,
        path=str(tmp_path / "gone.jpg"),
        shown="gone.jpg",
        box=(0.5, 0.5, 0.0, 0.9),
        individual="",
        side="",
    )
    lonely = Example(kind="hard", query=gone, proposed=gone, score=float("-inf"), rank=None)
    points = lonely.model_copy(update={"query_xy": ((0.1, 0.2),), "proposed_xy": ((0.3, 0.4),)})
    cells = (
        compared.cell("local", top1=Estimate(value=0.4), examples=(lonely, points)),
        compared.cell("deep"),
        compared.cell("unheard-of", top1=Estimate(value=float("nan"))),
    )
    known = compared.comparison(pipelines=("local", "deep"))
    page = written(known.model_copy(update={"cells": cells, "sizes": (), "data": ()}), tmp_path)
    assert Page(page).open == []
    assert "no interval" in page
    assert "score −inf" in page or "score -inf" in page
    assert "unheard-of" in page


def many(number: int) -> Cell:
    """Return a cell of many individuals."""
    known = compared.cell("local", top1=Estimate(value=0.4))
    return known.model_copy(update={"per_individual": compared.groups(0.5, number)})


def test_a_long_list_of_individuals_is_cut_and_says_so(tmp_path: Path) -> None:
    """The worst are listed; how many are not is said."""
    known = compared.comparison(pipelines=("local",))
    cells = (many(INDIVIDUALS + 940),)
    page = written(known.model_copy(update={"cells": cells, "sizes": ()}), tmp_path)
    assert f"1,000 individuals, the worst first ({INDIVIDUALS} shown)" in page
    assert "940 more are in results.json" in page


def test_the_worst_individuals_come_first() -> None:
    """Whom the pipelines fail on is what a person wants to see."""
    known = compared.comparison(pipelines=("local", "deep"))
    (block,) = blocks(known)
    means = [row.mean for row in block.individuals]
    assert means == sorted(means)
    assert means[0] < means[-1]


def test_many_parts_have_a_list_of_contents(tmp_path: Path) -> None:
    """Every set of data under every protocol can be reached from the top."""
    places = [("Nyala", "encounter-disjoint"), ("Nyala", "closed-set"), ("ATRW", "closed-set")]
    cells = tuple(compared.cell("local", *place, top1=Estimate(value=0.4)) for place in places)
    known = compared.comparison(pipelines=("local",)).model_copy(
        update={"cells": cells, "sizes": (), "data": (), "differences": ()}
    )
    page = written(known, tmp_path)
    contents = page[page.index('<nav id="contents"') : page.index("</nav>")]
    assert re.findall(r'href="#(part-\d)"', contents) == ["part-1", "part-2", "part-3"]
    assert all(f'<article id="part-{n}">' in page for n in (1, 2, 3))


def test_a_warning_stands_once() -> None:
    """What holds under every protocol is said once, with where it holds."""
    known = compared.comparison(pipelines=("local",), protocols=compared.PROTOCOLS)
    (where, sentence), _ = warnings(known)
    assert where == "Nyala (encounter-disjoint, closed-set and open-set)"
    assert sentence == "14 pairs of photos are nearly equal."


def test_pictures_keep_to_the_budget(survey: Survey) -> None:
    """Every pipeline has an example before any has all of them."""
    known = compared.comparison(survey.photos, pipelines=("local", "fused"), examples=6)
    pictures = Pictures()
    drawn = cards(known.cells, pictures, silent, budget=60_000)
    assert [bool(each) for each in drawn] == [True, True]
    assert sum(map(len, drawn)) < 12
    assert all(card.height <= 3 * PICTURE_HEIGHT + 20 for each in drawn for card in each)


def test_examples_without_room_are_counted(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No example disappears without a word."""
    monkeypatch.setattr("fieldmark.report.comparison.page.examples.BUDGET", 1)
    known = compared.comparison(survey.photos, pipelines=("local", "fused"), examples=3)
    bare = {"reliability": (), "histogram": None, "cmc": ()}
    cells = tuple(cell.model_copy(update=bare) for cell in known.cells)
    page = written(known.model_copy(update={"cells": cells, "sizes": ()}), tmp_path)
    assert "local: 1 example; 2 more are in results.json" in page
    assert "fused: 3 examples found no room here" in page


@pytest.mark.parametrize(
    ("metric", "value", "half", "words"),
    [
        ("top-1", 0.1, 0.05, "one is better"),
        ("top-1", -0.1, 0.05, "two is better"),
        ("ECE", 0.1, 0.05, "two is better"),
        ("top-1", 0.1, 0.2, "cannot be told"),
    ],
)
def test_a_difference_is_said_in_words(metric: str, value: float, half: float, words: str) -> None:
    """Which is better depends on the metric, and on whether the interval holds zero."""
    known = compared.comparison(pipelines=("local", "deep")).differences[0]
    estimate = compared.between(value, half)
    update = {"metric": metric, "first": "one", "second": "two", "estimate": estimate}
    assert better(known.model_copy(update=update)) == words


def test_a_difference_without_interval_tells_nothing() -> None:
    """Too few individuals are no verdict."""
    known = compared.comparison(pipelines=("local", "deep")).differences[0]
    alone = known.model_copy(update={"estimate": Estimate(value=0.3)})
    assert better(alone) == "too few individuals to tell"


def test_a_thousand_queries_cost_their_features_and_the_search() -> None:
    """The index and the fit are paid for once, and are not counted."""
    found = expenses([compared.comparison(pipelines=("local",)).cells[0]])
    assert found is not None
    assert found.stages == ("features", "index", "search", "fit")
    assert found.rows[0].thousand == duration(1000 * (84.2 / 960 + 41.7 / 320))
    assert expenses([compared.cell("local")]) is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0123, "12.3 ms"), (3.44, "3.44 s"), (312, "5.2 min"), (7200, "2 h")]
)
def test_durations_have_the_largest_fitting_unit(seconds: float, words: str) -> None:
    """A person can plan with it."""
    assert duration(seconds) == words
