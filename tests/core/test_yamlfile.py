"""Strict YAML: every mistake with its place, whatever the text."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from fieldmark.errors import Mistake, ProfileError
from fieldmark.yamlfile import Document


class Inner(BaseModel):
    """Part of a test document."""

    model_config = ConfigDict(extra="forbid")
    width: int = 3
    label: str = "x"


class Outer(BaseModel):
    """A test document."""

    model_config = ConfigDict(extra="forbid")
    name: str
    sizes: list[Inner] = []
    flag: bool = False
    ratio: float = Field(0.5, le=1)


def mistakes(text: str | bytes, at: tuple[int | str, ...] = ()) -> list[str]:
    """Return the mistakes that reading a text reports, as they are shown."""
    with pytest.raises(ProfileError) as caught:
        Document(text, "x.yaml").read(Inner if at else Outer, at)
    return str(caught.value).split("\n")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("12", 12),
        ("-0x1F", "-0x1F"),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 17),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        (".inf", ".inf"),
        ("2026-13-45", "2026-13-45"),
        ("'12'", "12"),
        ("[1, {a: b}]", [1, {"a": "b"}]),
        ("|\n  two\n  lines", "two\nlines"),
    ],
)
def test_values_are_those_of_yaml_1_2(written: str, value: object) -> None:
    """Words stay words and numbers are numbers; there are no dates, and `no` is not false."""
    assert Document(f"a: {written}").value == {"a": value}


def test_keys_are_words_as_written() -> None:
    """A key that looks like a number, a truth value or nothing is the word that was written."""
    assert Document("1: a\ntrue: b\n~: c\n<<: d").value == {
        "1": "a",
        "true": "b",
        "~": "c",
        "<<": "d",
    }


def test_all_mistakes_at_once_in_the_order_of_the_file() -> None:
    """Every mistake is reported with line, column, path and what was probably meant."""
    text = "sizes:\n  - {width: wide}\n  - {widht: 4, label: 5}\nratio: 2\nflag: maybe\nnmae: x\n"
    assert mistakes(text) == [
        "x.yaml:1:1: name: is missing",
        "x.yaml:2:13: sizes[0].width: must be a whole number (got 'wide')",
        "x.yaml:3:6: sizes[1].widht: no such key; did you mean 'width'?",
        "x.yaml:3:23: sizes[1].label: must be text; put it in quotes (got 5)",
        "x.yaml:4:8: ratio: must be less than or equal to 1 (got 2)",
        "x.yaml:5:7: flag: must be true or false (got 'maybe')",
        "x.yaml:6:1: nmae: no such key; did you mean 'name'?",
    ]


def test_part_of_a_document_has_its_own_places() -> None:
    """A part can be read as another model, and its mistakes keep their place in the file."""
    text = "name: x\noptions:\n  widht: 3\n"
    assert mistakes(text, ("options",)) == [
        "x.yaml:3:3: options.widht: no such key; did you mean 'width'?"
    ]


def test_part_left_out_is_empty() -> None:
    """A part that is not written is read as if it were empty."""
    assert Document("name: x").read(Inner, ("options",)) == Inner()
    assert Document("options:").mistakes(Inner, ("options",)) == []


def test_key_set_twice_is_refused_along_with_other_mistakes() -> None:
    """PyYAML would silently keep the last of two equal keys."""
    assert mistakes("name: a\nflag: 7\nname: b\n") == [
        "x.yaml:2:7: flag: must be true or false (got 7)",
        "x.yaml:3:1: 'name' is already set on line 1",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: &a x", "x.yaml:1:7: anchors such as &a are not allowed"),
        ("name: *a", "x.yaml:1:7: aliases such as *a are not allowed"),
        ("name: &a [*a]", "x.yaml:1:11: aliases such as *a"),
        ("name: !!python/object:os.system x", "x.yaml:1:7: tags such as !!str are not allowed"),
        ("name: x\n---\nname: y", "x.yaml:2:1: a second document starts here"),
        ("? [a]\n: b", "x.yaml:1:3: a key must be a word"),
        ("name: x\n\tflag: true", "x.yaml:2:1: a tab cannot indent YAML; use spaces"),
        ("name: x: y", "x.yaml:1:8: a ':' is not expected here"),
        ('"":1', "x.yaml:1:3: this is not a line of the form 'key: value'"),
        ("name: 'x", "x.yaml:1:9: a quotation mark was opened and is not closed"),
        ("name: a\x07b", "x.yaml:1:8: holds a control character (U+0007); delete it"),
        ("ratio: 1e999", "x.yaml:1:8: ratio: is a number too large to use"),
        ("ratio: " + "9" * 5000, "x.yaml:1:8: ratio: is a number too large to use"),
        ("", "x.yaml:1:1: is empty"),
        ("# nothing but notes", "x.yaml:1:1: is empty"),
        ("just words", "x.yaml:1:1: must be a group of 'key: value' lines (got 'just words')"),
        ("name:", "x.yaml:1:6: name: has no value; write one or delete the line"),
        ("[" * 40_000, "x.yaml:1:21: is nested more than 20 levels deep"),
        ("{a: " * 20_000, "x.yaml:1:78: is nested more than 20 levels deep"),
        ("- " * 40_000, "x.yaml:1:41: is nested more than 20 levels deep"),
        ("a" * 100_001, "x.yaml:1:1: is larger than 100,000 bytes"),
    ],
)
def test_what_is_refused(text: str, expected: str) -> None:
    """What is not plain, shallow YAML is refused, with its place and in words."""
    assert any(mistake.startswith(expected) for mistake in mistakes(text)), mistakes(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: caf\u00e9".encode("latin-1"), "x.yaml:1:10: is not UTF-8 text; save the file as"),
        ("name: x\nflag: \u00e9".encode("latin-1"), "x.yaml:2:7: is not UTF-8 text"),
        ("name: x".encode("utf-16"), "x.yaml:1:1: is not UTF-8 text"),
        (b"\x00\x01\x02", "x.yaml:1:1: holds a control character (U+0000)"),
    ],
)
def test_bytes_that_are_no_text(text: bytes, expected: str) -> None:
    """Bytes in another encoding, or of another kind of file, are refused where they begin."""
    assert mistakes(text)[0].startswith(expected)


def test_byte_order_mark_is_ignored() -> None:
    """Windows editors write one at the start of a file."""
    assert Document(b"\xef\xbb\xbfname: x").read(Outer).name == "x"
    assert Document("\ufeffname: x").read(Outer).name == "x"


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is missing, or is a folder, is refused in words, under its name."""
    with pytest.raises(ProfileError, match=r"no\.yaml:1:1: cannot be read: No such file"):
        Document.open(tmp_path / "no.yaml")
    with pytest.raises(ProfileError, match="cannot be read: Is a directory"):
        Document.open(tmp_path)
    with pytest.raises(ProfileError, match="cannot be read: embedded null byte"):
        Document.open(tmp_path / "a\0b")


