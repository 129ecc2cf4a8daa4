"""Writing tables row by row."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import IO, Any


def write_csv(
    file: IO[bytes], columns: Iterable[str], rows: Iterable[Mapping[str, Any]], *, mark: bool = True
) -> None:
    """Write UTF-8 CSV; what a row does not name is empty.

    Args:
        file: where to.
        columns: in their order.
        rows: by column.
        mark: begin with the byte-order mark, which Excel needs to read names rightly.
    """
    encoding = "utf-8-sig" if mark else "utf-8"
    text = io.TextIOWrapper(file, encoding=encoding, newline="", write_through=True)
    writer = csv.DictWriter(text, list(columns), restval="")
    writer.writeheader()
    writer.writerows(rows)
    text.detach()
