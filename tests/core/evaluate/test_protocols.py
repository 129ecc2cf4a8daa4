"""Protocols: who is enrolled and who asks, whatever the order of the data."""

import random
from collections.abc import Callable
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.protocols import PROTOCOLS, default_protocol, draw
from fieldmark.evaluate.protocols.parts import LEAKY, NO_ENCOUNTERS, individual, visit
from fieldmark.evaluate.split import Split
from support.herd import Seen, animals, herds

DRAWN = ("encounter-split", "open-set", "disjoint", "closed-set")
COMMON = settings(deadline=None, max_examples=25)


def names(animals: Animals, numbers: np.ndarray, of: Callable[..., str]) -> set[str]:
    """Return what the annotations are called, or belong to."""
    return {of(animals.by_id[number]) for number in numbers.tolist()}


def sides(data: Animals, split: Split) -> dict[str, tuple[bool, bool]]:
    """Return for each photo whether it is enrolled and whether it asks."""
    gallery, queries = set(split.gallery.tolist()), set(split.queries.tolist())
    return {row.shown: (row.id in gallery, row.id in queries) for row in data.rows}


def drawn(name: str, seen: list[Seen], seed: int) -> dict[str, tuple[bool, bool]] | None:
    """Return the sides under a protocol; None: the data are too few for it."""
    data = animals(seen)
    try:
        return sides(data, draw(name, data, seed))
    except UserError:
        return None


@COMMON
@given(
    seen=herds(), seed=st.integers(0, 9), name=st.sampled_from(DRAWN), shuffle=st.integers(0, 99)
)
def test_the_order_of_the_data_changes_nothing(
    seen: list[Seen], seed: int, name: str, shuffle: int
) -> None:
    """Shuffled rows are drawn alike."""
    shuffled = random.Random(shuffle).sample(seen, len(seen))
    assert drawn(name, shuffled, seed) == drawn(name, seen, seed)


@COMMON
@given(seen=herds(), seed=st.integers(0, 9), name=st.sampled_from(DRAWN))
def test_a_photo_more_moves_no_other_individual(seen: list[Seen], seed: int, name: str) -> None:
    """What is drawn hangs on digests of names, so that a visit more moves nobody else's photos."""
    before = drawn(name, seen, seed)
    after = drawn(name, [*seen, Seen("i0", "more.jpg", "of its own")], seed)
    others = [s.shown for s in seen if s.label != "i0" and s.encounter != "shared"]
    if before is not None and after is not None:
        assert {shown: after[shown] for shown in others} == {
            shown: before[shown] for shown in others
        }


@COMMON
@given(seen=herds(), seed=st.integers(0, 9))
def test_no_encounter_is_on_both_sides_and_everybody_is_enrolled(
    seen: list[Seen], seed: int
) -> None:
    """Also where several individuals share an encounter, or it is not known."""
    data = animals(seen)
    try:
        split = draw("encounter-split", data, seed)
    except UserError:  # everybody has one encounter
        return
    assert names(data, split.gallery, visit).isdisjoint(names(data, split.queries, visit))
    assert names(data, split.gallery, individual) == {individual(row) for row in data.rows}
    assert len(split.gallery) + len(split.queries) == len(data.rows)


@COMMON
@given(seen=herds(), seed=st.integers(0, 9))
def test_who_is_new_is_never_in_the_gallery(seen: list[Seen], seed: int) -> None:
    """A fifth of the individuals, at least one, asks with all photos and is nowhere enrolled."""
    data = animals(seen)
    split = draw("open-set", data, seed)
    everybody = {individual(row) for row in data.rows}
    new = everybody - names(data, split.gallery, individual)
    assert len(new) == max(round(0.2 * len(everybody)), 1)
    photos = {row.id for row in data.rows if individual(row) in new}
    assert photos <= set(split.queries.tolist())
    assert set(split.enrolled(data).tolist()).isdisjoint(data.individuals(photos).tolist())


