"""Messages between fieldmark and the worker."""

from io import BytesIO

import pytest

from fieldmark_megadetector_worker.wire import LONGEST_LINE, WireError, receive, send


def test_a_message_comes_as_it_was_sent() -> None:
    """Header and bytes arrive unchanged, one message after the other, then the end."""
    stream = BytesIO()
    send(stream, {"do": "detect", "shapes": [[1, 2]]}, [b"ab", memoryview(b"\n{}")])
    send(stream, {"do": "hello"}, [])
    stream.seek(0)
    assert receive(stream) == ({"do": "detect", "shapes": [[1, 2]], "bytes": 5}, b"ab\n{}")
    assert receive(stream) == ({"do": "hello", "bytes": 0}, b"")
    assert receive(stream) is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"Downloading weights...\n", "expected a line of JSON, got b'Downloading"),
        (b"[1]\n", "expected a header with a count of bytes"),
        (b'{"do": "hello"}\n', "expected a header with a count of bytes"),
        (b'{"bytes": 5}\nabc', "the stream ended after 3 of 5 bytes"),
        (b"x" * (LONGEST_LINE + 1), "expected a line of JSON"),
    ],
)
def test_what_is_no_message_is_refused(said: bytes, words: str) -> None:
    """A library that prints into the talk, and a stream that is cut off, are told at once."""
    with pytest.raises(WireError, match=words):
        receive(BytesIO(said))
