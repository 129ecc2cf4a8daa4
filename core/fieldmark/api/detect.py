"""Looking at a project's photos with a detector: which of them show an animal, and where.

Every batch of photos is one transaction, so a kill loses at most the batch that was being looked
at, and the same command continues. People and vehicles are recorded and never identified.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from fieldmark.api.models_used import model_of
from fieldmark.api.weights import card_of, exact_weights, resolve_weights
from fieldmark.catalog import Project, group_encounters, photos, record_detections
from fieldmark.catalog.looked import Looked, detectors, looked
from fieldmark.catalog.runs import finish_run, start_run
from fieldmark.components import Detector
from fieldmark.errors import UserError
from fieldmark.files import replacing
from fieldmark.jobs import Failed, Progress, default_workers, silent
from fieldmark.pipeline.detect import Frame, Seen, Stopwatch, build_detector, look
from fieldmark.pipeline.recipe import Step, resolve_detector
from fieldmark.plugins import Plugins
from fieldmark.profile import DetectStep, Profile, find_profile, load_profile
from fieldmark.report.view import Model
from fieldmark.types import Mask
from fieldmark_registry.licences import Policy

MASKS = "masks"
"""The folder in a project that holds the masks of detectors that make any."""


@dataclass(frozen=True)
class DetectRequest:
    """What to look for, and with what.

    Attributes:
        detector: in place of the profile's, of which nothing is used then.
        weights: in place of the profile's; a model card also names the detector.
        options: of the detector; each wins over the profile's.
        again: also photos that another detector has looked at already.
        workers: threads that decode photos.
        species: another profile than the project's; None: the project's.
        licences: `permissive` refuses weights whose licence does not allow every use.
    """

    detector: str | None = None
    weights: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    again: bool = False
    workers: int = field(default_factory=default_workers)
    species: str | None = None
    licences: Policy = "any"


@dataclass(frozen=True)
class Detected:
    """What came of it.

    Attributes:
        detector: its name, and the first digits of its fingerprint.
        done: photos that were looked at now.
        seen: what it has seen in all photos that it was the last to look at.
        others: how many photos were left to the detector that had looked at them already.
        failed: photos that could not be looked at, and why; they are tried again next time.
        model: its weights, and on what terms; None where it has none.
        times: seconds of each stage.
    """

    detector: str
    done: int
    seen: Looked
    others: Mapping[str, int]
    failed: Sequence[tuple[str, str]]
    model: Model | None
    times: Stopwatch


def detect(project: Project, request: DetectRequest, progress: Progress = silent) -> Detected:
    """Look at every photo that no detector has looked at, and record what is seen.

    Raises:
        UserError: if no detector is named, an option is wrong, or weights are not here or not
            allowed.
        PluginError: if the detector, or a library it needs, is missing.
        ProjectError: if the disk is full.
    """
    plugins = Plugins.installed()
    profile = load_profile(
        find_profile(request.species or project.species, project.folder), plugins
    )
    step = _step(profile, request, plugins)
    source = f"{step.name} {step.fingerprint[:12]}"
    model = model_of(step, request.licences).model if step.weights else None
    frames, others = _frames(project, source, again=request.again)
    work = _Work(project, source, step, progress, len(frames))
    if frames:
        work.do(frames, plugins, request)
    with project.reading() as session:
        seen = looked(session, source)
    return Detected(source, work.done, seen, others, work.failed, model, work.times)


def _step(profile: Profile, request: DetectRequest, plugins: Plugins) -> Step:
    """Return the detector that is asked for, by name or by its weights, else the profile's."""
    card = card_of(request.weights) if request.weights else None
    named = profile.detect
    if request.detector is not None:
        named = DetectStep(use=request.detector)
    elif card and card.detector and (named is None or named.use != card.detector):
        named = DetectStep(use=card.detector)
    if named is None:
        raise UserError(
            f"the profile {profile.name} names no detector; choose one, as in 'fieldmark detect"
            " --weights yolox-s' (see: fieldmark models list), or import the boxes of another"
            " program: fieldmark annotate import FILE"
        )
    needed = card.options if card and card.detector == named.use else {}
    chosen = DetectStep(
        use=named.use,
        options={**named.options, **needed, **request.options},
        weights=request.weights or named.weights,
    )
    step = resolve_detector(profile.model_copy(update={"detect": chosen}), plugins, exact_weights)
    assert step is not None  # noqa: S101 - the profile's copy names one
    return step


def _frames(project: Project, source: str, *, again: bool) -> tuple[list[Frame], dict[str, int]]:
    """Return the photos to look at, and how many are left to other detectors."""
    with project.reading() as session:
        before = detectors(session)
        wanted = photos(session, undetected=not again, unseen_by=source)
        frames = [Frame(photo.id, photo.path) for photo in wanted]
    theirs = {name: n for name, n in before.items() if name is not None and name != source}
    return frames, {} if again else theirs


class _Work:
    """One run over photos, and what became of them."""

    def __init__(
        self, project: Project, source: str, step: Step, progress: Progress, total: int
    ) -> None:
        self._project = project
        self._source = source
        self._step = step
        self._progress = progress
        self._total = total
        self.done = 0
        self.failed: list[tuple[str, str]] = []
        self.times = Stopwatch()

    def do(self, frames: Iterable[Frame], plugins: Plugins, request: DetectRequest) -> None:
        """Look at the photos, record what is seen, and group the animals into encounters."""
        detector = build_detector(
            self._step, plugins, resolve_weights, self._project.cache, self._say
        )
        self._progress(0, self._total, f"detect ({self._step.name})")
        run = self._start()
        try:
            self._look(frames, detector, request.workers, run)
        finally:
            close = getattr(detector, "close", None)
            if close is not None:
                close()
        self._finish(run)

    def _say(self, sentence: str) -> None:
        self._progress(0, None, sentence)

    def _start(self) -> int:
        with self._project.writing() as session:
            return start_run(session, "detect", {"detector": self._source}).id

    def _look(self, frames: Iterable[Frame], detector: Detector, threads: int, run: int) -> None:
        for batch in look(frames, detector, threads, self.times):
            with self.times.recording(), self._project.deciding() as session:
                for frame, seen in self._usable(batch):
                    record_detections(
                        session, frame.photo, seen, self._source, self._project.species, run,
                        self._keep_mask,
                    )  # fmt: skip
            self._progress(self.done + len(self.failed), self._total, f"detect ({self._step.name})")

    def _keep_mask(self, annotation: int, mask: Mask) -> str:
        """Write a mask into the project as a grey picture, white on the animal."""
        path = self._project.folder / MASKS / f"{annotation}.png"
        with replacing(path) as file:
            Image.fromarray((mask * 255).round().astype(np.uint8)).save(file, "PNG")
        return path.relative_to(self._project.folder).as_posix()

    def _usable(self, batch: Sequence[tuple[Frame, Seen]]) -> Iterator[tuple[Frame, Any]]:
        for frame, seen in batch:
            if isinstance(seen, Failed):
                self.failed.append((str(frame.path or f"photo {frame.photo}"), seen.reason))
            else:
                self.done += 1
                yield frame, seen

    def _finish(self, run: int) -> None:
        reasons = Counter(reason for _, reason in self.failed)
        facts = {"photos": self.done, "failed": dict(reasons), "seconds": asdict(self.times)}
        with self._project.writing() as session:
            group_encounters(session)
            finish_run(session, run, facts)
