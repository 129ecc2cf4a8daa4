"""The numbers of a comparison can be opened in a spreadsheet, and read back."""

import csv
import json
from pathlib import Path

import pytest

from fieldmark.errors import UserError
from fieldmark.evaluate.results import Comparison, Estimate
from fieldmark.report.comparison import read_results, write_tables
from support import compared


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def whole() -> Comparison:
    """Return a comparison with every part but photos."""
    return compared.comparison()


def test_results_come_back_as_they_were(whole: Comparison, tmp_path: Path) -> None:
    """The report can be drawn again without measuring again, from the file or its folder."""
    results, *_ = write_tables(whole, tmp_path)
    assert read_results(results) == whole
    assert read_results(tmp_path) == whole


def test_scores_without_end_come_back(tmp_path: Path) -> None:
    """A score of minus infinity survives, though JSON has no word for it."""
    endless = Estimate(value=float("-inf"))
    known = compared.comparison(pipelines=("local",))
    cells = (compared.cell("local", top1=endless),)
    results, *_ = write_tables(known.model_copy(update={"cells": cells}), tmp_path)
    json.loads(results.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert read_results(results).cells[0].metrics["top-1"] == endless


def test_there_is_a_row_for_each_metric_of_each_cell(whole: Comparison, tmp_path: Path) -> None:
    """Nothing that was measured is missing from the spreadsheet."""
    _, cells, _ = write_tables(whole, tmp_path)
    found = rows(cells)
    assert len(found) == sum(len(cell.metrics) for cell in whole.cells)
    assert found[0] == {
        "data": "Nyala",
        "protocol": "encounter-disjoint",
        "pipeline": "fused",
        "metric": "top-1",
        "value": "0.62",
        "low": "0.55",
        "high": "0.69",
        "n": "300",
        "individuals": "53",
    }


def test_an_interval_that_there_is_not_is_empty(tmp_path: Path) -> None:
    """A missing number is not written as zero."""
    known = compared.comparison(pipelines=("local",))
    cells = (compared.cell("local", top1=Estimate(value=0.5)),)
    _, path, _ = write_tables(known.model_copy(update={"cells": cells}), tmp_path)
    assert [(row["low"], row["high"]) for row in rows(path)] == [("", "")]


def test_there_is_a_row_for_each_difference(whole: Comparison, tmp_path: Path) -> None:
    """The controls among themselves are there, too."""
    *_, path = write_tables(whole, tmp_path)
    found = rows(path)
    assert len(found) == len(whole.differences)
    assert {(row["first"], row["second"]) for row in found} >= {("fused", "local")}


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 2}', "name: value"])
def test_another_file_is_refused_in_one_sentence(text: str, tmp_path: Path) -> None:
    """Who gives a wrong file learns which one to give."""
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"other\.json cannot be read .* give the results\.json"):
        read_results(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A folder without results is told from one with wrong ones."""
    with pytest.raises(UserError, match="it is not there"):
        read_results(tmp_path)
