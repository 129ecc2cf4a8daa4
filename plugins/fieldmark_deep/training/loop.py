"""The training loop."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fieldmark.errors import UserError
from fieldmark.training import class_of
from fieldmark_deep.sampling import batches
from fieldmark_deep.storage import save
from fieldmark_deep.training import checkpoints, logs
from fieldmark_deep.training.checkpoints import Progress
from fieldmark_deep.training.course import Course
from fieldmark_deep.training.learner import Learner, NotFiniteError
from fieldmark_deep.training.validation import accuracy, embed, retrieve


class Loop:
    """Trains a learner until the epochs are over or nothing improves."""

    def __init__(self, course: Course, learner: Learner) -> None:
        self._course = course
        self._learner = learner
        self.progress = Progress()
        self._saved = time.monotonic()

    def run(self) -> None:
        """Go on from the last checkpoint, or begin.

        Raises:
            UserError: if the loss is not a number any more, or the checkpoint is another one's.
            ProjectError: if a checkpoint cannot be written.
        """
        course = self._course
        if course.context.resume:
            folder = course.context.folder
            self.progress = checkpoints.read(folder, self._learner, course.identity)
        if course.context.start is not None and not self.progress.history and course.rank.first:
            self.progress.history.append({"epoch": 0, **measure(course, self._learner)})
        while self.progress.epoch <= course.settings.epochs and not self._tired():
            self._epoch()

    def _tired(self) -> bool:
        patience = self._course.settings.patience
        return patience is not None and self.progress.stale >= patience

    def _epoch(self) -> None:
        started = time.monotonic()
        progress = self.progress
        rate, steps, seen = self.steps()
        row = {
            "epoch": progress.epoch,
            "loss": progress.total / max(steps, 1),
            "rate": rate,
            "chips_per_second": seen / max(time.monotonic() - started, 1e-9),
        }
        if self._course.rank.first:
            row |= self._validated()
        row["seconds"] = time.monotonic() - started
        progress.history.append(row)
        progress.epoch, progress.step, progress.total = progress.epoch + 1, 0, 0.0
        self._keep_up(row)
        progress.stale = self._course.rank.agreed(progress.stale)  # all stop, or none

    def _keep_up(self, row: dict[str, float]) -> None:
        if not self._course.rank.first:
            return
        folder = self._course.context.folder
        logs.write_csv(folder, self.progress.history)
        logs.write_tensorboard(folder, row)
        self._checkpoint()

    def steps(self) -> tuple[float, int, int]:
        """Work the steps of an epoch that are left; return the last rate, all steps, chips seen."""
        course, progress = self._course, self.progress
        samples = [course.chips.samples[p] for p in course.train]
        settings = course.settings
        lists = batches(
            samples, settings.sampling, settings.batch_size, settings.seed, progress.epoch
        )
        self._learner.begin(progress.epoch)
        rate, seen = 0.0, 0
        for chips, members in self._ahead(lists[progress.step :]):
            rate = self._step(chips, members, len(lists))
            seen += len(members)
        return rate, len(lists), seen

    def _ahead(self, lists: list[list[int]]) -> Iterator[tuple[torch.Tensor, list[int]]]:
        course = self._course
        mine = [list(course.rank.part(members)) for members in lists]
        places = [[course.train[m] for m in members] for members in mine]
        yield from zip(course.chips.batches(places), mine, strict=True)

    def _step(self, chips: torch.Tensor, members: list[int], steps: int) -> float:
        course, progress = self._course, self.progress
        labels = torch.tensor([course.labels.numbers[m] for m in members])
        passed = progress.epoch - 1 + progress.step / steps
        try:
            loss, rate = self._learner.step(chips, labels, progress.epoch, progress.step, passed)
        except NotFiniteError:
            raise self._not_finite(members) from None
        progress.total += loss
        progress.step += 1
        what = f"epoch {progress.epoch}/{course.settings.epochs}, loss {loss:.3f}"
        course.context.progress(progress.step, steps, what)
        if time.monotonic() - self._saved > 60 * course.settings.checkpoint_minutes:
            self._checkpoint()
        return rate

    def _not_finite(self, members: list[int]) -> UserError:
        course = self._course
        photos = [str(course.chips.samples[course.train[m]].photo) for m in members]
        listed = course.context.folder / "not-finite.txt"
        listed.write_text("\n".join(photos) + "\n", encoding="utf-8")
        at = f"epoch {self.progress.epoch}, step {self.progress.step}"
        return UserError(
            f"the loss is not a number any more ({at}), with {photos[0]} and {len(photos) - 1} more"
            f" photos of {listed}; look at them, or lower --set train.optimiser.learning_rate;"
            " the last checkpoint is intact"
        )

    def _checkpoint(self) -> None:
        if self._course.rank.first:
            folder = self._course.context.folder
            checkpoints.write(folder, self._learner, self.progress, self._course.identity)
        self._saved = time.monotonic()

    def _validated(self) -> dict[str, float]:
        """Measure, and keep the network if it is the best so far; return the measurements."""
        course, progress = self._course, self.progress
        last = progress.epoch == course.settings.epochs
        if progress.epoch % course.settings.validate_every and not last:
            return {}
        measured = measure(course, self._learner)
        goal, before = goal_of(measured), goal_of(progress.best)
        if goal is None or before is None or goal > before:
            progress.best = {"epoch": progress.epoch, **measured}
            progress.stale = 0
            self.keep(course.context.folder)
        else:
            progress.stale += 1
        return measured

    def keep(self, folder: Path) -> Path:
        """Write the network as it is now."""
        course = self._course
        best = {k: v for k, v in self.progress.best.items() if np.isfinite(v)}
        record: dict[str, Any] = {**course.context.record, "measured": best}
        if course.settings.loss.kind == "cross-entropy":
            record["classes"] = list(course.labels.names)
        return save(folder, self._learner.best, record)


def measure(course: Course, learner: Learner) -> dict[str, float]:
    """Return every measurement of every holdout, e.g. `new individuals top-1`."""
    measured: dict[str, float] = {}
    wanted = sorted({p for place in course.holdouts for p in (*place.queries, *place.gallery)})
    rows = embed(learner.best, course.chips, wanted, course.device, course.precision)
    made = dict(zip(wanted, rows, strict=True))
    for place in course.holdouts:
        if course.settings.loss.kind == "cross-entropy":
            true = {p: class_of(course.chips.samples[p], course.settings.label) for p in wanted}
            found = accuracy(place, made, true, course.labels.names)
        else:
            found = retrieve(place, made, course.chips).measures()
        measured |= {f"{place.name} {name}": value for name, value in found.items()}
    return measured


def goal_of(measured: dict[str, float]) -> float | None:
    """Return what decides which epoch is best: the first of these, averaged over species.

    mAP on new individuals, mAP on new encounters, a classifier's macro accuracy; None where
    nothing is held out. What was kept from earlier trainings does not decide.
    """
    for wanted in ("new individuals", "new encounters"):
        for kind in (" mAP", " macro"):
            found = [v for k, v in measured.items() if k.startswith(wanted) and k.endswith(kind)]
            if found:
                return float(np.mean(found))
    return None
