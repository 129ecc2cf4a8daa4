"""Labelled data from wherever they are: a project's catalogue, or a table."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fieldmark.catalog import AnnotationRow, Project, annotations, group_encounters
from fieldmark.catalog.project import DATABASE
from fieldmark.errors import UserError
from fieldmark.learn.rows import NO_SIDE, Data, Labelled, Reading, Row
from fieldmark.learn.tables import read_table
from fieldmark.learn.wildlife import read_wildlife
from fieldmark.types import Side

TABLE = "metadata.csv"


def read_data(sets: Sequence[Data], reading: Reading) -> Labelled:
    """Return what all sets of data tell, in their order.

    Raises:
        UserError: if one cannot be read.
    """
    if not sets:
        raise UserError("there is nothing to learn from; say what, as in --data photos.csv")
    found = Labelled()
    names: Counter[str] = Counter()
    for data in sets:
        names[data.name] += 1
        again = names[data.name]
        found.extend(_read(data, data.name if again == 1 else f"{data.name}-{again}", reading))
    return found


def home(sets: Sequence[Data]) -> Path:
    """Return the folder whose own recipes and profiles come first: a project's, or this one."""
    projects = (data.path for data in sets if (data.path / DATABASE).is_file())
    return next(projects, Path())


def species_of(sets: Sequence[Data]) -> str:
    """Return the profile of the first project.

    Raises:
        UserError: if there is none.
    """
    for data in sets:
        if (data.path / DATABASE).is_file():
            with Project.open(data.path) as project:
                return project.species
    raise UserError(
        "tables do not say whose pipelines to use; name a profile, as in --species tiger"
        " (see: fieldmark species list)"
    )


def _read(data: Data, name: str, reading: Reading) -> Labelled:
    if data.wildlife is not None:
        return read_wildlife(data.wildlife, data.path, name, reading)
    if (data.path / DATABASE).is_file():
        return _read_project(data, name, reading)
    path = data.path / TABLE if data.path.is_dir() else data.path
    if not path.is_file():
        raise UserError(
            f"{data.path} is neither a project nor does it hold {TABLE}; make a project with"
            " `fieldmark init`, or give a table with --data photos.csv"
        )
    return read_table(data, path, name, reading)


def _read_project(data: Data, name: str, reading: Reading) -> Labelled:
    if reading.split is not None or reading.where:
        raise UserError(
            f"{data.path} is a project, which has no columns; leave out --split-column and --where,"
            " or write its table with `fieldmark export csv` and give that"
        )
    found = Labelled()
    with Project.open(data.path) as project:
        with project.writing() as session:
            group_encounters(session, int(reading.gap_seconds))
        with project.reading() as session:
            for row in annotations(session, named=None if reading.unnamed else True):
                if reading.sided and not _side_is_told(row):
                    found.notes[NO_SIDE] += 1
                else:
                    _take(row, project.folder, data, name, found)
    return found


def _side_is_told(row: AnnotationRow) -> bool:
    """Return whether a person or an import says the side; nothing learns from its own guesses."""
    return row.side is not Side.UNKNOWN and not (row.side_by or "").startswith("model:")


def _take(row: AnnotationRow, folder: Path, data: Data, name: str, found: Labelled) -> None:
    if row.path is None:
        reason = "the photo is not where it was; import its folder again"
        found.rejected.append((f"{name} annotation {row.id}", reason))
        return
    below = row.path.is_relative_to(folder)
    encounter = None if row.encounter_id is None else f"{name}/{row.encounter_id}"
    found.rows.append(
        Row(
            name,
            (row.path.relative_to(folder) if below else row.path).as_posix(),
            row.path,
            row.individual_name or f"unnamed {encounter or row.id}",
            data.species or row.species,
            row.box,
            row.side,
            encounter,
            None if row.mask is None else folder / row.mask,
            captured_at=None if row.time_flag else row.captured_at,
            station=row.station,
        )
    )
