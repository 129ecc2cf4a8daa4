"""What a training stands on: counted, warned about, and recorded without paths."""

from collections.abc import Callable

import pytest

from fieldmark.errors import UserError
from fieldmark.learn.facts import count, refuse_too_little, warnings
from fieldmark.learn.looking import Entry
from fieldmark.learn.record import sets, without_paths
from fieldmark.learn.rows import Labelled
from fieldmark.learn.split import INDIVIDUALS, TRAIN, Parts

MakeEntry = Callable[..., Entry]


@pytest.fixture
def parts(entry: MakeEntry) -> Parts:
    """Return two photos of a, one of b to train on, and one of c held out."""
    entries = [entry(who, f"{n}.jpg") for n, who in enumerate("aabc")]
    return Parts(tuple(entries), (TRAIN, TRAIN, TRAIN, INDIVIDUALS), ("a note",))


def test_counts_are_those_of_the_split(parts: Parts) -> None:
    """Photos and individuals, in all and of each part; those with one photo; those not used."""
    counts = count(parts, 2)
    assert (counts.photos, counts.individuals, counts.single, counts.unknown) == (4, 3, 1, 4)
    assert counts.parts == {TRAIN: (3, 2), INDIVIDUALS: (1, 1)}
    assert list(counts.lines()) == [
        "4 photos of 3 individuals (cat)",
        "  train: 3 photos of 2 individuals",
        "  new individuals: 1 photos of 1 individuals",
        "  trained on with one photo alone: 1 individuals",
        "  not used: 2 photos",
    ]


def test_too_little_is_refused_with_a_reason(parts: Parts) -> None:
    """Two individuals need two photos each; where species or sides are told apart, two of those."""
    with pytest.raises(UserError, match="1 of 2 individuals to train on have at least two photos"):
        refuse_too_little(parts, "individual")
    with pytest.raises(UserError, match="1 of 1 species"):
        refuse_too_little(parts, "species")
    with pytest.raises(UserError, match="1 of 1 sides"):
        refuse_too_little(parts, "side")


def test_warnings_name_what_a_person_should_know(parts: Parts) -> None:
    """Single photos, unknown encounters, few individuals, the split's notes, the source's notes."""
    found = Labelled(rows=[entry.row for entry in parts.entries])
    found.notes["odd side"] += 3
    told = list(warnings(found, parts, count(parts, 0), "individual"))
    assert told[0] == "odd side (3 times)"
    assert told[1] == "a note"
    assert told[2].startswith("1 individuals have one photo to train on")
    assert told[3].startswith("the encounter of 4 photos is not known")
    assert told[4].startswith("2 individuals are few")
    assert len(list(warnings(found, parts, count(parts, 0), "species"))) == 2


def test_the_digest_of_the_data_depends_on_content_alone(parts: Parts, entry: MakeEntry) -> None:
    """Not on the order of rows; but on labels, photos and the split."""
    (before,) = sets(parts)
    back = Parts(parts.entries[::-1], parts.places[::-1])
    assert sets(back) == [before]
    assert (before["name"], before["photos"]) == ("set", 4)
    moved = Parts(parts.entries, (TRAIN,) * 4)
    other = Parts((*parts.entries[:3], entry("c", "3.jpg", sha256="other")), parts.places)
    assert len({sets(each)[0]["sha256"] for each in (parts, moved, other)}) == 3


def test_a_record_holds_no_path() -> None:
    """Full paths are cut to their ends; a reference keeps its digest."""
    value = {
        "weights": "file:///home/ana/gate/model.safetensors#sha256=ab",
        "backbone_weights": "/home/ana/resnet50.safetensors",
        "other": ["C:\\Users\\ana\\x.pt", "a/b", 3, None],
    }
    assert without_paths(value) == {
        "weights": "file:///gate/model.safetensors#sha256=ab",
        "backbone_weights": "resnet50.safetensors",
        "other": ["x.pt", "a/b", 3, None],
    }
