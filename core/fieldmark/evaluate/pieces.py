"""Parts of a table of scores on disk, so that what is killed continues where it was."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldmark.decide.scores import Scores
from fieldmark.evaluate.results import Cost
from fieldmark.files import replacing

_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


def write_piece(path: Path, tables: Mapping[str, Scores], costs: Sequence[Cost]) -> None:
    """Write tables, by name, and what they cost."""
    arrays = {
        f"{name}.{part}": value
        for name, table in tables.items()
        for part, value in vars(table).items()
        if value is not None
    }
    told = json.dumps([cost.model_dump() for cost in costs])
    with replacing(path, sync=False) as file:
        np.savez_compressed(file, allow_pickle=False, costs=np.array(told), **arrays)


def read_piece(path: Path) -> tuple[dict[str, Scores], list[Cost]] | None:
    """Return what `write_piece` wrote; None if there is nothing, or it is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            told = {name: arrays[name] for name in arrays.files}
        costs = [Cost(**cost) for cost in json.loads(str(told.pop("costs")))]
        names = {name.partition(".")[0] for name in told}
        return {name: _table(name, told) for name in sorted(names)}, costs
    except FileNotFoundError:
        return None
    except _DAMAGED:
        path.unlink(missing_ok=True)
        return None


def _table(name: str, arrays: Mapping[str, NDArray[Any]]) -> Scores:
    queries, columns, values = (
        arrays[f"{name}.{part}"] for part in ("queries", "columns", "values")
    )
    return Scores(queries, columns, values, arrays.get(f"{name}.best"))


def stacked(tables: Sequence[Scores]) -> Scores:
    """Return tables of the same columns as one, their rows one after the other."""
    first = tables[0]
    best = [table.best for table in tables if table.best is not None]
    return Scores(
        np.concatenate([table.queries for table in tables]),
        first.columns,
        np.concatenate([table.values for table in tables]),
        np.concatenate(best) if best else None,
    )
