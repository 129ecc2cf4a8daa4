"""What a comparison found, as it is written to `results.json` and shown in the report.

Everything that a table or a chart shows is here, so that the report can be drawn again without
measuring again. Shares and probabilities are 0–1.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Result(BaseModel):
    """Base of every part of the results."""

    # JSON has no infinity; as text it comes back as what it was.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class Estimate(Result):
    """A number and its 95 % interval, from resampling individuals.

    Attributes:
        low, high: None: too few individuals, or the metric has no interval.
        n: queries that it rests on (pairs, for the calibration error).
        individuals: how many individuals these belong to.
    """

    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0
    individuals: int = 0


class ModelUsed(Result):
    """Weights of a pipeline and their licence."""

    name: str
    licence: str
    permissive: bool
    sentence: str = ""


class PipelineUsed(Result):
    """One pipeline, or one control.

    Attributes:
        kind: `control` reaches what it reaches without knowing the animal.
        summary: one line of what it does.
    """

    name: str
    kind: Literal["local", "deep", "fused", "control"]
    summary: str
    components: tuple[str, ...] = ()
    fingerprint: str = ""
    models: tuple[ModelUsed, ...] = ()


class Bin(Result):
    """Pairs whose probability lies in one range: what was said, and how many were the same."""

    said: float
    same: float
    n: int


class Histogram(Result):
    """How many pairs of the same, and of different individuals have a score in each range.

    Attributes:
        edges: one more than there are ranges, ascending.
    """

    edges: tuple[float, ...]
    same: tuple[int, ...]
    different: tuple[int, ...]


class Cost(Result):
    """What one stage took.

    Attributes:
        stage: `features`, `index`, `search`, `fit`.
        seconds: in all.
        n: photos, or queries.
        peak_mib: the process's memory at its highest during the stage; None: not known here.
        sample: whether it was timed on a sample, because the rest was at hand already.
    """

    stage: str
    seconds: float
    n: int
    peak_mib: float | None = None
    sample: bool = False


class Group(Result):
    """The queries of one individual, or of one side."""

    name: str
    asked: int
    top1: Estimate


class Shown(Result):
    """One photo of an example: where it lies, and what is known of it."""

    annotation: int
    path: str
    shown: str
    box: tuple[float, float, float, float]
    individual: str
    side: str
    encounter: str | None = None


class Example(Result):
    """A query worth looking at.

    Attributes:
        kind: `wrong`: the first candidate is wrong though the score is high. `hard`: the right
            individual comes late. `missed new`: not in the gallery, yet surely matched.
        score: of the first candidate; a probability where the pipeline is calibrated.
        rank: of the right individual; None: it is not in the gallery.
        query_xy, proposed_xy: matched points, fractions of the photos; empty for vectors.
        weights: of the matched points.
        heat: for networks: maps of where the likeness comes from, one for each of the two photos,
            as data URIs of PNG pictures that cover the box; empty otherwise.
        background: share of the evidence that lies outside the animal; None: not known.
        even: what that share would be if the evidence were spread evenly.
    """

    kind: Literal["wrong", "hard", "missed new"]
    query: Shown
    proposed: Shown
    right: Shown | None = None
    score: float
    rank: int | None = None
    query_xy: tuple[tuple[float, float], ...] = ()
    proposed_xy: tuple[tuple[float, float], ...] = ()
    weights: tuple[float, ...] = ()
    heat: tuple[str, ...] = ()
    background: float | None = None
    even: float = 0.0


class Decided(Result):
    """What is decided without a person, at a stated rate of error.

    Attributes:
        kind: `false-match`: the rate of wrong names among those given. `false-new`: of known
            individuals among those declared new.
        target: the rate that was asked for.
        threshold: probability from which on it is decided; None: no threshold keeps the rate.
        decided: share of all queries (or encounters) decided.
        rate: the error rate found on individuals that the threshold was not chosen on.
    """

    kind: Literal["false-match", "false-new"]
    target: float
    threshold: float | None
    decided: Estimate
    rate: Estimate | None


class Cell(Result):
    """One pipeline under one protocol on one set of data.

    Attributes:
        metrics: by name: `top-1`, `top-5`, `top-10`, `balanced top-1`, `MRR`, `mAP`, `MAP@5`,
            `MAP@R`, `T5RMD`, `DT5AP`, `CCDR`, `AUROC new`, `BAKS`, `BAUS`, `BAKS-BAUS`, `ECE`,
            `ECE first`, `ECE first by chance`.
            What cannot be measured is left out.
        cmc: share of queries whose individual is among the first 1, 2, …; at most 50 of them.
        asked: queries; `answerable`: those whose individual the gallery can show; `new`: those
            of individuals who are not in the gallery.
        chance: top-1 of a guess among the comparable individuals.
        failed: what could not be worked: its name, and why.
    """

    data: str
    protocol: str
    pipeline: str
    metrics: dict[str, Estimate]
    cmc: tuple[float, ...] = ()
    asked: int
    answerable: int
    new: int = 0
    gallery: int
    individuals: int
    chance: float | None = None
    histogram: Histogram | None = None
    reliability: tuple[Bin, ...] = ()
    decided: tuple[Decided, ...] = ()
    per_individual: tuple[Group, ...] = ()
    per_side: tuple[Group, ...] = ()
    costs: tuple[Cost, ...] = ()
    examples: tuple[Example, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


class Difference(Result):
    """One pipeline against another on the same queries: `first` minus `second`."""

    data: str
    protocol: str
    metric: str
    first: str
    second: str
    estimate: Estimate


class Point(Result):
    """One training size of one method: the mean over seeds, and the interval over both."""

    photos: int
    individuals: int
    estimate: Estimate
    seeds: tuple[float, ...] = ()


class Curve(Result):
    """How good one method is with growing training data.

    Attributes:
        kind: `local` learns nothing; the others do as they are called.
    """

    name: str
    kind: Literal["local", "zero-shot", "fine-tuned", "from scratch"]
    points: tuple[Point, ...]


class SizeStudy(Result):
    """The training-size study.

    Attributes:
        varied: what grows.
        crossing: sentences: from which size on a network is ahead of the local pipeline, if any.
    """

    data: str
    protocol: str
    metric: str
    varied: Literal["photos", "individuals"]
    curves: tuple[Curve, ...]
    crossing: tuple[str, ...]
    notes: tuple[str, ...] = ()


class DataUsed(Result):
    """One set of data under one protocol: how large it is, and what speaks against it."""

    data: str
    protocol: str
    description: str
    photos: int
    individuals: int
    encounters: int | None
    queries: int
    gallery: int
    split_file: str
    warnings: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()


class Comparison(Result):
    """A whole comparison.

    Attributes:
        command: that made it, as it was typed.
        conclusion: sentences in plain words; the first one answers the question.
    """

    format: Literal[1] = 1
    version: str
    command: str
    machine: str
    made: str
    profile: str
    pipelines: tuple[PipelineUsed, ...]
    data: tuple[DataUsed, ...]
    cells: tuple[Cell, ...]
    differences: tuple[Difference, ...] = ()
    sizes: tuple[SizeStudy, ...] = ()
    conclusion: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
