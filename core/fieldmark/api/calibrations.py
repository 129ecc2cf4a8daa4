"""What `fieldmark calibrate` keeps, and whether it may be used."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from fieldmark.api.ground import Way
from fieldmark.api.judging import Judge
from fieldmark.catalog import Project
from fieldmark.decide.evidence import Gap
from fieldmark.decide.fusion import FusedModel
from fieldmark.decide.visits import Rule
from fieldmark.errors import UserError
from fieldmark.evaluate.results import Bin, Estimate
from fieldmark.files import write_text
from fieldmark.pipeline.recipe import FusedRecipe
from fieldmark.report.view import Calibrated

FORMAT = 1
FOLDER = "calibrations"


@dataclass(frozen=True)
class Trusted:
    """What was learnt from named animals about one pipeline.

    Attributes:
        fingerprint: of the pipeline; another pipeline must not use it.
        version: of fieldmark.
        made: the day, as ISO text.
        data: what it was fitted on: `n` queries of `individuals`.
        share: of the shortlists' pairs that are one animal.
        pairs: calibration error of the pairs on individuals left out.
        shown: the same of the probabilities of first candidates, where every second query is new.
        reliability: of these: what was said, and how many were so.
        gaps: evidence besides looks that the model uses.
        rule: how the photos of a visit are put together.
        target: the rate of error that was asked for.
    """

    profile: str
    pipeline: str
    fingerprint: str
    version: str
    made: str
    data: str
    n: int
    individuals: int
    share: float
    pairs: Estimate
    shown: Estimate
    reliability: tuple[Bin, ...]
    model: FusedModel
    gaps: tuple[Gap, ...]
    photos: Judge
    visits: Judge
    rule: Rule
    target: float

    @property
    def rates(self) -> tuple[float, ...]:
        """The rates of error that thresholds were chosen for, ascending."""
        return tuple(sorted({each.target for each in self.photos.targets}))

    def at(self, target: float | None) -> Self:
        """Return the same for another rate of error; None: that which was asked for.

        Raises:
            UserError: if no threshold was chosen for it.
        """
        if target is None or target == self.target:
            return self
        if target not in self.rates:
            known = ", ".join(f"{rate:g}" for rate in self.rates)
            raise UserError(
                f"thresholds were chosen for the rates of error {known}, not for {target:g}; name"
                f" one of these, or type: fieldmark calibrate --pipeline {self.pipeline}"
                f" --target {target:g}"
            )
        return replace(self, target=target)

    def facts(self, new_share: float | None = None) -> Calibrated:
        """Return what a report says of it; `new_share` as in `Decider.verdicts`."""
        share = self.photos.decider.new_share if new_share is None else new_share
        limits = self.photos.limits(self.target), self.visits.limits(self.target)
        error = self.shown.value, self.shown.low, self.shown.high
        return Calibrated(
            self.made, self.data, self.n, self.individuals, *error, share, self.target, *limits
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {
            "format": FORMAT,
            **{name: getattr(self, name) for name in _PLAIN},
            "gaps": list(self.gaps),
            "pairs": self.pairs.model_dump(),
            "shown": self.shown.model_dump(),
            "reliability": [each.model_dump() for each in self.reliability],
            "model": self.model.to_json(),
            "photos": self.photos.to_json(),
            "visits": self.visits.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_json` was called on."""
        return cls(
            **{name: data[name] for name in _PLAIN},
            gaps=tuple(data["gaps"]),
            pairs=Estimate(**data["pairs"]),
            shown=Estimate(**data["shown"]),
            reliability=tuple(Bin(**each) for each in data["reliability"]),
            model=FusedModel.from_json(data["model"]),
            photos=Judge.from_json(data["photos"]),
            visits=Judge.from_json(data["visits"]),
        )


_PLAIN = (
    "profile", "pipeline", "fingerprint", "version", "made", "data", "n", "individuals",
    "share", "rule", "target",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What is at hand for a pipeline.

    Attributes:
        trusted: None: nothing that may be used.
        why: one sentence that says what to type; empty where there is something.
    """

    trusted: Trusted | None
    why: str = ""


def place_of(folder: Path, way: Way) -> Path:
    """Return where the calibration of a pipeline is kept in a folder."""
    return folder / FOLDER / f"{way.profile.name}-{way.recipe.name}.json"


def write(path: Path, trusted: Trusted) -> None:
    """Write a calibration; whoever reads meanwhile sees the old one or the new one."""
    write_text(path, json.dumps(trusted.to_json(), indent=1) + "\n")


def read(path: Path) -> Trusted:
    """Return what `write` wrote.

    Raises:
        UserError: if it cannot be read.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}")
        return Trusted.from_json(data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} cannot be read as a calibration ({error}); make it again with:"
            " fieldmark calibrate"
        ) from error


def find(project: Project, way: Way) -> Found:
    """Return the calibration of a pipeline: the project's, else the one beside the profile.

    Raises:
        UserError: if a file cannot be read; for a pipeline that combines others, also if there is
            none, because nothing else says how to combine them.
    """
    found = _find(project, way)
    if found.trusted is None and isinstance(way.recipe, FusedRecipe):
        raise UserError(
            f"{way.recipe.name} combines {' and '.join(part.name for part in way.recipe.parts)},"
            f" and {found.why}"
        )
    return found


def _find(project: Project, way: Way) -> Found:
    paths = [place_of(folder, way) for folder in (project.folder, way.folder)]
    path = next((path for path in paths if path.is_file()), None)
    type_ = (
        f"with ten named animals or more, type: fieldmark calibrate --pipeline {way.recipe.name}"
    )
    if path is None:
        return Found(None, f"nothing has been learnt yet about its scores; {type_}")
    trusted = read(path)
    if trusted.fingerprint != way.recipe.fingerprint:
        return Found(
            None,
            f"{path} is not used, because it was fitted on {trusted.made} for another version of"
            f" this pipeline (other options, weights or code); {type_}",
        )
    return Found(trusted)
