"""Labelled data as the library wildlife-datasets knows them, for its more than fifty data sets.

The library is under the AGPL-3.0-or-later since its version 1.0.9. It is not part of fieldmark: it
is imported only here and in `fieldmark.evaluate.protocols.wildlife`, only inside functions, and
only when somebody asks for it. Its tables, saved as `metadata.csv`, are read without it.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from fieldmark.errors import UserError
from fieldmark.learn.rows import Labelled, Reading
from fieldmark.learn.tables import Told, read_lines
from fieldmark.wording import did_you_mean

LIBRARY = "wildlife_datasets"


def library(part: str) -> ModuleType:
    """Return a part of the library, `datasets` or `splits`.

    Raises:
        UserError: if it is not installed.
    """
    try:
        return import_module(f"{LIBRARY}.{part}")
    except ImportError as error:
        raise UserError(
            f"this needs the library wildlife-datasets ({error}), which is under the"
            " AGPL-3.0-or-later; install it with `pip install 'fieldmark[datasets]'`, or save its"
            " table as metadata.csv, which is read without it"
        ) from error


def read_wildlife(kind: str, root: Path, name: str, reading: Reading) -> Labelled:
    """Return what a data set tells, read by the library's class of that name.

    Nothing is downloaded: the folder must hold the data as the library left them.

    Args:
        kind: the name of the class, as `NyalaData`.
        root: the data set's own folder.
        name: what to call this set of data.
        reading: how to read its table.

    Raises:
        UserError: if there is no such class, or it cannot read the folder.
    """
    classes = _classes(library("datasets"))
    if kind not in classes:
        raise UserError(
            f"wildlife-datasets has no data set {kind!r}{did_you_mean(kind, classes)}; its classes"
            " are listed in its documentation, as in --data wildlife:NyalaData=FOLDER"
        )
    try:
        table = classes[kind](str(root)).df
    except Exception as error:  # the library raises what its 50 classes happen to raise
        raise UserError(
            f"wildlife-datasets cannot read {kind} in {root} ({error!r}); give the folder that its"
            " own download made"
        ) from error
    header = [str(column) for column in table.columns]
    told = Told(f"{kind} in {root}", f"{kind}", root.resolve(), header, _lines(table))
    return read_lines(told, name, None, reading)


def _classes(module: ModuleType) -> dict[str, Any]:
    base = module.WildlifeDataset
    found = vars(module).items()
    return {n: c for n, c in found if isinstance(c, type) and issubclass(c, base) and c is not base}


def _lines(table: Any) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401 - a pandas.DataFrame
    for number, row in enumerate(table.itertuples(index=False, name=None), start=1):
        yield number, [_text(value) for value in row]


def _text(value: object) -> str:
    """Return a cell as a table would write it; empty for what is missing."""
    if value is None or value != value:  # noqa: PLR0124 - only NaN differs from itself
        return ""
    if isinstance(value, Iterable) and not isinstance(value, str | dict):
        return f"[{', '.join(str(part) for part in value)}]"
    return str(value)
