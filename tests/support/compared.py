"""A made-up comparison with every part filled in, as large as a test wants it."""

import base64
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from fieldmark.evaluate.controls import BACKGROUND, MAJORITY, MIRRORED, RANDOM
from fieldmark.evaluate.results import (
    Bin,
    Cell,
    Comparison,
    Cost,
    Curve,
    DataUsed,
    Decided,
    Difference,
    Estimate,
    Example,
    Group,
    Histogram,
    ModelUsed,
    PipelineUsed,
    Point,
    Shown,
    SizeStudy,
)

SKILL = {
    "fused": 0.62,
    "local": 0.55,
    "deep": 0.41,
    "zero-shot": 0.33,
    "fused-trees": 0.6,
    "re-ranked": 0.43,
    f"{BACKGROUND}deep": 0.12,
    "random": 0.03,
}
KINDS = {"local": "local", "fused": "fused", "fused-trees": "fused"}
DATA = ("Nyala", "ATRW", "Leopards", "Cattle", "Lions")
PROTOCOLS = ("encounter-disjoint", "closed-set", "open-set")
METRICS = ("top-1", "top-5", "balanced top-1", "MRR", "mAP", "MAP@5", "AUROC new", "CCDR")


def used(name: str) -> PipelineUsed:
    """Return a pipeline, or a control, by its name."""
    control = name in {RANDOM, MAJORITY} or name.startswith((BACKGROUND, MIRRORED))
    kind = "control" if control else KINDS.get(name, "deep")
    card = ModelUsed(
        name="okapi-net", licence="CC-BY-NC-4.0", permissive=False, sentence="Not for sale."
    )
    return PipelineUsed(
        name=name,
        kind=kind,
        summary=f"what {name} does, in one line",
        components=("crop", "embed", "match"),
        fingerprint="f" * 64,
        models=(card,) if kind == "deep" else (),
    )


def estimate(value: float, half: float = 0.07, n: int = 300, individuals: int = 53) -> Estimate:
    """Return a share with an interval `half` to each side, within 0–1."""
    low, high = max(value - half, 0.0), min(value + half, 1.0)
    return Estimate(value=value, low=low, high=high, n=n, individuals=individuals)


def between(value: float, half: float) -> Estimate:
    """Return a difference with an interval."""
    return Estimate(value=value, low=value - half, high=value + half, n=300, individuals=53)


def cell(
    pipeline: str,
    data: str = "Nyala",
    protocol: str = "encounter-disjoint",
    top1: Estimate | None = None,
    **known: object,
) -> Cell:
    """Return the least that a cell needs, with a top-1 where one is given."""
    metrics = {} if top1 is None else {"top-1": top1}
    counts = {"asked": 320, "answerable": 300, "gallery": 640, "individuals": 53}
    parts = {"metrics": metrics, **counts, **known}
    return Cell(data=data, protocol=protocol, pipeline=pipeline, **parts)


def full_cell(
    pipeline: str, data: str, protocol: str, photos: Sequence[Path], examples: int
) -> Cell:
    """Return a cell with every part."""
    skill = SKILL[pipeline] + (0.3 if protocol == "closed-set" else 0.0)
    ranks = np.arange(1, 51)
    values = {name: min(skill * (1.2 if name == "top-5" else 1), 0.99) for name in METRICS}
    metrics = {name: estimate(value) for name, value in values.items()}
    calibrated = used(pipeline).kind != "control"
    if calibrated:
        metrics["ECE"] = estimate(0.03, 0.01, n=5000)
    return cell(
        pipeline,
        data,
        protocol,
        metrics=metrics,
        new=12,
        chance=0.02,
        cmc=tuple(float(x) for x in 1 - (1 - min(skill, 0.99)) * ranks**-0.5),
        histogram=scores(skill),
        reliability=bins() if calibrated else (),
        decided=decisions(skill) if calibrated else (),
        per_individual=groups(skill, 53),
        per_side=(
            Group(name="left", asked=170, top1=estimate(skill)),
            Group(name="right", asked=150, top1=estimate(max(skill - 0.06, 0))),
        ),
        costs=costs(),
        examples=tuple(example(photos, n, pipeline) for n in range(examples)) if photos else (),
        failed=(("cam/BAD.jpg", "the file is cut off"),) if pipeline == "local" else (),
        notes=("The shortlist of 50 was chosen.",) if pipeline == "fused" else (),
    )


