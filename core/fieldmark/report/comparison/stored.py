"""The numbers of a comparison as files: JSON with everything, CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from fieldmark.errors import UserError
from fieldmark.evaluate.results import Comparison, Estimate
from fieldmark.files import write_text

RESULTS, CELLS, DIFFERENCES = "results.json", "results.csv", "differences.csv"
_ESTIMATE = ("value", "low", "high", "n", "individuals")
_CELL = ("data", "protocol", "pipeline", "metric", *_ESTIMATE)
_DIFFERENCE = ("data", "protocol", "metric", "first", "second", *_ESTIMATE)


def write_tables(comparison: Comparison, folder: Path) -> list[Path]:
    """Write `results.json`, `results.csv` and `differences.csv`, and return them.

    The JSON holds all that the page shows; the first CSV has one row for each data, protocol,
    pipeline and metric, the second one for each paired difference. Shares are 0–1; an empty `low`
    or `high` is an interval that there is not.
    """
    results, cells, differences = (folder / name for name in (RESULTS, CELLS, DIFFERENCES))
    write_text(results, comparison.model_dump_json(indent=1) + "\n")
    write_text(cells, _csv(_CELL, _cells(comparison)))
    write_text(differences, _csv(_DIFFERENCE, _differences(comparison)))
    return [results, cells, differences]


def read_results(path: Path) -> Comparison:
    """Return a comparison from its `results.json`, or from the folder that holds it.

    Raises:
        UserError: if the file is not there, or is none.
    """
    file = path / RESULTS if path.is_dir() else path
    try:
        return Comparison.model_validate_json(file.read_bytes())
    except OSError as problem:
        why = "it is not there" if isinstance(problem, FileNotFoundError) else str(problem.strerror)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        why = f"{where}: {first['msg']}" if where else first["msg"]
    raise UserError(
        f"{file} cannot be read as the results of a comparison ({why}); give the {RESULTS} that"
        f" `fieldmark compare` wrote, or its folder."
    )


def _cells(comparison: Comparison) -> Iterator[Sequence[object]]:
    for cell in comparison.cells:
        for metric, estimate in cell.metrics.items():
            yield cell.data, cell.protocol, cell.pipeline, metric, *_values(estimate)


def _differences(comparison: Comparison) -> Iterator[Sequence[object]]:
    for found in comparison.differences:
        names = found.data, found.protocol, found.metric, found.first, found.second
        yield *names, *_values(found.estimate)


def _values(estimate: Estimate) -> Iterator[object]:
    for name in _ESTIMATE:
        value = getattr(estimate, name)
        yield f"{value:.6g}" if isinstance(value, float) else value


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return "\ufeff" + text.getvalue()  # Excel needs the mark to read names rightly
