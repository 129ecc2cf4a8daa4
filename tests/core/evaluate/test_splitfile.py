"""Splits on disk."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmark.errors import UserError
from fieldmark.evaluate.protocols import draw
from fieldmark.evaluate.split import Split
from fieldmark.evaluate.splitfile import read, write
from support.herd import Seen, animals, herds


def same(first: Split, second: Split) -> bool:
    """Return whether two splits are the same."""
    numbers = all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in ("gallery", "queries")
    )
    rest = ("protocol", "seed", "encounters", "frames", "settings", "notes")
    return numbers and all(getattr(first, name) == getattr(second, name) for name in rest)


@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seen=herds(),
    uses=st.lists(st.sampled_from(["gallery", "query", "both", "none"]), min_size=60, max_size=60),
    encounters=st.sampled_from(["removed", "kept"]),
    seed=st.one_of(st.none(), st.integers()),
    told=st.dictionaries(st.text(max_size=3), st.text(max_size=5), max_size=2),
)
def test_a_written_split_is_read_as_it_was(
    tmp_path: Path,
    seen: list[Seen],
    uses: list[str],
    encounters: Literal["removed", "kept"],
    seed: int | None,
    told: dict[str, str],
) -> None:
    """All that makes a split comes back, whatever the words and whoever is left out."""
    data = animals(seen)
    gallery, queries = (
        np.array([r.id for r, u in zip(data.rows, uses, strict=False) if u in kinds], np.int64)
        for kinds in (("gallery", "both"), ("query", "both"))
    )
    split = Split(
        "x",
        seed,
        gallery,
        queries,
        encounters,
        3,
        told,
        ("a note, “quoted”\n",),
    )
    write(split, data, tmp_path / "split.csv")
    assert same(read(tmp_path / "split.csv", data), split)


def test_the_order_of_the_data_does_not_matter(tmp_path: Path) -> None:
    """The same photos in another order get the same sides; a photo more is left out, and said."""
    seen = [Seen(f"i{n}", f"{n}-{v}.jpg", f"{n}-{v}") for n in range(4) for v in range(4)]
    first = animals(seen)
    write(draw("encounter-split", first), first, tmp_path / "a" / "split.csv")
    second = animals([Seen("new", "new.jpg"), *reversed(seen)])
    split = read(tmp_path / "a" / "split.csv", second)
    one, other = (
        {data.by_id[n].shown for n in drawn.queries.tolist()}
        for data, drawn in ((first, draw("encounter-split", first)), (second, split))
    )
    assert one == other
    assert split.notes[-1] == "1 photos that split.csv does not name were left out"


def test_other_data_are_refused(tmp_path: Path) -> None:
    """Missing photos, changed photos, and other encounters each have their sentence."""
    path = tmp_path / "split.csv"
    seen = [Seen("a", "1.jpg", "v"), Seen("a", "2.jpg", "w"), Seen("b", "3.jpg", "v")]
    write(draw("encounter-disjoint", animals(seen)), animals(seen), path)
    with pytest.raises(UserError, match=r"drawn from other data: 1 photos .* such as '3.jpg'"):
        read(path, animals(seen[:2]))
    with pytest.raises(UserError, match=r"1 have changed since, such as '1.jpg'"):
        read(path, animals([seen[0]._replace(sha256="other"), *seen[1:]]))
    with pytest.raises(UserError, match="drawn with other encounters: those of 1 photos differ"):
        read(path, animals([seen[0]._replace(encounter="x"), *seen[1:]]))


def test_the_names_of_encounters_stay_at_home(tmp_path: Path) -> None:
    """They may tell stations and times, so digests of them are written."""
    data = animals([Seen("a", "1.jpg", "waterhole/2019"), Seen("a", "2.jpg", "waterhole/2020")])
    write(draw("encounter-disjoint", data), data, tmp_path / "split.csv")
    assert "waterhole" not in (tmp_path / "split.csv").read_text()


def test_what_is_no_split_is_refused(tmp_path: Path) -> None:
    """Another table, a first line that is no split's, and a strange use."""
    path, data = tmp_path / "split.csv", animals([Seen("a", "1.jpg"), Seen("a", "2.jpg")])
    with pytest.raises(UserError, match="cannot be read"):
        read(path, data)
    path.write_text("data,path\n")
    with pytest.raises(UserError, match="is no split of a comparison"):
        read(path, data)
    write(draw("encounter-disjoint", data), data, path)
    text = path.read_text()
    path.write_text(text.replace('"format":1', '"format":2'))
    with pytest.raises(UserError, match=r"split.csv:1: format: must be 1"):
        read(path, data)
    path.write_text(text.replace(",both", ",bath"))
    with pytest.raises(UserError, match=r"split.csv:3: the last value must be one of gallery"):
        read(path, data)
