"""The page that shows what a training reached: one HTML file that opens offline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape

from fieldmark.files import write_text
from fieldmark.types import Floats
from fieldmark_deep.devices import in_words
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.storage import load
from fieldmark_deep.training import report_classes, report_curves, report_retrieval
from fieldmark_deep.training.checkpoints import Progress
from fieldmark_deep.training.course import Course
from fieldmark_deep.training.report_classes import Mistake
from fieldmark_deep.training.report_pictures import Pictures
from fieldmark_deep.training.report_retrieval import Errors, Example, Measured
from fieldmark_deep.training.validation import Place, embed

REPORT = "report.html"


@dataclass(frozen=True)
class Section:
    """One holdout as the template shows it; either searched or classified.

    Attributes:
        classes: the columns of `confusion`.
    """

    measured: Measured
    examples: Sequence[Example] = ()
    errors: Sequence[Errors] = ()
    classes: Sequence[str] = ()
    confusion: Sequence[tuple[str, list[int]]] = ()
    mistakes: Sequence[Mistake] = ()


def write_report(course: Course, weights: Path, progress: Progress) -> Path | None:
    """Write `report.html` into the folder of a training.

    Args:
        course: the training.
        weights: its best weights, which are measured again.
        progress: its history.

    Returns:
        The page.

    Raises:
        UserError: if the weights cannot be read.
    """
    classifier = course.settings.loss.kind == "cross-entropy"
    kinds = (report_classes if classifier else report_retrieval).CURVES
    best = progress.best.get("epoch", -1.0) if course.holdouts else -1.0
    drawn = {place.name: kinds for place in course.holdouts}
    page = _environment().get_template("report.html.j2")
    path = course.context.folder / REPORT
    text = page.render(
        facts=list(_facts(course, progress)),
        title=_title(course),
        classifier=classifier,
        sections=_sections(course, weights),
        charts=list(report_curves.charts(progress.history, drawn, best)),
        best=int(best),
        size=(report_curves.WIDTH, report_curves.HEIGHT),
        frame=(report_curves.LEFT, report_curves.RIGHT, report_curves.TOP, report_curves.BOTTOM),
        columns=list(dict.fromkeys(name for row in progress.history for name in row)),
        history=progress.history,
        failed=[(str(course.chips.samples[n].photo), w) for n, w in course.chips.failed.items()],
        listed=report_retrieval.ROWS,
    )
    write_text(path, text)
    return path


def _title(course: Course) -> str:
    component = course.context.record.get("component", "network")
    return f"{component}: {', '.join(_species(course))}"


def _species(course: Course) -> list[str]:
    return sorted({course.chips.samples[p].species for p in course.train})


def _facts(course: Course, progress: Progress) -> Iterator[tuple[str, str]]:
    network = course.settings.network
    trained = [course.chips.samples[p] for p in course.train]
    seconds = sum(row.get("seconds", 0.0) for row in progress.history)
    epochs = sum(row["epoch"] > 0 for row in progress.history)
    yield "species", ", ".join(_species(course))
    yield (
        "learnt from",
        (f"{len(trained)} photos of {len({s.individual for s in trained})} individuals"),
    )
    yield (
        "network",
        f"{network.backbone}, {network.width}×{network.height} pixels, {_outputs(course)}",
    )
    yield "trained with", f"the {course.settings.loss.kind} loss, seed {course.settings.seed}"
    if "epoch" in progress.best and course.holdouts:
        yield "best epoch", f"{progress.best['epoch']:.0f} of {epochs}"
    yield "time", f"{in_time(seconds)} for {epochs} epochs"
    yield "device", in_words(course.device, course.precision)


def _outputs(course: Course) -> str:
    size = course.settings.network.embedding_size
    what = "classes" if course.settings.loss.kind == "cross-entropy" else "numbers for each photo"
    return f"{size} {what}" if size is not None else "the backbone's own outputs"


def in_time(seconds: float) -> str:
    """Return a duration as people say it."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"


def _sections(course: Course, weights: Path) -> list[Section]:
    """Return a section for each holdout; measures the best weights once for all of them."""
    if not course.holdouts:
        return []
    network, _ = load(weights)
    made = _made(course, network)
    pictures = Pictures(course.chips)
    if course.settings.loss.kind == "cross-entropy":
        return [_classified(course, place, made, pictures) for place in course.holdouts]
    return [_searched(course, place, made, pictures) for place in course.holdouts]


def _made(course: Course, network: EmbeddingNetwork) -> dict[int, Floats]:
    wanted = sorted({p for place in course.holdouts for p in (*place.queries, *place.gallery)})
    rows = embed(network, course.chips, wanted, course.device, course.precision)
    return dict(zip(wanted, rows, strict=True))


def _searched(course: Course, place: Place, made: dict[int, Floats], pictures: Pictures) -> Section:
    searched = report_retrieval.search(place, made, course.chips)
    return Section(
        report_retrieval.measured(searched),
        report_retrieval.examples(searched, pictures, course.settings.seed),
        report_retrieval.errors(searched),
    )


def _classified(
    course: Course, place: Place, made: dict[int, Floats], pictures: Pictures
) -> Section:
    judged = report_classes.judge(
        place, made, course.chips, course.labels.names, course.settings.label
    )
    return Section(
        report_classes.measured(judged),
        classes=judged.names,
        confusion=report_classes.confusion(judged),
        mistakes=report_classes.mistakes(judged, course.chips, pictures),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fieldmark_deep.training"),
        autoescape=select_autoescape(["html.j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda value: f"{value:.4g}"
    return environment
