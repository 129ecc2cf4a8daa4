"""The log of a training."""

import csv
from pathlib import Path

import pytest

from fieldmark_deep.training.logs import LOG, write_csv, write_tensorboard


def test_the_table_has_a_row_for_each_epoch(tmp_path: Path) -> None:
    """Columns come in order of appearance; what an epoch did not measure stays empty."""
    write_csv(tmp_path, [{"epoch": 0, "x mAP": 0.5}, {"epoch": 1, "loss": 2.0}])
    with (tmp_path / LOG).open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["epoch", "x mAP", "loss"], ["0", "0.5", ""], ["1", "", "2.0"]]


def test_the_table_is_replaced_whole(tmp_path: Path) -> None:
    """A later table takes the place of the former, and leaves nothing else behind."""
    for count in (3, 1):
        write_csv(tmp_path, [{"epoch": n} for n in range(count)])
    assert (tmp_path / LOG).read_text() == "epoch\n0\n"
    assert [p.name for p in tmp_path.iterdir()] == [LOG]


def test_a_repeated_epoch_replaces_the_former(tmp_path: Path) -> None:
    """TensorBoard shows the rows of the resumed run, not those it repeats."""
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="no TensorBoard here"
    )
    for epoch, loss in ((1, 4.0), (2, 3.0), (2, 2.5), (3, 2.0)):
        write_tensorboard(tmp_path, {"epoch": epoch, "loss": loss, "new individuals mAP": 0.5})
    read = accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    read.Reload()
    assert sorted(read.Tags()["scalars"]) == ["loss", "new_individuals_mAP"]
    assert [(e.step, e.value) for e in read.Scalars("loss")] == [(1, 4.0), (2, 2.5), (3, 2.0)]