def scores(skill: float) -> Histogram:
    """Return two humps that lie further apart the better the pipeline is."""
    edges = np.linspace(0, 1, 31)
    middle = (edges[1:] + edges[:-1]) / 2

    def hump(centre: float, total: int) -> tuple[int, ...]:
        return tuple(int(x) for x in total * np.exp(-(((middle - centre) / 0.14) ** 2)))

    return Histogram(
        edges=tuple(map(float, edges)), same=hump(0.3 + skill / 2, 90), different=hump(0.25, 4000)
    )


def bins() -> tuple[Bin, ...]:
    """Return a calibration that is nearly right."""
    return tuple(
        Bin(said=x, same=min(max(x + 0.03 * math.sin(9 * x), 0), 1), n=int(600 * (1 - x)) + 20)
        for x in (0.01, 0.06, 0.14, 0.27, 0.41, 0.56, 0.7, 0.83, 0.92, 0.98)
    )


def decisions(skill: float) -> tuple[Decided, ...]:
    """Return what is decided at 5 % wrong names, and that nothing is at 1 %."""
    share = estimate(skill * 0.7, 0.06, n=320)
    rate = Estimate(value=0.038, low=0.012, high=0.071, n=200, individuals=50)
    return (
        Decided(kind="false-match", target=0.05, threshold=0.914, decided=share, rate=rate),
        Decided(kind="false-match", target=0.01, threshold=None, decided=estimate(0), rate=None),
        Decided(kind="false-new", target=0.05, threshold=0.62, decided=share, rate=rate),
    )


def groups(skill: float, number: int) -> tuple[Group, ...]:
    """Return individuals, some of whom are found less often than others."""
    return tuple(
        Group(
            name=f"N{n:03d}",
            asked=3 + n % 9,
            top1=Estimate(value=min(max(skill + 0.4 * math.sin(n), 0), 1), n=3 + n % 9),
        )
        for n in range(number)
    )


def costs() -> tuple[Cost, ...]:
    """Return what each stage took."""
    return (
        Cost(stage="features", seconds=84.2, n=960, peak_mib=512, sample=True),
        Cost(stage="index", seconds=3.1, n=640, peak_mib=540),
        Cost(stage="search", seconds=41.7, n=320, peak_mib=611),
        Cost(stage="fit", seconds=0.4, n=5000),
    )


def heat_map() -> str:
    """Return a small map as a data URI: transparent but for a red spot."""
    y, x = np.mgrid[0:32, 0:48]
    spot = np.exp(-((x - 20) ** 2 + (y - 14) ** 2) / 60)
    pixels = np.zeros((32, 48, 4), np.uint8)
    pixels[..., 0], pixels[..., 3] = 255, np.uint8(255 * spot)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def shown(photos: Sequence[Path], n: int, individual: str) -> Shown:
    """Return one of the photos as an example shows it."""
    path = photos[n % len(photos)]
    return Shown(
        annotation=n,
        path=str(path),
        shown=path.name,
        box=(0.15, 0.2, 0.7, 0.65),
        individual=individual,
        side="left" if n % 3 else "unknown",
        encounter="E7",
    )


