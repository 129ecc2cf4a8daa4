"""A whole comparison: data × protocols × pipelines → results, tables and the report."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fieldmark import __version__
from fieldmark.api.comparison.bench import Bench
from fieldmark.api.comparison.cells import Round, differences, run_round
from fieldmark.api.comparison.examples import with_examples
from fieldmark.api.comparison.methods import Methods, in_order, methods_of
from fieldmark.api.comparison.request import Growth, Request
from fieldmark.api.sizes import Asked, study
from fieldmark.api.weights import resolve_weights
from fieldmark.errors import UserError
from fieldmark.evaluate import splitfile
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.conclusion import conclude
from fieldmark.evaluate.datachecks import warnings
from fieldmark.evaluate.lookalikes import group_look_alikes
from fieldmark.evaluate.preparing import Place
from fieldmark.evaluate.protocols import PROTOCOLS, default_protocol, draw
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.reading import read_animals
from fieldmark.evaluate.results import Cell, Comparison, DataUsed, Difference, SizeStudy
from fieldmark.evaluate.split import Split
from fieldmark.jobs import Progress, silent
from fieldmark.learn.rows import Data, Reading
from fieldmark.learn.sources import home
from fieldmark.plugins import Plugins
from fieldmark.profile import find_profile, load_profile
from fieldmark.report.comparison import write_comparison, write_tables
from fieldmark.wording import did_you_mean, listing

_UNSAFE = str.maketrans(dict.fromkeys('/\\:*?"<>| ', "-"))


@dataclass(frozen=True)
class Compared:
    """What came out, and the files that hold it; the first one is the report."""

    comparison: Comparison
    files: tuple[Path, ...]


def compare(request: Request, progress: Progress = silent) -> Compared:
    """Compare pipelines, and write `report.html`, `results.json` and tables into `request.out`.

    A killed comparison continues with the same request: features and scores are kept.

    Raises:
        UserError: if the data, the profile, a pipeline or a protocol cannot be used.
        PluginError: if a component that was asked for is missing.
        ProjectError: if the disk is full.
    """
    _refuse_unknown(request)
    plugins = Plugins.installed()
    profile = load_profile(find_profile(request.species, home(request.data)), plugins)
    methods = methods_of(request, profile, plugins)
    place = Place(
        request.features, request.out / "cells", resolve_weights, request.workers, progress
    )
    animals_of = {data: _animals(request, data, profile.name, progress) for data in request.data}
    runs = [
        _Run(data, Bench(request, methods, plugins, place, animals))
        for data, animals in animals_of.items()
    ]
    for run in runs:
        run.carry_out()
    found = _comparison(request, methods, runs)
    return Compared(found, _write(found, request.out, progress))


def _refuse_unknown(request: Request) -> None:
    """Refuse a setting that no protocol has, before anything is read."""
    known = {name for protocol in PROTOCOLS.values() for name in protocol.settings}
    for name in request.settings:
        if name not in known:
            raise UserError(
                f"no protocol has a setting {name!r}; there are {listing(sorted(known))}"
                f"{did_you_mean(name, known)}"
            )


def _animals(request: Request, data: Data, species: str, progress: Progress) -> Animals:
    reading = Reading(
        species=species,
        where=request.where,
        columns=request.columns,
        split=request.split_column,
    )
    cache = request.out / "cache" / "photos.json"
    animals = read_animals([data], reading, cache, request.workers, progress)
    return group_look_alikes(animals) if request.group == "looks" else animals


class _Run:
    """Everything on one set of data."""

    def __init__(self, data: Data, bench: Bench) -> None:
        self.data, self.bench = data, bench
        self.used: list[DataUsed] = []
        self.cells: list[Cell] = []
        self.differences: list[Difference] = []
        self.sizes: tuple[SizeStudy, ...] = ()

    def carry_out(self) -> None:
        """Ask under each protocol; then train on more and more, if that is asked for."""
        for number, split in enumerate(self._splits()):
            question = Question(self.bench.animals, split)
            self.used.append(self._data(question))
            # What the place alone reaches does not hang on who is enrolled: once is enough.
            controls = self.bench.request.controls and number == 0
            found = run_round(self.bench, question, controls=controls)
            self.cells += with_examples(self.bench, found)
            self.differences += self._differences(found)
        if self.bench.request.growth is not None:
            self.sizes = self._grown(self.bench.request.growth)

    def _grown(self, growth: Growth) -> tuple[SizeStudy, ...]:
        request = self.bench.request
        if self.data.wildlife:
            raise UserError(
                f"{self.data.path} is read by wildlife-datasets, but --sizes trains on projects"
                " and tables; give its metadata.csv with --data"
            )
        alone = len(request.data) == 1
        asked = Asked(
            species=request.species,
            data=(self.data,),
            out=request.out if alone else request.out / self.bench.animals.name.translate(_UNSAFE),
            where=request.where,
            columns=request.columns,
            licences=request.licences,
            local=self.bench.methods.profile.default,
            **vars(growth),
        )
        return study(asked, self.bench.animals, self.bench.place, self.bench.remarks.append)

    def _splits(self) -> Iterator[Split]:
        request, animals = self.bench.request, self.bench.animals
        if request.splits:
            yield from (splitfile.read(path, animals) for path in request.splits)
            return
        for name in request.protocols or (default_protocol(animals),):
            known = PROTOCOLS[name].settings if name in PROTOCOLS else {}
            settings = {key: v for key, v in request.settings.items() if key in known}
            yield draw(name, animals, request.seed, settings)

    def _data(self, question: Question) -> DataUsed:
        animals, split = question.animals, question.split
        name = f"{animals.name} {split.protocol}".translate(_UNSAFE)
        path = self.bench.request.out / "splits" / f"{name}.csv"
        splitfile.write(split, animals, path)
        used = [animals.by_id[number] for number in split.ids.tolist()]
        visits = {row.encounter_id for row in used} - {None}
        return DataUsed(
            data=animals.name,
            protocol=split.protocol,
            description=PROTOCOLS[split.protocol].summary if split.protocol in PROTOCOLS else "",
            photos=len(used),
            individuals=len({row.individual_id for row in used}),
            encounters=len(visits) or None,
            queries=len(split.queries),
            gallery=len(split.gallery),
            split_file=str(path.relative_to(self.bench.request.out)),
            warnings=(*animals.notes, *split.notes, *warnings(animals, split)),
            licences=animals.licences,
        )

    def _differences(self, found: Round) -> Iterator[Difference]:
        return differences(found, [recipe.name for recipe in self.bench.methods.recipes])


def _comparison(request: Request, methods: Methods, runs: Sequence[_Run]) -> Comparison:
    used = [*methods.used, *(each for run in runs for each in run.bench.used)]
    remarks = [*methods.remarks, *(text for run in runs for text in run.bench.remarks)]
    remarks += [text for run in runs for text in _unusable(run.bench.animals)]
    found = Comparison(
        version=__version__,
        command=request.command,
        machine=_machine(request.workers),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        profile=f"{methods.profile.name} ({methods.profile.scientific_name})",
        pipelines=tuple(in_order(used)),
        data=tuple(each for run in runs for each in run.used),
        cells=tuple(each for run in runs for each in run.cells),
        differences=tuple(each for run in runs for each in run.differences),
        sizes=tuple(each for run in runs for each in run.sizes),
        remarks=tuple(dict.fromkeys(remarks)),
    )
    return found.model_copy(update={"conclusion": conclude(found)})


def _unusable(animals: Animals) -> Iterator[str]:
    """Yield why photos could not be used, each reason once."""
    reasons: dict[str, list[str]] = {}
    for name, why in animals.rejected:
        reasons.setdefault(why, []).append(name)
    for why, names in reasons.items():
        others = "" if len(names) == 1 else f" and {len(names) - 1} others"
        yield f"{names[0]}{others}: {why}"


def _machine(workers: int) -> str:
    python = platform.python_version()
    return f"{platform.system()} on {platform.machine()}, {workers} workers, Python {python}"


def _write(found: Comparison, out: Path, progress: Progress) -> tuple[Path, ...]:
    report = out / "report.html"
    tables = write_tables(found, out)
    write_comparison(found, report, progress)
    return (report, *tables)
