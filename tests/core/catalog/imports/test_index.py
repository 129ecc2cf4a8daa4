"""Joining large lists through a temporary file."""

from collections.abc import Iterator

import pytest

from fieldmark.catalog.imports.index import Index, Spans
from fieldmark.errors import UserError


def test_values_by_key_in_their_order() -> None:
    """A key's values come as they went in; what nobody asked for is left over."""
    with Index([("a", 1), ("b", {"x": "é\ud800"}), ("a", [2])]) as index:
        assert index.pop("a") == [1, [2]]
        assert index.pop("none") == []
        assert list(index.left_over()) == [("b", {"x": "é\ud800"})]


def test_an_error_of_the_source_closes_the_file() -> None:
    """What the source says is wrong reaches the caller as it is."""

    def values() -> Iterator[tuple[str, object]]:
        yield "a", 1
        raise UserError("cut off")

    with pytest.raises(UserError, match="cut off"):
        Index(values())


def test_spans() -> None:
    """A value holds from its start to its end, also inside a longer one."""
    with Spans() as spans:
        spans.add("d", 0, 100, "long")
        spans.add("d", 10, 12, "short")
        spans.add("e", 0, 5, "other")
        assert spans.around("d", 11) == ["long", "short"]
        assert spans.around("d", 12) == ["long", "short"]
        assert spans.around("d", 13) == ["long"]
        assert spans.around("d", 101) == spans.around("d", None) == []