def example(photos: Sequence[Path], n: int, pipeline: str) -> Example:
    """Return an example: with points for local pipelines, with maps for networks."""
    kind = ("wrong", "hard", "missed new")[n % 3]
    draw = np.random.default_rng(n)
    number = 25 if used(pipeline).kind == "local" else 0
    points = 0.25 + 0.5 * draw.random((number, 2, 2))
    heat = (heat_map(), heat_map()) if used(pipeline).kind == "deep" else ()
    return Example(
        kind=kind,
        query=shown(photos, n, "Maya"),
        proposed=shown(photos, n + 5, "Zoe"),
        right=shown(photos, n + 9, "Maya") if kind == "hard" else None,
        score=0.97 - 0.02 * n,
        rank={"wrong": 2, "hard": 14}.get(kind),
        query_xy=tuple((float(q[0]), float(q[1])) for q, _ in points),
        proposed_xy=tuple((float(p[0]), float(p[1])) for _, p in points),
        weights=tuple(float(w) for w in draw.random(len(points))),
        heat=heat,
        background=0.2 + 0.15 * (n % 4) if heat else None,
    )


def study(data: str, protocol: str) -> SizeStudy:
    """Return a study in which a network overtakes the local pipeline at 8 photos."""
    ends = {
        "local": ("local", 0.5, 0.55),
        "deep": ("fine-tuned", 0.2, 0.68),
        "from scratch": ("from scratch", 0.05, 0.4),
    }
    curves = tuple(
        Curve(
            name=name,
            kind=kind,
            points=tuple(
                Point(
                    photos=size,
                    individuals=40,
                    estimate=estimate(first + (last - first) * n / 4),
                    seeds=(0.1, 0.2, 0.3),
                )
                for n, size in enumerate((1, 2, 4, 8, 16))
            ),
        )
        for name, (kind, first, last) in ends.items()
    )
    return SizeStudy(
        data=data,
        protocol=protocol,
        metric="top-1",
        varied="photos",
        curves=curves,
        crossing=("From 8 photos of each individual on `deep` is ahead of `local`.",),
        notes=("Three seeds each.",),
    )


def comparison(
    photos: Sequence[Path] = (),
    *,
    pipelines: Sequence[str] = ("fused", "local", "deep", f"{BACKGROUND}deep", "random"),
    data: Sequence[str] = DATA[:1],
    protocols: Sequence[str] = PROTOCOLS[:1],
    examples: int = 6,
) -> Comparison:
    """Return a comparison with every part filled in."""
    places = [(name, protocol) for name in data for protocol in protocols]
    pairs = [(one, two) for n, one in enumerate(pipelines) for two in pipelines[n + 1 :]]
    return Comparison(
        version="0.6.0",
        command="fieldmark compare --data nyala=photos.csv --pipelines fused,local,deep --out c",
        machine="2 cores, 24 GB, no graphics card",
        made="2026-01-31 12:00",
        profile="nyala",
        pipelines=tuple(map(used, pipelines)),
        data=tuple(data_used(*place) for place in places),
        cells=tuple(
            full_cell(name, *place, photos, examples) for place in places for name in pipelines
        ),
        differences=tuple(
            Difference(
                data=place[0],
                protocol=place[1],
                metric=metric,
                first=one,
                second=two,
                estimate=between(SKILL[one] - SKILL[two], 0.05),
            )
            for place in places
            for metric in ("top-1", "mAP")
            for one, two in pairs
        ),
        sizes=(study(*places[0]),),
        conclusion=("On Nyala `fused` is the best pipeline.", "A second sentence."),
        remarks=("The features were at hand already.",),
    )


def data_used(data: str, protocol: str) -> DataUsed:
    """Return a set of data that two things speak against."""
    return DataUsed(
        data=data,
        protocol=protocol,
        description="Every photo asks all others, but those of its own encounter.",
        photos=960,
        individuals=53,
        encounters=211,
        queries=320,
        gallery=640,
        split_file=f"splits/{data}-{protocol}.csv",
        warnings=("14 pairs of photos are nearly equal.", "9 individuals have one encounter only."),
        licences=("CC-BY-4.0",),
    )