def test_shares_are_exact() -> None:
    """Of ten visits of each of ten animals seven are enrolled; another seed draws others."""
    seen = [Seen(f"i{n}", f"{n}-{v}.jpg", f"{n}-{v}") for n in range(10) for v in range(10)]
    data = animals(seen)
    split = draw("encounter-split", data)
    counts = np.unique(data.individuals(split.gallery.tolist()), return_counts=True)[1]
    assert counts.tolist() == [7] * 10
    assert len(draw("encounter-split", data, settings={"share": "0.2"}).gallery) == 20
    assert sides(data, draw("encounter-split", data, 1)) != sides(data, split)
    assert split.seed == 0
    assert split.settings == {"share": "0.7"}


def test_every_photo_asks_all_others_by_default() -> None:
    """Without encounters the default is the same, and a note says what that hides."""
    data = animals([Seen("a", "1.jpg"), Seen("a", "2.jpg"), Seen("b", "3.jpg")])
    assert default_protocol(data) == "encounter-disjoint"
    split = draw(default_protocol(data), data)
    assert split.gallery.tolist() == split.queries.tolist() == [1, 2, 3]
    assert (split.seed, split.encounters, split.notes) == (None, "removed", (NO_ENCOUNTERS,))
    known = animals([Seen("a", "1.jpg", "v"), Seen("a", "2.jpg")])
    assert draw("encounter-disjoint", known).notes == (
        "the encounter of 1 photos is not known, so each of them is its own",
    )


def test_the_usual_split_says_that_it_leaks() -> None:
    """Seven photos in ten of each animal are enrolled, whatever their encounter."""
    data = animals([Seen(f"i{n}", f"{n}-{p}.jpg", f"v{n}") for n in range(3) for p in range(10)])
    split = draw("closed-set", data)
    assert (len(split.gallery), len(split.queries), split.encounters) == (21, 9, "kept")
    assert split.notes == (LEAKY,)


def test_what_came_later_asks() -> None:
    """An encounter belongs to its first photo; what has no time is left out, and said."""
    days = [("a", 1, "v1"), ("a", 2, "v1"), ("b", 1, "v2"), ("b", 3, "v3"), ("c", 3, "v4")]
    seen = [
        Seen(who, f"{n}.jpg", visit, captured_at=datetime(2019, 3, day))
        for n, (who, day, visit) in enumerate(days)
    ]
    data = animals([*seen, Seen("a", "x.jpg")])
    split = draw("time-aware", data, settings={"before": "2019-03-02"})
    assert split.gallery.tolist() == [1, 2, 3]
    assert split.queries.tolist() == [4, 5]
    assert any("1 photos without a time" in note for note in split.notes)
    assert draw("time-aware", data, settings={"share": "0.6"}).queries.tolist() == [4, 5]
    with pytest.raises(UserError, match="before must be a time"):
        draw("time-aware", data, settings={"before": "04/03/2019"})
    with pytest.raises(UserError, match="names no times"):
        draw("time-aware", animals([Seen("a", "1.jpg"), Seen("a", "2.jpg")]))


def test_held_out_individuals_ask_one_another() -> None:
    """Drawn by a share, or as the split column says; an individual on both sides is refused."""
    data = animals([Seen(f"i{n}", f"{n}-{p}.jpg") for n in range(10) for p in range(2)])
    split = draw("disjoint", data)
    assert len(split.enrolled(data)) == 3
    assert split.gallery.tolist() == split.queries.tolist()
    part = [Seen("a", "1.jpg", part="train"), Seen("b", "2.jpg", part="val")]
    told = draw("disjoint", animals([*part, Seen("b", "3.jpg", part="Val")]))
    assert told.gallery.tolist() == [2, 3]
    assert told.seed is None
    with pytest.raises(UserError, match="stand in held-out and in other parts"):
        draw("disjoint", animals([*part, Seen("a", "3.jpg", part="val")]))
    with pytest.raises(UserError, match="as in --with part=val"):
        draw("disjoint", animals(part), settings={"part": "dev"})


