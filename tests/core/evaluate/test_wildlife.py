"""The library wildlife-datasets, where it is installed, and what is said where it is not."""

import importlib
import importlib.util
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.errors import UserError
from fieldmark.evaluate.protocols import draw
from fieldmark.evaluate.reading import read_animals
from fieldmark.jobs import silent
from fieldmark.learn.rows import Data, Reading, parse_data
from support.herd import Seen, animals

PRESENT = importlib.util.find_spec("wildlife_datasets") is not None
needs_library = pytest.mark.skipif(
    not PRESENT, reason="needs wildlife-datasets: pip install 'fieldmark[datasets]'"
)


def read(root: Path, kind: str = "NyalaData") -> list[tuple[str, str, str]]:
    """Return what the library tells of a folder: individual, side and file of each photo."""
    data = parse_data(f"wildlife:{kind}={root}")
    found = read_animals([data], Reading("nyala"), None, 1, silent)
    return [(row.label, str(row.side), Path(row.shown).name) for row in found.rows]


def test_the_name_of_the_class_is_read(tmp_path: Path) -> None:
    """`wildlife:NyalaData=FOLDER` names the class; another word before = is a species."""
    assert parse_data(f"wildlife:NyalaData={tmp_path}") == Data(tmp_path, None, "NyalaData")
    assert parse_data(f"wildlife:NyalaData={tmp_path}").name == "NyalaData"
    assert parse_data(f"tiger={tmp_path}") == Data(tmp_path, "tiger")


@pytest.mark.skipif(PRESENT, reason="wildlife-datasets is installed")
def test_without_the_library_it_is_said_what_to_install(tmp_path: Path) -> None:
    """The sentence names the licence and the way without the library."""
    wanted = r"AGPL-3.0-or-later; install it with .*fieldmark\[datasets\].*metadata.csv"
    with pytest.raises(UserError, match=wanted):
        read(tmp_path)
    with pytest.raises(UserError, match=wanted):
        draw("wildlife:closed-set", animals([Seen("a", "1.jpg"), Seen("a", "2.jpg")]))


@needs_library
def test_a_data_set_is_read_by_the_library(tmp_path: Path) -> None:
    """Photos, names and sides are as its class tells them."""
    for who in (1, 2):
        folder = tmp_path / "main" / "Nyala_Data_Zero" / "test" / str(who)
        folder.mkdir(parents=True)
        for side in ("left", "right"):
            Image.fromarray(np.full((8, 8, 3), who, np.uint8)).save(
                folder / f"{who}_{side}photo.png"
            )
    assert sorted(read(tmp_path)) == [
        (who, side, f"{who}_{side}photo.png") for who in "12" for side in ("left", "right")
    ]
    with pytest.raises(UserError, match="did you mean 'NyalaData'"):
        read(tmp_path, "NyalaDate")
    with pytest.raises(UserError, match="cannot read SeaTurtleID2022 in"):
        read(tmp_path, "SeaTurtleID2022")


@needs_library
@pytest.mark.parametrize(
    ("name", "kind", "how"),
    [
        ("closed-set", "ClosedSetSplit", {"ratio_train": 0.8}),
        ("open-set", "OpenSetSplit", {"ratio_train": 0.8, "ratio_class_test": 0.1}),
        ("disjoint-set", "DisjointSetSplit", {"ratio_class_test": 0.2}),
        ("time-proportion", "TimeProportionSplit", {"ratio": 0.5}),
        ("time-cutoff", "TimeCutoffSplit", {"year": 2021}),
    ],
)
def test_splits_are_those_of_the_library(name: str, kind: str, how: dict[str, float]) -> None:
    """The same rows ask as when the library is used alone, with its own seed."""
    splits = importlib.import_module("wildlife_datasets.splits")
    pandas = importlib.import_module("pandas")
    seen = [
        Seen(
            str(n * 7 % 23), f"{n}.jpg", captured_at=datetime(2019 + n % 3, 1 + n % 12, 1 + n % 28)
        )
        for n in range(120)
    ]
    table = pandas.DataFrame({
        "identity": [int(s.label) for s in seen], "date": [s.captured_at for s in seen]
    })  # fmt: skip
    _first, second = getattr(splits, kind)(seed=666, **how).split(table)[0]
    split = draw(f"wildlife:{name}", animals(seen), 666)
    assert split.queries.tolist() == sorted(int(place) + 1 for place in second)
