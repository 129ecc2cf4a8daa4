"""A whole comparison: from a table of photos to one report, resumable, and honest about gaps."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from fieldmark.api.comparison import Compared, Request, compare
from fieldmark.errors import UserError
from fieldmark.evaluate.learnt import Way
from fieldmark.evaluate.results import Comparison
from fieldmark.learn.rows import Data
from support.coloured import write_blots, write_profile

PROTOCOLS = ("encounter-disjoint", "open-set")


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory) -> Request:
    """Return a comparison of two pipelines and their fusion on twelve animals."""
    folder = tmp_path_factory.mktemp("comparison")
    return Request(
        (Data(write_blots(folder / "data")),),
        str(write_profile(folder)),
        folder / "out",
        protocols=PROTOCOLS,
        controls=False,
        way=Way(folds=3),
        examples=1,
        workers=1,
        command="fieldmark compare …",
    )


@pytest.fixture(scope="module")
def compared(request_: Request) -> Compared:
    """Return what came out."""
    return compare(request_)


def test_every_pipeline_meets_every_protocol(compared: Compared) -> None:
    """One cell for each; a fusion that too few animals could teach is left out, and named."""
    cells = {(cell.protocol, cell.pipeline) for cell in compared.comparison.cells}
    asked = {(p, n) for p in PROTOCOLS for n in ("colours", "grey", "fused")}
    assert asked - cells == {("open-set", "fused")}
    (remark,) = compared.comparison.remarks
    assert "fused" in remark
    assert "open-set" in remark
    assert compared.comparison.conclusion


def test_controls_stand_beside(compared: Compared, request_: Request, tmp_path: Path) -> None:
    """Blots are told apart by their colours; guessing and counting photos do not do it."""
    asked = replace(
        request_, pipelines=("colours",), protocols=(), controls=True, out=tmp_path,
        cache=request_.features,
    )  # fmt: skip
    top1 = {c.pipeline: c.metrics["top-1"].value for c in compare(asked).comparison.cells}
    colours = top1.pop("colours")
    assert set(top1) == {
        "random", "majority", "background only: colours", "mirrored flank: colours"
    }  # fmt: skip
    assert colours > 0.3 > max(top1["random"], top1["majority"])


def test_differences_are_paired(compared: Compared) -> None:
    """Each two pipelines once, wherever both gave a result."""
    pairs = {(d.protocol, d.first, d.second) for d in compared.comparison.differences}
    assert len(pairs) == 3 + 1


def test_everything_is_written(compared: Compared, request_: Request) -> None:
    """One page that needs nothing else, the numbers twice, and the splits."""
    page = compared.files[0].read_text(encoding="utf-8")
    assert "<script src" not in page
    told = json.loads((request_.out / "results.json").read_text(encoding="utf-8"))
    assert Comparison(**told) == compared.comparison
    with (request_.out / "results.csv").open(encoding="utf-8", newline="") as file:
        assert {row["pipeline"] for row in csv.DictReader(file)} >= {"colours", "fused"}
    assert len(list((request_.out / "splits").glob("*.csv"))) == 2


def test_a_second_run_makes_nothing_again(compared: Compared, request_: Request) -> None:
    """Finished cells stay as they are, and give the same numbers."""
    cells = {path: path.stat().st_mtime_ns for path in request_.out.rglob("*.npz")}
    again = compare(request_)
    assert {path: path.stat().st_mtime_ns for path in request_.out.rglob("*.npz")} == cells
    assert [cell.metrics for cell in again.comparison.cells] == [
        cell.metrics for cell in compared.comparison.cells
    ]


def test_a_split_file_repeats_a_comparison(
    compared: Compared, request_: Request, tmp_path: Path
) -> None:
    """The same queries ask the same gallery, and the numbers are the same."""
    (path,) = (request_.out / "splits").glob("*encounter-disjoint*")
    asked = replace(
        request_, splits=(path,), protocols=(), pipelines=("colours",), controls=False,
        out=tmp_path, cache=request_.features,
    )  # fmt: skip
    (again,) = compare(asked).comparison.cells
    before = next(c for c in compared.comparison.cells if c.pipeline == "colours")
    assert again.metrics == before.metrics


def test_what_was_asked_for_must_run(request_: Request, tmp_path: Path) -> None:
    """A pipeline that does not exist is refused, before anything is done."""
    with pytest.raises(UserError, match=r"has no pipeline 'colors'; it has .*did you mean"):
        compare(replace(request_, pipelines=("colors",), out=tmp_path / "x"))
    with pytest.raises(UserError, match="there is no protocol 'closed'"):
        compare(replace(request_, protocols=("closed",), out=tmp_path / "y"))
