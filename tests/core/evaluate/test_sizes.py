"""Who is learnt from at each size of a training-size study, and who is asked."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.evaluate.sizes import (
    VARY,
    Taken,
    Vary,
    enough,
    in_words,
    ladder,
    parse_sizes,
    sides,
    write_taken,
)
from fieldmark.learn.splitfile import COLUMNS
from fieldmark.types import WHOLE, Side


def animals(counts: Sequence[int], per_visit: int = 2, parts: Sequence[str] = ()) -> list[Animal]:
    """Return animals of which each has so many photos, in visits of `per_visit` photos."""
    rows: list[Animal] = []
    for who, count in enumerate(counts, start=1):
        for photo in range(count):
            number, name = len(rows) + 1, f"{who}-{photo}.png"
            visit = who * 1000 + photo // per_visit
            part = parts[who - 1] if parts else ""
            rows.append(
                Animal(
                    number, number, visit, who, Side.LEFT, f"a{who}", "cat", name, Path(name),
                    f"{number:064x}", WHOLE, "cat", 32, 24, encounter=f"v{visit}", part=part,
                )
            )  # fmt: skip
    return rows


@given(
    counts=st.lists(st.integers(1, 9), min_size=1, max_size=12),
    sizes=st.sets(st.integers(1, 12), min_size=1, max_size=5),
    varied=st.sampled_from(VARY),
    seed=st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_every_size_holds_the_smaller_ones(
    counts: list[int], sizes: set[int], varied: Vary, seed: int
) -> None:
    """Each step adds photos, takes none away, and has as many as were asked for and are there."""
    pool = animals(counts)
    steps = ladder(pool, varied, sorted(sizes), seed)
    for smaller, larger in pairwise(steps):
        assert smaller.ids < larger.ids
    for step in steps:
        found = Counter(row.individual_id for row in pool if row.id in step.ids)
        if varied == "photos":
            assert found == {who: min(n, step.size) for who, n in enumerate(counts, start=1)}
        else:
            several = [n for n in counts if n > 1]
            assert len(found) == min(step.size, len(several)) == step.individuals
            assert all(n == counts[who - 1] for who, n in found.items())


def test_the_order_of_the_data_does_not_matter_and_the_seed_does() -> None:
    """Names decide, so another computer, or a table sorted otherwise, takes the same."""
    pool = animals([6] * 8)
    mixed = random.Random(1).sample(pool, len(pool))
    for varied in VARY:
        assert ladder(pool, varied, (1, 2, 4), 0) == ladder(mixed, varied, (1, 2, 4), 0)
        assert ladder(pool, varied, (1, 2, 4), 0) != ladder(pool, varied, (1, 2, 4), 1)


def test_another_individual_moves_nobody() -> None:
    """Adding an animal to the data adds its photos, and changes nothing else that is taken."""
    before, after = (ladder(animals([5] * n), "photos", (2,), 0)[0].ids for n in (6, 7))
    assert before < after
    assert len(after - before) == 2


def test_the_first_photos_are_of_different_visits() -> None:
    """Only when each encounter has given one does any give its second."""
    pool = animals([6, 9], per_visit=3)
    visits: dict[int, set[int | None]] = defaultdict(set)
    for row in pool:
        if row.id in ladder(pool, "photos", (2,), 0)[0].ids:
            visits[row.individual_id].add(row.encounter_id)
    assert {who: len(seen) for who, seen in visits.items()} == {1: 2, 2: 2}


def test_sizes_that_add_nothing_are_left_out() -> None:
    """Where nobody has more than four photos, eight of each are the same as four."""
    assert [step.size for step in ladder(animals([4, 3]), "photos", (2, 4, 8, 16), 0)] == [2, 4]
    assert [step.size for step in ladder(animals([4] * 3), "individuals", (2, 3, 9), 0)] == [2, 3]


def test_what_is_said_of_a_step() -> None:
    """Photos of each at most where photos grow; their mean where individuals do."""
    photos = ladder(animals([6, 2, 1]), "photos", (4,), 0)[0]
    assert (photos.photos, photos.individuals, len(photos.ids)) == (4, 3, 7)
    people = ladder(animals([6, 2, 1]), "individuals", (2,), 0)[0]
    assert (people.photos, people.individuals, len(people.ids)) == (4, 2, 8)
    assert in_words("photos", 1) == "1 photo of each individual"
    assert in_words("individuals", 16) == "16 individuals"


@pytest.mark.parametrize(
    ("counts", "size", "able"), [([4, 4], 1, False), ([4, 4], 2, True), ([4, 1, 1], 4, False)]
)
def test_two_individuals_with_two_photos_are_enough(
    counts: list[int], size: int, able: bool
) -> None:
    """Less than that teaches nothing of what stays the same."""
    pool = animals(counts)
    assert enough(ladder(pool, "photos", (size,), 0)[0], pool) is able


def labels(rows: Sequence[Animal]) -> set[str]:
    """Return the individuals of some rows."""
    return {row.label for row in rows}


def test_a_fifth_of_the_individuals_is_held_out() -> None:
    """Whole, and nobody of them can be learnt from."""
    found = sides(Animals("cats", tuple(animals([3] * 20))))
    assert len(labels(found.test)) == 4
    assert not labels(found.test) & labels(found.pool)
    assert len(found.pool) + len(found.test) == 60


def test_the_split_column_decides_and_test_comes_before_val() -> None:
    """Without a test part, val is asked; with one, val is left out."""
    told = ["train", "train", "val", "Val", "test"]
    with_test = sides(Animals("cats", tuple(animals([2] * 5, parts=told))))
    assert (labels(with_test.pool), labels(with_test.test)) == ({"a1", "a2"}, {"a5"})
    without = sides(Animals("cats", tuple(animals([2] * 4, parts=told[:4]))))
    assert (labels(without.pool), labels(without.test)) == ({"a1", "a2"}, {"a3", "a4"})


def test_who_is_on_both_sides_is_not_asked() -> None:
    """A held-out photo of an individual that is learnt from would measure memory; it is counted."""
    rows = [*animals([2, 2], parts=["train", "test"]), *animals([1], parts=["test"])]
    found = sides(Animals("cats", tuple(rows)))
    assert labels(found.test) == {"a2"}
    assert "1 photos held out of individuals that are also learnt from" in found.notes[0]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["train"] * 12, "'train' and holds no individual out whole"),
        ([], "has 4 individuals, and 10 of one species are needed"),
    ],
)
def test_nobody_to_hold_out_is_refused(parts: list[str], message: str) -> None:
    """In one sentence, with what to do."""
    rows = animals([2] * (len(parts) or 4), parts=parts)
    with pytest.raises(UserError, match=message):
        sides(Animals("cats", tuple(rows)))


def test_sizes_are_read() -> None:
    """Whole numbers, each larger than the one before."""
    assert parse_sizes("1, 2,4,8") == (1, 2, 4, 8)
    for text in ("", "0,2", "4,2", "2,2", "two", "1,,2", "-1,2"):
        with pytest.raises(UserError, match="as in --sizes 1,2,4,8,16"):
            parse_sizes(text)


def test_a_split_names_every_photo(tmp_path: Path) -> None:
    """What was taken is trained on, everything else is left out, nothing is held out."""
    rows = animals([2, 1])
    write_taken(tmp_path / "split.csv", Taken("photos", 1, 0, frozenset({1, 3}), 1, 2), rows)
    assert (tmp_path / "split.csv").read_text().splitlines() == [
        ",".join(COLUMNS),
        "cat,1-0.png,0.00000 0.00000 1.00000 1.00000,cat/a1,train",
        "cat,1-1.png,0.00000 0.00000 1.00000 1.00000,cat/a1,left out",
        "cat,2-0.png,0.00000 0.00000 1.00000 1.00000,cat/a2,train",
    ]
