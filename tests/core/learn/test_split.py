"""Splits: individuals and encounters held out, whatever the order of the data."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmark.errors import UserError
from fieldmark.learn.duplicates import in_words, twins, write_twins
from fieldmark.learn.looking import Entry
from fieldmark.learn.models import Split
from fieldmark.learn.split import (
    ENCOUNTERS,
    INDIVIDUALS,
    KEPT,
    OUT,
    TRAIN,
    Parts,
    draw_split,
    split_by_column,
    visit,
    without_their_visits,
)
from fieldmark.learn.splitfile import read_split, write_split

MakeEntry = Callable[..., Entry]
COMMON = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def many(entry: MakeEntry) -> list[Entry]:
    """Return 20 individuals with 4 photos in 2 encounters each."""
    return [
        entry(f"i{n}", f"{n}-{p}.jpg", encounter=f"v{n}-{p // 2}")
        for n in range(20)
        for p in range(4)
    ]


def test_shares_are_held_out(many: list[Entry]) -> None:
    """A fifth of 20 individuals is 4; an eighth of the others' 32 encounters is 4, of 2 photos."""
    parts = draw_split(many, Split(individuals=0.2, encounters=0.125))
    assert len({e.sample.individual for e in parts.at(INDIVIDUALS)}) == 4
    assert len(parts.at(INDIVIDUALS)) == 16
    assert len(parts.at(ENCOUNTERS)) == 8
    assert len({visit(e) for e in parts.at(ENCOUNTERS)}) == 4
    assert not parts.notes


def test_a_classifier_learns_nothing_of_a_visit_that_is_held_out(entry: MakeEntry) -> None:
    """Two animals of one visit: where one is held out, the other's photos of it are left out."""
    entries = [
        entry("a", "1.jpg", encounter="v1"),
        entry("b", "2.jpg", encounter="v1"),
        entry("b", "3.jpg", encounter="v2"),
        entry("c", "4.jpg"),
    ]
    parts = Parts(tuple(entries), (INDIVIDUALS, TRAIN, TRAIN, TRAIN))
    found = without_their_visits(parts)
    assert found.places == (INDIVIDUALS, OUT, TRAIN, TRAIN)
    assert found.notes == (
        "1 photos of visits that are partly held out were left out of the training",
    )
    assert without_their_visits(found).places == found.places


@COMMON
@given(seed=st.integers(0, 50), share=st.sampled_from([0.0, 0.3, 0.9]))
def test_nothing_leaks(many: list[Entry], seed: int, share: float) -> None:
    """No individual or encounter lies on two sides, and two photos of each remain to learn from."""
    parts = draw_split(many, Split(individuals=0.2, encounters=share, seed=seed))
    train, strangers, known = (parts.at(p) for p in (TRAIN, INDIVIDUALS, ENCOUNTERS))
    who = {e.sample.individual for e in strangers}
    assert who.isdisjoint(e.sample.individual for e in (*train, *known))
    assert {visit(e) for e in known}.isdisjoint(visit(e) for e in train)
    for name in {e.sample.individual for e in train}:
        assert sum(e.sample.individual == name for e in train) >= KEPT


@COMMON
@given(seed=st.integers(0, 1000))
def test_the_order_of_the_data_changes_nothing(many: list[Entry], seed: int) -> None:
    """Shuffled rows are split alike; another seed splits otherwise."""
    shuffled = random.Random(seed).sample(many, len(many))
    first, second = (draw_split(each, Split()) for each in (many, shuffled))
    wanted = dict(zip((e.row.shown for e in first.entries), first.places, strict=True))
    got = dict(zip((e.row.shown for e in second.entries), second.places, strict=True))
    assert got == wanted
    assert draw_split(many, Split(seed=1)).places != first.places