def test_unseen_species_ask_among_themselves() -> None:
    """Those that are named, or a third of them; one species alone is refused."""
    seen = [
        Seen(f"i{n}", f"{s}-{n}.jpg", species=s) for s in ("cat", "dog", "owl") for n in range(4)
    ]
    data = animals(seen)
    split = draw("unseen-species", data, settings={"species": "owl"})
    assert {data.by_id[n].species for n in split.ids.tolist()} == {"owl"}
    assert split.seed is None
    assert len({data.by_id[n].species for n in draw("unseen-species", data, 3).ids.tolist()}) == 1
    with pytest.raises(UserError, match="no species 'cow'"):
        draw("unseen-species", data, settings={"species": "cow"})
    with pytest.raises(UserError, match="needs several species"):
        draw("unseen-species", animals(seen[:4]))


def test_a_published_split_is_taken_as_it_is() -> None:
    """`train` is enrolled and `test` asks; encounters are kept unless they are to be removed."""
    parts = ("train", "Test", "train", "extra", "test")
    data = animals([Seen("a", f"{n}.jpg", "v", part=part) for n, part in enumerate(parts)])
    split = draw("as-given", data)
    assert (split.gallery.tolist(), split.queries.tolist()) == ([1, 3], [2, 5])
    assert split.encounters == "kept"
    assert split.notes == (LEAKY, "1 photos of other parts were left out")
    assert draw("as-given", data, settings={"encounters": "removed"}).encounters == "removed"
    with pytest.raises(UserError, match="--split-column split"):
        draw("as-given", animals([Seen("a", "1.jpg")]))
    with pytest.raises(UserError, match="must be removed or kept"):
        draw("as-given", data, settings={"encounters": "some"})


def test_atrw_plain_tells_single_from_cross_camera_queries() -> None:
    """A query is `cross` if several cameras have seen its individual, whoever else there is."""
    seen = [
        Seen("a", f"{n}.jpg", camera=camera, frame=n) for n, camera in enumerate(("1", "1", "2"))
    ]
    data = animals([*seen, Seen("b", "3.jpg", camera="1", frame=9), Seen("b", "4.jpg")])
    split = draw("atrw-plain", data)
    assert split.gallery.tolist() == split.queries.tolist() == [1, 2, 3, 4]
    assert (split.frames, split.encounters) == (3, "kept")
    assert draw("atrw-plain", data, settings={"queries": "cross"}).queries.tolist() == [1, 2, 3]
    assert draw("atrw-plain", data, settings={"queries": "single"}).queries.tolist() == [4]
    with pytest.raises(UserError, match="queries must be one of all, single, cross"):
        draw("atrw-plain", data, settings={"queries": "double"})
    with pytest.raises(UserError, match="names no cameras and frames"):
        draw("atrw-plain", animals([Seen("a", "1.jpg")]))


def test_strange_names_and_settings_are_refused() -> None:
    """What is allowed is said, and what was perhaps meant."""
    data = animals([Seen("a", "1.jpg"), Seen("a", "2.jpg")])
    with pytest.raises(UserError, match="did you mean 'open-set'"):
        draw("openset", data)
    with pytest.raises(UserError, match="has no setting 'shar'; it has share; did you mean"):
        draw("closed-set", data, settings={"shar": "0.5"})
    with pytest.raises(UserError, match="share must lie between 0 and 1"):
        draw("closed-set", data, settings={"share": "70"})
    with pytest.raises(UserError, match="one photo and nothing to compare"):
        draw("encounter-disjoint", animals([Seen("a", "1.jpg")]))
    with pytest.raises(UserError, match="nobody can be new"):
        draw("open-set", data)
    with pytest.raises(UserError, match="no photo asks"):
        draw("encounter-split", animals([Seen("a", "1.jpg"), Seen("b", "2.jpg")]))


def test_every_protocol_says_what_it_asks() -> None:
    """Names are as on the command line, and each has one line."""
    assert all(name == protocol.name for name, protocol in PROTOCOLS.items())
    assert all(0 < len(protocol.summary) < 100 for protocol in PROTOCOLS.values())
