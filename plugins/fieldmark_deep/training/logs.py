"""The log of a training: a CSV file, and TensorBoard's."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from fieldmark.files import write_text

LOG = "log.csv"


def write_csv(folder: Path, history: Sequence[dict[str, float]]) -> None:
    """Write one row for each epoch; columns in order of appearance."""
    columns = list(dict.fromkeys(name for row in history for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    write_text(folder / LOG, text.getvalue())


def write_tensorboard(folder: Path, row: dict[str, float]) -> None:
    """Add one epoch's row to TensorBoard's log; a repeated epoch replaces the one before."""
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - takes a second

    epoch = int(row["epoch"])
    with SummaryWriter(str(folder / "tensorboard"), purge_step=epoch) as writer:
        for name, value in row.items():
            if name != "epoch":
                writer.add_scalar(name.replace(" ", "_"), value, epoch)