def test_a_shared_encounter_is_held_out_whole(entry: MakeEntry) -> None:
    """Two animals of one visit leave training together, because they share the background."""
    herd = [entry(f"i{n}", f"{n}-{p}.jpg", encounter=f"v{p}") for n in range(10) for p in range(4)]
    parts = draw_split(herd, Split(individuals=0, encounters=0.25))
    assert len(parts.at(ENCOUNTERS)) == 10
    assert len({visit(e) for e in parts.at(ENCOUNTERS)}) == 1


def test_of_few_individuals_none_is_held_out(entry: MakeEntry) -> None:
    """Below ten, every photo is needed to learn from; it is said so, species by species."""
    few = [entry(f"i{n}", f"{n}-{p}.jpg", species="lynx") for n in range(9) for p in range(2)]
    parts = draw_split(few, Split())
    assert set(parts.places) == {TRAIN}
    assert parts.notes[0].startswith("lynx has 9 individuals, and 10 are needed")


def test_a_column_decides_alone(entry: MakeEntry) -> None:
    """What is held out of a trained individual is a new encounter; test is left out, and said."""
    rows = [("a", "train"), ("b", "Train"), ("a", "val"), ("c", "val"), ("d", "test")]
    entries = [entry(who, f"{n}.jpg", split=word) for n, (who, word) in enumerate(rows)]
    parts = split_by_column(entries)
    assert parts.places == (TRAIN, TRAIN, ENCOUNTERS, INDIVIDUALS, OUT)
    assert parts.notes == ("1 photos whose split is 'test' were left out",)
    with pytest.raises(UserError, match="holds no 'train', but 'val'"):
        split_by_column(entries[2:4])


def test_a_written_split_is_repeated(many: list[Entry], tmp_path: Path) -> None:
    """Photos that came later are left out, and those that went are counted."""
    parts = draw_split(many, Split())
    write_split(tmp_path / "split.csv", parts)
    assert read_split(tmp_path / "split.csv", many) == Parts(parts.entries, parts.places)
    again = read_split(tmp_path / "split.csv", many[2:])
    assert again.notes == ("2 photos that split.csv names are not in the data",)


def test_what_is_no_split_is_refused(many: list[Entry], entry: MakeEntry, tmp_path: Path) -> None:
    """Another table, a place that does not exist, and a split of other photos."""
    path = tmp_path / "split.csv"
    path.write_text("path,identity\n")
    with pytest.raises(UserError, match="first line must be data,path"):
        read_split(path, many)
    path.write_text("data,path,box,individual,split\na,b,c,d,trian\n")
    with pytest.raises(UserError, match=r"split.csv:2: the last value must be one of train"):
        read_split(path, many)
    write_split(path, draw_split(many, Split()))
    with pytest.raises(UserError, match="names none of these photos"):
        read_split(path, [entry("z", "z.jpg")])


def test_twins_across_the_split_are_reported(entry: MakeEntry, tmp_path: Path) -> None:
    """One file twice, and a near-duplicate; twins on one side are nobody's business."""
    held = [entry("a", "1.jpg", sha256="s", bits=0), entry("a", "2.jpg", bits=0b1111)]
    train = [
        entry("b", "3.jpg", sha256="s", bits=2**64 - 1),
        entry("a", "4.jpg", bits=0b1111 << 4),
        entry("a", "5.jpg", bits=0b11111111),
    ]
    parts = Parts((*held, *train), (INDIVIDUALS, ENCOUNTERS, TRAIN, TRAIN, TRAIN))
    pairs = twins(parts)
    found = [(p.held.row.shown, p.trained.row.shown, p.distance, p.same_file) for p in pairs]
    assert found == [
        ("1.jpg", "3.jpg", 64, True),
        ("1.jpg", "4.jpg", 4, False),
        ("2.jpg", "5.jpg", 4, False),
    ]
    assert "held-out photos look the same" in in_words(pairs)
    assert "1 of them one file, 1 under different individuals" in in_words(pairs)
    assert in_words([]) == ""
    write_twins(tmp_path / "twins.csv", pairs)
    assert (tmp_path / "twins.csv").read_text().splitlines()[
        1
    ] == "set/1.jpg,cat/a,set/3.jpg,cat/b,64,yes"
