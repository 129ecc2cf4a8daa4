"""What speaks against the data of a comparison."""

from fieldmark.evaluate.datachecks import warnings
from fieldmark.evaluate.protocols import draw
from fieldmark.types import Side
from support.herd import Seen, animals


def said(seen: list[Seen], protocol: str = "encounter-disjoint") -> str:
    """Return the warnings as one text."""
    data = animals(seen)
    return "\n".join(warnings(data, draw(protocol, data)))


def test_good_data_are_not_warned_about() -> None:
    """Ten individuals at two stations, two encounters each, all sides known."""
    seen = [
        Seen(f"i{n}", f"{n}-{v}.jpg", f"{n}-{v}", station=f"S{v}")
        for n in range(10)
        for v in range(2)
    ]
    assert said(seen) == ""
    assert "only 9 individuals ask, so the intervals are wide" in said(seen[:18])
    assert "only 4 individuals ask, too few to say anything" in said(seen[:8])


def test_encounters_on_both_sides_are_counted() -> None:
    """Where they are kept, each query that shares its visit with the gallery is one."""
    seen = [Seen("a", f"{n}.jpg", "v") for n in range(10)]
    assert "the encounters of 3 of 3 queries are also in the gallery" in said(seen, "closed-set")
    assert "several photos of one encounter alone" in said(seen)


def test_repeated_pictures_and_doubtful_names_are_named() -> None:
    """A near-duplicate under another name may be a wrong name."""
    seen = [Seen("a", "1.jpg", phash=0), Seen("b", "2.jpg", phash=1), Seen("b", "3.jpg")]
    text = said(seen)
    assert "2 queries have a near-duplicate among the gallery's photos; these pairs are not" in text
    assert "such as '1.jpg' (a) and '2.jpg' (b)" in text
    assert "1 of 2 individuals have one photo" in text


def test_one_station_and_unknown_sides_are_said() -> None:
    """An animal that was only ever seen at one place may be found by the place."""
    seen = [
        Seen("a", "1.jpg", "1", station="S1"), Seen("a", "2.jpg", "2", station="S1"),
        Seen("b", "3.jpg", "3", station="S1"), Seen("b", "4.jpg", "4", station="S2"),
        Seen("b", "5.jpg", "5", side=Side.UNKNOWN),
    ]  # fmt: skip
    text = said(seen)
    assert "1 of 2 individuals with several encounters were photographed at one station" in text
    assert "the side of 1 of 5 photos is not known" in text