def test_get_finds_parts_and_nothing_else() -> None:
    """A path leads to the value written there, or to None."""
    document = Document("a: [{b: 1}]")
    paths: dict[tuple[int | str, ...], Any] = {
        (): {"a": [{"b": 1}]},
        ("a", 0, "b"): 1,
        ("a", 1): None,
        ("a", "b"): None,
        ("x",): None,
        ("a", 0, "b", "c"): None,
        ("a", 0, "b", 0): None,
    }
    for path, value in paths.items():
        assert document.get(path) == value


def test_mistake_lies_at_the_nearest_thing_that_is_written() -> None:
    """What is missing is reported where it would belong."""
    document = Document("a:\n  - b: 1\n", "x.yaml")
    assert document.mistake(("a", 0, "c", "d"), "no") == Mistake(2, 5, "a[0].c.d", "no")
    assert document.mistake(("a",), "no", about_key=True) == Mistake(1, 1, "a", "no")


def is_located(text: str | bytes) -> None:
    """Require that a text is a document or an error with places, and nothing else."""
    found: tuple[Mistake, ...] = ()
    try:
        Document(text, "x.yaml").read(Outer)
    except ProfileError as error:
        found = error.mistakes or (Mistake(0, 0, "", ""),)
    assert all(m.line >= 1 and m.column >= 1 and m.message for m in found)
    assert list(found) == sorted(found)


YAMLISH = st.text(
    alphabet=st.sampled_from(list("ab1 \n\t:-[]{},&*!|>'\"#%@`?~.\x00\x85\u2028\ufeff\r\\<=")),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(st.text() | YAMLISH)
def test_any_text_is_a_document_or_a_located_error(text: str) -> None:
    """No text raises anything but a located ProfileError."""
    is_located(text)


@settings(max_examples=200, deadline=None)
@given(st.binary() | YAMLISH.map(lambda text: text.encode("utf-8")))
def test_any_bytes_are_a_document_or_a_located_error(text: bytes) -> None:
    """No bytes raise anything but a located ProfileError."""
    is_located(text)


def test_many_mistakes_take_no_longer_than_the_file() -> None:
    """A file full of mistakes is answered in seconds, not in the square of its length."""
    started = time.perf_counter()
    found = mistakes("\n".join(f"k{i}: {i}" for i in range(7000)))
    assert len(found) == 7001
    assert time.perf_counter() - started < 30
