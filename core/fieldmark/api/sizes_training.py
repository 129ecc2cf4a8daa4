"""The trainings of a training-size study: each in a folder of its own, and each made once."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from fieldmark.api.recipes import Shelf, named_recipe, recipe_of_weights, seeded
from fieldmark.api.start import Start, start_from
from fieldmark.api.train import Request, Say, train
from fieldmark.components import Role
from fieldmark.errors import ProjectError, UserError
from fieldmark.evaluate.animals import Animal
from fieldmark.evaluate.growth import Kind
from fieldmark.evaluate.sizes import Taken, write_taken
from fieldmark.files import sha256, write_text
from fieldmark.jobs import Progress
from fieldmark.learn.folder import LOCK, RECIPE, SPLIT, look_cache, written
from fieldmark.learn.header import record_or_nothing
from fieldmark.learn.overlay import differences
from fieldmark.learn.recipes import Resolved
from fieldmark.learn.split import TRAIN
from fieldmark.yamlfile import Document
from fieldmark_registry.licences import Policy

FINISHED = "finished.json"
"""The file that says that a training is over, and what its weights are."""
BEGUN = "start.sha256"
"""The digest of the weights that all fine-tunings of a study began with."""
LOOKED = "photos.json"
"""Which photos were looked at, shared by all trainings of a study."""
_SMALL = frozenset({".csv", ".html", ".json", ".yaml"})
"""Kept of a finished training, besides the weights."""


class CellError(UserError):
    """One training cannot be done; the others may."""


@dataclass(frozen=True)
class Learner:
    """One way of training.

    Attributes:
        start: the weights to begin with; None: from scratch.
    """

    kind: Kind
    resolved: Resolved
    start: Start | None = None


@dataclass(frozen=True)
class Cells:
    """Where trainings lie, and what they have in common.

    Attributes:
        folder: of one study: `OUT/sizes/photos`, say.
        base: what every training is asked for, but for recipe, split and folder.
        rows: all animals of the data.
    """

    folder: Path
    base: Callable[[Resolved], Request]
    rows: Sequence[Animal]
    say: Say
    progress: Progress

    def of(self, learner: Learner, taken: Taken) -> Path:
        """Return the folder of one training."""
        name = learner.kind.replace(" ", "-")
        return self.folder / f"{name}-{taken.size}-{taken.seed}"


def learners(recipe: str | None, start: str | None, shelf: Shelf, policy: Policy) -> list[Learner]:
    """Return the ways of training that were asked for.

    Weights that do not say how they were trained are fine-tuned as `recipe` says.

    Raises:
        UserError: if there is none, or one cannot be used here.
    """
    made = []
    if start is not None:
        begun = start_from(start, policy)
        told = begun.embedder is not None or record_or_nothing(begun.weights)
        resolved = recipe_of_weights(begun.weights, None if told else recipe, shelf, begun.embedder)
        made.append(Learner("fine-tuned", resolved, begun))
    if recipe is not None:
        made.append(Learner("from scratch", named_recipe(recipe, shelf)))
    if not made:
        raise UserError(
            "--sizes trains networks; say which with --recipe multispecies-arcface, or from which"
            " weights to go on with --fine-tune WEIGHTS, or both"
        )
    for learner in made:
        _refuse_others(learner.resolved)
    return made


def _refuse_others(resolved: Resolved) -> None:
    if resolved.recipe.role is not Role.EMBEDDER or resolved.training.label != "individual":
        raise UserError(
            f"the recipe {resolved.recipe.name!r} trains no embedder that tells individuals apart,"
            " so it cannot be compared here; see: fieldmark train --list"
        )


def trained(learner: Learner, taken: Taken, cells: Cells) -> Path:
    """Return the weights of one training: those that lie there, else train them.

    A training that was killed goes on.

    Raises:
        CellError: if this training cannot be done; others may.
        UserError: if another training lies there.
        PluginError: if a component or a library is missing.
        ProjectError: if the disk is full.
    """
    folder = cells.of(learner, taken)
    split = cells.folder / f"split-{taken.size}-{taken.seed}.csv"
    with written(cells.folder):
        write_taken(split, taken, cells.rows)
    resolved = seeded(learner.resolved, taken.seed)
    _refuse_another(folder, resolved, split)
    if learner.start is not None:
        _refuse_other_weights(cells.folder, learner.start)
    photos = _photos(taken, cells.rows)
    done = _finished(folder, photos)
    if done is None:
        done = _train(resolved, learner.start, folder, split, cells)
        _finish(folder, done, photos, cells.folder / LOOKED)
    _tidy(folder, done)
    return done


def _train(
    resolved: Resolved, start: Start | None, folder: Path, split: Path, cells: Cells
) -> Path:
    resume = (folder / RECIPE).is_file()
    with written(folder):
        _prepare(folder, cells.folder / LOOKED, resume=resume)
    request = replace(
        cells.base(resolved), split_file=split, out=folder, resume=resume,
        start=start.weights if start else None, base=start.base if start else None,
    )  # fmt: skip
    try:
        return train(request, cells.say, cells.progress).trained.weights
    except ProjectError:  # a full disk stops the others, too
        raise
    except UserError as error:
        raise CellError(str(error)) from error


def _prepare(folder: Path, looked: Path, *, resume: bool) -> None:
    """Clear what a kill left before the training had begun; hand it what is known of the photos."""
    if not resume and folder.is_dir():
        for each in folder.iterdir():
            if each.is_file() and not each.name.startswith(LOCK):
                each.unlink()
    if looked.is_file() and not look_cache(folder).is_file():
        look_cache(folder).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(looked, look_cache(folder))


def _finish(folder: Path, weights: Path, photos: str, looked: Path) -> None:
    told = {"weights": weights.name, "sha256": sha256(weights), "photos": photos}
    with written(folder):
        if look_cache(folder).is_file():
            shutil.copyfile(look_cache(folder), looked)
        write_text(folder / FINISHED, json.dumps(told, indent=2) + "\n")


def _finished(folder: Path, photos: str) -> Path | None:
    """Return the weights of a training that is over and undamaged.

    Raises:
        UserError: if it learnt from other photos.
    """
    try:
        told = json.loads((folder / FINISHED).read_text(encoding="utf-8"))
        weights = folder / str(told["weights"])
        if sha256(weights) != told["sha256"]:
            return None
    except (OSError, ValueError, KeyError):
        return None
    if told["photos"] != photos:
        raise UserError(_another(folder, "the photos have changed since"))
    return weights


def _photos(taken: Taken, rows: Sequence[Animal]) -> str:
    """Return a digest of the content of what is learnt from."""
    used = sorted(f"{row.sha256} {row.side}" for row in rows if row.id in taken.ids)
    return hashlib.sha256("\n".join(used).encode()).hexdigest()


def _refuse_another(folder: Path, resolved: Resolved, split: Path) -> None:
    """Refuse to go on with, or to use, a training by another recipe or of other photos."""
    if not (folder / RECIPE).is_file():
        return
    before, now = Document.open(folder / RECIPE).value, Document(resolved.text).value
    if changed := list(differences(before, now)):
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        raise UserError(_another(folder, f"{', '.join(changed[:5])}{more}"))
    if _learnt(folder / SPLIT) != _learnt(split):
        raise UserError(_another(folder, "it learnt from other photos or labels"))


def _learnt(split: Path) -> frozenset[str]:
    """Return the lines of a split that are learnt from."""
    lines = split.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line.endswith(f",{TRAIN}"))


def _refuse_other_weights(folder: Path, start: Start) -> None:
    digest, begun = sha256(start.weights), folder / BEGUN
    if begun.is_file() and begun.read_text(encoding="utf-8").strip() != digest:
        raise UserError(_another(folder, "it began with other weights"))
    with written(folder):
        write_text(begun, f"{digest}\n")


def _another(folder: Path, why: str) -> str:
    return (
        f"the training in {folder} was made otherwise ({why}); give the same recipe, weights and"
        " data, or another --out"
    )


def _tidy(folder: Path, weights: Path) -> None:
    """Keep the weights and the small files of a finished training; drop checkpoints and chips."""
    with suppress(OSError):  # what cannot be deleted only takes room
        for each in folder.iterdir():
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            elif each != weights and each.suffix not in _SMALL and not each.name.startswith(LOCK):
                each.unlink()
