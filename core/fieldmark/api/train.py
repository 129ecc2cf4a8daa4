"""Training a component from labelled photos: everything around what the plugin does."""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fieldmark.api.weights import resolve_weights
from fieldmark.errors import UserError
from fieldmark.files import write_text
from fieldmark.jobs import Progress, default_workers, silent
from fieldmark.learn import facts
from fieldmark.learn.chips import PreparedChips
from fieldmark.learn.duplicates import Twins, in_words, twins, write_twins
from fieldmark.learn.facts import Counts
from fieldmark.learn.folder import DATA, RECIPE, SPLIT, TWINS, locked, look_cache, written
from fieldmark.learn.held import by_rule, holdouts, samples, side_rules
from fieldmark.learn.looking import Entry, look
from fieldmark.learn.overlay import differences
from fieldmark.learn.recipes import Resolved
from fieldmark.learn.record import record_of
from fieldmark.learn.rows import Data, Labelled, Reading
from fieldmark.learn.snippet import snippet
from fieldmark.learn.sources import home, read_data
from fieldmark.learn.split import (
    ENCOUNTERS,
    INDIVIDUALS,
    TRAIN,
    Parts,
    draw_split,
    split_by_column,
    without_their_visits,
)
from fieldmark.learn.splitfile import read_split, write_split
from fieldmark.profile import Profile, find_profile, load_profile
from fieldmark.training import Holdout, Preview, Trained, TrainingContext, TrainingData
from fieldmark.yamlfile import Document

Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What to train, on what, and where.

    Attributes:
        resolved: the recipe.
        data: to learn from.
        watched: measured beside, and never learnt from: what fine-tuning may forget.
        where: use only rows of tables with these values in these columns.
        columns: which column of the tables to use for what.
        split_file: a split to repeat; None: as the recipe says.
        out: the folder for everything that is written; None: `training/<recipe's name>`.
        start: weights to start from.
        base: what is kept of where `start` comes from: `name`, `reference`, `licence`.
        workers: how many photos are opened at once.
    """

    resolved: Resolved
    data: tuple[Data, ...]
    watched: tuple[Data, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    split_file: Path | None = None
    out: Path | None = None
    device: str = "auto"
    start: Path | None = None
    resume: bool = False
    workers: int = field(default_factory=default_workers)
    base: Mapping[str, str] | None = None

    @property
    def folder(self) -> Path:
        """Where everything is written."""
        return self.out or Path("training") / self.resolved.recipe.name


@dataclass(frozen=True)
class Prepared:
    """The data of a training, checked and split.

    Attributes:
        found: as the sources told.
        rejected: what could not be used: its name, and why.
        twins: photos on both sides of the split.
        warnings: sentences for people.
    """

    found: Labelled
    parts: Parts
    counts: Counts
    rejected: tuple[tuple[str, str], ...]
    twins: tuple[Twins, ...]
    warnings: tuple[str, ...]
    profile: Profile
    watched: tuple[Holdout, ...] = ()


@dataclass(frozen=True)
class Result:
    """What came out of a training.

    Attributes:
        snippet: the lines of a profile that use the weights.
    """

    trained: Trained
    prepared: Prepared
    folder: Path
    snippet: str


def prepare(
    request: Request, cache: Path | None, replay: Path | None, say: Say, progress: Progress
) -> Prepared:
    """Read, check and split the data.

    Args:
        request: what was asked for.
        cache: a file that remembers the photos looked at; None: nothing is written.
        replay: a split to repeat; None: split as the recipe says.
        say: told every warning.
        progress: told how far it is.

    Raises:
        UserError: if the data cannot be read, or there is too little to learn from.
    """
    recipe, training = request.resolved.recipe, request.resolved.training
    profile = load_profile(find_profile(recipe.species, home(request.data)))
    reading = Reading(
        recipe.species,
        request.where,
        request.columns,
        None if replay else recipe.split.column,
        profile.encounter.gap_seconds,
        unnamed=training.label != "individual",
        sided=training.label == "side",
    )
    found = read_data(request.data, reading)
    entries, unusable = look(found.rows, request.workers, cache, progress)
    parts = _parts(request, entries, replay)
    facts.refuse_too_little(parts, training.label)
    rejected = (*found.rejected, *unusable)
    counts = facts.count(parts, len(rejected))
    pairs = twins(parts)
    warnings = [*facts.warnings(found, parts, counts, training.label), in_words(pairs)]
    watched = tuple(_watched(request, reading, profile, progress))
    made = Prepared(
        found,
        parts,
        counts,
        rejected,
        tuple(pairs),
        tuple(filter(None, warnings)),
        profile,
        watched,
    )
    for warning in made.warnings:
        say(warning)
    return made


def _parts(request: Request, entries: Sequence[Entry], replay: Path | None) -> Parts:
    split = request.resolved.recipe.split
    if replay is not None:
        return read_split(replay, entries)
    parts = split_by_column(entries) if split.column else draw_split(entries, split)
    if request.resolved.training.label == "individual":
        return parts
    return without_their_visits(parts)


def _watched(
    request: Request, reading: Reading, profile: Profile, progress: Progress
) -> Iterator[Holdout]:
    """Yield the sets that are only measured; a split column keeps what was held out of them."""
    for data in request.watched:
        found = read_data([data], reading)
        entries, _unusable = look(found.rows, request.workers, None, progress)
        if reading.split:
            held = split_by_column(entries)
            entries = [*held.at(INDIVIDUALS), *held.at(ENCOUNTERS)]
        rules = _rules(request, entries, profile)
        yield from by_rule(f"kept: {data.name}", samples(entries), (), rules)


def _rules(request: Request, entries: Iterable[Entry], profile: Profile) -> dict[str, bool]:
    species = {entry.sample.species for entry in entries}
    if request.resolved.training.label != "individual":
        return dict.fromkeys(species, False)  # for those nothing is searched for
    return side_rules(species, profile, home(request.data))


def training_data(request: Request, prepared: Prepared) -> TrainingData:
    """Return what the plugin is given.

    Raises:
        PluginError: if a preprocessor is missing.
    """
    load = PreparedChips(request.resolved.recipe.preprocess, resolve_weights)
    load.build()
    rules = _rules(request, prepared.parts.entries, prepared.profile)
    held = holdouts(prepared.parts, rules)
    train = samples(prepared.parts.at(TRAIN))
    return TrainingData(train, (*held, *prepared.watched), load)


def train(request: Request, say: Say, progress: Progress = silent) -> Result:
    """Train a component and say how a profile uses it.

    A training that was killed continues with `resume`.

    Raises:
        UserError: if the data, the recipe or the folder cannot be used.
        PluginError: if a component or a library is missing.
        ProjectError: if the disk is full.
    """
    folder = request.folder
    with locked(folder, resume=request.resume):
        if request.resume:
            _refuse_another_recipe(request)
        replay = folder / SPLIT if request.resume else request.split_file
        prepared = prepare(request, look_cache(folder), replay, say, progress)
        record = _record(request, prepared)
        data = training_data(request, prepared)  # what cannot be built is said before writing
        if request.resume:
            _refuse_other_data(request, record)
        else:
            with written(folder):
                _write(request, prepared, record)
        resolved = request.resolved
        context = TrainingContext(
            folder, record, request.device, request.start, request.resume, request.workers,
            progress, say,
        )  # fmt: skip
        trained = resolved.training.run(resolved.options, resolved.settings, data, context)
    return Result(trained, prepared, folder, snippet(resolved, trained.weights))


def _record(request: Request, prepared: Prepared) -> dict[str, Any]:
    found = prepared.found
    return record_of(
        request.resolved, prepared.parts, prepared.profile, found.licences, request.base
    )


def _write(request: Request, prepared: Prepared, record: Mapping[str, Any]) -> None:
    """Write what a resumption needs; the recipe last, because it says that all of it is there."""
    folder = request.folder
    write_split(folder / SPLIT, prepared.parts)
    if prepared.twins:
        write_twins(folder / TWINS, prepared.twins)
    told = {
        "counts": asdict(prepared.counts),
        "warnings": list(prepared.warnings),
        "not used": [list(pair) for pair in prepared.rejected],
        "record": dict(record),
    }
    write_text(folder / DATA, json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    write_text(folder / RECIPE, request.resolved.text)


def _refuse_another_recipe(request: Request) -> None:
    before, now = (
        Document.open(request.folder / RECIPE).value,
        Document(request.resolved.text).value,
    )
    changed = list(differences(before, now))
    if changed:
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        raise UserError(
            f"the training in {request.folder} follows another recipe ({', '.join(changed[:5])}"
            f"{more}), so it cannot be continued; give the same recipe and settings, or begin anew"
            " with another --out"
        )


def _refuse_other_data(request: Request, record: Mapping[str, Any]) -> None:
    before = json.loads((request.folder / DATA).read_text(encoding="utf-8"))["record"]["data"]
    if before != record["data"]:
        raise UserError(
            f"the photos or their labels have changed since the training in {request.folder} began,"
            " so it cannot be continued; begin anew with another --out"
        )


def dry_run(request: Request, say: Say, progress: Progress = silent) -> tuple[Prepared, Preview]:
    """Count the data and measure a few batches; writes nothing.

    Raises:
        UserError, PluginError: as `train`.
    """
    prepared = prepare(request, None, request.split_file, say, progress)
    data = training_data(request, prepared)
    resolved = request.resolved
    with tempfile.TemporaryDirectory(prefix="fieldmark-") as folder:
        context = TrainingContext(
            Path(folder), _record(request, prepared), request.device, request.start, False,
            request.workers, progress, say,
        )  # fmt: skip
        preview = resolved.training.preview(resolved.options, resolved.settings, data, context)
    return prepared, preview
